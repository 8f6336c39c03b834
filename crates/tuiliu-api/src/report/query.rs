//! What a report is asked for: steps of time, and whose clocks they follow.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use tuiliu_app::report::{Clocks, Grain, TrendAsk};
use utoipa::{IntoParams, ToSchema};

use crate::views::TimeView;

/// Which steps of time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrendQuery {
    /// `minute`, `hour` or `day`; hours when left out. Minutes are told of the last week at most.
    #[serde(default)]
    #[param(inline)]
    pub(super) grain: GrainView,
    /// Whose hours and days: an offset from UTC in quarters of an hour, or a zone of the IANA database such as
    /// `Europe/Berlin`, whose days may have 23 or 25 hours; `+08:00` when left out.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "+08:00")]
    pub(super) time_zone: ClocksView,
    /// Steps from this instant on.
    pub(super) from: Option<TimeView>,
    /// Steps before this instant.
    pub(super) to: Option<TimeView>,
}

/// How long a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = Grain)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrainView {
    Minute,
    #[default]
    Hour,
    Day,
}

/// Clocks, by an offset or by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClocksView(pub(super) Clocks);

impl Default for ClocksView {
    fn default() -> Self {
        Self(Clocks::CHINA)
    }
}

impl<'de> Deserialize<'de> for ClocksView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        // In a query a plus that nobody encoded is a space.
        let text = text.strip_prefix(' ').map_or_else(|| text.to_string(), |rest| format!("+{rest}"));
        text.parse().map(Self).map_err(|error| D::Error::custom(format_args!("failed to {error}")))
    }
}

impl From<GrainView> for Grain {
    fn from(view: GrainView) -> Self {
        match view {
            GrainView::Minute => Self::Minute,
            GrainView::Hour => Self::Hour,
            GrainView::Day => Self::Day,
        }
    }
}

impl TrendQuery {
    /// The same in the app's words.
    pub(crate) fn ask(&self) -> TrendAsk {
        let time = |view: Option<TimeView>| view.map(|view| view.0);
        TrendAsk {
            grain: self.grain.into(),
            clocks: self.time_zone.0.clone(),
            from: time(self.from),
            to: time(self.to),
        }
    }
}
