//! Orders: holds in their order of use, leases, captures, settlement. One bean (100 units) is worth 1000000.

use proptest::prelude::*;

use super::story::story;
use crate::id::{CommandId, HoldId, Id, LotId, PartyId, PromotionOrderId};
use crate::ledger::{
    AccountId, AccountKind, LeaseId, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot, View, apply,
};
use crate::limits::ORDER_SOURCES_MAX;
use crate::money::{Amount, Asset, Micros};
use crate::time::Timestamp;

#[test]
fn tp_19_every_source_gets_back_exactly_what_was_left_of_it() {
    story(
        "
        coupon mia c1 20 until 30
        gift mia g1 1000
        top-up mia m1 5000
        order a; hold a c1 20 worth 1000000; hold a g1 1000 worth 10000; hold a m1 2000 worth 10000  | done; done; done; done
        lend a@1 40000000                       | 40000000 to spend
        spent a@1 19500000                      | used 19 of c1
        spent a@1 20509999                      | used 1 of c1, 50 of g1
        spent a@1 35000000                      | used 950 of g1, 500 of m1
        close a@1
        settle a                                | back 1500 to m1
        show c1                                 | spent 20, until day 30
        show g1                                 | spent 1000
        show m1                                 | left 4500, spent 500
        show a used-beans                       | 1500, 0 held
        show a used-points                      | 20, 0 held
        ",
    );
}

#[test]
fn wl_05_sources_come_back_in_reverse_order_of_use() {
    story(
        "
        top-up mia m1 500
        gift mia g1 500
        coupon mia c1 20 until 30
        order a; hold a c1 20 worth 1000000; hold a g1 500 worth 10000; hold a m1 500 worth 10000    | done; done; done; done
        lend a@1 5000000                        | 5000000 to spend
        spent a@1 5000000                       | used 5 of c1
        close a@1
        settle a                                | back 500 to m1, 500 to g1, 15 to a-c1-rest
        ",
    );
}

#[test]
fn tp_08_an_order_that_never_ran_leaves_everything_as_it_was() {
    story(
        "
        coupon mia c1 20 until 30
        card mia k1 9 until 30
        top-up mia m1 500
        order a; hold a c1 12 worth 1000000; hold a k1 9 worth 1000000; hold a m1 500 worth 10000    | done; done; done; done
        undo a                                  | back 500 to m1, 9 to k1, 12 to c1
        show c1                                 | left 20, until day 30
        show k1                                 | left 9, until day 30
        show m1                                 | left 500
        undo a                                  | refused: AlreadySettled
        settle a                                | refused: AlreadySettled
        hold a m1 1 worth 10000                 | refused: AlreadySettled
        lend a@1 1                              | refused: AlreadySettled
        ",
    );
}

#[test]
fn tp_08_an_order_that_ran_cannot_be_undone() {
    story(
        "
        top-up mia m1 500
        order a; hold a m1 500 worth 10000; lend a@1 5          | done; done; 5 to spend
        spent a@1 1                             | nothing used
        close a@1
        undo a                                  | refused: AlreadyRan
        settle a                                | back 500 to m1
        ",
    );
}

#[test]
fn dl_05_leases_never_lend_or_spend_more_than_there_is() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000      | done; done
        lend a@1 600000                         | 600000 to spend
        lend a@2 400001                         | refused: lend 400001 of 400000
        lend a@2 400000                         | 400000 to spend
        lend a@1 1                              | refused: lend 1 of 0
        lend a@1 0                              | refused: NotPositive
        lend a@1 -5                             | refused: NotPositive
        spent a@1 600001                        | refused: 600001 spent of 600000
        spent a@1 -1                            | refused: NotPositive
        spent a@2 400000                        | used 40 of m1
        close a@2
        spent a@1 100000                        | used 10 of m1
        close a@1
        lend a@1 1                              | refused: LeaseClosed
        lend a@3 500001                         | refused: lend 500001 of 500000
        lend a@3 500000                         | 500000 to spend
        spent a@3 500000                        | used 50 of m1
        settle a                                | refused: LeasesOpen
        close a@3
        close a@3                               | refused: LeaseClosed
        settle a                                | nothing back
        show m1                                 | spent 100
        ",
    );
}

