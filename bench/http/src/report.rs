//! Passes over both servers, and the figures.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::client::{Part, ServerProcess, Used};
use crate::load::{Answered, Load, ask};
use crate::{Arguments, Role};

/// Share of the bare stack's requests/s that the product is to reach.
const GOAL_SHARE: f64 = 0.6;
/// Milliseconds within which 99 of 100 are to be answered at the rate.
const GOAL_P99_MS: f64 = 3.0;
const WARM_UP: Duration = Duration::from_secs(1);

/// One measurement of one server.
struct Cell {
    per_second: f64,
    filled: f64,
    /// Microseconds of the threads that answer, for each request.
    requests_us: Part,
    /// Of the store's threads.
    others_us: Part,
    p50_ms: f64,
    p99_ms: f64,
    p999_ms: f64,
}

struct Bench<'a> {
    arguments: &'a Arguments,
    product: ServerProcess,
    bare: ServerProcess,
    viewers: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // One thread for the load: what it takes, it takes from both alike.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut bench = Bench {
        arguments,
        product: ServerProcess::start(Role::Product, arguments.orders)?,
        bare: ServerProcess::start(Role::Bare, arguments.orders)?,
        viewers: 0,
    };
    for role in [Role::Product, Role::Bare] {
        runtime.block_on(bench.measure(role, None, WARM_UP))?;
    }
    let length = Duration::from_secs_f64(arguments.seconds);
    let (mut closed, mut open) = (Vec::new(), Vec::new());
    for pass in 1..=arguments.passes.max(1) {
        let bare = runtime.block_on(bench.measure(Role::Bare, None, length))?;
        let product = runtime.block_on(bench.measure(Role::Product, None, length))?;
        eprintln!("pass {pass}: {:.0}/s of {:.0}/s", product.per_second, bare.per_second);
        closed.push((product, bare));
        let bare = runtime.block_on(bench.measure(Role::Bare, Some(arguments.rate), length))?;
        let product = runtime.block_on(bench.measure(Role::Product, Some(arguments.rate), length))?;
        open.push((product, bare));
    }
    closed.sort_by(|one, other| share(one).total_cmp(&share(other)));
    open.sort_by(|one, other| one.0.p99_ms.total_cmp(&other.0.p99_ms));
    if arguments.json {
        println!("{:#}", figures(arguments, &closed, &open));
    } else {
        print(arguments, &closed, &open);
    }
    Ok(())
}

impl Bench<'_> {
    async fn measure(&mut self, role: Role, rate: Option<u64>, length: Duration) -> Result<Cell> {
        let server = if role == Role::Product { &self.product } else { &self.bare };
        let load = Load { connections: self.arguments.connections, length, rate };
        let before = server.used()?;
        let answered = ask(server.address, &server.key, load, self.viewers).await?;
        let after = server.used()?;
        if role == Role::Product {
            // The next measurement has viewers of its own; connections are a million viewers apart.
            self.viewers = (self.viewers + 131_072) % 900_000;
            ensure!(
                answered.filled * 10 >= answered.requests * 9,
                "only {} of {} answers show something",
                answered.filled,
                answered.requests
            );
        }
        Ok(Cell::of(&answered, before, after))
    }
}

impl Cell {
    fn of(answered: &Answered, before: Used, after: Used) -> Self {
        let count = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        let requests = count(answered.requests.max(1));
        let ms = |quantile: f64| count(answered.latency.value_at_quantile(quantile)) / 1_000.0;
        Self {
            per_second: count(answered.requests) / answered.elapsed.as_secs_f64(),
            filled: count(answered.filled) / requests,
            requests_us: after.requests.per_request(before.requests, requests),
            others_us: after.others.per_request(before.others, requests),
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            p999_ms: ms(0.999),
        }
    }

    fn json(&self) -> Value {
        json!({
            "requests_per_second": self.per_second, "filled_share": self.filled, "server_cpu_us_per_request": self.cpu_us(),
            "answering_user_us": self.requests_us.user, "answering_kernel_us": self.requests_us.kernel,
            "store_user_us": self.others_us.user, "store_kernel_us": self.others_us.kernel,
            "p50_ms": self.p50_ms, "p99_ms": self.p99_ms, "p999_ms": self.p999_ms,
        })
    }

    fn cpu_us(&self) -> f64 {
        [self.requests_us, self.others_us].iter().map(|part| part.user + part.kernel).sum()
    }

    fn line(&self, name: &str) {
        println!(
            "{name:<22}{:>12.0}{:>10.1}{:>8.1} + {:<5.1}{:>5.1} + {:<5.1}{:>8.2}{:>10.2}{:>10.2}{:>9.0}%",
            self.per_second,
            self.cpu_us(),
            self.requests_us.user,
            self.requests_us.kernel,
            self.others_us.user,
            self.others_us.kernel,
            self.p50_ms,
            self.p99_ms,
            self.p999_ms,
            self.filled * 100.0
        );
    }
}

fn share((product, bare): &(Cell, Cell)) -> f64 {
    product.per_second / bare.per_second
}

fn figures(arguments: &Arguments, closed: &[(Cell, Cell)], open: &[(Cell, Cell)]) -> Value {
    let pass = |(product, bare): &(Cell, Cell)| json!({"product": product.json(), "bare": bare.json(), "share": product.per_second / bare.per_second});
    json!({
        "bench": "http", "connections": arguments.connections, "seconds": arguments.seconds, "orders": arguments.orders,
        "goal_share": GOAL_SHARE, "goal_p99_ms": GOAL_P99_MS, "rate": arguments.rate,
        "share_best": closed.last().map(share), "share_median": closed.get(closed.len() / 2).map(share),
        "p99_ms_best": open.first().map(|pass| pass.0.p99_ms), "p99_ms_median": open.get(open.len() / 2).map(|pass| pass.0.p99_ms),
        "closed_loop": closed.iter().map(pass).collect::<Vec<_>>(),
        "open_loop": open.iter().map(pass).collect::<Vec<_>>(),
    })
}

fn print(arguments: &Arguments, closed: &[(Cell, Cell)], open: &[(Cell, Cell)]) {
    println!(
        "{:<22}{:>12}{:>10}{:>16}{:>13}{:>8}{:>10}{:>10}{:>10}",
        "", "requests/s", "CPU µs", "answer + kernel", "store + k.", "p50 ms", "p99 ms", "p99.9 ms", "filled"
    );
    let (closed_median, open_median) = (&closed[closed.len() / 2], &open[open.len() / 2]);
    closed_median.0.line("product");
    closed_median.1.line("bare");
    open_median.0.line(&format!("product at {}/s", arguments.rate));
    open_median.1.line(&format!("bare at {}/s", arguments.rate));
    let best = closed.last().map_or(0.0, share);
    println!("share of the bare stack: best {best:.2}, median {:.2} (goal {GOAL_SHARE})", share(closed_median));
    println!(
        "p99 at {}/s: best {:.2} ms, median {:.2} ms (goal {GOAL_P99_MS})",
        arguments.rate, open[0].0.p99_ms, open_median.0.p99_ms
    );
}
