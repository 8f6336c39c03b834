//! What is in a wallet, and what moved.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tuiliu_app::wallet::{Exported, StatementAccount, StatementFormat, StatementOf};
use tuiliu_domain::id::{CommandId, CommandKind};
use utoipa::ToSchema;

use super::view::{LotView, StatementLineView, WalletView};
use super::words::WalletAccountView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{AmountView, PartyIdView, TimeView};

/// A page of lots.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LotList {
    data: Vec<LotView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// A page of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementPage {
    data: Vec<StatementLineView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// When.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MomentQuery {
    /// The instant; what happens at it is included.
    at: TimeView,
}

/// What every account of a wallet had at one moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Balances)]
pub(crate) struct BalancesView {
    at: TimeView,
    accounts: Vec<BalanceView>,
}

/// What one account had.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Balance)]
pub(crate) struct BalanceView {
    account: WalletAccountView,
    posted: AmountView,
}

/// In which form.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    #[param(inline)]
    pub(super) format: StatementFormatView,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StatementFormat)]
pub(crate) enum StatementFormatView {
    /// UTF-8 with a byte order mark, so that spreadsheets read it.
    Csv,
    Xlsx,
}

/// Reads the caller's own wallet.
#[utoipa::path(get, path = "/v1/wallet", tag = "wallet", responses((status = 200, body = WalletView)))]
pub(super) async fn read_own_wallet(State(api): State<Api>, caller: Caller) -> Result<Json<WalletView>, Problem> {
    let actor = caller.0.actor.clone();
    let party = actor.party;
    Ok(Json(api.app().wallet(actor, party).await?.into()))
}

/// Reads a wallet.
#[utoipa::path(
    get, path = "/v1/wallets/{party}", tag = "wallet", params(("party" = PartyIdView, Path)),
    responses((status = 200, body = WalletView))
)]
pub(super) async fn read_wallet(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
) -> Result<Json<WalletView>, Problem> {
    Ok(Json(api.app().wallet(caller.0.actor.clone(), party.0.0).await?.into()))
}

/// Tells what a wallet had at any moment.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/balances", tag = "wallet", params(("party" = PartyIdView, Path), MomentQuery),
    responses((status = 200, body = BalancesView))
)]
pub(super) async fn read_balances(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    Query(MomentQuery { at }): Query<MomentQuery>,
) -> Result<Json<BalancesView>, Problem> {
    let found = api.app().balances_at(caller.0.actor.clone(), party.0.0, at.0).await?;
    let accounts = found.into_iter().filter_map(|(account, posted)| {
        let word = StatementAccount::of(account)?;
        Some(BalanceView { account: word.into(), posted: AmountView::new(posted, account.asset) })
    });
    Ok(Json(BalancesView { at, accounts: accounts.collect() }))
}

/// Lists the lots of one account of a wallet, oldest first: each top-up, gift and coupon with what is left of it.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/lots/{account}", tag = "wallet",
    params(("party" = PartyIdView, Path), ("account" = WalletAccountView, Path), PageQuery),
    responses((status = 200, body = LotList))
)]
pub(super) async fn list_wallet_lots(
    State(api): State<Api>,
    caller: Caller,
    Path((party, account)): Path<(PartyIdView, WalletAccountView)>,
    page: Page,
) -> Result<Json<LotList>, Problem> {
    let of = StatementOf { party: party.0, account: account.0 };
    let found = api.app().wallet_lots(caller.0.actor.clone(), of, (page.after_id()?, page.rows_wanted())).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |lot| Cursor::of_id(lot.id));
    Ok(Json(LotList { data: rows.into_iter().map(LotView::from).collect(), next_cursor, has_more }))
}

/// Lists what moved in one account of a wallet, oldest line first.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/statements/{account}", tag = "wallet",
    params(("party" = PartyIdView, Path), ("account" = WalletAccountView, Path), PageQuery),
    responses((status = 200, body = StatementPage))
)]
pub(super) async fn read_statement(
    State(api): State<Api>,
    caller: Caller,
    Path((party, account)): Path<(PartyIdView, WalletAccountView)>,
    page: Page,
) -> Result<Json<StatementPage>, Problem> {
    let of = StatementOf { party: party.0, account: account.0 };
    // Lines are numbered; the cursor carries the number where other lists have an id.
    let after = page.after_id::<CommandKind>()?.map_or(0, |id| u64::try_from(id.value()).unwrap_or(u64::MAX));
    let found = api.app().statement(caller.0.actor.clone(), of, (after, page.rows_wanted())).await?;
    let cut = page.cut(found, |line| Cursor::of_id(CommandId::new(line.number.into())));
    let Cut { rows, next_cursor, has_more } = cut;
    let data = rows.into_iter().map(|line| StatementLineView::of(line, of.account.asset())).collect();
    Ok(Json(StatementPage { data, next_cursor, has_more }))
}

/// Exports the whole statement of one account of a wallet as a file.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/statements/{account}/export", tag = "wallet",
    params(("party" = PartyIdView, Path), ("account" = WalletAccountView, Path), ExportQuery),
    responses((status = 200, content(
        (Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    )))
)]
pub(super) async fn export_statement(
    State(api): State<Api>,
    caller: Caller,
    Path((party, account)): Path<(PartyIdView, WalletAccountView)>,
    Query(ExportQuery { format }): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let of = StatementOf { party: party.0, account: account.0 };
    Ok(file(api.app().export_statement(caller.0.actor.clone(), of, format.into()).await?))
}

pub(super) fn file(exported: Exported) -> Response {
    let Exported { name, format, bytes } = exported;
    let kind = match format {
        StatementFormat::Csv => HeaderValue::from_static("text/csv; charset=utf-8"),
        StatementFormat::Xlsx => {
            HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
    };
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.expect("an id and a code are ASCII");
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

impl From<StatementFormatView> for StatementFormat {
    fn from(view: StatementFormatView) -> Self {
        match view {
            StatementFormatView::Csv => Self::Csv,
            StatementFormatView::Xlsx => Self::Xlsx,
        }
    }
}
