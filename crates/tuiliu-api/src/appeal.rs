//! Appeals: filed, listed, decided by a second reviewer, taken back (RV-04).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::appeal::{AppealList as Listing, DecideAppeal, FileAppeal, FileAppealRefusal, subject_text};
use tuiliu_domain::appeal::{Appeal, AppealEvidence, AppealState, AppealSubject, DecideAppealError, FileAppealError};
use tuiliu_domain::id::{IncentiveMeasureId, PartyId, PromotionOrderId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::words::words;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{AppealIdView, PartyIdView, TimeView};

words! {
    /// What kind of decision is appealed.
    AppealSubjectView of AppealSubject, "AppealSubject";
    /// Where an appeal is.
    AppealStateView of AppealState, "AppealState";
}

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_appeals, file_appeal))
        .routes(routes!(read_appeal))
        .routes(routes!(decide_appeal))
        .routes(routes!(withdraw_appeal))
}

/// An appeal to be filed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileAppealBody {
    subject: AppealSubjectView,
    /// The id of the order, the account or the measure.
    #[schema(example = "ims_01kah2qm7ke8c9b5t0d4zqv3xw")]
    subject_id: String,
    /// Why the decision is wrong.
    #[schema(max_length = 8192)]
    text: String,
    /// Where more is to be seen.
    #[serde(default)]
    #[schema(max_items = 10)]
    links: Vec<String>,
}

/// The answer to an appeal.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecideAppealBody {
    /// Whether the first decision is undone.
    grant: bool,
    /// For who filed it.
    #[schema(max_length = 8192)]
    answer: String,
}

/// An appeal and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Appeal)]
pub(crate) struct AppealView {
    id: AppealIdView,
    party_id: PartyIdView,
    subject: AppealSubjectView,
    subject_id: String,
    state: AppealStateView,
    text: String,
    links: Vec<String>,
    /// Who decided first, if a person did: somebody else decides now.
    first_decider_id: Option<PartyIdView>,
    created_at: TimeView,
    /// Until when an answer is promised, in working days.
    promised_at: TimeView,
    reviewer_id: Option<PartyIdView>,
    answer: Option<String>,
    decided_at: Option<TimeView>,
}

/// A page of appeals.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppealList {
    data: Vec<AppealView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which appeals.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AppealQuery {
    /// Whose; left out, everybody's, or the caller's own for whoever may look at nobody else's.
    #[param(value_type = Option<PartyIdView>)]
    party: Option<PartyIdView>,
    /// Only those that wait for an answer, oldest first: the reviewers' queue.
    #[serde(default)]
    open: bool,
}

/// Files an appeal; of one decision once, unless it was withdrawn.
#[utoipa::path(
    post, path = "/v1/appeals", tag = "appeals", params(IdempotencyKeyHeader), request_body = FileAppealBody,
    responses((status = 201, body = AppealView))
)]
async fn file_appeal(
    State(api): State<Api>,
    caller: Caller,
    keyed: Keyed<FileAppealBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let FileAppealBody { subject, subject_id, text, links } = keyed.content;
    let command = FileAppeal {
        subject: subject.0,
        subject_id: read_subject(subject.0, &subject_id)?,
        evidence: AppealEvidence { text, links },
    };
    let file = move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.file_appeal(tx, &actor, &command);
    Ok(answered(api.app().once(key, file, kept(StatusCode::CREATED, AppealView::from)).await?))
}

/// Lists appeals, newest first, or those that wait, oldest first.
#[utoipa::path(
    get, path = "/v1/appeals", tag = "appeals", params(AppealQuery, PageQuery),
    responses((status = 200, body = AppealList))
)]
async fn list_appeals(
    State(api): State<Api>,
    caller: Caller,
    Query(AppealQuery { party, open }): Query<AppealQuery>,
    page: Page,
) -> Result<Json<AppealList>, Problem> {
    let (party, last, limit) = (party.map(|party| party.0), page.after_id()?, page.limit_wanted());
    let found = api.app().appeals(caller.0.actor.clone(), Listing { party, only_open: open, last, limit }).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.id));
    Ok(Json(AppealList { data: rows.into_iter().map(AppealView::from).collect(), next_cursor, has_more }))
}

