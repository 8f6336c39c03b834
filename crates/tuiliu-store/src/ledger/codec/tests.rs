use proptest::prelude::*;
use proptest::sample::select;
use tuiliu_domain::id::{CommandId, HoldId, LotId, PaymentId, PromotionOrderId};
use tuiliu_domain::ledger::{
    Account, AccountId, AccountKind, LeaseId, LedgerAnswer, LedgerCommand, LedgerGroup, LedgerRefusal, LotOrigin,
    LotReturn, NewLot, ReleaseMode, Remembered,
};
use tuiliu_domain::money::{Amount, Asset, Micros};
use tuiliu_domain::time::Timestamp;

use super::outcome::NAMED;
use super::{decode, encode};

/// Few words, so that many repeat, and some that never do.
fn word() -> impl Strategy<Value = u128> {
    prop_oneof![0_u128..4, any::<u128>()]
}

fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![-300_i64..300, any::<i64>(), select(vec![i64::MIN, i64::MAX, 63, 64, -64, -65])]
}

fn amount() -> impl Strategy<Value = Amount> {
    integer().prop_map(Amount::new)
}

fn micros() -> impl Strategy<Value = Micros> {
    integer().prop_map(Micros::new)
}

fn time() -> impl Strategy<Value = Timestamp> {
    integer().prop_map(Timestamp::from_ms)
}

fn account() -> impl Strategy<Value = AccountId> {
    (select(AccountKind::ALL), select(Asset::ALL), word()).prop_map(|(kind, asset, owner)| AccountId {
        kind,
        asset,
        owner,
    })
}

fn lot() -> impl Strategy<Value = LotId> {
    word().prop_map(LotId::new)
}

fn hold() -> impl Strategy<Value = HoldId> {
    word().prop_map(HoldId::new)
}

fn order() -> impl Strategy<Value = PromotionOrderId> {
    word().prop_map(PromotionOrderId::new)
}

fn lease() -> impl Strategy<Value = LeaseId> {
    (order(), any::<u32>(), any::<u64>()).prop_map(|(order, node, epoch)| LeaseId { order, node, epoch })
}

fn origin() -> impl Strategy<Value = LotOrigin> {
    prop_oneof![
        word().prop_map(|payment| LotOrigin::Payment(PaymentId::new(payment))),
        Just(LotOrigin::Grant),
        lot().prop_map(LotOrigin::SplitFrom),
        lot().prop_map(LotOrigin::RemainderOf),
    ]
}

fn new_lot() -> impl Strategy<Value = NewLot> {
    let on_return = select(vec![LotReturn::SameLot, LotReturn::NewLot, LotReturn::Burn]);
    (lot(), account(), origin(), amount(), time(), prop::option::of(time()), on_return).prop_map(
        |(id, account, origin, amount, valid_from, valid_to, on_return)| NewLot {
            id,
            account,
            origin,
            amount,
            valid_from,
            valid_to,
            on_return,
        },
    )
}

fn command() -> impl Strategy<Value = LedgerCommand> {
    use LedgerCommand::*;
    let mode = select(vec![ReleaseMode::Undo, ReleaseMode::Remainder]);
    let of_accounts = prop_oneof![
        (account(), account(), amount()).prop_map(|(debit, credit, amount)| Post { debit, credit, amount }),
        (account(), new_lot()).prop_map(|(from, lot)| OpenLot { from, lot }),
        (lot(), account(), amount()).prop_map(|(lot, to, amount)| TakeFromLot { lot, to, amount }),
        (lot(), lot(), amount()).prop_map(|(lot, into, amount)| SplitLot { lot, into, amount }),
        (lot(), account()).prop_map(|(lot, to)| ExpireLot { lot, to }),
        (account(), any::<bool>()).prop_map(|(account, frozen)| SetFrozen { account, frozen }),
        word().prop_map(|command| Reverse { command: CommandId::new(command) }),
    ];
    let of_orders = prop_oneof![
        order().prop_map(|order| OpenEscrow { order }),
        (hold(), order(), lot(), amount(), micros()).prop_map(|(hold, order, lot, amount, unit_worth)| Hold {
            hold,
            order,
            lot,
            amount,
            unit_worth
        }),
        (lease(), micros()).prop_map(|(lease, amount)| Lend { lease, amount }),
        (lease(), micros()).prop_map(|(lease, cumulative)| ReportSpent { lease, cumulative }),
        (lease(), micros()).prop_map(|(lease, amount)| ReturnUnspent { lease, amount }),
        lease().prop_map(|lease| CloseLease { lease }),
        (order(), mode, integer(), word()).prop_map(|(order, mode, grace_ms, breakage_owner)| Settle {
            order,
            mode,
            grace_ms,
            breakage_owner
        }),
    ];
    prop_oneof![of_accounts, of_orders]
}

fn answer() -> impl Strategy<Value = LedgerAnswer> {
    prop_oneof![
        4 => Just(LedgerAnswer::Done),
        1 => micros().prop_map(|available| LedgerAnswer::Lent { available }),
        1 => prop::collection::vec((hold(), amount()), 0..4).prop_map(|parts| LedgerAnswer::Captured { parts }),
        1 => prop::collection::vec((hold(), lot(), amount()), 0..4).prop_map(|parts| LedgerAnswer::Settled { parts }),
    ]
}

