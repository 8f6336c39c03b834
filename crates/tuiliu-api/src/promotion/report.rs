//! What an order brought, and what became of what was paid for it.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::Serialize;
use tuiliu_app::delivery::{AttributedFigures, AttributedReport, PaceNow, ValidTraffic};
use tuiliu_app::promotion::{CurvePoint, OrderReport, ReportMinute, SourceUse};
use tuiliu_domain::coupon::SourceKind;
use tuiliu_domain::money::{Amount, Asset, Micros};
use utoipa::ToSchema;

use super::money::{CostView, asset_of, price_view};
use super::view::{BoostView, figures, metric_id};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::forecast::ShownView;
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::report::{OrderFiguresView, TrendQuery};
use crate::views::{AmountView, LotIdView, PromotionOrderIdView, TimeView};

/// What an order brought: promoted traffic only, natural traffic never.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostReport)]
pub(crate) struct ReportView {
    boost: BoostView,
    /// Since the beginning, by the ids of the metric dictionary.
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"impressions": 120, "views": 18, "results": 9}))]
    totals: serde_json::Map<String, serde_json::Value>,
    /// Interactions less those that were taken back; the totals count each when it happened.
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"likes": 17, "follows": 4}))]
    net: serde_json::Map<String, serde_json::Value>,
    rates: RatesView,
    money: MoneyView,
    /// What became of each coupon, gift and top-up that paid: `paid = used + returned + held`.
    sources: Vec<SourceUseView>,
    /// Minutes in which anything was counted, ascending.
    minutes: Vec<MinuteView>,
    /// What was shown when it was paid, and how far that is reached; `null` for orders paid before that was kept.
    estimate: Option<ShownView>,
    /// Plan and actual while the order is being delivered.
    pace: Option<PaceView>,
    /// What followed a touch of this boost: last touch, by the time at which things happened.
    attribution: AttributionView,
    /// What did not count, and what came back for it.
    valid_traffic: ValidTrafficView,
    freshness: FreshnessView,
    #[serde(flatten)]
    figures: OrderFiguresView,
}

/// The attributed figures in versions: `now = settled + every change`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostAttribution)]
pub(crate) struct AttributionView {
    /// `last_touch`: an engaged view of five seconds or a click; a click beats a view, the most recent wins.
    method: &'static str,
    /// Gross figures count what was taken back later too, `net_` ones do not.
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"touched_viewers": 40, "purchases": 2, "gmv_fen": 12900}))]
    as_of_now: serde_json::Map<String, serde_json::Value>,
    /// As they were when commerce figures became final; `null` before.
    #[schema(value_type = Option<BTreeMap<String, i64>>)]
    as_settled: Option<serde_json::Map<String, serde_json::Value>>,
    /// Why the two differ; they add up exactly.
    changes: Vec<AttributionChangeView>,
}

/// What one cause changed since the settlement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostAttributionChange)]
pub(crate) struct AttributionChangeView {
    /// `arrived_late`, `taken_back`, `refunded` or `found_invalid`.
    #[schema(example = "refunded")]
    cause: &'static str,
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"net_gmv_fen": -500}))]
    figures: serde_json::Map<String, serde_json::Value>,
}

/// Traffic that did not count.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostValidTraffic)]
pub(crate) struct ValidTrafficView {
    /// Version of the rules; see `/v1/valid-traffic/rules`.
    rules_version: u32,
    /// Events by rule.
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"known_bot": 3}))]
    not_counted: serde_json::Map<String, serde_json::Value>,
    /// Charges that were found late and taken back.
    credited_charges: i64,
    credited: CostView,
    /// What came back of each kind of source.
    returned: Vec<CreditedView>,
}

/// What came back of one kind of source.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostCredited)]
pub(crate) struct CreditedView {
    /// `traffic_coupon`, `gift_beans` or `paid_beans`.
    kind: &'static str,
    amount: AmountView,
}

/// Figures made of the totals; `null` where there is nothing to divide by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostRates)]
pub(crate) struct RatesView {
    /// Spend per result.
    cost_per_result: Option<CostView>,
    /// Spend per thousand impressions.
    cpm: Option<CostView>,
    /// Viewers per person reached, in thousandths.
    entry_rate_permille: Option<i64>,
    /// New follows per viewer, in thousandths.
    follow_rate_permille: Option<i64>,
    /// Viewers who commented, in thousandths.
    comment_rate_permille: Option<i64>,
}

