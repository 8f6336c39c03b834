//! The metric dictionary, published: one definition for every field, chart and export (AT-04).

use serde::Serialize;
use tuiliu_app::report::{Count, METRICS, Metric, Zone};
use utoipa::ToSchema;

use crate::body::Json;

/// Every metric, and what they are made of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricDictionary {
    metrics: Vec<MetricView>,
    counts: Vec<CountView>,
    /// Whose hours and days are meant where a report does not ask for another.
    #[schema(example = "+08:00")]
    time_zone: String,
}

/// One metric.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Metric)]
pub(crate) struct MetricView {
    /// Means one thing for ever.
    #[schema(example = "entry_rate")]
    id: &'static str,
    #[schema(example = "曝光进入率")]
    name_zh: &'static str,
    #[schema(example = "Entry rate")]
    name_en: &'static str,
    /// In the codes of counts.
    #[schema(example = "viewers")]
    numerator: String,
    /// `null` where it is no ratio.
    #[schema(example = "reach")]
    denominator: Option<String>,
    /// `times`, `persons`, `ms`, `fen`, `micros`, `ratio`, `persons_at_once` or `times_per_minute`.
    #[schema(example = "ratio")]
    unit: &'static str,
    /// Over which time it is taken.
    window: &'static str,
    /// What is counted once.
    deduplication: &'static str,
    /// Whether it may be told as an effect of promotion.
    is_effect: bool,
}

/// Something that is counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Count)]
pub(crate) struct CountView {
    #[schema(example = "viewers")]
    code: &'static str,
    text: &'static str,
}

/// Publishes the metric dictionary: names, formulas, units, windows, what counts once.
#[utoipa::path(
    get, path = "/v1/metrics", tag = "reports", security(()), responses((status = 200, body = MetricDictionary))
)]
pub(super) async fn list_metrics() -> Json<MetricDictionary> {
    let counts = Count::ALL.iter().map(|count| CountView { code: count.code(), text: count.text().trim() });
    let metrics = METRICS.iter().map(MetricView::from).collect();
    Json(MetricDictionary { metrics, counts: counts.collect(), time_zone: Zone::CHINA.to_string() })
}

impl From<&Metric> for MetricView {
    fn from(metric: &Metric) -> Self {
        let (numerator, denominator) = metric.formula_text();
        let Metric { id, name_zh, name_en, unit, window, deduplication, is_effect, .. } = *metric;
        Self { id, name_zh, name_en, numerator, denominator, unit: unit.code(), window, deduplication, is_effect }
    }
}
