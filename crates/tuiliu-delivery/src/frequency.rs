//! How often a viewer has seen an order lately, in fixed memory and without locks (DL-02).

use std::sync::atomic::{AtomicU64, Ordering};

use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::limits::FREQUENCY_CAP_MAX;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};

use crate::random::{fold, halves, mix};

/// Over which span impressions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrequencyWindow {
    Hour,
    Day,
    Week,
}

impl FrequencyWindow {
    /// Its length in milliseconds.
    #[must_use]
    pub const fn length_ms(self) -> i64 {
        match self {
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
            Self::Week => 7 * DAY_MS,
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Hour => 0,
            Self::Day => 1,
            Self::Week => 2,
        }
    }

    /// Seven parts cover the window, the eighth is the one that is filling.
    fn part(self, now: Timestamp) -> u32 {
        let parts = now.ms().div_euclid(self.length_ms() / 7);
        u32::try_from(parts.rem_euclid(i64::from(u32::MAX))).expect("a remainder by 2^32 - 1 fits")
    }
}

/// At most so many impressions of an order to one viewer within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrequencyCap {
    /// From 1 to [`FREQUENCY_CAP_MAX`].
    impressions_max: u8,
    pub window: FrequencyWindow,
}

impl FrequencyCap {
    /// A cap of so many impressions; none when the table cannot count so far, or for zero.
    #[must_use]
    pub fn try_new(impressions_max: u8, window: FrequencyWindow) -> Option<Self> {
        (1..=FREQUENCY_CAP_MAX).contains(&impressions_max).then_some(Self { impressions_max, window })
    }

    /// The number of impressions.
    #[must_use]
    pub const fn impressions_max(self) -> u8 {
        self.impressions_max
    }
}

/// Impression counts per viewer and order in a table of fixed size.
///
/// A cell holds the number of the newest part of the window (upper half) and eight counts of four bits,
/// newest first (lower half). Keys are not stored: two keys that share a cell add up, so a collision can only
/// make a cap *stricter*. Each key has two cells and the smaller count is believed. One of the two lies in the
/// kilobyte of its viewer, so that a look at many orders for one viewer stays in the nearest cache; the other lies
/// anywhere, and is only looked at when the first says that the cap is reached. With n live keys in m cells, k of them
/// the viewer's own, about (1 − e^(−k/128 − 2n/m)) (1 − e^(−2n/m)) of the keys see a foreign count: 5% at n = m/10
/// and k = 20. The same holds for time: a count lives for one window up to eight sevenths of one, never shorter.
#[derive(Debug)]
pub struct FrequencyTable {
    windows: [Box<[AtomicU64]>; 3],
    mask: u64,
}

impl FrequencyTable {
    /// A table of 2^`bits` cells of 8 bytes for each of the three windows.
    ///
    /// # Panics
    /// When `bits` is not from 4 to 28 (3 × 2 GiB).
    #[must_use]
    pub fn with_bits(bits: u32) -> Self {
        assert!((4..=28).contains(&bits), "a frequency table has 2^4 to 2^28 cells");
        let cells = || (0..1_usize << bits).map(|_| AtomicU64::new(0)).collect();
        Self { windows: [cells(), cells(), cells()], mask: (1 << bits) - 1 }
    }

    /// Counts one impression.
    pub fn record(&self, viewer: u128, order: PromotionOrderId, window: FrequencyWindow, now: Timestamp) {
        let part = window.part(now);
        for cell in self.cells(viewer, order, window) {
            let _previous = cell
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| Some(add_one(packed, part)))
                .expect("the update always answers");
        }
    }

    /// Whether one more impression would pass the cap.
    #[must_use]
    pub fn is_reached(&self, viewer: u128, order: PromotionOrderId, cap: FrequencyCap, now: Timestamp) -> bool {
        let part = cap.window.part(now);
        let is_reached_in =
            |cell: &AtomicU64| total(cell.load(Ordering::Relaxed), part) >= u32::from(cap.impressions_max);
        self.cells(viewer, order, cap.window).into_iter().all(is_reached_in)
    }

    /// The cell in the viewer's own kilobyte first.
    fn cells(&self, viewer: u128, order: PromotionOrderId, window: FrequencyWindow) -> [&AtomicU64; 2] {
        let [order_high, order_low] = halves(order.value());
        let of_viewer = fold(viewer);
        let of_both = mix(mix(of_viewer ^ order_high) ^ order_low);
        let near = (of_viewer & !NEAR_MASK) | (of_both & NEAR_MASK);
        let table = &self.windows[window.index()];
        [near, mix(of_both)].map(|hash| {
            let index = usize::try_from(hash & self.mask).expect("at most 28 bits");
            &table[index]
        })
    }
}

/// 128 cells of 8 bytes lie together.
const NEAR_MASK: u64 = 127;
const COUNT_MAX: u32 = 15;

/// The counts as they are seen from this part: older ones have moved up, too old ones are gone.
fn shifted(packed: u64, part: u32) -> u32 {
    let newest = u32::try_from(packed >> 32).expect("upper half");
    let counts = u32::try_from(packed & u64::from(u32::MAX)).expect("lower half");
    // A cell written by a clock slightly ahead is taken as current.
    let age = part.saturating_sub(newest);
    counts.checked_shl(age.saturating_mul(4)).unwrap_or(0)
}

fn add_one(packed: u64, part: u32) -> u64 {
    let newest = u32::try_from(packed >> 32).expect("upper half");
    let counts = shifted(packed, part);
    let grown = if counts & COUNT_MAX == COUNT_MAX { counts } else { counts + 1 };
    (u64::from(newest.max(part)) << 32) | u64::from(grown)
}

fn total(packed: u64, part: u32) -> u32 {
    let counts = shifted(packed, part);
    (0..8).map(|place| (counts >> (4 * place)) & COUNT_MAX).sum()
}

#[cfg(test)]
mod tests;
