//! What is known of a broadcast, of a period and of an account when a programme looks at them (IN-07).

use std::collections::BTreeMap;

use thiserror::Error;

use super::words::coded;
use crate::id::{PartyId, RoomId};
use crate::time::Timestamp;

coded! {
    /// Who says so.
    FactSource {
        /// Counted by this platform.
        Measured = "measured",
        /// Told by the host platform.
        Reported = "reported",
    }

    /// A measured or reported number that conditions compare; the unit is in the code.
    Metric {
        LengthMs = "length_ms",
        Sessions = "sessions",
        Viewers = "viewers",
        /// Valid sales: paid and not refunded when they were told.
        PaidGmvFen = "paid_gmv_fen",
        SettledGmvFen = "settled_gmv_fen",
        /// Products sold of products listed.
        SellThroughPermille = "sell_through_permille",
        FollowerGain = "follower_gain",
        /// Viewers that the account brought itself, of all viewers.
        OwnTrafficPermille = "own_traffic_permille",
        /// Refunded of paid sales.
        RefundRatePermille = "refund_rate_permille",
        /// Settled of paid sales.
        SettlementRatePermille = "settlement_rate_permille",
        Complaints = "complaints",
        /// Since the account's first broadcast ever.
        FirstBroadcastAgeMs = "first_broadcast_age_ms",
        /// Since the account was live last.
        LastBroadcastAgeMs = "last_broadcast_age_ms",
        /// In hundredths: 4.10 is 410.
        ShopScoreHundredths = "shop_score_hundredths",
        CreditScore = "credit_score",
    }

    /// Something that is so or not so. A flag that nobody has raised is down.
    Flag {
        /// The broadcast sells goods; of an account, its last broadcast did.
        SellsLive = "sells_live",
        NeverBroadcast = "never_broadcast",
        BrandFlagship = "brand_flagship",
        CounterfeitGoods = "counterfeit_goods",
        ShopClosed = "shop_closed",
        ContentViolation = "content_violation",
    }
}

/// A number and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Figure {
    pub value: i64,
    pub source: FactSource,
}

impl Figure {
    /// A number that this platform counted.
    #[must_use]
    pub const fn measured(value: i64) -> Self {
        Self { value, source: FactSource::Measured }
    }

    /// A number that the host platform told.
    #[must_use]
    pub const fn reported(value: i64) -> Self {
        Self { value, source: FactSource::Reported }
    }
}

/// Everything known when a condition is looked at; what is not in it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    pub numbers: BTreeMap<Metric, Figure>,
    pub flags: BTreeMap<Flag, FactSource>,
}

impl Figures {
    /// The number, if it is known.
    #[must_use]
    pub fn value(&self, metric: Metric) -> Option<i64> {
        self.numbers.get(&metric).map(|figure| figure.value)
    }

    /// Whether somebody raised this flag.
    #[must_use]
    pub fn is_up(&self, flag: Flag) -> bool {
        self.flags.contains_key(&flag)
    }

    /// These figures, and where they say nothing the others.
    #[must_use]
    pub fn over(mut self, others: &Self) -> Self {
        for (metric, figure) in &others.numbers {
            self.numbers.entry(*metric).or_insert(*figure);
        }
        for (flag, source) in &others.flags {
            self.flags.entry(*flag).or_insert(*source);
        }
        self
    }

    fn put(&mut self, metric: Metric, figure: Option<Figure>) {
        if let Some(figure) = figure {
            self.numbers.insert(metric, figure);
        }
    }
}

/// What is known of one broadcast; `None` is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BroadcastFacts {
    pub room: RoomId,
    pub creator: PartyId,
    pub started_at: Timestamp,
    /// `None` while it runs.
    pub ended_at: Option<Timestamp>,
    /// Who says when it was.
    pub times: FactSource,
    /// Whether it sells goods, and who says so.
    pub sells: Option<FactSource>,
    pub counts: BroadcastCounts,
}

/// Counts of one broadcast, or their sums over several; money in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BroadcastCounts {
    pub viewers: Option<Figure>,
    pub own_viewers: Option<Figure>,
    pub follower_gain: Option<Figure>,
    pub paid_gmv_fen: Option<Figure>,
    pub settled_gmv_fen: Option<Figure>,
    pub refunded_fen: Option<Figure>,
    pub complaints: Option<Figure>,
    pub products_listed: Option<Figure>,
    pub products_sold: Option<Figure>,
}

/// Why facts are not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FactsError {
    #[error("tell a count below zero")]
    Negative,
    #[error("tell of more own viewers than viewers, or of more products sold than listed")]
    PartAboveWhole,
    #[error("tell of a broadcast in the future")]
    InFuture,
}

