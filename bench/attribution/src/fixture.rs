//! The recorded events and the figures that are expected at each cut-off.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use tuiliu_domain::time::{HOUR_MS, Timestamp};
use tuiliu_measure::attribution::{Arm, ArmFigures, Arms, Fact, Purchase, Record, RecordId, Toggle, ViewerKey};
use tuiliu_measure::lift::{Confidence, CountArm, CountArms, count_increment};

pub(crate) struct Fixture {
    pub(crate) events: Vec<(ViewerKey, Record)>,
    pub(crate) window_end: Timestamp,
    pub(crate) cut_offs: Vec<CutOff>,
}

pub(crate) struct CutOff {
    pub(crate) name: String,
    pub(crate) as_of: Timestamp,
    pub(crate) expected: Expected,
}

/// The figures of one cut-off.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Expected {
    promo: ExpectedArm,
    ghost: ExpectedArm,
    incremental_orders: ExpectedIncrement,
    ivt_users: i64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct ExpectedArm {
    users: i64,
    clicks: i64,
    orders: i64,
    gmv_fen: i64,
    gmv_sq: i128,
    likes: i64,
    gross_orders: i64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct ExpectedIncrement {
    point: f64,
    lo: f64,
    hi: f64,
}

#[derive(Debug, Deserialize)]
struct Answers {
    live_end_ms: i64,
    window_end_ms: i64,
    expected: HashMap<String, Expected>,
}

#[derive(Debug, Deserialize)]
struct Line {
    event_id: String,
    kind: String,
    user: String,
    event_ms: i64,
    ingest_ms: i64,
    order_id: Option<String>,
    amount: Option<i64>,
}

impl Fixture {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("failed to read `{}`", path.display()))
        };
        let answers: Answers = serde_json::from_str(&read("attribution_expected.json")?)?;
        let live_end = Timestamp::from_ms(answers.live_end_ms);
        let instants = [
            ("live_end", live_end),
            ("plus24h", live_end.plus_ms(24 * HOUR_MS)),
            ("plus48h", live_end.plus_ms(48 * HOUR_MS)),
            ("final_plus72h", live_end.plus_ms(72 * HOUR_MS)),
            ("all", Timestamp::from_ms(i64::MAX)),
        ];
        let mut expected = answers.expected;
        let mut cut_offs = Vec::new();
        for (name, as_of) in instants {
            let expected = expected.remove(name).with_context(|| format!("nothing is expected at `{name}`"))?;
            cut_offs.push(CutOff { name: name.to_owned(), as_of, expected });
        }
        if !expected.is_empty() {
            bail!("figures are expected at unknown cut-offs: {:?}", expected.keys());
        }
        let mut names = Names::default();
        let lines = read("attribution_events.jsonl")?;
        let events = lines.lines().map(|line| names.record(serde_json::from_str(line)?)).collect::<Result<_>>()?;
        Ok(Self { events, window_end: Timestamp::from_ms(answers.window_end_ms), cut_offs })
    }
}

/// Numbers for names, in the order in which they are first met.
#[derive(Default)]
struct Names(HashMap<String, u128>);

impl Names {
    fn number(&mut self, name: String) -> u128 {
        let next = u128::try_from(self.0.len()).expect("a few names");
        *self.0.entry(name).or_insert(next)
    }

    fn record(&mut self, line: Line) -> Result<(ViewerKey, Record)> {
        let purchase = line.order_id.map(|order| Purchase(self.number(order)));
        let fact = match (line.kind.as_str(), purchase, line.amount) {
            ("promo", _, _) => Fact::Won(Arm::Treated),
            ("ghost", _, _) => Fact::Won(Arm::Ghost),
            ("click", _, _) => Fact::ProductClicked(None),
            ("like", _, _) => Fact::Toggled { what: Toggle::Like, on: true },
            ("unlike", _, _) => Fact::Toggled { what: Toggle::Like, on: false },
            ("pay", Some(purchase), Some(value_fen)) => Fact::Paid { purchase, value_fen },
            ("refund", Some(purchase), Some(value_fen)) => Fact::Refunded { purchase, value_fen },
            ("ivt", _, _) => Fact::Invalid,
            (other, _, _) => bail!("an event of the kind `{other}` is not understood"),
        };
        // Ids like `e005395`: their order is that of the numbers.
        let id = line.event_id.trim_start_matches('e').parse().context("an event has a strange id")?;
        let (at, known_at) = (Timestamp::from_ms(line.event_ms), Timestamp::from_ms(line.ingest_ms));
        Ok((ViewerKey(self.number(line.user)), Record { known_at, at, id: RecordId(id), fact }))
    }
}

impl Expected {
    /// The same figures as they were found.
    pub(crate) fn of(arms: &Arms) -> Self {
        let arm = |figures: &ArmFigures| ExpectedArm {
            users: figures.users,
            clicks: figures.product_clicks,
            orders: figures.purchases,
            gmv_fen: figures.gmv_fen,
            gmv_sq: figures.gmv_squares,
            likes: figures.likes,
            gross_orders: figures.gross_purchases,
        };
        let incremental_orders =
            increment(arms).unwrap_or(ExpectedIncrement { point: f64::NAN, lo: f64::NAN, hi: f64::NAN });
        Self { promo: arm(&arms.treated), ghost: arm(&arms.ghost), incremental_orders, ivt_users: arms.invalid_users }
    }

    /// Whole numbers to the last one, the increment to 1e-9 of itself.
    pub(crate) fn is_met_by(&self, found: &Self) -> bool {
        let near = |one: f64, other: f64| (one - other).abs() <= 1e-9 * one.abs().max(1.0);
        let (increment, other) = (&self.incremental_orders, &found.incremental_orders);
        self.promo == found.promo
            && self.ghost == found.ghost
            && self.ivt_users == found.ivt_users
            && near(increment.point, other.point)
            && near(increment.lo, other.lo)
            && near(increment.hi, other.hi)
    }

    pub(crate) fn json(&self) -> Value {
        let arm = |arm: &ExpectedArm| {
            json!({
                "users": arm.users, "clicks": arm.clicks, "orders": arm.orders, "gmv_fen": arm.gmv_fen,
                "gmv_sq": arm.gmv_sq.to_string(), "likes": arm.likes, "gross_orders": arm.gross_orders,
            })
        };
        let ExpectedIncrement { point, lo, hi } = self.incremental_orders;
        json!({
            "promo": arm(&self.promo), "ghost": arm(&self.ghost),
            "incremental_orders": { "point": point, "lo": lo, "hi": hi }, "ivt_users": self.ivt_users,
        })
    }
}

fn increment(arms: &Arms) -> Option<ExpectedIncrement> {
    let arm = |figures: &ArmFigures| {
        CountArm::try_new(u64::try_from(figures.users).ok()?, u64::try_from(figures.purchases).ok()?).ok()
    };
    let arms = CountArms { treated: arm(&arms.treated)?, ghost: arm(&arms.ghost)? };
    let estimate = count_increment(arms, Confidence::NINETY_FIVE);
    Some(ExpectedIncrement { point: estimate.point, lo: estimate.interval.low, hi: estimate.interval.high })
}
