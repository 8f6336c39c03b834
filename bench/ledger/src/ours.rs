//! Our ledger: callers in a closed loop, and batches.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use tuiliu_domain::ledger::LedgerGroup;
use tuiliu_store::{Address, LedgerResult, Store, StoreConfig, StoreError};

use crate::measure::{Cell, Latencies};
use crate::workload::{self, Life, Lives, Spread, TopUps, Transfers};

pub fn open(address: Address) -> Result<Store> {
    Store::open(&StoreConfig { address, readers: 1 }).map_err(|fault| anyhow!("open a store: {fault}"))
}

/// Makes the accounts and brings the rows to where later transfers find them.
pub fn warm_up(store: &Store) -> Result<()> {
    for groups in Transfers::new(Spread::Random, 1).touch_all().chunks(1000) {
        accepted(store.post_ledger_now(groups.to_vec(), workload::now()))?;
    }
    Ok(())
}

/// What callers ask for.
#[derive(Debug, Clone, Copy)]
pub enum Asked {
    Transfers(Spread),
    Lives,
}

/// Callers that each wait for the answer to one group before they ask for the next.
///
/// They are states of one thread, like the requests of an event-driven server.
pub fn closed_loop(store: &Store, callers: usize, asked: Asked, seconds: f64, seed: u64) -> Result<Cell> {
    let mut transfers =
        Transfers::new(if let Asked::Transfers(spread) = asked { spread } else { Spread::Random }, seed);
    let first = seed << 16;
    let mut lives: Vec<Life> =
        (0..callers).map(|caller| Life::new(first + u64::try_from(caller).unwrap_or(0))).collect();
    let mut group = |caller: usize| match asked {
        Asked::Transfers(_) => transfers.group(),
        Asked::Lives => lives[caller].group(),
    };
    let (sender, answers) = channel();
    let ask = |caller: usize, group: LedgerGroup| {
        let (sender, asked_at) = (sender.clone(), Instant::now());
        let tell = move |answer: Result<Vec<LedgerResult>, StoreError>| drop(sender.send((caller, asked_at, answer)));
        store.post_ledger(vec![group], workload::now(), tell);
    };
    let began = Instant::now();
    let until = Duration::from_secs_f64(seconds);
    (0..callers).for_each(|caller| ask(caller, group(caller)));
    let (mut running, mut count) = (callers, 0_u64);
    let mut latencies = Latencies::default();
    while running > 0 {
        let (caller, asked_at, answer) = answers.recv().context("the store went away")?;
        accepted(answer)?;
        latencies.add(asked_at.elapsed());
        count += 1;
        if began.elapsed() < until {
            ask(caller, group(caller));
        } else {
            running -= 1;
        }
    }
    Ok(Cell::of(count, began.elapsed(), latencies))
}

/// Requests of many groups, two in flight so that neither the caller nor the writer waits for the other's work.
pub fn batches(store: &Store, size: usize, asked: Asked, seconds: f64, seed: u64) -> Result<Cell> {
    let mut transfers =
        Transfers::new(if let Asked::Transfers(spread) = asked { spread } else { Spread::Random }, seed);
    let mut lives = Lives::new(size, seed << 16);
    let mut request = || match asked {
        Asked::Transfers(_) => transfers.groups(size),
        Asked::Lives => (0..size).map(|_| lives.group()).collect(),
    };
    let (sender, answers) = channel();
    let ask = |groups: Vec<LedgerGroup>| {
        let (sender, asked_at) = (sender.clone(), Instant::now());
        store.post_ledger(groups, workload::now(), move |answer| drop(sender.send((asked_at, answer))));
    };
    let began = Instant::now();
    let until = Duration::from_secs_f64(seconds);
    ask(request());
    ask(request());
    let (mut running, mut count) = (2, 0_u64);
    let mut latencies = Latencies::default();
    while running > 0 {
        let next = (began.elapsed() < until).then(&mut request);
        let (asked_at, answer) = answers.recv().context("the store went away")?;
        latencies.add(asked_at.elapsed());
        count += accepted(answer)?;
        match next {
            Some(groups) => ask(groups),
            None => running -= 1,
        }
    }
    Ok(Cell::of(count, began.elapsed(), latencies))
}

/// Posts so many groups in requests of this size; answers how long it took.
pub fn fill(store: &Store, count: usize, size: usize, mut group: impl FnMut() -> LedgerGroup) -> Result<Duration> {
    let began = Instant::now();
    let mut left = count;
    while left > 0 {
        let groups: Vec<LedgerGroup> = (0..size.min(left)).map(|_| group()).collect();
        left -= groups.len();
        accepted(store.post_ledger_now(groups, workload::now()))?;
    }
    Ok(began.elapsed())
}

pub fn fill_top_ups(store: &Store, count: usize, size: usize) -> Result<Duration> {
    let mut top_ups = TopUps::new(7);
    fill(store, count, size, || top_ups.group())
}

/// Every group must have been accepted: a bench of refusals would measure something else.
fn accepted(answer: Result<Vec<LedgerResult>, StoreError>) -> Result<u64> {
    let results = answer.map_err(|fault| anyhow!("the store failed: {fault}"))?;
    for result in &results {
        if let Err(refusal) = result {
            bail!("the ledger refused: {refusal}");
        }
    }
    Ok(u64::try_from(results.len())?)
}
