//! Writing: each changed row once, then the batch with its history, index and place in the chain.

use tuiliu_domain::ledger::{Account, Changes, Diff, Escrow, Hold, Lease, Lot};

use super::codec;
use super::rows::{cause_number, epoch_to_stored, lot_return_code, origin_code};
use super::session::Head;
use crate::dialect::Write;
use crate::error::StoreError;
use crate::statement::{Statement, statements};
use crate::tx::Tx;
use crate::value::Value;

statements! {
    INSERT_ACCOUNT: "insert into ledger_account (account, posted, held, frozen, entries) values ($1, $2, $3, $4, $5)";
    UPDATE_ACCOUNT: "update ledger_account set posted = $2, held = $3, frozen = $4, entries = $5 where account = $1";
    INSERT_LOT: "insert into ledger_lot (id, account, origin, origin_id, face, remaining, held, spent, returned, expired,
        split_out, valid_from, valid_to, on_return)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    UPDATE_LOT: "update ledger_lot set remaining = $2, held = $3, spent = $4, returned = $5, expired = $6,
        split_out = $7 where id = $1";
    INSERT_HOLD: "insert into ledger_hold (id, order_id, place, lot_id, amount, captured, released, unit_worth)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    UPDATE_HOLD: "update ledger_hold set captured = $2, released = $3 where id = $1";
    INSERT_ESCROW: "insert into ledger_escrow (order_id, budget, spent, leased, holds, open_leases, settled)
        values ($1, $2, $3, $4, $5, $6, $7)";
    UPDATE_ESCROW: "update ledger_escrow set budget = $2, spent = $3, leased = $4, holds = $5, open_leases = $6,
        settled = $7 where order_id = $1";
    INSERT_LEASE: "insert into ledger_lease (order_id, node, epoch, granted, spent, closed)
        values ($1, $2, $3, $4, $5, $6)";
    UPDATE_LEASE: "update ledger_lease set granted = $4, spent = $5, closed = $6
        where order_id = $1 and node = $2 and epoch = $3";
    INSERT_REVERSAL: "insert into ledger_reversal (id, reversed_by) values ($1, $2)";
    INSERT_ENTRY: "insert into ledger_entry (account, number, cause, batch, position, amount, balance)
        values ($1, $2, $3, $4, $5, $6, $7)";
    INSERT_COMMAND: "insert into ledger_command (id, batch, position) values ($1, $2, $3)";
    INSERT_BATCH: "insert into ledger_batch (seq, at, hash, body) values ($1, $2, $3, $4)";
    SET_HEAD: "update counter set value = $1 where name = 'ledger' and value = $1 - 1";
}

/// The hash of a batch: what came before, its number, its time, its bytes.
pub(super) fn chain(before: &Head, seq: i64, at_ms: i64, body: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&before.hash).update(&seq.to_be_bytes()).update(&at_ms.to_be_bytes()).update(body);
    *hasher.finalize().as_bytes()
}

