//! The audit: everything recomputed from the log, and compared with what is stored.

use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};

use tuiliu_domain::id::CommandId;
use tuiliu_domain::ledger::invariants::{Broken, SortedRows, TransferTrail, check};
use tuiliu_domain::ledger::{Account, AccountId, IdMap, View};

use super::replay::{Replay, Replayed, StoredBatch, broken, sides};
use super::rows::{
    self, account_columns, cause_number, escrow_columns, hold_columns, lease_columns, lot_columns, pack,
};
use super::session::keeps_history;
use super::sum::Sum;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::{Statement, statements};
use crate::tx::Tx;

statements! {
    ACCOUNTS: concat!("select ", account_columns!(), " from ledger_account order by account");
    LOTS: concat!("select ", lot_columns!(), " from ledger_lot order by id");
    HOLDS: concat!("select ", hold_columns!(), " from ledger_hold order by id");
    ESCROWS: concat!("select ", escrow_columns!(), " from ledger_escrow order by order_id");
    LEASES: concat!("select ", lease_columns!(), " from ledger_lease order by order_id, node, epoch");
    REVERSALS: "select id, reversed_by from ledger_reversal order by id";
    COMMANDS: "select id, batch, position from ledger_command";
    COMMAND: "select batch, position from ledger_command where id = $1";
    ENTRIES: "select account, number, cause, batch, position, amount, balance from ledger_entry";
    ENTRY: "select cause, batch, position, amount, balance from ledger_entry where account = $1 and number = $2";
    HEAD: "select value from counter where name = 'ledger'";
}

/// Reads of the log that may wait to be applied again.
const READ_AHEAD: usize = 2;

/// How far an audit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditProgress {
    /// Batches read.
    pub batches: i64,
    /// Batches there are.
    pub batches_in_all: i64,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Batches, groups and transfers that were applied again, rows of history that were compared.
    pub batches: i64,
    pub groups: u64,
    pub transfers: u64,
    pub entries: u64,
    /// Hash of the newest batch: whoever keeps it can tell later whether history was rewritten.
    pub head: [u8; 32],
    /// The first invariant that does not hold (ledger.md §5.10).
    pub broken: Option<Broken>,
}

/// Why an audit stopped: something is broken, or the store failed.
enum Stop {
    Broken(Broken),
    Store(StoreError),
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<StoreError> for Stop {
    fn from(fault: StoreError) -> Self {
        match fault {
            // A row that cannot be read is a finding, not a failure.
            StoreError::Inconsistent { place, reason } => Self::Broken(broken(23, format!("{place}: {reason}"))),
            fault => Self::Store(fault),
        }
    }
}

/// What the log says there should be.
struct Expected {
    replay: Replay,
    trail: TransferTrail,
    entry_counts: IdMap<AccountId, u64>,
    groups: u64,
    transfers: u64,
    entries: u64,
    /// Over all rows of the index, whatever their order.
    commands_sum: Sum,
    /// Over all rows of history, whatever their order.
    entries_sum: Sum,
}

impl Expected {
    fn new() -> Self {
        Self {
            replay: Replay::new(),
            trail: TransferTrail::default(),
            entry_counts: IdMap::default(),
            groups: 0,
            transfers: 0,
            entries: 0,
            commands_sum: Sum::default(),
            entries_sum: Sum::default(),
        }
    }

