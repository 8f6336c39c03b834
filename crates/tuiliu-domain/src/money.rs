//! Amounts: integers in the smallest unit of an asset, never floats (WL-01).

use std::fmt;

use thiserror::Error;

/// What an amount counts, and in which unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asset {
    /// Chinese yuan; the unit is 1 fen.
    Cny,
    /// Beans (微信豆); the unit is 1/100 bean.
    Bean,
    /// Traffic-coupon points; the unit is 1 point.
    Point,
}

impl Asset {
    /// Every asset there is.
    pub const ALL: &[Self] = &[Self::Cny, Self::Bean, Self::Point];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cny => "CNY",
            Self::Bean => "BEAN",
            Self::Point => "POINT",
        }
    }

    /// The number used in packed keys; never renumbered.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Cny => 1,
            Self::Bean => 2,
            Self::Point => 3,
        }
    }

    /// The asset with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|asset| asset.code() == code)
    }

    /// The asset with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|asset| asset.number() == number)
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Largest balance, up or down: sums of two never overflow.
pub const AMOUNT_MAX: i64 = 1 << 62;

/// An amount in the smallest unit of some asset that the context names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i64);

/// Arithmetic left the range of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("keep an amount within ± 2^62 units")]
pub struct AmountOverflow;

impl Amount {
    pub const ZERO: Self = Self(0);

    /// So many smallest units.
    #[must_use]
    pub const fn new(units: i64) -> Self {
        Self(units)
    }

    /// The number of smallest units.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The sum, refused beyond [`AMOUNT_MAX`].
    pub const fn plus(self, other: Self) -> Result<Self, AmountOverflow> {
        Self::within(self.0.checked_add(other.0))
    }

    /// The difference, refused beyond [`AMOUNT_MAX`].
    pub const fn minus(self, other: Self) -> Result<Self, AmountOverflow> {
        Self::within(self.0.checked_sub(other.0))
    }

    /// The product with a count, refused beyond [`AMOUNT_MAX`].
    pub const fn times(self, count: i64) -> Result<Self, AmountOverflow> {
        Self::within(self.0.checked_mul(count))
    }

    const fn within(sum: Option<i64>) -> Result<Self, AmountOverflow> {
        match sum {
            Some(units) if -AMOUNT_MAX <= units && units <= AMOUNT_MAX => Ok(Self(units)),
            _ => Err(AmountOverflow),
        }
    }
}

/// A price or cost inside the engine: millionths of an order's price unit (WL-01).
///
/// For a traffic pack the price unit is one bean; for products paid in money it is one yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micros(i64);

/// Millionths in one price unit.
pub const MICROS_PER_UNIT: i64 = 1_000_000;

impl Micros {
    pub const ZERO: Self = Self(0);

    /// So many millionths.
    #[must_use]
    pub const fn new(micros: i64) -> Self {
        Self(micros)
    }

    /// The number of millionths.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, refused beyond [`AMOUNT_MAX`].
    pub fn plus(self, other: Self) -> Result<Self, AmountOverflow> {
        Amount(self.0).plus(Amount(other.0)).map(|sum| Self(sum.0))
    }

    /// The difference, refused beyond [`AMOUNT_MAX`].
    pub fn minus(self, other: Self) -> Result<Self, AmountOverflow> {
        Amount(self.0).minus(Amount(other.0)).map(|sum| Self(sum.0))
    }

    /// The whole units of size `unit` in this cost, the fraction dropped in the payer's favour.
    ///
    /// # Panics
    /// When `unit` is not positive or the cost is negative: both can only be a bug.
    #[must_use]
    pub fn round_down_to(self, unit: Self) -> Amount {
        assert!(unit.0 > 0 && self.0 >= 0, "a cost is counted in positive units");
        Amount(self.0 / unit.0)
    }
}

/// A price in whole price units: beans of a traffic pack (TP-04), yuan of what is paid in money. `0 ≤ units ≤ BEANS_MAX`.
///
/// The smallest unit of either is 1/100: 1/100 bean, or one fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(i64);

/// Whole beans, where the price unit is known to be the bean.
pub type Beans = Price;

/// Most beans or yuan one price or balance can have: their millionths still fit an amount.
pub const BEANS_MAX: i64 = 4_000_000_000_000;
/// Smallest units in one price unit: 1/100 beans in a bean, fen in a yuan.
pub const CENTIBEANS_PER_BEAN: i64 = 100;
/// Millionths of a price unit in its smallest unit.
pub const CENTIBEAN_WORTH: Micros = Micros(MICROS_PER_UNIT / CENTIBEANS_PER_BEAN);

impl Price {
    pub const ZERO: Self = Self(0);

    /// So many whole units; `None` when negative or more than [`BEANS_MAX`].
    #[must_use]
    pub const fn parse(beans: i64) -> Option<Self> {
        if 0 <= beans && beans <= BEANS_MAX { Some(Self(beans)) } else { None }
    }

    /// The whole-number part of a balance in 1/100 units; a fraction stays in the wallet (TP-04).
    #[must_use]
    pub fn whole_in(balance: Amount) -> Self {
        Self((balance.0 / CENTIBEANS_PER_BEAN).clamp(0, BEANS_MAX))
    }

    /// The number of whole units.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The same value in 1/100 units, the ledger's.
    #[must_use]
    pub const fn amount(self) -> Amount {
        Amount(self.0 * CENTIBEANS_PER_BEAN)
    }

    /// The same value in millionths, the engine's unit.
    #[must_use]
    pub const fn micros(self) -> Micros {
        Micros(self.0 * MICROS_PER_UNIT)
    }

    /// The sum; `None` beyond [`BEANS_MAX`].
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        Self::parse(self.0 + other.0)
    }
}

impl From<u32> for Price {
    fn from(beans: u32) -> Self {
        Self(i64::from(beans))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
