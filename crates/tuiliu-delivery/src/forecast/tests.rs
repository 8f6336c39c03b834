//! Openings are what the decision would do; outlooks follow from them; samples count right.

use std::sync::Arc;

use proptest::prelude::*;
use tuiliu_domain::id::{ContentId, PromotionOrderId, RoomId};
use tuiliu_domain::limits::{FORECAST_REQUESTS_MAX, FORECAST_REQUESTS_OF_VIEWER_MAX};
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

use super::*;
use crate::auction::worlds;
use crate::audience::CompiledAudience;
use crate::bidding::{Bid, PacingCell, Quality};
use crate::frequency::{FrequencyCap, FrequencyWindow};
use crate::lease::LeaseCounter;
use crate::pacing::TrafficShape;
use crate::predict::{Prior, Rate};
use crate::random::Rng;
use crate::request::Request;
use crate::snapshot::{Candidate, Change, RoomState, Snapshot};
use crate::tests::{NOON, UNIT, audience, bidding, candidate, request, snapshot};
use crate::{decide, explain};

fn asked(request: Request, at: Timestamp, draw: u64) -> Asked {
    Asked { request, at, draw, shown: Vec::new(), slots: Vec::new() }
}

/// The order of a random world, able to take part and with the means to win.
fn newcomer(seed: u64, bid: i64) -> Candidate {
    let order = worlds::order(5_000, seed);
    Candidate {
        content: ContentId::Room(RoomId::new(u128::from(seed % 50))),
        room_state: RoomState::Live,
        room_sells: false,
        paused: false,
        bid: Bid::Auto,
        frequency_cap: None,
        holdout_share_millionths: 0,
        // Its ranks equal nobody's.
        quality: Quality::from_millionths(1_000_003),
        pacing: Arc::new(PacingCell::new(Micros::new(bid))),
        lease: Arc::new(LeaseCounter::new(Micros::new(1_000_000_000), 1)),
        ..order
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What a bid wins and pays on a sampled request is what the decision gives an order that is there with this bid.
    #[test]
    fn at_06_an_opening_is_won_as_the_decision_would_have_it(
        seeds in prop::collection::vec(any::<u64>(), 1..60),
        own in any::<u64>(),
        bid in 1_i64..8_000,
        first in any::<u64>(),
        universal in prop::sample::select(vec![0_u32, 200_000]),
    ) {
        let book = worlds::book(&seeds, universal);
        let own = newcomer(own, bid);
        let with = book.apply(vec![Change::Put(Box::new(own.clone()))]).unwrap();
        for nth in 0..24_u64 {
            let seed = first.wrapping_add(nth);
            let request = worlds::asked(seed);
            let before = explain(&book, &request, &mut Rng::seeded(seed), NOON);
            // Of several who won and are not shown only the nearest is kept.
            if before.ghosts.len() > 1 { continue; }
            let draw = Rng::seeded(seed).next_u64();
            let mut sample = RequestSample::default();
            sample.add(asked(request.clone(), NOON, draw));
            sample.price(&book, NOON, 1);
            let openings = openings(&book, &sample.view(), &own, &own);
            let foretold = openings.list.first().and_then(|opening| opening.won(Micros::new(bid)));
            let after = explain(&with, &request, &mut Rng::seeded(seed), NOON);
            let won = after.wins.iter().find(|won| won.order == own.order);
            let (foretold, won) = (foretold.map(|(_, pays)| pays), won.map(|won| won.price));
            if before.wins.iter().any(|won| won.content == own.content) {
                // Who stood behind the other order for the room is only known where it set a price.
                prop_assert_eq!(foretold.is_some(), won.is_some());
                prop_assert!(foretold <= won);
            } else {
                prop_assert_eq!(foretold, won);
            }
        }
    }
}

/// A day in which `viewers` viewers come so often each, spread over the hours; one rival bids one unit.
fn day(viewers: u64, times: i64, rivals: Vec<Candidate>) -> (Snapshot, RequestSample) {
    let book = snapshot(rivals);
    let mut sample = RequestSample::default();
    for time in 0..times {
        for viewer in 0..viewers {
            let mut asked_for = request(1);
            asked_for.viewer.hash = u128::from(viewer + 1);
            let at = NOON.plus_ms(-DAY_MS + 1 + time * (DAY_MS / times) + i64::try_from(viewer).unwrap());
            sample.add(asked(asked_for, at, viewer));
        }
    }
    sample.price(&book, NOON, usize::MAX);
    (book, sample)
}

fn wish(budget: i64, bid: Bid) -> Wish {
    Wish {
        budget: Budget {
            amount: Micros::new(budget),
            bid,
            price_min: Micros::new(1),
            price_limit: Micros::new(100 * UNIT),
        },
        starts_at: NOON,
        duration_ms: DAY_MS,
        frequency_cap: None,
        shape: Arc::new(TrafficShape::default()),
        nodes: 1,
    }
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= expected.abs() * 1e-6 + 1e-9, "found {found}, expected {expected}");
}

