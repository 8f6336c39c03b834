//! A market whose true rates are known: viewers, rooms and orders with effects drawn once from a seed.
//!
//! The log-odds of a result are those of the goal plus effects of category (σ 0.4), room (0.4), order (0.3), hour
//! (0.2), live watcher (0.3), gender × category (0.3), age × category (0.3), interest × category (0.4) and
//! gender × creator (0.2). None of it is told to the predictors. Orders live for a while and are followed by new ones
//! of the same room. Of 20 orders that fit a viewer, the one with the highest bid × predicted rate above a floor is
//! shown, and only what is shown is learnt from. Results come after 20 s on average, and are not known before.

use std::collections::BTreeMap;
use std::sync::Arc;

use tuiliu_delivery::audience::{CompiledAudience, Region, Tag};
use tuiliu_delivery::bidding::{Bid, PacingCell, Quality};
use tuiliu_delivery::frequency::FrequencyTable;
use tuiliu_delivery::lease::LeaseCounter;
use tuiliu_delivery::predict::{
    Context, FtrlSettings, Learner, ModelCell, Moments, Prior, Rate, ResultCounts, Served, TABLE_BITS,
};
use tuiliu_delivery::random::mix;
use tuiliu_delivery::request::{ContentType, HostRates, Placement};
use tuiliu_delivery::snapshot::{Candidate, RoomState};
use tuiliu_delivery::{Request, Rng, Slot, Snapshot, Viewer};
use tuiliu_domain::id::{DecisionId, PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::{HOUR_MS, SECOND_MS, Timestamp};

use crate::score::Score;

const TENANT: TenantId = TenantId::new(1);
const START: Timestamp = Timestamp::from_ms(1_750_000_000_000);
const ROOMS: u64 = 200;
const CATEGORIES: u64 = 8;
/// Orders of each room that run at one time.
const ORDERS_PER_ROOM: u64 = 2;
/// Orders that fit one viewer.
const ELIGIBLE: u64 = 20;
/// Requests between two ticks of learning: one second.
const REQUESTS_PER_SECOND: u64 = 100;
/// Seconds after which every order is followed by another one.
const LIFE_SECONDS: u64 = 1_200;
const GOAL_LOG_ODDS: [f64; 2] = [-2.6, -3.9];
/// Deviation of what a host predicts, as a logarithm.
const HOST_NOISE: f64 = 0.5;

/// What ranks the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// The default of each goal, for ever.
    Prior,
    /// The hierarchy of rates.
    Hierarchy,
    /// And what circumstances add.
    Circumstances,
    /// The truth times noise, as a host might predict it.
    Host,
}

impl Method {
    pub(crate) const ALL: [Self; 4] = [Self::Prior, Self::Hierarchy, Self::Circumstances, Self::Host];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Prior => "prior only",
            Self::Hierarchy => "beta-binomial",
            Self::Circumstances => "beta-binomial + ftrl",
            Self::Host => "host, noise 0.5",
        }
    }
}

/// How a method did in its own market, after a third of the time for learning.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// What was won, as it was predicted.
    pub(crate) raw: Score,
    /// The same, calibrated on what was won before.
    pub(crate) calibrated: Score,
    /// Expected log-loss on orders drawn by lot, and that of the truth.
    pub(crate) everywhere: f64,
    pub(crate) truth: f64,
    everywhere_count: f64,
    /// Sum of bid × true rate over what was won: what the ranking was worth.
    pub(crate) value: f64,
    pub(crate) bytes: usize,
}

/// A number from the standard normal distribution that belongs to this key.
fn effect(seed: u64, key: &[u64]) -> f64 {
    let hash = key.iter().fold(mix(seed), |hash, part| mix(hash ^ part));
    let uniform = |bits: u64| (f64::from(u32::try_from(bits >> 32).unwrap_or(0)) + 0.5) / 4_294_967_296.0;
    (-2.0 * uniform(hash).ln()).sqrt() * (std::f64::consts::TAU * uniform(mix(hash))).cos()
}

fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// One viewer, as the truth sees them.
#[derive(Debug, Clone, Copy)]
struct Person {
    gender: u64,
    age: u64,
    region: u64,
    interests: [u64; 2],
    watcher: bool,
}

