//! Random worlds in which the decision is compared with a look at everybody.

use std::sync::Arc;

use super::naive::{self, Result};
use super::search::{LOOKED_MAX, REFUSED_MAX};
use super::*;
use crate::audience::{CompiledAudience, Tag};
use crate::bidding::{Bid, PacingCell, Quality, WHOLE_SHARE};
use crate::frequency::FrequencyTable;
use crate::frequency::FrequencyWindow;
use crate::predict::{Belief, Prior, ResultCounts};
use crate::random::{Rng, mix};
use crate::request::Slot;
use crate::snapshot::{Candidate, Change, RoomState};
use crate::tests::{NOON, TENANT, audience, bidding, candidate, request};
use proptest::prelude::*;
use tuiliu_domain::id::RoomId;

const AUDIENCES: [&str; 6] = [
    "",
    "gender:female",
    "or(gender:male,interest:a)",
    "and(interest:a,or(segment:s,not(gender:female)))",
    "not(segment:s)",
    "or(interest:b,and(segment:s,gender:female),age:18-23)",
];

/// A number below `count` that follows from a seed.
fn pick(seed: u64, salt: u64, count: u64) -> u64 {
    mix(seed ^ mix(salt)) % count
}

/// An order whose every trait follows from a seed: a few prices, so that ranks are often equal.
pub(crate) fn order(n: u128, seed: u64) -> Candidate {
    let of = |salt, count| pick(seed, salt, count);
    let goal = [Goal::Viewers, Goal::Follows, Goal::Viewers][usize::try_from(of(1, 3)).unwrap()];
    let price = if of(2, 3) == 0 { 1_000 } else { i64::try_from(1 + of(3, 5_000)).unwrap() };
    let pacing = PacingCell::new(Micros::new(price));
    pacing.set(Micros::new(price), [WHOLE_SHARE, WHOLE_SHARE, 500_000][usize::try_from(of(4, 3)).unwrap()]);
    let rate = Rate::from_billionths(1_000_000 * (1 + of(5, 100)));
    let counts = ResultCounts::default();
    if of(6, 2) == 0 {
        let ceiling = Rate::from_billionths(u64::from(rate.billionths()) * (1 + of(7, 3)));
        counts.publish(Belief { rate, ceiling, weight: 200 });
    }
    let text = AUDIENCES[usize::try_from(of(8, 6)).unwrap()];
    let bid = match of(9, 12) {
        0 => Bid::Manual { price_max: Micros::new(900) },
        1 => Bid::Shadow { stake_max: Micros::new(4_000), turn: u32::try_from(n).unwrap() },
        _ => Bid::Auto,
    };
    let base = candidate(n);
    Candidate {
        content: ContentId::Room(RoomId::new(u128::from(of(10, 40)))),
        goal,
        bid,
        price_min: Micros::new(i64::try_from(of(11, 3) * 300).unwrap()),
        audience: if text.is_empty() {
            CompiledAudience::everybody()
        } else {
            CompiledAudience::try_new(&audience(text), base.creator).unwrap()
        },
        room_state: if of(12, 10) == 0 { RoomState::Offline } else { RoomState::Live },
        room_sells: of(13, 8) == 0,
        is_commerce: of(14, 2) == 0,
        paused: of(15, 15) == 0,
        holdout_share_millionths: [0, 300_000][usize::try_from(of(16, 2)).unwrap()],
        frequency_cap: FrequencyCap::try_new(1, FrequencyWindow::Hour),
        quality: Quality::from_millionths(u32::try_from(500_000 + of(17, 1_500_000)).unwrap()),
        prior: Prior { rate, strength: 100 },
        counts: Arc::new(counts),
        pacing: Arc::new(pacing),
        lease: Arc::new(LeaseCounter::new(Micros::new(if of(18, 6) == 0 { 700 } else { 1_000_000 }), 1)),
        ..base
    }
}

