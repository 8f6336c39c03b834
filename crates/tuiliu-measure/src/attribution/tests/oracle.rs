//! The same figures by plain recomputation: every pair of records is looked at, nothing is kept.

use std::collections::{BTreeMap, BTreeSet};

use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::time::Timestamp;

use crate::attribution::{
    Arm, ArmFigures, Arms, Fact, Figure, Figures, Purchase, Record, Toggle, Touch, ViewerKey, Window,
};

/// What arrived, in any order, with repetitions.
pub(super) type Arrivals = [(ViewerKey, Record)];

fn distinct(arrivals: &Arrivals, as_of: Timestamp) -> Vec<(ViewerKey, Record)> {
    let mut known: Vec<(ViewerKey, Record)> = Vec::new();
    for (viewer, record) in arrivals.iter().filter(|(_, record)| record.known_at <= as_of) {
        match known.iter_mut().find(|(other, before)| other == viewer && before.id == record.id) {
            None => known.push((*viewer, *record)),
            Some((_, before)) => before.known_at = before.known_at.min(record.known_at),
        }
    }
    known
}

fn viewers(known: &[(ViewerKey, Record)]) -> BTreeSet<ViewerKey> {
    known.iter().map(|(viewer, _)| *viewer).collect()
}

fn of(known: &[(ViewerKey, Record)], viewer: ViewerKey) -> Vec<Record> {
    known.iter().filter(|(other, _)| *other == viewer).map(|(_, record)| *record).collect()
}

fn is_invalid(records: &[Record]) -> bool {
    records.iter().any(|record| record.fact == Fact::Invalid)
}

fn refunded(records: &[Record], wanted: Purchase) -> i64 {
    let value = |record: &Record| match record.fact {
        Fact::Refunded { purchase, value_fen } if purchase == wanted => value_fen,
        _ => 0,
    };
    records.iter().map(value).sum()
}

/// First payments: purchase, when, value.
fn payments(records: &[Record]) -> Vec<(Purchase, Timestamp, i64)> {
    let mut found = Vec::new();
    for record in records {
        let Fact::Paid { purchase, value_fen } = record.fact else { continue };
        let is_earlier = |other: &&Record| match other.fact {
            Fact::Paid { purchase: same, .. } => same == purchase && (other.at, other.id) < (record.at, record.id),
            _ => false,
        };
        if records.iter().find(is_earlier).is_none() {
            found.push((purchase, record.at, value_fen));
        }
    }
    found
}

pub(super) fn arms(arrivals: &Arrivals, window_end: Timestamp, as_of: Timestamp) -> Arms {
    let known = distinct(arrivals, as_of);
    let mut arms = Arms::default();
    for viewer in viewers(&known) {
        let records = of(&known, viewer);
        if is_invalid(&records) {
            arms.invalid_users += 1;
            continue;
        }
        let wins = records.iter().filter_map(|record| match record.fact {
            Fact::Won(arm) => Some((record.at, arm)),
            _ => None,
        });
        let Some((won_at, arm)) = wins.min() else { continue };
        let figures = match arm {
            Arm::Treated => &mut arms.treated,
            Arm::Ghost => &mut arms.ghost,
        };
        add_outcomes(figures, &records, won_at, window_end);
    }
    arms
}

fn add_outcomes(figures: &mut ArmFigures, records: &[Record], won_at: Timestamp, window_end: Timestamp) {
    let within: Vec<Record> =
        records.iter().filter(|record| won_at <= record.at && record.at <= window_end).copied().collect();
    figures.users += 1;
    for record in &within {
        figures.product_clicks += i64::from(matches!(record.fact, Fact::ProductClicked(_)));
        figures.comments += i64::from(record.fact == Fact::Commented);
    }
    figures.likes += i64::from(is_on(&within, Toggle::Like));
    figures.follows += i64::from(is_on(&within, Toggle::Follow));
    let mut pays = false;
    for (purchase, at, value_fen) in payments(records) {
        if won_at <= at && at <= window_end {
            let left = (value_fen - refunded(records, purchase)).max(0);
            figures.gross_purchases += 1;
            figures.purchases += i64::from(left > 0);
            figures.gmv_fen += left;
            figures.gmv_squares += i128::from(left).pow(2);
            pays |= left > 0;
        }
    }
    figures.payers += i64::from(pays);
}

fn is_on(records: &[Record], toggle: Toggle) -> bool {
    records.iter().any(|record| match record.fact {
        Fact::Toggled { what, on: true } if what == toggle => {
            let is_later = |other: &Record| match other.fact {
                Fact::Toggled { what, .. } => what == toggle && (other.at, other.id) > (record.at, record.id),
                _ => false,
            };
            !records.iter().any(is_later)
        }
        _ => false,
    })
}

fn under(record: &Record) -> Option<(Touch, bool, Timestamp)> {
    match record.fact {
        Fact::Viewed { under, heard_until } => Some((under, false, heard_until)),
        Fact::Clicked(under) | Fact::ProductClicked(Some(under)) => Some((under, true, record.at)),
        _ => None,
    }
}

