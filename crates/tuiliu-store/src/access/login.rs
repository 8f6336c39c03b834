//! How people sign in, and how often it failed.

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::party::Role;
use tuiliu_domain::time::Timestamp;

use super::{join, split};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A name and a password that open a party's sessions.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginRow {
    pub tenant: TenantId,
    /// Unique within the tenant.
    pub name: String,
    pub party: PartyId,
    /// PHC string of argon2id.
    pub password_hash: String,
    pub roles: Vec<Role>,
    pub created_at: Timestamp,
    /// When the password or the roles changed last.
    pub changed_at: Timestamp,
    pub version: i64,
}

/// Without the password's hash, so that it can be logged.
impl std::fmt::Debug for LoginRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tenant, name, party, roles, .. } = self;
        write!(f, "LoginRow {{ {tenant} {name:?} {party} {roles:?} }}")
    }
}

/// Failed sign-ins of one subject: an account, or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInAttempts {
    pub failures: u32,
    pub last_at: Timestamp,
    /// Until then further attempts are refused unread.
    pub retry_at: Timestamp,
}

statements! {
    INSERT: "insert into login (tenant_id, name, party_id, password_hash, roles, created_at, changed_at, version)
        values ($1, $2, $3, $4, $5, $6, $7, 1)";
    FIND: "select tenant_id, name, party_id, password_hash, roles, created_at, changed_at, version
        from login where tenant_id = $1 and name = $2";
    FIND_BY_PARTY: "select tenant_id, name, party_id, password_hash, roles, created_at, changed_at, version
        from login where tenant_id = $1 and party_id = $2";
    UPDATE: "update login set password_hash = $4, roles = $5, changed_at = $6, version = version + 1
        where tenant_id = $1 and name = $2 and version = $3";
    ATTEMPTS: "select failures, last_at, retry_at from sign_in_attempt where tenant_id = $1 and subject = $2";
    SAVE_ATTEMPTS: "insert into sign_in_attempt (tenant_id, subject, failures, last_at, retry_at)
        values ($1, $2, $3, $4, $5)
        on conflict (tenant_id, subject) do update
        set failures = excluded.failures, last_at = excluded.last_at, retry_at = excluded.retry_at";
    FORGET: "delete from sign_in_attempt where tenant_id = $1 and subject = $2";
    FORGET_OLD: "delete from sign_in_attempt where last_at < $1 and retry_at < $1";
}

impl Tx<'_> {
    /// Keeps a new login; `Duplicate` when the name is taken or the party has one.
    pub fn add_login(&mut self, login: &LoginRow) -> Result<(), StoreError> {
        let LoginRow { tenant, name, party, password_hash, roles, created_at, changed_at, version: _ } = login;
        let roles = join(roles.iter().map(|role| role.code()));
        let values = [
            (*tenant).into(),
            name.into(),
            (*party).into(),
            password_hash.into(),
            (&roles).into(),
            (*created_at).into(),
            (*changed_at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The login with this name.
    pub fn login(&mut self, tenant: TenantId, name: &str) -> Result<Option<LoginRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), name.into()])?.as_ref().map(read).transpose()
    }

    /// How this party signs in.
    pub fn login_of_party(&mut self, tenant: TenantId, party: PartyId) -> Result<Option<LoginRow>, StoreError> {
        self.query_one(FIND_BY_PARTY, &[tenant.into(), party.into()])?.as_ref().map(read).transpose()
    }

    /// Saves a login's password and roles over the version that was read.
    pub fn save_login(&mut self, login: &LoginRow) -> Result<(), StoreError> {
        let LoginRow { tenant, name, password_hash, roles, changed_at, version, .. } = login;
        let roles = join(roles.iter().map(|role| role.code()));
        let values = [
            (*tenant).into(),
            name.into(),
            (*version).into(),
            password_hash.into(),
            (&roles).into(),
            (*changed_at).into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// Failed sign-ins of an account or address.
    pub fn sign_in_attempts(&mut self, tenant: TenantId, subject: &str) -> Result<Option<SignInAttempts>, StoreError> {
        let row = self.query_one(ATTEMPTS, &[tenant.into(), subject.into()])?;
        row.map(|row| Ok(SignInAttempts { failures: row.get(0)?, last_at: row.get(1)?, retry_at: row.get(2)? }))
            .transpose()
    }

    /// Saves the failed sign-ins of an account or address.
    pub fn save_sign_in_attempts(
        &mut self,
        tenant: TenantId,
        subject: &str,
        attempts: SignInAttempts,
    ) -> Result<(), StoreError> {
        let SignInAttempts { failures, last_at, retry_at } = attempts;
        let values = [tenant.into(), subject.into(), failures.into(), last_at.into(), retry_at.into()];
        self.execute_one(SAVE_ATTEMPTS, &values)
    }

    /// Forgets the failed sign-ins of an account or address.
    pub fn forget_sign_in_attempts(&mut self, tenant: TenantId, subject: &str) -> Result<(), StoreError> {
        self.execute(FORGET, &[tenant.into(), subject.into()])?;
        Ok(())
    }

    /// Forgets the failed sign-ins of every tenant that are older than `before`; how many subjects.
    pub fn forget_old_sign_in_attempts(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(FORGET_OLD, &[before.into()])
    }
}

fn read(row: &Row) -> Result<LoginRow, StoreError> {
    Ok(LoginRow {
        tenant: row.get(0)?,
        name: row.get(1)?,
        party: row.get(2)?,
        password_hash: row.get(3)?,
        roles: row.parse(4, |codes: String| split(&codes, Role::from_code))?,
        created_at: row.get(5)?,
        changed_at: row.get(6)?,
        version: row.get(7)?,
    })
}
