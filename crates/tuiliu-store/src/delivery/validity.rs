//! What looking back at traffic keeps: which rooms are due, what is usual, what was credited (AT-03).

use tuiliu_domain::id::{DecisionId, HoldId, LotId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A room whose traffic is looked back at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficInspection {
    pub room: RoomId,
    pub due_at: Timestamp,
    /// The end of the broadcast with which the figures of its viewers were made.
    pub ended_at: Option<Timestamp>,
}

/// The grid of one broadcast's visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficGrid {
    pub room: RoomId,
    pub tenant: TenantId,
    pub category: String,
    pub at: Timestamp,
    /// Counts with a space between.
    pub body: String,
}

/// A charge that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficCredit {
    /// Of the charge in the itemised ledger.
    pub number: i64,
    pub reason: String,
    /// Version of the rules by which it was found.
    pub rules: u32,
    pub price: Micros,
    pub at: Timestamp,
}

/// What came back of one source of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderCredit {
    /// Counts up from 1 within the order.
    pub number: i64,
    pub hold: HoldId,
    /// The lot it came back as.
    pub lot: LotId,
    pub amount: Amount,
    pub at: Timestamp,
}

/// What was charged under one impression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionCharge {
    pub number: i64,
    pub price: Micros,
}

statements! {
    BEGIN: "insert into traffic_inspection (room_id, due_at, ended_at) values ($1, $2, $3)
        on conflict (room_id) do nothing";
    DUE: "select room_id, due_at, ended_at from traffic_inspection where due_at <= $1 order by due_at, room_id limit $2";
    NEXT: "update traffic_inspection set due_at = $1, ended_at = $2 where room_id = $3";
    HASTEN: "update traffic_inspection set due_at = $1 where room_id = $2 and due_at > $1";
    END: "delete from traffic_inspection where room_id = $1";
    PUT_GRID: "insert into traffic_grid (room_id, tenant_id, category, at, body) values ($1, $2, $3, $4, $5)
        on conflict (room_id) do update set at = excluded.at, body = excluded.body";
    GRIDS: "select room_id, tenant_id, category, at, body from traffic_grid
        where tenant_id = $1 and category = $2 and room_id <> $3 order by at desc, room_id limit $4";
    FORGET_GRIDS: "delete from traffic_grid where at < $1";
    CHARGES: "select number, price from delivery_charge where order_id = $1 and decision_id = $2 order by number";
    CREDIT: "insert into traffic_credit (order_id, number, reason, rules, price, at) values ($1, $2, $3, $4, $5, $6)
        on conflict (order_id, number) do nothing";
    CREDITS: "select number, reason, rules, price, at from traffic_credit where order_id = $1 and number > $2
        order by number limit $3";
    CREDITED: "select coalesce(cast(sum(price) as bigint), 0), count(*) from traffic_credit where order_id = $1";
    ADD_RETURN: "insert into order_credit (order_id, number, hold_id, lot_id, amount, at) values ($1, $2, $3, $4, $5, $6)";
    RETURNS: "select number, hold_id, lot_id, amount, at from order_credit where order_id = $1 order by number";
}

