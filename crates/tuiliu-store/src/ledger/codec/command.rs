//! Commands as bytes.

use tuiliu_domain::id::{CommandId, HoldId, LotId, PaymentId, PromotionOrderId};
use tuiliu_domain::ledger::{LeaseId, LedgerCommand, LotOrigin, LotReturn, NewLot, ReleaseMode};
use tuiliu_domain::time::Timestamp;

use super::bytes::{Decoder, Encoder, Malformed};

/// Writes a command; times are told from the group's own, which most of them are close to.
pub(super) fn encode(to: &mut Encoder, command: &LedgerCommand, now: Timestamp) {
    match *command {
        LedgerCommand::Post { debit, credit, amount } => {
            to.byte(1);
            to.account(debit);
            to.account(credit);
            to.amount(amount);
        }
        LedgerCommand::OpenLot { from, lot } => {
            to.byte(2);
            to.account(from);
            encode_new_lot(to, &lot, now);
        }
        LedgerCommand::TakeFromLot { lot, to: account, amount } => {
            to.byte(3);
            to.word(lot.value());
            to.account(account);
            to.amount(amount);
        }
        LedgerCommand::SplitLot { lot, into, amount } => {
            to.byte(4);
            to.word(lot.value());
            to.word(into.value());
            to.amount(amount);
        }
        LedgerCommand::ExpireLot { lot, to: account } => {
            to.byte(5);
            to.word(lot.value());
            to.account(account);
        }
        LedgerCommand::SetFrozen { account, frozen } => {
            to.byte(6);
            to.account(account);
            to.byte(u8::from(frozen));
        }
        LedgerCommand::OpenEscrow { order } => {
            to.byte(7);
            to.word(order.value());
        }
        LedgerCommand::Hold { .. }
        | LedgerCommand::Lend { .. }
        | LedgerCommand::ReportSpent { .. }
        | LedgerCommand::ReturnUnspent { .. }
        | LedgerCommand::CloseLease { .. }
        | LedgerCommand::Settle { .. } => encode_of_order(to, command),
        LedgerCommand::Reverse { command } => {
            to.byte(13);
            to.word(command.value());
        }
    }
}

fn encode_of_order(to: &mut Encoder, command: &LedgerCommand) {
    match *command {
        LedgerCommand::Hold { hold, order, lot, amount, unit_worth } => {
            to.byte(8);
            to.word(hold.value());
            to.word(order.value());
            to.word(lot.value());
            to.amount(amount);
            to.micros(unit_worth);
        }
        LedgerCommand::Lend { lease, amount } => {
            to.byte(9);
            encode_lease(to, lease);
            to.micros(amount);
        }
        LedgerCommand::ReportSpent { lease, cumulative } => {
            to.byte(10);
            encode_lease(to, lease);
            to.micros(cumulative);
        }
        LedgerCommand::ReturnUnspent { lease, amount } => {
            to.byte(14);
            encode_lease(to, lease);
            to.micros(amount);
        }
        LedgerCommand::CloseLease { lease } => {
            to.byte(11);
            encode_lease(to, lease);
        }
        LedgerCommand::Settle { order, mode, grace_ms, breakage_owner } => {
            to.byte(12);
            to.word(order.value());
            to.byte(match mode {
                ReleaseMode::Undo => 0,
                ReleaseMode::Remainder => 1,
            });
            to.signed(grace_ms);
            to.word(breakage_owner);
        }
        _ => unreachable!("the caller passes commands about orders only"),
    }
}

