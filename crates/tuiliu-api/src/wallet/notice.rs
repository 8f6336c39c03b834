//! What payment providers tell, money that nobody asked for, and the sandbox.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderName;
use serde::{Deserialize, Serialize};
use tuiliu_app::outside::SignedNotice;
use tuiliu_app::wallet::{Play, PlayPayout, SandboxNotice, SandboxPayoutNotice, SuspendedMoney};
use tuiliu_domain::wallet::Receipt;
use utoipa::ToSchema;

use super::words::SuspenseReasonView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::{self, Json};
use crate::code::Code;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{PaymentIdView, TimeView, WithdrawalIdView};

const TIMESTAMP: HeaderName = HeaderName::from_static("payment-timestamp");
const NONCE: HeaderName = HeaderName::from_static("payment-nonce");
const SIGNATURE: HeaderName = HeaderName::from_static("payment-signature");
/// Times that one play sends its notification.
const NOTICES_MAX: u32 = 3;

/// What signs a notification.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct NoticeHeaders {
    /// Seconds since the epoch, at most 300 from now.
    #[serde(rename = "Payment-Timestamp")]
    timestamp: String,
    #[serde(rename = "Payment-Nonce")]
    nonce: String,
    /// Over timestamp, nonce and body.
    #[serde(rename = "Payment-Signature")]
    signature: String,
}

/// What came of a notification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct ReceiptView {
    outcome: ReceiptOutcomeView,
}

/// What came of a notification.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReceiptOutcome)]
pub(crate) enum ReceiptOutcomeView {
    Credited,
    AlreadyKnown,
    Failed,
    Suspended,
    /// A withdrawal was paid.
    PaidOut,
    /// It says the contrary of what it said before; somebody looks at it.
    Contradicts,
}

/// Money that came and was not asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SuspendedMoney)]
pub(crate) struct SuspendedMoneyView {
    top_up: PaymentIdView,
    provider: String,
    /// The provider's number of the money.
    transaction: String,
    /// In the smallest unit of the currency, as the provider said.
    amount: i64,
    #[schema(example = "CNY")]
    currency: String,
    reason: SuspenseReasonView,
    at: TimeView,
}

/// A page of money that somebody must look at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuspendedMoneyList {
    data: Vec<SuspendedMoneyView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// What the payer does in the sandbox.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SandboxPlayBody {
    play: PlayView,
    /// To pay another amount than was asked for.
    amount: Option<i64>,
    /// To pay in another currency than was asked for.
    #[schema(example = "USD", max_length = 8)]
    currency: Option<String>,
    /// How often the notification is sent now: 0 is lost, 2 a duplicate.
    #[schema(minimum = 0, maximum = 3, default = 1)]
    notices: Option<u32>,
}

/// What the payer does in the sandbox.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SandboxPlay)]
pub(crate) enum PlayView {
    /// Pays; again is a second payment.
    Pay,
    Fail,
    /// Nothing: the provider only tells again what it knows, late for example.
    Tell,
    /// The provider will refuse to give the money back.
    KeepMoney,
}

/// What the bank does with a payout in the sandbox.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SandboxPayoutBody {
    play: PlayPayoutView,
    /// How often the notification is sent now: 0 is lost, 2 a duplicate.
    #[schema(minimum = 0, maximum = 3, default = 1)]
    notices: Option<u32>,
}

/// What the bank does with a payout in the sandbox; left alone it is paid after half a minute, or fails where the
/// account's number ends in `0000`.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SandboxPayoutPlay)]
pub(crate) enum PlayPayoutView {
    Pay,
    Fail,
    /// Nothing: the provider only tells again what it knows.
    Tell,
}

/// What came of the notifications that the sandbox sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SandboxReceipts {
    data: Vec<ReceiptView>,
}

/// Takes in what a payment provider tells. Its signature says who it is; nothing else does.
#[utoipa::path(
    post, path = "/v1/payment_notices/{provider}", tag = "wallet", security(()),
    params(("provider" = String, Path, description = "Name of the provider", example = "sandbox"), NoticeHeaders),
    request_body(content = String, content_type = "application/json"), responses((status = 200, body = ReceiptView))
)]
pub(super) async fn receive_payment_notice(
    State(api): State<Api>,
    request: Request,
) -> Result<Json<ReceiptView>, Problem> {
    let (mut parts, stream) = request.into_parts();
    let provider = Path::<String>::from_request_parts(&mut parts, &api).await?.0;
    let header = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let signed = header(&TIMESTAMP).zip(header(&NONCE)).zip(header(&SIGNATURE));
    let ((timestamp, nonce), signature) = signed.ok_or_else(|| Problem::new(Code::PaymentNoticeBadSignature))?;
    let body = body::read_json(Request::from_parts(parts, stream)).await?;
    let notice = SignedNotice { timestamp: &timestamp, nonce: &nonce, signature: &signature, body: &body };
    Ok(Json(api.app().receive_payment_notice(&provider, notice).await?.into()))
}

