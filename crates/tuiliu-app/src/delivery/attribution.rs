//! Attribution between rows and rules: what is known of a viewer in a room, and the viewer's parts in figures.

use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::id::{ContentId, DecisionId, PromotionOrderId, RoomId};
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::attribution::{
    Cause, ENGAGED_VIEW_MS, Fact, Figure, Figures, History, Purchase, Record, RecordId, Share, Toggle, Touch, Window,
    shares,
};
use tuiliu_measure::traffic::Invalid;
use tuiliu_store::{AttributionRecord, StoreError, Tx};

use super::event::{EventKind, TakenEvent};
use crate::app::Shell;

/// The codes of records; never renamed. What is not valid has the metric of its rule.
pub(crate) mod kinds {
    /// An impression that was entered and watched, not long enough to be a touch.
    pub(crate) const GLANCE: &str = "glance";
    pub(crate) const VIEW: &str = "view";
    /// An engaged view that is counted for nobody, for it repeats one.
    pub(crate) const REPEAT_VIEW: &str = "repeat_view";
    /// A natural visit.
    pub(crate) const STAY: &str = "stay";
    pub(crate) const CLICK: &str = "click";
    pub(crate) const PRODUCT_CLICK: &str = "product_click";
    pub(crate) const COMMENT: &str = "comment";
    pub(crate) const COMMENT_DELETED: &str = "comment_deleted";
    pub(crate) const SHARE: &str = "share";
    pub(crate) const LIKE: &str = "like";
    pub(crate) const UNLIKE: &str = "unlike";
    pub(crate) const FOLLOW: &str = "follow";
    pub(crate) const UNFOLLOW: &str = "unfollow";
    pub(crate) const PAID: &str = "paid";
    pub(crate) const REFUNDED: &str = "refunded";
}

/// The id of natural visits: one for each viewer and room.
const STAY_ID: u128 = 1;
/// The id of the mark that a viewer is not valid.
const INVALID_ID: u128 = 2;
/// The part of figures that was settled; the others are causes.
pub(crate) const SETTLED: &str = "settled";

/// A record of which nothing but id and instants is told yet.
pub(crate) fn blank(id: u128, at: Timestamp, known_at: Timestamp) -> AttributionRecord {
    AttributionRecord {
        id,
        kind: String::new(),
        known_at,
        at,
        heard_until: at,
        watched_ms: 0,
        under: None,
        purchase: None,
        value_fen: 0,
    }
}

/// A mark that a viewer is not valid in a room, without the rule.
pub(crate) fn blank_mark(now: Timestamp) -> AttributionRecord {
    blank(INVALID_ID, now, now)
}

/// The windows of the orders that touched a viewer.
pub(crate) fn windows(
    shell: &Shell,
    tx: &mut Tx<'_>,
    known: &KnownViewer,
) -> Result<BTreeMap<PromotionOrderId, Window>, StoreError> {
    let mut windows = BTreeMap::new();
    for id in known.orders() {
        let Some(order) = tx.promotion_order(id)? else { continue };
        let window = match order.content {
            ContentId::Room(room) => Window::Broadcast {
                ended_at: tx.room(room)?.and_then(|room| room.times.ended),
                commerce_ms: order.terms.commerce_window_ms,
                idle_ms: shell.policy(tx, order.tenant)?.traffic.session_idle_ms,
            },
            ContentId::Video(_) => {
                Window::Video { span_ms: order.terms.commerce_window_ms, ended_at: order.delivery_ended_at }
            }
        };
        windows.insert(id, window);
    }
    Ok(windows)
}

