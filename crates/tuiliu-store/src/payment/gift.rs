//! Gifts: who gave beans to whom, and why.

use tuiliu_domain::id::{LotId, PartyId};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::Gift;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A gift with what people ask about it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftRow {
    pub gift: Gift,
    pub giver: PartyId,
    pub note: String,
    pub created_at: Timestamp,
}

statements! {
    INSERT: "insert into bean_gift
        (lot_id, tenant_id, party_id, beans, valid_to, giver_id, note, created_at, due_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    ENDED: "select lot_id, tenant_id, party_id, beans, valid_to, giver_id, note, created_at from bean_gift
        where due_at <= $1 order by due_at, lot_id limit $2";
    CLOSE: "update bean_gift set due_at = null where lot_id = $1 and due_at is not null";
}

impl Tx<'_> {
    /// Keeps a gift that was just given.
    pub fn add_gift(&mut self, row: &GiftRow) -> Result<(), StoreError> {
        let GiftRow { gift, giver, note, created_at } = row;
        let Gift { lot, tenant, party, beans, valid_to } = *gift;
        let values = [
            lot.into(),
            tenant.into(),
            party.into(),
            beans.into(),
            valid_to.into(),
            (*giver).into(),
            note.into(),
            (*created_at).into(),
            valid_to.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// Gifts whose time is over and that are not closed, longest over first.
    pub fn ended_gifts(&mut self, now: Timestamp, limit: u32) -> Result<Vec<GiftRow>, StoreError> {
        self.query(ENDED, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Marks a gift whose rest has lapsed.
    pub fn close_gift(&mut self, lot: LotId) -> Result<(), StoreError> {
        self.execute_one(CLOSE, &[lot.into()])
    }
}

fn read(row: &Row) -> Result<GiftRow, StoreError> {
    let gift =
        Gift { lot: row.get(0)?, tenant: row.get(1)?, party: row.get(2)?, beans: row.get(3)?, valid_to: row.get(4)? };
    Ok(GiftRow { gift, giver: row.get(5)?, note: row.get(6)?, created_at: row.get(7)? })
}