impl Person {
    fn drawn(rng: &mut Rng) -> Self {
        let mut below = |count: u64| rng.next_u64() % count;
        let skewed = below(31).min(below(31));
        Self {
            gender: below(2),
            age: below(6),
            region: skewed,
            interests: [below(30), below(30)],
            watcher: below(3) == 0,
        }
    }

    fn viewer(&self, hash: u128) -> Viewer {
        let tag = |kind: &str, value: u64| Tag::named(&format!("{kind}{value}"));
        Viewer {
            hash,
            gender: Some(tag("gender", self.gender)),
            age: Some(tag("age", self.age)),
            region: format!("CN-{}", 11 + self.region).parse::<Region>().ok(),
            interests: self.interests.map(|interest| tag("interest", interest)).to_vec(),
            live_watcher: self.watcher,
            ..Viewer::default()
        }
    }
}

struct Market {
    seed: u64,
    rng: Rng,
    learner: Learner,
    model: Arc<ModelCell>,
    orders: Vec<Candidate>,
    births: u64,
    snapshot: Snapshot,
    /// Results on their way.
    coming: BTreeMap<(Timestamp, u128), ()>,
}

/// Who ran, who was asked, what came of it.
pub(crate) fn run(method: Method, requests: u64, seed: u64, settings: FtrlSettings) -> Done {
    let mut market = Market::new(seed, settings);
    let mut done = Done::default();
    for nth in 0..requests {
        let now = START.plus_ms(i64::try_from(nth * 1_000 / REQUESTS_PER_SECOND).unwrap_or(0));
        if nth % REQUESTS_PER_SECOND == 0 {
            market.tick(method, nth / REQUESTS_PER_SECOND, now);
        }
        market.ask(method, now, nth >= requests / 3, &mut done);
    }
    done.everywhere /= done.everywhere_count.max(1.0);
    done.truth /= done.everywhere_count.max(1.0);
    done.bytes = market.learner.to_bytes().len();
    done
}

impl Market {
    fn new(seed: u64, settings: FtrlSettings) -> Self {
        let model = Arc::new(ModelCell::default());
        let snapshot = Snapshot::empty(TENANT).with_model(Arc::clone(&model));
        let rng = Rng::seeded(seed);
        let (orders, coming) = (Vec::new(), BTreeMap::new());
        let mut market =
            Self { seed, rng, learner: Learner::new(TABLE_BITS, settings), model, orders, births: 0, snapshot, coming };
        for room in 0..ROOMS * ORDERS_PER_ROOM {
            let order = market.born(room % ROOMS);
            market.orders.push(order);
        }
        market
    }

    /// A new order for a room.
    fn born(&mut self, room: u64) -> Candidate {
        self.births += 1;
        let category = Tag::named(&format!("category {}", room % CATEGORIES)).value();
        let goal = [Goal::Viewers, Goal::ProductClicks][usize::from(room.is_multiple_of(2))];
        let order = PromotionOrderId::new(u128::from(self.births));
        candidate(order, u128::from(room) + 1, goal, category)
    }

    /// Replaces some orders, learns, and publishes.
    fn tick(&mut self, method: Method, second: u64, now: Timestamp) {
        let count = u64::try_from(self.orders.len()).unwrap_or(1);
        for place in 0..count {
            if (second + place * LIFE_SECONDS / count) % LIFE_SECONDS == 0 && second > 0 {
                self.orders[usize::try_from(place).unwrap_or(0)] = self.born(place % ROOMS);
            }
        }
        while let Some(((at, decision), ())) = self.coming.first_key_value().map(|(key, ())| (*key, ())) {
            if at > now {
                break;
            }
            self.coming.pop_first();
            self.learner.result(DecisionId::new(decision), now);
        }
        let hour = tuiliu_delivery::predict::hour_of_day(now);
        for learnt in self.learner.learn(now) {
            if let Some(order) = self.orders.iter().find(|order| order.order == learnt.order) {
                order.counts.add_impression();
                if learnt.result {
                    order.counts.add_result();
                }
            }
        }
        if matches!(method, Method::Prior | Method::Host) {
            return;
        }
        if second % 60 == 59 {
            let mut moments = Moments::default();
            for order in &self.orders {
                let counts = (order.counts.impressions(), order.counts.results());
                let small = |count| u32::try_from(count).unwrap_or(u32::MAX);
                self.learner.add_to_moments(&mut moments, order.place(), hour, (small(counts.0), small(counts.1)));
            }
            self.learner.fit_strengths(moments);
        }
        for order in &self.orders {
            let counts = (order.counts.impressions(), order.counts.results());
            order.counts.publish(self.learner.belief(order.place(), hour, counts));
        }
        if method == Method::Circumstances {
            self.model.publish(self.learner.model());
        } else {
            self.model.publish(Learner::default().model());
        }
    }

