//! How an order lies in its row: a mirror of the domain's types that can be written as JSON.
//!
//! Fields are added with a default and never change their meaning: rows live as long as their orders.

use serde::{Deserialize, Serialize};
use tuiliu_domain::coupon::{SourceKind, SourcePlan};
use tuiliu_domain::id::{HoldId, LotId};
use tuiliu_domain::money::{Amount, Asset, Micros, Price};
use tuiliu_domain::policy::{HoldoutTerms, Terms};
use tuiliu_domain::promise::{Closed, PaidIn, PromiseRule};
use tuiliu_domain::promotion::{
    Audience, Bidding, ChargeRule, ChargedBy, Desk, GuardCondition, GuardRule, Joint, OrderGuarantee, OrderPayment,
    OrderSource, PlacementName, PromotionOrder,
};
use tuiliu_domain::time::Timestamp;

use super::stored_state::StoredState;

/// What of an order no query asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredBody {
    pub(super) audience: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) placement: Option<String>,
    /// At most one of bid, cost cap and goal is there.
    pub(super) bid: Option<i64>,
    #[serde(default)]
    pub(super) cost_cap: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) roi_goal: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) desk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) charged_by: Option<String>,
    pub(super) duration_ms: i64,
    pub(super) guard_rules: Vec<StoredGuardRule>,
    pub(super) sources: Vec<StoredSource>,
    pub(super) payments: Vec<StoredPayment>,
    pub(super) terms: StoredTerms,
    pub(super) state: StoredState,
    pub(super) reviewed_content: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) bids: Vec<(i64, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) guarantee: Option<StoredGuarantee>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delivery_started_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delivery_ended_at: Option<i64>,
    pub(super) again_of: Option<u128>,
}

impl From<&PromotionOrder> for StoredBody {
    fn from(order: &PromotionOrder) -> Self {
        Self {
            audience: order.audience.as_ref().map(ToString::to_string),
            placement: order.placement.as_ref().map(ToString::to_string),
            bid: order.bidding.bid().map(Micros::get),
            cost_cap: order.bidding.cost_max().map(Micros::get),
            roi_goal: order.bidding.roi_goal_permille(),
            desk: (order.desk != Desk::default()).then(|| order.desk.code().to_owned()),
            charged_by: (order.charged_by != ChargedBy::default()).then(|| order.charged_by.code().to_owned()),
            duration_ms: order.duration_ms,
            guard_rules: order.guard_rules.iter().map(StoredGuardRule::from).collect(),
            sources: order.sources.iter().map(StoredSource::from).collect(),
            payments: order.payments.iter().map(StoredPayment::from).collect(),
            terms: StoredTerms::from(&order.terms),
            state: StoredState::from(&order.state),
            reviewed_content: order.reviewed_content,
            bids: order.bids.iter().map(|change| (change.at.ms(), change.promised)).collect(),
            guarantee: order.guarantee.as_ref().map(StoredGuarantee::from),
            delivery_started_at: order.delivery_started_at.map(Timestamp::ms),
            delivery_ended_at: order.delivery_ended_at.map(Timestamp::ms),
            again_of: order.again_of.map(|id| id.value()),
        }
    }
}

impl StoredBody {
    pub(super) fn read_desk(&self) -> Result<Desk, String> {
        let Some(code) = &self.desk else { return Ok(Desk::default()) };
        Desk::from_code(code).ok_or_else(|| format!("no desk `{code}`"))
    }

    pub(super) fn read_charged_by(&self) -> Result<ChargedBy, String> {
        let Some(code) = &self.charged_by else { return Ok(ChargedBy::default()) };
        ChargedBy::from_code(code).ok_or_else(|| format!("nothing is charged by `{code}`"))
    }

    pub(super) fn read_bidding(&self) -> Result<Bidding, String> {
        match (self.bid.map(Micros::new), self.cost_cap.map(Micros::new), self.roi_goal) {
            (bid, None, None) => Ok(Bidding::by_bid(bid)),
            (None, Some(cost_max), None) => Ok(Bidding::CostCap { cost_max }),
            (None, None, Some(goal_permille)) => Ok(Bidding::RoiGoal { goal_permille }),
            _ => Err("more than one of a bid, a cost cap and a goal".to_owned()),
        }
    }
}

pub(super) fn read_placement(name: &str) -> Result<PlacementName, String> {
    PlacementName::parse(name).ok_or_else(|| format!("no placement is called `{name}`"))
}

