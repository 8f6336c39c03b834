//! The numbers behind the rules: one typed configuration per tenant, and what an order freezes of it.
//!
//! Where the rule book says *default*, the number is ours and can be changed. A change reaches orders
//! placed after it; an order already placed keeps its [`Terms`].

use thiserror::Error;

use crate::limits::{POLICY_CHOICES_MAX, POLICY_WORDS_MAX};
use crate::money::{Amount, AmountOverflow, Beans, CENTIBEAN_WORTH, CENTIBEANS_PER_BEAN, Micros};
use crate::promotion::{ChargeRule, Goal};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// Everything of one tenant that can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Grows with each change; orders say which one they were placed under.
    pub version: u32,
    pub order: OrderPolicy,
    pub charge: ChargePolicy,
    pub coupon: CouponPolicy,
    pub sale: SalePolicy,
    pub room: RoomPolicy,
    pub review: ReviewPolicy,
    pub delivery: DeliveryPolicy,
    pub estimate: EstimatePolicy,
}

/// What can be ordered, and how long things take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPolicy {
    /// An order not paid after so long is closed (TP-08).
    pub payment_timeout_ms: i64,
    /// A creator who is not live so long after reserving loses the reservation (TP-12).
    pub reservation_ms: i64,
    /// How long events of exposures already sent are waited for (TP-18).
    pub settle_wait_ms: i64,
    /// Settlement is complete so long after delivery ended (TP-18).
    pub settle_limit_ms: i64,
    /// Budgets offered, ascending; the smallest is the minimum (TP-26).
    pub presets: GoalTable<Vec<Beans>>,
    /// Largest budget, top-ups included (TP-26).
    pub budget_max: Beans,
    /// Durations offered, ascending (TP-26).
    pub durations_ms: Vec<i64>,
    /// Least and most that can be bid per result.
    pub bid_min: Micros,
    pub bid_max: Micros,
    /// Smallest top-up that adds budget (TP-30).
    pub top_up_min: Beans,
    /// Longest time that one top-up adds (TP-30).
    pub top_up_duration_ms_max: i64,
}

/// What counts as a result (TP-27), and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargePolicy {
    pub effective_view_ms: i64,
    pub follow_hold_ms: i64,
    /// Commerce figures keep updating so long after the broadcast ends (TP-23, AT-02).
    pub commerce_window_ms: i64,
    /// Repeat views inside this time are filtered (AT-03).
    pub dedup_window_ms: i64,
}

/// How coupons work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponPolicy {
    /// What one point offsets, in 1/100 bean (TP-05).
    pub point_worth: Amount,
    /// Largest part of a price that coupons offset, in thousandths (TP-05).
    pub offset_permille_max: i64,
    /// How long coupons are valid (TP-28).
    pub validity_ms: i64,
    /// How long coupons from task rewards are valid (TP-28).
    pub task_reward_validity_ms: i64,
    /// How long a remainder lives whose coupon expired during the order (TP-06).
    pub remainder_grace_ms: i64,
    /// Below this credit score growth cards are refused (TP-28).
    pub growth_card_credit_score_min: i64,
}

/// Where beans are sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SaleChannel {
    /// The platform's own pages.
    Direct,
    /// An app store, which keeps a part.
    AppStore,
}

/// What beans cost (TP-25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalePolicy {
    /// Whole beans for one yuan on the platform's own pages; also the rate by which returns on spend are told.
    pub beans_per_yuan_direct: i64,
    /// Whole beans for one yuan in an app store.
    pub beans_per_yuan_app_store: i64,
}

/// How rooms behave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPolicy {
    /// An interrupted broadcast ends after so long (LV-08).
    pub interruption_grace_ms: i64,
}

/// What the automatic review looks at (RV-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewPolicy {
    /// Fewest and most characters of a title.
    pub title_length_min: usize,
    pub title_length_max: usize,
    /// Words that are refused.
    pub blocked_words: Vec<String>,
    /// Words that a person must judge.
    pub watched_words: Vec<String>,
    /// Product categories that are refused.
    pub blocked_categories: Vec<String>,
    /// Product categories that a person must judge.
    pub watched_categories: Vec<String>,
}

/// What delivery keeps to whatever the orders say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPolicy {
    /// Largest promoted part of a placement without its own, in thousandths (DL-10).
    pub promoted_permille_max: i64,
    /// Largest promoted part by placement, in thousandths.
    pub promoted_permille_by_placement: Vec<(String, i64)>,
    /// How often one order is shown to one viewer within the window.
    pub frequency_cap: u32,
    pub frequency_window_ms: i64,
}

