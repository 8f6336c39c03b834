//! Help for guaranteed videos: plays that the platform brought, and what they displaced (GB-09).

use tuiliu_domain::guarantee::help_postings;
use tuiliu_domain::id::{DecisionId, GuaranteeServiceId, PromotionOrderId, TenantId};
use tuiliu_domain::ledger::LedgerGroup;
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::time::{HOUR_MS, Timestamp};
use tuiliu_store::{Exposure, HelpRow, StoreError};

use super::Fold;
use crate::delivery::event::{EventKind, Promoted, TakenEvent};

/// What one fen is in millionths of a yuan.
const FEN_MICROS: i64 = 10_000;
/// Where the ledger groups of help begin among the children of a step, far behind those of charges.
const GROUPS_FROM: u64 = 1 << 32;

/// What a step brought one guarantee.
#[derive(Debug, Clone, Copy)]
pub(super) struct Help {
    tenant: TenantId,
    /// A play counts from so much watching on.
    watched_ms_min: i64,
    plays: u64,
    cost: Micros,
}

impl Fold<'_, '_> {
    /// Counts a play that help brought, once for each impression; what nobody's is, is left.
    pub(super) fn helped(&mut self, event: &TakenEvent, promoted: Promoted) -> Result<(), StoreError> {
        if event.invalid().is_some() {
            return Ok(());
        }
        let id = GuaranteeServiceId::new(promoted.order);
        let Some(help) = self.help(id)? else { return Ok(()) };
        let exposure = Exposure {
            decision: DecisionId::new(promoted.decision),
            order: PromotionOrderId::new(promoted.order),
            viewer: promoted.viewer,
            at: event.at(),
        };
        match event.kind {
            EventKind::Impression => drop(self.show(exposure)?),
            EventKind::Watch => {
                let watched_ms = event.watched_ms.unwrap_or(0);
                let before = self.watch(exposure, watched_ms)?;
                if before < help.watched_ms_min && help.watched_ms_min <= watched_ms {
                    let cost = Micros::new(help.cost.get().saturating_add(promoted.price.max(0)));
                    self.helped.insert(id, Some(Help { plays: help.plays.saturating_add(1), cost, ..help }));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn help(&mut self, id: GuaranteeServiceId) -> Result<Option<Help>, StoreError> {
        if let Some(known) = self.helped.get(&id) {
            return Ok(*known);
        }
        let help = match self.tx.guarantee_service(id)? {
            Some(service) => {
                let watched_ms_min = self.shell.policy(self.tx, service.tenant)?.charge.effective_view_ms;
                Some(Help { tenant: service.tenant, watched_ms_min, plays: 0, cost: Micros::ZERO })
            }
            None => None,
        };
        self.helped.insert(id, help);
        Ok(help)
    }

    /// Writes down what help brought and books whole fen of what it displaced against the income of guarantees.
    pub(super) fn book_help(&mut self) -> Result<(), StoreError> {
        let now = self.step.now;
        let hour = Timestamp::from_ms(now.ms() - now.ms().rem_euclid(HOUR_MS));
        for (number, (id, help)) in (GROUPS_FROM..).zip(std::mem::take(&mut self.helped)) {
            let Some(Help { tenant, plays, cost, .. }) = help.filter(|help| help.plays > 0) else { continue };
            let (_, before) = self.tx.guarantee_help(id)?;
            self.tx.add_guarantee_help(&HelpRow { service: id, hour, plays, cost })?;
            let after = before.get().saturating_add(cost.get());
            let fen = Amount::new(after / FEN_MICROS - before.get() / FEN_MICROS);
            let commands = help_postings(tenant, fen);
            if commands.is_empty() {
                continue;
            }
            let group = LedgerGroup { id: self.step.id.child(number), commands };
            self.tx.ledger(&group, now)?.map_err(|refusal| StoreError::Inconsistent {
                place: format!("help of guarantee {id}"),
                reason: refusal.to_string(),
            })?;
        }
        Ok(())
    }
}