pub(super) fn read_audience(text: &str) -> Result<Audience, String> {
    text.parse().map_err(|error: tuiliu_domain::promotion::AudienceError| error.to_string())
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredGuardRule {
    first: StoredCondition,
    second: Option<(StoredJoint, StoredCondition)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCondition {
    code: String,
    limit: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredJoint {
    And,
    Or,
}

impl From<&GuardRule> for StoredGuardRule {
    fn from(rule: &GuardRule) -> Self {
        let condition =
            |condition: GuardCondition| StoredCondition { code: condition.code().to_owned(), limit: condition.limit() };
        let joint = |joint| match joint {
            Joint::And => StoredJoint::And,
            Joint::Or => StoredJoint::Or,
        };
        let second = rule.second.map(|(how, second)| (joint(how), condition(second)));
        Self { first: condition(rule.first), second }
    }
}

impl StoredGuardRule {
    pub(super) fn read(&self) -> Result<GuardRule, String> {
        let condition = |stored: &StoredCondition| {
            GuardCondition::from_code(&stored.code, stored.limit)
                .ok_or_else(|| format!("no guard condition `{}`", stored.code))
        };
        let second = match &self.second {
            None => None,
            Some((StoredJoint::And, second)) => Some((Joint::And, condition(second)?)),
            Some((StoredJoint::Or, second)) => Some((Joint::Or, condition(second)?)),
        };
        Ok(GuardRule { first: condition(&self.first)?, second })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSource {
    hold: u128,
    lot: u128,
    kind: String,
    amount: i64,
    unit_worth: i64,
}

impl From<&OrderSource> for StoredSource {
    fn from(source: &OrderSource) -> Self {
        let SourcePlan { lot, kind, amount, unit_worth } = source.plan;
        Self {
            hold: source.hold.value(),
            lot: lot.value(),
            kind: kind.code().to_owned(),
            amount: amount.units(),
            unit_worth: unit_worth.get(),
        }
    }
}

impl StoredSource {
    pub(super) fn read(&self) -> Result<OrderSource, String> {
        let kind = SourceKind::from_code(&self.kind).ok_or_else(|| format!("no source kind `{}`", self.kind))?;
        let plan = SourcePlan {
            lot: LotId::new(self.lot),
            kind,
            amount: Amount::new(self.amount),
            unit_worth: Micros::new(self.unit_worth),
        };
        Ok(OrderSource { hold: HoldId::new(self.hold), plan })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPayment {
    at: i64,
    price: i64,
    duration_ms: i64,
    sources: usize,
}

impl From<&OrderPayment> for StoredPayment {
    fn from(payment: &OrderPayment) -> Self {
        let OrderPayment { at, price, duration_ms, sources } = *payment;
        Self { at: at.ms(), price: price.get(), duration_ms, sources }
    }
}

impl StoredPayment {
    pub(super) fn read(&self) -> Result<OrderPayment, String> {
        Ok(OrderPayment {
            at: Timestamp::from_ms(self.at),
            price: read_price(self.price)?,
            duration_ms: self.duration_ms,
            sources: self.sources,
        })
    }
}

/// A cost guarantee by the name of its preset: presets are never changed, a new number is a new name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredGuarantee {
    preset: String,
    closed_at: Option<i64>,
    paid_fen: i64,
    #[serde(default)]
    results: i64,
}

const PRESETS: [(&str, PromiseRule); 4] = [
    ("cost_1", PromiseRule::COST),
    ("cost_1_money", PromiseRule::COST.paid_in(PaidIn::Money)),
    ("return_1", PromiseRule::RETURN),
    ("return_1_money", PromiseRule::RETURN.paid_in(PaidIn::Money)),
];

impl From<&OrderGuarantee> for StoredGuarantee {
    fn from(guarantee: &OrderGuarantee) -> Self {
        let preset = PRESETS.iter().find(|(_, rule)| *rule == guarantee.rule).expect("orders carry presets");
        Self {
            preset: preset.0.to_owned(),
            closed_at: guarantee.closed.map(|closed| closed.at.ms()),
            paid_fen: guarantee.closed.map_or(0, |closed| closed.paid.units()),
            results: guarantee.closed.map_or(0, |closed| closed.results),
        }
    }
}

impl StoredGuarantee {
    pub(super) fn read(&self) -> Result<OrderGuarantee, String> {
        let preset = PRESETS.iter().find(|(name, _)| *name == self.preset);
        let (_, rule) = preset.ok_or_else(|| format!("no guarantee `{}`", self.preset))?;
        let (paid, results) = (Amount::new(self.paid_fen), self.results);
        let closed = self.closed_at.map(|at| Closed { at: Timestamp::from_ms(at), paid, results });
        Ok(OrderGuarantee { rule: *rule, closed })
    }
}

pub(super) fn read_price(units: i64) -> Result<Price, String> {
    Price::parse(units).ok_or_else(|| format!("a price of `{units}`"))
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredTerms {
    policy_version: u32,
    #[serde(default = "beans")]
    currency: String,
    charge: StoredChargeRule,
    point_worth: i64,
    offset_permille_max: i64,
    growth_card_credit_score_min: i64,
    remainder_grace_ms: i64,
    payment_timeout_ms: i64,
    reservation_ms: i64,
    settle_wait_ms: i64,
    settle_limit_ms: i64,
    budget_max: i64,
    #[serde(default = "one")]
    budget_step: i64,
    top_up_min: i64,
    top_up_duration_ms_max: i64,
    commerce_window_ms: i64,
    dedup_window_ms: i64,
    frequency_cap: u32,
    frequency_window_ms: i64,
    beans_per_yuan: i64,
    #[serde(default)]
    holdout_millionths: u32,
    #[serde(default)]
    viewers_planned: u64,
    #[serde(default = "thousand")]
    hard_end_permille: i64,
    #[serde(default)]
    complete_after_ms: i64,
    #[serde(default = "one_day")]
    refund_working_days_min: u16,
    #[serde(default = "seven_days")]
    refund_working_days: u16,
}

fn beans() -> String {
    Asset::Bean.code().to_owned()
}

const fn one() -> i64 {
    1
}

const fn one_day() -> u16 {
    1
}

const fn seven_days() -> u16 {
    7
}

const fn thousand() -> i64 {
    1000
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredChargeRule {
    EffectiveView { watched_ms_min: i64 },
    FirstComment,
    HeldFollow { hold_ms: i64 },
    FirstProductClick,
    FirstPurchase,
    FirstInterest,
    FirstProfileVisit,
}

impl From<&Terms> for StoredTerms {
    fn from(terms: &Terms) -> Self {
        let charge = match terms.charge {
            ChargeRule::EffectiveView { watched_ms_min } => StoredChargeRule::EffectiveView { watched_ms_min },
            ChargeRule::FirstComment => StoredChargeRule::FirstComment,
            ChargeRule::HeldFollow { hold_ms } => StoredChargeRule::HeldFollow { hold_ms },
            ChargeRule::FirstProductClick => StoredChargeRule::FirstProductClick,
            ChargeRule::FirstPurchase => StoredChargeRule::FirstPurchase,
            ChargeRule::FirstInterest => StoredChargeRule::FirstInterest,
            ChargeRule::FirstProfileVisit => StoredChargeRule::FirstProfileVisit,
        };
        Self {
            policy_version: terms.policy_version,
            currency: terms.currency.code().to_owned(),
            charge,
            point_worth: terms.point_worth.get(),
            offset_permille_max: terms.offset_permille_max,
            growth_card_credit_score_min: terms.growth_card_credit_score_min,
            remainder_grace_ms: terms.remainder_grace_ms,
            payment_timeout_ms: terms.payment_timeout_ms,
            reservation_ms: terms.reservation_ms,
            settle_wait_ms: terms.settle_wait_ms,
            settle_limit_ms: terms.settle_limit_ms,
            budget_max: terms.budget_max.get(),
            budget_step: terms.budget_step,
            top_up_min: terms.top_up_min.get(),
            top_up_duration_ms_max: terms.top_up_duration_ms_max,
            commerce_window_ms: terms.commerce_window_ms,
            dedup_window_ms: terms.dedup_window_ms,
            frequency_cap: terms.frequency_cap,
            frequency_window_ms: terms.frequency_window_ms,
            beans_per_yuan: terms.beans_per_yuan,
            holdout_millionths: terms.holdout.share_millionths,
            viewers_planned: terms.holdout.viewers_planned,
            hard_end_permille: terms.hard_end_permille,
            complete_after_ms: terms.complete_after_ms,
            refund_working_days_min: terms.refund_working_days_min,
            refund_working_days: terms.refund_working_days,
        }
    }
}

impl StoredTerms {
    pub(super) fn read(&self) -> Result<Terms, String> {
        let charge = match self.charge {
            StoredChargeRule::EffectiveView { watched_ms_min } => ChargeRule::EffectiveView { watched_ms_min },
            StoredChargeRule::FirstComment => ChargeRule::FirstComment,
            StoredChargeRule::HeldFollow { hold_ms } => ChargeRule::HeldFollow { hold_ms },
            StoredChargeRule::FirstProductClick => ChargeRule::FirstProductClick,
            StoredChargeRule::FirstPurchase => ChargeRule::FirstPurchase,
            StoredChargeRule::FirstInterest => ChargeRule::FirstInterest,
            StoredChargeRule::FirstProfileVisit => ChargeRule::FirstProfileVisit,
        };
        Ok(Terms {
            policy_version: self.policy_version,
            currency: Asset::from_code(&self.currency).ok_or_else(|| format!("no asset `{}`", self.currency))?,
            charge,
            point_worth: Micros::new(self.point_worth),
            offset_permille_max: self.offset_permille_max,
            growth_card_credit_score_min: self.growth_card_credit_score_min,
            remainder_grace_ms: self.remainder_grace_ms,
            payment_timeout_ms: self.payment_timeout_ms,
            reservation_ms: self.reservation_ms,
            settle_wait_ms: self.settle_wait_ms,
            settle_limit_ms: self.settle_limit_ms,
            budget_max: read_price(self.budget_max)?,
            budget_step: self.budget_step,
            top_up_min: read_price(self.top_up_min)?,
            top_up_duration_ms_max: self.top_up_duration_ms_max,
            commerce_window_ms: self.commerce_window_ms,
            dedup_window_ms: self.dedup_window_ms,
            frequency_cap: self.frequency_cap,
            frequency_window_ms: self.frequency_window_ms,
            beans_per_yuan: self.beans_per_yuan,
            holdout: HoldoutTerms { share_millionths: self.holdout_millionths, viewers_planned: self.viewers_planned },
            hard_end_permille: self.hard_end_permille,
            complete_after_ms: self.complete_after_ms,
            refund_working_days_min: self.refund_working_days_min,
            refund_working_days: self.refund_working_days,
        })
    }
}
