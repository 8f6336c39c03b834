//! The model test: any sequence of groups, on the ledger and on the oracle.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::oracle::{ASSETS, Oracle, Place};
use super::shelf::Shelf;
use crate::id::{CommandId, HoldId, LotId, PaymentId, PromotionOrderId};
use crate::ledger::invariants::{SortedRows, TransferTrail, check};
use crate::ledger::{
    AccountId, AccountKind, LeaseId, LedgerCommand, LedgerGroup, LedgerRefusal, LotOrigin, LotReturn, NewLot,
    ReleaseMode, Remembered, View, apply,
};
use crate::money::{AMOUNT_MAX, Amount, Asset, Micros};
use crate::time::{DAY_MS, Timestamp};

const TENANT: u128 = 900;
const BEAN: i64 = 1_000_000;

/// One thing the outside does.
#[derive(Debug, Clone)]
enum Step {
    /// Gives a new group, so many days later.
    New { commands: Vec<LedgerCommand>, days: i64 },
    /// Gives a new group made to fit what is there.
    Aimed { aim: Aim, pick: usize, share: i64 },
    /// Gives an earlier group again.
    Again { back: usize },
    /// Gives other commands under an earlier group's id.
    Forged { back: usize, commands: Vec<LedgerCommand> },
}

/// What an aimed group tries; `pick` chooses a row, `share` thousandths of what it has.
#[derive(Debug, Clone, Copy)]
enum Aim {
    Hold,
    Lend,
    Report,
    EndOrder(ReleaseMode),
    Split,
    Take,
    Expire,
    Post,
    Reverse,
}

/// The ledger under test, beside everything it is compared with.
#[derive(Default)]
struct Bench {
    shelf: Shelf,
    whole: View,
    oracle: Oracle,
    remembered: BTreeMap<CommandId, Remembered>,
    accepted: Vec<(LedgerGroup, Timestamp)>,
    now: Timestamp,
}

impl Bench {
    fn step(&mut self, step: Step) {
        match step {
            Step::New { commands, days } => {
                self.now = self.now.plus_ms(days * DAY_MS);
                self.new_group(LedgerGroup { id: self.next_id(), commands });
            }
            Step::Aimed { aim, pick, share } => {
                let Some(commands) = self.aim(aim, pick, share) else { return };
                self.new_group(LedgerGroup { id: self.next_id(), commands });
            }
            Step::Again { back } => {
                let Some(known) = self.remembered.values().rev().nth(back) else { return };
                assert_eq!(known.answer(&known.group), known.result);
            }
            Step::Forged { back, commands } => {
                let Some(known) = self.remembered.values().rev().nth(back) else { return };
                let forged = LedgerGroup { id: known.group.id, commands };
                let same = forged == known.group;
                assert!(same || known.answer(&forged) == Err(LedgerRefusal::OtherContent { id: forged.id }));
            }
        }
    }

    fn next_id(&self) -> CommandId {
        CommandId::new(1 + u128::try_from(self.remembered.len()).unwrap())
    }

