//! Who may act: tenants, parties, how people sign in and what machines show.

mod api_key;
mod login;
mod party;
mod session;
mod tenant;

pub use api_key::{ApiKeyKind, ApiKeyRow};
pub use login::{LoginRow, SignInAttempts};
pub use party::{Consent, PartyRow};
pub use session::SessionRow;
pub use tenant::{PolicyRow, TenantRow};

/// The statements of every module of this column.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&[crate::statement::Statement]] =
    &[api_key::STATEMENTS, login::STATEMENTS, party::STATEMENTS, session::STATEMENTS, tenant::STATEMENTS];

/// Codes with a space between, as one text.
pub(crate) fn join<'a>(codes: impl Iterator<Item = &'a str>) -> String {
    codes.collect::<Vec<_>>().join(" ")
}

/// What the codes in a text mean; `None` when one of them means nothing.
pub(crate) fn split<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split_ascii_whitespace().map(parse).collect()
}

#[cfg(test)]
mod tests;
