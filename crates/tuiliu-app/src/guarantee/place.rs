//! Buying guarantees on several creators' next videos at once (GB-01).

use std::collections::BTreeSet;

use thiserror::Error;
use tuiliu_domain::guarantee::{GuaranteeService, PlaceGuaranteeError, ServiceDraft, YuanLot, plan_yuan};
use tuiliu_domain::id::{GuaranteeOrderId, PartyId};
use tuiliu_domain::ledger::LedgerRefusal;
use tuiliu_domain::limits::GUARANTEE_CREATORS_MAX;
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::wallet::paid_account;
use tuiliu_store::{GuaranteeOrderRow, StoreError, Tx};

use super::quote::{NoOffer, OfferedGuarantee, QuotedCreator};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome::{self, Saved};
use crate::wallet::owner_for;

/// Covers these creators, at most at this price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceGuarantees {
    pub buyer: PartyId,
    pub creators: Vec<PartyId>,
    /// What the buyer saw, in fen: if the fees have become more, nothing is bought.
    pub fee_max: Amount,
}

/// A purchase with its guarantees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedGuarantees {
    pub order: GuaranteeOrderRow,
    pub services: Vec<GuaranteeService>,
}

/// Why nothing was bought.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceGuaranteeRefusal {
    #[error("cover `{creators}` creators: it must be from 1 to `{max}`, each once")]
    BadCreators { creators: usize, max: usize },
    #[error("cover creator `{creator}`: there is no guarantee on offer (`{}`)", .reason.code())]
    NotOnOffer { creator: PartyId, reason: NoOffer },
    #[error("buy for at most `{fee_max}` fen: the fees are `{fee}`")]
    FeeRisen { fee: i64, fee_max: i64 },
    #[error("buy for an account that is banned")]
    Banned,
    #[error(transparent)]
    Place(#[from] PlaceGuaranteeError),
    #[error(transparent)]
    Ledger(#[from] LedgerRefusal),
}

impl Shell {
    /// Buys guarantees in the caller's transaction: all of them, or none.
    pub fn place_guarantees(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &PlaceGuarantees,
    ) -> Result<PlacedGuarantees, CommandError<PlaceGuaranteeRefusal>> {
        let PlaceGuarantees { buyer, creators, fee_max } = command;
        let (tenant, max) = (actor.tenant, GUARANTEE_CREATORS_MAX);
        if owner_for(tx, actor, *buyer, Action::PlaceGuarantee)?.banned {
            return Err(CommandError::Refused(PlaceGuaranteeRefusal::Banned));
        }
        let distinct: BTreeSet<PartyId> = creators.iter().copied().collect();
        if distinct.len() != creators.len() || !(1..=max).contains(&creators.len()) {
            let refusal = PlaceGuaranteeRefusal::BadCreators { creators: creators.len(), max };
            return Err(CommandError::Refused(refusal));
        }
        // One after the other for each creator, in the same order everywhere: what is at risk is looked at below.
        for creator in &distinct {
            tx.creator_price(tenant, *creator)?;
        }
        let offers = self.quote_guarantees(tx, tenant, creators)?.into_iter().map(on_offer);
        let offers: Vec<(PartyId, OfferedGuarantee)> =
            offers.collect::<Result<_, _>>().map_err(CommandError::Refused)?;
        let fee = offers.iter().fold(0_i64, |sum, (_, own)| sum.saturating_add(own.fee.units()));
        if fee_max.units() < fee {
            let refusal = PlaceGuaranteeRefusal::FeeRisen { fee, fee_max: fee_max.units() };
            return Err(CommandError::Refused(refusal));
        }
        let order = GuaranteeOrderRow {
            id: self.id(),
            tenant,
            buyer: *buyer,
            fee: Amount::new(fee),
            services: u32::try_from(offers.len()).unwrap_or(u32::MAX),
            placed_at: self.now(),
        };
        let services = self.cover(tx, &order, &offers)?;
        tx.add_guarantee_order(&order)?;
        Ok(PlacedGuarantees { order, services })
    }

    fn cover(
        &self,
        tx: &mut Tx<'_>,
        order: &GuaranteeOrderRow,
        offers: &[(PartyId, OfferedGuarantee)],
    ) -> Result<Vec<GuaranteeService>, CommandError<PlaceGuaranteeRefusal>> {
        let GuaranteeOrderRow { tenant, buyer, .. } = *order;
        let policy = self.policy(tx, tenant)?;
        let mut lots = yuan(tx, buyer)?;
        // Told of the whole price before any part of it: a buyer tops up once.
        plan_yuan(&mut lots.clone(), order.fee).map_err(|error| CommandError::Refused(error.into()))?;
        let mut services = Vec::new();
        for (creator, offered) in offers {
            let parts = plan_yuan(&mut lots, offered.fee).map_err(|error| CommandError::Refused(error.into()))?;
            let draft = ServiceDraft { id: self.id(), order: order.id, tenant, buyer, creator: *creator };
            let outcome = GuaranteeService::place(draft, &offered.offer, &parts, (&policy, self.now()))
                .map_err(|error| CommandError::Refused(error.into()))?;
            let Saved { mut state, .. } = match outcome::save(self, tx, tenant, outcome)? {
                Ok(saved) => saved,
                Err(refusal) => return Err(CommandError::Refused(refusal.into())),
            };
            tx.add_guarantee_service(&state, &offered.evidence())?;
            state.version = 1;
            services.push(state);
        }
        Ok(services)
    }
}

fn on_offer(quoted: QuotedCreator) -> Result<(PartyId, OfferedGuarantee), PlaceGuaranteeRefusal> {
    let QuotedCreator { creator, offer } = quoted;
    let offered = offer.map_err(|reason| PlaceGuaranteeRefusal::NotOnOffer { creator, reason })?;
    Ok((creator, offered))
}

/// The buyer's spendable yuan, oldest lot first.
fn yuan(tx: &mut Tx<'_>, buyer: PartyId) -> Result<Vec<YuanLot>, StoreError> {
    let lots = tx.spendable_lots_of(paid_account(buyer, Asset::Cny))?;
    Ok(lots.iter().map(|lot| YuanLot { lot: lot.id, amount: lot.remaining }).collect())
}

impl App {
    /// [`Shell::place_guarantees`] in a transaction of its own.
    pub async fn place_guarantees(
        &self,
        actor: Actor,
        command: PlaceGuarantees,
    ) -> Result<PlacedGuarantees, CommandError<PlaceGuaranteeRefusal>> {
        self.write(move |shell, tx| shell.place_guarantees(tx, &actor, &command)).await
    }

    /// A purchase with its guarantees, for its buyer and for staff.
    pub async fn guarantee_order(
        &self,
        actor: Actor,
        id: GuaranteeOrderId,
    ) -> Result<PlacedGuarantees, CommandError<std::convert::Infallible>> {
        self.read(move |_, tx| {
            let order = tx.guarantee_order(id)?.ok_or(CommandError::NotFound)?;
            actor.may(Action::ReadGuarantee, &crate::access::of_party(order.tenant, order.buyer))?;
            Ok(PlacedGuarantees { order, services: tx.guarantee_services_of(id)? })
        })
        .await
    }
}
