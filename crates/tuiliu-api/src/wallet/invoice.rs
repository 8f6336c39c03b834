//! What can be invoiced (QB-17).

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::wallet::InvoiceView;
use tuiliu_domain::money::Asset;
use utoipa::ToSchema;

use super::subject::{CompanyQualificationView, InvoiceKindOptionView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{AmountView, PartyIdView, TimeView};

/// Which period.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvoicePeriodQuery {
    /// The first instant.
    from: TimeView,
    /// The first instant after it.
    to: TimeView,
}

/// What can be invoiced of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoiceFigures)]
pub(crate) struct InvoiceFiguresView {
    party: PartyIdView,
    from: TimeView,
    to: TimeView,
    /// Paid money that orders used which came to their end in the period: no coupons, no gifts, nothing that came back.
    /// Beans count at what they cost.
    spent: AmountView,
    /// What invoices were made out for; nothing, as there is no invoice centre yet.
    invoiced: AmountView,
    /// What can still be invoiced.
    eligible: AmountView,
    /// Every kind of invoice, and why the account cannot ask for it.
    kinds: Vec<InvoiceKindOptionView>,
    /// What an operator said of the company behind the account.
    company: CompanyQualificationView,
}

/// Tells what a party really spent of paid money in a period, and what of it can be invoiced to whom.
#[utoipa::path(
    get, path = "/v1/wallets/{party}/invoice_figures", tag = "wallet",
    params(("party" = PartyIdView, Path), InvoicePeriodQuery), responses((status = 200, body = InvoiceFiguresView))
)]
pub(super) async fn read_invoice_figures(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    period: Query<InvoicePeriodQuery>,
) -> Result<Json<InvoiceFiguresView>, Problem> {
    let InvoicePeriodQuery { from, to } = period.0;
    let actor = caller.0.actor.clone();
    let InvoiceView { figures, kinds, qualification } =
        api.app().invoice_figures(actor, party.0.0, (from.0, to.0)).await?;
    let fen = |amount| AmountView::new(amount, Asset::Cny);
    Ok(Json(InvoiceFiguresView {
        party: party.0,
        from,
        to,
        spent: fen(figures.spent),
        invoiced: fen(figures.invoiced),
        eligible: fen(figures.eligible),
        kinds: kinds.into_iter().map(InvoiceKindOptionView::new).collect(),
        company: CompanyQualificationView::new(party.0, qualification),
    }))
}
