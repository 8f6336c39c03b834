//! The fixtures: sums of a real experiment, and what reference implementations say about it.

use std::collections::BTreeMap;

use tuiliu_measure::lift::PairMoments;

use crate::answers::ArmSums;

pub(crate) const AGGREGATES: &str = include_str!("../fixtures/hillstrom_aggregates.csv");
pub(crate) const ANSWERS: &str = include_str!("../fixtures/hillstrom_answers.csv");
pub(crate) const PATH: &str = include_str!("../fixtures/hillstrom_path.csv");
pub(crate) const TURNOVER: &str = include_str!("../fixtures/hillstrom_gmv_answers.csv");
pub(crate) const POWER: &str = include_str!("../fixtures/power_mde.csv");

/// The cells of a fixture's lines; what begins with a hash tells where they come from.
pub(crate) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(',').collect())
}

/// All sums, by kind, comparison, holdout, outcome and arm.
pub(crate) struct Aggregates {
    numbers: BTreeMap<[&'static str; 5], Vec<f64>>,
}

impl Aggregates {
    pub(crate) fn read() -> Self {
        let row = |cells: Vec<&'static str>| {
            let name: [&str; 5] = cells[..5].try_into().unwrap();
            (name, cells[5..].iter().map(|cell| cell.parse().unwrap()).collect())
        };
        Self { numbers: rows(AGGREGATES).map(row).collect() }
    }

    pub(crate) fn moments(&self, name: [&'static str; 5]) -> PairMoments {
        let numbers = &self.numbers[&name];
        // One mean and one product, or two means and three products.
        let width = if numbers.len() > 3 { 2 } else { 1 };
        let (means, products) = numbers[1..].split_at(width);
        PairMoments::from_parts(whole(numbers[0]), means.to_vec(), products.to_vec()).unwrap()
    }

    pub(crate) fn segments(&self, name: [&'static str; 5]) -> Vec<(u64, f64, f64)> {
        self.numbers[&name].chunks(3).map(|chunk| (whole(chunk[0]), chunk[1], chunk[2])).collect()
    }

    pub(crate) fn arm(&self, [comparison, holdout, outcome, arm]: [&'static str; 4]) -> ArmSums {
        // The treated are the same whatever the holdout, so they are kept once.
        let holdout = if arm == "treated" { "all" } else { holdout };
        ArmSums {
            joint: self.moments(["joint", comparison, holdout, outcome, arm]),
            segments: self.segments(["segments", comparison, holdout, outcome, arm]),
        }
    }
}

pub(crate) fn whole(number: f64) -> u64 {
    u64::try_from(tuiliu_measure::approximate::round_to_whole(number)).unwrap()
}
