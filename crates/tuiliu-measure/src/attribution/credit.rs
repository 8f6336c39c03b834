//! Last touch: each thing a viewer did goes to one order, or to none (AT-01).
//!
//! A touch is an engaged view or a click. A click beats a view, otherwise the most recent touch wins; what follows no touch
//! within its window is natural.

use std::collections::BTreeMap;

use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::time::Timestamp;

use super::figures::{Figure, Figures};
use super::record::{Fact, Purchase, Record, RecordId, Toggle, Touch};
use super::window::{Reach, Window};

/// One viewer's part in the figures of orders.
pub type Credits = BTreeMap<PromotionOrderId, Figures>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Commerce,
    Interaction,
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    is_click: bool,
    id: RecordId,
    order: PromotionOrderId,
    window: Window,
    reach: Reach,
}

/// The credits that these records of one viewer are worth; each record's id occurs once.
#[must_use]
pub fn credits<'r>(
    records: impl Iterator<Item = &'r Record> + Clone,
    windows: &BTreeMap<PromotionOrderId, Window>,
) -> Credits {
    let touches = touches(records.clone(), windows);
    let mut credits = Credits::new();
    let is_invalid = records.clone().any(|record| record.fact == Fact::Invalid);
    let touched = if is_invalid { Figure::InvalidViewers } else { Figure::TouchedViewers };
    for touch in &touches {
        credits.entry(touch.order).or_insert_with(|| [(touched, 1)].into_iter().collect());
    }
    if is_invalid || touches.is_empty() {
        return credits;
    }
    let mut crediting = Crediting { touches, credits };
    crediting.clicks_and_shares(records.clone());
    crediting.comments(records.clone());
    for (what, gross, net) in
        [(Toggle::Like, Figure::Likes, Figure::NetLikes), (Toggle::Follow, Figure::Follows, Figure::NetFollows)]
    {
        crediting.toggles(records.clone(), what, gross, net);
    }
    crediting.purchases(records);
    crediting.credits
}

/// What touched the viewer, with what is known of each impression.
fn touches<'r>(
    records: impl Iterator<Item = &'r Record> + Clone,
    windows: &BTreeMap<PromotionOrderId, Window>,
) -> Vec<Placed> {
    let touch = |record: &'r Record| match record.fact {
        Fact::Viewed { under, heard_until } => Some((under, false, heard_until.max(record.at))),
        Fact::Clicked(under) | Fact::ProductClicked(Some(under)) => Some((under, true, record.at)),
        _ => None,
    };
    let mut heard: BTreeMap<DecisionId, Timestamp> = BTreeMap::new();
    for (Touch { decision, .. }, _, until) in records.clone().filter_map(touch) {
        let last = heard.entry(decision).or_insert(until);
        *last = until.max(*last);
    }
    let place = |record: &'r Record| {
        let (Touch { order, decision }, is_click, _) = touch(record)?;
        let reach = Reach { at: record.at, heard_until: *heard.get(&decision)? };
        Some(Placed { is_click, id: record.id, order, window: *windows.get(&order)?, reach })
    };
    records.filter_map(place).collect()
}

struct Crediting {
    touches: Vec<Placed>,
    credits: Credits,
}

impl Crediting {
    /// Whose doing something at this instant was.
    fn last_touch(&self, at: Timestamp, kind: Kind) -> Option<PromotionOrderId> {
        let reaches = |touch: &&Placed| match kind {
            Kind::Commerce => touch.window.covers_commerce(touch.reach, at),
            Kind::Interaction => touch.window.covers_interaction(touch.reach, at),
        };
        let within = self.touches.iter().filter(reaches);
        within.max_by_key(|touch| (touch.is_click, touch.reach.at, touch.id)).map(|touch| touch.order)
    }

    fn credit(&mut self, order: PromotionOrderId, figure: Figure, value: i64) {
        self.credits.entry(order).or_default().add(figure, value);
    }

