//! The tally of one step: sums, stays and sketches, gathered in memory and written at its end.
//!
//! A step of many events writes each sum once. Stays are united, so they are the same for any order of arrival.

use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::id::{ContentId, Id, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_domain::viewer::{TRAITS_BYTES, ViewerTraits};
use tuiliu_measure::rollup::{Count, Stay, ViewerSketch, Zone, unite};
use tuiliu_store::{
    BreakdownSum, MinuteSum, OutcomeCode, PlaceProduct, PlatformActs, PlatformViewer, ProductRow, StayRow, StoreError,
    Tx,
};

use super::Fold;
use super::platform;
use crate::delivery::event::{EventItem, EventKind, TakenEvent};
use crate::delivery::report::hash_of;

/// The counts that are broken down by class of viewers.
const BROKEN_DOWN: &[Count] = &[
    Count::Impressions,
    Count::Reach,
    Count::Views,
    Count::Viewers,
    Count::WatchMs,
    Count::EffectiveViews,
    Count::Comments,
    Count::Likes,
    Count::Followers,
    Count::ProductClicks,
    Count::ProductClickers,
    Count::Purchases,
    Count::Payers,
    Count::GmvFen,
];

/// What an event is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The room; of a video the key under which what is kept by room is kept of it: no room has the same id.
    pub(super) room: RoomId,
    pub(super) is_video: bool,
    /// The order that brought it; `None` for natural traffic.
    pub(super) order: Option<PromotionOrderId>,
    pub(super) viewer: Option<u128>,
}

impl Place {
    pub(super) const fn of(content: ContentId, order: Option<PromotionOrderId>, viewer: Option<u128>) -> Self {
        Self { room: RoomId::new(content.value()), is_video: content.is_video(), order, viewer }
    }
}

