//! Bids that change while an order runs, and the cost guarantee that rests on them (QB-18, QB-19).

use thiserror::Error;

use super::bidding::Bidding;
use super::state::OrderState;
use super::{CreditPart, PromotionOrder, UsedSource, credit_parts};
use crate::event::{Event, Outcome};
use crate::ledger::{AccountId, AccountKind, LedgerCommand, LotOrigin, LotReturn, NewLot};
use crate::money::{Amount, Asset, CENTIBEAN_WORTH, Micros};
use crate::policy::ProductRules;
use crate::promise::{Assessment, Closed, PaidIn, PromiseFacts, PromiseRule, PromiseState, Stretch};
use crate::time::Timestamp;
use crate::wallet;

/// What the buyer named and since when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BidChange {
    pub at: Timestamp,
    /// As [`Bidding::promised`] tells it.
    pub promised: i64,
}

/// The cost guarantee of an order: its rule as it was agreed, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderGuarantee {
    pub rule: PromiseRule,
    /// What it came to, in fen.
    pub closed: Option<Closed>,
}

/// What was charged at an instant and not credited back, and what has come of it until now (QB-11, AT-03).
///
/// A result that its viewer took back is none any more; what it cost was spent all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Taken {
    pub at: Timestamp,
    pub spend: Micros,
    pub results: i64,
    /// What the viewer paid for goods, after refunds.
    pub sales_fen: i64,
}

/// A source as it was used, and the lot that it was of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedLot {
    pub used: UsedSource,
    pub account: AccountId,
    pub origin: LotOrigin,
}

