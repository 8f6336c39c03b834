//! Corporate bank transfers: announced by buyers, matched with lines of the bank statement by staff (QB-16).

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::calendar::Day;
use tuiliu_domain::event::Outcome;
use tuiliu_domain::id::{BankLineId, CommandId, PartyId, PaymentId};
use tuiliu_domain::limits::BANK_LINES_PER_IMPORT_MAX;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor, Desk, Reach};
use tuiliu_domain::wallet::{
    AnnounceTransferError, BANK_PROVIDER, BankLine, BankLineDraft, BankTransfer, BankTransferDraft, EnterLineError,
    SettleLineError, SuspenseReason,
};
use tuiliu_store::{BankLinePage, BankTransferPage, PaymentRow, StoreError, Tx};

use super::{owner_for, unrefused};
use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome::{self, Saved};

/// Announces a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnounceBankTransfer {
    pub party: PartyId,
    /// In fen.
    pub amount: Amount,
    pub payer_name: String,
    pub desk: Desk,
}

/// Why a transfer was not announced.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnnounceTransferRefusal {
    #[error(transparent)]
    Announce(#[from] AnnounceTransferError),
    #[error("announce a transfer for a party that is banned")]
    Banned,
}

/// Which announced transfers are listed.
#[derive(Debug, Clone, Copy)]
pub struct BankTransferList {
    /// `None` is everybody's, for staff.
    pub party: Option<PartyId>,
    pub state: Option<&'static str>,
    pub before: Option<PaymentId>,
    pub rows_wanted: usize,
}

/// A line with the announcement that it names, and how it differs from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLineView {
    pub line: BankLine,
    pub suggested: Option<(PaymentId, Option<SuspenseReason>)>,
}

/// What is done to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettleBankLine {
    /// It is this announced transfer.
    Match { line: BankLineId, transfer: PaymentId },
    /// Nobody announced it.
    Suspend { line: BankLineId },
    /// The bank sent it back, and why.
    SendBack { line: BankLineId, note: String },
}

/// Why a line was not settled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettleLineRefusal {
    #[error(transparent)]
    Settle(#[from] SettleLineError),
    #[error("find the announced transfer")]
    NoTransfer,
}

/// Why lines were not entered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportLinesError {
    #[error("read the file: {reason}")]
    Unreadable { reason: String },
    #[error("enter more than `{max}` lines at once")]
    TooMany { max: usize },
}

/// What came of lines that were entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnteredLines {
    pub added: Vec<BankLineView>,
    /// How many were there already, saying the same.
    pub known: usize,
    /// Lines that were not entered, counted from 1, and why.
    pub refused: Vec<(usize, String)>,
}

impl Shell {
    /// Announces a transfer in the caller's transaction.
    pub fn announce_bank_transfer(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &AnnounceBankTransfer,
    ) -> Result<(PaymentRow, BankTransfer), CommandError<AnnounceTransferRefusal>> {
        let AnnounceBankTransfer { party, amount, payer_name, desk } = command.clone();
        let tenant = actor.tenant;
        if owner_for(tx, actor, party, Action::TopUpWallet)?.banned {
            return Err(CommandError::Refused(AnnounceTransferRefusal::Banned));
        }
        let draft = BankTransferDraft { payment: self.id(), tenant, party, amount, payer_name, desk };
        let policy = self.policy(tx, tenant)?;
        let (payment, transfer) = BankTransfer::announce(draft, &policy.wallet, self.now())
            .map_err(|error| CommandError::Refused(error.into()))?;
        tx.add_payment(&payment, BANK_PROVIDER)?;
        tx.add_bank_transfer(&transfer, &payment)?;
        Ok((PaymentRow { payment, provider: BANK_PROVIDER.to_owned(), pay_link: None }, transfer))
    }

    /// Enters lines of the bank statement in the caller's transaction; each once by the bank's number.
    pub fn enter_bank_lines(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        lines: &[Result<BankLineDraft, String>],
    ) -> Result<EnteredLines, CommandError<ImportLinesError>> {
        actor.may(Action::MatchBankTransfer, &of_tenant(actor.tenant))?;
        if lines.len() > BANK_LINES_PER_IMPORT_MAX {
            return Err(CommandError::Refused(ImportLinesError::TooMany { max: BANK_LINES_PER_IMPORT_MAX }));
        }
        let mut entered = EnteredLines::default();
        for (number, draft) in (1..).zip(lines) {
            match self.enter_bank_line(tx, actor, draft)? {
                Ok(Some(line)) => entered.added.push(suggest(tx, line)?),
                Ok(None) => entered.known += 1,
                Err(reason) => entered.refused.push((number, reason)),
            }
        }
        Ok(entered)
    }

