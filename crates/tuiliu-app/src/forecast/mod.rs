//! What an order may bring before it is bought, how often such ranges held, and why an order falls short (AT-06).

mod calibration;
mod diagnosis;
mod estimate;
mod record;
mod sample;

pub use calibration::{CALIBRATION_DAYS, Calibration, NOMINAL_PERMILLE, inside_permille};
pub use diagnosis::{Diagnosis, DiagnosisFacts, DiagnosisState};
pub use estimate::{Forecast, Market};
pub use record::ShownForecast;
pub use tuiliu_measure::forecast::Cause;
pub use tuiliu_store::ForecastShare;

pub(crate) use estimate::forecast;
pub(crate) use record::{came, record, shown_for};
pub(crate) use sample::Forecasting;
