//! Commands with an idempotency key: carried out once, answered the same for ever (WL-04).

use std::error::Error;

use tuiliu_domain::id::TenantId;
use tuiliu_store::{StoreError, StoredAnswer, Tx};

use crate::app::{App, Shell};
use crate::error::CommandError;

/// The caller's key and a hash of what is asked under it.
#[derive(Debug, Clone)]
pub struct OnceKey {
    pub tenant: TenantId,
    /// Unique per tenant; the api puts the actor in front of the caller's own key.
    pub key: String,
    pub digest: [u8; 32],
}

/// An answer that is the same each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    pub body: Vec<u8>,
    /// It was given before; nothing was done now.
    pub replayed: bool,
}

impl Answered {
    /// Whether something was done now.
    const fn is_change(&self) -> bool {
        !self.replayed && self.status < 400
    }
}

impl App {
    /// Carries out a command once per key. `render` turns its outcome into what is sent and kept: also a
    /// refusal by the rules is kept, but not a failure of the store, which a retry may mend.
    pub async fn once<T, R>(
        &self,
        key: OnceKey,
        mut work: impl FnMut(&Shell, &mut Tx<'_>) -> Result<T, CommandError<R>> + Send + 'static,
        mut render: impl FnMut(Result<T, R>) -> (u16, Vec<u8>) + Send + 'static,
    ) -> Result<Answered, CommandError<R>>
    where
        T: Send + 'static,
        R: Error + Send + 'static,
    {
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            if let Some(stored) = tx.stored_answer(key.tenant, &key.key)? {
                let StoredAnswer { digest, status, body } = stored;
                return if digest == key.digest {
                    Ok(Answered { status, body, replayed: true })
                } else {
                    Err(CommandError::KeyReused)
                };
            }
            let outcome = match tx.attempt(|tx| work(shell, tx))? {
                Ok(done) => Ok(done),
                Err(CommandError::Refused(refusal)) => Err(refusal),
                Err(other) => return Err(other),
            };
            let (status, body) = render(outcome);
            let stored = StoredAnswer { digest: key.digest, status, body };
            keep(tx, &key, &stored, shell)?;
            Ok(Answered { status, body: stored.body, replayed: false })
        };
        self.write_noted(work, Answered::is_change).await
    }
}

fn keep(tx: &mut Tx<'_>, key: &OnceKey, stored: &StoredAnswer, shell: &Shell) -> Result<(), StoreError> {
    match tx.store_answer(key.tenant, &key.key, stored, shell.now()) {
        // Another node ran the same command a moment ago: run again and find its answer.
        Err(StoreError::Duplicate) => Err(StoreError::Transient { reason: "a twin was faster".to_owned() }),
        other => other,
    }
}

#[cfg(test)]
mod tests;
