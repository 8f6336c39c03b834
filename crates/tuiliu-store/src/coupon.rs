//! Coupons: their conditions and what happened to each; what is left of them is the ledger's (TP-24).

use tuiliu_domain::coupon::{Coupon, CouponConditions, CouponKind, CouponTerms, CouponUse, ProductConstraint};
use tuiliu_domain::id::{LotId, PartyId, PromotionOrderId, TenantId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::promotion::{Goal, PlacementName};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A coupon, as it was written when it came into being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponRow {
    pub coupon: Coupon,
    pub created_at: Timestamp,
    /// Its time is over and what was left of it has lapsed.
    pub closed: bool,
}

/// One line in the ledger of a coupon's use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponEntry {
    pub lot: LotId,
    /// 1, 2, 3 … of each coupon.
    pub number: u64,
    pub kind: CouponUse,
    pub points: Amount,
    pub order: Option<PromotionOrderId>,
    /// The coupon that it was split into or from, or returned into or from.
    pub other: Option<LotId>,
    pub at: Timestamp,
}

/// Which coupons a list shows, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct CouponPage {
    pub tenant: TenantId,
    /// `None` is everybody of the tenant.
    pub owner: Option<PartyId>,
    /// The last coupon of the page before.
    pub after: Option<LotId>,
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "lot_id, tenant_id, owner_id, kind, points, product, valid_from, valid_to, parent_id, created_at, closed,
        goal, placement"
    };
}

