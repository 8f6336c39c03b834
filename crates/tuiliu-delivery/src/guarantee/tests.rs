mod auction;
mod planning;

use proptest::prelude::*;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::HOUR_MS;

use super::*;
use crate::auction::{Entry, Outcome};
use crate::bidding::{Rank, WHOLE_SHARE};
use crate::eligibility::LossReason;
use crate::pacing::TrafficShape;
use crate::predict::Rate;
use crate::random::Rng;
use crate::tests::{NOON, UNIT};

/// A contract of so many plays in these pools, from noon on, paid back in full where plays are missing.
fn contract(n: u128, target_plays: u64, hours: i64, pools: &[u32]) -> Contract {
    let paid = Micros::new(i64::try_from(target_plays).unwrap() * UNIT);
    Contract {
        order: PromotionOrderId::new(n),
        target_plays,
        starts_at: NOON,
        ends_at: NOON.plus_ms(hours * HOUR_MS),
        pools: pools.to_vec(),
        paid,
        fee: paid,
        goodwill_per_play: Micros::ZERO,
    }
}

fn fresh(contracts: &[Contract]) -> Vec<Standing<'_>> {
    contracts.iter().map(|contract| Standing { contract, progress: Progress::default() }).collect()
}

fn having(contract: &Contract, plays: u64) -> Standing<'_> {
    Standing { contract, progress: Progress { plays, ..Progress::default() } }
}

/// Pools of so many hours with the same number of slots in each.
fn even(hours: usize, slots: &[f64]) -> SupplyForecast {
    SupplyForecast::try_new(NOON, &slots.iter().map(|slots| vec![*slots; hours]).collect::<Vec<_>>()).unwrap()
}

/// Planned to its very end.
const PUNCTUAL: Terms = Terms { early_finish_ms: 0, newcomers: Newcomers::NONE };

#[test]
fn gb_06_missing_plays_are_paid_back_up_to_the_fee() {
    // 10 000 plays for 1 000 of price and 200 of fee: 0.12 a play, and never more than the fee.
    let contract =
        Contract { paid: Micros::new(1_200 * UNIT), fee: Micros::new(200 * UNIT), ..contract(1, 10_000, 336, &[0]) };
    let check = |plays, due: i64| assert_eq!(contract.compensation(plays), Micros::new(due), "{plays} plays");
    check(12_000, 0);
    check(10_000, 0);
    check(9_999, 120_000);
    check(9_000, 120 * UNIT);
    check(8_334, 199_920_000);
    check(8_333, 200 * UNIT);
    check(0, 200 * UNIT);
    let thirds = Contract { target_plays: 3, paid: Micros::new(10), fee: Micros::new(10), ..contract.clone() };
    assert_eq!(thirds.compensation(2), Micros::new(4), "rounded up, once");
    let empty = Contract { target_plays: 0, ..contract };
    assert_eq!(empty.compensation(0), Micros::ZERO);
}

#[test]
fn gb_09_the_stake_is_the_compensation_that_each_missing_play_averts() {
    let contract =
        Contract { paid: Micros::new(1_200 * UNIT), fee: Micros::new(200 * UNIT), ..contract(1, 10_000, 336, &[0]) };
    let check = |progress, stake| assert_eq!(Standing { contract: &contract, progress }.stake_per_play().get(), stake);
    let plays = |plays| Progress { plays, ..Progress::default() };
    // 200 of fee over all 10 000 plays; over half of them twice as much; within the cap the price of a play.
    check(plays(0), 20_000);
    check(plays(5_000), 40_000);
    check(plays(8_400), 120_000);
    check(plays(9_999), 120_000);
    check(plays(10_000), 0);
    check(plays(20_000), 0);
    check(Progress { plays: 5_000, pending: 400, natural: 3_000 }, 120_000);
    check(Progress { plays: 9_000, pending: 600, natural: 400 }, 0);
}

#[test]
fn gb_09_goodwill_keeps_promises_that_are_cheaper_to_break() {
    let contract = Contract {
        goodwill_per_play: Micros::new(70_000),
        fee: Micros::new(10 * UNIT),
        ..contract(1, 1_000, 336, &[0])
    };
    assert_eq!(having(&contract, 0).stake_per_play(), Micros::new(80_000));
    assert_eq!(having(&contract, 1_000).stake_per_play(), Micros::ZERO);
}

