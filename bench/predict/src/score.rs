//! How good predictions were: log-loss, calibration error, predicted against real.

use serde_json::{Value, json};

/// Bins of equal count for the calibration error.
const BINS: usize = 20;

/// Predictions and what became of them.
#[derive(Debug, Default)]
pub(crate) struct Score {
    rows: Vec<(f64, bool)>,
}

impl Score {
    /// Certainty that is wrong once would make every log-loss infinite.
    pub(crate) fn add(&mut self, predicted: f64, result: bool) {
        self.rows.push((predicted.clamp(1e-6, 1.0 - 1e-6), result));
    }

    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn predicted(&self) -> f64 {
        self.rows.iter().map(|(predicted, _)| predicted).sum()
    }

    pub(crate) fn real(&self) -> f64 {
        number(self.rows.iter().filter(|(_, result)| *result).count())
    }

    /// Predicted per real result.
    pub(crate) fn ratio(&self) -> f64 {
        self.predicted() / self.real().max(1.0)
    }

    /// Mean negative logarithm of the probability given to what happened.
    pub(crate) fn log_loss(&self) -> f64 {
        let loss = |(predicted, result): &(f64, bool)| -(if *result { *predicted } else { 1.0 - predicted }).ln();
        self.rows.iter().map(loss).sum::<f64>() / number(self.count()).max(1.0)
    }

    /// Expected calibration error over bins of equal count, as a share of the mean real rate.
    pub(crate) fn calibration_error(&self) -> f64 {
        let mut rows = self.rows.clone();
        rows.sort_by(|one, other| one.0.total_cmp(&other.0));
        let size = (rows.len() / BINS).max(1);
        let error = |bin: &[(f64, bool)]| {
            let predicted: f64 = bin.iter().map(|(predicted, _)| predicted).sum();
            (predicted - number(bin.iter().filter(|(_, result)| *result).count())).abs()
        };
        rows.chunks(size).map(error).sum::<f64>() / self.real().max(1.0)
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "count": self.count(), "predicted": self.predicted(), "real": self.real(), "ratio": self.ratio(),
            "log_loss": self.log_loss(), "calibration_error": self.calibration_error(),
        })
    }
}

pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
