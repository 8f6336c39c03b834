//! The command line: what an operator can ask of the program.

mod audit;
mod bid_serve;
mod demo;
mod doctor;
pub(crate) mod keys;
mod lift;
mod migrate;
mod openapi;
mod quote;
mod replay;
mod simulate;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, LogFormat, Sources, load};
use crate::{serve, telemetry};

/// Nothing was wrong.
const WELL: ExitCode = ExitCode::SUCCESS;
/// What was asked for failed, or what was looked at is broken.
const BROKEN: u8 = 1;
/// The command could not do its work, so it says nothing about what it was to look at.
const UNABLE: u8 = 2;

/// 推流: promoted traffic for live rooms and short videos.
#[derive(Debug, Parser)]
#[command(name = "tuiliu", version, propagate_version = true)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Where the settings come from; every command takes these.
#[derive(Debug, Args)]
struct Settings {
    /// The settings; without it `tuiliu.toml` in this folder, if there is one.
    #[arg(long, global = true, env = "TUILIU_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets one setting for this run: `--set jobs.due_tick_ms=100`.
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE", value_parser = assignment)]
    assignments: Vec<(String, String)>,
    /// Short for `--set store.address=…`: `sqlite:PATH`, `postgres://…` or `memory`.
    #[arg(long, global = true, value_name = "ADDRESS")]
    store: Option<String>,
    /// Short for `--set log.level=…`.
    #[arg(long, global = true, value_name = "LEVELS")]
    log_level: Option<String>,
    /// Short for `--set log.format=…`.
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the platform until SIGINT or SIGTERM; a second signal ends it at once.
    Serve(ServeArguments),
    /// Recomputes the ledger and names the first broken invariant; reads only, also beside a running server.
    Audit(audit::Arguments),
    /// Checks what the platform stands on: settings, durability, versions, paths, disk, clock.
    Doctor(doctor::Arguments),
    /// Brings the store's schema to this version.
    Migrate,
    /// Prints the description of the interface.
    Openapi(openapi::Arguments),
    /// Runs a sample platform with a simulated audience.
    Demo(demo::Arguments),
    /// Drives real auctions of a log through decisions, leases, charges and settlement.
    Replay(replay::Arguments),
    /// Breaks everything that may break, from a seed, and checks what must hold.
    Simulate(simulate::Arguments),
    /// Keys of machines that call the interface.
    Keys(keys::Arguments),
    /// Bids for other people's simulators: one JSON line a tick on standard input, one answer on standard output.
    BidServe(bid_serve::Arguments),
    /// Tells what an experiment brought, from counts or from a table of users.
    Lift(lift::Arguments),
    /// Quotes guaranteed plays for each creator of a table, and tells how such quotes did in the past.
    Quote(quote::Arguments),
}

#[derive(Debug, Args)]
struct ServeArguments {
    /// Short for `--set server.listen=…`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

/// Does what the command line asks.
pub(crate) fn run() -> ExitCode {
    let CommandLine { settings, command } = CommandLine::parse();
    let unable = if matches!(command, Command::Audit(_)) { UNABLE } else { BROKEN };
    match dispatch(&settings, command) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::from(unable)
        }
    }
}

fn dispatch(settings: &Settings, command: Command) -> Result<ExitCode> {
    if let Command::Openapi(arguments) = command {
        return openapi::run(&arguments);
    }
    if let Command::Lift(arguments) = command {
        return lift::run(&arguments);
    }
    if let Command::Quote(arguments) = command {
        return quote::run(&arguments);
    }
    if let Command::BidServe(arguments) = command {
        return bid_serve::run(&arguments);
    }
    let listen = match &command {
        Command::Serve(arguments) => arguments.listen,
        Command::Demo(arguments) => arguments.listen,
        _ => None,
    };
    let config = read_settings(settings, listen)?;
    telemetry::start(&config.log)?;
    match command {
        Command::Serve(_) => serve::run(config),
        Command::Audit(arguments) => audit::run(&config, &arguments),
        Command::Doctor(arguments) => doctor::run(&config, &arguments),
        Command::Migrate => migrate::run(&config),
        Command::Demo(arguments) => demo::run(config, &arguments),
        Command::Replay(arguments) => replay::run(&config, &arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Keys(arguments) => keys::run(&config, &arguments),
        Command::Openapi(_) | Command::Lift(_) | Command::Quote(_) | Command::BidServe(_) => {
            unreachable!("it needs no settings and was answered above")
        }
    }
}

fn read_settings(settings: &Settings, listen: Option<SocketAddr>) -> Result<Config> {
    let mut flags = settings.assignments.clone();
    let format = settings.log_format.map(|format| match format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    });
    let short = [
        ("store.address", settings.store.clone()),
        ("log.level", settings.log_level.clone()),
        ("log.format", format.map(str::to_owned)),
        ("server.listen", listen.map(|address| address.to_string())),
    ];
    flags.extend(short.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    load(&Sources { file: settings.config.clone(), environment: std::env::vars_os().collect(), flags })
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it is not `section.key=value`")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// Prints a result on standard output.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("failed to print")
}

/// Prints a value as JSON on standard output.
fn print_json(value: &serde_json::Value) -> Result<()> {
    print(&format!("{value:#}\n"))
}

/// Tells on standard error why it failed: each cause once.
fn complain(error: &anyhow::Error) {
    let text = format!("tuiliu: {error:#}\n");
    // Nobody is left to tell when standard error is closed.
    drop(std::io::stderr().write_all(text.as_bytes()));
}

#[cfg(test)]
mod tests;
