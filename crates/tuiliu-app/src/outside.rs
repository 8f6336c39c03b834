//! Ports: the world as the shell sees it. The simulator replaces these and nothing else.

mod check;
mod payment;
mod webhook;

pub use check::{CheckFault, Checking, ContentCheck, ContentQuestion};
pub use payment::{
    Calling, NewsAbout, NoticeError, PaymentNews, PaymentOrder, PaymentProvider, PayoutOrder, PayoutProgress,
    ProviderError, RefundOrder, RefundProgress, SignedNotice,
};
pub use webhook::{Carrying, Parcel, Receipt, WebhookCarrier};

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use tuiliu_domain::id::Id;
use tuiliu_domain::time::Timestamp;
use uuid::{ContextV7, Uuid};

/// Tells the time.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the time comes from")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands until it is moved: tests, simulation, replay.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.ms()))
    }

    /// Moves the clock forward; never back.
    pub fn advance_ms(&self, ms: u32) {
        self.0.fetch_add(i64::from(ms), Ordering::Relaxed);
    }

    /// Moves the clock to `instant` unless it is there or later already.
    pub fn advance_to(&self, instant: Timestamp) {
        self.0.fetch_max(instant.ms(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Relaxed))
    }
}

/// A shared clock is a clock: a test moves the one that its app reads.
impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        self.as_ref().now()
    }
}

/// Makes ids that no other call and no other node makes.
pub trait Ids: Send + Sync {
    fn next_value(&self, now: Timestamp) -> u128;
}

/// An id of the kind asked for.
pub fn next_id<K>(ids: &dyn Ids, now: Timestamp) -> Id<K> {
    Id::new(ids.next_value(now))
}

/// `UUIDv7`: sorted by time of birth, the rest random.
#[derive(Default)]
pub struct RandomIds(std::sync::Mutex<ContextV7>);

impl Ids for RandomIds {
    fn next_value(&self, now: Timestamp) -> u128 {
        let ms = u64::try_from(now.ms()).unwrap_or(0);
        let nanos = u32::try_from(ms % 1_000).unwrap_or(0) * 1_000_000;
        let context = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, ms / 1_000, nanos)).as_u128()
    }
}

/// Ids that count up: the same run makes the same ids.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl Ids for CountingIds {
    fn next_value(&self, now: Timestamp) -> u128 {
        let birth = u128::from(u64::try_from(now.ms()).unwrap_or(0));
        (birth << 80) | u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Makes bits that nobody can guess: keys, session tokens, salts.
pub trait Secrets: Send + Sync {
    fn next_secret(&self) -> [u8; 32];
}

/// The operating system's randomness.
#[derive(Debug, Default)]
pub struct SystemSecrets;

impl Secrets for SystemSecrets {
    fn next_secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the operating system has randomness");
        secret
    }
}

/// Secrets that anybody can compute: the same run makes the same ones. Tests and simulation only.
#[derive(Debug, Default)]
pub struct CountingSecrets(AtomicU64);

impl Secrets for CountingSecrets {
    fn next_secret(&self) -> [u8; 32] {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        *blake3::hash(&number.to_be_bytes()).as_bytes()
    }
}

/// The world that an app is given.
pub struct Outside {
    pub clock: Box<dyn Clock>,
    pub ids: Box<dyn Ids>,
    pub secrets: Box<dyn Secrets>,
}

impl Default for Outside {
    /// The real world.
    fn default() -> Self {
        Self { clock: Box::new(SystemClock), ids: Box::new(RandomIds::default()), secrets: Box::new(SystemSecrets) }
    }
}
