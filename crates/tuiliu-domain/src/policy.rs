//! The numbers behind the rules: one typed configuration per tenant, and what an order freezes of it.
//!
//! Where the rule book says *default*, the number is ours and can be changed. A change reaches orders
//! placed after it; an order already placed keeps its [`Terms`].

mod check;
mod defaults;
mod guarantee;
mod holdout;
mod traffic;
mod wallet;

pub use check::PolicyError;
pub use guarantee::{GuaranteePolicy, GuaranteePromise};
pub use holdout::{HoldoutFacts, HoldoutPolicy, HoldoutTerms};
pub use traffic::TrafficPolicy;
pub use wallet::WalletPolicy;

use crate::incentive::MarkKind;
use crate::money::{Amount, AmountOverflow, Asset, CENTIBEAN_WORTH, Micros, Price};
use crate::promise::PaidIn;
use crate::promotion::{ChargeRule, ChargedBy, Goal, PlacementName, Product};
use crate::review::OnSilence;

/// Everything of one tenant that can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Grows with each change; orders say which one they were placed under.
    pub version: u32,
    pub order: OrderPolicy,
    pub quick_boost: QuickBoostPolicy,
    pub charge: ChargePolicy,
    pub coupon: CouponPolicy,
    pub sale: SalePolicy,
    pub room: RoomPolicy,
    pub review: ReviewPolicy,
    pub delivery: DeliveryPolicy,
    pub estimate: EstimatePolicy,
    pub incentive: IncentivePolicy,
    pub holdout: HoldoutPolicy,
    pub guarantee: GuaranteePolicy,
    pub traffic: TrafficPolicy,
    pub wallet: WalletPolicy,
}

/// What traffic packs can be ordered, and how long things take, for every product unless it says otherwise.
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
    pub presets: GoalTable<Vec<Price>>,
    /// Largest budget, top-ups included (TP-26).
    pub budget_max: Price,
    /// Durations offered, ascending (TP-26).
    pub durations_ms: Vec<i64>,
    /// Least and most that can be bid per result.
    pub bid_min: Micros,
    pub bid_max: Micros,
    /// Smallest top-up that adds budget (TP-30).
    pub top_up_min: Price,
    /// Longest time that one top-up adds (TP-30).
    pub top_up_duration_ms_max: i64,
    /// A payment that leaves fewer beans than this is told of.
    pub wallet_low: Price,
}

/// What quick boosts can be ordered; prices are in yuan (QB).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickBoostPolicy {
    /// An order not paid after so long is closed (QB-02).
    pub payment_timeout_ms: i64,
    /// Smallest budget, and smallest top-up (QB-02).
    pub budget_min: Price,
    /// Budgets are multiples of this many yuan (QB-02).
    pub budget_step: i64,
    /// Largest budget, top-ups included (QB-02).
    pub budget_max: Price,
    /// Budgets offered, ascending.
    pub presets: Vec<Price>,
    /// Durations offered, ascending (QB-04).
    pub durations_ms: Vec<i64>,
    /// A payment that leaves less than this is told of.
    pub wallet_low: Price,
    /// From this budget on the longest duration is recommended (QB-04).
    pub long_from: Price,
    /// The hard end of delivery: so many thousandths of the chosen duration (QB-05).
    pub hard_end_permille: i64,
    /// Least and most that can be bid per result, in millionths of a yuan.
    pub bid_min: Micros,
    pub bid_max: Micros,
    /// Least and most sales per spend that can be asked for, in thousandths (QB-18).
    pub roi_goal_permille_min: i64,
    pub roi_goal_permille_max: i64,
    /// What a purchase is thought to be paid before any of its content is known, in fen.
    pub purchase_usual: Amount,
    /// What one coupon point is worth, in fen.
    pub point_worth: Amount,
    /// Largest part of a price that coupons offset, in thousandths.
    pub offset_permille_max: i64,
    /// Figures are complete so long after delivery ended (QB-12).
    pub complete_after_ms: i64,
    /// A rejected order's money is back between so many working days after it … (QB-14)
    pub refund_working_days_min: u16,
    /// … and so many.
    pub refund_working_days: u16,
    /// What a missed cost guarantee pays (QB-18).
    pub guarantee_paid_in: PaidIn,
    /// What one result is thought to cost, in millionths of a yuan; `viewers` is also what a play is.
    pub cost_per_result: Vec<(Goal, CostPrior)>,
}

