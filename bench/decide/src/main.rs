//! Whole decisions: retrieval, rates, caps, auction, holdout, lease and what is taught, on made-up orders; every
//! decision is also explained, which looks at every order, and must have the same winners and prices, unless it was cut
//! short: then it is told how much of the value it had.
//!
//! `cargo xtask bench decide [--json] -- [--orders N] [--predicates P] [--requests N] [--equal-bids] [--ceiling C]`

mod world;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use cap::Cap;
use clap::Parser;
use serde_json::json;
use tuiliu_delivery::frequency::{FrequencyTable, FrequencyWindow};
use tuiliu_delivery::lease::{Reservation, Reservations};
use tuiliu_delivery::random::mix;
use tuiliu_delivery::snapshot::Change;
use tuiliu_delivery::{Decision, Request, Rng, Snapshot, Won, decide, explain};

use world::{NOW, Shape};

#[global_allocator]
static ALLOCATOR: Cap<mimalloc::MiMalloc> = Cap::new(mimalloc::MiMalloc, usize::MAX);

#[derive(Debug, Parser)]
struct Arguments {
    /// Running orders.
    #[arg(long, default_value_t = 100_000)]
    orders: u64,
    /// Attributes that each order asks for: 2 let about a tenth of the orders match, 5 few.
    #[arg(long, default_value_t = 2)]
    predicates: u64,
    #[arg(long, default_value_t = 5_000)]
    requests: u64,
    /// Times that each request is decided; the fastest counts.
    #[arg(long, default_value_t = 5)]
    passes: u64,
    /// Requests whose decision is compared with a look at every order.
    #[arg(long, default_value_t = 100)]
    compared: u64,
    /// Every order of a goal can bid the same: the early stop has nothing to go by.
    #[arg(long)]
    equal_bids: bool,
    /// How many times its rate an order's ceiling is; 4 where circumstances may move the odds as far as they ever do.
    #[arg(long, default_value_t = 1.5)]
    ceiling: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let Arguments { orders, predicates, equal_bids, ceiling, .. } = arguments;
    let shape = Shape { orders, predicates, equal_bids, ceiling };
    let table = Arc::new(FrequencyTable::with_bits(22));
    let before = ALLOCATOR.allocated();
    let start = Instant::now();
    let snapshot = world::snapshot(arguments.seed, &shape, table);
    let build_seconds = start.elapsed().as_secs_f64();
    let bytes_per_order = (ALLOCATOR.allocated() - before) as f64 / arguments.orders as f64;
    let mut rng = Rng::seeded(mix(arguments.seed));
    let requests: Vec<Request> = (0..arguments.requests).map(|n| world::request(&mut rng, n)).collect();

