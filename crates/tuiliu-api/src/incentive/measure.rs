//! Measures against abuse, and what accounts owe.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::incentive::{DebtEntry, MeasureView as Measure, TakeMeasure};
use utoipa::ToSchema;

use super::reward::PartyQuery;
use super::words::{AbuseReasonView, DebtKindView, MeasureKindView, MeasureStateView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{IncentiveMeasureIdView, IncentiveRewardIdView, PartyIdView, TimeView};

/// A measure to be taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeMeasureBody {
    party_id: PartyIdView,
    kind: MeasureKindView,
    reason: AbuseReasonView,
    /// What shows it; the account reads it too.
    #[schema(max_length = 4096)]
    evidence: String,
    /// Until when a `limit` holds.
    until: Option<TimeView>,
    /// Rewards to be taken back; left out, all that were issued. What is unused is recalled, what is used is owed.
    #[schema(max_items = 1000)]
    rewards: Option<Vec<IncentiveRewardIdView>>,
}

/// A measure against one account. It can be appealed: `POST /v1/appeals`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveMeasure)]
pub(crate) struct MeasureView {
    id: IncentiveMeasureIdView,
    party_id: PartyIdView,
    kind: MeasureKindView,
    reason: AbuseReasonView,
    evidence: String,
    operator_id: PartyIdView,
    state: MeasureStateView,
    at: TimeView,
    until: Option<TimeView>,
    lifted_at: Option<TimeView>,
    /// Points of unused rewards that were taken back.
    recalled_points: i64,
    /// Points of used rewards that were booked as a debt.
    owed_points: i64,
}

/// A page of measures, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveMeasureList {
    data: Vec<MeasureView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// What an account owes of rewards that it used; later rewards pay it first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveDebt {
    owed_points: i64,
    /// A page of how it came about, oldest first.
    data: Vec<DebtEntryView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// A line in the debt of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveDebtEntry)]
pub(crate) struct DebtEntryView {
    number: i64,
    kind: DebtKindView,
    /// Added to what is owed, or taken off it when negative.
    points: i64,
    measure_id: Option<IncentiveMeasureIdView>,
    reward_id: Option<IncentiveRewardIdView>,
    at: TimeView,
}

/// Takes a measure: rewards come back, and the account earns nothing while it holds.
#[utoipa::path(
    post, path = "/v1/incentive-measures", tag = "incentives", params(IdempotencyKeyHeader),
    request_body = TakeMeasureBody, responses((status = 201, body = MeasureView))
)]
pub(super) async fn take_incentive_measure(
    State(api): State<Api>,
    caller: Caller,
    keyed: Keyed<TakeMeasureBody>,
) -> Result<Response, Problem> {
    let key = keyed.once_key(&caller);
    let TakeMeasureBody { party_id, kind, reason, evidence, until, rewards } = keyed.content;
    let command = TakeMeasure {
        party: party_id.0,
        kind: kind.0,
        reason: reason.0,
        evidence,
        until: until.map(|until| until.0),
        rewards: rewards.map(|rewards| rewards.into_iter().map(|reward| reward.0).collect()),
    };
    let take =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.take_measure(tx, &caller.0, &command);
    Ok(answered(api.app().once(key, take, kept(StatusCode::CREATED, MeasureView::from)).await?))
}

/// Lists measures, newest first.
#[utoipa::path(
    get, path = "/v1/incentive-measures", tag = "incentives", params(PartyQuery, PageQuery),
    responses((status = 200, body = IncentiveMeasureList))
)]
pub(super) async fn list_incentive_measures(
    State(api): State<Api>,
    caller: Caller,
    Query(PartyQuery { party }): Query<PartyQuery>,
    page: Page,
) -> Result<Json<IncentiveMeasureList>, Problem> {
    let (party, actor) = (party.map(|party| party.0), caller.0.actor.clone());
    let found = api.app().incentive_measures(actor, party, (page.after_id()?, page.limit_wanted())).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.measure.id));
    Ok(Json(IncentiveMeasureList { data: rows.into_iter().map(MeasureView::from).collect(), next_cursor, has_more }))
}

/// Reads a measure.
#[utoipa::path(
    get, path = "/v1/incentive-measures/{measure}", tag = "incentives",
    params(("measure" = IncentiveMeasureIdView, Path)), responses((status = 200, body = MeasureView))
)]
pub(super) async fn read_incentive_measure(
    State(api): State<Api>,
    caller: Caller,
    measure: Path<IncentiveMeasureIdView>,
) -> Result<Json<MeasureView>, Problem> {
    Ok(Json(api.app().incentive_measure(caller.0.actor.clone(), measure.0.0).await?.into()))
}

/// Reads what an account owes.
#[utoipa::path(
    get, path = "/v1/incentive-debts/{party}", tag = "incentives", params(("party" = PartyIdView, Path), PageQuery),
    responses((status = 200, body = IncentiveDebt))
)]
pub(super) async fn read_incentive_debt(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    page: Page,
) -> Result<Json<IncentiveDebt>, Problem> {
    let (after, actor) = (page.after_number()?.unwrap_or(0), caller.0.actor.clone());
    let debt = api.app().incentive_debt(actor, party.0.0, (after, page.limit_wanted())).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(debt.entries, |entry| Cursor::of_number(entry.number));
    let data = rows.into_iter().map(DebtEntryView::from).collect();
    Ok(Json(IncentiveDebt { owed_points: debt.owed_points, data, next_cursor, has_more }))
}

impl From<Measure> for MeasureView {
    fn from(seen: Measure) -> Self {
        let Measure { measure, state } = seen;
        Self {
            id: measure.id.into(),
            party_id: measure.party.into(),
            kind: measure.kind.into(),
            reason: measure.reason.into(),
            evidence: measure.evidence,
            operator_id: measure.operator.into(),
            state: state.into(),
            at: measure.at.into(),
            until: measure.until.map(TimeView),
            lifted_at: measure.lifted_at.map(TimeView),
            recalled_points: measure.recalled_points,
            owed_points: measure.owed_points,
        }
    }
}

impl From<DebtEntry> for DebtEntryView {
    fn from(entry: DebtEntry) -> Self {
        let DebtEntry { tenant: _, party: _, number, kind, points, measure, reward, at } = entry;
        Self {
            number,
            kind: kind.into(),
            points,
            measure_id: measure.map(IncentiveMeasureIdView::from),
            reward_id: reward.map(IncentiveRewardIdView::from),
            at: at.into(),
        }
    }
}