/// What counts as a result (TP-27), and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargePolicy {
    pub effective_view_ms: i64,
    /// What of a video is a play, where plays are charged (QB-06).
    pub play_ms: i64,
    pub follow_hold_ms: i64,
    /// Commerce figures keep updating so long after the broadcast ends (TP-23, AT-02).
    pub commerce_window_ms: i64,
    /// Results of a video order are told so long after it ended (AT-02).
    pub video_window_ms: i64,
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
    /// Shortest video that may be promoted (QB-09).
    pub video_duration_ms_min: i64,
    /// Words that are refused.
    pub blocked_words: Vec<String>,
    /// Words that a person must judge.
    pub watched_words: Vec<String>,
    /// Product categories that are refused.
    pub blocked_categories: Vec<String>,
    /// Product categories that a person must judge.
    pub watched_categories: Vec<String>,
    /// Product categories on which two people must agree (RV-02).
    pub four_eyes_categories: Vec<String>,
    /// A reviewer who took a task loses it after so long (RV-02).
    pub claim_ms: i64,
    /// A verdict is promised within so long (RV-02).
    pub verdict_ms: i64,
    /// Part of the verdicts of people that somebody else judges once more, in thousandths (RV-02).
    pub sample_permille: i64,
    /// Samples are to be judged within so long.
    pub sample_ms: i64,
    /// The outside check is waited for so long (RV-01).
    pub check_wait_ms: i64,
    /// What follows when it does not answer.
    pub check_silence: OnSilence,
}

/// What delivery keeps to whatever the orders say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPolicy {
    /// Largest promoted part of a placement without its own, in thousandths (DL-10).
    pub promoted_permille_max: i64,
    /// Largest promoted part by placement, in thousandths.
    pub promoted_permille_by_placement: Vec<(String, i64)>,
    /// Placements that an order can be bought for alone.
    pub placements_sold: Vec<String>,
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

/// When incentives are kept back, and which accounts count as one (IN-12, IN-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncentivePolicy {
    /// Largest part of one session's paid sales that may be refunded, in thousandths.
    pub refund_rate_permille_max: i64,
    /// Most complaints about one session.
    pub complaints_max: i64,
    /// Smallest shop score, in hundredths: 4.10 is 410.
    pub shop_score_hundredths_min: i64,
    pub credit_score_min: i64,
    /// Working days within which an appeal is answered (RV-04).
    pub appeal_working_days: u16,
    /// How much a shared mark says that two accounts are one operator's, in thousandths of certainty.
    pub linkage_device_permille: i64,
    pub linkage_payout_account_permille: i64,
    pub linkage_identity_permille: i64,
    pub linkage_address_permille: i64,
    pub linkage_behaviour_permille: i64,
    /// From this score on two accounts count as one.
    pub linkage_threshold_permille: i64,
    /// A device, an address or a behaviour that more accounts share says nothing.
    pub linkage_crowd_max: usize,
}

/// What one result is thought to cost: seldom less, usually, seldom more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostPrior {
    pub low: Micros,
    pub mid: Micros,
    pub high: Micros,
}

/// One value for each goal of a traffic pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalTable<T> {
    pub viewers: T,
    pub interactions: T,
    pub follows: T,
    pub product_clicks: T,
}

impl<T> GoalTable<T> {
    /// The value for this goal; `None` when traffic packs are not sold for it.
    #[must_use]
    pub const fn get(&self, goal: Goal) -> Option<&T> {
        match goal {
            Goal::Viewers => Some(&self.viewers),
            Goal::Interactions => Some(&self.interactions),
            Goal::Follows => Some(&self.follows),
            Goal::ProductClicks => Some(&self.product_clicks),
            Goal::Comments | Goal::Sales | Goal::Purchases | Goal::ContentInterest | Goal::ProfileVisits => None,
        }
    }