/// A request whose every trait follows from a seed.
pub(crate) fn asked(seed: u64) -> Request {
    let of = |salt, count| pick(seed, salt + 100, count);
    let mut request = request(0);
    let slot = |nth| {
        let rate = Rate::from_billionths(1_000 * (1 + of(nth + 10, 100_000)));
        let predicted = match of(nth + 20, 4) {
            0 => HostRates::all(rate),
            1 => HostRates::NONE.with(Goal::Follows, rate),
            _ => HostRates::NONE,
        };
        let floor = (of(nth + 30, 2) == 0).then(|| Micros::new(i64::try_from(of(nth + 40, 60)).unwrap()));
        Slot { position: 1, floor, predicted }
    };
    request.placement.slots = (0..1 + of(1, 4)).map(slot).collect();
    request.viewer.hash = u128::from(seed);
    request.viewer.gender =
        [None, Some(Tag::named("male")), Some(Tag::named("female"))][usize::try_from(of(2, 3)).unwrap()];
    if of(3, 2) == 0 {
        request.viewer.interests = vec![Tag::named("a"), Tag::named("c")];
    }
    if of(4, 2) == 0 {
        request.viewer.segments = vec![Tag::named("s")];
    }
    if of(5, 6) == 0 {
        request.candidate_contents = Some((0..10).map(|n| ContentId::Room(RoomId::new(n))).collect());
    }
    if of(6, 4) == 0 {
        request.excluded_contents = (0..20).map(|n| ContentId::Room(RoomId::new(n))).collect();
    }
    request
}

pub(crate) fn book(seeds: &[u64], universal: u32) -> Snapshot {
    let orders = (1..).zip(seeds).map(|(n, seed)| order(n, *seed)).collect();
    let table = Arc::new(FrequencyTable::with_bits(10));
    Snapshot::build(TENANT, orders, table, [7; 32]).unwrap().with_universal_holdout(universal)
}

/// What a decision came to, in the form of the plain one.
fn results(decision: &Decision) -> Vec<Result> {
    let mut all: Vec<Result> = Vec::new();
    for slot in 0..SLOTS_PER_REQUEST_MAX {
        let ghosts = decision.ghosts.iter().filter(|ghost| ghost.slot == slot);
        all.extend(ghosts.map(|ghost| Result::Ghost { slot, order: ghost.order, price: ghost.price.get() }));
        let won = decision.wins.iter().filter(|won| won.slot == slot);
        all.extend(won.map(|won| Result::Won {
            slot,
            order: won.order,
            price: won.price.get(),
            bid: won.bid.get(),
            runner_up: won.runner_up,
        }));
    }
    all
}

fn compare(book: &Snapshot, seed: u64) -> Decision {
    let request = asked(seed);
    let expected = naive::decided(book, &request, &mut Rng::seeded(seed), NOON);
    for result in &expected {
        if let Result::Won { order, price, .. } = result {
            book.candidate(*order).unwrap().lease.release(Micros::new(*price));
        }
    }
    let decision = decide(book, &request, &mut Rng::seeded(seed), NOON);
    if !decision.is_cut_short {
        assert_eq!(results(&decision), expected, "seed {seed}");
    }
    for won in &decision.wins {
        won.lease.release(won.price);
        if mix(seed).is_multiple_of(4) {
            book.frequency().record(request.viewer.hash, won.order, FrequencyWindow::Hour, NOON);
        }
    }
    decision
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Early stop, blocks and bounds change nothing that anybody is shown or pays.
    #[test]
    fn dl_01_looking_at_few_decides_as_looking_at_all(
        orders in prop::collection::vec(any::<u64>(), 0..400),
        requests in prop::collection::vec(any::<u64>(), 12),
        universal in prop::sample::select(vec![0, 0, 200_000]),
    ) {
        let book = book(&orders, universal);
        for (nth, seed) in requests.iter().enumerate() {
            compare(&book, *seed);
            if nth % 3 == 0 {
                for candidate in book.candidates() {
                    let price = i64::try_from(pick(*seed, candidate.pacing.price().get().unsigned_abs(), 3_000)).unwrap();
                    let share = candidate.pacing.participation_millionths();
                    candidate.pacing.set(Micros::new(price), share);
                }
                book.reprice();
            }
        }
    }

    /// A snapshot that was changed step by step decides as one that was built anew.
    #[test]
    fn dl_01_changes_come_to_the_same_as_building_anew(
        orders in prop::collection::vec(any::<u64>(), 0..150),
        rounds in prop::collection::vec(prop::collection::vec((0_u128..200, prop::option::of(any::<u64>())), 1..40), 1..5),
        requests in prop::collection::vec(any::<u64>(), 6),
    ) {
        let first = book(&orders, 0);
        let before: Vec<PromotionOrderId> = first.candidates().iter().map(|own| own.order).collect();
        let mut book = first.clone();
        let mut wanted: std::collections::BTreeMap<u128, Candidate> =
            first.candidates().into_iter().map(|own| (own.order.value(), own.clone())).collect();
        for round in rounds {
            let mut changes = Vec::new();
            for (n, seed) in round {
                match seed {
                    Some(seed) => {
                        let candidate = order(n, seed);
                        wanted.insert(n, candidate.clone());
                        changes.push(Change::Put(Box::new(candidate)));
                    }
                    None => {
                        wanted.remove(&n);
                        changes.push(Change::Remove(PromotionOrderId::new(n)));
                    }
                }
            }
            book = book.apply(changes).unwrap();
            let whole: Vec<Candidate> = wanted.values().cloned().collect();
            prop_assert!(book.changes_to(whole.clone()).is_empty());
            prop_assert_eq!(book.len(), wanted.len());
            let built = Snapshot::build(TENANT, whole, Arc::clone(&book.frequency), [7; 32]).unwrap();
            for seed in &requests {
                let rebuilt = decide(&built, &asked(*seed), &mut Rng::seeded(*seed), NOON);
                rebuilt.wins.iter().for_each(|won| won.lease.release(won.price));
                prop_assert_eq!(results(&compare(&book, *seed)), results(&rebuilt));
            }
        }
        prop_assert_eq!(before, first.candidates().iter().map(|own| own.order).collect::<Vec<_>>());
    }
}

