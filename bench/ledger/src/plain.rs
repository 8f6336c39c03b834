//! A peer: double entry in plain PL/pgSQL, as one would write it first.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use postgres::{Client, NoTls};

use crate::measure::{Cell, Latencies};
use crate::workload::{ACCOUNTS, Random, Spread};

/// Connections at most; more callers share them, as behind a pool.
pub const CONNECTIONS_MAX: usize = 64;

/// Accounts with a balance, transfers, two entries each; the rows of both accounts are locked in order.
const SCHEMA: &str = "
create table account (id bigint primary key, balance bigint not null, version bigint not null);
create table transfer (id bigint primary key, debit bigint not null, credit bigint not null, amount bigint not null,
    at timestamptz not null default now());
create table entry (id bigint generated always as identity primary key, account bigint not null,
    transfer bigint not null, amount bigint not null, balance bigint not null, version bigint not null);
create index entry_of_account on entry (account, version);
create function post(given bigint, debited bigint, credited bigint, moved bigint) returns void language plpgsql as $$
declare
    debit_after account;
    credit_after account;
begin
    perform 1 from account where id in (debited, credited) order by id for update;
    insert into transfer (id, debit, credit, amount) values (given, debited, credited, moved);
    update account set balance = balance - moved, version = version + 1 where id = debited returning * into debit_after;
    update account set balance = balance + moved, version = version + 1 where id = credited returning * into credit_after;
    insert into entry (account, transfer, amount, balance, version) values
        (debited, given, -moved, debit_after.balance, debit_after.version),
        (credited, given, moved, credit_after.balance, credit_after.version);
end $$;
create function post_all(given bigint[], debited bigint[], credited bigint[], moved bigint[]) returns void
language plpgsql as $$
begin
    -- All rows in order first: batches cannot deadlock.
    perform 1 from account where id = any(debited) or id = any(credited) order by id for update;
    for i in 1 .. array_length(given, 1) loop
        perform post(given[i], debited[i], credited[i], moved[i]);
    end loop;
end $$;";

pub struct Plain {
    url: String,
    next: AtomicI64,
}

impl Plain {
    /// In a schema of its own, where the connection's search path leads.
    pub fn create(url: String) -> Result<Self> {
        let mut client = Client::connect(&url, NoTls)?;
        client.batch_execute(SCHEMA)?;
        let last = i64::try_from(ACCOUNTS)?;
        client.execute("insert into account select n, 0, 0 from generate_series(0, $1::bigint) n", &[&last])?;
        client.batch_execute("vacuum analyze account")?;
        Ok(Self { url, next: AtomicI64::new(1) })
    }

    /// Callers that each wait for one transfer before the next.
    pub fn callers(&self, callers: usize, spread: Spread, seconds: f64) -> Result<Cell> {
        self.run(callers.min(CONNECTIONS_MAX), 1, spread, seconds)
    }

    /// Each transaction posts so many transfers with one call.
    pub fn batches(&self, size: usize, callers: usize, seconds: f64) -> Result<Cell> {
        self.run(callers, size, Spread::Random, seconds)
    }

    pub fn transfers(&self) -> i64 {
        self.next.load(Ordering::Relaxed) - 1
    }

    fn run(&self, connections: usize, size: usize, spread: Spread, seconds: f64) -> Result<Cell> {
        let clients: Vec<Client> =
            (0..connections).map(|_| Client::connect(&self.url, NoTls)).collect::<Result<_, _>>()?;
        let began = Instant::now();
        let (mut count, mut latencies) = (0, Latencies::default());
        std::thread::scope(|scope| -> Result<()> {
            let mut running = Vec::new();
            for (seed, client) in (1_u64..).zip(clients) {
                running.push(scope.spawn(move || self.caller(client, size, spread, began, seconds, seed)));
            }
            for caller in running {
                let (done, waited) = caller.join().map_err(|_| anyhow!("a caller panicked"))??;
                count += done;
                latencies.extend(waited);
            }
            Ok(())
        })?;
        Ok(Cell::of(count, began.elapsed(), latencies))
    }

    #[expect(clippy::too_many_arguments, reason = "one call, right above")]
    fn caller(
        &self,
        mut client: Client,
        size: usize,
        spread: Spread,
        began: Instant,
        seconds: f64,
        seed: u64,
    ) -> Result<(u64, Latencies)> {
        let one = client.prepare("select post($1, $2, $3, $4)")?;
        let many = client.prepare("select post_all($1, $2, $3, $4)")?;
        let posted = self.next.load(Ordering::Relaxed).unsigned_abs();
        let mut random = Random::seeded(seed.wrapping_mul(1_000_003) ^ posted);
        let (mut count, mut latencies) = (0, Latencies::default());
        while began.elapsed() < Duration::from_secs_f64(seconds) {
            let first = self.next.fetch_add(i64::try_from(size)?, Ordering::Relaxed);
            let mut given = [const { Vec::new() }; 4];
            for number in 0..i64::try_from(size)? {
                let debit = random.below(ACCOUNTS);
                let credit = match spread {
                    Spread::Random => (debit + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS,
                    Spread::Hot => ACCOUNTS,
                };
                let row = [
                    first + number,
                    i64::try_from(debit)?,
                    i64::try_from(credit)?,
                    1 + i64::try_from(random.below(10_000))?,
                ];
                given.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            }
            let asked_at = Instant::now();
            let [ids, debits, credits, amounts] = &given;
            if size == 1 {
                client.execute(&one, &[&ids[0], &debits[0], &credits[0], &amounts[0]]).context("post")?;
            } else {
                client.execute(&many, &[ids, debits, credits, amounts]).context("post_all")?;
            }
            latencies.add(asked_at.elapsed());
            count += u64::try_from(size)?;
        }
        Ok((count, latencies))
    }
}
