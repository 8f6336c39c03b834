//! What can be asked of the ledger, and what it answers.

use thiserror::Error;

use super::account::{Account, AccountId};
use super::escrow::LeaseId;
use super::lot::{LotOrigin, LotReturn};
use crate::id::{CommandId, HoldId, LotId, PromotionOrderId};
use crate::money::{Amount, AmountOverflow, Micros};
use crate::time::Timestamp;

/// Commands that happen together or not at all, under one id that is remembered for ever (WL-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerGroup {
    pub id: CommandId,
    pub commands: Vec<LedgerCommand>,
}

/// A lot to be opened; its account's kind and asset say what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLot {
    /// Made by the platform, and never the id that a hold's remainder would have: it would block that order's end.
    pub id: LotId,
    pub account: AccountId,
    pub origin: LotOrigin,
    pub amount: Amount,
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
    pub on_return: LotReturn,
}

/// How an order's unused value goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseMode {
    /// The order never ran: every source is as it was before (TP-08, TP-11…TP-13).
    Undo,
    /// The order ran: each lot's [`LotReturn`] decides (TP-06, TP-19).
    Remainder,
}

/// One thing asked of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerCommand {
    /// Moves value between two accounts without lots.
    Post { debit: AccountId, credit: AccountId, amount: Amount },
    /// Moves value from an account without lots into a new lot: top-up, gift, coupon grant.
    OpenLot { from: AccountId, lot: NewLot },
    /// Moves what is spendable in a lot out to an account without lots: withdrawal, recall.
    TakeFromLot { lot: LotId, to: AccountId, amount: Amount },
    /// Moves a part of a coupon into a new lot of the same account (TP-06).
    SplitLot { lot: LotId, into: LotId, amount: Amount },
    /// Lapses what is spendable in a lot whose time is over; value goes to `to`.
    ExpireLot { lot: LotId, to: AccountId },
    /// Stops or allows payments out of an account (WL-10).
    SetFrozen { account: AccountId, frozen: bool },
    /// Opens the escrow of an order; holds follow.
    OpenEscrow { order: PromotionOrderId },
    /// Promises a part of a lot to an order, as its next source.
    Hold { hold: HoldId, order: PromotionOrderId, lot: LotId, amount: Amount, unit_worth: Micros },
    /// Lends a part of an escrow to a node; extends the lease when it is open already.
    Lend { lease: LeaseId, amount: Micros },
    /// Tells what a node has spent of its lease so far; captures the difference from the holds.
    ReportSpent { lease: LeaseId, cumulative: Micros },
    /// Gives a part of what a lease has not spent back to the escrow; the lease stays open.
    ReturnUnspent { lease: LeaseId, amount: Micros },
    /// Takes back what a lease has not spent; nothing can be reported on it afterwards.
    CloseLease { lease: LeaseId },
    /// Ends an order: all leases must be closed; everything not captured goes back to where it came from.
    /// A lot whose time ended meanwhile comes back as a new one that lives `grace_ms` from now.
    Settle { order: PromotionOrderId, mode: ReleaseMode, grace_ms: i64, breakage_owner: u128 },
    /// Undoes a [`Post`](Self::Post) group by its mirror image, once.
    Reverse { command: CommandId },
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerAnswer {
    /// Done; there is nothing to tell.
    Done,
    /// A lease now has so much to spend beyond what was reported.
    Lent { available: Micros },
    /// So much of each hold was captured, in order of use.
    Captured { parts: Vec<(HoldId, Amount)> },
    /// So much of each hold went back, to this lot.
    Settled { parts: Vec<(HoldId, LotId, Amount)> },
}

/// Why the ledger refused a group; nothing of it happened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerRefusal {
    #[error("reuse command id `{id}` with other content")]
    OtherContent { id: CommandId },
    #[error("move an amount that is not positive: `{units}`")]
    NotPositive { units: i64 },
    #[error("move value between different assets or within one account")]
    MismatchedAccounts,
    #[error("move value of an account that keeps lots without naming the lot")]
    LotRequired { account: AccountId },
    #[error("keep amounts within ± 2^62 units")]
    Overflow,
    #[error("pay `{needed}` of `{available}` available units")]
    InsufficientFunds { available: i64, needed: i64 },
    #[error("pay from a frozen account")]
    Frozen { account: Account },
    #[error("find what command names: {what}")]
    NotFound { what: &'static str },
    #[error("create what is there already: {what}")]
    AlreadyExists { what: &'static str },
    #[error("use a lot outside its time")]
    OutsideValidity { lot: LotId },
    #[error("expire a lot before its time")]
    NotExpired { lot: LotId },
    #[error("use a part of what can only be used whole, or split what cannot be split")]
    Indivisible { lot: LotId },
    #[error("lend `{needed}` of `{free}` free millionths")]
    EscrowExhausted { free: i64, needed: i64 },
    #[error("report `{cumulative}` millionths spent of `{granted}` lent")]
    BeyondLease { granted: i64, cumulative: i64 },
    #[error("use a lease that is closed")]
    LeaseClosed,
    #[error("settle an order while leases are open")]
    LeasesOpen,
    #[error("change an order that is settled")]
    AlreadySettled,
    #[error("reverse a command twice, or one that cannot be reversed")]
    NotReversible,
    #[error("credit an account that only captures may credit")]
    OnlyByCapture { account: AccountId },
    #[error("open a lot with an origin that only the ledger gives: split or remainder")]
    OriginReserved { lot: LotId },
    #[error("undo an order that has spent `{spent}` millionths")]
    AlreadyRan { spent: i64 },
    #[error("pay an order from more than `{sources_max}` sources")]
    TooManySources { sources_max: usize },
    #[error("give a group of more than the allowed commands, or of none")]
    GroupSize { commands: usize },
}

impl From<AmountOverflow> for LedgerRefusal {
    fn from(_: AmountOverflow) -> Self {
        Self::Overflow
    }
}
