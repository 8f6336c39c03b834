//! Observing: everything a viewer did is counted, whether or not it is charged.
//!
//! What follows an impression counts for its order, and for its room as promoted; the rest counts for its room as
//! natural and never for an order (TP-21). A person whom promotion brought to a room once is a promoted one there.

use tuiliu_domain::id::{ContentId, DecisionId, PromotionOrderId, RoomId};
use tuiliu_domain::promotion::ChargeRule;
use tuiliu_measure::rollup::Count;
use tuiliu_store::{Exposure, PurchaseRefunded, RoomPurchase, StoreError};

use super::Fold;
use super::tally::Place;
use crate::delivery::event::{EventItem, EventKind, Promoted, TakenEvent};
use crate::delivery::learn::Seen;
use crate::delivery::report::hash_of;

impl Fold<'_, '_> {
    /// Natural traffic is counted for the room or video and never for an order (TP-21).
    pub(super) fn natural(&mut self, event: &TakenEvent, content: ContentId) -> Result<(), StoreError> {
        let place = Place::of(content, None, event.natural_viewer);
        self.observe_at(event, place)
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
        let Some(content) = self.order(order)?.map(|order| order.content) else { return Ok(()) };
        let place = Place::of(content, Some(order), Some(viewer));
        match event.kind {
            EventKind::Impression => {
                if !self.show(exposure)? {
                    self.count_order(order, Count::ReplayedTokens, event, 1);
                    return Ok(());
                }
                self.hear(order, exposure.decision, Seen::Impression);
            }
            EventKind::Watch | EventKind::RoomLeave => self.watched(exposure, event)?,
            EventKind::Undo if event.undone == Some(EventKind::Follow) => self.unfollowed(exposure, event)?,
            _ => {}
        }
        self.result_taken_back(event, order, viewer)?;
        self.observe_at(event, place)
    }

    /// Counts a charged result that its viewer took back, once (QB-11, QB-18).
    fn result_taken_back(
        &mut self,
        event: &TakenEvent,
        order: PromotionOrderId,
        viewer: u128,
    ) -> Result<(), StoreError> {
        let Some(rule) = self.order(order)?.map(|order| order.rule) else { return Ok(()) };
        let is_back = matches!(
            (rule, event.kind, event.undone),
            (ChargeRule::HeldFollow { .. }, EventKind::Undo, Some(EventKind::Follow))
                | (ChargeRule::FirstComment, EventKind::Undo, Some(EventKind::Comment))
                | (ChargeRule::FirstPurchase, EventKind::PurchaseRefunded, _)
        );
        if is_back && self.has_person(order, "charged", viewer)? && self.add_person(order, "result_undone", viewer)? {
            self.count_order(order, Count::ResultsUndone, event, 1);
        }
        Ok(())
    }

    fn observe_at(&mut self, event: &TakenEvent, place: Place) -> Result<(), StoreError> {
        if !place.is_video {
            self.keep_act(event, place.room);
        }
        match event.kind {
            EventKind::Impression => {
                self.count(event, place, Count::Impressions, 1);
                self.count_person(event, place, Count::Reach)
            }
            EventKind::RoomEnter => {
                self.count(event, place, Count::Views, 1);
                self.stayed(event, place, 0)
            }
            EventKind::Watch | EventKind::RoomLeave => self.stayed(event, place, event.watched_ms.unwrap_or(0)),
            EventKind::Comment => self.engaged(event, place, (Count::Comments, Some(Count::Commenters))),
            EventKind::Like => self.engaged(event, place, (Count::Likes, Some(Count::Likers))),
            EventKind::Favourite => self.engaged(event, place, (Count::Favourites, None)),
            EventKind::ProfileVisit => self.once(event, place, Count::ProfileVisits),
            EventKind::Play => {
                self.count(event, place, Count::Plays, 1);
                self.stayed(event, place, 0)
            }
            EventKind::Share => self.engaged(event, place, (Count::Shares, None)),
            EventKind::Follow => {
                self.count(event, place, Count::Follows, 1);
                self.count_person(event, place, Count::Followers)
            }
            EventKind::Undo => {
                self.undone(event, place);
                Ok(())
            }
            EventKind::Click => self.once(event, place, Count::Clicks),
            EventKind::Hide => self.once(event, place, Count::Hides),
            EventKind::PurchaseCreated => self.once(event, place, Count::PurchasesCreated),
            EventKind::ProductShow => self.product_seen(event, place, (Count::ProductShows, Count::ProductViewers)),
            EventKind::ProductClick => self.product_seen(event, place, (Count::ProductClicks, Count::ProductClickers)),
            EventKind::PurchasePaid => self.paid(event, place),
            EventKind::PurchaseRefunded => self.refunded(event, place),
            EventKind::ProductListed => {
                event.items.iter().try_for_each(|item| self.listed_or_sold(event, place.room, item, true))
            }
            EventKind::DrawEnter => self.draw_entered(event, place),
            EventKind::DrawOpen | EventKind::PresentationStart | EventKind::PresentationEnd => Ok(()),
        }
    }

    fn once(&mut self, event: &TakenEvent, place: Place, count: Count) -> Result<(), StoreError> {
        self.count(event, place, count, 1);
        Ok(())
    }

    fn engaged(
        &mut self,
        event: &TakenEvent,
        place: Place,
        (count, persons): (Count, Option<Count>),
    ) -> Result<(), StoreError> {
        self.count(event, place, count, 1);
        persons.map_or(Ok(()), |persons| self.count_person(event, place, persons))?;
        self.count_person(event, place, Count::Engagers)
    }

