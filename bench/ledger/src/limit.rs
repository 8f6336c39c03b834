//! The limit: what the disk and the database underneath can do at best on this machine.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};

use crate::measure::{Cell, Latencies};
use crate::workload::{ACCOUNTS, Random};

/// Blocks of 8 kB in the file that is written over and over.
const BLOCKS: u64 = 256;

/// `fdatasync` of 8 kB in a file whose space is there already.
pub fn syncs(folder: &Path, seconds: f64) -> Result<Cell> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(folder.join("sync"))?;
    let block = [0x5A_u8; 8192];
    for _ in 0..BLOCKS {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    let began = Instant::now();
    let (mut count, mut latencies) = (0, Latencies::default());
    while began.elapsed() < Duration::from_secs_f64(seconds) {
        let asked_at = Instant::now();
        file.seek(SeekFrom::Start(count % BLOCKS * 8192))?;
        file.write_all(&block)?;
        file.sync_data()?;
        latencies.add(asked_at.elapsed());
        count += 1;
    }
    Ok(Cell::of(count, began.elapsed(), latencies))
}

/// A transfer and nothing else: one prepared insert, two prepared updates; no rules, no ids of commands, no history.
pub struct Bare {
    connection: Connection,
    random: Random,
    next: i64,
}

impl Bare {
    pub fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.query_row("pragma journal_mode = wal", [], |_| Ok(()))?;
        connection.execute_batch(
            "pragma synchronous = full; pragma cache_size = -65536;
             create table account (id integer primary key, balance bigint not null);
             create table transfer (id integer primary key, debit bigint not null, credit bigint not null,
                 amount bigint not null);
             begin;",
        )?;
        for id in 0..=ACCOUNTS {
            let id = i64::try_from(id)?;
            connection.prepare_cached("insert into account (id, balance) values (?1, 0)")?.execute([id])?;
        }
        connection.execute_batch("commit")?;
        Ok(Self { connection, random: Random::seeded(3), next: 0 })
    }

    /// Transactions of this many transfers, one after the other, each synced.
    pub fn run(&mut self, size: usize, seconds: f64) -> Result<Cell> {
        let began = Instant::now();
        let (mut count, mut latencies) = (0, Latencies::default());
        while began.elapsed() < Duration::from_secs_f64(seconds) {
            let asked_at = Instant::now();
            self.transaction(size)?;
            latencies.add(asked_at.elapsed());
            count += u64::try_from(size)?;
        }
        Ok(Cell::of(count, began.elapsed(), latencies))
    }

    fn transaction(&mut self, size: usize) -> Result<()> {
        self.connection.prepare_cached("begin immediate")?.execute([])?;
        {
            let mut insert = self
                .connection
                .prepare_cached("insert into transfer (id, debit, credit, amount) values (?1, ?2, ?3, ?4)")?;
            let mut update =
                self.connection.prepare_cached("update account set balance = balance + ?2 where id = ?1")?;
            for _ in 0..size {
                let debit = i64::try_from(self.random.below(ACCOUNTS))?;
                let credit = i64::try_from(self.random.below(ACCOUNTS))?;
                let amount = 1 + i64::try_from(self.random.below(10_000))?;
                self.next += 1;
                insert.execute(params![self.next, debit, credit, amount])?;
                update.execute(params![debit, -amount])?;
                update.execute(params![credit, amount])?;
            }
        }
        self.connection.prepare_cached("commit")?.execute([])?;
        Ok(())
    }
}
