//! Apply: the only place where value moves.

mod lots;
mod orders;

use super::account::{AccountId, AccountKind};
use super::command::{LedgerAnswer, LedgerCommand, LedgerGroup, LedgerRefusal};
use super::lot::Lot;
use super::transfer::{PostedGroup, Posting, Transfer, TransferCause};
use super::view::View;
use crate::id::{CommandId, LotId};
use crate::limits::LEDGER_GROUP_MAX;
use crate::money::{AMOUNT_MAX, Amount, Micros};
use crate::time::Timestamp;

/// Does every command of the group, in order, or none: after a refusal the view is as it was.
///
/// The view must hold what [`LedgerGroup::keys`] names. The caller has looked whether the group's id was seen
/// before ([`Remembered`](super::Remembered) says what to answer then); `now` is the ledger's time and never goes back.
///
/// # Errors
/// The first refusal met, in the order of the commands (WL-03, WL-05, WL-06, WL-10).
pub fn apply(view: &mut View, group: &LedgerGroup, now: Timestamp) -> Result<Vec<LedgerAnswer>, LedgerRefusal> {
    let commands = group.commands.len();
    if commands == 0 || commands > LEDGER_GROUP_MAX {
        return Err(LedgerRefusal::GroupSize { commands });
    }
    let savepoint = view.savepoint();
    let result = Running { view, command: group.id, now }.group(group);
    if result.is_err() {
        view.roll_back(savepoint);
    }
    result
}

/// A group while it is being applied. Half of it may stand in the view: the caller takes it back on a refusal.
struct Running<'a> {
    view: &'a mut View,
    command: CommandId,
    now: Timestamp,
}

/// One movement between two accounts of one asset.
struct Movement {
    cause: TransferCause,
    debit: AccountId,
    credit: AccountId,
    amount: Amount,
    debit_lot: Option<LotId>,
    credit_lot: Option<LotId>,
}

/// Whether a debit is a payment, or uses up what was promised before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// What is not promised; a frozen account gives nothing (WL-10).
    Free,
    /// What is not promised, but goes whether the account is frozen or not: nobody pays, value lapses.
    Lapsing,
    /// What a hold promised: the account's `held` falls too.
    Held,
}

