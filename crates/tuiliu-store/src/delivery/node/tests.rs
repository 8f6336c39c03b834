use super::*;
use crate::testing::on_both;

const ORDER: PromotionOrderId = PromotionOrderId::new(7);

fn charge(node: u32, epoch: u64, number: i64) -> LeaseCharge {
    LeaseCharge {
        node,
        epoch,
        order: ORDER,
        number,
        decision: DecisionId::new(9),
        lent: Micros::new(2),
        charged: Micros::new(5),
    }
}

#[test]
fn no_node_has_an_epoch_twice() {
    on_both(|store| {
        let epochs = store
            .write_now::<_, StoreError>(|tx| Ok([tx.next_epoch(1)?, tx.next_epoch(1)?, tx.next_epoch(2)?]))
            .unwrap();
        assert_eq!(epochs, [1, 2, 1]);
    });
}

#[test]
fn a_node_that_was_fenced_or_replaced_does_not_beat() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let first = tx.next_epoch(1)?;
                let replaced = [tx.beat(1, first)?, tx.next_epoch(1)? > first, tx.beat(1, first)?, tx.beat(1, 2)?];
                let seen = tx.delivery_node(1)?.expect("it began an epoch");
                // It showed itself between the look and the fence.
                let lives = (tx.beat(1, 2)?, tx.fence(seen)?);
                let seen = tx.delivery_node(1)?.expect("it began an epoch");
                let fenced = (tx.fence(seen)?, tx.fence(seen)?, tx.beat(1, 2)?);
                tx.next_epoch(3)?;
                Ok((replaced, lives, fenced, tx.delivery_nodes()?, tx.delivery_node(2)?))
            })
            .unwrap();
        let nodes = vec![
            DeliveryNode { node: 1, epoch: 2, beats: 5, fenced: true },
            DeliveryNode { node: 3, epoch: 1, beats: 1, fenced: false },
        ];
        assert_eq!(told, ([true, true, false, true], (true, false), (true, false, false), nodes, None));
    });
}

#[test]
fn a_node_hears_of_each_charge_once() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let none = tx.has_lease_charges(1, 4)?;
                for (node, epoch, number) in [(1, 4, 1), (1, 4, 2), (1, 3, 3), (2, 4, 4)] {
                    tx.tell_lease_charge(&charge(node, epoch, number))?;
                }
                let some = tx.has_lease_charges(1, 4)?;
                let first = tx.take_lease_charges(1, 4, 1)?;
                let rest = tx.take_lease_charges(1, 4, 9)?;
                let again = tx.take_lease_charges(1, 4, 9)?;
                let forgotten = [tx.forget_lease_charges(1, 3)?, tx.forget_lease_charges(1, 9)?];
                Ok((none, some, first, rest, again, forgotten, tx.has_lease_charges(2, 4)?))
            })
            .unwrap();
        assert_eq!(told, (false, true, vec![charge(1, 4, 1)], vec![charge(1, 4, 2)], vec![], [1, 0], true));
    });
}

#[test]
fn nodes_ask_each_other_for_leases() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                for node in [1, 1, 2] {
                    tx.want_lease(ORDER, node)?;
                }
                let asked =
                    [tx.wanted_leases(1, None, 9)?, tx.wanted_leases(3, None, 9)?, tx.wanted_leases(3, None, 0)?];
                tx.stop_wanting_lease(ORDER, 1)?;
                let answered = tx.wanted_leases(2, None, 9)?;
                tx.forget_wants_of_node(2)?;
                tx.want_lease(ORDER, 1)?;
                let before = tx.wanted_leases(2, None, 9)?;
                tx.forget_lease_wants(ORDER)?;
                Ok((asked, answered, before, tx.wanted_leases(2, None, 9)?))
            })
            .unwrap();
        let asked = [vec![ORDER], vec![ORDER], vec![]];
        assert_eq!(told, (asked, vec![], vec![ORDER], vec![]));
    });
}

#[test]
fn wants_are_read_page_by_page() {
    on_both(|store| {
        let order = PromotionOrderId::new;
        let pages = store
            .write_now::<_, StoreError>(move |tx| {
                for (number, node) in [(1, 2), (2, 2), (2, 3), (3, 1), (4, 2), (5, 3)] {
                    tx.want_lease(order(number), node)?;
                }
                let first = tx.wanted_leases(1, None, 2)?;
                let second = tx.wanted_leases(1, first.last().copied(), 2)?;
                let third = tx.wanted_leases(1, second.last().copied(), 2)?;
                Ok([first, second, third])
            })
            .unwrap();
        assert_eq!(pages, [vec![order(1), order(2)], vec![order(4), order(5)], vec![]]);
    });
}
