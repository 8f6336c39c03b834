//! Reports: sums over minutes, hours and days, what metrics make of them, and what a broadcast brought (AT-04, AT-05).
//!
//! A report reads sums that were written when events were folded, so it costs the same however many events there were.

mod clocks;
mod export;
mod facts;
mod live;
mod order;
mod product;
mod recap;
mod room;
mod sums;

pub use clocks::{Clocks, ParseClocksError};
pub use export::{LedgerTooLong, RecapPart, ReportFile, ReportFormat, ReportOf, ReportPart};
pub use facts::{BroadcastFacts, broadcast_facts, broadcasts_of_creator};
pub use live::{LiveReport, LiveScope};
pub(crate) use order::figures;
pub use order::{AccountAsk, AccountPart, AccountReport, OrderFigures};
pub use product::{ProductPlace, ProductReport, ProductSums};
pub(crate) use recap::follow_room;
pub use recap::{
    DrawTold, FiguresTold, PresentationTold, ProductTold, PromotionSpan, RecapRefusal, RecapTold, RecapVersion,
    RoomRecap,
};
pub use room::{CreatorReport, RoomReport};
pub use sums::{Breakdown, ClassSums, Freshness, Step, Sums, Trend, TrendAsk};
pub use tuiliu_measure::recap::RecapError;
pub use tuiliu_measure::rollup::{
    Count, Counts, Figure, Grain, LiveFigures, METRICS, Metric, Online, ParseZoneError, Scope, Setting, Unit, Zone,
};
