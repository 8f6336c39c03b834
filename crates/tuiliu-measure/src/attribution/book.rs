//! Sums that follow what becomes known: a viewer's old part is taken out, the new one is put in.

use std::collections::{BTreeMap, HashMap};

use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::time::Timestamp;

use super::arms::{Arms, arm_share};
use super::credit::credits;
use super::figures::Figures;
use super::record::{History, Record, ViewerKey};
use super::window::Window;

/// The figures of one room in one version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    pub arms: Arms,
    /// Orders with any figure that is not zero.
    pub orders: BTreeMap<PromotionOrderId, Figures>,
}

/// The figures of one room in memory, in several versions at once.
#[derive(Debug, Clone)]
pub struct Book {
    /// End of the experiment's window; `None` while the broadcast goes on.
    window_end: Option<Timestamp>,
    windows: BTreeMap<PromotionOrderId, Window>,
    /// Each version knows what was known then.
    versions: Vec<(Timestamp, Sums)>,
    viewers: HashMap<ViewerKey, History>,
}

impl Book {
    /// An empty book that keeps a version for each of these instants.
    #[must_use]
    pub fn new(
        window_end: Option<Timestamp>,
        windows: BTreeMap<PromotionOrderId, Window>,
        as_of: impl IntoIterator<Item = Timestamp>,
    ) -> Self {
        let versions = as_of.into_iter().map(|instant| (instant, Sums::default())).collect();
        Self { window_end, windows, versions, viewers: HashMap::new() }
    }

    /// Takes a record in; a repeated one changes nothing.
    pub fn take(&mut self, viewer: ViewerKey, record: Record) {
        let history = self.viewers.entry(viewer).or_default();
        let before = history.clone();
        if !history.take(record) {
            return;
        }
        for (as_of, sums) in &mut self.versions {
            let known = |record: &&Record| record.known_at <= *as_of;
            let histories = [&before, &*history].map(|history| history.records().iter().filter(known));
            if histories[0].clone().eq(histories[1].clone()) {
                continue;
            }
            let parts =
                histories.map(|records| (arm_share(records.clone(), self.window_end), credits(records, &self.windows)));
            let [(old_arms, old_orders), (new_arms, new_orders)] = parts;
            sums.arms = sums.arms.minus(&old_arms).plus(&new_arms);
            for (order, figures) in old_orders {
                let sum = sums.orders.entry(order).or_default();
                *sum = sum.minus(&figures);
            }
            for (order, figures) in new_orders {
                let sum = sums.orders.entry(order).or_default();
                *sum = sum.plus(&figures);
            }
            sums.orders.retain(|_, figures| !figures.is_zero());
        }
    }

    /// The figures of each version, in the order in which they were asked for.
    pub fn versions(&self) -> impl Iterator<Item = (Timestamp, &Sums)> {
        self.versions.iter().map(|(as_of, sums)| (*as_of, sums))
    }
}
