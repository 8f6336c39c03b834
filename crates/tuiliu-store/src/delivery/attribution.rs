//! What attribution keeps: records of viewers, their parts in the figures of orders, and the sums (AT-01, AT-07).

use tuiliu_domain::id::{DecisionId, Id, PromotionOrderId, RoomId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One thing that is known of a viewer in a room; `id` makes it the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributionRecord {
    pub id: u128,
    /// What it is, as a code.
    pub kind: String,
    pub known_at: Timestamp,
    pub at: Timestamp,
    /// Until when its impression was heard of.
    pub heard_until: Timestamp,
    pub watched_ms: i64,
    /// The impression it was reported under.
    pub under: Option<(PromotionOrderId, DecisionId)>,
    pub purchase: Option<u128>,
    pub value_fen: i64,
}

/// Records of one room after a place, by viewer and then by id.
#[derive(Debug, Clone, Copy)]
pub struct RecordPage {
    pub room: RoomId,
    pub after_viewer: u128,
    pub after_id: u128,
    pub limit: u32,
}

/// A viewer of a room, and of an order.
type InRoom = (RoomId, u128);
type InOrder = (PromotionOrderId, u128);

/// One attributed figure of an order, in one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributedSum {
    /// `settled`, or the cause of a change since.
    pub part: String,
    pub figure: String,
    pub value: i64,
}

macro_rules! columns {
    () => {
        "id, kind, known_at, at, heard_until, watched_ms, order_id, decision_id, purchase, value_fen"
    };
}

