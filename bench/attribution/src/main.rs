//! Whether attribution finds the expected figures, in whatever order and however often events arrive.
//!
//! `cargo xtask bench attribution [--json] -- --fixture DIR [--permutations N]`. Progress goes to standard error.

mod fixture;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde_json::{Value, json};
use tuiliu_measure::attribution::{Book, Record, ViewerKey};

use self::fixture::{Expected, Fixture};

#[derive(Debug, Parser)]
struct Arguments {
    /// The folder with `attribution_events.jsonl` and `attribution_expected.json`.
    #[arg(long, value_name = "FOLDER")]
    fixture: PathBuf,
    /// Random orders of arrival, each with random repetitions.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
    permutations: u64,
    /// The first of the seeds; each permutation has the next one.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let fixture = Fixture::read(&arguments.fixture)?;
    let mut misses = Vec::new();
    check("as recorded", &book(&fixture, fixture.events.iter()), &fixture, &mut misses);
    let started = Instant::now();
    let mut taken = 0;
    for number in 0..arguments.permutations {
        let mut random = ChaCha12Rng::seed_from_u64(arguments.seed + number);
        let mut order: Vec<&(ViewerKey, Record)> = fixture.events.iter().collect();
        // Up to as many repetitions again as there are events.
        for _ in 0..random.random_range(0..=fixture.events.len()) {
            order.push(&fixture.events[random.random_range(0..fixture.events.len())]);
        }
        order.shuffle(&mut random);
        taken += order.len();
        check(&format!("seed {}", arguments.seed + number), &book(&fixture, order.into_iter()), &fixture, &mut misses);
        if number % 100 == 99 {
            eprintln!("{} of {} permutations", number + 1, arguments.permutations);
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let per_second = if seconds > 0.0 { f64::from(u32::try_from(taken)?) / seconds } else { 0.0 };
    let met = misses.is_empty();
    if arguments.json {
        let figures = json!({
            "bench": "attribution", "events": fixture.events.len(), "cut_offs": fixture.cut_offs.len(),
            "permutations": arguments.permutations, "events_taken": taken, "seconds": seconds,
            "events_per_second": per_second, "versions_kept": fixture.cut_offs.len(),
            "bars": [{ "bar": "permutations that miss an expected figure", "found": misses.len(), "at_most": 0, "met": met }],
            "misses": misses.iter().take(20).collect::<Vec<_>>(),
        });
        println!("{figures:#}");
    } else {
        println!(
            "{} events, {} cut-offs, {} permutations",
            fixture.events.len(),
            fixture.cut_offs.len(),
            arguments.permutations
        );
        println!("{per_second:.0} events/s, each into {} versions on one core", fixture.cut_offs.len());
        println!("{} misses", misses.len());
        for miss in misses.iter().take(20) {
            println!("  {miss}");
        }
    }
    Ok(if met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes events in, one by one.
fn book<'f>(fixture: &Fixture, events: impl Iterator<Item = &'f (ViewerKey, Record)>) -> Book {
    let instants = fixture.cut_offs.iter().map(|cut_off| cut_off.as_of);
    let mut book = Book::new(Some(fixture.window_end), [].into(), instants);
    for (viewer, record) in events {
        book.take(*viewer, *record);
    }
    book
}

/// Compares every version with what is expected of it.
fn check(what: &str, book: &Book, fixture: &Fixture, misses: &mut Vec<Value>) {
    for ((_, sums), cut_off) in book.versions().zip(&fixture.cut_offs) {
        let found = Expected::of(&sums.arms);
        if !cut_off.expected.is_met_by(&found) {
            misses.push(json!({
                "arrival": what, "cut_off": cut_off.name, "expected": cut_off.expected.json(), "found": found.json(),
            }));
        }
    }
}
