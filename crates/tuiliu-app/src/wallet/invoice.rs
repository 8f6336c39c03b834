//! What an invoice may be about (QB-17). Invoices themselves are not made here: nothing is invoiced yet.

use std::convert::Infallible;

use tuiliu_domain::id::PartyId;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor, Role};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{InvoiceFigures, InvoiceSubject, invoice_figures};
use tuiliu_store::StoreError;

use super::owner_for;
use crate::app::App;
use crate::error::CommandError;

impl App {
    /// What a party really spent of paid money on orders that came to their end in a period, and what of it can be
    /// invoiced to whom.
    pub async fn invoice_figures(
        &self,
        actor: Actor,
        party: PartyId,
        period: (Timestamp, Timestamp),
    ) -> Result<(InvoiceFigures, InvoiceSubject), CommandError<Infallible>> {
        self.read(move |_, tx| {
            let row = owner_for(tx, &actor, party, Action::ReadWallet)?;
            let uses = tx.paid_uses(actor.tenant, party, period)?;
            let figures = invoice_figures(&uses, Amount::ZERO).ok_or_else(|| StoreError::Inconsistent {
                place: format!("payments of party {party}"),
                reason: "more was spent than there can be".to_owned(),
            })?;
            Ok((figures, InvoiceSubject::of(row.kind == Role::Creator)))
        })
        .await
    }
}
