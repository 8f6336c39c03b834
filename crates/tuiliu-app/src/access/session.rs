//! Sessions of people who are signed in: listed, and ended.

use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_domain::id::{PartyId, SessionId, TenantId};
use tuiliu_domain::limits::SESSIONS_OF_PARTY_MAX;
use tuiliu_domain::party::Action;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::SessionRow;

use super::login::refuse;
use super::{AskAgain, Caller, Credential, Password, SignInError, of_tenant};
use crate::app::App;
use crate::error::CommandError;

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    pub id: SessionId,
    /// Where the person signed in from.
    pub address: String,
    /// The browser's own words.
    pub agent: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Whether it is the session that asks.
    pub is_current: bool,
}

impl App {
    /// The caller's own sessions that are neither ended nor expired, newest first.
    pub async fn sessions(&self, caller: Arc<Caller>) -> Result<Vec<SessionView>, CommandError<Infallible>> {
        let Credential::Session { session: current, .. } = caller.credential else {
            return Err(CommandError::Forbidden);
        };
        let limit = u32::try_from(SESSIONS_OF_PARTY_MAX).expect("the limit is small");
        self.read(move |shell, tx| {
            let rows = tx.open_sessions(caller.actor.tenant, caller.actor.party, shell.now(), limit)?;
            Ok(rows.into_iter().map(|row| view(row, current)).collect())
        })
        .await
    }

    /// Ends the caller's own session.
    pub async fn sign_out(&self, caller: Arc<Caller>) -> Result<(), CommandError<Infallible>> {
        let Credential::Session { session, .. } = caller.credential else {
            return Err(CommandError::Forbidden);
        };
        let tenant = caller.actor.tenant;
        self.write_then(
            move |shell, tx| Ok(tx.revoke_session(tenant, session, shell.now())?),
            move |shell, _| shell.forget_callers(|other| is(other, tenant, session)),
        )
        .await?;
        Ok(())
    }

    /// Ends one session: one's own, or as manager of staff anybody's.
    pub async fn revoke_session(&self, caller: Arc<Caller>, session: SessionId) -> Result<(), CommandError<AskAgain>> {
        let tenant = caller.actor.tenant;
        self.write_then(
            move |shell, tx| {
                let now = shell.now();
                let row = tx.session(tenant, session)?.ok_or(CommandError::NotFound)?;
                if row.party != caller.actor.party || !matches!(caller.credential, Credential::Session { .. }) {
                    // Whoever may not end it may not learn that it exists either.
                    let managed = caller.actor.may(Action::ManageStaff, &of_tenant(tenant));
                    managed.map_err(|_| CommandError::NotFound)?;
                    refuse(caller.proved(Action::ManageStaff, now))?;
                }
                if !tx.revoke_session(tenant, session, now)? {
                    return Err(CommandError::NotFound);
                }
                Ok(())
            },
            move |shell, ()| shell.forget_callers(|other| is(other, tenant, session)),
        )
        .await
    }

    /// Notes that the person gave the password again, so that sensitive actions are open for a while (AC-02).
    pub async fn prove_session(
        &self,
        caller: Arc<Caller>,
        password: Password,
        address: std::net::IpAddr,
    ) -> Result<(), CommandError<SignInError>> {
        let Credential::Session { session, .. } = caller.credential else {
            return Err(CommandError::Forbidden);
        };
        let (tenant, party): (TenantId, PartyId) = (caller.actor.tenant, caller.actor.party);
        let login = self.read(move |_, tx| Ok(tx.login_of_party(tenant, party)?)).await?;
        let login = login.ok_or(CommandError::NotFound)?;
        self.check_password(tenant, &login.name, password, address).await?;
        self.write_then(
            move |shell, tx| Ok(tx.prove_session(tenant, session, shell.now())?),
            move |shell, ()| shell.forget_callers(|other| is(other, tenant, session)),
        )
        .await
    }
}

fn is(caller: &Caller, tenant: TenantId, asked: SessionId) -> bool {
    caller.actor.tenant == tenant
        && matches!(caller.credential, Credential::Session { session, .. } if session == asked)
}

fn view(row: SessionRow, current: SessionId) -> SessionView {
    let SessionRow { id, address, agent, created_at, expires_at, last_seen_at, .. } = row;
    SessionView { id, address, agent, created_at, expires_at, last_seen_at, is_current: id == current }
}
