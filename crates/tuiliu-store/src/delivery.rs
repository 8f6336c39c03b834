//! What delivery leaves behind: exposures, charged people, the itemised ledger, metrics by minute.

pub(crate) mod arm;
pub(crate) mod attribution;
pub(crate) mod node;
pub(crate) mod platform;
pub(crate) mod prediction;
pub(crate) mod validity;

use tuiliu_domain::id::{DecisionId, Id, PromotionOrderId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One decision that was won: which order, which viewer, when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    pub decision: DecisionId,
    pub order: PromotionOrderId,
    pub viewer: u128,
    pub at: Timestamp,
}

/// What became of an impression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExposureRow {
    pub exposure: Exposure,
    /// It was: its token is used up.
    pub shown: bool,
    /// So long by what is known.
    pub watched_ms: i64,
}

/// What somebody did once, under an order, in a room, with a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub subject: u128,
    pub viewer: u128,
    /// Codes with a space between.
    pub kinds: String,
}

/// One row of an order's itemised delivery ledger (TP-31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryCharge {
    /// Counts up from 1 within the order, without gaps.
    pub number: i64,
    pub at: Timestamp,
    /// What was charged for, as a code.
    pub kind: &'static str,
    /// What the order paid.
    pub price: Micros,
    /// What the order's budget could not pay any more and the platform gave away.
    pub absorbed: Micros,
    /// Everything charged to the order so far, this row included.
    pub spent_after: Micros,
    pub decision: DecisionId,
    /// Who was charged for; not known of what was charged before it was written down.
    pub viewer: Option<u128>,
}

/// A result that is charged at `due_at` if it is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingResult {
    pub order: PromotionOrderId,
    pub viewer: u128,
    pub decision: DecisionId,
    pub price: Micros,
    pub node: u32,
    pub epoch: u64,
    /// When the person did it.
    pub at: Timestamp,
    pub due_at: Timestamp,
}

/// All metrics of one subject since the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricTotals {
    /// By name.
    pub sums: Vec<(String, i64)>,
    /// When the newest of them changed; `None` when nothing was ever counted.
    pub changed_at: Option<Timestamp>,
}

impl MetricTotals {
    /// The sum of one metric; 0 when it was never counted.
    #[must_use]
    pub fn get(&self, metric: &str) -> i64 {
        self.sums.iter().find(|(name, _)| name == metric).map_or(0, |(_, sum)| *sum)
    }
}

/// One metric's sum in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinuteSum {
    pub minute: Timestamp,
    pub metric: String,
    pub value: i64,
}

statements! {
    EXPOSURES: "select decision_id, order_id, viewer, at, shown, watched_ms from exposure where decision_id = $1";
    PUT_EXPOSURE: "insert into exposure (decision_id, order_id, viewer, at, shown, watched_ms)
        values ($1, $2, $3, $4, $5, $6) on conflict (decision_id) do update
        set at = excluded.at, shown = excluded.shown, watched_ms = excluded.watched_ms";
    PERSONS: "select subject_id, viewer, kinds from person where subject_id = $1 and viewer = $2";
    PUT_PERSON: "insert into person (subject_id, viewer, kinds) values ($1, $2, $3)
        on conflict (subject_id, viewer) do update set kinds = excluded.kinds";
    AWAIT: "insert into pending_result (order_id, viewer, decision_id, price, node, epoch, at, due_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (order_id, viewer) do nothing";
    UNDO: "delete from pending_result where order_id = $1 and viewer = $2 and at <= $3 and due_at > $3";
    TAKE_DUE: "delete from pending_result where (order_id, viewer) in
        (select order_id, viewer from pending_result where due_at <= $1 order by due_at limit $2)
        returning order_id, viewer, decision_id, price, node, epoch, at, due_at";
    PENDING: "select count(*) from pending_result where order_id = $1";
    CHARGE: "insert into delivery_charge (order_id, number, at, kind, price, absorbed, spent_after, decision_id, viewer)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CHARGED_RESULTS: "select c.number, c.at, c.price, c.viewer,
            cast(case when u.viewer is null then 0 else 1 end as bigint)
        from delivery_charge c
            left join traffic_credit t on t.order_id = c.order_id and t.number = c.number
            left join person u on u.subject_id = c.order_id and u.viewer = c.viewer
                and ' ' || u.kinds || ' ' like '% result_undone %'
        where c.order_id = $1 and c.number > $2 and t.number is null order by c.number limit $3";
    LAST_CHARGE: "select coalesce(max(number), 0) from delivery_charge where order_id = $1";
    LAST_CHARGE_AT: "select at from delivery_charge where order_id = $1 order by number desc limit 1";
    CHARGES: "select number, at, kind, price, absorbed, spent_after, decision_id, viewer from delivery_charge
        where order_id = $1 and number > $2 order by number limit $3";
    TOTALS: "select metric, value, changed_at from metric_total where subject_id = $1 order by metric";
    MINUTES: "select minute, metric, value from metric_minute
        where subject_id = $1 and minute >= $2 and minute < $3 order by minute, metric";
    SUM_CHARGES: "select order_id, count(*), cast(sum(price) as bigint), max(number), max(spent_after)
        from delivery_charge group by order_id";
}

