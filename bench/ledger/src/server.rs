//! Room on the PostgreSQL that all measurements share: a schema or a database for each, gone in the end.

use anyhow::{Context, Result};
use postgres::{Client, NoTls};

/// A schema of one measurement.
pub struct Schema {
    url: String,
    name: String,
}

impl Schema {
    pub fn create(url: &str, name: &str) -> Result<Self> {
        let name = format!("bench_{name}_{}", std::process::id());
        client(url)?.batch_execute(&format!("drop schema if exists {name} cascade; create schema {name}"))?;
        Ok(Self { url: url.to_owned(), name })
    }

    /// The URL of a connection that sees this schema and no other.
    pub fn url(&self) -> String {
        let joint = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{joint}options=-c%20search_path%3D{}", self.url, self.name)
    }

    /// Bytes of its tables with their indexes.
    pub fn bytes(&self) -> Result<u64> {
        let sum = "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
            from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname = $1";
        let bytes: i64 = client(&self.url)?.query_one(sum, &[&self.name])?.get(0);
        Ok(u64::try_from(bytes)?)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let text = format!("drop schema if exists {} cascade", self.name);
        if let Err(error) = client(&self.url).and_then(|mut client| Ok(client.batch_execute(&text)?)) {
            eprintln!("could not drop the schema `{}`: {error}", self.name);
        }
    }
}

/// A database of one measurement.
pub struct Database {
    url: String,
    name: String,
}

impl Database {
    pub fn create(url: &str, name: &str) -> Result<Self> {
        let name = format!("bench_{name}_{}", std::process::id());
        client(url)?.batch_execute(&format!("create database {name}"))?;
        Ok(Self { url: url.to_owned(), name })
    }

    pub fn url(&self) -> Result<String> {
        let (before, rest) = self.url.rsplit_once('/').context("the URL names a database")?;
        let parameters = rest.split_once('?').map(|(_, parameters)| format!("?{parameters}")).unwrap_or_default();
        Ok(format!("{before}/{}{parameters}", self.name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let text = format!("drop database if exists {} with (force)", self.name);
        if let Err(error) = client(&self.url).and_then(|mut client| Ok(client.batch_execute(&text)?)) {
            eprintln!("could not drop the database `{}`: {error}", self.name);
        }
    }
}

/// Writes what earlier measurements left to be written, so that the next one does not pay for it.
pub fn checkpoint(url: &str) -> Result<()> {
    Ok(client(url)?.batch_execute("checkpoint")?)
}

/// What it says of itself.
pub fn version(url: &str) -> Result<String> {
    Ok(client(url)?.query_one("select version()", &[])?.get(0))
}

fn client(url: &str) -> Result<Client> {
    Client::connect(url, NoTls).context("failed to reach PostgreSQL")
}
