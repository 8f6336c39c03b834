//! Stored sums as counts: natural and promoted, by step of time, by class of viewers.

use std::collections::BTreeMap;

use tuiliu_domain::id::{Id, RoomId, TenantId};
use tuiliu_domain::limits::REPORT_STEPS_MAX;
use tuiliu_domain::money::Asset;
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::rollup::{Count, Counts, Grain, Setting};
use tuiliu_store::{BreakdownSum, MinuteSum, StoreError, Tx};

use super::clocks::Clocks;
use crate::app::Shell;

/// Counts of a room: what came by itself and what promotion brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    pub natural: Counts,
    pub promoted: Counts,
}

/// Steps of time that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendAsk {
    pub grain: Grain,
    pub clocks: Clocks,
    /// Half-open; the whole life of the subject when left out.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl Default for TrendAsk {
    /// Every hour of China.
    fn default() -> Self {
        Self { grain: Grain::Hour, clocks: Clocks::CHINA, from: None, to: None }
    }
}

/// Sums step by step, ascending; steps in which nothing was counted are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    pub grain: Grain,
    pub clocks: Clocks,
    pub steps: Vec<Step>,
}

/// One step of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub start: Timestamp,
    pub sums: Sums,
}

/// Sums by class of viewers: of a person, in one dimension, one class; what is not known is a class of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    /// `gender`, `age`, `region`, `system` or `newness`.
    pub dimension: String,
    pub classes: Vec<ClassSums>,
}

/// The sums of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassSums {
    pub class: String,
    pub sums: Sums,
}

/// How fresh figures are (AT-05, TP-22).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// When anything was counted last; `None` when nothing was.
    pub changed_at: Option<Timestamp>,
    /// Nothing acknowledged waits to be counted.
    pub is_fresh: bool,
    /// Grows with everything that is counted, of whatever subject.
    pub revision: i64,
}

impl Sums {
    /// Both together.
    #[must_use]
    pub fn all(&self) -> Counts {
        let mut all = self.natural.clone();
        all.add_all(&self.promoted);
        all
    }

    fn add(&mut self, metric: &str, value: i64) {
        // What is counted and not in the dictionary is nobody's figure.
        match Count::of_room(metric) {
            Some((count, true)) => self.promoted.add(count, value),
            Some((count, false)) => self.natural.add(count, value),
            None => {}
        }
    }
}

impl<'a> FromIterator<(&'a str, i64)> for Sums {
    fn from_iter<I: IntoIterator<Item = (&'a str, i64)>>(rows: I) -> Self {
        let mut sums = Self::default();
        rows.into_iter().for_each(|(metric, value)| sums.add(metric, value));
        sums
    }
}

/// The sums of stored totals.
pub(crate) fn totals(rows: &[(String, i64)]) -> Sums {
    rows.iter().map(|(metric, value)| (metric.as_str(), *value)).collect()
}

/// Stored sums as steps of some clocks.
pub(super) fn steps(rows: &[MinuteSum], ask: &TrendAsk) -> Trend {
    let mut steps: BTreeMap<Timestamp, Sums> = BTreeMap::new();
    // Rows of one quarter or minute follow each other, and a named zone takes a while to tell.
    let mut last: Option<(Timestamp, Timestamp)> = None;
    for row in rows {
        let start = match last {
            Some((minute, start)) if minute == row.minute => start,
            _ => ask.clocks.start(ask.grain, row.minute),
        };
        last = Some((row.minute, start));
        steps.entry(start).or_default().add(&row.metric, row.value);
    }
    let steps = steps.into_iter().map(|(start, sums)| Step { start, sums }).collect();
    Trend { grain: ask.grain, clocks: ask.clocks.clone(), steps }
}

/// The steps of one subject; minutes are told of at most as many as [`REPORT_STEPS_MAX`] steps span.
pub(super) fn trend<K>(tx: &mut Tx<'_>, subject: Id<K>, ask: &TrendAsk) -> Result<Trend, StoreError> {
    let to = ask.to.unwrap_or(Timestamp::from_ms(i64::MAX));
    let rows = if ask.grain.is_of_quarters() {
        tx.metric_quarters(subject, ask.from.unwrap_or_default(), to)?
    } else {
        tx.metric_minutes(subject, ask.from.unwrap_or_default(), to)?
    };
    let mut trend = steps(&rows, ask);
    // The newest are worth most to whoever asked for too many.
    let too_many = trend.steps.len().saturating_sub(REPORT_STEPS_MAX);
    trend.steps.drain(..too_many);
    Ok(trend)
}

/// A subject's sums by class of viewers.
pub(super) fn breakdown<K>(tx: &mut Tx<'_>, subject: Id<K>) -> Result<Vec<Breakdown>, StoreError> {
    let rows = tx.breakdown(subject)?;
    let mut dimensions: BTreeMap<String, BTreeMap<String, Sums>> = BTreeMap::new();
    for BreakdownSum { dimension, class, metric, value } in rows {
        dimensions.entry(dimension).or_default().entry(class).or_default().add(&metric, value);
    }
    let told = dimensions.into_iter().map(|(dimension, classes)| {
        let classes = classes.into_iter().map(|(class, sums)| ClassSums { class, sums });
        Breakdown { dimension, classes: classes.collect() }
    });
    Ok(told.collect())
}

/// What formulas need of the tenant, by its policy now.
pub(super) fn setting(shell: &Shell, tx: &mut Tx<'_>, tenant: TenantId) -> Result<Setting, StoreError> {
    Ok(Setting { units_per_yuan: shell.policy(tx, tenant)?.sale.beans_per_yuan_direct })
}

/// The same for one order: what is paid in money is worth itself.
pub(super) fn setting_of(shell: &Shell, tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<Setting, StoreError> {
    setting_in(shell, tx, order.tenant, order.currency())
}

/// The same for whatever is paid in one asset.
pub(super) fn setting_in(
    shell: &Shell,
    tx: &mut Tx<'_>,
    tenant: TenantId,
    currency: Asset,
) -> Result<Setting, StoreError> {
    match currency {
        Asset::Cny => Ok(Setting { units_per_yuan: 1 }),
        _ => setting(shell, tx, tenant),
    }
}

/// How fresh the figures of a subject are.
pub(super) fn freshness(tx: &mut Tx<'_>, changed_at: Option<Timestamp>) -> Result<Freshness, StoreError> {
    let revision = tx.folded_events()?;
    Ok(Freshness { changed_at, is_fresh: revision == tx.last_events()?, revision })
}

/// What was spent on all orders of a room, in millionths of a bean whatever it was paid in, and their results.
pub(super) fn spent_in(tx: &mut Tx<'_>, room: RoomId, setting: Setting) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for order in tx.promotion_orders_of_room(room)? {
        let own = totals(&tx.metric_totals(order.id)?.sums).natural;
        let worth = if order.currency() == Asset::Cny { setting.units_per_yuan } else { 1 };
        for count in [Count::ChargedMicros, Count::AbsorbedMicros] {
            counts.add(count, own.get(count).saturating_mul(worth));
        }
        counts.add(Count::Results, own.get(Count::Results));
    }
    Ok(counts)
}
