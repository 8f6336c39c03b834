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
