use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::promotion::Product;
use tuiliu_domain::time::{DAY_MS, Timestamp};

use super::*;
use crate::delivery::MinuteSum;
use crate::error::StoreError;
use crate::testing::on_both;

const ROOM: RoomId = RoomId::new(5);
const ORDER: PromotionOrderId = PromotionOrderId::new(7);
const TENANT: TenantId = TenantId::new(1);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn sum(ms: i64, metric: &str, value: i64) -> MinuteSum {
    MinuteSum { minute: at(ms), metric: metric.to_owned(), value }
}

#[test]
fn sums_add_up_by_step_and_by_class() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(move |tx| {
                for value in [1, 2] {
                    tx.add_minute(ROOM, &sum(60_000, "views", value))?;
                    tx.add_quarter(ROOM, &sum(0, "views", value))?;
                    tx.add_total(ROOM, "views", value, at(value))?;
                    let class = BreakdownSum {
                        dimension: "gender".to_owned(),
                        class: "female".to_owned(),
                        metric: "views".to_owned(),
                        value,
                    };
                    tx.add_breakdown(ROOM, &class)?;
                }
                tx.add_quarter(ROOM, &sum(900_000, "likes", 9))?;
                assert_eq!(tx.metric_minutes(ROOM, at(0), at(DAY_MS))?, [sum(60_000, "views", 3)]);
                assert_eq!(tx.metric_quarters(ROOM, at(0), at(900_000))?, [sum(0, "views", 3)]);
                assert_eq!(tx.metric_quarters(ROOM, at(1), at(DAY_MS))?, [sum(900_000, "likes", 9)]);
                assert_eq!(tx.metric_totals(ROOM)?.sums, [("views".to_owned(), 3)]);
                let classes = tx.breakdown(ROOM)?;
                assert_eq!((classes.len(), classes[0].value, classes[0].class.as_str()), (1, 3, "female"));
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn sums_over_orders_and_rooms_are_those_of_their_owner() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(move |tx| {
                let all = OrdersOf {
                    tenant: TENANT,
                    payer: None,
                    product: Product::TrafficPack,
                    from: at(0),
                    to: at(DAY_MS),
                };
                let own = OrdersOf { payer: Some(PartyId::new(3)), ..all };
                for orders in [all, own] {
                    assert_eq!(tx.order_totals(orders)?, (0, vec![]));
                    assert_eq!(tx.order_quarters(orders)?, []);
                }
                assert_eq!(tx.creator_quarters(TENANT, PartyId::new(3), (at(0), at(DAY_MS)))?, []);
                tx.put_viewer_sketch(ROOM, "viewers", 3, b"one")?;
                tx.put_viewer_sketch(ROOM, "viewers", 3, b"two")?;
                assert_eq!(tx.viewer_sketch(ROOM, "viewers", 3)?.as_deref(), Some(&b"two"[..]));
                assert_eq!(tx.viewer_sketch(ROOM, "viewers", 4)?, None);
                assert!(tx.creator_sketches(TENANT, PartyId::new(3), "viewers", (0, 9))?.is_empty(), "no such room");
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn stays_are_written_over_and_removed() {
    on_both(|store| {
        let stay = |viewer: u128, joined: i64, left: i64, is_promoted: bool| StayRow {
            viewer,
            joined_at: at(joined),
            left_at: at(left),
            is_promoted,
        };
        store
            .write_now::<_, StoreError>(move |tx| {
                tx.put_stays(&[(ROOM, stay(1, 5, 9, false)), (ROOM, stay(2, 1, 2, false))])?;
                tx.put_stays(&[(ROOM, stay(1, 5, 12, true)), (ROOM, stay(1, 20, 21, false))])?;
                let mut found = tx.stays_of(&[(ROOM, 1), (RoomId::new(9), 1)])?;
                found.sort_by_key(|(_, stay)| stay.joined_at);
                assert_eq!(found, [(ROOM, stay(1, 5, 12, true)), (ROOM, stay(1, 20, 21, false))]);
                tx.remove_stay(ROOM, 1, at(20))?;
                assert_eq!(tx.room_stays(ROOM)?, [stay(1, 5, 12, true), stay(2, 1, 2, false)]);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn a_purchase_is_paid_once_and_settled_when_its_window_closed_without_a_refund() {
    on_both(|store| {
        let paid = |purchase: u128, order: Option<PromotionOrderId>, fen: i64| RoomPurchase {
            room: ROOM,
            purchase,
            order,
            paid_at: at(0),
            paid_fen: fen,
        };
        let refund =
            |purchase: u128, day: i64| PurchaseRefunded { room: ROOM, purchase, at: at(day * DAY_MS), value_fen: 1 };
        store
            .write_now::<_, StoreError>(move |tx| {
                assert!(tx.pay_purchase(&paid(1, Some(ORDER), 100))?);
                assert!(!tx.pay_purchase(&paid(1, Some(ORDER), 100))?, "told twice");
                tx.refund_purchase(&refund(2, 3))?;
                assert!(tx.pay_purchase(&paid(2, Some(ORDER), 10))?, "the refund was heard of first");
                assert!(tx.pay_purchase(&paid(3, None, 1_000))?);
                tx.refund_purchase(&refund(3, 9))?;
                tx.refund_purchase(&refund(3, 20))?;
                let day = |days: i64| at(days * DAY_MS);
                let mut settled =
                    |of: RoomPurchases, window: i64, now: i64| tx.settled_fen(of, window * DAY_MS, day(now));
                let (order, natural) =
                    (RoomPurchases::OfOrder(ORDER), RoomPurchases::OfRoom { room: ROOM, is_promoted: false });
                assert_eq!(settled(order, 7, 6)?, 0, "the window is open");
                assert_eq!(settled(order, 7, 7)?, 100);
                assert_eq!(settled(RoomPurchases::OfRoom { room: ROOM, is_promoted: true }, 7, 7)?, 100);
                assert_eq!((settled(natural, 7, 30)?, settled(natural, 14, 30)?), (1_000, 0));
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn what_a_broadcast_did_is_kept_by_batch() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(move |tx| {
                tx.add_room_acts(ROOM, 9, b"later")?;
                tx.add_room_acts(ROOM, 2, b"first")?;
                assert_eq!(tx.room_acts(ROOM)?, [b"first".to_vec(), b"later".to_vec()]);
                let product = |id: u128| ProductRow { id, tenant: TENANT, external_id: format!("sku{id}") };
                for id in [3, 1, 3, 2] {
                    tx.name_product(&product(id))?;
                }
                assert_eq!(tx.product(3)?, Some(product(3)));
                assert_eq!(tx.product(4)?, None);
                assert_eq!(tx.products(TENANT, Some(1), 1)?, [product(2)]);
                assert_eq!(tx.products(TENANT, None, 10)?.len(), 3);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn products_are_listed_by_the_place_that_they_are_in() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(move |tx| {
                let product = |id: u128| ProductRow { id, tenant: TENANT, external_id: format!("sku{id}") };
                for id in [1, 2, 3] {
                    tx.name_product(&product(id))?;
                }
                for (place, product, subject) in [(5, 1, 51), (5, 3, 53), (7, 1, 71), (5, 1, 51)] {
                    tx.place_product(PlaceProduct { place, product, subject })?;
                }
                assert_eq!(tx.products_of_place(5, None, 10)?, [(product(1), 51), (product(3), 53)]);
                assert_eq!(tx.products_of_place(5, Some(1), 10)?, [(product(3), 53)]);
                assert_eq!(tx.products_of_place(5, None, 1)?, [(product(1), 51)]);
                assert_eq!(tx.products_of_place(6, None, 10)?, []);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn a_recap_is_settled_once_and_stays_so() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(move |tx| {
                let other = RoomId::new(6);
                tx.plan_recap(ROOM, at(30))?;
                tx.plan_recap(ROOM, at(20))?;
                tx.plan_recap(other, at(10))?;
                assert_eq!(tx.due_recaps(at(9), 10)?, []);
                assert_eq!(tx.due_recaps(at(20), 10)?, [other, ROOM]);
                assert_eq!(tx.due_recaps(at(20), 1)?, [other]);
                tx.give_up_recap(other)?;
                assert_eq!(tx.settled_recap(ROOM)?, None);
                tx.settle_recap(ROOM, at(21), "{}")?;
                tx.plan_recap(ROOM, at(22))?;
                assert_eq!(tx.due_recaps(at(DAY_MS), 10)?, []);
                assert_eq!(tx.settled_recap(ROOM)?, Some((at(21), "{}".to_owned())));
                Ok(())
            })
            .unwrap();
        let again = store.write_now::<_, StoreError>(move |tx| tx.settle_recap(ROOM, at(23), "other"));
        assert!(again.is_err(), "what is settled never changes");
    });
}