    fn take(&mut self, batch: &Replayed, each: &mut impl FnMut(Derived) -> Result<(), Stop>) -> Result<(), Stop> {
        for (position, group) in batch.log.iter().enumerate() {
            self.groups += 1;
            let command = CommandRow { id: group.group.id, batch: batch.seq, position: stored(position)? };
            self.commands_sum.add(&command.words());
            each(Derived::Command(command))?;
        }
        for (position, transfer) in &batch.transfers {
            self.transfers += 1;
            self.trail.follow(transfer)?;
            for (account, amount, balance) in sides(transfer).into_iter().flatten() {
                if !keeps_history(account) {
                    continue;
                }
                let number = self.entry_counts.entry(account).or_insert(0);
                *number += 1;
                self.entries += 1;
                let entry = EntryRow {
                    account: pack(account),
                    number: stored(*number)?,
                    rest: [
                        i64::from(cause_number(transfer.cause)),
                        batch.seq,
                        stored(*position)?,
                        amount.units(),
                        balance.units(),
                    ],
                };
                self.entries_sum.add(&entry.words());
                each(Derived::Entry(entry))?;
            }
        }
        Ok(())
    }
}

/// A row that follows from the log.
enum Derived {
    Command(CommandRow),
    Entry(EntryRow),
}

struct CommandRow {
    id: CommandId,
    batch: i64,
    position: i64,
}

impl CommandRow {
    fn words(&self) -> [u128; 2] {
        [self.id.value(), two(self.batch, self.position)]
    }
}

struct EntryRow {
    account: [u8; 18],
    number: i64,
    /// Cause, batch, position, amount, balance.
    rest: [i64; 5],
}

impl EntryRow {
    fn words(&self) -> [u128; 5] {
        let [kind, asset, owner @ ..] = self.account;
        let [cause, batch, position, amount, balance] = self.rest;
        let kind = i64::from(kind) << 8 | i64::from(asset);
        [u128::from_be_bytes(owner), two(kind, self.number), two(cause, batch), two(position, amount), two(balance, 0)]
    }
}

/// Two stored integers as one word.
fn two(high: i64, low: i64) -> u128 {
    let [a, b] = [high.to_be_bytes(), low.to_be_bytes()];
    u128::from(u64::from_be_bytes(a)) << 64 | u128::from(u64::from_be_bytes(b))
}

fn stored<N: TryInto<i64>>(number: N) -> Result<i64, Stop> {
    number.try_into().map_err(|_| Stop::Store(StoreError::database("a number beyond 2^63")))
}

impl Tx<'_> {
    /// Applies the whole log again and compares everything with it: chain, numbers, time, outcomes, index, history
    /// and every row; then looks at every invariant that the rows can tell. Stops at the first that does not hold.
    ///
    /// Runs in a transaction of its own; it holds every row of the ledger in memory.
    pub fn audit_ledger(&mut self, mut progress: impl FnMut(AuditProgress)) -> Result<AuditReport, StoreError> {
        if !self.ledger.log.is_empty() {
            return Err(StoreError::database("an audit needs a transaction of its own"));
        }
        let mut expected = Expected::new();
        let found = self.audit_all(&mut expected, &mut progress);
        let broken = match found {
            Ok(()) => None,
            Err(Stop::Broken(broken)) => Some(broken),
            Err(Stop::Store(fault)) => return Err(fault),
        };
        let Expected { replay, groups, transfers, entries, .. } = expected;
        let (batches, head) = (replay.head.seq, replay.head.hash);
        Ok(AuditReport { batches, groups, transfers, entries, head, broken })
    }

    fn audit_all(&mut self, expected: &mut Expected, progress: &mut dyn FnMut(AuditProgress)) -> Result<(), Stop> {
        let (commands, entries) = self.audit_streams(expected, progress)?;
        if commands != expected.commands_sum || entries != expected.entries_sum {
            return Err(self.search(expected)?.into());
        }
        self.audit_rows(expected)
    }