/// Subject, code, and the traits of viewers.
type ClassKey = (u128, &'static str, [u8; TRAITS_BYTES]);

/// What is gathered during a step.
#[derive(Debug, Default)]
pub(super) struct Tally {
    tenant: Option<TenantId>,
    batch: i64,
    effective_view_ms: BTreeMap<TenantId, i64>,
    pub(super) universal_millionths: BTreeMap<TenantId, u32>,
    platform: BTreeMap<PlatformViewer, PlatformActs>,
    /// Broken down into classes at the end.
    classes: BTreeMap<ClassKey, i64>,
    stays: BTreeMap<(RoomId, u128), Stays>,
    viewers: BTreeMap<(RoomId, &'static str, i64), BTreeSet<u128>>,
    products: BTreeMap<u128, ProductRow>,
    placed: BTreeSet<PlaceProduct>,
    acts: BTreeMap<(RoomId, i64), Vec<TakenEvent>>,
}

/// The stays of one viewer in one room, as they were read and as they are now.
#[derive(Debug, Default)]
struct Stays {
    stored: Vec<Stay>,
    now: Vec<Stay>,
}

impl Tally {
    /// The events that follow are of this batch.
    pub(super) const fn begin(&mut self, tenant: TenantId, batch: i64) {
        self.tenant = Some(tenant);
        self.batch = batch;
    }

    /// A viewer of the platform's own experiment did something.
    pub(super) fn act(&mut self, of: PlatformViewer, kind: OutcomeCode, value_fen: i64) {
        platform::add(self.platform.entry(of).or_default(), kind, value_fen);
    }

    pub(super) fn knows_stays_of(&self, place: (RoomId, u128)) -> bool {
        self.stays.contains_key(&place)
    }

    /// Reads the stays of viewers who are not known yet.
    pub(super) fn read_stays(&mut self, tx: &mut Tx<'_>, places: &[(RoomId, u128)]) -> Result<(), StoreError> {
        self.stays.extend(places.iter().map(|place| (*place, Stays::default())));
        for (room, row) in tx.stays_of(places)? {
            let known = self.stays.entry((room, row.viewer)).or_default();
            known.stored.push(stay(&row));
            known.stored.sort_unstable_by_key(|stay| stay.join);
            known.now.clone_from(&known.stored);
        }
        Ok(())
    }
}

impl Fold<'_, '_> {
    pub(super) fn tenant(&self) -> TenantId {
        self.tally.tenant.expect("a batch has begun")
    }

    /// From how long on a view counts, by the tenant's policy now.
    pub(super) fn effective_view_ms(&mut self) -> Result<i64, StoreError> {
        let tenant = self.tenant();
        if let Some(known) = self.tally.effective_view_ms.get(&tenant) {
            return Ok(*known);
        }
        let read = self.shell.policy(self.tx, tenant)?.charge.effective_view_ms;
        self.tally.effective_view_ms.insert(tenant, read);
        Ok(read)
    }

    /// Adds to what an order brought.
    pub(super) fn count_order(&mut self, order: PromotionOrderId, count: Count, event: &TakenEvent, value: i64) {
        self.add(order.value(), count.code(), event.at(), value);
        self.count_class(order.value(), count, count.code(), (event, value));
    }

    /// Adds to a sum of a room under its code.
    pub(super) fn count_room(&mut self, room: RoomId, code: &'static str, event: &TakenEvent, value: i64) {
        self.add(room.value(), code, event.at(), value);
    }

    /// Adds to the order and the room that an event is about.
    pub(super) fn count(&mut self, event: &TakenEvent, place: Place, count: Count, value: i64) {
        let code = match place.order {
            Some(order) => {
                self.count_order(order, count, event, value);
                count.promoted_code()
            }
            None => count.code(),
        };
        self.count_room(place.room, code, event, value);
        self.count_class(place.room.value(), count, code, (event, value));
    }

    /// Counts a person once for the order, once for the room, and there as promoted if ever promotion led here.
    pub(super) fn count_person(&mut self, event: &TakenEvent, place: Place, count: Count) -> Result<(), StoreError> {
        let Some(viewer) = place.viewer else { return Ok(()) };
        if let Some(order) = place.order
            && self.add_person(order, person(count), viewer)?
        {
            self.count_order(order, count, event, 1);
        }
        let (natural, promoted) = self.split_person(place.room, place.order.is_some(), (count, viewer))?;
        for (code, value) in [(count.code(), natural), (count.promoted_code(), promoted)] {
            self.count_room(place.room, code, event, value);
            self.count_class(place.room.value(), count, code, (event, value));
        }
        Ok(())
    }

    /// What a person adds to the natural and to the promoted ones of a subject: together they are all.
    fn split_person<K>(
        &mut self,
        subject: Id<K>,
        is_promoted: bool,
        (count, viewer): (Count, u128),
    ) -> Result<(i64, i64), StoreError> {
        let is_new = i64::from(self.add_person(subject, person(count), viewer)?);
        let promoted =
            if is_promoted { i64::from(self.add_person(subject, count.promoted_code(), viewer)?) } else { 0 };
        Ok((is_new - promoted, promoted))
    }

    fn count_class(&mut self, subject: u128, count: Count, code: &'static str, (event, value): (&TakenEvent, i64)) {
        if value == 0 || !BROKEN_DOWN.contains(&count) {
            return;
        }
        *self.tally.classes.entry((subject, code, event.traits)).or_default() += value;
    }

    fn add(&mut self, subject: u128, code: &'static str, at: Timestamp, value: i64) {
        if value != 0 {
            *self.metrics.entry((subject, code, at.minute())).or_default() += value;
        }
    }

    /// The hash under which a product is counted; its name is remembered.
    pub(super) fn product(&mut self, item: &EventItem) -> u128 {
        let tenant = self.tenant();
        let id = hash_of(tenant, "product", &item.product);
        let row = || ProductRow { id, tenant, external_id: item.product.clone() };
        self.tally.products.entry(id).or_insert_with(row);
        id
    }

    /// What the sums of a product are kept under in its room or video, and in the order that brought the viewer.
    fn product_in(&mut self, place: u128, product: u128) -> u128 {
        let subject = product_in(place, product);
        self.tally.placed.insert(PlaceProduct { place, product, subject });
        subject
    }

    /// Adds to the sums of a product: everywhere, in its room or video, and in the order that brought the viewer.
    pub(super) fn count_product(
        &mut self,
        event: &TakenEvent,
        place: Place,
        product: u128,
        (count, value): (Count, i64),
    ) {
        let code = if place.order.is_some() { count.promoted_code() } else { count.code() };
        for subject in [product, self.product_in(place.room.value(), product)] {
            self.add(subject, code, event.at(), value);
            self.count_class(subject, count, code, (event, value));
        }
        if let Some(order) = place.order {
            let subject = self.product_in(order.value(), product);
            self.count_order(PromotionOrderId::new(subject), count, event, value);
        }
    }

    /// Counts a person once for a product, in each of these.
    pub(super) fn count_product_person(
        &mut self,
        event: &TakenEvent,
        place: Place,
        product: u128,
        count: Count,
    ) -> Result<(), StoreError> {
        let Some(viewer) = place.viewer else { return Ok(()) };
        for subject in [product, self.product_in(place.room.value(), product)] {
            let (natural, promoted) =
                self.split_person(Id::<()>::new(subject), place.order.is_some(), (count, viewer))?;
            for (code, value) in [(count.code(), natural), (count.promoted_code(), promoted)] {
                self.add(subject, code, event.at(), value);
                self.count_class(subject, count, code, (event, value));
            }
        }
        if let Some(order) = place.order {
            let subject = PromotionOrderId::new(self.product_in(order.value(), product));
            if self.add_person(subject, person(count), viewer)? {
                self.count_order(subject, count, event, 1);
            }
        }
        Ok(())
    }

    /// Somebody was in the room and had watched so long.
    pub(super) fn stayed(&mut self, event: &TakenEvent, place: Place, watched_ms: i64) -> Result<(), StoreError> {
        self.count_person(event, place, Count::Viewers)?;
        let Some(viewer) = place.viewer else { return Ok(()) };
        let day = event.at_ms.div_euclid(DAY_MS);
        self.tally.viewers.entry((place.room, Count::Viewers.code(), day)).or_default().insert(viewer);
        if place.order.is_some() {
            let kind = Count::Viewers.promoted_code();
            self.tally.viewers.entry((place.room, kind, day)).or_default().insert(viewer);
        }
        let effective_ms = self.effective_view_ms()?;
        let key = (place.room, viewer);
        if !self.tally.knows_stays_of(key) {
            self.tally.read_stays(self.tx, &[key])?;
        }
        let known = self.tally.stays.entry(key).or_default();
        let leave = event.at();
        let piece = Stay { join: leave.plus_ms(-watched_ms), leave, is_promoted: place.order.is_some() };
        let (now, changes) = unite(&known.now, piece, effective_ms);
        known.now = now;
        for ((minute, is_promoted, count), value) in changes {
            let code = if is_promoted { count.promoted_code() } else { count.code() };
            self.add(place.room.value(), code, minute, value);
            self.count_class(place.room.value(), count, code, (event, value));
        }
        Ok(())
    }

    /// Keeps what a recap needs beside stays.
    pub(super) fn keep_act(&mut self, event: &TakenEvent, room: RoomId) {
        let is_kept = match event.kind {
            EventKind::Follow
            | EventKind::ProductShow
            | EventKind::ProductClick
            | EventKind::PurchasePaid
            | EventKind::PurchaseRefunded
            | EventKind::DrawEnter => true,
            EventKind::Undo => event.undone == Some(EventKind::Follow),
            other => other.is_of_broadcast(),
        };
        if is_kept {
            self.tally.acts.entry((room, self.tally.batch)).or_default().push(event.clone());
        }
    }

    /// Writes what was gathered.
    pub(super) fn write_tally(&mut self) -> Result<(), StoreError> {
        let mut quarters: BTreeMap<(u128, Timestamp, &'static str), i64> = BTreeMap::new();
        let mut totals: BTreeMap<(u128, &'static str), i64> = BTreeMap::new();
        for ((subject, metric, minute), value) in std::mem::take(&mut self.metrics) {
            *quarters.entry((subject, Zone::quarter(minute), metric)).or_default() += value;
            *totals.entry((subject, metric)).or_default() += value;
            self.tx.add_minute(Id::<()>::new(subject), &sum(minute, metric, value))?;
        }
        for ((subject, quarter, metric), value) in quarters {
            self.tx.add_quarter(Id::<()>::new(subject), &sum(quarter, metric, value))?;
        }
        for ((subject, metric), value) in totals {
            self.tx.add_total(Id::<()>::new(subject), metric, value, self.step.now)?;
        }
        let Tally { classes, stays, viewers, products, placed, acts, platform, .. } = std::mem::take(&mut self.tally);
        self.write_classes(classes)?;
        for (of, acts) in platform {
            self.tx.add_platform_acts(of, acts)?;
        }
        self.write_stays(&stays)?;
        for ((room, kind, day), viewers) in viewers {
            self.write_sketch(room, (kind, day), &viewers)?;
        }
        products.values().try_for_each(|product| self.tx.name_product(product))?;
        placed.into_iter().try_for_each(|own| self.tx.place_product(own))?;
        for ((room, batch), events) in acts {
            let body = serde_json::to_vec(&events).map_err(|error| StoreError::Inconsistent {
                place: format!("what batch {batch} says of room {room}"),
                reason: error.to_string(),
            })?;
            self.tx.add_room_acts(room, batch, &body)?;
        }
        Ok(())
    }

    fn write_classes(&mut self, traits: BTreeMap<ClassKey, i64>) -> Result<(), StoreError> {
        let mut sums: BTreeMap<(u128, &'static str, String, &'static str), i64> = BTreeMap::new();
        for ((subject, metric, traits), value) in traits {
            for (dimension, class) in ViewerTraits::from_bytes(traits).classes() {
                *sums.entry((subject, dimension, class, metric)).or_default() += value;
            }
        }
        for ((subject, dimension, class, metric), value) in sums.into_iter().filter(|(_, value)| *value != 0) {
            let sum = BreakdownSum { dimension: dimension.to_owned(), class, metric: metric.to_owned(), value };
            self.tx.add_breakdown(Id::<()>::new(subject), &sum)?;
        }
        Ok(())
    }

    fn write_stays(&mut self, stays: &BTreeMap<(RoomId, u128), Stays>) -> Result<(), StoreError> {
        let mut changed = Vec::new();
        for ((room, viewer), Stays { stored, now }) in stays {
            for gone in stored.iter().filter(|old| !now.iter().any(|new| new.join == old.join)) {
                self.tx.remove_stay(*room, *viewer, gone.join)?;
            }
            for new in now.iter().filter(|new| !stored.contains(new)) {
                let Stay { join, leave, is_promoted } = *new;
                changed.push((*room, StayRow { viewer: *viewer, joined_at: join, left_at: leave, is_promoted }));
            }
        }
        self.tx.put_stays(&changed)
    }

    fn write_sketch(
        &mut self,
        room: RoomId,
        (kind, day): (&'static str, i64),
        viewers: &BTreeSet<u128>,
    ) -> Result<(), StoreError> {
        let wrong = |error: tuiliu_measure::rollup::SketchError| StoreError::Inconsistent {
            place: format!("the sketch of room {room} on day {day}"),
            reason: error.to_string(),
        };
        let stored = self.tx.viewer_sketch(room, kind, day)?;
        let mut sketch =
            stored.map(|body| ViewerSketch::from_bytes(&body)).transpose().map_err(wrong)?.unwrap_or_default();
        viewers.iter().for_each(|viewer| sketch.add(*viewer));
        self.tx.put_viewer_sketch(room, kind, day, &sketch.to_bytes())
    }
}

/// What persons are remembered under; the words of orders are older than the counts.
const fn person(count: Count) -> &'static str {
    match count {
        Count::Viewers => "viewer",
        Count::ProductClickers => "product_clicker",
        Count::Commenters => "commenter",
        Count::Followers => "follower",
        Count::Payers => "payer",
        other => other.code(),
    }
}

/// What the sums of a product in one place are kept under.
pub(crate) fn product_in(place: u128, product: u128) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"product in place").update(&place.to_be_bytes()).update(&product.to_be_bytes());
    u128::from_be_bytes(*hasher.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes"))
}

/// A stay as the store has it.
pub(crate) fn stay(row: &StayRow) -> Stay {
    Stay { join: row.joined_at, leave: row.left_at, is_promoted: row.is_promoted }
}

fn sum(minute: Timestamp, metric: &str, value: i64) -> MinuteSum {
    MinuteSum { minute, metric: metric.to_owned(), value }
}