/// The prior behind estimates without enough comparable orders (TP-07, AT-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstimatePolicy {
    /// Fewest comparable orders that make a range (AT-06).
    pub comparables_min: usize,
    /// What one result is thought to cost.
    pub cost_per_result: GoalTable<CostPrior>,
    /// Part of the window that the fastest order is thought to need, in thousandths.
    pub duration_permille_low: i64,
}

/// What one result is thought to cost: seldom less, usually, seldom more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostPrior {
    pub low: Micros,
    pub mid: Micros,
    pub high: Micros,
}

/// One value for each goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalTable<T> {
    pub viewers: T,
    pub interactions: T,
    pub follows: T,
    pub product_clicks: T,
}

impl<T> GoalTable<T> {
    /// The value for this goal.
    #[must_use]
    pub const fn get(&self, goal: Goal) -> &T {
        match goal {
            Goal::Viewers => &self.viewers,
            Goal::Interactions => &self.interactions,
            Goal::Follows => &self.follows,
            Goal::ProductClicks => &self.product_clicks,
        }
    }

    /// The value for this goal, to be changed.
    pub const fn get_mut(&mut self, goal: Goal) -> &mut T {
        match goal {
            Goal::Viewers => &mut self.viewers,
            Goal::Interactions => &mut self.interactions,
            Goal::Follows => &mut self.follows,
            Goal::ProductClicks => &mut self.product_clicks,
        }
    }
}

/// What an order agreed to at purchase; a later change of policy does not reach it (TP-17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The policy that the order was placed under.
    pub policy_version: u32,
    /// What is charged.
    pub charge: ChargeRule,
    /// What one coupon point is worth.
    pub point_worth: Micros,
    pub offset_permille_max: i64,
    pub growth_card_credit_score_min: i64,
    pub remainder_grace_ms: i64,
    pub payment_timeout_ms: i64,
    pub reservation_ms: i64,
    pub settle_wait_ms: i64,
    pub settle_limit_ms: i64,
    pub budget_max: Beans,
    pub top_up_min: Beans,
    pub top_up_duration_ms_max: i64,
    pub commerce_window_ms: i64,
    pub dedup_window_ms: i64,
    pub frequency_cap: u32,
    pub frequency_window_ms: i64,
    /// The rate by which returns on spend are told.
    pub beans_per_yuan: i64,
}

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

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            order: OrderPolicy::default(),
            charge: ChargePolicy::default(),
            coupon: CouponPolicy::default(),
            sale: SalePolicy { beans_per_yuan_direct: 10, beans_per_yuan_app_store: 7 },
            room: RoomPolicy { interruption_grace_ms: 10 * MINUTE_MS },
            review: ReviewPolicy::default(),
            delivery: DeliveryPolicy::default(),
            estimate: EstimatePolicy::default(),
        }
    }
}

impl Default for OrderPolicy {
    fn default() -> Self {
        let beans = |list: &[u32]| list.iter().copied().map(Beans::from).collect::<Vec<_>>();
        let half_hours = (1..=12).map(|count| count * 30 * MINUTE_MS);
        Self {
            payment_timeout_ms: 30 * MINUTE_MS,
            reservation_ms: 48 * HOUR_MS,
            settle_wait_ms: 10 * MINUTE_MS,
            settle_limit_ms: 30 * MINUTE_MS,
            presets: GoalTable {
                viewers: beans(&[500, 1000, 2000, 3000, 4000, 5000]),
                interactions: beans(&[2000, 3000, 4000, 5000, 6000]),
                follows: beans(&[3000, 4000, 5000, 6000, 7000, 8000]),
                product_clicks: beans(&[5000, 6000, 7000, 8000, 9000, 10_000]),
            },
            budget_max: Beans::from(300_000),
            durations_ms: half_hours.chain([12 * HOUR_MS, 24 * HOUR_MS]).collect(),
            bid_min: CENTIBEAN_WORTH,
            bid_max: Micros::new(10_000_000_000),
            top_up_min: Beans::from(100),
            top_up_duration_ms_max: 24 * HOUR_MS,
        }
    }
}

impl Default for ChargePolicy {
    fn default() -> Self {
        Self {
            effective_view_ms: 5 * SECOND_MS,
            follow_hold_ms: 10 * MINUTE_MS,
            commerce_window_ms: 48 * HOUR_MS,
            dedup_window_ms: 30 * MINUTE_MS,
        }
    }
}

