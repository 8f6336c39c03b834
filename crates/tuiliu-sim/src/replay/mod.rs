//! Replays a log of real auctions through real decisions, leases, charges and settlement.
//!
//! Each row is one slot of a feed. The market's price is the slot's floor, in millionths of a bean an impression: a
//! price is in fen for a thousand impressions, and ten beans are a yuan. Who is shown the card watches it effectively;
//! a click in the log is a click on a product, a comment and a follow here, whoever's card it was. So an order for
//! viewers pays for every impression that it wins, the others for the clicks among theirs.
//!
//! The log lasts six hours on the replay's clock: each of its steps an equal part of them, each row of a step an equal
//! part of that.
//!
//! What a row brings is reported under ids that follow from the row. So a replay that was killed starts again a little
//! before where it was, and what was acknowledged the first time is a duplicate the second time: no row is charged
//! twice. Where to start again is remembered after each part of the log.

mod log;
mod plan;
mod result;
mod run;
mod stage;

pub use log::{Market, ROWS_MAX, Row, read};
pub use plan::{Plan, PlannedOrder, START, Timetable, WINDOW_MS};
pub use result::{OrderResult, ReplayResult, SourceResult};
pub use run::{ReplayOptions, ReplayProgress, run};

/// 2^bits cells for counting impressions: every row is a viewer of its own.
pub const FREQUENCY_BITS: u32 = 21;

#[cfg(test)]
mod tests;
