//! What reports are made of: sums by step and by class, stays, purchases, what broadcasts did, sketches.

mod broadcast;
mod recap;
mod sums;

pub use broadcast::{PlaceProduct, ProductRow, PurchaseRefunded, RoomPurchase, RoomPurchases, StayRow};
pub use sums::{BreakdownSum, OrdersOf};

/// The statements of all parts.
#[cfg(test)]
pub(crate) const ALL_STATEMENTS: &[&[crate::statement::Statement]] =
    &[broadcast::STATEMENTS, recap::STATEMENTS, sums::STATEMENTS];

#[cfg(test)]
mod tests;