fn outlook_of(world: &(Snapshot, RequestSample), own: &Candidate, wish: &Wish) -> Outlook {
    openings(&world.0, &world.1.view(), own, own).outlook(wish, NOON).expect("there is a sample")
}

#[test]
fn at_06_an_outlook_follows_from_the_openings() {
    // 100 viewers come ten times; a rival bids one unit at the same rate of a tenth.
    let world = day(100, 10, vec![bidding(1, UNIT)]);
    let own = candidate(9);
    let rich = outlook_of(&world, &own, &wish(1_000_000 * UNIT, Bid::Auto));
    near(rich.impressions, 1_000.0);
    near(rich.results, 100.0);
    near(rich.views, 100.0);
    // Second price: what the rival bids.
    near(rich.spend, 100.0 * 1_000_000.0);
    near(rich.viewers, 100.0);
    assert_eq!(rich.duration_ms, DAY_MS);
    // Half of what there is to be bought.
    let half = outlook_of(&world, &own, &wish(50 * UNIT, Bid::Auto));
    near(half.results, 50.0);
    near(half.spend, 50.0 * 1_000_000.0);
    assert_eq!(half.bid, Micros::new(UNIT));
    // A bid below the rival's wins nothing, and so does a cost cap below it.
    for bid in [Bid::Manual { price_max: Micros::new(UNIT - 1) }, Bid::CostCap { cost_max: Micros::new(UNIT - 1) }] {
        near(outlook_of(&world, &own, &wish(50 * UNIT, bid)).results, 0.0);
    }
    let capped = outlook_of(&world, &own, &wish(500 * UNIT, Bid::CostCap { cost_max: Micros::new(UNIT) }));
    near(capped.results, 100.0);
}

#[test]
fn at_06_no_lower_bid_would_spend_the_budget() {
    let book = worlds::book(&Vec::from_iter(1..40), 0);
    let mut sample = RequestSample::default();
    for nth in 0..400_u64 {
        let at = NOON.plus_ms(-HOUR_MS + i64::try_from(nth).unwrap() * 1_000);
        sample.add(asked(worlds::asked(nth), at, nth));
    }
    sample.price(&book, NOON, usize::MAX);
    let own = newcomer(3, 1);
    let found = openings(&book, &sample.view(), &own, &own);
    let most = wish(1, Bid::Auto).budget.price_limit;
    let all = found.at_bid(&wish(1, Bid::Auto), most, NOON).unwrap().spend;
    let mut bids = Vec::new();
    for share in [0.1, 0.4, 0.7, 0.95] {
        let wish = wish(crate::approximate::round_to_count(all * share), Bid::Auto);
        let budget = all * share;
        let bid = found.outlook(&wish, NOON).unwrap().bid;
        let spend = |bid: i64| found.at_bid(&wish, Micros::new(bid), NOON).unwrap().spend;
        let (with, below) = (spend(bid.get()), spend(bid.get() - 1));
        assert!(below < budget && budget <= with + 1.0, "{bid:?}: {below} and {with} for {budget}");
        bids.push(bid);
    }
    bids.dedup();
    assert!(bids.len() > 1, "more money buys with other bids: {bids:?}");
}

