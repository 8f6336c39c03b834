//! Corporate bank transfers: announced by the buyer, matched with a line of the platform's bank statement (QB-16).
//!
//! ```text
//! open ─→ matched                   the money is in the wallet
//!    └──→ suspended ─→ matched      announced anew, as it came
//!                └───→ returned     sent back to where it came from
//! ```
//!
//! An announcement is a payment like any other, and waits like one; money that comes late is still the payer's.

use thiserror::Error;

use super::{Payment, PaymentState, Refunded, SuspenseReason, of_tenant};
use crate::calendar::Day;
use crate::event::{Event, Outcome};
use crate::id::{BankLineId, PartyId, PaymentId, TenantId};
use crate::ledger::{AccountKind, LedgerCommand};
use crate::limits::{BANK_TRANSFER_FEN_MAX, PARTY_TEXT_BYTES_MAX, PROVIDER_TEXT_BYTES_MAX, WALLET_NOTE_BYTES_MAX};
use crate::money::{Amount, Asset};
use crate::party::Desk;
use crate::policy::{SaleChannel, WalletPolicy};
use crate::time::Timestamp;

/// What rows name as the provider of payments by bank transfer.
pub const BANK_PROVIDER: &str = "bank_transfer";
/// What every remittance code starts with.
const CODE_PREFIX: &str = "TL";
/// Signs of a remittance code after its prefix, each of five bits; none is taken for another one.
const CODE_SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH: u32 = 10;

/// A transfer that a buyer announced. Its amount and how far it is are those of its payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankTransfer {
    pub payment: PaymentId,
    pub tenant: TenantId,
    /// The company from whose account the money will come.
    pub payer_name: String,
    /// To be written into the transfer.
    pub code: String,
}

/// What a buyer announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankTransferDraft {
    pub payment: PaymentId,
    pub tenant: TenantId,
    pub party: PartyId,
    /// In fen.
    pub amount: Amount,
    pub payer_name: String,
    pub desk: Desk,
}

/// Why a transfer is not announced.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnnounceTransferError {
    #[error("announce a bank transfer in the mobile flow")]
    OnMobile,
    #[error("announce a transfer of `{fen}` fen: it must be from 1 to `{max}`")]
    BadAmount { fen: i64, max: i64 },
    #[error("name no payer, or one of more than `{max}` bytes")]
    BadPayer { max: usize },
}

/// Money that came into the platform's bank account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    pub id: BankLineId,
    pub tenant: TenantId,
    /// The bank's number of the movement; each once.
    pub reference: String,
    /// In fen.
    pub amount: Amount,
    pub payer_name: String,
    /// What the payer wrote.
    pub remittance: String,
    pub booked_on: Day,
    pub state: BankLineState,
    pub entered_by: PartyId,
    pub created_at: Timestamp,
    /// Version of the row that was read; the store writes the next one.
    pub version: u64,
}

/// Where a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankLineState {
    /// Nobody has said yet whose it is.
    Open,
    Matched {
        payment: PaymentId,
        by: PartyId,
        at: Timestamp,
    },
    /// Put aside: it is not what was announced, if anything was.
    Suspended {
        reason: SuspenseReason,
        /// The announcement that it was held against.
        payment: Option<PaymentId>,
        by: PartyId,
        at: Timestamp,
    },
    /// The bank sent it back.
    Returned {
        note: String,
        by: PartyId,
        at: Timestamp,
    },
}

/// A line as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLineDraft {
    pub reference: String,
    /// In fen.
    pub amount: Amount,
    pub payer_name: String,
    pub remittance: String,
    pub booked_on: Day,
}

/// Why a line is not entered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnterLineError {
    #[error("set `{field}` to nothing, or to more than `{max}` bytes")]
    BadText { field: &'static str, max: usize },
    #[error("enter `{fen}` fen: it must be from 1 to `{max}`")]
    BadAmount { fen: i64, max: i64 },
}

/// Why a line stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettleLineError {
    #[error("settle a bank line that is `{state}`")]
    WrongState { state: &'static str },
    /// Put aside already, and it does not fit this announcement either.
    #[error("match a bank line with an announcement that it does not fit: `{}`", .reason.code())]
    Mismatch { reason: SuspenseReason },
    #[error("give no note, or one of more than `{max}` bytes")]
    BadNote { max: usize },
}

