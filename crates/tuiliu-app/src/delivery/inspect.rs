//! Looking back at traffic: what nobody can have done, and visits that come and go together (AT-03).
//!
//! A room is read page by page outside of any transaction that writes; what is found is then written viewer by viewer. The
//! same pass makes figures anew when the end of the broadcast, and with it the windows, has moved.

use std::collections::BTreeMap;
use std::convert::Infallible;

use tuiliu_domain::id::{ContentId, RoomId, TenantId};
use tuiliu_domain::limits::INSPECTED_VIEWERS_MAX;
use tuiliu_domain::live::FactTimes;
use tuiliu_domain::policy::TrafficPolicy;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use tuiliu_measure::traffic::{
    CELLS, Grid, Invalid, RateLimits, Reference, ViewerHour, Visit, impossible_rate, suspicious_cells,
};
use tuiliu_store::{AttributionRecord, PlatformViewer, RecordPage, TrafficGrid, TrafficInspection};

use super::attribution::{self, KnownViewer, kinds};
use super::credit::invalidate_viewer;
use super::month::Month;
use crate::app::App;
use crate::error::CommandError;

/// A room is looked at so often while it is live, and so often afterwards.
const LIVE_MS: i64 = 5 * MINUTE_MS;
const ENDED_MS: i64 = HOUR_MS;
/// Broadcasts of a category that are compared, and for how long they stay usual.
const REFERENCES: u32 = 200;
const GRID_KEPT_MS: i64 = 180 * DAY_MS;
/// Records read, and viewers written, at once.
const PAGE: u32 = 5_000;
const VIEWERS_PER_STEP: usize = 200;

/// A room or video whose traffic is looked back at.
#[derive(Debug, Clone)]
struct Inspected {
    room: RoomId,
    tenant: TenantId,
    times: Times,
}

/// When it began and ended; a video has no category of broadcasts that it could be compared with.
#[derive(Debug, Clone, Default)]
struct Times {
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    category: Option<String>,
}

/// What one look at a room collects.
#[derive(Default)]
struct Look {
    viewers: Vec<u128>,
    visits: Vec<(u128, Visit)>,
    found: Vec<(u128, Invalid)>,
}

