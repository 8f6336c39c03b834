//! Bids that change while an order runs, and the cost guarantee that rests on them (QB-18, QB-19).

use thiserror::Error;

use super::PromotionOrder;
use super::bidding::Bidding;
use super::state::OrderState;
use crate::event::{Event, Outcome};
use crate::ledger::{AccountId, AccountKind, LedgerCommand, LotOrigin, LotReturn, NewLot};
use crate::money::{Amount, Asset, Micros};
use crate::policy::ProductRules;
use crate::promise::{Assessment, PaidIn, PromiseFacts, PromiseRule, PromiseState, Stretch};
use crate::time::Timestamp;
use crate::wallet;

/// A bid and since when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BidChange {
    pub at: Timestamp,
    pub bid: Micros,
}

/// The cost guarantee of an order: its rule as it was agreed, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderGuarantee {
    pub rule: PromiseRule,
    /// When it was decided, and what was paid then, in fen.
    pub closed: Option<(Timestamp, Amount)>,
}

/// What was charged at an instant, or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Taken {
    pub at: Timestamp,
    pub spend: Micros,
    /// Negative where results were taken back.
    pub results: i64,
}

/// Why a bid is not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeBidError {
    #[error("change the bid of an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("change the bid of an order without one")]
    NoBid,
    #[error("bid `{}` millionths of the price unit: it must be from `{}` to `{}`", .bid.get(), .min.get(), .max.get())]
    OutOfRange { bid: Micros, min: Micros, max: Micros },
}

/// Why a guarantee is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PayGuaranteeError {
    #[error("close a guarantee that is not there or was closed before")]
    Nothing,
    #[error("close a guarantee before its day")]
    TooEarly,
}

/// The number of the lot that a guarantee pays, among what an order brings forth.
const GUARANTEE_LOT: u64 = 1 << 40;

impl PromotionOrder {
    /// Changes the bid of an order that waits or runs; each change is an edit (QB-18).
    pub fn change_bid(
        mut self,
        bid: Micros,
        rules: &ProductRules<'_>,
        now: Timestamp,
    ) -> Result<Outcome<Self>, ChangeBidError> {
        if !matches!(self.state, OrderState::Running { .. } | OrderState::Paused { .. }) {
            return Err(ChangeBidError::WrongState { state: self.state.name() });
        }
        let Bidding::Manual { bid: before } = self.bidding else { return Err(ChangeBidError::NoBid) };
        let (min, max) = (rules.bid_min, rules.bid_max.min(self.budget.micros()));
        if bid < min || max < bid {
            return Err(ChangeBidError::OutOfRange { bid, min, max });
        }
        if bid == before {
            return Ok(self.unchanged());
        }
        self.bidding = Bidding::Manual { bid };
        self.bids.push(BidChange { at: now, bid });
        let event = Event::BidChanged { order: self.id, bid };
        Ok(Outcome { state: self, postings: Vec::new(), events: vec![event] })
    }

    /// When time has something to do to the guarantee: its day of payment, until it is closed.
    #[must_use]
    pub fn guarantee_due_at(&self) -> Option<Timestamp> {
        let guarantee = self.guarantee.filter(|guarantee| guarantee.closed.is_none())?;
        Some(guarantee.rule.pays_at(self.delivery_started_at?))
    }

    /// The guarantee as it stands, from everything that was charged and taken back; `None` without one.
    #[must_use]
    pub fn assess_guarantee(&self, taken: &[Taken], now: Timestamp) -> Option<Assessment> {
        let guarantee = self.guarantee?;
        let until = self.delivery_started_at.map(|began_at| guarantee.rule.window_ends(began_at));
        // What is taken back after the window counts too: until the day of payment figures may change.
        let counts = |one: &&Taken| one.results < 0 || until.is_none_or(|until| one.at < until);
        let mut stretches: Vec<Stretch> =
            self.bids.iter().map(|change| Stretch { promised: change.bid.get(), ..Stretch::default() }).collect();
        for one in taken.iter().filter(counts) {
            let place = self.bids.partition_point(|change| change.at <= one.at).saturating_sub(1);
            if let Some(stretch) = stretches.get_mut(place) {
                stretch.spend = Micros::new(stretch.spend.get().saturating_add(one.spend.get()));
                stretch.results = stretch.results.saturating_add(one.results);
            }
        }
        let edits: Vec<Timestamp> = self.bids.iter().skip(1).map(|change| change.at).collect();
        let facts = PromiseFacts {
            began_at: self.delivery_started_at,
            stretches: &stretches,
            edits: &edits,
            fee: Amount::ZERO,
            paid: guarantee.closed.filter(|(_, amount)| *amount > Amount::ZERO),
        };
        Some(guarantee.rule.assess(&facts, now))
    }

    /// Closes the guarantee on its day: pays what is owed, once, or notes that nothing is.
    pub fn close_guarantee(self, taken: &[Taken], now: Timestamp) -> Result<Outcome<Self>, PayGuaranteeError> {
        let due_at = self.guarantee_due_at().ok_or(PayGuaranteeError::Nothing)?;
        if now < due_at {
            return Err(PayGuaranteeError::TooEarly);
        }
        let assessment = self.assess_guarantee(taken, now).ok_or(PayGuaranteeError::Nothing)?;
        let guarantee = self.guarantee.ok_or(PayGuaranteeError::Nothing)?;
        let owed = if assessment.state == PromiseState::Confirming { assessment.would_pay } else { Amount::ZERO };
        let (postings, events) = if owed > Amount::ZERO {
            let event = Event::GuaranteePaid { order: self.id, payer: self.payer, amount: owed };
            (vec![self.compensation(guarantee.rule, owed, now)], vec![event])
        } else {
            (Vec::new(), Vec::new())
        };
        let guarantee = Some(OrderGuarantee { closed: Some((now, owed)), ..guarantee });
        Ok(Outcome { state: Self { guarantee, ..self }, postings, events })
    }

    fn compensation(&self, rule: PromiseRule, amount: Amount, now: Timestamp) -> LedgerCommand {
        let account = match rule.paid_in {
            PaidIn::Money => wallet::paid_account(self.payer, Asset::Cny),
            PaidIn::Grant => wallet::granted_account(self.payer),
        };
        let lot = NewLot {
            id: self.id.child(GUARANTEE_LOT),
            account,
            origin: LotOrigin::Grant,
            amount,
            valid_from: now,
            valid_to: None,
            on_return: LotReturn::SameLot,
        };
        let from = AccountId { kind: AccountKind::GiftExpense, asset: Asset::Cny, owner: self.tenant.value() };
        LedgerCommand::OpenLot { from, lot }
    }
}