impl BankTransfer {
    /// Announces a transfer: a payment that waits for it, and the code to be written into it (QB-16).
    pub fn announce(
        draft: BankTransferDraft,
        policy: &WalletPolicy,
        now: Timestamp,
    ) -> Result<(Payment, Self), AnnounceTransferError> {
        let BankTransferDraft { payment: id, tenant, party, amount, payer_name, desk } = draft;
        if !desk.moves_money() {
            return Err(AnnounceTransferError::OnMobile);
        }
        let fen = amount.units();
        if !(1..=BANK_TRANSFER_FEN_MAX).contains(&fen) {
            return Err(AnnounceTransferError::BadAmount { fen, max: BANK_TRANSFER_FEN_MAX });
        }
        let payer_name = payer_name.trim();
        if payer_name.is_empty() || payer_name.len() > PARTY_TEXT_BYTES_MAX {
            return Err(AnnounceTransferError::BadPayer { max: PARTY_TEXT_BYTES_MAX });
        }
        let payment = Payment {
            id,
            tenant,
            party,
            channel: SaleChannel::Direct,
            price: amount,
            asset: Asset::Cny,
            amount,
            state: PaymentState::Pending { expires_at: now.plus_ms(policy.bank_transfer_ms) },
            refunded: Refunded::default(),
            created_at: now,
            version: 0,
        };
        let transfer = Self { payment: id, tenant, payer_name: payer_name.to_owned(), code: remittance_code(id) };
        Ok((payment, transfer))
    }

    /// What may be codes of transfers in what a payer wrote, however they spaced it.
    #[must_use]
    pub fn codes_in(remittance: &str) -> Vec<String> {
        let signs = remittance.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
        let length = CODE_PREFIX.len() + usize::try_from(CODE_LENGTH).expect("a code is short");
        let code = |(start, _): (usize, &str)| signs.get(start..start + length).map(str::to_owned);
        signs.match_indices(CODE_PREFIX).filter_map(code).collect()
    }
}

/// The code of a payment's announcement: the last fifty bits of its id.
fn remittance_code(payment: PaymentId) -> String {
    let sign = |place: u32| {
        let bits = payment.value() >> (5 * place) & 0x1f;
        char::from(CODE_SIGNS[usize::try_from(bits).expect("five bits")])
    };
    CODE_PREFIX.chars().chain((0..CODE_LENGTH).rev().map(sign)).collect()
}

impl BankLine {
    /// Enters a line.
    pub fn enter(
        (id, tenant): (BankLineId, TenantId),
        draft: BankLineDraft,
        (by, now): (PartyId, Timestamp),
    ) -> Result<Self, EnterLineError> {
        let BankLineDraft { reference, amount, payer_name, remittance, booked_on } = draft;
        let fen = amount.units();
        if !(1..=BANK_TRANSFER_FEN_MAX).contains(&fen) {
            return Err(EnterLineError::BadAmount { fen, max: BANK_TRANSFER_FEN_MAX });
        }
        let reference = text("reference", &reference, 1..=PROVIDER_TEXT_BYTES_MAX)?;
        let payer_name = text("payer_name", &payer_name, 1..=PARTY_TEXT_BYTES_MAX)?;
        let remittance = text("remittance", &remittance, 0..=WALLET_NOTE_BYTES_MAX)?;
        let state = BankLineState::Open;
        Ok(Self {
            id,
            tenant,
            reference,
            amount,
            payer_name,
            remittance,
            booked_on,
            state,
            entered_by: by,
            created_at: now,
            version: 0,
        })
    }

    /// Whether it still waits for whose it is.
    #[must_use]
    pub const fn is_unsettled(&self) -> bool {
        matches!(self.state, BankLineState::Open | BankLineState::Suspended { .. })
    }

