//! What staff do to wallets: give beans, freeze.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::wallet::{GiftRow, GiveBeans, SetFrozen};
use tuiliu_domain::money::Asset;
use utoipa::ToSchema;

use super::view::WalletView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, LotIdView, PartyIdView, TimeView};

/// What is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GiveBeansBody {
    beans: AmountView,
    /// When they lapse; left out, never.
    valid_to: Option<TimeView>,
    /// Why, for whoever asks later.
    #[schema(example = "service recovery", max_length = 512)]
    note: String,
}

/// A gift of beans.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gift)]
pub(crate) struct GiftView {
    lot: LotIdView,
    party: PartyIdView,
    beans: AmountView,
    valid_to: Option<TimeView>,
    giver: PartyIdView,
    note: String,
    created_at: TimeView,
}

/// Whether a wallet is to be frozen.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetFrozenBody {
    frozen: bool,
}

/// Gives beans at the platform's expense; they are never refunded in money.
#[utoipa::path(
    post, path = "/v1/wallets/{party}/gifts", tag = "wallet",
    params(("party" = PartyIdView, Path), IdempotencyKeyHeader), request_body = GiveBeansBody,
    responses((status = 201, body = GiftView))
)]
pub(super) async fn give_beans(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    keyed: Keyed<GiveBeansBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let GiveBeansBody { beans, valid_to, note } = keyed.content;
    let beans = beans.positive(Asset::Bean, "/beans")?;
    let command = GiveBeans { party: party.0.0, beans, valid_to: valid_to.map(|time| time.0), note };
    let give = move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.give_beans(tx, &actor, &command);
    Ok(answered(api.app().once(key, give, kept(StatusCode::CREATED, GiftView::from)).await?))
}

/// Freezes a wallet, which then receives but does not pay, or unfreezes it. Asked again, it stays so.
#[utoipa::path(
    put, path = "/v1/wallets/{party}/frozen", tag = "wallet", params(("party" = PartyIdView, Path)),
    request_body = SetFrozenBody, responses((status = 200, body = WalletView))
)]
pub(super) async fn set_wallet_frozen(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    Json(body): Json<SetFrozenBody>,
) -> Result<Json<WalletView>, Problem> {
    let command = SetFrozen { party: party.0.0, frozen: body.frozen };
    Ok(Json(api.app().set_wallet_frozen(caller.0, command).await?.into()))
}

impl From<GiftRow> for GiftView {
    fn from(row: GiftRow) -> Self {
        let GiftRow { gift, giver, note, created_at } = row;
        Self {
            lot: gift.lot.into(),
            party: gift.party.into(),
            beans: AmountView::new(gift.beans, Asset::Bean),
            valid_to: gift.valid_to.map(TimeView),
            giver: giver.into(),
            note,
            created_at: created_at.into(),
        }
    }
}