fn refusal() -> impl Strategy<Value = LedgerRefusal> {
    use LedgerRefusal::*;
    let plain = vec![
        MismatchedAccounts,
        Overflow,
        LeaseClosed,
        LeasesOpen,
        AlreadySettled,
        NotReversible,
        OtherContent { id: CommandId::new(7) },
        TooManySources { sources_max: 64 },
        GroupSize { commands: usize::MAX },
    ];
    let frozen = (account(), amount(), amount(), any::<bool>())
        .prop_map(|(id, posted, held, frozen)| Frozen { account: Account { id, posted, held, frozen } });
    let first = prop_oneof![
        select(plain),
        integer().prop_map(|units| NotPositive { units }),
        account().prop_map(|account| LotRequired { account }),
        (integer(), integer()).prop_map(|(available, needed)| InsufficientFunds { available, needed }),
        frozen,
        select(NAMED).prop_map(|what| NotFound { what }),
        select(NAMED).prop_map(|what| AlreadyExists { what }),
    ];
    let second = prop_oneof![
        lot().prop_map(|lot| OutsideValidity { lot }),
        lot().prop_map(|lot| NotExpired { lot }),
        lot().prop_map(|lot| Indivisible { lot }),
        lot().prop_map(|lot| OriginReserved { lot }),
        (integer(), integer()).prop_map(|(free, needed)| EscrowExhausted { free, needed }),
        (integer(), integer()).prop_map(|(granted, cumulative)| BeyondLease { granted, cumulative }),
        account().prop_map(|account| OnlyByCapture { account }),
        integer().prop_map(|spent| AlreadyRan { spent }),
    ];
    prop_oneof![first, second]
}

fn outcome(commands: usize) -> impl Strategy<Value = Result<Vec<LedgerAnswer>, LedgerRefusal>> {
    prop_oneof![3 => prop::collection::vec(answer(), commands).prop_map(Ok), 1 => refusal().prop_map(Err)]
}

fn log() -> impl Strategy<Value = Vec<Remembered>> {
    let group = prop::collection::vec(command(), 1..5)
        .prop_flat_map(|commands| (word(), outcome(commands.len()), Just(commands), integer()));
    prop::collection::vec(group, 0..12).prop_map(|groups| {
        let mut times: Vec<i64> = groups.iter().map(|(.., ms)| *ms).collect();
        times.sort_unstable();
        let remember = |((id, result, commands, _), ms)| {
            let group = LedgerGroup { id: CommandId::new(id), commands };
            Remembered { group, applied_at: Timestamp::from_ms(ms), result }
        };
        groups.into_iter().zip(times).map(remember).collect()
    })
}

fn end(log: &[Remembered]) -> Timestamp {
    log.last().map_or(Timestamp::default(), |last| last.applied_at)
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(log in log()) {
        let body = encode(&log);
        prop_assert_eq!(decode(&body, end(&log)), Ok(log));
    }

    #[test]
    fn cut_bytes_are_refused(log in log(), cut in 1_usize..40) {
        let body = encode(&log);
        prop_assert!(decode(&body[..body.len().saturating_sub(cut)], end(&log)).is_err());
    }

    #[test]
    fn changed_bytes_are_refused_or_mean_something_else(log in log(), place in any::<usize>(), flip in 1_u8..=255) {
        let mut body = encode(&log);
        let place = place % body.len();
        body[place] ^= flip;
        prop_assert_ne!(decode(&body, end(&log)), Ok(log));
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), at in integer()) {
        let at = Timestamp::from_ms(at);
        if let Ok(log) = decode(&bytes, at) {
            // Whatever can be read at all is what we would have written.
            prop_assert!(encode(&log).len() <= bytes.len());
        }
    }
}

#[test]
fn a_post_takes_61_bytes_and_less_when_accounts_repeat() {
    let account = |owner| AccountId { kind: AccountKind::PaymentClearing, asset: Asset::Bean, owner };
    let group = |id: u128, other: u128| Remembered {
        group: LedgerGroup {
            id: CommandId::new(id),
            commands: vec![LedgerCommand::Post {
                debit: account(1),
                credit: account(other),
                amount: Amount::new(5_000),
            }],
        },
        applied_at: Timestamp::from_ms(1_700_000_000_000),
        result: Ok(vec![LedgerAnswer::Done]),
    };
    let one = encode(&[group(1, 2)]).len();
    let two = encode(&[group(1, 2), group(2, 2)]).len();
    assert_eq!((one, two - one), (61, 26));
}

/// Otherwise a refusal of the rules could not be written, and with it no batch.
#[test]
fn every_name_in_a_refusal_of_the_rules_is_known() {
    let rules = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tuiliu-domain/src/ledger");
    let files = ["apply.rs", "apply/lots.rs", "apply/orders.rs"];
    let mut names = 0;
    for file in files {
        let text = std::fs::read_to_string(rules.join(file)).unwrap();
        for rest in text.split("what: \"").skip(1) {
            let name = rest.split('"').next().unwrap();
            assert!(NAMED.contains(&name), "`{name}` in {file}");
            names += 1;
        }
    }
    assert!(names > 8);
}
