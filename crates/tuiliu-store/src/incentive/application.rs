//! Applications, and whom a cold start has helped.

use tuiliu_domain::id::{IncentiveApplicationId, IncentiveProgrammeId, PartyId, TenantId};
use tuiliu_domain::incentive::{ApplicationState, ApplicationVerdict};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// An application as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationRow {
    pub id: IncentiveApplicationId,
    pub tenant: TenantId,
    pub programme: IncentiveProgrammeId,
    pub edition: u32,
    pub party: PartyId,
    pub state: ApplicationState,
    /// JSON.
    pub form: String,
    /// Whose quota its first coupons were taken from.
    pub month: i64,
    pub created_at: Timestamp,
    pub promised_at: Timestamp,
    pub verdict: Option<ApplicationVerdict>,
    pub version: u64,
}

/// Which applications a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationPage {
    pub tenant: TenantId,
    /// `None` is everybody.
    pub party: Option<PartyId>,
    pub before: Option<IncentiveApplicationId>,
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "id, tenant_id, programme_id, edition, party_id, state, form, month, created_at, promised_at, reviewer_id,
        reason, decided_at, version"
    };
}

statements! {
    INSERT: concat!("insert into incentive_application (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)");
    FIND: concat!("select ", columns!(), " from incentive_application where tenant_id = $1 and id = $2 /*lock*/");
    UPDATE: "update incentive_application set state = $3, reviewer_id = $4, reason = $5, decided_at = $6,
        version = version + 1 where id = $1 and version = $2";
    OF_PARTY: concat!("select ", columns!(), " from incentive_application
        where tenant_id = $1 and party_id = $2 and id < $3 order by id desc limit $4");
    OF_TENANT: concat!("select ", columns!(), " from incentive_application
        where tenant_id = $1 and id < $2 order by id desc limit $3");
    IN_STATE: concat!("select ", columns!(), " from incentive_application
        where tenant_id = $1 and state = $2 and id > $3 order by id limit $4");
    LIVE_OF_PARTY: concat!("select ", columns!(), " from incentive_application
        where tenant_id = $1 and party_id = $2 and state in ('submitted', 'approved') order by id");
    LOCK_DESK: "select version from tenant where id = $1 /*lock*/";
    ADD_HELP: "insert into incentive_help (tenant_id, party_id, application_id, at) values ($1, $2, $3, $4)";
    DROP_HELP: "delete from incentive_help where tenant_id = $1 and party_id = $2 and application_id = $3";
    HELP: "select application_id from incentive_help where tenant_id = $1 and party_id = $2";
}

impl Tx<'_> {
    /// Keeps a new application.
    pub fn add_application(&mut self, row: &ApplicationRow) -> Result<(), StoreError> {
        let verdict = row.verdict.as_ref();
        let values = [
            row.id.into(),
            row.tenant.into(),
            row.programme.into(),
            row.edition.into(),
            row.party.into(),
            row.state.code().into(),
            (&row.form).into(),
            row.month.into(),
            row.created_at.into(),
            row.promised_at.into(),
            verdict.map(|verdict| verdict.reviewer).into(),
            verdict.map(|verdict| &verdict.reason).into(),
            verdict.map(|verdict| verdict.at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's application with this id.
    pub fn application(
        &mut self,
        tenant: TenantId,
        id: IncentiveApplicationId,
    ) -> Result<Option<ApplicationRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// Writes an application over the version that was read.
    pub fn update_application(&mut self, row: &ApplicationRow) -> Result<(), StoreError> {
        let version = i64::try_from(row.version).map_err(StoreError::database)?;
        let verdict = row.verdict.as_ref();
        let values = [
            row.id.into(),
            version.into(),
            row.state.code().into(),
            verdict.map(|verdict| verdict.reviewer).into(),
            verdict.map(|verdict| &verdict.reason).into(),
            verdict.map(|verdict| verdict.at).into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// A page of applications, newest first.
    pub fn applications(&mut self, page: ApplicationPage) -> Result<Vec<ApplicationRow>, StoreError> {
        let ApplicationPage { tenant, party, before, limit } = page;
        self.newest_first((OF_PARTY, OF_TENANT), (tenant, party), before, limit)?.iter().map(read).collect()
    }

    /// Applications in one state, oldest first: the queue of those that wait.
    pub fn applications_in_state(
        &mut self,
        tenant: TenantId,
        state: ApplicationState,
        after: Option<IncentiveApplicationId>,
        limit: u32,
    ) -> Result<Vec<ApplicationRow>, StoreError> {
        let after = after.unwrap_or(IncentiveApplicationId::new(0));
        let values = [tenant.into(), state.code().into(), after.into(), limit.into()];
        self.query(IN_STATE, &values)?.iter().map(read).collect()
    }

    /// An account's applications that wait or were approved, oldest first.
    pub fn live_applications(&mut self, tenant: TenantId, party: PartyId) -> Result<Vec<ApplicationRow>, StoreError> {
        self.query(LIVE_OF_PARTY, &[tenant.into(), party.into()])?.iter().map(read).collect()
    }

    /// Lets no other transaction past here for the same tenant before this one ends: who is helped once is decided one
    /// after the other, also between accounts whose link only this transaction knows (IN-02).
    pub fn lock_incentive_desk(&mut self, tenant: TenantId) -> Result<(), StoreError> {
        self.query_one(LOCK_DESK, &[tenant.into()]).map(drop)
    }

    /// Writes down that an account is helped by this application.
    pub fn add_incentive_help(
        &mut self,
        (tenant, party): (TenantId, PartyId),
        application: IncentiveApplicationId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute_one(ADD_HELP, &[tenant.into(), party.into(), application.into(), at.into()])
    }

    /// Forgets that an application helps an account, if it does: it came to nothing.
    pub fn drop_incentive_help_if_any(
        &mut self,
        (tenant, party): (TenantId, PartyId),
        application: IncentiveApplicationId,
    ) -> Result<(), StoreError> {
        self.execute(DROP_HELP, &[tenant.into(), party.into(), application.into()]).map(drop)
    }

    /// The application by which an account was helped.
    pub fn incentive_help(
        &mut self,
        tenant: TenantId,
        party: PartyId,
    ) -> Result<Option<IncentiveApplicationId>, StoreError> {
        self.query_one(HELP, &[tenant.into(), party.into()])?.map(|row| row.get(0)).transpose()
    }
}

fn read(row: &Row) -> Result<ApplicationRow, StoreError> {
    let (reviewer, reason, at): (Option<PartyId>, Option<String>, Option<Timestamp>) =
        (row.get(10)?, row.get(11)?, row.get(12)?);
    let verdict = match (reviewer, reason, at) {
        (Some(reviewer), Some(reason), Some(at)) => Some(ApplicationVerdict { reviewer, reason, at }),
        _ => None,
    };
    Ok(ApplicationRow {
        id: row.get(0)?,
        tenant: row.get(1)?,
        programme: row.get(2)?,
        edition: row.get(3)?,
        party: row.get(4)?,
        state: row.parse(5, |code: String| ApplicationState::from_code(&code))?,
        form: row.get(6)?,
        month: row.get(7)?,
        created_at: row.get(8)?,
        promised_at: row.get(9)?,
        verdict,
        version: row.get(13)?,
    })
}
