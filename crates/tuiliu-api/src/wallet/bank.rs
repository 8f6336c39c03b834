//! Corporate bank transfers: announced by buyers, matched by staff with lines of the bank statement.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::wallet::{
    AnnounceBankTransfer, BankLineView as Seen, BankTransferList, EnteredLines, PaymentRow, SettleBankLine,
    read_bank_lines,
};
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::calendar::Day;
use tuiliu_domain::money::Asset;
use tuiliu_domain::wallet::{BankLine, BankLineDraft, BankLineState, BankTransfer, SuspenseReason};
use utoipa::ToSchema;

use super::view::{PaymentStateView, TopUpView};
use super::words::SuspenseReasonView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::promotion::words::DeskView;
use crate::views::{AmountView, BankLineIdView, PartyIdView, PaymentIdView, TimeView};

/// A transfer that is on its way.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnnounceBankTransferBody {
    /// What will come, in fen, exactly.
    amount: AmountView,
    /// The company from whose account it will come.
    #[schema(example = "杭州某某商贸有限公司", max_length = 256)]
    payer_name: String,
    /// Where it is announced: `express` or `pro`; the mobile flow takes no transfers.
    desk: DeskView,
}

/// A transfer that was announced.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BankTransfer)]
pub(crate) struct BankTransferView {
    /// The top-up that it becomes; read it for what it brought.
    top_up: TopUpView,
    payer_name: String,
    /// To be written into the transfer as its purpose.
    #[schema(example = "TL0A1B2C3D4E")]
    remittance_code: String,
}

/// A page of announced transfers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BankTransferPage {
    data: Vec<BankTransferView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which announced transfers.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BankTransferQuery {
    /// Only those in this state: `pending` are waited for.
    #[param(inline)]
    state: Option<PaymentStateView>,
}

/// Lines of the bank statement, as objects or as a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnterBankLinesBody {
    #[serde(default)]
    #[schema(max_items = 1000)]
    lines: Vec<EnterBankLineBody>,
    /// Text of a CSV file with the headings `reference`, `amount` (yuan, as `1234.56`), `payer_name`, `remittance` and
    /// `booked_on`; instead of `lines`.
    csv: Option<String>,
}

/// One line of the bank statement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnterBankLineBody {
    /// The bank's number of the movement; each is entered once.
    #[schema(example = "20261120-000123", max_length = 128)]
    reference: String,
    amount: AmountView,
    #[schema(max_length = 256)]
    payer_name: String,
    /// What the payer wrote.
    #[serde(default)]
    #[schema(max_length = 512)]
    remittance: String,
    /// In China.
    #[schema(example = "2026-11-20")]
    booked_on: String,
}

/// What came of lines that were entered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnteredBankLines {
    added: Vec<BankLineView>,
    /// How many were there already, saying the same.
    known: usize,
    refused: Vec<RefusedBankLine>,
}

/// A line that was not entered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedBankLine {
    /// Which of those that were sent, counted from 1.
    line: usize,
    reason: String,
}

/// Where a line of the bank statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BankLineState)]
pub(crate) enum BankLineStateView {
    /// Nobody has said yet whose it is.
    Open,
    /// The money is in a wallet.
    Matched,
    /// Put aside; it can still be matched with another announcement, or sent back.
    Suspended,
    /// The bank sent it back.
    Returned,
}

/// A line of the platform's bank statement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BankLine)]
pub(crate) struct BankLineView {
    id: BankLineIdView,
    reference: String,
    amount: AmountView,
    payer_name: String,
    remittance: String,
    #[schema(example = "2026-11-20")]
    booked_on: String,
    state: BankLineStateView,
    /// The announcement that it was matched with, or held against.
    top_up: Option<PaymentIdView>,
    /// Why it was put aside.
    reason: Option<SuspenseReasonView>,
    /// Why it was sent back.
    note: Option<String>,
    settled_by: Option<PartyIdView>,
    settled_at: Option<TimeView>,
    /// The announcement whose code the payer wrote, while the line waits.
    suggestion: Option<SuggestionView>,
    entered_by: PartyIdView,
    created_at: TimeView,
}

/// An announcement that a line names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BankLineSuggestion)]
pub(crate) struct SuggestionView {
    top_up: PaymentIdView,
    /// How the line differs from it; nothing when it fits.
    mismatch: Option<SuspenseReasonView>,
}

/// A page of lines.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BankLinePage {
    data: Vec<BankLineView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which lines.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BankLineQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<BankLineStateView>,
}

/// Which announcement a line is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatchBankLineBody {
    /// The announced transfer's top-up.
    top_up: PaymentIdView,
}

/// Why money was sent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendBackBankLineBody {
    /// For whoever asks later.
    #[schema(example = "nobody announced it; the payer asked for it", max_length = 512)]
    note: String,
}

