//! A made-up market on real traffic curves: pools, contracts, what was forecast and what came.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use tuiliu_delivery::Rng;
use tuiliu_delivery::approximate::{approximate, round_to_count};
use tuiliu_delivery::guarantee::{Contract, SupplyForecast};
use tuiliu_delivery::pacing::TrafficShape;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{HOUR_MS, Timestamp};

/// Monday, 2 June 2025, midnight in China.
pub const BEGINS: Timestamp = Timestamp::from_ms(1_748_793_600_000);
/// Hours a contract runs.
pub const WINDOW: usize = 14 * 24;
/// Hours that are simulated: contracts begin in the first half or before it.
pub const HOURS: usize = 2 * WINDOW;
/// Shares of a region's viewers in each group.
const GROUPS: [f64; 4] = [0.4, 0.3, 0.2, 0.1];

/// What is made up, and how wrong the forecast is.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    pub seed: u64,
    pub regions: usize,
    pub contracts: usize,
    /// Slots of an average pool and hour.
    pub slots: f64,
    /// Share of the forecast supply that is sold, of every pool and hour alike.
    pub sold: f64,
    pub noise: Noise,
}

/// How what comes differs from what was forecast.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// Standard deviation of the logarithm, drawn for each region and hour.
    pub hourly: f64,
    /// The same, drawn once for each region: what the forecast is wrong by all the time.
    pub drift: f64,
    pub forecast: Forecast,
}

/// Which forecast it is that is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forecast {
    /// As much comes in nine regions of ten: what a careful seller sells.
    Cautious,
    /// As much comes in every other region and hour.
    Median,
    /// As much comes on average: sold out, half of all markets are sold short.
    Mean,
}

impl Forecast {
    pub const ALL: [Self; 3] = [Self::Cautious, Self::Median, Self::Mean];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Cautious => "cautious (one region in ten brings less)",
            Self::Median => "median",
            Self::Mean => "mean",
        }
    }
}

pub struct Market {
    pub forecast: SupplyForecast,
    pub contracts: Vec<Contract>,
    /// Slots that came, by pool and hour.
    pub came: Vec<Vec<u32>>,
    /// Level of the prices of each hour; one is usual.
    pub prices: Vec<f64>,
}

/// One draw of the normal distribution (Box and Muller).
pub fn normal(rng: &mut Rng) -> f64 {
    let uniform = |rng: &mut Rng| (f64::from(rng.below_million()) + 0.5) / 1e6;
    let (radius, angle) = (uniform(rng), uniform(rng));
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// Reads rows of region, day of the week from 1, hour and share.
pub fn read_curves(path: &Path) -> Result<Vec<TrafficShape>> {
    let text = fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let mut regions: BTreeMap<u64, [f64; 168]> = BTreeMap::new();
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let mut fields = line.split(',');
        let mut next = || fields.next().with_context(|| format!("failed to find four fields in `{line}`"));
        let (region, day, hour, share): (u64, usize, usize, f64) =
            (next()?.parse()?, next()?.parse()?, next()?.parse()?, next()?.trim().parse()?);
        ensure!((1..=7).contains(&day) && hour < 24, "`{line}` is no hour of a week");
        regions.entry(region).or_insert([0.0; 168])[(day - 1) * 24 + hour] = share;
    }
    ensure!(!regions.is_empty(), "there is no curve in `{}`", path.display());
    // A shape has whole weights: millionths keep every digit of the file.
    let millionths = |shares: [f64; 168]| TrafficShape::weekly(shares.map(|share| (share * 1e6).round() as u32));
    Ok(regions.into_values().map(millionths).collect())
}

impl Market {
    pub fn draw(curves: &[TrafficShape], scene: &Scene) -> Result<Self> {
        let mut rng = Rng::seeded(scene.seed);
        let regions: Vec<(f64, &TrafficShape)> = (0..scene.regions)
            .map(|_| ((0.6 * normal(&mut rng)).exp(), &curves[below(&mut rng, curves.len())]))
            .collect();
        let whole: f64 = regions.iter().map(|(weight, _)| weight).sum();
        let pools = count(scene.regions * GROUPS.len());
        let pools: Vec<(f64, &TrafficShape)> = regions
            .iter()
            .flat_map(|(weight, curve)| {
                GROUPS.map(|group| (weight / whole * group * pools * scene.slots * 168.0, *curve))
            })
            .collect();
        let forecast = SupplyForecast::along(BEGINS, HOURS, &pools)?;
        let contracts = sell(&forecast, scene, &mut rng);
        let came = come(&forecast, scene, &mut rng);
        let prices = price_levels(&forecast);
        Ok(Self { forecast, contracts, came, prices })
    }

    /// Slots that came for each that was forecast.
    pub fn came_share(&self) -> f64 {
        let came: u64 = self.came.iter().flatten().map(|slots| u64::from(*slots)).sum();
        let forecast: f64 = (0..self.forecast.pools())
            .map(|pool| (0..HOURS).map(|hour| self.forecast.slots(pool, hour)).sum::<f64>())
            .sum();
        approximate(i64::try_from(came).unwrap_or(i64::MAX)) / forecast
    }
}

pub fn count(number: usize) -> f64 {
    approximate(i64::try_from(number).unwrap_or(i64::MAX))
}

fn below(rng: &mut Rng, limit: usize) -> usize {
    usize::try_from(rng.next_u64() % u64::try_from(limit.max(1)).expect("a small number")).expect("below the limit")
}