    /// Applies the log again on a second thread while this one reads it, then index and history; answers their sums.
    fn audit_streams(
        &mut self,
        expected: &mut Expected,
        progress: &mut dyn FnMut(AuditProgress),
    ) -> Result<(Sum, Sum), Stop> {
        let batches_in_all = self.batches_in_all()?;
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel::<Vec<StoredBatch>>(READ_AHEAD);
            let worker = scope.spawn(move || -> Result<i64, Stop> {
                for batch in receiver.iter().flatten() {
                    let replayed = expected.replay.next(batch)?;
                    expected.take(&replayed, &mut |_| Ok(()))?;
                }
                Ok(expected.replay.head.seq)
            });
            let sums = self.read_streams(&sender, &mut |batches| progress(AuditProgress { batches, batches_in_all }));
            drop(sender);
            // What the log says of itself comes first.
            let last = worker.join().unwrap_or_else(|panic| resume_unwind(panic))?;
            complete(last, batches_in_all)?;
            sums
        })
    }

    /// Hands over every batch of the log, then sums up index and history.
    fn read_streams(
        &mut self,
        sender: &SyncSender<Vec<StoredBatch>>,
        progress: &mut dyn FnMut(i64),
    ) -> Result<(Sum, Sum), Stop> {
        let mut seq = 0;
        loop {
            let batches = self.batches_after(seq).map_err(unreadable_log)?;
            let Some(last) = batches.last() else { break };
            seq = last.seq;
            if sender.send(batches).is_err() {
                // The other thread has found what it looked for.
                return Ok((Sum::default(), Sum::default()));
            }
            progress(seq);
        }
        let commands = self.sum_of(COMMANDS, |row| {
            Ok(CommandRow { id: row.get(0)?, batch: row.get(1)?, position: row.get(2)? }.words())
        })?;
        let entries = self.sum_of(ENTRIES, |row| {
            let rest = [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?];
            Ok(EntryRow { account: row.get(0)?, number: row.get(1)?, rest }.words())
        })?;
        Ok((commands, entries))
    }

    fn batches_in_all(&mut self) -> Result<i64, Stop> {
        let head = self.query_one(HEAD, &[])?;
        Ok(head.ok_or_else(|| StoreError::inconsistent("counter", "no counter `ledger`"))?.get(0)?)
    }

    /// The log alone, batch by batch; `each` sees every row that follows from it.
    fn audit_log(
        &mut self,
        expected: &mut Expected,
        each: &mut dyn FnMut(&mut Self, Derived) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        loop {
            let batches = self.batches_after(expected.replay.head.seq).map_err(unreadable_log)?;
            if batches.is_empty() {
                return Ok(());
            }
            for batch in batches {
                let replayed = expected.replay.next(batch)?;
                expected.take(&replayed, &mut |derived| each(self, derived))?;
            }
        }
    }

    /// The sum over all rows of a query.
    fn sum_of<const N: usize>(
        &mut self,
        statement: Statement,
        words: impl Fn(&Row) -> Result<[u128; N], StoreError>,
    ) -> Result<Sum, Stop> {
        let mut sum = Sum::default();
        self.visit(statement, &mut |row| {
            sum.add(&words(row)?);
            Ok(())
        })?;
        Ok(sum)
    }

    /// Index or history differ from the log: finds the first row that does, looking up each one.
    fn search(&mut self, found: &Expected) -> Result<Broken, Stop> {
        let mut expected = Expected::new();
        let lookup = &mut |tx: &mut Self, derived: Derived| match derived {
            Derived::Command(command) => tx.look_up_command(&command),
            Derived::Entry(entry) => tx.look_up_entry(&entry),
        };
        match self.audit_log(&mut expected, lookup) {
            Err(Stop::Broken(broken)) => return Ok(broken),
            Err(Stop::Store(fault)) => return Err(Stop::Store(fault)),
            Ok(()) => {}
        }
        // All that should be there is there, so there is more.
        let mut commands = 0_u64;
        self.visit(COMMANDS, &mut |_| {
            commands += 1;
            Ok(())
        })?;
        if commands > found.groups {
            return Ok(broken(18, format!("{commands} ids are remembered, the log has {} groups", found.groups)));
        }
        Ok(broken(3, "there are rows of history that no transfer of the log made".to_owned()))
    }

    fn look_up_command(&mut self, expected: &CommandRow) -> Result<(), Stop> {
        let CommandRow { id, batch, position } = *expected;
        let Some(row) = self.query_one(COMMAND, &[id.into()])? else {
            return Err(broken(14, format!("`{id}` of batch {batch} is not remembered: it could happen again")).into());
        };
        let stored: (i64, i64) = (row.get(0)?, row.get(1)?);
        if stored == (batch, position) {
            return Ok(());
        }
        let (elsewhere, at) = stored;
        let detail = format!("`{id}` stands in batch {batch} at {position}, remembered is batch {elsewhere} at {at}");
        Err(broken(15, detail).into())
    }

    fn look_up_entry(&mut self, expected: &EntryRow) -> Result<(), Stop> {
        let account: &[u8] = &expected.account;
        let row = self.query_one(ENTRY, &[account.into(), expected.number.into()])?;
        let place = format!("line {} of account {:02x?}", expected.number, expected.account);
        let Some(row) = row else { return Err(broken(3, format!("{place} is missing")).into()) };
        let stored: [i64; 5] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        if stored == expected.rest {
            return Ok(());
        }
        Err(broken(3, format!("{place} is {stored:?}, the log makes it {:?}", expected.rest)).into())
    }

    /// Every row against the one that the log makes, then the rows against each other.
    fn audit_rows(&mut self, expected: &Expected) -> Result<(), Stop> {
        let made = made_rows(&expected.replay.view);
        expected.trail.arrive(&made.accounts, &made.lots)?;
        let stored = self.ledger_rows()?;
        let balances = |accounts: &[Account]| accounts.iter().map(|one| (one.id, one.posted)).collect::<Vec<_>>();
        compare(3, "balance", &balances(&stored.accounts), &balances(&made.accounts), |balance| balance.0)?;
        compare(23, "account", &stored.accounts, &made.accounts, |account| account.id)?;
        for row in self.query(ACCOUNTS, &[])? {
            let (Account { id, .. }, entries) = rows::account(&row)?;
            let made = expected.entry_counts.get(&id).copied().unwrap_or(0);
            if entries != made {
                return Err(broken(3, format!("{id:?} says it has {entries} lines, the log makes {made}")).into());
            }
        }
        compare(23, "lot", &stored.lots, &made.lots, |lot| lot.id)?;
        compare(23, "hold", &stored.holds, &made.holds, |hold| hold.id)?;
        compare(23, "escrow", &stored.escrows, &made.escrows, |escrow| escrow.order)?;
        compare(23, "lease", &stored.leases, &made.leases, |lease| lease.id)?;
        self.audit_reversals(&expected.replay)?;
        Ok(check(&stored.books())?)
    }

    /// Every stored row, but for groups that were posted: these are in the log.
    pub(super) fn ledger_rows(&mut self) -> Result<SortedRows, StoreError> {
        let mut stored = SortedRows::default();
        self.visit(ACCOUNTS, &mut |row| rows::account(row).map(|(account, _)| stored.accounts.push(account)))?;
        self.visit(LOTS, &mut |row| rows::lot(row).map(|lot| stored.lots.push(lot)))?;
        self.visit(HOLDS, &mut |row| rows::hold(row).map(|hold| stored.holds.push(hold)))?;
        self.visit(ESCROWS, &mut |row| rows::escrow(row).map(|escrow| stored.escrows.push(escrow)))?;
        self.visit(LEASES, &mut |row| rows::lease(row).map(|lease| stored.leases.push(lease)))?;
        // Stored epochs are the same bits in another order.
        stored.leases.sort_unstable_by_key(|lease| lease.id);
        Ok(stored)
    }

    fn audit_reversals(&mut self, made: &Replay) -> Result<(), Stop> {
        let rows = self.query(REVERSALS, &[])?;
        let pair = |row: &Row| Ok((row.get::<CommandId>(0)?, row.get::<CommandId>(1)?));
        let stored: Vec<(CommandId, CommandId)> = rows.iter().map(pair).collect::<Result<_, StoreError>>()?;
        let mut made: Vec<(CommandId, CommandId)> = made.reversed.iter().map(|(id, by)| (*id, *by)).collect();
        made.sort_unstable();
        compare(16, "reversal", &stored, &made, |(id, _)| *id)
    }
}