/// What an event is a record of, if of anything; `is_late` when the figures of its order are final already.
pub(crate) fn record(
    event: &TakenEvent,
    known_at: Timestamp,
    under: Option<(PromotionOrderId, DecisionId)>,
    is_late: bool,
) -> Option<AttributionRecord> {
    let (at, watched_ms) = (event.at(), event.watched_ms.unwrap_or(0));
    let of_kind = |id: u128, kind: &str| AttributionRecord { kind: kind.to_owned(), under, ..blank(id, at, known_at) };
    let done = |kind: &str| Some(of_kind(event.id, kind));
    match (event.kind, under) {
        (EventKind::RoomEnter | EventKind::Watch | EventKind::RoomLeave, Some((_, decision))) => {
            let kind = if watched_ms >= ENGAGED_VIEW_MS { kinds::VIEW } else { kinds::GLANCE };
            Some(AttributionRecord { watched_ms, ..of_kind(view_id(decision, is_late), kind) })
        }
        (EventKind::Watch | EventKind::RoomLeave, None) => Some(AttributionRecord {
            at: at.plus_ms(-watched_ms),
            heard_until: at,
            watched_ms,
            ..of_kind(STAY_ID, kinds::STAY)
        }),
        (EventKind::Click, Some(_)) => done(kinds::CLICK),
        (EventKind::ProductClick, _) => done(kinds::PRODUCT_CLICK),
        (EventKind::Comment, _) if !event.muted => done(kinds::COMMENT),
        (EventKind::Like, _) => done(kinds::LIKE),
        (EventKind::Follow, _) => done(kinds::FOLLOW),
        (EventKind::Share, _) => done(kinds::SHARE),
        (EventKind::Undo, _) => match event.undone {
            Some(EventKind::Like) => done(kinds::UNLIKE),
            Some(EventKind::Follow) => done(kinds::UNFOLLOW),
            Some(EventKind::Comment) => done(kinds::COMMENT_DELETED),
            _ => None,
        },
        (EventKind::PurchasePaid | EventKind::PurchaseRefunded, _) => {
            let kind = if event.kind == EventKind::PurchasePaid { kinds::PAID } else { kinds::REFUNDED };
            // A payment that names no purchase is one of its own; a refund that names none is of none.
            let purchase = Some(event.purchase.unwrap_or(event.id));
            Some(AttributionRecord { purchase, value_fen: event.value_fen.unwrap_or(0), ..of_kind(event.id, kind) })
        }
        _ => None,
    }
}

/// One record for each impression's view; what became known after the settlement has its own, so that both can be told.
fn view_id(decision: DecisionId, is_late: bool) -> u128 {
    if is_late { decision.child::<()>(1).value() } else { decision.value() }
}

/// The id of the note that an impression's view repeats another.
pub(crate) fn repeat_id(decision: DecisionId) -> u128 {
    decision.child::<()>(2).value()
}

/// Everything that is known of a viewer in a room.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownViewer {
    records: BTreeMap<u128, AttributionRecord>,
    changed: BTreeSet<u128>,
    /// Whether a touch was heard of for longer, and whether anything else was told that is a fact.
    is_widened: bool,
    is_altered: bool,
}

impl KnownViewer {
    pub(crate) fn new(records: impl IntoIterator<Item = AttributionRecord>) -> Self {
        let records = records.into_iter().map(|record| (record.id, record)).collect();
        Self { records, ..Self::default() }
    }

    /// A viewer as stored.
    pub(crate) fn read(tx: &mut Tx<'_>, room: RoomId, viewer: u128) -> Result<Self, StoreError> {
        Ok(Self::new(tx.attribution_records(&[(room, viewer)])?.into_iter().map(|(_, record)| record)))
    }

    /// A record as it is stored.
    pub(crate) fn found(&mut self, record: AttributionRecord) {
        self.records.insert(record.id, record);
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &AttributionRecord> {
        self.records.values()
    }

    /// The rule that all of the viewer's traffic was found to break.
    pub(crate) fn invalid(&self) -> Option<Invalid> {
        let mark = self.records.get(&INVALID_ID)?;
        Invalid::ALL.iter().copied().find(|rule| rule.metric() == mark.kind)
    }

    /// Takes a record in; `false` when it told nothing new.
    pub(crate) fn take(&mut self, record: AttributionRecord) -> bool {
        let id = record.id;
        let merged = match self.records.get(&id) {
            None => {
                self.is_altered |= fact(&record).is_some();
                record
            }
            Some(known) => {
                let merged = merged(known, &record);
                if merged == *known {
                    return false;
                }
                let is_longer = merged.kind == kinds::VIEW
                    && AttributionRecord {
                        heard_until: known.heard_until,
                        watched_ms: known.watched_ms,
                        ..merged.clone()
                    } == *known;
                self.is_widened |= is_longer;
                self.is_altered |= !is_longer && fact(known) != fact(&merged);
                merged
            }
        };
        self.records.insert(id, merged);
        self.changed.insert(id);
        true
    }

    /// Orders that touched the viewer.
    pub(crate) fn orders(&self) -> BTreeSet<PromotionOrderId> {
        self.records.values().filter_map(|record| record.under).map(|(order, _)| order).collect()
    }

    /// Impressions under which anything was done.
    pub(crate) fn impressions(&self) -> BTreeSet<(PromotionOrderId, DecisionId)> {
        self.records.values().filter_map(|record| record.under).collect()
    }

    /// What is to be written.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &AttributionRecord> {
        self.changed.iter().map(|id| &self.records[id])
    }

