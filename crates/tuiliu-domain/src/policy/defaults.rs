//! What a tenant gets that sets nothing: the numbers of the rule book, and ours where it leaves them open.

use super::{
    ChargePolicy, CostPrior, CouponPolicy, DeliveryPolicy, EstimatePolicy, GoalTable, GuaranteePolicy, HoldoutPolicy,
    IncentivePolicy, OrderPolicy, Policy, QuickBoostPolicy, ReviewPolicy, RoomPolicy, SalePolicy, TrafficPolicy,
    WalletPolicy,
};
use crate::money::{Amount, Beans, CENTIBEAN_WORTH, CENTIBEANS_PER_BEAN, Micros, Price};
use crate::promise::PaidIn;
use crate::promotion::Goal;
use crate::review::OnSilence;
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            order: OrderPolicy::default(),
            quick_boost: QuickBoostPolicy::default(),
            charge: ChargePolicy::default(),
            coupon: CouponPolicy::default(),
            sale: SalePolicy { beans_per_yuan_direct: 10, beans_per_yuan_app_store: 7 },
            room: RoomPolicy { interruption_grace_ms: 10 * MINUTE_MS },
            review: ReviewPolicy::default(),
            delivery: DeliveryPolicy::default(),
            estimate: EstimatePolicy::default(),
            incentive: IncentivePolicy::default(),
            holdout: HoldoutPolicy::default(),
            guarantee: GuaranteePolicy::default(),
            traffic: TrafficPolicy::default(),
            wallet: WalletPolicy::default(),
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
            wallet_low: Beans::from(500),
        }
    }
}

impl Default for QuickBoostPolicy {
    fn default() -> Self {
        let yuan = |list: &[u32]| list.iter().copied().map(Price::from).collect::<Vec<_>>();
        // In fen: seldom less, usually, seldom more.
        let prior = |low: i64, mid: i64, high: i64| CostPrior {
            low: Micros::new(low * CENTIBEAN_WORTH.get()),
            mid: Micros::new(mid * CENTIBEAN_WORTH.get()),
            high: Micros::new(high * CENTIBEAN_WORTH.get()),
        };
        Self {
            payment_timeout_ms: 15 * MINUTE_MS,
            budget_min: Price::from(100),
            budget_step: 10,
            budget_max: Price::from(5_000_000),
            presets: yuan(&[100, 200, 500, 1000, 2000, 5000]),
            durations_ms: vec![2 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS],
            wallet_low: Price::from(100),
            long_from: Price::from(500),
            hard_end_permille: 2000,
            bid_min: CENTIBEAN_WORTH,
            bid_max: Micros::new(10_000_000_000),
            roi_goal_permille_min: 100,
            roi_goal_permille_max: 100_000,
            purchase_usual: Amount::new(10_000),
            point_worth: Amount::new(10),
            offset_permille_max: 0,
            complete_after_ms: HOUR_MS,
            refund_working_days_min: 1,
            refund_working_days: 7,
            guarantee_paid_in: PaidIn::Grant,
            cost_per_result: vec![
                (Goal::Viewers, prior(4, 8, 20)),
                (Goal::Comments, prior(40, 80, 200)),
                (Goal::Follows, prior(80, 150, 400)),
                (Goal::ProductClicks, prior(30, 60, 150)),
                (Goal::Sales, prior(1_000, 2_000, 6_000)),
                (Goal::Purchases, prior(1_000, 2_000, 6_000)),
                (Goal::ContentInterest, prior(15, 30, 80)),
                (Goal::ProfileVisits, prior(20, 40, 100)),
            ],
        }
    }
}

impl Default for ChargePolicy {
    fn default() -> Self {
        Self {
            effective_view_ms: 5 * SECOND_MS,
            play_ms: 3 * SECOND_MS,
            follow_hold_ms: 10 * MINUTE_MS,
            commerce_window_ms: 48 * HOUR_MS,
            video_window_ms: 7 * DAY_MS,
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
            video_duration_ms_min: 4 * SECOND_MS,
            blocked_words: list(&["国家级", "全网最低价", "包治百病", "加微信", "私下交易", "代开发票"]),
            watched_words: list(&["减肥", "投资", "理财", "返现", "治疗"]),
            blocked_categories: list(&["tobacco", "weapons", "prescription_drugs", "gambling"]),
            watched_categories: list(&["health_food", "medical_devices", "finance", "alcohol"]),
            four_eyes_categories: list(&["medical_devices", "finance"]),
            claim_ms: 10 * MINUTE_MS,
            verdict_ms: 30 * MINUTE_MS,
            sample_permille: 50,
            sample_ms: DAY_MS,
            check_wait_ms: 30 * SECOND_MS,
            check_silence: OnSilence::Escalate,
        }
    }
}

impl Default for DeliveryPolicy {
    fn default() -> Self {
        Self {
            promoted_permille_max: 250,
            promoted_permille_by_placement: Vec::new(),
            placements_sold: Vec::new(),
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

impl Default for IncentivePolicy {
    fn default() -> Self {
        Self {
            refund_rate_permille_max: 400,
            complaints_max: 20,
            shop_score_hundredths_min: 410,
            credit_score_min: 85,
            appeal_working_days: 5,
            linkage_device_permille: 500,
            linkage_payout_account_permille: 850,
            linkage_identity_permille: 1_000,
            linkage_address_permille: 250,
            linkage_behaviour_permille: 400,
            linkage_threshold_permille: 700,
            linkage_crowd_max: 20,
        }
    }
}
