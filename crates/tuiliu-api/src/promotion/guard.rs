//! Guard rules as they are sent (TP-29).

use serde::{Deserialize, Serialize};
use tuiliu_domain::money::Asset;
use tuiliu_domain::promotion::{GuardCondition, GuardRule, Joint};
use utoipa::ToSchema;

use super::money::{cost_view, micros};
use crate::problem::Problem;
use crate::views::AmountView;

/// One condition, or two joined; when it holds, the order stops and the buyer is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = GuardRule)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuardRuleView {
    first: ConditionView,
    /// The second condition and how it is joined to the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    then: Option<JointView>,
}

/// A second condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = GuardJoint)]
#[serde(deny_unknown_fields)]
pub(crate) struct JointView {
    joint: JointWord,
    condition: ConditionView,
}

/// How two conditions are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JointWord {
    And,
    Or,
}

/// One limit; it is crossed by going beyond it, not by reaching it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = GuardCondition)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ConditionView {
    /// Spend since the last result is above the limit.
    DrySpendAbove { limit: AmountView },
    /// Spend per result is above the limit; never crossed before the first result.
    CostPerResultAbove { limit: AmountView },
    /// Spend is above the limit.
    SpendAbove { limit: AmountView },
    /// Longer than this without a charge.
    IdleLongerThan { ms: i64 },
    /// Attributed sales per spend are below this, in thousandths; never crossed before the first charge.
    ReturnBelow { permille: i64 },
}

impl GuardRuleView {
    pub(crate) fn rule(&self, asset: Asset, pointer: &str) -> Result<GuardRule, Problem> {
        let first = self.first.condition(asset, &format!("{pointer}/first/limit"))?;
        let second = self.then.as_ref().map(|then| {
            let joint = match then.joint {
                JointWord::And => Joint::And,
                JointWord::Or => Joint::Or,
            };
            let condition = then.condition.condition(asset, &format!("{pointer}/then/condition/limit"))?;
            Ok::<_, Problem>((joint, condition))
        });
        Ok(GuardRule { first, second: second.transpose()? })
    }
}

impl ConditionView {
    fn condition(&self, asset: Asset, pointer: &str) -> Result<GuardCondition, Problem> {
        Ok(match self {
            Self::DrySpendAbove { limit } => GuardCondition::DrySpendAbove(micros(*limit, asset, pointer)?),
            Self::CostPerResultAbove { limit } => GuardCondition::CostPerResultAbove(micros(*limit, asset, pointer)?),
            Self::SpendAbove { limit } => GuardCondition::SpendAbove(micros(*limit, asset, pointer)?),
            Self::IdleLongerThan { ms } => GuardCondition::IdleLongerThan { ms: *ms },
            Self::ReturnBelow { permille } => GuardCondition::ReturnBelow { permille: *permille },
        })
    }
}

impl GuardRuleView {
    /// The rule as it is sent, of an order that is paid in this asset.
    pub(crate) fn of(rule: &GuardRule, asset: Asset) -> Self {
        let then = rule.second.map(|(joint, condition)| JointView {
            joint: match joint {
                Joint::And => JointWord::And,
                Joint::Or => JointWord::Or,
            },
            condition: ConditionView::of(condition, asset),
        });
        Self { first: ConditionView::of(rule.first, asset), then }
    }
}

impl ConditionView {
    fn of(condition: GuardCondition, asset: Asset) -> Self {
        match condition {
            GuardCondition::DrySpendAbove(limit) => Self::DrySpendAbove { limit: cost_view(limit, asset) },
            GuardCondition::CostPerResultAbove(limit) => Self::CostPerResultAbove { limit: cost_view(limit, asset) },
            GuardCondition::SpendAbove(limit) => Self::SpendAbove { limit: cost_view(limit, asset) },
            GuardCondition::IdleLongerThan { ms } => Self::IdleLongerThan { ms },
            GuardCondition::ReturnBelow { permille } => Self::ReturnBelow { permille },
        }
    }
}
