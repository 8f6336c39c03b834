//! Leases against a shared counter: overspend, use of the budget, ledger traffic and starving, in made-up time.
//!
//! `cargo xtask bench leases [--json] -- [--nodes N] [--crash P%] [--seeds N]`. Nodes crash, events come late, the last
//! units move between nodes; the counter, the book of promises, the borrowing rules and the ledger are the product's.

mod cost;
mod counter;
mod leased;
mod traffic;

use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde_json::{Value, json};
use tuiliu_domain::money::MICROS_PER_UNIT;

use traffic::{Shape, Traffic, beans};

#[derive(Debug, Parser)]
struct Arguments {
    /// Nodes that share the budget; by default 4, 16 and 64.
    #[arg(long)]
    nodes: Vec<usize>,
    /// Nodes that crash; half of them come back.
    #[arg(long, default_value = "20%")]
    crash: Percent,
    /// What the traffic is worth, in shares of the budget.
    #[arg(long, default_value = "200%")]
    supply: Percent,
    /// Orders drawn of each kind.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Only what one promise costs on a core.
    #[arg(long)]
    cost_only: bool,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy)]
struct Percent(usize);

impl FromStr for Percent {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let percent = text.trim_end_matches('%').parse().context("failed to read a share")?;
        ensure!(percent <= 10_000, "a share of more than a hundred times");
        Ok(Self(percent))
    }
}

/// A kind of order: budget in beans, mean cost of a result in millionths, time to spend it in.
const KINDS: &[(&str, i64, i64, i64)] = &[
    ("small, fast", 100, 500_000, 60_000),
    ("small, slow", 100, 500_000, 3_600_000),
    ("typical", 1_000, 200_000, 1_800_000),
    ("large, fast", 10_000, 300_000, 120_000),
    ("large, slow", 10_000, 300_000, 7_200_000),
];
const SKEW: usize = 8;
const SYNCS_MS: [i64; 2] = [10_000, 1_000];

/// Orders of one kind on so many nodes; shares in millionths of the budget.
struct Cell {
    kind: &'static str,
    nodes: usize,
    used_min: i64,
    used_mean: i64,
    /// Smallest and mean use, as a share of what one node alone could have spent.
    of_one_min: i64,
    of_one_mean: i64,
    overspent_max: i64,
    given_away_mean: i64,
    given_away_max: i64,
    /// Impressions refused until the order was used up, in millionths.
    starved: i64,
    /// Borrows, returns and closes for each thousand charges.
    traffic: i64,
    operations: i64,
    charges: i64,
    /// Mean and largest overspend of a shared counter, by how often it is synced.
    shared: Vec<(i64, i64, i64)>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut cells = Vec::new();
    let mut scaling = Vec::new();
    if !arguments.cost_only {
        let nodes = if arguments.nodes.is_empty() { vec![4, 16, 64] } else { arguments.nodes.clone() };
        for nodes in nodes {
            ensure!((1..=1_024).contains(&nodes), "between 1 and 1024 nodes share a budget");
            for kind in KINDS {
                cells.push(cell(*kind, nodes, &arguments));
            }
        }
        for budget in [100, 1_000, 10_000, 100_000] {
            scaling.push((
                budget,
                cell(("growing", budget, 300_000, 1_800_000), 16, &Arguments { seeds: 2, ..arguments.copied() }),
            ));
        }
    }
    let costs = cost::measure();
    if arguments.json {
        println!("{:#}", document(&arguments, &cells, &scaling, costs));
    } else {
        print(&arguments, &cells, &scaling, costs);
    }
    Ok(())
}

impl Arguments {
    fn copied(&self) -> Self {
        Self { nodes: self.nodes.clone(), ..*self }
    }
}