    /// The value for this goal, to be changed.
    pub const fn get_mut(&mut self, goal: Goal) -> Option<&mut T> {
        match goal {
            Goal::Viewers => Some(&mut self.viewers),
            Goal::Interactions => Some(&mut self.interactions),
            Goal::Follows => Some(&mut self.follows),
            Goal::ProductClicks => Some(&mut self.product_clicks),
            Goal::Comments | Goal::Sales | Goal::Purchases | Goal::ContentInterest | Goal::ProfileVisits => None,
        }
    }
}

/// What an order agreed to at purchase; a later change of policy does not reach it (TP-17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The policy that the order was placed under.
    pub policy_version: u32,
    /// What is paid with.
    pub currency: Asset,
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
    pub budget_max: Price,
    /// Budgets and top-ups are multiples of this many price units.
    pub budget_step: i64,
    pub top_up_min: Price,
    pub top_up_duration_ms_max: i64,
    pub commerce_window_ms: i64,
    pub dedup_window_ms: i64,
    pub frequency_cap: u32,
    pub frequency_window_ms: i64,
    /// Price units in one yuan: the rate by which returns on spend are told.
    pub beans_per_yuan: i64,
    /// Who is held out so that its effect can be measured (AT-01).
    pub holdout: HoldoutTerms,
    /// The hard end of delivery, in thousandths of the chosen duration (QB-05).
    pub hard_end_permille: i64,
    /// Figures are complete so long after delivery ended (QB-12).
    pub complete_after_ms: i64,
    /// If it is rejected, its money is back between so many working days after it and so many (QB-14).
    pub refund_working_days_min: u16,
    pub refund_working_days: u16,
}

impl Terms {
    /// Most that coupons may offset of a price (TP-05).
    #[must_use]
    pub fn offset_max(&self, price: Price) -> Micros {
        let part = i128::from(price.micros().get()) * i128::from(self.offset_permille_max.clamp(0, 1000)) / 1000;
        Micros::new(i64::try_from(part).expect("a part of a price is within amounts"))
    }

    /// How long delivery can last at most for a chosen duration (QB-05).
    #[must_use]
    pub const fn window_ms(&self, duration_ms: i64) -> i64 {
        duration_ms.saturating_mul(self.hard_end_permille) / 1000
    }
}

/// What one product lets be ordered for one goal: product terms as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductRules<'p> {
    pub budget_min: Price,
    pub budget_max: Price,
    /// Budgets are multiples of this many price units.
    pub budget_step: i64,
    /// Budgets offered, ascending.
    pub presets: &'p [Price],
    /// Durations offered, ascending.
    pub durations_ms: &'p [i64],
    pub bid_min: Micros,
    pub bid_max: Micros,
    /// Least and most sales per spend that can be asked for, in thousandths.
    pub roi_goal_permille: (i64, i64),
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

    /// Whether an order can be bought for this placement alone.
    #[must_use]
    pub fn is_sold_alone(&self, placement: &PlacementName) -> bool {
        self.placements_sold.iter().any(|name| name == placement.as_str())
    }
}

