//! What became of a coupon, and what its ledger of use shows (TP-24).

use crate::ledger::Lot;
use crate::money::Amount;
use crate::time::Timestamp;

/// What a coupon is now, for lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CouponState {
    /// Its time has not come.
    Upcoming,
    /// Something of it can be used.
    Spendable,
    /// All that is left of it is promised to orders.
    Held,
    /// Some of it was used, and nothing is left.
    Used,
    /// Nothing of it was used: what an order left of it is a new coupon, or it was taken back.
    Returned,
    /// Everything went into coupons split from it.
    Split,
    /// Its time is over; nothing of it was used.
    Expired,
}

impl CouponState {
    /// Every state there is.
    pub const ALL: &[Self] =
        &[Self::Upcoming, Self::Spendable, Self::Held, Self::Used, Self::Returned, Self::Split, Self::Expired];

    /// The state of a coupon, told by its lot.
    #[must_use]
    pub fn of(lot: &Lot, now: Timestamp) -> Self {
        let some = |amount: Amount| amount > Amount::ZERO;
        if some(lot.remaining) && !lot.is_over(now) {
            if lot.valid_from <= now { Self::Spendable } else { Self::Upcoming }
        } else if some(lot.held) {
            Self::Held
        } else if some(lot.spent) {
            Self::Used
        } else if some(lot.expired) || some(lot.remaining) {
            Self::Expired
        } else if some(lot.returned) {
            Self::Returned
        } else {
            Self::Split
        }
    }

    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Spendable => "spendable",
            Self::Held => "held",
            Self::Used => "used",
            Self::Returned => "returned",
            Self::Split => "split",
            Self::Expired => "expired",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }
}

/// One line in the ledger of a coupon's use (TP-24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CouponUse {
    /// It came into being, given by the platform.
    Granted,
    /// It came into being, split from another.
    SplitFrom,
    /// It came into being, as what an order left of another.
    RemainderOf,
    /// Promised to an order.
    Held,
    /// The order never ran: it is as it was before.
    Released,
    /// Used up by an order.
    Used,
    /// Left by an order: it is a new coupon now.
    ReturnedInto,
    /// Left by an order, and lapsed: used once means used up (growth card).
    Burnt,
    /// A part of it is a coupon of its own now.
    SplitInto,
    /// Its time was over.
    Expired,
    /// The platform took it back.
    Recalled,
}

impl CouponUse {
    /// Every kind there is.
    pub const ALL: &[Self] = &[
        Self::Granted,
        Self::SplitFrom,
        Self::RemainderOf,
        Self::Held,
        Self::Released,
        Self::Used,
        Self::ReturnedInto,
        Self::Burnt,
        Self::SplitInto,
        Self::Expired,
        Self::Recalled,
    ];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::SplitFrom => "split_from",
            Self::RemainderOf => "remainder_of",
            Self::Held => "held",
            Self::Released => "released",
            Self::Used => "used",
            Self::ReturnedInto => "returned_into",
            Self::Burnt => "burnt",
            Self::SplitInto => "split_into",
            Self::Expired => "expired",
            Self::Recalled => "recalled",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|line| line.code() == code)
    }
}
