//! Delivery: decisions out, events in, charges in between.

mod attributed;
mod attribution;
mod credit;
mod decide;
mod engine;
mod event;
mod fold;
mod help;
mod holdout;
mod inspect;
mod learn;
mod lease;
mod losses;
mod month;
mod names;
mod newcomer;
mod node;
mod purchase_value;
mod refresh;
mod refused;
mod report;
mod screening;
mod seen;
mod tick;
mod traffic;

pub(crate) use credit::used_lots;

pub use attributed::{AttributedFigures, AttributedReport, TrafficRules, ValidTraffic};
pub use decide::{DecisionAnswer, DecisionAsk, Explained, Shown, SlotAsk, ViewerAsk};
pub use engine::{EngineConfig, EngineKeys};
pub use event::{EventItem, EventKind, EventOrigin, EventRefusal, ReportedEvent};
pub use learn::WonResults;
pub use losses::{MinuteLosses, OrderLosses};
pub use month::{Month, ParseMonthError};
pub use node::NodeStanding;
pub use refused::{RefusedEventPage, RefusedEventView, ReplayEvents, ReplayRefusal, Replayed};
pub use report::{ReportAnswer, Reporter};
pub use seen::{EventFate, SeenEvent};

pub use tuiliu_delivery::request::ContentType;
pub use tuiliu_delivery::token::{TokenKey, TokenKeys};
pub use tuiliu_measure::traffic::Invalid as InvalidTraffic;

pub(crate) use attributed::{attributed_report, valid_traffic};
pub(crate) use attribution::net_purchases;
pub(crate) use engine::Engine;
pub(crate) use event::TakenEvent;
pub(crate) use fold::arms::{NAMED as NATURAL_NAMED, UNNAMED as NATURAL_UNNAMED};
pub(crate) use fold::product_in;
pub(crate) use lease::close_all;
pub(crate) use newcomer::{Newcomer, newcomer};
pub(crate) use report::hash_of;
pub(crate) use seen::SeenEvents;
pub use tick::PaceNow;

use tuiliu_delivery::audience::CompiledAudience;
use tuiliu_domain::id::PartyId;
use tuiliu_domain::promotion::Audience;

/// Whether delivery can tell apart fast enough who belongs to this audience (DL-03).
pub(crate) fn can_deliver_to(audience: &Audience, creator: PartyId) -> bool {
    CompiledAudience::try_new(audience, creator).is_ok()
}

#[cfg(test)]
pub(crate) mod tests;
