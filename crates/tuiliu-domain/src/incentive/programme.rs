//! Programmes: a kind, conditions, rewards and quotas, published as editions (IN-07, IN-10).

use thiserror::Error;

use super::condition::{Condition, ConditionError};
use super::reward::{RewardRule, TargetRule, Tier};
use super::words::coded;
use crate::coupon::CouponConditions;
use crate::id::{IncentiveProgrammeId, TenantId};
use crate::limits::{COUPON_POINTS_MAX, INCENTIVE_TEXT_BYTES_MAX, INCENTIVE_TIERS_MAX};
use crate::time::{DAY_MS, Timestamp};

coded! {
    /// What a programme is for; who takes part follows from it.
    ProgrammeKind {
        /// Each account once ever, by application (IN-01…IN-05).
        ColdStart = "cold_start",
        /// Every eligible account, without application (IN-06).
        Growth = "growth",
        /// One planned broadcast with a target, by application ahead of time (IN-08).
        Benchmark = "benchmark",
    }

    /// Where a programme is.
    ProgrammeState {
        /// Nothing of it was ever published.
        Draft = "draft",
        Published = "published",
        /// Nothing more is earned; what was earned stays.
        Cancelled = "cancelled",
    }
}

/// The text of a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeTerms {
    pub title: String,
    pub kind: ProgrammeKind,
    /// Something is earned from here on; always, when `None`.
    pub starts_at: Option<Timestamp>,
    /// Nothing is earned from here on; never ends, when `None`.
    pub ends_at: Option<Timestamp>,
    /// Who takes part.
    pub eligibility: Condition,
    pub rewards: RewardRule,
    /// Most coupons in one month; `None` as many as are earned (IN-04).
    pub coupons_per_month: Option<u32>,
    pub coupon: RewardCoupon,
    pub application: ApplicationRules,
}

/// What the coupons of a programme are like (IN-09).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewardCoupon {
    pub conditions: CouponConditions,
    /// How long each is valid; `None` as long as the policy says of rewards for tasks.
    pub validity_ms: Option<i64>,
}

/// What an application must say; not looked at where none is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationRules {
    /// The first broadcast lies at least so long ahead.
    pub ahead_ms_min: i64,
    /// Each broadcast is planned for at least so long.
    pub planned_ms_min: i64,
    /// Working days until the answer.
    pub review_working_days: u16,
}

/// A text that was published, and since when it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// 1, 2, 3 … of each programme.
    pub number: u32,
    pub terms: ProgrammeTerms,
    pub published_at: Timestamp,
}

