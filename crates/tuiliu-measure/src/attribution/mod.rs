//! Attribution (AT-01, AT-02, AT-07): whose doing it was, computed anew for one viewer at a time.
//!
//! What is known of a viewer in one room is a [`History`]: a set of records, so that repetition and the order of arrival
//! change nothing. From it follow, purely, the viewer's part in the figures of every order (last touch) and of every arm
//! (all outcomes from the first win on). Sums are kept by taking a viewer's old part out and putting the new one in.
//! Instants are those at which something happened; when it became known only tells versions apart.

mod arms;
mod book;
mod credit;
mod figures;
mod record;
mod share;
mod window;

pub use arms::{Arm, ArmFigures, Arms, arm_share};
pub use book::{Book, Sums};
pub use credit::{Credits, credits};
pub use figures::{Figure, Figures};
pub use record::{Fact, History, Purchase, Record, RecordId, Toggle, Touch, ViewerKey};
pub use share::{Cause, Share, shares};
pub use window::Window;

/// A view of at least so long is a touch; a shorter one without a click is none.
pub const ENGAGED_VIEW_MS: i64 = 5 * tuiliu_domain::time::SECOND_MS;

#[cfg(test)]
mod tests;
