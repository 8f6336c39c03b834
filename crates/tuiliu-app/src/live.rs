//! Live rooms: planned, and told about by the host platform (LV-10); their orders follow them.

use thiserror::Error;
use tuiliu_domain::event::Outcome;
use tuiliu_domain::id::{PartyId, RoomId};
use tuiliu_domain::live::{PlanRoomError, RecordRoomFactError, Room, RoomContent, RoomFact, RoomPlan, RoomReport};
use tuiliu_domain::party::{Action, Actor, Owned, Reach};
use tuiliu_domain::promotion::Content;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{StoreError, Tx};

pub use tuiliu_store::RoomFactRow;

use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome;

/// Plans a broadcast; one under an id of the host that is planned already is refused.
#[derive(Debug, Clone)]
pub struct PlanRoom {
    pub creator: PartyId,
    /// The host's id of the broadcast.
    pub external_id: String,
    pub content: RoomContent,
}

/// Tells a fact about a room.
#[derive(Debug, Clone)]
pub struct RecordRoomFact {
    pub room: RoomId,
    pub fact: RoomFact,
    pub at: Timestamp,
}

/// Why a room is not planned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanRoomRefusal {
    #[error(transparent)]
    Plan(#[from] PlanRoomError),
    #[error("plan a room for a creator who is not there")]
    NoCreator,
    #[error("plan a second room under the id `{external_id}`")]
    AlreadyPlanned { external_id: String },
}

/// A page of rooms, newest first.
#[derive(Debug, Clone, Copy)]
pub struct RoomFilter {
    /// Only this creator's.
    pub creator: Option<PartyId>,
    pub before: Option<RoomId>,
    pub limit: u32,
}

impl Shell {
    /// Plans a broadcast in the caller's transaction.
    pub fn plan_room(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &PlanRoom,
    ) -> Result<Room, CommandError<PlanRoomRefusal>> {
        let owner = Owned { tenant: actor.tenant, owner: command.creator, co_owner: None };
        actor.may(Action::PlanRoom, &owner)?;
        if tx.party(actor.tenant, command.creator)?.is_none() {
            return Err(CommandError::Refused(PlanRoomRefusal::NoCreator));
        }
        let previous = tx.last_started_room(actor.tenant, command.creator)?;
        let plan = RoomPlan {
            id: self.id(),
            tenant: actor.tenant,
            creator: command.creator,
            external_id: command.external_id.clone(),
            content: command.content.clone(),
            previous_had_cart: previous.and_then(|room| room.state.start()).map(|(_, had_cart)| had_cart),
        };
        let policy = self.policy(tx, actor.tenant)?;
        let outcome =
            Room::plan(plan, &policy.room, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        let Outcome { state: room, events, .. } = outcome;
        if tx.room_by_external_id(room.tenant, &room.external_id)?.is_some() {
            let external_id = room.external_id;
            return Err(CommandError::Refused(PlanRoomRefusal::AlreadyPlanned { external_id }));
        }
        tx.insert_room(&room)?;
        outcome::tell(self, tx, room.tenant, &events);
        Ok(room)
    }

    /// Takes in a fact about a room in the caller's transaction; the room's orders follow at once.
    pub fn record_room_fact(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &RecordRoomFact,
    ) -> Result<Room, CommandError<RecordRoomFactError>> {
        let room = tx.room(command.room)?.ok_or(CommandError::NotFound)?;
        actor.may(Action::RecordRoomFact, &room.owned())?;
        let fact = command.fact.clone();
        let name = fact.name();
        let outcome = room.record(RoomReport { fact, at: command.at }, self.now()).map_err(CommandError::Refused)?;
        if outcome.events.is_empty() {
            return Ok(outcome.state);
        }
        tx.add_room_fact(command.room, name, command.at, self.now())?;
        Ok(save_room(self, tx, outcome)?)
    }
}

/// Saves what a room decided, and lets every order for it follow.
pub(crate) fn save_room(shell: &Shell, tx: &mut Tx<'_>, outcome: Outcome<Room>) -> Result<Room, StoreError> {
    let Outcome { state: mut room, events, .. } = outcome;
    if events.is_empty() {
        return Ok(room);
    }
    tx.update_room(&room)?;
    room.version += 1;
    outcome::tell(shell, tx, room.tenant, &events);
    // What is known of the broadcast may be worth something now that it is over.
    if room.times.ended.is_some() {
        crate::incentive::follow_room(shell, tx, &room)?;
        crate::report::follow_room(shell, tx, &room)?;
    }
    shell.orders_follow(tx, &Content::Room(room.clone()))?;
    Ok(room)
}

impl App {
    /// [`Shell::record_room_fact`] in a transaction of its own.
    pub async fn record_room_fact(
        &self,
        actor: Actor,
        command: RecordRoomFact,
    ) -> Result<Room, CommandError<RecordRoomFactError>> {
        self.write(move |shell, tx| shell.record_room_fact(tx, &actor, &command)).await
    }

    /// [`Shell::plan_room`] in a transaction of its own.
    pub async fn plan_room(&self, actor: Actor, command: PlanRoom) -> Result<Room, CommandError<PlanRoomRefusal>> {
        self.write(move |shell, tx| shell.plan_room(tx, &actor, &command)).await
    }

    /// A room and all facts told about it.
    pub async fn room(
        &self,
        actor: Actor,
        id: RoomId,
    ) -> Result<(Room, Vec<RoomFactRow>), CommandError<std::convert::Infallible>> {
        self.read(move |_, tx| {
            let room = tx.room(id)?.ok_or(CommandError::NotFound)?;
            actor.may(Action::ReadRoom, &room.owned())?;
            let facts = tx.room_facts(id)?;
            Ok((room, facts))
        })
        .await
    }

    /// A page of the rooms that the actor may see.
    pub async fn rooms(
        &self,
        actor: Actor,
        filter: RoomFilter,
    ) -> Result<Vec<Room>, CommandError<std::convert::Infallible>> {
        let reach = actor.reach(Action::ReadRoom).ok_or(CommandError::Forbidden)?;
        self.read(move |_, tx| {
            let RoomFilter { creator, before, limit } = filter;
            match (reach, creator) {
                (Reach::Tenant, None) => Ok(tx.rooms(actor.tenant, before, limit)?),
                (_, creator) => {
                    let creator = creator.unwrap_or(actor.party);
                    let owner = Owned { tenant: actor.tenant, owner: creator, co_owner: None };
                    actor.may(Action::ReadRoom, &owner)?;
                    Ok(tx.rooms_of(actor.tenant, creator, before, limit)?)
                }
            }
        })
        .await
    }
}