impl Policy {
    /// What can be ordered of this product for this goal.
    #[must_use]
    pub fn product(&self, product: Product, goal: Goal) -> ProductRules<'_> {
        match product {
            Product::TrafficPack => {
                let presets = self.order.presets.get(goal).map_or(&[][..], Vec::as_slice);
                ProductRules {
                    budget_min: presets.first().copied().unwrap_or(self.order.budget_max),
                    budget_max: self.order.budget_max,
                    budget_step: 1,
                    presets,
                    durations_ms: &self.order.durations_ms,
                    bid_min: self.order.bid_min,
                    bid_max: self.order.bid_max,
                    roi_goal_permille: (0, 0),
                }
            }
            Product::QuickBoost => ProductRules {
                budget_min: self.quick_boost.budget_min,
                budget_max: self.quick_boost.budget_max,
                budget_step: self.quick_boost.budget_step,
                presets: &self.quick_boost.presets,
                durations_ms: &self.quick_boost.durations_ms,
                bid_min: self.quick_boost.bid_min,
                bid_max: self.quick_boost.bid_max,
                roi_goal_permille: (self.quick_boost.roi_goal_permille_min, self.quick_boost.roi_goal_permille_max),
            },
        }
    }

    /// What one result of this product is thought to cost, in millionths of its price unit.
    ///
    /// `goal` is what results are priced by; a goal that nothing is known of costs as much as the dearest.
    #[must_use]
    pub fn usual_cost(&self, product: Product, goal: Goal) -> CostPrior {
        let table = &self.estimate.cost_per_result;
        let boosts = &self.quick_boost.cost_per_result;
        let dearest = || boosts.iter().map(|(_, cost)| *cost).max_by_key(|cost| cost.mid);
        match product {
            Product::TrafficPack => *table.get(goal).unwrap_or(&table.product_clicks),
            Product::QuickBoost => {
                let own = boosts.iter().find(|(of, _)| *of == goal).map(|(_, cost)| *cost);
                own.or_else(dearest).unwrap_or(table.product_clicks)
            }
        }
    }

    /// What an order of this product agrees to when it is placed now.
    #[must_use]
    pub fn terms_of(&self, product: Product, goal: Goal, charged_by: ChargedBy) -> Terms {
        let terms = self.terms(goal);
        match product {
            Product::TrafficPack => terms,
            Product::QuickBoost => {
                let boost = &self.quick_boost;
                Terms {
                    currency: product.currency(),
                    charge: ChargeRule::of_boost(goal, charged_by, &self.charge),
                    point_worth: Micros::new(boost.point_worth.units().saturating_mul(CENTIBEAN_WORTH.get())),
                    offset_permille_max: boost.offset_permille_max,
                    payment_timeout_ms: boost.payment_timeout_ms,
                    budget_max: boost.budget_max,
                    budget_step: boost.budget_step,
                    top_up_min: boost.budget_min,
                    beans_per_yuan: 1,
                    hard_end_permille: boost.hard_end_permille,
                    complete_after_ms: boost.complete_after_ms,
                    ..terms
                }
            }
        }
    }

    /// What a traffic pack for this goal agrees to when it is placed now and nobody is held out.
    #[must_use]
    pub fn terms(&self, goal: Goal) -> Terms {
        Terms {
            policy_version: self.version,
            currency: Asset::Bean,
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
            budget_step: 1,
            top_up_min: self.order.top_up_min,
            top_up_duration_ms_max: self.order.top_up_duration_ms_max,
            commerce_window_ms: self.charge.commerce_window_ms,
            dedup_window_ms: self.charge.dedup_window_ms,
            frequency_cap: self.delivery.frequency_cap,
            frequency_window_ms: self.delivery.frequency_window_ms,
            beans_per_yuan: self.sale.beans_per_yuan_direct,
            holdout: HoldoutTerms::default(),
            hard_end_permille: 1000,
            complete_after_ms: self.quick_boost.complete_after_ms,
            refund_working_days_min: self.quick_boost.refund_working_days_min,
            refund_working_days: self.quick_boost.refund_working_days,
        }
    }
}

impl IncentivePolicy {
    /// How much a shared mark of this kind says, in thousandths.
    #[must_use]
    pub const fn linkage_weight_permille(&self, kind: MarkKind) -> i64 {
        match kind {
            MarkKind::Device => self.linkage_device_permille,
            MarkKind::PayoutAccount => self.linkage_payout_account_permille,
            MarkKind::Identity => self.linkage_identity_permille,
            MarkKind::Address => self.linkage_address_permille,
            MarkKind::CoordinatedBehaviour => self.linkage_behaviour_permille,
        }
    }
}

impl CouponPolicy {
    /// What one point is worth, in millionths of a bean.
    #[must_use]
    pub const fn point_worth_micros(&self) -> Micros {
        Micros::new(self.point_worth.units().saturating_mul(CENTIBEAN_WORTH.get()))
    }
}

#[cfg(test)]
mod tests;
