//! The exact ledger: accounts, lots, holds, escrows and leases (WL-01…WL-07, WL-10).
//!
//! [`apply()`] is the only place where value moves. It is given a [`View`] of the rows that a group of
//! commands touches and changes it, all or nothing; the store loads the view and writes the difference.
//!
//! * An **account** is where value lies; per asset all accounts sum to zero.
//! * A **lot** is value of one origin inside an account: a coupon, one top-up, one gift.
//! * A **hold** is value of one lot promised to one order; it is captured many times, then released.
//! * An **escrow** is what one order may spend: its holds in the order in which they are used up.
//! * A **lease** is a node's slice of an escrow, moved before the node may spend it.

mod account;
mod apply;
mod command;
mod escrow;
pub mod invariants;
mod keys;
mod lot;
mod remembered;
mod table;
mod transfer;
mod view;

pub use account::{Account, AccountId, AccountKind};
pub use apply::apply;
pub use command::{LedgerAnswer, LedgerCommand, LedgerGroup, LedgerRefusal, NewLot, ReleaseMode};
pub use escrow::{Escrow, Hold, Lease, LeaseId};
pub use keys::Keys;
pub use lot::{Lot, LotOrigin, LotReturn};
pub use remembered::Remembered;
pub use table::{Changes, IdMap};
pub use transfer::{PostedGroup, Posting, Transfer, TransferCause};
pub use view::{Diff, Savepoint, View};

#[cfg(test)]
mod tests;
