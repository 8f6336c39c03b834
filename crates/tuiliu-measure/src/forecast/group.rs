//! Comparable orders by group, each backed by wider ones: the narrowest that is large enough makes the range.

use std::collections::{HashMap, VecDeque};

use tuiliu_domain::promotion::{Goal, OrderForm, Range};
use tuiliu_domain::time::DAY_MS;

use super::adaptive::{Missed, adapt};
use super::comparable::{Comparable, Figure, Kind, PointBy};
use super::conformal::{ScoreRange, Scores, Tails};

/// A group forgets the oldest of its orders beyond so many (measurement.md §3).
pub const COMPARABLES_PER_GROUP_MAX: usize = 4_000;

/// What the orders of a group have in common, the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Goal, form, budget band and part of the day.
    Hour,
    /// Goal, form and budget band.
    Budget,
    /// Goal and form.
    Form,
    Goal,
    /// All orders of the platform.
    Platform,
}

impl Level {
    /// The narrowest first.
    pub const ALL: [Self; 5] = [Self::Hour, Self::Budget, Self::Form, Self::Goal, Self::Platform];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hour => "goal_form_budget_hour",
            Self::Budget => "goal_form_budget",
            Self::Form => "goal_form",
            Self::Goal => "goal",
            Self::Platform => "platform",
        }
    }
}

/// One group: what its orders have in common, `None` for what they need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    point_by: PointBy,
    goal: Option<Goal>,
    form: Option<OrderForm>,
    budget_band: Option<u8>,
    hour_band: Option<u8>,
}

impl Key {
    fn of(kind: Kind, level: Level) -> Self {
        Self {
            point_by: kind.point_by,
            goal: (level <= Level::Goal).then_some(kind.goal),
            form: (level <= Level::Form).then_some(kind.form),
            budget_band: (level <= Level::Budget).then_some(kind.budget_band),
            hour_band: (level <= Level::Hour).then_some(kind.hour_band),
        }
    }
}

/// The scores of one group, and the tails that held lately.
#[derive(Debug, Clone)]
struct Group {
    /// The newest last.
    orders: VecDeque<[f64; 3]>,
    scores: [Scores; 3],
    tails: [Tails; 3],
    /// The day that is filling, and what was missed in it.
    day: i64,
    missed: [Missed; 3],
}

impl Group {
    fn new(target: Tails) -> Self {
        Self {
            orders: VecDeque::new(),
            scores: Default::default(),
            tails: [target; 3],
            day: i64::MIN,
            missed: [Missed::default(); 3],
        }
    }

    /// Takes in one more order that ended, the oldest first.
    fn add(&mut self, order: &Comparable, rule: Rule) {
        let day = order.ended_at.ms().div_euclid(DAY_MS);
        if day != self.day {
            self.close(rule.target);
            self.day = day;
        }
        let own = Figure::ALL.map(|figure| order.score(figure));
        for figure in Figure::ALL {
            let (nth, score) = (figure.index(), own[figure.index()]);
            if self.orders.len() >= rule.comparables_min
                && let Some(range) = self.scores[nth].range(self.tails[nth])
            {
                let missed = &mut self.missed[nth];
                missed.orders = missed.orders.saturating_add(1);
                missed.below = missed.below.saturating_add(u32::from(score < range.low));
                missed.above = missed.above.saturating_add(u32::from(score > range.high));
            }
            self.scores[nth].insert(score);
        }
        self.orders.push_back(own);
        if self.orders.len() > COMPARABLES_PER_GROUP_MAX
            && let Some(oldest) = self.orders.pop_front()
        {
            self.scores.iter_mut().zip(oldest).for_each(|(scores, score)| scores.remove(score));
        }
    }

    /// Ends a day: its misses move the tails.
    fn close(&mut self, target: Tails) {
        for (tails, missed) in self.tails.iter_mut().zip(&mut self.missed) {
            *tails = adapt(*tails, target, *missed);
            *missed = Missed::default();
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    comparables_min: usize,
    target: Tails,
}

/// All groups, from the orders that ended.
#[derive(Debug, Clone)]
pub struct Groups {
    rule: Rule,
    groups: HashMap<Key, Group>,
}

/// The group that makes a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub level: Level,
    /// How many orders there are in it.
    pub comparables: usize,
    ranges: [ScoreRange; 3],
}

impl Found {
    /// The range of a figure around its point.
    #[must_use]
    pub fn around(&self, figure: Figure, point: i64) -> Range {
        self.ranges[figure.index()].around(point)
    }
}

impl Groups {
    /// Groups of these orders, the earliest to end first; a range needs so many of them, and 30 at least make one honest.
    ///
    /// Tails start at `target` and follow what was missed, a day at a time; the day that is filling does not count yet.
    #[must_use]
    pub fn build(orders: &[Comparable], comparables_min: usize, target: Tails) -> Self {
        let rule = Rule { comparables_min: comparables_min.max(1), target };
        let mut groups = Self { rule, groups: HashMap::new() };
        for order in orders {
            for level in Level::ALL {
                let group = groups.groups.entry(Key::of(order.kind, level)).or_insert_with(|| Group::new(target));
                group.add(order, rule);
            }
        }
        groups
    }

    /// The narrowest group of this kind of order that is large enough; `None` when even the widest is not.
    #[must_use]
    pub fn find(&self, kind: Kind) -> Option<Found> {
        Level::ALL.into_iter().find_map(|level| {
            let group = self.groups.get(&Key::of(kind, level))?;
            let comparables = group.orders.len();
            if comparables < self.rule.comparables_min {
                return None;
            }
            let range = |figure: Figure| group.scores[figure.index()].range(group.tails[figure.index()]);
            let [results, views, duration] = Figure::ALL.map(range);
            Some(Found { level, comparables, ranges: [results?, views?, duration?] })
        })
    }

    /// How many orders of the same goal there are to compare with.
    #[must_use]
    pub fn comparables(&self, kind: Kind) -> usize {
        self.groups.get(&Key::of(kind, Level::Goal)).map_or(0, |group| group.orders.len())
    }
}

/// How many orders ended inside the range that was shown for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    pub inside: u64,
    pub orders: u64,
}

impl Share {
    /// In thousandths, rounded; `None` without orders.
    #[must_use]
    pub fn permille(&self) -> Option<u64> {
        self.inside.saturating_mul(1_000).saturating_add(self.orders / 2).checked_div(self.orders)
    }
}

/// Counts ranges that held.
#[must_use]
pub fn share_inside(shown: impl IntoIterator<Item = (Range, i64)>) -> Share {
    shown.into_iter().fold(Share::default(), |share, (range, actual)| Share {
        inside: share.inside + u64::from(range.holds(actual)),
        orders: share.orders + 1,
    })
}

impl Default for Groups {
    fn default() -> Self {
        Self::build(&[], 1, Tails::EIGHTY_PERCENT)
    }
}
