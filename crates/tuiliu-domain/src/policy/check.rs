//! Whether a policy can be worked with.

use thiserror::Error;

use super::Policy;
use crate::incentive::MarkKind;
use crate::limits::{POLICY_CHOICES_MAX, POLICY_WORDS_MAX};
use crate::promotion::{Goal, Product};
use crate::time::DAY_MS;

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    #[error("set `{setting}` to `{value}`: it must be from `{min}` to `{max}`")]
    OutOfRange { setting: &'static str, value: i64, min: i64, max: i64 },
    #[error("set `{setting}`: it must be ascending, without repeats, and have 1 to `{max}` values")]
    NotAscending { setting: &'static str, max: usize },
    #[error("set `{setting}`: it has more than `{max}` values, or an empty one")]
    BadList { setting: &'static str, max: usize },
}

impl Policy {
    /// Whether every number can be worked with.
    pub fn check(&self) -> Result<(), PolicyError> {
        self.check_times()?;
        self.check_amounts()?;
        self.check_incentives()?;
        self.guarantee.check()?;
        for goal in Goal::OF_TRAFFIC_PACKS {
            let presets = self.product(Product::TrafficPack, *goal).presets;
            ascending("order.presets", presets)?;
            let prior = self.usual_cost(Product::TrafficPack, *goal);
            within("estimate.cost_per_result.low", prior.low.get(), 1, prior.mid.get())?;
            within("estimate.cost_per_result.mid", prior.mid.get(), 1, prior.high.get())?;
            let smallest = presets.first().map_or(0, |preset| preset.get());
            let largest = presets.last().map_or(0, |preset| preset.get());
            within("order.presets", smallest, 1, i64::MAX)?;
            within("order.presets", largest, 1, self.order.budget_max.get())?;
        }
        self.check_quick_boost()?;
        ascending("order.durations_ms", &self.order.durations_ms)?;
        within("order.durations_ms", self.order.durations_ms[0], 1, TIME_MS_MAX)?;
        within("order.durations_ms", self.order.durations_ms[self.order.durations_ms.len() - 1], 1, TIME_MS_MAX)?;
        words("review.blocked_words", &self.review.blocked_words)?;
        words("review.watched_words", &self.review.watched_words)?;
        words("review.blocked_categories", &self.review.blocked_categories)?;
        words("review.watched_categories", &self.review.watched_categories)?;
        words("review.four_eyes_categories", &self.review.four_eyes_categories)?;
        within("review.sample_permille", self.review.sample_permille, 0, 1000)?;
        if self.review.title_length_min > self.review.title_length_max {
            return Err(PolicyError::BadList { setting: "review.title_length_min", max: self.review.title_length_max });
        }
        self.check_holdout()?;
        self.traffic.check()?;
        self.wallet.check()?;
        for (_, permille) in &self.delivery.promoted_permille_by_placement {
            within("delivery.promoted_permille_by_placement", *permille, 0, 1000)?;
        }
        words("delivery.placements_sold", &self.delivery.placements_sold)?;
        Ok(())
    }

    fn check_times(&self) -> Result<(), PolicyError> {
        let order = &self.order;
        within("order.payment_timeout_ms", order.payment_timeout_ms, 1, TIME_MS_MAX)?;
        within("order.reservation_ms", order.reservation_ms, 1, TIME_MS_MAX)?;
        within("order.settle_limit_ms", order.settle_limit_ms, 1, TIME_MS_MAX)?;
        within("order.settle_wait_ms", order.settle_wait_ms, 0, order.settle_limit_ms)?;
        within("order.top_up_duration_ms_max", order.top_up_duration_ms_max, 0, TIME_MS_MAX)?;
        within("charge.effective_view_ms", self.charge.effective_view_ms, 0, TIME_MS_MAX)?;
        // A follow must be able to count before its order is settled.
        within("charge.follow_hold_ms", self.charge.follow_hold_ms, 0, order.settle_limit_ms)?;
        within("charge.commerce_window_ms", self.charge.commerce_window_ms, 0, TIME_MS_MAX)?;
        within("charge.video_window_ms", self.charge.video_window_ms, 0, TIME_MS_MAX)?;
        within("charge.dedup_window_ms", self.charge.dedup_window_ms, 0, TIME_MS_MAX)?;
        within("coupon.validity_ms", self.coupon.validity_ms, 1, TIME_MS_MAX)?;
        within("coupon.task_reward_validity_ms", self.coupon.task_reward_validity_ms, 1, TIME_MS_MAX)?;
        within("coupon.remainder_grace_ms", self.coupon.remainder_grace_ms, 1, TIME_MS_MAX)?;
        within("review.claim_ms", self.review.claim_ms, 1, TIME_MS_MAX)?;
        within("review.verdict_ms", self.review.verdict_ms, 1, TIME_MS_MAX)?;
        within("review.sample_ms", self.review.sample_ms, 1, TIME_MS_MAX)?;
        within("review.check_wait_ms", self.review.check_wait_ms, 0, TIME_MS_MAX)?;
        within("room.interruption_grace_ms", self.room.interruption_grace_ms, 1, TIME_MS_MAX)?;
        within("delivery.frequency_window_ms", self.delivery.frequency_window_ms, 1, TIME_MS_MAX)
    }

    fn check_incentives(&self) -> Result<(), PolicyError> {
        let incentive = &self.incentive;
        within("incentive.refund_rate_permille_max", incentive.refund_rate_permille_max, 0, 1000)?;
        within("incentive.complaints_max", incentive.complaints_max, 0, i64::MAX)?;
        within("incentive.shop_score_hundredths_min", incentive.shop_score_hundredths_min, 0, 500)?;
        within("incentive.credit_score_min", incentive.credit_score_min, 0, 1000)?;
        within("incentive.appeal_working_days", incentive.appeal_working_days.into(), 1, 60)?;
        for kind in MarkKind::ALL {
            within("incentive.linkage", incentive.linkage_weight_permille(*kind), 0, 1000)?;
        }
        within("incentive.linkage_threshold_permille", incentive.linkage_threshold_permille, 1, 1000)
    }

    fn check_holdout(&self) -> Result<(), PolicyError> {
        let holdout = &self.holdout;
        // More than half of the viewers measures nothing better.
        within("holdout.share_permille_max", holdout.share_permille_max, 0, 500)?;
        within("holdout.share_permille_min", holdout.share_permille_min, 0, holdout.share_permille_max)?;
        within("holdout.share_permille_unknown", holdout.share_permille_unknown, 0, 500)?;
        within("holdout.supply_permille", holdout.supply_permille, 1, 1000)?;
        within("holdout.universal_permille", holdout.universal_permille, 0, 100)
    }

    fn check_quick_boost(&self) -> Result<(), PolicyError> {
        let boost = &self.quick_boost;
        let max = boost.budget_max.get();
        within("quick_boost.payment_timeout_ms", boost.payment_timeout_ms, 1, TIME_MS_MAX)?;
        within("quick_boost.budget_max", max, 1, BUDGET_MAX)?;
        within("quick_boost.budget_min", boost.budget_min.get(), 1, max)?;
        within("quick_boost.budget_step", boost.budget_step, 1, boost.budget_min.get())?;
        within("quick_boost.wallet_low", boost.wallet_low.get(), 0, BUDGET_MAX)?;
        within("quick_boost.long_from", boost.long_from.get(), 0, max)?;
        within("quick_boost.hard_end_permille", boost.hard_end_permille, 1_000, 10_000)?;
        within("quick_boost.bid_min", boost.bid_min.get(), 1, boost.bid_max.get())?;
        within("quick_boost.roi_goal_permille_min", boost.roi_goal_permille_min, 1, boost.roi_goal_permille_max)?;
        within("quick_boost.roi_goal_permille_max", boost.roi_goal_permille_max, 1, 1_000_000)?;
        within("quick_boost.purchase_usual", boost.purchase_usual.units(), 1, 100_000_000)?;
        within("quick_boost.point_worth", boost.point_worth.units(), 1, POINT_WORTH_MAX)?;
        within("quick_boost.offset_permille_max", boost.offset_permille_max, 0, 1000)?;
        within("quick_boost.complete_after_ms", boost.complete_after_ms, 0, TIME_MS_MAX)?;
        let (first, last) = (i64::from(boost.refund_working_days_min), i64::from(boost.refund_working_days));
        within("quick_boost.refund_working_days", last, 1, 7)?;
        within("quick_boost.refund_working_days_min", first, 1, last)?;
        ascending("quick_boost.presets", &boost.presets)?;
        for preset in &boost.presets {
            within("quick_boost.presets", preset.get(), boost.budget_min.get(), max)?;
            within("quick_boost.presets", preset.get() % boost.budget_step, 0, 0)?;
        }
        ascending("quick_boost.durations_ms", &boost.durations_ms)?;
        for duration_ms in &boost.durations_ms {
            within("quick_boost.durations_ms", *duration_ms, 1, TIME_MS_MAX / 10)?;
        }
        if boost.cost_per_result.len() > Goal::ALL.len() {
            return Err(PolicyError::BadList { setting: "quick_boost.cost_per_result", max: Goal::ALL.len() });
        }
        for (_, prior) in &boost.cost_per_result {
            within("quick_boost.cost_per_result.low", prior.low.get(), 1, prior.mid.get())?;
            within("quick_boost.cost_per_result.mid", prior.mid.get(), 1, prior.high.get())?;
        }
        within("charge.play_ms", self.charge.play_ms, 0, TIME_MS_MAX)?;
        within("review.video_duration_ms_min", self.review.video_duration_ms_min, 0, TIME_MS_MAX)
    }

    fn check_amounts(&self) -> Result<(), PolicyError> {
        within("coupon.point_worth", self.coupon.point_worth.units(), 1, POINT_WORTH_MAX)?;
        within("coupon.offset_permille_max", self.coupon.offset_permille_max, 0, 1000)?;
        within("sale.beans_per_yuan_direct", self.sale.beans_per_yuan_direct, 1, RATE_MAX)?;
        within("sale.beans_per_yuan_app_store", self.sale.beans_per_yuan_app_store, 1, RATE_MAX)?;
        within("order.bid_min", self.order.bid_min.get(), 1, self.order.bid_max.get())?;
        within("order.top_up_min", self.order.top_up_min.get(), 1, self.order.budget_max.get())?;
        within("order.wallet_low", self.order.wallet_low.get(), 0, BUDGET_MAX)?;
        within("order.budget_max", self.order.budget_max.get(), 1, BUDGET_MAX)?;
        within("delivery.promoted_permille_max", self.delivery.promoted_permille_max, 0, 1000)?;
        within("delivery.frequency_cap", i64::from(self.delivery.frequency_cap), 1, 1000)?;
        within("estimate.duration_permille_low", self.estimate.duration_permille_low, 0, 1000)
    }
}

/// A year: nothing takes longer.
pub(super) const TIME_MS_MAX: i64 = 366 * DAY_MS;
const POINT_WORTH_MAX: i64 = 1_000_000;
const RATE_MAX: i64 = 1_000_000;
const BUDGET_MAX: i64 = 1_000_000_000;

pub(super) fn within(setting: &'static str, value: i64, min: i64, max: i64) -> Result<(), PolicyError> {
    if min <= value && value <= max { Ok(()) } else { Err(PolicyError::OutOfRange { setting, value, min, max }) }
}

fn ascending<T: PartialOrd>(setting: &'static str, values: &[T]) -> Result<(), PolicyError> {
    let sorted = values.windows(2).all(|pair| pair[0] < pair[1]);
    if sorted && !values.is_empty() && values.len() <= POLICY_CHOICES_MAX {
        Ok(())
    } else {
        Err(PolicyError::NotAscending { setting, max: POLICY_CHOICES_MAX })
    }
}

fn words(setting: &'static str, list: &[String]) -> Result<(), PolicyError> {
    if list.len() <= POLICY_WORDS_MAX && list.iter().all(|word| !word.trim().is_empty()) {
        Ok(())
    } else {
        Err(PolicyError::BadList { setting, max: POLICY_WORDS_MAX })
    }
}