impl Default for CouponPolicy {
    fn default() -> Self {
        Self {
            point_worth: Amount::new(CENTIBEANS_PER_BEAN),
            offset_permille_max: 1000,
            validity_ms: 30 * DAY_MS,
            task_reward_validity_ms: 15 * DAY_MS,
            remainder_grace_ms: 7 * DAY_MS,
            growth_card_credit_score_min: 85,
        }
    }
}

impl Default for ReviewPolicy {
    fn default() -> Self {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Self {
            title_length_min: 5,
            title_length_max: 60,
            blocked_words: list(&["国家级", "全网最低价", "包治百病", "加微信", "私下交易", "代开发票"]),
            watched_words: list(&["减肥", "投资", "理财", "返现", "治疗"]),
            blocked_categories: list(&["tobacco", "weapons", "prescription_drugs", "gambling"]),
            watched_categories: list(&["health_food", "medical_devices", "finance", "alcohol"]),
        }
    }
}

impl Default for DeliveryPolicy {
    fn default() -> Self {
        Self {
            promoted_permille_max: 250,
            promoted_permille_by_placement: Vec::new(),
            frequency_cap: 3,
            frequency_window_ms: DAY_MS,
        }
    }
}

impl Default for EstimatePolicy {
    fn default() -> Self {
        let prior = |low: i64, mid: i64, high: i64| CostPrior {
            low: Micros::new(low * 1000),
            mid: Micros::new(mid * 1000),
            high: Micros::new(high * 1000),
        };
        Self {
            comparables_min: 30,
            cost_per_result: GoalTable {
                viewers: prior(800, 1500, 3000),
                interactions: prior(4000, 8000, 16_000),
                follows: prior(8000, 15_000, 30_000),
                product_clicks: prior(3000, 6000, 12_000),
            },
            duration_permille_low: 500,
        }
    }
}

impl SalePolicy {
    /// Whole beans for one yuan in this channel.
    #[must_use]
    pub const fn beans_per_yuan(&self, channel: SaleChannel) -> i64 {
        match channel {
            SaleChannel::Direct => self.beans_per_yuan_direct,
            SaleChannel::AppStore => self.beans_per_yuan_app_store,
        }
    }

    /// What so many fen buy in this channel, in 1/100 bean; exact (TP-25).
    pub const fn beans_for(&self, channel: SaleChannel, fen: Amount) -> Result<Amount, AmountOverflow> {
        // One fen buys 1/100 of the beans of one yuan, and one unit is 1/100 bean.
        fen.times(self.beans_per_yuan(channel))
    }
}

impl SaleChannel {
    /// Every channel there is.
    pub const ALL: &[Self] = &[Self::Direct, Self::AppStore];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::AppStore => "app_store",
        }
    }

    /// The channel with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|channel| channel.code() == code)
    }
}

impl DeliveryPolicy {
    /// Largest promoted part of this placement, in thousandths (DL-10).
    #[must_use]
    pub fn promoted_permille(&self, placement: &str) -> i64 {
        let own = self.promoted_permille_by_placement.iter().find(|(name, _)| name == placement);
        own.map_or(self.promoted_permille_max, |(_, permille)| *permille)
    }
}

impl Policy {
    /// What an order for this goal agrees to when it is placed now.
    #[must_use]
    pub fn terms(&self, goal: Goal) -> Terms {
        Terms {
            policy_version: self.version,
            charge: ChargeRule::for_goal(goal, &self.charge),
            point_worth: self.coupon.point_worth_micros(),
            offset_permille_max: self.coupon.offset_permille_max,
            growth_card_credit_score_min: self.coupon.growth_card_credit_score_min,
            remainder_grace_ms: self.coupon.remainder_grace_ms,
            payment_timeout_ms: self.order.payment_timeout_ms,
            reservation_ms: self.order.reservation_ms,
            settle_wait_ms: self.order.settle_wait_ms,
            settle_limit_ms: self.order.settle_limit_ms,
            budget_max: self.order.budget_max,
            top_up_min: self.order.top_up_min,
            top_up_duration_ms_max: self.order.top_up_duration_ms_max,
            commerce_window_ms: self.charge.commerce_window_ms,
            dedup_window_ms: self.charge.dedup_window_ms,
            frequency_cap: self.delivery.frequency_cap,
            frequency_window_ms: self.delivery.frequency_window_ms,
            beans_per_yuan: self.sale.beans_per_yuan_direct,
        }
    }

