//! Retention: rows that are only kept for a while, forgotten a few at a time.
//!
//! What lies in the order of time is forgotten from its front. What lies in the order of its keys is swept: each step
//! looks at the next few, and the place that was reached is kept. A round begins once a day at most.

use tuiliu_domain::id::{Id, RoomId};
use tuiliu_domain::time::{DAY_MS, Timestamp};

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

/// Rows in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aging {
    /// Reported events that are folded.
    EventBatches,
    RefusedEvents,
    /// Answers to commands with an idempotency key.
    Answers,
    /// What happened, once it is queued for whoever is told of it.
    Notices,
}

/// Rows in the order of keys that say nothing of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// Ids of events, by the day on which they were seen.
    SeenEvents,
    /// Impressions.
    Exposures,
}

/// Rows that belong to an order, a room, a video or a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnedRows {
    /// Sums by minute.
    Minutes,
    /// Who did what once.
    Persons,
}

/// One step of forgetting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgetting {
    pub now: Timestamp,
    /// Only what is older.
    pub before: Timestamp,
    /// Rows looked at, at most.
    pub limit: u32,
}

/// What one step of a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepStep {
    pub forgotten: u64,
    /// The round is over, or the next is not due.
    pub is_over: bool,
}

statements! {
    BATCHES: "delete from event_batch where seq in
        (select seq from (select seq, received_at from event_batch order by seq limit $2) oldest
         where received_at < $1 and seq <= (select value from counter where name = 'events_folded'))";
    REFUSED: "delete from refused_event where (tenant_id, id) in
        (select tenant_id, id from refused_event where at < $1 order by at limit $2)";
    ANSWERS: "delete from request where (tenant_id, key) in
        (select tenant_id, key from request where at < $1 order by at limit $2)";
    NOTICES: "delete from outbox where seq in
        (select seq from (select seq, at from outbox order by seq limit $2) oldest
         where at < $1 and seq <= (select value from counter where name = 'webhook'))";
    PLACE: "select after, begun_at from sweep where name = $1";
    SET_PLACE: "insert into sweep (name, after, begun_at) values ($1, $2, $3)
        on conflict (name) do update set after = excluded.after, begun_at = excluded.begun_at";
    NTH_SEEN: "select key from event_seen where key > $1 order by key limit 1 offset $2";
    FORGET_SEEN: "delete from event_seen where key > $1 and key <= $2 and day < $3";
    NTH_EXPOSURE: "select decision_id from exposure where decision_id > $1 order by decision_id limit 1 offset $2";
    FORGET_EXPOSURES: "delete from exposure where decision_id > $1 and decision_id <= $2 and at < $3";
    NEXT_MINUTES: "select subject_id from metric_minute where subject_id > $1 order by subject_id limit 1";
    FORGET_MINUTES: "delete from metric_minute where (subject_id, metric, minute) in
        (select subject_id, metric, minute from metric_minute where subject_id = $1 and minute < $2 limit $3)";
    NEXT_PERSONS: "select subject_id from person where subject_id > $1 order by subject_id limit 1";
    FORGET_PERSONS: "delete from person where (subject_id, viewer) in
        (select subject_id, viewer from person where subject_id = $1 limit $2)";
    FORGET_OUTCOMES: "delete from room_outcome where (room_id, viewer, at, batch, place) in
        (select room_id, viewer, at, batch, place from room_outcome where room_id = $1 limit $2)";
}

/// How far a sweep has come: the last key that was looked at, or none yet, and when the round began.
struct Place {
    after: Vec<u8>,
    begun_at: Timestamp,
}