#[test]
fn what_was_looked_up_takes_its_place_only_where_it_still_is() {
    let (book, mut sample) = day(40, 2, vec![bidding(1, UNIT)]);
    let looked_up: Vec<Sampled> = sample
        .next(usize::MAX)
        .iter()
        .map(|sampled| Sampled { slots: Vec::new(), ..sampled.priced(&book, NOON) })
        .collect();
    assert_eq!(looked_up.len(), 80);
    sample.halve(NOON);
    let kept = sample.len();
    assert!(0 < kept && kept < 80, "half of the viewers are gone: {kept}");
    let share = sample.view().requests[0].share;
    sample.put_back(looked_up);
    let view = sample.view();
    assert_eq!(view.requests.len(), kept);
    assert!(view.requests.iter().all(|sampled| sampled.slots.is_empty()), "all were looked up");
    view.requests.iter().for_each(|sampled| near(sampled.share, share));
}

#[test]
fn at_06_the_window_takes_its_hours_from_the_same_hours_of_the_sample() {
    let world = day(100, 24, vec![]);
    let own = candidate(9);
    let hours = |hours: i64| Wish { duration_ms: hours * HOUR_MS, ..wish(1_000_000 * UNIT, Bid::Auto) };
    near(outlook_of(&world, &own, &hours(6)).impressions, 600.0);
    near(outlook_of(&world, &own, &hours(48)).impressions, 4_800.0);
    // Another node sees as many requests.
    near(outlook_of(&world, &own, &Wish { nodes: 2, ..hours(6) }).impressions, 1_200.0);
    // An hour with twice the traffic of the day before counts twice.
    let mut weights = [1; 168];
    let from = NOON.plus_ms(6 * HOUR_MS);
    let shape = TrafficShape::weekly(weights);
    let monday = (0..168).find(|hour| {
        weights = [1; 168];
        weights[*hour] = 3;
        TrafficShape::weekly(weights).weight_at(from) > shape.weight_at(from)
    });
    assert!(monday.is_some());
    let busy =
        Wish { starts_at: from, duration_ms: HOUR_MS, shape: Arc::new(TrafficShape::weekly(weights)), ..hours(1) };
    assert!(outlook_of(&world, &own, &busy).impressions > 150.0);
}

#[test]
fn at_06_frequency_caps_hold_in_the_outlook() {
    let world = day(50, 24, vec![]);
    let own = candidate(9);
    let cap =
        |count, window| Wish { frequency_cap: FrequencyCap::try_new(count, window), ..wish(1_000 * UNIT, Bid::Auto) };
    near(outlook_of(&world, &own, &cap(3, FrequencyWindow::Day)).impressions, 150.0);
    near(outlook_of(&world, &own, &cap(1, FrequencyWindow::Hour)).impressions, 1_200.0);
    let sums = openings(&world.0, &world.1.view(), &own, &own);
    let sums = sums.at_bid(&cap(3, FrequencyWindow::Day), Micros::new(UNIT), NOON).unwrap();
    near(sums.uncapped, 1_200.0);
}

#[test]
fn at_06_without_traffic_nothing_is_foretold() {
    let own = candidate(9);
    let (book, sample) = day(2, 10, vec![]);
    assert_eq!(openings(&book, &sample.view(), &own, &own).outlook(&wish(UNIT, Bid::Auto), NOON), None);
    assert_eq!(Openings::default().outlook(&wish(UNIT, Bid::Auto), NOON), None);
    // A young sample stands for the hours it has not seen.
    let mut young = RequestSample::default();
    for viewer in 0..300_u64 {
        let mut asked_for = request(1);
        asked_for.viewer.hash = u128::from(viewer + 1);
        young.add(asked(asked_for, NOON.plus_ms(-HOUR_MS + i64::try_from(viewer).unwrap()), viewer));
    }
    let book = snapshot(vec![]);
    young.price(&book, NOON, usize::MAX);
    let later =
        Wish { starts_at: NOON.plus_ms(4 * HOUR_MS), duration_ms: 2 * HOUR_MS, ..wish(9_000 * UNIT, Bid::Auto) };
    near(outlook_of(&(book, young), &own, &later).impressions, 600.0);
}

