//! One day: traffic, values and advertisers of a seed.

use tuiliu_delivery::Rng;

pub(crate) const TICKS: usize = 48;
pub(crate) const CATEGORIES: usize = 6;
pub(crate) const PER_CATEGORY: usize = 8;
pub(crate) const ADVERTISERS: usize = CATEGORIES * PER_CATEGORY;
/// Results that all impressions together would bring one average advertiser.
pub(crate) const RESULTS_OFFERED: f64 = 250.0;
/// What the competition's linear program adds to values (1e-4) as a share of the mean value there (5e-4).
pub(crate) const SHY: f64 = 0.2;

/// How a day differs from others in kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Climate {
    /// Everybody's budget and cap, as a multiple of the usual one.
    pub(crate) budgets: f64,
    pub(crate) caps: f64,
    /// Values with a long tail instead of a normal one.
    pub(crate) long_tail: bool,
    /// Real probability for each predicted one.
    pub(crate) truth: f64,
}

/// One advertiser's terms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Advertiser {
    pub(crate) budget: f64,
    pub(crate) cap: f64,
    pub(crate) category: usize,
}

/// A day.
pub(crate) struct World {
    pub(crate) advertisers: Vec<Advertiser>,
    /// By tick: values of each impression, advertisers side by side.
    pub(crate) values: Vec<Vec<f32>>,
    /// By advertiser: how uncertain and how biased values are.
    pub(crate) sigma: Vec<f64>,
    pub(crate) truth: f64,
    /// What the linear program adds to every value.
    pub(crate) shy: f64,
}

pub(crate) fn uniform(rng: &mut Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A pair of standard normal numbers.
pub(crate) fn normals(rng: &mut Rng) -> (f64, f64) {
    let radius = (-2.0 * (1.0 - uniform(rng)).ln()).sqrt();
    let angle = std::f64::consts::TAU * uniform(rng);
    (radius * angle.cos(), radius * angle.sin())
}

pub(crate) fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * uniform(rng)
}

impl World {
    pub(crate) fn new(seed: u64, impressions: usize, climate: Climate) -> Self {
        let mut rng = Rng::seeded(seed);
        let advertisers = (0..ADVERTISERS).map(|nth| advertiser(&mut rng, nth, climate)).collect();
        let traffic = traffic(&mut rng, impressions);
        let base = RESULTS_OFFERED / impressions as f64;
        let by_category: Vec<Vec<f64>> = (0..CATEGORIES).map(|_| stretches(&mut rng, 8, 0.3, 1.7)).collect();
        let own: Vec<Vec<f64>> = (0..ADVERTISERS).map(|_| stretches(&mut rng, 8, 0.5, 1.5)).collect();
        let spread: Vec<f64> = (0..ADVERTISERS).map(|_| (0.5 + 0.1 * normals(&mut rng).0).clamp(0.1, 1.0)).collect();
        let sigma = (0..ADVERTISERS).map(|_| (0.15 + 0.06 * normals(&mut rng).0).abs().min(0.3)).collect();
        let values = (0..TICKS).map(|tick| {
            let mean = |nth: usize| base * by_category[nth / PER_CATEGORY][tick] * own[nth][tick];
            let means: Vec<f64> = (0..ADVERTISERS).map(mean).collect();
            let mut values = Vec::with_capacity(traffic[tick] * ADVERTISERS);
            for _ in 0..traffic[tick] {
                for pair in 0..ADVERTISERS / 2 {
                    let (left, right) = normals(&mut rng);
                    for (nth, normal) in [(2 * pair, left), (2 * pair + 1, right)] {
                        let factor = if climate.long_tail {
                            (1.4 * spread[nth] * normal - 0.98 * spread[nth] * spread[nth]).exp()
                        } else {
                            1.0 + spread[nth] * normal
                        };
                        values.push((means[nth] * factor).clamp(0.0, 1.0) as f32);
                    }
                }
            }
            values
        });
        Self { advertisers, values: values.collect(), sigma, truth: climate.truth, shy: SHY * base }
    }
}

/// Budgets fall as caps rise: cheap results are wanted in numbers.
fn advertiser(rng: &mut Rng, nth: usize, climate: Climate) -> Advertiser {
    let cap = 60.0 + 10.0 * (8.0 * uniform(rng)).floor();
    let budget = (290_000.0 / cap * between(rng, 0.9, 1.1)).max(2_000.0);
    Advertiser { budget: budget * climate.budgets, cap: cap * climate.caps, category: nth / PER_CATEGORY }
}

/// Impressions of each tick: quiet nights, a peak before noon, a lower one in the evening.
pub(crate) fn traffic(rng: &mut Rng, impressions: usize) -> Vec<usize> {
    let noise = stretches(rng, 4, 0.6, 1.4);
    let hump = |tick: f64, at: f64, width: f64| (-((tick - at) / width).powi(2)).exp();
    let weight = |tick: usize| {
        let tick_number = tick as f64;
        (0.1 + hump(tick_number, 19.0, 7.0) + 0.7 * hump(tick_number, 43.0, 10.0) + 0.5 * hump(tick_number, 0.0, 1.5))
            * noise[tick]
    };
    let all: f64 = (0..TICKS).map(weight).sum();
    (0..TICKS).map(|tick| (weight(tick) / all * impressions as f64) as usize).collect()
}

/// A factor for each tick that stays for so many ticks.
pub(crate) fn stretches(rng: &mut Rng, length: usize, low: f64, high: f64) -> Vec<f64> {
    let draws: Vec<f64> = (0..TICKS.div_ceil(length)).map(|_| between(rng, low, high)).collect();
    (0..TICKS).map(|tick| draws[tick / length]).collect()
}
