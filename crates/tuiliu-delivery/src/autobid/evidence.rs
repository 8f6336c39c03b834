//! What predictions were worth so far: a Gamma-Poisson belief about results per predicted result, late ones allowed for.

/// Results that the belief in the predictions weighs.
const PRIOR_RESULTS: f64 = 10.0;
/// Deviations, in standard ones, beyond which the belief gives way to what is seen.
const SURPRISE: f64 = 3.0;
/// How many groups of impressions of one time are told apart.
const COHORTS_MAX: usize = 512;
/// Steps in which the mean delay settles.
const DELAY_STEPS: usize = 8;

/// A result that became known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrival {
    /// When its impression was shown, as a share of the window's traffic.
    pub shown_at: f64,
    /// Its value: 1 where results are counted.
    pub worth: f64,
    /// Predicted value of its impression, where it is known.
    pub predicted: Option<f64>,
}

/// Impressions of one time.
#[derive(Debug, Clone, Copy)]
struct Cohort {
    shown_at: f64,
    predicted: f64,
}

/// Everything that was predicted and everything that came, in results.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    cohorts: Vec<Cohort>,
    results: f64,
    /// Number of results that came, and the sum of their delays.
    arrivals: f64,
    delays: f64,
    /// Mean time from impression to result, as a share of the window's traffic.
    delay: f64,
}

/// What is believed at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Belief {
    /// Results for each predicted one.
    pub(super) rate: f64,
    /// Results that this belief weighs.
    pub(super) strength: f64,
    /// Results that came.
    pub(super) known: f64,
    /// Results still to come of impressions that were shown.
    pub(super) pending: f64,
    /// Predicted results whose time to come is over.
    pub(super) matured: f64,
}

impl Belief {
    /// Results of what was shown so far, with those still to come.
    pub(super) fn so_far(&self) -> f64 {
        self.known + self.pending
    }
}

impl Evidence {
    /// Impressions were shown that are predicted to bring so many results.
    pub(super) fn expect(&mut self, shown_at: f64, predicted: f64) {
        if predicted <= 0.0 {
            return;
        }
        if self.cohorts.len() >= COHORTS_MAX {
            self.halve();
        }
        self.cohorts.push(Cohort { shown_at, predicted });
    }

    /// A result became known.
    pub(super) fn arrive(&mut self, now: f64, arrival: Arrival) {
        self.results += arrival.worth;
        self.arrivals += 1.0;
        let delay = now - arrival.shown_at;
        self.delays += if delay.is_finite() { delay.clamp(0.0, 1.0) } else { 0.0 };
        self.delay = self.mean_delay(now);
    }

    /// Every two neighbours become one.
    fn halve(&mut self) {
        let pairs = self.cohorts.chunks(2).map(|pair| {
            let predicted: f64 = pair.iter().map(|cohort| cohort.predicted).sum();
            let moment: f64 = pair.iter().map(|cohort| cohort.predicted * cohort.shown_at).sum();
            Cohort { shown_at: moment / predicted, predicted }
        });
        self.cohorts = pairs.collect();
    }

    /// The mean of an exponential delay of which only what fits between impression and now can be seen.
    ///
    /// A result whose impression is young had no chance to come late; each step adds what such results are missing.
    fn mean_delay(&self, now: f64) -> f64 {
        let seen = self.delays / self.arrivals.max(1.0);
        let mut mean = seen;
        for _ in 0..DELAY_STEPS {
            let (mut missing, mut weights) = (0.0, 0.0);
            for cohort in &self.cohorts {
                let limit = (now - cohort.shown_at).max(0.0);
                let weight = cohort.predicted * arrived_share(limit, mean);
                if weight > 0.0 && mean > 0.0 {
                    missing += weight * limit / (limit / mean).exp_m1().max(1e-9);
                    weights += weight;
                }
            }
            mean = (seen + if weights > 0.0 { missing / weights } else { 0.0 }).min(1.0);
        }
        mean
    }

    /// What to believe now, when at most this share of what is won is shown.
    pub(super) fn belief(&self, now: f64, shown: f64) -> Belief {
        let (mut matured, mut pending) = (0.0, 0.0);
        for cohort in &self.cohorts {
            let arrived = arrived_share(now - cohort.shown_at, self.delay);
            matured += cohort.predicted * arrived;
            pending += cohort.predicted * (1.0 - arrived);
        }
        let predicted = matured * shown;
        let spread = predicted + predicted * predicted / PRIOR_RESULTS;
        let surprise = if spread > 0.0 { (self.results - predicted).powi(2) / spread } else { 0.0 };
        let prior = PRIOR_RESULTS / (surprise / SURPRISE.powi(2)).max(1.0);
        let rate = shown * (self.results + prior) / (predicted + prior);
        Belief { rate, strength: prior + self.results, known: self.results, pending: rate * pending, matured }
    }
}

/// Share of results that have come after so long, when they take an exponential time of this mean.
fn arrived_share(age: f64, mean: f64) -> f64 {
    if mean <= 0.0 { 1.0 } else { -(-age.max(0.0) / mean).exp_m1() }
}
