//! Why orders are not shown, counted by order and minute (delivery.md §8).

use std::collections::{BTreeMap, HashMap};

use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::limits::{LOSS_CELLS_MAX, LOSS_MINUTES_MAX};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{MINUTE_MS, Timestamp};

use crate::auction::{Decision, Outcome};
use crate::eligibility::LossReason;

/// What one order won and lost, and why.
///
/// Wins are exact; the others are sums of the weights of a sample, right on average (see [`crate::auction`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderCounts {
    /// Auctions it took part in, paced out or not.
    pub auctions: u64,
    pub wins: u64,
    losses: [u64; LossReason::COUNT],
    /// Sum of what its bids fell short by in auctions in which it was outbid, in millionths; saturates.
    pub short_by: Micros,
}

impl OrderCounts {
    /// How often a higher rank or the floor stood above it.
    #[must_use]
    pub fn outbid(&self) -> u64 {
        LossReason::ALL.into_iter().filter(|reason| reason.is_outbid()).map(|reason| self.lost(reason)).sum()
    }

    /// How often it was lost for this reason.
    #[must_use]
    pub fn lost(&self, reason: LossReason) -> u64 {
        self.losses[reason.index()]
    }
}

/// The same within one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinuteCounts {
    /// When the minute began.
    pub at: Timestamp,
    pub counts: OrderCounts,
}

/// What happened to one order in one minute, in a few bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    auctions: u32,
    wins: u32,
    losses: [u32; LossReason::COUNT],
    short_by: i64,
}

/// Wins and losses by order, as the diagnosis of slow delivery reads them: since the start, and by minute for the
/// last [`LOSS_MINUTES_MAX`] minutes.
///
/// Only orders whose audience matched are counted one by one; for the others the audience is the reason, and
/// their number is `requests` minus what is counted here. When more than [`LOSS_CELLS_MAX`] orders × minutes would be
/// kept, the oldest minutes go first.
#[derive(Debug, Clone, Default)]
pub struct LossCounts {
    pub requests: u64,
    by_order: BTreeMap<PromotionOrderId, OrderCounts>,
    by_minute: BTreeMap<i64, HashMap<PromotionOrderId, Cell>>,
    cells: usize,
}

/// One order's part of one decision.
#[derive(Debug, Clone, Copy)]
struct Fate {
    order: PromotionOrderId,
    /// The reason it was lost for; none if it won.
    reason: Option<LossReason>,
    /// What its bid fell short by; none if it was refused before any auction.
    short_by: Option<i64>,
    weight: u32,
}

impl LossCounts {
    /// Adds one decision that was made now.
    pub fn add(&mut self, decision: &Decision, now: Timestamp) {
        self.requests += 1;
        let minute = now.ms().div_euclid(MINUTE_MS);
        for refusal in &decision.refusals {
            let reason = Some(refusal.reason);
            self.count(minute, Fate { order: refusal.order, reason, short_by: None, weight: refusal.weight });
        }
        // Every decision tells its wins, whatever it tells of the others.
        for won in &decision.wins {
            self.count(minute, Fate { order: won.order, reason: None, short_by: Some(0), weight: 1 });
        }
        for entry in &decision.entries {
            let Outcome::Lost(reason) = entry.outcome else { continue };
            let missing = entry.price_to_win.get().saturating_sub(entry.bid.get()).max(0);
            let short = if reason.is_outbid() { missing } else { 0 };
            let fate = Fate { order: entry.order, reason: Some(reason), short_by: Some(short), weight: entry.weight };
            self.count(minute, fate);
        }
        self.forget(minute);
    }

    /// The counts of one order since it was first met.
    #[must_use]
    pub fn of(&self, order: PromotionOrderId) -> Option<&OrderCounts> {
        self.by_order.get(&order)
    }

    /// The minutes in which anything was counted of one order, the oldest first.
    #[must_use]
    pub fn minutes_of(&self, order: PromotionOrderId) -> Vec<MinuteCounts> {
        let minutes = self.by_minute.iter();
        let told = minutes.filter_map(|(minute, cells)| {
            let cell = cells.get(&order)?;
            let counts = OrderCounts {
                auctions: u64::from(cell.auctions),
                wins: u64::from(cell.wins),
                losses: cell.losses.map(u64::from),
                short_by: Micros::new(cell.short_by),
            };
            Some(MinuteCounts { at: Timestamp::from_ms(minute * MINUTE_MS), counts })
        });
        told.collect()
    }

    /// Forgets every other order than these.
    pub fn retain(&mut self, is_kept: impl Fn(PromotionOrderId) -> bool) {
        self.by_order.retain(|order, _| is_kept(*order));
        self.by_minute.values_mut().for_each(|cells| cells.retain(|order, _| is_kept(*order)));
        self.cells = self.by_minute.values().map(HashMap::len).sum();
    }

    fn count(&mut self, minute: i64, fate: Fate) {
        let Fate { order, reason, short_by, weight } = fate;
        let total = self.by_order.entry(order).or_default();
        let cells = self.by_minute.entry(minute).or_default();
        let known = cells.len();
        let cell = cells.entry(order).or_default();
        if let Some(short) = short_by {
            total.auctions += u64::from(weight);
            cell.auctions = cell.auctions.saturating_add(weight);
            let short = short.saturating_mul(i64::from(weight));
            total.short_by = Micros::new(total.short_by.get().saturating_add(short));
            cell.short_by = cell.short_by.saturating_add(short);
        }
        if let Some(reason) = reason {
            total.losses[reason.index()] += u64::from(weight);
            let lost = &mut cell.losses[reason.index()];
            *lost = lost.saturating_add(weight);
        } else {
            total.wins += u64::from(weight);
            cell.wins = cell.wins.saturating_add(weight);
        }
        self.cells += cells.len() - known;
    }

    /// Drops the minutes that are too old, and as many more as it takes.
    fn forget(&mut self, minute: i64) {
        while let Some(oldest) = self.by_minute.first_entry() {
            let is_old = *oldest.key() <= minute.saturating_sub(LOSS_MINUTES_MAX);
            if !is_old && (self.cells <= LOSS_CELLS_MAX || *oldest.key() >= minute) {
                break;
            }
            self.cells -= oldest.remove().len();
        }
    }
}
