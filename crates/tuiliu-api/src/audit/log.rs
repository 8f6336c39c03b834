//! The log of what people changed (AC-03).

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::audit::{AuditEntry, AuditLogCheck, AuditPage};
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Query;
use crate::problem::Problem;
use crate::views::{PartyIdView, TimeView};

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct EntryView {
    /// 1, 2, 3 … of each tenant.
    number: i64,
    at: TimeView,
    /// Who did it.
    party_id: PartyIdView,
    /// Method and pattern of the request's address.
    #[schema(example = "POST /v1/coupons/{coupon}/recall")]
    action: String,
    /// What it was done to; empty where nothing was named.
    #[schema(example = "lot_01kah2qm7ke8c9b5t0d4zqv3xw")]
    subject: String,
    /// What was sent, as JSON without secrets; cut where it was long.
    content: String,
    request_id: String,
    /// BLAKE3 of the entry before and of everything in this one, in hexadecimal digits.
    hash: String,
}

/// A page of the log, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEntryList {
    data: Vec<EntryView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which entries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditLogQuery {
    /// Only of this thing: an id of any kind.
    #[param(max_length = 100, example = "po_01kah2qm7ke8c9b5t0d4zqv3xw")]
    subject: Option<String>,
    /// Only by this person.
    #[param(value_type = Option<PartyIdView>)]
    party: Option<PartyIdView>,
}

/// Whether the log is what it was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditLogCheck)]
pub(crate) struct CheckView {
    is_whole: bool,
    /// Entries that were looked at.
    entries: i64,
    /// The first entry that is missing or was changed.
    broken_at: Option<i64>,
}

/// Lists what signed-in people changed, newest first. What machines do is in the events of each thing.
#[utoipa::path(
    get, path = "/v1/audit-log", tag = "audit", params(PageQuery, AuditLogQuery),
    responses((status = 200, body = AuditEntryList))
)]
pub(super) async fn list_audit_log(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
    Query(AuditLogQuery { subject, party }): Query<AuditLogQuery>,
) -> Result<Json<AuditEntryList>, Problem> {
    let before = page.after_number()?;
    let asked = AuditPage { subject, party: party.map(|party| party.0), before, limit: page.limit_wanted() };
    let found = api.app().audit_log(caller.0.actor.clone(), asked).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |entry| Cursor::of_number(entry.number));
    Ok(Json(AuditEntryList { data: rows.into_iter().map(EntryView::from).collect(), next_cursor, has_more }))
}

/// Follows the hashes of the log from the first entry to the last.
#[utoipa::path(get, path = "/v1/audit-log/check", tag = "audit", responses((status = 200, body = CheckView)))]
pub(super) async fn check_audit_log(State(api): State<Api>, caller: Caller) -> Result<Json<CheckView>, Problem> {
    let AuditLogCheck { entries, broken_at } = api.app().check_audit_log(caller.0.actor.clone()).await?;
    Ok(Json(CheckView { is_whole: broken_at.is_none(), entries, broken_at }))
}

impl From<AuditEntry> for EntryView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { number, deed, hash } = entry;
        Self {
            number,
            at: deed.at.into(),
            party_id: deed.party.into(),
            action: deed.action,
            subject: deed.subject,
            content: deed.content,
            request_id: deed.request,
            hash: blake3::Hash::from_bytes(hash).to_string(),
        }
    }
}
