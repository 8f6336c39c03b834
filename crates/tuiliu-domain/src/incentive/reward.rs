//! What is earned: tables from what was achieved to coupons, and steps on the way to a target (IN-05, IN-06, IN-08).

use super::condition::Condition;
use super::facts::{Figures, Metric};
use super::words::coded;
use crate::calendar::Day;
use crate::id::{IncentiveApplicationId, RoomId};
use crate::time::Timestamp;

/// Fen in one yuan: one yuan of sales counts for one point before its share is taken.
const FEN_PER_YUAN: i128 = 100;

/// The face of a reward, in points: so many, and a share of a number, but no more than the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Face {
    pub base_points: i64,
    /// Thousandths of a number; of money, of its yuan.
    pub share: Option<(Metric, i64)>,
    pub points_max: i64,
}

/// One line of a table: what was achieved, and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    pub condition: Condition,
    /// Of each coupon.
    pub face: Face,
    pub coupons: u32,
}

/// So many coupons of one face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Award {
    /// On each coupon.
    pub points: i64,
    pub coupons: u32,
}

coded! {
    /// Over what a periodic task is measured, in China Standard Time.
    Period {
        /// From a Monday.
        Week = "week",
        Month = "month",
    }
}

coded! {
    /// What became of what was achieved.
    RewardState {
        /// The coupons are the account's, or paid its debt.
        Issued = "issued",
        /// The month's coupons were gone; it is not made up later (IN-06).
        OverQuota = "over_quota",
        /// Abuse was found, or a measure is in force.
        Withheld = "withheld",
        /// It was issued, and a measure took it back.
        TakenBack = "taken_back",
    }
}

/// How a programme rewards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RewardRule {
    /// After each broadcast, so many times; perhaps once on approval.
    Broadcasts { on_approval: Option<Award>, tiers: Vec<Tier>, broadcasts_max: u32 },
    /// After each period.
    Periods { period: Period, tiers: Vec<Tier>, points_per_month_max: i64 },
    /// In steps while a broadcast comes nearer to the sales it was planned for.
    Target(TargetRule),
}

/// Steps on the way to a target (IN-08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRule {
    /// Parts of the target, in thousandths, ascending; the last is 1000.
    pub steps_permille: Vec<i64>,
    /// Thousandths of paid sales that all steps together bring.
    pub share_permille: i64,
    /// More thousandths when enough of the sales was settled.
    pub bonus: Option<SettlementBonus>,
    /// Most that one broadcast brings, bonus included.
    pub points_max: i64,
}

/// What is earned on top when enough of the sales was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SettlementBonus {
    pub settlement_rate_permille_min: i64,
    pub share_permille: i64,
}

/// One thing that can be rewarded once: its key is unique within programme and account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    Approval(IncentiveApplicationId),
    Broadcast(RoomId),
    /// The period that begins on this day.
    Period(Day),
    /// A step of a target, in thousandths of it.
    Step(IncentiveApplicationId, i64),
    /// What sales after the last step add, once the broadcast is over.
    Rest(IncentiveApplicationId),
    /// What a broadcast brings on top once its sales are settled.
    Bonus(IncentiveApplicationId),
}

impl Task {
    /// The key in rows and in the API; the same for ever.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Approval(application) => format!("approval:{application}"),
            Self::Broadcast(room) => format!("broadcast:{room}"),
            Self::Period(day) => format!("period:{day}"),
            Self::Step(application, permille) => format!("step:{application}:{permille}"),
            Self::Rest(application) => format!("rest:{application}"),
            Self::Bonus(application) => format!("bonus:{application}"),
        }
    }
}

/// What a broadcast with a target has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetProgress {
    pub target_fen: i64,
    pub paid_fen: i64,
    /// Known once settled sales were told.
    pub settlement_rate_permille: Option<i64>,
    pub is_over: bool,
}

impl Face {
    /// The same face whatever was achieved.
    #[must_use]
    pub const fn fixed(points: i64) -> Self {
        Self { base_points: points, share: None, points_max: points }
    }

    /// The points that these figures bring; fractions are dropped.
    #[must_use]
    pub fn points(&self, figures: &Figures) -> i64 {
        let shared = self.share.map_or(0, |(metric, permille)| {
            let value = figures.value(metric).unwrap_or(0).max(0);
            share(metric, value, permille)
        });
        self.base_points.saturating_add(shared).min(self.points_max)
    }
}

/// So many thousandths of a number, in points.
fn share(metric: Metric, value: i64, permille: i64) -> i64 {
    let unit = if matches!(metric, Metric::PaidGmvFen | Metric::SettledGmvFen) { FEN_PER_YUAN } else { 1 };
    let points = i128::from(value) * i128::from(permille) / 1_000 / unit;
    i64::try_from(points).unwrap_or(i64::MAX)
}

