//! How guessing slows down: each failure beyond a few doubles the wait of its account and of its address.

use std::net::IpAddr;

use tuiliu_domain::time::{HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};
use tuiliu_store::SignInAttempts;

/// How many failures are free, and how long the waits grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Throttle {
    /// Failures without a wait.
    free: u32,
    wait_ms_first: i64,
    wait_ms_max: i64,
    /// Failures older than this are forgotten.
    memory_ms: i64,
}

/// Of one account, wherever the guesses come from. The longest wait is short enough that nobody is locked out for long.
pub(super) const ACCOUNT: Throttle =
    Throttle { free: 5, wait_ms_first: 2 * SECOND_MS, wait_ms_max: 15 * MINUTE_MS, memory_ms: HOUR_MS };
/// Of one address, whichever accounts it tries; many people may share it.
pub(super) const ADDRESS: Throttle =
    Throttle { free: 30, wait_ms_first: 2 * SECOND_MS, wait_ms_max: 15 * MINUTE_MS, memory_ms: HOUR_MS };

impl Throttle {
    /// Until when a further attempt is refused unread.
    pub(super) fn refused_until(attempts: Option<SignInAttempts>, now: Timestamp) -> Option<Timestamp> {
        attempts.map(|attempts| attempts.retry_at).filter(|retry_at| now < *retry_at)
    }

    /// The count after one more failure.
    pub(super) fn after_failure(self, attempts: Option<SignInAttempts>, now: Timestamp) -> SignInAttempts {
        let remembered = attempts.filter(|attempts| now.since_ms(attempts.last_at) < self.memory_ms);
        let failures = remembered.map_or(0, |attempts| attempts.failures).saturating_add(1);
        SignInAttempts { failures, last_at: now, retry_at: now.plus_ms(self.wait_ms(failures)) }
    }

    /// The count after an attempt that was counted as a failure turned out well.
    pub(super) fn after_success(attempts: SignInAttempts, now: Timestamp) -> SignInAttempts {
        SignInAttempts { failures: attempts.failures.saturating_sub(1), last_at: now, retry_at: now }
    }

    fn wait_ms(self, failures: u32) -> i64 {
        let doublings = failures.saturating_sub(self.free);
        if doublings == 0 {
            return 0;
        }
        let factor = 1_i64.checked_shl(doublings - 1).filter(|factor| *factor > 0).unwrap_or(i64::MAX);
        self.wait_ms_first.saturating_mul(factor).min(self.wait_ms_max)
    }
}

/// What failures of one account are counted under.
pub(super) fn account(login: &str) -> String {
    format!("account:{login}")
}

/// What failures from one address are counted under: who has an IPv6 address has 2^64 of them.
pub(super) fn address(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(four) => format!("address:{four}"),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests;
