//! The executable in a folder of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a store and keys; everything in it is gone afterwards.
pub(crate) struct Platform {
    folder: TempDir,
}

impl Platform {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The executable with these arguments, in the folder, under no settings but the defaults.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tuiliu"));
        for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TUILIU_")) {
            command.env_remove(variable);
        }
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts the server on a free port and waits until it is ready.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        let all: Vec<&str> =
            ["serve", "--listen", "127.0.0.1:0"].into_iter().chain(arguments.iter().copied()).collect();
        let mut child = self.command(&all).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = follow(child.stderr.take().unwrap());
        let mut serving = Serving { child, lines, address: String::new() };
        let line = serving.line_with("listening on `http://");
        let (_, rest) = line.split_once("`http://").unwrap();
        serving.address = rest.split_once('`').unwrap().0.to_owned();
        serving.line_with("ready");
        serving
    }
}

/// A server that runs; it is killed when the test lets it go.
pub(crate) struct Serving {
    child: Child,
    lines: Receiver<String>,
    pub(crate) address: String,
}

impl Serving {
    /// The next line of the log that contains this text.
    #[track_caller]
    pub(crate) fn line_with(&self, text: &str) -> String {
        let mut seen = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => seen = format!("{seen}{line}\n"),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => panic!("no `{text}` in:\n{seen}"),
            }
        }
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until the process has ended, that is, until it has closed its log.
    #[track_caller]
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => rest = format!("{rest}{line}\n"),
                Err(RecvTimeoutError::Disconnected) => return (self.child.wait().unwrap(), rest),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{rest}"),
            }
        }
    }

    /// Status and body of a GET.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut response = agent.get(format!("http://{}{path}", self.address)).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended already when all went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads lines on a thread, so that a test can wait for one with a limit.
fn follow(log: ChildStderr) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let mut log = BufReader::new(log);
        let mut line = String::new();
        while log.read_line(&mut line).is_ok_and(|read| read > 0) {
            if sender.send(line.trim_end().to_owned()).is_err() {
                break;
            }
            line.clear();
        }
        // Drained, so that the process is never held up by a full pipe.
        drop(log.read_to_end(&mut Vec::new()));
    });
    lines
}

/// Standard output as text.
pub(crate) fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error as text.
pub(crate) fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
