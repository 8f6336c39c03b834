//! An ad market of 48 advertisers over one day of 48 ticks, in which one seat is taken by whoever is measured.
//!
//! Three places an impression at next-bid prices, shown with probability 1, 0.8 and 0.6; values change every few ticks
//! by category and advertiser; results are single draws of an uncertain probability; budgets and caps bind.

mod recorded;
mod rivals;
mod run;
mod score;
mod seats;
mod world;

pub(crate) use recorded::measure as measure_recorded;
pub(crate) use run::{Options, measure};
pub(crate) use world::Climate;