/// An audience: a quarter broad, a half some regions, a quarter few; and some or all groups.
fn audience(scene: &Scene, rng: &mut Rng) -> Vec<u32> {
    let regions = match below(rng, 4) {
        0 => scene.regions,
        1 | 2 => 3 + below(rng, 6),
        _ => 1 + below(rng, 2),
    };
    let mut order: Vec<usize> = (0..scene.regions).collect();
    for place in 0..order.len() {
        let other = place + below(rng, order.len() - place);
        order.swap(place, other);
    }
    let groups = 1 + below(rng, (1 << GROUPS.len()) - 1);
    let mut pools: Vec<u32> = order[..regions.min(scene.regions)]
        .iter()
        .flat_map(|region| (0..GROUPS.len()).map(move |group| (region * GROUPS.len() + group, group)))
        .filter(|(_, group)| groups >> group & 1 == 1)
        .map(|(pool, _)| u32::try_from(pool).expect("few pools"))
        .collect();
    pools.sort_unstable();
    pools
}

/// Sells the same share of every pool and hour, divided at random among the contracts that fit it.
fn sell(forecast: &SupplyForecast, scene: &Scene, rng: &mut Rng) -> Vec<Contract> {
    struct Drawn {
        pools: Vec<u32>,
        from: usize,
        to: usize,
        weight: f64,
        target: f64,
    }
    let mut drawn: Vec<Drawn> = (0..scene.contracts)
        .map(|_| {
            let start = below(rng, 2 * WINDOW);
            // Who began before the beginning has the rest of a contract, a day of it at least.
            let (from, to) = (start.saturating_sub(WINDOW), start.max(24));
            Drawn { pools: audience(scene, rng), from, to, weight: (0.8 * normal(rng)).exp(), target: 0.0 }
        })
        .collect();
    for pool in 0..forecast.pools() {
        let place = u32::try_from(pool).expect("few pools");
        let fits: Vec<usize> = (0..drawn.len()).filter(|nth| drawn[*nth].pools.contains(&place)).collect();
        for hour in 0..HOURS {
            let runs = |nth: &&usize| (drawn[**nth].from..drawn[**nth].to).contains(&hour);
            let running: Vec<usize> = fits.iter().filter(runs).copied().collect();
            let whole: f64 = running.iter().map(|nth| drawn[*nth].weight).sum();
            for nth in running {
                drawn[nth].target += scene.sold * forecast.slots(pool, hour) * drawn[nth].weight / whole;
            }
        }
    }
    let hour = |hours: usize| BEGINS.plus_ms(i64::try_from(hours).expect("few hours") * HOUR_MS);
    (1..)
        .zip(drawn)
        .map(|(nth, drawn)| {
            let plays = round_to_count(drawn.target.floor()).max(1);
            let price = 60_000 + 140_000 * i64::from(rng.below_million()) / 1_000_000;
            let paid = Micros::new(plays * price);
            Contract {
                order: PromotionOrderId::new(nth),
                target_plays: u64::try_from(plays).expect("not negative"),
                starts_at: hour(drawn.from),
                ends_at: hour(drawn.to),
                pools: drawn.pools,
                paid,
                // All plays are help here, none natural, so every missing one is paid back in full.
                fee: paid,
                goodwill_per_play: Micros::ZERO,
            }
        })
        .collect()
}

/// What comes: the forecast times a factor of the region, a factor of region and hour, and a Poisson draw.
fn come(forecast: &SupplyForecast, scene: &Scene, rng: &mut Rng) -> Vec<Vec<u32>> {
    let Noise { hourly, drift, forecast: sold } = scene.noise;
    let centre = |deviation: f64| if sold == Forecast::Mean { -deviation * deviation / 2.0 } else { 0.0 };
    let care = if sold == Forecast::Cautious { 1.2816 * drift } else { 0.0 };
    let mut factor = |deviation: f64| (deviation * normal(rng) + centre(deviation)).exp();
    let factors: Vec<Vec<f64>> = (0..scene.regions)
        .map(|_| {
            let region = factor(drift) * care.exp();
            (0..HOURS).map(|_| region * factor(hourly)).collect()
        })
        .collect();
    (0..forecast.pools())
        .map(|pool| {
            let factors = &factors[pool / GROUPS.len()];
            (0..HOURS).map(|hour| poisson(rng, forecast.slots(pool, hour) * factors[hour])).collect()
        })
        .collect()
}

fn poisson(rng: &mut Rng, mean: f64) -> u32 {
    if mean > 50.0 {
        return u32::try_from(round_to_count(mean + mean.sqrt() * normal(rng))).unwrap_or(0);
    }
    let limit = (-mean).exp();
    let (mut slots, mut product) = (0, 1.0);
    loop {
        product *= (f64::from(rng.below_million()) + 0.5) / 1e6;
        if product <= limit {
            return slots;
        }
        slots += 1;
    }
}

/// Slots are dearer when more people watch: the square root of an hour's traffic over the average.
fn price_levels(forecast: &SupplyForecast) -> Vec<f64> {
    let traffic = |hour| (0..forecast.pools()).map(|pool| forecast.slots(pool, hour)).sum::<f64>();
    let hours: Vec<f64> = (0..HOURS).map(traffic).collect();
    let mean = hours.iter().sum::<f64>() / count(HOURS);
    hours.into_iter().map(|hour| (hour / mean).sqrt()).collect()
}
