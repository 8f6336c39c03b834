//! Bank accounts that parties have on file.

use tuiliu_domain::id::{PartyId, PayoutAccountId, TenantId};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{AccountNumber, PayoutAccount};

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, tenant_id, party_id, holder, bank, number, created_at, removed_at"
    };
}

statements! {
    INSERT: concat!("insert into payout_account (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8)");
    FIND: concat!("select ", columns!(), " from payout_account where tenant_id = $1 and id = $2 /*lock*/");
    OF_PARTY: concat!("select ", columns!(), " from payout_account
        where tenant_id = $1 and party_id = $2 and removed_at is null order by id limit $3");
    REMOVE: "update payout_account set removed_at = $2 where id = $1 and removed_at is null";
}

impl Tx<'_> {
    /// Puts an account on file.
    pub fn add_payout_account(&mut self, account: &PayoutAccount) -> Result<(), StoreError> {
        let PayoutAccount { id, tenant, party, holder, bank, number, created_at, removed_at } = account;
        let values = [
            (*id).into(),
            (*tenant).into(),
            (*party).into(),
            holder.into(),
            bank.into(),
            number.digits().into(),
            (*created_at).into(),
            (*removed_at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's account with this id, also one that is no longer on file.
    pub fn payout_account(
        &mut self,
        tenant: TenantId,
        id: PayoutAccountId,
    ) -> Result<Option<PayoutAccount>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// The accounts that a party has on file, oldest first.
    pub fn payout_accounts_of(
        &mut self,
        tenant: TenantId,
        party: PartyId,
        limit: u32,
    ) -> Result<Vec<PayoutAccount>, StoreError> {
        self.query(OF_PARTY, &[tenant.into(), party.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Takes an account off file.
    pub fn remove_payout_account(&mut self, id: PayoutAccountId, at: Timestamp) -> Result<(), StoreError> {
        self.execute_one(REMOVE, &[id.into(), at.into()])
    }
}

fn read(row: &Row) -> Result<PayoutAccount, StoreError> {
    Ok(PayoutAccount {
        id: row.get(0)?,
        tenant: row.get(1)?,
        party: row.get(2)?,
        holder: row.get(3)?,
        bank: row.get(4)?,
        number: row.parse(5, |digits: String| AccountNumber::parse(&digits))?,
        created_at: row.get(6)?,
        removed_at: row.get(7)?,
    })
}
