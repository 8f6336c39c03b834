use super::*;
use crate::approximate::approximate;

#[test]
fn gb_09_a_contract_is_served_in_the_share_of_its_slots_that_it_misses() {
    let contracts = [contract(1, 1_000, 100, &[0])];
    let forecast = even(100, &[20.0]);
    let share = |plays, at: i64, terms: &Terms| {
        replan(&[having(&contracts[0], plays)], &forecast, terms, NOON.plus_ms(at * HOUR_MS)).servings[0].share
    };
    let check = |got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-9, "{got} instead of {wanted}");
    check(share(0, 0, &PUNCTUAL), 0.5);
    check(share(500, 50, &PUNCTUAL), 0.5);
    check(share(250, 50, &PUNCTUAL), 0.75);
    check(share(750, 50, &PUNCTUAL), 0.25);
    check(share(1_000, 50, &PUNCTUAL), 0.0);
    // Twelve hours early; and who has not arrived by then hurries.
    check(share(0, 0, &Terms::default()), 1_000.0 / (88.0 * 20.0));
    check(share(995, 95, &Terms::default()), 0.25);
    check(share(0, 95, &Terms::default()), 1.0);
}

#[test]
fn dl_07_the_scarce_come_first_and_the_others_go_around_them() {
    // The first needs all of pool 0; the second fits both and finds room in pool 1, though it was booked before.
    let contracts = [contract(1, 800, 10, &[0, 1]), contract(2, 1_000, 10, &[0])];
    let plan = replan(&fresh(&contracts), &even(10, &[100.0, 100.0]), &PUNCTUAL, NOON);
    assert_eq!(plan.servings.iter().map(|serving| serving.turn).collect::<Vec<_>>(), [1, 0]);
    assert!((plan.servings[0].share - 0.8).abs() < 1e-9 && (plan.servings[1].share - 1.0).abs() < 1e-9);
    assert_eq!((plan.servings[0].shortfall, plan.servings[1].shortfall, plan.loss), (0.0, 0.0, Micros::ZERO));
}

#[test]
fn gb_09_a_shortfall_falls_on_the_cheapest_promise() {
    let supply = even(24, &[100.0]);
    let priced = |n, price: i64, plays: u64| {
        let paid = Micros::new(price * i64::try_from(plays).unwrap());
        Contract { paid, fee: paid, ..contract(n, plays, 24, &[0]) }
    };
    for cheapest in 0..3 {
        let price = |place: usize| if place == cheapest { UNIT } else { 3 * UNIT };
        let contracts: Vec<Contract> =
            (0..3).map(|place| priced(u128::try_from(place).unwrap(), price(place), 1_000)).collect();
        let plan = replan(&fresh(&contracts), &supply, &PUNCTUAL, NOON);
        for (place, serving) in plan.servings.iter().enumerate() {
            let missing = if place == cheapest { 600.0 } else { 0.0 };
            assert!((serving.shortfall - missing).abs() < 1e-6, "{cheapest}: {:?}", plan.servings);
        }
        assert_eq!(plan.loss, Micros::new(600 * UNIT));
    }
}

#[test]
fn gb_09_a_fee_that_is_lost_already_gives_way() {
    // Both cost the same per play; the second has lost its fee of a tenth whatever happens, unless it gets all.
    let supply = even(10, &[100.0]);
    let capped = |n| Contract { fee: Micros::new(100 * UNIT), ..contract(n, 1_000, 10, &[0]) };
    let contracts = [capped(1), capped(2)];
    let standings = [having(&contracts[0], 100), having(&contracts[1], 0)];
    let plan = replan(&standings, &supply, &PUNCTUAL, NOON);
    assert!(plan.servings[0].shortfall < 1e-6, "{:?}", plan.servings);
    assert!((plan.servings[1].shortfall - 900.0).abs() < 1e-6);
    assert_eq!(plan.loss, Micros::new(100 * UNIT), "one fee instead of two");
}

#[test]
fn gb_09_newcomers_bring_the_plan_forward_but_break_no_promise() {
    let contracts = [contract(1, 16_000, 336, &[0])];
    let supply = even(336, &[100.0]);
    let expecting = |share_millionths| {
        let newcomers = Newcomers { share_millionths, ..Newcomers::NONE };
        replan(&fresh(&contracts), &supply, &Terms { early_finish_ms: 0, newcomers }, NOON)
    };
    let (alone, crowded) = (expecting(0), expecting(1_000_000));
    assert!((alone.servings[0].share - 0.476).abs() < 0.001);
    assert!(crowded.servings[0].share > 0.9, "newcomers will want the later half: {:?}", crowded.servings);
    assert_eq!((alone.loss, crowded.loss), (Micros::ZERO, Micros::ZERO));
}

#[test]
fn gb_09_pools_and_hours_beyond_the_forecast_bring_nothing() {
    let contracts = [contract(1, 100, 400, &[0, 7])];
    let plan = replan(&fresh(&contracts), &even(10, &[5.0]), &PUNCTUAL, NOON);
    assert!((plan.servings[0].shortfall - 50.0).abs() < 1e-9 && (plan.servings[0].share - 1.0).abs() < 1e-9);
    let after = replan(&fresh(&contracts), &even(10, &[5.0]), &PUNCTUAL, NOON.plus_ms(500 * HOUR_MS));
    assert!((after.servings[0].shortfall - 100.0).abs() < 1e-9);
    assert!(replan(&[], &even(10, &[5.0]), &PUNCTUAL, NOON).servings.is_empty());
}