/// A charged result that was not credited back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargedResult {
    /// Of the charge in the itemised ledger.
    pub number: i64,
    pub at: Timestamp,
    pub price: Micros,
    /// As in [`DeliveryCharge`].
    pub viewer: Option<u128>,
    /// Its viewer took it back.
    pub is_undone: bool,
}

/// Sums over one order's itemised ledger, for the auditor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeSum {
    pub order: PromotionOrderId,
    pub rows: i64,
    pub price: Micros,
    pub number_last: i64,
    pub spent_after_last: Micros,
}

impl Tx<'_> {
    /// What became of these impressions, in no order; nothing of those that nothing was heard of.
    pub fn exposures(&mut self, decisions: &[DecisionId]) -> Result<Vec<ExposureRow>, StoreError> {
        let asked: Vec<_> = decisions.iter().map(|decision| [(*decision).into()]).collect();
        let read = |row: &Row| {
            let (decision, order, at) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let exposure = Exposure { decision, order, viewer: row.get::<Id<()>>(2)?.value(), at };
            Ok(ExposureRow { exposure, shown: row.get(4)?, watched_ms: row.get(5)? })
        };
        self.query_many(EXPOSURES, &asked)?.iter().map(read).collect()
    }

    /// Writes what became of impressions over what was known, each once.
    pub fn put_exposures(&mut self, rows: &[ExposureRow]) -> Result<(), StoreError> {
        let values = |row: &ExposureRow| {
            let ExposureRow { exposure: Exposure { decision, order, viewer, at }, shown, watched_ms } = *row;
            let viewer: Id<()> = Id::new(viewer);
            [decision.into(), order.into(), viewer.into(), at.into(), shown.into(), watched_ms.into()]
        };
        self.execute_many(PUT_EXPOSURE, rows.iter().map(values))
    }

    /// What these people did once, each with a subject, in no order.
    pub fn persons(&mut self, people: &[(u128, u128)]) -> Result<Vec<PersonRow>, StoreError> {
        let id = |value: u128| -> Id<()> { Id::new(value) };
        let asked: Vec<_> = people.iter().map(|(subject, viewer)| [id(*subject).into(), id(*viewer).into()]).collect();
        let read = |row: &Row| {
            let [subject, viewer] = [row.get::<Id<()>>(0)?.value(), row.get::<Id<()>>(1)?.value()];
            Ok(PersonRow { subject, viewer, kinds: row.get(2)? })
        };
        self.query_many(PERSONS, &asked)?.iter().map(read).collect()
    }

    /// Writes what people did once over what was known, each person once for a subject.
    pub fn put_persons(&mut self, people: &[PersonRow]) -> Result<(), StoreError> {
        let id = |value: u128| -> Id<()> { Id::new(value) };
        let rows = people.iter().map(|row| [id(row.subject).into(), id(row.viewer).into(), (&row.kinds).into()]);
        self.execute_many(PUT_PERSON, rows)
    }

    /// Keeps a result until it is due; a person has one per order.
    pub fn await_result(&mut self, pending: &PendingResult) -> Result<bool, StoreError> {
        let PendingResult { order, viewer, decision, price, node, epoch, at, due_at } = *pending;
        let viewer: Id<()> = Id::new(viewer);
        let epoch = i64::try_from(epoch).map_err(StoreError::database)?;
        let values = [
            order.into(),
            viewer.into(),
            decision.into(),
            price.into(),
            node.into(),
            epoch.into(),
            at.into(),
            due_at.into(),
        ];
        Ok(self.execute(AWAIT, &values)? == 1)
    }

    /// Drops a result that was undone at `at`, after it happened and before it was due; `false` when there is none.
    pub fn undo_result(&mut self, order: PromotionOrderId, viewer: u128, at: Timestamp) -> Result<bool, StoreError> {
        let viewer: Id<()> = Id::new(viewer);
        Ok(self.execute(UNDO, &[order.into(), viewer.into(), at.into()])? == 1)
    }

    /// Takes out results that are due, earliest first.
    pub fn take_due_results(&mut self, now: Timestamp, limit: u32) -> Result<Vec<PendingResult>, StoreError> {
        let rows = self.query_write(TAKE_DUE, &[now.into(), limit.into()])?;
        rows.iter()
            .map(|row| {
                Ok(PendingResult {
                    order: row.get(0)?,
                    viewer: row.get::<Id<()>>(1)?.value(),
                    decision: row.get(2)?,
                    price: row.get(3)?,
                    node: row.get(4)?,
                    epoch: row.get(5)?,
                    at: row.get(6)?,
                    due_at: row.get(7)?,
                })
            })
            .collect()
    }

    /// How many results of an order wait to be due.
    pub fn pending_results(&mut self, order: PromotionOrderId) -> Result<i64, StoreError> {
        self.query_one(PENDING, &[order.into()])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Appends a row to an order's itemised ledger.
    pub fn charge(&mut self, order: PromotionOrderId, charge: &DeliveryCharge) -> Result<(), StoreError> {
        let DeliveryCharge { number, at, kind, price, absorbed, spent_after, decision, viewer } = *charge;
        let values = [
            order.into(),
            number.into(),
            at.into(),
            kind.into(),
            price.into(),
            absorbed.into(),
            spent_after.into(),
            decision.into(),
            viewer.map(Id::<()>::new).into(),
        ];
        self.execute_one(CHARGE, &values)
    }

    /// The number of the last row of an order's itemised ledger; 0 when it is empty.
    pub fn last_charge(&mut self, order: PromotionOrderId) -> Result<i64, StoreError> {
        self.query_one(LAST_CHARGE, &[order.into()])?.map_or(Ok(0), |row| row.get(0))
    }

    /// When an order was charged last.
    pub fn last_charge_at(&mut self, order: PromotionOrderId) -> Result<Option<Timestamp>, StoreError> {
        self.query_one(LAST_CHARGE_AT, &[order.into()])?.map(|row| row.get(0)).transpose()
    }

    /// Rows of an order's itemised ledger after this number; `known_kinds` are the codes there are.
    pub fn charges(
        &mut self,
        order: PromotionOrderId,
        after: i64,
        limit: u32,
        known_kinds: &[&'static str],
    ) -> Result<Vec<DeliveryCharge>, StoreError> {
        let rows = self.query(CHARGES, &[order.into(), after.into(), limit.into()])?;
        rows.iter().map(|row| read_charge(row, known_kinds)).collect()
    }

    /// Charged results of an order after this number that were not credited back, with what became of each.
    pub fn charged_results(
        &mut self,
        order: PromotionOrderId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ChargedResult>, StoreError> {
        let rows = self.query(CHARGED_RESULTS, &[order.into(), after.into(), limit.into()])?;
        let read = |row: &Row| {
            let (number, at, price, is_undone) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(4)?);
            Ok(ChargedResult { number, at, price, viewer: viewer(row, 3)?, is_undone })
        };
        rows.iter().map(read).collect()
    }

    /// Sums over the itemised ledger of every order.
    pub fn charge_sums(&mut self) -> Result<Vec<ChargeSum>, StoreError> {
        let rows = self.query(SUM_CHARGES, &[])?;
        rows.iter()
            .map(|row| {
                Ok(ChargeSum {
                    order: row.get(0)?,
                    rows: row.get(1)?,
                    price: row.get(2)?,
                    number_last: row.get(3)?,
                    spent_after_last: row.get(4)?,
                })
            })
            .collect()
    }

    /// All metrics of a subject since the beginning.
    pub fn metric_totals<K>(&mut self, subject: Id<K>) -> Result<MetricTotals, StoreError> {
        let rows = self.query(TOTALS, &[subject.into()])?;
        let sums = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, StoreError>>()?;
        let changed = rows.iter().map(|row| row.get(2)).collect::<Result<Vec<Timestamp>, _>>()?;
        Ok(MetricTotals { sums, changed_at: changed.into_iter().max() })
    }

    /// A subject's sums by minute within `from..to`.
    pub fn metric_minutes<K>(
        &mut self,
        subject: Id<K>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<MinuteSum>, StoreError> {
        let rows = self.query(MINUTES, &[subject.into(), from.into(), to.into()])?;
        rows.iter().map(|row| Ok(MinuteSum { minute: row.get(0)?, metric: row.get(1)?, value: row.get(2)? })).collect()
    }
}

fn read_charge(row: &Row, known_kinds: &[&'static str]) -> Result<DeliveryCharge, StoreError> {
    Ok(DeliveryCharge {
        number: row.get(0)?,
        at: row.get(1)?,
        kind: row.parse(2, |code: String| known_kinds.iter().find(|known| **known == code).copied())?,
        price: row.get(3)?,
        absorbed: row.get(4)?,
        spent_after: row.get(5)?,
        decision: row.get(6)?,
        viewer: viewer(row, 7)?,
    })
}

fn viewer(row: &Row, column: usize) -> Result<Option<u128>, StoreError> {
    Ok(row.get::<Option<Id<()>>>(column)?.map(|viewer| viewer.value()))
}

#[cfg(test)]
mod tests;
