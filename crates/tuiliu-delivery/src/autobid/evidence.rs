//! What predictions were worth so far: what was predicted, what came, late results allowed for.

use super::calibration::{Calibration, SIZES, Size, size_of};
use super::delay::Delays;

/// How many groups of impressions of one time are told apart.
const COHORTS_MAX: usize = 256;
/// Share of the window's traffic after which what came says half as much about what will come.
const HALF_LIFE: f64 = 0.35;

/// A result that became known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrival {
    /// When its impression was shown, as a share of the window's traffic.
    pub shown_at: f64,
    /// Its value: 1 where results are counted.
    pub worth: f64,
    /// Predicted value of its impression, where it is known.
    pub predicted: Option<f64>,
}

/// Impressions of one time.
#[derive(Debug, Clone, Copy)]
struct Cohort {
    shown_at: f64,
    /// Predicted results of each size.
    predicted: [f64; SIZES],
    all: f64,
}

/// Everything that was predicted and everything that came, in results.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    cohorts: Vec<Cohort>,
    delays: Delays,
    results: f64,
    /// Results by how much they still say at an instant: those of each size, and all.
    aged: [f64; SIZES],
    aged_all: f64,
    aged_at: f64,
}

/// What is believed at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Belief {
    /// Results for each predicted one.
    pub(super) rate: f64,
    /// Results that this belief weighs.
    pub(super) strength: f64,
    /// Results that came.
    pub(super) known: f64,
    /// Results still to come of impressions that were shown.
    pub(super) pending: f64,
    calibration: Calibration,
    /// Share of what is won that is shown, at most.
    shown: f64,
}

impl Belief {
    /// Results of what was shown so far, with those still to come.
    pub(super) fn so_far(&self) -> f64 {
        self.known + self.pending
    }

    /// Results of an impression that is won and predicted to bring so many.
    pub(super) fn results(&self, predicted: f64) -> f64 {
        self.shown * self.calibration.rate(predicted) * predicted
    }
}

impl Evidence {
    /// Impressions were shown, each predicted to bring so many results.
    pub(super) fn expect(&mut self, shown_at: f64, impressions: impl Iterator<Item = f64>) {
        let mut cohort = Cohort { shown_at, predicted: [0.0; SIZES], all: 0.0 };
        for predicted in impressions {
            cohort.predicted[size_of(predicted)] += predicted;
            cohort.all += predicted;
        }
        if cohort.all <= 0.0 {
            return;
        }
        if self.cohorts.len() >= COHORTS_MAX {
            self.halve();
        }
        self.cohorts.push(cohort);
    }

    /// A result became known.
    pub(super) fn arrive(&mut self, now: f64, arrival: Arrival) {
        let decay = said(now - self.aged_at);
        self.aged_at = now;
        self.aged_all *= decay;
        self.aged.iter_mut().for_each(|aged| *aged *= decay);
        self.delays.add(now, arrival.shown_at);
        self.results += arrival.worth;
        let worth = arrival.worth * said(now - arrival.shown_at);
        self.aged_all += worth;
        if let Some(predicted) = arrival.predicted {
            self.aged[size_of(predicted)] += worth;
        }
    }

    /// Every two neighbours become one.
    fn halve(&mut self) {
        let pairs = self.cohorts.chunks(2).map(|pair| {
            let mut sum = Cohort { shown_at: 0.0, predicted: [0.0; SIZES], all: 0.0 };
            for cohort in pair {
                sum.shown_at += cohort.shown_at * cohort.all;
                sum.all += cohort.all;
                for (sum, predicted) in sum.predicted.iter_mut().zip(cohort.predicted) {
                    *sum += predicted;
                }
            }
            Cohort { shown_at: sum.shown_at / sum.all, ..sum }
        });
        self.cohorts = pairs.collect();
    }

    /// What to believe now, when at most this share of what is won is shown.
    pub(super) fn belief(&self, now: f64, shown: f64) -> Belief {
        let times: Vec<(f64, f64)> = self.cohorts.iter().map(|cohort| (cohort.shown_at, cohort.all)).collect();
        let delays = self.delays.arrived(now, &times);
        let decay = said(now - self.aged_at);
        let mut sizes = self.aged.map(|results| Size { predicted: 0.0, results: results * decay });
        let mut open = [0.0; SIZES];
        for cohort in &self.cohorts {
            let arrived = delays.by(now - cohort.shown_at);
            let says = shown * arrived * said(now - cohort.shown_at);
            for ((size, open), predicted) in sizes.iter_mut().zip(&mut open).zip(cohort.predicted) {
                size.predicted += predicted * says;
                *open += predicted * (1.0 - arrived);
            }
        }
        let calibration = Calibration::of(&sizes, self.aged_all * decay);
        let pending: f64 = open.iter().zip(0..).map(|(open, size)| open * calibration.of_size(size)).sum();
        Belief {
            rate: shown * calibration.mean,
            strength: calibration.strength,
            known: self.results,
            pending: shown * pending,
            calibration,
            shown,
        }
    }
}

/// How much of what it said something that old still says.
fn said(age: f64) -> f64 {
    0.5_f64.powf(age.max(0.0) / HALF_LIFE)
}
