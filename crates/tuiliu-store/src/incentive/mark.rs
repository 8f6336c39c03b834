//! Keyed hashes by which accounts can be known again (IN-13).

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::incentive::{Mark, MarkKind};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

statements! {
    CLEAR: "delete from account_mark where tenant_id = $1 and party_id = $2 and kind = $3";
    ADD: "insert into account_mark (tenant_id, party_id, kind, hash, at) values ($1, $2, $3, $4, $5)
        on conflict (tenant_id, party_id, kind, hash) do nothing";
    OF_PARTY: "select kind, hash from account_mark where tenant_id = $1 and party_id = $2 order by kind, hash";
    HOLDERS: "select party_id from account_mark
        where tenant_id = $1 and kind = $2 and hash = $3 order by party_id limit $4";
    SHARED: "select party_id from account_mark m where tenant_id = $1 and party_id > $2 and exists (
            select 1 from account_mark o where o.tenant_id = m.tenant_id and o.kind = m.kind and o.hash = m.hash
            and o.party_id <> m.party_id)
        group by party_id order by party_id limit $3";
}

impl Tx<'_> {
    /// Sets an account's marks of one kind: these and no others.
    pub fn set_account_marks(
        &mut self,
        (tenant, party): (TenantId, PartyId),
        kind: MarkKind,
        hashes: &[[u8; 32]],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(CLEAR, &[tenant.into(), party.into(), kind.code().into()])?;
        for hash in hashes {
            self.execute(ADD, &[tenant.into(), party.into(), kind.code().into(), hash.as_slice().into(), at.into()])?;
        }
        Ok(())
    }

    /// An account's marks.
    pub fn account_marks(&mut self, tenant: TenantId, party: PartyId) -> Result<Vec<Mark>, StoreError> {
        let rows = self.query(OF_PARTY, &[tenant.into(), party.into()])?;
        let read = |row: &crate::row::Row| {
            let kind = row.parse(0, |code: String| MarkKind::from_code(&code))?;
            Ok(Mark { kind, hash: row.get(1)? })
        };
        rows.iter().map(read).collect()
    }

    /// Accounts that have this mark.
    pub fn accounts_with_mark(
        &mut self,
        tenant: TenantId,
        mark: &Mark,
        limit: u32,
    ) -> Result<Vec<PartyId>, StoreError> {
        let values = [tenant.into(), mark.kind.code().into(), mark.hash.as_slice().into(), limit.into()];
        self.query(HOLDERS, &values)?.iter().map(|row| row.get(0)).collect()
    }

    /// Accounts after this one that share a mark with somebody.
    pub fn accounts_with_shared_marks(
        &mut self,
        tenant: TenantId,
        after: Option<PartyId>,
        limit: u32,
    ) -> Result<Vec<PartyId>, StoreError> {
        let after = after.unwrap_or(PartyId::new(0));
        self.query(SHARED, &[tenant.into(), after.into(), limit.into()])?.iter().map(|row| row.get(0)).collect()
    }
}
