//! Days with each bidder in the same seat.

use std::time::Instant;

use serde_json::{Value, json};
use tuiliu_delivery::Rng;
use tuiliu_delivery::autobid::Auction;

use super::rivals::{Habit, Memory, Standing};
use super::score::{expected_score, score};
use super::seats::{HINDSIGHT, Learnt, MULTIPLES, NAMES, Seat};
use super::world::{ADVERTISERS, CATEGORIES, Climate, PER_CATEGORY, TICKS, World, normals, uniform};

const PLACES: usize = 3;
const SHOWN: [f64; PLACES] = [1.0, 0.8, 0.6];
const RESERVE: f64 = 0.01;

#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) seeds: u64,
    pub(crate) first_seed: u64,
    pub(crate) seats: usize,
    pub(crate) impressions: usize,
    pub(crate) climates: Vec<(&'static str, Climate)>,
    pub(crate) market: String,
    pub(crate) verbose: bool,
}

/// How one bidder did on one day in one seat.
#[derive(Debug, Clone, Copy, Default)]
struct Day {
    score: f64,
    /// What the score was to be expected to be, given what was shown.
    expected: f64,
    results: f64,
    cost: f64,
    cap: f64,
    budget: f64,
}

/// All days.
pub(crate) struct Report {
    rows: Vec<(&'static str, &'static str, Vec<Day>)>,
    slowest_ms: f64,
}

pub(crate) fn measure(options: &Options) -> Report {
    let mut rows = Vec::new();
    let mut slowest_ms: f64 = 0.0;
    for (climate_name, climate) in &options.climates {
        let mut days: Vec<Vec<Day>> = vec![Vec::new(); NAMES.len()];
        for seed in options.first_seed..options.first_seed + options.seeds {
            let memory = remembered(seed, options.impressions, *climate);
            let world = World::new(2 * seed, options.impressions, *climate);
            for seat in 0..options.seats {
                // Every category, and another habit each time, makes room.
                let place = (seat * PER_CATEGORY + (seed as usize + 3 * seat) % PER_CATEGORY) % ADVERTISERS;
                for (nth, name) in NAMES.iter().enumerate() {
                    let own = &world.advertisers[place];
                    let seats = if *name == HINDSIGHT {
                        MULTIPLES.iter().map(|multiple| Seat::Fixed(multiple * own.cap)).collect()
                    } else {
                        vec![Seat::named(name, own)]
                    };
                    let mut day = Day::default();
                    for seat in seats {
                        let mut market = Market::new(seed, &world, place, seat);
                        market.day(&world, &memory);
                        let tried = market.result(&world);
                        slowest_ms = slowest_ms.max(market.slowest_ms);
                        if tried.expected >= day.expected {
                            day = tried;
                        }
                    }
                    if options.verbose {
                        eprintln!("{climate_name} seed {seed} seat {place} {name}: {day:.1?}");
                    }
                    days[nth].push(day);
                }
            }
        }
        rows.extend(NAMES.iter().zip(days).map(|(name, days)| (*climate_name, *name, days)));
    }
    Report { rows, slowest_ms }
}

/// Prices of another day, met by one advertiser of each category.
pub(super) fn remembered(seed: u64, impressions: usize, climate: Climate) -> Memory {
    let impressions = impressions.min(60_000);
    let world = World::new(2 * seed + 1, impressions, climate);
    let own = &world.advertisers[0];
    let seat = Seat::named("fixed cap", own);
    let mut market = Market::new(seed + 1_000_000, &world, 0, seat);
    market.met = Some(vec![vec![Vec::new(); TICKS]; CATEGORIES]);
    market.day(&world, &Memory::default());
    Memory::of(market.met.take().expect("it was just set"))
}

/// What one advertiser's auctions were worth and cost on a day on which it bid by its own habit.
pub(super) fn recorded(seed: u64, world: &World, place: usize, memory: &Memory) -> Vec<Vec<(f64, f64)>> {
    let habit = Market::new(seed, world, place, Seat::Fixed(0.0)).habits.swap_remove(place);
    let mut market = Market::new(seed, world, place, Seat::Rival(habit));
    market.day(world, memory);
    market.recorded
}

