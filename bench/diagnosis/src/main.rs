//! Whether slow orders are told the right reason, and healthy ones are left in peace: made-up orders with one factor
//! broken, judged by the product's own rule on what their requests tell (QB-13).
//!
//! `cargo xtask bench diagnosis [--json] -- [--orders N] [--hours H] [--spread S]`

mod market;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tuiliu_measure::forecast::Cause;

use market::{Break, Market, Severity};

#[derive(Debug, Parser)]
struct Arguments {
    /// Made-up orders of each cell.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(100..))]
    orders: u32,
    /// Hours that an order has run when it is judged.
    #[arg(long, default_value_t = 6.0)]
    hours: f64,
    /// How much healthy orders differ from their peers: deviation of the logarithm of each factor.
    #[arg(long, default_value_t = 0.07)]
    spread: f64,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

/// What was found of one number of requests an hour, in per cent.
struct Row {
    requests: f64,
    blamed: f64,
    blamed_ungated: f64,
    mild: Told,
    severe: Told,
}

/// How many broken orders were told anything, and how many of those the truth.
struct Told {
    answered: f64,
    right: f64,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let rows: Vec<Row> = [50.0, 200.0, 1_000.0].map(|requests| row(&arguments, requests)).into();
    // G14: nine answers of ten are right from 200 requests an hour on, and few healthy orders are blamed.
    let right = |row: &Row| row.requests < 200.0 || (row.mild.right >= 90.0 && row.severe.right >= 90.0);
    let is_met = rows.iter().all(|row| right(row) && row.blamed <= 15.0);
    if arguments.json {
        let told = |told: &Told| json!({"answered": told.answered, "right": told.right});
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "requests_an_hour": row.requests, "healthy_blamed": row.blamed,
                    "healthy_blamed_without_gate": row.blamed_ungated,
                    "mild": told(&row.mild), "severe": told(&row.severe),
                })
            })
            .collect();
        println!(
            "{}",
            json!({"bench": "diagnosis", "orders": arguments.orders, "hours": arguments.hours, "spread": arguments.spread, "rows": rows, "met": is_met})
        );
    } else {
        println!("requests/h  healthy blamed (no gate)  mild: answered / right   severe: answered / right");
        for row in &rows {
            println!(
                "{:>10}  {:>6.1} % ({:>4.1} %)        {:>6.1} % / {:>5.1} %        {:>6.1} % / {:>5.1} %",
                row.requests,
                row.blamed,
                row.blamed_ungated,
                row.mild.answered,
                row.mild.right,
                row.severe.answered,
                row.severe.right
            );
        }
        println!("{}", if is_met { "all bars are met" } else { "a bar is missed" });
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(arguments: &Arguments, requests: f64) -> Row {
    let market = Market { requests_an_hour: requests, hours: arguments.hours, spread: arguments.spread };
    let mut rng = ChaCha8Rng::seed_from_u64(14);
    let part = |count: u32, of: u32| 100.0 * f64::from(count) / f64::from(of.max(1));
    let (mut blamed, mut ungated) = (0, 0);
    for _ in 0..arguments.orders {
        let seen = market.order(&mut rng, None);
        blamed += u32::from(seen.verdict(true).cause().is_some());
        ungated += u32::from(seen.verdict(false).cause().is_some());
    }
    let mut told = |severity: Severity| {
        let (mut answered, mut right) = (0, 0);
        for nth in 0..arguments.orders {
            let cause = [Cause::Audience, Cause::SameAudience, Cause::Quality, Cause::Bid][nth as usize % 4];
            let seen = market.order(&mut rng, Some(Break { cause, severity }));
            let found = seen.verdict(true).cause();
            answered += u32::from(found.is_some());
            right += u32::from(found == Some(cause));
        }
        Told { answered: part(answered, arguments.orders), right: part(right, answered) }
    };
    let (mild, severe) = (told(Severity::Mild), told(Severity::Severe));
    Row {
        requests,
        blamed: part(blamed, arguments.orders),
        blamed_ungated: part(ungated, arguments.orders),
        mild,
        severe,
    }
}
