//! Made-up orders and requests: several goals, audiences over the product's own attributes, bids spread as in markets
//! (log-normal), beliefs with ceilings, frequency caps, holdout and leases.

use std::sync::Arc;

use tuiliu_delivery::audience::{CompiledAudience, Conjunction, Dimension, Group, Tag};
use tuiliu_delivery::bidding::{Bid, PacingCell, Quality};
use tuiliu_delivery::frequency::{FrequencyCap, FrequencyTable, FrequencyWindow};
use tuiliu_delivery::lease::LeaseCounter;
use tuiliu_delivery::predict::{Belief, Prior, Rate, ResultCounts};
use tuiliu_delivery::random::mix;
use tuiliu_delivery::request::{ContentType, HostRates, Placement};
use tuiliu_delivery::snapshot::{Candidate, RoomState};
use tuiliu_delivery::{Request, Rng, Slot, Snapshot, Viewer};
use tuiliu_domain::id::{DecisionId, PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::{HOUR_MS, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_750_000_000_000);
const TENANT: TenantId = TenantId::new(1);
const HOLDOUT_MILLIONTHS: u32 = 100_000;

/// Attribute, number of its values, and whether a viewer has several of them.
const ATTRIBUTES: [(Dimension, u64, bool); 7] = [
    (Dimension::GENDER, 2, false),
    (Dimension::AGE, 6, false),
    (Dimension::DEVICE, 12, false),
    (Dimension::SYSTEM, 5, false),
    (Dimension::INTEREST, 300, true),
    (Dimension::SEGMENT, 500, true),
    (Dimension::SIMILAR_TO, 2_000, true),
];

fn unit(rng: &mut Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| unit(rng)).sum::<f64>() - 6.0
}

/// A value by about Zipf's law.
fn zipf(rng: &mut Rng, values: u64) -> u64 {
    (((values + 1) as f64).powf(unit(rng)) as u64 - 1).min(values - 1)
}

fn tag(place: usize, value: u64) -> Tag {
    Tag::named(&format!("{place}.{value}"))
}

fn audience(rng: &mut Rng, predicates: u64) -> CompiledAudience {
    let mut all = Conjunction::default();
    let mut places: Vec<usize> = (0..ATTRIBUTES.len()).collect();
    for _ in 0..predicates {
        let chosen = places.swap_remove((rng.next_u64() % places.len() as u64) as usize);
        let (dimension, values, _) = ATTRIBUTES[chosen];
        let count = 1 + rng.next_u64() % (values / 2).clamp(1, 4);
        let mut wanted: Vec<u64> = (0..count).map(|_| tag(chosen, zipf(rng, values)).value()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        all.groups.push(Group { dimension, values: wanted });
    }
    CompiledAudience::of_alternatives(&[all]).expect("within the limits")
}

pub(crate) struct Shape {
    pub(crate) orders: u64,
    pub(crate) predicates: u64,
    pub(crate) equal_bids: bool,
    pub(crate) ceiling: f64,
}

fn candidate(rng: &mut Rng, n: u64, shape: &Shape) -> Candidate {
    let goal = Goal::ALL[(rng.next_u64() % Goal::ALL.len() as u64) as usize];
    let prior = Prior::of(goal);
    let spread = if shape.equal_bids { 1.0 } else { (0.6 * normal(rng)).exp() };
    let mean = (prior.rate.number() * if shape.equal_bids { 1.0 } else { (0.4 * normal(rng)).exp() }).min(0.9);
    let counts = ResultCounts::starting(500, 50);
    let ceiling = Rate::from_number((mean * shape.ceiling).min(1.0));
    counts.publish(Belief { rate: Rate::from_number(mean), ceiling, weight: 700 });
    let price = Micros::new((10_000.0 / prior.rate.number() * spread) as i64);
    Candidate {
        order: PromotionOrderId::new(u128::from(n) + 1),
        tenant: TENANT,
        content: RoomId::new(u128::from(rng.next_u64() % (shape.orders / 2 + 1))).into(),
        room_state: RoomState::Live,
        content_type: ContentType::LiveRoom,
        creator: PartyId::new(u128::from(n) + 1),
        promoter: PartyId::new(u128::from(n) + 1),
        goal,
        bid: if n % 4 == 0 { Bid::Manual { price_max: price } } else { Bid::Auto },
        price_min: Micros::new(1_000),
        audience: audience(rng, shape.predicates),
        starts_at: NOW.plus_ms(-HOUR_MS),
        ends_at: NOW.plus_ms(24 * HOUR_MS),
        paused: n % 50 == 0,
        is_commerce: goal == Goal::ProductClicks,
        room_sells: goal == Goal::ProductClicks,
        holdout_share_millionths: HOLDOUT_MILLIONTHS,
        frequency_cap: FrequencyCap::try_new(3, FrequencyWindow::Day),
        quality: Quality::from_millionths(if shape.equal_bids {
            1_000_000
        } else {
            500_000 + (rng.next_u64() % 1_000_000) as u32
        }),
        prior,
        counts: Arc::new(counts),
        pacing: Arc::new(PacingCell::new(price)),
        lease: Arc::new(LeaseCounter::new(Micros::new(i64::MAX / 4), 1)),
    }
}

/// Another form of an order of the snapshot.
pub(crate) fn changed(seed: u64, n: u64, shape: &Shape) -> Candidate {
    candidate(&mut Rng::seeded(seed), n, shape)
}

pub(crate) fn snapshot(seed: u64, shape: &Shape, table: Arc<FrequencyTable>) -> Snapshot {
    let mut rng = Rng::seeded(seed);
    let orders = (0..shape.orders).map(|n| candidate(&mut rng, n, shape)).collect();
    Snapshot::build(TENANT, orders, table, [7; 32]).expect("the orders fit").with_universal_holdout(10_000)
}

pub(crate) fn request(rng: &mut Rng, n: u64) -> Request {
    let mut several = |place: usize, count: u64| -> Vec<Tag> {
        (0..count).map(|_| tag(place, zipf(rng, ATTRIBUTES[place].1))).collect()
    };
    let viewer = Viewer {
        gender: several(0, 1).first().copied(),
        age: several(1, 1).first().copied(),
        device: several(2, 1).first().copied(),
        system: several(3, 1).first().copied(),
        interests: several(4, 8),
        segments: several(5, 6),
        similar_to: several(6, 6),
        region: "CN-4403".parse().ok(),
        hash: u128::from(n % 5_000),
        ..Viewer::default()
    };
    Request {
        decision: DecisionId::new((u128::from(mix(n)) << 64) | (u128::from(mix(!n)) << 8)),
        tenant: TENANT,
        viewer,
        placement: Placement {
            hash: 1,
            slots: (1..=2)
                .map(|position| Slot { position, floor: Some(Micros::new(1_000)), predicted: HostRates::NONE })
                .collect(),
            content_types: vec![ContentType::LiveRoom],
            feed_items: 20,
            promoted_share_max_millionths: 200_000,
        },
        candidate_contents: None,
        excluded_contents: Vec::new(),
        excluded_creators: Vec::new(),
        excluded_orders: Vec::new(),
    }
}
