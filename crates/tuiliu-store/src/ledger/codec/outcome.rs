//! Outcomes as bytes: answers and refusals.

use tuiliu_domain::id::{CommandId, HoldId, LotId};
use tuiliu_domain::ledger::{Account, LedgerAnswer, LedgerRefusal};

use super::bytes::{Decoder, Encoder, Malformed};
use super::command::decode_truth;

/// What refusals can name; append-only.
pub(super) const NAMED: &[&str] = &["lot", "account", "escrow", "hold", "lease", "command"];

const ALL_DONE: u8 = 0;
const ANSWERED: u8 = 1;
/// Refusals follow, each with a number of its own; never renumbered.
const REFUSED: u8 = 2;

/// Writes what a group of so many commands answered.
pub(super) fn encode(to: &mut Encoder, result: &Result<Vec<LedgerAnswer>, LedgerRefusal>) {
    match result {
        Ok(answers) if answers.iter().all(|answer| *answer == LedgerAnswer::Done) => to.byte(ALL_DONE),
        Ok(answers) => {
            to.byte(ANSWERED);
            for answer in answers {
                encode_answer(to, answer);
            }
        }
        Err(refusal) => encode_refusal(to, refusal),
    }
}

/// Reads what [`encode`] wrote.
pub(super) fn decode(
    from: &mut Decoder<'_>,
    commands: usize,
) -> Result<Result<Vec<LedgerAnswer>, LedgerRefusal>, Malformed> {
    Ok(match from.byte()? {
        ALL_DONE => Ok(vec![LedgerAnswer::Done; commands]),
        ANSWERED => {
            let answers: Vec<_> = (0..commands).map(|_| decode_answer(from)).collect::<Result<_, _>>()?;
            if answers.iter().all(|answer| *answer == LedgerAnswer::Done) {
                return Err("answers that are not written in the shortest way");
            }
            Ok(answers)
        }
        refused => Err(decode_refusal(from, refused)?),
    })
}

fn encode_answer(to: &mut Encoder, answer: &LedgerAnswer) {
    match answer {
        LedgerAnswer::Done => to.byte(0),
        LedgerAnswer::Lent { available } => {
            to.byte(1);
            to.micros(*available);
        }
        LedgerAnswer::Captured { parts } => {
            to.byte(2);
            encode_count(to, parts.len());
            for (hold, amount) in parts {
                to.word(hold.value());
                to.amount(*amount);
            }
        }
        LedgerAnswer::Settled { parts } => {
            to.byte(3);
            encode_count(to, parts.len());
            for (hold, lot, amount) in parts {
                to.word(hold.value());
                to.word(lot.value());
                to.amount(*amount);
            }
        }
    }
}

fn decode_answer(from: &mut Decoder<'_>) -> Result<LedgerAnswer, Malformed> {
    Ok(match from.byte()? {
        0 => LedgerAnswer::Done,
        1 => LedgerAnswer::Lent { available: from.micros()? },
        2 => {
            let parts = from.count()?;
            let part = |_| Ok((HoldId::new(from.word()?), from.amount()?));
            LedgerAnswer::Captured { parts: (0..parts).map(part).collect::<Result<_, Malformed>>()? }
        }
        3 => {
            let parts = from.count()?;
            let part = |_| Ok((HoldId::new(from.word()?), LotId::new(from.word()?), from.amount()?));
            LedgerAnswer::Settled { parts: (0..parts).map(part).collect::<Result<_, Malformed>>()? }
        }
        _ => return Err("an answer of no kind"),
    })
}

fn encode_count(to: &mut Encoder, count: usize) {
    to.number(u64::try_from(count).expect("a length fits 64 bits"));
}

fn encode_name(to: &mut Encoder, name: &'static str) {
    let place = NAMED.iter().position(|known| *known == name);
    let place = place.expect("every name in a refusal is listed; a test reads them from the rules");
    to.byte(u8::try_from(place).expect("there are few names"));
}

