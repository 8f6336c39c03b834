//! A day's requests of a share of the viewers: all requests of each of them, so that who comes again is known.

use std::collections::HashMap;
use std::sync::Arc;

use tuiliu_domain::id::{ContentId, PromotionOrderId};
use tuiliu_domain::limits::{FORECAST_REQUESTS_MAX, FORECAST_REQUESTS_OF_VIEWER_MAX};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};

use crate::approximate::approximate;
use crate::auction::{StandingSlot, standing};
use crate::random::{fold, mix};
use crate::request::Request;
use crate::snapshot::Snapshot;

/// Requests older than this are forgotten: every hour of the day is told by the last one of its kind.
pub const SAMPLE_SPAN_MS: i64 = DAY_MS;
/// When there are too many, so many are kept.
const KEPT: usize = FORECAST_REQUESTS_MAX / 8 * 7;
/// Keeps the draw of viewers apart from all others.
const VIEWERS_SAMPLED: u64 = 0x13C6_EF37_2FE9_4F82;

/// One request that was answered.
#[derive(Debug, Clone)]
pub struct Asked {
    pub request: Request,
    pub at: Timestamp,
    /// What the decision was drawn with.
    pub draw: u64,
    /// What was shown.
    pub shown: Vec<(PromotionOrderId, ContentId)>,
    /// Who stood in its slots then.
    pub slots: Vec<StandingSlot>,
}

/// One request of the sample.
#[derive(Debug, Clone)]
pub struct Sampled {
    pub asked: Arc<Asked>,
    /// The viewer's number; below the threshold that the sample had at the time.
    pub viewer: u64,
    /// The threshold as a share: of so many viewers one is in the sample.
    pub share: f64,
    /// Who stands in its slots.
    pub slots: Vec<StandingSlot>,
}

impl Sampled {
    /// The same with who stands in its slots now.
    #[must_use]
    pub fn priced(&self, snapshot: &Snapshot, now: Timestamp) -> Self {
        let Asked { request, draw, .. } = self.asked.as_ref();
        Self { slots: standing(snapshot, request, *draw, now), ..self.clone() }
    }
}

/// Whether a viewer's requests are sampled at this threshold.
#[must_use]
pub fn is_sampled(viewer: u128, threshold: u64) -> bool {
    number_of(viewer) <= threshold
}

fn number_of(viewer: u128) -> u64 {
    mix(fold(viewer) ^ VIEWERS_SAMPLED)
}

/// The sample of one tenant on one node: at most [`FORECAST_REQUESTS_MAX`] requests of the last day.
///
/// Viewers are drawn by a hash below a threshold that falls when there are too many requests and rises when there are
/// few. A request weighs the inverse of the share at its time, a viewer that of the largest share of its requests: both
/// sums are right on average (Horvitz and Thompson), whatever the threshold did meanwhile.
#[derive(Debug, Clone)]
pub struct RequestSample {
    /// By viewer and time.
    requests: Vec<Arc<Sampled>>,
    of_viewer: HashMap<u64, usize>,
    threshold: u64,
    /// When the threshold moved last.
    moved_at: Option<Timestamp>,
    /// Since when requests were looked at.
    since: Option<Timestamp>,
    /// Where looking up who stands in the slots goes on.
    next: usize,
}

impl Default for RequestSample {
    fn default() -> Self {
        Self {
            requests: Vec::new(),
            of_viewer: HashMap::new(),
            threshold: u64::MAX,
            moved_at: None,
            since: None,
            next: 0,
        }
    }
}

impl RequestSample {
    /// How many requests there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Viewers whose number is at most this are sampled.
    #[must_use]
    pub const fn threshold(&self) -> u64 {
        self.threshold
    }

    /// Takes in one request; nothing when its viewer is not sampled, or has come too often.
    pub fn add(&mut self, asked: Asked) {
        self.since = Some(self.since.map_or(asked.at, |since| since.min(asked.at)));
        let viewer = number_of(asked.request.viewer.hash);
        let count = self.of_viewer.entry(viewer).or_default();
        if viewer > self.threshold || *count >= FORECAST_REQUESTS_OF_VIEWER_MAX {
            return;
        }
        *count += 1;
        let share = share_of(self.threshold);
        let slots = asked.slots.clone();
        let place = self.requests.partition_point(|known| (known.viewer, known.asked.at) <= (viewer, asked.at));
        self.requests.insert(place, Arc::new(Sampled { asked: Arc::new(asked), viewer, share, slots }));
    }

    /// Samples half as many viewers from now on: more requests come than can be taken in.
    pub fn halve(&mut self, now: Timestamp) {
        self.cut_to(self.threshold / 2, now);
    }