statements! {
    PUT: concat!("insert into attribution_record (", columns!(), ", room_id, viewer)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (room_id, viewer, id) do update set kind = excluded.kind, known_at = excluded.known_at,
        at = excluded.at, heard_until = excluded.heard_until, watched_ms = excluded.watched_ms");
    OF_VIEWER: concat!("select ", columns!(), ", viewer, room_id from attribution_record
        where room_id = $1 and viewer = $2");
    PAGE: concat!("select ", columns!(), ", viewer from attribution_record
        where room_id = $1 and (viewer > $2 or (viewer = $2 and id > $3)) order by viewer, id limit $4");
    FORGET_RECORDS: "delete from attribution_record where room_id = $1";
    SHARE: "select order_id, viewer, body from attribution_share where order_id = $1 and viewer = $2";
    SHARES_OF: "select count(*) from attribution_share where order_id = $1";
    PUT_SHARE: "insert into attribution_share (order_id, viewer, body) values ($1, $2, $3)
        on conflict (order_id, viewer) do update set body = excluded.body";
    FORGET_SHARES: "delete from attribution_share where order_id = $1";
    ADD_SUM: "insert into attribution_sum (order_id, part, figure, value) values ($1, $2, $3, $4)
        on conflict (order_id, part, figure) do update set value = attribution_sum.value + excluded.value";
    SUMS: "select part, figure, value from attribution_sum where order_id = $1 and value <> 0 order by part, figure";
    PROMOTED: "select 1 from promotion_order where room_id = $1 limit 1";
}

impl Tx<'_> {
    /// Writes what is known of viewers in rooms, each record once; over those with the same id, if there are any.
    pub fn put_attribution_records(
        &mut self,
        records: &[(RoomId, u128, &AttributionRecord)],
    ) -> Result<(), StoreError> {
        let blob = |value: u128| -> Id<()> { Id::new(value) };
        let rows = records.iter().map(|(room, viewer, record)| {
            [
                blob(record.id).into(),
                record.kind.as_str().into(),
                record.known_at.into(),
                record.at.into(),
                record.heard_until.into(),
                record.watched_ms.into(),
                record.under.map(|(order, _)| order).into(),
                record.under.map(|(_, decision)| decision).into(),
                record.purchase.map(blob).into(),
                record.value_fen.into(),
                (*room).into(),
                blob(*viewer).into(),
            ]
        });
        self.execute_many(PUT, rows)
    }

    /// Everything known of viewers in rooms, in no order.
    pub fn attribution_records(&mut self, viewers: &[InRoom]) -> Result<Vec<(InRoom, AttributionRecord)>, StoreError> {
        let blob = |value: u128| -> Id<()> { Id::new(value) };
        let asked: Vec<_> = viewers.iter().map(|(room, viewer)| [(*room).into(), blob(*viewer).into()]).collect();
        let rows = self.query_many(OF_VIEWER, &asked)?;
        let place = |row: &Row| Ok::<_, StoreError>((row.get(11)?, row.get::<Id<()>>(10)?.value()));
        rows.iter().map(|row| Ok((place(row)?, read_record(row)?))).collect()
    }

    /// Everything known of the viewers of a room, with the viewer, a page at a time.
    pub fn attribution_records_of_room(
        &mut self,
        page: RecordPage,
    ) -> Result<Vec<(u128, AttributionRecord)>, StoreError> {
        let RecordPage { room, after_viewer, after_id, limit } = page;
        let [viewer, id]: [Id<()>; 2] = [Id::new(after_viewer), Id::new(after_id)];
        let rows = self.query(PAGE, &[room.into(), viewer.into(), id.into(), limit.into()])?;
        rows.iter().map(|row| Ok((row.get::<Id<()>>(10)?.value(), read_record(row)?))).collect()
    }

    /// Forgets everything known of the viewers of a room; figures stay as they are.
    pub fn forget_attribution_records(&mut self, room: RoomId) -> Result<u64, StoreError> {
        self.execute(FORGET_RECORDS, &[room.into()])
    }

    /// Viewers' parts in orders' figures, as they were written, in no order.
    pub fn attribution_shares(&mut self, viewers: &[InOrder]) -> Result<Vec<(InOrder, String)>, StoreError> {
        let blob = |value: u128| -> Id<()> { Id::new(value) };
        let asked: Vec<_> = viewers.iter().map(|(order, viewer)| [(*order).into(), blob(*viewer).into()]).collect();
        let read = |row: &Row| Ok(((row.get(0)?, row.get::<Id<()>>(1)?.value()), row.get(2)?));
        self.query_many(SHARE, &asked)?.iter().map(read).collect()
    }

    /// Writes viewers' parts in orders' figures, each once.
    pub fn put_attribution_shares(&mut self, shares: &[(InOrder, String)]) -> Result<(), StoreError> {
        let blob = |value: u128| -> Id<()> { Id::new(value) };
        let rows = shares.iter().map(|((order, viewer), body)| [(*order).into(), blob(*viewer).into(), body.into()]);
        self.execute_many(PUT_SHARE, rows)
    }

    /// How many viewers have a part in an order's figures.
    pub fn attribution_shares_of(&mut self, order: PromotionOrderId) -> Result<i64, StoreError> {
        self.query_one(SHARES_OF, &[order.into()])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Forgets who had which part in an order's figures; the sums stay.
    pub fn forget_attribution_shares(&mut self, order: PromotionOrderId) -> Result<u64, StoreError> {
        self.execute(FORGET_SHARES, &[order.into()])
    }

    /// Adds to one attributed figure of an order.
    pub fn add_attributed(
        &mut self,
        order: PromotionOrderId,
        (part, figure): (&str, &str),
        value: i64,
    ) -> Result<(), StoreError> {
        self.execute_one(ADD_SUM, &[order.into(), part.into(), figure.into(), value.into()])
    }

    /// The attributed figures of an order that are not zero.
    pub fn attributed(&mut self, order: PromotionOrderId) -> Result<Vec<AttributedSum>, StoreError> {
        let rows = self.query(SUMS, &[order.into()])?;
        let read = |row: &Row| Ok(AttributedSum { part: row.get(0)?, figure: row.get(1)?, value: row.get(2)? });
        rows.iter().map(read).collect()
    }

    /// Whether any order was ever placed for a room.
    pub fn is_promoted(&mut self, room: RoomId) -> Result<bool, StoreError> {
        Ok(self.query_one(PROMOTED, &[room.into()])?.is_some())
    }
}

fn read_record(row: &Row) -> Result<AttributionRecord, StoreError> {
    let order: Option<PromotionOrderId> = row.get(6)?;
    let decision: Option<DecisionId> = row.get(7)?;
    Ok(AttributionRecord {
        id: row.get::<Id<()>>(0)?.value(),
        kind: row.get(1)?,
        known_at: row.get(2)?,
        at: row.get(3)?,
        heard_until: row.get(4)?,
        watched_ms: row.get(5)?,
        under: order.zip(decision),
        purchase: row.get::<Option<Id<()>>>(8)?.map(Id::value),
        value_fen: row.get(9)?,
    })
}

#[cfg(test)]
mod tests;
