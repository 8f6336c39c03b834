//! Signing in: slow for whoever guesses, and silent about what was wrong.

use std::net::IpAddr;

use thiserror::Error;
use tuiliu_domain::id::{PartyId, SessionId, TenantId};
use tuiliu_domain::limits::{SESSION_AGENT_BYTES_MAX, SESSIONS_OF_PARTY_MAX};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{LoginRow, SessionRow, StoreError, Tx};

use super::login::parse_name;
use super::throttle::{self, ACCOUNT, ADDRESS, Throttle};
use super::{Password, SESSION_MS, hexadecimal};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// What a session token begins with.
const TOKEN_PREFIX: &str = "tss_";

/// A person's wish to sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// May be left out where there is only one tenant.
    pub tenant: Option<TenantId>,
    pub login: String,
    pub password: Password,
    pub address: IpAddr,
    /// The browser's own words.
    pub agent: String,
}

/// A person who signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub session: SessionId,
    pub tenant: TenantId,
    pub party: PartyId,
    /// For the browser alone; it is kept as a hash.
    pub token: String,
    pub expires_at: Timestamp,
}

/// Why a person was not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignInError {
    /// Which of tenant, login and password is wrong is nobody's business.
    #[error("sign in with a wrong login or password")]
    WrongCredentials,
    #[error("sign in within `{wait_ms}` ms after so many failures")]
    Throttled { wait_ms: i64 },
    #[error("sign in without saying to which tenant")]
    TenantNeeded,
}

/// An attempt that was let through to the check of its password.
struct Attempt {
    tenant: TenantId,
    login: Option<LoginRow>,
}

impl App {
    /// Signs a person in. Every attempt counts as a failure before its password is looked at, so that many at
    /// once are not many for the price of one.
    pub async fn sign_in(&self, command: SignIn) -> Result<SignedIn, CommandError<SignInError>> {
        let SignIn { tenant, login, password, address, agent } = command;
        let tenant = match tenant {
            Some(tenant) => tenant,
            None => self.only_tenant().await?,
        };
        let name = parse_name(&login).map_err(|_| CommandError::Refused(SignInError::WrongCredentials))?;
        let login = self.check_password(tenant, &name, password, address).await?;
        self.write(move |shell, tx| {
            // The password may have been changed while it was checked.
            let present = tx.login(tenant, &login.name)?.filter(|present| present.version == login.version);
            let login = present.ok_or(CommandError::Refused(SignInError::WrongCredentials))?;
            open_session(shell, tx, &login, address, &agent)
        })
        .await
    }

    /// Whether this is the login's password: counted, and slowed down by account and by address.
    pub(super) async fn check_password(
        &self,
        tenant: TenantId,
        name: &str,
        password: Password,
        address: IpAddr,
    ) -> Result<LoginRow, CommandError<SignInError>> {
        let subjects = [throttle::account(name), throttle::address(address)];
        let (for_begin, name) = (subjects.clone(), name.to_owned());
        let attempt = self.write(move |shell, tx| begin(tx, tenant, &name, &for_begin, shell.now())).await?;
        let Attempt { tenant, login } = attempt;
        let expected = login.as_ref().map(|login| login.password_hash.clone());
        let is_right = self.shell.access.passwords.check(password, expected).await?;
        let login = login.filter(|_| is_right).ok_or(CommandError::Refused(SignInError::WrongCredentials))?;
        self.write(move |shell, tx| {
            let [account, address] = &subjects;
            tx.forget_sign_in_attempts(tenant, account)?;
            if let Some(attempts) = tx.sign_in_attempts(tenant, address)? {
                tx.save_sign_in_attempts(tenant, address, Throttle::after_success(attempts, shell.now()))?;
            }
            Ok::<_, CommandError<SignInError>>(())
        })
        .await?;
        Ok(login)
    }

    /// Forgets failures, sessions that are long over; a job runs it every hour. How many rows went.
    pub async fn forget_old_access(&self) -> Result<u64, CommandError<std::convert::Infallible>> {
        self.write(|shell, tx| {
            let before = shell.now().plus_ms(-tuiliu_domain::time::DAY_MS);
            Ok(tx.forget_old_sign_in_attempts(before)? + tx.remove_old_sessions(before)?)
        })
        .await
    }

    async fn only_tenant(&self) -> Result<TenantId, CommandError<SignInError>> {
        let first =
            self.read(|_, tx| Ok::<_, CommandError<SignInError>>(tx.tenants_after(TenantId::new(0), 2)?)).await?;
        match first.as_slice() {
            [only] => Ok(only.id),
            _ => Err(CommandError::Refused(SignInError::TenantNeeded)),
        }
    }
}

/// Counts the attempt, unless it is refused unread.
fn begin(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    name: &str,
    subjects: &[String; 2],
    now: Timestamp,
) -> Result<Attempt, CommandError<SignInError>> {
    let mut counted = Vec::new();
    for (subject, throttle) in subjects.iter().zip([ACCOUNT, ADDRESS]) {
        let attempts = tx.sign_in_attempts(tenant, subject)?;
        if let Some(retry_at) = Throttle::refused_until(attempts, now) {
            return Err(CommandError::Refused(SignInError::Throttled { wait_ms: retry_at.since_ms(now) }));
        }
        counted.push((subject, throttle.after_failure(attempts, now)));
    }
    for (subject, attempts) in counted {
        tx.save_sign_in_attempts(tenant, subject, attempts)?;
    }
    Ok(Attempt { tenant, login: tx.login(tenant, name)? })
}

fn open_session(
    shell: &Shell,
    tx: &mut Tx<'_>,
    login: &LoginRow,
    address: IpAddr,
    agent: &str,
) -> Result<SignedIn, CommandError<SignInError>> {
    let now = shell.now();
    make_room(tx, login, now)?;
    let token = format!("{TOKEN_PREFIX}{}", hexadecimal(shell.secret()));
    let row = SessionRow {
        tenant: login.tenant,
        id: shell.id(),
        party: login.party,
        token_hash: *blake3::hash(token.as_bytes()).as_bytes(),
        address: address.to_string(),
        agent: agent.chars().filter(|letter| !letter.is_control()).take(SESSION_AGENT_BYTES_MAX / 4).collect(),
        created_at: now,
        expires_at: now.plus_ms(SESSION_MS),
        last_seen_at: now,
        proved_at: now,
        revoked_at: None,
    };
    tx.add_session(&row)?;
    let SessionRow { tenant, id: session, party, expires_at, .. } = row;
    Ok(SignedIn { session, tenant, party, token, expires_at })
}

/// Ends the oldest sessions of a party that has as many as it may.
fn make_room(tx: &mut Tx<'_>, login: &LoginRow, now: Timestamp) -> Result<(), StoreError> {
    let all = u32::try_from(SESSIONS_OF_PARTY_MAX).expect("the limit is small");
    let open = tx.open_sessions(login.tenant, login.party, now, all)?;
    for oldest in open.iter().skip(SESSIONS_OF_PARTY_MAX - 1) {
        tx.revoke_session(login.tenant, oldest.id, now)?;
    }
    Ok(())
}

/// Without the token, so that it can be logged.
impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { session, tenant, party, .. } = self;
        write!(f, "SignedIn {{ {session} {tenant} {party} }}")
    }
}
