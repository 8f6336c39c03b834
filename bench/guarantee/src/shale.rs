//! SHALE (Bharadwaj et al., "An efficient algorithm for allocation of guaranteed display advertising", KDD 2012),
//! planned anew every twelve hours: the peer that balances all contracts at once.

use tuiliu_delivery::approximate::approximate;

use crate::engine::{Hour, Method, Part};
use crate::market::HOURS;

/// Hours between two plans, and the length of a span.
const EVERY: usize = 12;
const ROUNDS: usize = 20;
const HALVINGS: usize = 24;
/// Largest multiplier of a contract: what under-delivery costs in the paper's objective.
const PENALTY: f64 = 1_000.0;

#[derive(Default)]
pub struct Shale {
    parts: Vec<Vec<Part>>,
}

/// A contract and a node of supply it fits.
struct Edge {
    contract: usize,
    node: usize,
    slots: f64,
}

impl Method for Shale {
    fn name(&self) -> &'static str {
        "SHALE every 12 h"
    }

    fn parts(&mut self, hour: &Hour<'_>) -> Vec<Vec<Part>> {
        // Who begins between two plans is planned for at once; otherwise it would lose half a day.
        let begins = hour.market.contracts.iter().any(|contract| contract.starts_at == hour.now());
        if hour.hour.is_multiple_of(EVERY) || begins {
            self.parts = plan(hour);
        }
        self.parts.clone()
    }
}

fn plan(hour: &Hour<'_>) -> Vec<Vec<Part>> {
    let forecast = &hour.market.forecast;
    let running = hour.running();
    let spans = (HOURS - hour.hour).div_ceil(EVERY);
    let mut edges = Vec::new();
    let mut by_contract = vec![Vec::new(); running.len()];
    let mut by_node = vec![Vec::new(); forecast.pools() * spans];
    for (place, contract) in running.iter().enumerate() {
        let contract = &hour.market.contracts[*contract];
        let ends = contract.ends_at.since_ms(hour.now()) / tuiliu_domain::time::HOUR_MS;
        let ends = hour.hour + usize::try_from(ends).expect("it runs");
        for pool in contract.pools.iter().map(|pool| usize::try_from(*pool).expect("few pools")) {
            for span in 0..spans {
                let from = hour.hour + span * EVERY;
                let slots: f64 = (from..(from + EVERY).min(ends)).map(|hour| forecast.slots(pool, hour)).sum();
                if slots > 0.0 {
                    let node = pool * spans + span;
                    by_contract[place].push(edges.len());
                    by_node[node].push(edges.len());
                    edges.push(Edge { contract: place, node, slots });
                }
            }
        }
    }
    let missing =
        |place: usize| approximate(i64::try_from(hour.standing(running[place]).missing()).expect("few plays"));
    let shares = balance(&edges, &by_contract, &by_node, missing);
    let mut parts = vec![Vec::new(); forecast.pools()];
    for (edge, share) in edges.iter().zip(shares).filter(|(edge, _)| edge.node.is_multiple_of(spans)) {
        let part = Part { contract: running[edge.contract], share, price: i64::MAX };
        parts[edge.node / spans].push(part);
    }
    parts
}

/// Shares of each edge after some rounds of the paper's coordinate steps.
fn balance(
    edges: &[Edge],
    by_contract: &[Vec<usize>],
    by_node: &[Vec<usize>],
    missing: impl Fn(usize) -> f64,
) -> Vec<f64> {
    let wanted: Vec<f64> = (0..by_contract.len())
        .map(|place| {
            let supply: f64 = by_contract[place].iter().map(|edge| edges[*edge].slots).sum();
            missing(place) / supply.max(1e-9)
        })
        .collect();
    let mut alpha = vec![0.0; by_contract.len()];
    let mut beta = vec![0.0; by_node.len()];
    let share = |edge: &Edge, alpha: f64, beta: f64| (wanted[edge.contract] * (1.0 + alpha - beta)).max(0.0);
    for _ in 0..ROUNDS {
        for (node, own) in by_node.iter().enumerate().filter(|(_, own)| !own.is_empty()) {
            let load = |beta: f64| {
                own.iter().map(|edge| share(&edges[*edge], alpha[edges[*edge].contract], beta)).sum::<f64>()
            };
            beta[node] = if load(0.0) <= 1.0 { 0.0 } else { halve(0.0, PENALTY + 1.0, |beta| load(beta) > 1.0) };
        }
        for (place, own) in by_contract.iter().enumerate() {
            let plays = |alpha: f64| {
                let of = |edge: &Edge| edge.slots * share(edge, alpha, beta[edge.node]).min(1.0);
                own.iter().map(|edge| of(&edges[*edge])).sum::<f64>()
            };
            alpha[place] = halve(-1.0, PENALTY, |alpha| plays(alpha) < missing(place));
        }
    }
    edges.iter().map(|edge| share(edge, alpha[edge.contract], beta[edge.node]).min(1.0)).collect()
}

/// Where a property stops to hold.
fn halve(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}
