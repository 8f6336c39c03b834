//! Recorded days with each bidder, and what is told of them.

use std::time::Instant;

use serde_json::{Value, json};
use tuiliu_delivery::Rng;
use tuiliu_delivery::autobid::Auction;

use super::bidders::{Bidder, HINDSIGHT, NAMES, standing};
use super::logs::{Log, days, markets};
use crate::simulator::Options;
use crate::simulator::score::{expected_score, score};
use crate::simulator::seats::Learnt;
use crate::simulator::world::{TICKS, normals, uniform};

/// How uncertain values are.
const SIGMA: f64 = 0.15;
/// Below this no budget is left.
const LEFT_MIN: f64 = 0.01;

#[derive(Debug, Clone, Copy)]
struct Day {
    score: f64,
    /// What the score was to be expected to be of what was won.
    expected: f64,
    results: f64,
    cost_of_cap: f64,
    spent: f64,
}

/// All days of all markets.
pub(crate) struct Report {
    markets: Vec<(&'static str, Vec<(&'static str, Vec<Day>)>)>,
    /// Means of all decisions, in ms.
    decision_ms: f64,
}

pub(crate) fn measure(options: &Options) -> Report {
    let mut report = Report { markets: Vec::new(), decision_ms: 0.0 };
    let (mut decisions, mut elapsed) = (0.0, 0.0);
    for (market_name, market) in markets() {
        if !market_name.contains(&options.market) {
            continue;
        }
        let mut rows: Vec<(&'static str, Vec<Day>)> = NAMES.iter().map(|name| (*name, Vec::new())).collect();
        for seed in options.first_seed..options.first_seed + options.seeds {
            for (seat, log) in days(market, seed, options.impressions, options.seats).iter().enumerate() {
                for (name, told) in &mut rows {
                    let started = Instant::now();
                    let day = play(log, name, seed * 1_000 + seat as u64);
                    if *name == NAMES[0] {
                        elapsed += started.elapsed().as_secs_f64();
                        decisions += TICKS as f64;
                    }
                    if options.verbose {
                        eprintln!("{market_name} seed {seed} seat {seat} {name}: {day:.2?}");
                    }
                    told.push(day);
                }
            }
        }
        report.markets.push((market_name, rows));
    }
    report.decision_ms = elapsed / f64::max(decisions, 1.0) * 1e3;
    report
}

fn play(log: &Log, name: &str, seed: u64) -> Day {
    let own = log.own;
    let mut bidder = Bidder::named(name, &own, &log.ticks);
    let (mut left, mut last_cost, mut results, mut expected) = (own.budget, 0.0, 0.0, 0.0);
    for (nth, tick) in log.ticks.iter().enumerate() {
        let values: Vec<f64> = tick.iter().map(|(value, _)| *value).collect();
        let factor = if left < LEFT_MIN {
            0.0
        } else {
            bidder.factor(&own, standing(nth, left, last_cost, results), &log.memory, &values)
        };
        // One stream of chance for each tick, whoever bids.
        let mut rng = Rng::seeded(seed * 100 + nth as u64);
        let comes: Vec<bool> = values.iter().map(|value| comes(&mut rng, *value)).collect();
        let mut won: Vec<bool> = tick.iter().map(|(value, price)| factor * value >= *price && factor > 0.0).collect();
        let cost = fit(tick, &mut won, left, &mut rng);
        let came = won.iter().zip(&comes).filter(|(won, comes)| **won && **comes).count();
        let auction = |((value, price), is_won): (&(f64, f64), &bool)| Auction {
            value: *value,
            bid: factor * value,
            price: *price,
            is_won: *is_won,
        };
        let auctions: Vec<Auction> = tick.iter().zip(&won).map(auction).collect();
        expected += auctions.iter().filter(|auction| auction.is_won).map(|auction| auction.value).sum::<f64>();
        bidder.learn(nth, &Learnt { auctions, spent: cost, results: came });
        left -= cost;
        last_cost = cost;
        results += came as f64;
    }
    let cost = own.budget - left;
    Day {
        score: score(results, cost, own.cap),
        expected: expected_score(expected, cost, own.cap),
        results,
        cost_of_cap: cost / own.cap,
        spent: cost / own.budget,
    }
}

fn comes(rng: &mut Rng, value: f64) -> bool {
    let (normal, _) = normals(rng);
    uniform(rng) < (value * (1.0 + SIGMA * normal)).clamp(0.0, 1.0)
}

/// Drops what was won at random until it costs no more than what is left; its cost.
fn fit(tick: &[(f64, f64)], won: &mut [bool], left: f64, rng: &mut Rng) -> f64 {
    loop {
        let places: Vec<usize> = (0..won.len()).filter(|place| won[*place]).collect();
        let cost: f64 = places.iter().map(|place| tick[*place].1).sum();
        if cost <= left {
            return cost;
        }
        let mut places = places;
        let drop = (places.len() as f64 * (cost - left) / (cost + 1e-4)).ceil() as usize;
        for _ in 0..drop.min(places.len()) {
            let place = (uniform(rng) * places.len() as f64) as usize;
            won[places.swap_remove(place.min(places.len() - 1))] = false;
        }
    }
}

fn mean(days: &[Day], of: fn(&Day) -> f64) -> f64 {
    days.iter().map(of).sum::<f64>() / days.len().max(1) as f64
}

/// Ratio of the means of two bidders on the same days, and its standard error.
fn ratio(own: &[Day], other: &[Day], of: fn(&Day) -> f64) -> (f64, f64) {
    let (own_mean, other_mean) = (mean(own, of), mean(other, of));
    if other_mean <= 0.0 {
        return (0.0, 0.0);
    }
    let ratio = own_mean / other_mean;
    let count = own.len().max(2) as f64;
    let square: f64 = own.iter().zip(other).map(|(own, other)| (of(own) - ratio * of(other)).powi(2)).sum();
    (ratio, (square / (count - 1.0) / count).sqrt() / other_mean)
}

impl Report {
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "{:<22} {:<22} {:>7} {:>6} {:>9} {:>15} {:>15} {:>8} {:>8} {:>6}\n",
            "market", "bidder", "score", "± se", "expected", "of hindsight", "expected", "results", "cost/cap", "spent"
        );
        for (market, rows) in &self.markets {
            let hindsight = &rows.iter().find(|(name, _)| *name == HINDSIGHT).expect("it is in NAMES").1;
            for (name, days) in rows {
                let (drawn, drawn_error) = ratio(days, hindsight, |day| day.score);
                let (expected, expected_error) = ratio(days, hindsight, |day| day.expected);
                text += &format!(
                    "{market:<22} {name:<22} {:>7.2} {:>6.2} {:>9.2} {:>7.1}% ± {:>4.1} {:>7.1}% ± {:>4.1} {:>8.1} {:>8.2} {:>5.0}%\n",
                    mean(days, |day| day.score),
                    error(days),
                    mean(days, |day| day.expected),
                    drawn * 100.0,
                    drawn_error * 100.0,
                    expected * 100.0,
                    expected_error * 100.0,
                    mean(days, |day| day.results),
                    mean(days, |day| day.cost_of_cap) / mean(days, |day| day.results).max(1e-9),
                    mean(days, |day| day.spent) * 100.0,
                );
            }
        }
        text + &format!("a tick of ours with learning from it: {:.2} ms on average\n", self.decision_ms)
    }

    pub(crate) fn json(&self) -> Value {
        let mut told = Vec::new();
        for (market, rows) in &self.markets {
            let hindsight = &rows.iter().find(|(name, _)| *name == HINDSIGHT).expect("it is in NAMES").1;
            for (name, days) in rows {
                let (drawn, drawn_error) = ratio(days, hindsight, |day| day.score);
                let (expected, expected_error) = ratio(days, hindsight, |day| day.expected);
                told.push(json!({
                    "market": market, "bidder": name, "days": days.len(),
                    "score": mean(days, |day| day.score), "standard_error": error(days),
                    "expected_score": mean(days, |day| day.expected),
                    "of_hindsight": drawn, "of_hindsight_error": drawn_error,
                    "expected_of_hindsight": expected, "expected_of_hindsight_error": expected_error,
                    "results": mean(days, |day| day.results), "spent": mean(days, |day| day.spent),
                }));
            }
        }
        json!({ "bench": "costcap recorded", "rows": told, "tick_ms": self.decision_ms })
    }
}

/// Standard error of the mean score.
fn error(days: &[Day]) -> f64 {
    let count = days.len().max(2) as f64;
    let mean = mean(days, |day| day.score);
    (days.iter().map(|day| (day.score - mean).powi(2)).sum::<f64>() / (count - 1.0) / count).sqrt()
}
