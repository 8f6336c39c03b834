//! Topping up.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::Answered;
use tuiliu_app::wallet::StartTopUp;
use tuiliu_domain::id::TenantId;
use tuiliu_domain::money::Asset;
use utoipa::ToSchema;

use super::view::TopUpView;
use super::words::SaleChannelView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, CurrencyView, PartyIdView, PaymentIdView};

/// What is asked of a top-up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartTopUpBody {
    /// What it costs, in fen.
    price: AmountView,
    channel: SaleChannelView,
    /// What it buys: beans unless it says `CNY`, money that stays money.
    into: Option<CurrencyView>,
}

/// A page of top-ups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TopUpList {
    data: Vec<TopUpView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// What beans cost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BeanRateList {
    data: Vec<BeanRateView>,
}

/// What beans cost in one channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BeanRate)]
pub(crate) struct BeanRateView {
    channel: SaleChannelView,
    /// Whole beans for one yuan.
    beans_per_yuan: i64,
}

/// Tells what beans cost in each channel.
#[utoipa::path(get, path = "/v1/bean_rates", tag = "wallet", responses((status = 200, body = BeanRateList)))]
pub(super) async fn read_bean_rates(State(api): State<Api>, caller: Caller) -> Result<Json<BeanRateList>, Problem> {
    let rates = api.app().bean_rates(caller.0.actor.clone()).await?;
    let rate = |(channel, beans_per_yuan)| BeanRateView { channel: SaleChannelView(channel), beans_per_yuan };
    Ok(Json(BeanRateList { data: rates.into_iter().map(rate).collect() }))
}

/// Begins a top-up; the payer opens or scans `pay_link`.
#[utoipa::path(
    post, path = "/v1/wallets/{party}/top_ups", tag = "wallet",
    params(("party" = PartyIdView, Path), IdempotencyKeyHeader), request_body = StartTopUpBody,
    responses((status = 201, body = TopUpView))
)]
pub(super) async fn start_top_up(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    keyed: Keyed<StartTopUpBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let StartTopUpBody { price, channel, into } = keyed.content;
    let price = price.positive(Asset::Cny, "/price")?;
    let asset = into.map_or(Asset::Bean, Asset::from);
    let (tenant, command) = (actor.tenant, StartTopUp { party: party.0.0, channel: channel.0, price, asset });
    let begin = move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.start_top_up(tx, &actor, &command);
    let begun = api.app().once(key, begin, kept(StatusCode::CREATED, TopUpView::from)).await?;
    Ok(answered(with_pay_link(&api, tenant, begun).await?))
}

/// Adds what the payer opens or scans. It comes from outside and is set once, so it is not kept with the answer but
/// the same each time; when the provider cannot be reached, sending the request again asks it again.
pub(crate) async fn with_pay_link(api: &Api, tenant: TenantId, begun: Answered) -> Result<Answered, Problem> {
    if begun.status != StatusCode::CREATED.as_u16() {
        return Ok(begun);
    }
    let mut view: TopUpView = crate::body::decode(&begun.body)?;
    view.pay_link = api.app().pay_link(tenant, view.id.0).await?;
    let body = serde_json::to_vec(&view).expect("a view is JSON");
    Ok(Answered { body, ..begun })
}

/// Lists the top-ups of a wallet, newest first.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/top_ups", tag = "wallet", params(("party" = PartyIdView, Path), PageQuery),
    responses((status = 200, body = TopUpList))
)]
pub(super) async fn list_top_ups(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    page: Page,
) -> Result<Json<TopUpList>, Problem> {
    let wanted = (page.after_id()?, page.rows_wanted());
    let found = api.app().top_ups(caller.0.actor.clone(), party.0.0, wanted).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |row| Cursor::of_id(row.payment.id));
    Ok(Json(TopUpList { data: rows.into_iter().map(TopUpView::from).collect(), next_cursor, has_more }))
}

/// Reads a top-up.
#[utoipa::path(
    get, path = "/v1/top_ups/{top_up}", tag = "wallet", params(("top_up" = PaymentIdView, Path)),
    responses((status = 200, body = TopUpView))
)]
pub(super) async fn read_top_up(
    State(api): State<Api>,
    caller: Caller,
    top_up: Path<PaymentIdView>,
) -> Result<Json<TopUpView>, Problem> {
    Ok(Json(api.app().top_up(caller.0.actor.clone(), top_up.0.0).await?.into()))
}
