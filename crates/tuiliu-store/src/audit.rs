//! The log of what people changed: append-only, and hashed from the first entry on (AC-03).

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// What somebody did, before it has its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDeed {
    pub tenant: TenantId,
    pub party: PartyId,
    pub at: Timestamp,
    /// Method and pattern of the request's address.
    pub action: String,
    /// What it was done to, as an id in text form; empty where nothing was named.
    pub subject: String,
    /// JSON without secrets.
    pub content: String,
    pub request: String,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// 1, 2, 3 … of each tenant.
    pub number: i64,
    pub deed: AuditDeed,
    /// Of the entry before and of everything in this one.
    pub hash: [u8; 32],
}

/// Which entries a page shows, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditPage {
    /// Only of this thing.
    pub subject: Option<String>,
    /// Only by this person.
    pub party: Option<PartyId>,
    /// The number of the last one of the page before.
    pub before: Option<i64>,
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "number, tenant_id, party_id, at, action, subject, content, request_id, hash"
    };
}

statements! {
    BEGIN: "insert into audit_head (tenant_id, number, hash) values ($1, 0, $2) on conflict (tenant_id) do nothing";
    HEAD: "select number, hash from audit_head where tenant_id = $1 /*lock*/";
    MOVE_HEAD: "update audit_head set number = $2, hash = $3 where tenant_id = $1 and number = $2 - 1";
    INSERT: "insert into audit_entry
        (tenant_id, number, at, party_id, action, subject, content, request_id, hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    NEWEST: concat!("select ", columns!(), " from audit_entry
        where tenant_id = $1 and number < $2 order by number desc limit $3");
    OF_SUBJECT: concat!("select ", columns!(), " from audit_entry
        where tenant_id = $1 and subject = $2 and number < $3 order by number desc limit $4");
    OF_PARTY: concat!("select ", columns!(), " from audit_entry
        where tenant_id = $1 and party_id = $2 and number < $3 order by number desc limit $4");
    AFTER: concat!("select ", columns!(), " from audit_entry
        where tenant_id = $1 and number > $2 order by number limit $3");
}

impl AuditEntry {
    /// The hash that an entry must have: of the one before, its number, and everything that it says.
    #[must_use]
    pub fn hash_of(before: &[u8; 32], number: i64, deed: &AuditDeed) -> [u8; 32] {
        let AuditDeed { tenant, party, at, action, subject, content, request } = deed;
        let mut hasher = blake3::Hasher::new();
        hasher.update(before).update(&number.to_be_bytes()).update(&at.ms().to_be_bytes());
        hasher.update(&tenant.value().to_be_bytes()).update(&party.value().to_be_bytes());
        for text in [action, subject, content, request] {
            let length = u64::try_from(text.len()).expect("lengths fit");
            hasher.update(&length.to_be_bytes()).update(text.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

impl Tx<'_> {
    /// Puts what somebody did at the end of their tenant's log.
    pub fn add_audit_entry(&mut self, deed: &AuditDeed) -> Result<(), StoreError> {
        let (mut number, mut hash) = self.audit_head(deed.tenant)?;
        number += 1;
        hash = AuditEntry::hash_of(&hash, number, deed);
        let AuditDeed { tenant, party, at, action, subject, content, request } = deed;
        let values = [
            (*tenant).into(),
            number.into(),
            (*at).into(),
            (*party).into(),
            action.into(),
            subject.into(),
            content.into(),
            request.into(),
            hash.as_slice().into(),
        ];
        self.execute_one(INSERT, &values)?;
        self.execute_one(MOVE_HEAD, &[(*tenant).into(), number.into(), hash.as_slice().into()])
    }

    /// Where a tenant's log ends: its last number and hash. In a transaction that writes nobody else adds to it then.
    pub fn audit_head(&mut self, tenant: TenantId) -> Result<(i64, [u8; 32]), StoreError> {
        if !self.only_reads() {
            self.execute(BEGIN, &[tenant.into(), [0_u8; 32].as_slice().into()])?;
        }
        let row = self.query_one(HEAD, &[tenant.into()])?;
        row.map_or(Ok((0, [0; 32])), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// A page of a tenant's log, newest first.
    pub fn audit_entries(&mut self, tenant: TenantId, page: &AuditPage) -> Result<Vec<AuditEntry>, StoreError> {
        let AuditPage { subject, party, before, limit } = page;
        let before = before.unwrap_or(i64::MAX);
        let rows = match (subject, party) {
            (Some(subject), _) => {
                self.query(OF_SUBJECT, &[tenant.into(), subject.into(), before.into(), (*limit).into()])?
            }
            (None, Some(party)) => {
                self.query(OF_PARTY, &[tenant.into(), (*party).into(), before.into(), (*limit).into()])?
            }
            (None, None) => self.query(NEWEST, &[tenant.into(), before.into(), (*limit).into()])?,
        };
        rows.iter().map(read).collect()
    }

    /// A tenant's log after this number, oldest first.
    pub fn audit_entries_after(
        &mut self,
        tenant: TenantId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.query(AFTER, &[tenant.into(), after.into(), limit.into()])?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<AuditEntry, StoreError> {
    let deed = AuditDeed {
        tenant: row.get(1)?,
        party: row.get(2)?,
        at: row.get(3)?,
        action: row.get(4)?,
        subject: row.get(5)?,
        content: row.get(6)?,
        request: row.get(7)?,
    };
    Ok(AuditEntry { number: row.get(0)?, deed, hash: row.get(8)? })
}

#[cfg(test)]
mod tests;