impl Tx<'_> {
    /// Writes the rows that changed, so that queries see them; the batch itself is written at the end.
    pub(crate) fn flush_ledger_rows(&mut self) -> Result<(), StoreError> {
        let writes = self.take_row_writes()?;
        self.execute_late(&writes)
    }

    /// What is to be written of the rows that changed.
    fn take_row_writes(&mut self) -> Result<Writes<'static>, StoreError> {
        let mut writes = Writes::new();
        if !self.ledger.changed {
            return Ok(writes);
        }
        self.note_ledger_written();
        let Diff { accounts, lots, holds, escrows, leases, posted_groups, transfers: _ } = self.ledger.take_diff();
        self.add_accounts(&mut writes, &accounts)?;
        add(&mut writes, INSERT_LOT, lots.created.iter().map(lot_values));
        add(&mut writes, UPDATE_LOT, lots.updated.iter().map(changed_lot_values));
        add(&mut writes, INSERT_HOLD, holds.created.iter().map(hold_values));
        let updated = |hold: &Hold| [hold.id.into(), hold.captured.into(), hold.released.into()];
        add(&mut writes, UPDATE_HOLD, holds.updated.iter().map(updated));
        add(&mut writes, INSERT_ESCROW, escrows.created.iter().map(escrow_values));
        add(&mut writes, UPDATE_ESCROW, escrows.updated.iter().map(escrow_values));
        add(&mut writes, INSERT_LEASE, leases.created.iter().map(lease_values));
        add(&mut writes, UPDATE_LEASE, leases.updated.iter().map(lease_values));
        // A group is created and reversed in one batch sometimes; what was posted itself is in the log already.
        let reversed = posted_groups.created.iter().chain(&posted_groups.updated);
        let reversed = reversed.filter_map(|group| Some([group.id.into(), group.reversed_by?.into()]));
        add(&mut writes, INSERT_REVERSAL, reversed);
        Ok(writes)
    }

    fn add_accounts(&self, writes: &mut Writes<'static>, accounts: &Changes<Account>) -> Result<(), StoreError> {
        let counts = &self.ledger.entry_counts;
        let values = |account: &Account| -> Result<[Value<'static>; 5], StoreError> {
            let entries = integer(counts.get(&account.id).copied().unwrap_or(0))?;
            Ok([account.id.into(), account.posted.into(), account.held.into(), account.frozen.into(), entries])
        };
        for (statement, accounts) in [(INSERT_ACCOUNT, &accounts.created), (UPDATE_ACCOUNT, &accounts.updated)] {
            let mut rows = Vec::with_capacity(accounts.len());
            for account in accounts {
                rows.push(values(account)?);
            }
            // Neighbours in the index one after the other.
            rows.sort_unstable_by(|[one, ..], [other, ..]| one.as_blob().ok().cmp(&other.as_blob().ok()));
            add(writes, statement, rows);
        }
        Ok(())
    }

    /// Ends the batch: rows, history, index, log and head in one step. The last thing before the commit.
    pub(crate) fn finish_ledger(&mut self) -> Result<(), StoreError> {
        let mut writes = self.take_row_writes()?;
        let log = std::mem::take(&mut self.ledger.log);
        let entries = std::mem::take(&mut self.ledger.entries);
        self.ledger.positions.clear();
        let (Some(last), Some(before)) = (log.last(), self.ledger.head) else { return self.execute_late(&writes) };
        let seq = before.seq + 1;
        let at = last.applied_at;
        let body = codec::encode(&log);
        let hash = chain(&before, seq, at.ms(), &body);
        let mut rows = Vec::with_capacity(entries.len());
        for entry in &entries {
            rows.push([
                entry.account.into(),
                integer(entry.number)?,
                u32::from(cause_number(entry.cause)).into(),
                seq.into(),
                integer(entry.position)?,
                entry.amount.into(),
                entry.balance.into(),
            ]);
        }
        add(&mut writes, INSERT_ENTRY, rows);
        let mut rows = Vec::with_capacity(log.len());
        for (position, remembered) in log.iter().enumerate() {
            rows.push([remembered.group.id.into(), seq.into(), integer(position)?]);
        }
        add(&mut writes, INSERT_COMMAND, rows);
        let hash_bytes: &[u8] = &hash;
        add(&mut writes, INSERT_BATCH, [[seq.into(), at.into(), hash_bytes.into(), (&body).into()]]);
        add(&mut writes, SET_HEAD, [[seq.into()]]);
        self.execute_late(&writes)?;
        let largest = log.iter().map(|remembered| remembered.group.id).max().max(before.largest);
        self.ledger.head = Some(Head { seq, at, hash, largest });
        Ok(())
    }
}

/// Writes that go to the database in one step; none of them without rows.
type Writes<'a> = Vec<Write<'a>>;

fn add<'a, const N: usize>(
    writes: &mut Writes<'a>,
    statement: Statement,
    rows: impl IntoIterator<Item = [Value<'a>; N]>,
) {
    let write = Write::new(statement, rows);
    if !write.is_empty() {
        writes.push(write);
    }
}

fn integer<N>(number: N) -> Result<Value<'static>, StoreError>
where
    i64: TryFrom<N>,
    <i64 as TryFrom<N>>::Error: ToString,
{
    i64::try_from(number).map(Value::Int).map_err(StoreError::database)
}

fn lot_values(lot: &Lot) -> [Value<'static>; 14] {
    let (origin, source) = origin_code(lot.origin);
    [
        lot.id.into(),
        lot.account.into(),
        origin.into(),
        source.map_or(Value::Null, Value::Id),
        lot.face.into(),
        lot.remaining.into(),
        lot.held.into(),
        lot.spent.into(),
        lot.returned.into(),
        lot.expired.into(),
        lot.split_out.into(),
        lot.valid_from.into(),
        lot.valid_to.into(),
        lot_return_code(lot.on_return).into(),
    ]
}

fn changed_lot_values(lot: &Lot) -> [Value<'static>; 7] {
    [
        lot.id.into(),
        lot.remaining.into(),
        lot.held.into(),
        lot.spent.into(),
        lot.returned.into(),
        lot.expired.into(),
        lot.split_out.into(),
    ]
}

fn hold_values(hold: &Hold) -> [Value<'static>; 8] {
    [
        hold.id.into(),
        hold.order.into(),
        hold.place.into(),
        hold.lot.into(),
        hold.amount.into(),
        hold.captured.into(),
        hold.released.into(),
        hold.unit_worth.into(),
    ]
}

fn escrow_values(escrow: &Escrow) -> [Value<'static>; 7] {
    [
        escrow.order.into(),
        escrow.budget.into(),
        escrow.spent.into(),
        escrow.leased.into(),
        escrow.holds.into(),
        escrow.open_leases.into(),
        escrow.settled.into(),
    ]
}

fn lease_values(lease: &Lease) -> [Value<'static>; 6] {
    [
        lease.id.order.into(),
        lease.id.node.into(),
        epoch_to_stored(lease.id.epoch).into(),
        lease.granted.into(),
        lease.spent.into(),
        lease.closed.into(),
    ]
}