    /// Whether it says the same as this line: entered twice it is known.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let said = |line: &Self| (line.reference.clone(), line.amount, line.payer_name.clone(), line.booked_on);
        said(self) == said(other)
    }

    /// Why it is not what was announced, if it is not.
    #[must_use]
    pub fn mismatch(&self, payment: &Payment, transfer: &BankTransfer) -> Option<SuspenseReason> {
        if matches!(payment.state, PaymentState::Paid { .. }) {
            return Some(SuspenseReason::PaidTwice);
        }
        if self.amount != payment.price {
            return Some(SuspenseReason::WrongAmount);
        }
        (company(&self.payer_name) != company(&transfer.payer_name)).then_some(SuspenseReason::WrongPayer)
    }

    /// Takes the line for what was announced: the money is in the wallet, or put aside where it is something else.
    pub fn match_with(
        self,
        (payment, transfer): (Payment, &BankTransfer),
        by: PartyId,
        now: Timestamp,
    ) -> Result<Outcome<(Self, Payment)>, SettleLineError> {
        assert!(payment.id == transfer.payment && payment.tenant == self.tenant, "a transfer has one payment");
        let from = match self.state {
            BankLineState::Open => AccountKind::PaymentClearing,
            BankLineState::Suspended { .. } => AccountKind::Suspense,
            _ => return Err(SettleLineError::WrongState { state: self.state.name() }),
        };
        match self.mismatch(&payment, transfer) {
            None => {
                let state = BankLineState::Matched { payment: payment.id, by, at: now };
                let line = Self { state, ..self };
                let credited = payment.credit_from(from, line.reference.clone(), now);
                Ok(credited.map(|(payment, _)| (line, payment)))
            }
            Some(reason) if from == AccountKind::Suspense => Err(SettleLineError::Mismatch { reason }),
            Some(reason) => {
                let event = Event::PaymentSuspended {
                    party: payment.party,
                    payment: payment.id,
                    expected: payment.price,
                    received: self.amount,
                    currency: Asset::Cny.code().to_owned(),
                };
                let postings = vec![self.put_aside()];
                let state = BankLineState::Suspended { reason, payment: Some(payment.id), by, at: now };
                Ok(Outcome { state: (Self { state, ..self }, payment), postings, events: vec![event] })
            }
        }
    }

    /// Puts a line aside that nobody announced.
    pub fn suspend(self, by: PartyId, now: Timestamp) -> Result<Outcome<Self>, SettleLineError> {
        if self.state != BankLineState::Open {
            return Err(SettleLineError::WrongState { state: self.state.name() });
        }
        let postings = vec![self.put_aside()];
        let state = BankLineState::Suspended { reason: SuspenseReason::NotAnnounced, payment: None, by, at: now };
        Ok(Outcome { state: Self { state, ..self }, postings, events: Vec::new() })
    }

    /// Notes that the bank sent the money back, and why.
    pub fn send_back(self, by: PartyId, note: &str, now: Timestamp) -> Result<Outcome<Self>, SettleLineError> {
        let BankLineState::Suspended { .. } = self.state else {
            return Err(SettleLineError::WrongState { state: self.state.name() });
        };
        let note = note.trim();
        if note.is_empty() || note.len() > WALLET_NOTE_BYTES_MAX {
            return Err(SettleLineError::BadNote { max: WALLET_NOTE_BYTES_MAX });
        }
        let [debit, credit] =
            [AccountKind::Suspense, AccountKind::PaymentClearing].map(|kind| of_tenant(self.tenant, kind, Asset::Cny));
        let postings = vec![LedgerCommand::Post { debit, credit, amount: self.amount }];
        let state = BankLineState::Returned { note: note.to_owned(), by, at: now };
        Ok(Outcome { state: Self { state, ..self }, postings, events: Vec::new() })
    }

    fn put_aside(&self) -> LedgerCommand {
        let [debit, credit] =
            [AccountKind::PaymentClearing, AccountKind::Suspense].map(|kind| of_tenant(self.tenant, kind, Asset::Cny));
        LedgerCommand::Post { debit, credit, amount: self.amount }
    }
}

/// A company's name as banks and people write it: spaces and the width of brackets make no difference.
fn company(name: &str) -> String {
    let narrow = |sign: char| match sign {
        '（' => '(',
        '）' => ')',
        sign => sign,
    };
    name.chars().filter(|sign| !sign.is_whitespace()).map(narrow).collect::<String>().to_lowercase()
}

fn text(field: &'static str, given: &str, bytes: std::ops::RangeInclusive<usize>) -> Result<String, EnterLineError> {
    let given = given.trim();
    if bytes.contains(&given.len()) {
        return Ok(given.to_owned());
    }
    Err(EnterLineError::BadText { field, max: *bytes.end() })
}

impl BankLineState {
    /// Every name in use, in the order of a life.
    pub const NAMES: &[&str] = &["open", "matched", "suspended", "returned"];

    /// The name of the state in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Matched { .. } => "matched",
            Self::Suspended { .. } => "suspended",
            Self::Returned { .. } => "returned",
        }
    }
}

#[cfg(test)]
mod tests;