#[test]
fn dl_05_a_lease_can_be_extended() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000      | done; done
        lend a@1 300000                         | 300000 to spend
        spent a@1 200000                        | used 20 of m1
        lend a@1 500000                         | 600000 to spend
        spent a@1 800000                        | used 60 of m1
        ",
    );
}

#[test]
fn dl_08_reports_repeat_and_cross_without_charging_twice() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000; lend a@1 1000000    | done; done; 1000000 to spend
        spent a@1 300000                        | used 30 of m1
        spent a@1 300000                        | nothing used
        spent a@1 200000                        | nothing used
        spent a@1 0                             | nothing used
        spent a@1 309999                        | nothing used
        spent a@1 310000                        | used 1 of m1
        close a@1
        spent a@1 310000                        | nothing used
        spent a@1 310001                        | refused: LeaseClosed
        settle a                                | back 69 to m1
        ",
    );
}

#[test]
fn tp_30_a_top_up_is_a_later_source() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 50 worth 10000; lend a@1 500000      | done; done; 500000 to spend
        spent a@1 500000                        | used 50 of m1
        lend a@1 1                              | refused: lend 1 of 0
        coupon mia c1 3 until 30
        hold a c1 3 worth 1000000
        lend a@1 1500000                        | 1500000 to spend
        spent a@1 1999999                       | used 1 of c1
        close a@1
        settle a                                | back 2 to a-c1-rest
        ",
    );
}

#[test]
fn wl_01_the_fraction_of_a_unit_is_dropped_in_the_payers_favour() {
    story(
        "
        coupon mia c1 2 until 30
        top-up mia m1 100
        order a; hold a c1 2 worth 1000000; hold a m1 100 worth 10000; lend a@1 3000000  | done; done; done; 3000000 to spend
        spent a@1 999999                        | nothing used
        spent a@1 1000000                       | used 1 of c1
        spent a@1 2009999                       | used 1 of c1
        spent a@1 2010000                       | used 1 of m1
        close a@1
        settle a                                | back 99 to m1
        ",
    );
}

#[test]
fn an_order_is_paid_from_a_bounded_number_of_sources() {
    let sources: String =
        (0..ORDER_SOURCES_MAX).map(|n| format!("gift mia g{n} 1; hold a g{n} 1 worth 1 | done; done\n")).collect();
    story(&format!("order a\n{sources}\ngift mia one-more 1\nhold a one-more 1 worth 1 | refused: TooManySources"));
}

#[test]
fn tp_19_late_credit_takes_at_most_what_was_consumed() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000; lend a@1 1000000; spent a@1 400000; close a@1  | done; done; 1000000 to spend; used 40 of m1; done
        credit-back a mia m2 41                 | refused: 41 of 40
        credit-back a mia m2 10
        credit-back a mia m3 31                 | refused: 31 of 30
        show a used-beans                       | 30, 0 held
        show mia paid                           | 70, 60 held
        ",
    );
}

fn group(id: u128, commands: Vec<LedgerCommand>) -> LedgerGroup {
    LedgerGroup { id: CommandId::new(id), commands }
}

