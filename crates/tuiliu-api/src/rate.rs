//! Rate limits: one number per caller in memory, bounded, with the standard headers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderName, HeaderValue};
use tuiliu_domain::time::Timestamp;

/// `"policy";q=quota;w=seconds` (draft-ietf-httpapi-ratelimit-headers).
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// `"policy";r=remaining;t=seconds`.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

const SHARDS: usize = 16;
/// Callers remembered in one shard; newcomers beyond share one bucket, so that memory stays bounded.
const CALLERS_PER_SHARD_MAX: usize = 8_192;
/// A full shard is swept at most this often.
const SWEEP_EVERY_NS: i64 = 1_000_000_000;
const NS_PER_MS: i64 = 1_000_000;
const NS_PER_S: i64 = 1_000_000_000;

/// So many requests in so many seconds; unused ones do not add up beyond the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatePolicy {
    pub name: &'static str,
    pub quota: u32,
    pub window_s: u32,
}

/// How a request fared against its caller's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub allowed: bool,
    /// Requests that may follow at once.
    pub remaining: u32,
    /// Seconds until the whole share is there again; when refused, until the next request may come.
    pub reset_s: u64,
}

/// A token bucket per caller, kept as the instant at which it will be full again.
#[derive(Debug)]
pub struct RateLimiter {
    policy: RatePolicy,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    full_at_ns: HashMap<[u8; 16], i64>,
    crowd_full_at_ns: i64,
    swept_at_ns: i64,
}

impl RatePolicy {
    /// The value of `RateLimit-Policy`.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        let text = format!("\"{}\";q={};w={}", self.name, self.quota, self.window_s);
        HeaderValue::from_str(&text).expect("a policy's name is a word")
    }

    fn window_ns(&self) -> i64 {
        i64::from(self.window_s) * NS_PER_S
    }

    /// The time in which one request grows back.
    fn step_ns(&self) -> i64 {
        (self.window_ns() / i64::from(self.quota)).max(1)
    }
}

impl Standing {
    /// The value of `RateLimit`.
    #[must_use]
    pub fn header(&self, policy: &RatePolicy) -> HeaderValue {
        let text = format!("\"{}\";r={};t={}", policy.name, self.remaining, self.reset_s);
        HeaderValue::from_str(&text).expect("a policy's name is a word")
    }
}

