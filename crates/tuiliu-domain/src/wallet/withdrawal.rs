//! Withdrawals: money of the balance, to an account that its owner has on file (QB-16, WL-10).
//!
//! ```text
//! requested ─→ approved ─→ paying ─→ paid
//!     │                      └─────→ failed   the money is in the wallet again
//!     └─→ refused                             the money is in the wallet again
//! ```
//!
//! The value is held from the request on, lot by lot, so that what is not paid out is back in the lots it came from.

use thiserror::Error;

use super::{of_tenant, paid_account};
use crate::calendar::Promise;
use crate::event::{Event, Outcome};
use crate::id::{PartyId, PayoutAccountId, PromotionOrderId, TenantId, WithdrawalId};
use crate::ledger::{AccountId, AccountKind, LeaseId, LedgerCommand, Lot, ReleaseMode};
use crate::limits::{ORDER_SOURCES_MAX, WALLET_NOTE_BYTES_MAX};
use crate::money::{Amount, Asset, Micros};
use crate::party::Desk;
use crate::policy::WalletPolicy;
use crate::time::Timestamp;

/// What one fen is worth in an escrow that counts yuan, in millionths.
const FEN_WORTH: Micros = Micros::new(10_000);

/// Money on its way out of a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    pub id: WithdrawalId,
    pub tenant: TenantId,
    pub party: PartyId,
    /// Where it goes.
    pub account: PayoutAccountId,
    /// In fen.
    pub amount: Amount,
    pub desk: Desk,
    /// How many people have to approve, as the policy was when it was asked for.
    pub approvals_needed: usize,
    /// Who approved so far, each another.
    pub approvals: Vec<Approval>,
    pub state: WithdrawalState,
    /// Until when it is promised to be paid.
    pub promised: Promise,
    pub created_at: Timestamp,
    /// Version of the row that was read; the store writes the next one.
    pub version: u64,
}

/// Somebody of staff said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Approval {
    pub by: PartyId,
    pub at: Timestamp,
}

/// Where a withdrawal is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawalState {
    Requested,
    Refused {
        at: Timestamp,
        by: PartyId,
        reason: String,
    },
    Approved {
        at: Timestamp,
    },
    /// The provider was asked, or is about to be: again under the same id, until it answers for good.
    Paying {
        since: Timestamp,
    },
    Paid {
        at: Timestamp,
        transaction: String,
    },
    /// The provider said that it cannot.
    Failed {
        at: Timestamp,
        reason: String,
    },
}

/// What somebody wants paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WithdrawalDraft {
    pub id: WithdrawalId,
    pub tenant: TenantId,
    pub party: PartyId,
    pub account: PayoutAccountId,
    /// In fen.
    pub amount: Amount,
    pub desk: Desk,
    pub promised: Promise,
}

/// What is known of the wallet that is to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WithdrawalFunds<'l> {
    /// Lots of paid money.
    pub lots: &'l [Lot],
    pub is_frozen: bool,
    pub is_banned: bool,
    /// Withdrawals of the same wallet that are under way.
    pub open: usize,
}

/// Why nothing is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestWithdrawalError {
    #[error("withdraw in the mobile flow")]
    OnMobile,
    #[error("withdraw `{fen}` fen: it must be from `{min}` to `{max}`")]
    BadAmount { fen: i64, min: i64, max: i64 },
    #[error("withdraw `{asked}` of `{available}` fen")]
    Insufficient { available: i64, asked: i64 },
    #[error("withdraw from more than `{max}` lots at once")]
    TooManyLots { max: usize },
    #[error("withdraw from a frozen wallet")]
    Frozen,
    #[error("withdraw from the wallet of a party that is banned")]
    Banned,
    #[error("withdraw while `{max}` withdrawals are under way")]
    TooManyOpen { max: usize },
}

/// Why a withdrawal is not approved or refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecideWithdrawalError {
    #[error("decide a withdrawal that is `{state}`")]
    WrongState { state: &'static str },
    /// Nobody lets money out to themselves.
    #[error("approve a withdrawal of one's own")]
    OwnWithdrawal,
    /// The second look is somebody else's.
    #[error("approve a withdrawal twice by the same person")]
    SameApprover,
    #[error("approve a withdrawal of a frozen wallet")]
    Frozen,
    #[error("give no reason, or one of more than `{max}` bytes")]
    BadReason { max: usize },
}

/// What a provider says of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutReport {
    /// Paid, under the provider's number of the transaction.
    Paid {
        transaction: String,
    },
    Failed {
        reason: String,
    },
}

/// What came of a provider's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayoutReceipt {
    Taken,
    /// Nothing new; nothing changed.
    AlreadyKnown,
    /// It speaks of a payout that nobody asked for, or says the contrary of what it said before; somebody must look.
    Contradicts,
}

