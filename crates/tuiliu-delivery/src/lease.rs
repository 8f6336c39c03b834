//! The slice of an order's escrow that this node may spend, counted by atomics (DL-05, delivery.md §5).

mod borrowing;
mod counter;
mod reservations;
mod slice;

/// What the counter is made of; its model test makes it of something else.
mod atomic {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
}

pub use borrowing::{Borrowing, LeaseLook, LeaseSource, Loan};
pub use counter::{LeaseBalance, LeaseCounter};
pub use reservations::{Expired, RESERVATION_MS, Reservation, ReservationError, Reservations, Settled};
pub use slice::{LeaseNeed, Returning, SLICE_MIN, low_at_least};

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;
