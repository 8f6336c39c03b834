//! Accounts on file: where withdrawn money goes (QB-16).

use std::fmt;

use thiserror::Error;

use crate::id::{PartyId, PayoutAccountId, TenantId};
use crate::limits::PARTY_TEXT_BYTES_MAX;
use crate::time::Timestamp;

/// Fewest and most digits of an account's number.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=32;
/// Digits of a number that are shown.
const DIGITS_SHOWN: usize = 4;

/// A bank account that its owner put on file. It never changes: another number is another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutAccount {
    pub id: PayoutAccountId,
    pub tenant: TenantId,
    pub party: PartyId,
    /// In whose name it is.
    pub holder: String,
    pub bank: String,
    pub number: AccountNumber,
    pub created_at: Timestamp,
    /// Nothing new goes there any more.
    pub removed_at: Option<Timestamp>,
}

/// The number of a bank account: digits only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountNumber(String);

/// What is to be put on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutAccountDraft {
    pub id: PayoutAccountId,
    pub tenant: TenantId,
    pub party: PartyId,
    pub holder: String,
    pub bank: String,
    pub number: String,
}

/// Why an account is not put on file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayoutAccountError {
    #[error("set `{field}` to nothing, or to more than `{max}` bytes")]
    BadText { field: &'static str, max: usize },
    #[error("read the number of an account, which has 8 to 32 digits")]
    BadNumber,
}

impl PayoutAccount {
    /// Puts an account on file.
    pub fn new(draft: PayoutAccountDraft, now: Timestamp) -> Result<Self, PayoutAccountError> {
        let PayoutAccountDraft { id, tenant, party, holder, bank, number } = draft;
        let (holder, bank) = (text("holder", &holder)?, text("bank", &bank)?);
        let number = AccountNumber::parse(&number).ok_or(PayoutAccountError::BadNumber)?;
        Ok(Self { id, tenant, party, holder, bank, number, created_at: now, removed_at: None })
    }
}

impl AccountNumber {
    /// The number in this text, in which it may be written in groups.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|sign| *sign != ' ').collect();
        let is_number = DIGITS.contains(&digits.len()) && digits.bytes().all(|sign| sign.is_ascii_digit());
        is_number.then_some(Self(digits))
    }

    /// All digits, for whoever pays.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The last digits, for everybody else.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("****{}", &self.0[self.0.len() - DIGITS_SHOWN..])
    }
}

/// A log never has the whole number.
impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn text(field: &'static str, given: &str) -> Result<String, PayoutAccountError> {
    let given = given.trim();
    if given.is_empty() || given.len() > PARTY_TEXT_BYTES_MAX {
        return Err(PayoutAccountError::BadText { field, max: PARTY_TEXT_BYTES_MAX });
    }
    Ok(given.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qb_16_an_account_has_a_number_of_digits() {
        let check = |text: &str, masked: Option<&str>| {
            assert_eq!(AccountNumber::parse(text).map(|number| number.masked()).as_deref(), masked, "{text}");
        };
        check("6222 0212 3456 7890", Some("****7890"));
        check("12345678", Some("****5678"));
        check("1234567", None);
        check("1234-5678-9012", None);
        check("１２３４５６７８９０", None);
        check("", None);
        check(&"1".repeat(32), Some("****1111"));
        check(&"1".repeat(33), None);
    }

    #[test]
    fn a_log_never_has_the_whole_number() {
        let number = AccountNumber::parse("6222021234567890").unwrap();
        assert_eq!(format!("{number:?}"), "****7890");
    }
}
