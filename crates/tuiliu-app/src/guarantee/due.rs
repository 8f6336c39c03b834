//! What time does to guarantees: commands run by a job, each in a transaction of its own (GB-05, GB-07, GB-08).

use std::convert::Infallible;

use tracing::{error, info, warn};
use tuiliu_domain::guarantee::{CloseServiceError, ServiceState};
use tuiliu_domain::id::GuaranteeServiceId;
use tuiliu_store::Tx;

use super::save_unrefused;
use super::video::plays_by;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Guarantees looked at in one round.
const SERVICES_PER_ROUND: u32 = 256;

impl App {
    /// Lapses, ends and pays back what is due; how many guarantees it did something to.
    pub async fn run_due_guarantees(&self) -> Result<usize, CommandError<Infallible>> {
        let due = self.read(|shell, tx| Ok(tx.due_guarantees(shell.now(), SERVICES_PER_ROUND)?)).await?;
        let mut done = 0;
        for service in due {
            let id = service.id;
            match self.write(move |shell, tx| shell.run_due_guarantee(tx, id)).await {
                Ok(true) => done += 1,
                Ok(false) => {}
                // One that cannot be done must not hold up the others; it is tried again.
                Err(CommandError::Store(fault)) => {
                    error!(guarantee.id = %id, fault = %fault, "could not do what is due")
                }
                Err(refusal) => warn!(guarantee.id = %id, refusal = %refusal, "left a due guarantee as it is"),
            }
        }
        Ok(done)
    }
}

impl Shell {
    /// Does what is due to one guarantee; `false` when it is not due any more.
    pub(super) fn run_due_guarantee(
        &self,
        tx: &mut Tx<'_>,
        id: GuaranteeServiceId,
    ) -> Result<bool, CommandError<CloseServiceError>> {
        let now = self.now();
        let Some(service) = tx.guarantee_service(id)? else { return Ok(false) };
        if service.due_at().is_none_or(|due| now < due) {
            return Ok(false);
        }
        let outcome = match service.state {
            ServiceState::Waiting { .. } => service.lapse(self.calendar(), now),
            ServiceState::Running { video, ends_at, .. } => {
                // No reading told the end in time; the last one before it counts.
                let plays = plays_by(tx, video, ends_at)?;
                service.close(plays, self.calendar(), now)
            }
            _ => service.pay_refund(now),
        };
        let service = save_unrefused(self, tx, outcome.map_err(CommandError::Refused)?)?;
        info!(guarantee.id = %id, guarantee.state = service.state.name(), "did what was due to guarantee `{id}`");
        Ok(true)
    }
}
