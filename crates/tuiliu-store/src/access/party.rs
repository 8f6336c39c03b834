//! Parties, and which agencies act for them.

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::party::Role;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Somebody who acts, or is acted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyRow {
    pub tenant: TenantId,
    pub id: PartyId,
    /// What the party is to the platform; its login may have further roles.
    pub kind: Role,
    pub display_name: String,
    /// The host platform's own name for the party; unique within the tenant.
    pub external_ref: Option<String>,
    pub credit_score: i64,
    pub banned: bool,
    /// Who banned it; not known of bans from before it was written down.
    pub banned_by: Option<PartyId>,
    pub created_at: Timestamp,
    pub version: i64,
}

statements! {
    INSERT: "insert into party
        (tenant_id, id, kind, display_name, external_ref, credit_score, banned, created_at, version, banned_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)";
    FIND: "select tenant_id, id, kind, display_name, external_ref, credit_score, banned, created_at, version,
        banned_by from party where tenant_id = $1 and id = $2";
    FIND_BY_REF: "select tenant_id, id, kind, display_name, external_ref, credit_score, banned, created_at, version,
        banned_by from party where tenant_id = $1 and external_ref = $2";
    LIST: "select tenant_id, id, kind, display_name, external_ref, credit_score, banned, created_at, version,
        banned_by from party where tenant_id = $1 and id > $2 order by id limit $3";
    UPDATE: "update party set display_name = $4, credit_score = $5, banned = $6, banned_by = $7,
        version = version + 1
        where tenant_id = $1 and id = $2 and version = $3";
    CONSENT: "insert into party_consent (tenant_id, agency_id, client_id, at) values ($1, $2, $3, $4)
        on conflict (tenant_id, agency_id, client_id) do nothing";
    WITHDRAW: "delete from party_consent where tenant_id = $1 and agency_id = $2 and client_id = $3";
    HAS_CONSENT: "select at from party_consent where tenant_id = $1 and agency_id = $2 and client_id = $3";
    CLIENTS: "select client_id from party_consent where tenant_id = $1 and agency_id = $2
        order by client_id limit $3";
    AGENCIES: "select agency_id from party_consent where tenant_id = $1 and client_id = $2
        order by agency_id limit $3";
}

impl Tx<'_> {
    /// Keeps a new party; `Duplicate` when the tenant has another with its external reference.
    pub fn add_party(&mut self, party: &PartyRow) -> Result<(), StoreError> {
        let PartyRow { tenant, id, kind, display_name, external_ref, credit_score, .. } = party;
        let values = [
            (*tenant).into(),
            (*id).into(),
            kind.code().into(),
            display_name.into(),
            external_ref.as_ref().into(),
            (*credit_score).into(),
            party.banned.into(),
            party.created_at.into(),
            party.banned_by.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The party with this id.
    pub fn party(&mut self, tenant: TenantId, party: PartyId) -> Result<Option<PartyRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), party.into()])?.as_ref().map(read).transpose()
    }

    /// The party that the host platform calls so.
    pub fn party_of_external_ref(&mut self, tenant: TenantId, text: &str) -> Result<Option<PartyRow>, StoreError> {
        self.query_one(FIND_BY_REF, &[tenant.into(), text.into()])?.as_ref().map(read).transpose()
    }

    /// A tenant's parties after this one, in the order of their ids.
    pub fn parties_after(&mut self, tenant: TenantId, after: PartyId, limit: u32) -> Result<Vec<PartyRow>, StoreError> {
        self.query(LIST, &[tenant.into(), after.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Saves a party's name, score and ban over the version that was read.
    pub fn save_party(&mut self, party: &PartyRow) -> Result<(), StoreError> {
        let PartyRow { tenant, id, display_name, credit_score, banned, banned_by, version, .. } = party;
        let values = [
            (*tenant).into(),
            (*id).into(),
            (*version).into(),
            display_name.into(),
            (*credit_score).into(),
            (*banned).into(),
            (*banned_by).into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// Lets an agency act for a client; again changes nothing.
    pub fn add_consent(&mut self, consent: Consent, at: Timestamp) -> Result<(), StoreError> {
        let Consent { tenant, agency, client } = consent;
        self.execute(CONSENT, &[tenant.into(), agency.into(), client.into(), at.into()])?;
        Ok(())
    }

    /// The agency no longer acts for the client; whether it did.
    pub fn remove_consent(&mut self, consent: Consent) -> Result<bool, StoreError> {
        let Consent { tenant, agency, client } = consent;
        Ok(self.execute(WITHDRAW, &[tenant.into(), agency.into(), client.into()])? > 0)
    }

    /// Whether the agency acts for the client.
    pub fn has_consent(&mut self, consent: Consent) -> Result<bool, StoreError> {
        let Consent { tenant, agency, client } = consent;
        Ok(self.query_one(HAS_CONSENT, &[tenant.into(), agency.into(), client.into()])?.is_some())
    }

    /// Whom an agency acts for.
    pub fn clients_of(&mut self, tenant: TenantId, agency: PartyId, limit: u32) -> Result<Vec<PartyId>, StoreError> {
        self.query(CLIENTS, &[tenant.into(), agency.into(), limit.into()])?.iter().map(|row| row.get(0)).collect()
    }

    /// Who acts for a client.
    pub fn agencies_of(&mut self, tenant: TenantId, client: PartyId, limit: u32) -> Result<Vec<PartyId>, StoreError> {
        self.query(AGENCIES, &[tenant.into(), client.into(), limit.into()])?.iter().map(|row| row.get(0)).collect()
    }
}

/// A client's consent that an agency acts for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    pub tenant: TenantId,
    pub agency: PartyId,
    pub client: PartyId,
}

fn read(row: &Row) -> Result<PartyRow, StoreError> {
    Ok(PartyRow {
        tenant: row.get(0)?,
        id: row.get(1)?,
        kind: row.parse(2, |code: String| Role::from_code(&code))?,
        display_name: row.get(3)?,
        external_ref: row.get(4)?,
        credit_score: row.get(5)?,
        banned: row.get(6)?,
        created_at: row.get(7)?,
        version: row.get(8)?,
        banned_by: row.get(9)?,
    })
}
