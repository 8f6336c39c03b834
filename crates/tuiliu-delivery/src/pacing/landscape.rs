//! What auctions have cost of late, so that a price can be chosen for a wanted spend.

use tuiliu_domain::limits::LANDSCAPE_SAMPLES_MAX;
use tuiliu_domain::money::Micros;

use crate::approximate::approximate;
use crate::auction::{Entry, Outcome};
use crate::eligibility::LossReason;
use crate::predict::Rate;
use crate::random::mix;

/// One auction as one order met it: the price per result that wins, and how likely a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceSample {
    pub price: Micros,
    pub rate: Rate,
}

impl Entry {
    /// What this auction teaches its order about prices; nothing when the order stood in its own way.
    #[must_use]
    pub fn sample(&self) -> Option<PriceSample> {
        match self.outcome {
            Outcome::Lost(LossReason::RoomShown) => None,
            _ => Some(PriceSample { price: self.price_to_win, rate: self.rate }),
        }
    }
}

/// A sample of recent auctions in which the chance to be remembered fades with age.
#[derive(Debug, Clone, Default)]
pub struct Landscape {
    samples: Vec<PriceSample>,
    seen: u64,
    /// Every how many auctions one is kept once it is full.
    stride: u64,
}

impl Landscape {
    /// An empty one for an order that expects so many auctions: a full sample remembers about a tenth of them.
    #[must_use]
    pub fn expecting(auctions: u64) -> Self {
        let kept = u64::try_from(LANDSCAPE_SAMPLES_MAX).expect("a limit fits");
        Self { samples: Vec::new(), seen: 0, stride: (auctions / 10 / kept).max(1) }
    }

    /// Adds one auction.
    pub fn add(&mut self, sample: PriceSample) {
        self.seen += 1;
        if self.samples.len() < LANDSCAPE_SAMPLES_MAX {
            self.samples.push(sample);
        } else if self.stride <= 1 || self.seen.is_multiple_of(self.stride) {
            // Replacing a random one lets ages fall off exponentially; mixing the count is random enough.
            let kept = u64::try_from(LANDSCAPE_SAMPLES_MAX).expect("a limit fits");
            let place = usize::try_from(mix(self.seen) % kept).expect("below the limit");
            self.samples[place] = sample;
        }
    }

    /// How many auctions it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// How many auctions were added.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// The price per result, and the share of auctions to take part in, that spend this much per auction on average.
    ///
    /// Participation is below one only where many auctions cost the same, so that no price meets the spend.
    #[must_use]
    pub(super) fn price_for_spend(&self, per_auction: f64) -> (f64, f64) {
        let mut costs: Vec<(i64, f64)> = self.samples.iter().map(|sample| (sample.price.get(), cost(sample))).collect();
        costs.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
        let wanted = per_auction * approximate(i64::try_from(costs.len()).unwrap_or(i64::MAX));
        let mut spent = 0.0;
        for group in costs.chunk_by(|left, right| left.0 == right.0) {
            let more: f64 = group.iter().map(|(_, cost)| cost).sum();
            if spent + more > wanted {
                let participation = if spent + more > 0.0 { wanted / (spent + more) } else { 1.0 };
                let price = approximate(group[0].0);
                return if participation > NEARLY_ALL { (price, 1.0) } else { (price, participation) };
            }
            spent += more;
        }
        // Everything that was offered is affordable: a little above the dearest, to meet what was not seen.
        (costs.last().map_or(1.0, |(price, _)| approximate(*price)) * 1.2, 1.0)
    }
}

/// Participation above which leaving auctions out costs more value than the spend it corrects.
const NEARLY_ALL: f64 = 0.8;

fn cost(sample: &PriceSample) -> f64 {
    approximate(sample.price.get()) * sample.rate.number()
}