/// What was paid, used, given back and given away.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostMoney)]
pub(crate) struct MoneyView {
    /// Top-ups included.
    budget: AmountView,
    spend: CostView,
    /// Not spent yet, or given back.
    unspent: CostView,
    /// Results delivered beyond the budget, at the platform's expense.
    absorbed: CostView,
}

/// What became of one source.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostSourceUse)]
pub(crate) struct SourceUseView {
    lot_id: LotIdView,
    /// `traffic_coupon`, `growth_card`, `gift_beans`, `paid_beans`, `granted_money` or `paid_money`.
    kind: &'static str,
    paid: AmountView,
    used: AmountView,
    returned: AmountView,
    /// Promised and neither used nor back yet.
    held: AmountView,
}

/// One minute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostMinute)]
pub(crate) struct MinuteView {
    minute: TimeView,
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"impressions": 12}))]
    figures: serde_json::Map<String, serde_json::Value>,
}

/// Plan and actual now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostPace)]
pub(crate) struct PaceView {
    planned: CostView,
    actual: CostView,
    /// What is bid for a result now.
    bid: CostView,
    /// When the buyer's own bid wins too little: the part of the budget that will be spent with it, in thousandths.
    #[schema(example = 420)]
    expected_spend_permille: Option<u32>,
    /// From the start of the window to its end.
    curve: Vec<CurvePointView>,
}

/// What should be and what was spent from the start to this instant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostPacePoint)]
pub(crate) struct CurvePointView {
    at: TimeView,
    planned: CostView,
    /// `null` for what is still to come.
    actual: Option<CostView>,
}

/// How fresh the figures are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Freshness)]
pub(crate) struct FreshnessView {
    /// When this was read.
    as_of: TimeView,
    /// When anything was counted last.
    changed_at: Option<TimeView>,
    /// Everything that was reported is counted.
    up_to_date: bool,
    /// Live figures are never further behind.
    lag_ms_max: i64,
    /// Until when figures of purchases may change; `null` while the broadcast goes on.
    final_at: Option<TimeView>,
    is_final: bool,
    /// When everything but figures of purchases is complete; `null` while delivery goes on.
    complete_at: Option<TimeView>,
    is_complete: bool,
}

/// Figures lag at most so far behind (TP-22).
const LAG_MS_MAX: i64 = 600_000;

/// Reports what an order brought.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/report", tag = "boosts", params(("boost" = PromotionOrderIdView, Path), TrendQuery),
    responses((status = 200, body = ReportView))
)]
pub(super) async fn read_report(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    trend: Query<TrendQuery>,
) -> Result<Json<ReportView>, Problem> {
    let report = api.app().promotion_order_report(caller.0.actor.clone(), boost.0.0, trend.0.ask()).await?;
    Ok(Json(view(&report, api.now().into())))
}

fn view(report: &OrderReport, as_of: TimeView) -> ReportView {
    let totals = &report.view.totals;
    let order = &report.view.order;
    let total = |name: &str| totals.iter().find(|(metric, _)| metric == name).map_or(0, |(_, value)| *value);
    let spend = report.view.escrow.as_ref().map_or(Micros::ZERO, |escrow| escrow.spent);
    let budget = order.budget.micros();
    let asset = order.currency();
    let cost = |cost: Micros| CostView::new(cost, asset);
    let permille = |part: &str, whole: &str| ratio(total(part), 1_000, total(whole));
    let final_at = report.final_at.map(TimeView);
    let ended_at = order.delivery_ended_at;
    let complete_at = ended_at.map(|ended| TimeView(ended.plus_ms(order.terms.complete_after_ms)));
    ReportView {
        boost: BoostView::from(order),
        totals: figures(totals),
        net: figures(&net(&total)),
        rates: RatesView {
            cost_per_result: ratio(spend.get(), 1, total("results")).map(|micros| cost(Micros::new(micros))),
            cpm: ratio(spend.get(), 1_000, total("impressions")).map(|micros| cost(Micros::new(micros))),
            entry_rate_permille: permille("viewers", "reach"),
            follow_rate_permille: permille("followers", "viewers"),
            comment_rate_permille: permille("commenters", "viewers"),
        },
        money: MoneyView {
            budget: price_view(order.budget, asset),
            spend: cost(spend),
            unspent: cost(Micros::new(budget.get().saturating_sub(spend.get()))),
            absorbed: cost(Micros::new(total("absorbed_micros"))),
        },
        sources: report.sources.iter().map(SourceUseView::from).collect(),
        minutes: minutes(&report.minutes),
        estimate: report.estimate.as_ref().map(ShownView::from),
        pace: report.pace.as_ref().map(|pace| pace_view(pace, &report.curve, asset)),
        attribution: attribution_view(&report.attributed),
        valid_traffic: valid_traffic_view(&report.valid_traffic, asset),
        freshness: FreshnessView {
            as_of,
            changed_at: report.changed_at.map(TimeView),
            up_to_date: report.is_fresh,
            lag_ms_max: LAG_MS_MAX,
            final_at,
            is_final: final_at.is_some_and(|final_at| final_at <= as_of),
            complete_at,
            is_complete: report.is_fresh && complete_at.is_some_and(|complete_at| complete_at <= as_of),
        },
        figures: OrderFiguresView::from(&report.figures),
    }
}

