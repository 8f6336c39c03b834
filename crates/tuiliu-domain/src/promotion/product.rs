//! The products that one order machine sells; how they differ is data (TP, QB).

use crate::money::Asset;

/// What kind of order it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Traffic for a live room, paid in beans (TP).
    TrafficPack,
    /// A boost of a shop video or a live room, paid in money (QB).
    QuickBoost,
}

/// What counts as a result and is charged (QB-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ChargedBy {
    /// What the goal names.
    #[default]
    Goal,
    /// Plays of a video, whatever the goal.
    Plays,
}

impl Product {
    /// Every product there is.
    pub const ALL: &[Self] = &[Self::TrafficPack, Self::QuickBoost];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TrafficPack => "traffic_pack",
            Self::QuickBoost => "quick_boost",
        }
    }

    /// The product with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|product| product.code() == code)
    }

    /// What it is paid in; its price unit is one bean or one yuan.
    #[must_use]
    pub const fn currency(self) -> Asset {
        match self {
            Self::TrafficPack => Asset::Bean,
            Self::QuickBoost => Asset::Cny,
        }
    }
}

impl ChargedBy {
    /// Every way there is.
    pub const ALL: &[Self] = &[Self::Goal, Self::Plays];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Plays => "plays",
        }
    }

    /// The way with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|way| way.code() == code)
    }
}
