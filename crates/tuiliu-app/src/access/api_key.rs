//! Keys of machines: made here, shown once, kept as hashes.

use std::sync::Arc;

use thiserror::Error;
use tuiliu_domain::id::{ApiKeyId, PartyId, TenantId};
use tuiliu_domain::limits::{API_KEYS_MAX, PARTY_TEXT_BYTES_MAX};
use tuiliu_domain::party::{Action, Actor, Role, Scope};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::{ApiKeyKind, ApiKeyRow, PartyRow, Tx};

use super::login::refuse;
use super::party::rows_to_read;
use super::{AskAgain, Caller, Credential, hexadecimal, of_tenant};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Longest time for which a key and the one that replaces it are good.
const OVERLAP_MS_MAX: i64 = 7 * DAY_MS;
/// How many characters of a secret are shown for ever.
const SHOWN_LENGTH: usize = 6;
/// What a key that anybody can read may be used for.
const PUBLISHABLE_SCOPES: &[Scope] = &[Scope::EventsWrite];

/// Makes a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateApiKey {
    pub name: String,
    pub kind: ApiKeyKind,
    pub scopes: Vec<Scope>,
}

/// Replaces a key by one that may do the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotateApiKey {
    pub key: ApiKeyId,
    /// For how long the old one is good too.
    pub overlap_ms: i64,
}

/// A new key; the only time that it can be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct CreatedApiKey {
    pub secret: String,
    pub view: ApiKeyView,
}

/// A key as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyView {
    pub id: ApiKeyId,
    /// The party that the machine acts as.
    pub party: PartyId,
    pub name: String,
    pub kind: ApiKeyKind,
    /// How the key begins.
    pub shown: String,
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    /// To within a minute.
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// Why a key was not made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CreateApiKeyError {
    #[error("make a key without a name, or with one of more than `{max}` bytes")]
    BadName { max: usize },
    #[error("make a key without scopes")]
    NoScopes,
    #[error("make a publishable key with the scope `{scope}`")]
    NotPublishable { scope: Scope },
    #[error("make more than `{max}` keys")]
    TooMany { max: usize },
    #[error("let two keys be good for more than `{max_ms}` ms")]
    BadOverlap { max_ms: i64 },
    #[error("replace a key that was revoked")]
    Revoked,
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

impl App {
    /// Makes a key and the party that acts with it.
    pub async fn create_api_key(
        &self,
        caller: Arc<Caller>,
        command: CreateApiKey,
    ) -> Result<CreatedApiKey, CommandError<CreateApiKeyError>> {
        caller.actor.may(Action::ManageApiKeys, &of_tenant(caller.actor.tenant))?;
        refuse(caller.proved(Action::ManageApiKeys, self.shell.now()))?;
        self.open_api_key(caller.actor.tenant, command).await
    }

    /// Makes a key of a tenant: for the command line, which acts for nobody.
    pub async fn open_api_key(
        &self,
        tenant: TenantId,
        command: CreateApiKey,
    ) -> Result<CreatedApiKey, CommandError<CreateApiKeyError>> {
        let command = refuse(command.checked())?;
        self.write(move |shell, tx| {
            if tx.tenant(tenant)?.is_none() {
                return Err(CommandError::NotFound);
            }
            let open = tx.open_api_keys(tenant)?;
            if usize::try_from(open).is_ok_and(|open| open >= API_KEYS_MAX) {
                return Err(CommandError::Refused(CreateApiKeyError::TooMany { max: API_KEYS_MAX }));
            }
            save_new(shell, tx, tenant, &command)
        })
        .await
    }

