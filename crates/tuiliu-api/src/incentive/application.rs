//! Applications: made, listed, answered, taken back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::incentive::{ApplicationView as Application, ApplicationsList, ApplyForIncentive, DecideApplication};
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::incentive::{ApplicationForm, PlannedBroadcast};
use utoipa::ToSchema;

use super::words::ApplicationStateView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{IncentiveApplicationIdView, IncentiveProgrammeIdView, PartyIdView, TimeView};

/// The form of an application.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyBody {
    /// Who applies; the caller, unless a machine applies for somebody.
    party_id: Option<PartyIdView>,
    /// What is sold; for a benchmark, which goods are exclusive or at an advantage.
    #[schema(max_length = 4096)]
    goods: String,
    /// The broadcasts that help is asked for, in their order; one for a benchmark.
    #[schema(min_items = 1, max_items = 10)]
    broadcasts: Vec<PlannedBroadcastView>,
    /// Planned paid sales, for a benchmark.
    target_gmv_fen: Option<i64>,
    #[serde(default)]
    #[schema(max_length = 4096)]
    contact_note: String,
}

/// A broadcast that is planned.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = PlannedBroadcast)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlannedBroadcastView {
    starts_at: TimeView,
    length_ms: i64,
}

/// An application and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveApplication)]
pub(crate) struct ApplicationView {
    id: IncentiveApplicationIdView,
    programme_id: IncentiveProgrammeIdView,
    /// The text that it was made under.
    edition: u32,
    party_id: PartyIdView,
    state: ApplicationStateView,
    goods: String,
    broadcasts: Vec<PlannedBroadcastView>,
    target_gmv_fen: Option<i64>,
    contact_note: String,
    created_at: TimeView,
    /// Until when an answer is promised, in working days.
    promised_at: TimeView,
    reviewer_id: Option<PartyIdView>,
    reason: Option<String>,
    decided_at: Option<TimeView>,
}

/// A page of applications.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveApplicationList {
    data: Vec<ApplicationView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which applications.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApplicationQuery {
    /// Whose; left out, everybody's, or the caller's own for whoever may look at nobody else's.
    #[param(value_type = Option<PartyIdView>)]
    party: Option<PartyIdView>,
    /// Only those that wait for an answer, oldest first: the reviewers' queue.
    #[serde(default)]
    waiting: bool,
}

/// The platform's answer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecideApplicationBody {
    approve: bool,
    /// For the creator; needed to turn the application down.
    #[serde(default)]
    #[schema(max_length = 4096)]
    reason: String,
}

/// Applies to take part. The coupons of an approval are taken from the month's quota now; without any left the
/// application is refused with `incentive.quota_exhausted`.
#[utoipa::path(
    post, path = "/v1/incentive-programmes/{programme}/applications", tag = "incentives",
    params(("programme" = IncentiveProgrammeIdView, Path), IdempotencyKeyHeader), request_body = ApplyBody,
    responses((status = 201, body = ApplicationView))
)]
pub(super) async fn apply_for_incentive(
    State(api): State<Api>,
    caller: Caller,
    programme: Path<IncentiveProgrammeIdView>,
    keyed: Keyed<ApplyBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let party = keyed.content.party_id.map_or(actor.party, |party| party.0);
    let command = ApplyForIncentive { programme: programme.0.0, party, form: keyed.content.form() };
    let apply = move |shell: &Shell, tx: &mut Tx<'_>| shell.apply_for_incentive(tx, &actor, &command);
    Ok(answered(api.app().once(key, apply, kept(StatusCode::CREATED, ApplicationView::from)).await?))
}

/// Lists applications, newest first, or those that wait, oldest first.
#[utoipa::path(
    get, path = "/v1/incentive-applications", tag = "incentives", params(ApplicationQuery, PageQuery),
    responses((status = 200, body = IncentiveApplicationList))
)]
pub(super) async fn list_incentive_applications(
    State(api): State<Api>,
    caller: Caller,
    Query(ApplicationQuery { party, waiting }): Query<ApplicationQuery>,
    page: Page,
) -> Result<Json<IncentiveApplicationList>, Problem> {
    let (party, last, limit) = (party.map(|party| party.0), page.after_id()?, page.limit_wanted());
    let list = ApplicationsList { party, only_waiting: waiting, last, limit };
    let found = api.app().incentive_applications(caller.0.actor.clone(), list).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.id));
    let data = rows.into_iter().map(ApplicationView::from).collect();
    Ok(Json(IncentiveApplicationList { data, next_cursor, has_more }))
}

