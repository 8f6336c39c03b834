//! Saving what a command decided: its postings as one group, its events as notices; the row is the column's own.

use tuiliu_domain::event::{Event, Outcome};
use tuiliu_domain::id::{CommandId, TenantId};
use tuiliu_domain::ledger::{LedgerAnswer, LedgerCommand, LedgerGroup, LedgerRefusal};
use tuiliu_store::{LedgerResult, StoreError, Tx};

use crate::app::Shell;
use crate::notice::notice;

/// What was saved of an outcome.
#[derive(Debug)]
#[must_use]
pub(crate) struct Saved<T> {
    /// For the column to write.
    pub(crate) state: T,
    /// What the ledger did, one answer for each posting.
    pub(crate) answers: Vec<LedgerAnswer>,
}

/// Saves an outcome under a fresh command id. What the ledger refuses is not told; the job must then end refused,
/// so that nothing of it stays.
pub(crate) fn save<T>(
    shell: &Shell,
    tx: &mut Tx<'_>,
    tenant: TenantId,
    outcome: Outcome<T>,
) -> Result<Result<Saved<T>, LedgerRefusal>, StoreError> {
    save_as(shell, tx, (tenant, shell.id()), outcome)
}

/// The same under a command id of the caller's, which the ledger carries out once for ever: for jobs and for what
/// others tell us, where the same thing comes again under the same id.
pub(crate) fn save_as<T>(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (tenant, command): (TenantId, CommandId),
    outcome: Outcome<T>,
) -> Result<Result<Saved<T>, LedgerRefusal>, StoreError> {
    let Outcome { state, postings, events } = outcome;
    match post(shell, tx, command, postings)? {
        Ok(answers) => {
            tell(shell, tx, tenant, &events);
            Ok(Ok(Saved { state, answers }))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Tells subscribers what happened, with the commit.
pub(crate) fn tell(shell: &Shell, tx: &mut Tx<'_>, tenant: TenantId, events: &[Event]) {
    let now = shell.now();
    for event in events {
        tx.tell(notice(tenant, event, now));
    }
}

/// Gives commands to the ledger, all or none; no commands are no group.
fn post(
    shell: &Shell,
    tx: &mut Tx<'_>,
    id: CommandId,
    commands: Vec<LedgerCommand>,
) -> Result<LedgerResult, StoreError> {
    if commands.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    tx.ledger(&LedgerGroup { id, commands }, shell.now())
}