impl Tx<'_> {
    /// Forgets the oldest rows; how many.
    pub fn forget_aged(&mut self, what: Aging, step: Forgetting) -> Result<u64, StoreError> {
        let statement = match what {
            Aging::EventBatches => BATCHES,
            Aging::RefusedEvents => REFUSED,
            Aging::Answers => ANSWERS,
            Aging::Notices => NOTICES,
        };
        self.execute(statement, &[step.before.into(), step.limit.into()])
    }

    /// Looks at the next rows of a round and forgets the old ones among them.
    pub fn sweep(&mut self, what: Swept, step: Forgetting) -> Result<SweepStep, StoreError> {
        let (name, nth, forget, before) = match what {
            Swept::SeenEvents => ("event_seen", NTH_SEEN, FORGET_SEEN, step.before.ms() / DAY_MS),
            Swept::Exposures => ("exposure", NTH_EXPOSURE, FORGET_EXPOSURES, step.before.ms()),
        };
        let Some(place) = self.place(name, step.now)? else { return Ok(SweepStep { forgotten: 0, is_over: true }) };
        let after = place.after.as_slice();
        let last = self.query_one(nth, &[after.into(), step.limit.saturating_sub(1).into()])?;
        let last: Option<[u8; 16]> = last.map(|row| row.get(0)).transpose()?;
        let until: &[u8] = &last.unwrap_or([u8::MAX; 16]);
        let forgotten = self.execute(forget, &[after.into(), until.into(), before.into()])?;
        let reached: &[u8] = last.as_ref().map_or(&[], <[u8; 16]>::as_slice);
        self.set_place(name, reached, place.begun_at)?;
        Ok(SweepStep { forgotten, is_over: last.is_none() })
    }

    /// The next owner of rows in a round; `None` when the round is over, or the next is not due.
    pub fn next_owner(&mut self, of: OwnedRows, now: Timestamp) -> Result<Option<u128>, StoreError> {
        let (name, next) = match of {
            OwnedRows::Minutes => ("metric_minute", NEXT_MINUTES),
            OwnedRows::Persons => ("person", NEXT_PERSONS),
        };
        let Some(place) = self.place(name, now)? else { return Ok(None) };
        let next = self.query_one(next, &[place.after.as_slice().into()])?;
        let next: Option<Id<()>> = next.map(|row| row.get(0)).transpose()?;
        if next.is_none() {
            self.set_place(name, &[], place.begun_at)?;
        }
        Ok(next.map(Id::value))
    }

    /// Nothing is left to be done for this owner in this round.
    pub fn pass_owner(&mut self, of: OwnedRows, owner: u128, now: Timestamp) -> Result<(), StoreError> {
        let name = match of {
            OwnedRows::Minutes => "metric_minute",
            OwnedRows::Persons => "person",
        };
        match self.place(name, now)? {
            Some(place) => self.set_place(name, &owner.to_be_bytes(), place.begun_at),
            None => Ok(()),
        }
    }

    /// Forgets sums by minute of an owner; how many. Those by quarter of an hour stay.
    pub fn forget_minutes(&mut self, owner: u128, step: Forgetting) -> Result<u64, StoreError> {
        self.execute(FORGET_MINUTES, &[Id::<()>::new(owner).into(), step.before.into(), step.limit.into()])
    }

    /// Forgets who did what once under an order or in a room; how many. What was counted stays.
    pub fn forget_persons(&mut self, owner: u128, limit: u32) -> Result<u64, StoreError> {
        self.execute(FORGET_PERSONS, &[Id::<()>::new(owner).into(), limit.into()])
    }

    /// Forgets what named viewers did in a room that measures; how many. What it came to stays in the arms.
    pub fn forget_room_outcomes(&mut self, room: RoomId, limit: u32) -> Result<u64, StoreError> {
        self.execute(FORGET_OUTCOMES, &[room.into(), limit.into()])
    }

    /// Where a round is, or begins now; `None` while it is not due.
    fn place(&mut self, name: &str, now: Timestamp) -> Result<Option<Place>, StoreError> {
        let Some(row) = self.query_one(PLACE, &[name.into()])? else {
            return Ok(Some(Place { after: Vec::new(), begun_at: now }));
        };
        let place = Place { after: row.get(0)?, begun_at: row.get(1)? };
        if !place.after.is_empty() {
            return Ok(Some(place));
        }
        Ok((place.begun_at.plus_ms(DAY_MS) <= now).then_some(Place { begun_at: now, ..place }))
    }

    fn set_place(&mut self, name: &str, after: &[u8], begun_at: Timestamp) -> Result<(), StoreError> {
        self.execute_one(SET_PLACE, &[name.into(), after.into(), begun_at.into()])
    }
}

#[cfg(test)]
mod tests;