/// The escrow in which a withdrawal's value lies. An id is an id: it never meets that of a promotion order.
#[must_use]
pub const fn escrow_of(withdrawal: WithdrawalId) -> PromotionOrderId {
    PromotionOrderId::new(withdrawal.value())
}

impl Withdrawal {
    /// Asks for a withdrawal: what came last goes first, and is held (QB-16).
    pub fn request(
        draft: WithdrawalDraft,
        funds: &WithdrawalFunds<'_>,
        policy: &WalletPolicy,
        now: Timestamp,
    ) -> Result<Outcome<Self>, RequestWithdrawalError> {
        let WithdrawalDraft { id, tenant, party, account, amount, desk, promised } = draft;
        if !desk.moves_money() {
            return Err(RequestWithdrawalError::OnMobile);
        }
        if funds.is_banned {
            return Err(RequestWithdrawalError::Banned);
        }
        if funds.is_frozen {
            return Err(RequestWithdrawalError::Frozen);
        }
        let (fen, min, max) = (amount.units(), policy.withdrawal_min.units(), policy.withdrawal_max.units());
        if !(min..=max).contains(&fen) {
            return Err(RequestWithdrawalError::BadAmount { fen, min, max });
        }
        if policy.withdrawals_open_max <= funds.open {
            return Err(RequestWithdrawalError::TooManyOpen { max: policy.withdrawals_open_max });
        }
        let mut postings = vec![LedgerCommand::OpenEscrow { order: escrow_of(id) }];
        for (place, (lot, part)) in (0..).zip(plan((party, amount), funds.lots, now)?) {
            let (hold, order) = (id.child(place), escrow_of(id));
            postings.push(LedgerCommand::Hold { hold, order, lot, amount: part, unit_worth: FEN_WORTH });
        }
        let approvals_needed = if policy.withdrawal_one_approval_max < amount { 2 } else { 1 };
        let event = Event::WithdrawalRequested { party, withdrawal: id, amount };
        let state = Self {
            id,
            tenant,
            party,
            account,
            amount,
            desk,
            approvals_needed,
            approvals: Vec::new(),
            state: WithdrawalState::Requested,
            promised,
            created_at: now,
            version: 0,
        };
        Ok(Outcome { state, postings, events: vec![event] })
    }

    /// Says yes. Above the policy's limit a second person has to say it too before the money goes.
    pub fn approve(
        mut self,
        by: PartyId,
        is_frozen: bool,
        now: Timestamp,
    ) -> Result<Outcome<Self>, DecideWithdrawalError> {
        self.check_requested()?;
        if by == self.party {
            return Err(DecideWithdrawalError::OwnWithdrawal);
        }
        if self.approvals.iter().any(|approval| approval.by == by) {
            return Err(DecideWithdrawalError::SameApprover);
        }
        if is_frozen {
            return Err(DecideWithdrawalError::Frozen);
        }
        self.approvals.push(Approval { by, at: now });
        if self.approvals.len() < self.approvals_needed {
            return Ok(Outcome { state: self, postings: Vec::new(), events: Vec::new() });
        }
        let event = Event::WithdrawalApproved { party: self.party, withdrawal: self.id, by };
        Ok(self.becomes(WithdrawalState::Approved { at: now }, Vec::new(), vec![event]))
    }

    /// Says no, and why; the money is back in the wallet.
    pub fn refuse(self, by: PartyId, reason: &str, now: Timestamp) -> Result<Outcome<Self>, DecideWithdrawalError> {
        self.check_requested()?;
        let reason = reason.trim();
        if reason.is_empty() || reason.len() > WALLET_NOTE_BYTES_MAX {
            return Err(DecideWithdrawalError::BadReason { max: WALLET_NOTE_BYTES_MAX });
        }
        let (party, withdrawal, reason) = (self.party, self.id, reason.to_owned());
        let event = Event::WithdrawalRefused { party, withdrawal, by, reason: reason.clone() };
        let postings = vec![self.settle(ReleaseMode::Undo)];
        Ok(self.becomes(WithdrawalState::Refused { at: now, by, reason }, postings, vec![event]))
    }

    /// The provider is asked from now on; nothing of a wallet that was frozen meanwhile, until it is no more (WL-10).
    pub fn begin_paying(self, is_frozen: bool, now: Timestamp) -> Outcome<Self> {
        if is_frozen || !matches!(self.state, WithdrawalState::Approved { .. }) {
            return Outcome { state: self, postings: Vec::new(), events: Vec::new() };
        }
        self.becomes(WithdrawalState::Paying { since: now }, Vec::new(), Vec::new())
    }