    /// Commands that are likely to be accepted, for the rows that are there.
    fn aim(&self, aim: Aim, pick: usize, share: i64) -> Option<Vec<LedgerCommand>> {
        let rows = SortedRows::of(&self.whole);
        let fresh = self.next_id().value();
        let platform = |kind, asset| AccountId { kind, asset, owner: TENANT };
        let part = |whole: i64| i64::try_from(i128::from(whole) * i128::from(share) / 1_000).unwrap();
        let lot = chosen(&rows.lots, pick).copied();
        let escrow = chosen(&rows.escrows, pick).copied();
        Some(match aim {
            Aim::Hold => {
                let (lot, order) = (lot?, chosen(&rows.escrows, fresh.trailing_zeros().try_into().unwrap())?.order);
                let amount = if lot.on_return == LotReturn::Burn {
                    lot.remaining
                } else {
                    Amount::new(part(lot.remaining.units()))
                };
                let (hold, unit_worth) = (HoldId::new(100 + fresh), Micros::new([BEAN, 10_000, 333_333][pick % 3]));
                vec![LedgerCommand::Hold { hold, order, lot: lot.id, amount, unit_worth }]
            }
            Aim::Lend => {
                let lease = LeaseId { order: escrow?.order, node: 1, epoch: u64::try_from(fresh / 16).unwrap() };
                vec![LedgerCommand::Lend { lease, amount: Micros::new(part(escrow?.free().unwrap().get())) }]
            }
            Aim::Report => {
                let lease = chosen(&rows.leases, pick)?;
                vec![LedgerCommand::ReportSpent { lease: lease.id, cumulative: Micros::new(part(lease.granted.get())) }]
            }
            Aim::EndOrder(mode) => {
                let order = escrow?.order;
                let open = rows.leases.iter().filter(|lease| lease.id.order == order && !lease.closed);
                let close = open.map(|lease| LedgerCommand::CloseLease { lease: lease.id });
                let settle = LedgerCommand::Settle { order, mode, grace_ms: 7 * DAY_MS, breakage_owner: TENANT };
                close.chain([settle]).collect()
            }
            Aim::Split => {
                let amount = Amount::new(part(lot?.remaining.units()));
                vec![LedgerCommand::SplitLot { lot: lot?.id, into: LotId::new(100 + fresh), amount }]
            }
            Aim::Take => {
                let (to, amount) = (platform(AccountKind::Recalled, lot?.account.asset), part(lot?.remaining.units()));
                vec![LedgerCommand::TakeFromLot { lot: lot?.id, to, amount: Amount::new(amount) }]
            }
            Aim::Expire => {
                vec![LedgerCommand::ExpireLot { lot: lot?.id, to: platform(AccountKind::Breakage, lot?.account.asset) }]
            }
            Aim::Post => {
                let (debit, credit) = (AccountKind::Suspense, AccountKind::Breakage);
                let post = |debit, credit, amount| LedgerCommand::Post {
                    debit: platform(debit, Asset::Bean),
                    credit: platform(credit, Asset::Bean),
                    amount: Amount::new(amount),
                };
                vec![post(debit, credit, share), post(credit, AccountKind::Recalled, 1 + share / 2)]
            }
            Aim::Reverse => vec![LedgerCommand::Reverse { command: chosen(&rows.posted_groups, pick)?.id }],
        })
    }

    fn new_group(&mut self, group: LedgerGroup) {
        let before = SortedRows::of(&self.whole);
        let result = apply(&mut self.whole, &group, self.now);
        let rows = SortedRows::of(&self.whole);
        check(&rows.books()).expect("every invariant holds");
        assert_eq!(self.oracle.accepts(&group, self.now), result.is_ok(), "{group:?} gave {result:?}");
        self.through_the_store(&group, &result.clone().map(|_| ()));
        match &result {
            Ok(_) => {
                only_forward(&before, &rows);
                self.accepted.push((group.clone(), self.now));
            }
            Err(_) => assert_eq!(before, rows, "a refused group leaves no trace"),
        }
        self.compare(&rows);
        self.remembered.insert(group.id, Remembered { group, applied_at: self.now, result });
    }

    /// The same group on a view of just the rows that its keys name, written back by diff.
    fn through_the_store(&mut self, group: &LedgerGroup, expected: &Result<(), LedgerRefusal>) {
        let mut view = self.shelf.load(group);
        let result = apply(&mut view, group, self.now);
        assert_eq!(&result.map(|_| ()), expected, "the keys of {group:?} name all it needs");
        let diff = view.take_diff();
        assert!(expected.is_ok() || diff.is_empty());
        self.shelf.write(diff);
        assert!(view.take_diff().is_empty(), "a diff is taken once");
    }

    fn compare(&self, rows: &SortedRows) {
        for account in &rows.accounts {
            let stands = (i128::from(account.posted.units()), i128::from(account.held.units()));
            assert_eq!(stands, self.oracle.balance(account.id), "{account:?}");
        }
        for lot in &rows.lots {
            let count = |place: &dyn Fn(Place) -> bool| Amount::new(self.oracle.count(lot.id, place));
            assert_eq!(lot.remaining, count(&|at| at == Place::Free), "{lot:?}");
            assert_eq!(lot.held, count(&|at| matches!(at, Place::Held(_))), "{lot:?}");
            assert_eq!(lot.spent, count(&|at| matches!(at, Place::Used(_))), "{lot:?}");
            assert_eq!(lot.returned, count(&|at| at == Place::Returned), "{lot:?}");
            assert_eq!(lot.expired, count(&|at| at == Place::Lapsed), "{lot:?}");
            assert_eq!(lot.split_out, count(&|at| at == Place::Split), "{lot:?}");
        }
        for hold in &rows.holds {
            assert_eq!(hold.captured.units(), self.oracle.count_all(Place::Used(hold.id)), "{hold:?}");
            assert_eq!(hold.remaining().unwrap().units(), self.oracle.count_all(Place::Held(hold.id)), "{hold:?}");
        }
        for escrow in &rows.escrows {
            let stands = [escrow.budget, escrow.spent, escrow.leased].map(|part| i128::from(part.get()));
            assert_eq!(<(i128, i128, i128)>::from(stands), self.oracle.escrow(escrow.order), "{escrow:?}");
        }
    }