    /// Whether the viewer's parts in figures may have changed: a touch that was heard of for longer brings something only
    /// to who did something.
    pub(crate) fn may_change_figures(&self) -> bool {
        let is_touch =
            |record: &AttributionRecord| matches!(fact(record), None | Some(Record { fact: Fact::Viewed { .. }, .. }));
        self.is_altered || (self.is_widened && !self.records.values().all(is_touch))
    }

    fn history(&self) -> History {
        self.records.values().filter_map(fact).collect()
    }
}

/// Reports of one visit widen it; anything else stays as it became known first.
fn merged(known: &AttributionRecord, other: &AttributionRecord) -> AttributionRecord {
    let is_visit = |record: &AttributionRecord| [kinds::GLANCE, kinds::VIEW, kinds::STAY].contains(&&*record.kind);
    if !is_visit(known) || !is_visit(other) {
        return known.clone();
    }
    // A view begins to be one with the first report that is long enough.
    let first = match (known.kind == kinds::VIEW, other.kind == kinds::VIEW) {
        (true, false) => known,
        (false, true) => other,
        _ if known.at <= other.at => known,
        _ => other,
    };
    AttributionRecord {
        known_at: known.known_at.min(other.known_at),
        heard_until: known.heard_until.max(other.heard_until),
        watched_ms: known.watched_ms.max(other.watched_ms),
        ..first.clone()
    }
}

/// What a record is to the rules; nothing when it is no touch and no outcome.
fn fact(record: &AttributionRecord) -> Option<Record> {
    let touch = record.under.map(|(order, decision)| Touch { order, decision });
    let purchase = record.purchase.map(Purchase);
    let toggled = |what, on| Some(Fact::Toggled { what, on });
    let fact = match record.kind.as_str() {
        kinds::VIEW => touch.map(|under| Fact::Viewed { under, heard_until: record.heard_until }),
        kinds::CLICK => touch.map(Fact::Clicked),
        kinds::PRODUCT_CLICK => Some(Fact::ProductClicked(touch)),
        kinds::COMMENT => Some(Fact::Commented),
        kinds::COMMENT_DELETED => Some(Fact::CommentDeleted),
        kinds::SHARE => Some(Fact::Shared),
        kinds::LIKE => toggled(Toggle::Like, true),
        kinds::UNLIKE => toggled(Toggle::Like, false),
        kinds::FOLLOW => toggled(Toggle::Follow, true),
        kinds::UNFOLLOW => toggled(Toggle::Follow, false),
        kinds::PAID => purchase.map(|purchase| Fact::Paid { purchase, value_fen: record.value_fen }),
        kinds::REFUNDED => purchase.map(|purchase| Fact::Refunded { purchase, value_fen: record.value_fen }),
        _ => (record.id == INVALID_ID).then_some(Fact::Invalid),
    }?;
    Some(Record { known_at: record.known_at, at: record.at, id: RecordId(record.id), fact })
}

/// A viewer, all that is known of them in a room, and the windows of the orders that touched them.
pub(crate) type ViewerParts<'k> = (u128, &'k KnownViewer, BTreeMap<PromotionOrderId, Window>);

