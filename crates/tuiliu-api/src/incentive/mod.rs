//! Incentives: programmes, applications, tasks, rewards, facts, linkage and measures (IN-01…IN-13).

mod application;
mod fact;
mod linkage;
mod measure;
mod programme;
mod refusal;
mod reward;
pub mod words;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(programme::read_programme_preset))
        .routes(routes!(programme::list_programmes, programme::create_programme))
        .routes(routes!(programme::read_programme, programme::edit_programme))
        .routes(routes!(programme::publish_programme))
        .routes(routes!(programme::cancel_programme))
        .routes(routes!(programme::list_programme_editions))
        .routes(routes!(programme::dry_run_programme))
        .routes(routes!(programme::export_dry_run))
        .routes(routes!(application::apply_for_incentive))
        .routes(routes!(application::list_incentive_applications))
        .routes(routes!(application::read_incentive_application))
        .routes(routes!(application::decide_incentive_application))
        .routes(routes!(application::withdraw_incentive_application))
        .routes(routes!(reward::list_incentive_tasks))
        .routes(routes!(reward::list_incentive_rewards))
        .routes(routes!(reward::read_incentive_reward))
        .routes(routes!(reward::export_incentive_rewards))
        .routes(routes!(fact::read_broadcast_facts, fact::report_broadcast_facts))
        .routes(routes!(fact::read_account_facts, fact::report_account_standing))
        .routes(routes!(linkage::report_account_marks))
        .routes(routes!(linkage::read_account_links))
        .routes(routes!(linkage::list_account_links))
        .routes(routes!(measure::list_incentive_measures, measure::take_incentive_measure))
        .routes(routes!(measure::read_incentive_measure))
        .routes(routes!(measure::read_incentive_debt))
}