/// Reads an appeal.
#[utoipa::path(
    get, path = "/v1/appeals/{appeal}", tag = "appeals", params(("appeal" = AppealIdView, Path)),
    responses((status = 200, body = AppealView))
)]
async fn read_appeal(
    State(api): State<Api>,
    caller: Caller,
    appeal: Path<AppealIdView>,
) -> Result<Json<AppealView>, Problem> {
    Ok(Json(api.app().appeal(caller.0.actor.clone(), appeal.0.0).await?.into()))
}

/// Decides on an appeal; not by who made the first decision. What is granted is undone at once.
#[utoipa::path(
    post, path = "/v1/appeals/{appeal}/verdict", tag = "appeals",
    params(("appeal" = AppealIdView, Path), IdempotencyKeyHeader), request_body = DecideAppealBody,
    responses((status = 200, body = AppealView))
)]
async fn decide_appeal(
    State(api): State<Api>,
    caller: Caller,
    appeal: Path<AppealIdView>,
    keyed: Keyed<DecideAppealBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let DecideAppealBody { grant, answer } = keyed.content;
    let command = DecideAppeal { appeal: appeal.0.0, grant, answer };
    let decide =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.decide_appeal(tx, &actor, &command);
    Ok(answered(api.app().once(key, decide, kept(StatusCode::OK, AppealView::from)).await?))
}

/// Takes an appeal back that nobody has answered yet.
#[utoipa::path(
    post, path = "/v1/appeals/{appeal}/withdraw", tag = "appeals",
    params(("appeal" = AppealIdView, Path), IdempotencyKeyHeader), request_body(content = Option<Nothing>),
    responses((status = 200, body = AppealView))
)]
async fn withdraw_appeal(
    State(api): State<Api>,
    caller: Caller,
    appeal: Path<AppealIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let withdraw =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.withdraw_appeal(tx, &actor, appeal.0.0);
    Ok(answered(api.app().once(key, withdraw, kept(StatusCode::OK, AppealView::from)).await?))
}

/// The number behind the id of what is appealed.
fn read_subject(subject: AppealSubject, text: &str) -> Result<u128, Problem> {
    let read = match subject {
        AppealSubject::RejectedOrder => text.parse::<PromotionOrderId>().map(|id| id.value()),
        AppealSubject::BannedAccount => text.parse::<PartyId>().map(|id| id.value()),
        AppealSubject::IncentiveMeasure => text.parse::<IncentiveMeasureId>().map(|id| id.value()),
    };
    read.map_err(|error| Problem::new(Code::RequestInvalidId).with_error("/subject_id", format!("failed to {error}")))
}

impl From<Appeal> for AppealView {
    fn from(appeal: Appeal) -> Self {
        let subject_id = subject_text(&appeal);
        let answer = appeal.answer;
        Self {
            id: appeal.id.into(),
            party_id: appeal.party.into(),
            subject: appeal.subject.into(),
            subject_id,
            state: appeal.state.into(),
            text: appeal.evidence.text,
            links: appeal.evidence.links,
            first_decider_id: appeal.first_decider.map(PartyIdView::from),
            created_at: appeal.created_at.into(),
            promised_at: appeal.promised_at.into(),
            reviewer_id: answer.as_ref().map(|answer| answer.reviewer.into()),
            decided_at: answer.as_ref().map(|answer| answer.at.into()),
            answer: answer.map(|answer| answer.text),
        }
    }
}

fn told(code: Code, refusal: impl std::fmt::Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

impl From<FileAppealRefusal> for Problem {
    fn from(refusal: FileAppealRefusal) -> Self {
        let pointed =
            |pointer: &str| Self::new(Code::RequestInvalid).with_error(pointer, format!("failed to {refusal}"));
        match &refusal {
            FileAppealRefusal::File(FileAppealError::BadText { .. }) => pointed("/text"),
            FileAppealRefusal::File(FileAppealError::BadLinks { .. }) => pointed("/links"),
            FileAppealRefusal::NothingToAppeal => told(Code::AppealNothingToAppeal, refusal),
            FileAppealRefusal::AlreadyAppealed => told(Code::AppealAlreadyAppealed, refusal),
        }
    }
}

impl From<DecideAppealError> for Problem {
    fn from(refusal: DecideAppealError) -> Self {
        let code = match refusal {
            DecideAppealError::WrongState { .. } => Code::AppealWrongState,
            DecideAppealError::SameReviewer => Code::AppealSameReviewer,
            DecideAppealError::NoReason => Code::AppealNoReason,
        };
        told(code, refusal)
    }
}
