//! Reports: sums over minutes, hours and days, what metrics make of them, and what a broadcast brought (AT-04, AT-05).
//!
//! A report reads sums that were written when events were folded, so it costs the same however many events there were.

mod export;
mod facts;
mod live;
mod order;
mod recap;
mod room;
mod sums;

pub use export::{ReportFile, ReportFormat, ReportOf, ReportPart};
pub use facts::{BroadcastFacts, broadcast_facts, broadcasts_of_creator};
pub use live::{LiveReport, LiveScope};
pub(crate) use order::figures;
pub use order::{AccountAsk, AccountReport, OrderFigures};
pub use recap::{PromotionSpan, RecapRefusal, RoomRecap};
pub use room::{CreatorReport, RoomReport};
pub use sums::{Breakdown, ClassSums, Freshness, Step, Sums, Trend, TrendAsk};
pub use tuiliu_measure::recap::{Figures, LuckyBagFigures, PresentationFigures, ProductFigures, Recap, RecapError};
pub use tuiliu_measure::rollup::{
    Count, Counts, Figure, Grain, LiveFigures, METRICS, Metric, Online, ParseZoneError, Scope, Setting, Unit, Zone,
};
