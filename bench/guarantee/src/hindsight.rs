//! What one who knows every slot beforehand could deliver: the largest flow from contracts to slots (Dinic).

use std::collections::{BTreeSet, VecDeque};

use tuiliu_domain::time::HOUR_MS;

use crate::market::{BEGINS, HOURS, Market};

struct Arc {
    to: usize,
    room: u64,
}

/// A network; the arc back of arc `n` is `n ^ 1`.
struct Network {
    arcs: Vec<Arc>,
    from: Vec<Vec<usize>>,
}

impl Network {
    fn join(&mut self, from: usize, to: usize, room: u64) {
        self.from[from].push(self.arcs.len());
        self.arcs.push(Arc { to, room });
        self.from[to].push(self.arcs.len());
        self.arcs.push(Arc { to: from, room: 0 });
    }

    fn distances(&self, source: usize) -> Vec<u32> {
        let mut distances = vec![u32::MAX; self.from.len()];
        distances[source] = 0;
        let mut queue = VecDeque::from([source]);
        while let Some(node) = queue.pop_front() {
            for arc in self.from[node].iter().map(|arc| &self.arcs[*arc]).filter(|arc| arc.room > 0) {
                if distances[arc.to] == u32::MAX {
                    distances[arc.to] = distances[node] + 1;
                    queue.push_back(arc.to);
                }
            }
        }
        distances
    }

    fn push(&mut self, node: usize, sink: usize, room: u64, distances: &[u32], next: &mut [usize]) -> u64 {
        if node == sink {
            return room;
        }
        let mut pushed = 0;
        while next[node] < self.from[node].len() && pushed < room {
            let arc = self.from[node][next[node]];
            let (to, left) = (self.arcs[arc].to, self.arcs[arc].room);
            if left > 0 && distances[to] == distances[node].wrapping_add(1) {
                let more = self.push(to, sink, left.min(room - pushed), distances, next);
                self.arcs[arc].room -= more;
                self.arcs[arc ^ 1].room += more;
                pushed += more;
            }
            if pushed < room {
                next[node] += 1;
            }
        }
        pushed
    }
}

/// Plays that could have been delivered at best, all contracts together.
pub fn plays_possible(market: &Market) -> u64 {
    let hour_of =
        |at: tuiliu_domain::time::Timestamp| usize::try_from(at.since_ms(BEGINS) / HOUR_MS).expect("a later hour");
    let windows: Vec<(usize, usize)> =
        market.contracts.iter().map(|contract| (hour_of(contract.starts_at), hour_of(contract.ends_at))).collect();
    let bounds: BTreeSet<usize> = windows.iter().flat_map(|(from, to)| [*from, *to]).chain([0, HOURS]).collect();
    let bounds: Vec<usize> = bounds.into_iter().collect();
    let spans = bounds.len() - 1;
    let (source, sink, contracts) = (0, 1, 2);
    let nodes = contracts + market.contracts.len();
    let mut network = Network { arcs: Vec::new(), from: Vec::new() };
    network.from.resize_with(nodes + market.came.len() * spans, Vec::new);
    for (pool, came) in market.came.iter().enumerate() {
        for span in 0..spans {
            let slots = came[bounds[span]..bounds[span + 1]].iter().map(|slots| u64::from(*slots)).sum();
            network.join(nodes + pool * spans + span, sink, slots);
        }
    }
    for (place, (contract, (from, to))) in market.contracts.iter().zip(windows).enumerate() {
        network.join(source, contracts + place, contract.target_plays);
        for pool in contract.pools.iter().map(|pool| usize::try_from(*pool).expect("few pools")) {
            for span in (0..spans).filter(|span| from <= bounds[*span] && bounds[*span + 1] <= to) {
                network.join(contracts + place, nodes + pool * spans + span, u64::MAX / 2);
            }
        }
    }
    let mut plays = 0;
    loop {
        let distances = network.distances(source);
        if distances[sink] == u32::MAX {
            return plays;
        }
        let mut next = vec![0; network.from.len()];
        plays += network.push(source, sink, u64::MAX / 2, &distances, &mut next);
    }
}