/// Every row that the log makes, without the groups of posts: there are as many as there were posts.
fn made_rows(view: &View) -> SortedRows {
    let mut rows = SortedRows {
        accounts: view.accounts().copied().collect(),
        lots: view.lots().copied().collect(),
        holds: view.holds().copied().collect(),
        escrows: view.escrows().copied().collect(),
        leases: view.leases().copied().collect(),
        posted_groups: Vec::new(),
    };
    rows.accounts.sort_unstable_by_key(|account| account.id);
    rows.lots.sort_unstable_by_key(|lot| lot.id);
    rows.holds.sort_unstable_by_key(|hold| hold.id);
    rows.escrows.sort_unstable_by_key(|escrow| escrow.order);
    rows.leases.sort_unstable_by_key(|lease| lease.id);
    rows
}

/// The log ends where the head says.
fn complete(last: i64, batches_in_all: i64) -> Result<(), Stop> {
    if last == batches_in_all {
        Ok(())
    } else {
        Err(broken(19, format!("the log ends with batch {last}, batch {batches_in_all} was the last")).into())
    }
}

/// A batch that cannot be read breaks the chain.
fn unreadable_log(fault: StoreError) -> Stop {
    match fault {
        StoreError::Inconsistent { place, reason } => Stop::Broken(broken(19, format!("{place}: {reason}"))),
        fault => Stop::Store(fault),
    }
}

/// Rows of one kind, both sorted: a row that only one side has breaks invariant 18, one that differs breaks `number`.
fn compare<R: PartialEq + std::fmt::Debug, K: Ord>(
    number: u8,
    kind: &str,
    stored: &[R],
    made: &[R],
    key: impl Fn(&R) -> K,
) -> Result<(), Stop> {
    let (mut stored, mut made) = (stored.iter().peekable(), made.iter().peekable());
    loop {
        let order = match (stored.peek(), made.peek()) {
            (None, None) => return Ok(()),
            (Some(row), None) => return Err(broken(18, format!("no group of the log made {kind} {row:?}")).into()),
            (None, Some(row)) => return Err(broken(18, format!("the log made {kind} {row:?}, no row has it")).into()),
            (Some(one), Some(other)) => key(one).cmp(&key(other)),
        };
        match (order, stored.next(), made.next()) {
            (std::cmp::Ordering::Less, Some(row), _) => {
                return Err(broken(18, format!("no group of the log made {kind} {row:?}")).into());
            }
            (std::cmp::Ordering::Greater, _, Some(row)) => {
                return Err(broken(18, format!("the log made {kind} {row:?}, no row has it")).into());
            }
            (_, Some(one), Some(other)) if one != other => {
                return Err(broken(number, format!("{kind} {one:?}, the log makes it {other:?}")).into());
            }
            _ => {}
        }
    }
}
