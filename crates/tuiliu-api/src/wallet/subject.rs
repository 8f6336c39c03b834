//! Whom an invoice can be made out to: verified companies, and subjects that do not fit.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::wallet::{
    CompanyQualification, InvoiceKind, InvoiceMismatch, InvoiceSubjectAsk, NoInvoice, QualificationDraft,
    QualificationState,
};
use utoipa::ToSchema;

use super::words::{InvoiceKindView, NoInvoiceView, QualificationStateView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{InvoiceMismatchIdView, PartyIdView, TimeView};

/// What an operator says of the company behind a party.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QualifyCompanyBody {
    state: QualificationStateView,
    /// The company's registered name.
    #[schema(example = "杭州某某商贸有限公司", max_length = 256)]
    subject_name: String,
    /// Unified social credit code; the last of its 18 signs checks the others.
    #[schema(example = "91350100M000100Y43")]
    tax_number: String,
    /// Why, for whoever asks later.
    #[schema(example = "business licence seen", max_length = 512)]
    note: String,
    /// The version that was read; left out or 0, nothing was said before.
    #[serde(default)]
    version: u64,
}

/// What an operator said of the company behind a party.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyQualification)]
pub(crate) struct CompanyQualificationView {
    party: PartyIdView,
    /// `unverified` also while nothing was said.
    state: QualificationStateView,
    subject_name: Option<String>,
    tax_number: Option<String>,
    note: Option<String>,
    decided_by: Option<PartyIdView>,
    changed_at: Option<TimeView>,
    /// Sent back with the next change.
    version: u64,
}

/// Whether an account can ask for one kind of invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoiceKindOption)]
pub(crate) struct InvoiceKindOptionView {
    kind: InvoiceKindView,
    available: bool,
    /// Why not.
    reason: Option<NoInvoiceView>,
}

/// To whom an invoice is wanted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvoiceSubjectBody {
    kind: InvoiceKindView,
    #[schema(max_length = 256)]
    subject_name: String,
    /// Of a company.
    tax_number: Option<String>,
}

/// Whether an invoice's subject is the account's own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoiceSubjectCheck)]
pub(crate) struct InvoiceSubjectCheckView {
    fits: bool,
    /// What was routed to an operator, where it does not.
    mismatch: Option<InvoiceMismatchView>,
}

/// An invoice's subject that is not its account's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoiceMismatch)]
pub(crate) struct InvoiceMismatchView {
    id: InvoiceMismatchIdView,
    party: PartyIdView,
    kind: InvoiceKindView,
    subject_name: String,
    tax_number: Option<String>,
    created_at: TimeView,
    /// Whether nobody has looked yet.
    open: bool,
    resolved_by: Option<PartyIdView>,
    resolved_at: Option<TimeView>,
    /// What was made of it.
    note: Option<String>,
}

/// A page of mismatches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceMismatchPage {
    data: Vec<InvoiceMismatchView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which mismatches.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvoiceMismatchQuery {
    /// Only those that nobody has looked at.
    #[serde(default)]
    open: bool,
}

/// What was made of a mismatch.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolveMismatchBody {
    #[schema(example = "the company was renamed; licence seen", max_length = 512)]
    note: String,
}

/// Reads what an operator said of the company behind a party.
#[utoipa::path(
    get, path = "/v1/parties/{party}/company_qualification", tag = "wallet", params(("party" = PartyIdView, Path)),
    responses((status = 200, body = CompanyQualificationView))
)]
pub(super) async fn read_company_qualification(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
) -> Result<Json<CompanyQualificationView>, Problem> {
    let said = api.app().company_qualification(caller.0.actor.clone(), party.0.0).await?;
    Ok(Json(CompanyQualificationView::new(party.0, said)))
}

/// Says how far the verification of the company behind a party is.
#[utoipa::path(
    put, path = "/v1/parties/{party}/company_qualification", tag = "wallet", params(("party" = PartyIdView, Path)),
    request_body = QualifyCompanyBody, responses((status = 200, body = CompanyQualificationView))
)]
pub(super) async fn qualify_company(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    Json(body): Json<QualifyCompanyBody>,
) -> Result<Json<CompanyQualificationView>, Problem> {
    let QualifyCompanyBody { state, subject_name, tax_number, note, version } = body;
    let draft = QualificationDraft { state: state.0, subject_name, tax_number, note };
    let said = api.app().qualify_company(caller.0.actor.clone(), party.0.0, (version, draft)).await?;
    Ok(Json(CompanyQualificationView::new(party.0, Some(said))))
}

