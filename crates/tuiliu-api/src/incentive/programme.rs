//! Programmes: written, tried on the past, published, changed, cancelled.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tuiliu_app::incentive::{DryRun, DryRunRange, DryRunSum, EditionView as Edition, ProgrammeView as Programme};
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::incentive::Trial;
use utoipa::ToSchema;

use super::words::{ProgrammeKindView, ProgrammeStateView, RewardStateView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::edit::{IfMatch, IfMatchHeader, etag};
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{IncentiveProgrammeIdView, PartyIdView, TimeView};

/// Lines of a dry run that are shown; the file has all of them.
const TRIALS_SHOWN: usize = 100;

type Tagged = ([(HeaderName, HeaderValue); 1], Json<ProgrammeView>);

/// The text of a programme: who takes part, what is achieved, what it brings. A preset shows every field.
#[derive(Debug, ToSchema)]
#[schema(as = IncentiveTerms, value_type = Object)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct TermsView(Value);

/// A programme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveProgramme)]
pub(crate) struct ProgrammeView {
    id: IncentiveProgrammeIdView,
    state: ProgrammeStateView,
    kind: ProgrammeKindView,
    /// The text that may be edited; shown to operators only.
    #[schema(value_type = Option<Object>)]
    draft: Value,
    /// The text that holds now.
    published: Option<EditionView>,
    /// Coupons of this month's quota that are taken.
    coupons_taken: u32,
    created_at: TimeView,
    cancelled_at: Option<TimeView>,
    version: u64,
}

/// A text that was published, and since when it holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveEdition)]
pub(crate) struct EditionView {
    /// 1, 2, 3 … of each programme.
    number: u32,
    #[schema(value_type = Object)]
    terms: Value,
    published_at: TimeView,
}

/// A page of programmes, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveProgrammeList {
    data: Vec<ProgrammeView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Everything published of a programme, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveEditionList {
    data: Vec<EditionView>,
}

/// Which past a draft is tried on.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DryRunQuery {
    from: TimeView,
    /// Broadcasts that ended at this instant or later are left out.
    to: TimeView,
}

/// What a draft would have brought, had it held and everybody eligible applied and been approved at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveDryRun)]
pub(crate) struct DryRunView {
    /// Broadcasts that were looked at.
    broadcasts: usize,
    /// Accounts that would have won.
    winners: usize,
    /// What it would have cost.
    issued: DryRunSumView,
    over_quota: DryRunSumView,
    withheld: DryRunSumView,
    /// The first 100 rewards in the order of time; the file has all.
    data: Vec<TrialView>,
}

/// So many rewards.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveDryRunSum)]
pub(crate) struct DryRunSumView {
    rewards: u64,
    coupons: u64,
    points: i64,
}

/// What one task would have brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveTrial)]
pub(crate) struct TrialView {
    party: PartyIdView,
    task: String,
    at: TimeView,
    coupons: u32,
    /// On each coupon.
    points: i64,
    outcome: RewardStateView,
}

/// Reads the default text of a kind of programme, to start from.
#[utoipa::path(
    get, path = "/v1/incentive-presets/{kind}", tag = "incentives", params(("kind" = ProgrammeKindView, Path)),
    responses((status = 200, body = TermsView))
)]
pub(super) async fn read_programme_preset(
    State(api): State<Api>,
    caller: Caller,
    kind: Path<ProgrammeKindView>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(api.app().programme_preset(&caller.0.actor, kind.0.0)?))
}

/// Writes a new programme; nobody takes part before it is published.
#[utoipa::path(
    post, path = "/v1/incentive-programmes", tag = "incentives", params(IdempotencyKeyHeader),
    request_body = TermsView, responses((status = 201, body = ProgrammeView))
)]
pub(super) async fn create_programme(
    State(api): State<Api>,
    caller: Caller,
    keyed: Keyed<Value>,
) -> Result<Response, Problem> {
    let (once, terms) = (keyed.once_key(&caller), keyed.content);
    let create = api.app().once(
        once,
        move |shell, tx| shell.create_programme(tx, &caller.0.actor, terms.clone()),
        shown(StatusCode::CREATED),
    );
    Ok(answered(create.await?))
}

