//! `POST /v1/decisions` of the whole product against a handler that answers constant JSON on the same HTTP stack.
//!
//! `cargo xtask bench http [--json] [--seconds N] [--connections N] [--rate N] [--passes N] [--here N]`. The servers are
//! processes of their own; both are asked in turn in every pass, so that whatever disturbs the machine disturbs both alike.

mod client;
mod load;
mod report;
mod serve;

use anyhow::Result;
use clap::{Parser, ValueEnum};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Clone, Parser)]
pub(crate) struct Arguments {
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Connections that are kept open and used again.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Requests/s of the open-loop measurement.
    #[arg(long, default_value_t = 20_000)]
    rate: u64,
    /// Passes; the table shows best and median.
    #[arg(long, default_value_t = 3)]
    passes: usize,
    /// Orders that run and match.
    #[arg(long, default_value_t = 48)]
    orders: usize,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
    /// Serves instead of measuring; for the bench itself.
    #[arg(long, hide = true)]
    serve: Option<Role>,
    /// Answers this many requests in process, without connections, instead of measuring; for profilers.
    #[arg(long)]
    here: Option<u32>,
}

/// What a server process of the bench is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// The whole product: frame, keys, limits, decision, leases, sealed tokens.
    Product,
    /// A handler that answers the same constant bytes, on the product's own server loop.
    Bare,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match (arguments.serve, arguments.here) {
        (role, Some(requests)) => serve::answer_here(role.unwrap_or(Role::Product), arguments.orders, requests),
        (Some(role), None) => serve::run(role, arguments.orders),
        (None, None) => report::run(&arguments),
    }
}
