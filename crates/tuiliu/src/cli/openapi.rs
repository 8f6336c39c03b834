//! `tuiliu openapi`: the description of the interface, generated from the code.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use tuiliu_api::openapi::document_text;

use super::{BROKEN, WELL, print};

/// What `tuiliu openapi` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Compares with this file instead of printing; fails when they differ.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "openapi.json")]
    pub(super) check: Option<PathBuf>,
}

/// Prints or compares.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.check {
        None => print(&document_text()).map(|()| WELL),
        Some(file) => check(file, &document_text()),
    }
}

fn check(file: &Path, generated: &str) -> Result<ExitCode> {
    let shown = file.display();
    let stored = std::fs::read_to_string(file).with_context(|| format!("failed to read `{shown}`"))?;
    let Some(line) = first_difference(&stored, generated) else {
        return Ok(WELL);
    };
    print(&format!("`{shown}` is stale from line {line} on; `tuiliu openapi > {shown}` makes it anew\n"))?;
    Ok(ExitCode::from(BROKEN))
}

/// The number of the first line that differs.
fn first_difference(stored: &str, generated: &str) -> Option<usize> {
    let same = stored.lines().zip(generated.lines()).take_while(|(left, right)| left == right).count();
    (stored != generated).then(|| same.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use super::{BROKEN, check, first_difference};

    #[test]
    fn names_the_first_line_that_differs() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("a\nb", "a\nb\n"), Some(3));
    }

    #[test]
    fn a_stale_file_fails() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("openapi.json");
        assert!(check(&file, "{}").is_err());
        std::fs::write(&file, "{}\n").unwrap();
        assert_eq!(check(&file, "{}\n").unwrap(), ExitCode::SUCCESS);
        assert_eq!(check(&file, "{ }\n").unwrap(), ExitCode::from(BROKEN));
    }
}
