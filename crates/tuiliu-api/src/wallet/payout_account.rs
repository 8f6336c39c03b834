//! Bank accounts on file, for what is withdrawn.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::wallet::AddPayoutAccount;
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::party::Action;
use tuiliu_domain::wallet::PayoutAccount;
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{PartyIdView, PayoutAccountIdView, TimeView};

/// A bank account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddPayoutAccountBody {
    /// In whose name it is.
    #[schema(example = "杭州某某商贸有限公司", max_length = 256)]
    holder: String,
    #[schema(example = "招商银行杭州分行", max_length = 256)]
    bank: String,
    /// 8 to 32 digits; spaces do not count.
    #[schema(example = "6222 0212 3456 7890")]
    number: String,
}

/// A bank account on file. It never changes: another number is another account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutAccount)]
pub(crate) struct PayoutAccountView {
    id: PayoutAccountIdView,
    holder: String,
    bank: String,
    /// The last digits; the whole number is never told.
    #[schema(example = "****7890")]
    number: String,
    created_at: TimeView,
}

/// The accounts of one party, oldest first; ten at most.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PayoutAccountList {
    data: Vec<PayoutAccountView>,
}

/// Puts a bank account on file.
#[utoipa::path(
    post, path = "/v1/wallets/{party}/payout_accounts", tag = "wallet",
    params(("party" = PartyIdView, Path), IdempotencyKeyHeader), request_body = AddPayoutAccountBody,
    responses((status = 201, body = PayoutAccountView))
)]
pub(super) async fn add_payout_account(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    keyed: Keyed<AddPayoutAccountBody>,
) -> Result<Response, Problem> {
    // Not under the key: with the password given again, the same request goes through.
    caller.0.proved(Action::WithdrawMoney, api.now())?;
    let key = keyed.once_key(&caller);
    let AddPayoutAccountBody { holder, bank, number } = keyed.content;
    let command = AddPayoutAccount { party: party.0.0, holder, bank, number };
    let add = move |shell: &Shell, tx: &mut Tx<'_>| shell.add_payout_account(tx, &caller.0, &command);
    Ok(answered(api.app().once(key, add, kept(StatusCode::CREATED, PayoutAccountView::from)).await?))
}

/// Lists the bank accounts that a party has on file.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/payout_accounts", tag = "wallet", params(("party" = PartyIdView, Path)),
    responses((status = 200, body = PayoutAccountList))
)]
pub(super) async fn list_payout_accounts(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
) -> Result<Json<PayoutAccountList>, Problem> {
    let found = api.app().payout_accounts(caller.0.actor.clone(), party.0.0).await?;
    Ok(Json(PayoutAccountList { data: found.into_iter().map(PayoutAccountView::from).collect() }))
}

/// Takes a bank account off file. What is under way to it still goes there.
#[utoipa::path(
    delete, path = "/v1/payout_accounts/{payout_account}", tag = "wallet",
    params(("payout_account" = PayoutAccountIdView, Path)), responses((status = 204))
)]
pub(super) async fn remove_payout_account(
    State(api): State<Api>,
    caller: Caller,
    payout_account: Path<PayoutAccountIdView>,
) -> Result<StatusCode, Problem> {
    api.app().remove_payout_account(caller.0, payout_account.0.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PayoutAccount> for PayoutAccountView {
    fn from(account: PayoutAccount) -> Self {
        let PayoutAccount { id, holder, bank, number, created_at, .. } = account;
        Self { id: id.into(), holder, bank, number: number.masked(), created_at: created_at.into() }
    }
}