statements! {
    INSERT: concat!("insert into coupon (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)");
    FIND: concat!("select ", columns!(), " from coupon where tenant_id = $1 and lot_id = $2");
    OF_LOT: concat!("select ", columns!(), " from coupon where lot_id = $1");
    OF_OWNER: concat!("select ", columns!(), " from coupon
        where tenant_id = $1 and owner_id = $2 and lot_id > $3 order by lot_id limit $4");
    OF_TENANT: concat!("select ", columns!(), " from coupon where tenant_id = $1 and lot_id > $2 order by lot_id limit $3");
    ENDED: concat!("select ", columns!(), " from coupon
        where closed = 0 and valid_to <= $1 order by valid_to, lot_id limit $2");
    EXPIRING: concat!("select ", columns!(), " from coupon
        where closed = 0 and expiring_told = 0 and valid_to <= $1 order by valid_to, lot_id limit $2");
    TOLD: "update coupon set expiring_told = 1 where lot_id = $1 and expiring_told = 0";
    CLOSE: "update coupon set closed = 1 where lot_id = $1 and closed = 0";
    LAST_ENTRY: "select coalesce(max(number), 0) from coupon_entry where lot_id = $1";
    INSERT_ENTRY: "insert into coupon_entry (lot_id, number, kind, points, order_id, other_lot_id, at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    ENTRIES: "select lot_id, number, kind, points, order_id, other_lot_id, at from coupon_entry
        where lot_id = $1 and number > $2 order by number limit $3";
}

impl Tx<'_> {
    /// Keeps a coupon that has just come into being.
    pub fn add_coupon(&mut self, coupon: &Coupon, created_at: Timestamp) -> Result<(), StoreError> {
        let Coupon { lot, tenant, owner, ref terms, parent } = *coupon;
        let CouponTerms { kind, points, ref conditions, valid_from, valid_to } = *terms;
        let values = [
            lot.into(),
            tenant.into(),
            owner.into(),
            kind.code().into(),
            points.into(),
            conditions.product.code().into(),
            valid_from.into(),
            valid_to.into(),
            parent.into(),
            created_at.into(),
            conditions.goal.map(Goal::code).into(),
            conditions.placement.as_ref().map(PlacementName::as_str).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's coupon with this lot.
    pub fn coupon(&mut self, tenant: TenantId, lot: LotId) -> Result<Option<CouponRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), lot.into()])?.as_ref().map(read).transpose()
    }

    /// The coupon with this lot, whosever it is: for lots that the ledger names.
    pub fn coupon_of_lot(&mut self, lot: LotId) -> Result<Option<CouponRow>, StoreError> {
        self.query_one(OF_LOT, &[lot.into()])?.as_ref().map(read).transpose()
    }

    /// Coupons that end by this instant and whose owners were not told so yet.
    pub fn expiring_coupons(&mut self, by: Timestamp, limit: u32) -> Result<Vec<CouponRow>, StoreError> {
        self.query(EXPIRING, &[by.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Notes that a coupon's owner was told of its end.
    pub fn note_expiring_coupon(&mut self, lot: LotId) -> Result<(), StoreError> {
        self.execute_one(TOLD, &[lot.into()])
    }

    /// A page of coupons, oldest first.
    pub fn coupons_after(&mut self, page: CouponPage) -> Result<Vec<CouponRow>, StoreError> {
        let CouponPage { tenant, owner, after, limit } = page;
        let after = after.unwrap_or(LotId::new(0));
        let rows = match owner {
            Some(owner) => self.query(OF_OWNER, &[tenant.into(), owner.into(), after.into(), limit.into()])?,
            None => self.query(OF_TENANT, &[tenant.into(), after.into(), limit.into()])?,
        };
        rows.iter().map(read).collect()
    }

    /// Coupons whose time is over and that are not closed, longest over first.
    pub fn ended_coupons(&mut self, now: Timestamp, limit: u32) -> Result<Vec<CouponRow>, StoreError> {
        self.query(ENDED, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Marks a coupon whose rest has lapsed.
    pub fn close_coupon(&mut self, lot: LotId) -> Result<(), StoreError> {
        self.execute_one(CLOSE, &[lot.into()])
    }

    /// Adds a line to the ledger of a coupon's use; its number is given here.
    pub fn add_coupon_entry(&mut self, entry: &CouponEntry) -> Result<(), StoreError> {
        let CouponEntry { lot, number: _, kind, points, order, other, at } = *entry;
        let last: i64 = self.query_one(LAST_ENTRY, &[lot.into()])?.map_or(Ok(0), |row| row.get(0))?;
        let values =
            [lot.into(), (last + 1).into(), kind.code().into(), points.into(), order.into(), other.into(), at.into()];
        self.execute_one(INSERT_ENTRY, &values)
    }

    /// What happened to a coupon after this line, oldest first.
    pub fn coupon_entries(&mut self, lot: LotId, after: u64, limit: u32) -> Result<Vec<CouponEntry>, StoreError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.query(ENTRIES, &[lot.into(), after.into(), limit.into()])?.iter().map(read_entry).collect()
    }
}

fn read(row: &Row) -> Result<CouponRow, StoreError> {
    let terms = CouponTerms {
        kind: row.parse(3, |code: String| CouponKind::from_code(&code))?,
        points: row.get(4)?,
        conditions: CouponConditions {
            product: row.parse(5, |code: String| ProductConstraint::from_code(&code))?,
            goal: row.parse_option(11, |code: String| Goal::from_code(&code))?,
            placement: row.parse_option(12, |name: String| PlacementName::parse(&name))?,
        },
        valid_from: row.get(6)?,
        valid_to: row.get(7)?,
    };
    let coupon = Coupon { lot: row.get(0)?, tenant: row.get(1)?, owner: row.get(2)?, terms, parent: row.get(8)? };
    Ok(CouponRow { coupon, created_at: row.get(9)?, closed: row.get(10)? })
}

fn read_entry(row: &Row) -> Result<CouponEntry, StoreError> {
    Ok(CouponEntry {
        lot: row.get(0)?,
        number: row.get(1)?,
        kind: row.parse(2, |code: String| CouponUse::from_code(&code))?,
        points: row.get(3)?,
        order: row.get(4)?,
        other: row.get(5)?,
        at: row.get(6)?,
    })
}

#[cfg(test)]
mod tests;