/// Why a bid is not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeBidError {
    #[error("change the bid of an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("change a bid or goal of an order that has none of its kind")]
    NoBid,
    #[error("ask for sales of `{goal}` thousandths of the spend: it must be from `{min}` to `{max}`")]
    RoiGoalOutOfRange { goal: i64, min: i64, max: i64 },
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
    /// Changes the bid or the goal of an order that runs, for one of the same kind; each change is an edit (QB-18).
    pub fn change_bid(
        mut self,
        to: Bidding,
        rules: &ProductRules<'_>,
        now: Timestamp,
    ) -> Result<Outcome<Self>, ChangeBidError> {
        if !matches!(self.state, OrderState::Running { .. } | OrderState::Paused { .. }) {
            return Err(ChangeBidError::WrongState { state: self.state.name() });
        }
        match (self.bidding, to) {
            (Bidding::Manual { .. }, Bidding::Manual { bid }) => {
                let (min, max) = (rules.bid_min, rules.bid_max.min(self.budget.micros()));
                if bid < min || max < bid {
                    return Err(ChangeBidError::OutOfRange { bid, min, max });
                }
            }
            (Bidding::RoiGoal { .. }, Bidding::RoiGoal { goal_permille: goal }) => {
                let (min, max) = rules.roi_goal_permille;
                if goal < min || max < goal {
                    return Err(ChangeBidError::RoiGoalOutOfRange { goal, min, max });
                }
            }
            _ => return Err(ChangeBidError::NoBid),
        }
        let Some(promised) = to.promised().filter(|_| to != self.bidding) else { return Ok(self.unchanged()) };
        self.bidding = to;
        self.bids.push(BidChange { at: now, promised });
        let event = Event::BidChanged { order: self.id, bidding: to };
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
        // What is charged in the window counts; what came of it may change until the day of payment.
        let counts = |one: &&Taken| until.is_none_or(|until| one.at < until);
        let mut stretches: Vec<Stretch> =
            self.bids.iter().map(|change| Stretch { promised: change.promised, ..Stretch::default() }).collect();
        for one in taken.iter().filter(counts) {
            let place = self.bids.partition_point(|change| change.at <= one.at).saturating_sub(1);
            if let Some(stretch) = stretches.get_mut(place) {
                stretch.spend = Micros::new(stretch.spend.get().saturating_add(one.spend.get()));
                stretch.results = stretch.results.saturating_add(one.results);
                stretch.sales_fen = stretch.sales_fen.saturating_add(one.sales_fen);
            }
        }
        let edits: Vec<Timestamp> = self.bids.iter().skip(1).map(|change| change.at).collect();
        let facts = PromiseFacts {
            began_at: self.delivery_started_at,
            stretches: &stretches,
            edits: &edits,
            fee: Amount::ZERO,
            closed: guarantee.closed,
        };
        Some(guarantee.rule.assess(&facts, now))
    }

    /// Closes the guarantee on its day: pays what is owed, once, or notes that nothing is.
    pub fn close_guarantee(
        self,
        taken: &[Taken],
        sources: &[UsedLot],
        now: Timestamp,
    ) -> Result<Outcome<Self>, PayGuaranteeError> {
        let due_at = self.guarantee_due_at().ok_or(PayGuaranteeError::Nothing)?;
        if now < due_at {
            return Err(PayGuaranteeError::TooEarly);
        }
        let assessment = self.assess_guarantee(taken, now).ok_or(PayGuaranteeError::Nothing)?;
        let guarantee = self.guarantee.ok_or(PayGuaranteeError::Nothing)?;
        let owed = if assessment.state == PromiseState::Confirming { assessment.would_pay } else { Amount::ZERO };
        let (postings, events) = if owed > Amount::ZERO {
            let event = Event::GuaranteePaid { order: self.id, payer: self.payer, amount: owed };
            (self.compensation((guarantee.rule, owed), sources, now), vec![event])
        } else {
            (Vec::new(), Vec::new())
        };
        let guarantee = Some(OrderGuarantee {
            closed: Some(Closed { at: now, paid: owed, results: assessment.results }),
            ..guarantee
        });
        Ok(Outcome { state: Self { guarantee, ..self }, postings, events })
    }

    /// What is owed: as a grant, or as money back to the sources that paid, the last one used first (WL-05).
    fn compensation(
        &self,
        (rule, owed): (PromiseRule, Amount),
        sources: &[UsedLot],
        now: Timestamp,
    ) -> Vec<LedgerCommand> {
        let parts = match rule.paid_in {
            PaidIn::Grant => vec![(wallet::granted_account(self.payer), LotOrigin::Grant, owed)],
            PaidIn::Money => self.back_to_sources(owed, sources),
        };
        let from = AccountId { kind: AccountKind::GiftExpense, asset: Asset::Cny, owner: self.tenant.value() };
        let open = |(number, (account, origin, amount))| {
            let id = self.id.child(GUARANTEE_LOT + number);
            let on_return = LotReturn::SameLot;
            let lot = NewLot { id, account, origin, amount, valid_from: now, valid_to: None, on_return };
            LedgerCommand::OpenLot { from, lot }
        };
        (0..).zip(parts).map(open).collect()
    }

    /// Each source of money gets back at most what was used of it; what nothing is left for is money all the same.
    fn back_to_sources(&self, owed: Amount, sources: &[UsedLot]) -> Vec<(AccountId, LotOrigin, Amount)> {
        let of_money: Vec<UsedLot> =
            sources.iter().copied().filter(|source| source.account.asset == Asset::Cny).collect();
        let used: Vec<UsedSource> = of_money.iter().map(|source| source.used).collect();
        let credited: i64 = used.iter().map(|source| source.credited.units()).sum();
        let due = Micros::new(credited.saturating_add(owed.units()).saturating_mul(CENTIBEAN_WORTH.get()));
        let mut left = owed.units();
        let mut parts = Vec::new();
        for CreditPart { hold, amount } in credit_parts(due, &used) {
            let source = of_money.iter().find(|source| source.used.hold == hold).expect("parts are of these sources");
            let origin = match source.origin {
                LotOrigin::Payment(payment) => LotOrigin::Payment(payment),
                _ => LotOrigin::Grant,
            };
            left -= amount.units();
            parts.push((source.account, origin, amount));
        }
        if left > 0 {
            parts.push((wallet::paid_account(self.payer, Asset::Cny), LotOrigin::Grant, Amount::new(left)));
        }
        parts
    }
}