    /// Forgets what is too old, and makes the threshold fit what comes.
    pub fn tidy(&mut self, now: Timestamp) {
        let oldest = now.plus_ms(-SAMPLE_SPAN_MS);
        self.requests.retain(|sampled| sampled.asked.at >= oldest);
        self.since = self.since.map(|since| since.max(oldest));
        self.count_viewers();
        if self.requests.len() > FORECAST_REQUESTS_MAX {
            self.cut_to(self.requests[KEPT].viewer.saturating_sub(1), now);
        } else if self.requests.len() < FORECAST_REQUESTS_MAX / 4
            && self.threshold < u64::MAX
            && self.moved_at.is_none_or(|moved| now.since_ms(moved) >= HOUR_MS)
        {
            self.threshold = self.threshold.saturating_mul(2).saturating_add(1);
            self.moved_at = Some(now);
        }
    }

    /// Looks up who stands now in the slots of so many requests, in turn; answers how many there were.
    pub fn price(&mut self, snapshot: &Snapshot, now: Timestamp, count: usize) -> usize {
        let looked_up = self.next(count).into_iter().map(|sampled| sampled.priced(snapshot, now)).collect::<Vec<_>>();
        let count = looked_up.len();
        self.put_back(looked_up);
        count
    }

    /// The next so many requests, in turn: looking up who stands in their slots takes a while, and whoever asks for an
    /// estimate meanwhile need not wait for that.
    pub fn next(&mut self, count: usize) -> Vec<Arc<Sampled>> {
        let count = count.min(self.requests.len());
        let from = if self.next < self.requests.len() { self.next } else { 0 };
        self.next = (from + count).checked_rem(self.requests.len()).unwrap_or(0);
        self.requests.iter().cycle().skip(from).take(count).map(Arc::clone).collect()
    }

    /// Requests whose slots were looked up take the place of those they were made from, as far as these are still there.
    pub fn put_back(&mut self, looked_up: Vec<Sampled>) {
        for sampled in looked_up {
            let is_before = |known: &Arc<Sampled>| (known.viewer, known.asked.at) < (sampled.viewer, sampled.asked.at);
            let first = self.requests.partition_point(is_before);
            let place = self.requests[first..]
                .iter()
                .position(|known| Arc::ptr_eq(&known.asked, &sampled.asked) || known.viewer != sampled.viewer);
            if let Some(known) = place.and_then(|place| self.requests.get_mut(first + place))
                && Arc::ptr_eq(&known.asked, &sampled.asked)
            {
                let share = known.share;
                *known = Arc::new(Sampled { share, ..sampled });
            }
        }
    }

    /// What there is now, by viewer and time.
    #[must_use]
    pub fn view(&self) -> SampleView {
        SampleView { requests: self.requests.clone(), since: self.since }
    }

    fn cut_to(&mut self, threshold: u64, now: Timestamp) {
        self.threshold = threshold;
        self.moved_at = Some(now);
        self.requests.retain(|sampled| sampled.viewer <= threshold);
        let share = share_of(threshold);
        for sampled in &mut self.requests {
            if sampled.share > share {
                *sampled = Arc::new(Sampled { share, ..sampled.as_ref().clone() });
            }
        }
        self.count_viewers();
    }

    fn count_viewers(&mut self) {
        self.of_viewer.clear();
        for sampled in &self.requests {
            *self.of_viewer.entry(sampled.viewer).or_default() += 1;
        }
    }
}

fn share_of(threshold: u64) -> f64 {
    // Half the bits tell the share as well as all of them.
    let half = i64::try_from(threshold >> 32).expect("half of 64 bits");
    approximate(half + 1) / approximate(1 << 32)
}

/// The sample as it was at one instant, by viewer and time.
#[derive(Debug, Clone, Default)]
pub struct SampleView {
    pub requests: Vec<Arc<Sampled>>,
    /// Since when requests were looked at; `None` before the first.
    pub since: Option<Timestamp>,
}

impl SampleView {
    /// The requests of one viewer after the other, each viewer's in the order of time.
    pub fn viewers(&self) -> impl Iterator<Item = &[Arc<Sampled>]> {
        self.requests.chunk_by(|one, other| one.viewer == other.viewer)
    }

    /// About how many different viewers came whose requests are like this.
    #[must_use]
    pub fn count_viewers(&self, is_meant: impl Fn(&Sampled) -> bool) -> f64 {
        let weight = |requests: &[Arc<Sampled>]| {
            let meant = requests.iter().filter(|sampled| is_meant(sampled));
            meant.map(|sampled| sampled.share).reduce(f64::max).map_or(0.0, |share| 1.0 / share)
        };
        self.viewers().map(weight).sum()
    }
}
