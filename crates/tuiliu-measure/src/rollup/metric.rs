//! A metric: what it is called and how it is made of counts.

use super::count::{Count, Counts};
use super::dictionary::METRICS;
use crate::approximate::approximate;

/// One definition, used in every field, column, chart, export and tooltip (AT-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Never renamed.
    pub id: &'static str,
    pub name_zh: &'static str,
    pub name_en: &'static str,
    pub formula: Formula,
    pub unit: Unit,
    /// Over which time it is taken.
    pub window: &'static str,
    /// What is counted once.
    pub deduplication: &'static str,
    /// Whether it is one of the things that may be shown as an effect of promotion.
    pub is_effect: bool,
}

/// How a metric is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// A sum of counts.
    Sum(&'static [Count]),
    /// The first minus the second.
    Difference(Count, Count),
    /// A sum of counts by a sum of counts, times a scale.
    Ratio { numerator: Count, times: i64, denominator: Count },
    /// An amount of fen less another by what was charged, both in yuan: a bean is worth what the policy sells it for.
    Return { earned: Count, less: Option<Count> },
    /// Not made of sums.
    Elsewhere(Source),
}

/// Where a metric comes from that is not made of sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The stays of all viewers, united over devices.
    Stays,
    /// Each minute's count.
    Minutes,
    /// The recap of the broadcast.
    Recap,
    /// The holdout.
    Lift,
    /// The state of the order.
    Order,
    /// The estimate of the order.
    Estimate,
}

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Times that something happened.
    Times,
    Persons,
    Milliseconds,
    Fen,
    /// Millionths of what is paid in: of a bean, or of a yuan where an order is paid in money.
    Micros,
    /// A share or a multiple without a unit.
    Ratio,
    /// Persons at once, on average.
    PersonsAtOnce,
    TimesPerMinute,
}

/// Whose traffic counts are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What an order brought.
    Order,
    /// What came to a room by itself.
    Natural,
    /// What all promotion brought to a room.
    Promoted,
    /// Both together: nothing of it is an effect of promotion.
    All,
}

/// What formulas need of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Whole units of what is paid in for one yuan: the beans that it buys (TP-25), or one.
    pub units_per_yuan: i64,
}

/// An exact figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    Whole(i64),
    /// Not reduced; the denominator is positive.
    Ratio {
        numerator: i128,
        denominator: i128,
    },
}

impl Unit {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Times => "times",
            Self::Persons => "persons",
            Self::Milliseconds => "ms",
            Self::Fen => "fen",
            Self::Micros => "micros",
            Self::Ratio => "ratio",
            Self::PersonsAtOnce => "persons_at_once",
            Self::TimesPerMinute => "times_per_minute",
        }
    }
}

impl Source {
    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Stays => "largest number of viewers at one instant, from all stays united over devices",
            Self::Minutes => "count of each minute; smoothed: mean of the last 5 minutes",
            Self::Recap => "from the recap of the broadcast",
            Self::Lift => "from the holdout, with its interval",
            Self::Order => "from the state of the order",
            Self::Estimate => "actual by the median of the estimate at purchase",
        }
    }
}

impl Figure {
    /// The nearest approximate number.
    #[must_use]
    pub fn approximate(self) -> f64 {
        match self {
            Self::Whole(whole) => signed(i128::from(whole)),
            Self::Ratio { numerator, denominator } => signed(numerator) / signed(denominator),
        }
    }
}

fn signed(number: i128) -> f64 {
    let size = approximate(u64::try_from(number.unsigned_abs()).unwrap_or(u64::MAX));
    if number < 0 { -size } else { size }
}

