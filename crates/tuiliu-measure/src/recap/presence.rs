//! Who was in the room when: the sessions of each viewer, united over devices.

use std::collections::BTreeMap;

use super::facts::Session;

/// A stretch in which a viewer was in the room, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) join: u32,
    pub(super) leave: u32,
}

/// The stays of each viewer, in order and apart.
#[derive(Debug, Default)]
pub(super) struct Presence {
    stays: BTreeMap<u64, Vec<Stay>>,
    sessions: u64,
}

impl Presence {
    /// Unites overlapping and touching sessions; what lies beyond the end of the broadcast is cut off.
    pub(super) fn of<'a>(sessions: impl Iterator<Item = &'a Session>, duration_seconds: u32) -> Self {
        let mut presence = Self::default();
        for session in sessions.filter(|session| session.join_second < duration_seconds) {
            let leave = session.leave_second.min(duration_seconds);
            presence.stays.entry(session.viewer).or_default().push(Stay { join: session.join_second, leave });
            presence.sessions += 1;
        }
        for stays in presence.stays.values_mut() {
            stays.sort_unstable_by_key(|stay| (stay.join, stay.leave));
            stays.dedup_by(|next, before| {
                let is_one = next.join <= before.leave;
                if is_one {
                    before.leave = before.leave.max(next.leave);
                }
                is_one
            });
        }
        presence
    }

    pub(super) fn sessions(&self) -> u64 {
        self.sessions
    }

    pub(super) fn viewers(&self) -> u64 {
        count(self.stays.len())
    }

    /// All stays of all viewers.
    pub(super) fn stays(&self) -> impl Iterator<Item = Stay> {
        self.stays.values().flatten().copied()
    }

    /// Seconds of all viewers together.
    pub(super) fn watched_seconds(&self) -> u64 {
        self.stays().map(|stay| u64::from(stay.leave - stay.join)).sum()
    }

    /// Seconds of all viewers together within `[start, end)`.
    pub(super) fn watched_within(&self, start: u32, end: u32) -> u64 {
        self.stays().map(|stay| u64::from(stay.leave.min(end).saturating_sub(stay.join.max(start)))).sum()
    }

    /// Viewers in the room at this second.
    pub(super) fn online_at(&self, second: u32) -> u64 {
        count(self.stays().filter(|stay| stay.join <= second && second < stay.leave).count())
    }

    /// Viewers in the room at some time within `[start, end)`.
    pub(super) fn present_within(&self, start: u32, end: u32) -> u64 {
        let is_present = |stays: &&Vec<Stay>| stays.iter().any(|stay| stay.join < end && stay.leave > start);
        count(self.stays.values().filter(is_present).count())
    }

    /// The most viewers at one time, and the first second at which they were there: a sweep over both ends.
    pub(super) fn peak(&self) -> (u64, u32) {
        let mut steps: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for stay in self.stays() {
            steps.entry(stay.join).or_default().0 += 1;
            steps.entry(stay.leave).or_default().1 += 1;
        }
        let (mut online, mut peak) = (0, (0, 0));
        for (second, (joined, left)) in steps {
            // Half-open: who leaves at a second is not online in it. Everybody who leaves had joined.
            online = online + joined - left;
            if online > peak.0 {
                peak = (online, second);
            }
        }
        peak
    }

    /// How many came in during each bucket; coming in on a second device is no entry.
    pub(super) fn entries(&self, buckets: Buckets) -> Vec<u64> {
        let mut entries = vec![0; buckets.count()];
        for stay in self.stays() {
            if let Some(bucket) = entries.get_mut(buckets.place(stay.join)) {
                *bucket += 1;
            }
        }
        entries
    }

    /// How many were in the room at the start of each bucket.
    pub(super) fn online_curve(&self, buckets: Buckets) -> Vec<u64> {
        let mut steps = vec![(0_u64, 0_u64); buckets.count() + 1];
        for stay in self.stays() {
            // Online at every start `s` with join ≤ s < leave.
            let (from, to) = (buckets.next_start(stay.join), buckets.next_start(stay.leave));
            if from < to {
                steps[from].0 += 1;
                steps[to.min(buckets.count())].1 += 1;
            }
        }
        let mut online = 0;
        let curve = steps.iter().map(|(joined, left)| {
            online = online + joined - left;
            online
        });
        curve.take(buckets.count()).collect()
    }
}

/// Stretches of equal length that cover a broadcast; the last one may be shorter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buckets {
    pub(super) seconds: u32,
    pub(super) duration_seconds: u32,
}

impl Buckets {
    fn count(self) -> usize {
        place(self.duration_seconds.div_ceil(self.seconds))
    }

    fn place(self, second: u32) -> usize {
        place(second / self.seconds)
    }

    /// The first bucket that starts at this second or later.
    fn next_start(self, second: u32) -> usize {
        place(second.div_ceil(self.seconds))
    }
}

fn place(number: u32) -> usize {
    usize::try_from(number).expect("a machine counts to more than two weeks of seconds")
}

/// A length as a count.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).expect("no collection has more than 2⁶⁴ entries")
}
