//! Why a command was not carried out.

use std::error::Error;

use thiserror::Error;
use tuiliu_domain::party::Forbidden;
use tuiliu_store::{Refusal, StoreError};

/// What every command can meet besides the refusals `R` of its own rules.
#[derive(Debug, Clone, Error)]
pub enum CommandError<R: Error> {
    /// What the command names is not there, or belongs to another tenant.
    #[error("find what the command names")]
    NotFound,
    /// The actor may not do this (AC-01).
    #[error("do what the actor has no permission for")]
    Forbidden,
    /// The rules refused; nothing changed.
    #[error(transparent)]
    Refused(R),
    /// The idempotency key was used before, for something else (WL-04).
    #[error("reuse an idempotency key with other content")]
    KeyReused,
    /// The store could not do it.
    #[error(transparent)]
    Store(StoreError),
}

impl<R: Error> CommandError<R> {
    /// The same outcome in the words of a command that is carried out through another one.
    pub(crate) fn map_refusal<S: Error>(self, retell: impl FnOnce(R) -> S) -> CommandError<S> {
        match self {
            Self::NotFound => CommandError::NotFound,
            Self::Forbidden => CommandError::Forbidden,
            Self::Refused(refusal) => CommandError::Refused(retell(refusal)),
            Self::KeyReused => CommandError::KeyReused,
            Self::Store(fault) => CommandError::Store(fault),
        }
    }
}

impl<R: Error> From<StoreError> for CommandError<R> {
    fn from(fault: StoreError) -> Self {
        Self::Store(fault)
    }
}

/// Another tenant's thing looks as if it were not there.
impl<R: Error> From<Forbidden> for CommandError<R> {
    fn from(forbidden: Forbidden) -> Self {
        match forbidden {
            Forbidden::NotFound => Self::NotFound,
            Forbidden::NotAllowed { .. } | Forbidden::ScopeMissing { .. } => Self::Forbidden,
        }
    }
}

impl<R: Error> Refusal for CommandError<R> {
    fn fault(&self) -> Option<&StoreError> {
        match self {
            Self::Store(fault) => Some(fault),
            _ => None,
        }
    }
}
