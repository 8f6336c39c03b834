//! Reads: what lies where, and what moved.

use tuiliu_domain::id::{LotId, PromotionOrderId};
use tuiliu_domain::ledger::{Account, AccountId, Escrow, Hold, Lease, LeaseId, Lot};
use tuiliu_domain::time::Timestamp;

use super::rows::{self, epoch_to_stored, escrow_columns, lease_columns, lot_columns};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::{Statement, statements};
use crate::tx::Tx;
use crate::value::Value;

statements! {
    LOTS_OF: concat!("select ", lot_columns!(), " from ledger_lot where account = $1
        order by case when remaining > 0 then 0 else 1 end, id limit $2");
    SPENDABLE_LOTS_OF: concat!("select ", lot_columns!(), " from ledger_lot
        where account = $1 and remaining > 0 order by id limit $2");
    LOTS_AFTER: concat!("select ", lot_columns!(), " from ledger_lot
        where account = $1 and id > $2 order by id limit $3");
    LOTS_EXPIRING: concat!("select ", lot_columns!(), " from ledger_lot
        where remaining > 0 and valid_to <= $1 order by valid_to, id limit $2");
    LEASED_ESCROWS: concat!("select ", escrow_columns!(), " from ledger_escrow where order_id in
        (select distinct order_id from ledger_lease where closed = 0 and order_id > $1 order by order_id limit $2)
        order by order_id");
    LEASES_OF: concat!("select ", lease_columns!(), " from ledger_lease where order_id = $1 order by node, epoch");
    OPEN_LEASES: concat!("select ", lease_columns!(), " from ledger_lease
        where closed = 0 and (order_id, node, epoch) > ($1, $2, $3) order by order_id, node, epoch limit $4");
}

/// Most lots that one list of an account's lots has; the others are reached page by page.
pub const LOTS_MAX: u32 = 10_000;

/// Single rows, as they are at this point of the transaction.
///
/// In a transaction that writes they lock the ledger, so that they stay true until the commit.
impl Tx<'_> {
    /// The account, if value ever was in it.
    pub fn ledger_account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.lock_ledger()?;
        self.load_accounts(&[id])?;
        Ok(self.ledger.view.account(id).copied())
    }

    /// The lot, if it was ever opened.
    pub fn ledger_lot(&mut self, id: LotId) -> Result<Option<Lot>, StoreError> {
        self.lock_ledger()?;
        self.load_lots(&[id])?;
        Ok(self.ledger.view.lot(id).copied())
    }

    /// What an order may spend, if its escrow was ever opened.
    pub fn escrow(&mut self, order: PromotionOrderId) -> Result<Option<Escrow>, StoreError> {
        self.lock_ledger()?;
        self.load_escrows(&[order])?;
        Ok(self.ledger.view.escrow(order).copied())
    }

    /// What was promised to an order, in the order of use.
    pub fn holds_of(&mut self, order: PromotionOrderId) -> Result<Vec<Hold>, StoreError> {
        self.lock_ledger()?;
        self.load_escrows(&[order])?;
        self.load_sources(&[order])?;
        Ok(self.ledger.view.holds_of(order).copied().collect())
    }
}

/// Lists. What this transaction changed is written first, so that they show it.
impl Tx<'_> {
    /// Lots of an account: what can be spent first, then the others; oldest first in each part; at most [`LOTS_MAX`].
    pub fn lots_of(&mut self, account: AccountId) -> Result<Vec<Lot>, StoreError> {
        self.list(LOTS_OF, &[account.into(), LOTS_MAX.into()])?.iter().map(rows::lot).collect()
    }

    /// Lots of an account in which something can be spent, whether their time has come or not; oldest first.
    pub fn spendable_lots_of(&mut self, account: AccountId) -> Result<Vec<Lot>, StoreError> {
        self.list(SPENDABLE_LOTS_OF, &[account.into(), LOTS_MAX.into()])?.iter().map(rows::lot).collect()
    }

    /// A page of all lots of an account, by id, after the last one of the page before.
    pub fn lots_after(&mut self, account: AccountId, after: Option<LotId>, limit: u32) -> Result<Vec<Lot>, StoreError> {
        let after = after.unwrap_or(LotId::new(0));
        self.list(LOTS_AFTER, &[account.into(), after.into(), limit.into()])?.iter().map(rows::lot).collect()
    }

    /// Lots that still have something spendable and whose time is over at this instant, longest over first.
    pub fn lots_expiring(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Lot>, StoreError> {
        self.list(LOTS_EXPIRING, &[now.into(), limit.into()])?.iter().map(rows::lot).collect()
    }

    /// A page of what orders may spend of which any node holds a lease, after the last one of the page before.
    pub fn leased_escrows(&mut self, after: Option<PromotionOrderId>, limit: u32) -> Result<Vec<Escrow>, StoreError> {
        let after = after.unwrap_or(PromotionOrderId::new(0));
        self.list(LEASED_ESCROWS, &[after.into(), limit.into()])?.iter().map(rows::escrow).collect()
    }

    /// All leases of an order, closed ones too.
    pub fn leases_of(&mut self, order: PromotionOrderId) -> Result<Vec<Lease>, StoreError> {
        self.list(LEASES_OF, &[order.into()])?.iter().map(rows::lease).collect()
    }

    /// A page of the leases that are not closed, after the last one of the page before.
    pub fn open_leases(&mut self, after: Option<LeaseId>, limit: u32) -> Result<Vec<Lease>, StoreError> {
        let (order, node, epoch) = after.map_or((PromotionOrderId::new(0), -1, 0), |after| {
            (after.order, i64::from(after.node), epoch_to_stored(after.epoch))
        });
        let values = [order.into(), node.into(), epoch.into(), limit.into()];
        self.list(OPEN_LEASES, &values)?.iter().map(rows::lease).collect()
    }

    /// Rows of a list that shows what this transaction changed.
    pub(super) fn list(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.lock_ledger()?;
        self.flush_ledger_rows()?;
        self.query(statement, values)
    }
}
