//! Everything one does with this tree: `cargo xtask demo`, `test`, `ci`, `tidy`, `contract`, `openapi`, `web`, `bench`, `pg`,
//! `migrations`.
#![expect(clippy::print_stdout, reason = "a command-line tool for developers speaks on its standard output")]

mod bench;
mod ci;
mod contract;
mod demo;
mod migrations;
mod openapi;
mod packages;
mod postgres;
mod test_run;
mod tidy;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Developer commands of Tuiliu.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Builds the release binary and starts a seeded sample platform; arguments go to `tuiliu demo`.
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs every test on SQLite and PostgreSQL; arguments go to `cargo test`.
    Test(test_run::TestArguments),
    /// What continuous integration runs: formatting, lints, every test.
    Ci,
    /// Checks what the compiler cannot: layering, lengths, names, banned text, migrations.
    Tidy,
    /// Writes openapi.json from the code.
    Openapi {
        /// Compares instead of writing; fails when the file is stale.
        #[arg(long)]
        check: bool,
    },
    /// Tries every operation of the interface with made-up requests, valid and broken, against the real binary.
    Contract(contract::ContractArguments),
    /// Builds the web pages; the next `cargo build` puts them into the binary.
    Web,
    /// Runs a measurement of `bench/` in release mode.
    Bench(bench::BenchArguments),
    /// Keeps a PostgreSQL for developers; `cargo xtask test` uses it while it runs.
    Pg {
        #[command(subcommand)]
        action: postgres::DeveloperAction,
    },
    /// Lists the published migrations and whether one has changed.
    Migrations {
        /// Adds the new migrations to the list; those in it can never change again.
        #[arg(long)]
        accept: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match task {
        Task::Demo { arguments } => demo::run(&workspace, &arguments),
        Task::Test(arguments) => test_run::run(&workspace, &arguments),
        Task::Ci => ci::run(&workspace),
        Task::Tidy => tidy::run(&workspace),
        Task::Openapi { check } => openapi::run(&workspace, check),
        Task::Contract(arguments) => contract::run(&workspace, &arguments),
        Task::Web => web::run(&workspace),
        Task::Bench(arguments) => bench::run(&workspace, &arguments),
        Task::Pg { action } => postgres::run(&workspace, &action),
        Task::Migrations { accept } => migrations::run(&workspace, accept),
    }
}
