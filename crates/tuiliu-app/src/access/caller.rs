//! Callers: who the credentials of a request belong to, mostly from memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use thiserror::Error;
use tuiliu_domain::id::{ApiKeyId, SessionId, TenantId};
use tuiliu_domain::limits::{AGENCY_CLIENTS_MAX, CALLERS_REMEMBERED_MAX};
use tuiliu_domain::party::{Action, Actor, Role};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{ApiKeyKind, StoreError, Tx};

use super::{FRESH_MS, PROOF_MS};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// What a request shows of its sender.
#[derive(Clone, Copy)]
pub enum Credentials<'a> {
    /// A machine's key.
    ApiKey(&'a str),
    /// The token in a person's browser.
    Session(&'a str),
}

/// Somebody whose credentials hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub actor: Actor,
    pub credential: Credential,
}

/// What the caller came in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    ApiKey {
        key: ApiKeyId,
        kind: ApiKeyKind,
    },
    Session {
        session: SessionId,
        expires_at: Timestamp,
        /// When the password was given last.
        proved_at: Timestamp,
    },
}

/// The credentials are unknown, revoked or expired: which of them is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("recognise the credentials")]
pub struct NotAuthenticated;

/// The password was given too long ago for this action (AC-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("do `{}` without asking for the password again", .action.code())]
pub struct AskAgain {
    pub action: Action,
}

impl Caller {
    /// Refuses a sensitive action of a person whose password was given too long ago (AC-02).
    pub fn proved(&self, action: Action, now: Timestamp) -> Result<(), AskAgain> {
        match self.credential {
            Credential::Session { proved_at, .. } if action.asks_again() && now.since_ms(proved_at) > PROOF_MS => {
                Err(AskAgain { action })
            }
            _ => Ok(()),
        }
    }
}

impl App {
    /// The caller with these credentials (AC-02); without a database when they were seen a moment ago.
    pub async fn authenticate(
        &self,
        credentials: Credentials<'_>,
    ) -> Result<Arc<Caller>, CommandError<NotAuthenticated>> {
        if let Some(caller) = self.known_caller(credentials) {
            return Ok(caller);
        }
        let (hash, is_key) = (credentials.hash(), credentials.is_key());
        let revocations = self.shell.access.callers.revocations();
        let (found, now) = self
            .read(move |shell, tx| {
                let now = shell.now();
                let found = if is_key { key_holder(tx, &hash, now)? } else { session_holder(tx, &hash, now)? };
                Ok((found, now))
            })
            .await?;
        let caller = Arc::new(found.ok_or(CommandError::Refused(NotAuthenticated))?);
        self.shell.access.callers.remember(hash, Arc::clone(&caller), Seen { now, revocations });
        Ok(caller)
    }

    /// The caller with these credentials, if that is known without asking anybody: for the data plane.
    #[must_use]
    pub fn known_caller(&self, credentials: Credentials<'_>) -> Option<Arc<Caller>> {
        let caller = self.shell.access.callers.get(&credentials.hash(), self.shell.now())?;
        // A key in a cookie is no session: it would do for a person what only a machine may.
        (matches!(caller.credential, Credential::ApiKey { .. }) == credentials.is_key()).then_some(caller)
    }

    /// Saves when keys and sessions were used last; a job runs it every minute. How many were used.
    pub async fn save_last_used(&self) -> Result<usize, CommandError<std::convert::Infallible>> {
        let uses = self.shell.access.callers.take_uses();
        if uses.is_empty() {
            return Ok(0);
        }
        self.write(move |_, tx| {
            for Use { tenant, credential, at } in &uses {
                match credential {
                    Credential::ApiKey { key, .. } => tx.use_api_key(*tenant, *key, *at)?,
                    Credential::Session { session, .. } => tx.see_session(*tenant, *session, *at)?,
                }
            }
            Ok(uses.len())
        })
        .await
    }
}

impl Credentials<'_> {
    const fn is_key(self) -> bool {
        matches!(self, Self::ApiKey(_))
    }

    fn hash(self) -> [u8; 32] {
        let (Self::ApiKey(secret) | Self::Session(secret)) = self;
        *blake3::hash(secret.as_bytes()).as_bytes()
    }
}

