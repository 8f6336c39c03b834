//! `cargo xtask bench ledger`: goals G1–G6 and G11 of the ledger beside the limits of this machine and two peers.
//!
//! Everything is measured in passes, each of which goes through all cells in turn: what disturbs the machine disturbs
//! limit, ours and peers alike.
#![expect(clippy::print_stdout, reason = "a command-line tool answers on its standard output")]

mod cala;
mod limit;
mod measure;
mod ours;
mod plain;
mod report;
mod server;
mod size;
mod workload;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::{Value, json};
use tuiliu_store::{Address, Store};

use crate::cala::Cala;
use crate::limit::Bare;
use crate::measure::{Cell, Series};
use crate::ours::{Asked, batches, closed_loop};
use crate::plain::Plain;
use crate::server::Schema;
use crate::size::{Audited, FileSizes, Idle};
use crate::workload::Spread;

/// The allocator that the product ships with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the ledger beside the limits of this machine and two peers.
#[derive(Debug, Parser)]
struct Arguments {
    /// Prints figures for machines on standard output; the table goes to standard error either way.
    #[arg(long)]
    json: bool,
    /// Seconds for each cell of each pass.
    #[arg(long, default_value_t = 1.2)]
    seconds: f64,
    /// Times that all cells are gone through.
    #[arg(long, default_value_t = 3)]
    passes: u64,
    /// Measures only cells whose name contains this, and nothing else; `sizes`: only room, memory, start and audit.
    #[arg(long)]
    only: Option<String>,
    /// Leaves out the peer `cala-ledger`, which takes minutes to build the first time.
    #[arg(long)]
    no_cala: bool,
    /// The PostgreSQL that ours and the peers run on.
    #[arg(long, env = "TUILIU_BENCH_POSTGRES")]
    postgres: String,
    #[arg(long, hide = true)]
    idle: Option<PathBuf>,
}

/// Everything that was measured.
pub struct Measured {
    pub cells: BTreeMap<&'static str, Series>,
    pub idle: Option<Idle>,
    pub file_sizes: Option<FileSizes>,
    pub server_size: Option<f64>,
    pub plain_size: Option<f64>,
    pub cala_size: Option<f64>,
    pub audited: Option<Audited>,
    pub cala_missing: Option<String>,
    pub loads: Vec<Value>,
    pub postgres: String,
    pub seconds: f64,
}

/// What all passes share.
struct Field {
    file: Store,
    server: Store,
    bare: Bare,
    plain: Plain,
    plain_schema: Schema,
    cala: Option<Cala>,
    folder: tempfile::TempDir,
    postgres: String,
    _server_schema: Schema,
}

fn main() -> Result<()> {
    if let Some(path) = std::env::args_os().skip_while(|word| word != "--idle").nth(1) {
        return size::run_idle(path.into());
    }
    let arguments = Arguments::parse();
    let began = Instant::now();
    let (program, cala_missing) = match arguments.no_cala {
        true => (None, Some("left out by `--no-cala`".to_owned())),
        false => match Cala::build() {
            Ok(program) => (Some(program), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        },
    };
    let built = began.elapsed();
    let mut field = Field::open(&arguments, program.as_deref())?;
    let mut measured = Measured {
        cells: BTreeMap::new(),
        idle: None,
        file_sizes: None,
        server_size: None,
        plain_size: None,
        cala_size: None,
        audited: None,
        cala_missing,
        loads: Vec::new(),
        postgres: server::version(&arguments.postgres)?,
        seconds: arguments.seconds,
    };
    for pass in 1..=arguments.passes {
        measured.loads.push(measure::load());
        field.pass(&arguments, pass, &mut measured)?;
    }
    if arguments.only.as_ref().is_none_or(|only| only == "sizes") {
        field.sizes(&mut measured)?;
    }
    measured.loads.push(measure::load());
    drop(field);
    let goals = report::goals(&measured);
    report::print(&measured, &goals);
    eprintln!(
        "\ntook {:.0} s, {:.0} s of them to build cala-ledger",
        began.elapsed().as_secs_f64(),
        built.as_secs_f64()
    );
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report::json(&measured, &goals))?);
    }
    Ok(())
}

