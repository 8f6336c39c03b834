//! Placing guarantees: the fee, and the yuan that pay it (GB-01, GB-02).

use thiserror::Error;

use super::{GuaranteeService, GuaranteeTerms, ServiceState};
use crate::calendar::Day;
use crate::event::{Event, Outcome};
use crate::id::{GuaranteeOrderId, GuaranteeServiceId, LotId, PartyId, TenantId};
use crate::limits::ORDER_SOURCES_MAX;
use crate::money::Amount;
use crate::policy::{GuaranteePolicy, Policy};
use crate::time::Timestamp;

/// What a quote promises of one creator, as it is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    pub fixed_price: Amount,
    pub premium_permille: i64,
    pub expected_plays: u64,
    pub low_plays: u64,
    pub high_plays: u64,
    pub loss_permille: i64,
}

/// A guarantee to be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceDraft {
    pub id: GuaranteeServiceId,
    pub order: GuaranteeOrderId,
    pub tenant: TenantId,
    pub buyer: PartyId,
    pub creator: PartyId,
}

/// A part of one lot of yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct YuanLot {
    pub lot: LotId,
    /// In fen.
    pub amount: Amount,
}

/// Why a guarantee is not placed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceGuaranteeError {
    #[error("guarantee one's own video")]
    OwnVideo,
    #[error("guarantee `{plays}` plays")]
    NothingPromised { plays: u64 },
    #[error("guarantee a video for `{fen}` fen: it must be from `1` to `{max}`")]
    PriceOutOfRange { fen: i64, max: i64 },
    #[error("pay `{needed}` of `{available}` fen")]
    InsufficientFunds { available: i64, needed: i64 },
    #[error("pay from more than `{max}` lots")]
    TooManySources { max: usize },
}

/// The fee: the fixed price times the premium rate, fractions of a fen dropped in the buyer's favour, at least 1 fen.
#[must_use]
pub fn guarantee_fee(fixed_price: Amount, premium_permille: i64) -> Amount {
    let fen = i128::from(fixed_price.units()) * i128::from(premium_permille) / 1000;
    Amount::new(i64::try_from(fen).expect("a part of a price is an amount").max(1))
}

/// Takes a price from these lots, in their order; what was taken is gone from them for the next price.
pub fn plan_yuan(lots: &mut [YuanLot], price: Amount) -> Result<Vec<YuanLot>, PlaceGuaranteeError> {
    let available = lots.iter().fold(0_i64, |sum, lot| sum.saturating_add(lot.amount.units()));
    let mut needed = price.units();
    if available < needed {
        return Err(PlaceGuaranteeError::InsufficientFunds { available, needed });
    }
    let mut parts = Vec::new();
    for lot in lots.iter_mut().filter(|lot| lot.amount > Amount::ZERO) {
        if needed == 0 {
            break;
        }
        let part = lot.amount.units().min(needed);
        parts.push(YuanLot { lot: lot.lot, amount: Amount::new(part) });
        lot.amount = Amount::new(lot.amount.units() - part);
        needed -= part;
    }
    let max = ORDER_SOURCES_MAX;
    if parts.len() > max { Err(PlaceGuaranteeError::TooManySources { max }) } else { Ok(parts) }
}

impl GuaranteeService {
    /// Places a guarantee and holds its fee, which these parts of the buyer's yuan add up to.
    ///
    /// # Panics
    /// When the parts are not the fee, which only a bug can cause.
    pub fn place(
        draft: ServiceDraft,
        offer: &Offer,
        parts: &[YuanLot],
        (policy, now): (&Policy, Timestamp),
    ) -> Result<Outcome<Self>, PlaceGuaranteeError> {
        let ServiceDraft { id, order, tenant, buyer, creator } = draft;
        if buyer == creator {
            return Err(PlaceGuaranteeError::OwnVideo);
        }
        let terms = terms(offer, &policy.guarantee, policy.version)?;
        let paid = parts.iter().fold(0_i64, |sum, part| sum.saturating_add(part.amount.units()));
        assert!(paid == terms.fee.units(), "a guarantee is paid exactly");
        let lapses_at = Day::at(now).plus_months(policy.guarantee.valid_months).end();
        let state = ServiceState::Waiting { lapses_at };
        let event = Event::GuaranteePlaced {
            service: id,
            order,
            buyer,
            creator,
            fee: terms.fee,
            expected_plays: terms.expected_plays,
            lapses_at,
        };
        let service = Self { id, order, tenant, buyer, creator, terms, state, placed_at: now, version: 0 };
        let postings = service.hold(parts);
        Ok(Outcome { state: service, postings, events: vec![event] })
    }
}

fn terms(offer: &Offer, policy: &GuaranteePolicy, version: u32) -> Result<GuaranteeTerms, PlaceGuaranteeError> {
    let Offer { fixed_price, premium_permille, expected_plays, low_plays, high_plays, loss_permille } = *offer;
    if expected_plays == 0 {
        return Err(PlaceGuaranteeError::NothingPromised { plays: expected_plays });
    }
    let max = policy.fixed_price_max.units();
    if !(1..=max).contains(&fixed_price.units()) {
        return Err(PlaceGuaranteeError::PriceOutOfRange { fen: fixed_price.units(), max });
    }
    Ok(GuaranteeTerms {
        policy_version: version,
        fixed_price,
        premium_permille,
        fee: guarantee_fee(fixed_price, premium_permille),
        expected_plays,
        low_plays,
        high_plays,
        loss_permille,
        term_ms: policy.term_ms,
        refund_working_days: policy.refund_working_days,
        refund_wait_ms: policy.refund_wait_ms,
        report_wait_ms: policy.report_wait_ms,
        closing_wait_ms: policy.closing_wait_ms,
    })
}
