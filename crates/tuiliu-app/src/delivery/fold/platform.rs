//! Folding for the platform's own experiment: what its viewers do anywhere, whatever brought them.
//!
//! Sums of a viewer and month, so that it does not matter which arrives first, the win or what they did. What is done
//! before the first win counts as well: whether somebody is held out is older than either.

use tuiliu_delivery::PlatformArm;
use tuiliu_domain::id::TenantId;
use tuiliu_store::{OutcomeCode, PlatformActs, PlatformViewer, StoreError};

use super::Fold;
use super::arms::{NAMED, UNNAMED, outcome_of};
use crate::delivery::event::TakenEvent;
use crate::delivery::month::Month;

impl Fold<'_, '_> {
    /// Counts a valid event for its viewer's month.
    pub(super) fn platform_act(&mut self, event: &TakenEvent) -> Result<(), StoreError> {
        let Some(kind) = outcome_of(event) else { return Ok(()) };
        let tenant = self.tenant();
        let share = self.universal_millionths(tenant)?;
        if share == 0 {
            return Ok(());
        }
        let viewer = match event.promoted {
            Some(promoted) => Some(promoted.viewer),
            None => {
                let Some(content) = event.content() else { return Ok(()) };
                if !self.is_content_of(tenant, content)? {
                    return Ok(());
                }
                let metric = if event.natural_viewer.is_some() { NAMED } else { UNNAMED };
                *self.metrics.entry((tenant.value(), metric, event.at().minute())).or_default() += 1;
                event.natural_viewer
            }
        };
        let Some(viewer) = viewer else { return Ok(()) };
        if PlatformArm::of(&self.shell.engine.keys.holdout, share, viewer).is_none() {
            return Ok(());
        }
        let month = Month::of(event.at());
        // What is final is not opened again.
        if month >= Month::open_at(self.received_at) {
            let of = PlatformViewer { tenant, month: month.number(), viewer };
            self.tally.act(of, kind, event.value_fen.unwrap_or(0));
        }
        Ok(())
    }

    /// The part of all viewers who are never shown anything promoted, by the tenant's policy now.
    fn universal_millionths(&mut self, tenant: TenantId) -> Result<u32, StoreError> {
        if let Some(known) = self.tally.universal_millionths.get(&tenant) {
            return Ok(*known);
        }
        let read = self.shell.policy(self.tx, tenant)?.holdout.universal_millionths();
        self.tally.universal_millionths.insert(tenant, read);
        Ok(read)
    }
}

/// Adds one thing that a viewer did.
pub(super) fn add(acts: &mut PlatformActs, kind: OutcomeCode, value_fen: i64) {
    match kind {
        OutcomeCode::Viewed => acts.views += 1,
        OutcomeCode::Followed => acts.follows += 1,
        OutcomeCode::Unfollowed => acts.follows -= 1,
        OutcomeCode::Commented => acts.comments += 1,
        OutcomeCode::CommentUndone => acts.comments -= 1,
        OutcomeCode::Clicked => acts.clicks += 1,
        OutcomeCode::Paid => acts.gmv_fen = acts.gmv_fen.saturating_add(value_fen),
        OutcomeCode::Refunded => acts.gmv_fen = acts.gmv_fen.saturating_sub(value_fen),
    }
}