/// One day in which one seat is taken.
struct Market {
    place: usize,
    seat: Seat,
    habits: Vec<Habit>,
    rng: Rng,
    left: Vec<f64>,
    last_cost: Vec<f64>,
    results: Vec<f64>,
    /// Results that the measured seat could expect of what was shown.
    expected: f64,
    met: Option<Vec<Vec<Vec<(f64, f64)>>>>,
    /// Value and least winning cost of every auction, by tick, as the measured seat sees them.
    recorded: Vec<Vec<(f64, f64)>>,
    slowest_ms: f64,
}

impl Market {
    fn new(seed: u64, world: &World, place: usize, seat: Seat) -> Self {
        let mut rng = Rng::seeded(seed ^ 0xABCD);
        Self {
            place,
            seat,
            habits: (0..ADVERTISERS).map(|nth| Habit::of(nth, &mut rng)).collect(),
            rng,
            left: world.advertisers.iter().map(|advertiser| advertiser.budget).collect(),
            last_cost: vec![0.0; ADVERTISERS],
            results: vec![0.0; ADVERTISERS],
            expected: 0.0,
            met: None,
            recorded: Vec::new(),
            slowest_ms: 0.0,
        }
    }

    fn day(&mut self, world: &World, memory: &Memory) {
        for tick in 0..TICKS {
            let values: Vec<f64> =
                world.values[tick].chunks(ADVERTISERS).map(|values| f64::from(values[self.place])).collect();
            let mut factors: Vec<f64> = (0..ADVERTISERS)
                .map(|nth| {
                    let seen = self.standing(tick, nth);
                    self.habits[nth].factor(&world.advertisers[nth], seen, memory)
                })
                .collect();
            let seen = self.standing(tick, self.place);
            factors[self.place] = self.seat.factor(&world.advertisers[self.place], seen, memory, &values);
            let learnt = self.tick(world, tick, &factors);
            let decided = Instant::now();
            self.seat.learn(tick, &learnt);
            self.recorded.push(learnt.auctions.iter().map(|auction| (auction.value, auction.price)).collect());
            self.slowest_ms = self.slowest_ms.max(decided.elapsed().as_secs_f64() * 1e3);
        }
    }

    fn standing(&self, tick: usize, nth: usize) -> Standing {
        Standing { tick, left: self.left[nth], last_cost: self.last_cost[nth], results: self.results[nth] }
    }

    /// All auctions of a tick; what the seat learns.
    fn tick(&mut self, world: &World, tick: usize, factors: &[f64]) -> Learnt {
        let mut learnt = Learnt { auctions: Vec::new(), spent: 0.0, results: 0 };
        self.last_cost = vec![0.0; ADVERTISERS];
        let factors: Vec<f32> = factors.iter().map(|factor| *factor as f32).collect();
        for values in world.values[tick].chunks(ADVERTISERS) {
            // The four highest bids, best first.
            let mut top = [(0.0_f32, usize::MAX); PLACES + 1];
            for nth in 0..ADVERTISERS {
                let bid = values[nth] * factors[nth];
                if bid > top[PLACES].0 && self.left[nth] > f64::from(bid) {
                    let mut at = PLACES;
                    while at > 0 && bid > top[at - 1].0 {
                        top[at] = top[at - 1];
                        at -= 1;
                    }
                    top[at] = (bid, nth);
                }
            }
            let least = f64::from(top[PLACES].0).max(RESERVE);
            let is_won = self.sell(world, values, &top, &mut learnt);
            let value = f64::from(values[self.place]);
            let bid = value * f64::from(factors[self.place]);
            learnt.auctions.push(Auction { value, bid, price: least, is_won });
            if let Some(met) = &mut self.met {
                for category in 0..CATEGORIES {
                    let value = f64::from(values[category * PER_CATEGORY]);
                    if value > 0.0 {
                        met[category][tick].push((least / (value + world.shy), least));
                    }
                }
            }
        }
        learnt
    }