#[test]
fn dl_07_turns_are_taken_with_the_shares_of_the_plan() {
    let entrant = |turn, place, share| Entrant { turn, place, participation_millionths: share };
    let mut rng = Rng::seeded(3);
    let mut taken = [0_u32; 4];
    for _ in 0..20_000 {
        // Listed out of order; the last wants more than there is left.
        let mut entrants =
            vec![entrant(9, 3, 500_000), entrant(2, 1, 300_000), entrant(1, 0, 400_000), entrant(5, 2, 100_000)];
        take_turns(&mut entrants, 1, &mut rng);
        assert_eq!(entrants.len(), 1, "the shares add up to more than one");
        taken[entrants[0].place] += 1;
    }
    for (place, share) in [8_000_u32, 6_000, 2_000, 4_000].into_iter().enumerate() {
        assert!(taken[place].abs_diff(share) < 300, "{taken:?}");
    }
}

#[test]
fn dl_07_nobody_draws_where_no_contract_fits() {
    let (mut drawn, mut still) = (Rng::seeded(8), Rng::seeded(8));
    take_turns(&mut Vec::new(), 3, &mut drawn);
    assert_eq!(drawn.next_u64(), still.next_u64());
}

#[test]
fn dl_07_several_slots_let_several_contracts_take_part() {
    let mut rng = Rng::seeded(4);
    let mut counts = [0_u32; 4];
    for _ in 0..5_000 {
        let mut entrants: Vec<Entrant> =
            (0..3).map(|place| Entrant { turn: 0, place, participation_millionths: 200_000 }).collect();
        take_turns(&mut entrants, 3, &mut rng);
        counts[entrants.len()] += 1;
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

/// Auctions that cost 1, 2, … 1 000.
fn known() -> DisplacedValues {
    let mut values = DisplacedValues::default();
    (1..=1_000).for_each(|price| values.add(Micros::new(price)));
    values
}

fn offered(plays: u64, share: f64, crowding: f64, values: &DisplacedValues) -> Offer {
    let contract = contract(1, 1_000, 336, &[0]);
    offer(&having(&contract, plays), &Serving { turn: 0, share, crowding, shortfall: 0.0 }, values)
}

#[test]
fn dl_07_bids_what_the_cheapest_slots_cost_and_no_more() {
    let values = known();
    // A fifth of all slots is needed together: the cheapest fifth, with a little caution, and half of it is its own.
    let ahead = offered(0, 0.1, 0.2, &values);
    assert!((205..=215).contains(&ahead.price.get()), "{ahead:?}");
    assert!((470_000..=480_000).contains(&ahead.participation_millionths), "{ahead:?}");
    let behind = offered(0, 0.4, 0.8, &values);
    assert!((835..=845).contains(&behind.price.get()), "{behind:?}");
    // Who needs nearly all slots, or knows no prices, bids what is at stake.
    assert_eq!(offered(0, 0.5, 0.99, &values), Offer { price: Micros::new(UNIT), participation_millionths: 500_000 });
    assert_eq!(offered(0, 0.1, 0.2, &DisplacedValues::default()).price, Micros::new(UNIT));
    assert_eq!(offered(1_000, 0.1, 0.2, &values).price, Micros::ZERO, "nothing is missing");
}

#[test]
fn gb_09_never_bids_more_than_is_at_stake() {
    let mut dear = DisplacedValues::default();
    (0..100).for_each(|_| dear.add(Micros::new(5 * UNIT)));
    assert_eq!(offered(0, 0.1, 0.5, &dear).price, Micros::new(UNIT));
}

#[test]
fn a_sampled_auction_counts_for_as_many_as_it_stands_for() {
    let mut values = DisplacedValues::default();
    let entry = |price, weight| Entry {
        slot: 0,
        order: PromotionOrderId::new(1),
        bid: Micros::ZERO,
        rate: Rate::from_number(1.0),
        rank: Rank::ZERO,
        price_to_win: Micros::new(price),
        outcome: Outcome::Lost(LossReason::LostAuction),
        weight,
    };
    values.add_entry(&entry(9, 1_000));
    assert_eq!((values.len(), values.price_for_share(0.5)), (1, None), "one sample is little, whatever it stands for");
    for _ in 0..60 {
        values.add_entry(&entry(1, 1));
        values.add_entry(&entry(5, 9));
    }
    // 60 at 1, 540 at 5 and 1 000 at 9.
    let of = |share| values.price_for_share(share).map(Micros::get);
    assert_eq!([of(0.0), of(0.03), of(0.05), of(0.37), of(0.38), of(1.0)], [1, 1, 5, 5, 9, 9].map(Some));
}

#[test]
fn pools_are_the_sets_of_contracts_that_slots_fit() {
    let sample = vec![vec![2, 1], vec![], vec![1], vec![1, 2], vec![3], vec![1, 2, 2]];
    let pools: Vec<(Vec<u32>, u64)> = pools_of(sample).into_iter().map(|pool| (pool.fits, pool.seen)).collect();
    assert_eq!(pools, [(vec![1, 2], 3), (vec![1], 1), (vec![3], 1)]);
}

#[test]
fn a_forecast_follows_the_hours_of_the_week_in_china() {
    let mut weights = [0; 168];
    (weights[0], weights[167]) = (3, 1);
    let shape = TrafficShape::weekly(weights);
    // Monday, 2 June 2025, midnight in China.
    let monday = tuiliu_domain::time::Timestamp::from_ms(1_748_793_600_000);
    let forecast = SupplyForecast::along(monday.plus_ms(-HOUR_MS), 3, &[(400.0, &shape)]).unwrap();
    assert_eq!((0..3).map(|hour| forecast.slots(0, hour)).collect::<Vec<_>>(), [100.0, 300.0, 0.0]);
    let even = SupplyForecast::along(monday, 1, &[(168.0, &TrafficShape::default())]).unwrap();
    assert!((even.slots(0, 0) - 1.0).abs() < 1e-12);
}

#[test]
fn refuses_forecasts_that_cannot_be_meant() {
    let check = |pools: &[Vec<f64>], text: &str| {
        assert_eq!(SupplyForecast::try_new(NOON, pools).unwrap_err().to_string(), text);
    };
    check(&[vec![1.0, 2.0], vec![1.0]], "forecast `1` hours of pool `1` where others have `2`");
    check(&[vec![1.0, -2.0]], "forecast `-2` slots in hour `1` of pool `0`");
    check(&[vec![f64::NAN]], "forecast `NaN` slots in hour `0` of pool `0`");
    check(&[vec![0.0; 1_489]], "forecast 1489 hours of at most 1488");
    check(&vec![Vec::new(); 4_097], "forecast 4097 pools of at most 4096");
}

#[test]
fn a_forecast_learns_what_is_missing_and_counts_on_nothing_more() {
    let mut forecast = even(336, &[100.0, 100.0]);
    for hour in 0..72 {
        forecast.learn(0, hour, 80);
        forecast.learn(1, hour, 130);
    }
    assert!((0.80..0.86).contains(&forecast.level(0)), "{}", forecast.level(0));
    assert!((forecast.level(1) - 1.0).abs() < 1e-12);
}

proptest! {
    /// Whatever the plan says, a bid is within the stake and a share within one.
    #[test]
    fn gb_09_no_plan_makes_an_offer_wild(
        plays in 0_u64..2_000, share in 0.0_f64..=1.0, crowding in 0.0_f64..=1.0,
        prices in prop::collection::vec(0_i64..=i64::MAX / 4, 0..200),
    ) {
        let mut values = DisplacedValues::default();
        prices.into_iter().for_each(|price| values.add(Micros::new(price)));
        let contract = contract(1, 1_000, 336, &[0]);
        let standing = having(&contract, plays);
        let pace = offer(&standing, &Serving { turn: 0, share, crowding, shortfall: 0.0 }, &values);
        prop_assert!(pace.price <= standing.stake_per_play() && pace.price.get() >= 0);
        prop_assert!(pace.participation_millionths <= WHOLE_SHARE);
    }
}
