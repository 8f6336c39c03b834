//! What a simulator says, read with tolerance: numbers may be booleans or null, fields may be missing or unknown.

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;

/// Values of one tick at most, and ticks of one window.
const VALUES_MAX: usize = 2_000_000;
const TICKS_MAX: u32 = 100_000;
/// Ticks of a window where none are told: half hours of a day.
const TICKS: u32 = 48;

/// One tick.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    id: Value,
    /// Counted from zero.
    pub(super) tick: u32,
    pub(super) ticks: Option<u32>,
    pub(super) budget: f64,
    /// Without it, what was won is taken to have cost the least winning cost.
    pub(super) remaining: Option<f64>,
    pub(super) cap: Option<f64>,
    #[serde(default)]
    pub(super) values: Row,
    /// Traffic expected in each tick, in any unit; even where it is missing.
    #[serde(default)]
    traffic: Vec<f64>,
    #[serde(default)]
    pub(super) history: History,
}

/// Past ticks: all of them, or the last one; each an array of one entry for each impression.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct History {
    pub(super) values: Vec<Row>,
    pub(super) bids: Vec<Row>,
    pub(super) won: Vec<Row>,
    pub(super) least_winning_cost: Vec<Row>,
    pub(super) results: Vec<Row>,
}

/// Numbers; what is null or no number is not-a-number. A lone number is a row of one.
#[derive(Debug, Default, Clone)]
pub(super) struct Row(pub(super) Vec<f64>);

impl Message {
    /// Which bidder is spoken for.
    pub(super) fn id(&self) -> String {
        self.id.to_string()
    }

    /// What must be right before anything is done.
    pub(super) fn check(&self) -> Result<(), String> {
        let (tick, ticks) = (self.tick, self.ticks());
        if ticks == 0 || ticks > TICKS_MAX {
            return Err(format!("`ticks` is {ticks}, not between 1 and {TICKS_MAX}"));
        }
        if tick >= ticks {
            return Err(format!("`tick` is {tick}; with {ticks} ticks the last one is {}", ticks - 1));
        }
        if !(self.budget.is_finite() && self.budget >= 0.0) {
            return Err(format!("`budget` is {}, not zero or more", self.budget));
        }
        if self.cap.is_some_and(|cap| !(cap.is_finite() && cap > 0.0)) {
            return Err("`cap` is not more than zero; leave it out where there is none".to_owned());
        }
        if self.values.0.len() > VALUES_MAX {
            return Err(format!("there are {} `values`, more than {VALUES_MAX}", self.values.0.len()));
        }
        match self.values.0.iter().position(|value| !value.is_finite() || *value < 0.0) {
            Some(place) => Err(format!("`values[{place}]` is no number of zero or more")),
            None => Ok(()),
        }
    }

    pub(super) fn ticks(&self) -> u32 {
        self.ticks.unwrap_or(TICKS)
    }

    /// Share of the window's traffic that is expected before this tick.
    pub(super) fn share_before(&self, tick: u32) -> f64 {
        let ticks = usize::try_from(self.ticks()).unwrap_or(usize::MAX);
        let before = usize::try_from(tick).unwrap_or(usize::MAX).min(ticks);
        let weights: Vec<f64> = self.traffic.iter().map(|weight| if *weight > 0.0 { *weight } else { 0.0 }).collect();
        let whole: f64 = weights.iter().sum();
        if weights.len() == ticks && whole > 0.0 && whole.is_finite() {
            return weights[..before].iter().sum::<f64>() / whole;
        }
        f64::from(tick.min(self.ticks())) / f64::from(self.ticks())
    }
}

impl History {
    /// How many ticks it tells about.
    pub(super) fn len(&self) -> usize {
        let rows = [&self.bids, &self.won, &self.least_winning_cost, &self.results];
        rows.iter().map(|rows| rows.len()).max().unwrap_or(0)
    }
}

/// Reads rows and numbers alike.
struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Row, A::Error> {
        let mut numbers = Vec::with_capacity(entries.size_hint().unwrap_or(1_024).min(VALUES_MAX));
        while let Some(Number(number)) = entries.next_element()? {
            numbers.push(number);
            if numbers.len() > VALUES_MAX {
                return Err(A::Error::custom("too many numbers in one tick"));
            }
        }
        Ok(Row(numbers))
    }

    fn visit_unit<E: Error>(self) -> Result<Row, E> {
        Ok(Row::default())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Row, E> {
        Ok(Row(vec![number]))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Row, E> {
        Number::of_u64(number).map(|Number(number)| Row(vec![number]))
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowVisitor)
    }
}

/// A number, a truth value, or null.
struct Number(f64);

impl Number {
    fn of_u64<E: Error>(number: u64) -> Result<Self, E> {
        // Beyond this it is no count and no price.
        u32::try_from(number)
            .map(|number| Self(f64::from(number)))
            .map_err(|_| E::custom(format!("`{number}` is too large; write it with a point")))
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a number, true, false or null")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
        Ok(Number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
        Number::of_u64(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
        i32::try_from(number)
            .map(|number| Number(f64::from(number)))
            .map_err(|_| E::custom(format!("`{number}` is too small; write it with a point")))
    }

    fn visit_bool<E: Error>(self, is_so: bool) -> Result<Number, E> {
        Ok(Number(f64::from(u8::from(is_so))))
    }

    fn visit_unit<E: Error>(self) -> Result<Number, E> {
        Ok(Number(f64::NAN))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}