    /// At the end: the stored rows are the rows, the transfers make them, and the log makes them again.
    fn prove(mut self) {
        let rows = SortedRows::of(&self.whole);
        assert_eq!(SortedRows::of(&self.shelf.all()), rows);
        assert_eq!(self.whole.take_diff().transfers, self.shelf.transfers);
        let mut trail = TransferTrail::default();
        self.shelf.transfers.iter().for_each(|transfer| trail.follow(transfer).expect("transfers say what they leave"));
        trail.arrive(&rows.accounts, &rows.lots).expect("balances are the sums of transfers");
        let mut again = View::new();
        for (group, at) in &self.accepted {
            apply(&mut again, group, *at).expect("what was accepted is accepted");
        }
        assert_eq!(SortedRows::of(&again), rows);
    }
}

fn chosen<R>(rows: &[R], pick: usize) -> Option<&R> {
    rows.get(pick.checked_rem(rows.len())?)
}

/// What only grows only grows, and what is closed stays closed.
fn only_forward(before: &SortedRows, after: &SortedRows) {
    for old in &before.holds {
        let new = after.holds.iter().find(|hold| hold.id == old.id).expect("a hold stays");
        assert!(new.captured >= old.captured && new.released >= old.released && new.amount == old.amount);
    }
    for old in &before.escrows {
        let new = after.escrows.iter().find(|escrow| escrow.order == old.order).expect("an escrow stays");
        assert!(new.spent >= old.spent && new.budget >= old.budget && new.settled >= old.settled);
        assert!(!old.settled || new == old, "a settled order does not change");
    }
    for old in &before.leases {
        let new = after.leases.iter().find(|lease| lease.id == old.id).expect("a lease stays");
        assert!(new.spent >= old.spent && new.closed >= old.closed);
        assert!(!old.closed || new == old, "nothing happens to a closed lease");
    }
    for old in &before.posted_groups {
        let new = after.posted_groups.iter().find(|group| group.id == old.id).expect("a group stays");
        assert!(new.postings == old.postings && (old.reversed_by.is_none() || new.reversed_by == old.reversed_by));
    }
}

fn owner() -> impl Strategy<Value = u128> {
    select(vec![1_u128, 2])
}

fn lot_account() -> impl Strategy<Value = AccountId> {
    let kinds = select(vec![
        (AccountKind::WalletPaid, Asset::Bean),
        (AccountKind::WalletGift, Asset::Bean),
        (AccountKind::Coupon, Asset::Point),
        (AccountKind::Coupon, Asset::Point),
    ]);
    (kinds, owner()).prop_map(|((kind, asset), owner)| AccountId { kind, asset, owner })
}

fn platform_account() -> impl Strategy<Value = AccountId> {
    let kinds = select(vec![
        AccountKind::PaymentClearing,
        AccountKind::Suspense,
        AccountKind::CouponExpense,
        AccountKind::Breakage,
    ]);
    (kinds, select(ASSETS)).prop_map(|(kind, asset)| AccountId { kind, asset, owner: TENANT })
}

fn any_account() -> impl Strategy<Value = AccountId> {
    let consumed = (order(), select(ASSETS));
    let consumed =
        consumed.prop_map(|(order, asset)| AccountId { kind: AccountKind::Consumed, asset, owner: order.value() });
    prop_oneof![8 => platform_account(), 2 => consumed, 1 => lot_account()]
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![20 => 1_i64..=30, 2 => 31_i64..=60, 1 => select(vec![0, -1, i64::MIN, i64::MAX])].prop_map(Amount::new)
}

fn posted_amount() -> impl Strategy<Value = Amount> {
    prop_oneof![4 => amount(), 1 => select(vec![AMOUNT_MAX, AMOUNT_MAX / 2]).prop_map(Amount::new)]
}

