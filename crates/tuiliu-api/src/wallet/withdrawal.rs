//! Withdrawals: asked for on the desks, decided by staff, paid by the provider.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::wallet::{
    DecideWithdrawal, RequestWithdrawal, StatementFormat, WithdrawalList, WithdrawalStep, WithdrawalView as Seen,
};
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::money::Asset;
use tuiliu_domain::party::Action;
use tuiliu_domain::wallet::{Withdrawal, WithdrawalState};
use utoipa::ToSchema;

use super::payout_account::PayoutAccountView;
use super::statement::{ExportQuery, file};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::promotion::words::DeskView;
use crate::views::{AmountView, PartyIdView, PayoutAccountIdView, TimeView, WithdrawalIdView};

/// What is to be paid out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestWithdrawalBody {
    /// Money of the balance, in fen.
    amount: AmountView,
    /// Where it goes: an account on file.
    payout_account: PayoutAccountIdView,
    /// Where it is asked for: `express` or `pro`; the mobile flow does not pay out.
    desk: DeskView,
}

/// Why a withdrawal is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefuseWithdrawalBody {
    /// For the owner, and for whoever asks later.
    #[schema(example = "the account is in another name", max_length = 512)]
    reason: String,
}

/// Where a withdrawal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WithdrawalState)]
pub(crate) enum WithdrawalStateView {
    /// Waits for staff; the money is held.
    Requested,
    /// Staff said no; the money is back in the wallet.
    Refused,
    Approved,
    /// The provider is asked until it answers.
    Paying,
    Paid,
    /// The provider could not; the money is back in the wallet.
    Failed,
}

/// Money on its way out of a wallet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Withdrawal)]
pub(crate) struct WithdrawalView {
    id: WithdrawalIdView,
    party: PartyIdView,
    amount: AmountView,
    payout_account: PayoutAccountView,
    desk: DeskView,
    state: WithdrawalStateView,
    /// When it came to its state, where that is not its beginning.
    changed_at: Option<TimeView>,
    /// How many people have to approve: two above the policy's limit.
    approvals_needed: usize,
    /// Who approved so far; whoever did cannot do it again.
    approvals: Vec<ApprovalView>,
    /// Why it was refused or failed.
    reason: Option<String>,
    /// The provider's number of the money that went out.
    transaction: Option<String>,
    /// The last day of the promise, in China.
    #[schema(example = "2026-11-27")]
    promised_by: String,
    /// How sure that day is: `announced`, `provisional` or `unknown` holidays.
    calendar: &'static str,
    /// What happened to it, oldest first; only where one withdrawal is read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    timeline: Vec<WithdrawalStepView>,
    created_at: TimeView,
}

/// Somebody of staff said yes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WithdrawalApproval)]
pub(crate) struct ApprovalView {
    by: PartyIdView,
    at: TimeView,
}

/// One step of a withdrawal; never changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WithdrawalStep)]
pub(crate) struct WithdrawalStepView {
    /// `requested`, `approved_once`, `approved`, `refused`, `paying`, `paid`, `failed`, or `contradicted`: the provider
    /// says the contrary of what it said before, and somebody must look.
    #[schema(example = "approved")]
    what: String,
    /// Who did it; nothing when the platform or the provider did.
    by: Option<PartyIdView>,
    /// Why, or the provider's number.
    note: Option<String>,
    at: TimeView,
}

/// A page of withdrawals.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WithdrawalPage {
    data: Vec<WithdrawalView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which withdrawals.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WithdrawalQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<WithdrawalStateView>,
}

