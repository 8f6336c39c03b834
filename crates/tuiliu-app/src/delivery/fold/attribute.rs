//! Attributing: what touched viewers and what they did becomes records, and the figures of orders follow (AT-01).
//!
//! All that is known of a viewer in a room is read once in a step. When it has changed, the viewer's part in the figures
//! of each order is made anew and the difference is added to the sums.

use std::collections::BTreeMap;

use tuiliu_domain::id::{DecisionId, PromotionOrderId, RoomId};
use tuiliu_domain::limits::ATTRIBUTION_RECORDS_MAX;
use tuiliu_domain::time::MINUTE_MS;
use tuiliu_measure::attribution::{ENGAGED_VIEW_MS, Window};
use tuiliu_measure::traffic::{Invalid, is_repeat_view};
use tuiliu_store::{AttributionRecord, Exposure, StoreError, TrafficInspection};

use super::Fold;
use super::order::FoldOrder;
use crate::delivery::attribution::{self, KnownViewer, kinds};
use crate::delivery::event::{Promoted, TakenEvent};

/// The traffic of a room is looked back at so long after its first record.
const FIRST_LOOK_MS: i64 = 5 * MINUTE_MS;

/// A viewer in a room.
type Place = (RoomId, u128);

impl Fold<'_, '_> {
    /// The rule of valid traffic that a promoted event breaks.
    pub(super) fn invalid(
        &mut self,
        event: &TakenEvent,
        promoted: Promoted,
        order: PromotionOrderId,
    ) -> Result<Option<Invalid>, StoreError> {
        if let Some(rule) = event.invalid() {
            return Ok(Some(rule));
        }
        let Some(FoldOrder { own, dedup_window_ms, .. }) = self.order(order)? else { return Ok(None) };
        let (is_own, window_ms) = (own.contains(&promoted.viewer), *dedup_window_ms);
        if is_own {
            return Ok(Some(Invalid::OwnAccount));
        }
        let known = self.viewer((RoomId::new(promoted.content), promoted.viewer))?;
        if let Some(rule) = known.invalid() {
            return Ok(Some(rule));
        }
        let decision = DecisionId::new(promoted.decision);
        let is_view = event.watched_ms.is_some_and(|watched_ms| watched_ms >= ENGAGED_VIEW_MS);
        let repeats = |record: &&AttributionRecord| {
            record.kind == kinds::VIEW
                && record.under.is_some_and(|(_, other)| other != decision)
                && is_repeat_view(Some(record.at), event.at(), window_ms)
        };
        Ok((is_view && known.records().find(repeats).is_some()).then_some(Invalid::RepeatView))
    }

    /// Whether all traffic of a viewer was found not to be valid.
    pub(super) fn is_invalid_viewer(&mut self, room: RoomId, viewer: u128) -> Result<bool, StoreError> {
        Ok(self.viewer((room, viewer))?.invalid().is_some())
    }

    /// Counts an event that breaks a rule; repeats of one view once.
    pub(super) fn count_invalid(
        &mut self,
        event: &TakenEvent,
        promoted: Promoted,
        order: PromotionOrderId,
        rule: Invalid,
    ) -> Result<(), StoreError> {
        if rule == Invalid::RepeatView {
            self.count_watched(event, promoted, order)?;
            let decision = DecisionId::new(promoted.decision);
            let record = AttributionRecord {
                kind: kinds::REPEAT_VIEW.to_owned(),
                ..attribution::blank(attribution::repeat_id(decision), event.at(), self.received_at)
            };
            let place = (RoomId::new(promoted.content), promoted.viewer);
            if !self.viewer(place)?.take(AttributionRecord { under: Some((order, decision)), ..record }) {
                return Ok(());
            }
        }
        self.add_metric(order.value(), rule.metric(), event, 1);
        Ok(())
    }