    /// Whether every number can be worked with.
    pub fn check(&self) -> Result<(), PolicyError> {
        self.check_times()?;
        self.check_amounts()?;
        for goal in Goal::ALL {
            ascending("order.presets", self.order.presets.get(*goal))?;
            let prior = self.estimate.cost_per_result.get(*goal);
            within("estimate.cost_per_result.low", prior.low.get(), 1, prior.mid.get())?;
            within("estimate.cost_per_result.mid", prior.mid.get(), 1, prior.high.get())?;
            let presets = self.order.presets.get(*goal);
            let smallest = presets.first().map_or(0, |preset| preset.get());
            let largest = presets.last().map_or(0, |preset| preset.get());
            within("order.presets", smallest, 1, i64::MAX)?;
            within("order.presets", largest, 1, self.order.budget_max.get())?;
        }
        ascending("order.durations_ms", &self.order.durations_ms)?;
        within("order.durations_ms", self.order.durations_ms[0], 1, TIME_MS_MAX)?;
        within("order.durations_ms", self.order.durations_ms[self.order.durations_ms.len() - 1], 1, TIME_MS_MAX)?;
        words("review.blocked_words", &self.review.blocked_words)?;
        words("review.watched_words", &self.review.watched_words)?;
        words("review.blocked_categories", &self.review.blocked_categories)?;
        words("review.watched_categories", &self.review.watched_categories)?;
        if self.review.title_length_min > self.review.title_length_max {
            return Err(PolicyError::BadList { setting: "review.title_length_min", max: self.review.title_length_max });
        }
        for (_, permille) in &self.delivery.promoted_permille_by_placement {
            within("delivery.promoted_permille_by_placement", *permille, 0, 1000)?;
        }
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
        within("charge.dedup_window_ms", self.charge.dedup_window_ms, 0, TIME_MS_MAX)?;
        within("coupon.validity_ms", self.coupon.validity_ms, 1, TIME_MS_MAX)?;
        within("coupon.task_reward_validity_ms", self.coupon.task_reward_validity_ms, 1, TIME_MS_MAX)?;
        within("coupon.remainder_grace_ms", self.coupon.remainder_grace_ms, 1, TIME_MS_MAX)?;
        within("room.interruption_grace_ms", self.room.interruption_grace_ms, 1, TIME_MS_MAX)?;
        within("delivery.frequency_window_ms", self.delivery.frequency_window_ms, 1, TIME_MS_MAX)
    }

    fn check_amounts(&self) -> Result<(), PolicyError> {
        within("coupon.point_worth", self.coupon.point_worth.units(), 1, POINT_WORTH_MAX)?;
        within("coupon.offset_permille_max", self.coupon.offset_permille_max, 0, 1000)?;
        within("sale.beans_per_yuan_direct", self.sale.beans_per_yuan_direct, 1, RATE_MAX)?;
        within("sale.beans_per_yuan_app_store", self.sale.beans_per_yuan_app_store, 1, RATE_MAX)?;
        within("order.bid_min", self.order.bid_min.get(), 1, self.order.bid_max.get())?;
        within("order.top_up_min", self.order.top_up_min.get(), 1, self.order.budget_max.get())?;
        within("order.budget_max", self.order.budget_max.get(), 1, BUDGET_MAX)?;
        within("delivery.promoted_permille_max", self.delivery.promoted_permille_max, 0, 1000)?;
        within("delivery.frequency_cap", i64::from(self.delivery.frequency_cap), 1, 1000)?;
        within("estimate.duration_permille_low", self.estimate.duration_permille_low, 0, 1000)
    }
}

impl CouponPolicy {
    /// What one point is worth, in millionths of a bean.
    #[must_use]
    pub const fn point_worth_micros(&self) -> Micros {
        Micros::new(self.point_worth.units().saturating_mul(CENTIBEAN_WORTH.get()))
    }
}

/// A year: nothing takes longer.
const TIME_MS_MAX: i64 = 366 * DAY_MS;
const POINT_WORTH_MAX: i64 = 1_000_000;
const RATE_MAX: i64 = 1_000_000;
const BUDGET_MAX: i64 = 1_000_000_000;

fn within(setting: &'static str, value: i64, min: i64, max: i64) -> Result<(), PolicyError> {
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

#[cfg(test)]
mod tests;
