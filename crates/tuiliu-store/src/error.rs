//! What can go wrong between us and the database.

use thiserror::Error;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// Every place in the queue is taken; the caller may come back.
    #[error("queue a command behind `{waiting}` others")]
    Busy { waiting: usize },
    /// The store is shutting down or its threads are gone.
    #[error("reach a store that is closed")]
    Closed,
    /// A row that cannot be: never mended by a default.
    #[error("read `{place}`: {reason}")]
    Inconsistent { place: String, reason: String },
    /// A write met another number of rows than it expects: somebody else wrote first.
    #[error("write exactly `{expected}` rows where `{met}` were met, in `{statement}`")]
    Conflict { statement: &'static str, expected: u64, met: u64 },
    /// A row with this key is there already.
    #[error("insert what is there already")]
    Duplicate,
    /// The database refused or failed; running the same command again may go well.
    #[error("finish a transaction that others were in the way of: {reason}")]
    Transient { reason: String },
    /// The connection was lost while a transaction was being committed: it may have happened or not. It is never run
    /// again by itself; whoever asked finds out by asking again under the same id.
    #[error("learn whether a transaction was committed: {reason}")]
    OutcomeUnknown { reason: String },
    /// The database refused or failed.
    #[error("run a statement: {reason}")]
    Database { reason: String },
    /// The store's durability settings are not what money needs.
    #[error("trust the database with money: {reason}")]
    NotDurable { reason: String },
    /// The command hit a bug; its transaction was rolled back.
    #[error("survive a command: {reason}")]
    Panicked { reason: String },
}

impl StoreError {
    pub(crate) fn database(reason: impl ToString) -> Self {
        Self::Database { reason: reason.to_string() }
    }

    pub(crate) fn inconsistent(place: impl ToString, reason: impl ToString) -> Self {
        Self::Inconsistent { place: place.to_string(), reason: reason.to_string() }
    }
}
