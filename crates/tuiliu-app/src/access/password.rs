//! Passwords: argon2id on threads of its own, a few at a time.

use std::fmt;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;
use tokio::sync::Semaphore;
use tuiliu_domain::limits::{PASSWORDS_HASHED_AT_ONCE_MAX, PASSWORDS_WAITING_MAX};
use tuiliu_store::StoreError;

/// Fewest characters of a new password.
pub(super) const PASSWORD_LENGTH_MIN: usize = 10;
/// Most bytes of a password.
pub(super) const PASSWORD_BYTES_MAX: usize = 1_024;

/// How much work a guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for PasswordCost {
    /// What OWASP recommends at least for argon2id.
    fn default() -> Self {
        Self { memory_kib: 19 * 1_024, passes: 2 }
    }
}

impl PasswordCost {
    /// No protection at all: tests and simulation only.
    pub const LEAST: Self = Self { memory_kib: 8, passes: 1 };
}

/// A password as it was typed; shown as dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text cannot be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    #[error("set a password of less than `{min}` characters")]
    TooShort { min: usize },
    #[error("take a password of more than `{max}` bytes")]
    TooLong { max: usize },
}

impl Password {
    /// A password that was typed to sign in.
    pub fn typed(text: String) -> Result<Self, PasswordError> {
        if text.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordError::TooLong { max: PASSWORD_BYTES_MAX });
        }
        Ok(Self(text))
    }

    /// A password that is to be set.
    pub fn chosen(text: String) -> Result<Self, PasswordError> {
        if text.chars().count() < PASSWORD_LENGTH_MIN {
            return Err(PasswordError::TooShort { min: PASSWORD_LENGTH_MIN });
        }
        Self::typed(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// Checked when there is no such login, so that it takes as long and nobody learns which names exist.
    nobodys: String,
    at_once: Semaphore,
    waiting: Semaphore,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).expect("the cost is within argon2's bounds");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&argon2, &Password(String::new()), [0; 32]);
        let at_once = Semaphore::new(PASSWORDS_HASHED_AT_ONCE_MAX);
        Self { argon2, nobodys, at_once, waiting: Semaphore::new(PASSWORDS_WAITING_MAX) }
    }

    /// The PHC string of a password.
    pub(crate) async fn hash(&self, password: Password, salt: [u8; 32]) -> Result<String, StoreError> {
        let argon2 = self.argon2.clone();
        self.run(move || hash(&argon2, &password, salt)).await
    }

    /// Whether this is the password; without a hash to compare with it takes as long to say no.
    pub(crate) async fn check(&self, password: Password, expected: Option<String>) -> Result<bool, StoreError> {
        let argon2 = self.argon2.clone();
        let exists = expected.is_some();
        let expected = expected.unwrap_or_else(|| self.nobodys.clone());
        self.run(move || check(&argon2, &password, &expected) && exists).await
    }

    /// Memory-hard work may neither stop the runtime nor take all memory.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        let _place = self.waiting.try_acquire().map_err(|_| StoreError::Busy { waiting: PASSWORDS_WAITING_MAX })?;
        let _turn = self.at_once.acquire().await.map_err(|_| StoreError::Closed)?;
        tokio::task::spawn_blocking(work).await.map_err(|fault| StoreError::Panicked { reason: fault.to_string() })
    }
}

fn hash(argon2: &Argon2<'_>, password: &Password, salt: [u8; 32]) -> String {
    let hash: PasswordHash = argon2.hash_password_with_salt(password.0.as_bytes(), &salt).expect("32 bytes are a salt");
    hash.to_string()
}

fn check(argon2: &Argon2<'_>, password: &Password, expected: &str) -> bool {
    match PasswordHash::new(expected) {
        Ok(expected) => argon2.verify_password(password.0.as_bytes(), &expected).is_ok(),
        Err(fault) => {
            tracing::error!("read a password hash that is none: {fault}");
            false
        }
    }
}
