//! What a decision tells of those that did not win: exact where it looked, a fair sample elsewhere, never without end.
//!
//! Whoever is certain to be told of has the weight one; whoever is drawn has the inverse of the chance to be drawn,
//! rounded up or down by lot. So the expected sum of an order's weights is the number of its auctions.

use crate::random::{Rng, mix};

use super::hold::Held;
use super::search::{Found, Search};
use super::{Decision, Refusal};

/// Orders looked at that are told of for certain.
const CERTAIN: usize = 32;
/// Drawn from the others that were looked at.
const DRAWN_SEEN: usize = 8;
/// Drawn from those that were not looked at.
const DRAWN_UNSEEN: usize = 16;
/// Shelves from which these are drawn, where there are more than [`SHELVES_ALL`]: each has to be searched for the viewer.
const SHELVES_DRAWN: usize = 2;
/// As many shelves are all drawn from: one of each goal, so that a small tenant's counts are exact.
const SHELVES_ALL: usize = 4;

/// Tells of everybody who was looked at.
pub(super) fn tell_all(search: &Search<'_>, held: &[Held<'_>], decision: &mut Decision) {
    let all = (0..search.contenders.len()).map(|nth| (nth, 1)).collect();
    tell(search, held, all, decision);
    decision.refusals = search.refusals.iter().map(|(order, reason)| refusal(*order, *reason, 1)).collect();
}

/// Tells of the first, and of a sample of the others.
pub(super) fn tell_sample(mut search: Search<'_>, held: &[Held<'_>], draw: u64, decision: &mut Decision) {
    let mut rng = Rng::seeded(mix(draw ^ SAMPLING));
    let (seen, refused) = (search.contenders.len(), search.refusals.len());
    let is_certain = |nth: usize| nth < CERTAIN || search.contenders[nth].is_broke || is_first(held, nth);
    let (certain, others): (Vec<usize>, Vec<usize>) = (0..seen).partition(|nth| is_certain(*nth));
    let mut told: Vec<(usize, u32)> = certain.into_iter().map(|nth| (nth, 1)).collect();
    let drawn = choose(&mut rng, others.len(), DRAWN_SEEN);
    let share = (others.len(), drawn.len());
    told.extend(drawn.into_iter().map(|place| (others[place], weight(&mut rng, share))));

    let first = refused.min(CERTAIN);
    let drawn = choose(&mut rng, refused - first, DRAWN_SEEN);
    let share = (refused - first, drawn.len());
    let told_of = |search: &Search<'_>, nth: usize, weight| {
        let (order, reason) = search.refusals[nth];
        refusal(order, reason, weight)
    };
    decision.refusals.extend((0..first).map(|nth| told_of(&search, nth, 1)));
    for place in drawn {
        let weight = weight(&mut rng, share);
        decision.refusals.push(told_of(&search, first + place, weight));
    }

    let share = look_at_some(&mut search, &mut rng);
    told.extend((seen..search.contenders.len()).map(|nth| (nth, weight(&mut rng, share))));
    for nth in refused..search.refusals.len() {
        let weight = weight(&mut rng, share);
        decision.refusals.push(told_of(&search, nth, weight));
    }
    tell(&search, held, told, decision);
}

/// Keeps the draws of the sample apart from the others that follow from a decision's number.
const SAMPLING: u64 = 0x5A3C_96E1_D247_0F8B;

/// Looks at a few of those that were not looked at; answers how many they stand for, and how many they are.
fn look_at_some(search: &mut Search<'_>, rng: &mut Rng) -> (usize, usize) {
    let snapshot = search.snapshot;
    let count = snapshot.shelves.len();
    let shelves = choose(rng, count, if count <= SHELVES_ALL { count } else { SHELVES_DRAWN });
    let mut unseen = Vec::with_capacity(shelves.len());
    for shelf in &shelves {
        let found = search.ask(*shelf);
        let Found { matching, seen, .. } = &search.found[found];
        let mut left = snapshot.shelves[*shelf].homes_of(matching);
        left.iter_mut().zip(seen).for_each(|(word, seen)| *word &= !seen);
        unseen.push(left);
    }
    let count = |bits: &[u64]| bits.iter().map(|word| usize::try_from(word.count_ones()).expect("at most 64")).sum();
    let counts: Vec<usize> = unseen.iter().map(|bits| count(bits)).collect();
    let all: usize = counts.iter().sum();
    let drawn = choose(rng, all, DRAWN_UNSEEN);
    for place in &drawn {
        let (mut place, mut nth) = (*place, 0);
        while place >= counts[nth] {
            place -= counts[nth];
            nth += 1;
        }
        search.look(&snapshot.shelves[shelves[nth]], nth_one(&unseen[nth], place));
    }
    (all * snapshot.shelves.len(), drawn.len() * shelves.len())
}

/// The place of the `nth` bit that is set; there are more.
fn nth_one(bits: &[u64], nth: usize) -> usize {
    let mut left = nth;
    for (place, word) in bits.iter().enumerate() {
        let ones = usize::try_from(word.count_ones()).expect("at most 64");
        if left < ones {
            let mut word = *word;
            (0..left).for_each(|_| word &= word - 1);
            return place * 64 + usize::try_from(word.trailing_zeros()).expect("below 64");
        }
        left -= ones;
    }
    unreachable!("there are more bits than were counted")
}

/// Writes the entries of these contenders, slot by slot and ascending by order.
fn tell(search: &Search<'_>, held: &[Held<'_>], mut told: Vec<(usize, u32)>, decision: &mut Decision) {
    told.sort_unstable_by_key(|(nth, _)| search.contenders[*nth].candidate.order);
    decision.entries.reserve(told.len() * held.len());
    for held in held {
        let entry = |(nth, weight): &(usize, u32)| held.entry(&search.gone, (*nth, &search.contenders[*nth]), *weight);
        decision.entries.extend(told.iter().filter_map(entry));
    }
}

fn is_first(held: &[Held<'_>], nth: usize) -> bool {
    held.iter().any(|held| held.is_first(nth))
}

const fn refusal(
    order: tuiliu_domain::id::PromotionOrderId,
    reason: crate::eligibility::LossReason,
    weight: u32,
) -> Refusal {
    Refusal { order, reason, weight }
}

/// So many different numbers below `count`, all of them if there are no more; each set is as likely as another.
fn choose(rng: &mut Rng, count: usize, wanted: usize) -> Vec<usize> {
    if count <= wanted {
        return (0..count).collect();
    }
    let mut chosen = Vec::with_capacity(wanted);
    while chosen.len() < wanted {
        let number = below(rng, count);
        if !chosen.contains(&number) {
            chosen.push(number);
        }
    }
    chosen
}

fn below(rng: &mut Rng, count: usize) -> usize {
    let product = u128::from(rng.next_u64()) * u128::try_from(count).expect("a size fits");
    usize::try_from(product >> 64).expect("below a size")
}

/// How many one of `drawn` stands for, when they stand for `all`: rounded by lot, so that it is right on average.
fn weight(rng: &mut Rng, (all, drawn): (usize, usize)) -> u32 {
    if all == drawn {
        return 1;
    }
    u32::try_from((all + below(rng, drawn)) / drawn.max(1)).unwrap_or(u32::MAX)
}