/// Announces a transfer from a company's account. The money is credited when staff find it on the bank statement.
#[utoipa::path(
    post, path = "/v1/wallets/{party}/bank_transfers", tag = "wallet",
    params(("party" = PartyIdView, Path), IdempotencyKeyHeader), request_body = AnnounceBankTransferBody,
    responses((status = 201, body = BankTransferView))
)]
pub(super) async fn announce_bank_transfer(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    keyed: Keyed<AnnounceBankTransferBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let AnnounceBankTransferBody { amount, payer_name, desk } = keyed.content;
    let amount = amount.positive(Asset::Cny, "/amount")?;
    let command = AnnounceBankTransfer { party: party.0.0, amount, payer_name, desk: desk.into() };
    let announce = move |shell: &Shell, tx: &mut Tx<'_>| shell.announce_bank_transfer(tx, &actor, &command);
    Ok(answered(api.app().once(key, announce, kept(StatusCode::CREATED, BankTransferView::from)).await?))
}

/// Lists the transfers that a party announced, newest first.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/bank_transfers", tag = "wallet",
    params(("party" = PartyIdView, Path), BankTransferQuery, PageQuery),
    responses((status = 200, body = BankTransferPage))
)]
pub(super) async fn list_own_bank_transfers(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    query: Query<BankTransferQuery>,
    page: Page,
) -> Result<Json<BankTransferPage>, Problem> {
    listed(&api, &caller, (Some(party.0), query.0), page).await
}

/// Lists the transfers that everybody announced, newest first.
#[utoipa::path(
    get, path = "/v1/bank_transfers", tag = "wallet", params(BankTransferQuery, PageQuery),
    responses((status = 200, body = BankTransferPage))
)]
pub(super) async fn list_bank_transfers(
    State(api): State<Api>,
    caller: Caller,
    query: Query<BankTransferQuery>,
    page: Page,
) -> Result<Json<BankTransferPage>, Problem> {
    listed(&api, &caller, (None, query.0), page).await
}

async fn listed(
    api: &Api,
    caller: &Caller,
    (party, query): (Option<PartyIdView>, BankTransferQuery),
    page: Page,
) -> Result<Json<BankTransferPage>, Problem> {
    let (party, state) = (party.map(|party| party.0), query.state.map(PaymentStateView::name));
    let list = BankTransferList { party, state, before: page.after_id()?, rows_wanted: page.rows_wanted() };
    let found = api.app().bank_transfers(caller.0.actor.clone(), list).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |(row, _)| Cursor::of_id(row.payment.id));
    Ok(Json(BankTransferPage { data: rows.into_iter().map(BankTransferView::from).collect(), next_cursor, has_more }))
}

/// Enters lines of the bank statement, one by one or as a CSV file; each once, by the bank's number.
#[utoipa::path(
    post, path = "/v1/bank_lines", tag = "wallet", params(IdempotencyKeyHeader), request_body = EnterBankLinesBody,
    responses((status = 200, body = EnteredBankLines))
)]
pub(super) async fn enter_bank_lines(
    State(api): State<Api>,
    caller: Caller,
    keyed: Keyed<EnterBankLinesBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let EnterBankLinesBody { lines, csv } = keyed.content;
    if csv.is_some() != lines.is_empty() {
        let detail = "either `lines` or `csv` is there";
        return Err(Problem::new(Code::RequestInvalid).with_error("/lines", detail));
    }
    let drafts = match csv {
        Some(text) => read_bank_lines(text.as_bytes())?,
        None => lines.into_iter().map(|line| line.draft().map(Ok)).collect::<Result<_, Problem>>()?,
    };
    let enter = move |shell: &Shell, tx: &mut Tx<'_>| shell.enter_bank_lines(tx, &actor, &drafts);
    Ok(answered(api.app().once(key, enter, kept(StatusCode::OK, EnteredBankLines::from)).await?))
}

/// Lists lines of the bank statement, newest first, each with the announcement whose code it has.
#[utoipa::path(
    get, path = "/v1/bank_lines", tag = "wallet", params(BankLineQuery, PageQuery),
    responses((status = 200, body = BankLinePage))
)]
pub(super) async fn list_bank_lines(
    State(api): State<Api>,
    caller: Caller,
    query: Query<BankLineQuery>,
    page: Page,
) -> Result<Json<BankLinePage>, Problem> {
    let state = query.0.state.map(BankLineStateView::name);
    let wanted = (page.after_id()?, page.rows_wanted());
    let found = api.app().bank_lines(caller.0.actor.clone(), state, wanted).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.line.id));
    Ok(Json(BankLinePage { data: rows.into_iter().map(BankLineView::from).collect(), next_cursor, has_more }))
}

/// Matches a line with an announced transfer: the money is in the wallet. A line that is not what was announced is put
/// aside, and its `reason` says how it differs.
#[utoipa::path(
    post, path = "/v1/bank_lines/{bank_line}/match", tag = "wallet",
    params(("bank_line" = BankLineIdView, Path), IdempotencyKeyHeader), request_body = MatchBankLineBody,
    responses((status = 200, body = BankLineView))
)]
pub(super) async fn match_bank_line(
    State(api): State<Api>,
    caller: Caller,
    bank_line: Path<BankLineIdView>,
    keyed: Keyed<MatchBankLineBody>,
) -> Result<Response, Problem> {
    let transfer = keyed.content.top_up.0;
    settled(&api, &caller, &keyed, SettleBankLine::Match { line: bank_line.0.0, transfer }).await
}

