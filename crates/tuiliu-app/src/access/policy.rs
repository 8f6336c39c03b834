//! Each tenant's policy: what differs from the default is kept as JSON, and read once per version.

mod text;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use thiserror::Error;
use tuiliu_domain::id::TenantId;
use tuiliu_domain::limits::TENANTS_REMEMBERED_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::policy::{Policy, PolicyError};
use tuiliu_store::{PolicyRow, StoreError, Tx};

use self::text::{PolicyText, Unreadable};
use super::login::refuse;
use super::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// A policy as it is told: every setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyView {
    pub version: u32,
    pub settings: Value,
}

/// Why a policy was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangePolicyError {
    /// Not the shape of a policy.
    #[error("read the change: {reason}")]
    Unreadable { reason: String },
    #[error(transparent)]
    Invalid(#[from] PolicyError),
    #[error("change version `{read}` where `{present}` is present")]
    VersionConflict { read: u32, present: u32 },
}

/// Policies in memory.
#[derive(Default)]
pub(crate) struct Policies {
    memory: RwLock<HashMap<TenantId, (PolicyRow, Arc<Policy>)>>,
}

impl App {
    /// A tenant's policy, for whoever belongs to it.
    pub async fn policy(&self, actor: Actor) -> Result<PolicyView, CommandError<std::convert::Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadPolicy, &of_tenant(actor.tenant))?;
            let policy = shell.policy(tx, actor.tenant)?;
            Ok(view(&policy))
        })
        .await
    }

    /// Changes the settings that `change` names and no others; orders placed before keep theirs.
    pub async fn change_policy(
        &self,
        actor: Actor,
        read: u32,
        change: Value,
    ) -> Result<PolicyView, CommandError<ChangePolicyError>> {
        self.write(move |shell, tx| {
            let tenant = actor.tenant;
            actor.may(Action::ChangePolicy, &of_tenant(tenant))?;
            let stored = tx.tenant_policy(tenant)?.ok_or(CommandError::NotFound)?;
            if stored.version != read {
                let present = stored.version;
                return Err(CommandError::Refused(ChangePolicyError::VersionConflict { read, present }));
            }
            let change: PolicyText = refuse(PolicyText::from_value(change.clone()))?;
            let kept = stored_text(tenant, &stored.overrides)?;
            let changed = change.over(kept);
            let policy = refuse(changed.clone().policy(stored.version + 1))?;
            refuse(policy.check())?;
            let overrides = serde_json::to_string(&changed).expect("a policy is JSON");
            tx.change_tenant_policy(tenant, read, &overrides)?;
            shell.engine.touch_after(tx);
            Ok(view(&policy))
        })
        .await
    }
}

fn view(policy: &Policy) -> PolicyView {
    let settings = serde_json::to_value(PolicyText::of(policy)).expect("a policy is JSON");
    PolicyView { version: policy.version, settings }
}

fn stored_text(tenant: TenantId, overrides: &str) -> Result<PolicyText, StoreError> {
    serde_json::from_str(overrides).map_err(|fault| inconsistent(tenant, fault.to_string()))
}

fn inconsistent(tenant: TenantId, reason: String) -> StoreError {
    StoreError::Inconsistent { place: format!("the policy of `{tenant}`"), reason }
}

impl Shell {
    /// The policy that holds in this transaction: the one every command of the tenant goes by.
    pub fn policy(&self, tx: &mut Tx<'_>, tenant: TenantId) -> Result<Arc<Policy>, StoreError> {
        let stored = tx.tenant_policy(tenant)?.ok_or_else(|| inconsistent(tenant, "no such tenant".to_owned()))?;
        let memory = &self.access.policies.memory;
        let known = memory.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        // The text is compared and not the version alone: a change that is undone leaves its number to the next.
        if let Some((_, policy)) = known.filter(|(row, _)| *row == stored) {
            return Ok(policy);
        }
        let read = stored_text(tenant, &stored.overrides)?.policy(stored.version);
        let policy = Arc::new(read.map_err(|fault| inconsistent(tenant, fault.reason))?);
        let mut memory = memory.write().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= TENANTS_REMEMBERED_MAX {
            memory.clear();
        }
        memory.insert(tenant, (stored, Arc::clone(&policy)));
        Ok(policy)
    }
}

impl From<Unreadable> for ChangePolicyError {
    fn from(Unreadable { reason }: Unreadable) -> Self {
        Self::Unreadable { reason }
    }
}