    /// Shows, charges and draws results; whether the seat won a place.
    fn sell(&mut self, world: &World, values: &[f32], top: &[(f32, usize); PLACES + 1], learnt: &mut Learnt) -> bool {
        let mut is_won = false;
        let mut second_shown = true;
        for place in 0..PLACES {
            let (_, nth) = top[place];
            // One stream of chance for each auction, whoever sits there.
            let (shown, drawn, (normal, _)) = (uniform(&mut self.rng), uniform(&mut self.rng), normals(&mut self.rng));
            let price = f64::from(top[place + 1].0);
            if nth == usize::MAX || price <= RESERVE {
                continue;
            }
            is_won |= nth == self.place;
            let is_shown = shown < SHOWN[place] && (place < 2 || second_shown);
            if place == 1 {
                second_shown = is_shown;
            }
            if !is_shown {
                continue;
            }
            self.left[nth] -= price;
            self.last_cost[nth] += price;
            let chance = f64::from(values[nth]) * world.truth * (1.0 + world.sigma[nth] * normal.clamp(-1.5, 1.5));
            let came = drawn < chance;
            self.results[nth] += f64::from(u8::from(came));
            if nth == self.place {
                learnt.spent += price;
                self.expected += f64::from(values[nth]) * world.truth;
                learnt.results += usize::from(came);
            }
        }
        is_won
    }

    fn result(&self, world: &World) -> Day {
        let own = world.advertisers[self.place];
        let (results, cost) = (self.results[self.place], own.budget - self.left[self.place]);
        Day {
            score: score(results, cost, own.cap),
            expected: expected_score(self.expected, cost, own.cap),
            results,
            cost,
            cap: own.cap,
            budget: own.budget,
        }
    }
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "{:<16} {:<22} {:>7} {:>6} {:>9} {:>9} {:>9} {:>7} {:>9}\n",
            "market", "bidder", "score", "± se", "expected", "results", "cost/cap", "spent", "over cap"
        );
        for (climate, name, days) in &self.rows {
            let told = Told::of(days);
            text += &format!(
                "{climate:<16} {name:<22} {:>7.2} {:>6.2} {:>9.2} {:>9.1} {:>9.2} {:>6.0}% {:>8.0}%\n",
                told.score,
                told.error,
                told.expected,
                told.results,
                told.cost_of_cap,
                told.spent * 100.0,
                told.over * 100.0
            );
        }
        text + &format!("slowest learning from a tick: {:.1} ms\n", self.slowest_ms)
    }

    pub(crate) fn json(&self) -> Value {
        let rows = self.rows.iter().map(|(climate, name, days)| {
            let told = Told::of(days);
            json!({
                "market": climate, "bidder": name, "days": days.len(), "score": told.score, "standard_error": told.error,
                "expected_score": told.expected,
                "results": told.results, "cost_to_cap": told.cost_of_cap, "spent": told.spent, "over_cap": told.over,
            })
        });
        json!({ "bench": "costcap simulator", "rows": rows.collect::<Vec<_>>(), "slowest_tick_ms": self.slowest_ms })
    }
}

/// Means of many days.
struct Told {
    score: f64,
    error: f64,
    expected: f64,
    results: f64,
    cost_of_cap: f64,
    spent: f64,
    over: f64,
}

impl Told {
    fn of(days: &[Day]) -> Self {
        let count = days.len().max(1) as f64;
        let mean = |of: fn(&Day) -> f64| days.iter().map(of).sum::<f64>() / count;
        let score = mean(|day| day.score);
        let variance = days.iter().map(|day| (day.score - score).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        let cost: f64 = days.iter().map(|day| day.cost / day.cap).sum();
        let results: f64 = days.iter().map(|day| day.results).sum();
        Self {
            score,
            error: (variance / count).sqrt(),
            expected: mean(|day| day.expected),
            results: results / count,
            cost_of_cap: cost / results.max(1.0),
            spent: mean(|day| day.cost / day.budget),
            over: mean(|day| f64::from(u8::from(day.cost > 1.05 * day.cap * day.results))),
        }
    }
}