impl Field {
    fn open(arguments: &Arguments, cala: Option<&std::path::Path>) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("tuiliu-bench.").tempdir_in("/var/tmp");
        let folder = folder.or_else(|_| tempfile::tempdir()).context("failed to create a folder")?;
        let file = ours::open(Address::File(folder.path().join("ours.db")))?;
        ours::warm_up(&file)?;
        let server_schema = Schema::create(&arguments.postgres, "ours")?;
        let server = ours::open(Address::Server(server_schema.url()))?;
        ours::warm_up(&server)?;
        let plain_schema = Schema::create(&arguments.postgres, "plain")?;
        let plain = Plain::create(plain_schema.url())?;
        let cala = cala.map(|program| Cala::start(program, &arguments.postgres)).transpose()?;
        let bare = Bare::open(&folder.path().join("bare.db"))?;
        let postgres = arguments.postgres.clone();
        Ok(Self { file, server, bare, plain, plain_schema, cala, folder, postgres, _server_schema: server_schema })
    }

    /// All cells once: limits, ours and peers take turns.
    fn pass(&mut self, arguments: &Arguments, pass: u64, measured: &mut Measured) -> Result<()> {
        use Asked::{Lives, Transfers};
        use Spread::{Hot, Random};
        type Run<'a> = &'a mut dyn FnMut(&mut Field, f64) -> Result<Cell>;
        let seed = pass * 1000;
        let mut run = |name: &'static str, field: &mut Field, run: Run<'_>| -> Result<()> {
            if arguments.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
                return Ok(());
            }
            server::checkpoint(&field.postgres)?;
            let cell = run(field, arguments.seconds).with_context(|| format!("cell `{name}`"))?;
            eprintln!(
                "pass {pass}  {name:<28} {:>10.0} /s  p50 {:>8.2} ms  p99 {:>8.2} ms",
                cell.per_second, cell.p50_ms, cell.p99_ms
            );
            measured.cells.entry(name).or_default().cells.push(cell);
            Ok(())
        };
        let file = |callers, asked, seed| move |field: &mut Field, s| closed_loop(&field.file, callers, asked, s, seed);
        let server =
            |callers, asked, seed| move |field: &mut Field, s| closed_loop(&field.server, callers, asked, s, seed);
        let plain = |callers, spread| move |field: &mut Field, s| field.plain.callers(callers, spread, s);
        run("limit.sync", self, &mut |field, s| limit::syncs(field.folder.path(), s / 2.0))?;
        run("file.callers.256", self, &mut file(256, Transfers(Random), seed + 1))?;
        run("limit.bare.1", self, &mut |field, s| field.bare.run(1, s / 2.0))?;
        run("file.callers.8", self, &mut file(8, Transfers(Random), seed + 2))?;
        run("limit.bare.8", self, &mut |field, s| field.bare.run(8, s / 2.0))?;
        run("file.batch.1000", self, &mut |field, s| batches(&field.file, 1000, Transfers(Random), s, seed + 3))?;
        run("limit.bare.256", self, &mut |field, s| field.bare.run(256, s / 2.0))?;
        run("file.lives.callers.256", self, &mut file(256, Lives, seed + 4))?;
        run("limit.bare.1000", self, &mut |field, s| field.bare.run(1000, s / 2.0))?;
        run("file.lives.batch.1000", self, &mut |field, s| batches(&field.file, 1000, Lives, s, seed + 5))?;
        run("file.callers.1", self, &mut file(1, Transfers(Random), seed + 6))?;
        run("server.callers.256", self, &mut server(256, Transfers(Random), seed + 11))?;
        run("plain.callers.256", self, &mut plain(256, Random))?;
        run("server.hot.256", self, &mut server(256, Transfers(Hot), seed + 12))?;
        run("plain.hot.256", self, &mut plain(256, Hot))?;
        run("server.batch.1000", self, &mut |field, s| batches(&field.server, 1000, Transfers(Random), s, seed + 13))?;
        run("plain.batch.1000", self, &mut |field, s| field.plain.batches(1000, 1, s))?;
        run("server.callers.8", self, &mut server(8, Transfers(Random), seed + 14))?;
        run("plain.callers.8", self, &mut plain(8, Random))?;
        run("server.lives.callers.256", self, &mut server(256, Lives, seed + 15))?;
        run("plain.callers.32", self, &mut plain(32, Random))?;
        run("plain.hot.32", self, &mut plain(32, Hot))?;
        run("plain.callers.1", self, &mut plain(1, Random))?;
        if self.cala.is_none() {
            return Ok(());
        }
        let cala = |callers, hot| {
            move |field: &mut Field, s| field.cala.as_mut().context("started above")?.callers(callers, hot, s)
        };
        run("cala.callers.1", self, &mut cala(1, false))?;
        run("cala.callers.8", self, &mut cala(8, false))?;
        run("cala.callers.20", self, &mut cala(20, false))?;
        run("cala.hot.20", self, &mut cala(20, true))?;
        run("cala.batch.100", self, &mut |field, s| field.cala.as_mut().context("started above")?.batches(100, 4, s))
    }

    fn sizes(&mut self, measured: &mut Measured) -> Result<()> {
        let folder = self.folder.path();
        let plain_bytes = measure::count_as_f64(self.plain_schema.bytes()?);
        measured.plain_size = Some(plain_bytes / measure::count_as_f64(self.plain.transfers().unsigned_abs()));
        measured.cala_size = self.cala.as_mut().map(Cala::bytes_per_transfer).transpose()?;
        measured.idle = Some(size::idle(folder)?);
        measured.file_sizes = Some(size::file_sizes(folder)?);
        measured.server_size = Some(size::server_size(&self.postgres)?);
        measured.audited = Some(size::audit(folder)?);
        Ok(())
    }
}

/// Everything about the machine that figures depend on.
pub fn machine() -> Value {
    json!({ "cores": std::thread::available_parallelism().map_or(0, usize::from), "os": std::env::consts::OS, "architecture": std::env::consts::ARCH })
}