/// Whose doing something at this instant was.
fn last_touch(
    records: &[Record],
    windows: &BTreeMap<PromotionOrderId, Window>,
    at: Timestamp,
    is_commerce: bool,
) -> Option<PromotionOrderId> {
    let mut best: Option<(bool, Record, PromotionOrderId)> = None;
    for record in records {
        let Some((touch, is_click, _)) = under(record) else { continue };
        let Some(window) = windows.get(&touch.order) else { continue };
        let heard = records.iter().filter_map(under).filter(|(other, ..)| other.decision == touch.decision);
        let heard_until = heard.map(|(_, _, until)| until).max().unwrap();
        let until = match *window {
            Window::Broadcast { ended_at: None, .. } if is_commerce => Timestamp::from_ms(i64::MAX),
            Window::Broadcast { ended_at: Some(ended), commerce_ms, .. } if is_commerce => ended.plus_ms(commerce_ms),
            Window::Broadcast { ended_at, idle_ms, .. } => {
                ended_at.unwrap_or(Timestamp::from_ms(i64::MAX)).min(heard_until.plus_ms(idle_ms))
            }
            Window::Video { span_ms, .. } => record.at.plus_ms(span_ms),
        };
        if at < record.at || until < at {
            continue;
        }
        let is_better =
            best.is_none_or(|(click, before, _)| (click, before.at, before.id) < (is_click, record.at, record.id));
        if is_better {
            best = Some((is_click, *record, touch.order));
        }
    }
    best.map(|(_, _, order)| order)
}

pub(super) fn orders(
    arrivals: &Arrivals,
    windows: &BTreeMap<PromotionOrderId, Window>,
    as_of: Timestamp,
) -> BTreeMap<PromotionOrderId, Figures> {
    let known = distinct(arrivals, as_of);
    let mut sums: BTreeMap<PromotionOrderId, Figures> = BTreeMap::new();
    for viewer in viewers(&known) {
        let records = of(&known, viewer);
        for order in windows.keys() {
            if records.iter().filter_map(under).any(|(touch, ..)| touch.order == *order) {
                let figure = if is_invalid(&records) { Figure::InvalidViewers } else { Figure::TouchedViewers };
                sums.entry(*order).or_default().add(figure, 1);
            }
        }
        if !is_invalid(&records) {
            for (order, figure, value) in credited(&records, windows) {
                sums.entry(order).or_default().add(figure, value);
            }
        }
    }
    sums
}

fn credited(records: &[Record], windows: &BTreeMap<PromotionOrderId, Window>) -> Vec<(PromotionOrderId, Figure, i64)> {
    let mut found = Vec::new();
    let commerce = |at: Timestamp| last_touch(records, windows, at, true);
    let interaction = |at: Timestamp| last_touch(records, windows, at, false);
    for record in records {
        match record.fact {
            Fact::ProductClicked(_) => found.extend(commerce(record.at).map(|order| (order, Figure::ProductClicks, 1))),
            Fact::Shared => found.extend(interaction(record.at).map(|order| (order, Figure::Shares, 1))),
            Fact::Commented => {
                let Some(order) = interaction(record.at) else { continue };
                found.push((order, Figure::Comments, 1));
                if stands(records, record) {
                    found.push((order, Figure::NetComments, 1));
                }
            }
            Fact::Toggled { what, on: true } => {
                let Some(order) = interaction(record.at) else { continue };
                let (gross, net) = match what {
                    Toggle::Like => (Figure::Likes, Figure::NetLikes),
                    Toggle::Follow => (Figure::Follows, Figure::NetFollows),
                };
                found.push((order, gross, 1));
                let from_then: Vec<Record> =
                    records.iter().filter(|other| (other.at, other.id) > (record.at, record.id)).copied().collect();
                let is_last = !from_then
                    .iter()
                    .any(|other| matches!(other.fact, Fact::Toggled { what: same, .. } if same == what));
                if is_last {
                    found.push((order, net, 1));
                }
            }
            _ => {}
        }
    }
    let mut payers = BTreeSet::new();
    for (purchase, at, value_fen) in payments(records) {
        let Some(order) = commerce(at) else { continue };
        let left = (value_fen - refunded(records, purchase)).max(0);
        found.extend([
            (order, Figure::Purchases, 1),
            (order, Figure::GmvFen, value_fen),
            (order, Figure::NetGmvFen, left),
        ]);
        if left > 0 {
            found.push((order, Figure::NetPurchases, 1));
            payers.insert(order);
        }
    }
    found.extend(payers.into_iter().map(|order| (order, Figure::Payers, 1)));
    found
}

/// Whether no deletion takes this comment: read on from it as brackets are, a deletion closing the latest comment.
fn stands(records: &[Record], comment: &Record) -> bool {
    let mut later: Vec<&Record> =
        records.iter().filter(|other| (other.at, other.id) > (comment.at, comment.id)).collect();
    later.sort_by_key(|record| (record.at, record.id));
    let mut open = 0;
    for record in later {
        match record.fact {
            Fact::Commented => open += 1,
            Fact::CommentDeleted if open == 0 => return false,
            Fact::CommentDeleted => open -= 1,
            _ => {}
        }
    }
    true
}
