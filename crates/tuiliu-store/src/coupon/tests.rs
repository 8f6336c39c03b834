use tuiliu_domain::promotion::OrderForm;
use tuiliu_domain::time::DAY_MS;

use super::*;
use crate::store::Store;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const THEIRS: TenantId = TenantId::new(2);
const MAY: PartyId = PartyId::new(11);
const JUNE: PartyId = PartyId::new(12);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn coupon(lot: u128, owner: PartyId, valid_to: Timestamp) -> Coupon {
    let terms = CouponTerms {
        kind: CouponKind::TrafficCoupon,
        points: Amount::new(500),
        conditions: CouponConditions {
            product: ProductConstraint::Only(OrderForm::Commerce),
            goal: Some(Goal::ProductClicks),
            placement: PlacementName::parse("feed_home"),
        },
        valid_from: at(5),
        valid_to,
    };
    Coupon { lot: LotId::new(lot), tenant: OURS, owner, terms, parent: None }
}

fn run<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    store.write_now(work)
}

#[test]
fn coupons_are_kept_found_and_closed() {
    on_both(|store| {
        let card = Coupon {
            terms: CouponTerms {
                kind: CouponKind::GrowthCard,
                conditions: CouponConditions::NONE,
                ..coupon(3, MAY, at(DAY_MS)).terms
            },
            parent: Some(LotId::new(1)),
            ..coupon(3, MAY, at(DAY_MS))
        };
        let all = [coupon(1, MAY, at(100)), coupon(2, JUNE, at(50)), card.clone()];
        run(&store, move |tx| all.iter().try_for_each(|coupon| tx.add_coupon(coupon, at(7)))).unwrap();
        let twice = run(&store, move |tx| tx.add_coupon(&coupon(1, JUNE, at(9)), at(7)));
        assert!(matches!(twice, Err(StoreError::Duplicate)), "{twice:?}");
        run(&store, move |tx| {
            let read = |coupon: &Coupon| CouponRow { coupon: coupon.clone(), created_at: at(7), closed: false };
            assert_eq!(tx.coupon(OURS, card.lot)?, Some(read(&card)));
            assert_eq!(tx.coupon_of_lot(card.lot)?, Some(read(&card)));
            assert_eq!(tx.coupon_of_lot(LotId::new(1))?, Some(read(&coupon(1, MAY, at(100)))), "with its conditions");
            assert_eq!(tx.coupon(THEIRS, card.lot)?, None, "another tenant's is not there");
            let page = |owner, after, limit| CouponPage { tenant: OURS, owner, after, limit };
            let lots = |rows: Vec<CouponRow>| rows.iter().map(|row| row.coupon.lot.value()).collect::<Vec<_>>();
            assert_eq!(lots(tx.coupons_after(page(None, None, 9))?), [1, 2, 3]);
            assert_eq!(lots(tx.coupons_after(page(None, Some(LotId::new(1)), 1))?), [2]);
            assert_eq!(lots(tx.coupons_after(page(Some(MAY), None, 9))?), [1, 3]);
            assert_eq!(lots(tx.coupons_after(page(Some(MAY), Some(LotId::new(1)), 9))?), [3]);
            assert!(tx.coupons_after(CouponPage { tenant: THEIRS, ..page(None, None, 9) })?.is_empty());
            assert_eq!(lots(tx.ended_coupons(at(49), 9)?), [0_u128; 0]);
            assert_eq!(lots(tx.ended_coupons(at(100), 9)?), [2, 1], "longest over first");
            assert_eq!(lots(tx.ended_coupons(at(100), 1)?), [2]);
            assert_eq!(lots(tx.expiring_coupons(at(100), 9)?), [2, 1]);
            tx.note_expiring_coupon(LotId::new(1))?;
            assert_eq!(lots(tx.expiring_coupons(at(100), 9)?), [2], "each is told of once");
            tx.close_coupon(LotId::new(2))?;
            assert_eq!(lots(tx.expiring_coupons(at(100), 9)?), [0_u128; 0], "what is over is not told of");
            assert_eq!(lots(tx.ended_coupons(at(100), 9)?), [1]);
            Ok(())
        })
        .unwrap();
        let again = run(&store, |tx| tx.close_coupon(LotId::new(2)));
        assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    });
}

#[test]
fn every_line_of_use_is_numbered_and_kept() {
    on_both(|store| {
        run(&store, |tx| {
            let line = |lot: u128, kind: CouponUse, points: i64| CouponEntry {
                lot: LotId::new(lot),
                number: 0,
                kind,
                points: Amount::new(points),
                order: Some(PromotionOrderId::new(77)),
                other: Some(LotId::new(9)),
                at: at(8),
            };
            for (points, kind) in (1..).zip(CouponUse::ALL) {
                tx.add_coupon_entry(&line(1, *kind, points))?;
            }
            tx.add_coupon_entry(&CouponEntry { order: None, other: None, ..line(2, CouponUse::Granted, 5) })?;
            let all = tx.coupon_entries(LotId::new(1), 0, 100)?;
            let numbers: Vec<u64> = all.iter().map(|entry| entry.number).collect();
            assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
            assert_eq!(all.iter().map(|entry| entry.kind).collect::<Vec<_>>(), CouponUse::ALL);
            assert_eq!(all[4], CouponEntry { number: 5, ..line(1, CouponUse::Released, 5) });
            assert_eq!(tx.coupon_entries(LotId::new(1), 9, 100)?, all[9..]);
            assert_eq!(tx.coupon_entries(LotId::new(1), 0, 2)?, all[..2]);
            let other = tx.coupon_entries(LotId::new(2), 0, 100)?;
            assert_eq!((other.len(), other[0].number, other[0].order, other[0].other), (1, 1, None, None));
            Ok(())
        })
        .unwrap();
    });
}
