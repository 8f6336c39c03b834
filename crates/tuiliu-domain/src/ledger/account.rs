//! Accounts: where value lies.

use crate::money::{Amount, Asset};

/// What an account is for; its number is part of packed keys and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// A party's value backed by payments; a control account over lots. Owner: party.
    WalletPaid,
    /// A party's gifted value, never refundable in money; over lots. Owner: party.
    WalletGift,
    /// A party's coupons; each lot is one coupon (WL-06). Owner: party.
    Coupon,
    /// What delivery used up of one order. Owner: promotion order.
    Consumed,
    /// Money on its way from or to a payment provider; must drain. Owner: tenant.
    PaymentClearing,
    /// The other side of a conversion between assets. Owner: tenant.
    Liquidity,
    /// What granted coupons cost the platform. Owner: tenant.
    CouponExpense,
    /// What gifts cost the platform. Owner: tenant.
    GiftExpense,
    /// Value that lapsed unused. Owner: tenant.
    Breakage,
    /// Value taken back from coupons (recall). Owner: tenant.
    Recalled,
    /// Differences that have no place; must stay 0. Owner: tenant.
    Rounding,
    /// Money whose origin is not explained yet. Owner: tenant.
    Suspense,
    /// What guarantees earned, less what helping their videos cost. Owner: tenant.
    GuaranteeIncome,
    /// What helping guaranteed videos displaced. Owner: tenant.
    GuaranteeHelp,
}

impl AccountKind {
    /// Every kind there is.
    pub const ALL: &[Self] = &[
        Self::WalletPaid,
        Self::WalletGift,
        Self::Coupon,
        Self::Consumed,
        Self::PaymentClearing,
        Self::Liquidity,
        Self::CouponExpense,
        Self::GiftExpense,
        Self::Breakage,
        Self::Recalled,
        Self::Rounding,
        Self::Suspense,
        Self::GuaranteeIncome,
        Self::GuaranteeHelp,
    ];

    /// The number used in packed keys; never renumbered.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::WalletPaid => 1,
            Self::WalletGift => 2,
            Self::Coupon => 3,
            Self::Consumed => 4,
            Self::PaymentClearing => 5,
            Self::Liquidity => 6,
            Self::CouponExpense => 7,
            Self::GiftExpense => 8,
            Self::Breakage => 9,
            Self::Recalled => 10,
            Self::Rounding => 11,
            Self::Suspense => 12,
            Self::GuaranteeIncome => 15,
            Self::GuaranteeHelp => 16,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WalletPaid => "wallet_paid",
            Self::WalletGift => "wallet_gift",
            Self::Coupon => "coupon",
            Self::Consumed => "consumed",
            Self::PaymentClearing => "payment_clearing",
            Self::Liquidity => "liquidity",
            Self::CouponExpense => "coupon_expense",
            Self::GiftExpense => "gift_expense",
            Self::Breakage => "breakage",
            Self::Recalled => "recalled",
            Self::Rounding => "rounding",
            Self::Suspense => "suspense",
            Self::GuaranteeIncome => "guarantee_income",
            Self::GuaranteeHelp => "guarantee_help",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// Whether all its value lies in lots, so that nothing moves without naming one.
    #[must_use]
    pub const fn keeps_lots(self) -> bool {
        matches!(self, Self::WalletPaid | Self::WalletGift | Self::Coupon)
    }

    /// Whether its balance, less what is promised, never goes below zero (WL-03).
    #[must_use]
    pub const fn has_floor(self) -> bool {
        self.keeps_lots() || matches!(self, Self::Consumed)
    }
}

/// One account: what for, in which asset, whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    pub kind: AccountKind,
    pub asset: Asset,
    /// The id of the party, order or tenant, as the kind says.
    pub owner: u128,
}

/// The state of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// Credits minus debits of all transfers.
    pub posted: Amount,
    /// Promised out of it: what the open holds on its lots still hold. 0 ≤ held ≤ posted where the kind has a floor.
    pub held: Amount,
    /// A frozen account receives but does not pay (WL-10).
    pub frozen: bool,
}

impl Account {
    /// An account in which nothing has happened yet.
    #[must_use]
    pub const fn empty(id: AccountId) -> Self {
        Self { id, posted: Amount::ZERO, held: Amount::ZERO, frozen: false }
    }
}