/// Looks whether an invoice's subject is the account's own; one that is not is routed to an operator.
#[utoipa::path(
    post, path = "/v1/wallets/{party}/invoice_subjects", tag = "wallet",
    params(("party" = PartyIdView, Path), IdempotencyKeyHeader), request_body = InvoiceSubjectBody,
    responses((status = 200, body = InvoiceSubjectCheckView))
)]
pub(super) async fn check_invoice_subject(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    keyed: Keyed<InvoiceSubjectBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let InvoiceSubjectBody { kind, subject_name, tax_number } = keyed.content;
    let ask = InvoiceSubjectAsk { kind: kind.0, subject_name, tax_number };
    let check = move |shell: &Shell, tx: &mut Tx<'_>| shell.check_invoice_subject(tx, &actor, (party.0.0, &ask));
    Ok(answered(api.app().once(key, check, kept(StatusCode::OK, InvoiceSubjectCheckView::from)).await?))
}

/// Lists invoice subjects that were not their account's, newest first.
#[utoipa::path(
    get, path = "/v1/invoice_mismatches", tag = "wallet", params(InvoiceMismatchQuery, PageQuery),
    responses((status = 200, body = InvoiceMismatchPage))
)]
pub(super) async fn list_invoice_mismatches(
    State(api): State<Api>,
    caller: Caller,
    query: Query<InvoiceMismatchQuery>,
    page: Page,
) -> Result<Json<InvoiceMismatchPage>, Problem> {
    let wanted = (page.after_id()?, page.rows_wanted());
    let found = api.app().invoice_mismatches(caller.0.actor.clone(), query.0.open, wanted).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |mismatch| Cursor::of_id(mismatch.id));
    let data = rows.into_iter().map(InvoiceMismatchView::from).collect();
    Ok(Json(InvoiceMismatchPage { data, next_cursor, has_more }))
}

/// Notes what was made of an invoice subject that did not fit.
#[utoipa::path(
    post, path = "/v1/invoice_mismatches/{invoice_mismatch}/resolve", tag = "wallet",
    params(("invoice_mismatch" = InvoiceMismatchIdView, Path), IdempotencyKeyHeader),
    request_body = ResolveMismatchBody, responses((status = 200, body = InvoiceMismatchView))
)]
pub(super) async fn resolve_invoice_mismatch(
    State(api): State<Api>,
    caller: Caller,
    invoice_mismatch: Path<InvoiceMismatchIdView>,
    keyed: Keyed<ResolveMismatchBody>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let (id, note) = (invoice_mismatch.0.0, keyed.content.note);
    let resolve = move |shell: &Shell, tx: &mut Tx<'_>| shell.resolve_invoice_mismatch(tx, &actor, (id, &note));
    Ok(answered(api.app().once(key, resolve, kept(StatusCode::OK, InvoiceMismatchView::from)).await?))
}

impl InvoiceKindOptionView {
    pub(super) fn new((kind, can): (InvoiceKind, Result<(), NoInvoice>)) -> Self {
        Self { kind: kind.into(), available: can.is_ok(), reason: can.err().map(NoInvoiceView::from) }
    }
}

impl CompanyQualificationView {
    pub(super) fn new(party: PartyIdView, said: Option<CompanyQualification>) -> Self {
        let Some(said) = said else {
            return Self {
                party,
                state: QualificationState::Unverified.into(),
                subject_name: None,
                tax_number: None,
                note: None,
                decided_by: None,
                changed_at: None,
                version: 0,
            };
        };
        let CompanyQualification { state, company, note, decided_by, changed_at, version, .. } = said;
        Self {
            party,
            state: state.into(),
            subject_name: Some(company.name),
            tax_number: Some(company.tax_number.as_str().to_owned()),
            note: Some(note),
            decided_by: Some(decided_by.into()),
            changed_at: Some(changed_at.into()),
            version,
        }
    }
}

impl From<Option<InvoiceMismatch>> for InvoiceSubjectCheckView {
    fn from(mismatch: Option<InvoiceMismatch>) -> Self {
        Self { fits: mismatch.is_none(), mismatch: mismatch.map(InvoiceMismatchView::from) }
    }
}

impl From<InvoiceMismatch> for InvoiceMismatchView {
    fn from(mismatch: InvoiceMismatch) -> Self {
        let InvoiceMismatch { id, party, kind, subject_name, tax_number, created_at, resolved, .. } = mismatch;
        let open = resolved.is_none();
        let (by, at, note) = resolved.map_or((None, None, None), |(by, at, note)| (Some(by), Some(at), Some(note)));
        Self {
            id: id.into(),
            party: party.into(),
            kind: kind.into(),
            subject_name,
            tax_number,
            created_at: created_at.into(),
            open,
            resolved_by: by.map(PartyIdView::from),
            resolved_at: at.map(TimeView),
            note,
        }
    }
}
