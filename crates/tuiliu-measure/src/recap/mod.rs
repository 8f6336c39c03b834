//! The recap of a broadcast (LV-20, LV-21): a pure function of what was measured, the same for any order of arrival.
//!
//! Every figure is there three times: of all viewers, of the natural ones, and of those whom promotion brought. A viewer
//! belongs where the first session came from, so both parts add up to the whole wherever whole numbers can.

mod facts;
mod figures;
mod presence;
mod trend;

pub use facts::{
    BroadcastFacts, FollowToggle, LuckyBag, LuckyBagEntry, Presentation, PresentationMark, Product, ProductEvent,
    ProductEventKind, Purchase, RecapError, Session, presentations,
};
pub use figures::{Figures, LuckyBagFigures, PresentationFigures, ProductFigures, Recap, Trend, recap};
pub use trend::{mann_kendall_score, theil_sen_slope};

#[cfg(test)]
mod tests;
