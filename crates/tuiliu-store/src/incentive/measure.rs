//! Measures against abuse, and what accounts owe (IN-12).

use tuiliu_domain::id::{IncentiveMeasureId, IncentiveRewardId, LotId, PartyId, TenantId};
use tuiliu_domain::incentive::{AbuseReason, DebtKind, Measure, MeasureKind};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Which measures a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct MeasurePage {
    pub tenant: TenantId,
    /// `None` is everybody.
    pub party: Option<PartyId>,
    pub before: Option<IncentiveMeasureId>,
    pub limit: u32,
}

/// A line in the debt of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebtEntry {
    pub tenant: TenantId,
    pub party: PartyId,
    /// 1, 2, 3 … of each account.
    pub number: i64,
    pub kind: DebtKind,
    /// Added to what is owed, or taken off it when negative.
    pub points: i64,
    pub measure: Option<IncentiveMeasureId>,
    pub reward: Option<IncentiveRewardId>,
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, tenant_id, party_id, kind, reason, evidence, operator_id, at, until_at, lifted_at, recalled_points,
        owed_points, version"
    };
}

statements! {
    INSERT: concat!("insert into incentive_measure (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)");
    FIND: concat!("select ", columns!(), " from incentive_measure where tenant_id = $1 and id = $2 /*lock*/");
    LIFT: "update incentive_measure set lifted_at = $3, version = version + 1
        where id = $1 and version = $2 and lifted_at is null";
    OF_PARTY: concat!("select ", columns!(), " from incentive_measure
        where tenant_id = $1 and party_id = $2 and id < $3 order by id desc limit $4");
    OF_TENANT: concat!("select ", columns!(), " from incentive_measure
        where tenant_id = $1 and id < $2 order by id desc limit $3");
    IN_FORCE: concat!("select ", columns!(), " from incentive_measure
        where tenant_id = $1 and party_id = $2 and lifted_at is null and (until_at is null or until_at > $3)
        order by id");
    INSERT_RECALL: "insert into incentive_recall (measure_id, lot_id, points) values ($1, $2, $3)";
    RECALLS: "select lot_id, points from incentive_recall where measure_id = $1 order by lot_id";
    OWED: "select coalesce(cast(sum(points) as bigint), 0), coalesce(max(number), 0) from incentive_debt
        where tenant_id = $1 and party_id = $2";
    ADD_DEBT: "insert into incentive_debt (tenant_id, party_id, number, kind, points, measure_id, reward_id, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    DEBTS: "select tenant_id, party_id, number, kind, points, measure_id, reward_id, at from incentive_debt
        where tenant_id = $1 and party_id = $2 and number > $3 order by number limit $4";
}

impl Tx<'_> {
    /// Keeps a measure that was just taken.
    pub fn add_incentive_measure(&mut self, measure: &Measure) -> Result<(), StoreError> {
        let values = [
            measure.id.into(),
            measure.tenant.into(),
            measure.party.into(),
            measure.kind.code().into(),
            measure.reason.code().into(),
            (&measure.evidence).into(),
            measure.operator.into(),
            measure.at.into(),
            measure.until.into(),
            measure.lifted_at.into(),
            measure.recalled_points.into(),
            measure.owed_points.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's measure with this id.
    pub fn incentive_measure(
        &mut self,
        tenant: TenantId,
        id: IncentiveMeasureId,
    ) -> Result<Option<Measure>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// Lifts a measure, over the version that was read.
    pub fn lift_incentive_measure(&mut self, measure: &Measure, at: Timestamp) -> Result<(), StoreError> {
        let version = i64::try_from(measure.version).map_err(StoreError::database)?;
        self.execute_one(LIFT, &[measure.id.into(), version.into(), at.into()])
    }

    /// A page of measures, newest first.
    pub fn incentive_measures(&mut self, page: MeasurePage) -> Result<Vec<Measure>, StoreError> {
        let MeasurePage { tenant, party, before, limit } = page;
        self.newest_first((OF_PARTY, OF_TENANT), (tenant, party), before, limit)?.iter().map(read).collect()
    }

    /// Measures that hold against an account now, oldest first.
    pub fn measures_in_force(
        &mut self,
        tenant: TenantId,
        party: PartyId,
        now: Timestamp,
    ) -> Result<Vec<Measure>, StoreError> {
        self.query(IN_FORCE, &[tenant.into(), party.into(), now.into()])?.iter().map(read).collect()
    }

    /// Writes what a measure took back of one coupon.
    pub fn add_incentive_recall(
        &mut self,
        measure: IncentiveMeasureId,
        coupon: LotId,
        points: Amount,
    ) -> Result<(), StoreError> {
        self.execute_one(INSERT_RECALL, &[measure.into(), coupon.into(), points.into()])
    }

    /// What a measure took back of each coupon.
    pub fn incentive_recalls(&mut self, measure: IncentiveMeasureId) -> Result<Vec<(LotId, Amount)>, StoreError> {
        self.query(RECALLS, &[measure.into()])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// What an account owes, in points.
    pub fn owed_points(&mut self, tenant: TenantId, party: PartyId) -> Result<i64, StoreError> {
        Ok(self.debt(tenant, party)?.0)
    }

    /// Adds a line to an account's debt; its number is given here.
    pub fn add_debt_entry(&mut self, entry: &DebtEntry) -> Result<(), StoreError> {
        let DebtEntry { tenant, party, number: _, kind, points, measure, reward, at } = *entry;
        let (_, last) = self.debt(tenant, party)?;
        let values = [
            tenant.into(),
            party.into(),
            (last + 1).into(),
            kind.code().into(),
            points.into(),
            measure.into(),
            reward.into(),
            at.into(),
        ];
        self.execute_one(ADD_DEBT, &values)
    }

    /// An account's debt after this line, oldest first.
    pub fn debt_entries(
        &mut self,
        (tenant, party): (TenantId, PartyId),
        after: i64,
        limit: u32,
    ) -> Result<Vec<DebtEntry>, StoreError> {
        let rows = self.query(DEBTS, &[tenant.into(), party.into(), after.into(), limit.into()])?;
        let read = |row: &Row| {
            Ok(DebtEntry {
                tenant: row.get(0)?,
                party: row.get(1)?,
                number: row.get(2)?,
                kind: row.parse(3, |code: String| DebtKind::from_code(&code))?,
                points: row.get(4)?,
                measure: row.get(5)?,
                reward: row.get(6)?,
                at: row.get(7)?,
            })
        };
        rows.iter().map(read).collect()
    }

    fn debt(&mut self, tenant: TenantId, party: PartyId) -> Result<(i64, i64), StoreError> {
        let row = self.query_one(OWED, &[tenant.into(), party.into()])?;
        row.map_or(Ok((0, 0)), |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

fn read(row: &Row) -> Result<Measure, StoreError> {
    Ok(Measure {
        id: row.get(0)?,
        tenant: row.get(1)?,
        party: row.get(2)?,
        kind: row.parse(3, |code: String| MeasureKind::from_code(&code))?,
        reason: row.parse(4, |code: String| AbuseReason::from_code(&code))?,
        evidence: row.get(5)?,
        operator: row.get(6)?,
        at: row.get(7)?,
        until: row.get(8)?,
        lifted_at: row.get(9)?,
        recalled_points: row.get(10)?,
        owed_points: row.get(11)?,
        version: row.get(12)?,
    })
}
