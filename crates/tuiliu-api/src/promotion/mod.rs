//! Promotion orders, in the public words: boosts.

mod cost_guarantee;
mod guard;
mod ledger;
mod lift;
pub(crate) mod money;
mod options;
mod pay;
mod payment_plan;
pub(crate) mod place;
mod read;
mod refund;
mod refusal;
mod report;
pub(crate) mod view;
pub(crate) mod words;

pub(crate) use money::CostView;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(options::read_options))
        .routes(routes!(payment_plan::plan_payment))
        .routes(routes!(read::list_boosts, place::place_boost))
        .routes(routes!(read::read_boost))
        .routes(routes!(pay::pay_boost))
        .routes(routes!(pay::start_boost_payment))
        .routes(routes!(pay::cancel_boost))
        .routes(routes!(pay::stop_boost))
        .routes(routes!(pay::top_up_boost))
        .routes(routes!(cost_guarantee::read_cost_guarantee))
        .routes(routes!(cost_guarantee::change_bid))
        .routes(routes!(place::order_again))
        .routes(routes!(read::read_timeline))
        .routes(routes!(read::follow_boost))
        .routes(routes!(read::read_losses))
        .routes(routes!(report::read_report))
        .routes(routes!(lift::read_lift))
        .routes(routes!(lift::read_lift_sum))
        .routes(routes!(lift::read_platform_lift))
        .routes(routes!(ledger::read_delivery_ledger))
        .routes(routes!(ledger::export_delivery_ledger))
}
