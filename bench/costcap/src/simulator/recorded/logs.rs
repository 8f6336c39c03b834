//! Days that were recorded in the market of 48 advertisers, and days that are drawn from very different markets.

use tuiliu_delivery::Rng;

use crate::simulator::rivals::Memory;
use crate::simulator::run::{recorded, remembered};
use crate::simulator::world::{
    ADVERTISERS, Advertiser, CATEGORIES, Climate, PER_CATEGORY, RESULTS_OFFERED, SHY, TICKS, World, between, normals,
    stretches, traffic,
};

/// Where the days come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Market {
    /// Recorded while 48 advertisers bid.
    Rivals(Climate),
    Drawn(Drawn),
}

/// A market of which values and prices are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    /// Standard deviation of the logarithm of values.
    spread: f64,
    /// How far prices follow values: 0 not at all, 1 in proportion.
    tie: f64,
    /// Standard deviation of the logarithm of prices beyond that.
    noise: f64,
    /// How far the levels of values and of prices go up and down every eight ticks, as shares of their mean.
    wander: (f64, f64),
    /// Prices at the end of the day beside those of its first three quarters.
    end: f64,
    /// Price of an average impression, beside what its value may cost.
    level: f64,
    /// Budgets, beside what the bid cap × value spends, are spread evenly between these.
    budgets: (f64, f64),
}

/// A day as one advertiser could have met it.
pub(super) struct Log {
    pub(super) own: Advertiser,
    /// Value and least winning cost, by tick.
    pub(super) ticks: Vec<Vec<(f64, f64)>>,
    /// Prices of another day.
    pub(super) memory: Memory,
}

/// All markets, by name.
pub(super) fn markets() -> Vec<(&'static str, Market)> {
    let usual = Climate { budgets: 1.0, caps: 1.0, long_tail: false, truth: 1.0 };
    let drawn =
        Drawn { spread: 0.8, tie: 0.3, noise: 0.5, wander: (0.3, 0.3), end: 1.0, level: 1.0, budgets: (0.4, 1.4) };
    vec![
        ("rivals", Market::Rivals(usual)),
        ("rivals, small budgets", Market::Rivals(Climate { budgets: 0.5, ..usual })),
        ("rivals, low caps", Market::Rivals(Climate { caps: 0.6, ..usual })),
        ("rivals, long tail", Market::Rivals(Climate { long_tail: true, ..usual })),
        ("steady", Market::Drawn(Drawn { wander: (0.0, 0.0), ..drawn })),
        ("wandering", Market::Drawn(Drawn { wander: (0.7, 0.5), ..drawn })),
        ("prices follow values", Market::Drawn(Drawn { tie: 0.9, noise: 0.3, ..drawn })),
        ("heavy tail, untied", Market::Drawn(Drawn { spread: 1.5, tie: 0.0, ..drawn })),
        ("cheap at the end", Market::Drawn(Drawn { end: 0.4, ..drawn })),
        ("dear at the end", Market::Drawn(Drawn { end: 2.0, ..drawn })),
        ("small budgets", Market::Drawn(Drawn { budgets: (0.1, 0.3), ..drawn })),
        ("loose caps", Market::Drawn(Drawn { level: 0.3, budgets: (0.2, 0.6), ..drawn })),
        ("low caps", Market::Drawn(Drawn { level: 2.5, budgets: (0.8, 3.0), ..drawn })),
        ("caps out of reach", Market::Drawn(Drawn { level: 4.0, tie: 0.7, noise: 0.3, budgets: (4.0, 8.0), ..drawn })),
    ]
}

/// The days of a seed.
pub(super) fn days(market: Market, seed: u64, impressions: usize, seats: usize) -> Vec<Log> {
    match market {
        Market::Rivals(climate) => {
            let memory = remembered(seed, impressions, climate);
            let world = World::new(2 * seed, impressions, climate);
            let day = |seat: usize| {
                let place = (seat * PER_CATEGORY + (seed as usize + 3 * seat) % PER_CATEGORY) % ADVERTISERS;
                let ticks = recorded(seed, &world, place, &memory);
                Log { own: world.advertisers[place], ticks, memory: memory.clone() }
            };
            (0..seats).map(day).collect()
        }
        Market::Drawn(drawn) => (0..seats).map(|seat| drawn.day(seed * 1_000 + seat as u64, impressions)).collect(),
    }
}

impl Drawn {
    fn day(self, seed: u64, impressions: usize) -> Log {
        let mut rng = Rng::seeded(mixed(seed));
        let cap = 60.0 + 10.0 * (8.0 * between(&mut rng, 0.0, 1.0)).floor();
        let earlier = self.ticks(&mut rng, impressions / 2, cap);
        let ticks = self.ticks(&mut rng, impressions / 2, cap);
        let at_cap = |ticks: &[Vec<(f64, f64)>]| {
            let won = ticks.iter().flatten().filter(|(value, price)| cap * value >= *price);
            won.map(|(_, price)| price).sum::<f64>()
        };
        // What the past says of the bid cap × value, so that the day itself may be another.
        let budget = at_cap(&earlier).max(cap) * between(&mut rng, self.budgets.0, self.budgets.1);
        let shy = SHY * RESULTS_OFFERED / (impressions / 2) as f64;
        let met = |tick: &Vec<(f64, f64)>| tick.iter().map(|(value, price)| (price / (value + shy), *price)).collect();
        let met: Vec<Vec<(f64, f64)>> = earlier.iter().map(met).collect();
        let mut all = vec![vec![Vec::new(); TICKS]; CATEGORIES];
        all[0] = met;
        Log { own: Advertiser { budget, cap, category: 0 }, ticks, memory: Memory::of(all) }
    }

    fn ticks(self, rng: &mut Rng, impressions: usize, cap: f64) -> Vec<Vec<(f64, f64)>> {
        let base = RESULTS_OFFERED / impressions as f64;
        let traffic = traffic(rng, impressions);
        let (of_values, of_prices) = self.wander;
        let values = stretches(rng, 8, 1.0 - of_values, 1.0 + of_values);
        let prices = stretches(rng, 8, 1.0 - of_prices, 1.0 + of_prices);
        let tick = |tick: usize| {
            let late = (tick as f64 / TICKS as f64 - 0.75).max(0.0) * 4.0;
            let price_level = prices[tick] * self.level * base * cap * self.end.powf(late);
            let auction = |_| {
                let (of_value, of_price) = normals(rng);
                let rank = self.spread * of_value;
                let value = base * values[tick] * (rank - 0.5 * self.spread * self.spread).exp();
                let price =
                    price_level * (self.tie * rank + self.noise * of_price - 0.5 * self.noise * self.noise).exp();
                (value.min(1.0), price)
            };
            (0..traffic[tick]).map(auction).collect()
        };
        (0..TICKS).map(tick).collect()
    }
}

fn mixed(seed: u64) -> u64 {
    seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EED
}
