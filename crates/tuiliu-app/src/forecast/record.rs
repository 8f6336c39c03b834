//! What a buyer was shown at purchase, kept until it is known what came (AT-06).

use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::promotion::{Content, EstimateBasis, Expected, OrderState, PromotionOrder, Ranges};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{Came, ForecastRow, StoreError, Tx};

use super::estimate::forecast;
use crate::app::Shell;

/// What a buyer was shown at purchase, and what came of it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownForecast {
    pub ranges: Ranges,
    pub basis: EstimateBasis,
    pub comparables: i64,
    pub paid_at: Timestamp,
    /// Results so far, or at the end.
    pub results: i64,
    /// Results ÷ the middle of the range, in thousandths; `None` where nothing was expected (达成率).
    pub attainment_permille: Option<i64>,
    /// Whether it ended inside the range; `None` before its end.
    pub is_inside: Option<bool>,
}

/// Keeps what is to be expected of an order that was just paid.
pub(crate) fn record(
    shell: &Shell,
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    content: &Content,
) -> Result<(), StoreError> {
    let policy = shell.policy(tx, order.tenant)?;
    let told = forecast(shell, order, content, &policy);
    tx.insert_forecast(&ForecastRow {
        order: order.id,
        tenant: order.tenant,
        goal: order.goal,
        form: order.form,
        budget: order.budget,
        paid_at: shell.now(),
        point_by: told.point_by.code().to_owned(),
        basis: told.estimate.basis,
        comparables: i64::try_from(told.estimate.comparables).unwrap_or(i64::MAX),
        expected: told.expected,
        ranges: told.estimate.ranges,
        came: None,
    })
}

/// Keeps what came of an order that is settled. `settling` is the order as it was before.
///
/// An order that was stopped, or got more money later, tells nothing of what one of its budget brings.
pub(crate) fn came(tx: &mut Tx<'_>, settling: &PromotionOrder, settled: &PromotionOrder) -> Result<(), StoreError> {
    let OrderState::Settling { started_at, since, .. } = settling.state else { return Ok(()) };
    let totals = tx.metric_totals(settled.id)?;
    let ended_by_itself = matches!(settled.state, OrderState::Completed { .. } | OrderState::RoomEnded { .. });
    let came = Came {
        ended_at: settled.state.ended_at().unwrap_or(since),
        figures: Expected {
            results: totals.get("results"),
            views: totals.get("views"),
            duration_ms: since.since_ms(started_at).clamp(0, settled.duration_ms),
        },
        is_comparable: ended_by_itself && settled.payments.len() == 1,
    };
    tx.end_forecast(settled.id, came)?;
    Ok(())
}

/// What was shown for this order, beside the results it has now.
pub(crate) fn shown_for(
    tx: &mut Tx<'_>,
    order: PromotionOrderId,
    results: i64,
) -> Result<Option<ShownForecast>, StoreError> {
    let row = tx.forecast(order)?;
    Ok(row.map(|row| {
        let results = row.came.map_or(results, |came| came.figures.results);
        let expected = i128::from(row.ranges.results.mid);
        let permille = (i128::from(results) * 1_000).checked_div(expected);
        ShownForecast {
            ranges: row.ranges,
            basis: row.basis,
            comparables: row.comparables,
            paid_at: row.paid_at,
            results,
            attainment_permille: permille.map(|permille| i64::try_from(permille).unwrap_or(i64::MAX)),
            is_inside: row.came.map(|came| row.ranges.results.holds(came.figures.results)),
        }
    }))
}
