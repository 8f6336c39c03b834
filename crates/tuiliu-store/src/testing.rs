//! Stores for tests: one in memory and one on PostgreSQL, each empty and its own.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::dialect::Address;
use crate::store::{Store, StoreConfig};

/// Names the server that tests may create schemas on; `cargo xtask test` starts one and sets it.
pub const SERVER_VARIABLE: &str = "TUILIU_TEST_POSTGRES";

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// An empty store in memory.
#[must_use]
pub fn memory() -> Store {
    Store::open(&StoreConfig { address: Address::Memory, readers: 0 }).expect("a store in memory opens")
}

/// The address of an empty schema of its own on the test server.
///
/// # Panics
/// When there is no test server: it fails, it never skips.
#[must_use]
pub fn server_address() -> Address {
    let url = std::env::var(SERVER_VARIABLE).unwrap_or_else(|_| {
        panic!("`{SERVER_VARIABLE}` is not set: run `cargo xtask test`, or `cargo xtask pg start`")
    });
    let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    let schema = format!("test_{}_{number}", std::process::id());
    let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("the test server answers");
    client
        .batch_execute(&format!("drop schema if exists {schema} cascade; create schema {schema}"))
        .expect("the test server lets us create a schema");
    let joint = if url.contains('?') { '&' } else { '?' };
    Address::Server(format!("{url}{joint}options=-c%20search_path%3D{schema}"))
}

/// An empty store on PostgreSQL.
#[must_use]
pub fn server() -> Store {
    Store::open(&StoreConfig { address: server_address(), readers: 1 }).expect("a store on the test server opens")
}

/// Runs one story on every kind of store.
pub fn on_both(story: impl Fn(Store)) {
    story(memory());
    story(server());
}
