//! What the host told of broadcasts and accounts.

use tuiliu_domain::id::{PartyId, RoomId, TenantId};
use tuiliu_domain::incentive::{BroadcastCounts, BroadcastFacts, FactSource, Figure};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;
use crate::value::Value;

/// What is known of a broadcast, as it was last told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BroadcastFactRow {
    pub tenant: TenantId,
    pub facts: BroadcastFacts,
    /// Its counts before settlement grow no more.
    pub is_final: bool,
    pub told_at: Timestamp,
    /// Programmes have looked at it and need not again.
    pub is_judged: bool,
    /// From when on they will, if they have not.
    pub look_at: Timestamp,
    pub version: u64,
}

macro_rules! columns {
    () => {
        "room_id, tenant_id, creator_id, started_at, ended_at, sells, viewers, own_viewers, follower_gain, paid_gmv_fen,
        settled_gmv_fen, refunded_fen, complaints, products_listed, products_sold, final, told_at, look_at, judged,
        version"
    };
}

statements! {
    FIND: concat!("select ", columns!(), " from broadcast_fact where room_id = $1 /*lock*/");
    INSERT: concat!("insert into broadcast_fact (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, 1)");
    UPDATE: "update broadcast_fact set started_at = $3, ended_at = $4, sells = $5, viewers = $6, own_viewers = $7,
        follower_gain = $8, paid_gmv_fen = $9, settled_gmv_fen = $10, refunded_fen = $11, complaints = $12,
        products_listed = $13, products_sold = $14, final = $15, told_at = $16, look_at = $17, judged = $18,
        version = version + 1
        where room_id = $1 and version = $2";
    LOOK_AGAIN: "update broadcast_fact set judged = 0, look_at = $2, version = version + 1 where room_id = $1";
    WAITING: concat!("select ", columns!(), " from broadcast_fact
        where judged = 0 and look_at <= $1 order by look_at, room_id limit $2 /*lock_skip*/");
    OF_CREATOR: concat!("select ", columns!(), " from broadcast_fact
        where tenant_id = $1 and creator_id = $2 and ended_at >= $3 and ended_at < $4 order by ended_at, room_id
        limit $5");
    BETWEEN: concat!("select ", columns!(), " from broadcast_fact
        where tenant_id = $1 and ended_at >= $2 and ended_at < $3 order by ended_at, room_id limit $4");
    CREATORS: "select distinct creator_id from broadcast_fact
        where tenant_id = $1 and ended_at >= $2 and ended_at < $3 and creator_id > $4 order by creator_id limit $5";
    SET_STANDING: "insert into account_standing (tenant_id, party_id, body, told_at) values ($1, $2, $3, $4)
        on conflict (tenant_id, party_id) do update set body = excluded.body, told_at = excluded.told_at";
    STANDING: "select body from account_standing where tenant_id = $1 and party_id = $2";
    FIRST_ROOM: "select id from room where tenant_id = $1 and creator_id = $2 and state <> 'planned'
        order by created_at, id limit 1";
}

impl Tx<'_> {
    /// What the host told of a broadcast.
    pub fn broadcast_fact(&mut self, room: RoomId) -> Result<Option<BroadcastFactRow>, StoreError> {
        self.query_one(FIND, &[room.into()])?.as_ref().map(read).transpose()
    }

    /// Keeps what the host told of a broadcast for the first time; programmes will look at it.
    pub fn add_broadcast_fact(&mut self, row: &BroadcastFactRow) -> Result<(), StoreError> {
        let mut values = vec![row.facts.room.into(), row.tenant.into(), row.facts.creator.into()];
        values.extend(told(row));
        self.execute_one(INSERT, &values)
    }

    /// Writes what is known of a broadcast over the version that was read.
    pub fn update_broadcast_fact(&mut self, row: &BroadcastFactRow) -> Result<(), StoreError> {
        let version = i64::try_from(row.version).map_err(StoreError::database)?;
        let mut values = vec![row.facts.room.into(), version.into()];
        values.extend(told(row));
        values.push(row.is_judged.into());
        self.execute_one(UPDATE, &values)
    }

    /// Has programmes look at a broadcast from this instant on; whether anything is kept of it.
    pub fn look_again_at_broadcast(&mut self, room: RoomId, look_at: Timestamp) -> Result<bool, StoreError> {
        self.execute(LOOK_AGAIN, &[room.into(), look_at.into()]).map(|met| met == 1)
    }

    /// Broadcasts that programmes have to look at by now, longest waiting first.
    pub fn broadcasts_to_judge(&mut self, now: Timestamp, limit: u32) -> Result<Vec<BroadcastFactRow>, StoreError> {
        self.query(WAITING, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// An account's broadcasts that ended from one instant on and before another, in the order of their ends.
    pub fn broadcasts_of(
        &mut self,
        (tenant, creator): (TenantId, PartyId),
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<BroadcastFactRow>, StoreError> {
        let values = [tenant.into(), creator.into(), from.into(), to.into(), limit.into()];
        self.query(OF_CREATOR, &values)?.iter().map(read).collect()
    }

    /// A tenant's broadcasts that ended from one instant on and before another, in the order of their ends.
    pub fn broadcasts_between(
        &mut self,
        tenant: TenantId,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<BroadcastFactRow>, StoreError> {
        let values = [tenant.into(), from.into(), to.into(), limit.into()];
        self.query(BETWEEN, &values)?.iter().map(read).collect()
    }

    /// Accounts whose broadcasts ended from one instant on and before another, after this one.
    pub fn broadcasters_between(
        &mut self,
        tenant: TenantId,
        (from, to): (Timestamp, Timestamp),
        (after, limit): (Option<PartyId>, u32),
    ) -> Result<Vec<PartyId>, StoreError> {
        let after = after.unwrap_or(PartyId::new(0));
        let values = [tenant.into(), from.into(), to.into(), after.into(), limit.into()];
        self.query(CREATORS, &values)?.iter().map(|row| row.get(0)).collect()
    }

    /// Keeps what the host told of an account, over what it told before.
    pub fn set_account_standing(
        &mut self,
        (tenant, party): (TenantId, PartyId),
        body: &str,
        told_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute_one(SET_STANDING, &[tenant.into(), party.into(), body.into(), told_at.into()])
    }

    /// What the host told of an account, as JSON.
    pub fn account_standing(&mut self, tenant: TenantId, party: PartyId) -> Result<Option<String>, StoreError> {
        self.query_one(STANDING, &[tenant.into(), party.into()])?.map(|row| row.get(0)).transpose()
    }

    /// A creator's oldest broadcast that has started.
    pub fn first_started_room(&mut self, tenant: TenantId, creator: PartyId) -> Result<Option<RoomId>, StoreError> {
        self.query_one(FIRST_ROOM, &[tenant.into(), creator.into()])?.map(|row| row.get(0)).transpose()
    }
}

/// The columns from `started_at` to `look_at`.
fn told(row: &BroadcastFactRow) -> [Value<'static>; 15] {
    let BroadcastFacts { started_at, ended_at, sells, counts, .. } = row.facts;
    let count = |figure: Option<Figure>| figure.map(|figure| figure.value).into();
    [
        started_at.into(),
        ended_at.into(),
        sells.is_some().into(),
        count(counts.viewers),
        count(counts.own_viewers),
        count(counts.follower_gain),
        count(counts.paid_gmv_fen),
        count(counts.settled_gmv_fen),
        count(counts.refunded_fen),
        count(counts.complaints),
        count(counts.products_listed),
        count(counts.products_sold),
        row.is_final.into(),
        row.told_at.into(),
        row.look_at.into(),
    ]
}

fn read(row: &Row) -> Result<BroadcastFactRow, StoreError> {
    let count = |column: usize| Ok::<_, StoreError>(row.get::<Option<i64>>(column)?.map(Figure::reported));
    let counts = BroadcastCounts {
        viewers: count(6)?,
        own_viewers: count(7)?,
        follower_gain: count(8)?,
        paid_gmv_fen: count(9)?,
        settled_gmv_fen: count(10)?,
        refunded_fen: count(11)?,
        complaints: count(12)?,
        products_listed: count(13)?,
        products_sold: count(14)?,
    };
    let sells: bool = row.get(5)?;
    let facts = BroadcastFacts {
        room: row.get(0)?,
        creator: row.get(2)?,
        started_at: row.get(3)?,
        ended_at: row.get(4)?,
        // Times and cart are those of the room, which this platform saw.
        times: FactSource::Measured,
        sells: sells.then_some(FactSource::Measured),
        counts,
    };
    Ok(BroadcastFactRow {
        tenant: row.get(1)?,
        facts,
        is_final: row.get(15)?,
        told_at: row.get(16)?,
        look_at: row.get(17)?,
        is_judged: row.get(18)?,
        version: row.get(19)?,
    })
}