    /// A view that repeats one is no view, but was watched all the same.
    fn count_watched(
        &mut self,
        event: &TakenEvent,
        promoted: Promoted,
        order: PromotionOrderId,
    ) -> Result<(), StoreError> {
        let Promoted { decision, viewer, .. } = promoted;
        let exposure = Exposure { decision: DecisionId::new(decision), order, viewer, at: event.at() };
        let watched_ms = event.watched_ms.unwrap_or(0);
        let before = self.watch(exposure, watched_ms)?;
        if before < watched_ms {
            self.add_metric(order.value(), "watch_ms", event, watched_ms - before);
        }
        Ok(())
    }

    /// Takes down a promoted event, if it touches or is an outcome.
    pub(super) fn attribute(
        &mut self,
        event: &TakenEvent,
        promoted: Promoted,
        order: PromotionOrderId,
    ) -> Result<(), StoreError> {
        let decision = DecisionId::new(promoted.decision);
        let received_at = self.received_at;
        let Some(FoldOrder { commerce_final_at, ended_at, .. }) = self.order(order)? else { return Ok(()) };
        let is_late = commerce_final_at.is_some_and(|final_at| final_at < received_at);
        let ended_at = *ended_at;
        let Some(record) = attribution::record(event, received_at, Some((order, decision)), is_late) else {
            return Ok(());
        };
        let room = RoomId::new(promoted.content);
        if self.inspected.insert(room) {
            let due_at = self.step.now.plus_ms(FIRST_LOOK_MS);
            self.tx.begin_traffic_inspection(TrafficInspection { room, due_at, ended_at })?;
        }
        self.take_down((room, promoted.viewer), record)
    }

    /// Takes down a natural event of a known viewer in a room for which orders were placed.
    pub(super) fn attribute_natural(&mut self, event: &TakenEvent, room: RoomId) -> Result<(), StoreError> {
        let Some(viewer) = event.natural_viewer else { return Ok(()) };
        let Some(record) = attribution::record(event, self.received_at, None, false) else { return Ok(()) };
        if self.is_promoted_room(room)? { self.take_down((room, viewer), record) } else { Ok(()) }
    }

    fn take_down(&mut self, place: Place, record: AttributionRecord) -> Result<(), StoreError> {
        let known = self.viewer(place)?;
        if known.len() < ATTRIBUTION_RECORDS_MAX {
            known.take(record);
        }
        Ok(())
    }

    fn viewer(&mut self, place: Place) -> Result<&mut KnownViewer, StoreError> {
        if !self.viewers.contains_key(&place) {
            self.read_viewers(&[place])?;
        }
        Ok(self.viewers.entry(place).or_default())
    }

    /// Reads all that is known of viewers who are not known yet.
    pub(super) fn read_viewers(&mut self, places: &[Place]) -> Result<(), StoreError> {
        self.viewers.extend(places.iter().map(|place| (*place, KnownViewer::default())));
        for (place, record) in self.tx.attribution_records(places)? {
            self.viewers.entry(place).or_default().found(record);
        }
        Ok(())
    }

    /// Writes what became known of viewers, and what it changes in the figures of orders.
    pub(super) fn save_attribution(&mut self) -> Result<(), StoreError> {
        let viewers = std::mem::take(&mut self.viewers);
        let changed =
            viewers.iter().flat_map(|((room, viewer), known)| known.changed().map(|record| (*room, *viewer, record)));
        self.tx.put_attribution_records(&changed.collect::<Vec<_>>())?;
        let mut parts = Vec::new();
        for ((_, viewer), known) in viewers.iter().filter(|(_, known)| known.may_change_figures()) {
            let mut windows: BTreeMap<PromotionOrderId, Window> = BTreeMap::new();
            for order in known.orders() {
                if let Some(window) = self.order(order)?.map(|order| order.window) {
                    windows.insert(order, window);
                }
            }
            parts.push((*viewer, known, windows));
        }
        attribution::save_shares(self.tx, &parts)
    }

    /// Counts a natural event that breaks a rule, for its room.
    pub(super) fn count_invalid_natural(&mut self, event: &TakenEvent, room: RoomId, rule: Invalid) {
        self.add_metric(room.value(), rule.metric(), event, 1);
    }

    fn add_metric(&mut self, subject: u128, metric: &'static str, event: &TakenEvent, value: i64) {
        *self.metrics.entry((subject, metric, event.at().minute())).or_default() += value;
    }
}
