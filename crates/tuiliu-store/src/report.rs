//! What reports are made of: sums by step and by class, stays, purchases, what broadcasts did, sketches.

mod broadcast;
mod sums;

pub use broadcast::{ProductRow, PurchaseRefunded, RoomPurchase, RoomPurchases, StayRow};
pub use sums::{BreakdownSum, OrdersOf};

/// The statements of all parts.
#[cfg(test)]
pub(crate) const ALL_STATEMENTS: &[&[crate::statement::Statement]] = &[broadcast::STATEMENTS, sums::STATEMENTS];

#[cfg(test)]
mod tests;
