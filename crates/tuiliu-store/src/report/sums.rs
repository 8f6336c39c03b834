//! Sums by quarter of an hour, by class of viewers, and over many subjects.

use tuiliu_domain::id::{Id, PartyId, RoomId, TenantId};
use tuiliu_domain::promotion::Product;
use tuiliu_domain::time::Timestamp;

use crate::delivery::MinuteSum;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::Value;

/// One metric's sum over one class of viewers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BreakdownSum {
    pub dimension: String,
    pub class: String,
    pub metric: String,
    pub value: i64,
}

/// Orders that are summed up together: those placed within `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrdersOf {
    pub tenant: TenantId,
    /// Only those that this party pays for.
    pub payer: Option<PartyId>,
    /// Only these: what is charged of different products may be of different assets, which are never added.
    pub product: Product,
    pub from: Timestamp,
    pub to: Timestamp,
}

statements! {
    ADD_MINUTE: "insert into metric_minute (subject_id, metric, minute, value) values ($1, $2, $3, $4)
        on conflict (subject_id, metric, minute) do update set value = metric_minute.value + excluded.value";
    ADD_QUARTER: "insert into metric_quarter (subject_id, quarter, metric, value) values ($1, $2, $3, $4)
        on conflict (subject_id, quarter, metric) do update set value = metric_quarter.value + excluded.value";
    ADD_TOTAL: "insert into metric_total (subject_id, metric, value, changed_at) values ($1, $2, $3, $4)
        on conflict (subject_id, metric) do update
        set value = metric_total.value + excluded.value, changed_at = excluded.changed_at";
    ADD_CLASS: "insert into metric_breakdown (subject_id, dimension, class, metric, value) values ($1, $2, $3, $4, $5)
        on conflict (subject_id, dimension, class, metric) do update
        set value = metric_breakdown.value + excluded.value";
    CLASSES: "select dimension, class, metric, value from metric_breakdown where subject_id = $1
        order by dimension, class, metric";
    QUARTERS: "select quarter, metric, value from metric_quarter
        where subject_id = $1 and quarter >= $2 and quarter < $3 order by quarter, metric";
    CREATOR_QUARTERS: "select q.quarter, q.metric, cast(sum(q.value) as bigint) from room r
        join metric_quarter q on q.subject_id = r.id
        where r.tenant_id = $1 and r.creator_id = $2 and q.quarter >= $3 and q.quarter < $4
        group by q.quarter, q.metric order by q.quarter, q.metric";
    TENANT_COUNT: "select count(*) from promotion_order
        where tenant_id = $1 and created_at >= $2 and created_at < $3 and product = $4";
    TENANT_TOTALS: "select t.metric, cast(sum(t.value) as bigint) from promotion_order o
        join metric_total t on t.subject_id = o.id
        where o.tenant_id = $1 and o.created_at >= $2 and o.created_at < $3 and o.product = $4
        group by t.metric order by t.metric";
    PAYER_COUNT: "select count(*) from promotion_order
        where tenant_id = $1 and payer_id = $2 and created_at >= $3 and created_at < $4 and product = $5";
    PAYER_TOTALS: "select t.metric, cast(sum(t.value) as bigint) from promotion_order o
        join metric_total t on t.subject_id = o.id
        where o.tenant_id = $1 and o.payer_id = $2 and o.created_at >= $3 and o.created_at < $4 and o.product = $5
        group by t.metric order by t.metric";
    TENANT_QUARTERS: "select q.quarter, q.metric, cast(sum(q.value) as bigint) from promotion_order o
        join metric_quarter q on q.subject_id = o.id
        where o.tenant_id = $1 and o.created_at >= $2 and o.created_at < $3 and o.product = $4
        group by q.quarter, q.metric order by q.quarter, q.metric";
    PAYER_QUARTERS: "select q.quarter, q.metric, cast(sum(q.value) as bigint) from promotion_order o
        join metric_quarter q on q.subject_id = o.id
        where o.tenant_id = $1 and o.payer_id = $2 and o.created_at >= $3 and o.created_at < $4 and o.product = $5
        group by q.quarter, q.metric order by q.quarter, q.metric";
    SKETCH: "select body from viewer_sketch where subject_id = $1 and kind = $2 and day = $3";
    PUT_SKETCH: "insert into viewer_sketch (subject_id, kind, day, body) values ($1, $2, $3, $4)
        on conflict (subject_id, kind, day) do update set body = excluded.body";
    CREATOR_SKETCHES: "select s.body from room r join viewer_sketch s on s.subject_id = r.id
        where r.tenant_id = $1 and r.creator_id = $2 and s.kind = $3 and s.day >= $4 and s.day < $5
        order by s.subject_id, s.day";
}