/// Makes viewers' parts in the figures of orders anew; the sums follow by the difference.
pub(crate) fn save_shares(tx: &mut Tx<'_>, viewers: &[ViewerParts<'_>]) -> Result<(), StoreError> {
    let mut parts = Vec::new();
    for (viewer, known, windows) in viewers {
        for (order, share) in shares(&known.history(), windows) {
            parts.push(((order, *viewer), write_share(&share)?, share));
        }
    }
    let asked: Vec<_> = parts.iter().map(|(place, ..)| *place).collect();
    let stored: BTreeMap<_, _> = tx.attribution_shares(&asked)?.into_iter().collect();
    let mut sums: BTreeMap<(PromotionOrderId, &'static str, Figure), i64> = BTreeMap::new();
    let mut changed = Vec::new();
    for (place, body, share) in parts {
        let before = stored.get(&place);
        if before == Some(&body) {
            continue;
        }
        let order = place.0;
        let before = before.map_or(Ok(Share::default()), |body| read_share(order, body))?;
        for (part, change) in differences(&before, &share) {
            for (figure, value) in change.entries() {
                *sums.entry((order, part, figure)).or_default() += value;
            }
        }
        changed.push((place, body));
    }
    for ((order, part, figure), value) in sums {
        tx.add_attributed(order, (part, figure.code()), value)?;
    }
    tx.put_attribution_shares(&changed)
}

/// What is to be added to each part of the sums.
fn differences(before: &Share, after: &Share) -> Vec<(&'static str, Figures)> {
    let change = |cause: Cause| {
        let of = |share: &Share| share.changes.get(&cause).copied().unwrap_or_default();
        (cause.code(), of(after).minus(&of(before)))
    };
    let settled = (SETTLED, after.settled.minus(&before.settled));
    std::iter::once(settled).chain(Cause::ALL.map(change)).collect()
}

/// Part, figure, value.
type ShareBody = BTreeMap<String, BTreeMap<String, i64>>;

fn write_share(share: &Share) -> Result<String, StoreError> {
    let of = |figures: &Figures| figures.entries().map(|(figure, value)| (figure.code().to_owned(), value)).collect();
    let changes = share.changes.iter().map(|(cause, figures)| (cause.code().to_owned(), of(figures)));
    let body: ShareBody = std::iter::once((SETTLED.to_owned(), of(&share.settled))).chain(changes).collect();
    serde_json::to_string(&body)
        .map_err(|error| StoreError::Inconsistent { place: "a viewer's part".to_owned(), reason: error.to_string() })
}

/// Purchases that a viewer has paid under this order and of which anything is left, and what that is after refunds.
pub(crate) fn net_purchases(tx: &mut Tx<'_>, order: &PromotionOrder, viewer: u128) -> Result<(i64, i64), StoreError> {
    let known = KnownViewer::read(tx, RoomId::new(order.content.value()), viewer)?;
    let is_own = |record: &&AttributionRecord| record.under.is_some_and(|(under, _)| under == order.id);
    let mut left: BTreeMap<Option<u128>, i64> = BTreeMap::new();
    for paid in known.records().filter(|record| record.kind == kinds::PAID).filter(is_own) {
        *left.entry(paid.purchase).or_default() += paid.value_fen;
    }
    for refund in known.records().filter(|record| record.kind == kinds::REFUNDED) {
        if let Some(rest) = left.get_mut(&refund.purchase) {
            *rest -= refund.value_fen;
        }
    }
    let kept = left.into_values().filter(|rest| *rest > 0);
    Ok(kept.fold((0, 0), |(purchases, fen), rest| (purchases + 1, fen + rest)))
}

fn read_share(order: PromotionOrderId, body: &str) -> Result<Share, StoreError> {
    let inconsistent = |reason: String| StoreError::Inconsistent { place: format!("a part in order {order}"), reason };
    let body: ShareBody = serde_json::from_str(body).map_err(|error| inconsistent(error.to_string()))?;
    let mut share = Share::default();
    for (part, figures) in body {
        let mut sum = Figures::default();
        for (code, value) in figures {
            let figure = Figure::from_code(&code).ok_or_else(|| inconsistent(format!("no figure `{code}`")))?;
            sum.add(figure, value);
        }
        if part == SETTLED {
            share.settled = sum;
        } else {
            let cause = Cause::from_code(&part).ok_or_else(|| inconsistent(format!("no part `{part}`")))?;
            share.changes.insert(cause, sum);
        }
    }
    Ok(share)
}