#[test]
fn at_06_reachable_viewers_are_counted_once_each() {
    let (book, sample) = day(200, 5, vec![]);
    let mut own = candidate(9);
    let all = openings(&book, &sample.view(), &own, &own).reach;
    near(all.viewers, 200.0);
    near(all.requests, 1_000.0);
    own.holdout_share_millionths = 1_000_000;
    let held_out = openings(&book, &sample.view(), &own, &own);
    near(held_out.reach.viewers, 200.0);
    assert!(held_out.list.is_empty(), "nobody is shown it");
}

#[test]
fn at_06_content_that_another_order_has_shown_is_known() {
    let book = snapshot(vec![]);
    let own = candidate(9);
    let mut sample = RequestSample::default();
    for (viewer, order) in [(1_u128, 8_u128), (2, 9), (3, 7)] {
        for minute in 0..2 {
            let mut asked_for = request(1);
            asked_for.viewer.hash = viewer;
            let room = if order == 7 { ContentId::Room(RoomId::new(1)) } else { own.content };
            let shown = vec![(PromotionOrderId::new(order), room)];
            sample.add(Asked { shown, ..asked(asked_for, NOON.plus_ms(minute * MINUTE_MS), 1) });
        }
    }
    sample.price(&book, NOON, usize::MAX);
    let found = openings(&book, &sample.view(), &own, &own);
    near(found.reach.viewers_again, 1.0);
    assert_eq!(found.list.iter().filter(|opening| opening.has_seen_content).count(), 1);
}

#[test]
fn a_sample_is_bounded_and_counts_right() {
    let mut sample = RequestSample::default();
    let viewers = 6_000_u64;
    for minute in 0..10 {
        for viewer in 0..viewers {
            if is_sampled(u128::from(viewer), sample.threshold()) {
                let mut asked_for = request(1);
                asked_for.viewer.hash = u128::from(viewer);
                sample.add(asked(asked_for, NOON.plus_ms(minute * MINUTE_MS), viewer));
            }
        }
        sample.tidy(NOON.plus_ms(minute * MINUTE_MS));
        assert!(sample.view().requests.len() <= FORECAST_REQUESTS_MAX);
    }
    let view = sample.view();
    let requests: f64 = view.requests.iter().map(|sampled| 1.0 / sampled.share).sum();
    let found = view.count_viewers(|_| true);
    // About 350 viewers stand for 6 000: 5% is one standard error.
    assert!((found / 6_000.0 - 1.0).abs() < 0.15, "{found}");
    assert!((requests / 60_000.0 - 1.0).abs() < 0.15, "{requests}");
    // Every request of a sampled viewer is there.
    assert!(view.viewers().all(|requests| requests.len() == 10));
    // A day later all is forgotten, and hour by hour more viewers are sampled again.
    let before = sample.threshold();
    sample.tidy(NOON.plus_ms(DAY_MS + HOUR_MS));
    assert!(sample.view().requests.is_empty() && sample.threshold() > before);
}

#[test]
fn nobody_fills_a_sample_alone() {
    let mut sample = RequestSample::default();
    for second in 0..1_000 {
        sample.add(asked(request(1), NOON.plus_ms(second), 1));
    }
    assert_eq!(sample.view().requests.len(), FORECAST_REQUESTS_OF_VIEWER_MAX);
    sample.halve(NOON);
    assert!(sample.threshold() < u64::MAX);
}

#[test]
fn standing_takes_nothing_from_leases() {
    let book = snapshot(vec![bidding(1, UNIT), bidding(2, 2 * UNIT)]);
    let mut sample = RequestSample::default();
    sample.add(asked(request(1), NOON, 3));
    sample.price(&book, NOON, 1);
    let slots = sample.view().requests[0].slots.clone();
    assert_eq!(slots.len(), 1);
    assert_eq!(slots[0].shown.map(|rival| rival.content), Some(ContentId::Room(RoomId::new(1_002))));
    let lease = |n| book.candidate(PromotionOrderId::new(n)).unwrap().lease.available();
    assert_eq!((lease(1), lease(2)), (Micros::new(100 * UNIT), Micros::new(100 * UNIT)));
    let decided = decide(&book, &request(1), &mut Rng::seeded(3), NOON);
    assert_eq!(decided.wins[0].order, PromotionOrderId::new(2));
}