impl App {
    /// Looks back at the traffic of rooms that are due; how many. A job's, `limit` at a time.
    pub async fn inspect_traffic(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        let now = self.shell.now();
        let due =
            self.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.due_traffic_inspections(now, limit)?)).await?;
        for inspection in &due {
            self.inspect_room(*inspection).await?;
        }
        self.write(move |_, tx| {
            Ok::<_, CommandError<Infallible>>(tx.forget_traffic_grids(now.plus_ms(-GRID_KEPT_MS))?)
        })
        .await?;
        Ok(due.len())
    }

    async fn inspect_room(&self, inspection: TrafficInspection) -> Result<(), CommandError<Infallible>> {
        let id = inspection.room;
        let found = self
            .read(move |shell, tx| {
                // Of a video what is kept by room is kept under its own number.
                let orders = tx.promotion_orders_for(ContentId::Room(id))?;
                let Some(order) = orders.first() else { return Ok(None) };
                let (tenant, is_over) = (order.tenant, orders.iter().all(|order| order.state.is_final()));
                let times = match order.content {
                    ContentId::Room(room) => tx.room(room)?.map(|room| {
                        let FactTimes { started, ended, .. } = room.times;
                        Times { started, ended, category: Some(room.content.category) }
                    }),
                    ContentId::Video(_) => {
                        let last = orders.iter().filter_map(|order| order.delivery_ended_at).max();
                        Some(Times { ended: last.filter(|_| is_over), ..Times::default() })
                    }
                };
                let Some(times) = times else { return Ok(None) };
                let policy = shell.policy(tx, tenant)?;
                let commerce_ms = orders.iter().map(|order| order.terms.commerce_window_ms).max().unwrap_or(0);
                let orders: Vec<_> = orders.iter().map(|order| order.id).collect();
                let place = Inspected { room: id, tenant, times };
                Ok::<_, CommandError<Infallible>>(Some((place, policy, commerce_ms, orders)))
            })
            .await?;
        let Some((room, policy, commerce_ms, orders)) = found else {
            return self.write(move |_, tx| Ok(tx.end_traffic_inspection(id)?)).await;
        };
        let now = self.shell.now();
        let ended_at = room.times.ended;
        // What is known of viewers is kept for refunds that come late.
        let kept_ms = commerce_ms + self.shell.viewers_kept_ms();
        if ended_at.is_some_and(|ended| ended.plus_ms(kept_ms) < now) {
            return self
                .write(move |_, tx| {
                    tx.forget_attribution_records(id)?;
                    for order in &orders {
                        tx.forget_attribution_shares(*order)?;
                    }
                    Ok(tx.end_traffic_inspection(id)?)
                })
                .await;
        }
        let mut look = self.look(&room, limits(&policy.traffic)).await?;
        if let Some(grid) = self.compare(&room, &mut look).await? {
            self.write(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.put_traffic_grid(&grid)?)).await?;
        }
        let tenant = room.tenant;
        for found in look.found.chunks(VIEWERS_PER_STEP).map(<[_]>::to_vec) {
            self.write(move |shell, tx| {
                for (viewer, rule) in &found {
                    invalidate_viewer(shell, tx, (id, *viewer), *rule)?;
                    // Months that are final are not opened again.
                    let month = Month::open_at(shell.now()).number();
                    tx.invalidate_platform_viewer(PlatformViewer { tenant, month, viewer: *viewer })?;
                }
                Ok::<_, CommandError<Infallible>>(())
            })
            .await?;
        }
        if ended_at != inspection.ended_at {
            self.renew_shares(id, &look.viewers).await?;
        }
        let due_at = now.plus_ms(if ended_at.is_some() { ENDED_MS } else { LIVE_MS });
        self.write(move |_, tx| Ok(tx.postpone_traffic_inspection(TrafficInspection { room: id, due_at, ended_at })?))
            .await
    }

    /// Reads everything that is known of a room's viewers.
    async fn look(&self, room: &Inspected, limits: RateLimits) -> Result<Look, CommandError<Infallible>> {
        let mut look = Look::default();
        let mut page = RecordPage { room: room.room, after_viewer: 0, after_id: 0, limit: PAGE };
        let mut current: Option<(u128, Vec<AttributionRecord>)> = None;
        loop {
            let records = self
                .read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.attribution_records_of_room(page)?))
                .await?;
            let Some((viewer, record)) = records.last() else { break };
            (page.after_viewer, page.after_id) = (*viewer, record.id);
            for (viewer, record) in records {
                match &mut current {
                    Some((same, known)) if *same == viewer => known.push(record),
                    _ => {
                        if let Some((viewer, records)) = current.replace((viewer, vec![record])) {
                            look.add(viewer, records, room, limits);
                        }
                    }
                }
            }
            if look.viewers.len() >= INSPECTED_VIEWERS_MAX {
                break;
            }
        }
        if let Some((viewer, records)) = current {
            look.add(viewer, records, room, limits);
        }
        Ok(look)
    }

    /// Compares an ended broadcast with earlier ones; what is usual of it becomes one of those.
    async fn compare(
        &self,
        room: &Inspected,
        look: &mut Look,
    ) -> Result<Option<TrafficGrid>, CommandError<Infallible>> {
        let Some(category) = room.times.category.clone().filter(|_| room.times.ended.is_some()) else {
            return Ok(None);
        };
        let (tenant, id) = (room.tenant, room.room);
        let earlier = {
            let category = category.clone();
            self.read(move |_, tx| {
                Ok::<_, CommandError<Infallible>>(tx.traffic_grids(tenant, &category, id, REFERENCES)?)
            })
            .await?
        };
        let grids: Vec<Grid> = earlier.iter().filter_map(|grid| read_grid(&grid.body)).collect();
        let all: Grid = look.visits.iter().map(|(_, visit)| *visit).collect();
        let cells = Reference::of(&grids).map(|reference| suspicious_cells(&all, &reference).cells).unwrap_or_default();
        let mut usual = Vec::with_capacity(look.visits.len());
        for (viewer, visit) in &look.visits {
            if cells.contains(&visit.cell()) {
                look.found.push((*viewer, Invalid::ViewPattern));
            } else {
                usual.push(*visit);
            }
        }
        let body = write_grid(&usual.into_iter().collect());
        Ok(Some(TrafficGrid { room: id, tenant, category, at: self.shell.now(), body }))
    }

    /// Makes the parts of viewers in the figures of orders anew.
    async fn renew_shares(&self, room: RoomId, viewers: &[u128]) -> Result<(), CommandError<Infallible>> {
        for viewers in viewers.chunks(VIEWERS_PER_STEP).map(<[_]>::to_vec) {
            self.write(move |shell, tx| {
                for viewer in &viewers {
                    let known = KnownViewer::read(tx, room, *viewer)?;
                    let windows = attribution::windows(shell, tx, &known)?;
                    attribution::save_shares(tx, &[(*viewer, &known, windows)])?;
                }
                Ok::<_, CommandError<Infallible>>(())
            })
            .await?;
        }
        Ok(())
    }
}

