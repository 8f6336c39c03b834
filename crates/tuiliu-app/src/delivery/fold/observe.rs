//! Observing: everything a viewer did is counted, whether or not it is charged.

use tuiliu_domain::id::{DecisionId, Id, PromotionOrderId, RoomId};
use tuiliu_domain::promotion::ChargeRule;
use tuiliu_store::{Exposure, StoreError};

use super::Fold;
use crate::delivery::event::{EventKind, Promoted, TakenEvent};
use crate::delivery::learn::Seen;

impl Fold<'_, '_> {
    /// Natural traffic is counted for the room and never for an order (TP-21).
    pub(super) fn natural(&mut self, event: &TakenEvent, room: RoomId) {
        let metric = match event.kind {
            EventKind::Impression => "impressions",
            EventKind::RoomEnter => "views",
            EventKind::Comment => "comments",
            EventKind::Like => "likes",
            EventKind::Follow => "follows",
            EventKind::Share => "shares",
            EventKind::ProductClick => "product_clicks",
            EventKind::PurchasePaid => {
                self.count(room, "gmv_fen", event, event.value_fen.unwrap_or(0));
                "purchases"
            }
            _ => return,
        };
        self.count(room, metric, event, 1);
    }

    /// Counts what happened, whether or not it is charged.
    pub(super) fn observe(
        &mut self,
        event: &TakenEvent,
        promoted: Promoted,
        order: PromotionOrderId,
    ) -> Result<(), StoreError> {
        let viewer = promoted.viewer;
        let exposure = Exposure { decision: DecisionId::new(promoted.decision), order, viewer, at: event.at() };
        match event.kind {
            EventKind::Impression => {
                if !self.tx.show(exposure)? {
                    self.count(order, "replayed_tokens", event, 1);
                    return Ok(());
                }
                self.count(order, "impressions", event, 1);
                self.hear(order, exposure.decision, Seen::Impression);
                self.count_person(order, ("reach", "reach"), viewer, event)
            }
            EventKind::RoomEnter => {
                self.count(order, "views", event, 1);
                self.count_person(order, ("viewer", "viewers"), viewer, event)
            }
            EventKind::Watch | EventKind::RoomLeave => self.watched(exposure, event),
            EventKind::ProductClick => {
                self.count(order, "product_clicks", event, 1);
                self.count_person(order, ("product_clicker", "product_clickers"), viewer, event)
            }
            EventKind::Comment => {
                self.count(order, "comments", event, 1);
                self.count_person(order, ("commenter", "commenters"), viewer, event)
            }
            EventKind::Follow => {
                self.count(order, "follows", event, 1);
                self.count_person(order, ("follower", "followers"), viewer, event)
            }
            EventKind::PurchasePaid => {
                self.count(order, "purchases", event, 1);
                self.count(order, "gmv_fen", event, event.value_fen.unwrap_or(0));
                self.count_person(order, ("payer", "payers"), viewer, event)
            }
            EventKind::Undo => self.undone(exposure, event),
            EventKind::Click => self.add(order, "clicks", event, 1),
            EventKind::Like => self.add(order, "likes", event, 1),
            EventKind::Share => self.add(order, "shares", event, 1),
            EventKind::Hide => self.add(order, "hides", event, 1),
            EventKind::PurchaseCreated => self.add(order, "purchases_created", event, 1),
            EventKind::PurchaseRefunded => self.add(order, "refunds_fen", event, event.value_fen.unwrap_or(0)),
            EventKind::ProductShow
            | EventKind::DrawEnter
            | EventKind::DrawOpen
            | EventKind::ProductListed
            | EventKind::PresentationStart
            | EventKind::PresentationEnd => Ok(()),
        }
    }

    fn watched(&mut self, exposure: Exposure, event: &TakenEvent) -> Result<(), StoreError> {
        let watched_ms = event.watched_ms.unwrap_or(0);
        let before = self.tx.watch(exposure, watched_ms)?;
        if before < watched_ms {
            self.count(exposure.order, "watch_ms", event, watched_ms - before);
        }
        let rule = self.order(exposure.order)?.map(|order| order.rule);
        if let Some(ChargeRule::EffectiveView { watched_ms_min }) = rule
            && before < watched_ms_min
            && watched_ms_min <= watched_ms
        {
            self.count(exposure.order, "effective_views", event, 1);
        }
        Ok(())
    }

    fn undone(&mut self, exposure: Exposure, event: &TakenEvent) -> Result<(), StoreError> {
        let Exposure { order, viewer, decision, .. } = exposure;
        match event.undone {
            Some(EventKind::Follow) => {
                self.count(order, "follows_undone", event, 1);
                if self.tx.undo_result(order, viewer, event.at())? {
                    self.hear(order, decision, Seen::TakenBack);
                } else {
                    self.tx.add_person(order, "follow_undone", viewer)?;
                }
            }
            Some(EventKind::Like) => self.count(order, "likes_undone", event, 1),
            Some(EventKind::Comment) => self.count(order, "comments_undone", event, 1),
            _ => {}
        }
        Ok(())
    }

    fn count<K>(&mut self, subject: Id<K>, metric: &'static str, event: &TakenEvent, value: i64) {
        *self.metrics.entry((subject.value(), metric, event.at().minute())).or_default() += value;
    }

    /// [`count`](Self::count) as the whole of what an event does.
    fn add<K>(
        &mut self,
        subject: Id<K>,
        metric: &'static str,
        event: &TakenEvent,
        value: i64,
    ) -> Result<(), StoreError> {
        self.count(subject, metric, event, value);
        Ok(())
    }

    fn count_person(
        &mut self,
        order: PromotionOrderId,
        (kind, metric): (&'static str, &'static str),
        viewer: u128,
        event: &TakenEvent,
    ) -> Result<(), StoreError> {
        if self.tx.add_person(order, kind, viewer)? {
            self.count(order, metric, event, 1);
        }
        Ok(())
    }
}
