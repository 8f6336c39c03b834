//! Guarantees one by one: listed, read, decided.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::guarantee::{DecideGuarantee, GuaranteeFilter};
use tuiliu_domain::guarantee::{Decision, GuaranteeService};
use utoipa::ToSchema;

use super::view::{DetailView, ServiceView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{GuaranteeServiceIdView, PartyIdView};

/// Which guarantees.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GuaranteeQuery {
    /// Only those that this party bought.
    buyer_id: Option<PartyIdView>,
    /// Only those on this creator's videos.
    creator_id: Option<PartyIdView>,
    /// Only frozen ones, which wait for an operator; for staff.
    #[serde(default)]
    frozen: bool,
}

/// A page of guarantees, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuaranteeList {
    data: Vec<ServiceView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// What becomes of a frozen guarantee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = GuaranteeDecisionName)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DecisionName {
    /// The clock has run on; it ends when it would have ended.
    Resume,
    /// It ends now, with the plays that came.
    Compensate,
    /// It ends now and the whole fee goes back.
    Void,
}

/// A decision with its reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecideGuaranteeBody {
    decision: DecisionName,
    #[schema(min_length = 1, max_length = 2048, example = "创作者误删，已重新发布")]
    reason: String,
}

/// Lists guarantees, newest first: staff see all, buyers what they bought, creators with `creator_id` those on their videos.
#[utoipa::path(
    get, path = "/v1/guarantee-services", tag = "guarantees", params(PageQuery, GuaranteeQuery),
    responses((status = 200, body = GuaranteeList))
)]
pub(super) async fn list_guarantees(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
    query: Query<GuaranteeQuery>,
) -> Result<Json<GuaranteeList>, Problem> {
    let GuaranteeQuery { buyer_id, creator_id, frozen } = query.0;
    let filter = GuaranteeFilter {
        party: buyer_id.or(creator_id).map(|party| party.0),
        as_creator: buyer_id.is_none() && creator_id.is_some(),
        only_frozen: frozen,
        before: page.after_id()?,
        limit: page.limit_wanted(),
    };
    let found = api.app().guarantees(caller.0.actor.clone(), filter).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |service| Cursor::of_id(service.id));
    Ok(Json(GuaranteeList { data: rows.iter().map(ServiceView::from).collect(), next_cursor, has_more }))
}

/// Reads a guarantee with its progress, what it rests on, and what was decided: for both sides and staff.
#[utoipa::path(
    get, path = "/v1/guarantee-services/{service}", tag = "guarantees",
    params(("service" = GuaranteeServiceIdView, Path)), responses((status = 200, body = DetailView))
)]
pub(super) async fn read_guarantee(
    State(api): State<Api>,
    caller: Caller,
    service: Path<GuaranteeServiceIdView>,
) -> Result<Json<DetailView>, Problem> {
    Ok(Json(api.app().guarantee(caller.0.actor.clone(), service.0.0).await?.into()))
}

/// Decides a frozen guarantee; the decision and its reason are kept.
#[utoipa::path(
    post, path = "/v1/guarantee-services/{service}/decision", tag = "guarantees",
    params(("service" = GuaranteeServiceIdView, Path), IdempotencyKeyHeader), request_body = DecideGuaranteeBody,
    responses((status = 200, body = ServiceView))
)]
pub(super) async fn decide_guarantee(
    State(api): State<Api>,
    caller: Caller,
    service: Path<GuaranteeServiceIdView>,
    keyed: Keyed<DecideGuaranteeBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let DecideGuaranteeBody { decision, reason } = keyed.content;
    let command = DecideGuarantee { service: service.0.0, decision: decision.into(), reason };
    let decide =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.decide_guarantee(tx, &actor, &command);
    let view = |service: GuaranteeService| ServiceView::from(&service);
    Ok(answered(api.app().once(key, decide, kept(StatusCode::OK, view)).await?))
}

impl From<DecisionName> for Decision {
    fn from(name: DecisionName) -> Self {
        match name {
            DecisionName::Resume => Self::Resume,
            DecisionName::Compensate => Self::Compensate,
            DecisionName::Void => Self::Void,
        }
    }
}
