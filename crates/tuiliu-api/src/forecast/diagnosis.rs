//! Why an order is slow, with what each remedy would bring.

use axum::extract::State;
use serde::Serialize;
use tuiliu_app::forecast::{Cause, Diagnosis, DiagnosisFacts};
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::Path;
use crate::problem::Problem;
use crate::promotion::money::CostView;
use crate::promotion::words::TextView;
use crate::views::PromotionOrderIdView;

/// Why an order is slow, and what would help.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostDiagnosis)]
pub(crate) struct DiagnosisView {
    /// `slow`: `reasons` say why. `on_plan`: nothing is missing that chance does not explain. `unexplained`: it is slow,
    /// and nothing that was tried brings enough more. `too_early`: too few requests of its audience were seen.
    /// `not_delivering`: it is not being delivered here now.
    state: &'static str,
    /// Results that were planned until now, and those that came.
    planned: i64,
    delivered: i64,
    /// What holds it back, the most first; empty unless it is slow.
    reasons: Vec<DiagnosisReasonView>,
    /// What was measured; `null` unless it is slow or unexplained.
    facts: Option<DiagnosisFactsView>,
}

/// One thing that holds an order back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostDiagnosisReason)]
pub(crate) struct DiagnosisReasonView {
    #[schema(example = "bid_too_low")]
    code: &'static str,
    text: TextView,
    /// How much more its remedy would have brought on the sampled requests, in thousandths of what comes now; where
    /// nothing comes, of a single impression.
    gain_permille: i64,
}

/// What was measured of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostDiagnosisFacts)]
pub(crate) struct DiagnosisFactsView {
    /// Different viewers of the last day who belong to the audience.
    viewers_reachable: i64,
    /// As many there would be without any condition.
    viewers_if_wider: i64,
    /// Those of the reachable to whom another order has shown the same content.
    viewers_again: i64,
    /// Impressions for each viewer reached, in thousandths.
    frequency_permille: i64,
    /// Requests of the audience that were left out since their viewer had seen it often enough, in thousandths.
    blocked_permille: i64,
    /// Results of a million impressions, and those of comparable content.
    rate_millionths: i64,
    rate_comparable_millionths: i64,
    bid: CostView,
    /// What comparable orders bid.
    bid_peers: CostView,
    /// The lowest bid that would win what the plan needs; `null` when none would.
    bid_to_plan: Option<CostView>,
    /// Results that the budget buys at the cost so far, and how many it takes to learn from them.
    results_affordable: i64,
    results_to_learn: i64,
}

/// Tells why an order is slow, from what its requests would have brought with one thing changed; silent where chance
/// explains it.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/diagnosis", tag = "boosts", params(("boost" = PromotionOrderIdView, Path)),
    responses((status = 200, body = DiagnosisView))
)]
pub(super) async fn read_diagnosis(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
) -> Result<Json<DiagnosisView>, Problem> {
    let found = api.app().order_diagnosis(caller.0.actor.clone(), boost.0.0).await?;
    Ok(Json(DiagnosisView::from(&found)))
}

impl From<&Diagnosis> for DiagnosisView {
    fn from(found: &Diagnosis) -> Self {
        let reason = |(cause, gain_permille): &(Cause, i64)| DiagnosisReasonView {
            code: cause.code(),
            text: text(*cause),
            gain_permille: *gain_permille,
        };
        Self {
            state: found.state.code(),
            planned: found.planned,
            delivered: found.delivered,
            reasons: found.reasons.iter().map(reason).collect(),
            facts: found.facts.map(DiagnosisFactsView::from),
        }
    }
}

impl From<DiagnosisFacts> for DiagnosisFactsView {
    fn from(facts: DiagnosisFacts) -> Self {
        Self {
            viewers_reachable: facts.viewers_reachable,
            viewers_if_wider: facts.viewers_if_wider,
            viewers_again: facts.viewers_again,
            frequency_permille: facts.frequency_permille,
            blocked_permille: facts.blocked_permille,
            rate_millionths: facts.rate_millionths,
            rate_comparable_millionths: facts.rate_comparable_millionths,
            bid: CostView::new(facts.bid, facts.asset),
            bid_peers: CostView::new(facts.bid_peers, facts.asset),
            bid_to_plan: facts.bid_to_plan.map(|bid| CostView::new(bid, facts.asset)),
            results_affordable: facts.results_affordable,
            results_to_learn: facts.results_to_learn,
        }
    }
}

fn text(cause: Cause) -> TextView {
    match cause {
        Cause::Audience => TextView::new(
            "定向人群过窄，放宽后可触达更多观众",
            "The audience is narrow: a wider one reaches more viewers",
        ),
        Cause::SameAudience => TextView::new(
            "同一批观众已多次看到该内容，建议更换人群或内容",
            "The same viewers were shown it often enough: take another audience or other content",
        ),
        Cause::Quality => TextView::new(
            "内容的转化率低于同类内容，影响竞价排名",
            "Fewer impressions bring a result than of comparable content, so it ranks lower",
        ),
        Cause::Bid => TextView::new("出价低于竞争价格", "The bid is below what others pay"),
        Cause::Budget => {
            TextView::new("预算可购买的结果过少，不足以完成学习", "The budget buys too few results to learn from")
        }
    }
}