/// Reads a command that [`encode`] wrote.
pub(super) fn decode(from: &mut Decoder<'_>, now: Timestamp) -> Result<LedgerCommand, Malformed> {
    Ok(match from.byte()? {
        1 => LedgerCommand::Post { debit: from.account()?, credit: from.account()?, amount: from.amount()? },
        2 => LedgerCommand::OpenLot { from: from.account()?, lot: decode_new_lot(from, now)? },
        3 => LedgerCommand::TakeFromLot { lot: LotId::new(from.word()?), to: from.account()?, amount: from.amount()? },
        4 => LedgerCommand::SplitLot {
            lot: LotId::new(from.word()?),
            into: LotId::new(from.word()?),
            amount: from.amount()?,
        },
        5 => LedgerCommand::ExpireLot { lot: LotId::new(from.word()?), to: from.account()? },
        6 => LedgerCommand::SetFrozen { account: from.account()?, frozen: decode_truth(from)? },
        7 => LedgerCommand::OpenEscrow { order: PromotionOrderId::new(from.word()?) },
        8 => LedgerCommand::Hold {
            hold: HoldId::new(from.word()?),
            order: PromotionOrderId::new(from.word()?),
            lot: LotId::new(from.word()?),
            amount: from.amount()?,
            unit_worth: from.micros()?,
        },
        9 => LedgerCommand::Lend { lease: decode_lease(from)?, amount: from.micros()? },
        10 => LedgerCommand::ReportSpent { lease: decode_lease(from)?, cumulative: from.micros()? },
        11 => LedgerCommand::CloseLease { lease: decode_lease(from)? },
        12 => LedgerCommand::Settle {
            order: PromotionOrderId::new(from.word()?),
            mode: match from.byte()? {
                0 => ReleaseMode::Undo,
                1 => ReleaseMode::Remainder,
                _ => return Err("a release of no mode"),
            },
            grace_ms: from.signed()?,
            breakage_owner: from.word()?,
        },
        13 => LedgerCommand::Reverse { command: CommandId::new(from.word()?) },
        14 => LedgerCommand::ReturnUnspent { lease: decode_lease(from)?, amount: from.micros()? },
        _ => return Err("a command of no kind"),
    })
}

fn encode_new_lot(to: &mut Encoder, lot: &NewLot, now: Timestamp) {
    to.word(lot.id.value());
    to.account(lot.account);
    match lot.origin {
        LotOrigin::Payment(payment) => {
            to.byte(1);
            to.word(payment.value());
        }
        LotOrigin::Grant => to.byte(2),
        LotOrigin::SplitFrom(lot) => {
            to.byte(3);
            to.word(lot.value());
        }
        LotOrigin::RemainderOf(lot) => {
            to.byte(4);
            to.word(lot.value());
        }
    }
    to.amount(lot.amount);
    encode_time(to, lot.valid_from, now);
    match lot.valid_to {
        None => to.byte(0),
        Some(valid_to) => {
            to.byte(1);
            encode_time(to, valid_to, now);
        }
    }
    to.byte(match lot.on_return {
        LotReturn::SameLot => 0,
        LotReturn::NewLot => 1,
        LotReturn::Burn => 2,
    });
}

fn decode_new_lot(from: &mut Decoder<'_>, now: Timestamp) -> Result<NewLot, Malformed> {
    Ok(NewLot {
        id: LotId::new(from.word()?),
        account: from.account()?,
        origin: match from.byte()? {
            1 => LotOrigin::Payment(PaymentId::new(from.word()?)),
            2 => LotOrigin::Grant,
            3 => LotOrigin::SplitFrom(LotId::new(from.word()?)),
            4 => LotOrigin::RemainderOf(LotId::new(from.word()?)),
            _ => return Err("a lot of no origin"),
        },
        amount: from.amount()?,
        valid_from: decode_time(from, now)?,
        valid_to: if decode_truth(from)? { Some(decode_time(from, now)?) } else { None },
        on_return: match from.byte()? {
            0 => LotReturn::SameLot,
            1 => LotReturn::NewLot,
            2 => LotReturn::Burn,
            _ => return Err("a lot that returns in no way"),
        },
    })
}

// Wrapping, so that every pair of times comes back as it was.
fn encode_time(to: &mut Encoder, time: Timestamp, now: Timestamp) {
    to.signed(time.ms().wrapping_sub(now.ms()));
}

fn decode_time(from: &mut Decoder<'_>, now: Timestamp) -> Result<Timestamp, Malformed> {
    Ok(Timestamp::from_ms(from.signed()?.wrapping_add(now.ms())))
}

fn encode_lease(to: &mut Encoder, lease: LeaseId) {
    to.word(lease.order.value());
    to.number(u64::from(lease.node));
    to.number(lease.epoch);
}

fn decode_lease(from: &mut Decoder<'_>) -> Result<LeaseId, Malformed> {
    let order = PromotionOrderId::new(from.word()?);
    let node = u32::try_from(from.number()?).map_err(|_| "a node beyond all bounds")?;
    Ok(LeaseId { order, node, epoch: from.number()? })
}

pub(super) fn decode_truth(from: &mut Decoder<'_>) -> Result<bool, Malformed> {
    match from.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err("neither yes nor no"),
    }
}