/// Lists programmes, newest first; drafts are shown to operators only.
#[utoipa::path(
    get, path = "/v1/incentive-programmes", tag = "incentives", params(PageQuery),
    responses((status = 200, body = IncentiveProgrammeList))
)]
pub(super) async fn list_programmes(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
) -> Result<Json<IncentiveProgrammeList>, Problem> {
    let actor = caller.0.actor.clone();
    let found = api.app().programmes(actor, (page.after_id()?, page.limit_wanted())).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.id));
    let shows = shows_drafts(&caller);
    let data = rows.into_iter().map(|seen| ProgrammeView::of(seen, shows)).collect();
    Ok(Json(IncentiveProgrammeList { data, next_cursor, has_more }))
}

/// Reads a programme.
#[utoipa::path(
    get, path = "/v1/incentive-programmes/{programme}", tag = "incentives",
    params(("programme" = IncentiveProgrammeIdView, Path)), responses((status = 200, body = ProgrammeView))
)]
pub(super) async fn read_programme(
    State(api): State<Api>,
    caller: Caller,
    programme: Path<IncentiveProgrammeIdView>,
) -> Result<Tagged, Problem> {
    let shows = shows_drafts(&caller);
    Ok(tagged(api.app().programme(caller.0.actor.clone(), programme.0.0).await?, shows))
}

/// Changes the draft of a programme; what is published still holds.
#[utoipa::path(
    put, path = "/v1/incentive-programmes/{programme}", tag = "incentives",
    params(("programme" = IncentiveProgrammeIdView, Path), IfMatchHeader), request_body = TermsView,
    responses((status = 200, body = ProgrammeView))
)]
pub(super) async fn edit_programme(
    State(api): State<Api>,
    caller: Caller,
    programme: Path<IncentiveProgrammeIdView>,
    IfMatch(version): IfMatch,
    Json(terms): Json<Value>,
) -> Result<Tagged, Problem> {
    Ok(tagged(api.app().edit_programme(caller.0.actor.clone(), (programme.0.0, version), terms).await?, true))
}

/// Publishes the draft: it holds from now on, and takes nothing back that was earned under the text before.
#[utoipa::path(
    post, path = "/v1/incentive-programmes/{programme}/publish", tag = "incentives",
    params(("programme" = IncentiveProgrammeIdView, Path), IdempotencyKeyHeader),
    request_body(content = Option<Nothing>), responses((status = 200, body = ProgrammeView))
)]
pub(super) async fn publish_programme(
    State(api): State<Api>,
    caller: Caller,
    programme: Path<IncentiveProgrammeIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (once, id) = (keyed.once_key(&caller), programme.0.0);
    let publish = move |shell: &Shell, tx: &mut Tx<'_>| shell.publish_programme(tx, &caller.0.actor, id);
    Ok(answered(api.app().once(once, publish, shown(StatusCode::OK)).await?))
}

/// Cancels a programme: nothing more is earned, what was earned stays.
#[utoipa::path(
    post, path = "/v1/incentive-programmes/{programme}/cancel", tag = "incentives",
    params(("programme" = IncentiveProgrammeIdView, Path), IdempotencyKeyHeader),
    request_body(content = Option<Nothing>), responses((status = 200, body = ProgrammeView))
)]
pub(super) async fn cancel_programme(
    State(api): State<Api>,
    caller: Caller,
    programme: Path<IncentiveProgrammeIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (once, id) = (keyed.once_key(&caller), programme.0.0);
    let cancel = move |shell: &Shell, tx: &mut Tx<'_>| shell.cancel_programme(tx, &caller.0.actor, id);
    Ok(answered(api.app().once(once, cancel, shown(StatusCode::OK)).await?))
}

/// Lists everything that was published of a programme, oldest first.
#[utoipa::path(
    get, path = "/v1/incentive-programmes/{programme}/editions", tag = "incentives",
    params(("programme" = IncentiveProgrammeIdView, Path)), responses((status = 200, body = IncentiveEditionList))
)]
pub(super) async fn list_programme_editions(
    State(api): State<Api>,
    caller: Caller,
    programme: Path<IncentiveProgrammeIdView>,
) -> Result<Json<IncentiveEditionList>, Problem> {
    let found = api.app().programme_editions(caller.0.actor.clone(), programme.0.0).await?;
    Ok(Json(IncentiveEditionList { data: found.into_iter().map(EditionView::from).collect() }))
}

