//! Recaps of broadcasts as they were settled, and when those of others are to be.

use tuiliu_domain::id::RoomId;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

statements! {
    PLAN: "insert into recap (room_id, due_at) values ($1, $2) on conflict (room_id) do update
        set due_at = excluded.due_at where recap.settled_at is null";
    DUE: "select room_id from recap where due_at <= $1 order by due_at, room_id limit $2";
    SETTLE: "update recap set due_at = null, settled_at = $2, body = $3 where room_id = $1 and settled_at is null";
    GIVE_UP: "delete from recap where room_id = $1 and settled_at is null";
    SETTLED: "select settled_at, body from recap where room_id = $1 and settled_at is not null";
}

impl Tx<'_> {
    /// A recap is to be settled then; what is settled stays so.
    pub fn plan_recap(&mut self, room: RoomId, due_at: Timestamp) -> Result<(), StoreError> {
        self.execute(PLAN, &[room.into(), due_at.into()]).map(drop)
    }

    /// Rooms whose recaps are to be settled by now.
    pub fn due_recaps(&mut self, now: Timestamp, limit: u32) -> Result<Vec<RoomId>, StoreError> {
        self.query(DUE, &[now.into(), limit.into()])?.iter().map(|row| row.get(0)).collect()
    }

    /// Keeps a recap for good; `Conflict` when one is kept already.
    pub fn settle_recap(&mut self, room: RoomId, at: Timestamp, body: &str) -> Result<(), StoreError> {
        self.execute_one(SETTLE, &[room.into(), at.into(), body.into()])
    }

    /// There will be no recap.
    pub fn give_up_recap(&mut self, room: RoomId) -> Result<(), StoreError> {
        self.execute_one(GIVE_UP, &[room.into()])
    }

    /// The recap that is kept of a room, and since when.
    pub fn settled_recap(&mut self, room: RoomId) -> Result<Option<(Timestamp, String)>, StoreError> {
        self.query_one(SETTLED, &[room.into()])?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
    }
}
