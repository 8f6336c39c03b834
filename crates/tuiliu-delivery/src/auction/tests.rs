use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::bidding::{Bid, PacingCell, Quality, Weight};
use crate::explain;
use crate::frequency::FrequencyWindow;
use crate::predict::{Prior, ResultCounts};
use crate::random::{Rng, mix};
use crate::request::Slot;
use crate::snapshot::Candidate;
use crate::tests::{NOON, UNIT, bidding, candidate, request, snapshot};
use tuiliu_domain::id::RoomId;

fn decided(candidates: Vec<Candidate>, request: &Request) -> Decision {
    decide(&snapshot(candidates), request, &mut Rng::seeded(1), NOON)
}

/// Winners and their prices per result, slot by slot.
fn results(decision: &Decision) -> Vec<(u128, i64)> {
    decision.wins.iter().map(|won| (won.order.value(), won.price.get())).collect()
}

fn with_floor(slots: u32, floor: i64) -> Request {
    let mut request = request(slots);
    request.placement.slots.iter_mut().for_each(|slot| slot.floor = Some(Micros::new(floor)));
    request
}

#[test]
fn dl_01_ranks_by_expected_value_and_gives_each_item_its_own_id() {
    let likely = Candidate { prior: Prior { rate: Rate::from_number(0.4), strength: 1 }, ..bidding(1, UNIT) };
    let decision = decided(vec![bidding(2, 2 * UNIT), likely, bidding(3, 3 * UNIT)], &request(3));
    let order: Vec<u128> = decision.wins.iter().map(|won| won.order.value()).collect();
    assert_eq!(order, [1, 3, 2]);
    let ids: HashSet<DecisionId> = decision.wins.iter().map(|won| won.decision).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(decision.wins.iter().map(|won| won.position).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn dl_05_pays_what_keeps_it_above_the_runner_up() {
    // Equal rates: the price is the runner-up's bid. The last one has nobody below and nothing to pay.
    assert_eq!(
        results(&decided(vec![bidding(1, 100), bidding(2, 90), bidding(3, 70)], &request(3))),
        [(1, 90), (2, 70), (3, 0)]
    );
}

#[test]
fn dl_05_second_price_counts_quality_and_probability() {
    // Rank of 2: 900 × 0.1 = 90. Order 1 needs 90 / (0.2 × 1.5) = 300 for that.
    let better = Candidate {
        quality: Quality::from_millionths(1_500_000),
        prior: Prior { rate: Rate::from_number(0.2), strength: 1 },
        ..bidding(1, 1_000)
    };
    assert_eq!(results(&decided(vec![better, bidding(2, 900)], &request(1))), [(1, 300)]);
}

#[test]
fn dl_05_the_floor_is_a_price_per_impression() {
    // At a rate of a tenth a floor of 50 per impression is 500 per result.
    assert_eq!(results(&decided(vec![bidding(1, 500)], &with_floor(1, 50))), [(1, 500)]);
    let below = decided(vec![bidding(1, 499)], &with_floor(1, 50));
    assert_eq!(below.no_fill, Some(NoFillReason::NothingWon));
    assert_eq!(below.entries[0].outcome, Outcome::Lost(LossReason::BelowFloor));
    assert_eq!(below.entries[0].price_to_win, Micros::new(500));
}

#[test]
fn dl_05_a_result_costs_at_least_the_minimum() {
    let least = |bid| Candidate { price_min: Micros::new(200), ..bidding(1, bid) };
    assert_eq!(results(&decided(vec![least(500)], &request(1))), [(1, 200)]);
    let below = decided(vec![least(199)], &request(1));
    assert_eq!(below.entries[0].outcome, Outcome::Lost(LossReason::BidBelowMinimum));
}

#[test]
fn dl_04_a_manual_bid_is_never_passed_and_pacing_only_lowers_it() {
    let manual = |paced| Candidate { bid: Bid::Manual { price_max: Micros::new(300) }, ..bidding(1, paced) };
    for (paced, bid) in [(1_000, 300), (300, 300), (120, 120)] {
        assert_eq!(decided(vec![manual(paced)], &request(1)).entries[0].bid, Micros::new(bid));
    }
}

#[test]
fn dl_05_bids_and_pays_no_more_than_the_lease_has_left() {
    let poor = || Candidate { lease: Arc::new(LeaseCounter::new(Micros::new(80), 1)), ..bidding(1, 100) };
    let decision = decided(vec![poor(), bidding(2, 60)], &request(1));
    assert_eq!(decision.entries[0].bid, Micros::new(80));
    assert_eq!(results(&decision), [(1, 60)]);
    assert_eq!(results(&decided(vec![poor(), bidding(2, 90)], &request(1))), [(2, 80)]);
}

#[test]
fn dl_05_takes_the_price_from_the_lease_once() {
    let order = Candidate { lease: Arc::new(LeaseCounter::new(Micros::new(1_000), 1)), ..bidding(1, 100) };
    let decision = decided(vec![order, bidding(2, 90)], &request(1));
    let balance = decision.wins[0].lease.balance();
    assert_eq!((balance.available.get(), balance.reserved.get()), (910, 90));
}

#[test]
fn dl_01_one_room_fills_one_slot_and_does_not_bid_against_itself() {
    let twin = Candidate { content: candidate(1).content, ..bidding(2, 95) };
    let decision = decided(vec![bidding(1, 100), twin, bidding(3, 50)], &request(3));
    assert_eq!(results(&decision), [(1, 50), (3, 0)]);
    assert_eq!(decision.entries[1].outcome, Outcome::Lost(LossReason::RoomShown));
}

#[test]
fn dl_01_a_host_prediction_overrides_the_engine() {
    let mut request = with_floor(1, 50);
    request.placement.slots[0].predicted = HostRates::NONE.with(Goal::Viewers, Rate::from_number(0.5));
    let decision = decided(vec![bidding(1, 500)], &request);
    assert_eq!(results(&decision), [(1, 100)]);
    assert_eq!(decision.wins[0].rate, Rate::from_number(0.5));
}

#[test]
fn dl_10_the_promoted_share_of_a_feed_is_capped() {
    let check = |feed_items, share, shown| {
        let mut request = request(3);
        request.placement.feed_items = feed_items;
        request.placement.promoted_share_max_millionths = share;
        let decision = decided(vec![bidding(1, 100), bidding(2, 90), bidding(3, 70)], &request);
        assert_eq!(decision.wins.len(), shown, "{feed_items} items, {share} millionths");
        decision.no_fill
    };
    assert_eq!(check(20, 100_000, 2), None);
    assert_eq!(check(20, 99_999, 1), None);
    assert_eq!(check(9, 100_000, 0), Some(NoFillReason::PromotedShare));
    assert_eq!(check(3, 2_000_000, 3), None);
}

#[test]
fn answers_nothing_to_another_tenant_or_too_many_slots() {
    let mut foreign = request(1);
    foreign.tenant = tuiliu_domain::id::TenantId::new(2);
    assert_eq!(decided(vec![candidate(1)], &foreign).no_fill, Some(NoFillReason::OtherTenant));
    assert_eq!(decided(vec![candidate(1)], &request(41)).no_fill, Some(NoFillReason::TooManySlots));
    assert_eq!(decided(Vec::new(), &request(1)).no_fill, Some(NoFillReason::NothingEligible));
}

#[test]
fn dl_06_who_is_paced_out_is_still_told_the_price() {
    let pacing = Arc::new(PacingCell::new(Micros::new(100)));
    pacing.set(Micros::new(100), 0);
    let decision = decided(vec![Candidate { pacing, ..candidate(1) }, bidding(2, 90)], &request(1));
    assert_eq!(results(&decision), [(2, 0)]);
    assert_eq!(decision.entries[0].outcome, Outcome::Lost(LossReason::Pacing));
    assert_eq!(decision.entries[0].price_to_win, Micros::new(90));
    assert!(decision.entries[0].sample().is_some());
}

#[test]
fn equal_ranks_share_the_slot() {
    let both = snapshot(vec![bidding(1, 100), bidding(2, 100)]);
    let mut rng = Rng::seeded(5);
    let first = (0..1_000)
        .filter(|_| {
            let won = decide(&both, &request(1), &mut rng, NOON).wins.remove(0);
            won.lease.release(won.price);
            won.order.value() == 1
        })
        .count();
    assert!((420..=580).contains(&first), "half of 1 000, by chance {first}");
}

/// Viewers out of 2 000 who are in the holdout of the only order, told by its ghosts.
fn held_out(book: &Snapshot, seed: u64) -> Vec<u128> {
    let mut held = Vec::new();
    for viewer in 0..2_000 {
        let mut request = request(1);
        request.viewer.hash = viewer;
        let decision = decide(book, &request, &mut Rng::seeded(seed), NOON);
        assert_eq!(decision.wins.len() + decision.ghosts.len(), 1);
        decision.wins.iter().for_each(|won| won.lease.release(won.price));
        held.extend(decision.ghosts.iter().map(|ghost| ghost.viewer));
    }
    held
}

#[test]
fn dl_02_the_holdout_is_the_same_people_each_time_and_for_every_order_of_the_content() {
    let of = |n: u128, share| {
        let content = candidate(1).content;
        snapshot(vec![Candidate { holdout_share_millionths: share, content, ..candidate(n) }])
    };
    let held = held_out(&of(1, 200_000), 1);
    assert!((340..=460).contains(&held.len()), "a fifth of 2 000, by chance {}", held.len());
    assert_eq!(held, held_out(&of(1, 200_000), 2));
    assert_eq!(held, held_out(&of(2, 200_000), 3));
    let smaller = held_out(&of(3, 100_000), 4);
    assert!(smaller.iter().all(|viewer| held.contains(viewer)), "a smaller share is a part of a larger one");
}

#[test]
fn dl_02_a_ghost_costs_nothing_and_the_slot_goes_to_the_next() {
    let cap = FrequencyCap::try_new(1, FrequencyWindow::Hour);
    let first = Candidate { holdout_share_millionths: 1_000_000, frequency_cap: cap, ..bidding(1, 100) };
    let twin = Candidate { content: first.content, ..bidding(2, 95) };
    let book = snapshot(vec![first, twin, bidding(3, 80), bidding(4, 70)]);
    let decision = decide(&book, &request(2), &mut Rng::seeded(1), NOON);
    assert_eq!(results(&decision), [(3, 70), (4, 0)]);
    let [ghost] = decision.ghosts[..] else { panic!("one ghost") };
    assert_eq!((ghost.order.value(), ghost.price.get(), ghost.slot, ghost.position), (1, 80, 0, 1));
    assert_eq!((ghost.viewer, ghost.share_millionths, ghost.is_universal), (42, 1_000_000, false));
    assert_eq!(ghost.frequency_cap, cap);
    assert_eq!(book.candidate(ghost.order).unwrap().lease.balance().reserved, Micros::ZERO);
    let outcomes: Vec<Outcome> = decision.entries.iter().map(|entry| entry.outcome).collect();
    let lost = Outcome::Lost;
    // The other order for the same content is not shown either: it would spoil the comparison.
    assert_eq!(
        outcomes[..4],
        [lost(LossReason::Holdout), lost(LossReason::Holdout), Outcome::Won, lost(LossReason::LostAuction)]
    );
    let told = explain(&book, &request(2), &mut Rng::seeded(1), NOON);
    assert_eq!(told.ghosts, decision.ghosts);
}

#[test]
fn dl_02_winning_does_not_depend_on_the_arm() {
    let book = |share| {
        let order = |n: u128| {
            let price = i64::try_from(1 + mix(u64::try_from(n).unwrap()) % 50).unwrap();
            Candidate { holdout_share_millionths: share, ..bidding(n, price) }
        };
        snapshot((1..60).map(order).collect())
    };
    let (with, without) = (book(500_000), book(0));
    let mut ghosts = 0;
    for viewer in 0..300 {
        let mut request = request(1);
        request.viewer.hash = viewer;
        let seed = u64::try_from(viewer).unwrap();
        let shown = decide(&without, &request, &mut Rng::seeded(seed), NOON);
        let held = decide(&with, &request, &mut Rng::seeded(seed), NOON);
        let first = held
            .ghosts
            .first()
            .map_or_else(|| (held.wins[0].order, held.wins[0].price), |ghost| (ghost.order, ghost.price));
        assert_eq!((shown.wins[0].order, shown.wins[0].price), first);
        ghosts += usize::from(!held.ghosts.is_empty());
    }
    assert!((100..200).contains(&ghosts), "half of 300, by chance {ghosts}");
}

#[test]
fn dl_02_the_universal_holdout_is_shown_nothing_at_all() {
    let book = snapshot(vec![bidding(1, 100), bidding(2, 90), bidding(3, 80)]).with_universal_holdout(1_000_000);
    let decision = decide(&book, &request(2), &mut Rng::seeded(1), NOON);
    assert!(decision.wins.is_empty());
    assert_eq!(decision.no_fill, Some(NoFillReason::Holdout));
    let told: Vec<_> = decision
        .ghosts
        .iter()
        .map(|ghost| (ghost.slot, ghost.order.value(), ghost.price.get(), ghost.is_universal))
        .collect();
    assert_eq!(told, [(0, 1, 90, true), (1, 2, 80, true)]);
}

#[test]
fn at_01_whoever_is_compared_with_the_universal_holdout_is_never_in_it() {
    let book = |share| snapshot(vec![bidding(1, 100)]).with_universal_holdout(share);
    for (share, held_expected, compared_expected) in [(0, 0, 0), (10_000, 200, 1_800), (100_000, 2_000, 18_000)] {
        let book = book(share);
        let arms: Vec<Option<PlatformArm>> = (0..20_000).map(|viewer| book.platform_arm(viewer)).collect();
        let count = |arm| arms.iter().filter(|own| **own == Some(arm)).count();
        let (held, compared) = (count(PlatformArm::HeldOut), count(PlatformArm::Compared));
        let is_near = |found: usize, expected: usize| found.abs_diff(expected) <= expected / 4;
        assert!(is_near(held, held_expected) && is_near(compared, compared_expected), "{share}: {held} {compared}");
        for (viewer, arm) in (0..50).zip(&arms) {
            let mut request = request(1);
            request.viewer.hash = viewer;
            let decision = decide(&book, &request, &mut Rng::seeded(1), NOON);
            assert_eq!(*arm == Some(PlatformArm::HeldOut), decision.wins.is_empty(), "{viewer}");
            decision.wins.iter().for_each(|won| won.lease.release(won.price));
        }
    }
    assert_eq!(PlatformArm::compared_millionths(500_000), 500_000, "there are no more than the others");
}

#[test]
fn dl_02_the_universal_holdout_wins_no_more_slots_than_others_do() {
    let mut request = request(3);
    request.placement.feed_items = 10;
    request.placement.promoted_share_max_millionths = 200_000;
    let slots = |universal| {
        let book = snapshot((1..6).map(|n| bidding(n, 100)).collect()).with_universal_holdout(universal);
        let decision = decide(&book, &request, &mut Rng::seeded(1), NOON);
        let wins = decision.wins.iter().map(|won| (won.slot, won.order));
        wins.chain(decision.ghosts.iter().map(|ghost| (ghost.slot, ghost.order))).collect::<Vec<_>>()
    };
    let shown = slots(0);
    assert_eq!(shown.len(), 2);
    assert_eq!(slots(1_000_000), shown);
}

#[test]
fn dl_06_a_price_falls_at_once_and_rises_when_the_snapshot_is_repriced() {
    let book = snapshot(vec![bidding(1, 100)]);
    let bid = |book: &Snapshot| decide(book, &request(1), &mut Rng::seeded(1), NOON).wins[0].bid.get();
    let pacing = Arc::clone(&book.candidates()[0].pacing);
    for (price, before, after) in [(60, 60, 60), (300, 60, 300), (200, 200, 200)] {
        pacing.set(Micros::new(price), 1_000_000);
        assert_eq!(bid(&book), before);
        book.reprice();
        assert_eq!(bid(&book), after);
    }
}

#[derive(Debug, Clone)]
struct Drawn {
    content: u128,
    paced: i64,
    manual: Option<i64>,
    price_min: i64,
    rate: u32,
    quality: u32,
    lease: i64,
    results: u64,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let money = || prop_oneof![0_i64..200, 0_i64..5_000_000_000, Just(i64::MAX / 4)];
    (
        (1_u128..6, money(), prop::option::of(money()), 0_i64..100),
        (1_u32..=1_000_000_000, 1_000_u32..10_000_000, money(), 0_u64..50),
    )
        .prop_map(|((content, paced, manual, price_min), (rate, quality, lease, results))| Drawn {
            content,
            paced,
            manual,
            price_min,
            rate,
            quality,
            lease,
            results,
        })
}

fn order(n: u128, drawn: &Drawn) -> Candidate {
    Candidate {
        content: ContentId::Room(RoomId::new(drawn.content)),
        bid: drawn.manual.map_or(Bid::Auto, |price| Bid::Manual { price_max: Micros::new(price) }),
        price_min: Micros::new(drawn.price_min),
        quality: Quality::from_millionths(drawn.quality),
        prior: Prior { rate: Rate::from_billionths(u64::from(drawn.rate)), strength: 20 },
        counts: Arc::new(ResultCounts::starting(50, drawn.results)),
        lease: Arc::new(LeaseCounter::new(Micros::new(drawn.lease), 1)),
        ..bidding(n, drawn.paced)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn dl_05_no_draw_of_orders_breaks_a_price_or_a_lease(
        drawn in prop::collection::vec(drawn(), 1..12),
        floors in prop::collection::vec(prop::option::of(0_i64..1_000_000), 1..5),
        seed in any::<u64>(),
    ) {
        let build = || snapshot((1..).zip(&drawn).map(|(n, drawn)| order(n, drawn)).collect());
        let mut request = request(0);
        request.placement.slots =
            floors.iter().map(|floor| Slot { position: 1, floor: floor.map(Micros::new), predicted: HostRates::NONE }).collect();
        let book = build();
        let mut wins = Vec::new();
        let mut rng = Rng::seeded(seed);
        for _ in 0..4 {
            let decision = decide(&book, &request, &mut rng, NOON);
            let rooms: HashSet<ContentId> = decision.wins.iter().map(|won| won.content).collect();
            prop_assert_eq!(rooms.len(), decision.wins.len());
            for won in &decision.wins {
                let order = book.candidate(won.order).unwrap();
                prop_assert!(won.price <= won.bid && won.price >= order.price_min);
                if let Bid::Manual { price_max } = order.bid {
                    prop_assert!(won.bid <= price_max);
                }
                // One millionth less would fall below floor, runner-up or minimum.
                let floor = request.placement.slots[won.slot].floor.map_or(Rank::ZERO, Rank::of_price);
                let rival = decision.entries.iter()
                    .find(|entry| entry.slot == won.slot && Some(entry.order) == won.runner_up)
                    .map_or(Rank::ZERO, |entry| entry.rank);
                let weight = Weight::new(won.rate, order.quality);
                prop_assert!(weight.rank(won.price) >= floor.max(rival));
                let less = Micros::new(won.price.get() - 1);
                prop_assert!(less < order.price_min || less.get() < 0 || weight.rank(less) < floor.max(rival));
            }
            for entry in &decision.entries {
                let beaten = entry.outcome == Outcome::Lost(LossReason::LostAuction);
                prop_assert!(!beaten || entry.price_to_win >= entry.bid);
            }
            wins.extend(decision.wins);
        }
        for candidate in book.candidates() {
            let reserved: i64 = wins.iter().filter(|won| won.order == candidate.order).map(|won| won.price.get()).sum();
            let balance = candidate.lease.balance();
            prop_assert_eq!(balance.reserved.get(), reserved);
            prop_assert!(balance.available.get() >= 0);
            let granted = drawn[usize::try_from(candidate.order.value()).unwrap() - 1].lease;
            prop_assert_eq!(balance.available.get() + reserved, granted);
        }

        let again = build();
        let mut rng = Rng::seeded(seed);
        let mut repeated = Vec::new();
        for _ in 0..4 {
            repeated.extend(decide(&again, &request, &mut rng, NOON).wins);
        }
        let key = |won: &Won| (won.slot, won.order, won.price, won.runner_up);
        prop_assert_eq!(wins.iter().map(key).collect::<Vec<_>>(), repeated.iter().map(key).collect::<Vec<_>>());
    }
}

#[test]
fn dl_09_what_is_told_changes_nothing_of_what_is_decided() {
    let book = snapshot(vec![bidding(1, 700), bidding(2, 500), Candidate { ends_at: NOON, ..candidate(3) }]);
    let decided = |telling| decide_telling(&book, &request(1), &mut Rng::seeded(3), NOON, telling);
    let (told, untold) = (decided(Telling::Sample { stands_for: 40 }), decided(Telling::Nothing));
    let wins = |decision: &Decision| decision.wins.iter().map(|won| (won.order, won.price)).collect::<Vec<_>>();
    assert_eq!(wins(&told), wins(&untold));
    assert!(untold.entries.is_empty() && untold.refusals.is_empty());
    assert_eq!(told.entries.iter().map(|entry| entry.weight).collect::<Vec<_>>(), [40, 40]);
    assert_eq!(told.refusals.iter().map(|refusal| refusal.weight).collect::<Vec<_>>(), [40]);
}