    fn clicks_and_shares<'r>(&mut self, records: impl Iterator<Item = &'r Record>) {
        for record in records {
            let (kind, figure) = match record.fact {
                Fact::ProductClicked(_) => (Kind::Commerce, Figure::ProductClicks),
                Fact::Shared => (Kind::Interaction, Figure::Shares),
                _ => continue,
            };
            if let Some(order) = self.last_touch(record.at, kind) {
                self.credit(order, figure, 1);
            }
        }
    }

    /// A deletion names no comment: it takes the latest one before it that is still there.
    fn comments<'r>(&mut self, records: impl Iterator<Item = &'r Record>) {
        let of_comments = records.filter(|record| matches!(record.fact, Fact::Commented | Fact::CommentDeleted));
        let mut ordered: Vec<&Record> = of_comments.collect();
        ordered.sort_unstable_by_key(|record| (record.at, record.id));
        let mut standing = Vec::new();
        for record in ordered {
            if record.fact == Fact::Commented {
                let order = self.last_touch(record.at, Kind::Interaction);
                if let Some(order) = order {
                    self.credit(order, Figure::Comments, 1);
                }
                standing.push(order);
            } else {
                standing.pop();
            }
        }
        for order in standing.into_iter().flatten() {
            self.credit(order, Figure::NetComments, 1);
        }
    }

    /// What is on at the end is what the last toggle said, by event time and then by id.
    fn toggles<'r>(&mut self, records: impl Iterator<Item = &'r Record>, toggle: Toggle, gross: Figure, net: Figure) {
        let mut last: Option<(Timestamp, RecordId, Option<PromotionOrderId>)> = None;
        for record in records {
            let Fact::Toggled { what, on } = record.fact else { continue };
            if what != toggle {
                continue;
            }
            let order = if on { self.last_touch(record.at, Kind::Interaction) } else { None };
            if let Some(order) = order {
                self.credit(order, gross, 1);
            }
            if last.is_none_or(|(at, id, _)| (at, id) < (record.at, record.id)) {
                last = Some((record.at, record.id, order));
            }
        }
        if let Some((_, _, Some(order))) = last {
            self.credit(order, net, 1);
        }
    }

    /// One purchase goes to one order; what is refunded is gone, whenever.
    fn purchases<'r>(&mut self, records: impl Iterator<Item = &'r Record> + Clone) {
        let mut payers = BTreeMap::new();
        for (_, paid) in purchases(records) {
            let Some(order) = self.last_touch(paid.at, Kind::Commerce) else { continue };
            let left = paid.left_fen();
            self.credit(order, Figure::Purchases, 1);
            self.credit(order, Figure::GmvFen, paid.value_fen);
            self.credit(order, Figure::NetGmvFen, left);
            if left > 0 {
                self.credit(order, Figure::NetPurchases, 1);
                payers.insert(order, 1);
            }
        }
        for (order, payer) in payers {
            self.credit(order, Figure::Payers, payer);
        }
    }
}

/// A purchase that was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PaidPurchase {
    pub(super) at: Timestamp,
    pub(super) value_fen: i64,
    refunded_fen: i64,
}

impl PaidPurchase {
    /// What is left after refunds; never below zero.
    pub(super) fn left_fen(&self) -> i64 {
        self.value_fen.saturating_sub(self.refunded_fen).max(0)
    }
}

/// Purchases with their first payment and all their refunds; refunds of what was not paid are none.
pub(super) fn purchases<'r>(records: impl Iterator<Item = &'r Record> + Clone) -> BTreeMap<Purchase, PaidPurchase> {
    let mut paid: BTreeMap<Purchase, (RecordId, PaidPurchase)> = BTreeMap::new();
    for record in records.clone() {
        let Fact::Paid { purchase, value_fen } = record.fact else { continue };
        let this = (record.id, PaidPurchase { at: record.at, value_fen, refunded_fen: 0 });
        let known = paid.entry(purchase).or_insert(this);
        if (this.1.at, this.0) < (known.1.at, known.0) {
            *known = this;
        }
    }
    for record in records {
        let Fact::Refunded { purchase, value_fen } = record.fact else { continue };
        if let Some((_, known)) = paid.get_mut(&purchase) {
            known.refunded_fen = known.refunded_fen.saturating_add(value_fen);
        }
    }
    paid.into_iter().map(|(purchase, (_, paid))| (purchase, paid)).collect()
}
