//! What callers see, told on both databases.

use tuiliu_domain::id::{CommandId, LotId, PartyId, PromotionOrderId, TenantId};
use tuiliu_domain::ledger::{LeaseId, LedgerAnswer, LedgerCommand, LedgerRefusal, TransferCause};
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::party::Role;

use super::{at, clearing, group, hold, post, top_up, wallet};
use crate::testing::on_both;
use crate::{PartyRow, StatementLine, StoreError, Tx};

fn units(tx: &mut Tx<'_>, party: u128) -> Result<i64, StoreError> {
    Ok(tx.ledger_account(wallet(party))?.map_or(0, |account| account.posted.units()))
}

#[test]
fn an_order_is_paid_delivered_and_settled() {
    on_both(|store| {
        let order = PromotionOrderId::new(900);
        let lease = LeaseId { order, node: 1, epoch: u64::MAX };
        let groups = vec![
            group(1, vec![top_up(7, 70, 1_000)]),
            group(2, vec![LedgerCommand::OpenEscrow { order }, hold(71, 900, 70, 600)]),
            group(3, vec![LedgerCommand::Lend { lease, amount: Micros::new(500) }]),
            group(4, vec![LedgerCommand::ReportSpent { lease, cumulative: Micros::new(200) }]),
        ];
        let results = store.post_ledger_now(groups.clone(), at(1)).unwrap();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(results[2], Ok(vec![LedgerAnswer::Lent { available: Micros::new(500) }]));
        // Again, one of them with other content.
        let mut again = groups;
        again[0] = group(1, vec![top_up(7, 70, 1_001)]);
        let repeated = store.post_ledger_now(again, at(2)).unwrap();
        assert_eq!(repeated[0], Err(LedgerRefusal::OtherContent { id: CommandId::new(1) }));
        assert_eq!(repeated[1..], results[1..]);
        let lots = store
            .write_now::<_, StoreError>(move |tx| {
                let settle = LedgerCommand::Settle {
                    order,
                    mode: tuiliu_domain::ledger::ReleaseMode::Remainder,
                    grace_ms: 0,
                    breakage_owner: 1,
                };
                let settled = tx.ledger(&group(5, vec![LedgerCommand::CloseLease { lease }, settle]), at(3))?;
                settled.unwrap();
                assert_eq!(units(tx, 7)?, 800);
                tx.lots_of(wallet(7))
            })
            .unwrap();
        assert_eq!(lots.len(), 1);
        assert_eq!((lots[0].remaining, lots[0].spent), (Amount::new(800), Amount::new(200)));
        let leases = store.read_now::<_, StoreError>(move |tx| tx.leases_of(order)).unwrap();
        assert_eq!((leases.len(), leases[0].id, leases[0].closed), (1, lease, true));
        assert_eq!(store.read_now::<_, StoreError>(|tx| tx.ledger_lot(LotId::new(70))).unwrap(), Some(lots[0]));
        assert_eq!(store.read_now::<_, StoreError>(|tx| tx.open_leases(None, 10)).unwrap(), vec![]);
    });
}

#[test]
fn a_refused_group_does_not_disturb_its_neighbours() {
    on_both(|store| {
        let results =
            store.post_ledger_now(vec![post(1, 10), post(2, -1), post(1, 10), post(3, 5), post(2, -1)], at(0)).unwrap();
        let refused = Err(LedgerRefusal::NotPositive { units: -1 });
        let done = Ok(vec![LedgerAnswer::Done]);
        assert_eq!(results, vec![done.clone(), refused.clone(), done.clone(), done, refused.clone()]);
        // Refused for ever.
        assert_eq!(store.post_ledger_now(vec![post(2, -1)], at(1)).unwrap(), vec![refused]);
    });
}

#[test]
fn a_statement_tells_what_moved_when_and_why() {
    on_both(|store| {
        let give = |group, ms| store.post_ledger_now(vec![group], at(ms)).unwrap().remove(0).unwrap();
        give(group(1, vec![top_up(7, 70, 100), top_up(7, 71, 50)]), 10);
        give(group(2, vec![top_up(8, 80, 9)]), 20);
        let take = |id, amount| {
            let amount = Amount::new(amount);
            group(id, vec![LedgerCommand::TakeFromLot { lot: LotId::new(70), to: clearing(), amount }])
        };
        give(take(3, 30), 30);
        let expected = [(1, 10, 1, 100, 100), (2, 10, 1, 50, 150), (3, 30, 3, -30, 120), (4, 40, 4, -1, 119)];
        let expected = expected.map(|(number, ms, command, amount, balance)| StatementLine {
            number,
            at: at(ms),
            command: CommandId::new(command),
            cause: if amount > 0 { TransferCause::OpenLot } else { TransferCause::TakeFromLot },
            amount: Amount::new(amount),
            balance: Amount::new(balance),
        });
        // What a job did itself is there before it is committed.
        let lines = store.write_now::<_, StoreError>(move |tx| {
            tx.ledger(&take(4, 1), at(40))?.unwrap();
            assert_eq!(tx.balance_at(wallet(7), at(40))?, Amount::new(119));
            tx.statement(wallet(7), 0, 10)
        });
        assert_eq!(lines.unwrap(), expected);
        let lines = store.read_now::<_, StoreError>(|tx| tx.statement(wallet(7), 1, 2)).unwrap();
        assert_eq!(lines, expected[1..3]);
        let told = store.read_now::<_, StoreError>(|tx| {
            Ok((tx.ledger_group(CommandId::new(3))?.unwrap(), tx.ledger_group(CommandId::new(9))?))
        });
        let (third, unknown) = told.unwrap();
        assert_eq!((third.group, third.applied_at, unknown), (take(3, 30), at(30), None));
        // An account without history: from the log.
        let lines = store.read_now::<_, StoreError>(|tx| tx.statement(clearing(), 0, 10)).unwrap();
        let told: Vec<_> = lines.iter().map(|line| (line.number, line.amount.units(), line.balance.units())).collect();
        assert_eq!(told, [(1, 30, 30), (2, 1, 31)]);
        for (ms, wallet_balance, clearing_balance) in
            [(0, 0, 0), (9, 0, 0), (10, 150, 0), (29, 150, 0), (30, 120, 30), (39, 120, 30), (99, 119, 31)]
        {
            let balances = store.read_now::<_, StoreError>(move |tx| {
                Ok((tx.balance_at(wallet(7), at(ms))?, tx.balance_at(clearing(), at(ms))?))
            });
            let balances = balances.unwrap();
            assert_eq!((balances.0.units(), balances.1.units()), (wallet_balance, clearing_balance), "at {ms}");
        }
    });
}

