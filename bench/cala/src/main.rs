//! The peer `cala-ledger`, in a process of its own: reads what to measure, line by line, and answers in JSON.
//!
//! `bench-cala URL`, then on standard input: `callers COUNT random|hot SECONDS`, `batches SIZE CALLERS SECONDS`, `bytes`.

use std::io::{BufRead, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use cala_ledger::account::NewAccount;
use cala_ledger::job::{JobSvcConfig, Jobs};
use cala_ledger::journal::NewJournal;
use cala_ledger::posting::PostingInput;
use cala_ledger::tx_template::{
    NewParamDefinition, NewTxTemplate, NewTxTemplateEntry, NewTxTemplateTransaction, ParamDataType, Params,
};
use cala_ledger::{AccountId, CalaLedger, CalaLedgerConfig, JournalId, TransactionId};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// Accounts that random transfers go between; creating one costs about a millisecond.
const ACCOUNTS: usize = 1_000;
/// Connections that all callers share.
const CONNECTIONS: u32 = 20;
const TEMPLATE: &str = "TRANSFER";

struct Peer {
    ledger: CalaLedger,
    journal: JournalId,
    accounts: Vec<AccountId>,
    posted: AtomicU64,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).context("bench-cala URL")?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&url).await?;
    let empty = bytes(&pool).await?;
    let (peer, _jobs) = Peer::create(&pool).await?;
    let peer = Arc::new(peer);
    let ready = bytes(&pool).await?;
    answer(&json!({ "ready": true, "empty_bytes": ready - empty }));
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let told = match words.as_slice() {
            ["callers", count, spread, seconds] => {
                run(&peer, count.parse()?, 1, *spread == "hot", seconds.parse()?).await?
            }
            ["batches", size, callers, seconds] => {
                run(&peer, callers.parse()?, size.parse()?, false, seconds.parse()?).await?
            }
            ["bytes"] => {
                let grown = bytes(&pool).await? - ready;
                json!({ "bytes": grown, "transfers": peer.posted.load(Ordering::Relaxed) })
            }
            other => bail!("no such measurement: {other:?}"),
        };
        answer(&told);
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answers to the process that asks")]
fn answer(told: &Value) {
    println!("{told}");
}

/// Bytes of all tables of the database with their indexes.
async fn bytes(pool: &PgPool) -> Result<i64> {
    let sum = "select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace";
    Ok(sqlx::query_scalar(sum).fetch_one(pool).await?)
}

impl Peer {
    async fn create(pool: &PgPool) -> Result<(Self, Jobs)> {
        let config = CalaLedgerConfig::builder().pool(pool.clone()).exec_migrations(true).build()?;
        // The ledger wants its jobs when it starts; they are never polled, so they cost nothing here.
        let mut jobs = Jobs::init(JobSvcConfig::builder().pool(pool.clone()).build()?).await?;
        let ledger = CalaLedger::init(config, &mut jobs).await?;
        let journal = NewJournal::builder().id(JournalId::new()).name("bench").build();
        let journal = ledger.journals().create(journal).await.map_err(|error| anyhow!("{error:?}"))?.id();
        let mut accounts = Vec::new();
        for number in 0..=ACCOUNTS {
            let account =
                NewAccount::builder().id(AccountId::new()).name("bench").code(format!("ACCOUNT.{number}")).build();
            let account = ledger.accounts().create(account).await.map_err(|error| anyhow!("{error:?}"))?;
            accounts.push(account.id());
        }
        ledger.tx_templates().create(template()?).await.map_err(|error| anyhow!("{error:?}"))?;
        Ok((Self { ledger, journal, accounts, posted: AtomicU64::new(0) }, jobs))
    }

    fn params(&self, number: u64, hot: bool) -> Result<Params> {
        let many = u64::try_from(ACCOUNTS)?;
        let debit = mix(number) % many;
        let credit = if hot { many } else { (debit + 1 + mix(number ^ 0xABCD_EF01) % (many - 1)) % many };
        let mut params = Params::new();
        params.insert("journal_id", self.journal);
        params.insert("sender", self.accounts[usize::try_from(debit)?]);
        params.insert("recipient", self.accounts[usize::try_from(credit)?]);
        params.insert("amount", Decimal::from(1 + number % 10_000));
        Ok(params)
    }
}

/// A debit and a credit of one amount, both at once.
fn template() -> Result<NewTxTemplate> {
    let mut params = Vec::new();
    for (name, kind) in [
        ("journal_id", ParamDataType::Uuid),
        ("sender", ParamDataType::Uuid),
        ("recipient", ParamDataType::Uuid),
        ("amount", ParamDataType::Decimal),
    ] {
        params.push(NewParamDefinition::builder().name(name).r#type(kind).build()?);
    }
    let mut entries = Vec::new();
    for (entry_type, account, direction) in
        [("'TRANSFER_DR'", "params.sender", "DEBIT"), ("'TRANSFER_CR'", "params.recipient", "CREDIT")]
    {
        let entry = NewTxTemplateEntry::builder().entry_type(entry_type).account_id(account).layer("SETTLED");
        entries.push(entry.direction(direction).units("params.amount").currency("'USD'").build()?);
    }
    let transaction =
        NewTxTemplateTransaction::builder().effective("date()").journal_id("params.journal_id").build()?;
    let template = NewTxTemplate::builder().id(uuid::Uuid::now_v7()).code(TEMPLATE);
    Ok(template.params(params).transaction(transaction).entries(entries).build())
}

/// Callers that each wait for one transaction of so many postings before the next.
async fn run(peer: &Arc<Peer>, callers: u64, size: u64, hot: bool, seconds: f64) -> Result<Value> {
    let began = Instant::now();
    let until = Duration::from_secs_f64(seconds);
    let mut running = Vec::new();
    for caller in 0..callers {
        let peer = Arc::clone(peer);
        running.push(tokio::spawn(async move {
            let mut waits_us: Vec<u128> = Vec::new();
            let mut number = mix(caller ^ peer.posted.load(Ordering::Relaxed));
            while began.elapsed() < until {
                let asked_at = Instant::now();
                if size == 1 {
                    let params = peer.params(number, hot)?;
                    let posted = peer.ledger.post_transaction(TransactionId::new(), TEMPLATE, params).await;
                    posted.map_err(|error| anyhow!("{error:?}"))?;
                    number = mix(number);
                } else {
                    let mut batch = Vec::new();
                    for _ in 0..size {
                        batch.push(PostingInput::new(TransactionId::new(), TEMPLATE, peer.params(number, hot)?));
                        number = mix(number);
                    }
                    peer.ledger.post_transactions(batch).await.map_err(|error| anyhow!("{error:?}"))?;
                }
                peer.posted.fetch_add(size, Ordering::Relaxed);
                waits_us.push(asked_at.elapsed().as_micros());
            }
            Ok::<_, anyhow::Error>(waits_us)
        }));
    }
    let mut waits_us = Vec::new();
    for caller in running {
        waits_us.extend(caller.await??);
    }
    let elapsed_us = began.elapsed().as_micros();
    waits_us.sort_unstable();
    let at = |percent: usize| waits_us.get(waits_us.len() * percent / 100).copied().unwrap_or(0);
    let count = u64::try_from(waits_us.len())? * size;
    Ok(json!({
        "count": count, "elapsed_us": u64::try_from(elapsed_us)?,
        "p50_us": u64::try_from(at(50))?, "p99_us": u64::try_from(at(99))?,
    }))
}

/// `SplitMix64`.
fn mix(input: u64) -> u64 {
    let z = input.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