/// Reads an application.
#[utoipa::path(
    get, path = "/v1/incentive-applications/{application}", tag = "incentives",
    params(("application" = IncentiveApplicationIdView, Path)), responses((status = 200, body = ApplicationView))
)]
pub(super) async fn read_incentive_application(
    State(api): State<Api>,
    caller: Caller,
    application: Path<IncentiveApplicationIdView>,
) -> Result<Json<ApplicationView>, Problem> {
    Ok(Json(api.app().incentive_application(caller.0.actor.clone(), application.0.0).await?.into()))
}

/// Answers an application.
#[utoipa::path(
    post, path = "/v1/incentive-applications/{application}/verdict", tag = "incentives",
    params(("application" = IncentiveApplicationIdView, Path), IdempotencyKeyHeader),
    request_body = DecideApplicationBody, responses((status = 200, body = ApplicationView))
)]
pub(super) async fn decide_incentive_application(
    State(api): State<Api>,
    caller: Caller,
    application: Path<IncentiveApplicationIdView>,
    keyed: Keyed<DecideApplicationBody>,
) -> Result<Response, Problem> {
    let key = keyed.once_key(&caller);
    let DecideApplicationBody { approve, reason } = keyed.content;
    let command = DecideApplication { application: application.0.0, approve, reason };
    let decide = move |shell: &Shell, tx: &mut Tx<'_>| shell.decide_application(tx, &caller.0.actor, &command);
    Ok(answered(api.app().once(key, decide, kept(StatusCode::OK, ApplicationView::from)).await?))
}

/// Takes an application back that nobody has answered yet.
#[utoipa::path(
    post, path = "/v1/incentive-applications/{application}/withdraw", tag = "incentives",
    params(("application" = IncentiveApplicationIdView, Path), IdempotencyKeyHeader),
    request_body(content = Option<Nothing>), responses((status = 200, body = ApplicationView))
)]
pub(super) async fn withdraw_incentive_application(
    State(api): State<Api>,
    caller: Caller,
    application: Path<IncentiveApplicationIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (key, id) = (keyed.once_key(&caller), application.0.0);
    let withdraw = move |shell: &Shell, tx: &mut Tx<'_>| shell.withdraw_application(tx, &caller.0.actor, id);
    Ok(answered(api.app().once(key, withdraw, kept(StatusCode::OK, ApplicationView::from)).await?))
}

impl ApplyBody {
    fn form(self) -> ApplicationForm {
        let Self { party_id: _, goods, broadcasts, target_gmv_fen, contact_note } = self;
        let planned =
            |view: PlannedBroadcastView| PlannedBroadcast { starts_at: view.starts_at.0, length_ms: view.length_ms };
        let broadcasts = broadcasts.into_iter().map(planned).collect();
        ApplicationForm { goods, broadcasts, target_gmv_fen, contact_note }
    }
}

impl From<Application> for ApplicationView {
    fn from(application: Application) -> Self {
        let ApplicationForm { goods, broadcasts, target_gmv_fen, contact_note } = application.form;
        let planned = |planned: PlannedBroadcast| PlannedBroadcastView {
            starts_at: planned.starts_at.into(),
            length_ms: planned.length_ms,
        };
        let verdict = application.verdict;
        Self {
            id: application.id.into(),
            programme_id: application.programme.into(),
            edition: application.edition,
            party_id: application.party.into(),
            state: application.state.into(),
            goods,
            broadcasts: broadcasts.into_iter().map(planned).collect(),
            target_gmv_fen,
            contact_note,
            created_at: application.created_at.into(),
            promised_at: application.promised_at.into(),
            reviewer_id: verdict.as_ref().map(|verdict| verdict.reviewer.into()),
            decided_at: verdict.as_ref().map(|verdict| verdict.at.into()),
            reason: verdict.map(|verdict| verdict.reason),
        }
    }
}
