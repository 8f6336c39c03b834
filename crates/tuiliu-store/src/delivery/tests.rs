use super::*;
use crate::testing::on_both;

const ORDER: PromotionOrderId = PromotionOrderId::new(7);
const VIEWER: u128 = 42;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn exposure(decision: u128) -> Exposure {
    Exposure { decision: DecisionId::new(decision), order: ORDER, viewer: VIEWER, at: at(1) }
}

#[test]
fn what_became_of_impressions_is_written_over_and_read_together() {
    on_both(|store| {
        let row = |decision, shown, watched_ms| ExposureRow { exposure: exposure(decision), shown, watched_ms };
        let told = store
            .write_now::<_, StoreError>(move |tx| {
                tx.put_exposures(&[row(1, false, 3_000), row(2, true, 0)])?;
                tx.put_exposures(&[row(1, true, 9_000)])?;
                let mut found = tx.exposures(&[1, 2, 3].map(DecisionId::new))?;
                found.sort_by_key(|row| row.exposure.decision);
                Ok((found, tx.exposures(&[])?))
            })
            .unwrap();
        assert_eq!(told, (vec![row(1, true, 9_000), row(2, true, 0)], Vec::new()));
    });
}

#[test]
fn what_people_did_once_is_written_over_and_read_together() {
    on_both(|store| {
        let row = |viewer, kinds: &str| PersonRow { subject: ORDER.value(), viewer, kinds: kinds.to_owned() };
        let told = store
            .write_now::<_, StoreError>(move |tx| {
                tx.put_persons(&[row(VIEWER, "charged"), row(1, "reach")])?;
                tx.put_persons(&[row(VIEWER, "charged reach")])?;
                let mut found = tx.persons(&[(ORDER.value(), 1), (ORDER.value(), VIEWER), (9, VIEWER)])?;
                found.sort_by_key(|row| row.viewer);
                Ok(found)
            })
            .unwrap();
        assert_eq!(told, [row(1, "reach"), row(VIEWER, "charged reach")]);
    });
}

fn pending(viewer: u128, due_at: i64) -> PendingResult {
    PendingResult {
        order: ORDER,
        viewer,
        decision: DecisionId::new(viewer),
        price: Micros::new(5),
        node: 1,
        epoch: 2,
        at: at(0),
        due_at: at(due_at),
    }
}

#[test]
fn a_result_waits_until_it_is_due_unless_it_is_undone() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let awaited = [
                    tx.await_result(&pending(1, 100))?,
                    tx.await_result(&pending(1, 200))?,
                    tx.await_result(&pending(2, 100))?,
                    tx.await_result(&pending(3, 500))?,
                ];
                let undone = [tx.undo_result(ORDER, 2, at(50))?, tx.undo_result(ORDER, 1, at(100))?];
                let waiting = tx.pending_results(ORDER)?;
                let due = tx.take_due_results(at(100), 10)?;
                Ok((awaited, undone, waiting, due, tx.pending_results(ORDER)?))
            })
            .unwrap();
        assert_eq!(told, ([true, false, true, true], [true, false], 2, vec![pending(1, 100)], 1));
    });
}

fn charge(number: i64, price: i64, spent_after: i64) -> DeliveryCharge {
    DeliveryCharge {
        number,
        at: at(number),
        kind: "watch",
        price: Micros::new(price),
        absorbed: Micros::ZERO,
        spent_after: Micros::new(spent_after),
        decision: DecisionId::new(9),
        viewer: None,
    }
}

#[test]
fn the_itemised_ledger_is_numbered_paged_and_summed() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let before = (tx.last_charge(ORDER)?, tx.last_charge_at(ORDER)?);
                tx.charge(ORDER, &charge(1, 10, 10))?;
                tx.charge(ORDER, &charge(2, 5, 15))?;
                let rows = tx.charges(ORDER, 1, 10, &["watch"])?;
                Ok((before, rows, tx.last_charge(ORDER)?, tx.last_charge_at(ORDER)?, tx.charge_sums()?))
            })
            .unwrap();
        let sum = ChargeSum {
            order: ORDER,
            rows: 2,
            price: Micros::new(15),
            number_last: 2,
            spent_after_last: Micros::new(15),
        };
        assert_eq!(told, ((0, None), vec![charge(2, 5, 15)], 2, Some(at(2)), vec![sum]));
        let unknown = store.read_now::<_, StoreError>(|tx| tx.charges(ORDER, 0, 10, &["comment"]));
        assert!(matches!(unknown, Err(StoreError::Inconsistent { .. })), "{unknown:?}");
        let twice = store.write_now::<_, StoreError>(|tx| tx.charge(ORDER, &charge(2, 5, 20)));
        assert!(matches!(twice, Err(StoreError::Duplicate)), "{twice:?}");
    });
}

fn views(minute: Timestamp, value: i64) -> MinuteSum {
    MinuteSum { minute, metric: "views".to_owned(), value }
}

#[test]
fn metrics_add_up_by_minute_and_in_total() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                for (minute, value, now) in [(0, 2, 70_001), (60_000, 3, 70_002), (60_000, 1, 70_003)] {
                    tx.add_minute(ORDER, &views(at(minute), value))?;
                    tx.add_total(ORDER, "views", value, at(now))?;
                }
                Ok((tx.metric_totals(ORDER)?, tx.metric_minutes(ORDER, at(60_000), at(120_000))?))
            })
            .unwrap();
        let minute = MinuteSum { minute: at(60_000), metric: "views".to_owned(), value: 4 };
        assert_eq!((told.0.get("views"), told.0.get("likes"), told.0.changed_at), (6, 0, Some(at(70_003))));
        assert_eq!(told.1, [minute]);
    });
}
