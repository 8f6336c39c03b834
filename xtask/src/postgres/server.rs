//! One PostgreSQL server in a folder of its own, on a free port of this machine only.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{Durability, install};
use crate::packages;

/// How often another port is tried when somebody took the free one first.
const START_ATTEMPTS_MAX: u32 = 5;

/// What the keeper does: wait until this process lets go of the pipe, however it ends; then stop and delete.
const KEEPER_SCRIPT: &str =
    r#"trap "" INT TERM HUP; cat >/dev/null; folder=$1; shift; "$@" >/dev/null 2>&1; rm -rf "$folder""#;

/// PostgreSQL's programs and the user that may run them: the server refuses to run as root.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    /// What to put before a command so that the right user runs it.
    runner: Vec<&'static str>,
}

impl Programs {
    /// The installed programs, if any.
    pub(super) fn find() -> Result<Option<Self>> {
        let Some(folder) = install::find_folder() else {
            return Ok(None);
        };
        Ok(Some(Self { folder, runner: runner(packages::is_root()?)? }))
    }

    /// The installed programs; installs them when they are missing.
    pub(super) fn find_or_install() -> Result<Self> {
        if let Some(programs) = Self::find()? {
            return Ok(programs);
        }
        install::install(packages::is_root()?)?;
        Self::find()?.context("PostgreSQL was installed, but pg_ctl and initdb are nowhere to be found")
    }

    /// A command as the user that owns the data; its working folder is one that everybody may enter.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match self.runner.split_first() {
            None => Command::new(program.as_ref()),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program.as_ref());
                command
            }
        };
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    fn postgres_command(&self, program: &str) -> Command {
        self.command(self.folder.join(program))
    }
}

/// A server's folder and port.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Where it answers; everybody on this machine is trusted.
    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Two lines from which [`Server::from_note`] finds it again.
    pub(super) fn note(&self) -> String {
        format!("{}\n{}\n", self.folder.display(), self.port)
    }

    pub(super) fn from_note(note: &str) -> Option<Self> {
        let (folder, port) = note.trim_end().split_once('\n')?;
        Some(Self { folder: PathBuf::from(folder), port: port.parse().ok()? })
    }

    /// Starts a new server that runs until it is stopped.
    pub(super) fn start(programs: &Programs, durability: Durability) -> Result<Self> {
        let folder = new_folder(programs)?;
        Self::start_in(programs, folder, durability)
    }

    /// Starts a new server together with a keeper that ends it when this process ends, even by Ctrl-C or kill -9.
    pub(super) fn start_kept(programs: &Programs, durability: Durability) -> Result<(Self, Keeper)> {
        let folder = new_folder(programs)?;
        let keeper = Keeper::of(programs, &folder)?;
        let server = Self::start_in(programs, folder, durability)?;
        Ok((server, keeper))
    }

    fn start_in(programs: &Programs, folder: PathBuf, durability: Durability) -> Result<Self> {
        let mut create = programs.postgres_command("initdb");
        create.arg("--pgdata").arg(data_of(&folder));
        create.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        answer(&mut create)?;
        let log = folder.join("log");
        for _ in 0..START_ATTEMPTS_MAX {
            let server = Self { folder: folder.clone(), port: free_port()? };
            let mut start = programs.postgres_command("pg_ctl");
            start.arg("--pgdata").arg(data_of(&folder)).arg("--log").arg(&log);
            start.args(["--wait", "--timeout=60", "--silent", "--options", &options(server.port, durability), "start"]);
            let status = start.stdout(Stdio::null()).stderr(Stdio::null()).status();
            if status.context("failed to start pg_ctl")?.success() {
                return Ok(server);
            }
        }
        let told = fs::read_to_string(&log).unwrap_or_default();
        bail!("PostgreSQL did not start; its log says:\n{told}")
    }

    /// Whether it runs.
    pub(super) fn runs(&self, programs: &Programs) -> Result<bool> {
        let mut status = programs.postgres_command("pg_ctl");
        status.arg("--pgdata").arg(data_of(&self.folder)).arg("status");
        Ok(status.output().context("failed to start pg_ctl")?.status.success())
    }

    /// Stops it and deletes its data.
    pub(super) fn stop_and_delete(&self, programs: &Programs) -> Result<()> {
        answer(&mut stop_command(programs, &self.folder))?;
        fs::remove_dir_all(&self.folder).context("failed to delete PostgreSQL's data")
    }
}