    let Compared { scan_us, matching, cut_short, value } =
        compare(&snapshot, &requests, arguments.requests.min(arguments.compared))?;
    let mut fastest = vec![f64::INFINITY; requests.len()];
    let (mut wins, mut ghosts, mut entries) = (0, 0, 0);
    for _ in 0..arguments.passes {
        (wins, ghosts, entries) = (0, 0, 0);
        let reservations = Reservations::default();
        for (n, request) in requests.iter().enumerate() {
            let mut rng = Rng::seeded(mix(n as u64));
            let start = Instant::now();
            let decision = black_box(decide(&snapshot, black_box(request), &mut rng, NOW));
            for won in &decision.wins {
                let reservation = Reservation { lease: Arc::clone(&won.lease), price: won.price };
                reservations.reserve(won.decision, reservation, NOW)?;
            }
            for won in &decision.wins {
                reservations.release(won.decision);
            }
            fastest[n] = fastest[n].min(start.elapsed().as_secs_f64() * 1e6);
            (wins, ghosts, entries) =
                (wins + decision.wins.len(), ghosts + decision.ghosts.len(), entries + decision.entries.len());
            if n % 8 == 0 {
                for won in &decision.wins {
                    snapshot.frequency().record(request.viewer.hash, won.order, FrequencyWindow::Day, NOW);
                }
            }
        }
    }
    fastest.sort_by(f64::total_cmp);
    let at = |share: f64| fastest[((fastest.len() - 1) as f64 * share) as usize];
    let mean = fastest.iter().sum::<f64>() / fastest.len() as f64;
    let per_request = |count: usize| count as f64 / requests.len() as f64;
    let start = Instant::now();
    snapshot.reprice();
    let reprice_ms = start.elapsed().as_secs_f64() * 1e3;
    let figures = json!({
        "bench": "decide", "orders": arguments.orders, "predicates": arguments.predicates,
        "requests": arguments.requests, "equal_bids": equal_bids, "ceiling": ceiling, "matching_mean": matching,
        "mean_us": mean, "p50_us": at(0.5), "p99_us": at(0.99), "per_second": 1e6 / mean,
        "cut_short": cut_short, "value_of_full_scan": value, "full_scan_mean_us": scan_us, "bytes_per_order": bytes_per_order, "build_seconds": build_seconds,
        "change_p50_us": change(&snapshot, &shape)?, "reprice_ms": reprice_ms,
        "wins_per_request": per_request(wins), "ghosts_per_request": per_request(ghosts),
        "entries_per_request": per_request(entries),
    });
    if arguments.json {
        println!("{figures}");
    } else {
        for (name, figure) in figures.as_object().into_iter().flatten() {
            println!("{name:<22} {figure}");
        }
    }
    Ok(())
}

/// How decisions stand beside a look at everybody.
struct Compared {
    /// How long that takes.
    scan_us: f64,
    /// How many orders match.
    matching: f64,
    /// Part of the decisions that were cut short.
    cut_short: f64,
    /// Ranks of the winners, over those of the look at everybody.
    value: f64,
}

/// Decides as a look at everybody does, where it is not cut short.
fn compare(snapshot: &Snapshot, requests: &[Request], count: u64) -> Result<Compared> {
    let (mut seconds, mut matching) = (0.0, 0);
    let (mut cut_short, mut value, mut value_of_all) = (0, 0.0, 0.0);
    let value_of = |wins: &[Won]| wins.iter().map(|won| won.rank.price().get() as f64).sum::<f64>();
    for (n, request) in (0..count).zip(requests) {
        let start = Instant::now();
        let told = explain(snapshot, request, &mut Rng::seeded(mix(n)), NOW);
        seconds += start.elapsed().as_secs_f64();
        matching += told.candidates.iter().filter(|candidate| !candidate.auctions.is_empty()).count();
        let decision = decide(snapshot, request, &mut Rng::seeded(mix(n)), NOW);
        release(&decision);
        let key = |won: &Won| (won.slot, won.order, won.price, won.runner_up);
        let (own, all): (Vec<_>, Vec<_>) =
            (decision.wins.iter().map(key).collect(), told.wins.iter().map(key).collect());
        let same = own == all && decision.ghosts == told.ghosts;
        ensure!(same || decision.is_cut_short, "request {n}: {own:?} instead of {all:?}");
        cut_short += u64::from(decision.is_cut_short);
        value += value_of(&decision.wins);
        value_of_all += value_of(&told.wins);
    }
    let of_each = |sum: f64| sum / count as f64;
    Ok(Compared {
        scan_us: of_each(seconds * 1e6),
        matching: of_each(matching as f64),
        cut_short: of_each(cut_short as f64),
        value: value / value_of_all,
    })
}

fn release(decision: &Decision) {
    decision.wins.iter().for_each(|won| won.lease.release(won.price));
}

/// Microseconds for a snapshot in which one order has changed altogether.
fn change(snapshot: &Snapshot, shape: &Shape) -> Result<f64> {
    let mut times = Vec::new();
    for n in 0..50 {
        let candidate = world::changed(mix(n), n * 7_919 % shape.orders, shape);
        let start = Instant::now();
        black_box(snapshot.apply(vec![Change::Put(Box::new(candidate))])?);
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
