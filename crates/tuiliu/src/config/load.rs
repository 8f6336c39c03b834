//! Settings from their four sources, and errors that say where the wrong one stands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use toml::{Table, Value};

use super::{Config, Secret};

/// The file that is read when no other is named.
const FILE: &str = "tuiliu.toml";
/// Begins every variable; a setting's variable has its section, two underscores and its key behind it.
const PREFIX: &str = "TUILIU_";

/// Where settings come from besides their defaults.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The file to read; without it `tuiliu.toml` here, if there is one.
    pub(crate) file: Option<PathBuf>,
    /// The environment.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// `section.key` and value, from the command line.
    pub(crate) flags: Vec<(String, String)>,
}

/// Reads and checks the settings; the secret of a file is read too.
pub(crate) fn load(sources: &Sources) -> Result<Config> {
    let mut table = read_file(sources.file.as_deref())?;
    for (variable, key, value) in settings_of(&sources.environment)? {
        overlay(&mut table, &key, &value).with_context(|| format!("failed to use the variable `{variable}`"))?;
    }
    for (key, value) in &sources.flags {
        overlay(&mut table, key, value).with_context(|| format!("failed to use the flag for `{key}`"))?;
    }
    let mut config = table.try_into::<Config>().map_err(|error| anyhow!("{}", error.message()))?;
    config.check()?;
    let file = config.payment.secret_file.clone();
    if !file.as_os_str().is_empty() {
        config.payment.secret = Secret::read(&file)
            .with_context(|| format!("failed to read `payment.secret_file`, `{}`", file.display()))?;
    }
    Ok(config)
}

fn read_file(named: Option<&Path>) -> Result<Table> {
    let path = named.unwrap_or(Path::new(FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(Table::new()),
        Err(error) => return Err(error).with_context(|| format!("failed to read `{}`", path.display())),
    };
    parse(&path.display().to_string(), &text)
}

/// Parses a file's text; errors name the file, the line and the key, never a value that may be secret.
pub(super) fn parse(name: &str, text: &str) -> Result<Table> {
    // The whole file is typed once on its own, so that an error has a line.
    let typed = toml::from_str::<Config>(text).map(drop);
    typed.and_then(|()| toml::from_str::<Table>(text)).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or(text).matches('\n').count().saturating_add(1);
        anyhow!("failed to read `{name}`, line {line}: {}", error.message())
    })
}

/// The variables that are settings: the variable, `section.key`, and the value.
fn settings_of(environment: &[(OsString, OsString)]) -> Result<Vec<(String, String, String)>> {
    let mut settings = Vec::new();
    for (variable, value) in environment {
        let Some(variable) = variable.to_str() else { continue };
        let Some((section, key)) = variable.strip_prefix(PREFIX).and_then(|rest| rest.split_once("__")) else {
            continue;
        };
        let Some(value) = value.to_str() else {
            bail!("failed to use the variable `{variable}`: its value is not UTF-8");
        };
        let path = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
        settings.push((variable.to_owned(), path, value.to_owned()));
    }
    Ok(settings)
}

/// Puts one setting over what is there, in the kind that the setting has.
fn overlay(table: &mut Table, path: &str, text: &str) -> Result<()> {
    let defaults = Table::try_from(Config::default()).context("failed to write the defaults")?;
    let Some((section, key)) = path.split_once('.') else {
        bail!("`{path}` is not `section.key`");
    };
    let Some(default) = defaults.get(section).and_then(|section| section.get(key)) else {
        bail!("there is no setting `{path}`");
    };
    let value = match default {
        Value::Integer(_) => Value::Integer(text.parse().with_context(|| format!("`{text}` is no whole number"))?),
        Value::Boolean(_) => Value::Boolean(text.parse().with_context(|| format!("`{text}` is not true or false"))?),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
        _ => Value::String(text.to_owned()),
    };
    let own = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    let Value::Table(own) = own else {
        bail!("`{section}` is not a section");
    };
    own.insert(key.to_owned(), value);
    let checked = table.clone().try_into::<Config>();
    checked.map(drop).map_err(|error| anyhow!("{}", error.message()))
}