    fn truth(&self, order: &Candidate, person: &Person, now: Timestamp) -> f64 {
        let room = u64::try_from(order.content.value()).unwrap_or(0);
        let category = (room - 1) % CATEGORIES;
        let hour = u64::try_from(now.ms() / HOUR_MS % 24).unwrap_or(0);
        let base = GOAL_LOG_ODDS[usize::from(order.goal == Goal::ProductClicks)];
        let part = |sigma: f64, key: &[u64]| sigma * effect(self.seed, key);
        let interests: f64 = person.interests.iter().map(|interest| part(0.4, &[8, *interest, category])).sum();
        let watcher = if person.watcher { 0.3 } else { 0.0 };
        logistic(
            base + part(0.4, &[1, category])
                + part(0.4, &[2, room])
                + part(0.3, &[3, u64::try_from(order.order.value()).unwrap_or(0)])
                + part(0.2, &[4, hour])
                + part(0.3, &[6, person.gender, category])
                + part(0.3, &[7, person.age, category])
                + part(0.2, &[9, person.gender, room])
                + interests
                + watcher,
        )
    }

    /// One request: who wins it by this method, and what comes of it.
    fn ask(&mut self, method: Method, now: Timestamp, counts: bool, done: &mut Done) {
        let person = Person::drawn(&mut self.rng);
        let number = self.rng.next_u64();
        let request = request(person.viewer(u128::from(number)), u128::from(number));
        let context = Context::of(&self.snapshot, &request, now, self.rng.next_u64());
        let mut best: Option<(usize, Rate, f64)> = None;
        let mut second = 2_000.0 * (0.7 * effect(number, &[1])).exp();
        for nth in 0..ELIGIBLE {
            let place =
                usize::try_from(self.rng.next_u64() % u64::try_from(self.orders.len()).unwrap_or(1)).unwrap_or(0);
            let order = &self.orders[place];
            let rate = match method {
                Method::Host => {
                    let noise = HOST_NOISE * effect(number, &[2, nth]);
                    Rate::from_number((self.truth(order, &person, now) * noise.exp()).min(0.99))
                }
                _ => order.rate(&context),
            };
            if counts && nth == 0 {
                let (truth, predicted) = (self.truth(order, &person, now), rate.number());
                done.everywhere -= truth * predicted.ln() + (1.0 - truth) * (1.0 - predicted).ln();
                done.truth -= truth * truth.ln() + (1.0 - truth) * (1.0 - truth).ln();
                done.everywhere_count += 1.0;
            }
            let worth = bid(order) * rate.number();
            match best {
                Some((_, _, first)) if worth <= first => second = second.max(worth),
                Some((_, _, first)) => {
                    second = second.max(first);
                    best = Some((place, rate, worth));
                }
                None => best = Some((place, rate, worth)),
            }
        }
        if let Some((place, rate, worth)) = best.filter(|(_, _, worth)| *worth >= second) {
            debug_assert!(worth > 0.0);
            self.show(place, (rate, second), &context, (now, counts), done, &person);
        }
    }

    fn show(
        &mut self,
        place: usize,
        (rate, price): (Rate, f64),
        context: &Context,
        (now, counts): (Timestamp, bool),
        done: &mut Done,
        person: &Person,
    ) {
        let order = &self.orders[place];
        let truth = self.truth(order, person, now);
        let result = f64::from(self.rng.below_million()) < truth * 1e6;
        let decision = DecisionId::new(u128::from(self.rng.next_u64()));
        let price = Micros::new(tuiliu_delivery::approximate::round_to_count(price / rate.number()));
        if counts {
            done.raw.add(rate.number(), result);
            done.calibrated.add(self.learner.calibrated(order.goal, price, rate).number(), result);
            done.value += bid(order) * truth;
        }
        let served = Served {
            decision,
            order: order.order,
            place: order.place(),
            hour: context.hour(),
            features: context.features(order),
            believed: order.believed(),
            predicted: rate,
            price,
            is_drawn: context.is_drawn(order),
        };
        self.learner.serve(served, now);
        self.learner.show(decision, now);
        if result {
            let delay = -20.0 * (f64::from(self.rng.below_million() + 1) / 1e6).ln();
            let delay_ms = tuiliu_delivery::approximate::round_to_count(delay * 1_000.0).max(SECOND_MS);
            self.coming.insert((now.plus_ms(delay_ms), decision.value()), ());
        }
    }
}

