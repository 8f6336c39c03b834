//! Traffic: who comes when to which node, what it costs, and when the event arrives; the same for every peer.

use tuiliu_delivery::Rng;
use tuiliu_domain::money::MICROS_PER_UNIT;

/// Ticks of a node's jobs, in ms.
pub(crate) const TICK_MS: i64 = 100;
/// Impressions that bring a billable event, in millionths.
const CONVERTS: u32 = 300_000;
/// Events that come after their promise has expired, in millionths.
const LATE: u32 = 20_000;
/// A dead node's viewers go elsewhere.
const FOLDER_MS: i64 = 300;

/// One impression that a node could serve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opportunity {
    pub(crate) at_ms: i64,
    pub(crate) node: usize,
    /// What a result costs, in millionths.
    pub(crate) price: i64,
    /// When the event that bills it is folded; `None`: it brings nothing.
    pub(crate) billed_at_ms: Option<i64>,
}

/// How an order's traffic looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) nodes: usize,
    pub(crate) budget: i64,
    /// Mean cost of one result.
    pub(crate) price: i64,
    /// In which the traffic could spend the budget.
    pub(crate) spend_ms: i64,
    /// Worth of the traffic, in hundredths of the budget.
    pub(crate) supply_percent: i64,
    /// Nodes that crash, in hundredths.
    pub(crate) crash_percent: usize,
    /// The first node gets so many times what the last one gets.
    pub(crate) skew: usize,
}

/// A crash of one node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crash {
    pub(crate) node: usize,
    pub(crate) at_ms: i64,
    /// `None`: it never returns.
    pub(crate) back_at_ms: Option<i64>,
}

/// One order's day.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    pub(crate) opportunities: Vec<Opportunity>,
    pub(crate) crashes: Vec<Crash>,
    pub(crate) window_ms: i64,
}

/// A number below `limit`.
pub(crate) fn below(rng: &mut Rng, limit: i64) -> i64 {
    let limit = u128::try_from(limit.max(1)).expect("positive");
    i64::try_from((u128::from(rng.next_u64()) * limit) >> 64).expect("below the limit")
}

impl Traffic {
    /// The same traffic at one node that never crashes: what leases on many nodes can at best come to.
    pub(crate) fn at_one_node(&self) -> Self {
        let one = |each: &Opportunity| Opportunity { node: 0, ..*each };
        let opportunities = self.opportunities.iter().map(one).collect();
        Self { opportunities, crashes: Vec::new(), window_ms: self.window_ms }
    }

    /// Draws the traffic of one order.
    pub(crate) fn draw(shape: Shape, seed: u64) -> Self {
        let mut rng = Rng::seeded(seed);
        let window_ms = shape.spend_ms * shape.supply_percent / 100;
        let crashes = crashes(shape, window_ms, &mut rng);
        let results = shape.budget / shape.price * shape.supply_percent / 100;
        let impressions = results * 1_000_000 / i64::from(CONVERTS);
        let weights: Vec<i64> = (0..shape.nodes).map(|node| weight(shape, node)).collect();
        let total: i64 = weights.iter().sum();
        let mut opportunities: Vec<Opportunity> = (0..impressions)
            .map(|_| {
                let at_ms = below(&mut rng, window_ms);
                let mut node = pick(&weights, below(&mut rng, total));
                // Who finds a node dead is sent to the next one.
                while crashes.iter().any(|crash| crash.is_down(node, at_ms)) {
                    node = (node + 1) % shape.nodes;
                }
                let price = shape.price / 2 + below(&mut rng, shape.price);
                Opportunity { at_ms, node, price, billed_at_ms: billed(at_ms, &mut rng) }
            })
            .collect();
        opportunities.sort_by_key(|each| each.at_ms);
        Self { opportunities, crashes, window_ms }
    }
}

impl Crash {
    pub(crate) fn is_down(&self, node: usize, at_ms: i64) -> bool {
        self.node == node && self.at_ms <= at_ms && self.back_at_ms.is_none_or(|back| at_ms < back)
    }
}

/// Half of those that crash come back after 30 s, the others never.
fn crashes(shape: Shape, window_ms: i64, rng: &mut Rng) -> Vec<Crash> {
    let count = shape.nodes * shape.crash_percent / 100;
    // Node 0 lives, so that somebody does.
    let mut nodes: Vec<usize> = (1..shape.nodes).collect();
    (0..count.min(nodes.len()))
        .map(|number| {
            let place = below(rng, i64::try_from(nodes.len()).expect("few nodes"));
            let node = nodes.swap_remove(usize::try_from(place).expect("not negative"));
            let at_ms = below(rng, window_ms);
            Crash { node, at_ms, back_at_ms: (number % 2 == 0).then_some(at_ms + 30_000) }
        })
        .collect()
}

fn weight(shape: Shape, node: usize) -> i64 {
    let last = i64::try_from(shape.nodes.max(2) - 1).expect("few nodes");
    let from_end = last - i64::try_from(node).expect("few nodes");
    last + i64::try_from(shape.skew.max(1) - 1).expect("small") * from_end
}

fn pick(weights: &[i64], mut drawn: i64) -> usize {
    for (node, weight) in weights.iter().enumerate() {
        drawn -= weight;
        if drawn < 0 {
            return node;
        }
    }
    0
}

fn billed(at_ms: i64, rng: &mut Rng) -> Option<i64> {
    if rng.below_million() >= CONVERTS {
        return None;
    }
    let late = rng.below_million() < LATE;
    let delay = if late { 20_000 + below(rng, 60_000) } else { 1_000 + below(rng, 15_000) };
    Some(at_ms + delay + FOLDER_MS)
}

/// Millionths as beans, for people.
pub(crate) const fn beans(micros: i64) -> i64 {
    micros / MICROS_PER_UNIT
}
