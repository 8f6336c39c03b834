//! What callers see, told on both databases.

use tuiliu_domain::id::{LotId, PromotionOrderId};
use tuiliu_domain::ledger::{LeaseId, LedgerAnswer, LedgerCommand, LedgerRefusal};
use tuiliu_domain::money::{Amount, Micros};

use super::{at, group, hold, post, top_up, wallet};
use crate::testing::on_both;
use crate::{StoreError, Tx};

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
        assert_eq!(repeated[0], Err(LedgerRefusal::OtherContent { id: tuiliu_domain::id::CommandId::new(1) }));
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
