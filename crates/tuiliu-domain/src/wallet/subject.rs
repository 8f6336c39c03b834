//! Whom an invoice can be made out to: the account's own person, or the company that it is verified for (QB-17).

use thiserror::Error;

use crate::id::{InvoiceMismatchId, PartyId, TenantId};
use crate::limits::{PARTY_TEXT_BYTES_MAX, WALLET_NOTE_BYTES_MAX};
use crate::time::Timestamp;

/// Signs of a unified social credit code; letters that look like digits are left out (GB 32100).
const SIGNS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Signs before the check digit.
const CHECKED: usize = 17;
const MODULUS: usize = 31;

/// A company's tax number: a unified social credit code of 18 signs, the last of which checks the others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaxNumber(String);

/// A company as invoices name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Company {
    pub name: String,
    pub tax_number: TaxNumber,
}

/// How far an operator has come with a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QualificationState {
    Unverified,
    /// Its papers are being looked at.
    Pending,
    Verified,
}

/// What an operator says of the company behind a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyQualification {
    pub tenant: TenantId,
    pub party: PartyId,
    pub state: QualificationState,
    pub company: Company,
    /// Why, for whoever asks later.
    pub note: String,
    pub decided_by: PartyId,
    pub changed_at: Timestamp,
    /// Version of the row that was read, 0 before the first word; the store writes the next one.
    pub version: u64,
}

/// What an operator says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualificationDraft {
    pub state: QualificationState,
    pub subject_name: String,
    pub tax_number: String,
    pub note: String,
}

/// Why an operator's word is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QualifyError {
    #[error("set `{field}` to nothing, or to more than `{max}` bytes")]
    BadText { field: &'static str, max: usize },
    #[error("read a tax number: it has 18 signs, of which the last one checks the others")]
    BadTaxNumber,
}

/// To whom an invoice is made out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceKind {
    Individual,
    Company,
}

/// Why an account cannot ask for a kind of invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoInvoice {
    /// It is a company's account.
    NotAnIndividual,
    /// No operator has verified its company.
    NotVerified,
    /// An operator is looking at its company's papers.
    VerificationPending,
}

/// What is known of an account that wants an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceAccount<'a> {
    pub is_individual: bool,
    /// The account's own name.
    pub name: &'a str,
    pub qualification: Option<&'a CompanyQualification>,
}

/// To whom somebody wants an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceSubjectAsk {
    pub kind: InvoiceKind,
    pub subject_name: String,
    /// Of a company.
    pub tax_number: Option<String>,
}

/// Why a subject is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvoiceSubjectError {
    #[error("ask for an invoice of this kind: `{}`", .reason.code())]
    NoInvoice { reason: NoInvoice },
    #[error("name a subject of nothing, or of more than `{max}` bytes")]
    BadSubject { max: usize },
}

/// A subject that is not the account's: somebody must look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceMismatch {
    pub id: InvoiceMismatchId,
    pub tenant: TenantId,
    pub party: PartyId,
    pub kind: InvoiceKind,
    pub subject_name: String,
    pub tax_number: Option<String>,
    pub created_at: Timestamp,
    /// Who looked, when, and what they made of it.
    pub resolved: Option<(PartyId, Timestamp, String)>,
}

impl TaxNumber {
    /// The number in this text, if its check digit fits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let values: Vec<usize> =
            text.bytes().map(|sign| SIGNS.iter().position(|known| *known == sign)).collect::<Option<_>>()?;
        let (check, checked) = values.split_last()?;
        if checked.len() != CHECKED {
            return None;
        }
        let mut weight = 1;
        let mut sum = 0;
        for value in checked {
            sum += value * weight;
            weight = weight * 3 % MODULUS;
        }
        (*check == (MODULUS - sum % MODULUS) % MODULUS).then_some(Self(text))
    }

    /// The number as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CompanyQualification {
    /// What is said now, over what was said before.
    pub fn say(
        (tenant, party): (TenantId, PartyId),
        before: Option<&Self>,
        draft: QualificationDraft,
        (by, now): (PartyId, Timestamp),
    ) -> Result<Self, QualifyError> {
        let QualificationDraft { state, subject_name, tax_number, note } = draft;
        let name = text("subject_name", &subject_name, PARTY_TEXT_BYTES_MAX)?;
        let note = text("note", &note, WALLET_NOTE_BYTES_MAX)?;
        let tax_number = TaxNumber::parse(&tax_number).ok_or(QualifyError::BadTaxNumber)?;
        let (company, version) = (Company { name, tax_number }, before.map_or(0, |before| before.version));
        Ok(Self { tenant, party, state, company, note, decided_by: by, changed_at: now, version })
    }
}

impl InvoiceAccount<'_> {
    /// Whether the account can ask for this kind of invoice, and why not.
    pub fn can_ask(&self, kind: InvoiceKind) -> Result<(), NoInvoice> {
        match (kind, self.qualification.map(|said| said.state)) {
            (InvoiceKind::Individual, _) if self.is_individual => Ok(()),
            (InvoiceKind::Individual, _) => Err(NoInvoice::NotAnIndividual),
            (InvoiceKind::Company, Some(QualificationState::Verified)) => Ok(()),
            (InvoiceKind::Company, Some(QualificationState::Pending)) => Err(NoInvoice::VerificationPending),
            (InvoiceKind::Company, Some(QualificationState::Unverified) | None) => Err(NoInvoice::NotVerified),
        }
    }

    /// Whether a subject is the account's own: its person, or its verified company by name and number.
    pub fn fits(&self, ask: &InvoiceSubjectAsk) -> Result<bool, InvoiceSubjectError> {
        let InvoiceSubjectAsk { kind, subject_name, tax_number } = ask;
        self.can_ask(*kind).map_err(|reason| InvoiceSubjectError::NoInvoice { reason })?;
        let max = PARTY_TEXT_BYTES_MAX;
        let too_long = |text: &str| text.trim().is_empty() || text.len() > max;
        if too_long(subject_name) || tax_number.as_deref().is_some_and(too_long) {
            return Err(InvoiceSubjectError::BadSubject { max });
        }
        Ok(match kind {
            InvoiceKind::Individual => subject_name.trim() == self.name && tax_number.is_none(),
            InvoiceKind::Company => {
                let number = tax_number.as_deref().and_then(TaxNumber::parse);
                let subject = number.map(|tax_number| Company { name: subject_name.trim().to_owned(), tax_number });
                subject.as_ref() == self.qualification.map(|said| &said.company)
            }
        })
    }
}

