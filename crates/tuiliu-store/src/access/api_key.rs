//! Keys of machines.

use tuiliu_domain::id::{ApiKeyId, PartyId, TenantId};
use tuiliu_domain::party::Scope;
use tuiliu_domain::time::Timestamp;

use super::{join, split};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiKeyKind {
    /// A server's key to the real thing.
    Live,
    /// A server's key for trying out.
    Test,
    /// A key that anybody can read in a page: impressions and clicks only.
    Publishable,
}

impl ApiKeyKind {
    /// Every kind there is.
    pub const ALL: &[Self] = &[Self::Live, Self::Test, Self::Publishable];

    /// What the key begins with, before an underscore; also its code in rows. Never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Live => "sk_live",
            Self::Test => "sk_test",
            Self::Publishable => "pk",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

/// A machine's key; the key itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRow {
    pub tenant: TenantId,
    pub id: ApiKeyId,
    /// The party that the machine acts as.
    pub party: PartyId,
    pub name: String,
    pub kind: ApiKeyKind,
    /// How the key begins, so that its owner recognises it.
    pub shown: String,
    /// BLAKE3 of the whole key.
    pub key_hash: [u8; 32],
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// Ahead of now while the key that replaces it is being put in place.
    pub revoked_at: Option<Timestamp>,
}

statements! {
    INSERT: "insert into api_key (tenant_id, id, party_id, name, kind, shown, key_hash, scopes, created_at,
        last_used_at, revoked_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, null, null)";
    FIND_BY_HASH: "select tenant_id, id, party_id, name, kind, shown, key_hash, scopes, created_at, last_used_at,
        revoked_at from api_key where key_hash = $1";
    FIND: "select tenant_id, id, party_id, name, kind, shown, key_hash, scopes, created_at, last_used_at,
        revoked_at from api_key where tenant_id = $1 and id = $2";
    LIST: "select tenant_id, id, party_id, name, kind, shown, key_hash, scopes, created_at, last_used_at,
        revoked_at from api_key where tenant_id = $1 and id > $2 order by id limit $3";
    COUNT_OPEN: "select count(*) from api_key where tenant_id = $1 and revoked_at is null";
    REVOKE: "update api_key set revoked_at = $3 where tenant_id = $1 and id = $2 and (revoked_at is null or revoked_at > $3)";
    USED: "update api_key set last_used_at = $3
        where tenant_id = $1 and id = $2 and (last_used_at is null or last_used_at < $3)";
}

impl Tx<'_> {
    /// Keeps a new key.
    pub fn add_api_key(&mut self, key: &ApiKeyRow) -> Result<(), StoreError> {
        let ApiKeyRow { tenant, id, party, name, kind, shown, key_hash, scopes, created_at, .. } = key;
        let key_hash: &[u8] = key_hash;
        let scopes = join(scopes.iter().map(|scope| scope.code()));
        let values = [
            (*tenant).into(),
            (*id).into(),
            (*party).into(),
            name.into(),
            kind.code().into(),
            shown.into(),
            key_hash.into(),
            (&scopes).into(),
            (*created_at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The key with this hash, whatever became of it; the key says which tenant it is of.
    pub fn api_key_of_hash(&mut self, key_hash: &[u8; 32]) -> Result<Option<ApiKeyRow>, StoreError> {
        let key_hash: &[u8] = key_hash;
        self.query_one(FIND_BY_HASH, &[key_hash.into()])?.as_ref().map(read).transpose()
    }

    /// The key with this id, whatever became of it.
    pub fn api_key(&mut self, tenant: TenantId, key: ApiKeyId) -> Result<Option<ApiKeyRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), key.into()])?.as_ref().map(read).transpose()
    }

    /// A tenant's keys after this one, revoked ones included, in the order of their ids.
    pub fn api_keys_after(
        &mut self,
        tenant: TenantId,
        after: ApiKeyId,
        limit: u32,
    ) -> Result<Vec<ApiKeyRow>, StoreError> {
        self.query(LIST, &[tenant.into(), after.into(), limit.into()])?.iter().map(read).collect()
    }

    /// How many keys of a tenant are not revoked.
    pub fn open_api_keys(&mut self, tenant: TenantId) -> Result<u64, StoreError> {
        self.query_one(COUNT_OPEN, &[tenant.into()])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Ends a key, at once or later; whether it would have been open then.
    pub fn revoke_api_key(&mut self, tenant: TenantId, key: ApiKeyId, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.execute(REVOKE, &[tenant.into(), key.into(), at.into()])? > 0)
    }

    /// Notes that a key was used.
    pub fn use_api_key(&mut self, tenant: TenantId, key: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(USED, &[tenant.into(), key.into(), at.into()])?;
        Ok(())
    }
}

fn read(row: &Row) -> Result<ApiKeyRow, StoreError> {
    Ok(ApiKeyRow {
        tenant: row.get(0)?,
        id: row.get(1)?,
        party: row.get(2)?,
        name: row.get(3)?,
        kind: row.parse(4, |code: String| ApiKeyKind::from_code(&code))?,
        shown: row.get(5)?,
        key_hash: row.get(6)?,
        scopes: row.parse(7, |codes: String| split(&codes, Scope::from_code))?,
        created_at: row.get(8)?,
        last_used_at: row.get(9)?,
        revoked_at: row.get(10)?,
    })
}