impl Metric {
    /// The figure; `None` when there is nothing to divide by, or when sums do not tell it.
    #[must_use]
    pub fn figure(&self, counts: &Counts, setting: Setting) -> Option<Figure> {
        let get = |count: Count| counts.get(count);
        match self.formula {
            Formula::Sum(parts) => {
                Some(Figure::Whole(parts.iter().fold(0, |sum: i64, part| sum.saturating_add(get(*part)))))
            }
            Formula::Difference(whole, part) => Some(Figure::Whole(get(whole).saturating_sub(get(part)))),
            Formula::Ratio { numerator, times, denominator } => {
                ratio(i128::from(get(numerator)) * i128::from(times), i128::from(get(denominator)))
            }
            Formula::Return { earned, less } => {
                let fen = i128::from(get(earned)) - i128::from(less.map_or(0, get));
                // Fen by fen: one bean of 10⁶ micros is worth 100 fen by the beans of a yuan.
                ratio(fen * i128::from(setting.units_per_yuan) * 10_000, i128::from(get(Count::ChargedMicros)))
            }
            Formula::Elsewhere(_) => None,
        }
    }

    /// Whether the metric is told of this traffic: what was spent says nothing of natural traffic, and a return on it
    /// that natural traffic has a part in is never an effect of promotion.
    #[must_use]
    pub const fn is_told_of(&self, scope: Scope) -> bool {
        let is_of_spend = match self.formula {
            Formula::Return { .. } => true,
            Formula::Ratio { numerator, .. } => matches!(numerator, Count::ChargedMicros),
            Formula::Sum(parts) => matches!(parts.first(), Some(Count::ChargedMicros | Count::Results)),
            Formula::Difference(..) | Formula::Elsewhere(_) => false,
        };
        match scope {
            Scope::Order | Scope::Promoted => self.is_effect,
            Scope::Natural => !is_of_spend,
            Scope::All => !is_of_spend || !self.is_effect,
        }
    }

    /// Whether it needs no other counts than these.
    #[must_use]
    pub fn is_made_of(&self, counts: &[Count]) -> bool {
        match self.formula {
            Formula::Sum(parts) => parts.iter().all(|part| counts.contains(part)),
            Formula::Difference(one, other) => counts.contains(&one) && counts.contains(&other),
            Formula::Ratio { numerator, denominator, .. } => {
                counts.contains(&numerator) && counts.contains(&denominator)
            }
            Formula::Return { .. } | Formula::Elsewhere(_) => false,
        }
    }

    /// Every metric that these counts tell of this traffic, with its figure.
    #[must_use]
    pub fn figures(counts: &Counts, scope: Scope, setting: Setting) -> Vec<(&'static Self, Figure)> {
        let told = METRICS.iter().filter(|metric| metric.is_told_of(scope));
        told.filter_map(|metric| Some((metric, metric.figure(counts, setting)?))).collect()
    }

    /// How it is made, in the codes of counts.
    #[must_use]
    pub fn formula_text(&self) -> (String, Option<String>) {
        match self.formula {
            Formula::Sum(parts) => (parts.iter().map(|part| part.code()).collect::<Vec<_>>().join(" + "), None),
            Formula::Difference(whole, part) => (format!("{} − {}", whole.code(), part.code()), None),
            Formula::Ratio { numerator, times: 1, denominator } => {
                (numerator.code().to_owned(), Some(denominator.code().to_owned()))
            }
            Formula::Ratio { numerator, times, denominator } => {
                (format!("{} × {times}", numerator.code()), Some(denominator.code().to_owned()))
            }
            Formula::Return { earned, less } => {
                let less = less.map(|less| format!(" − {}", less.code())).unwrap_or_default();
                let worth = format!("{} × 100 ÷ (10⁶ × units_per_yuan)", Count::ChargedMicros.code());
                (format!("{}{less}", earned.code()), Some(worth))
            }
            Formula::Elsewhere(source) => (source.text().to_owned(), None),
        }
    }
}

fn ratio(numerator: i128, denominator: i128) -> Option<Figure> {
    (denominator > 0).then_some(Figure::Ratio { numerator, denominator })
}
