//! How long results take, of which only what fits between impression and now can be seen.

/// Results whose delays are kept; beyond, every second one.
const KEPT_MAX: usize = 1_024;
/// Mean delay believed before the first result, as a share of the window's traffic, and what it weighs, in results.
const PRIOR_DELAY: f64 = 0.03;
const PRIOR_RESULTS: f64 = 0.5;
/// Steps in which the mean delay settles.
const MEAN_STEPS: usize = 12;
/// How many times the mean of the delays seen the real one may be; beyond, so few are seen that nothing follows.
const MISSING_MAX: f64 = 1.5;
/// Ages that are told apart: the first as a share of the mean delay, and the ratio of one to the next.
const FIRST_AGE: f64 = 0.1;
const AGE_RATIO: f64 = 1.2;
const AGES: usize = 26;
/// Results that the exponential distribution weighs at each age.
const SHAPE_RESULTS: f64 = 4.0;

/// One result.
#[derive(Debug, Clone, Copy)]
struct Seen {
    shown_at: f64,
    delay: f64,
}

/// The delays of results that came.
#[derive(Debug, Clone, Default)]
pub(super) struct Delays {
    seen: Vec<Seen>,
}

/// Share of results that have come after a time.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    mean: f64,
    /// Share that has come by each age; the last is one.
    shares: [f64; AGES],
}

impl Delays {
    /// A result became known.
    pub(super) fn add(&mut self, now: f64, shown_at: f64) {
        let delay = now - shown_at;
        let delay = if delay.is_finite() { delay.clamp(0.0, 1.0) } else { 0.0 };
        if self.seen.len() >= KEPT_MAX {
            let mut place = 0_usize;
            self.seen.retain(|_| {
                place += 1;
                place.is_multiple_of(2)
            });
        }
        self.seen.push(Seen { shown_at: now - delay, delay });
    }

    /// What to believe now, when impressions were shown at these times with such weights.
    pub(super) fn arrived(&self, now: f64, shown: &[(f64, f64)]) -> Arrived {
        let mean = self.mean(now, shown);
        let mut arrived = Arrived { mean, shares: [1.0; AGES] };
        // Product-limit estimate of what is cut off on the right (Lynden-Bell 1971), from the longest delay down: of
        // those who had this long and came by then, how many came in the last step.
        let mut share = 1.0;
        for place in (1..AGES).rev() {
            let (age, before) = (arrived.age(place), arrived.age(place - 1));
            let (mut by_then, mut in_step) = (0.0, 0.0);
            for seen in &self.seen {
                if seen.delay <= age && now - seen.shown_at >= age {
                    by_then += 1.0;
                    in_step += f64::from(u8::from(seen.delay > before));
                }
            }
            let usual = exponential(age, mean);
            let of_usual = if usual > 0.0 { (usual - exponential(before, mean)) / usual } else { 0.0 };
            arrived.shares[place] = share;
            share *= 1.0 - (in_step + SHAPE_RESULTS * of_usual) / (by_then + SHAPE_RESULTS);
        }
        arrived.shares[0] = share;
        arrived
    }

    /// The mean of an exponential delay; each step adds what results of young impressions are missing.
    fn mean(&self, now: f64, shown: &[(f64, f64)]) -> f64 {
        let (mut count, mut sum) = (PRIOR_RESULTS, PRIOR_RESULTS * PRIOR_DELAY);
        for seen in &self.seen {
            count += 1.0;
            sum += seen.delay;
        }
        let seen = sum / count;
        let mut mean = seen;
        for _ in 0..MEAN_STEPS {
            let (mut missing, mut weights) = (0.0, 0.0);
            for (shown_at, predicted) in shown {
                let limit = (now - shown_at).max(0.0);
                let weight = predicted * exponential(limit, mean);
                if weight > 0.0 && mean > 0.0 {
                    missing += weight * limit / (limit / mean).exp_m1().max(1e-9);
                    weights += weight;
                }
            }
            mean = (seen + if weights > 0.0 { missing / weights } else { 0.0 }).min(MISSING_MAX * seen).min(1.0);
        }
        mean
    }
}

impl Arrived {
    /// Share of results that have come so long after their impression.
    pub(super) fn by(&self, age: f64) -> f64 {
        if self.mean <= 0.0 {
            return 1.0;
        }
        let (mut before, mut share_before) = (0.0, 0.0);
        for (place, share) in self.shares.iter().enumerate() {
            let end = self.age(place);
            if age < end {
                return share_before + (share - share_before) * ((age - before) / (end - before)).clamp(0.0, 1.0);
            }
            (before, share_before) = (end, *share);
        }
        1.0
    }

    fn age(&self, place: usize) -> f64 {
        self.mean * FIRST_AGE * AGE_RATIO.powi(i32::try_from(place).unwrap_or(i32::MAX))
    }
}

/// Share of results that have come by this age, when they take an exponential time of this mean.
fn exponential(age: f64, mean: f64) -> f64 {
    if mean <= 0.0 { 1.0 } else { -(-age.max(0.0) / mean).exp_m1() }
}
