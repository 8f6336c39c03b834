//! What a broadcast brought, natural and promoted apart (LV-21), and what all broadcasts of a creator did.

use std::convert::Infallible;

use tuiliu_domain::id::{PartyId, RoomId};
use tuiliu_domain::live::Room;
use tuiliu_domain::party::{Action, Actor, Owned};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_measure::rollup::{Count, Counts, Figure, Metric, Online, Scope, Setting, Stay, ViewerSketch, online};
use tuiliu_store::{StoreError, Tx};

use super::facts::{BroadcastFacts, broadcasts_of_creator, room_sums};
use super::sums::{
    Breakdown, Freshness, Sums, Trend, TrendAsk, breakdown, freshness, setting, spent_in, steps, totals, trend,
};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Every figure of one broadcast.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomReport {
    pub room: Room,
    pub sums: Sums,
    /// What was spent on all of its orders, and their results.
    pub spent: Counts,
    pub setting: Setting,
    /// People at once, everybody's devices united.
    pub online: Online,
    pub trend: Trend,
    pub breakdown: Vec<Breakdown>,
    pub freshness: Freshness,
}

/// What all broadcasts of a creator in a period did.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatorReport {
    pub creator: PartyId,
    pub broadcasts: Vec<BroadcastFacts>,
    /// Sums over broadcasts: a viewer of two broadcasts is counted in both.
    pub sums: Sums,
    /// Distinct viewers over all broadcasts and days, within about one percent; exact below a hundred.
    pub distinct_viewers: i64,
    /// Those of them whom promotion brought at least once.
    pub distinct_promoted_viewers: i64,
    /// What was spent on the orders of all broadcasts, and their results.
    pub spent: Counts,
    pub setting: Setting,
    pub trend: Trend,
    pub freshness: Freshness,
}

impl RoomReport {
    /// The counts behind the figures of some of its traffic.
    #[must_use]
    pub fn counts(&self, scope: Scope) -> Counts {
        counts(&self.sums, &self.spent, scope)
    }

    /// Every metric of the dictionary that is told of some of its traffic.
    #[must_use]
    pub fn figures(&self, scope: Scope) -> Vec<(&'static Metric, Figure)> {
        let mut told = Metric::figures(&self.counts(scope), scope, self.setting);
        if scope == Scope::All
            && let Some(metric) = Metric::find("peak_online")
        {
            told.push((metric, Figure::Whole(self.online.peak)));
        }
        told
    }
}

impl CreatorReport {
    /// The counts behind the figures of some of the traffic of all broadcasts.
    #[must_use]
    pub fn counts(&self, scope: Scope) -> Counts {
        counts(&self.sums, &self.spent, scope)
    }

    /// Every metric of the dictionary that is told of some of the traffic.
    #[must_use]
    pub fn figures(&self, scope: Scope) -> Vec<(&'static Metric, Figure)> {
        Metric::figures(&self.counts(scope), scope, self.setting)
    }
}

/// The counts behind the figures of some of a room's traffic.
pub(super) fn counts(sums: &Sums, spent: &Counts, scope: Scope) -> Counts {
    let mut counts = match scope {
        Scope::Natural => sums.natural.clone(),
        Scope::Promoted | Scope::Order => sums.promoted.clone(),
        Scope::All => sums.all(),
    };
    if matches!(scope, Scope::Promoted | Scope::Order) {
        // The length of the broadcast is the same for everybody in it.
        counts.add(Count::BroadcastMs, sums.natural.get(Count::BroadcastMs));
    }
    if scope != Scope::Natural {
        counts.add_all(spent);
    }
    if scope == Scope::All {
        counts.add(Count::RoomGmvFen, counts.get(Count::GmvFen));
    }
    counts
}

