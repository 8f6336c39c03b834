//! What the refusals of this column mean to a client.

use tuiliu_app::access::{
    ChangePartyError, ChangePolicyError, ConsentError, CreateApiKeyError, LoginError, PasswordError,
    RegisterPartyError, SetPasswordError, SignInError,
};

use crate::code::Code;
use crate::problem::Problem;

fn told(code: Code, refusal: impl std::fmt::Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

fn at(pointer: &str, refusal: impl std::fmt::Display) -> Problem {
    Problem::new(Code::RequestInvalid).with_error(pointer, format!("failed to {refusal}"))
}

impl From<SignInError> for Problem {
    fn from(refusal: SignInError) -> Self {
        match refusal {
            SignInError::WrongCredentials => Self::new(Code::AccessWrongCredentials),
            SignInError::Throttled { wait_ms } => {
                let seconds = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000);
                Self::new(Code::AccessThrottled).with_retry_after(seconds)
            }
            SignInError::TenantNeeded => Self::new(Code::AccessTenantRequired),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(refusal: PasswordError) -> Self {
        match refusal {
            PasswordError::TooShort { .. } | PasswordError::TooLong { .. } => at("/password", refusal),
        }
    }
}

impl From<SetPasswordError> for Problem {
    fn from(refusal: SetPasswordError) -> Self {
        match refusal {
            SetPasswordError::WrongPassword => Self::new(Code::AccessWrongCredentials),
            SetPasswordError::AskAgain(refusal) => refusal.into(),
        }
    }
}

impl From<LoginError> for Problem {
    fn from(refusal: LoginError) -> Self {
        match refusal {
            LoginError::BadName { .. } => at("/login/name", refusal),
            LoginError::NameTaken { .. } => told(Code::PartyLoginTaken, refusal),
            LoginError::Machine => at("/login/roles", refusal),
        }
    }
}

impl From<RegisterPartyError> for Problem {
    fn from(refusal: RegisterPartyError) -> Self {
        match refusal {
            RegisterPartyError::BadText { field, .. } => at(&format!("/{field}"), refusal),
            RegisterPartyError::ExternalRefTaken { .. } => told(Code::PartyExternalRefTaken, refusal),
            RegisterPartyError::Login(refusal) => refusal.into(),
            RegisterPartyError::AskAgain(refusal) => refusal.into(),
        }
    }
}

impl From<ChangePartyError> for Problem {
    fn from(refusal: ChangePartyError) -> Self {
        match refusal {
            ChangePartyError::BadText { field, .. } => at(&format!("/{field}"), refusal),
            ChangePartyError::BadScore { .. } => at("/credit_score", refusal),
            ChangePartyError::VersionConflict { .. } => told(Code::RequestVersionConflict, refusal),
        }
    }
}

impl From<ConsentError> for Problem {
    fn from(refusal: ConsentError) -> Self {
        match refusal {
            ConsentError::NoAgency => told(Code::PartyNoAgency, refusal),
            ConsentError::TooMany { .. } => told(Code::PartyTooManyClients, refusal),
        }
    }
}

impl From<CreateApiKeyError> for Problem {
    fn from(refusal: CreateApiKeyError) -> Self {
        match refusal {
            CreateApiKeyError::BadName { .. } => at("/name", refusal),
            CreateApiKeyError::NoScopes | CreateApiKeyError::NotPublishable { .. } => at("/scopes", refusal),
            CreateApiKeyError::TooMany { .. } => told(Code::AccessTooManyKeys, refusal),
            CreateApiKeyError::BadOverlap { .. } => at("/overlap_hours", refusal),
            CreateApiKeyError::Revoked => told(Code::AccessKeyRevoked, refusal),
            CreateApiKeyError::AskAgain(refusal) => refusal.into(),
        }
    }
}

impl From<ChangePolicyError> for Problem {
    fn from(refusal: ChangePolicyError) -> Self {
        match refusal {
            ChangePolicyError::Unreadable { .. } => told(Code::RequestInvalid, refusal),
            ChangePolicyError::Invalid(_) => told(Code::PolicyInvalid, refusal),
            ChangePolicyError::VersionConflict { .. } => told(Code::RequestVersionConflict, refusal),
        }
    }
}
