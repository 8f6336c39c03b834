//! What the program tells about itself: log lines on standard error, never a secret and never a person's data.

use std::panic::PanicHookInfo;

use anyhow::{Context, Result, anyhow, bail};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts the log; once per program.
pub(crate) fn start(log: &Log) -> Result<()> {
    let filter = filter(&log.level)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).try_init(),
    };
    started.map_err(|error| anyhow!("{error}")).context("failed to start the log")?;
    std::panic::set_hook(Box::new(tell_panic));
    Ok(())
}

/// A panic is a line of the log like any other: a machine that reads the log finds it.
fn tell_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let reason = panic.payload_as_str().unwrap_or("no reason was given");
    let thread = std::thread::current().name().unwrap_or_default().to_owned();
    tracing::error!(panic.place = place, panic.thread = thread, "panicked: {reason}");
}

/// A level, or levels by module; a word that is neither is refused instead of taken for a module.
pub(crate) fn filter(text: &str) -> Result<EnvFilter> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    for part in &parts {
        let level = part.rsplit_once('=').map_or(*part, |(_, level)| level);
        // An empty level would be read as `error`.
        if level.is_empty() || level.parse::<LevelFilter>().is_err() {
            bail!("`{part}` is no level and no `module=level`");
        }
    }
    parts.join(",").parse().with_context(|| format!("failed to read the levels `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn takes_levels_and_levels_by_module() {
        for text in ["info", "warn,tuiliu_store=debug", "off", "error, tuiliu_api::auth=trace"] {
            assert!(filter(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_a_misspelt_level() {
        for text in ["", "infoo", "info,debugg", "tuiliu_store=loud"] {
            assert!(filter(text).is_err(), "{text}");
        }
    }
}
