//! Tenants and the policy of each.

use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A host platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    pub id: TenantId,
    pub name: String,
    pub created_at: Timestamp,
    pub version: i64,
}

/// A tenant's policy: what differs from the default, as JSON that the store does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// Grows by one with each change.
    pub version: u32,
    pub overrides: String,
}

statements! {
    INSERT: "insert into tenant (id, name, policy, policy_version, created_at, version) values ($1, $2, $3, $4, $5, 1)";
    FIND: "select id, name, created_at, version from tenant where id = $1";
    LIST: "select id, name, created_at, version from tenant where id > $1 order by id limit $2";
    POLICY: "select policy_version, policy from tenant where id = $1";
    POLICY_VERSION: "select policy_version from tenant where id = $1";
    CHANGE_POLICY: "update tenant set policy = $3, policy_version = policy_version + 1, version = version + 1
        where id = $1 and policy_version = $2";
}

impl Tx<'_> {
    /// Keeps a new tenant with its first policy.
    pub fn add_tenant(&mut self, tenant: &TenantRow, policy: &PolicyRow) -> Result<(), StoreError> {
        let TenantRow { id, name, created_at, version: _ } = tenant;
        let PolicyRow { version, overrides } = policy;
        let values = [(*id).into(), name.into(), overrides.into(), (*version).into(), (*created_at).into()];
        self.execute_one(INSERT, &values)
    }

    /// The tenant with this id.
    pub fn tenant(&mut self, tenant: TenantId) -> Result<Option<TenantRow>, StoreError> {
        self.query_one(FIND, &[tenant.into()])?.as_ref().map(read).transpose()
    }

    /// Every tenant after this one, in the order of their ids: for the operator of the machine, not for a tenant.
    pub fn tenants_after(&mut self, after: TenantId, limit: u32) -> Result<Vec<TenantRow>, StoreError> {
        self.query(LIST, &[after.into(), limit.into()])?.iter().map(read).collect()
    }

    /// A tenant's policy.
    pub fn tenant_policy(&mut self, tenant: TenantId) -> Result<Option<PolicyRow>, StoreError> {
        let row = self.query_one(POLICY, &[tenant.into()])?;
        row.map(|row| Ok(PolicyRow { version: row.get(0)?, overrides: row.get(1)? })).transpose()
    }

    /// The version of a tenant's policy.
    pub fn tenant_policy_version(&mut self, tenant: TenantId) -> Result<Option<u32>, StoreError> {
        self.query_one(POLICY_VERSION, &[tenant.into()])?.map(|row| row.get(0)).transpose()
    }

    /// Replaces a tenant's policy; `read` is the version that the change was made from.
    pub fn change_tenant_policy(&mut self, tenant: TenantId, read: u32, overrides: &str) -> Result<(), StoreError> {
        self.execute_one(CHANGE_POLICY, &[tenant.into(), read.into(), overrides.into()])
    }
}

fn read(row: &Row) -> Result<TenantRow, StoreError> {
    Ok(TenantRow { id: row.get(0)?, name: row.get(1)?, created_at: row.get(2)?, version: row.get(3)? })
}