/// Asks for money of the balance to be paid out to an account on file. It is held from now on; staff decide.
#[utoipa::path(
    post, path = "/v1/wallets/{party}/withdrawals", tag = "wallet",
    params(("party" = PartyIdView, Path), IdempotencyKeyHeader), request_body = RequestWithdrawalBody,
    responses((status = 201, body = WithdrawalView))
)]
pub(super) async fn request_withdrawal(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    keyed: Keyed<RequestWithdrawalBody>,
) -> Result<Response, Problem> {
    // Not under the key: with the password given again, the same request goes through.
    caller.0.proved(Action::WithdrawMoney, api.now())?;
    let key = keyed.once_key(&caller);
    let RequestWithdrawalBody { amount, payout_account, desk } = keyed.content;
    let amount = amount.positive(Asset::Cny, "/amount")?;
    let command = RequestWithdrawal { party: party.0.0, account: payout_account.0, amount, desk: desk.into() };
    let ask = move |shell: &Shell, tx: &mut Tx<'_>| shell.request_withdrawal(tx, &caller.0, command);
    Ok(answered(api.app().once(key, ask, kept(StatusCode::CREATED, WithdrawalView::from)).await?))
}

/// Lists the withdrawals of a wallet, newest first.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/withdrawals", tag = "wallet",
    params(("party" = PartyIdView, Path), WithdrawalQuery, PageQuery), responses((status = 200, body = WithdrawalPage))
)]
pub(super) async fn list_own_withdrawals(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    query: Query<WithdrawalQuery>,
    page: Page,
) -> Result<Json<WithdrawalPage>, Problem> {
    listed(&api, &caller, (Some(party.0), query.0), page).await
}

/// Lists the withdrawals of everybody, newest first: with `state` `requested`, what waits for staff.
#[utoipa::path(
    get, path = "/v1/withdrawals", tag = "wallet", params(WithdrawalQuery, PageQuery),
    responses((status = 200, body = WithdrawalPage))
)]
pub(super) async fn list_withdrawals(
    State(api): State<Api>,
    caller: Caller,
    query: Query<WithdrawalQuery>,
    page: Page,
) -> Result<Json<WithdrawalPage>, Problem> {
    listed(&api, &caller, (None, query.0), page).await
}

async fn listed(
    api: &Api,
    caller: &Caller,
    (party, query): (Option<PartyIdView>, WithdrawalQuery),
    page: Page,
) -> Result<Json<WithdrawalPage>, Problem> {
    let state = query.state.map(WithdrawalStateView::name);
    let (party, before, rows_wanted) = (party.map(|party| party.0), page.after_id()?, page.rows_wanted());
    let list = WithdrawalList { party, state, before, rows_wanted };
    let found = api.app().withdrawals(caller.0.actor.clone(), list).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.withdrawal.id));
    Ok(Json(WithdrawalPage { data: rows.into_iter().map(WithdrawalView::from).collect(), next_cursor, has_more }))
}

/// Exports the withdrawals of everybody as a file, newest first.
#[utoipa::path(
    get, path = "/v1/withdrawals/export", tag = "wallet", params(WithdrawalQuery, ExportQuery),
    responses((status = 200, content(
        (Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    )))
)]
pub(super) async fn export_withdrawals(
    State(api): State<Api>,
    caller: Caller,
    query: Query<WithdrawalQuery>,
    Query(ExportQuery { format }): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let state = query.0.state.map(WithdrawalStateView::name);
    let format = StatementFormat::from(format);
    Ok(file(api.app().export_withdrawals(caller.0.actor.clone(), state, format).await?))
}

/// Reads a withdrawal with what happened to it.
#[utoipa::path(
    get, path = "/v1/withdrawals/{withdrawal}", tag = "wallet", params(("withdrawal" = WithdrawalIdView, Path)),
    responses((status = 200, body = WithdrawalView))
)]
pub(super) async fn read_withdrawal(
    State(api): State<Api>,
    caller: Caller,
    withdrawal: Path<WithdrawalIdView>,
) -> Result<Json<WithdrawalView>, Problem> {
    Ok(Json(api.app().withdrawal(caller.0.actor.clone(), withdrawal.0.0).await?.into()))
}