/// Many blocks of each goal, so that whole blocks are skipped.
#[test]
fn dl_01_many_blocks_decide_as_looking_at_all() {
    let seeds: Vec<u64> = (0..12_000).map(mix).collect();
    let book = book(&seeds, 0);
    let cut_short = (0..30).filter(|seed| compare(&book, *seed).is_cut_short).count();
    assert!(cut_short < 10, "bounds say enough: {cut_short} were cut short");
}

/// Orders that can all bid the same; of those above `dense` only every third has an audience that fits.
fn equals(count: u128, dense: u128) -> Snapshot {
    let male = |creator| CompiledAudience::try_new(&audience("gender:male"), creator).unwrap();
    let order = |n: u128| {
        let base = bidding(n, 100);
        let fits = n <= dense || n.is_multiple_of(3);
        let audience = if fits { CompiledAudience::everybody() } else { male(base.creator) };
        Candidate { content: ContentId::Room(RoomId::new(n)), audience, ..base }
    };
    let orders = (1..=count).map(order).collect();
    Snapshot::build(TENANT, orders, Arc::new(FrequencyTable::with_bits(10)), [7; 32]).unwrap()
}

#[test]
fn dl_01_of_equal_bounds_a_bounded_number_is_looked_at_and_no_value_is_lost() {
    let book = equals(6_000, 6_000);
    for seed in 0..20 {
        let request = request(2);
        let mut search = Search::new(&book, &request, seed, NOON);
        let ranking = search.ranking(HostRates::NONE);
        assert!(search.take_best(ranking, Rank::ZERO.next()).is_some());
        assert!(search.contenders.len() < LOOKED_MAX + 64, "{} looked at", search.contenders.len());
        let told = crate::explain(&book, &request, &mut Rng::seeded(seed), NOON);
        let decision = decide(&book, &request, &mut Rng::seeded(seed), NOON);
        assert!(decision.is_cut_short);
        let value = |wins: &[Won]| wins.iter().map(|won| (won.rank, won.price)).collect::<Vec<_>>();
        assert_eq!(value(&decision.wins), value(&told.wins));
        decision.wins.iter().for_each(|won| won.lease.release(won.price));
    }
}

#[test]
fn dl_01_refused_orders_are_looked_at_in_bounded_number() {
    let book = equals(6_000, 6_000);
    let mut request = request(1);
    request.excluded_contents = (1..=6_000).map(|n| ContentId::Room(RoomId::new(n))).collect();
    let mut search = Search::new(&book, &request, 1, NOON);
    let ranking = search.ranking(HostRates::NONE);
    assert!(!search.has_any(ranking) && search.is_cut_short);
    assert!((REFUSED_MAX..REFUSED_MAX + 64).contains(&search.refusals.len()), "{} refused", search.refusals.len());
    let decision = decide(&book, &request, &mut Rng::seeded(1), NOON);
    let told: u32 = decision.refusals.iter().map(|refusal| refusal.weight).sum();
    assert!(decision.refusals.len() < 60 && (5_000..7_000).contains(&told), "{told} of 6 000 told of");
}

#[test]
fn dl_01_a_slot_is_filled_although_the_first_hundreds_are_refused() {
    let book = equals(3_000, 3_000);
    let mut request = request(1);
    request.excluded_contents = (2..=3_000).map(|n| ContentId::Room(RoomId::new(n))).collect();
    let decision = decide(&book, &request, &mut Rng::seeded(1), NOON);
    assert_eq!(decision.wins.first().map(|won| won.content), Some(ContentId::Room(RoomId::new(1))));
}

