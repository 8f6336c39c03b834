//! Guard rules: limits at which an order stops by itself (TP-29).

use crate::money::Micros;
use crate::time::Timestamp;

/// One limit; it is crossed by going beyond it, not by reaching it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GuardCondition {
    /// Spend since the last result is above this.
    DrySpendAbove(Micros),
    /// Spend per result is above this; never crossed before the first result.
    CostPerResultAbove(Micros),
    /// Spend is above this.
    SpendAbove(Micros),
    /// Longer than this without a charge, in milliseconds.
    IdleLongerThan { ms: i64 },
    /// Attributed sales per spend are below this, in thousandths; never crossed before the first charge.
    ReturnBelow { permille: i64 },
}

/// How two conditions are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Joint {
    And,
    Or,
}

/// One condition, or two joined; when it holds, the order stops and the buyer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GuardRule {
    pub first: GuardCondition,
    pub second: Option<(Joint, GuardCondition)>,
}

/// What an order has done so far, as far as guard rules look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Performance {
    /// Charged so far.
    pub spend: Micros,
    /// Charged since the last result, or since the start without one.
    pub dry_spend: Micros,
    /// Results so far.
    pub results: i64,
    /// When the last charge happened, or delivery started without one.
    pub last_charge_at: Timestamp,
    /// Attributed paid sales, in fen.
    pub sales_fen: i64,
}

/// A guard rule that cannot be: a limit that is not positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("guard by a limit that is not positive: `{limit}`")]
pub struct GuardLimitError {
    pub limit: i64,
}

impl GuardRule {
    /// Whether every limit is positive.
    pub fn check(&self) -> Result<(), GuardLimitError> {
        self.first.check()?;
        self.second.map_or(Ok(()), |(_, second)| second.check())
    }

    /// Whether the rule fires.
    #[must_use]
    pub fn fires(&self, performance: &Performance, beans_per_yuan: i64, now: Timestamp) -> bool {
        let first = self.first.crossed(performance, beans_per_yuan, now);
        match self.second {
            None => first,
            Some((Joint::And, second)) => first && second.crossed(performance, beans_per_yuan, now),
            Some((Joint::Or, second)) => first || second.crossed(performance, beans_per_yuan, now),
        }
    }
}

impl GuardCondition {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DrySpendAbove(_) => "dry_spend_above",
            Self::CostPerResultAbove(_) => "cost_per_result_above",
            Self::SpendAbove(_) => "spend_above",
            Self::IdleLongerThan { .. } => "idle_longer_than",
            Self::ReturnBelow { .. } => "return_below",
        }
    }

    /// The limit in its own unit: millionths of a bean, milliseconds, or thousandths.
    #[must_use]
    pub const fn limit(self) -> i64 {
        match self {
            Self::DrySpendAbove(limit) | Self::CostPerResultAbove(limit) | Self::SpendAbove(limit) => limit.get(),
            Self::IdleLongerThan { ms } => ms,
            Self::ReturnBelow { permille } => permille,
        }
    }

    /// The condition with this code and limit.
    #[must_use]
    pub fn from_code(code: &str, limit: i64) -> Option<Self> {
        match code {
            "dry_spend_above" => Some(Self::DrySpendAbove(Micros::new(limit))),
            "cost_per_result_above" => Some(Self::CostPerResultAbove(Micros::new(limit))),
            "spend_above" => Some(Self::SpendAbove(Micros::new(limit))),
            "idle_longer_than" => Some(Self::IdleLongerThan { ms: limit }),
            "return_below" => Some(Self::ReturnBelow { permille: limit }),
            _ => None,
        }
    }

    fn check(self) -> Result<(), GuardLimitError> {
        let limit = self.limit();
        if limit > 0 { Ok(()) } else { Err(GuardLimitError { limit }) }
    }

    fn crossed(self, performance: &Performance, beans_per_yuan: i64, now: Timestamp) -> bool {
        let spend = i128::from(performance.spend.get());
        match self {
            Self::DrySpendAbove(limit) => limit < performance.dry_spend,
            Self::SpendAbove(limit) => limit < performance.spend,
            Self::CostPerResultAbove(limit) => {
                0 < performance.results && i128::from(limit.get()) * i128::from(performance.results) < spend
            }
            Self::IdleLongerThan { ms } => ms < now.since_ms(performance.last_charge_at),
            // sales / spend in yuan = fen / 100 ÷ (micros / 10^6 / beans per yuan), compared by thousandths.
            Self::ReturnBelow { permille } => {
                let sales = i128::from(performance.sales_fen) * 10_000_000 * i128::from(beans_per_yuan);
                0 < spend && sales < i128::from(permille) * spend
            }
        }
    }
}
