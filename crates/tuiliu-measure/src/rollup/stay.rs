//! Stays of viewers in a room, united over devices, and what each new report of them adds to the sums.
//!
//! A union of intervals is the same for any order of arrival, so whatever is made of it is too.

use std::collections::BTreeMap;

use tuiliu_domain::time::{MINUTE_MS, SECOND_MS, Timestamp};

use super::count::Count;

/// A stretch in which a viewer was in the room, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    pub join: Timestamp,
    pub leave: Timestamp,
    /// Whether promotion led to it: its earliest report says so.
    pub is_promoted: bool,
}

/// What is to be added to sums, by minute and whether it was promoted.
pub type Changes = BTreeMap<(Timestamp, bool, Count), i64>;

/// Puts a stretch into a viewer's stays, which are in order and apart; touching ones become one.
///
/// Answers the stays after it, and what watch time and effective views changed by: each millisecond is counted in the
/// minute in which it was watched, an effective view in the minute in which it began.
#[must_use]
pub fn unite(before: &[Stay], piece: Stay, effective_ms: i64) -> (Vec<Stay>, Changes) {
    let mut changes = Changes::new();
    if piece.leave < piece.join {
        return (before.to_vec(), changes);
    }
    let touches = |stay: &&Stay| stay.join <= piece.leave && piece.join <= stay.leave;
    let inside: Vec<&Stay> = before.iter().filter(touches).collect();
    let all = inside.iter().copied().chain([&piece]);
    // Clocks differ a little between reports of one stay: within a second, what promotion brought goes first.
    let first = all.clone().min_by_key(|stay| (stay.join.ms().div_euclid(SECOND_MS), !stay.is_promoted));
    let united = Stay {
        join: all.clone().map(|stay| stay.join).min().unwrap_or(piece.join),
        leave: all.map(|stay| stay.leave).max().unwrap_or(piece.leave),
        is_promoted: first.is_some_and(|stay| stay.is_promoted),
    };
    match inside.as_slice() {
        // The usual case, and the only one that is worth being quick at: a viewer goes on watching.
        [stay] if stay.is_promoted == united.is_promoted => {
            watch(&mut changes, Stay { leave: stay.join, ..united }, 1);
            watch(&mut changes, Stay { join: stay.leave, ..united }, 1);
        }
        _ => {
            inside.iter().for_each(|stay| watch(&mut changes, **stay, -1));
            watch(&mut changes, united, 1);
        }
    }
    inside.iter().for_each(|stay| view(&mut changes, **stay, effective_ms, -1));
    view(&mut changes, united, effective_ms, 1);
    changes.retain(|_, change| *change != 0);
    let mut after: Vec<Stay> = before.iter().filter(|stay| !touches(stay)).copied().chain([united]).collect();
    after.sort_unstable_by_key(|stay| stay.join);
    (after, changes)
}

/// Adds a stretch of watching, minute by minute.
fn watch(changes: &mut Changes, stay: Stay, sign: i64) {
    let mut from = stay.join;
    while from < stay.leave {
        let to = from.minute().plus_ms(MINUTE_MS).min(stay.leave);
        *changes.entry((from.minute(), stay.is_promoted, Count::WatchMs)).or_default() += sign * to.since_ms(from);
        from = to;
    }
}

fn view(changes: &mut Changes, stay: Stay, effective_ms: i64, sign: i64) {
    if stay.leave.since_ms(stay.join) >= effective_ms {
        *changes.entry((stay.join.minute(), stay.is_promoted, Count::EffectiveViews)).or_default() += sign;
    }
}

/// How many were in a room at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Online {
    pub peak: i64,
    /// The first instant of the peak; `None` when nobody ever was there.
    pub peak_at: Option<Timestamp>,
    /// Now, or at the end.
    pub last: i64,
}

/// The most viewers at once, and how many are there at `now`; stays of one viewer must be apart.
#[must_use]
pub fn online(stays: impl Iterator<Item = Stay>, now: Timestamp) -> Online {
    let mut steps: BTreeMap<Timestamp, i64> = BTreeMap::new();
    let mut found = Online::default();
    for stay in stays.filter(|stay| stay.join < stay.leave) {
        *steps.entry(stay.join).or_default() += 1;
        *steps.entry(stay.leave).or_default() -= 1;
        if stay.join <= now && now < stay.leave {
            found.last += 1;
        }
    }
    let mut present = 0;
    for (at, step) in steps {
        present += step;
        if present > found.peak {
            (found.peak, found.peak_at) = (present, Some(at));
        }
    }
    found
}