impl Tx<'_> {
    /// Adds to a metric of a subject in its minute.
    pub fn add_minute<K>(&mut self, subject: Id<K>, sum: &MinuteSum) -> Result<(), StoreError> {
        let values = [subject.into(), (&sum.metric).into(), sum.minute.into(), sum.value.into()];
        self.execute_one(ADD_MINUTE, &values)
    }

    /// Adds to a metric of a subject in its quarter of an hour.
    pub fn add_quarter<K>(&mut self, subject: Id<K>, sum: &MinuteSum) -> Result<(), StoreError> {
        let values = [subject.into(), sum.minute.into(), (&sum.metric).into(), sum.value.into()];
        self.execute_one(ADD_QUARTER, &values)
    }

    /// Adds to a metric of a subject since the beginning.
    pub fn add_total<K>(&mut self, subject: Id<K>, metric: &str, value: i64, now: Timestamp) -> Result<(), StoreError> {
        self.execute_one(ADD_TOTAL, &[subject.into(), metric.into(), value.into(), now.into()])
    }

    /// Adds to a metric of a subject for a class of viewers.
    pub fn add_breakdown<K>(&mut self, subject: Id<K>, sum: &BreakdownSum) -> Result<(), StoreError> {
        let BreakdownSum { dimension, class, metric, value } = sum;
        self.execute_one(ADD_CLASS, &[subject.into(), dimension.into(), class.into(), metric.into(), (*value).into()])
    }

    /// A subject's sums by class of viewers.
    pub fn breakdown<K>(&mut self, subject: Id<K>) -> Result<Vec<BreakdownSum>, StoreError> {
        let rows = self.query(CLASSES, &[subject.into()])?;
        let read = |row: &Row| {
            Ok(BreakdownSum { dimension: row.get(0)?, class: row.get(1)?, metric: row.get(2)?, value: row.get(3)? })
        };
        rows.iter().map(read).collect()
    }

    /// A subject's sums by quarter of an hour within `from..to`.
    pub fn metric_quarters<K>(
        &mut self,
        subject: Id<K>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<MinuteSum>, StoreError> {
        sums(&self.query(QUARTERS, &[subject.into(), from.into(), to.into()])?)
    }

    /// The sums of all rooms of a creator by quarter of an hour within `from..to`.
    pub fn creator_quarters(
        &mut self,
        tenant: TenantId,
        creator: PartyId,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<MinuteSum>, StoreError> {
        sums(&self.query(CREATOR_QUARTERS, &[tenant.into(), creator.into(), from.into(), to.into()])?)
    }

    /// How many orders there are, and their sums since the beginning.
    pub fn order_totals(&mut self, orders: OrdersOf) -> Result<(i64, Vec<(String, i64)>), StoreError> {
        let values = orders.values();
        let (count, rows) = match orders.payer {
            None => (self.query_one(TENANT_COUNT, &values)?, self.query(TENANT_TOTALS, &values)?),
            Some(_) => (self.query_one(PAYER_COUNT, &values)?, self.query(PAYER_TOTALS, &values)?),
        };
        let count = count.map_or(Ok(0), |row| row.get(0))?;
        let totals = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, StoreError>>()?;
        Ok((count, totals))
    }

    /// The sums of orders by quarter of an hour.
    pub fn order_quarters(&mut self, orders: OrdersOf) -> Result<Vec<MinuteSum>, StoreError> {
        let statement = if orders.payer.is_some() { PAYER_QUARTERS } else { TENANT_QUARTERS };
        sums(&self.query(statement, &orders.values())?)
    }

    /// The sketch of viewers of one kind of a room on a day.
    pub fn viewer_sketch(&mut self, room: RoomId, kind: &str, day: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.query_one(SKETCH, &[room.into(), kind.into(), day.into()])?.map(|row| row.get(0)).transpose()
    }

    /// Writes a sketch over what was there.
    pub fn put_viewer_sketch(&mut self, room: RoomId, kind: &str, day: i64, body: &[u8]) -> Result<(), StoreError> {
        self.execute_one(PUT_SKETCH, &[room.into(), kind.into(), day.into(), body.into()])
    }

    /// The sketches of one kind of all rooms of a creator on the days `from..to`.
    pub fn creator_sketches(
        &mut self,
        tenant: TenantId,
        creator: PartyId,
        kind: &str,
        (from, to): (i64, i64),
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let values = [tenant.into(), creator.into(), kind.into(), from.into(), to.into()];
        self.query(CREATOR_SKETCHES, &values)?.iter().map(|row| row.get(0)).collect()
    }
}

impl OrdersOf {
    /// In the order of the statements, the payer where there is one.
    fn values(&self) -> Vec<Value<'static>> {
        let payer = self.payer.map(Value::from);
        let rest = [self.from.into(), self.to.into(), self.product.code().into()];
        [self.tenant.into()].into_iter().chain(payer).chain(rest).collect()
    }
}

fn sums(rows: &[Row]) -> Result<Vec<MinuteSum>, StoreError> {
    rows.iter().map(|row| Ok(MinuteSum { minute: row.get(0)?, metric: row.get(1)?, value: row.get(2)? })).collect()
}