impl Tx<'_> {
    /// Has a room's traffic looked back at from `due_at` on; nothing when it is already.
    pub fn begin_traffic_inspection(&mut self, inspection: TrafficInspection) -> Result<(), StoreError> {
        let TrafficInspection { room, due_at, ended_at } = inspection;
        self.execute(BEGIN, &[room.into(), due_at.into(), ended_at.into()]).map(drop)
    }

    /// Rooms that are due, longest first.
    pub fn due_traffic_inspections(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<TrafficInspection>, StoreError> {
        let rows = self.query(DUE, &[now.into(), limit.into()])?;
        let read = |row: &Row| Ok(TrafficInspection { room: row.get(0)?, due_at: row.get(1)?, ended_at: row.get(2)? });
        rows.iter().map(read).collect()
    }

    /// When a room is due next, and with which end its figures are made now.
    pub fn postpone_traffic_inspection(&mut self, inspection: TrafficInspection) -> Result<(), StoreError> {
        let TrafficInspection { room, due_at, ended_at } = inspection;
        self.execute_one(NEXT, &[due_at.into(), ended_at.into(), room.into()])
    }

    /// Has a room looked at earlier than was planned; nothing when it is not looked at.
    pub fn hasten_traffic_inspection(&mut self, room: RoomId, due_at: Timestamp) -> Result<(), StoreError> {
        self.execute(HASTEN, &[due_at.into(), room.into()]).map(drop)
    }

    /// A room's traffic is not looked at any more.
    pub fn end_traffic_inspection(&mut self, room: RoomId) -> Result<(), StoreError> {
        self.execute(END, &[room.into()]).map(drop)
    }

    /// Keeps the visits of a broadcast as one of those that later ones are compared with.
    pub fn put_traffic_grid(&mut self, grid: &TrafficGrid) -> Result<(), StoreError> {
        let TrafficGrid { room, tenant, category, at, body } = grid;
        let values = [(*room).into(), (*tenant).into(), category.as_str().into(), (*at).into(), body.as_str().into()];
        self.execute_one(PUT_GRID, &values)
    }

    /// The newest broadcasts of a category but this one.
    pub fn traffic_grids(
        &mut self,
        tenant: TenantId,
        category: &str,
        but: RoomId,
        limit: u32,
    ) -> Result<Vec<TrafficGrid>, StoreError> {
        let rows = self.query(GRIDS, &[tenant.into(), category.into(), but.into(), limit.into()])?;
        let read = |row: &Row| {
            Ok(TrafficGrid {
                room: row.get(0)?,
                tenant: row.get(1)?,
                category: row.get(2)?,
                at: row.get(3)?,
                body: row.get(4)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Forgets broadcasts of which nothing is told any more.
    pub fn forget_traffic_grids(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(FORGET_GRIDS, &[before.into()])
    }

    /// What an order was charged under one impression.
    pub fn charges_of_decision(
        &mut self,
        order: PromotionOrderId,
        decision: DecisionId,
    ) -> Result<Vec<DecisionCharge>, StoreError> {
        let rows = self.query(CHARGES, &[order.into(), decision.into()])?;
        rows.iter().map(|row| Ok(DecisionCharge { number: row.get(0)?, price: row.get(1)? })).collect()
    }

    /// Takes a charge back; `false` when it was before.
    pub fn credit_charge(&mut self, order: PromotionOrderId, credit: &TrafficCredit) -> Result<bool, StoreError> {
        let TrafficCredit { number, reason, rules, price, at } = credit;
        let values =
            [order.into(), (*number).into(), reason.as_str().into(), (*rules).into(), (*price).into(), (*at).into()];
        Ok(self.execute(CREDIT, &values)? == 1)
    }

    /// Charges of an order that were taken back, after this number.
    pub fn traffic_credits(
        &mut self,
        order: PromotionOrderId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<TrafficCredit>, StoreError> {
        let rows = self.query(CREDITS, &[order.into(), after.into(), limit.into()])?;
        let read = |row: &Row| {
            Ok(TrafficCredit {
                number: row.get(0)?,
                reason: row.get(1)?,
                rules: row.get(2)?,
                price: row.get(3)?,
                at: row.get(4)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What of an order was taken back in all, and in how many charges.
    pub fn traffic_credited(&mut self, order: PromotionOrderId) -> Result<(Micros, i64), StoreError> {
        match self.query_one(CREDITED, &[order.into()])? {
            None => Ok((Micros::ZERO, 0)),
            Some(row) => Ok((row.get(0)?, row.get(1)?)),
        }
    }

    /// Writes down what came back of one source of an order.
    pub fn add_order_credit(&mut self, order: PromotionOrderId, credit: OrderCredit) -> Result<(), StoreError> {
        let OrderCredit { number, hold, lot, amount, at } = credit;
        let values = [order.into(), number.into(), hold.into(), lot.into(), amount.into(), at.into()];
        self.execute_one(ADD_RETURN, &values)
    }

    /// What came back of an order's sources.
    pub fn order_credits(&mut self, order: PromotionOrderId) -> Result<Vec<OrderCredit>, StoreError> {
        let rows = self.query(RETURNS, &[order.into()])?;
        let read = |row: &Row| {
            Ok(OrderCredit {
                number: row.get(0)?,
                hold: row.get(1)?,
                lot: row.get(2)?,
                amount: row.get(3)?,
                at: row.get(4)?,
            })
        };
        rows.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests;