impl BroadcastCounts {
    /// These counts, and where they say nothing the others.
    #[must_use]
    pub fn over(&self, others: &Self) -> Self {
        Self {
            viewers: self.viewers.or(others.viewers),
            own_viewers: self.own_viewers.or(others.own_viewers),
            follower_gain: self.follower_gain.or(others.follower_gain),
            paid_gmv_fen: self.paid_gmv_fen.or(others.paid_gmv_fen),
            settled_gmv_fen: self.settled_gmv_fen.or(others.settled_gmv_fen),
            refunded_fen: self.refunded_fen.or(others.refunded_fen),
            complaints: self.complaints.or(others.complaints),
            products_listed: self.products_listed.or(others.products_listed),
            products_sold: self.products_sold.or(others.products_sold),
        }
    }

    /// Whether the counts can be those of a broadcast.
    pub fn check(&self) -> Result<(), FactsError> {
        // Followers may be lost; everything else is counted from nothing.
        let Self { follower_gain: _, viewers, own_viewers, complaints, products_listed, products_sold, .. } = self;
        let money = [self.paid_gmv_fen, self.settled_gmv_fen, self.refunded_fen];
        let counted = [*viewers, *own_viewers, *complaints, *products_listed, *products_sold];
        if money.into_iter().chain(counted).flatten().any(|figure| figure.value < 0) {
            return Err(FactsError::Negative);
        }
        let above = |part: Option<Figure>, whole: Option<Figure>| {
            part.zip(whole).is_some_and(|(part, whole)| part.value > whole.value)
        };
        if above(*own_viewers, *viewers) || above(*products_sold, *products_listed) {
            return Err(FactsError::PartAboveWhole);
        }
        Ok(())
    }
}

impl Standing {
    /// Whether it can be told now.
    pub fn check(&self, now: Timestamp) -> Result<(), FactsError> {
        if [self.first_broadcast_at, self.last_broadcast_at].into_iter().flatten().any(|at| now < at) {
            return Err(FactsError::InFuture);
        }
        if self.shop_score_hundredths.is_some_and(|score| score < 0) {
            return Err(FactsError::Negative);
        }
        Ok(())
    }
}

impl BroadcastFacts {
    /// How long it was, or has been when it still runs.
    #[must_use]
    pub fn length_ms(&self, now: Timestamp) -> i64 {
        self.ended_at.unwrap_or(now).since_ms(self.started_at).max(0)
    }

    /// What conditions see of this broadcast.
    #[must_use]
    pub fn figures(&self, now: Timestamp) -> Figures {
        Self::figures_of(std::slice::from_ref(self), now)
    }

    /// What conditions see of several broadcasts together: sums, and rates of the sums.
    ///
    /// A count that is known of some broadcasts only is the sum of those; a rate is taken over the broadcasts of which
    /// both of its parts are known, so that what is missing never makes a rate look better.
    #[must_use]
    pub fn figures_of(broadcasts: &[Self], now: Timestamp) -> Figures {
        let mut figures = Figures::default();
        let sum = |get: fn(&BroadcastCounts) -> Option<Figure>| total(broadcasts.iter().map(|one| get(&one.counts)));
        let times = broadcasts.iter().map(|one| Some(Figure { value: one.length_ms(now), source: one.times }));
        figures.put(Metric::LengthMs, total(times));
        let sessions = i64::try_from(broadcasts.len()).unwrap_or(i64::MAX);
        let source = broadcasts.iter().map(|one| one.times).max();
        figures.put(Metric::Sessions, source.map(|source| Figure { value: sessions, source }));
        figures.put(Metric::Viewers, sum(|counts| counts.viewers));
        figures.put(Metric::FollowerGain, sum(|counts| counts.follower_gain));
        figures.put(Metric::PaidGmvFen, sum(|counts| counts.paid_gmv_fen));
        figures.put(Metric::SettledGmvFen, sum(|counts| counts.settled_gmv_fen));
        figures.put(Metric::Complaints, sum(|counts| counts.complaints));
        let rate = |part: fn(&BroadcastCounts) -> Option<Figure>, whole: fn(&BroadcastCounts) -> Option<Figure>| {
            let both = broadcasts.iter().map(|one| &one.counts).filter_map(|one| Some((part(one)?, whole(one)?)));
            permille(both)
        };
        let refunded = broadcasts.iter().map(|one| &one.counts);
        let refunded = refunded.filter_map(|one| Some((one.refunded_fen?, one.paid_gmv_fen?)));
        figures.put(Metric::RefundRatePermille, permille_up(refunded));
        figures.put(Metric::SettlementRatePermille, rate(|one| one.settled_gmv_fen, |one| one.paid_gmv_fen));
        figures.put(Metric::SellThroughPermille, rate(|one| one.products_sold, |one| one.products_listed));
        figures.put(Metric::OwnTrafficPermille, rate(|one| one.own_viewers, |one| one.viewers));
        if let Some(source) = broadcasts.iter().filter_map(|one| one.sells).min() {
            figures.flags.insert(Flag::SellsLive, source);
        }
        figures
    }
}

