//! Ways to deliver contracts: the product's, and those it is compared with.

use tuiliu_delivery::approximate::approximate;
use tuiliu_delivery::bidding::WHOLE_SHARE;
use tuiliu_delivery::guarantee::{DisplacedValues, Newcomers, Standing, SupplyForecast, Terms, offer, replan};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{DAY_MS, HOUR_MS};

use crate::engine::{Hour, Method, Part, Settling};
use crate::market::{Market, WINDOW};

/// Hours over which the promises of new contracts are counted.
const NEWCOMER_HOURS: usize = 168;

/// Puts contracts into the lists of their pools, in this order.
fn listed(market: &Market, parts: &[Part]) -> Vec<Vec<Part>> {
    let mut pools = vec![Vec::new(); market.forecast.pools()];
    for part in parts {
        for pool in &market.contracts[part.contract].pools {
            pools[usize::try_from(*pool).expect("few pools")].push(*part);
        }
    }
    pools
}

/// Whoever was booked first takes every slot that fits until it is served.
pub struct FirstBooked;

impl Method for FirstBooked {
    fn name(&self) -> &'static str {
        "first booked, first served"
    }

    fn parts(&mut self, hour: &Hour<'_>) -> Vec<Vec<Part>> {
        let parts: Vec<Part> =
            hour.running().into_iter().map(|contract| Part { contract, share: 1.0, price: i64::MAX }).collect();
        listed(hour.market, &parts)
    }
}

/// Whoever began first takes every slot that fits; since all run equally long, it is also who ends first.
pub struct FirstBegun;

impl Method for FirstBegun {
    fn name(&self) -> &'static str {
        "first begun, first served"
    }

    fn parts(&mut self, hour: &Hour<'_>) -> Vec<Vec<Part>> {
        let mut running = hour.running();
        running.sort_by_key(|contract| hour.market.contracts[*contract].ends_at);
        let parts: Vec<Part> =
            running.into_iter().map(|contract| Part { contract, share: 1.0, price: i64::MAX }).collect();
        listed(hour.market, &parts)
    }
}

/// Each contract alone: what it misses over the supply that is left for it, nobody minding the others.
pub struct PacedAlone;

impl Method for PacedAlone {
    fn name(&self) -> &'static str {
        "paced by plan, each alone"
    }

    fn settling(&self) -> Settling {
        Settling::Apart
    }

    fn parts(&mut self, hour: &Hour<'_>) -> Vec<Vec<Part>> {
        let forecast = &hour.market.forecast;
        let alone = |contract: usize| {
            let standing = hour.standing(contract);
            let ends = usize::try_from(standing.contract.ends_at.since_ms(hour.now()) / HOUR_MS).unwrap_or(0);
            let pools = standing.contract.pools.iter().map(|pool| usize::try_from(*pool).expect("few pools"));
            let ahead: f64 = pools
                .map(|pool| (hour.hour..hour.hour + ends).map(|hour| forecast.slots(pool, hour)).sum::<f64>())
                .sum();
            let share = approximate(i64::try_from(standing.missing()).expect("few plays")) / ahead.max(1e-9);
            Part { contract, share: share.min(1.0), price: i64::MAX }
        };
        let parts: Vec<Part> = hour.running().into_iter().map(alone).collect();
        listed(hour.market, &parts)
    }
}

/// The product's plan, with or without what goes beyond the paper.
pub struct HighWater {
    name: &'static str,
    terms: Terms,
    /// Learns from supply, expects new contracts, and bids what is needed instead of what is at stake.
    is_whole: bool,
    sold: f64,
    forecast: SupplyForecast,
    values: Vec<DisplacedValues>,
}

impl HighWater {
    /// As in the paper, planned each hour; finishing so many hours early.
    pub fn plain(market: &Market, name: &'static str, early_hours: i64) -> Self {
        let terms = Terms { early_finish_ms: early_hours * HOUR_MS, newcomers: Newcomers::NONE };
        Self { name, terms, is_whole: false, sold: 0.0, forecast: market.forecast.clone(), values: Vec::new() }
    }

    /// As the product does it. `sold` is what the seller believes to sell, until a week has told.
    pub fn whole(market: &Market, sold: f64) -> Self {
        let values = vec![DisplacedValues::default(); market.contracts.len()];
        let forecast = market.forecast.clone();
        Self { name: "ours", terms: Terms::default(), is_whole: true, sold, forecast, values }
    }

    fn learn(&mut self, hour: &Hour<'_>) {
        if let Some(came) = &hour.came {
            for (pool, came) in came.iter().enumerate() {
                self.forecast.learn(pool, hour.hour - 1, u64::from(*came));
            }
        }
        for (contract, value) in hour.met {
            self.values[*contract].add(Micros::new(*value));
        }
        self.terms.newcomers = self.newcomers(hour);
    }

    /// What contracts of the last week promised, of the supply of a week.
    fn newcomers(&self, hour: &Hour<'_>) -> Newcomers {
        let forecast = &hour.market.forecast;
        let supply = |from: usize, to: usize| -> f64 {
            (0..forecast.pools()).map(|pool| (from..to).map(|hour| forecast.slots(pool, hour)).sum::<f64>()).sum()
        };
        let from = hour.hour.saturating_sub(NEWCOMER_HOURS);
        let unseen = NEWCOMER_HOURS.saturating_sub(hour.hour);
        let began = hour.market.contracts.iter().filter(|contract| {
            let since = hour.now().since_ms(contract.starts_at) / HOUR_MS;
            let hours = i64::try_from(hour.hour - from).expect("few hours");
            contract.starts_at > crate::market::BEGINS && (0..hours).contains(&since)
        });
        let promised: u64 = began.map(|contract| contract.target_plays).sum();
        let believed = self.sold * supply(0, unseen);
        let whole = supply(from, hour.hour) + supply(0, unseen);
        let share = (approximate(i64::try_from(promised).expect("few plays")) + believed) / whole.max(1e-9);
        let millionths = tuiliu_delivery::approximate::round_to_count(share.clamp(0.0, 1.0) * 1e6);
        Newcomers {
            share_millionths: u32::try_from(millionths).unwrap_or(WHOLE_SHARE),
            window_ms: i64::try_from(WINDOW / 24).expect("few days") * DAY_MS,
        }
    }
}

impl Method for HighWater {
    fn name(&self) -> &'static str {
        self.name
    }

    fn parts(&mut self, hour: &Hour<'_>) -> Vec<Vec<Part>> {
        if self.is_whole {
            self.learn(hour);
        }
        let running = hour.running();
        let standings: Vec<Standing<'_>> = running.iter().map(|contract| hour.standing(*contract)).collect();
        let plan = replan(&standings, &self.forecast, &self.terms, hour.now());
        let mut order: Vec<usize> = (0..running.len()).collect();
        order.sort_by_key(|place| plan.servings[*place].turn);
        let part = |place: usize| {
            let (contract, serving) = (running[place], &plan.servings[place]);
            if !self.is_whole {
                return Part { contract, share: serving.share, price: i64::MAX };
            }
            let offered = offer(&standings[place], serving, &self.values[contract]);
            let share = f64::from(offered.participation_millionths) / f64::from(WHOLE_SHARE);
            Part { contract, share, price: offered.price.get() }
        };
        let parts: Vec<Part> = order.into_iter().map(part).collect();
        listed(hour.market, &parts)
    }
}
