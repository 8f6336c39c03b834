//! How many different viewers come: a sketch for each of the last hours, counted by decisions without waiting.
//!
//! HyperLogLog (P. Flajolet et al. 2007) with 1 024 registers: right to about 3 %. For planning only; nothing is charged
//! or measured by it.

use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};

use crate::approximate::{approximate, round_to_count};

/// Hours that are kept.
const HOURS: usize = 24;
const REGISTER_BITS: u32 = 10;
const REGISTERS: usize = 1 << REGISTER_BITS;

/// The different viewers of each of the last 24 hours.
#[derive(Debug)]
pub struct ReachTable {
    hours: Box<[Hour]>,
}

#[derive(Debug)]
struct Hour {
    /// Which hour since 1970 it counts.
    number: AtomicI64,
    registers: Box<[AtomicU8]>,
}

impl Default for ReachTable {
    fn default() -> Self {
        let hour =
            || Hour { number: AtomicI64::new(i64::MIN), registers: (0..REGISTERS).map(|_| AtomicU8::new(0)).collect() };
        Self { hours: (0..HOURS).map(|_| hour()).collect() }
    }
}

impl ReachTable {
    /// Counts a viewer, by a hash of who it is; once however often. Never waits.
    pub fn see(&self, viewer: u128, now: Timestamp) {
        let number = now.ms().div_euclid(HOUR_MS);
        let hour = self.hour(number);
        let before = hour.number.load(Ordering::Relaxed);
        if before != number
            && hour.number.compare_exchange(before, number, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            // What others count meanwhile may be lost: a few of an hour's first viewers.
            hour.registers.iter().for_each(|register| register.store(0, Ordering::Relaxed));
        }
        let (place, rank) = drawn(viewer);
        hour.registers[place].fetch_max(rank, Ordering::Relaxed);
    }

    /// Different viewers of as many of the last whole hours as the window has, at most a day; `None` before an hour is
    /// whole. Of a longer window than was seen it is a lower bound.
    #[must_use]
    pub fn viewers(&self, window_ms: i64, now: Timestamp) -> Option<u64> {
        let last = now.ms().div_euclid(HOUR_MS);
        let wanted = begun_hours(window_ms).min(i64::try_from(HOURS).expect("a day is short") - 1);
        let mut together = [0_u8; REGISTERS];
        let mut found = false;
        for number in (last - wanted)..last {
            let hour = self.hour(number);
            if hour.number.load(Ordering::Relaxed) == number {
                found = true;
                for (own, register) in together.iter_mut().zip(&hour.registers) {
                    *own = (*own).max(register.load(Ordering::Relaxed));
                }
            }
        }
        found.then(|| estimate(&together))
    }

    fn hour(&self, number: i64) -> &Hour {
        let hours = i64::try_from(HOURS).expect("a day is short");
        &self.hours[usize::try_from(number.rem_euclid(hours)).expect("a remainder is small")]
    }
}

fn begun_hours(window_ms: i64) -> i64 {
    (window_ms.clamp(1, DAY_MS) + HOUR_MS - 1).div_euclid(HOUR_MS)
}

/// Register and rank of a viewer: hashes are even in all their bits.
fn drawn(viewer: u128) -> (usize, u8) {
    let mask = u128::try_from(REGISTERS).expect("few registers") - 1;
    let place = usize::try_from(viewer & mask).expect("masked");
    let rest = viewer >> REGISTER_BITS;
    let rank = (rest.leading_zeros() - REGISTER_BITS + 1).min(64);
    (place, u8::try_from(rank).expect("at most 64"))
}

fn estimate(registers: &[u8; REGISTERS]) -> u64 {
    let count = approximate(i64::try_from(REGISTERS).expect("few registers"));
    let sum: f64 = registers.iter().map(|rank| (-f64::from(*rank)).exp2()).sum();
    let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / sum;
    let empty = registers.iter().filter(|rank| **rank == 0).count();
    let counted = if raw <= 2.5 * count && empty > 0 {
        // Few viewers: by the registers that are still empty.
        count * (count / approximate(i64::try_from(empty).expect("few registers"))).ln()
    } else {
        raw
    };
    u64::try_from(round_to_count(counted)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