/// Tries the draft on the past: who would have won, and what it would have cost.
#[utoipa::path(
    get, path = "/v1/incentive-programmes/{programme}/dry-run", tag = "incentives",
    params(("programme" = IncentiveProgrammeIdView, Path), DryRunQuery), responses((status = 200, body = DryRunView))
)]
pub(super) async fn dry_run_programme(
    State(api): State<Api>,
    caller: Caller,
    programme: Path<IncentiveProgrammeIdView>,
    Query(query): Query<DryRunQuery>,
) -> Result<Json<DryRunView>, Problem> {
    Ok(Json(api.app().dry_run(caller.0.actor.clone(), query.range(programme.0)).await?.into()))
}

/// The same as a file (CSV), one line for each reward.
#[utoipa::path(
    get, path = "/v1/incentive-programmes/{programme}/dry-run/export", tag = "incentives",
    params(("programme" = IncentiveProgrammeIdView, Path), DryRunQuery),
    responses((status = 200, body = Vec<u8>, content_type = "text/csv"))
)]
pub(super) async fn export_dry_run(
    State(api): State<Api>,
    caller: Caller,
    programme: Path<IncentiveProgrammeIdView>,
    Query(query): Query<DryRunQuery>,
) -> Result<Response, Problem> {
    Ok(csv_file(api.app().export_dry_run(caller.0.actor.clone(), query.range(programme.0)).await?, "dry-run.csv"))
}

/// A file of values separated by commas.
pub(super) fn csv_file(bytes: Vec<u8>, name: &'static str) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).expect("names are ASCII");
    let headers =
        [(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")), (CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}

/// What is kept and sent of a command of an operator's that answers a programme.
fn shown<R>(status: StatusCode) -> impl FnMut(Result<Programme, R>) -> (u16, Vec<u8>)
where
    Problem: From<R>,
{
    kept(status, |seen| ProgrammeView::of(seen, true))
}

fn shows_drafts(caller: &Caller) -> bool {
    caller.0.actor.reach(tuiliu_domain::party::Action::ManageProgramme).is_some()
}

fn tagged(seen: Programme, shows_drafts: bool) -> Tagged {
    ([(ETAG, etag(seen.version))], Json(ProgrammeView::of(seen, shows_drafts)))
}

impl DryRunQuery {
    fn range(self, programme: IncentiveProgrammeIdView) -> DryRunRange {
        DryRunRange { programme: programme.0, from: self.from.0, to: self.to.0 }
    }
}

impl ProgrammeView {
    fn of(seen: Programme, shows_drafts: bool) -> Self {
        let published = seen.published.map(EditionView::from);
        Self {
            id: seen.id.into(),
            state: seen.state.into(),
            kind: seen.kind.into(),
            draft: if shows_drafts { seen.draft } else { Value::Null },
            published,
            coupons_taken: seen.coupons_taken,
            created_at: seen.created_at.into(),
            cancelled_at: seen.cancelled_at.map(TimeView),
            version: seen.version,
        }
    }
}

impl From<Edition> for EditionView {
    fn from(edition: Edition) -> Self {
        let Edition { number, terms, published_at } = edition;
        Self { number, terms, published_at: published_at.into() }
    }
}

impl From<DryRun> for DryRunView {
    fn from(run: DryRun) -> Self {
        let sum = |sum: DryRunSum| DryRunSumView { rewards: sum.rewards, coupons: sum.coupons, points: sum.points };
        Self {
            broadcasts: run.broadcasts,
            winners: run.winners,
            issued: sum(run.issued),
            over_quota: sum(run.over_quota),
            withheld: sum(run.withheld),
            data: run.trials.into_iter().take(TRIALS_SHOWN).map(TrialView::from).collect(),
        }
    }
}

impl From<Trial> for TrialView {
    fn from(trial: Trial) -> Self {
        let Trial { party, task, at, award, outcome } = trial;
        Self {
            party: party.into(),
            task,
            at: at.into(),
            coupons: award.coupons,
            points: award.points,
            outcome: outcome.into(),
        }
    }
}
