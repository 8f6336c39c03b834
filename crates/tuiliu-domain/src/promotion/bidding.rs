//! What a buyer lets a result cost (DL-04).

use crate::money::Micros;

/// How an order bids for results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Bidding {
    /// The budget is spent evenly over the window at the best price.
    #[default]
    Automatic,
    /// No result costs more than this.
    Manual { bid: Micros },
    /// Results cost no more than this on average; one may cost more, others then cost less.
    ///
    /// With few results chance alone moves their mean cost beyond any cap, so it is no promise before there are some.
    CostCap { cost_max: Micros },
}

impl Bidding {
    /// Manual where a bid is given, automatic otherwise.
    #[must_use]
    pub fn by_bid(bid: Option<Micros>) -> Self {
        bid.map_or(Self::Automatic, |bid| Self::Manual { bid })
    }

    /// The most that one result may cost, where that is what the buyer named.
    #[must_use]
    pub const fn bid(self) -> Option<Micros> {
        match self {
            Self::Manual { bid } => Some(bid),
            Self::Automatic | Self::CostCap { .. } => None,
        }
    }

    /// What results may cost on average, where that is what the buyer named.
    #[must_use]
    pub const fn cost_max(self) -> Option<Micros> {
        match self {
            Self::CostCap { cost_max } => Some(cost_max),
            Self::Automatic | Self::Manual { .. } => None,
        }
    }

    /// The price of a result that the buyer named, whatever it limits.
    #[must_use]
    pub fn named(self) -> Option<Micros> {
        self.bid().or(self.cost_max())
    }
}