fn key_holder(tx: &mut Tx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<Caller>, StoreError> {
    let Some(row) = tx.api_key_of_hash(hash)?.filter(|row| row.revoked_at.is_none_or(|at| now < at)) else {
        return Ok(None);
    };
    let actor = Actor {
        tenant: row.tenant,
        party: row.party,
        roles: vec![Role::Integrator],
        scopes: row.scopes,
        clients: Vec::new(),
    };
    Ok(Some(Caller { actor, credential: Credential::ApiKey { key: row.id, kind: row.kind } }))
}

fn session_holder(tx: &mut Tx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<Caller>, StoreError> {
    let open = tx.session_of_token(hash)?.filter(|row| row.revoked_at.is_none() && now < row.expires_at);
    let Some(row) = open else { return Ok(None) };
    let Some(login) = tx.login_of_party(row.tenant, row.party)? else { return Ok(None) };
    let clients = if login.roles.contains(&Role::Agency) {
        tx.clients_of(row.tenant, row.party, u32::try_from(AGENCY_CLIENTS_MAX).expect("the limit is small"))?
    } else {
        Vec::new()
    };
    let actor = Actor { tenant: row.tenant, party: row.party, roles: login.roles, scopes: Vec::new(), clients };
    let credential = Credential::Session { session: row.id, expires_at: row.expires_at, proved_at: row.proved_at };
    Ok(Some(Caller { actor, credential }))
}

/// Callers in memory, by the hash of their credentials.
#[derive(Default)]
pub(crate) struct Callers {
    memory: RwLock<Memory>,
}

#[derive(Default)]
struct Memory {
    /// Grows with each revocation: what was read before one may not be remembered after it.
    revocations: u64,
    callers: HashMap<[u8; 32], Remembered>,
}

struct Remembered {
    caller: Arc<Caller>,
    fresh_until: Timestamp,
    /// In milliseconds; later than `saved_at` when the database does not know yet.
    used_at: AtomicI64,
    saved_at: AtomicI64,
}

/// When a caller was read from the database.
struct Seen {
    now: Timestamp,
    revocations: u64,
}

/// The last use of a credential.
struct Use {
    tenant: TenantId,
    credential: Credential,
    at: Timestamp,
}

impl Callers {
    fn get(&self, hash: &[u8; 32], now: Timestamp) -> Option<Arc<Caller>> {
        let memory = self.read();
        let remembered = memory.callers.get(hash).filter(|remembered| now < remembered.fresh_until)?;
        remembered.used_at.store(now.ms(), Ordering::Relaxed);
        Some(Arc::clone(&remembered.caller))
    }

    fn revocations(&self) -> u64 {
        self.read().revocations
    }

    fn remember(&self, hash: [u8; 32], caller: Arc<Caller>, seen: Seen) {
        let Seen { now, revocations } = seen;
        let mut memory = self.write();
        if memory.revocations != revocations {
            return;
        }
        if memory.callers.len() >= CALLERS_REMEMBERED_MAX && !memory.callers.contains_key(&hash) {
            make_room(&mut memory.callers, now);
        }
        let fresh_until = match caller.credential {
            Credential::Session { expires_at, .. } => expires_at.min(now.plus_ms(FRESH_MS)),
            Credential::ApiKey { .. } => now.plus_ms(FRESH_MS),
        };
        let saved_at = memory.callers.get(&hash).map_or(0, |before| before.saved_at.load(Ordering::Relaxed));
        let used_at = AtomicI64::new(now.ms());
        memory.callers.insert(hash, Remembered { caller, fresh_until, used_at, saved_at: AtomicI64::new(saved_at) });
    }

    /// Forgets callers, and what others are reading about them just now.
    pub(crate) fn forget(&self, is_gone: impl Fn(&Caller) -> bool) {
        let mut memory = self.write();
        memory.revocations += 1;
        memory.callers.retain(|_, remembered| !is_gone(&remembered.caller));
    }

    fn take_uses(&self) -> Vec<Use> {
        let memory = self.read();
        let unsaved = memory.callers.values().filter_map(|remembered| {
            let used_at = remembered.used_at.load(Ordering::Relaxed);
            let is_new = remembered.saved_at.fetch_max(used_at, Ordering::Relaxed) < used_at;
            let Caller { actor, credential } = remembered.caller.as_ref();
            is_new.then(|| Use { tenant: actor.tenant, credential: *credential, at: Timestamp::from_ms(used_at) })
        });
        unsaved.collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops whoever must be read again anyway, and if that is nobody, somebody.
fn make_room(callers: &mut HashMap<[u8; 32], Remembered>, now: Timestamp) {
    callers.retain(|_, remembered| now < remembered.fresh_until);
    if callers.len() >= CALLERS_REMEMBERED_MAX
        && let Some(somebody) = callers.keys().next().copied()
    {
        callers.remove(&somebody);
    }
}

impl Shell {
    /// Forgets the callers whose rights just changed; called after the commit.
    pub(crate) fn forget_callers(&self, is_gone: impl Fn(&Caller) -> bool) {
        self.access.callers.forget(is_gone);
    }
}
