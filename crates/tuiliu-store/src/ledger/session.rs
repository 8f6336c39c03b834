//! The session: what a writer keeps of the ledger between reading rows and writing them.

use tuiliu_domain::id::CommandId;
use tuiliu_domain::ledger::{AccountId, Diff, IdMap, Remembered, Savepoint, TransferCause, View};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

use super::replay::sides;

/// Rows kept from batch to batch; beyond it the session starts afresh (about 50 MB).
const ROWS_MAX: usize = 131_072;

/// Where the log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Number of the newest batch; 0 before the first.
    pub(crate) seq: i64,
    /// Its time: none of a later batch is earlier.
    pub(crate) at: Timestamp,
    /// Its hash, which the next one continues; zeros before the first.
    pub(crate) hash: [u8; 32],
    /// Largest id ever given, so that larger ones need not be looked for.
    pub(crate) largest: Option<CommandId>,
}

/// Where a group stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) batch: i64,
    pub(crate) position: usize,
}

/// A row of history that is to be written with its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) account: AccountId,
    /// 1, 2, 3 … in each account.
    pub(crate) number: u64,
    pub(crate) cause: TransferCause,
    /// The group's position in its batch.
    pub(crate) position: usize,
    /// What came in; negative what went out.
    pub(crate) amount: Amount,
    /// What the account had posted afterwards.
    pub(crate) balance: Amount,
}

/// The rows of the ledger that are at hand, and what is not written yet.
#[derive(Default)]
pub(crate) struct LedgerSession {
    pub(crate) view: View,
    /// How many rows of history the accounts of the view have.
    pub(crate) entry_counts: IdMap<AccountId, u64>,
    /// Rows in the view, about.
    pub(crate) rows: usize,
    /// Where the log ended when the view was right; the view is forgotten when it has moved.
    pub(crate) head: Option<Head>,
    /// Whether this transaction holds the ledger's lock, so that nobody else moves the head.
    pub(crate) locked: bool,
    /// Groups given in this transaction, with their outcomes.
    pub(crate) log: Vec<Remembered>,
    /// Where in `log` each id is.
    pub(crate) positions: IdMap<CommandId, usize>,
    /// Rows of history of the groups in `log`, as far as their diff was taken.
    pub(crate) entries: Vec<Entry>,
    /// Whether the view may hold changes that are not written.
    pub(crate) changed: bool,
    /// Ids of preloaded groups that were given before this transaction, and where.
    pub(crate) seen: IdMap<CommandId, Place>,
    /// Whether what was preloaded is still in the view.
    pub(crate) preloaded: bool,
}

/// A moment inside a transaction that the ledger can be taken back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    view: Savepoint,
    log: usize,
    entries: usize,
}

impl LedgerSession {
    /// The ledger's time for something that happens `now`: it never goes back.
    pub(crate) fn time(&self, now: Timestamp) -> Timestamp {
        let last = self.log.last().map(|group| group.applied_at).or(self.head.map(|head| head.at));
        last.map_or(now, |last| last.max(now))
    }

    /// This moment. Nothing unwritten may be in the view that must outlive taking it back.
    pub(crate) fn moment(&self) -> Moment {
        Moment { view: self.view.savepoint(), log: self.log.len(), entries: self.entries.len() }
    }

    /// Takes everything after the moment back. `written`: some of it had been written meanwhile, so the rows in
    /// the view are no longer those in the database.
    pub(crate) fn roll_back(&mut self, moment: Moment, written: bool) {
        for gone in self.log.drain(moment.log..) {
            self.positions.remove(&gone.group.id);
        }
        self.entries.truncate(moment.entries);
        if written {
            self.forget_rows();
        } else {
            self.view.roll_back(moment.view);
        }
    }

    /// Forgets every row; what was not written is lost.
    pub(crate) fn forget_rows(&mut self) {
        self.view.clear();
        self.entry_counts.clear();
        self.rows = 0;
        self.changed = false;
        self.preloaded = false;
    }

    /// Remembers a group with its outcome until it is written.
    pub(crate) fn remember(&mut self, remembered: Remembered) {
        self.positions.insert(remembered.group.id, self.log.len());
        self.log.push(remembered);
        self.changed = true;
    }

    /// Takes what changed in the view, and numbers the rows of history that it brings.
    pub(crate) fn take_diff(&mut self) -> Diff {
        let diff = self.view.take_diff();
        self.changed = false;
        self.rows += diff.accounts.created.len()
            + diff.lots.created.len()
            + diff.holds.created.len()
            + diff.escrows.created.len()
            + diff.leases.created.len();
        for transfer in &diff.transfers {
            let Some(sides) = sides(transfer) else { continue };
            let position = self.positions.get(&transfer.command).copied();
            let position = position.expect("transfers come from groups of this transaction");
            for (account, amount, balance) in sides {
                if keeps_history(account) {
                    let count = self.entry_counts.entry(account).or_insert(0);
                    *count += 1;
                    let (number, cause) = (*count, transfer.cause);
                    self.entries.push(Entry { account, number, cause, position, amount, balance });
                }
            }
        }
        diff
    }

    /// The transaction is committed: what the view holds is what the database holds.
    pub(crate) fn committed(&mut self) {
        self.locked = false;
        self.seen.clear();
        self.preloaded = false;
        // There is one for nearly every group, and hardly any is ever reversed.
        self.view.forget_posted_groups();
        if self.rows > ROWS_MAX {
            self.forget_rows();
        }
    }
}

/// Whether what moves in an account is kept row by row: accounts of creators, which are never hot.
pub(crate) fn keeps_history(account: AccountId) -> bool {
    account.kind.keeps_lots()
}
