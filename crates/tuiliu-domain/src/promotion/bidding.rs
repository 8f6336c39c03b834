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
    /// Sales are to be at least so many thousandths of the spend (QB-18): what a purchase may cost follows from what
    /// purchases are expected to be paid.
    RoiGoal { goal_permille: i64 },
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
            Self::Automatic | Self::CostCap { .. } | Self::RoiGoal { .. } => None,
        }
    }

    /// What results may cost on average, where that is what the buyer named.
    #[must_use]
    pub const fn cost_max(self) -> Option<Micros> {
        match self {
            Self::CostCap { cost_max } => Some(cost_max),
            Self::Automatic | Self::Manual { .. } | Self::RoiGoal { .. } => None,
        }
    }

    /// The least sales per spend, in thousandths, where that is what the buyer named.
    #[must_use]
    pub const fn roi_goal_permille(self) -> Option<i64> {
        match self {
            Self::RoiGoal { goal_permille } => Some(goal_permille),
            Self::Automatic | Self::Manual { .. } | Self::CostCap { .. } => None,
        }
    }

    /// What results may cost on average when each is expected to be `paid` so much for.
    #[must_use]
    pub fn cost_max_at(self, paid: Micros) -> Option<Micros> {
        let by_goal = |goal_permille: i64| {
            let cost = i128::from(paid.get()) * 1000 / i128::from(goal_permille.max(1));
            Micros::new(i64::try_from(cost).unwrap_or(i64::MAX))
        };
        self.cost_max().or_else(|| self.roi_goal_permille().map(by_goal))
    }

    /// What a cost guarantee would promise: millionths of the price unit a result, or thousandths of sales per spend.
    #[must_use]
    pub fn promised(self) -> Option<i64> {
        self.bid().map(Micros::get).or(self.roi_goal_permille())
    }

    /// The price of a result that the buyer named, whatever it limits.
    #[must_use]
    pub fn named(self) -> Option<Micros> {
        self.bid().or(self.cost_max())
    }
}
