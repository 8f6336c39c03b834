//! Transfers: what moved, for statements and proofs.

use super::account::AccountId;
use crate::id::{CommandId, LotId};
use crate::money::Amount;

/// Why value moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferCause {
    /// A plain movement between accounts without lots.
    Post,
    /// A lot was opened: top-up, gift, coupon grant.
    OpenLot,
    /// A part of a lot left: withdrawal, recall.
    TakeFromLot,
    /// A part of a lot became a lot of its own.
    SplitLot,
    /// A lot's time was over.
    ExpireLot,
    /// Delivery used it up.
    Capture,
    /// What an order left came back as a new lot.
    Remainder,
    /// What an order left lapsed, because it can be used once only.
    Burn,
    /// The mirror image of an earlier post.
    Reverse,
}

impl TransferCause {
    /// Every cause there is.
    pub const ALL: &[Self] = &[
        Self::Post,
        Self::OpenLot,
        Self::TakeFromLot,
        Self::SplitLot,
        Self::ExpireLot,
        Self::Capture,
        Self::Remainder,
        Self::Burn,
        Self::Reverse,
    ];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::OpenLot => "open_lot",
            Self::TakeFromLot => "take_from_lot",
            Self::SplitLot => "split_lot",
            Self::ExpireLot => "expire_lot",
            Self::Capture => "capture",
            Self::Remainder => "remainder",
            Self::Burn => "burn",
            Self::Reverse => "reverse",
        }
    }

    /// The cause with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.code() == code)
    }
}

/// One movement of value between two accounts of one asset, or between two lots of one account (WL-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// The group it belongs to.
    pub command: CommandId,
    pub cause: TransferCause,
    /// Where it came from. The same as `credit` when it only changed lots (split, remainder).
    pub debit: AccountId,
    pub credit: AccountId,
    /// Always positive.
    pub amount: Amount,
    /// What `debit` had posted afterwards.
    pub debit_after: Amount,
    /// What `credit` had posted afterwards.
    pub credit_after: Amount,
    /// The lot it came from, where `debit` keeps lots.
    pub debit_lot: Option<LotId>,
    /// The lot it went to, where `credit` keeps lots.
    pub credit_lot: Option<LotId>,
}

/// One plain movement, as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    pub debit: AccountId,
    pub credit: AccountId,
    pub amount: Amount,
}

/// An accepted group of plain posts, remembered so that it can be reversed, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedGroup {
    pub id: CommandId,
    pub postings: Vec<Posting>,
    /// The group that reversed it; set once.
    pub reversed_by: Option<CommandId>,
}
