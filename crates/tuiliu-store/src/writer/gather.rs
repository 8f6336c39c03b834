//! Gathering: whether to wait a moment for the callers who were just answered, so that one sync serves them all.
//!
//! Callers that ask again as soon as they are answered would else fall into two groups that take turns: one is synced
//! while the other waits. Where a sync takes longer than all else of a batch, waiting for both is faster for both.

use std::time::Duration;

/// Batches that are not waited for after the callers did not come back, at most.
const SKIPPED_MAX: u32 = 64;

/// How long the parts of a batch took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    /// Running its jobs.
    pub(super) run: Duration,
    /// Committing, which is mostly the sync.
    pub(super) commit: Duration,
}

/// What the last batch tells of the next.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// Jobs answered with the last batch.
    answered: usize,
    times: Times,
    /// Batches still to be started without waiting.
    skip: u32,
    /// How many to skip when waiting is in vain once more.
    skip_next: u32,
}

impl Gathering {
    /// How many jobs to wait for and how long, when so many had queued up before the last batch was answered;
    /// `None` when waiting is not worth it.
    pub(super) fn wait(&mut self, queued: usize) -> Option<(usize, Duration)> {
        let wait = self.times.commit.saturating_sub(self.times.run) / 2;
        if self.answered == 0 || queued + self.answered < 2 || wait.is_zero() {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        Some((queued + self.answered, wait))
    }

    /// So many came of those that were waited for.
    pub(super) fn came(&mut self, came: usize, wanted: usize) {
        if came * 2 >= wanted {
            self.skip_next = 0;
        } else {
            self.skip_next = (self.skip_next * 2).clamp(1, SKIPPED_MAX);
            self.skip = self.skip_next;
        }
    }

    /// A batch of so many jobs was committed and is answered now.
    pub(super) fn answered(&mut self, jobs: usize, times: Times) {
        self.answered = jobs;
        self.times = times;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Gathering, SKIPPED_MAX, Times};

    fn times(run_us: u64, commit_us: u64) -> Times {
        Times { run: Duration::from_micros(run_us), commit: Duration::from_micros(commit_us) }
    }

    #[test]
    fn waits_for_both_groups_of_callers_where_the_sync_is_what_takes_time() {
        let mut gathering = Gathering::default();
        assert_eq!(gathering.wait(4), None, "nobody was answered yet");
        gathering.answered(4, times(100, 1_100));
        assert_eq!(gathering.wait(4), Some((8, Duration::from_micros(500))));
    }

    #[test]
    fn does_not_wait_where_there_is_nothing_to_win() {
        let mut gathering = Gathering::default();
        gathering.answered(1, times(100, 1_100));
        assert_eq!(gathering.wait(0), None, "a caller alone");
        gathering.answered(100, times(900, 800));
        assert_eq!(gathering.wait(100), None, "the work takes longer than the sync");
    }

    #[test]
    fn waits_less_and_less_often_for_callers_who_do_not_come_back() {
        let mut gathering = Gathering::default();
        gathering.answered(4, times(100, 1_100));
        let mut waits = 0;
        for _ in 0..1_000 {
            if let Some((wanted, _)) = gathering.wait(4) {
                waits += 1;
                gathering.came(0, wanted - 4);
            }
        }
        assert!(waits < 1_000 / usize::try_from(SKIPPED_MAX).unwrap() + 8, "{waits}");
        while gathering.wait(4).is_none() {}
        gathering.came(4, 4);
        assert!(gathering.wait(4).is_some(), "those who come back are waited for again");
    }
}
