//! Sessions of signed-in people.

use tuiliu_domain::id::{PartyId, SessionId, TenantId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A signed-in person's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub tenant: TenantId,
    pub id: SessionId,
    pub party: PartyId,
    /// BLAKE3 of the token that the browser keeps.
    pub token_hash: [u8; 32],
    /// Where the person signed in from, so that a stranger's session is recognised.
    pub address: String,
    /// The browser's own words.
    pub agent: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// When the person gave the password last; sensitive actions ask for it again (AC-02).
    pub proved_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

statements! {
    INSERT: "insert into session (tenant_id, id, party_id, token_hash, address, agent,
        created_at, expires_at, last_seen_at, proved_at, revoked_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null)";
    FIND_BY_TOKEN: "select tenant_id, id, party_id, token_hash, address, agent, created_at, expires_at, last_seen_at,
        proved_at, revoked_at from session where token_hash = $1";
    FIND: "select tenant_id, id, party_id, token_hash, address, agent, created_at, expires_at, last_seen_at,
        proved_at, revoked_at from session where tenant_id = $1 and id = $2";
    OPEN_OF_PARTY: "select tenant_id, id, party_id, token_hash, address, agent, created_at, expires_at, last_seen_at,
        proved_at, revoked_at from session where tenant_id = $1 and party_id = $2 and revoked_at is null and expires_at > $3
        order by id desc limit $4";
    REVOKE: "update session set revoked_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null";
    REVOKE_OF_PARTY: "update session set revoked_at = $4
        where tenant_id = $1 and party_id = $2 and id <> $3 and revoked_at is null returning id";
    SEEN: "update session set last_seen_at = $3 where tenant_id = $1 and id = $2 and last_seen_at < $3";
    PROVE: "update session set proved_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null";
    REMOVE_OLD: "delete from session where expires_at < $1";
}

impl Tx<'_> {
    /// Keeps a new session.
    pub fn add_session(&mut self, session: &SessionRow) -> Result<(), StoreError> {
        let SessionRow {
            tenant,
            id,
            party,
            token_hash,
            address,
            agent,
            created_at,
            expires_at,
            last_seen_at,
            proved_at,
            ..
        } = session;
        let token_hash: &[u8] = token_hash;
        let values = [
            (*tenant).into(),
            (*id).into(),
            (*party).into(),
            token_hash.into(),
            address.into(),
            agent.into(),
            (*created_at).into(),
            (*expires_at).into(),
            (*last_seen_at).into(),
            (*proved_at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The session that this token opened, whatever became of it; the token says which tenant it is of.
    pub fn session_of_token(&mut self, token_hash: &[u8; 32]) -> Result<Option<SessionRow>, StoreError> {
        let token_hash: &[u8] = token_hash;
        self.query_one(FIND_BY_TOKEN, &[token_hash.into()])?.as_ref().map(read).transpose()
    }

    /// The session with this id, whatever became of it.
    pub fn session(&mut self, tenant: TenantId, session: SessionId) -> Result<Option<SessionRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), session.into()])?.as_ref().map(read).transpose()
    }

    /// A party's sessions that are neither revoked nor expired, newest first.
    pub fn open_sessions(
        &mut self,
        tenant: TenantId,
        party: PartyId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        self.query(OPEN_OF_PARTY, &[tenant.into(), party.into(), now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Ends a session; whether it was open.
    pub fn revoke_session(&mut self, tenant: TenantId, id: SessionId, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.execute(REVOKE, &[tenant.into(), id.into(), at.into()])? > 0)
    }

    /// Ends a party's sessions except one; which.
    pub fn revoke_sessions_except(
        &mut self,
        tenant: TenantId,
        party: PartyId,
        except: SessionId,
        at: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        let rows = self.query_write(REVOKE_OF_PARTY, &[tenant.into(), party.into(), except.into(), at.into()])?;
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Notes that a session was used.
    pub fn see_session(&mut self, tenant: TenantId, session: SessionId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(SEEN, &[tenant.into(), session.into(), at.into()])?;
        Ok(())
    }

    /// Notes that the person gave the password again.
    pub fn prove_session(&mut self, tenant: TenantId, session: SessionId, at: Timestamp) -> Result<(), StoreError> {
        self.execute_one(PROVE, &[tenant.into(), session.into(), at.into()])
    }

    /// Deletes the sessions of every tenant that expired before; how many.
    pub fn remove_old_sessions(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(REMOVE_OLD, &[before.into()])
    }
}

fn read(row: &Row) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        tenant: row.get(0)?,
        id: row.get(1)?,
        party: row.get(2)?,
        token_hash: row.get(3)?,
        address: row.get(4)?,
        agent: row.get(5)?,
        created_at: row.get(6)?,
        expires_at: row.get(7)?,
        last_seen_at: row.get(8)?,
        proved_at: row.get(9)?,
        revoked_at: row.get(10)?,
    })
}