/// What an order pays for a result, in millionths: different for each, whatever its rate.
fn bid(order: &Candidate) -> f64 {
    let per_goal = if order.goal == Goal::ProductClicks { 4.0 } else { 1.0 };
    per_goal * 60_000.0 * (0.4 * effect(77, &[u64::try_from(order.order.value()).unwrap_or(0)])).exp()
}

pub(crate) fn candidate(order: PromotionOrderId, room: u128, goal: Goal, category: u64) -> Candidate {
    Candidate {
        order,
        tenant: TENANT,
        content: RoomId::new(room).into(),
        room_state: RoomState::Live,
        content_type: ContentType::LiveRoom,
        creator: PartyId::new(room + 1_000_000),
        promoter: PartyId::new(room + 1_000_000),
        goal,
        bid: Bid::Auto,
        price_min: Micros::ZERO,
        audience: CompiledAudience::everybody(),
        starts_at: START,
        ends_at: START.plus_ms(HOUR_MS),
        paused: false,
        is_commerce: true,
        room_sells: false,
        holdout_share_millionths: 0,
        frequency_cap: None,
        quality: Quality::NEUTRAL,
        prior: Prior::of(goal),
        counts: Arc::new(ResultCounts::default().in_category(category)),
        pacing: Arc::new(PacingCell::new(Micros::new(1))),
        lease: Arc::new(LeaseCounter::new(Micros::ZERO, 1)),
    }
}

pub(crate) fn request(viewer: Viewer, number: u128) -> Request {
    Request {
        decision: DecisionId::new(number),
        tenant: TENANT,
        viewer,
        placement: Placement {
            hash: 1,
            slots: vec![Slot { position: 3, floor: None, predicted: HostRates::NONE }],
            content_types: Vec::new(),
            feed_items: 8,
            promoted_share_max_millionths: 1_000_000,
        },
        candidate_contents: None,
        excluded_contents: Vec::new(),
        excluded_creators: Vec::new(),
        excluded_orders: Vec::new(),
    }
}

/// A snapshot with orders of which something is believed, and weights learnt from made-up viewers.
pub(crate) fn taught(orders: u64, seed: u64) -> (Snapshot, Vec<Request>, Learner, Vec<Served>) {
    let mut rng = Rng::seeded(seed);
    let mut learner = Learner::default();
    let orders: Vec<Candidate> = (1..=orders)
        .map(|n| {
            let category = Tag::named(&format!("category {}", n % CATEGORIES)).value();
            candidate(PromotionOrderId::new(u128::from(n)), u128::from(n / 2), Goal::ProductClicks, category)
        })
        .collect();
    let requests: Vec<Request> = (0..256).map(|n| request(Person::drawn(&mut rng).viewer(n), n)).collect();
    let blank = Snapshot::empty(TENANT);
    let mut examples = Vec::new();
    for n in 0..20_000_u64 {
        let order = &orders[usize::try_from(n * 7_919 % u64::try_from(orders.len()).unwrap_or(1)).unwrap_or(0)];
        let context = Context::of(&blank, &requests[usize::try_from(n % 256).unwrap_or(0)], START, 0);
        let served = Served {
            decision: DecisionId::new(u128::from(n)),
            order: order.order,
            place: order.place(),
            hour: context.hour(),
            features: context.features(order),
            believed: Rate::from_number(0.02),
            predicted: Rate::from_number(0.025),
            price: Micros::new(1_000_000),
            is_drawn: false,
        };
        learner.learn_one(&served, rng.below_million() < 20_000 + u32::try_from(n % 3).unwrap_or(0) * 20_000);
        examples.push(served);
    }
    for order in &orders {
        order.counts.publish(learner.belief(order.place(), 4, (500, 10)));
    }
    let model = Arc::new(ModelCell::default());
    model.publish(learner.model());
    let frequency = Arc::new(FrequencyTable::with_bits(4));
    let snapshot = Snapshot::build(TENANT, orders, frequency, [0; 32]).expect("the orders fit").with_model(model);
    (snapshot, requests, learner, examples)
}
