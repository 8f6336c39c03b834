//! PostgreSQL for tests, benches and developers: found or installed, started in a folder of its own, stopped in the end.

mod install;
mod server;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;

use self::server::{Keeper, Programs, Server};
use crate::workspace::Workspace;

/// What one does with the developers' PostgreSQL.
#[derive(Debug, Subcommand)]
pub(crate) enum DeveloperAction {
    /// Starts it, or says where it runs.
    Start,
    /// Stops it and deletes its data.
    Stop,
    /// Prints where it runs.
    Url,
}

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Full,
    None,
}

/// A PostgreSQL that answers.
#[derive(Debug)]
pub(crate) struct Cluster {
    url: String,
    /// Stops what was started here; none when somebody else keeps it.
    keeper: Option<Keeper>,
}

impl Cluster {
    /// Where it answers: `postgres://…`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops it and deletes its data, unless somebody else keeps it.
    pub(crate) fn stop(self) -> Result<()> {
        match self.keeper {
            Some(keeper) => keeper.finish(),
            None => Ok(()),
        }
    }
}

/// The PostgreSQL that `variable` names, else the developers', else a new one that ends with this process.
pub(crate) fn ensure(workspace: &Workspace, variable: &str, durability: Durability) -> Result<Cluster> {
    if let Some(url) = env::var(variable).ok().filter(|url| !url.is_empty()) {
        return Ok(Cluster { url, keeper: None });
    }
    if let Some(server) = Developer::of(workspace).running()? {
        return Ok(Cluster { url: server.url(), keeper: None });
    }
    let programs = Programs::find_or_install()?;
    let (server, keeper) = Server::start_kept(&programs, durability)?;
    Ok(Cluster { url: server.url(), keeper: Some(keeper) })
}

/// Starts, stops or names the developers' PostgreSQL.
pub(crate) fn run(workspace: &Workspace, action: &DeveloperAction) -> Result<ExitCode> {
    let developer = Developer::of(workspace);
    let running = developer.running()?;
    match (action, running) {
        (DeveloperAction::Start | DeveloperAction::Url, Some(server)) => println!("{}", server.url()),
        (DeveloperAction::Start, None) => println!("{}", developer.start()?.url()),
        (DeveloperAction::Url, None) => {
            eprintln!("PostgreSQL does not run; start it with `cargo xtask pg start`");
            return Ok(ExitCode::FAILURE);
        }
        (DeveloperAction::Stop, Some(server)) => {
            server.stop_and_delete(&Programs::find_or_install()?)?;
            developer.forget()?;
        }
        (DeveloperAction::Stop, None) => developer.forget()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The PostgreSQL that outlives its commands; a note in the target folder says where it is.
#[derive(Debug)]
struct Developer {
    note: PathBuf,
}

impl Developer {
    fn of(workspace: &Workspace) -> Self {
        Self { note: workspace.target.join("postgres").join("developer.txt") }
    }

    /// The noted server, if it runs.
    fn running(&self) -> Result<Option<Server>> {
        let Ok(text) = fs::read_to_string(&self.note) else {
            return Ok(None);
        };
        match (Server::from_note(&text), Programs::find()?) {
            (Some(server), Some(programs)) if server.runs(&programs)? => Ok(Some(server)),
            _ => Ok(None),
        }
    }

    fn start(&self) -> Result<Server> {
        let server = Server::start(&Programs::find_or_install()?, Durability::Full)?;
        let folder = self.note.parent().context("the note lies in a folder")?;
        fs::create_dir_all(folder).context("failed to create the folder of the note")?;
        fs::write(&self.note, server.note()).context("failed to note where PostgreSQL runs")?;
        Ok(server)
    }

    fn forget(&self) -> Result<()> {
        if self.note.exists() {
            fs::remove_file(&self.note).context("failed to delete the note of PostgreSQL")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
