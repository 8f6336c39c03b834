//! Which orders want this viewer: the index of the product, a look at every order, the crate `a-tree`, and an inverted
//! index of `roaring` bitmaps, on the same made-up orders and viewers; all must answer alike.
//!
//! `cargo xtask bench retrieval [--json] -- [--orders N] [--predicates 3|6] [--viewers N] [--peer-seconds S]`

mod peers;
mod world;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use cap::Cap;
use clap::Parser;
use serde_json::json;
use tuiliu_delivery::index::AudienceIndex;

use peers::{Answering, Inverted, Scan, Tree};
use world::World;

#[global_allocator]
static ALLOCATOR: Cap<mimalloc::MiMalloc> = Cap::new(mimalloc::MiMalloc, usize::MAX);

/// Times that every search is made; the fastest counts, since whatever else runs only slows.
const PASSES: usize = 5;

#[derive(Debug, Parser)]
struct Arguments {
    /// Running orders.
    #[arg(long, default_value_t = 100_000)]
    orders: u32,
    /// What an order asks for on average: 3 or 6 attributes.
    #[arg(long, default_value_t = 3)]
    predicates: u32,
    #[arg(long, default_value_t = 300)]
    viewers: usize,
    /// Seconds in which `a-tree` may be built; with as many orders as it then has it is asked, and it is said how many.
    #[arg(long, default_value_t = 60)]
    peer_seconds: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

/// Figures of one way to search.
struct Measured {
    name: &'static str,
    orders: u32,
    mean_us: f64,
    p50_us: f64,
    p99_us: f64,
    bytes_per_order: f64,
    build_seconds: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let world = World::new(arguments.orders, arguments.predicates, arguments.viewers, arguments.seed);
    let mut measured = Vec::new();
    let (ours, of_ours, answers) = build_and_ask("ours", arguments.orders, &world, || {
        Ok((AudienceIndex::build(world.audiences.iter()), arguments.orders))
    })?;
    measured.push(of_ours);
    measured.push(compared("scan", &world, &answers, || Ok((Scan::build(&world), arguments.orders)))?);
    measured.push(compared("roaring", &world, &answers, || Ok((Inverted::build(&world), arguments.orders)))?);
    let limit = Duration::from_secs(arguments.peer_seconds);
    measured.push(compared("a-tree", &world, &answers, || Tree::build(&world, limit))?);
    let change_us = change(&ours, &world);
    let matches = answers.iter().map(Vec::len).sum::<usize>() as f64 / answers.len() as f64;
    report(&arguments, &measured, change_us, matches);
    Ok(())
}

fn compared<S: Answering>(
    name: &'static str,
    world: &World,
    answers: &[Vec<u32>],
    build: impl FnOnce() -> Result<(S, u32)>,
) -> Result<Measured> {
    let (_peer, measured, peers) = build_and_ask(name, 0, world, build)?;
    for (nth, (own, peers)) in answers.iter().zip(&peers).enumerate() {
        let own: Vec<u32> = own.iter().copied().filter(|order| *order < measured.orders).collect();
        ensure!(own == *peers, "`{name}` answers {} orders to viewer {nth}, ours {}", peers.len(), own.len());
    }
    Ok(measured)
}

fn build_and_ask<S: Answering>(
    name: &'static str,
    _orders: u32,
    world: &World,
    build: impl FnOnce() -> Result<(S, u32)>,
) -> Result<(S, Measured, Vec<Vec<u32>>)> {
    let before = ALLOCATOR.allocated();
    let start = Instant::now();
    let (index, orders) = build()?;
    let build_seconds = start.elapsed().as_secs_f64();
    let bytes = ALLOCATOR.allocated().saturating_sub(before);
    let mut found = Vec::new();
    let mut fastest = vec![f64::INFINITY; world.viewers.len()];
    let mut answers = vec![Vec::new(); world.viewers.len()];
    // Slow peers are asked once or twice: a search of milliseconds is disturbed less.
    for pass in 0..PASSES {
        let begun = Instant::now();
        for (nth, viewer) in world.viewers.iter().enumerate() {
            found.clear();
            let start = Instant::now();
            index.ask(viewer, world, &mut found);
            fastest[nth] = fastest[nth].min(start.elapsed().as_secs_f64() * 1e6);
            if pass == 0 {
                found.sort_unstable();
                found.dedup();
                answers[nth].clone_from(&found);
            }
        }
        if begun.elapsed() > Duration::from_secs(5) {
            break;
        }
    }
    fastest.sort_by(f64::total_cmp);
    let at = |share: f64| fastest[((fastest.len() - 1) as f64 * share) as usize];
    let measured = Measured {
        name,
        orders,
        mean_us: fastest.iter().sum::<f64>() / fastest.len() as f64,
        p50_us: at(0.5),
        p99_us: at(0.99),
        bytes_per_order: bytes as f64 / f64::from(orders.max(1)),
        build_seconds,
    };
    Ok((index, measured, answers))
}

/// Microseconds to make of an index one in which one order has another audience, readers keeping the old one.
fn change(index: &AudienceIndex, world: &World) -> f64 {
    let mut times: Vec<f64> = (0..200_usize)
        .map(|nth| {
            let order = nth * 7_919 % world.audiences.len();
            let other = &world.audiences[(order + 1) % world.audiences.len()];
            let number = u32::try_from(order).expect("orders are counted in 32 bits");
            let start = Instant::now();
            let mut next = index.clone();
            next.remove(number, &world.audiences[order]);
            next.put(number, other);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn report(arguments: &Arguments, measured: &[Measured], change_us: f64, matches: f64) {
    let ours = &measured[0];
    if arguments.json {
        let cells: Vec<_> = measured
            .iter()
            .map(|cell| {
                json!({
                    "name": cell.name, "orders": cell.orders, "mean_us": cell.mean_us, "p50_us": cell.p50_us,
                    "p99_us": cell.p99_us, "bytes_per_order": cell.bytes_per_order,
                    "build_seconds": cell.build_seconds, "times_ours": cell.mean_us / ours.mean_us,
                    "is_complete": cell.orders == arguments.orders,
                })
            })
            .collect();
        println!(
            "{}",
            json!({
                "bench": "retrieval", "orders": arguments.orders, "predicates": arguments.predicates,
                "viewers": arguments.viewers, "matches_mean": matches, "change_p50_us": change_us, "cells": cells,
            })
        );
        return;
    }
    println!(
        "{} orders, {} predicates, {} viewers, {matches:.0} matches on average",
        arguments.orders, arguments.predicates, arguments.viewers
    );
    println!("             orders   mean µs    p50 µs    p99 µs   bytes/order   build s   × ours");
    for cell in measured {
        println!(
            "{:<8} {:>10} {:>9.2} {:>9.2} {:>9.2} {:>13.0} {:>9.2} {:>8.1}{}",
            cell.name,
            cell.orders,
            cell.mean_us,
            cell.p50_us,
            cell.p99_us,
            cell.bytes_per_order,
            cell.build_seconds,
            cell.mean_us / ours.mean_us,
            if cell.orders < arguments.orders { "  (not all orders: the time to build was up)" } else { "" }
        );
    }
    println!("one order changed, readers keeping the old index: {change_us:.1} µs");
}