impl Running<'_> {
    fn group(&mut self, group: &LedgerGroup) -> Result<Vec<LedgerAnswer>, LedgerRefusal> {
        let mut answers = Vec::with_capacity(group.commands.len());
        for command in &group.commands {
            answers.push(self.one(command)?);
        }
        self.remember_postings(group)?;
        Ok(answers)
    }

    fn one(&mut self, command: &LedgerCommand) -> Result<LedgerAnswer, LedgerRefusal> {
        match *command {
            LedgerCommand::Post { debit, credit, amount } => self.post(Posting { debit, credit, amount }),
            LedgerCommand::OpenLot { from, lot } => self.open_lot(from, &lot),
            LedgerCommand::TakeFromLot { lot, to, amount } => self.take_from_lot(lot, to, amount),
            LedgerCommand::SplitLot { lot, into, amount } => self.split_lot(lot, into, amount),
            LedgerCommand::ExpireLot { lot, to } => self.expire_lot(lot, to),
            LedgerCommand::SetFrozen { account, frozen } => Ok(self.set_frozen(account, frozen)),
            LedgerCommand::OpenEscrow { order } => self.open_escrow(order),
            LedgerCommand::Hold { hold, order, lot, amount, unit_worth } => {
                self.hold(&orders::NewHold { id: hold, order, lot, amount, unit_worth })
            }
            LedgerCommand::Lend { lease, amount } => self.lend(lease, amount),
            LedgerCommand::ReportSpent { lease, cumulative } => self.report_spent(lease, cumulative),
            LedgerCommand::ReturnUnspent { lease, amount } => self.return_unspent(lease, amount),
            LedgerCommand::CloseLease { lease } => self.close_lease(lease),
            LedgerCommand::Settle { order, mode, grace_ms, breakage_owner } => {
                self.settle(&orders::Settling { order, mode, grace_ms, breakage_owner })
            }
            LedgerCommand::Reverse { command } => self.reverse(command),
        }
    }

    fn post(&mut self, posting: Posting) -> Result<LedgerAnswer, LedgerRefusal> {
        positive(posting.amount)?;
        without_lots(posting.debit)?;
        outside_captures(posting.credit)?;
        self.post_as(TransferCause::Post, posting)
    }

    fn post_as(&mut self, cause: TransferCause, posting: Posting) -> Result<LedgerAnswer, LedgerRefusal> {
        let Posting { debit, credit, amount } = posting;
        let movement = Movement { cause, debit, credit, amount, debit_lot: None, credit_lot: None };
        self.transfer(&movement, Source::Free)?;
        Ok(LedgerAnswer::Done)
    }

    /// Undoes a group of posts by its mirror image, last post first, once.
    fn reverse(&mut self, original: CommandId) -> Result<LedgerAnswer, LedgerRefusal> {
        let group = self.view.change_posted_group(original).ok_or(LedgerRefusal::NotReversible)?;
        if group.reversed_by.is_some() {
            return Err(LedgerRefusal::NotReversible);
        }
        group.reversed_by = Some(self.command);
        let postings = group.postings.clone();
        for posting in postings.into_iter().rev() {
            let mirrored = Posting { debit: posting.credit, credit: posting.debit, amount: posting.amount };
            self.post_as(TransferCause::Reverse, mirrored)?;
        }
        Ok(LedgerAnswer::Done)
    }

    /// Only a group that consists of posts can be reversed later.
    fn remember_postings(&mut self, group: &LedgerGroup) -> Result<(), LedgerRefusal> {
        if !group.commands.iter().all(|command| matches!(command, LedgerCommand::Post { .. })) {
            return Ok(());
        }
        let posting = |command: &LedgerCommand| match *command {
            LedgerCommand::Post { debit, credit, amount } => Some(Posting { debit, credit, amount }),
            _ => None,
        };
        let postings = group.commands.iter().filter_map(posting).collect();
        if self.view.create_posted_group(PostedGroup { id: group.id, postings, reversed_by: None }) {
            Ok(())
        } else {
            Err(LedgerRefusal::AlreadyExists { what: "command" })
        }
    }

    fn set_frozen(&mut self, id: AccountId, frozen: bool) -> LedgerAnswer {
        let stands = self.view.account(id).is_some_and(|account| account.frozen);
        if stands != frozen {
            self.view.change_account(id).frozen = frozen;
        }
        LedgerAnswer::Done
    }

    /// Moves posted value and notes the transfer.
    fn transfer(&mut self, movement: &Movement, source: Source) -> Result<(), LedgerRefusal> {
        let Movement { cause, debit, credit, amount, debit_lot, credit_lot } = *movement;
        if debit == credit || debit.asset != credit.asset {
            return Err(LedgerRefusal::MismatchedAccounts);
        }
        let debit_after = self.debit(debit, amount, source)?;
        let account = self.view.change_account(credit);
        account.posted = account.posted.plus(amount)?;
        let credit_after = account.posted;
        let command = self.command;
        let transfer =
            Transfer { command, cause, debit, credit, amount, debit_after, credit_after, debit_lot, credit_lot };
        self.view.note(transfer);
        Ok(())
    }

    fn debit(&mut self, id: AccountId, amount: Amount, source: Source) -> Result<Amount, LedgerRefusal> {
        let account = self.view.change_account(id);
        if account.frozen && source == Source::Free {
            return Err(LedgerRefusal::Frozen { account: *account });
        }
        let held = if source == Source::Held { account.held.minus(amount)? } else { account.held };
        let posted = account.posted.minus(amount)?;
        if id.kind.has_floor() && posted < held {
            let available = account.posted.minus(account.held)?.units();
            return Err(LedgerRefusal::InsufficientFunds { available, needed: amount.units() });
        }
        account.posted = posted;
        account.held = held;
        Ok(posted)
    }

    /// Notes that value went from one lot to another of the same account: no balance changes.
    fn note_within(&mut self, cause: TransferCause, from: &Lot, into: &Lot) {
        let posted = self.view.account(from.account).map_or(Amount::ZERO, |account| account.posted);
        self.view.note(Transfer {
            command: self.command,
            cause,
            debit: from.account,
            credit: into.account,
            amount: into.face,
            debit_after: posted,
            credit_after: posted,
            debit_lot: Some(from.id),
            credit_lot: Some(into.id),
        });
    }
}

fn positive(amount: Amount) -> Result<(), LedgerRefusal> {
    positive_units(amount.units())
}

fn positive_micros(amount: Micros) -> Result<(), LedgerRefusal> {
    positive_units(amount.get())
}

/// An amount of its own is bounded like a balance; without this, 2^63 could go from one end of the range to the other.
fn positive_units(units: i64) -> Result<(), LedgerRefusal> {
    match units {
        ..=0 => Err(LedgerRefusal::NotPositive { units }),
        1..=AMOUNT_MAX => Ok(()),
        _ => Err(LedgerRefusal::Overflow),
    }
}

fn without_lots(account: AccountId) -> Result<(), LedgerRefusal> {
    if account.kind.keeps_lots() { Err(LedgerRefusal::LotRequired { account }) } else { Ok(()) }
}

/// Consumed value is what was captured, so nothing else may add to it.
fn outside_captures(account: AccountId) -> Result<(), LedgerRefusal> {
    without_lots(account)?;
    if account.kind == AccountKind::Consumed { Err(LedgerRefusal::OnlyByCapture { account }) } else { Ok(()) }
}