/// Approves a withdrawal. Above the policy's limit somebody else has to approve it too; then the provider is asked.
#[utoipa::path(
    post, path = "/v1/withdrawals/{withdrawal}/approve", tag = "wallet",
    params(("withdrawal" = WithdrawalIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 200, body = WithdrawalView))
)]
pub(super) async fn approve_withdrawal(
    State(api): State<Api>,
    caller: Caller,
    withdrawal: Path<WithdrawalIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    caller.0.proved(Action::DecideWithdrawal, api.now())?;
    let key = keyed.once_key(&caller);
    let command = DecideWithdrawal { withdrawal: withdrawal.0.0, refusal: None };
    let decide = move |shell: &Shell, tx: &mut Tx<'_>| shell.decide_withdrawal(tx, &caller.0, &command);
    Ok(answered(api.app().once(key, decide, kept(StatusCode::OK, WithdrawalView::from)).await?))
}

/// Refuses a withdrawal, and says why; the money is back in the wallet at once, where it came from.
#[utoipa::path(
    post, path = "/v1/withdrawals/{withdrawal}/refuse", tag = "wallet",
    params(("withdrawal" = WithdrawalIdView, Path), IdempotencyKeyHeader), request_body = RefuseWithdrawalBody,
    responses((status = 200, body = WithdrawalView))
)]
pub(super) async fn refuse_withdrawal(
    State(api): State<Api>,
    caller: Caller,
    withdrawal: Path<WithdrawalIdView>,
    keyed: Keyed<RefuseWithdrawalBody>,
) -> Result<Response, Problem> {
    caller.0.proved(Action::DecideWithdrawal, api.now())?;
    let key = keyed.once_key(&caller);
    let RefuseWithdrawalBody { reason } = keyed.content;
    let command = DecideWithdrawal { withdrawal: withdrawal.0.0, refusal: Some(reason) };
    let decide = move |shell: &Shell, tx: &mut Tx<'_>| shell.decide_withdrawal(tx, &caller.0, &command);
    Ok(answered(api.app().once(key, decide, kept(StatusCode::OK, WithdrawalView::from)).await?))
}

impl WithdrawalStateView {
    const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Refused => "refused",
            Self::Approved => "approved",
            Self::Paying => "paying",
            Self::Paid => "paid",
            Self::Failed => "failed",
        }
    }
}

impl From<Seen> for WithdrawalView {
    fn from(seen: Seen) -> Self {
        let Seen { withdrawal, account, steps } = seen;
        let changed_at = withdrawal.state.changed_at();
        let Withdrawal { id, party, amount, desk, approvals_needed, approvals, state, promised, created_at, .. } =
            withdrawal;
        let (state, reason, transaction) = match state {
            WithdrawalState::Requested => (WithdrawalStateView::Requested, None, None),
            WithdrawalState::Refused { reason, .. } => (WithdrawalStateView::Refused, Some(reason), None),
            WithdrawalState::Approved { .. } => (WithdrawalStateView::Approved, None, None),
            WithdrawalState::Paying { .. } => (WithdrawalStateView::Paying, None, None),
            WithdrawalState::Paid { transaction, .. } => (WithdrawalStateView::Paid, None, Some(transaction)),
            WithdrawalState::Failed { reason, .. } => (WithdrawalStateView::Failed, Some(reason), None),
        };
        let approval =
            |approval: tuiliu_domain::wallet::Approval| ApprovalView { by: approval.by.into(), at: approval.at.into() };
        Self {
            id: id.into(),
            party: party.into(),
            amount: AmountView::new(amount, Asset::Cny),
            payout_account: account.into(),
            desk: desk.into(),
            state,
            changed_at: changed_at.map(TimeView),
            approvals_needed,
            approvals: approvals.into_iter().map(approval).collect(),
            reason,
            transaction,
            promised_by: promised.day.to_string(),
            calendar: promised.certainty.code(),
            timeline: steps.into_iter().map(WithdrawalStepView::from).collect(),
            created_at: created_at.into(),
        }
    }
}

impl From<WithdrawalStep> for WithdrawalStepView {
    fn from(step: WithdrawalStep) -> Self {
        let WithdrawalStep { what, by, note, at } = step;
        Self { what, by: by.map(PartyIdView::from), note, at: at.into() }
    }
}
