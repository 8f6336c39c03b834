//! Quotes and purchases.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::guarantee::PlaceGuarantees;
use tuiliu_domain::id::PartyId;
use tuiliu_domain::limits::GUARANTEE_CREATORS_MAX;
use tuiliu_domain::money::{Amount, Asset};
use utoipa::ToSchema;

use super::view::{OrderView, QuoteView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{AmountView, GuaranteeOrderIdView, PartyIdView};

/// Which creators to quote.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuoteQuery {
    /// Up to 20 ids of creators, with commas between them.
    creators: String,
}

/// What is on offer for each creator, in the order asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuaranteeQuotes {
    data: Vec<QuoteView>,
    /// All fees on offer together: what buying them takes, and what `fee_max` can say.
    fee: AmountView,
}

/// Which creators to cover.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceGuaranteesBody {
    /// Who pays; the caller, unless a machine or an agency buys.
    buyer_id: Option<PartyIdView>,
    #[schema(min_items = 1, max_items = 20)]
    creators: Vec<PartyIdView>,
    /// All fees together as the buyer saw them: when they have become more, nothing is bought.
    fee_max: AmountView,
}

/// Creators whom a guarantee can be asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuaranteeCreatorList {
    data: Vec<GuaranteeCreator>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// A creator whose price is known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuaranteeCreator {
    creator_id: PartyIdView,
    display_name: String,
}

/// Lists the creators whose price is known, in the order of their ids: what is on offer for each, a quote tells.
#[utoipa::path(
    get, path = "/v1/guarantee-creators", tag = "guarantees", params(PageQuery),
    responses((status = 200, body = GuaranteeCreatorList))
)]
pub(super) async fn list_guarantee_creators(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
) -> Result<Json<GuaranteeCreatorList>, Problem> {
    let found = api.app().priced_creators(caller.0.actor.clone(), page.after_id()?, page.limit_wanted()).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |(creator, _)| Cursor::of_id(*creator));
    let named =
        |(creator, display_name): (PartyId, String)| GuaranteeCreator { creator_id: creator.into(), display_name };
    Ok(Json(GuaranteeCreatorList { data: rows.into_iter().map(named).collect(), next_cursor, has_more }))
}

/// Quotes guarantees: for each creator whether one is on offer, the expected plays, the fee and what they rest on.
#[utoipa::path(
    get, path = "/v1/guarantee-quotes", tag = "guarantees", params(QuoteQuery),
    responses((status = 200, body = GuaranteeQuotes))
)]
pub(super) async fn quote_guarantees(
    State(api): State<Api>,
    caller: Caller,
    query: Query<QuoteQuery>,
) -> Result<Json<GuaranteeQuotes>, Problem> {
    let ids = query.0.creators.split(',').map(str::parse::<PartyId>);
    let creators = ids.collect::<Result<Vec<PartyId>, _>>();
    let creators = creators.map_err(|error| Problem::new(Code::RequestInvalidId).with_detail(error.to_string()))?;
    if creators.len() > GUARANTEE_CREATORS_MAX {
        let detail = format!("`creators` names at most {GUARANTEE_CREATORS_MAX}");
        return Err(Problem::new(Code::RequestInvalidQuery).with_detail(detail));
    }
    let quoted = api.app().quote_guarantees(caller.0.actor.clone(), creators).await?;
    let fees = quoted.iter().filter_map(|quoted| quoted.offer.as_ref().ok()).map(|offered| offered.fee.units());
    let fee = AmountView::new(Amount::new(fees.sum()), Asset::Cny);
    Ok(Json(GuaranteeQuotes { data: quoted.into_iter().map(QuoteView::from).collect(), fee }))
}

/// Buys guarantees on the next videos of several creators, all or none; the fees are held from the buyer's yuan.
#[utoipa::path(
    post, path = "/v1/guarantee-orders", tag = "guarantees", params(IdempotencyKeyHeader),
    request_body = PlaceGuaranteesBody, responses((status = 201, body = OrderView))
)]
pub(super) async fn place_guarantees(
    State(api): State<Api>,
    caller: Caller,
    keyed: Keyed<PlaceGuaranteesBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let PlaceGuaranteesBody { buyer_id, creators, fee_max } = keyed.content;
    let command = PlaceGuarantees {
        buyer: buyer_id.map_or(actor.party, |buyer| buyer.0),
        creators: creators.into_iter().map(|creator| creator.0).collect(),
        fee_max: fee_max.positive(Asset::Cny, "/fee_max")?,
    };
    let place =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.place_guarantees(tx, &actor, &command);
    Ok(answered(api.app().once(key, place, kept(StatusCode::CREATED, OrderView::from)).await?))
}

/// Reads a purchase with its guarantees.
#[utoipa::path(
    get, path = "/v1/guarantee-orders/{order}", tag = "guarantees", params(("order" = GuaranteeOrderIdView, Path)),
    responses((status = 200, body = OrderView))
)]
pub(super) async fn read_guarantee_order(
    State(api): State<Api>,
    caller: Caller,
    order: Path<GuaranteeOrderIdView>,
) -> Result<Json<OrderView>, Problem> {
    Ok(Json(api.app().guarantee_order(caller.0.actor.clone(), order.0.0).await?.into()))
}
