//! Refunds: value of top-ups back into the money that it cost, to the payment it came from (WL-05).

use thiserror::Error;

use super::{Payment, PaymentState, of_tenant, paid_account};
use crate::event::{Event, Outcome};
use crate::id::{LotId, PartyId, PaymentId, PaymentRefundId, TenantId};
use crate::ledger::{AccountKind, LedgerCommand, Lot, LotOrigin, LotReturn, NewLot};
use crate::limits::{PAYMENT_REFUNDS_MAX, REFUND_LOTS_MAX, WALLET_NOTE_BYTES_MAX};
use crate::money::{Amount, Asset};
use crate::time::{DAY_MS, Timestamp};

/// Payments older than this cannot be refunded by a provider.
const REFUNDABLE_MS: i64 = 365 * DAY_MS;

/// What somebody wants back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefundRequest {
    pub asset: Asset,
    /// In the unit of the asset.
    pub amount: Amount,
    /// Only of this payment; `None` of whichever came last.
    pub payment: Option<PaymentId>,
}

/// A lot that a top-up brought, with its payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUpLot {
    pub lot: Lot,
    pub payment: Payment,
}

/// What staff decided about unspent value, and why: kept with each refund that came of it (QB-15).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RefundDecision {
    pub by: PartyId,
    pub reason: String,
}

/// Why staff may not give unspent value back (QB-15).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecideRefundError {
    #[error("refund for staff's reasons what its owner can refund: the account is neither banned nor frozen")]
    NotBarred,
    #[error("give no reason, or one of more than `{max}` bytes")]
    BadReason { max: usize },
}

/// What one lot gives to a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefundPart {
    pub payment: PaymentId,
    pub lot: LotId,
    /// In the unit of the asset.
    pub amount: Amount,
    /// The money that goes back for it, in fen.
    pub price: Amount,
}

/// Why nothing is refunded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanRefundError {
    #[error("refund an amount that is not positive: `{units}`")]
    NotPositive { units: i64 },
    #[error("refund `{asked}` of `{available}` units that top-ups left")]
    Insufficient { available: i64, asked: i64 },
    #[error("refund an amount that is worth less than one fen")]
    TooSmall,
    #[error("refund from more than `{max}` top-ups at once")]
    TooManyLots { max: usize },
}

/// Money on its way back from one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: PaymentRefundId,
    pub tenant: TenantId,
    pub party: PartyId,
    pub asset: Asset,
    pub part: RefundPart,
    pub state: RefundState,
    pub created_at: Timestamp,
    /// Version of the row that was read; the store writes the next one.
    pub version: u64,
}

/// Where a refund is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundState {
    /// The value left the wallet; the provider is asked, again under the same id, until it answers for good.
    Requested,
    Succeeded {
        at: Timestamp,
    },
    /// The provider could not; the value is in the wallet again.
    Failed {
        at: Timestamp,
    },
}

impl RefundDecision {
    /// Staff's decision about an account, which must be barred from refunding by itself: banned, or frozen (QB-15).
    pub fn new(by: PartyId, reason: &str, is_barred: bool) -> Result<Self, DecideRefundError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.len() > WALLET_NOTE_BYTES_MAX {
            return Err(DecideRefundError::BadReason { max: WALLET_NOTE_BYTES_MAX });
        }
        if is_barred { Ok(Self { by, reason: reason.to_owned() }) } else { Err(DecideRefundError::NotBarred) }
    }

    /// The decision on refunds that were planned: told as an event, and let out of an account that pays nothing
    /// else, before and after (WL-10).
    pub fn decide<S>(
        &self,
        request: &RefundRequest,
        (party, is_frozen): (PartyId, bool),
        refunds: Outcome<S>,
    ) -> Outcome<S> {
        let account = paid_account(party, request.asset);
        let set = |frozen| is_frozen.then_some(LedgerCommand::SetFrozen { account, frozen });
        let postings = set(false).into_iter().chain(refunds.postings).chain(set(true)).collect();
        let decided = Event::UnspentRefundDecided {
            party,
            by: self.by,
            asset: request.asset,
            amount: request.amount,
            reason: self.reason.clone(),
        };
        let events = std::iter::once(decided).chain(refunds.events).collect();
        Outcome { state: refunds.state, postings, events }
    }
}

/// Which lots give how much, the last top-up first; each payment gives at most what it brought (WL-05).
pub fn plan_refund(
    request: &RefundRequest,
    lots: &[TopUpLot],
    now: Timestamp,
) -> Result<Vec<RefundPart>, PlanRefundError> {
    let asked = request.amount.units();
    if asked < 1 {
        return Err(PlanRefundError::NotPositive { units: asked });
    }
    let usable = |source: &&TopUpLot| is_refundable(source, request, now);
    let mut sources: Vec<&TopUpLot> = lots.iter().filter(usable).collect();
    sources.sort_by_key(|source| std::cmp::Reverse((source.lot.valid_from, source.lot.id)));
    let available: i128 = sources.iter().map(|source| i128::from(source.lot.remaining.units())).sum();
    if available < i128::from(asked) {
        return Err(PlanRefundError::Insufficient { available: i64::try_from(available).unwrap_or(i64::MAX), asked });
    }
    let mut parts: Vec<RefundPart> = Vec::new();
    let mut missing = asked;
    for source in sources {
        let amount = source.lot.remaining.units().min(missing);
        if amount == 0 {
            break;
        }
        missing -= amount;
        let price = price_of(source, Amount::new(amount), &parts);
        parts.push(RefundPart { payment: source.payment.id, lot: source.lot.id, amount: Amount::new(amount), price });
    }
    if parts.len() > REFUND_LOTS_MAX {
        return Err(PlanRefundError::TooManyLots { max: REFUND_LOTS_MAX });
    }
    // Value that is worth no money would leave the wallet for nothing.
    if parts.iter().any(|part| part.price < Amount::new(1)) {
        return Err(PlanRefundError::TooSmall);
    }
    Ok(parts)
}

