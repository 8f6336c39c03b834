use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn dl_05_the_price_for_a_rank_is_the_smallest_that_reaches_it(
        bid in 1_i64..=i64::MAX / 4, rate in 1_u64..=1_000_000_000, quality in 1_000_u32..10_000_000,
        other_rate in 1_u64..=1_000_000_000,
    ) {
        let weight = Weight::new(Rate::from_billionths(rate), Quality::from_millionths(quality));
        prop_assert_eq!(weight.price_for(weight.rank(Micros::new(bid))), Micros::new(bid));
        let rank = Weight::new(Rate::from_billionths(other_rate), Quality::NEUTRAL).rank(Micros::new(bid));
        let price = weight.price_for(rank);
        if price.get() < i64::MAX {
            prop_assert!(weight.rank(price) >= rank);
            prop_assert!(weight.rank(Micros::new(price.get() - 1)) < rank);
        }
    }
}

#[test]
fn no_rank_needs_no_price_and_an_unreachable_one_the_largest() {
    let slight = Weight::new(Rate::from_billionths(1), Quality::from_millionths(1_000));
    assert_eq!(slight.price_for(Rank::ZERO), Micros::ZERO);
    let heavy = Weight::new(Rate::from_billionths(1_000_000_000), Quality::BEST);
    assert_eq!(slight.price_for(heavy.rank(Micros::new(i64::MAX))), Micros::new(i64::MAX));
}

#[test]
fn a_rank_is_a_price_per_impression() {
    let weight = Weight::new(Rate::from_number(0.02), Quality::NEUTRAL);
    assert_eq!(weight.rank(Micros::new(1_000)).price(), Micros::new(20));
    assert_eq!(Rank::of_price(Micros::new(-5)), Rank::ZERO);
}

#[test]
fn dl_04_no_bid_exceeds_its_limit_or_its_lease() {
    let effective = |bid: Bid, paced, lease| bid.effective(Micros::new(paced), Micros::new(lease)).get();
    let cap = |cost_max| Bid::CostCap { cost_max: Micros::new(cost_max) };
    assert_eq!(effective(Bid::Manual { price_max: Micros::new(300) }, 500, 1_000), 300);
    assert_eq!(effective(cap(300), 500, 1_000), 500, "one bid may lie above what results cost on average");
    assert_eq!(effective(cap(300), 500, 400), 400);
    assert_eq!(effective(cap(300), 50_000, 100_000), 30_000);
    assert_eq!(effective(cap(-1), 500, 1_000), 0);
    assert_eq!(effective(cap(i64::MAX), i64::MAX, i64::MAX), i64::MAX);
}