/// Puts a line aside that nobody announced.
#[utoipa::path(
    post, path = "/v1/bank_lines/{bank_line}/suspend", tag = "wallet",
    params(("bank_line" = BankLineIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 200, body = BankLineView))
)]
pub(super) async fn suspend_bank_line(
    State(api): State<Api>,
    caller: Caller,
    bank_line: Path<BankLineIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    settled(&api, &caller, &keyed, SettleBankLine::Suspend { line: bank_line.0.0 }).await
}

/// Notes that the bank sent the money of a line back that was put aside, and why.
#[utoipa::path(
    post, path = "/v1/bank_lines/{bank_line}/send_back", tag = "wallet",
    params(("bank_line" = BankLineIdView, Path), IdempotencyKeyHeader), request_body = SendBackBankLineBody,
    responses((status = 200, body = BankLineView))
)]
pub(super) async fn send_back_bank_line(
    State(api): State<Api>,
    caller: Caller,
    bank_line: Path<BankLineIdView>,
    keyed: Keyed<SendBackBankLineBody>,
) -> Result<Response, Problem> {
    let note = keyed.content.note.clone();
    settled(&api, &caller, &keyed, SettleBankLine::SendBack { line: bank_line.0.0, note }).await
}

async fn settled<B>(api: &Api, caller: &Caller, keyed: &Keyed<B>, command: SettleBankLine) -> Result<Response, Problem>
where
    B: serde::de::DeserializeOwned,
{
    let (key, actor) = (keyed.once_key(caller), caller.0.actor.clone());
    let settle = move |shell: &Shell, tx: &mut Tx<'_>| shell.settle_bank_line(tx, &actor, &command);
    Ok(answered(api.app().once(key, settle, kept(StatusCode::OK, BankLineView::from)).await?))
}

impl EnterBankLineBody {
    fn draft(self) -> Result<BankLineDraft, Problem> {
        let Self { reference, amount, payer_name, remittance, booked_on } = self;
        let no_day = format!("`{booked_on}` is no day such as 2026-11-20");
        let no_day = |_| Problem::new(Code::RequestInvalid).with_error("/lines", no_day);
        let booked_on: Day = booked_on.parse().map_err(no_day)?;
        let amount = amount.positive(Asset::Cny, "/lines")?;
        Ok(BankLineDraft { reference, amount, payer_name, remittance, booked_on })
    }
}

impl BankLineStateView {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Matched => "matched",
            Self::Suspended => "suspended",
            Self::Returned => "returned",
        }
    }
}

impl From<(PaymentRow, BankTransfer)> for BankTransferView {
    fn from((row, transfer): (PaymentRow, BankTransfer)) -> Self {
        let BankTransfer { payer_name, code, .. } = transfer;
        Self { top_up: row.into(), payer_name, remittance_code: code }
    }
}

impl From<EnteredLines> for EnteredBankLines {
    fn from(entered: EnteredLines) -> Self {
        let EnteredLines { added, known, refused } = entered;
        let refused = refused.into_iter().map(|(line, reason)| RefusedBankLine { line, reason });
        Self { added: added.into_iter().map(BankLineView::from).collect(), known, refused: refused.collect() }
    }
}

impl From<Seen> for BankLineView {
    fn from(seen: Seen) -> Self {
        let Seen { line, suggested } = seen;
        let BankLine {
            id, reference, amount, payer_name, remittance, booked_on, state, entered_by, created_at, ..
        } = line;
        let (state, top_up, reason, note, settled) = match state {
            BankLineState::Open => (BankLineStateView::Open, None, None, None, None),
            BankLineState::Matched { payment, by, at } => {
                (BankLineStateView::Matched, Some(payment), None, None, Some((by, at)))
            }
            BankLineState::Suspended { reason, payment, by, at } => {
                (BankLineStateView::Suspended, payment, Some(reason), None, Some((by, at)))
            }
            BankLineState::Returned { note, by, at } => {
                (BankLineStateView::Returned, None, None, Some(note), Some((by, at)))
            }
        };
        let suggestion = |(payment, mismatch): (_, Option<SuspenseReason>)| SuggestionView {
            top_up: PaymentIdView::from(payment),
            mismatch: mismatch.map(SuspenseReasonView::from),
        };
        Self {
            id: id.into(),
            reference,
            amount: AmountView::new(amount, Asset::Cny),
            payer_name,
            remittance,
            booked_on: booked_on.to_string(),
            state,
            top_up: top_up.map(PaymentIdView::from),
            reason: reason.map(SuspenseReasonView::from),
            note,
            settled_by: settled.map(|(by, _)| by.into()),
            settled_at: settled.map(|(_, at)| at.into()),
            suggestion: suggested.map(suggestion),
            entered_by: entered_by.into(),
            created_at: created_at.into(),
        }
    }
}
