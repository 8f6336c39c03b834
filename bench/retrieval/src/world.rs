//! Made-up orders and viewers: 11 attributes with one value, 3 lists and 1 exclusion list, values by Zipf's law.

use tuiliu_delivery::Rng;
use tuiliu_delivery::audience::{CompiledAudience, Conjunction, Dimension, Group, Key, ViewerKeys};

/// How many values each attribute has: first those with one value, then the lists, then the exclusion list.
pub(crate) const VALUES: [u32; 15] = [2, 3, 5, 8, 12, 20, 30, 50, 100, 300, 1_000, 200, 500, 2_000, 300];
pub(crate) const SCALARS: usize = 11;
/// The attribute that excludes.
pub(crate) const EXCLUSION: usize = 14;

/// One attribute and some of its values.
#[derive(Debug, Clone)]
pub(crate) struct Predicate {
    pub(crate) attribute: usize,
    pub(crate) values: Vec<u32>,
}

/// What is true of a viewer: the values of each attribute.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) values: Vec<Vec<u32>>,
    pub(crate) keys: ViewerKeys,
}

pub(crate) struct World {
    pub(crate) orders: Vec<Vec<Predicate>>,
    pub(crate) audiences: Vec<CompiledAudience>,
    pub(crate) viewers: Vec<Viewer>,
}

struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    fn new(values: u32) -> Self {
        let mut sum = 0.0;
        let cumulative = (1..=values)
            .map(|rank| {
                sum += 1.0 / f64::from(rank);
                sum
            })
            .collect();
        Self { cumulative }
    }

    fn draw(&self, rng: &mut Rng) -> u32 {
        let last = self.cumulative.last().copied().unwrap_or(1.0);
        let wanted = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 * last;
        self.cumulative.partition_point(|sum| *sum < wanted) as u32
    }

    fn several(&self, rng: &mut Rng, count: u64) -> Vec<u32> {
        let mut values: Vec<u32> = (0..count).map(|_| self.draw(rng)).collect();
        values.sort_unstable();
        values.dedup();
        values
    }
}

fn below(rng: &mut Rng, count: u64) -> u64 {
    rng.next_u64() % count
}

impl World {
    pub(crate) fn new(orders: u32, predicates: u32, viewers: usize, seed: u64) -> Self {
        let mut rng = Rng::seeded(seed);
        let zipf: Vec<Zipf> = VALUES.iter().map(|values| Zipf::new(*values)).collect();
        let orders: Vec<Vec<Predicate>> = (0..orders).map(|_| order(&mut rng, &zipf, predicates)).collect();
        let audiences = orders.iter().map(|order| audience(order)).collect();
        let viewers = (0..viewers).map(|_| viewer(&mut rng, &zipf)).collect();
        Self { orders, audiences, viewers }
    }
}

fn order(rng: &mut Rng, zipf: &[Zipf], predicates: u32) -> Vec<Predicate> {
    let count = usize::try_from(u64::from(predicates) - 1 + below(rng, 3)).expect("few");
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count {
        let attribute = usize::try_from(below(rng, 15)).expect("few");
        if !chosen.contains(&attribute) {
            chosen.push(attribute);
        }
    }
    chosen.sort_unstable();
    let predicate = |attribute: usize| {
        let count = 1 + below(rng, u64::from((VALUES[attribute] / 2).clamp(1, 5)));
        Predicate { attribute, values: zipf[attribute].several(rng, count) }
    };
    chosen.into_iter().map(predicate).collect()
}

fn viewer(rng: &mut Rng, zipf: &[Zipf]) -> Viewer {
    let values: Vec<Vec<u32>> = (0..VALUES.len())
        .map(|attribute| {
            let count = match attribute {
                EXCLUSION => below(rng, 5),
                0..SCALARS => 1,
                _ => 3 + below(rng, 6),
            };
            zipf[attribute].several(rng, count)
        })
        .collect();
    let key = |(attribute, values): (usize, &Vec<u32>)| {
        values.iter().map(move |value| key(attribute, *value)).collect::<Vec<_>>()
    };
    let keys: Vec<Key> = values.iter().enumerate().flat_map(key).collect();
    Viewer { keys: ViewerKeys::new(&keys), values }
}

fn key(attribute: usize, value: u32) -> Key {
    let dimension = Dimension::numbered(u8::try_from(attribute).expect("few"));
    Key { dimension, value: u64::from(value) }
}

fn audience(order: &[Predicate]) -> CompiledAudience {
    let mut all = Conjunction::default();
    for Predicate { attribute, values } in order {
        let keys = values.iter().map(|value| key(*attribute, *value));
        if *attribute == EXCLUSION {
            all.none_of.extend(keys);
        } else {
            let dimension = key(*attribute, 0).dimension;
            all.groups.push(Group { dimension, values: keys.map(|key| key.value).collect() });
        }
    }
    CompiledAudience::of_alternatives(&[all]).expect("within the limits")
}