impl RateLimiter {
    /// A limiter under which everybody has the whole share.
    ///
    /// # Panics
    /// When the policy grants nothing, or in no time.
    #[must_use]
    pub fn new(policy: RatePolicy) -> Self {
        assert!(policy.quota > 0 && policy.window_s > 0, "a rate policy grants something");
        Self { policy, shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &RatePolicy {
        &self.policy
    }

    /// Takes one request from the caller's share, if there is one.
    pub fn take(&self, caller: [u8; 16], now: Timestamp) -> Standing {
        self.with_bucket(caller, now, |full_at_ns, now_ns| {
            let after = full_at_ns + self.policy.step_ns();
            let allowed = after <= now_ns + self.policy.window_ns();
            (allowed, if allowed { after } else { full_at_ns })
        })
    }

    /// Looks whether there is one, and takes nothing.
    pub fn look(&self, caller: [u8; 16], now: Timestamp) -> Standing {
        self.with_bucket(caller, now, |full_at_ns, now_ns| {
            let allowed = full_at_ns + self.policy.step_ns() <= now_ns + self.policy.window_ns();
            (allowed, full_at_ns)
        })
    }

    fn with_bucket(&self, caller: [u8; 16], now: Timestamp, decide: impl FnOnce(i64, i64) -> (bool, i64)) -> Standing {
        let now_ns = now.ms().saturating_mul(NS_PER_MS);
        let index = usize::from(caller.iter().fold(0_u8, |mixed, byte| mixed.wrapping_mul(31) ^ byte)) % SHARDS;
        let mut shard = self.shards[index].lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = shard.bucket(caller, now_ns);
        // A bucket is never more than a window from full, unless the clock was set back: then start anew.
        let full_at_ns = if *bucket - now_ns > self.policy.window_ns() { now_ns } else { (*bucket).max(now_ns) };
        let (allowed, after) = decide(full_at_ns, now_ns);
        *bucket = after;
        drop(shard);
        self.standing(allowed, after - now_ns)
    }

    fn standing(&self, allowed: bool, missing_ns: i64) -> Standing {
        let left_ns = (self.policy.window_ns() - missing_ns).max(0);
        let wait_ns = if allowed { missing_ns } else { self.policy.step_ns() - left_ns };
        Standing {
            allowed,
            remaining: u32::try_from(left_ns / self.policy.step_ns()).unwrap_or(u32::MAX).min(self.policy.quota),
            reset_s: u64::try_from(wait_ns).unwrap_or(0).div_ceil(NS_PER_S.unsigned_abs()),
        }
    }
}

impl Shard {
    fn bucket(&mut self, caller: [u8; 16], now_ns: i64) -> &mut i64 {
        let crowded = self.full_at_ns.len() >= CALLERS_PER_SHARD_MAX && !self.full_at_ns.contains_key(&caller);
        if crowded && (now_ns - self.swept_at_ns).abs() >= SWEEP_EVERY_NS {
            self.swept_at_ns = now_ns;
            self.full_at_ns.retain(|_, full_at_ns| *full_at_ns > now_ns);
        }
        if crowded && self.full_at_ns.len() >= CALLERS_PER_SHARD_MAX {
            return &mut self.crowd_full_at_ns;
        }
        self.full_at_ns.entry(caller).or_insert(now_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RatePolicy = RatePolicy { name: "key", quota: 3, window_s: 6 };
    const START: Timestamp = Timestamp::from_ms(1_000_000);

    fn caller(n: u32) -> [u8; 16] {
        u128::from(n).to_be_bytes()
    }

    #[test]
    fn grants_the_quota_at_once_and_then_one_at_a_time() {
        let limiter = RateLimiter::new(POLICY);
        let check = |ms: i64, allowed: bool, remaining: u32, reset_s: u64| {
            let standing = limiter.take(caller(1), START.plus_ms(ms));
            assert_eq!(standing, Standing { allowed, remaining, reset_s }, "after {ms} ms");
        };
        check(0, true, 2, 2);
        check(0, true, 1, 4);
        check(0, true, 0, 6);
        check(0, false, 0, 2);
        check(1_500, false, 0, 1);
        check(2_000, true, 0, 6);
        check(2_000, false, 0, 2);
        check(100_000, true, 2, 2);
    }

    #[test]
    fn callers_do_not_share() {
        let limiter = RateLimiter::new(POLICY);
        for _ in 0..3 {
            assert!(limiter.take(caller(1), START).allowed);
        }
        assert!(!limiter.take(caller(1), START).allowed);
        assert!(limiter.take(caller(2), START).allowed);
    }

    #[test]
    fn looking_takes_nothing() {
        let limiter = RateLimiter::new(RatePolicy { quota: 1, ..POLICY });
        assert!(limiter.look(caller(1), START).allowed);
        assert!(limiter.take(caller(1), START).allowed);
        assert!(!limiter.look(caller(1), START).allowed);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let limiter = RateLimiter::new(POLICY);
        assert!(limiter.take(caller(1), START.plus_ms(3_600_000)).allowed);
        assert!(limiter.take(caller(1), START).allowed);
    }

    #[test]
    fn memory_stays_bounded_and_newcomers_share_a_bucket() {
        let limiter = RateLimiter::new(POLICY);
        let many = u32::try_from(SHARDS * CALLERS_PER_SHARD_MAX).unwrap();
        let refused = (0..many * 2).filter(|n| !limiter.take(caller(*n), START).allowed).count();
        assert!(refused > 0, "the crowd shares a bucket");
        let kept: usize = limiter.shards.iter().map(|shard| shard.lock().unwrap().full_at_ns.len()).sum();
        assert!(kept <= SHARDS * CALLERS_PER_SHARD_MAX);
        // Once the first comers' shares are whole again, they are forgotten.
        assert!(limiter.take(caller(many * 3), START.plus_ms(60_000)).allowed);
        let kept_after: usize = limiter.shards.iter().map(|shard| shard.lock().unwrap().full_at_ns.len()).sum();
        assert!(kept_after < kept);
    }

    #[test]
    fn headers_follow_the_draft() {
        let standing = Standing { allowed: true, remaining: 2, reset_s: 7 };
        assert_eq!(POLICY.header(), "\"key\";q=3;w=6");
        assert_eq!(standing.header(&POLICY), "\"key\";r=2;t=7");
    }
}
