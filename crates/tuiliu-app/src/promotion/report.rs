//! What an order brought, and what became of what was paid for it (TP-19, TP-21…TP-23).

use std::convert::Infallible;

use tuiliu_domain::coupon::SourceKind;
use tuiliu_domain::id::{LotId, PromotionOrderId};
use tuiliu_domain::ledger::Hold;
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::promotion::{Content, PromotionOrder};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::{MinuteSum, StoreError, Tx};

use super::curve::{CurvePoint, curve};
use super::order_for;
use super::read::{OrderView, view};
use crate::app::App;
use crate::delivery::{AttributedReport, PaceNow, ValidTraffic, attributed_report, valid_traffic};
use crate::error::CommandError;
use crate::forecast::{ShownForecast, shown_for};
use crate::report::{Count, Freshness, OrderFigures, TrendAsk, figures};

/// Longest span of a report by minute.
const REPORT_SPAN_MS_MAX: i64 = 7 * DAY_MS;

/// What an order brought, promoted traffic only.
#[derive(Debug, Clone)]
pub struct OrderReport {
    pub view: OrderView,
    pub sources: Vec<SourceUse>,
    pub minutes: Vec<ReportMinute>,
    /// What was shown when it was paid, and how far that is reached (AT-05).
    pub estimate: Option<ShownForecast>,
    /// Plan and actual of an order that is being delivered by this node.
    pub pace: Option<PaceNow>,
    /// Over its whole window; empty for other orders.
    pub curve: Vec<CurvePoint>,
    /// What followed a touch of this order, in versions (AT-01, AT-07).
    pub attributed: AttributedReport,
    /// What did not count, and what came back for it (AT-03).
    pub valid_traffic: ValidTraffic,
    /// When anything was counted last; `None` when nothing was.
    pub changed_at: Option<Timestamp>,
    /// Nothing acknowledged waits to be counted.
    pub is_fresh: bool,
    /// Until when commerce figures may still change; `None` while the broadcast goes on (TP-23).
    pub final_at: Option<Timestamp>,
    /// What the metric dictionary makes of it, its steps of time and its viewers (AT-05).
    pub figures: OrderFigures,
}

/// One metric in one minute.
pub type ReportMinute = MinuteSum;

/// What became of one source: `paid = used + returned + burnt + held`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceUse {
    pub lot: LotId,
    pub kind: SourceKind,
    pub paid: Amount,
    pub used: Amount,
    pub returned: Amount,
    pub held: Amount,
    /// What one unit is worth, in millionths of a bean.
    pub unit_worth: Micros,
}

impl App {
    /// The report of one order.
    pub async fn promotion_order_report(
        &self,
        actor: Actor,
        id: PromotionOrderId,
        ask: TrendAsk,
    ) -> Result<OrderReport, CommandError<Infallible>> {
        let pace = self.pace_of(id);
        self.read(move |shell, tx| {
            let order = order_for(tx, &actor, id, Action::ReadOrder)?;
            let figures = figures(shell, tx, &order, &ask)?;
            Ok(report(tx, order, (pace.clone(), figures), shell.now())?)
        })
        .await
    }
}

fn report(
    tx: &mut Tx<'_>,
    order: PromotionOrder,
    (pace, figures): (Option<PaceNow>, OrderFigures),
    now: Timestamp,
) -> Result<OrderReport, StoreError> {
    let from = order.created_at.minute();
    let minutes = tx.metric_minutes(order.id, from, from.plus_ms(REPORT_SPAN_MS_MAX))?;
    let curve = pace.as_ref().map(|pace| curve(&pace.plan, &minutes, now)).unwrap_or_default();
    let estimate = shown_for(tx, order.id, figures.counts.get(Count::Results))?;
    let Freshness { changed_at, is_fresh, .. } = figures.freshness;
    let window_ms = order.terms.commerce_window_ms;
    let view = view(tx, order)?;
    let sources = view.order.sources.iter().zip(&view.holds).map(|(source, hold)| source_use(source, hold)).collect();
    let final_at = final_at(&view, window_ms);
    let attributed = attributed_report(tx, view.order.id, final_at.filter(|final_at| *final_at <= now))?;
    let valid_traffic = valid_traffic(tx, &view.order)?;
    Ok(OrderReport {
        sources,
        minutes,
        estimate,
        pace,
        curve,
        attributed,
        valid_traffic,
        changed_at,
        is_fresh,
        final_at,
        figures,
        view,
    })
}

/// Until when figures of purchases may change: some time after the broadcast, or after a video's order ended.
fn final_at(view: &OrderView, window_ms: i64) -> Option<Timestamp> {
    let ended = match &view.content {
        Content::Room(room) => room.times.ended,
        Content::Video(_) => view.order.delivery_ended_at,
    };
    ended.map(|ended| ended.plus_ms(window_ms))
}

fn source_use(source: &tuiliu_domain::promotion::OrderSource, hold: &Hold) -> SourceUse {
    let held = hold.amount.units() - hold.captured.units() - hold.released.units();
    SourceUse {
        lot: source.plan.lot,
        kind: source.plan.kind,
        paid: hold.amount,
        used: hold.captured,
        returned: hold.released,
        held: Amount::new(held),
        unit_worth: hold.unit_worth,
    }
}
