//! Guaranteed boosts: quotes, purchases, creators' videos, progress, decisions, the book (GB-01…GB-12).

mod basis;
mod book;
mod due;
mod place;
mod quote;
mod read;
mod video;

pub use book::{GuaranteeBook, QuoteCalibration};
pub use place::{PlaceGuaranteeRefusal, PlaceGuarantees, PlacedGuarantees};
pub use quote::{NoOffer, OfferedGuarantee, QuotedCreator, QuotedVideo};
pub use read::{DecideGuarantee, DecideGuaranteeRefusal, GuaranteeFilter, GuaranteeProgress, GuaranteeView};
pub use tuiliu_store::{CreatorVideoRow, DecisionRow, GuaranteeOrderRow, VideoState};
pub use video::{ReportPlays, ReportPlaysRefusal, ReportVideo, ReportVideoRefusal, SetCreatorPrice, SetPriceRefusal};

pub(crate) use basis::Basis;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tuiliu_domain::event::Outcome;
use tuiliu_domain::guarantee::GuaranteeService;
use tuiliu_domain::id::{GuaranteeServiceId, TenantId};
use tuiliu_domain::ledger::LedgerRefusal;
use tuiliu_domain::limits::GUARANTEE_TENANTS_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_store::{StoreError, Tx};

use crate::app::Shell;
use crate::error::CommandError;
use crate::outcome::{self, Saved};
use crate::wallet::unrefused;

/// What quotes of each tenant are made from, learnt anew by a job.
#[derive(Debug, Default)]
pub(crate) struct QuoteDesk(RwLock<HashMap<TenantId, Arc<Basis>>>);

impl QuoteDesk {
    /// What is known of a tenant's videos; a start knows what was measured elsewhere.
    pub(crate) fn basis(&self, tenant: TenantId) -> Arc<Basis> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&tenant).cloned().unwrap_or_default()
    }

    pub(crate) fn learn(&self, tenant: TenantId, basis: Basis) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < GUARANTEE_TENANTS_MAX || known.contains_key(&tenant) {
            known.insert(tenant, Arc::new(basis));
        }
    }
}

/// The guarantee, if it is there and the actor may do this to it.
pub(crate) fn service_for<R: std::error::Error>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: GuaranteeServiceId,
    action: Action,
) -> Result<GuaranteeService, CommandError<R>> {
    let service = tx.guarantee_service(id)?.ok_or(CommandError::NotFound)?;
    let standing = if action == Action::ReadGuarantee { service.visible_to() } else { service.owned() };
    actor.may(action, &standing)?;
    Ok(service)
}

/// Saves what a guarantee decided: row, postings, events; answers it as it is stored now.
pub(crate) fn save(
    shell: &Shell,
    tx: &mut Tx<'_>,
    outcome: Outcome<GuaranteeService>,
) -> Result<Result<GuaranteeService, LedgerRefusal>, StoreError> {
    let tenant = outcome.state.tenant;
    let Saved { mut state, .. } = match outcome::save(shell, tx, tenant, outcome)? {
        Ok(saved) => saved,
        Err(refusal) => return Ok(Err(refusal)),
    };
    tx.update_guarantee_service(&state)?;
    state.version += 1;
    Ok(Ok(state))
}

/// [`save`] for what the ledger cannot refuse: the fee is held, and it only earns it or gives it back.
pub(crate) fn save_unrefused(
    shell: &Shell,
    tx: &mut Tx<'_>,
    outcome: Outcome<GuaranteeService>,
) -> Result<GuaranteeService, StoreError> {
    let tenant = outcome.state.tenant;
    let saved = save(shell, tx, outcome)?;
    unrefused(tenant, "guarantee", saved)
}

#[cfg(test)]
mod tests;