#[test]
fn lists_show_spendable_lots_first_and_what_expires() {
    on_both(|store| {
        let expiring = |lot: u128, ms| match top_up(7, lot, 10) {
            LedgerCommand::OpenLot { from, mut lot } => {
                lot.valid_to = Some(at(ms));
                LedgerCommand::OpenLot { from, lot }
            }
            _ => unreachable!(),
        };
        let lots = vec![expiring(1, 500), top_up(7, 2, 10), expiring(3, 200), top_up(7, 4, 10)];
        let empty = LedgerCommand::TakeFromLot { lot: LotId::new(2), to: clearing(), amount: Amount::new(10) };
        for group in [group(1, lots), group(2, vec![empty])] {
            store.post_ledger_now(vec![group], at(1)).unwrap().remove(0).unwrap();
        }
        let ids = |lots: Vec<tuiliu_domain::ledger::Lot>| lots.iter().map(|lot| lot.id.value()).collect::<Vec<_>>();
        store
            .read_now::<_, StoreError>(move |tx| {
                assert_eq!(ids(tx.lots_of(wallet(7))?), [1, 3, 4, 2]);
                assert_eq!(ids(tx.spendable_lots_of(wallet(7))?), [1, 3, 4]);
                assert_eq!(ids(tx.lots_after(wallet(7), None, 2)?), [1, 2]);
                assert_eq!(ids(tx.lots_after(wallet(7), Some(LotId::new(2)), 9)?), [3, 4]);
                assert_eq!(ids(tx.lots_expiring(at(199), 9)?), [0; 0]);
                assert_eq!(ids(tx.lots_expiring(at(500), 9)?), [3, 1]);
                assert_eq!(ids(tx.lots_expiring(at(500), 1)?), [3]);
                assert_eq!(tx.lots_of(wallet(8))?, []);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn leases_are_listed_page_by_page() {
    on_both(|store| {
        let order = PromotionOrderId::new(900);
        let lease = move |node, epoch| LeaseId { order, node, epoch };
        let lend = |node, epoch| LedgerCommand::Lend { lease: lease(node, epoch), amount: Micros::new(1) };
        let groups = vec![
            group(1, vec![top_up(7, 70, 100), LedgerCommand::OpenEscrow { order }, hold(71, 900, 70, 60)]),
            group(2, vec![lend(0, 0), lend(0, 7), lend(1, 3), lend(2, 1)]),
            group(3, vec![LedgerCommand::CloseLease { lease: lease(1, 3) }]),
        ];
        let results = store.post_ledger_now(groups, at(1)).unwrap();
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        store
            .read_now::<_, StoreError>(move |tx| {
                let ids =
                    |leases: Vec<tuiliu_domain::ledger::Lease>| leases.iter().map(|lease| lease.id).collect::<Vec<_>>();
                assert_eq!(ids(tx.leases_of(order)?), [lease(0, 0), lease(0, 7), lease(1, 3), lease(2, 1)]);
                assert_eq!(ids(tx.open_leases(None, 2)?), [lease(0, 0), lease(0, 7)]);
                assert_eq!(ids(tx.open_leases(Some(lease(0, 7)), 2)?), [lease(2, 1)]);
                let holds = tx.holds_of(order)?;
                assert_eq!(holds.iter().map(|hold| hold.amount.units()).collect::<Vec<_>>(), [60]);
                let escrow = tx.escrow(order)?;
                assert_eq!(escrow.as_ref().map(|escrow| escrow.open_leases), Some(3));
                assert_eq!(tx.leased_escrows(None, 9)?, Vec::from_iter(escrow));
                assert_eq!(tx.leased_escrows(Some(order), 9)?, []);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn lines_of_a_tenant_are_those_of_its_parties() {
    on_both(|store| {
        store.post_ledger_now(vec![group(1, vec![top_up(7, 70, 1_000), top_up(8, 80, 5)])], at(1)).unwrap();
        let tenants = [1, 2].map(TenantId::new);
        let lines = store
            .write_now::<_, StoreError>(move |tx| {
                for (tenant, id) in tenants.into_iter().zip([7, 9]) {
                    tx.add_party(&PartyRow {
                        tenant,
                        id: PartyId::new(id),
                        kind: Role::Creator,
                        display_name: "五月".to_owned(),
                        external_ref: None,
                        credit_score: 100,
                        banned: false,
                        banned_by: None,
                        created_at: at(1),
                        version: 1,
                    })?;
                }
                Ok([tx.ledger_entries_of(tenants[0])?, tx.ledger_entries_of(tenants[1])?])
            })
            .unwrap();
        assert_eq!(lines, [1, 0]);
    });
}
