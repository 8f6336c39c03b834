//! Rewards: what was earned by each task, once, and the coupons that it became.

use tuiliu_domain::id::{
    IncentiveApplicationId, IncentiveProgrammeId, IncentiveRewardId, LotId, PartyId, RoomId, TenantId,
};
use tuiliu_domain::incentive::RewardState;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// What was earned by one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewardRow {
    pub id: IncentiveRewardId,
    pub tenant: TenantId,
    pub programme: IncentiveProgrammeId,
    pub edition: u32,
    pub party: PartyId,
    /// One of each within programme and account.
    pub task: String,
    pub application: Option<IncentiveApplicationId>,
    pub room: Option<RoomId>,
    pub state: RewardState,
    /// Whose quota it was taken from.
    pub month: i64,
    pub coupons: u32,
    /// In all, what paid a debt included.
    pub points: i64,
    /// What of them paid a debt.
    pub netted_points: i64,
    /// Why it was kept back: codes with a space between.
    pub reasons: String,
    /// The figures it was earned by, as JSON.
    pub figures: String,
    pub at: Timestamp,
}

/// Which rewards a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct RewardPage {
    pub tenant: TenantId,
    /// `None` is everybody.
    pub party: Option<PartyId>,
    pub before: Option<IncentiveRewardId>,
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "id, tenant_id, programme_id, edition, party_id, task, application_id, room_id, state, month, coupons, points,
        netted_points, reasons, figures, at"
    };
}

statements! {
    INSERT: concat!("insert into incentive_reward (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");
    FIND: concat!("select ", columns!(), " from incentive_reward where tenant_id = $1 and id = $2");
    OF_TASK: concat!("select ", columns!(), " from incentive_reward
        where programme_id = $1 and party_id = $2 and task = $3");
    OF_PARTY: concat!("select ", columns!(), " from incentive_reward
        where tenant_id = $1 and party_id = $2 and id < $3 order by id desc limit $4");
    OF_TENANT: concat!("select ", columns!(), " from incentive_reward
        where tenant_id = $1 and id < $2 order by id desc limit $3");
    OF_PROGRAMME: concat!("select ", columns!(), " from incentive_reward
        where programme_id = $1 and party_id = $2 order by id");
    ISSUED_TO: concat!("select ", columns!(), " from incentive_reward
        where tenant_id = $1 and party_id = $2 and state = 'issued' order by id");
    SET_STATE: "update incentive_reward set state = $3 where id = $1 and state = $2";
    REISSUE: "update incentive_reward set state = $3, month = $4, coupons = $5, netted_points = $6
        where id = $1 and state = $2";
    ADD_COUPON: "insert into incentive_reward_coupon (lot_id, reward_id) values ($1, $2)";
    COUPONS: "select lot_id from incentive_reward_coupon where reward_id = $1 order by lot_id";
}

impl Tx<'_> {
    /// Keeps a reward; [`StoreError::Duplicate`] when the task was rewarded already.
    pub fn add_incentive_reward(&mut self, row: &RewardRow) -> Result<(), StoreError> {
        let values = [
            row.id.into(),
            row.tenant.into(),
            row.programme.into(),
            row.edition.into(),
            row.party.into(),
            (&row.task).into(),
            row.application.into(),
            row.room.into(),
            row.state.code().into(),
            row.month.into(),
            row.coupons.into(),
            row.points.into(),
            row.netted_points.into(),
            (&row.reasons).into(),
            (&row.figures).into(),
            row.at.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's reward with this id.
    pub fn incentive_reward(
        &mut self,
        tenant: TenantId,
        id: IncentiveRewardId,
    ) -> Result<Option<RewardRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// What a task of a programme brought an account.
    pub fn reward_of_task(
        &mut self,
        programme: IncentiveProgrammeId,
        party: PartyId,
        task: &str,
    ) -> Result<Option<RewardRow>, StoreError> {
        self.query_one(OF_TASK, &[programme.into(), party.into(), task.into()])?.as_ref().map(read).transpose()
    }

    /// A page of rewards, newest first.
    pub fn incentive_rewards(&mut self, page: RewardPage) -> Result<Vec<RewardRow>, StoreError> {
        let RewardPage { tenant, party, before, limit } = page;
        self.newest_first((OF_PARTY, OF_TENANT), (tenant, party), before, limit)?.iter().map(read).collect()
    }

    /// Everything a programme brought an account, oldest first.
    pub fn rewards_of_programme(
        &mut self,
        programme: IncentiveProgrammeId,
        party: PartyId,
    ) -> Result<Vec<RewardRow>, StoreError> {
        self.query(OF_PROGRAMME, &[programme.into(), party.into()])?.iter().map(read).collect()
    }

    /// Everything issued to an account and not taken back, oldest first.
    pub fn issued_rewards(&mut self, tenant: TenantId, party: PartyId) -> Result<Vec<RewardRow>, StoreError> {
        self.query(ISSUED_TO, &[tenant.into(), party.into()])?.iter().map(read).collect()
    }

    /// Moves a reward from one state to the next.
    pub fn set_reward_state(
        &mut self,
        id: IncentiveRewardId,
        (from, to): (RewardState, RewardState),
    ) -> Result<(), StoreError> {
        self.execute_one(SET_STATE, &[id.into(), from.code().into(), to.code().into()])
    }

    /// Writes what a reward that was kept back has come to, over the state that it was in.
    pub fn settle_reward(&mut self, row: &RewardRow, from: RewardState) -> Result<(), StoreError> {
        let values = [
            row.id.into(),
            from.code().into(),
            row.state.code().into(),
            row.month.into(),
            row.coupons.into(),
            row.netted_points.into(),
        ];
        self.execute_one(REISSUE, &values)
    }

    /// Writes down that a coupon came of a reward.
    pub fn add_reward_coupon(&mut self, reward: IncentiveRewardId, coupon: LotId) -> Result<(), StoreError> {
        self.execute_one(ADD_COUPON, &[coupon.into(), reward.into()])
    }

    /// The coupons that came of a reward.
    pub fn reward_coupons(&mut self, reward: IncentiveRewardId) -> Result<Vec<LotId>, StoreError> {
        self.query(COUPONS, &[reward.into()])?.iter().map(|row| row.get(0)).collect()
    }
}

fn read(row: &Row) -> Result<RewardRow, StoreError> {
    Ok(RewardRow {
        id: row.get(0)?,
        tenant: row.get(1)?,
        programme: row.get(2)?,
        edition: row.get(3)?,
        party: row.get(4)?,
        task: row.get(5)?,
        application: row.get(6)?,
        room: row.get(7)?,
        state: row.parse(8, |code: String| RewardState::from_code(&code))?,
        month: row.get(9)?,
        coupons: row.get(10)?,
        points: row.get(11)?,
        netted_points: row.get(12)?,
        reasons: row.get(13)?,
        figures: row.get(14)?,
        at: row.get(15)?,
    })
}
