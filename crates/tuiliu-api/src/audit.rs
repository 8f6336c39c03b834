//! The audit: is the ledger whole, is every order what it says (WL-07), and who did what? (AC-03)

mod log;

use axum::extract::State;
use serde::Serialize;
use tuiliu_app::audit::TenantAudit;
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

/// What an audit found, as far as it is the caller's platform's; it stops at the first thing that is broken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Audit)]
pub(crate) struct AuditView {
    is_clean: bool,
    /// The invariant of the ledger that does not hold, by its number and name. The ledger is one for all platforms here.
    broken_invariant: Option<String>,
    /// Whether an order is not what the ledger says. Which one, `tuiliu audit` tells who runs the platform.
    order_is_broken: bool,
    /// Rows of history of this platform's accounts.
    entries: i64,
    /// Its orders and their charges, held against the ledger.
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
    fn new(audit: &TenantAudit, as_of: TimeView) -> Self {
        Self {
            is_clean: audit.is_clean(),
            broken_invariant: audit.broken.as_ref().map(|broken| format!("{} {}", broken.number, broken.name)),
            order_is_broken: audit.broken_order.is_some(),
            entries: audit.entries,
            orders: audit.orders,
            charges: audit.charges,
            as_of,
        }
    }
}
