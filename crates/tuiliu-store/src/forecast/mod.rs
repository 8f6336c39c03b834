//! What buyers were shown when they paid, and what came of it (AT-06).

use tuiliu_domain::id::{PromotionOrderId, TenantId};
use tuiliu_domain::money::Beans;
use tuiliu_domain::promotion::{EstimateBasis, Expected, Goal, OrderForm, Range, Ranges};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// What was shown for one order at purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastRow {
    pub order: PromotionOrderId,
    pub tenant: TenantId,
    pub goal: Goal,
    pub form: OrderForm,
    pub budget: Beans,
    pub paid_at: Timestamp,
    /// How the expected figures were made, as a code.
    pub point_by: String,
    pub basis: EstimateBasis,
    pub comparables: i64,
    pub expected: Expected,
    pub ranges: Ranges,
    /// What came; `None` until the order is settled.
    pub came: Option<Came>,
}

/// What came of one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Came {
    pub ended_at: Timestamp,
    pub figures: Expected,
    /// It ended by itself with the budget it was bought with, so that it tells of others.
    pub is_comparable: bool,
}

/// How many orders of one goal ended inside the range of results that was shown for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForecastShare {
    pub goal: Goal,
    pub basis: EstimateBasis,
    pub inside: u64,
    pub orders: u64,
}

macro_rules! columns {
    () => {
        "order_id, tenant_id, goal, form, budget_beans, paid_at, point_by, basis, comparables,
        results_expected, results_low, results_mid, results_high, views_expected, views_low, views_mid, views_high,
        duration_ms_expected, duration_ms_low, duration_ms_mid, duration_ms_high,
        ended_at, results, views, duration_ms, comparable"
    };
}

statements! {
    FIND: concat!("select ", columns!(), " from forecast where order_id = $1");
    INSERT: "insert into forecast (order_id, tenant_id, goal, form, budget_beans, paid_at, point_by, basis, comparables,
        results_expected, results_low, results_mid, results_high, views_expected, views_low, views_mid, views_high,
        duration_ms_expected, duration_ms_low, duration_ms_mid, duration_ms_high)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    END: "update forecast set ended_at = $1, results = $2, views = $3, duration_ms = $4, comparable = $5
        where order_id = $6 and ended_at is null";
    COMPARABLE: concat!("select ", columns!(), " from forecast where tenant_id = $1 and comparable = 1
        order by ended_at desc, order_id desc limit $2");
    COUNT_COMPARABLE: "select tenant_id, count(*), max(ended_at) from forecast where comparable = 1
        group by tenant_id order by tenant_id";
    SHARES: "select goal, basis, cast(sum(case when results between results_low and results_high then 1 else 0 end) as bigint),
        count(*) from forecast where tenant_id = $1 and comparable = 1 and ended_at >= $2 group by goal, basis order by goal, basis";
}

impl Tx<'_> {
    /// What was shown for this order, and what came of it.
    pub fn forecast(&mut self, order: PromotionOrderId) -> Result<Option<ForecastRow>, StoreError> {
        self.query_one(FIND, &[order.into()])?.as_ref().map(read).transpose()
    }

    /// Writes what was shown for an order that was just paid.
    pub fn insert_forecast(&mut self, row: &ForecastRow) -> Result<(), StoreError> {
        let ForecastRow { expected, ranges: Ranges { results, views, duration_ms }, .. } = row;
        let values = [
            row.order.into(),
            row.tenant.into(),
            row.goal.code().into(),
            row.form.code().into(),
            row.budget.get().into(),
            row.paid_at.into(),
            (&row.point_by).into(),
            row.basis.code().into(),
            row.comparables.into(),
            expected.results.into(),
            results.low.into(),
            results.mid.into(),
            results.high.into(),
            expected.views.into(),
            views.low.into(),
            views.mid.into(),
            views.high.into(),
            expected.duration_ms.into(),
            duration_ms.low.into(),
            duration_ms.mid.into(),
            duration_ms.high.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// Writes what came of an order, once; `false` when nothing was shown for it, or it is written already.
    pub fn end_forecast(&mut self, order: PromotionOrderId, came: Came) -> Result<bool, StoreError> {
        let Came { ended_at, figures: Expected { results, views, duration_ms }, is_comparable } = came;
        let values =
            [ended_at.into(), results.into(), views.into(), duration_ms.into(), is_comparable.into(), order.into()];
        Ok(self.execute(END, &values)? > 0)
    }

    /// The newest comparable orders of a tenant, the earliest to end first.
    pub fn comparable_forecasts(&mut self, tenant: TenantId, limit: u32) -> Result<Vec<ForecastRow>, StoreError> {
        let mut rows =
            self.query(COMPARABLE, &[tenant.into(), limit.into()])?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        rows.reverse();
        Ok(rows)
    }

    /// How many comparable orders each tenant has, and when the last of them ended.
    pub fn count_comparable_forecasts(&mut self) -> Result<Vec<(TenantId, u64, Timestamp)>, StoreError> {
        let read = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.query(COUNT_COMPARABLE, &[])?.iter().map(read).collect()
    }

    /// How many comparable orders that ended since then were inside their range, by goal and by what it was made of.
    pub fn forecast_shares(&mut self, tenant: TenantId, since: Timestamp) -> Result<Vec<ForecastShare>, StoreError> {
        let read = |row: &Row| {
            Ok(ForecastShare {
                goal: row.parse(0, |code: String| Goal::from_code(&code))?,
                basis: row.parse(1, |code: String| EstimateBasis::from_code(&code))?,
                inside: row.get(2)?,
                orders: row.get(3)?,
            })
        };
        self.query(SHARES, &[tenant.into(), since.into()])?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<ForecastRow, StoreError> {
    let range = |first: usize| -> Result<Range, StoreError> {
        Ok(Range { low: row.get(first)?, mid: row.get(first + 1)?, high: row.get(first + 2)? })
    };
    let ended_at: Option<Timestamp> = row.get(21)?;
    let came = |ended_at: Timestamp| -> Result<Came, StoreError> {
        let figures = Expected { results: row.get(22)?, views: row.get(23)?, duration_ms: row.get(24)? };
        Ok(Came { ended_at, figures, is_comparable: row.get(25)? })
    };
    Ok(ForecastRow {
        order: row.get(0)?,
        tenant: row.get(1)?,
        goal: row.parse(2, |code: String| Goal::from_code(&code))?,
        form: row.parse(3, |code: String| OrderForm::from_code(&code))?,
        budget: row.parse(4, Beans::parse)?,
        paid_at: row.get(5)?,
        point_by: row.get(6)?,
        basis: row.parse(7, |code: String| EstimateBasis::from_code(&code))?,
        comparables: row.get(8)?,
        expected: Expected { results: row.get(9)?, views: row.get(13)?, duration_ms: row.get(17)? },
        ranges: Ranges { results: range(10)?, views: range(14)?, duration_ms: range(18)? },
        came: ended_at.map(came).transpose()?,
    })
}

#[cfg(test)]
mod tests;
