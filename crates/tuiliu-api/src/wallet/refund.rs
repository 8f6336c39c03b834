//! Top-ups back into the money that they cost.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::wallet::{RefundRow, RefundTopUps, RefundUnspent};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::Action;
use tuiliu_domain::wallet::Refund;
use utoipa::ToSchema;

use super::view::RefundView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, PartyIdView, PaymentIdView};

/// What is to go back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundTopUpsBody {
    /// Beans or money, as it lies in the wallet.
    amount: AmountView,
    /// Only this top-up; otherwise whichever came last goes back first.
    top_up: Option<PaymentIdView>,
}

/// What is to go back of a banned or frozen account, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundUnspentBody {
    /// Beans or money, as it lies in the wallet.
    amount: AmountView,
    /// For the owner, and for whoever asks later.
    #[schema(example = "account closed on request", max_length = 512)]
    reason: String,
}

/// The refunds that came of one request: one for each payment that gives money back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestedRefunds {
    data: Vec<RefundView>,
}

/// A page of refunds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefundList {
    data: Vec<RefundView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Gives top-ups back to where they were paid from, the last one first.
#[utoipa::path(
    post, path = "/v1/wallets/{party}/refunds", tag = "wallet",
    params(("party" = PartyIdView, Path), IdempotencyKeyHeader), request_body = RefundTopUpsBody,
    responses((status = 201, body = RequestedRefunds))
)]
pub(super) async fn refund_top_ups(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    keyed: Keyed<RefundTopUpsBody>,
) -> Result<Response, Problem> {
    // Not under the key: with the password given again, the same request goes through.
    caller.0.proved(Action::RefundTopUp, api.now())?;
    let key = keyed.once_key(&caller);
    let RefundTopUpsBody { amount, top_up } = keyed.content;
    let (asset, amount) = refunded(amount)?;
    let command = RefundTopUps { party: party.0.0, asset, amount, payment: top_up.map(|top_up| top_up.0) };
    let take_out =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.refund_top_ups(tx, &caller.0, &command);
    let view = |refunds: Vec<Refund>| RequestedRefunds { data: refunds.into_iter().map(RefundView::from).collect() };
    Ok(answered(api.app().once(key, take_out, kept(StatusCode::CREATED, view)).await?))
}

/// Gives unspent money of a banned or frozen account back to where it was paid from, the last top-up first. For staff,
/// who say why; what still runs is stopped first.
#[utoipa::path(
    post, path = "/v1/wallets/{party}/unspent_refunds", tag = "wallet",
    params(("party" = PartyIdView, Path), IdempotencyKeyHeader), request_body = RefundUnspentBody,
    responses((status = 201, body = RequestedRefunds))
)]
pub(super) async fn refund_unspent(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    keyed: Keyed<RefundUnspentBody>,
) -> Result<Response, Problem> {
    // Not under the key: with the password given again, the same request goes through.
    caller.0.proved(Action::RefundUnspent, api.now())?;
    let key = keyed.once_key(&caller);
    let RefundUnspentBody { amount, reason } = keyed.content;
    let (asset, amount) = refunded(amount)?;
    let refund = RefundTopUps { party: party.0.0, asset, amount, payment: None };
    let command = RefundUnspent { refund, reason };
    let take_out =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.refund_unspent(tx, &caller.0, &command);
    let view = |refunds: Vec<RefundRow>| RequestedRefunds { data: refunds.into_iter().map(RefundView::from).collect() };
    Ok(answered(api.app().once(key, take_out, kept(StatusCode::CREATED, view)).await?))
}

fn refunded(amount: AmountView) -> Result<(Asset, Amount), Problem> {
    let asset = match Asset::from(amount.currency) {
        Asset::Cny => Asset::Cny,
        Asset::Bean | Asset::Point => Asset::Bean,
    };
    Ok((asset, amount.positive(asset, "/amount")?))
}

/// Lists the refunds of a wallet, newest first.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/refunds", tag = "wallet", params(("party" = PartyIdView, Path), PageQuery),
    responses((status = 200, body = RefundList))
)]
pub(super) async fn list_refunds(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    page: Page,
) -> Result<Json<RefundList>, Problem> {
    let wanted = (page.after_id()?, page.rows_wanted());
    let found = api.app().refunds(caller.0.actor.clone(), party.0.0, wanted).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |row| Cursor::of_id(row.refund.id));
    Ok(Json(RefundList { data: rows.into_iter().map(RefundView::from).collect(), next_cursor, has_more }))
}
