//! The invariants of the ledger: one list, used by property tests, simulator and auditor (ledger.md §5.10).

mod index;
mod rows;
mod trail;

use thiserror::Error;

use super::account::Account;
use super::escrow::{Escrow, Hold, Lease};
use super::lot::Lot;
use super::transfer::PostedGroup;
use super::view::View;
use index::Index;
pub use trail::TransferTrail;

/// Every row of a ledger, in any order, each once.
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    pub accounts: &'a [Account],
    pub lots: &'a [Lot],
    pub holds: &'a [Hold],
    pub escrows: &'a [Escrow],
    pub leases: &'a [Lease],
}

/// Every row of a view, each kind in the order of its ids: two ledgers are the same when these are equal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SortedRows {
    pub accounts: Vec<Account>,
    pub lots: Vec<Lot>,
    pub holds: Vec<Hold>,
    pub escrows: Vec<Escrow>,
    pub leases: Vec<Lease>,
    pub posted_groups: Vec<PostedGroup>,
}

impl SortedRows {
    /// The rows of this view.
    #[must_use]
    pub fn of(view: &View) -> Self {
        let mut rows = Self {
            accounts: view.accounts().copied().collect(),
            lots: view.lots().copied().collect(),
            holds: view.holds().copied().collect(),
            escrows: view.escrows().copied().collect(),
            leases: view.leases().copied().collect(),
            posted_groups: view.posted_groups().cloned().collect(),
        };
        rows.accounts.sort_unstable_by_key(|account| account.id);
        rows.lots.sort_unstable_by_key(|lot| lot.id);
        rows.holds.sort_unstable_by_key(|hold| hold.id);
        rows.escrows.sort_unstable_by_key(|escrow| escrow.order);
        rows.leases.sort_unstable_by_key(|lease| lease.id);
        rows.posted_groups.sort_unstable_by_key(|group| group.id);
        rows
    }

    /// The rows, to be checked.
    #[must_use]
    pub fn books(&self) -> Books<'_> {
        Books {
            accounts: &self.accounts,
            lots: &self.lots,
            holds: &self.holds,
            escrows: &self.escrows,
            leases: &self.leases,
        }
    }
}

/// Who sees whether an invariant holds.
#[derive(Clone, Copy)]
pub enum Checked {
    /// [`check`] does, from the rows alone.
    Rows(fn(&Index<'_>) -> Result<(), String>),
    /// [`TransferTrail`] does, from the transfers in order and the accounts.
    Transfers,
    /// The property tests of this module do: it speaks of steps, not of states.
    Steps,
    /// The store's conformance tests and its auditor do: it speaks of the log. How, in a few words.
    Store(&'static str),
    /// The app's jobs do: it speaks of time passing. How, in a few words.
    App(&'static str),
    /// Nobody yet: what it speaks of does not exist. What is missing.
    NotYet(&'static str),
}

/// One thing that is always true.
#[derive(Clone, Copy)]
pub struct Invariant {
    /// Its number in ledger.md §5.10; never reused.
    pub number: u8,
    pub name: &'static str,
    pub checked: Checked,
}

/// The first invariant found broken, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("keep invariant `{number}`, {name}: {detail}")]
pub struct Broken {
    pub number: u8,
    pub name: &'static str,
    pub detail: String,
}

const fn invariant(number: u8, name: &'static str, checked: Checked) -> Invariant {
    Invariant { number, name, checked }
}

/// All of them, by number.
pub const INVARIANTS: &[Invariant] = &[
    invariant(1, "per asset all accounts sum to zero", Checked::Rows(rows::accounts_sum_to_zero)),
    invariant(2, "every transfer moves a positive amount of one asset", Checked::Transfers),
    invariant(3, "a balance is the sum of its transfers", Checked::Transfers),
    invariant(4, "no floor is crossed", Checked::Rows(rows::floors_hold)),
    invariant(5, "a hold is captured, released and remaining", Checked::Rows(rows::holds_add_up)),
    invariant(
        6,
        "a lot is the sum of its parts, and what was split off is somewhere",
        Checked::Rows(rows::lots_add_up),
    ),
    invariant(7, "a control account is the sum of its lots", Checked::Rows(rows::control_accounts_are_their_lots)),
    invariant(8, "an order's payment is consumed, returned and held", Checked::Rows(rows::orders_add_up)),
    invariant(9, "what is leased and spent is covered by holds", Checked::Rows(rows::leases_are_covered)),
    invariant(10, "a lease spends at most its amount", Checked::Rows(rows::leases_stay_within)),
    invariant(11, "of a payment no more is refunded than it brought", Checked::Rows(rows::payments_are_conserved)),
    invariant(12, "a refund goes to the lot it came from", Checked::Rows(rows::refunds_go_home)),
    invariant(13, "an order is compensated once", Checked::NotYet("compensation comes with guarantees")),
    invariant(14, "a command id has one outcome", Checked::Store("primary key of the remembered commands")),
    invariant(15, "an id with other content is refused", Checked::Store("content digest of the remembered commands")),
    invariant(16, "a reversal happens once and is the original's mirror image", Checked::Steps),
    invariant(17, "a quota's use is at most its cap", Checked::NotYet("quotas come with incentives")),
    invariant(18, "no effect without its outbox row, none without effect", Checked::Store("both in one transaction")),
    invariant(19, "the batch chain is unbroken and without gaps", Checked::Store("recomputed by the auditor")),
    invariant(20, "clearing accounts drain", Checked::App("age of what is left, at reconciliation")),
    invariant(
        21,
        "what is captured is what the formula says of what was spent",
        Checked::Rows(rows::charges_telescope),
    ),
    invariant(22, "rounding accounts are zero", Checked::Rows(rows::rounding_is_zero)),
    invariant(23, "replaying the accepted groups gives the same books", Checked::Steps),
    invariant(
        24,
        "memory, SQLite and PostgreSQL end in the same state",
        Checked::Store("one conformance story on all three"),
    ),
    invariant(25, "a lapsed lot has nothing left to spend", Checked::Rows(rows::lapsed_lots_are_empty)),
    invariant(26, "time never goes back in the log", Checked::Store("recomputed by the auditor")),
    invariant(27, "what was acknowledged is there after a crash", Checked::Store("crash tests")),
    invariant(
        28,
        "promised impressions are delivered or compensated",
        Checked::NotYet("promises come with guarantees"),
    ),
];

/// Looks at every invariant that the rows alone can tell.
///
/// # Errors
/// The first that is broken, by number.
pub fn check(books: &Books<'_>) -> Result<(), Broken> {
    let index = Index::new(books);
    for Invariant { number, name, checked } in INVARIANTS.iter().copied() {
        if let Checked::Rows(holds) = checked {
            holds(&index).map_err(|detail| Broken { number, name, detail })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
