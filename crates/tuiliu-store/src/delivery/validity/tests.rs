use super::*;
use crate::ChargedResult;
use crate::delivery::{DeliveryCharge, PersonRow};
use crate::testing::on_both;

const ORDER: PromotionOrderId = PromotionOrderId::new(7);
const TENANT: TenantId = TenantId::new(1);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn inspection(room: u128, due_at: i64) -> TrafficInspection {
    TrafficInspection { room: RoomId::new(room), due_at: at(due_at), ended_at: None }
}

#[test]
fn rooms_are_looked_at_when_they_are_due() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                tx.begin_traffic_inspection(inspection(1, 10))?;
                tx.begin_traffic_inspection(inspection(1, 5))?;
                tx.begin_traffic_inspection(inspection(2, 20))?;
                let early = tx.due_traffic_inspections(at(9), 9)?;
                tx.hasten_traffic_inspection(RoomId::new(2), at(8))?;
                tx.hasten_traffic_inspection(RoomId::new(1), at(11))?;
                let due = tx.due_traffic_inspections(at(10), 9)?;
                let ended = TrafficInspection { ended_at: Some(at(3)), ..inspection(2, 30) };
                tx.postpone_traffic_inspection(ended)?;
                tx.end_traffic_inspection(RoomId::new(1))?;
                Ok((early, due, tx.due_traffic_inspections(at(30), 9)? == [ended]))
            })
            .unwrap();
        assert_eq!(told, (vec![], vec![inspection(2, 8), inspection(1, 10)], true));
    });
}

#[test]
fn grids_of_a_category_are_found_newest_first() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let grid = |room: u128, category: &str, ms: i64| TrafficGrid {
                    room: RoomId::new(room),
                    tenant: TENANT,
                    category: category.to_owned(),
                    at: at(ms),
                    body: format!("{room}"),
                };
                for grid in [grid(1, "a", 1), grid(2, "a", 2), grid(3, "b", 3), grid(4, "a", 4), grid(1, "a", 5)] {
                    tx.put_traffic_grid(&grid)?;
                }
                let found = tx.traffic_grids(TENANT, "a", RoomId::new(4), 9)?;
                assert_eq!(found, [grid(1, "a", 5), grid(2, "a", 2)]);
                assert_eq!(tx.forget_traffic_grids(at(4))?, 2);
                assert_eq!(tx.traffic_grids(TENANT, "a", RoomId::new(9), 1)?, [grid(1, "a", 5)]);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn a_charge_is_taken_back_once() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let charge = |number, decision| DeliveryCharge {
                    number,
                    at: at(1),
                    kind: "watch",
                    price: Micros::new(10),
                    absorbed: Micros::ZERO,
                    spent_after: Micros::new(10 * number),
                    decision: DecisionId::new(decision),
                    viewer: None,
                };
                tx.charge(ORDER, &charge(1, 5))?;
                tx.charge(ORDER, &charge(2, 6))?;
                let found = tx.charges_of_decision(ORDER, DecisionId::new(6))?;
                assert_eq!(found, [DecisionCharge { number: 2, price: Micros::new(10) }]);
                let credit = TrafficCredit {
                    number: 2,
                    reason: "impossible_rate".to_owned(),
                    rules: 1,
                    price: Micros::new(10),
                    at: at(3),
                };
                assert_eq!([tx.credit_charge(ORDER, &credit)?, tx.credit_charge(ORDER, &credit)?], [true, false]);
                assert_eq!(tx.traffic_credited(ORDER)?, (Micros::new(10), 1));
                assert_eq!(tx.traffic_credits(ORDER, 0, 9)?, [credit]);
                assert!(tx.traffic_credits(ORDER, 2, 9)?.is_empty());
                let back = OrderCredit {
                    number: 1,
                    hold: HoldId::new(4),
                    lot: LotId::new(5),
                    amount: Amount::new(6),
                    at: at(7),
                };
                tx.add_order_credit(ORDER, back)?;
                assert_eq!(tx.order_credits(ORDER)?, [back]);
                // What was taken back by its viewer is told with each result that still counts.
                for (number, viewer) in [(3, 71), (4, 72)] {
                    tx.charge(ORDER, &DeliveryCharge { viewer: Some(viewer), ..charge(number, 9) })?;
                }
                let kinds = "charged result_undone".to_owned();
                tx.put_persons(&[PersonRow { subject: ORDER.value(), viewer: 71, kinds }])?;
                let result = |number, viewer, is_undone| {
                    let (at, price) = (at(1), Micros::new(10));
                    ChargedResult { number, at, price, viewer, is_undone }
                };
                let expected = [result(1, None, false), result(3, Some(71), true), result(4, Some(72), false)];
                assert_eq!(tx.charged_results(ORDER, 0, 9)?, expected);
                assert_eq!(tx.charged_results(ORDER, 1, 1)?, expected[1..2]);
                Ok(())
            })
            .unwrap();
    });
}
