//! Programmes, their editions, their quotas, and how far their periods were judged.

use tuiliu_domain::id::{IncentiveProgrammeId, PartyId, TenantId};
use tuiliu_domain::incentive::{ProgrammeKind, ProgrammeState};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A programme as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeRow {
    pub id: IncentiveProgrammeId,
    pub tenant: TenantId,
    pub state: ProgrammeState,
    pub kind: ProgrammeKind,
    /// JSON.
    pub draft: String,
    /// The last one published; 0 when none was.
    pub edition: u32,
    pub created_at: Timestamp,
    pub cancelled_at: Option<Timestamp>,
    pub version: u64,
}

/// A text that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionRow {
    pub programme: IncentiveProgrammeId,
    /// 1, 2, 3 … of each programme.
    pub number: u32,
    /// JSON.
    pub terms: String,
    pub published_at: Timestamp,
}

/// How far a period of a programme was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodRow {
    pub programme: IncentiveProgrammeId,
    /// Days since 1970-01-01.
    pub first_day: i64,
    /// The last account that was judged.
    pub after: Option<PartyId>,
    pub is_done: bool,
}

macro_rules! columns {
    () => {
        "id, tenant_id, state, kind, draft, edition, created_at, cancelled_at, version"
    };
}

statements! {
    INSERT: concat!("insert into incentive_programme (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, 1)");
    FIND: concat!("select ", columns!(), " from incentive_programme where tenant_id = $1 and id = $2 /*lock*/");
    UPDATE: "update incentive_programme set state = $3, kind = $4, draft = $5, edition = $6, cancelled_at = $7,
        version = version + 1 where id = $1 and version = $2";
    OF_TENANT: concat!("select ", columns!(), " from incentive_programme
        where tenant_id = $1 and id < $2 order by id desc limit $3");
    RUNNING_OF_TENANT: concat!("select ", columns!(), " from incentive_programme
        where tenant_id = $1 and state <> 'draft' order by id");
    RUNNING: concat!("select ", columns!(), " from incentive_programme
        where state <> 'draft' and kind = 'growth' and id > $1 order by id limit $2");
    ADD_EDITION: "insert into incentive_edition (programme_id, number, terms, published_at) values ($1, $2, $3, $4)";
    EDITIONS: "select programme_id, number, terms, published_at from incentive_edition
        where programme_id = $1 order by number";
    OPEN_QUOTA: "insert into incentive_quota (programme_id, month, taken) values ($1, $2, 0)
        on conflict (programme_id, month) do nothing";
    TAKE_QUOTA: "update incentive_quota set taken = taken + $3
        where programme_id = $1 and month = $2 and taken + $3 <= $4";
    RETURN_QUOTA: "update incentive_quota set taken = taken - $3
        where programme_id = $1 and month = $2 and taken >= $3";
    QUOTA: "select taken from incentive_quota where programme_id = $1 and month = $2";
    FIND_PERIOD: "select programme_id, first_day, after_party_id, done from incentive_period
        where programme_id = $1 and first_day = $2 /*lock*/";
    SET_PERIOD: "insert into incentive_period (programme_id, first_day, after_party_id, done) values ($1, $2, $3, $4)
        on conflict (programme_id, first_day) do update
        set after_party_id = excluded.after_party_id, done = excluded.done";
}

impl Tx<'_> {
    /// Keeps a new programme.
    pub fn add_programme(&mut self, row: &ProgrammeRow) -> Result<(), StoreError> {
        let values = [
            row.id.into(),
            row.tenant.into(),
            row.state.code().into(),
            row.kind.code().into(),
            (&row.draft).into(),
            row.edition.into(),
            row.created_at.into(),
            row.cancelled_at.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's programme with this id.
    pub fn programme(
        &mut self,
        tenant: TenantId,
        id: IncentiveProgrammeId,
    ) -> Result<Option<ProgrammeRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// Writes a programme over the version that was read.
    pub fn update_programme(&mut self, row: &ProgrammeRow) -> Result<(), StoreError> {
        let version = i64::try_from(row.version).map_err(StoreError::database)?;
        let values = [
            row.id.into(),
            version.into(),
            row.state.code().into(),
            row.kind.code().into(),
            (&row.draft).into(),
            row.edition.into(),
            row.cancelled_at.into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// A page of a tenant's programmes, newest first.
    pub fn programmes(
        &mut self,
        tenant: TenantId,
        before: Option<IncentiveProgrammeId>,
        limit: u32,
    ) -> Result<Vec<ProgrammeRow>, StoreError> {
        let before = before.unwrap_or(IncentiveProgrammeId::new(u128::MAX));
        self.query(OF_TENANT, &[tenant.into(), before.into(), limit.into()])?.iter().map(read).collect()
    }

    /// All programmes of a tenant that were ever published, oldest first.
    pub fn published_programmes(&mut self, tenant: TenantId) -> Result<Vec<ProgrammeRow>, StoreError> {
        self.query(RUNNING_OF_TENANT, &[tenant.into()])?.iter().map(read).collect()
    }

    /// Growth programmes of all tenants that were ever published, after this one.
    pub fn growth_programmes_after(
        &mut self,
        after: IncentiveProgrammeId,
        limit: u32,
    ) -> Result<Vec<ProgrammeRow>, StoreError> {
        self.query(RUNNING, &[after.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Keeps a text that was just published.
    pub fn add_edition(&mut self, edition: &EditionRow) -> Result<(), StoreError> {
        let EditionRow { programme, number, terms, published_at } = edition;
        let values = [(*programme).into(), (*number).into(), terms.into(), (*published_at).into()];
        self.execute_one(ADD_EDITION, &values)
    }

    /// Everything published of a programme, oldest first.
    pub fn editions(&mut self, programme: IncentiveProgrammeId) -> Result<Vec<EditionRow>, StoreError> {
        let rows = self.query(EDITIONS, &[programme.into()])?;
        let read = |row: &Row| {
            Ok(EditionRow {
                programme: row.get(0)?,
                number: row.get(1)?,
                terms: row.get(2)?,
                published_at: row.get(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Takes so many coupons of a month's quota, if `max` leaves them: one step, so nobody gets in between (IN-04).
    pub fn take_quota(
        &mut self,
        (programme, month): (IncentiveProgrammeId, i64),
        coupons: u32,
        max: u32,
    ) -> Result<bool, StoreError> {
        self.execute(OPEN_QUOTA, &[programme.into(), month.into()])?;
        let taken = self.execute(TAKE_QUOTA, &[programme.into(), month.into(), coupons.into(), max.into()])?;
        Ok(taken == 1)
    }

    /// Gives back what was taken of a month's quota and not used.
    pub fn return_quota(
        &mut self,
        (programme, month): (IncentiveProgrammeId, i64),
        coupons: u32,
    ) -> Result<(), StoreError> {
        self.execute_one(RETURN_QUOTA, &[programme.into(), month.into(), coupons.into()])
    }

    /// How many coupons of a month's quota are taken.
    pub fn quota_taken(&mut self, programme: IncentiveProgrammeId, month: i64) -> Result<u32, StoreError> {
        let row = self.query_one(QUOTA, &[programme.into(), month.into()])?;
        row.map_or(Ok(0), |row| row.get(0))
    }

    /// How far a period was judged; `None` when nobody has begun.
    pub fn incentive_period(
        &mut self,
        programme: IncentiveProgrammeId,
        first_day: i64,
    ) -> Result<Option<PeriodRow>, StoreError> {
        let row = self.query_one(FIND_PERIOD, &[programme.into(), first_day.into()])?;
        let read = |row: Row| {
            Ok(PeriodRow { programme: row.get(0)?, first_day: row.get(1)?, after: row.get(2)?, is_done: row.get(3)? })
        };
        row.map(read).transpose()
    }

    /// Writes down how far a period was judged.
    pub fn set_incentive_period(&mut self, period: PeriodRow) -> Result<(), StoreError> {
        let PeriodRow { programme, first_day, after, is_done } = period;
        self.execute_one(SET_PERIOD, &[programme.into(), first_day.into(), after.into(), is_done.into()])
    }
}

fn read(row: &Row) -> Result<ProgrammeRow, StoreError> {
    Ok(ProgrammeRow {
        id: row.get(0)?,
        tenant: row.get(1)?,
        state: row.parse(2, |code: String| ProgrammeState::from_code(&code))?,
        kind: row.parse(3, |code: String| ProgrammeKind::from_code(&code))?,
        draft: row.get(4)?,
        edition: row.get(5)?,
        created_at: row.get(6)?,
        cancelled_at: row.get(7)?,
        version: row.get(8)?,
    })
}
