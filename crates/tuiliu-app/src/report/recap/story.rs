//! What was stored of a broadcast, gathered as the facts that a recap is made of.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::id::RoomId;
use tuiliu_domain::time::{SECOND_MS, Timestamp};
use tuiliu_measure::recap::{
    BroadcastFacts, FollowToggle, LuckyBag, LuckyBagEntry, PresentationMark, Product, ProductEvent, ProductEventKind,
    Purchase, Session, presentations,
};
use tuiliu_store::{StayRow, StoreError, Tx};

use crate::delivery::{EventKind, TakenEvent};

/// Numbers for names, in the order in which they are first heard.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: BTreeMap<String, u64>,
    pub(super) names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u64 {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let number = u64::try_from(self.names.len()).expect("fewer names than numbers");
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }
}

/// Facts while they are gathered.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Timestamp,
    pub(super) facts: BroadcastFacts,
    pub(super) products: Names,
    pub(super) draws: Names,
    viewers: BTreeMap<u128, u64>,
    stock: BTreeMap<u64, Option<u64>>,
    marks: Vec<PresentationMark>,
    /// Purchases by the host's number, those without one by their own place: what was paid, and the rows of facts.
    paid: BTreeMap<u128, i64>,
    refunded: BTreeMap<u128, i64>,
    purchases: Vec<(u128, Purchase)>,
    bags: BTreeSet<u64>,
}

impl Story {
    /// Everything that is stored of a broadcast.
    pub(super) fn read(
        tx: &mut Tx<'_>,
        room: RoomId,
        (started_at, ended_at): (Timestamp, Timestamp),
    ) -> Result<Self, StoreError> {
        let mut story = Self { started_at, ended_at, ..Self::default() };
        story.facts.duration_seconds = story.second(ended_at);
        for stay in tx.room_stays(room)? {
            story.stay(&stay);
        }
        let mut acts: Vec<TakenEvent> = Vec::new();
        for body in tx.room_acts(room)? {
            let read: Vec<TakenEvent> = serde_json::from_slice(&body).map_err(|error| StoreError::Inconsistent {
                place: format!("what batches say of room {room}"),
                reason: error.to_string(),
            })?;
            acts.extend(read);
        }
        // Numbers are given in the order of time, so that a recap does not depend on the order of arrival.
        acts.sort_by_key(|act| act.at_ms);
        for (place, act) in (0..).zip(&acts) {
            story.act(place, act);
        }
        story.finish();
        Ok(story)
    }

    /// Whole seconds since the start; what was before happened at the start.
    fn second(&self, at: Timestamp) -> u32 {
        u32::try_from((at.since_ms(self.started_at) / SECOND_MS).max(0)).unwrap_or(u32::MAX)
    }

    fn viewer(&mut self, hash: u128) -> u64 {
        let next = u64::try_from(self.viewers.len()).expect("fewer viewers than numbers");
        *self.viewers.entry(hash).or_insert(next)
    }

    fn stay(&mut self, stay: &StayRow) {
        if stay.left_at < self.started_at || stay.joined_at >= self.ended_at {
            return;
        }
        let (viewer, is_promoted) = (self.viewer(stay.viewer), stay.is_promoted);
        let (join_second, leave_second) = (self.second(stay.joined_at), self.second(stay.left_at));
        self.facts.sessions.push(Session { viewer, join_second, leave_second, is_promoted });
    }

    fn act(&mut self, place: u128, act: &TakenEvent) {
        let second = self.second(act.at());
        // Nobody knows who it was: somebody of their own.
        let hash = act.promoted.map(|promoted| promoted.viewer).or(act.natural_viewer).unwrap_or(u128::MAX - place);
        let products: Vec<u64> = act.items.iter().map(|item| self.products.number(&item.product)).collect();
        for product in &products {
            self.stock.entry(*product).or_default();
        }
        match act.kind {
            EventKind::ProductListed => {
                for (product, item) in products.iter().zip(&act.items) {
                    self.stock.insert(*product, item.units.map(u64::from));
                }
            }
            EventKind::ProductShow | EventKind::ProductClick => {
                let is_click = act.kind == EventKind::ProductClick;
                let kind = if is_click { ProductEventKind::Click } else { ProductEventKind::Visit };
                let viewer = self.viewer(hash);
                let seen = products.into_iter().map(|product| ProductEvent { viewer, product, kind });
                self.facts.product_events.extend(seen);
            }
            EventKind::PresentationStart | EventKind::PresentationEnd => {
                let is_start = act.kind == EventKind::PresentationStart;
                let mark = |product: u64| PresentationMark { product, second, is_start };
                self.marks.extend(products.into_iter().map(mark));
            }
            EventKind::Follow | EventKind::Undo => {
                let (viewer, is_following) = (self.viewer(hash), act.kind == EventKind::Follow);
                let sequence = u64::try_from(place).unwrap_or(u64::MAX);
                self.facts.follow_toggles.push(FollowToggle { viewer, second, sequence, is_following });
            }
            EventKind::PurchasePaid => self.paid(act, second, (hash, u128::MAX - place), &products),
            EventKind::PurchaseRefunded => {
                if let (Some(purchase), Some(value)) = (act.purchase, act.value_fen) {
                    *self.refunded.entry(purchase).or_default() += value;
                }
            }
            EventKind::DrawOpen => {
                if let Some(draw) = &act.draw {
                    let bag = self.draws.number(draw);
                    if self.bags.insert(bag) {
                        self.facts.lucky_bags.push(LuckyBag { bag, start_second: second });
                    }
                }
            }
            EventKind::DrawEnter => {
                if let Some(draw) = &act.draw {
                    let (viewer, bag) = (self.viewer(hash), self.draws.number(draw));
                    self.facts.lucky_bag_entries.push(LuckyBagEntry { viewer, bag });
                }
            }
            _ => {}
        }
    }

    fn paid(&mut self, act: &TakenEvent, second: u32, (hash, unnumbered): (u128, u128), products: &[u64]) {
        let purchase = act.purchase.unwrap_or(unnumbered);
        let Entry::Vacant(fresh) = self.paid.entry(purchase) else { return };
        let paid_fen = *fresh.insert(act.value_fen.unwrap_or(0));
        let viewer = self.viewer(hash);
        for (product, item) in products.iter().zip(&act.items) {
            let own_fen = item.value_fen.or((products.len() == 1).then_some(paid_fen)).unwrap_or(0);
            let units = u64::from(item.units.unwrap_or(1));
            self.purchases.push((purchase, Purchase { viewer, product: *product, second, units, paid_fen: own_fen }));
        }
    }

    /// What was given back in full was not bought.
    fn finish(&mut self) {
        let is_kept = |purchase: &u128| {
            let refunded = self.refunded.get(purchase).copied().unwrap_or(0);
            refunded == 0 || refunded < self.paid.get(purchase).copied().unwrap_or(0)
        };
        let kept = self.purchases.iter().filter(|(purchase, _)| is_kept(purchase)).map(|(_, own)| *own);
        self.facts.purchases = kept.collect();
        self.facts.presentations = presentations(&self.marks, self.facts.duration_seconds);
        let products = self.stock.iter().map(|(product, stock)| Product { product: *product, stock_units: *stock });
        self.facts.products = products.collect();
    }
}