/// Contracts of whole hours of one day over some pools, and what is forecast.
fn drawn() -> impl Strategy<Value = (Vec<Contract>, SupplyForecast, Vec<Vec<f64>>)> {
    let pools = 1_usize..6;
    pools.prop_flat_map(|pools| {
        let supply = prop::collection::vec(prop::collection::vec(0.0_f64..50.0, 24), pools);
        let one =
            (0_i64..23, 1_i64..24, 1_u64..2_000, prop::collection::vec(any::<bool>(), pools), 1_i64..100, 1_i64..=100);
        (supply, prop::collection::vec(one, 1..12)).prop_map(|(slots, drawn)| {
            let contracts = (1..).zip(drawn).map(|(n, (from, hours, target, fits, price, fee))| {
                let fits: Vec<u32> = (0..).zip(fits).filter(|(_, fits)| *fits).map(|(pool, _)| pool).collect();
                let starts_at = NOON.plus_ms(from * HOUR_MS);
                let ends_at = starts_at.plus_ms(hours.min(24 - from) * HOUR_MS);
                let paid = i64::try_from(target).unwrap() * price * 1_000;
                let (paid, fee) = (Micros::new(paid), Micros::new(paid / 100 * fee));
                Contract { starts_at, ends_at, paid, fee, ..contract(n, target, 24, &fits) }
            });
            (contracts.collect(), SupplyForecast::try_new(NOON, &slots).unwrap(), slots)
        })
    })
}

/// Plays that each contract gets when the forecast comes true and turns are taken as planned.
fn follow(contracts: &[Contract], plan: &Plan, slots: &[Vec<f64>]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..contracts.len()).collect();
    order.sort_by_key(|place| plan.servings[*place].turn);
    let mut got = vec![0.0; contracts.len()];
    for (pool, slots) in slots.iter().enumerate() {
        for (hour, slots) in (0_i64..).zip(slots) {
            let at = NOON.plus_ms(hour * HOUR_MS);
            let mut free = 1.0_f64;
            for place in order.iter().copied() {
                let contract = &contracts[place];
                let fits = contract.pools.contains(&u32::try_from(pool).unwrap());
                if fits && contract.starts_at <= at && at < contract.ends_at {
                    let share = plan.servings[place].share.min(free);
                    got[place] += slots * share;
                    free -= share;
                }
            }
        }
    }
    got
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Following the plan brings what is missing, to the play, or leaves exactly the shortfall it told of.
    #[test]
    fn dl_07_a_plan_brings_what_it_says((contracts, supply, slots) in drawn()) {
        let plan = replan(&fresh(&contracts), &supply, &PUNCTUAL, NOON);
        let got = follow(&contracts, &plan, &slots);
        for ((contract, serving), got) in contracts.iter().zip(&plan.servings).zip(got) {
            let target = approximate(i64::try_from(contract.target_plays).unwrap());
            prop_assert!((got + serving.shortfall - target).abs() < 1e-6 * target.max(1.0), "{got} of {target}, {serving:?}");
            prop_assert!((0.0..=1.0).contains(&serving.share) && (0.0..=1.0).contains(&serving.crowding));
        }
    }

    /// A contract alone is always met where there is room.
    #[test]
    fn gb_09_a_feasible_target_has_no_shortfall((contracts, supply, slots) in drawn()) {
        let contract = &contracts[0];
        let hours = (0_i64..24).filter(|hour| (contract.starts_at..contract.ends_at).contains(&NOON.plus_ms(hour * HOUR_MS)));
        let room: f64 = hours
            .map(|hour| contract.pools.iter().map(|pool| slots[usize::try_from(*pool).unwrap()][usize::try_from(hour).unwrap()]).sum::<f64>())
            .sum();
        let target = approximate(i64::try_from(contract.target_plays).unwrap());
        let plan = replan(&fresh(&contracts[..1]), &supply, &PUNCTUAL, NOON);
        prop_assert!((plan.servings[0].shortfall - (target - room).max(0.0)).abs() < 1e-6, "{:?}, room for {room}", plan.servings);
    }

    /// The plan does not depend on the order in which contracts are listed, nor on anything else.
    #[test]
    fn dl_07_the_same_contracts_have_the_same_plan((contracts, supply, _) in drawn(), turn in 0_usize..12) {
        let plan = replan(&fresh(&contracts), &supply, &Terms::default(), NOON);
        prop_assert_eq!(&plan, &replan(&fresh(&contracts), &supply, &Terms::default(), NOON));
        let by = turn % contracts.len();
        let mut turned = contracts;
        turned.rotate_left(by);
        let mut servings = replan(&fresh(&turned), &supply, &Terms::default(), NOON).servings;
        servings.rotate_right(by);
        prop_assert_eq!(plan.servings, servings);
    }

    /// Where all want the same slots, and each missing play costs, no way to share them loses much less.
    #[test]
    fn gb_09_least_money_is_lost(
        drawn in prop::collection::vec((1_u64..500, 1_i64..100), 1..10), slots in 1.0_f64..50.0,
    ) {
        let contracts: Vec<Contract> = (1..).zip(&drawn).map(|(n, (plays, price))| {
            let paid = Micros::new(i64::try_from(*plays).unwrap() * price * 1_000);
            Contract { paid, fee: paid, ..contract(n, *plays, 24, &[0]) }
        }).collect();
        let plan = replan(&fresh(&contracts), &even(24, &[slots]), &PUNCTUAL, NOON);
        let mut dearest = drawn;
        dearest.sort_by_key(|(_, price)| std::cmp::Reverse(*price));
        let (mut left, mut least) = (slots * 24.0, 0.0);
        for (plays, price) in dearest {
            let plays = approximate(i64::try_from(plays).unwrap());
            least += (plays - left).max(0.0) * approximate(price * 1_000);
            left = (left - plays).max(0.0);
        }
        prop_assert!(approximate(plan.loss.get()) * 0.8 <= least + 1.0, "{} instead of {least}", plan.loss.get());
    }
}