fn decode_name(from: &mut Decoder<'_>) -> Result<&'static str, Malformed> {
    NAMED.get(usize::from(from.byte()?)).copied().ok_or("a refusal that names nothing known")
}

/// Exhaustive, so that a new refusal does not compile before it has a number.
fn refusal_number(refusal: &LedgerRefusal) -> u8 {
    match refusal {
        LedgerRefusal::OtherContent { .. } => 0,
        LedgerRefusal::NotPositive { .. } => 1,
        LedgerRefusal::MismatchedAccounts => 2,
        LedgerRefusal::LotRequired { .. } => 3,
        LedgerRefusal::Overflow => 4,
        LedgerRefusal::InsufficientFunds { .. } => 5,
        LedgerRefusal::Frozen { .. } => 6,
        LedgerRefusal::NotFound { .. } => 7,
        LedgerRefusal::AlreadyExists { .. } => 8,
        LedgerRefusal::OutsideValidity { .. } => 9,
        LedgerRefusal::NotExpired { .. } => 10,
        LedgerRefusal::Indivisible { .. } => 11,
        LedgerRefusal::EscrowExhausted { .. } => 12,
        LedgerRefusal::BeyondLease { .. } => 13,
        LedgerRefusal::LeaseClosed => 14,
        LedgerRefusal::LeasesOpen => 15,
        LedgerRefusal::AlreadySettled => 16,
        LedgerRefusal::NotReversible => 17,
        LedgerRefusal::OnlyByCapture { .. } => 18,
        LedgerRefusal::AlreadyRan { .. } => 19,
        LedgerRefusal::TooManySources { .. } => 20,
        LedgerRefusal::GroupSize { .. } => 21,
        LedgerRefusal::OriginReserved { .. } => 22,
    }
}

fn encode_refusal(to: &mut Encoder, refusal: &LedgerRefusal) {
    to.byte(REFUSED + refusal_number(refusal));
    match refusal {
        LedgerRefusal::MismatchedAccounts
        | LedgerRefusal::Overflow
        | LedgerRefusal::LeaseClosed
        | LedgerRefusal::LeasesOpen
        | LedgerRefusal::AlreadySettled
        | LedgerRefusal::NotReversible => {}
        LedgerRefusal::OtherContent { id } => to.raw_word(id.value()),
        LedgerRefusal::NotPositive { units } | LedgerRefusal::AlreadyRan { spent: units } => to.signed(*units),
        LedgerRefusal::InsufficientFunds { available: first, needed: second }
        | LedgerRefusal::EscrowExhausted { free: first, needed: second }
        | LedgerRefusal::BeyondLease { granted: first, cumulative: second } => {
            to.signed(*first);
            to.signed(*second);
        }
        LedgerRefusal::LotRequired { account } | LedgerRefusal::OnlyByCapture { account } => to.account(*account),
        LedgerRefusal::Frozen { account } => {
            to.account(account.id);
            to.amount(account.posted);
            to.amount(account.held);
            to.byte(u8::from(account.frozen));
        }
        LedgerRefusal::NotFound { what } | LedgerRefusal::AlreadyExists { what } => encode_name(to, what),
        LedgerRefusal::OutsideValidity { lot }
        | LedgerRefusal::NotExpired { lot }
        | LedgerRefusal::Indivisible { lot }
        | LedgerRefusal::OriginReserved { lot } => to.word(lot.value()),
        LedgerRefusal::TooManySources { sources_max: count } | LedgerRefusal::GroupSize { commands: count } => {
            encode_count(to, *count);
        }
    }
}

fn decode_refusal(from: &mut Decoder<'_>, kind: u8) -> Result<LedgerRefusal, Malformed> {
    Ok(match kind - REFUSED {
        0 => LedgerRefusal::OtherContent { id: CommandId::new(from.raw_word()?) },
        1 => LedgerRefusal::NotPositive { units: from.signed()? },
        2 => LedgerRefusal::MismatchedAccounts,
        3 => LedgerRefusal::LotRequired { account: from.account()? },
        4 => LedgerRefusal::Overflow,
        5 => LedgerRefusal::InsufficientFunds { available: from.signed()?, needed: from.signed()? },
        6 => LedgerRefusal::Frozen {
            account: Account {
                id: from.account()?,
                posted: from.amount()?,
                held: from.amount()?,
                frozen: decode_truth(from)?,
            },
        },
        7 => LedgerRefusal::NotFound { what: decode_name(from)? },
        8 => LedgerRefusal::AlreadyExists { what: decode_name(from)? },
        9 => LedgerRefusal::OutsideValidity { lot: LotId::new(from.word()?) },
        10 => LedgerRefusal::NotExpired { lot: LotId::new(from.word()?) },
        11 => LedgerRefusal::Indivisible { lot: LotId::new(from.word()?) },
        12 => LedgerRefusal::EscrowExhausted { free: from.signed()?, needed: from.signed()? },
        13 => LedgerRefusal::BeyondLease { granted: from.signed()?, cumulative: from.signed()? },
        14 => LedgerRefusal::LeaseClosed,
        15 => LedgerRefusal::LeasesOpen,
        16 => LedgerRefusal::AlreadySettled,
        17 => LedgerRefusal::NotReversible,
        18 => LedgerRefusal::OnlyByCapture { account: from.account()? },
        19 => LedgerRefusal::AlreadyRan { spent: from.signed()? },
        20 => LedgerRefusal::TooManySources { sources_max: decode_size(from)? },
        21 => LedgerRefusal::GroupSize { commands: decode_size(from)? },
        22 => LedgerRefusal::OriginReserved { lot: LotId::new(from.word()?) },
        _ => return Err("a refusal of no kind"),
    })
}

fn decode_size(from: &mut Decoder<'_>) -> Result<usize, Malformed> {
    usize::try_from(from.number()?).map_err(|_| "a size beyond all bounds")
}