/// The sum of what is known; reported as soon as one part is. `None` when nothing is known.
fn total(parts: impl Iterator<Item = Option<Figure>>) -> Option<Figure> {
    parts.flatten().reduce(|one, other| Figure {
        value: one.value.saturating_add(other.value),
        source: one.source.max(other.source),
    })
}

/// The rate of two sums in thousandths, the fraction dropped; `None` without a whole.
fn permille(pairs: impl Iterator<Item = (Figure, Figure)>) -> Option<Figure> {
    rate_of(pairs, 0)
}

/// The same, a fraction counted as a whole thousandth: a little above a limit is above it.
fn permille_up(pairs: impl Iterator<Item = (Figure, Figure)>) -> Option<Figure> {
    rate_of(pairs, 1)
}

fn rate_of(pairs: impl Iterator<Item = (Figure, Figure)>, up: i128) -> Option<Figure> {
    let (mut part, mut whole, mut source) = (0_i128, 0_i128, FactSource::Measured);
    for (of, all) in pairs {
        part += i128::from(of.value);
        whole += i128::from(all.value);
        source = source.max(of.source).max(all.source);
    }
    let value = (part * 1_000 + up * (whole - 1).max(0)).checked_div(whole)?;
    Some(Figure { value: i64::try_from(value).ok()?, source })
}

/// What the platform and its host know of an account, whatever it broadcasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountFacts {
    pub first_broadcast_at: Option<(Timestamp, FactSource)>,
    pub last_broadcast_at: Option<(Timestamp, FactSource)>,
    /// Whether its last broadcast sold goods.
    pub sells: Option<FactSource>,
    pub credit_score: Option<Figure>,
    pub standing: Standing,
}

/// What the host platform tells of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    pub first_broadcast_at: Option<Timestamp>,
    pub last_broadcast_at: Option<Timestamp>,
    /// 4.10 is 410.
    pub shop_score_hundredths: Option<i64>,
    pub brand_flagship: bool,
    pub counterfeit_goods: bool,
    pub shop_closed: bool,
    pub content_violation: bool,
}

impl AccountFacts {
    /// Everything known of an account: the earliest first broadcast and the latest last one that anybody knows of.
    #[must_use]
    pub fn of(rooms: RoomHistory, standing: Standing, credit_score: i64) -> Self {
        let measured = |at: Option<Timestamp>| at.map(|at| (at, FactSource::Measured));
        let reported = |at: Option<Timestamp>| at.map(|at| (at, FactSource::Reported));
        let firsts = [measured(rooms.first), reported(standing.first_broadcast_at)];
        let lasts = [measured(rooms.last), reported(standing.last_broadcast_at)];
        Self {
            first_broadcast_at: firsts.into_iter().flatten().min_by_key(|(at, _)| *at),
            last_broadcast_at: lasts.into_iter().flatten().max_by_key(|(at, _)| *at),
            sells: rooms.sold.then_some(FactSource::Measured),
            credit_score: Some(Figure::measured(credit_score)),
            standing,
        }
    }

    /// What conditions see of the account.
    #[must_use]
    pub fn figures(&self, now: Timestamp) -> Figures {
        let mut figures = Figures::default();
        let age = |seen: Option<(Timestamp, FactSource)>| {
            seen.map(|(at, source)| Figure { value: now.since_ms(at).max(0), source })
        };
        figures.put(Metric::FirstBroadcastAgeMs, age(self.first_broadcast_at));
        figures.put(Metric::LastBroadcastAgeMs, age(self.last_broadcast_at));
        figures.put(Metric::CreditScore, self.credit_score);
        figures.put(Metric::ShopScoreHundredths, self.standing.shop_score_hundredths.map(Figure::reported));
        if self.first_broadcast_at.is_none() && self.last_broadcast_at.is_none() {
            figures.flags.insert(Flag::NeverBroadcast, FactSource::Measured);
        }
        if let Some(source) = self.sells {
            figures.flags.insert(Flag::SellsLive, source);
        }
        let told = [
            (Flag::BrandFlagship, self.standing.brand_flagship),
            (Flag::CounterfeitGoods, self.standing.counterfeit_goods),
            (Flag::ShopClosed, self.standing.shop_closed),
            (Flag::ContentViolation, self.standing.content_violation),
        ];
        for (flag, _) in told.into_iter().filter(|(_, up)| *up) {
            figures.flags.insert(flag, FactSource::Reported);
        }
        figures
    }
}

/// What this platform saw of an account's broadcasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoomHistory {
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// Whether the last one had a cart.
    pub sold: bool,
}
