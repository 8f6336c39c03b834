//! Facts of broadcasts: what one room, or all rooms of a creator in a period, brought, for whoever judges them.

use tuiliu_domain::id::{PartyId, RoomId, TenantId};
use tuiliu_domain::live::Room;
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_measure::rollup::Count;
use tuiliu_store::{RoomPurchases, StoreError, Tx};

use super::sums::{Sums, totals};

/// Rooms read at a time.
const PAGE: u32 = 100;

/// What is known of one broadcast, natural and promoted apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastFacts {
    pub room: RoomId,
    pub creator: PartyId,
    pub started_at: Timestamp,
    /// `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// Until now while it goes on.
    pub length_ms: i64,
    pub had_cart: bool,
    /// Everything that is counted; settled amounts among it, as of now.
    pub sums: Sums,
}

impl BroadcastFacts {
    /// Distinct viewers.
    #[must_use]
    pub fn viewers(&self) -> i64 {
        self.sums.all().get(Count::Viewers)
    }

    /// Distinct viewers whom no promotion brought: the broadcast's own traffic, in thousandths; `None` without viewers.
    #[must_use]
    pub fn own_traffic_permille(&self) -> Option<i64> {
        (self.sums.natural.get(Count::Viewers).saturating_mul(1_000)).checked_div(self.viewers())
    }

    /// Paid amounts in fen.
    #[must_use]
    pub fn paid_fen(&self) -> i64 {
        self.sums.all().get(Count::GmvFen)
    }

    /// Refunded amounts in fen.
    #[must_use]
    pub fn refunded_fen(&self) -> i64 {
        self.sums.all().get(Count::RefundsFen)
    }

    /// Paid amounts in fen whose return window of 7 days closed without a refund; of purchases that the host numbers.
    #[must_use]
    pub fn settled_fen(&self) -> i64 {
        self.sums.all().get(Count::SettledSevenDaysFen)
    }

    /// Products that sold at least once of those that were listed, in thousandths; `None` when none was listed.
    #[must_use]
    pub fn sell_through_permille(&self) -> Option<i64> {
        let all = self.sums.all();
        all.get(Count::ProductsSold).saturating_mul(1_000).checked_div(all.get(Count::ProductsListed))
    }

    /// Distinct viewers who followed, less the follows that were taken back.
    #[must_use]
    pub fn follower_gain(&self) -> i64 {
        let all = self.sums.all();
        all.get(Count::Followers).saturating_sub(all.get(Count::FollowsUndone))
    }
}

/// The facts of one broadcast; `None` when it has not started.
pub fn broadcast_facts(tx: &mut Tx<'_>, room: &Room, now: Timestamp) -> Result<Option<BroadcastFacts>, StoreError> {
    let Some((started_at, had_cart)) = room.state.start() else { return Ok(None) };
    let length_ms = room.times.ended.unwrap_or(now).since_ms(started_at).max(0);
    let sums = room_sums(tx, room, now)?;
    let (id, creator, ended_at) = (room.id, room.creator, room.times.ended);
    Ok(Some(BroadcastFacts { room: id, creator, started_at, ended_at, length_ms, had_cart, sums }))
}

/// The facts of all broadcasts of a creator that started within `from..to`, newest first.
pub fn broadcasts_of_creator(
    tx: &mut Tx<'_>,
    (tenant, creator): (TenantId, PartyId),
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Vec<BroadcastFacts>, StoreError> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let rooms = tx.rooms_of(tenant, creator, before, PAGE)?;
        for room in &rooms {
            let has_started = room.state.start().is_some_and(|(at, _)| from <= at && at < to);
            if has_started && let Some(facts) = broadcast_facts(tx, room, now)? {
                found.push(facts);
            }
        }
        // Rooms come newest first by when they were planned.
        match rooms.last() {
            Some(last) if rooms.len() == 100 && last.created_at >= from.plus_ms(-PLANNED_AHEAD_MS) => {
                before = Some(last.id);
            }
            _ => return Ok(found),
        }
    }
}

/// How long before its start a broadcast may have been planned and still be found by its start.
const PLANNED_AHEAD_MS: i64 = 30 * DAY_MS;

/// The sums of a room with what they alone do not tell: its length, and amounts that are settled by now.
pub(super) fn room_sums(tx: &mut Tx<'_>, room: &Room, now: Timestamp) -> Result<Sums, StoreError> {
    let mut sums = totals(&tx.metric_totals(room.id)?.sums);
    let length_ms = room.state.start().map_or(0, |(at, _)| room.times.ended.unwrap_or(now).since_ms(at).max(0));
    for (counts, is_promoted) in [(&mut sums.natural, false), (&mut sums.promoted, true)] {
        let of = RoomPurchases::OfRoom { room: room.id, is_promoted };
        for (count, days) in [(Count::SettledSevenDaysFen, 7), (Count::SettledFourteenDaysFen, 14)] {
            counts.add(count, tx.settled_fen(of, days * DAY_MS, now)?);
        }
    }
    sums.natural.add(Count::BroadcastMs, length_ms);
    Ok(sums)
}
