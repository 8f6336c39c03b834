//! Measures against abuse: found in facts or taken by people; what they take back, and what is owed then (IN-12).

use thiserror::Error;

use super::facts::{Figures, Flag, Metric};
use super::words::coded;
use crate::id::{IncentiveMeasureId, PartyId, TenantId};
use crate::ledger::Lot;
use crate::limits::INCENTIVE_TEXT_BYTES_MAX;
use crate::money::{Amount, AmountOverflow};
use crate::party::Owned;
use crate::policy::IncentivePolicy;
use crate::time::Timestamp;

coded! {
    /// Why somebody is limited.
    AbuseReason {
        /// More of a session's sales was refunded than the policy lets be.
        RefundRate = "refund_rate",
        Complaints = "complaints",
        ShopScore = "shop_score",
        CreditScore = "credit_score",
        CounterfeitGoods = "counterfeit_goods",
        ShopClosed = "shop_closed",
        ContentViolation = "content_violation",
        FakeOrders = "fake_orders",
        FakeFollowers = "fake_followers",
        UnofficialClient = "unofficial_client",
        Emulator = "emulator",
        Script = "script",
        MassRegistration = "mass_registration",
        TamperedDevice = "tampered_device",
        /// Linked accounts were helped twice (IN-02).
        DoubleDipping = "double_dipping",
    }

    /// How far a measure goes.
    MeasureKind {
        /// No rewards and no applications for a time.
        Limit = "limit",
        /// No rewards and no applications any more.
        End = "end",
    }

    /// A line in the debt of an account.
    DebtKind {
        /// Used rewards were taken back.
        Booked = "booked",
        /// A later reward paid it.
        Netted = "netted",
        /// The measure was lifted.
        Cancelled = "cancelled",
    }

    /// Where a measure is.
    MeasureState {
        InForce = "in_force",
        /// Its time is over.
        Over = "over",
        /// An appeal was granted: it is as if it had not been.
        Lifted = "lifted",
    }
}

/// A measure against one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    pub id: IncentiveMeasureId,
    pub tenant: TenantId,
    pub party: PartyId,
    pub kind: MeasureKind,
    pub reason: AbuseReason,
    /// What shows it, for the account and for whoever hears the appeal.
    pub evidence: String,
    /// Who took it.
    pub operator: PartyId,
    pub at: Timestamp,
    /// Until when it holds; `None` for good.
    pub until: Option<Timestamp>,
    pub lifted_at: Option<Timestamp>,
    /// Points of unused rewards that were taken back.
    pub recalled_points: i64,
    /// Points of used rewards that are owed.
    pub owed_points: i64,
    pub version: u64,
}

/// Why a measure is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TakeMeasureError {
    #[error("take a measure without evidence, or with more than `{max}` bytes of it")]
    BadEvidence { max: usize },
    #[error("limit somebody without an end, or end it with one")]
    BadUntil,
    #[error("take a measure that is over already")]
    OverAlready,
}

/// What a reward comes to when it is taken back: coupons lose what is left of them, what was used is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TakenBack {
    pub unused: Amount,
    pub used: Amount,
}

impl Measure {
    /// Whose matter it is.
    #[must_use]
    pub const fn owned(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.party, co_owner: None }
    }

    /// Whether the measure says what it must.
    pub fn check(&self) -> Result<(), TakeMeasureError> {
        let max = INCENTIVE_TEXT_BYTES_MAX;
        if self.evidence.trim().is_empty() || self.evidence.len() > max {
            return Err(TakeMeasureError::BadEvidence { max });
        }
        match (self.kind, self.until) {
            (MeasureKind::Limit, Some(until)) if until <= self.at => Err(TakeMeasureError::OverAlready),
            (MeasureKind::Limit, Some(_)) | (MeasureKind::End, None) => Ok(()),
            (MeasureKind::Limit, None) | (MeasureKind::End, Some(_)) => Err(TakeMeasureError::BadUntil),
        }
    }

    /// Where it is at this instant.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> MeasureState {
        if self.lifted_at.is_some() {
            MeasureState::Lifted
        } else if self.until.is_some_and(|until| until <= now) {
            MeasureState::Over
        } else {
            MeasureState::InForce
        }
    }
}

/// What these facts show that keeps a reward back.
#[must_use]
pub fn findings(figures: &Figures, policy: &IncentivePolicy) -> Vec<AbuseReason> {
    let above = |metric, max| figures.value(metric).is_some_and(|value| value > max);
    let below = |metric, min| figures.value(metric).is_some_and(|value| value < min);
    let all = [
        (AbuseReason::RefundRate, above(Metric::RefundRatePermille, policy.refund_rate_permille_max)),
        (AbuseReason::Complaints, above(Metric::Complaints, policy.complaints_max)),
        (AbuseReason::ShopScore, below(Metric::ShopScoreHundredths, policy.shop_score_hundredths_min)),
        (AbuseReason::CreditScore, below(Metric::CreditScore, policy.credit_score_min)),
        (AbuseReason::CounterfeitGoods, figures.is_up(Flag::CounterfeitGoods)),
        (AbuseReason::ShopClosed, figures.is_up(Flag::ShopClosed)),
        (AbuseReason::ContentViolation, figures.is_up(Flag::ContentViolation)),
    ];
    all.into_iter().filter(|(_, found)| *found).map(|(reason, _)| reason).collect()
}

/// What coupons come to when they are taken back, with those split from them and those that orders left of them.
///
/// What orders used or hold is owed: what comes back of a hold is the account's again. What lapsed is neither.
pub fn taken_back<'l>(lots: impl IntoIterator<Item = &'l Lot>) -> Result<TakenBack, AmountOverflow> {
    lots.into_iter().try_fold(TakenBack::default(), |sum, lot| {
        let used = sum.used.plus(lot.spent)?.plus(lot.held)?;
        Ok(TakenBack { unused: sum.unused.plus(lot.remaining)?, used })
    })
}

/// A reward of an account that owes: what pays the debt, and what is left to be granted.
#[must_use]
pub fn net(points: i64, owed: i64) -> (i64, i64) {
    let paid = points.min(owed).max(0);
    (paid, points - paid)
}
