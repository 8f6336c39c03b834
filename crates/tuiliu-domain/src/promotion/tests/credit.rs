use proptest::prelude::*;

use crate::coupon::SourceKind::{self, GrowthCard, PaidBeans, TrafficCoupon};
use crate::id::HoldId;
use crate::money::{Amount, Micros};
use crate::promotion::{UsedSource, credit_parts};

fn source(place: u128, kind: SourceKind, captured: i64, credited: i64, worth: i64) -> UsedSource {
    UsedSource {
        hold: HoldId::new(place),
        kind,
        captured: Amount::new(captured),
        credited: Amount::new(credited),
        unit_worth: Micros::new(worth),
    }
}

fn check(due: i64, sources: &[UsedSource], expected: &[(u128, i64)]) {
    let parts = credit_parts(Micros::new(due), sources);
    let found: Vec<_> = parts.iter().map(|part| (part.hold.value(), part.amount.units())).collect();
    assert_eq!(found, expected);
}

#[test]
fn wl_05_credits_retrace_the_payment_in_reverse_order_of_use() {
    let used = [source(1, TrafficCoupon, 10, 0, 1_000), source(2, PaidBeans, 500, 0, 10)];
    check(0, &used, &[]);
    check(4_000, &used, &[(2, 400)]);
    check(7_000, &used, &[(2, 500), (1, 2)]);
    // A started unit comes back whole, and never more than was given.
    check(5_001, &used, &[(2, 500), (1, 1)]);
    check(1_000_000, &used, &[(2, 500), (1, 10)]);
    // What came back before counts.
    check(4_000, &[used[0], source(2, PaidBeans, 500, 400, 10)], &[]);
    check(4_005, &[used[0], source(2, PaidBeans, 500, 400, 10)], &[(2, 1)]);
}

#[test]
fn tp_28_nothing_of_a_growth_card_comes_back() {
    check(9_000, &[source(1, GrowthCard, 10, 0, 1_000), source(2, PaidBeans, 100, 0, 10)], &[(2, 100)]);
}

proptest! {
    #[test]
    fn wl_05_credits_in_many_steps_come_to_those_in_one(
        captured in prop::collection::vec((0_i64..1_000, 1_i64..50), 1..5),
        dues in prop::collection::vec(0_i64..20_000, 1..6),
    ) {
        let mut sources: Vec<UsedSource> =
            (0..).zip(&captured).map(|(place, (units, worth))| source(place, PaidBeans, *units, 0, *worth)).collect();
        let mut all = 0;
        for due in dues {
            all += due;
            for part in credit_parts(Micros::new(all), &sources) {
                let source = sources.iter_mut().find(|source| source.hold == part.hold).unwrap();
                source.credited = Amount::new(source.credited.units() + part.amount.units());
                prop_assert!(source.credited <= source.captured);
            }
        }
        let worth = |units: fn(&UsedSource) -> i64| -> i64 {
            sources.iter().map(|source| units(source) * source.unit_worth.get()).sum()
        };
        let (back, given) = (worth(|source| source.credited.units()), worth(|source| source.captured.units()));
        // Less than one unit too much, and too little only where no more was given.
        prop_assert!(back >= all.min(given) && back < all + 50);
    }
}