fn attribution_view(report: &AttributedReport) -> AttributionView {
    let map = |figures: &AttributedFigures| {
        figures.iter().map(|(figure, value)| ((*figure).to_owned(), (*value).into())).collect()
    };
    let change =
        |(cause, figures): &(&'static str, AttributedFigures)| AttributionChangeView { cause, figures: map(figures) };
    AttributionView {
        method: "last_touch",
        as_of_now: map(&report.now),
        as_settled: report.settled.as_ref().map(map),
        changes: report.changes.iter().map(change).collect(),
    }
}

fn valid_traffic_view(traffic: &ValidTraffic, asset: Asset) -> ValidTrafficView {
    let returned = |(kind, amount): &(SourceKind, Amount)| CreditedView {
        kind: kind.code(),
        amount: AmountView::new(*amount, asset_of(*kind)),
    };
    ValidTrafficView {
        rules_version: traffic.rules,
        not_counted: traffic.reasons.iter().map(|(rule, events)| (rule.code().to_owned(), (*events).into())).collect(),
        credited_charges: traffic.credited_charges,
        credited: CostView::new(traffic.credited, asset),
        returned: traffic.returned.iter().map(returned).collect(),
    }
}

fn pace_view(pace: &PaceNow, curve: &[CurvePoint], asset: Asset) -> PaceView {
    let cost = |cost: Micros| CostView::new(cost, asset);
    let point = |point: &CurvePoint| CurvePointView {
        at: point.at.into(),
        planned: cost(point.planned),
        actual: point.actual.map(cost),
    };
    PaceView {
        planned: cost(pace.planned),
        actual: cost(pace.spent),
        bid: cost(pace.bid),
        expected_spend_permille: pace.bid_too_low.map(|expected| expected.millionths / 1_000),
        curve: curve.iter().map(point).collect(),
    }
}

/// What interactions come to without those that were taken back (QB-11).
fn net(total: &impl Fn(&str) -> i64) -> Vec<(String, i64)> {
    let undone = [
        ("likes", "likes_undone"),
        ("comments", "comments_undone"),
        ("follows", "follows_undone"),
        ("favourites", "favourites_undone"),
        ("results", "results_undone"),
    ];
    undone.iter().map(|(gross, undone)| ((*gross).to_owned(), total(gross) - total(undone))).collect()
}

/// `part × scale ÷ whole`, the fraction dropped; `None` when there is nothing to divide by.
fn ratio(part: i64, scale: i64, whole: i64) -> Option<i64> {
    let scaled = i128::from(part) * i128::from(scale);
    let ratio = scaled.checked_div(i128::from(whole))?;
    i64::try_from(ratio).ok()
}

impl From<&SourceUse> for SourceUseView {
    fn from(source: &SourceUse) -> Self {
        let asset = asset_of(source.kind);
        Self {
            lot_id: source.lot.into(),
            kind: source.kind.code(),
            paid: AmountView::new(source.paid, asset),
            used: AmountView::new(source.used, asset),
            returned: AmountView::new(source.returned, asset),
            held: AmountView::new(source.held, asset),
        }
    }
}

fn minutes(sums: &[ReportMinute]) -> Vec<MinuteView> {
    let mut by_minute: BTreeMap<TimeView, serde_json::Map<String, serde_json::Value>> = BTreeMap::new();
    for sum in sums {
        by_minute.entry(sum.minute.into()).or_default().insert(metric_id(&sum.metric).to_owned(), sum.value.into());
    }
    by_minute.into_iter().map(|(minute, figures)| MinuteView { minute, figures }).collect()
}