/// Every order has the same chance among those with the same bound, wherever it lies and whoever lies beside it.
#[test]
fn dl_01_equal_bounds_have_equal_chances() {
    const BUCKET: u128 = 120;
    let book = equals(6_000, 2_500);
    let (mut wins, mut fitting) = ([0_u32; 50], [0_u32; 50]);
    let bucket = |order: u128| usize::try_from((order - 1) / BUCKET).unwrap();
    (1..=6_000).filter(|n| *n <= 2_500 || n % 3 == 0).for_each(|n| fitting[bucket(n)] += 1);
    let mut rng = Rng::seeded(3);
    let draws = 4_000;
    for _ in 0..draws {
        let decision = decide_telling(&book, &request(1), &mut rng, NOON, Telling::Nothing);
        assert!(decision.is_cut_short);
        let won = &decision.wins[0];
        won.lease.release(won.price);
        wins[bucket(won.order.value())] += 1;
    }
    let all = f64::from(fitting.iter().sum::<u32>());
    let squares = wins.iter().zip(fitting).map(|(wins, fitting)| {
        let expected = f64::from(draws) * f64::from(fitting) / all;
        (f64::from(*wins) - expected).powi(2) / expected
    });
    let chi_square: f64 = squares.sum();
    // 49 degrees of freedom: more than this comes by chance once in ten thousand.
    assert!(chi_square < 94.0, "{chi_square}");
}

/// Sums of weights over many decisions are the numbers of auctions and refusals that there were.
#[test]
fn dl_09_sampled_counts_are_right_on_average() {
    let seeds: Vec<u64> = (0..2_000).map(mix).collect();
    let book = book(&seeds, 0);
    let (mut sampled, mut exact) = ([0_u64; 4], [0_u64; 4]);
    let group = |order: PromotionOrderId| usize::try_from(order.value() % 2).unwrap();
    for seed in 0..150 {
        let mut request = asked(seed);
        request.placement.slots.truncate(1);
        let told = crate::explain(&book, &request, &mut Rng::seeded(seed), NOON);
        for one in &told.candidates {
            exact[group(one.order)] += u64::try_from(one.auctions.len()).unwrap();
            let audience = matches!(one.refusal, None | Some(LossReason::Audience));
            let accepted = book.candidate(one.order).unwrap().audience.accepts(&request.viewer.keys());
            exact[2 + group(one.order)] += u64::from(!audience && accepted);
        }
        let decision = decide(&book, &request, &mut Rng::seeded(seed), NOON);
        decision.wins.iter().for_each(|won| won.lease.release(won.price));
        assert!(decision.entries.len() <= 60 && decision.refusals.len() <= 60, "bounded");
        decision.entries.iter().for_each(|entry| sampled[group(entry.order)] += u64::from(entry.weight));
        decision.refusals.iter().for_each(|refusal| sampled[2 + group(refusal.order)] += u64::from(refusal.weight));
    }
    for (sampled, exact) in sampled.into_iter().zip(exact) {
        assert!(sampled.abs_diff(exact) * 12 < exact, "{sampled} told, {exact} there were");
    }
}

/// The same where a few of many shelves are drawn: some full, some nearly empty.
#[test]
fn dl_09_counts_sampled_from_a_few_shelves_are_right_on_average() {
    let seeds: Vec<u64> = (0..20_000).map(mix).collect();
    let book = book(&seeds, 0);
    assert!(book.shelves.len() >= 8, "{} shelves", book.shelves.len());
    let (mut sampled, mut exact) = (0, 0);
    for seed in 0..8 {
        let mut request = asked(seed);
        request.placement.slots.truncate(1);
        request.candidate_contents = None;
        let told = crate::explain(&book, &request, &mut Rng::seeded(seed), NOON);
        exact += 120 * told.candidates.iter().map(|one| one.auctions.len()).sum::<usize>();
        for draw in 0..120 {
            let decision = decide(&book, &request, &mut Rng::seeded(draw), NOON);
            decision.wins.iter().for_each(|won| won.lease.release(won.price));
            sampled += decision.entries.iter().map(|entry| usize::try_from(entry.weight).unwrap()).sum::<usize>();
        }
    }
    assert!(sampled.abs_diff(exact) * 12 < exact, "{sampled} told, {exact} there were");
}