/// What the highest line brings that these figures reach; `None` when they reach none.
#[must_use]
pub fn award(tiers: &[Tier], figures: &Figures) -> Option<Award> {
    let reached = tiers.iter().rev().find(|tier| tier.condition.holds(figures))?;
    let award = Award { points: reached.face.points(figures), coupons: reached.coupons };
    (award.points > 0 && award.coupons > 0).then_some(award)
}

impl Award {
    /// The coupons of which so many points are left, after a debt was paid of it: whole ones first.
    #[must_use]
    pub fn faces(&self, points_left: i64) -> Vec<i64> {
        let mut faces = Vec::new();
        let mut left = points_left.min(self.total());
        while left > 0 && self.points > 0 {
            let face = left.min(self.points);
            faces.push(face);
            left -= face;
        }
        faces
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.points.saturating_mul(i64::from(self.coupons))
    }

    /// The same, cut down to what a limit leaves: whole coupons, and perhaps a smaller one when there is but one.
    #[must_use]
    pub fn within(self, points_left: i64) -> Option<Self> {
        if self.total() <= points_left {
            return Some(self);
        }
        if self.coupons == 1 || points_left < self.points {
            return (points_left > 0).then_some(Self { points: points_left.min(self.points), coupons: 1 });
        }
        let coupons = u32::try_from(points_left.checked_div(self.points)?).ok()?;
        Some(Self { points: self.points, coupons })
    }
}

impl Period {
    /// The first day of the period in which this instant lies.
    #[must_use]
    pub fn first_day(self, at: Timestamp) -> Day {
        let day = Day::at(at);
        match self {
            // Day 0 was a Thursday.
            Self::Week => day.plus_days(-(day.number() + 3).rem_euclid(7)),
            Self::Month => day.plus_days(1 - day.date().2),
        }
    }

    /// The first instant after the period that begins on this day.
    #[must_use]
    pub fn end(self, first: Day) -> Timestamp {
        match self {
            Self::Week => first.plus_days(7).start(),
            Self::Month => first.plus_months(1).start(),
        }
    }
}

/// The month of this instant in China Standard Time, as `202611`: what quotas are counted in.
#[must_use]
pub const fn month_of(at: Timestamp) -> i64 {
    let (year, month, _) = Day::at(at).date();
    year * 100 + month
}

impl TargetProgress {
    /// How far these figures of a broadcast have come.
    #[must_use]
    pub fn of(figures: &Figures, target_fen: i64, is_over: bool) -> Self {
        Self {
            target_fen,
            paid_fen: figures.value(Metric::PaidGmvFen).unwrap_or(0),
            settlement_rate_permille: figures.value(Metric::SettlementRatePermille),
            is_over,
        }
    }
}

impl TargetRule {
    /// The parts that this progress has reached, in order, each with the points that it and all before it are worth.
    ///
    /// A step is worth its share of the planned sales; the last one, at the whole target, of the sales there are. So the
    /// sum does not depend on how often sales are told. Once the broadcast is over, the rest is what sales after the
    /// whole target add, and the bonus the extra share where enough was settled.
    #[must_use]
    pub fn parts(&self, application: IncentiveApplicationId, progress: TargetProgress) -> Vec<(Task, i64)> {
        let TargetProgress { target_fen, paid_fen, settlement_rate_permille, is_over } = progress;
        let worth = |fen: i64, permille: i64| share(Metric::PaidGmvFen, fen, permille).min(self.points_max);
        let (mut parts, mut counted) = (Vec::new(), 0);
        for step in &self.steps_permille {
            let needed = fen_of(target_fen, *step);
            if target_fen <= 0 || paid_fen < needed {
                break;
            }
            counted = if *step >= 1_000 { paid_fen } else { needed };
            parts.push((Task::Step(application, *step), worth(counted, self.share_permille)));
        }
        if !is_over || counted == 0 {
            return parts;
        }
        parts.push((Task::Rest(application), worth(counted, self.share_permille)));
        if let (Some(bonus), Some(rate)) = (self.bonus, settlement_rate_permille)
            && rate >= bonus.settlement_rate_permille_min
        {
            let permille = self.share_permille.saturating_add(bonus.share_permille);
            parts.push((Task::Bonus(application), worth(counted, permille)));
        }
        parts
    }
}

/// So many thousandths of a sum, rounded up: a step is reached when it is reached in full.
fn fen_of(target_fen: i64, permille: i64) -> i64 {
    let part = (i128::from(target_fen) * i128::from(permille) + 999) / 1_000;
    i64::try_from(part).unwrap_or(i64::MAX)
}