impl Look {
    fn add(&mut self, viewer: u128, records: Vec<AttributionRecord>, room: &Inspected, limits: RateLimits) {
        self.viewers.push(viewer);
        let hours = hours(&records);
        let visit = visit(&records, room);
        if KnownViewer::new(records).invalid().is_some() {
            return;
        }
        if hours.values().any(|hour| impossible_rate(*hour, limits)) {
            self.found.push((viewer, Invalid::ImpossibleRate));
        } else if let Some(visit) = visit {
            self.visits.push((viewer, visit));
        }
    }
}

fn limits(policy: &TrafficPolicy) -> RateLimits {
    RateLimits {
        views_max: policy.views_per_hour_max,
        clicks_max: policy.clicks_per_hour_max,
        interactions_max: policy.interactions_per_hour_max,
        purchases_max: policy.purchases_per_hour_max,
        watched_ms_max: policy.watched_ms_per_hour_max,
    }
}

fn is_visit(record: &AttributionRecord) -> bool {
    [kinds::GLANCE, kinds::VIEW, kinds::STAY].contains(&record.kind.as_str())
}

/// What a viewer did, hour by hour; what was watched is divided among the hours it took.
fn hours(records: &[AttributionRecord]) -> BTreeMap<i64, ViewerHour> {
    let mut hours: BTreeMap<i64, ViewerHour> = BTreeMap::new();
    for record in records {
        let hour = hours.entry(record.at.ms().div_euclid(HOUR_MS)).or_default();
        match record.kind.as_str() {
            kinds::GLANCE | kinds::VIEW | kinds::STAY | kinds::REPEAT_VIEW => hour.views += 1,
            kinds::CLICK | kinds::PRODUCT_CLICK => hour.clicks += 1,
            kinds::PAID => hour.purchases += 1,
            kinds::REFUNDED => {}
            _ => hour.interactions += 1,
        }
        if is_visit(record) {
            let (mut from, until) = (record.heard_until.ms() - record.watched_ms, record.heard_until.ms());
            while from < until {
                let next = (from.div_euclid(HOUR_MS) + 1) * HOUR_MS;
                let hour = hours.entry(from.div_euclid(HOUR_MS)).or_default();
                hour.watched_ms += next.min(until) - from;
                from = next;
            }
        }
    }
    hours
}

/// A viewer's visit to a broadcast that has ended: the first coming and the longest stay, alike in both arms.
fn visit(records: &[AttributionRecord], room: &Inspected) -> Option<Visit> {
    let (started, ended) = (room.times.started?, room.times.ended?);
    let length_ms = ended.since_ms(started);
    let visits = || records.iter().filter(|record| is_visit(record));
    let begin = |record: &AttributionRecord| record.heard_until.plus_ms(-record.watched_ms).min(record.at);
    let first: Timestamp = visits().map(begin).min()?;
    let stay_ms = visits().map(|record| record.watched_ms).max()?;
    let permille = |ms: i64| {
        let share = ms.clamp(0, length_ms).saturating_mul(1_000).checked_div(length_ms)?;
        u32::try_from(share).ok()
    };
    Some(Visit { start_permille: permille(first.since_ms(started))?, stay_permille: permille(stay_ms)? })
}

fn write_grid(grid: &Grid) -> String {
    grid.counts().map(|count| count.to_string()).join(" ")
}

fn read_grid(body: &str) -> Option<Grid> {
    let counts: Vec<u64> = body.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(Grid::from_counts(<[u64; CELLS]>::try_from(counts).ok()?))
}
