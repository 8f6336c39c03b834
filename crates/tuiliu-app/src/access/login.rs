//! Logins: a name, a password and the roles they open.

use std::sync::Arc;

use thiserror::Error;
use tuiliu_domain::id::{PartyId, SessionId, TenantId};
use tuiliu_domain::limits::LOGIN_NAME_BYTES_MAX;
use tuiliu_domain::party::{Action, Role};
use tuiliu_store::{LoginRow, StoreError, Tx};

use super::{AskAgain, Caller, Credential, Password, of_tenant};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// A login that is to be opened together with its party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginDraft {
    pub name: String,
    pub password: Password,
    /// Empty stands for the party's own kind.
    pub roles: Vec<Role>,
}

/// Why a login cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LoginError {
    #[error("open a login without a name, or with one of more than `{max}` bytes or control characters")]
    BadName { max: usize },
    #[error("open a second login `{name}`")]
    NameTaken { name: String },
    /// Machines have keys.
    #[error("sign in as a machine")]
    Machine,
}

/// Changes a party's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetPassword {
    pub party: PartyId,
    /// The present password; needed of whoever changes their own.
    pub current: Option<Password>,
    pub new: Password,
}

/// Why a password was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SetPasswordError {
    #[error("change a password without knowing the present one")]
    WrongPassword,
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

impl App {
    /// Changes a password and ends the party's other sessions.
    pub async fn set_password(
        &self,
        caller: Arc<Caller>,
        command: SetPassword,
    ) -> Result<(), CommandError<SetPasswordError>> {
        let SetPassword { party, current, new } = command;
        let tenant = caller.actor.tenant;
        let (login, hash_now) = self.login_to_change(Arc::clone(&caller), party).await?;
        let is_own = party == caller.actor.party;
        if is_own {
            let given = current.ok_or(CommandError::Refused(SetPasswordError::WrongPassword))?;
            if !self.shell.access.passwords.check(given, Some(hash_now)).await? {
                return Err(CommandError::Refused(SetPasswordError::WrongPassword));
            }
        }
        let password_hash = self.shell.access.passwords.hash(new, self.shell.secret()).await?;
        let stays = match caller.credential {
            Credential::Session { session, .. } if is_own => session,
            _ => SessionId::new(0),
        };
        self.write_then(
            move |shell, tx| {
                let now = shell.now();
                let saved = LoginRow { password_hash: password_hash.clone(), changed_at: now, ..login.clone() };
                tx.save_login(&saved)?;
                tx.revoke_sessions_except(tenant, party, stays, now)?;
                Ok(())
            },
            move |shell, ()| {
                shell.forget_callers(|other| other.actor.tenant == tenant && other.actor.party == party);
            },
        )
        .await
    }

    async fn login_to_change(
        &self,
        caller: Arc<Caller>,
        party: PartyId,
    ) -> Result<(LoginRow, String), CommandError<SetPasswordError>> {
        self.read(move |shell, tx| {
            let actor = &caller.actor;
            if party != actor.party {
                actor.may(Action::ManageStaff, &of_tenant(actor.tenant))?;
                refuse(caller.proved(Action::ManageStaff, shell.now()))?;
            }
            let login = tx.login_of_party(actor.tenant, party)?.ok_or(CommandError::NotFound)?;
            let hash = login.password_hash.clone();
            Ok((login, hash))
        })
        .await
    }
}

/// A refusal as the command's own.
pub(super) fn refuse<T, E, R: From<E> + std::error::Error>(outcome: Result<T, E>) -> Result<T, CommandError<R>> {
    outcome.map_err(|refusal| CommandError::Refused(R::from(refusal)))
}

/// A login's name as it is kept: the same whatever the case.
pub(super) fn parse_name(name: &str) -> Result<String, LoginError> {
    let name = name.trim().to_lowercase();
    if name.is_empty() || name.len() > LOGIN_NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(LoginError::BadName { max: LOGIN_NAME_BYTES_MAX });
    }
    Ok(name)
}

/// A login that is ready to be saved.
#[derive(Clone)]
pub(super) struct PreparedLogin {
    pub(super) name: String,
    pub(super) password_hash: String,
    pub(super) roles: Vec<Role>,
}

impl Shell {
    /// Checks a login and hashes its password: outside of any transaction.
    pub(super) async fn prepare_login(
        &self,
        kind: Role,
        draft: LoginDraft,
    ) -> Result<Result<PreparedLogin, LoginError>, StoreError> {
        let LoginDraft { name, password, mut roles } = draft;
        if roles.is_empty() {
            roles.push(kind);
        }
        roles.sort_unstable();
        roles.dedup();
        let name = match parse_name(&name) {
            Ok(_) if roles.contains(&Role::Integrator) => return Ok(Err(LoginError::Machine)),
            Ok(name) => name,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let password_hash = self.access.passwords.hash(password, self.secret()).await?;
        Ok(Ok(PreparedLogin { name, password_hash, roles }))
    }

    /// Keeps a prepared login of a new party.
    pub(super) fn add_login(
        &self,
        tx: &mut Tx<'_>,
        tenant: TenantId,
        party: PartyId,
        login: &PreparedLogin,
    ) -> Result<Result<(), LoginError>, StoreError> {
        let PreparedLogin { name, password_hash, roles } = login.clone();
        if tx.login(tenant, &name)?.is_some() {
            return Ok(Err(LoginError::NameTaken { name }));
        }
        let now = self.now();
        tx.add_login(&LoginRow {
            tenant,
            name,
            party,
            password_hash,
            roles,
            created_at: now,
            changed_at: now,
            version: 1,
        })?;
        Ok(Ok(()))
    }
}
