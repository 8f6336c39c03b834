//! The peer: one shared counter of what was spent, which every node reads and adds to now and then.

use std::collections::BTreeMap;

use crate::traffic::{Opportunity, Shape, Traffic};

/// What came of one order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    pub(crate) charged: i64,
    pub(crate) syncs: i64,
}

/// Plays one order's traffic: a node shows the order as long as what it last read and what it has charged since
/// is less than the budget. Events come to the node that showed it; one that dies forgets what it had not told.
pub(crate) fn play(shape: Shape, traffic: &Traffic, sync_ms: i64) -> Outcome {
    let mut outcome = Outcome::default();
    let mut shared = 0;
    let mut seen = vec![0; shape.nodes];
    let mut untold = vec![0; shape.nodes];
    let mut billed: BTreeMap<i64, Vec<(usize, i64)>> = BTreeMap::new();
    let mut next_sync = 0;
    let mut coming = traffic.opportunities.iter().copied().peekable();
    let step = 100;
    for from_ms in (0..traffic.window_ms + 120_000).step_by(100) {
        for crash in &traffic.crashes {
            if crash.at_ms / step * step == from_ms {
                untold[crash.node] = 0;
            }
        }
        if next_sync <= from_ms {
            next_sync = from_ms + sync_ms;
            for node in 0..shape.nodes {
                shared += std::mem::take(&mut untold[node]);
                outcome.syncs += 1;
            }
            seen.fill(shared);
        }
        while let Some(next) = coming.next_if(|next| next.at_ms < from_ms + step) {
            let Opportunity { node, price, billed_at_ms, .. } = next;
            if seen[node] + untold[node] + price <= shape.budget
                && let Some(billed_at_ms) = billed_at_ms
            {
                billed.entry(billed_at_ms).or_default().push((node, price));
            }
        }
        let later = billed.split_off(&(from_ms + step));
        for (node, price) in std::mem::replace(&mut billed, later).into_values().flatten() {
            outcome.charged += price;
            untold[node] += price;
        }
    }
    outcome
}