fn cost() -> impl Strategy<Value = Micros> {
    let costs = prop_oneof![
        8 => (0_i64..=40).prop_map(|beans| beans * BEAN),
        8 => 0_i64..=40 * BEAN,
        1 => select(vec![0, 1, -1, i64::MAX, i64::MIN, AMOUNT_MAX]),
    ];
    costs.prop_map(Micros::new)
}

fn worth() -> impl Strategy<Value = Micros> {
    let worths = vec![BEAN, BEAN, 10_000, 333_333, 7, 0, -1, AMOUNT_MAX, AMOUNT_MAX / 8];
    prop_oneof![4 => Just(BEAN), 1 => select(worths)].prop_map(Micros::new)
}

fn order() -> impl Strategy<Value = PromotionOrderId> {
    (1_u128..=2).prop_map(PromotionOrderId::new)
}

fn hold() -> impl Strategy<Value = HoldId> {
    (1_u128..=8).prop_map(HoldId::new)
}

fn lot_to_open() -> impl Strategy<Value = LotId> {
    (1_u128..=6).prop_map(LotId::new)
}

fn lot() -> impl Strategy<Value = LotId> {
    prop_oneof![6 => lot_to_open(), 1 => hold().prop_map(|hold| hold.child(0))]
}

fn lease() -> impl Strategy<Value = LeaseId> {
    (order(), 1_u32..=2, 1_u64..=2).prop_map(|(order, node, epoch)| LeaseId { order, node, epoch })
}

fn origin() -> impl Strategy<Value = LotOrigin> {
    prop_oneof![
        8 => (1_u128..=3).prop_map(|payment| LotOrigin::Payment(PaymentId::new(payment))),
        8 => Just(LotOrigin::Grant),
        1 => lot().prop_map(LotOrigin::SplitFrom),
        1 => lot().prop_map(LotOrigin::RemainderOf),
    ]
}

fn new_lot() -> impl Strategy<Value = NewLot> {
    let on_return = select(vec![LotReturn::SameLot, LotReturn::NewLot, LotReturn::NewLot, LotReturn::Burn]);
    let times = (0_i64..4, prop::option::of(0_i64..40));
    (lot_to_open(), lot_account(), origin(), amount(), times, on_return).prop_map(
        |(id, account, origin, amount, times, on_return)| {
            let day = |day: i64| Timestamp::from_ms(day * DAY_MS);
            let (valid_from, valid_to) = (day(times.0), times.1.map(day));
            NewLot { id, account, origin, amount, valid_from, valid_to, on_return }
        },
    )
}

fn command() -> impl Strategy<Value = LedgerCommand> {
    let frozen_account = prop_oneof![lot_account(), platform_account()];
    let mode = select(vec![ReleaseMode::Undo, ReleaseMode::Remainder]);
    prop_oneof![
        4 => (any_account(), any_account(), posted_amount()).prop_map(|(debit, credit, amount)| LedgerCommand::Post { debit, credit, amount }),
        6 => (any_account(), new_lot()).prop_map(|(from, lot)| LedgerCommand::OpenLot { from, lot }),
        4 => new_lot().prop_map(|lot| {
            let from = AccountId { kind: AccountKind::Suspense, asset: lot.account.asset, owner: TENANT };
            LedgerCommand::OpenLot { from, lot }
        }),
        4 => (lot(), any_account(), amount()).prop_map(|(lot, to, amount)| LedgerCommand::TakeFromLot { lot, to, amount }),
        3 => (lot(), lot_to_open(), amount()).prop_map(|(lot, into, amount)| LedgerCommand::SplitLot { lot, into, amount }),
        3 => (lot(), any_account()).prop_map(|(lot, to)| LedgerCommand::ExpireLot { lot, to }),
        1 => (frozen_account, prop::bool::weighted(0.3)).prop_map(|(account, frozen)| LedgerCommand::SetFrozen { account, frozen }),
        2 => order().prop_map(|order| LedgerCommand::OpenEscrow { order }),
        12 => (hold(), order(), lot(), amount(), worth()).prop_map(|(hold, order, lot, amount, unit_worth)| LedgerCommand::Hold { hold, order, lot, amount, unit_worth }),
        10 => (lease(), cost()).prop_map(|(lease, amount)| LedgerCommand::Lend { lease, amount }),
        16 => (lease(), cost()).prop_map(|(lease, cumulative)| LedgerCommand::ReportSpent { lease, cumulative }),
        8 => (lease(), cost()).prop_map(|(lease, amount)| LedgerCommand::ReturnUnspent { lease, amount }),
        4 => lease().prop_map(|lease| LedgerCommand::CloseLease { lease }),
        3 => (order(), mode, select(vec![0, 7 * DAY_MS, 7 * DAY_MS, -1])).prop_map(|(order, mode, grace_ms)| LedgerCommand::Settle { order, mode, grace_ms, breakage_owner: TENANT }),
        2 => (1_u128..60).prop_map(|id| LedgerCommand::Reverse { command: CommandId::new(id) }),
    ]
}

