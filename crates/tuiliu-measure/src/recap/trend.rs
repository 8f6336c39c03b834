//! Whether more and more came in, or fewer and fewer: without outliers deciding.

use crate::approximate::approximate;

/// The median slope of all pairs of buckets (P. K. Sen 1968), in entries a bucket for each bucket.
#[must_use]
pub fn theil_sen_slope(entries: &[u64]) -> Option<f64> {
    let mut slopes = Vec::with_capacity(entries.len() * entries.len() / 2);
    for (place, one) in entries.iter().enumerate() {
        let mut distance = 0.0;
        for other in &entries[place + 1..] {
            distance += 1.0;
            slopes.push((approximate(*other) - approximate(*one)) / distance);
        }
    }
    if slopes.is_empty() {
        return None;
    }
    let middle = slopes.len() / 2;
    let (below, upper, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
    if entries.len() * (entries.len() - 1) / 2 % 2 == 1 {
        return Some(*upper);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(f64::midpoint(lower, *upper))
}

/// Pairs of buckets that rise minus pairs that fall (H. B. Mann 1945, M. G. Kendall 1975).
#[must_use]
pub fn mann_kendall_score(entries: &[u64]) -> i64 {
    let mut score = 0;
    for (place, one) in entries.iter().enumerate() {
        for other in &entries[place + 1..] {
            score += match other.cmp(one) {
                std::cmp::Ordering::Greater => 1,
                std::cmp::Ordering::Equal => 0,
                std::cmp::Ordering::Less => -1,
            };
        }
    }
    score
}