/// 100 viewers, half of them women, come ten times; the order meets eight peers in rooms of their own.
fn examined(own: Candidate, change: impl Fn(&mut Question)) -> Examined {
    let peers = (1..=8).map(|n| bidding(n, i64::try_from(n).unwrap() * UNIT / 4));
    let book = snapshot(peers.chain([own.clone()]).collect());
    let mut sample = RequestSample::default();
    for time in 0..10 {
        for viewer in 0..100_u64 {
            let mut asked_for = request(1);
            asked_for.viewer.hash = u128::from(viewer + 1);
            let gender = if viewer % 2 == 0 { "female" } else { "male" };
            asked_for.viewer.gender = Some(crate::audience::Tag::named(gender));
            let at = NOON.plus_ms(-HOUR_MS + time * MINUTE_MS + i64::try_from(viewer).unwrap());
            // It was shown twice to every tenth viewer.
            let is_shown = viewer % 10 == 0 && time < 2;
            let shown = if is_shown { vec![(own.order, own.content)] } else { Vec::new() };
            sample.add(Asked { shown, ..asked(asked_for, at, viewer) });
        }
    }
    let mut question = Question { order: own.order, rate_times: 1.0, wins_times: 2.0, bid_max: Micros::new(10 * UNIT) };
    change(&mut question);
    examine(&book, &sample.view(), &question, NOON).expect("it is being delivered")
}

#[test]
fn qb_13_a_low_bid_gains_from_a_higher_one() {
    let found = examined(bidding(9, UNIT / 10), |_| ());
    assert_eq!((found.wins, found.wins_wider, found.wins_better), (0.0, 0.0, 0.0));
    // Peers bid from a quarter of a unit to two; whoever is there bids two.
    assert_eq!((found.bid, found.bid_peers), (Micros::new(UNIT / 10), Micros::new(UNIT * 5 / 4)));
    assert_eq!(found.bid_to_plan, Some(Micros::new(2 * UNIT)), "what would win");
    near(found.frequency, 2.0);
    let cheap = examined(bidding(9, UNIT / 10), |question| question.bid_max = Micros::new(UNIT));
    assert_eq!(cheap.bid_to_plan, None);
}

#[test]
fn qb_13_a_narrow_audience_gains_from_a_wider_one() {
    let women = CompiledAudience::try_new(&audience("gender:female"), bidding(9, 1).creator).unwrap();
    let found = examined(Candidate { audience: women, ..bidding(9, 3 * UNIT) }, |_| ());
    near(found.wins, 500.0);
    near(found.wins_wider, 1_000.0);
    near(found.wins_better, 500.0);
    near(found.wins_higher, 500.0);
    near(found.reach.viewers, 50.0);
    near(found.viewers_if_wider, 100.0);
    assert_eq!(found.requests, 500);
}

#[test]
fn qb_13_poor_content_gains_from_the_rate_of_comparable_content() {
    // Half the rate of the others: it ranks as if it had bid half.
    let poor = Prior { rate: Rate::from_number(0.05), strength: 200 };
    let found = examined(Candidate { prior: poor, ..bidding(9, 3 * UNIT) }, |question| question.rate_times = 2.0);
    near(found.wins, 0.0);
    near(found.wins_better, 1_000.0);
    near(found.wins_wider, 0.0);
}

#[test]
fn qb_13_an_order_that_is_not_there_is_not_examined() {
    let (book, sample) = day(50, 2, vec![]);
    let question =
        Question { order: PromotionOrderId::new(77), rate_times: 1.0, wins_times: 1.0, bid_max: Micros::new(1) };
    assert_eq!(examine(&book, &sample.view(), &question, NOON), None);
}