    /// Takes in what the provider says; the same word twice changes nothing.
    pub fn receive(self, report: PayoutReport, now: Timestamp) -> Outcome<(Self, PayoutReceipt)> {
        let taken = |outcome: Outcome<Self>| outcome.map(|state| (state, PayoutReceipt::Taken));
        match (&self.state, report) {
            (WithdrawalState::Paying { .. }, PayoutReport::Paid { transaction }) => taken(self.pay(transaction, now)),
            (WithdrawalState::Paying { .. }, PayoutReport::Failed { reason }) => taken(self.fail(reason, now)),
            (WithdrawalState::Paid { .. }, PayoutReport::Paid { .. })
            | (WithdrawalState::Failed { .. }, PayoutReport::Failed { .. }) => self.left(PayoutReceipt::AlreadyKnown),
            _ => self.left(PayoutReceipt::Contradicts),
        }
    }

    fn pay(self, transaction: String, now: Timestamp) -> Outcome<Self> {
        let order = escrow_of(self.id);
        let lease = LeaseId { order, node: 0, epoch: 1 };
        let spent = Micros::new(self.amount.units() * FEN_WORTH.get());
        let consumed = AccountId { kind: AccountKind::Consumed, asset: Asset::Cny, owner: self.id.value() };
        let credit = of_tenant(self.tenant, AccountKind::PaymentClearing, Asset::Cny);
        let postings = vec![
            LedgerCommand::Lend { lease, amount: spent },
            LedgerCommand::ReportSpent { lease, cumulative: spent },
            LedgerCommand::CloseLease { lease },
            LedgerCommand::Post { debit: consumed, credit, amount: self.amount },
            self.settle(ReleaseMode::Remainder),
        ];
        let event = Event::WithdrawalPaid { party: self.party, withdrawal: self.id, amount: self.amount };
        self.becomes(WithdrawalState::Paid { at: now, transaction }, postings, vec![event])
    }

    fn fail(self, reason: String, now: Timestamp) -> Outcome<Self> {
        let event = Event::WithdrawalFailed { party: self.party, withdrawal: self.id, amount: self.amount };
        let postings = vec![self.settle(ReleaseMode::Undo)];
        self.becomes(WithdrawalState::Failed { at: now, reason }, postings, vec![event])
    }

    fn settle(&self, mode: ReleaseMode) -> LedgerCommand {
        LedgerCommand::Settle { order: escrow_of(self.id), mode, grace_ms: 0, breakage_owner: self.tenant.value() }
    }

    fn check_requested(&self) -> Result<(), DecideWithdrawalError> {
        match self.state {
            WithdrawalState::Requested => Ok(()),
            _ => Err(DecideWithdrawalError::WrongState { state: self.state.name() }),
        }
    }

    fn becomes(self, state: WithdrawalState, postings: Vec<LedgerCommand>, events: Vec<Event>) -> Outcome<Self> {
        Outcome { state: Self { state, ..self }, postings, events }
    }

    fn left(self, receipt: PayoutReceipt) -> Outcome<(Self, PayoutReceipt)> {
        Outcome { state: (self, receipt), postings: Vec::new(), events: Vec::new() }
    }
}

/// Which lots give how much, the last one first.
fn plan(
    (party, amount): (PartyId, Amount),
    lots: &[Lot],
    now: Timestamp,
) -> Result<Vec<(crate::id::LotId, Amount)>, RequestWithdrawalError> {
    let account = paid_account(party, Asset::Cny);
    let gives = |lot: &&Lot| lot.account == account && lot.remaining > Amount::ZERO && lot.is_valid(now);
    let mut sources: Vec<&Lot> = lots.iter().filter(gives).collect();
    sources.sort_by_key(|lot| std::cmp::Reverse((lot.valid_from, lot.id)));
    let asked = amount.units();
    let available = sources.iter().fold(0_i64, |sum, lot| sum.saturating_add(lot.remaining.units()));
    if available < asked {
        return Err(RequestWithdrawalError::Insufficient { available, asked });
    }
    let mut missing = asked;
    let mut parts = Vec::new();
    for lot in sources {
        let part = lot.remaining.units().min(missing);
        if part == 0 {
            break;
        }
        missing -= part;
        parts.push((lot.id, Amount::new(part)));
    }
    if parts.len() > ORDER_SOURCES_MAX {
        return Err(RequestWithdrawalError::TooManyLots { max: ORDER_SOURCES_MAX });
    }
    Ok(parts)
}

impl WithdrawalState {
    /// Every name in use, in the order of a life.
    pub const NAMES: &[&str] = &["requested", "refused", "approved", "paying", "paid", "failed"];

    /// The name of the state in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Refused { .. } => "refused",
            Self::Approved { .. } => "approved",
            Self::Paying { .. } => "paying",
            Self::Paid { .. } => "paid",
            Self::Failed { .. } => "failed",
        }
    }

    /// When it came to this state, where that is not its beginning.
    #[must_use]
    pub const fn changed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Requested => None,
            Self::Paying { since } => Some(*since),
            Self::Refused { at, .. } | Self::Approved { at } | Self::Paid { at, .. } | Self::Failed { at, .. } => {
                Some(*at)
            }
        }
    }
}

#[cfg(test)]
mod tests;