    /// The tenant's keys after this one, revoked ones included: at most so many rows.
    pub async fn api_keys(
        &self,
        actor: Actor,
        after: Option<ApiKeyId>,
        rows_wanted: usize,
    ) -> Result<Vec<ApiKeyView>, CommandError<std::convert::Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ManageApiKeys, &of_tenant(actor.tenant))?;
            let after = after.unwrap_or(ApiKeyId::new(0));
            let rows = tx.api_keys_after(actor.tenant, after, rows_to_read(rows_wanted))?;
            Ok(rows.into_iter().map(ApiKeyView::from).collect())
        })
        .await
    }

    /// Replaces a key by a new one of the same party with the same scopes; for a while both are good.
    pub async fn rotate_api_key(
        &self,
        caller: Arc<Caller>,
        command: RotateApiKey,
    ) -> Result<CreatedApiKey, CommandError<CreateApiKeyError>> {
        let tenant = caller.actor.tenant;
        let RotateApiKey { key, overlap_ms } = command;
        if !(0..=OVERLAP_MS_MAX).contains(&overlap_ms) {
            return refuse(Err(CreateApiKeyError::BadOverlap { max_ms: OVERLAP_MS_MAX }));
        }
        self.write_then(
            move |shell, tx| {
                caller.actor.may(Action::ManageApiKeys, &of_tenant(tenant))?;
                refuse(caller.proved(Action::ManageApiKeys, shell.now()))?;
                let old = tx.api_key(tenant, key)?.ok_or(CommandError::NotFound)?;
                if !tx.revoke_api_key(tenant, key, shell.now().plus_ms(overlap_ms))? {
                    return refuse(Err(CreateApiKeyError::Revoked));
                }
                let ApiKeyRow { name, kind, scopes, .. } = old;
                save_key(shell, tx, (tenant, old.party), &CreateApiKey { name, kind, scopes })
            },
            move |shell, _| shell.forget_callers(|other| is(other, tenant, key)),
        )
        .await
    }

    /// Ends a key; at once here, within [`FRESH_MS`](super::FRESH_MS) on other nodes.
    pub async fn revoke_api_key(&self, caller: Arc<Caller>, key: ApiKeyId) -> Result<(), CommandError<AskAgain>> {
        let tenant = caller.actor.tenant;
        self.write_then(
            move |shell, tx| {
                caller.actor.may(Action::ManageApiKeys, &of_tenant(tenant))?;
                refuse(caller.proved(Action::ManageApiKeys, shell.now()))?;
                if !tx.revoke_api_key(tenant, key, shell.now())? {
                    return Err(CommandError::NotFound);
                }
                Ok(())
            },
            move |shell, ()| shell.forget_callers(|other| is(other, tenant, key)),
        )
        .await
    }
}

fn is(caller: &Caller, tenant: TenantId, asked: ApiKeyId) -> bool {
    caller.actor.tenant == tenant && matches!(caller.credential, Credential::ApiKey { key, .. } if key == asked)
}

fn save_new(
    shell: &Shell,
    tx: &mut Tx<'_>,
    tenant: TenantId,
    command: &CreateApiKey,
) -> Result<CreatedApiKey, CommandError<CreateApiKeyError>> {
    let party = PartyRow {
        tenant,
        id: shell.id(),
        kind: Role::Integrator,
        display_name: command.name.clone(),
        external_ref: None,
        credit_score: 100,
        banned: false,
        banned_by: None,
        created_at: shell.now(),
        version: 1,
    };
    tx.add_party(&party)?;
    save_key(shell, tx, (tenant, party.id), command)
}

fn save_key(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (tenant, party): (TenantId, PartyId),
    command: &CreateApiKey,
) -> Result<CreatedApiKey, CommandError<CreateApiKeyError>> {
    let CreateApiKey { name, kind, scopes } = command.clone();
    let letters = hexadecimal(shell.secret());
    let secret = format!("{}_{letters}", kind.code());
    let row = ApiKeyRow {
        tenant,
        id: shell.id(),
        party,
        name,
        kind,
        shown: format!("{}_{}", kind.code(), letters.get(..SHOWN_LENGTH).unwrap_or_default()),
        key_hash: *blake3::hash(secret.as_bytes()).as_bytes(),
        scopes,
        created_at: shell.now(),
        last_used_at: None,
        revoked_at: None,
    };
    tx.add_api_key(&row)?;
    Ok(CreatedApiKey { secret, view: row.into() })
}

impl CreateApiKey {
    fn checked(self) -> Result<Self, CreateApiKeyError> {
        let Self { name, kind, mut scopes } = self;
        let name = name.trim().to_owned();
        if name.is_empty() || name.len() > PARTY_TEXT_BYTES_MAX {
            return Err(CreateApiKeyError::BadName { max: PARTY_TEXT_BYTES_MAX });
        }
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(CreateApiKeyError::NoScopes);
        }
        if kind == ApiKeyKind::Publishable
            && let Some(scope) = scopes.iter().copied().find(|scope| !PUBLISHABLE_SCOPES.contains(scope))
        {
            return Err(CreateApiKeyError::NotPublishable { scope });
        }
        Ok(Self { name, kind, scopes })
    }
}

impl From<ApiKeyRow> for ApiKeyView {
    fn from(row: ApiKeyRow) -> Self {
        let ApiKeyRow { id, party, name, kind, shown, scopes, created_at, last_used_at, revoked_at, .. } = row;
        Self { id, party, name, kind, shown, scopes, created_at, last_used_at, revoked_at }
    }
}

/// Without the secret, so that it can be logged.
impl std::fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CreatedApiKey {{ {:?} }}", self.view)
    }
}
