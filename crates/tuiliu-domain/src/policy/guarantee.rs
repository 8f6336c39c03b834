//! How plays are guaranteed (GB): the numbers behind quotes, promises and the stop-loss.

use super::check::{PolicyError, TIME_MS_MAX, within};
use crate::money::Amount;
use crate::time::{DAY_MS, HOUR_MS};

/// How plays are guaranteed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuaranteePolicy {
    /// Quotes rest on the videos of the last so many days (GB-02).
    pub history_days: i64,
    /// Fewer make no guarantee (GB-03).
    pub videos_min: usize,
    /// A video weighs half as much when it is so many days older.
    pub half_life_days: i64,
    /// What is promised as expected plays.
    pub promise: GuaranteePromise,
    /// The part of the fees that is to be paid back, in thousandths …
    pub loss_permille: i64,
    /// … and, where the mean is promised, never less than this.
    pub loss_permille_min: i64,
    /// Premium rates, in thousandths of the fixed price (GB-02).
    pub premium_permille_min: i64,
    pub premium_permille_max: i64,
    /// Largest fixed price of one video, in fen.
    pub fixed_price_max: Amount,
    /// From publication to the end (GB-05).
    pub term_ms: i64,
    /// Months in which the video must be published (GB-08).
    pub valid_months: u16,
    /// Refunds are promised within so many working days (GB-07, GB-08).
    pub refund_working_days: u16,
    /// A refund is paid so long after it was decided.
    pub refund_wait_ms: i64,
    /// A publication before an order lapsed may be told so much later.
    pub report_wait_ms: i64,
    /// A reading of plays at the end is waited for so long.
    pub closing_wait_ms: i64,
    /// The most that open guarantees on one creator's videos may cost together, in fen.
    pub exposure_max: Amount,
    /// Guarantees are not sold while more than this part of the window's fees went back, in thousandths (GB-12) …
    pub stop_loss_permille: i64,
    pub stop_loss_window_ms: i64,
    /// … of at least so many guarantees.
    pub stop_loss_services_min: u32,
}

/// What is promised as expected plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GuaranteePromise {
    /// What half of the comparable videos reach.
    Median,
    /// The mean of what may come, great hits capped.
    Mean,
}

impl Default for GuaranteePolicy {
    fn default() -> Self {
        Self {
            history_days: 45,
            videos_min: 5,
            half_life_days: 20,
            promise: GuaranteePromise::Median,
            loss_permille: 420,
            loss_permille_min: 500,
            premium_permille_min: 100,
            premium_permille_max: 500,
            fixed_price_max: Amount::new(1_000_000_000),
            term_ms: 14 * DAY_MS,
            valid_months: 1,
            refund_working_days: 7,
            refund_wait_ms: DAY_MS,
            report_wait_ms: HOUR_MS,
            closing_wait_ms: DAY_MS,
            exposure_max: Amount::new(100_000_000),
            stop_loss_permille: 750,
            stop_loss_window_ms: 30 * DAY_MS,
            stop_loss_services_min: 10,
        }
    }
}

impl GuaranteePolicy {
    pub(super) fn check(&self) -> Result<(), PolicyError> {
        within("guarantee.history_days", self.history_days, 1, 366)?;
        within("guarantee.half_life_days", self.half_life_days, 1, 36_600)?;
        within("guarantee.videos_min", i64::try_from(self.videos_min).unwrap_or(i64::MAX), 3, 1_000)?;
        within("guarantee.loss_permille", self.loss_permille, 1, 900)?;
        within("guarantee.loss_permille_min", self.loss_permille_min, 0, 900)?;
        within("guarantee.premium_permille_max", self.premium_permille_max, 1, 1000)?;
        within("guarantee.premium_permille_min", self.premium_permille_min, 1, self.premium_permille_max)?;
        within("guarantee.fixed_price_max", self.fixed_price_max.units(), 1, FIXED_PRICE_MAX)?;
        within("guarantee.exposure_max", self.exposure_max.units(), 0, FIXED_PRICE_MAX)?;
        within("guarantee.term_ms", self.term_ms, 1, TIME_MS_MAX)?;
        within("guarantee.valid_months", i64::from(self.valid_months), 1, 12)?;
        within("guarantee.refund_working_days", i64::from(self.refund_working_days), 1, 30)?;
        within("guarantee.refund_wait_ms", self.refund_wait_ms, 0, TIME_MS_MAX)?;
        within("guarantee.report_wait_ms", self.report_wait_ms, 0, TIME_MS_MAX)?;
        within("guarantee.closing_wait_ms", self.closing_wait_ms, 0, TIME_MS_MAX)?;
        within("guarantee.stop_loss_permille", self.stop_loss_permille, 0, 1000)?;
        within("guarantee.stop_loss_window_ms", self.stop_loss_window_ms, 1, TIME_MS_MAX)
    }
}

impl GuaranteePromise {
    /// Every promise there is.
    pub const ALL: &[Self] = &[Self::Median, Self::Mean];

    /// The code used in policies; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Median => "p50",
            Self::Mean => "lr60",
        }
    }

    /// The promise with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|promise| promise.code() == code)
    }
}

/// Ten thousand million yuan, so that price and fee stay amounts.
const FIXED_PRICE_MAX: i64 = 1_000_000_000_000;
