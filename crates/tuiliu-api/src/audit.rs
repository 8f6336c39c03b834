//! The audit: is the ledger whole, is every order what it says (WL-07), and who did what? (AC-03)

mod log;

use axum::extract::State;
use serde::Serialize;
use tuiliu_app::audit::Audit;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::problem::Problem;
use crate::views::TimeView;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(read_audit))
        .routes(routes!(log::list_audit_log))
        .routes(routes!(log::check_audit_log))
}

/// What an audit of the whole store found; it stops at the first thing that is broken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Audit)]
pub(crate) struct AuditView {
    is_clean: bool,
    /// The invariant that does not hold, by its number and name.
    broken_invariant: Option<String>,
    /// Whether an order is not what the ledger says. Which one, `tuiliu audit` tells who runs the platform.
    order_is_broken: bool,
    /// Transfers that were applied again.
    transfers: u64,
    /// Rows of history that were compared.
    entries: u64,
    /// Orders and charges held against the ledger.
    orders: u64,
    charges: i64,
    as_of: TimeView,
}

/// Recomputes the ledger from the first transfer on and holds every order against it. Takes its time on a long history.
#[utoipa::path(get, path = "/v1/audit", tag = "wallet", responses((status = 200, body = AuditView)))]
async fn read_audit(State(api): State<Api>, caller: Caller) -> Result<Json<AuditView>, Problem> {
    let audit = api.app().audit_for(&caller.0.actor).await?;
    Ok(Json(AuditView::new(&audit, api.now().into())))
}

impl AuditView {
    fn new(audit: &Audit, as_of: TimeView) -> Self {
        let Audit { ledger, orders, charges, broken_order } = audit;
        Self {
            is_clean: audit.is_clean(),
            broken_invariant: ledger.broken.as_ref().map(|broken| format!("{} {}", broken.number, broken.name)),
            order_is_broken: broken_order.is_some(),
            transfers: ledger.transfers,
            entries: ledger.entries,
            orders: *orders,
            charges: *charges,
            as_of,
        }
    }
}