fn cell((kind, budget, price, spend_ms): (&'static str, i64, i64, i64), nodes: usize, arguments: &Arguments) -> Cell {
    let budget = budget * MICROS_PER_UNIT;
    let shape = Shape {
        nodes,
        budget,
        price,
        spend_ms,
        supply_percent: i64::try_from(arguments.supply.0).unwrap_or(100),
        crash_percent: arguments.crash.0.min(100),
        skew: SKEW,
    };
    let (mut leased, mut of_one, mut shared) = (Vec::new(), Vec::new(), vec![Vec::new(); SYNCS_MS.len()]);
    for seed in 1..=arguments.seeds.max(1) {
        let traffic = Traffic::draw(shape, seed);
        let order = leased::play(shape, &traffic);
        let one = leased::play(Shape { nodes: 1, ..shape }, &traffic.at_one_node());
        of_one.push(millionths(order.charged, one.charged));
        leased.push(order);
        for (place, sync_ms) in SYNCS_MS.into_iter().enumerate() {
            shared[place].push(counter::play(shape, &traffic, sync_ms));
        }
    }
    let part = |micros: i64| millionths(micros, budget);
    let used: Vec<i64> = leased.iter().map(|order| part(order.charged.min(budget))).collect();
    let given: Vec<i64> = leased.iter().map(|order| part(order.given_away)).collect();
    let operations = leased.iter().map(|order| order.borrows + order.returns + order.closes).sum::<i64>();
    let charges = leased.iter().map(|order| order.charges).sum::<i64>();
    Cell {
        kind,
        nodes,
        used_min: used.iter().copied().min().unwrap_or(0),
        used_mean: mean(&used),
        of_one_min: of_one.iter().copied().min().unwrap_or(0),
        of_one_mean: mean(&of_one),
        overspent_max: leased.iter().map(|order| part((order.charged - budget).max(0))).max().unwrap_or(0),
        given_away_mean: mean(&given),
        given_away_max: given.iter().copied().max().unwrap_or(0),
        starved: starved(&leased),
        traffic: operations * 1_000 / charges.max(1),
        operations,
        charges,
        shared: shared.iter().map(|orders| over(orders, budget)).collect(),
    }
}

/// Impressions that were refused though the order was not used up.
fn starved(orders: &[leased::Outcome]) -> i64 {
    let (refused, asked) =
        orders.iter().fold((0, 0), |(refused, asked), order| (refused + order.refused, asked + order.asked));
    millionths(refused, asked)
}

/// Mean and largest overspend, and the smallest use.
fn over(orders: &[counter::Outcome], budget: i64) -> (i64, i64, i64) {
    let over: Vec<i64> = orders.iter().map(|order| millionths((order.charged - budget).max(0), budget)).collect();
    let used = orders.iter().map(|order| millionths(order.charged.min(budget), budget)).min().unwrap_or(0);
    (mean(&over), over.iter().copied().max().unwrap_or(0), used)
}

fn millionths(part: i64, whole: i64) -> i64 {
    i64::try_from(i128::from(part) * 1_000_000 / i128::from(whole.max(1))).unwrap_or(i64::MAX)
}

fn mean(all: &[i64]) -> i64 {
    all.iter().sum::<i64>() / i64::try_from(all.len().max(1)).unwrap_or(1)
}

/// Millionths as hundredths, with three digits.
fn percent(millionths: i64) -> String {
    format!("{}.{:03}", millionths / 10_000, millionths % 10_000 / 10)
}

fn print(arguments: &Arguments, cells: &[Cell], scaling: &[(i64, Cell)], costs: cost::Costs) {
    let Arguments { crash, supply, seeds, .. } = arguments;
    println!("{}% of the nodes crash, supply {}% of the budget, {seeds} orders of each kind", crash.0, supply.0);
    println!("shares in % of the budget; of one: in % of what one node alone spends of the same traffic;");
    println!("refused: of the impressions, while the order had the price left somewhere; ops: for 1000 charges");
    println!(
        "{:>12} {:>5} | {:>9} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8} {:>6} | {:>15} {:>15}",
        "order",
        "nodes",
        "overspend",
        "used min",
        "mean",
        "of one",
        "mean",
        "given away",
        "refused",
        "ops",
        "10 s mean/max",
        "1 s mean/max"
    );
    for cell in cells {
        let shared: Vec<String> =
            cell.shared.iter().map(|(mean, max, _)| format!("{}/{}", percent(*mean), percent(*max))).collect();
        println!(
            "{:>12} {:>5} | {:>9} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8} {:>6} | {:>15} {:>15}",
            cell.kind,
            cell.nodes,
            percent(cell.overspent_max),
            percent(cell.used_min),
            percent(cell.used_mean),
            percent(cell.of_one_min),
            percent(cell.of_one_mean),
            percent(cell.given_away_max),
            percent(cell.starved),
            cell.traffic,
            shared[0],
            shared[1],
        );
    }
    println!("ledger traffic on 16 nodes as the budget grows: borrows, returns and closes against charges");
    for (budget, cell) in scaling {
        println!(
            "{:>8} beans: {:>8} for {:>8} charges, {:>5} per 1000",
            beans(*budget * MICROS_PER_UNIT),
            cell.operations,
            cell.charges,
            cell.traffic
        );
    }
    let ns = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    println!(
        "one promise given and kept, ns: {} released, {} settled",
        ns(costs.reserve_release),
        ns(costs.reserve_settle)
    );
    println!(
        "  two threads on one lease {}; with the book of promises {}",
        ns(costs.reserve_settle_two),
        ns(costs.booked)
    );
    println!("  a lock instead {}, two threads {}", ns(costs.locked), ns(costs.locked_two));
}

fn document(arguments: &Arguments, cells: &[Cell], scaling: &[(i64, Cell)], costs: cost::Costs) -> Value {
    let of_cell = |cell: &Cell| {
        let shared = |place: usize| {
            let (mean, max, used) = cell.shared[place];
            json!({"overspend_mean_millionths": mean, "overspend_max_millionths": max, "used_min_millionths": used})
        };
        json!({
            "order": cell.kind, "nodes": cell.nodes,
            "lease": {
                "overspend_max_millionths": cell.overspent_max,
                "used_min_millionths": cell.used_min, "used_mean_millionths": cell.used_mean,
                "of_one_node_min_millionths": cell.of_one_min, "of_one_node_mean_millionths": cell.of_one_mean,
                "given_away_mean_millionths": cell.given_away_mean, "given_away_max_millionths": cell.given_away_max,
                "refused_millionths": cell.starved,
                "ledger_operations": cell.operations, "charges": cell.charges,
                "ledger_operations_per_1000_charges": cell.traffic,
            },
            "shared_counter_10_s": shared(0), "shared_counter_1_s": shared(1),
        })
    };
    let growth = |(budget, cell): &(i64, Cell)| json!({"budget_beans": budget, "ledger_operations": cell.operations, "charges": cell.charges});
    let cost = |hundredths: u64| json!({"ns_hundredths": hundredths});
    json!({
        "bench": "leases", "crash_percent": arguments.crash.0, "seeds": arguments.seeds, "supply_percent": arguments.supply.0,
        "orders": cells.iter().map(of_cell).collect::<Vec<_>>(),
        "growth_on_16_nodes": scaling.iter().map(growth).collect::<Vec<_>>(),
        "cost": {
            "reserve_release": cost(costs.reserve_release), "reserve_settle": cost(costs.reserve_settle),
            "reserve_settle_two_threads": cost(costs.reserve_settle_two), "reserve_book_settle": cost(costs.booked),
            "lock": cost(costs.locked), "lock_two_threads": cost(costs.locked_two),
        },
    })
}