/// A small process that outlives this one by a moment and cleans up after it.
#[derive(Debug)]
pub(crate) struct Keeper {
    child: Child,
}

impl Keeper {
    fn of(programs: &Programs, folder: &Path) -> Result<Self> {
        let stop = stop_command(programs, folder);
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER_SCRIPT, "keeper"]).arg(folder).arg(stop.get_program()).args(stop.get_args());
        // A process group of its own: Ctrl-C in the terminal reaches this process and the tests, not the keeper.
        command.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { child: command.spawn().context("failed to start a shell")? })
    }

    /// Lets the keeper do its work and waits for the end of it.
    pub(super) fn finish(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait().context("failed to wait for PostgreSQL to stop")?;
        if status.success() { Ok(()) } else { bail!("failed to stop PostgreSQL: {status}") }
    }
}

fn data_of(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Stops at once: nobody reads the data again.
fn stop_command(programs: &Programs, folder: &Path) -> Command {
    let mut stop = programs.postgres_command("pg_ctl");
    stop.arg("--pgdata").arg(data_of(folder)).args(["--mode=immediate", "--wait", "stop"]);
    stop
}

/// What the server is told: this machine only, no socket files, PostgreSQL's own defaults for the rest.
fn options(port: u16, durability: Durability) -> String {
    let fsync = match durability {
        Durability::Full => "",
        Durability::None => " -c fsync=off -c full_page_writes=off",
    };
    format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100{fsync}")
}

/// A new folder that belongs to the user who runs the server; on a disk, since benches measure fsync.
fn new_folder(programs: &Programs) -> Result<PathBuf> {
    let parent = Path::new("/var/tmp");
    let parent = if parent.is_dir() { parent } else { Path::new("/tmp") };
    let made = answer(programs.command("mktemp").arg("-d").arg(parent.join("tuiliu-postgres.XXXXXX")))?;
    Ok(PathBuf::from(made.trim_end()))
}

/// A port that nobody listens on right now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("failed to find a free port")?;
    Ok(listener.local_addr().context("failed to read the free port")?.port())
}

/// How to become a user that PostgreSQL accepts.
fn runner(is_root: bool) -> Result<Vec<&'static str>> {
    if !is_root {
        return Ok(Vec::new());
    }
    let runuser = vec!["runuser", "-u", "postgres", "--"];
    let setpriv = vec!["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"];
    let works = |runner: &Vec<&'static str>| {
        runner.split_first().is_some_and(|(first, rest)| {
            packages::succeeds(Command::new(first).args(rest).arg("true").current_dir("/"))
        })
    };
    [runuser, setpriv]
        .into_iter()
        .find(works)
        .context("PostgreSQL refuses to run as root, and neither runuser nor setpriv can become the user `postgres`")
}

/// What a command prints; fails with what it complains about.
fn answer(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("failed to start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Durability, Server, options};

    #[test]
    fn a_noted_server_is_found_again() {
        let server = Server { folder: PathBuf::from("/var/tmp/one"), port: 5_433 };
        assert_eq!(Server::from_note(&server.note()), Some(server));
        assert_eq!(Server::from_note("/var/tmp/one\n"), None);
        assert_eq!(Server::from_note("/var/tmp/one\nport\n"), None);
    }

    #[test]
    fn keeps_fsync_unless_told_otherwise() {
        assert!(!options(1, Durability::Full).contains("fsync"));
        assert!(options(1, Durability::None).contains("fsync=off"));
    }
}