    /// An impression's watch time: reports may repeat and cross, the longest counts.
    fn watched(&mut self, exposure: Exposure, event: &TakenEvent) -> Result<(), StoreError> {
        let watched_ms = event.watched_ms.unwrap_or(0);
        let before = self.watch(exposure, watched_ms)?;
        if before < watched_ms {
            self.count_order(exposure.order, Count::WatchMs, event, watched_ms - before);
        }
        let watched_ms_min = match self.order(exposure.order)?.map(|order| order.rule) {
            Some(ChargeRule::EffectiveView { watched_ms_min }) => watched_ms_min,
            _ => self.effective_view_ms()?,
        };
        if before < watched_ms_min && watched_ms_min <= watched_ms {
            self.count_order(exposure.order, Count::EffectiveViews, event, 1);
        }
        Ok(())
    }

    fn unfollowed(&mut self, exposure: Exposure, event: &TakenEvent) -> Result<(), StoreError> {
        let Exposure { order, viewer, decision, .. } = exposure;
        if self.tx.undo_result(order, viewer, event.at())? {
            self.hear(order, decision, Seen::TakenBack);
        } else {
            self.add_person(order, "follow_undone", viewer)?;
        }
        Ok(())
    }

    fn undone(&mut self, event: &TakenEvent, place: Place) {
        let count = match event.undone {
            Some(EventKind::Follow) => Count::FollowsUndone,
            Some(EventKind::Like) => Count::LikesUndone,
            Some(EventKind::Comment) => Count::CommentsUndone,
            Some(EventKind::Favourite) => Count::FavouritesUndone,
            _ => return,
        };
        self.count(event, place, count, 1);
    }

    fn product_seen(
        &mut self,
        event: &TakenEvent,
        place: Place,
        (times, persons): (Count, Count),
    ) -> Result<(), StoreError> {
        self.count(event, place, times, 1);
        self.count_person(event, place, persons)?;
        for item in &event.items {
            let product = self.product(item);
            self.count_product(event, place, product, (times, 1));
            self.count_product_person(event, place, product, persons)?;
        }
        Ok(())
    }

    /// A purchase that was told under another event before is the same one when it has an id.
    fn paid(&mut self, event: &TakenEvent, place: Place) -> Result<(), StoreError> {
        let paid_fen = event.value_fen.unwrap_or(0);
        if let Some(purchase) = event.purchase {
            let Place { room, order, .. } = place;
            let paid = RoomPurchase { room, purchase, order, paid_at: event.at(), paid_fen };
            if !self.tx.pay_purchase(&paid)? {
                return Ok(());
            }
        }
        self.count(event, place, Count::Purchases, 1);
        self.count(event, place, Count::GmvFen, paid_fen);
        self.count_person(event, place, Count::Payers)?;
        for item in &event.items {
            let product = self.product(item);
            let units = i64::from(item.units.unwrap_or(1));
            // A purchase of one product need not repeat its price.
            let value_fen = item.value_fen.or((event.items.len() == 1).then_some(paid_fen)).unwrap_or(0);
            self.count(event, place, Count::Units, units);
            for (count, value) in [(Count::Purchases, 1), (Count::Units, units), (Count::GmvFen, value_fen)] {
                self.count_product(event, place, product, (count, value));
            }
            self.count_product_person(event, place, product, Count::Payers)?;
            self.listed_or_sold(event, place.room, item, false)?;
        }
        Ok(())
    }

    fn refunded(&mut self, event: &TakenEvent, place: Place) -> Result<(), StoreError> {
        let value_fen = event.value_fen.unwrap_or(0);
        self.count(event, place, Count::Refunds, 1);
        self.count(event, place, Count::RefundsFen, value_fen);
        for item in &event.items {
            let product = self.product(item);
            // A refund of one product need not repeat its price.
            let own_fen = item.value_fen.or((event.items.len() == 1).then_some(value_fen)).unwrap_or(0);
            for (count, value) in [(Count::Refunds, 1), (Count::RefundsFen, own_fen)] {
                self.count_product(event, place, product, (count, value));
            }
        }
        if let Some(purchase) = event.purchase {
            let room = place.room;
            self.tx.refund_purchase(&PurchaseRefunded { room, purchase, at: event.at(), value_fen })?;
        }
        Ok(())
    }

    /// Counts products that were listed, and those of them that were sold, whichever is heard of first.
    fn listed_or_sold(
        &mut self,
        event: &TakenEvent,
        room: RoomId,
        item: &EventItem,
        is_listed: bool,
    ) -> Result<(), StoreError> {
        let product = self.product(item);
        let (own, other) = if is_listed { ("listed", "sold") } else { ("sold", "listed") };
        if !self.add_person(room, own, product)? {
            return Ok(());
        }
        if is_listed {
            self.count_room(room, Count::ProductsListed.code(), event, 1);
        }
        if self.has_person(room, other, product)? {
            self.count_room(room, Count::ProductsSold.code(), event, 1);
        }
        Ok(())
    }

    fn draw_entered(&mut self, event: &TakenEvent, place: Place) -> Result<(), StoreError> {
        let (Some(viewer), Some(draw)) = (place.viewer, &event.draw) else { return Ok(()) };
        let entry = hash_of(self.tenant(), &format!("draw\0{draw}"), &viewer.to_string());
        if self.add_person(place.room, "draw", entry)? {
            self.count(event, place, Count::DrawEntrants, 1);
        }
        Ok(())
    }
}