/// A programme: the draft that may be edited, and what was published of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    pub id: IncentiveProgrammeId,
    pub tenant: TenantId,
    pub state: ProgrammeState,
    pub draft: ProgrammeTerms,
    /// The last one published; 0 when none was.
    pub edition: u32,
    pub created_at: Timestamp,
    pub cancelled_at: Option<Timestamp>,
    /// Version of the row that was read.
    pub version: u64,
}

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TermsError {
    #[error("name a programme with 1 to `{max}` bytes")]
    BadTitle { max: usize },
    #[error("end a programme before it starts")]
    EndsBeforeStart,
    #[error("reward a `{}` programme like this: its rewards are `{}`", .kind.code(), .expected)]
    WrongRewards { kind: ProgrammeKind, expected: &'static str },
    #[error("write a table with `{tiers}` lines: it has 1 to `{max}`")]
    BadTierCount { tiers: usize, max: usize },
    #[error("set `{setting}` to `{value}`: it is from `{min}` to `{max}`")]
    OutOfRange { setting: &'static str, value: i64, min: i64, max: i64 },
    #[error("reward with coupons that no order can be paid with")]
    CouponNeverFits,
    #[error("set steps that do not rise to 1000")]
    BadSteps,
    #[error(transparent)]
    Condition(#[from] ConditionError),
}

/// Why a programme is not published or cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChangeProgrammeError {
    #[error("change a programme that is cancelled")]
    Cancelled,
    #[error("cancel a programme that was never published")]
    NotPublished,
    #[error("change a `{}` programme into a `{}` one", .from.code(), .to.code())]
    OtherKind { from: ProgrammeKind, to: ProgrammeKind },
}

impl Programme {
    /// A programme that nobody has published.
    #[must_use]
    pub const fn new(id: IncentiveProgrammeId, tenant: TenantId, draft: ProgrammeTerms, now: Timestamp) -> Self {
        let state = ProgrammeState::Draft;
        Self { id, tenant, state, draft, edition: 0, created_at: now, cancelled_at: None, version: 1 }
    }

    /// The programme with another draft; what is published still holds.
    pub fn edited(mut self, draft: ProgrammeTerms) -> Result<Self, ChangeProgrammeError> {
        self.is_open()?;
        if self.edition > 0 && self.draft.kind != draft.kind {
            return Err(ChangeProgrammeError::OtherKind { from: self.draft.kind, to: draft.kind });
        }
        self.draft = draft;
        Ok(self)
    }

    /// The programme with its draft published: it holds from now on, for what is achieved from now on (IN-10).
    pub fn published(mut self, now: Timestamp) -> Result<(Self, Edition), ChangeProgrammeError> {
        self.is_open()?;
        self.edition = self.edition.saturating_add(1);
        self.state = ProgrammeState::Published;
        let edition = Edition { number: self.edition, terms: self.draft.clone(), published_at: now };
        Ok((self, edition))
    }

    /// The programme, in which nothing more is earned.
    pub fn cancelled(mut self, now: Timestamp) -> Result<Self, ChangeProgrammeError> {
        self.is_open()?;
        if self.edition == 0 {
            return Err(ChangeProgrammeError::NotPublished);
        }
        self.state = ProgrammeState::Cancelled;
        self.cancelled_at = Some(now);
        Ok(self)
    }

    /// Whether something achieved at this instant can be earned at all.
    #[must_use]
    pub fn was_open(&self, at: Timestamp) -> bool {
        self.cancelled_at.is_none_or(|cancelled| at < cancelled)
    }

    fn is_open(&self) -> Result<(), ChangeProgrammeError> {
        if self.state == ProgrammeState::Cancelled { Err(ChangeProgrammeError::Cancelled) } else { Ok(()) }
    }
}

/// The edition that holds at this instant: the last one published before it (IN-10).
#[must_use]
pub fn edition_at(editions: &[Edition], at: Timestamp) -> Option<&Edition> {
    editions.iter().rev().find(|edition| edition.published_at <= at)
}

impl ProgrammeTerms {
    /// Whether something achieved at this instant counts.
    #[must_use]
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.starts_at.is_none_or(|starts_at| starts_at <= at) && self.ends_at.is_none_or(|ends_at| at < ends_at)
    }

    /// Whether the text can be worked with.
    pub fn check(&self) -> Result<(), TermsError> {
        if self.title.is_empty() || self.title.len() > INCENTIVE_TEXT_BYTES_MAX {
            return Err(TermsError::BadTitle { max: INCENTIVE_TEXT_BYTES_MAX });
        }
        if let (Some(starts_at), Some(ends_at)) = (self.starts_at, self.ends_at)
            && ends_at <= starts_at
        {
            return Err(TermsError::EndsBeforeStart);
        }
        self.eligibility.check()?;
        if !self.coupon.conditions.can_be_met() {
            return Err(TermsError::CouponNeverFits);
        }
        within("coupon.validity_ms", self.coupon.validity_ms.unwrap_or(DAY_MS), 1, 3_650 * DAY_MS)?;
        within("application.ahead_ms_min", self.application.ahead_ms_min, 0, 365 * DAY_MS)?;
        within("application.planned_ms_min", self.application.planned_ms_min, 0, 30 * DAY_MS)?;
        within("application.review_working_days", self.application.review_working_days.into(), 1, 60)?;
        self.check_rewards()
    }

    fn check_rewards(&self) -> Result<(), TermsError> {
        let refuse = |expected| Err(TermsError::WrongRewards { kind: self.kind, expected });
        match (self.kind, &self.rewards) {
            (ProgrammeKind::Benchmark, RewardRule::Target(rule)) => rule.check(),
            (ProgrammeKind::Benchmark, _) => refuse("target"),
            (_, RewardRule::Target(_)) => refuse("broadcasts or periods"),
            (ProgrammeKind::ColdStart, RewardRule::Periods { .. }) => refuse("broadcasts"),
            (kind, RewardRule::Broadcasts { on_approval, tiers, broadcasts_max }) => {
                if let Some(award) = on_approval {
                    if kind == ProgrammeKind::Growth {
                        return refuse("broadcasts or periods, with nothing on approval");
                    }
                    within("rewards.on_approval.points", award.points, 1, COUPON_POINTS_MAX)?;
                    within("rewards.on_approval.coupons", award.coupons.into(), 1, COUPONS_MAX)?;
                }
                within("rewards.broadcasts_max", (*broadcasts_max).into(), 1, 10_000)?;
                check_tiers(tiers)
            }
            (_, RewardRule::Periods { tiers, points_per_month_max, period: _ }) => {
                within("rewards.points_per_month_max", *points_per_month_max, 1, COUPON_POINTS_MAX)?;
                check_tiers(tiers)
            }
        }
    }
}

/// Coupons that one task may bring.
const COUPONS_MAX: i64 = 100;

fn check_tiers(tiers: &[Tier]) -> Result<(), TermsError> {
    if !(1..=INCENTIVE_TIERS_MAX).contains(&tiers.len()) {
        return Err(TermsError::BadTierCount { tiers: tiers.len(), max: INCENTIVE_TIERS_MAX });
    }
    for Tier { condition, face, coupons } in tiers {
        condition.check()?;
        within("face.base_points", face.base_points, 0, COUPON_POINTS_MAX)?;
        within("face.points_max", face.points_max, 1, COUPON_POINTS_MAX)?;
        within("face.share_permille", face.share.map_or(0, |(_, permille)| permille), 0, 1_000_000)?;
        within("coupons", (*coupons).into(), 1, COUPONS_MAX)?;
    }
    Ok(())
}

impl TargetRule {
    fn check(&self) -> Result<(), TermsError> {
        let rises = self.steps_permille.is_sorted_by(|one, next| one < next);
        let ends = (self.steps_permille.first().copied(), self.steps_permille.last().copied());
        if !rises || self.steps_permille.len() > INCENTIVE_TIERS_MAX || !matches!(ends, (Some(1..), Some(1_000))) {
            return Err(TermsError::BadSteps);
        }
        within("rewards.share_permille", self.share_permille, 1, 1_000)?;
        within("rewards.points_max", self.points_max, 1, COUPON_POINTS_MAX)?;
        let bonus = self.bonus.map_or((0, 0), |bonus| (bonus.share_permille, bonus.settlement_rate_permille_min));
        within("rewards.bonus.share_permille", bonus.0, 0, 1_000)?;
        within("rewards.bonus.settlement_rate_permille_min", bonus.1, 0, 1_000)
    }
}

fn within(setting: &'static str, value: i64, min: i64, max: i64) -> Result<(), TermsError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(TermsError::OutOfRange { setting, value, min, max }) }
}