/// An order over lots of these amounts and unit worths, all of it lent to one node.
fn running_order(sources: &[(i64, i64)]) -> (View, LeaseId, i64) {
    let order = PromotionOrderId::new(1);
    let lease = LeaseId { order, node: 1, epoch: 1 };
    let owner: PartyId = Id::new(7);
    let wallet = AccountId { kind: AccountKind::WalletGift, asset: Asset::Bean, owner: owner.value() };
    let from = AccountId { kind: AccountKind::GiftExpense, ..wallet };
    let mut commands = vec![LedgerCommand::OpenEscrow { order }];
    for (place, (amount, worth)) in (1_u128..).zip(sources) {
        let (id, amount, valid_from) = (LotId::new(place), Amount::new(*amount), Timestamp::default());
        let (origin, on_return) = (LotOrigin::Grant, LotReturn::SameLot);
        let lot = NewLot { id, account: wallet, origin, amount, valid_from, valid_to: None, on_return };
        commands.push(LedgerCommand::OpenLot { from, lot });
        let (hold, unit_worth) = (HoldId::new(place), Micros::new(*worth));
        commands.push(LedgerCommand::Hold { hold, order, lot: id, amount, unit_worth });
    }
    let budget: i64 = sources.iter().map(|(amount, worth)| amount * worth).sum();
    commands.push(LedgerCommand::Lend { lease, amount: Micros::new(budget) });
    let mut view = View::new();
    apply(&mut view, &group(1, commands), Timestamp::default()).unwrap();
    (view, lease, budget)
}

proptest! {
    // Invariant 21: the captures of any sequence of reports are those of its largest report alone.
    #[test]
    fn charges_telescope_whatever_the_reports(
        sources in prop::collection::vec((1_i64..1_000, prop::sample::select(vec![1_i64, 3, 10_000, 1_000_000])), 1..6),
        shares in prop::collection::vec(0_i64..=1_000, 1..12),
    ) {
        let (mut view, lease, budget) = running_order(&sources);
        let (mut once, ..) = running_order(&sources);
        for (id, share) in (2..).zip(&shares) {
            let cumulative = Micros::new(budget / 1_000 * share);
            apply(&mut view, &group(id, vec![LedgerCommand::ReportSpent { lease, cumulative }]), Timestamp::default()).unwrap();
        }
        let largest = Micros::new(budget / 1_000 * shares.iter().max().unwrap());
        apply(&mut once, &group(2, vec![LedgerCommand::ReportSpent { lease, cumulative: largest }]), Timestamp::default()).unwrap();
        let captured = |view: &View| view.holds_of(lease.order).map(|hold| hold.captured).collect::<Vec<_>>();
        prop_assert_eq!(captured(&view), captured(&once));
    }

    // Ledger.md §5.5: fully spent, the captures are the whole of every source, to the unit.
    #[test]
    fn what_is_fully_spent_is_captured_to_the_unit(
        sources in prop::collection::vec((1_i64..1_000, 1_i64..1_000_000), 1..6),
    ) {
        let (mut view, lease, budget) = running_order(&sources);
        let all = LedgerCommand::ReportSpent { lease, cumulative: Micros::new(budget) };
        apply(&mut view, &group(2, vec![all]), Timestamp::default()).unwrap();
        let captured: Vec<i64> = view.holds_of(lease.order).map(|hold| hold.captured.units()).collect();
        prop_assert_eq!(captured, sources.iter().map(|(amount, _)| *amount).collect::<Vec<_>>());
    }
}

#[test]
fn dl_05_a_lease_gives_back_what_it_has_not_spent() {
    story(
        "
        top-up mia m1 100
        order a; hold a m1 100 worth 10000      | done; done
        lend a@1 600000                         | 600000 to spend
        spent a@1 200000                        | used 20 of m1
        return a@1 400001                       | refused: 600001 spent of 600000
        return a@1 0                            | refused: NotPositive
        return a@2 1                            | refused: no lease
        return a@1 300000                       | 100000 to spend
        spent a@1 300001                        | refused: 300001 spent of 300000
        lend a@2 700000                         | 700000 to spend
        lend a@1 1                              | refused: lend 1 of 0
        return a@1 100000                       | 0 to spend
        lend a@1 50000                          | 50000 to spend
        close a@1
        return a@1 1                            | refused: LeaseClosed
        ",
    );
}