impl App {
    /// Every figure of one broadcast.
    pub async fn room_report(
        &self,
        actor: Actor,
        id: RoomId,
        ask: TrendAsk,
    ) -> Result<RoomReport, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let room = room_for(tx, &actor, id)?;
            Ok(report(shell, tx, room, &ask)?)
        })
        .await
    }

    /// What all broadcasts of a creator that started within `from..to` did.
    pub async fn creator_report(
        &self,
        actor: Actor,
        creator: PartyId,
        (from, to): (Timestamp, Timestamp),
        ask: TrendAsk,
    ) -> Result<CreatorReport, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadRoom, &Owned { tenant: actor.tenant, owner: creator, co_owner: None })?;
            let owner = (actor.tenant, creator);
            let broadcasts = broadcasts_of_creator(tx, owner, (from, to), shell.now())?;
            let setting = setting(shell, tx, actor.tenant)?;
            let (mut sums, mut spent) = (Sums::default(), Counts::default());
            for own in &broadcasts {
                spent.add_all(&spent_in(tx, own.room, setting)?);
                sums.natural.add_all(&own.sums.natural);
                sums.promoted.add_all(&own.sums.promoted);
            }
            Ok(CreatorReport {
                creator,
                broadcasts,
                sums,
                spent,
                distinct_viewers: distinct(tx, owner, Count::Viewers.code(), (from, to))?,
                distinct_promoted_viewers: distinct(tx, owner, Count::Viewers.promoted_code(), (from, to))?,
                setting,
                trend: steps(&tx.creator_quarters(actor.tenant, creator, (from, to))?, &ask),
                freshness: freshness(tx, None)?,
            })
        })
        .await
    }
}

/// The room, if it is there and the actor may read it.
pub(super) fn room_for(tx: &mut Tx<'_>, actor: &Actor, id: RoomId) -> Result<Room, CommandError<Infallible>> {
    let room = tx.room(id)?.ok_or(CommandError::NotFound)?;
    actor.may(Action::ReadRoom, &room.owned())?;
    Ok(room)
}

fn report(shell: &Shell, tx: &mut Tx<'_>, room: Room, ask: &TrendAsk) -> Result<RoomReport, StoreError> {
    let now = shell.now();
    let stays = tx.room_stays(room.id)?;
    let stay =
        |row: &tuiliu_store::StayRow| Stay { join: row.joined_at, leave: row.left_at, is_promoted: row.is_promoted };
    let changed_at = tx.metric_totals(room.id)?.changed_at;
    let setting = setting(shell, tx, room.tenant)?;
    Ok(RoomReport {
        sums: room_sums(tx, &room, now)?,
        spent: spent_in(tx, room.id, setting)?,
        setting,
        online: online(stays.iter().map(stay), now),
        trend: trend(tx, room.id, ask)?,
        breakdown: breakdown(tx, room.id)?,
        freshness: freshness(tx, changed_at)?,
        room,
    })
}

/// About how many distinct viewers there were in all rooms of a creator.
fn distinct(
    tx: &mut Tx<'_>,
    (tenant, creator): (tuiliu_domain::id::TenantId, PartyId),
    kind: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<i64, StoreError> {
    let days = (from.ms().div_euclid(DAY_MS), to.plus_ms(DAY_MS - 1).ms().div_euclid(DAY_MS));
    let bodies = tx.creator_sketches(tenant, creator, kind, days)?;
    let read = |body: &Vec<u8>| {
        ViewerSketch::from_bytes(body).map_err(|error| StoreError::Inconsistent {
            place: format!("a sketch of creator {creator}"),
            reason: error.to_string(),
        })
    };
    let sketches = bodies.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(ViewerSketch::union(&sketches).estimate())
}

/// Sums of the last broadcasts of a creator before this one, newest first.
pub(super) fn last_sums(tx: &mut Tx<'_>, room: &Room, count: usize) -> Result<Vec<Sums>, StoreError> {
    // A few planned broadcasts that never started lie among those that did.
    let limit = u32::try_from(count.saturating_mul(4)).unwrap_or(u32::MAX);
    let rooms = tx.rooms_of(room.tenant, room.creator, Some(room.id), limit)?;
    let ended = rooms.iter().filter(|room| room.times.ended.is_some()).take(count);
    ended
        .map(|room| {
            let mut sums = totals(&tx.metric_totals(room.id)?.sums);
            let length_ms = room.state.start().zip(room.times.ended).map_or(0, |((at, _), ended)| ended.since_ms(at));
            sums.natural.add(Count::BroadcastMs, length_ms.max(0));
            Ok(sums)
        })
        .collect()
}
