//! Features: what a prediction may depend on, hashed to places in one table of weights (Weinberger et al. 2009).

use tuiliu_domain::id::Id;
use tuiliu_domain::time::{HOUR_MS, Timestamp};

use super::{GOALS, goal_index};
use crate::audience::Tag;
use crate::random::mix;
use crate::request::Request;
use crate::snapshot::Candidate;

/// Features of the request alone.
const OWN: usize = 15;
/// Features of the order, alone and crossed with the request.
const JOINT: usize = 10;
/// Features of one prediction.
pub const FEATURES: usize = OWN + JOINT;

/// Names of the fields that features are made of; each has its own part of the space of hashes.
#[derive(Clone, Copy)]
enum Field {
    Always,
    Gender,
    Age,
    Region,
    City,
    Interest,
    Device,
    System,
    LiveWatcher,
    Hour,
    Placement,
    Position,
    GenderAge,
    HourWatcher,
}

const GOAL_SALTS: [u64; GOALS] = [mix(101), mix(102), mix(103), mix(104), mix(105), mix(106), mix(107)];
const ROOM_SALT: u64 = mix(201);
const CREATOR_SALT: u64 = mix(202);
const CATEGORY_SALT: u64 = mix(203);
/// What an order's own features are crossed with.
const ALONE: u64 = mix(204);

/// The place of what is not there: it never has a weight.
pub(super) const NOWHERE: u32 = 0;

/// Places in the table of weights, as numbers of 24 bits; a smaller table uses the lower ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features(pub [u32; FEATURES]);

/// The request's side of the features; made once per request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traits {
    own: [u64; OWN],
    /// What orders are crossed with.
    gender: u64,
    age: u64,
    region: u64,
    interests: [u64; 2],
    live_watcher: u64,
}

/// The hour of the day, by the world's clock.
#[must_use]
pub fn hour_of_day(at: Timestamp) -> usize {
    usize::try_from(at.ms().div_euclid(HOUR_MS).rem_euclid(24)).expect("24 is small")
}

fn salted(field: Field, value: u64) -> u64 {
    mix(value ^ SALTS[usize::from(field.number())])
}

const SALTS: [u64; 14] = {
    let mut salts = [0; 14];
    let mut nth = 0;
    let mut seed = 301;
    while nth < salts.len() {
        salts[nth] = mix(seed);
        seed += 1;
        nth += 1;
    }
    salts
};

impl Field {
    const fn number(self) -> u8 {
        match self {
            Self::Always => 0,
            Self::Gender => 1,
            Self::Age => 2,
            Self::Region => 3,
            Self::City => 4,
            Self::Interest => 5,
            Self::Device => 6,
            Self::System => 7,
            Self::LiveWatcher => 8,
            Self::Hour => 9,
            Self::Placement => 10,
            Self::Position => 11,
            Self::GenderAge => 12,
            Self::HourWatcher => 13,
        }
    }
}

/// The place of the pair of two hashes; none when there is no such trait.
fn place(one: u64, other: u64) -> u32 {
    if other == 0 {
        return NOWHERE;
    }
    u32::try_from((one ^ other).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40).unwrap_or(0)
}

/// 64 bits of an id, spread.
fn spread<K>(id: Id<K>, salt: u64) -> u64 {
    let halves = id.value() ^ (id.value() >> 64);
    let low = u64::try_from(halves & u128::from(u64::MAX)).unwrap_or(0) ^ salt;
    let product = low.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    product ^ (product >> 32)
}

impl Traits {
    /// What a request brings.
    pub(super) fn of(request: &Request, now: Timestamp) -> Self {
        let viewer = &request.viewer;
        // What the host does not tell is no feature: it would be the same for all its viewers.
        let told = |field: Field, tag: Option<Tag>| tag.map_or(0, |tag| salted(field, tag.value()));
        let interest = |nth: usize| told(Field::Interest, viewer.interests.get(nth).copied());
        let letters = viewer.region.map(|region| u64::from_be_bytes(region.letters()));
        let city = letters.map_or(0, |letters| salted(Field::City, letters));
        // Country and province: two letters and two more.
        let region = letters.map_or(0, |letters| salted(Field::Region, letters >> 32));
        let gender = told(Field::Gender, viewer.gender);
        let age = told(Field::Age, viewer.age);
        let gender_age = if gender == 0 || age == 0 { 0 } else { salted(Field::GenderAge, gender ^ age) };
        let watcher = u64::from(viewer.live_watcher);
        let hour = u64::try_from(hour_of_day(now)).unwrap_or(0);
        let live_watcher = salted(Field::LiveWatcher, watcher);
        // The rate is one for all slots of a request, so the first one stands for where they are.
        let position = request.placement.slots.first().map_or(0, |slot| u64::from(slot.position.min(16)));
        let interests = [interest(0), interest(1)];
        let own = [
            salted(Field::Always, 0),
            gender,
            age,
            region,
            city,
            interests[0],
            interests[1],
            interest(2),
            told(Field::Device, viewer.device),
            told(Field::System, viewer.system),
            salted(Field::Hour, hour),
            salted(Field::Placement, request.placement.hash),
            salted(Field::Position, position),
            gender_age,
            salted(Field::HourWatcher, hour * 2 + watcher),
        ];
        Self { own, gender, age, region, interests, live_watcher }
    }

    /// Places of the features of the request alone, for one goal.
    pub(super) fn own(&self, goal: usize) -> [u32; OWN] {
        self.own.map(|hash| place(GOAL_SALTS[goal], hash))
    }

    /// Places of the features that an order brings.
    pub(super) fn joint(&self, candidate: &Candidate) -> [u32; JOINT] {
        let salt = GOAL_SALTS[goal_index(candidate.goal)];
        let content = spread(Id::<()>::new(candidate.content.value()), ROOM_SALT ^ salt);
        let creator = spread(candidate.creator, CREATOR_SALT ^ salt);
        let category = candidate.counts.category() ^ CATEGORY_SALT ^ salt;
        [
            place(content, ALONE),
            place(creator, ALONE),
            place(creator, self.gender),
            place(creator, self.age),
            place(creator, self.live_watcher),
            place(category, self.gender),
            place(category, self.age),
            place(category, self.region),
            place(category, self.interests[0]),
            place(category, self.interests[1]),
        ]
    }

    /// Everything a prediction for this order depends on.
    pub(super) fn features(&self, candidate: &Candidate) -> Features {
        let mut places = [0; FEATURES];
        places[..OWN].copy_from_slice(&self.own(goal_index(candidate.goal)));
        places[OWN..].copy_from_slice(&self.joint(candidate));
        Features(places)
    }
}
