//! Sums and what is made of them: the metric dictionary, steps of time, stays in a room, sketches of viewers.
//!
//! What is counted is a [`Count`]; sums of counts add up over minutes, orders and rooms. A [`Metric`] is made of counts
//! by its formula, exactly; where a formula divides by nothing there is no figure.

mod count;
mod dictionary;
mod live;
mod metric;
mod sketch;
mod stay;
mod step;

pub use count::{Count, Counts};
pub use dictionary::METRICS;
pub use live::{LiveCounts, LiveFigures, Window, median, smoothed};
pub use metric::{Figure, Formula, Metric, Scope, Setting, Source, Unit};
pub use sketch::{SketchError, ViewerSketch};
pub use stay::{Changes, Online, Stay, online, unite};
pub use step::{Grain, ParseZoneError, Zone};

#[cfg(test)]
mod tests;
