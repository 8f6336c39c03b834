//! Live rooms and the facts told about them (LV-10).

use serde::{Deserialize, Serialize};
use tuiliu_domain::id::{PartyId, RoomId, TenantId};
use tuiliu_domain::live::{CartState, FactTimes, Room, RoomContent, RoomState};
use tuiliu_domain::review::Visibility;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, tenant_id, creator_id, external_id, created_at, version, body"
    };
}

statements! {
    FIND: concat!("select ", columns!(), " from room where id = $1 /*lock*/");
    FIND_EXTERNAL: concat!("select ", columns!(), " from room where tenant_id = $1 and external_id = $2");
    INSERT: "insert into room (id, tenant_id, creator_id, external_id, created_at, version, body, state, due_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    UPDATE: "update room set body = $1, state = $2, due_at = $3, version = version + 1 where id = $4 and version = $5";
    DUE: concat!("select ", columns!(), " from room where due_at <= $1 order by due_at limit $2");
    OF_CREATOR: concat!("select ", columns!(), " from room
        where tenant_id = $1 and creator_id = $2 and id < $3 order by id desc limit $4");
    OF_TENANT: concat!("select ", columns!(), " from room where tenant_id = $1 and id < $2 order by id desc limit $3");
    LAST_STARTED: concat!("select ", columns!(), " from room
        where tenant_id = $1 and creator_id = $2 and state <> 'planned' order by created_at desc, id desc limit 1");
    ADD_FACT: "insert into room_fact (room_id, number, fact, at, told_at)
        select $1, coalesce(max(number), 0) + 1, $2, $3, $4 from room_fact where room_id = $1";
    FACTS: "select fact, at, told_at from room_fact where room_id = $1 order by number";
}

/// A fact as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomFactRow {
    pub fact: String,
    pub at: Timestamp,
    pub told_at: Timestamp,
}

/// What of a room no query asks for; times are milliseconds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredBody {
    title: String,
    category: String,
    visibility: String,
    content_version: u32,
    interruption_grace_ms: i64,
    state: StoredState,
    cart: StoredCart,
    times: StoredTimes,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredState {
    Planned,
    Live { started_at: i64, had_cart: bool },
    Interrupted { started_at: i64, had_cart: bool, since: i64, ends_at: i64 },
    Ended { started_at: i64, had_cart: bool, ended_at: i64 },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCart {
    mounted_since: Option<i64>,
    first_mounted_at: Option<i64>,
    previous_had_cart: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTimes {
    cart_mounted: Option<i64>,
    cart_unmounted: Option<i64>,
    started: Option<i64>,
    interrupted: Option<i64>,
    resumed: Option<i64>,
    ended: Option<i64>,
    content_changed: Option<i64>,
}

impl Tx<'_> {
    /// The room with this id.
    pub fn room(&mut self, id: RoomId) -> Result<Option<Room>, StoreError> {
        self.query_one(FIND, &[id.into()])?.as_ref().map(read).transpose()
    }

    /// The room that a tenant knows by this id of its own.
    pub fn room_by_external_id(&mut self, tenant: TenantId, external_id: &str) -> Result<Option<Room>, StoreError> {
        self.query_one(FIND_EXTERNAL, &[tenant.into(), external_id.into()])?.as_ref().map(read).transpose()
    }

    /// Writes a room that was just planned; [`StoreError::Duplicate`] when the tenant's id is taken.
    pub fn insert_room(&mut self, room: &Room) -> Result<(), StoreError> {
        let body = write_body(room)?;
        let values = [
            room.id.into(),
            room.tenant.into(),
            room.creator.into(),
            (&room.external_id).into(),
            room.created_at.into(),
            version(room)?.into(),
            (&body).into(),
            room.state.name().into(),
            room.due_at().into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// Writes a room over the version that was read.
    pub fn update_room(&mut self, room: &Room) -> Result<(), StoreError> {
        let body = write_body(room)?;
        let values =
            [(&body).into(), room.state.name().into(), room.due_at().into(), room.id.into(), version(room)?.into()];
        self.execute_one(UPDATE, &values)
    }

    /// Rooms to which time has something to do.
    pub fn due_rooms(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Room>, StoreError> {
        self.query(DUE, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// A page of a creator's rooms, newest first.
    pub fn rooms_of(
        &mut self,
        tenant: TenantId,
        creator: PartyId,
        before: Option<RoomId>,
        limit: u32,
    ) -> Result<Vec<Room>, StoreError> {
        let before = before.unwrap_or(RoomId::new(u128::MAX));
        let values = [tenant.into(), creator.into(), before.into(), limit.into()];
        self.query(OF_CREATOR, &values)?.iter().map(read).collect()
    }

    /// A page of a tenant's rooms, newest first.
    pub fn rooms(&mut self, tenant: TenantId, before: Option<RoomId>, limit: u32) -> Result<Vec<Room>, StoreError> {
        let before = before.unwrap_or(RoomId::new(u128::MAX));
        self.query(OF_TENANT, &[tenant.into(), before.into(), limit.into()])?.iter().map(read).collect()
    }

    /// A creator's newest broadcast that has started (TP-10).
    pub fn last_started_room(&mut self, tenant: TenantId, creator: PartyId) -> Result<Option<Room>, StoreError> {
        self.query_one(LAST_STARTED, &[tenant.into(), creator.into()])?.as_ref().map(read).transpose()
    }

    /// Keeps a fact as it was told.
    pub fn add_room_fact(
        &mut self,
        room: RoomId,
        fact: &str,
        at: Timestamp,
        told_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute_one(ADD_FACT, &[room.into(), fact.into(), at.into(), told_at.into()])
    }

    /// All facts told about a room, in order.
    pub fn room_facts(&mut self, room: RoomId) -> Result<Vec<RoomFactRow>, StoreError> {
        let rows = self.query(FACTS, &[room.into()])?;
        rows.iter().map(|row| Ok(RoomFactRow { fact: row.get(0)?, at: row.get(1)?, told_at: row.get(2)? })).collect()
    }
}

fn version(room: &Room) -> Result<i64, StoreError> {
    i64::try_from(room.version).map_err(StoreError::database)
}

fn write_body(room: &Room) -> Result<String, StoreError> {
    let ms = |at: Option<Timestamp>| at.map(Timestamp::ms);
    let state = match room.state {
        RoomState::Planned => StoredState::Planned,
        RoomState::Live { started_at, had_cart } => StoredState::Live { started_at: started_at.ms(), had_cart },
        RoomState::Interrupted { started_at, had_cart, since, ends_at } => {
            StoredState::Interrupted { started_at: started_at.ms(), had_cart, since: since.ms(), ends_at: ends_at.ms() }
        }
        RoomState::Ended { started_at, had_cart, ended_at } => {
            StoredState::Ended { started_at: started_at.ms(), had_cart, ended_at: ended_at.ms() }
        }
    };
    let body = StoredBody {
        title: room.content.title.clone(),
        category: room.content.category.clone(),
        visibility: room.content.visibility.code().to_owned(),
        content_version: room.content_version,
        interruption_grace_ms: room.interruption_grace_ms,
        state,
        cart: StoredCart {
            mounted_since: ms(room.cart.mounted_since),
            first_mounted_at: ms(room.cart.first_mounted_at),
            previous_had_cart: room.cart.previous_had_cart,
        },
        times: StoredTimes {
            cart_mounted: ms(room.times.cart_mounted),
            cart_unmounted: ms(room.times.cart_unmounted),
            started: ms(room.times.started),
            interrupted: ms(room.times.interrupted),
            resumed: ms(room.times.resumed),
            ended: ms(room.times.ended),
            content_changed: ms(room.times.content_changed),
        },
    };
    serde_json::to_string(&body).map_err(StoreError::database)
}

fn read(row: &Row) -> Result<Room, StoreError> {
    let id: RoomId = row.get(0)?;
    let wrong = |reason: String| StoreError::inconsistent(format!("room {id}"), reason);
    let text: String = row.get(6)?;
    let body: StoredBody = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let at = |ms: Option<i64>| ms.map(Timestamp::from_ms);
    let visibility =
        Visibility::from_code(&body.visibility).ok_or_else(|| wrong(format!("no visibility `{}`", body.visibility)))?;
    Ok(Room {
        id,
        tenant: row.get(1)?,
        creator: row.get(2)?,
        external_id: row.get(3)?,
        created_at: row.get(4)?,
        version: row.get(5)?,
        content: RoomContent { title: body.title, category: body.category, visibility },
        content_version: body.content_version,
        interruption_grace_ms: body.interruption_grace_ms,
        state: read_state(&body.state),
        cart: CartState {
            mounted_since: at(body.cart.mounted_since),
            first_mounted_at: at(body.cart.first_mounted_at),
            previous_had_cart: body.cart.previous_had_cart,
        },
        times: FactTimes {
            cart_mounted: at(body.times.cart_mounted),
            cart_unmounted: at(body.times.cart_unmounted),
            started: at(body.times.started),
            interrupted: at(body.times.interrupted),
            resumed: at(body.times.resumed),
            ended: at(body.times.ended),
            content_changed: at(body.times.content_changed),
        },
    })
}

const fn read_state(stored: &StoredState) -> RoomState {
    match *stored {
        StoredState::Planned => RoomState::Planned,
        StoredState::Live { started_at, had_cart } => {
            RoomState::Live { started_at: Timestamp::from_ms(started_at), had_cart }
        }
        StoredState::Interrupted { started_at, had_cart, since, ends_at } => RoomState::Interrupted {
            started_at: Timestamp::from_ms(started_at),
            had_cart,
            since: Timestamp::from_ms(since),
            ends_at: Timestamp::from_ms(ends_at),
        },
        StoredState::Ended { started_at, had_cart, ended_at } => RoomState::Ended {
            started_at: Timestamp::from_ms(started_at),
            had_cart,
            ended_at: Timestamp::from_ms(ended_at),
        },
    }
}

#[cfg(test)]
mod tests;