fn commands() -> impl Strategy<Value = Vec<LedgerCommand>> {
    prop_oneof![
        8 => prop::collection::vec(command(), 1..=1),
        3 => prop::collection::vec(command(), 2..=4),
        1 => Just(Vec::new()),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let days = prop_oneof![6 => Just(0_i64), 2 => 1_i64..=3, 1 => 4_i64..=12];
    let aim = prop_oneof![
        4 => Just(Aim::Hold),
        5 => Just(Aim::Lend),
        8 => Just(Aim::Report),
        1 => Just(Aim::EndOrder(ReleaseMode::Undo)),
        2 => Just(Aim::EndOrder(ReleaseMode::Remainder)),
        3 => Just(Aim::Split),
        2 => Just(Aim::Take),
        3 => Just(Aim::Expire),
        1 => Just(Aim::Post),
        2 => Just(Aim::Reverse),
    ];
    let share = prop_oneof![8 => 0_i64..=1_000, 3 => Just(1_000), 1 => 1_001_i64..1_100];
    prop_oneof![
        36 => (aim, 0_usize..12, share).prop_map(|(aim, pick, share)| Step::Aimed { aim, pick, share }),
        24 => (commands(), days).prop_map(|(commands, days)| Step::New { commands, days }),
        1 => (0_usize..20).prop_map(|back| Step::Again { back }),
        1 => (0_usize..20, commands()).prop_map(|(back, commands)| Step::Forged { back, commands }),
    ]
}

/// So that most sequences have something to play with: three lots and two funded orders.
fn opening() -> Vec<LedgerCommand> {
    let mut commands = Vec::new();
    let lots = [
        (AccountKind::Coupon, Asset::Point, LotReturn::NewLot, Some(20)),
        (AccountKind::WalletPaid, Asset::Bean, LotReturn::SameLot, None),
        (AccountKind::Coupon, Asset::Point, LotReturn::Burn, Some(20)),
    ];
    for (id, (kind, asset, on_return, days)) in (1_u128..).zip(lots) {
        let account = AccountId { kind, asset, owner: 1 };
        let from = AccountId { kind: AccountKind::Suspense, asset, owner: TENANT };
        let valid_to = days.map(|days: i64| Timestamp::from_ms(days * DAY_MS));
        let origin =
            if kind == AccountKind::WalletPaid { LotOrigin::Payment(PaymentId::new(9)) } else { LotOrigin::Grant };
        let (id, amount, valid_from) = (LotId::new(id), Amount::new(50), Timestamp::default());
        commands.push(LedgerCommand::OpenLot {
            from,
            lot: NewLot { id, account, origin, amount, valid_from, valid_to, on_return },
        });
    }
    for (order, sources) in [(1_u128, [(1_u128, 20), (2, 15)]), (2, [(3, 50), (2, 20)])] {
        let order = PromotionOrderId::new(order);
        commands.push(LedgerCommand::OpenEscrow { order });
        for (lot, amount) in sources {
            let (hold, unit_worth) = (HoldId::new(order.value() * 10 + lot), Micros::new(BEAN));
            commands.push(LedgerCommand::Hold {
                hold,
                order,
                lot: LotId::new(lot),
                amount: Amount::new(amount),
                unit_worth,
            });
        }
    }
    commands
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_groups_keeps_every_invariant_and_agrees_with_the_oracle(
        opened in prop::bool::weighted(0.8),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut bench = Bench::default();
        if opened {
            bench.step(Step::New { commands: opening(), days: 0 });
            assert_eq!(bench.accepted.len(), 1);
        }
        for step in steps {
            bench.step(step);
        }
        bench.prove();
    }
}
