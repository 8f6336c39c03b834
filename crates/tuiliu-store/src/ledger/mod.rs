//! The ledger's rows, log and index: read, handed to the domain's rules, written back.
//!
//! All that moves value goes through [`Tx::ledger`](crate::Tx::ledger) or
//! [`Store::post_ledger`](crate::Store::post_ledger). Each transaction appends one batch to the log: its groups with
//! their outcomes, chained by hash. The log alone brings every row back; the rows are its sum, kept at hand.

mod audit;
mod codec;
mod load;
mod post;
mod read;
mod replay;
mod rows;
mod session;
mod statement;
mod sum;
mod write;

pub use audit::{AuditProgress, AuditReport};
pub use post::LedgerResult;
pub use read::LOTS_MAX;
pub use statement::StatementLine;

pub(crate) use post::LedgerTask;
pub(crate) use session::{LedgerSession, Moment};

/// The statements of every module of this column.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&[crate::statement::Statement]] = &[
    audit::STATEMENTS,
    load::STATEMENTS,
    read::STATEMENTS,
    replay::STATEMENTS,
    statement::STATEMENTS,
    write::STATEMENTS,
];

#[cfg(test)]
mod tests;