    /// The line as it was entered; `None` when it was there already, saying the same.
    fn enter_bank_line(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        draft: &Result<BankLineDraft, String>,
    ) -> Result<Result<Option<BankLine>, String>, StoreError> {
        let draft = match draft {
            Ok(draft) => draft.clone(),
            Err(reason) => return Ok(Err(reason.clone())),
        };
        let entered = BankLine::enter((self.id(), actor.tenant), draft, (actor.party, self.now()));
        let line = match entered {
            Ok(line) => line,
            Err(refusal @ (EnterLineError::BadText { .. } | EnterLineError::BadAmount { .. })) => {
                return Ok(Err(format!("failed to {refusal}")));
            }
        };
        match tx.bank_line_of_reference(actor.tenant, &line.reference)? {
            Some(known) if known.says_the_same(&line) => Ok(Ok(None)),
            Some(_) => Ok(Err(format!("`{}` was entered before and says something else", line.reference))),
            None => {
                tx.add_bank_line(&line)?;
                Ok(Ok(Some(line)))
            }
        }
    }

    /// Matches a line, puts it aside, or notes that it was sent back, in the caller's transaction.
    pub fn settle_bank_line(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &SettleBankLine,
    ) -> Result<BankLineView, CommandError<SettleLineRefusal>> {
        let (by, now) = (actor.party, self.now());
        actor.may(Action::MatchBankTransfer, &of_tenant(actor.tenant))?;
        let refused = |error: SettleLineError| CommandError::Refused(error.into());
        let line = match command {
            SettleBankLine::Match { line, transfer } => return self.match_bank_line(tx, actor, (*line, *transfer)),
            SettleBankLine::Suspend { line } => line_of(tx, actor, *line)?.suspend(by, now).map_err(refused)?,
            SettleBankLine::SendBack { line, note } => {
                line_of(tx, actor, *line)?.send_back(by, note, now).map_err(refused)?
            }
        };
        let line = save_line(self, tx, line)?;
        Ok(suggest(tx, line)?)
    }

    fn match_bank_line(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        (line, transfer): (BankLineId, PaymentId),
    ) -> Result<BankLineView, CommandError<SettleLineRefusal>> {
        let (tenant, now) = (actor.tenant, self.now());
        let line = line_of(tx, actor, line)?;
        let (_, transfer) =
            tx.bank_transfer(tenant, transfer)?.ok_or(CommandError::Refused(SettleLineRefusal::NoTransfer))?;
        // Read again under its lock: a line that is matched now must not credit what another one has.
        let row = tx.payment(tenant, transfer.payment)?.ok_or(CommandError::NotFound)?;
        let before = row.payment.state.clone();
        let outcome = line
            .match_with((row.payment, &transfer), actor.party, now)
            .map_err(|error| CommandError::Refused(error.into()))?;
        let credited = outcome.state.1.state != before;
        // The money of one payment is credited under one command id, as by any other provider.
        let command: CommandId = if credited { transfer.payment.child(1) } else { self.id() };
        let saved = outcome::save_as(self, tx, (tenant, command), outcome)?;
        let Saved { state: (line, payment), .. } = unrefused(tenant, "bank line", saved)?;
        if credited {
            tx.save_payment(&payment, now)?;
        }
        tx.save_bank_line(&line)?;
        Ok(suggest(tx, line)?)
    }
}

impl App {
    /// A page of announced transfers, newest first.
    pub async fn bank_transfers(
        &self,
        actor: Actor,
        list: BankTransferList,
    ) -> Result<Vec<(PaymentRow, BankTransfer)>, CommandError<Infallible>> {
        let limit = u32::try_from(list.rows_wanted).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            let BankTransferList { party, state, before, .. } = list;
            match party {
                Some(party) => drop(owner_for(tx, &actor, party, Action::ReadWallet)?),
                None if actor.reach(Action::ReadWallet) == Some(Reach::Tenant) => {}
                None => return Err(CommandError::Forbidden),
            }
            Ok(tx.bank_transfers(BankTransferPage { tenant: actor.tenant, party, state, before, limit })?)
        })
        .await
    }

    /// A page of lines of the bank statement, newest first, each with the announcement that it names.
    pub async fn bank_lines(
        &self,
        actor: Actor,
        state: Option<&'static str>,
        (before, rows_wanted): (Option<BankLineId>, usize),
    ) -> Result<Vec<BankLineView>, CommandError<Infallible>> {
        let limit = u32::try_from(rows_wanted).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            actor.may(Action::MatchBankTransfer, &of_tenant(actor.tenant))?;
            let lines = tx.bank_lines(BankLinePage { tenant: actor.tenant, state, before, limit })?;
            Ok(lines.into_iter().map(|line| suggest(tx, line)).collect::<Result<_, StoreError>>()?)
        })
        .await
    }
}

