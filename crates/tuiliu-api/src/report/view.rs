//! Figures as they are sent: exact as a fraction, and near enough as a number.

use serde::Serialize;
use serde_json::{Map, Value};
use tuiliu_app::report::{
    Breakdown, Counts, Figure, Freshness, LiveFigures, LiveReport, LiveScope, Metric, OrderFigures, Scope, Step, Sums,
    Trend,
};
use utoipa::ToSchema;

use crate::views::TimeView;

/// One metric's figure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MetricFigure)]
pub(crate) struct FigureView {
    /// Of the metric dictionary.
    #[schema(example = "entry_rate")]
    id: &'static str,
    #[schema(value_type = f64, example = 0.25)]
    value: Value,
    /// Of a ratio, exactly: what stands above …
    #[schema(example = 40)]
    numerator: Option<i64>,
    /// … and below.
    #[schema(example = 160)]
    denominator: Option<i64>,
    #[schema(example = "ratio")]
    unit: &'static str,
}

/// What an order brought in every figure, step by step and by who its viewers were.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostFigures)]
pub(crate) struct OrderFiguresView {
    /// Every metric of the dictionary that can be told; a ratio of nothing is left out.
    metrics: Vec<FigureView>,
    trend: TrendView,
    breakdown: Vec<BreakdownView>,
}

/// Sums step by step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trend)]
pub(crate) struct TrendView {
    /// `minute`, `hour` or `day`.
    grain: &'static str,
    #[schema(example = "+08:00")]
    time_zone: String,
    /// Ascending; steps in which nothing was counted are left out.
    steps: Vec<StepView>,
}

/// Sums of one step, by the codes of counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrendStep)]
pub(crate) struct StepView {
    start: TimeView,
    #[serde(flatten)]
    sums: SumsView,
}

/// Sums by the codes of counts. Of an order all is promoted; of a room what came by itself is beside it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sums)]
pub(crate) struct SumsView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, i64>>, example = json!({"views": 3}))]
    natural: Option<Map<String, Value>>,
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"views": 12}))]
    promoted: Map<String, Value>,
}

/// Sums by class of viewers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Breakdown)]
pub(crate) struct BreakdownView {
    /// `gender`, `age`, `region`, `system` or `newness`.
    #[schema(example = "gender")]
    dimension: String,
    classes: Vec<ClassView>,
}

/// The sums of one class; `unknown` is a class of its own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BreakdownClass)]
pub(crate) struct ClassView {
    #[schema(example = "female")]
    class: String,
    #[serde(flatten)]
    sums: SumsView,
}

/// How fresh figures are (TP-22).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportFreshness)]
pub(crate) struct FreshView {
    /// When this was read.
    as_of: TimeView,
    /// When anything was counted last.
    changed_at: Option<TimeView>,
    /// Everything that was reported is counted.
    up_to_date: bool,
    /// Live figures are never further behind.
    lag_ms_max: i64,
}

/// Figures lag at most so far behind (TP-22).
const LAG_MS_MAX: i64 = 600_000;

/// A live dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveReport)]
pub(crate) struct LiveView {
    scopes: Vec<LiveScopeView>,
    freshness: FreshView,
}

/// The live figures of some of the traffic.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveScope)]
pub(crate) struct LiveScopeView {
    /// `promoted`, `natural` or `all`.
    scope: &'static str,
    metrics: Vec<LiveMetricView>,
    /// Views of each of the last 30 whole minutes, oldest first.
    inflow: Vec<InflowView>,
    /// People in the room in the last whole minute, on average.
    online: f64,
}

/// One minute of inflow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inflow)]
pub(crate) struct InflowView {
    minute: TimeView,
    views: i64,
    /// Mean of this minute and the four before.
    smoothed: f64,
}

/// One metric now and before. Persons are counted in the minute in which they were first seen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveMetric)]
pub(crate) struct LiveMetricView {
    #[schema(example = "viewers")]
    id: &'static str,
    unit: &'static str,
    /// The last ten whole minutes.
    now: Option<f64>,
    /// The ten minutes before.
    before: Option<f64>,
    session: Option<f64>,
    /// Median of the last seven sessions.
    usual: Option<f64>,
}

/// Every figure of some traffic.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScopeFigures)]
pub(crate) struct ScopeView {
    /// `all`, `natural` or `promoted`.
    scope: &'static str,
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"views": 12}))]
    counts: Map<String, Value>,
    metrics: Vec<FigureView>,
}

pub(super) const fn scope_code(scope: Scope) -> &'static str {
    match scope {
        Scope::Order | Scope::Promoted => "promoted",
        Scope::Natural => "natural",
        Scope::All => "all",
    }
}

