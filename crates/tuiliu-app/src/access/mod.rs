//! Who may act: tenants, parties, sign-in, sessions, keys, and the policy of each tenant (AC-01, AC-02).
//!
//! A caller is found from memory; the database is asked once per [`FRESH_MS`]. What this process revokes is
//! forgotten with the commit, what another process revokes within that time.

mod api_key;
mod caller;
mod login;
mod party;
mod password;
mod policy;
mod session;
mod sign_in;
mod throttle;

pub use api_key::{ApiKeyView, CreateApiKey, CreateApiKeyError, CreatedApiKey, RotateApiKey};
pub use caller::{AskAgain, Caller, Credential, Credentials, NotAuthenticated};
pub use login::{LoginDraft, LoginError, SetPassword, SetPasswordError};
pub use party::{
    ChangeParty, ChangePartyError, ConsentError, CreateTenant, CreatedTenant, PartyView, RegisterParty,
    RegisterPartyError,
};
pub use password::{Password, PasswordCost, PasswordError};
pub use policy::{ChangePolicyError, PolicyView};
pub use session::SessionView;
pub use sign_in::{SignIn, SignInError, SignedIn};
pub use tuiliu_store::ApiKeyKind;

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::party::Owned;
use tuiliu_domain::time::{DAY_MS, MINUTE_MS, SECOND_MS};

use caller::Callers;
use password::Passwords;
use policy::Policies;

/// How long a caller is believed from memory.
pub const FRESH_MS: i64 = 30 * SECOND_MS;
/// How long a session lives.
pub const SESSION_MS: i64 = 14 * DAY_MS;
/// Sensitive actions ask for the password again when it was given longer ago (AC-02).
pub const PROOF_MS: i64 = 15 * MINUTE_MS;

/// What the shell remembers and reckons about access.
pub(crate) struct Access {
    pub(crate) callers: Callers,
    pub(crate) policies: Policies,
    pub(crate) passwords: Passwords,
}

impl Access {
    pub(crate) fn new(cost: PasswordCost) -> Self {
        Self { callers: Callers::default(), policies: Policies::default(), passwords: Passwords::new(cost) }
    }
}

/// What belongs to the tenant itself and to no party of it: its policy, its keys, its staff.
#[must_use]
pub const fn of_tenant(tenant: TenantId) -> Owned {
    Owned { tenant, owner: PartyId::new(0), co_owner: None }
}

/// What belongs to a party.
#[must_use]
pub const fn of_party(tenant: TenantId, party: PartyId) -> Owned {
    Owned { tenant, owner: party, co_owner: None }
}

/// A secret as text: letters and digits, twice as many as bytes.
fn hexadecimal(secret: [u8; 32]) -> String {
    blake3::Hash::from_bytes(secret).to_hex().to_string()
}

#[cfg(test)]
mod tests;