/// The lines of a CSV file with the headings `reference`, `amount` in yuan, `payer_name`, `remittance`, `booked_on`.
pub fn read_bank_lines(bytes: &[u8]) -> Result<Vec<Result<BankLineDraft, String>>, ImportLinesError> {
    let unreadable = |fault: csv::Error| ImportLinesError::Unreadable { reason: fault.to_string() };
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let headings = reader.headers().map_err(unreadable)?.clone();
    let column = |name: &str| {
        let missing = || ImportLinesError::Unreadable { reason: format!("no column `{name}`") };
        headings.iter().position(|heading| heading == name).ok_or_else(missing)
    };
    let names = ["reference", "amount", "payer_name", "remittance", "booked_on"];
    let places = names.into_iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if lines.len() >= BANK_LINES_PER_IMPORT_MAX {
            return Err(ImportLinesError::TooMany { max: BANK_LINES_PER_IMPORT_MAX });
        }
        let cell = |place: usize| record.get(places[place]).unwrap_or_default();
        lines.push(draft_of([cell(0), cell(1), cell(2), cell(3), cell(4)]));
    }
    Ok(lines)
}

fn draft_of([reference, amount, payer_name, remittance, booked_on]: [&str; 5]) -> Result<BankLineDraft, String> {
    let amount = fen(amount).ok_or_else(|| format!("`{amount}` is no amount in yuan with at most two decimals"))?;
    let booked_on: Day = booked_on.parse().map_err(|_| format!("`{booked_on}` is no day such as 2026-11-20"))?;
    let (reference, payer_name, remittance) = (reference.to_owned(), payer_name.to_owned(), remittance.to_owned());
    Ok(BankLineDraft { reference, amount, payer_name, remittance, booked_on })
}

/// An amount in yuan as banks write it: `12345.67`, `12,345.67`, `12345`; exact.
fn fen(text: &str) -> Option<Amount> {
    let plain: String = text.chars().filter(|sign| *sign != ',').collect();
    let (yuan, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let is_digits = |text: &str| text.bytes().all(|sign| sign.is_ascii_digit());
    if yuan.is_empty() || decimals.len() > 2 || !is_digits(yuan) || !is_digits(decimals) {
        return None;
    }
    let fen: i64 = format!("{yuan}{decimals:0<2}").parse().ok()?;
    Some(Amount::new(fen))
}

fn line_of<R: std::error::Error>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    line: BankLineId,
) -> Result<BankLine, CommandError<R>> {
    tx.bank_line(actor.tenant, line)?.ok_or(CommandError::NotFound)
}

fn save_line(shell: &Shell, tx: &mut Tx<'_>, outcome: Outcome<BankLine>) -> Result<BankLine, StoreError> {
    let tenant = outcome.state.tenant;
    let Saved { state, .. } = unrefused(tenant, "bank line", outcome::save(shell, tx, tenant, outcome)?)?;
    tx.save_bank_line(&state)?;
    Ok(state)
}

/// The line with the announcement whose code it has, while it is not settled for good.
fn suggest(tx: &mut Tx<'_>, line: BankLine) -> Result<BankLineView, StoreError> {
    let mut suggested = None;
    if line.is_unsettled() {
        for code in BankTransfer::codes_in(&line.remittance) {
            if let Some((row, transfer)) = tx.bank_transfer_of_code(line.tenant, &code)? {
                suggested = Some((transfer.payment, line.mismatch(&row.payment, &transfer)));
                break;
            }
        }
    }
    Ok(BankLineView { line, suggested })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qb_16_amounts_of_statements_are_read_to_the_fen() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(fen(text).map(Amount::units), expected, "{text}");
        };
        check("12345.67", Some(1_234_567));
        check("12,345.67", Some(1_234_567));
        check("12345", Some(1_234_500));
        check("12345.6", Some(1_234_560));
        check("0.01", Some(1));
        check("12345.678", None);
        check("-5", None);
        check("", None);
        check(".50", None);
        check("1e3", None);
        check("99999999999999999999", None);
    }

    #[test]
    fn qb_16_a_bad_line_of_a_file_does_not_hold_up_the_others() {
        let file = "\u{feff}reference,amount,payer_name,booked_on,remittance\n\
                    a,1.00,某某公司,2026-11-20,TL0\n\
                    b,x,某某公司,2026-11-20,\n\
                    c,2.00,某某公司,yesterday,\n";
        let lines = read_bank_lines(file.as_bytes()).unwrap();
        let told: Vec<Result<i64, &str>> =
            lines.iter().map(|line| line.as_ref().map(|draft| draft.amount.units()).map_err(String::as_str)).collect();
        let expected = [
            Ok(100),
            Err("`x` is no amount in yuan with at most two decimals"),
            Err("`yesterday` is no day such as 2026-11-20"),
        ];
        assert_eq!(told, expected);
        let missing = read_bank_lines(b"reference,amount\n").unwrap_err();
        assert_eq!(missing, ImportLinesError::Unreadable { reason: "no column `payer_name`".to_owned() });
    }
}