fn is_refundable(source: &TopUpLot, request: &RefundRequest, now: Timestamp) -> bool {
    let TopUpLot { lot, payment } = source;
    let PaymentState::Paid { at, .. } = payment.state else { return false };
    lot.origin == LotOrigin::Payment(payment.id)
        && lot.account == paid_account(payment.party, request.asset)
        && lot.remaining > Amount::ZERO
        && request.payment.is_none_or(|only| only == payment.id)
        && now.since_ms(at) <= REFUNDABLE_MS
        && payment.refunded.times < PAYMENT_REFUNDS_MAX
}

/// The money for a part: what the payment owes for everything given back so far, less what it gave back.
///
/// `⌊price · given ÷ amount⌋` grows to exactly the price when everything is back, in whichever parts.
fn price_of(source: &TopUpLot, amount: Amount, before: &[RefundPart]) -> Amount {
    let Payment { id, price, amount: bought, refunded, .. } = &source.payment;
    let of_payment = || before.iter().filter(|part| part.payment == *id);
    let sum = |first: Amount, of: fn(&RefundPart) -> Amount| {
        of_payment().map(of).fold(i128::from(first.units()), |sum, next| sum + i128::from(next.units()))
    };
    let given = sum(refunded.amount, |part| part.amount) + i128::from(amount.units());
    let paid_back = sum(refunded.price, |part| part.price);
    let owed = i128::from(price.units()) * given / i128::from(bought.units()).max(1);
    let owed = owed.min(i128::from(price.units()));
    Amount::new(i64::try_from((owed - paid_back).max(0)).expect("a part of a price is within amounts"))
}

impl Refund {
    /// Takes the value out of the wallet; the money is asked of the provider next.
    pub fn request(self, payment: Payment) -> Outcome<(Self, Payment)> {
        assert!(payment.id == self.part.payment, "a refund goes to its own payment");
        let RefundPart { lot, amount, price, .. } = self.part;
        let clearing = of_tenant(self.tenant, AccountKind::PaymentClearing, Asset::Cny);
        let postings = if self.asset == Asset::Cny {
            vec![LedgerCommand::TakeFromLot { lot, to: clearing, amount }]
        } else {
            let to = of_tenant(self.tenant, AccountKind::Liquidity, self.asset);
            let debit = of_tenant(self.tenant, AccountKind::Liquidity, Asset::Cny);
            vec![
                LedgerCommand::TakeFromLot { lot, to, amount },
                LedgerCommand::Post { debit, credit: clearing, amount: price },
            ]
        };
        let event = Event::TopUpRefundRequested {
            party: self.party,
            payment: payment.id,
            refund: self.id,
            asset: self.asset,
            amount,
            paid: price,
        };
        let mut payment = payment;
        payment.refunded.price = payment.refunded.price.plus(price).expect("at most the price");
        payment.refunded.amount = payment.refunded.amount.plus(amount).expect("at most what was bought");
        payment.refunded.times += 1;
        assert!(payment.refunded.price <= payment.price, "no more goes back than came");
        Outcome { state: (self, payment), postings, events: vec![event] }
    }

    /// The provider gave the money back. Once; then it is known.
    pub fn succeed(self, now: Timestamp) -> Outcome<Self> {
        if self.state != RefundState::Requested {
            return Outcome { state: self, postings: Vec::new(), events: Vec::new() };
        }
        let event = Event::TopUpRefunded {
            party: self.party,
            payment: self.part.payment,
            refund: self.id,
            paid: self.part.price,
        };
        let state = Self { state: RefundState::Succeeded { at: now }, ..self };
        Outcome { state, postings: Vec::new(), events: vec![event] }
    }

    /// The provider could not: the value comes back into the wallet as a lot of the same payment.
    pub fn fail(self, payment: Payment, now: Timestamp) -> Outcome<(Self, Payment)> {
        assert!(payment.id == self.part.payment, "a refund belongs to its own payment");
        if self.state != RefundState::Requested {
            return Outcome { state: (self, payment), postings: Vec::new(), events: Vec::new() };
        }
        let RefundPart { amount, price, .. } = self.part;
        let new = NewLot {
            id: self.id.child(0),
            account: paid_account(self.party, self.asset),
            origin: LotOrigin::Payment(payment.id),
            amount,
            valid_from: now,
            valid_to: None,
            on_return: LotReturn::SameLot,
        };
        let clearing = of_tenant(self.tenant, AccountKind::PaymentClearing, Asset::Cny);
        let postings = if self.asset == Asset::Cny {
            vec![LedgerCommand::OpenLot { from: clearing, lot: new }]
        } else {
            let credit = of_tenant(self.tenant, AccountKind::Liquidity, Asset::Cny);
            let from = of_tenant(self.tenant, AccountKind::Liquidity, self.asset);
            vec![
                LedgerCommand::Post { debit: clearing, credit, amount: price },
                LedgerCommand::OpenLot { from, lot: new },
            ]
        };
        let event = Event::TopUpRefundFailed {
            party: self.party,
            payment: payment.id,
            refund: self.id,
            asset: self.asset,
            amount,
        };
        let mut payment = payment;
        payment.refunded.price = payment.refunded.price.minus(price).expect("it was added before");
        payment.refunded.amount = payment.refunded.amount.minus(amount).expect("it was added before");
        let refund = Self { state: RefundState::Failed { at: now }, ..self };
        Outcome { state: (refund, payment), postings, events: vec![event] }
    }
}

impl RefundState {
    /// The name of the state in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
        }
    }
}