impl ScopeView {
    pub(super) fn new(scope: Scope, counts: &Counts, told: &[(&'static Metric, Figure)]) -> Self {
        Self { scope: scope_code(scope), counts: map(counts), metrics: figures(told) }
    }
}

/// Figures in the order of the dictionary.
pub(super) fn figures(told: &[(&'static Metric, Figure)]) -> Vec<FigureView> {
    told.iter().map(|(metric, figure)| FigureView::new(metric, *figure)).collect()
}

/// Counts by their codes.
pub(super) fn map(counts: &Counts) -> Map<String, Value> {
    counts.iter().map(|(count, value)| (count.code().to_owned(), value.into())).collect()
}

impl FigureView {
    fn new(metric: &Metric, figure: Figure) -> Self {
        let (id, unit) = (metric.id, metric.unit.code());
        match figure {
            Figure::Whole(whole) => Self { id, value: whole.into(), numerator: None, denominator: None, unit },
            Figure::Ratio { numerator, denominator } => {
                // What is too large for JSON's integers is told by the value alone.
                let part = |part: i128| i64::try_from(part).ok();
                let (numerator, denominator) = (part(numerator), part(denominator));
                Self { id, value: figure.approximate().into(), numerator, denominator, unit }
            }
        }
    }
}

impl SumsView {
    /// Of an order: all of it is promoted.
    pub(super) fn of_order(sums: &Sums) -> Self {
        Self { natural: None, promoted: map(&sums.natural) }
    }

    pub(super) fn of_room(sums: &Sums) -> Self {
        Self { natural: Some(map(&sums.natural)), promoted: map(&sums.promoted) }
    }
}

impl TrendView {
    pub(super) fn new(trend: &Trend, of: fn(&Sums) -> SumsView) -> Self {
        let step = |step: &Step| StepView { start: step.start.into(), sums: of(&step.sums) };
        Self {
            grain: trend.grain.code(),
            time_zone: trend.clocks.to_string(),
            steps: trend.steps.iter().map(step).collect(),
        }
    }
}

impl BreakdownView {
    pub(super) fn all(breakdown: &[Breakdown], of: fn(&Sums) -> SumsView) -> Vec<Self> {
        let one = |own: &Breakdown| Self {
            dimension: own.dimension.clone(),
            classes: own
                .classes
                .iter()
                .map(|class| ClassView { class: class.class.clone(), sums: of(&class.sums) })
                .collect(),
        };
        breakdown.iter().map(one).collect()
    }
}

impl From<&OrderFigures> for OrderFiguresView {
    fn from(own: &OrderFigures) -> Self {
        Self {
            metrics: figures(&own.figures()),
            trend: TrendView::new(&own.trend, SumsView::of_order),
            breakdown: BreakdownView::all(&own.breakdown, SumsView::of_order),
        }
    }
}

impl FreshView {
    pub(super) fn new(freshness: Freshness, as_of: TimeView) -> Self {
        let Freshness { changed_at, is_fresh, .. } = freshness;
        Self { as_of, changed_at: changed_at.map(TimeView), up_to_date: is_fresh, lag_ms_max: LAG_MS_MAX }
    }
}

impl LiveView {
    /// Changes with every figure; the same for the same figures, whatever the time and the node.
    pub(super) fn revision(&self) -> String {
        let figures = serde_json::to_vec(&self.scopes).expect("a view is JSON");
        blake3::hash(&figures).to_hex()[..16].to_owned()
    }
}

impl From<&LiveReport> for LiveView {
    fn from(report: &LiveReport) -> Self {
        Self {
            scopes: report.scopes.iter().map(LiveScopeView::from).collect(),
            freshness: FreshView::new(report.freshness, report.as_of.into()),
        }
    }
}

impl From<&LiveScope> for LiveScopeView {
    fn from(own: &LiveScope) -> Self {
        let inflow = own.inflow.iter().zip(&own.inflow_smoothed).map(|((minute, views), smoothed)| InflowView {
            minute: (*minute).into(),
            views: *views,
            smoothed: thousandths(*smoothed),
        });
        Self {
            scope: scope_code(own.scope),
            metrics: own.figures.iter().map(LiveMetricView::from).collect(),
            inflow: inflow.collect(),
            online: thousandths(own.online_thousandths),
        }
    }
}

impl From<&LiveFigures> for LiveMetricView {
    fn from(own: &LiveFigures) -> Self {
        let number = |figure: Option<Figure>| figure.map(Figure::approximate);
        Self {
            id: own.metric.id,
            unit: own.metric.unit.code(),
            now: number(own.now),
            before: number(own.before),
            session: number(own.session),
            usual: own.usual,
        }
    }
}

/// A number told in thousandths.
fn thousandths(number: i64) -> f64 {
    Figure::Ratio { numerator: number.into(), denominator: 1_000 }.approximate()
}
