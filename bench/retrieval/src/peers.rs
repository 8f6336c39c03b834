//! The other ways to search.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use a_tree::{ATree, AttributeDefinition};
use anyhow::{Result, anyhow};
use roaring::RoaringBitmap;
use tuiliu_delivery::index::AudienceIndex;

use crate::world::{EXCLUSION, Predicate, SCALARS, VALUES, Viewer, World};

/// Whatever can be asked which orders want a viewer.
pub(crate) trait Answering {
    /// Adds the numbers of the orders, in any order.
    fn ask(&self, viewer: &Viewer, world: &World, found: &mut Vec<u32>);
}

impl Answering for AudienceIndex {
    fn ask(&self, viewer: &Viewer, _world: &World, found: &mut Vec<u32>) {
        self.search(&viewer.keys, found);
    }
}

/// A look at every order, in memory that lies as it is read.
pub(crate) struct Scan {
    /// Attribute and number of values of every predicate.
    predicates: Vec<(u8, u8)>,
    values: Vec<u32>,
    /// How many predicates each order has.
    counts: Vec<u8>,
}

impl Scan {
    pub(crate) fn build(world: &World) -> Self {
        let mut scan = Self { predicates: Vec::new(), values: Vec::new(), counts: Vec::new() };
        for order in &world.orders {
            scan.counts.push(order.len() as u8);
            for Predicate { attribute, values } in order {
                scan.predicates.push((*attribute as u8, values.len() as u8));
                scan.values.extend(values);
            }
        }
        scan
    }
}

impl Answering for Scan {
    fn ask(&self, viewer: &Viewer, _world: &World, found: &mut Vec<u32>) {
        let (mut predicate, mut value) = (0, 0);
        for (number, count) in self.counts.iter().enumerate() {
            let mut accepted = true;
            for (attribute, length) in &self.predicates[predicate..predicate + usize::from(*count)] {
                let wanted = &self.values[value..value + usize::from(*length)];
                value += usize::from(*length);
                if accepted {
                    let attribute = usize::from(*attribute);
                    let has = viewer.values[attribute].iter().any(|own| wanted.contains(own));
                    accepted = has != (attribute == EXCLUSION);
                }
            }
            predicate += usize::from(*count);
            if accepted {
                found.push(number as u32);
            }
        }
    }
}

/// For each attribute and value the orders that ask for it, and for each attribute those that do not care.
pub(crate) struct Inverted {
    free: Vec<RoaringBitmap>,
    wanted: HashMap<(usize, u32), RoaringBitmap>,
}

impl Inverted {
    pub(crate) fn build(world: &World) -> Self {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..world.orders.len() as u32);
        let mut free = vec![all; EXCLUSION];
        let mut wanted: HashMap<(usize, u32), RoaringBitmap> = HashMap::new();
        for (number, order) in (0_u32..).zip(&world.orders) {
            for Predicate { attribute, values } in order {
                if *attribute != EXCLUSION {
                    free[*attribute].remove(number);
                }
                for value in values {
                    wanted.entry((*attribute, *value)).or_default().insert(number);
                }
            }
        }
        Self { free, wanted }
    }
}

impl Answering for Inverted {
    fn ask(&self, viewer: &Viewer, _world: &World, found: &mut Vec<u32>) {
        let rows = |attribute: usize| {
            viewer.values[attribute].iter().filter_map(move |value| self.wanted.get(&(attribute, *value)))
        };
        let accepting = |attribute: usize| self.free[attribute].len() + rows(attribute).map(RoaringBitmap::len).sum::<u64>();
        // The attribute that leaves least goes first, so that all others only look at what is left.
        let mut attributes: Vec<usize> = (0..self.free.len()).collect();
        attributes.sort_by_cached_key(|attribute| accepting(*attribute));
        let mut survivors = self.free[attributes[0]].clone();
        rows(attributes[0]).for_each(|row| survivors |= row);
        for attribute in attributes.into_iter().skip(1) {
            let mut kept = &survivors & &self.free[attribute];
            rows(attribute).for_each(|row| kept |= &survivors & row);
            survivors = kept;
        }
        for row in viewer.values[EXCLUSION].iter().filter_map(|value| self.wanted.get(&(EXCLUSION, *value))) {
            survivors -= row;
        }
        found.extend(&survivors);
    }
}

/// The crate `a-tree`.
pub(crate) struct Tree {
    tree: ATree<u32>,
}

fn name(attribute: usize) -> String {
    format!("a{attribute}")
}

impl Tree {
    /// As many orders as the time allows.
    pub(crate) fn build(world: &World, limit: Duration) -> Result<(Self, u32)> {
        let definitions: Vec<AttributeDefinition> = (0..VALUES.len())
            .map(|attribute| {
                let name = name(attribute);
                if attribute < SCALARS {
                    AttributeDefinition::integer(&name)
                } else {
                    AttributeDefinition::integer_list(&name)
                }
            })
            .collect();
        let mut tree = ATree::new(&definitions).map_err(|error| anyhow!("{error:?}"))?;
        let start = Instant::now();
        let mut inserted = 0;
        for (number, order) in (0_u32..).zip(&world.orders) {
            if start.elapsed() > limit {
                break;
            }
            let text = expression(order)?;
            tree.insert(&number, &text).map_err(|error| anyhow!("{error:?}"))?;
            inserted += 1;
        }
        Ok((Self { tree }, inserted))
    }
}

fn expression(order: &[Predicate]) -> Result<String> {
    let mut text = String::new();
    for (nth, Predicate { attribute, values }) in order.iter().enumerate() {
        let operator = match *attribute {
            EXCLUSION => "none of",
            0..SCALARS => "in",
            _ => "one of",
        };
        let list = values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        write!(text, "{}a{attribute} {operator} [{list}]", if nth > 0 { " and " } else { "" })?;
    }
    Ok(text)
}

impl Answering for Tree {
    fn ask(&self, viewer: &Viewer, _world: &World, found: &mut Vec<u32>) {
        let mut event = self.tree.make_event();
        for (attribute, values) in viewer.values.iter().enumerate() {
            let values: Vec<i64> = values.iter().map(|value| i64::from(*value)).collect();
            let name = name(attribute);
            let set = if attribute < SCALARS {
                event.with_integer(&name, values[0])
            } else {
                event.with_integer_list(&name, &values)
            };
            set.expect("the attribute is defined");
        }
        let event = event.build().expect("all attributes are set");
        let report = self.tree.search(&event).expect("the event has all attributes");
        found.extend(report.matches().iter().map(|order| **order));
    }
}