/// Lists money that came and was not asked for, oldest first.
#[utoipa::path(
    get, path = "/v1/suspended_money", tag = "wallet", params(PageQuery),
    responses((status = 200, body = SuspendedMoneyList))
)]
pub(super) async fn list_suspended_money(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
) -> Result<Json<SuspendedMoneyList>, Problem> {
    let wanted = (page.after_time()?, page.rows_wanted());
    let found = api.app().suspended_money(caller.0.actor.clone(), wanted).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |money| Cursor::of_time(money.at, money.payment));
    Ok(Json(SuspendedMoneyList {
        data: rows.into_iter().map(SuspendedMoneyView::from).collect(),
        next_cursor,
        has_more,
    }))
}

/// Plays the payer in the sandbox: pays, fails, pays too little, is told late or twice. Elsewhere there is none.
#[utoipa::path(
    post, path = "/v1/sandbox/top_ups/{top_up}", tag = "sandbox", params(("top_up" = PaymentIdView, Path)),
    request_body = SandboxPlayBody, responses((status = 200, body = SandboxReceipts))
)]
pub(super) async fn play_in_sandbox(
    State(api): State<Api>,
    caller: Caller,
    top_up: Path<PaymentIdView>,
    Json(body): Json<SandboxPlayBody>,
) -> Result<Json<SandboxReceipts>, Problem> {
    let command = SandboxNotice { payment: top_up.0.0, play: body.play(), notices: notices(body.notices)? };
    let receipts = api.app().play_in_sandbox(caller.0.actor.clone(), command).await?;
    Ok(Json(SandboxReceipts { data: receipts.into_iter().map(ReceiptView::from).collect() }))
}

/// Plays the bank of a withdrawal in the sandbox. Elsewhere there is none.
#[utoipa::path(
    post, path = "/v1/sandbox/withdrawals/{withdrawal}", tag = "sandbox",
    params(("withdrawal" = WithdrawalIdView, Path)), request_body = SandboxPayoutBody,
    responses((status = 200, body = SandboxReceipts))
)]
pub(super) async fn play_payout_in_sandbox(
    State(api): State<Api>,
    caller: Caller,
    withdrawal: Path<WithdrawalIdView>,
    Json(body): Json<SandboxPayoutBody>,
) -> Result<Json<SandboxReceipts>, Problem> {
    let play = match body.play {
        PlayPayoutView::Pay => PlayPayout::Pay,
        PlayPayoutView::Fail => PlayPayout::Fail,
        PlayPayoutView::Tell => PlayPayout::Tell,
    };
    let command = SandboxPayoutNotice { withdrawal: withdrawal.0.0, play, notices: notices(body.notices)? };
    let receipts = api.app().play_payout_in_sandbox(caller.0.actor.clone(), command).await?;
    Ok(Json(SandboxReceipts { data: receipts.into_iter().map(ReceiptView::from).collect() }))
}

fn notices(asked: Option<u32>) -> Result<u32, Problem> {
    let notices = asked.unwrap_or(1);
    if notices <= NOTICES_MAX {
        return Ok(notices);
    }
    Err(Problem::new(Code::RequestInvalid).with_error("/notices", format!("must be from 0 to {NOTICES_MAX}")))
}

impl SandboxPlayBody {
    fn play(&self) -> Play {
        match self.play {
            PlayView::Pay => Play::Pay { amount: self.amount, currency: self.currency.clone() },
            PlayView::Fail => Play::Fail,
            PlayView::Tell => Play::Nothing,
            PlayView::KeepMoney => Play::KeepMoney,
        }
    }
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        let outcome = match receipt {
            Receipt::Credited => ReceiptOutcomeView::Credited,
            Receipt::AlreadyKnown => ReceiptOutcomeView::AlreadyKnown,
            Receipt::Failed => ReceiptOutcomeView::Failed,
            Receipt::Suspended(_) => ReceiptOutcomeView::Suspended,
            Receipt::PaidOut => ReceiptOutcomeView::PaidOut,
            Receipt::Contradicts => ReceiptOutcomeView::Contradicts,
        };
        Self { outcome }
    }
}

impl From<SuspendedMoney> for SuspendedMoneyView {
    fn from(money: SuspendedMoney) -> Self {
        let SuspendedMoney { provider, transaction, tenant: _, payment, amount, currency, reason, at } = money;
        Self { top_up: payment.into(), provider, transaction, amount, currency, reason: reason.into(), at: at.into() }
    }
}