fn text(field: &'static str, given: &str, max: usize) -> Result<String, QualifyError> {
    let given = given.trim();
    if given.is_empty() || given.len() > max { Err(QualifyError::BadText { field, max }) } else { Ok(given.to_owned()) }
}

impl QualificationState {
    /// Every state there is.
    pub const ALL: &[Self] = &[Self::Unverified, Self::Pending, Self::Verified];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Pending => "pending",
            Self::Verified => "verified",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }
}

impl InvoiceKind {
    /// Every kind there is.
    pub const ALL: &[Self] = &[Self::Individual, Self::Company];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Company => "company",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

impl NoInvoice {
    /// Every reason there is.
    pub const ALL: &[Self] = &[Self::NotAnIndividual, Self::NotVerified, Self::VerificationPending];

    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAnIndividual => "not_an_individual",
            Self::NotVerified => "not_verified",
            Self::VerificationPending => "verification_pending",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "91350100M000100Y43";

    fn said(state: QualificationState) -> CompanyQualification {
        let (subject_name, tax_number) = ("某某商贸有限公司".to_owned(), NUMBER.to_owned());
        let draft = QualificationDraft { state, subject_name, tax_number, note: "licence seen".to_owned() };
        let ids = (TenantId::new(1), PartyId::new(2));
        CompanyQualification::say(ids, None, draft, (PartyId::new(3), Timestamp::from_ms(4))).unwrap()
    }

    #[test]
    fn qb_17_a_tax_number_checks_itself() {
        let check = |text: &str, is_number: bool| assert_eq!(TaxNumber::parse(text).is_some(), is_number, "{text}");
        check(NUMBER, true);
        check("91330100799655058B", true);
        check("9144030071526726XG", true);
        check(" 91350100m000100y43 ", true);
        check("91350100M000100Y44", false);
        check("91350100M001000Y43", false);
        check("19350100M000100Y43", false);
        check("91350100I000100Y43", false);
        check("91350100M000100Y4", false);
        check("91350100M000100Y430", false);
        check("", false);
    }

    /// Whose account, what an operator said, and why it cannot ask for which invoice.
    #[test]
    fn qb_17_which_invoices_an_account_can_ask_for() {
        let mut table = String::new();
        for is_individual in [true, false] {
            for state in [None].into_iter().chain(QualificationState::ALL.iter().copied().map(Some)) {
                let said = state.map(said);
                let account = InvoiceAccount { is_individual, name: "小明", qualification: said.as_ref() };
                let told = |kind| account.can_ask(kind).map_or_else(NoInvoice::code, |()| "yes");
                let whose = if is_individual { "individual" } else { "company" };
                let state = state.map_or("nothing said", QualificationState::code);
                let [person, company] = [InvoiceKind::Individual, InvoiceKind::Company].map(told);
                table.push_str(&format!("{whose}, {state}: to the individual {person}, to the company {company}\n"));
            }
        }
        expect_test::expect![[r#"
            individual, nothing said: to the individual yes, to the company not_verified
            individual, unverified: to the individual yes, to the company not_verified
            individual, pending: to the individual yes, to the company verification_pending
            individual, verified: to the individual yes, to the company yes
            company, nothing said: to the individual not_an_individual, to the company not_verified
            company, unverified: to the individual not_an_individual, to the company not_verified
            company, pending: to the individual not_an_individual, to the company verification_pending
            company, verified: to the individual not_an_individual, to the company yes
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn qb_17_a_subject_is_the_accounts_own() {
        let said = said(QualificationState::Verified);
        let account = InvoiceAccount { is_individual: true, name: "小明", qualification: Some(&said) };
        let check = |kind, name: &str, tax_number: Option<&str>, expected| {
            let ask =
                InvoiceSubjectAsk { kind, subject_name: name.to_owned(), tax_number: tax_number.map(str::to_owned) };
            assert_eq!(account.fits(&ask), expected, "{ask:?}");
        };
        check(InvoiceKind::Individual, " 小明", None, Ok(true));
        check(InvoiceKind::Individual, "小红", None, Ok(false));
        check(InvoiceKind::Individual, "小明", Some(NUMBER), Ok(false));
        check(InvoiceKind::Company, "某某商贸有限公司", Some(NUMBER), Ok(true));
        check(InvoiceKind::Company, "某某商贸有限公司", Some("91330100799655058B"), Ok(false));
        check(InvoiceKind::Company, "某某商贸有限公司", Some("1"), Ok(false));
        check(InvoiceKind::Company, "某某商贸有限公司", None, Ok(false));
        check(InvoiceKind::Company, "别人有限公司", Some(NUMBER), Ok(false));
        check(InvoiceKind::Company, " ", None, Err(InvoiceSubjectError::BadSubject { max: PARTY_TEXT_BYTES_MAX }));
    }
}
