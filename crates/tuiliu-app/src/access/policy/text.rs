//! A policy as JSON: every setting may be left out, no other may be there.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tuiliu_domain::money::{Amount, Beans, Micros, Price};
use tuiliu_domain::policy::{
    ChargePolicy, CostPrior, CouponPolicy, DeliveryPolicy, EstimatePolicy, GoalTable, GuaranteePolicy,
    GuaranteePromise, HoldoutPolicy, IncentivePolicy, OrderPolicy, Policy, QuickBoostPolicy, ReviewPolicy, RoomPolicy,
    SalePolicy, TrafficPolicy, WalletPolicy,
};
use tuiliu_domain::promise::PaidIn;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::review::OnSilence;

/// The JSON is not a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) reason: String,
}

/// A value of a policy that has a form in JSON.
trait Setting: Sized {
    type Text: Clone + Serialize + DeserializeOwned;
    fn text(&self) -> Self::Text;
    fn read(text: Self::Text) -> Option<Self>;
}

macro_rules! plain {
    ($($kind:ty),*) => {$(
        impl Setting for $kind {
            type Text = Self;
            fn text(&self) -> Self {
                self.clone()
            }
            fn read(text: Self) -> Option<Self> {
                Some(text)
            }
        }
    )*};
}
plain!(i64, u16, u32, usize, String);

macro_rules! integer {
    ($($kind:ty, $get:ident, $read:expr;)*) => {$(
        impl Setting for $kind {
            type Text = i64;
            fn text(&self) -> i64 {
                self.$get()
            }
            fn read(text: i64) -> Option<Self> {
                $read(text)
            }
        }
    )*};
}
integer! {
    Price, get, Self::parse;
    Micros, get, |micros| Some(Self::new(micros));
    Amount, units, |units| Some(Self::new(units));
}

impl Setting for OnSilence {
    type Text = String;
    fn text(&self) -> String {
        self.code().to_owned()
    }
    fn read(text: String) -> Option<Self> {
        Self::from_code(&text)
    }
}

impl Setting for PaidIn {
    type Text = String;
    fn text(&self) -> String {
        self.code().to_owned()
    }
    fn read(text: String) -> Option<Self> {
        Self::from_code(&text)
    }
}

impl Setting for GuaranteePromise {
    type Text = String;
    fn text(&self) -> String {
        self.code().to_owned()
    }
    fn read(text: String) -> Option<Self> {
        Self::from_code(&text)
    }
}

impl<T: Setting> Setting for Vec<T> {
    type Text = Vec<T::Text>;
    fn text(&self) -> Self::Text {
        self.iter().map(Setting::text).collect()
    }
    fn read(text: Self::Text) -> Option<Self> {
        text.into_iter().map(T::read).collect()
    }
}

/// One value for each goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GoalTableText<T> {
    viewers: T,
    interactions: T,
    follows: T,
    product_clicks: T,
}

impl<T: Setting> Setting for GoalTable<T> {
    type Text = GoalTableText<T::Text>;
    fn text(&self) -> Self::Text {
        let Self { viewers, interactions, follows, product_clicks } = self;
        GoalTableText {
            viewers: viewers.text(),
            interactions: interactions.text(),
            follows: follows.text(),
            product_clicks: product_clicks.text(),
        }
    }
    fn read(text: Self::Text) -> Option<Self> {
        let GoalTableText { viewers, interactions, follows, product_clicks } = text;
        Some(Self {
            viewers: T::read(viewers)?,
            interactions: T::read(interactions)?,
            follows: T::read(follows)?,
            product_clicks: T::read(product_clicks)?,
        })
    }
}

/// What one result is thought to cost, in millionths of a bean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CostPriorText {
    low: i64,
    mid: i64,
    high: i64,
}

impl Setting for CostPrior {
    type Text = CostPriorText;
    fn text(&self) -> CostPriorText {
        let Self { low, mid, high } = self;
        CostPriorText { low: low.get(), mid: mid.get(), high: high.get() }
    }
    fn read(text: CostPriorText) -> Option<Self> {
        let CostPriorText { low, mid, high } = text;
        Some(Self { low: Micros::new(low), mid: Micros::new(mid), high: Micros::new(high) })
    }
}

/// What one result of one goal is thought to cost, in millionths of a yuan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GoalCostText {
    goal: String,
    low: i64,
    mid: i64,
    high: i64,
}

impl Setting for (Goal, CostPrior) {
    type Text = GoalCostText;
    fn text(&self) -> GoalCostText {
        let CostPriorText { low, mid, high } = self.1.text();
        GoalCostText { goal: self.0.code().to_owned(), low, mid, high }
    }
    fn read(text: GoalCostText) -> Option<Self> {
        let GoalCostText { goal, low, mid, high } = text;
        Some((Goal::from_code(&goal)?, CostPrior::read(CostPriorText { low, mid, high })?))
    }
}

/// The promoted part of one placement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlacementText {
    placement: String,
    permille_max: i64,
}

impl Setting for (String, i64) {
    type Text = PlacementText;
    fn text(&self) -> PlacementText {
        PlacementText { placement: self.0.clone(), permille_max: self.1 }
    }
    fn read(text: PlacementText) -> Option<Self> {
        Some((text.placement, text.permille_max))
    }
}

/// Declares the text of a part of the policy. Its fields are taken out by name, so that a setting that is new in
/// the domain does not compile here until it is named.
macro_rules! part {
    ($text:ident of $part:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct $text {
            $(#[serde(skip_serializing_if = "Option::is_none")] $field: Option<<$kind as Setting>::Text>,)*
        }

        impl $text {
            fn of(part: &$part) -> Self {
                let $part { $($field),* } = part;
                Self { $($field: Some($field.text())),* }
            }

            fn over(self, under: Self) -> Self {
                Self { $($field: self.$field.or(under.$field)),* }
            }

            fn set(self, part: &mut $part) -> Result<(), Unreadable> {
                $(if let Some(text) = self.$field {
                    part.$field = <$kind as Setting>::read(text).ok_or_else(|| Unreadable {
                        reason: concat!("`", stringify!($field), "` has a value out of range").to_owned(),
                    })?;
                })*
                Ok(())
            }
        }
    };
}

part!(OrderText of OrderPolicy {
    payment_timeout_ms: i64,
    reservation_ms: i64,
    settle_wait_ms: i64,
    settle_limit_ms: i64,
    presets: GoalTable<Vec<Beans>>,
    budget_max: Beans,
    durations_ms: Vec<i64>,
    bid_min: Micros,
    bid_max: Micros,
    top_up_min: Beans,
    top_up_duration_ms_max: i64,
    wallet_low: Beans,
});
part!(QuickBoostText of QuickBoostPolicy {
    payment_timeout_ms: i64,
    budget_min: Price,
    budget_step: i64,
    budget_max: Price,
    presets: Vec<Price>,
    durations_ms: Vec<i64>,
    wallet_low: Price,
    long_from: Price,
    hard_end_permille: i64,
    bid_min: Micros,
    bid_max: Micros,
    roi_goal_permille_min: i64,
    roi_goal_permille_max: i64,
    purchase_usual: Amount,
    point_worth: Amount,
    offset_permille_max: i64,
    complete_after_ms: i64,
    refund_working_days_min: u16,
    refund_working_days: u16,
    guarantee_paid_in: PaidIn,
    cost_per_result: Vec<(Goal, CostPrior)>,
});
part!(ChargeText of ChargePolicy {
    effective_view_ms: i64,
    play_ms: i64,
    video_window_ms: i64,
    follow_hold_ms: i64,
    commerce_window_ms: i64,
    dedup_window_ms: i64,
});
part!(CouponText of CouponPolicy {
    point_worth: Amount,
    offset_permille_max: i64,
    validity_ms: i64,
    task_reward_validity_ms: i64,
    remainder_grace_ms: i64,
    growth_card_credit_score_min: i64,
});
part!(SaleText of SalePolicy { beans_per_yuan_direct: i64, beans_per_yuan_app_store: i64 });
part!(GuaranteeText of GuaranteePolicy {
    history_days: i64,
    videos_min: usize,
    half_life_days: i64,
    promise: GuaranteePromise,
    loss_permille: i64,
    loss_permille_min: i64,
    premium_permille_min: i64,
    premium_permille_max: i64,
    fixed_price_max: Amount,
    term_ms: i64,
    valid_months: u16,
    refund_working_days: u16,
    refund_wait_ms: i64,
    report_wait_ms: i64,
    closing_wait_ms: i64,
    exposure_max: Amount,
    stop_loss_permille: i64,
    stop_loss_window_ms: i64,
    stop_loss_services_min: u32,
});
part!(RoomText of RoomPolicy { interruption_grace_ms: i64 });
part!(ReviewText of ReviewPolicy {
    title_length_min: usize,
    title_length_max: usize,
    video_duration_ms_min: i64,
    blocked_words: Vec<String>,
    watched_words: Vec<String>,
    blocked_categories: Vec<String>,
    watched_categories: Vec<String>,
    four_eyes_categories: Vec<String>,
    claim_ms: i64,
    verdict_ms: i64,
    sample_permille: i64,
    sample_ms: i64,
    check_wait_ms: i64,
    check_silence: OnSilence,
});
part!(DeliveryText of DeliveryPolicy {
    promoted_permille_max: i64,
    promoted_permille_by_placement: Vec<(String, i64)>,
    placements_sold: Vec<String>,
    frequency_cap: u32,
    frequency_window_ms: i64,
});
part!(EstimateText of EstimatePolicy {
    comparables_min: usize,
    cost_per_result: GoalTable<CostPrior>,
    duration_permille_low: i64,
});
part!(IncentiveText of IncentivePolicy {
    refund_rate_permille_max: i64,
    complaints_max: i64,
    shop_score_hundredths_min: i64,
    credit_score_min: i64,
    appeal_working_days: u16,
    linkage_device_permille: i64,
    linkage_payout_account_permille: i64,
    linkage_identity_permille: i64,
    linkage_address_permille: i64,
    linkage_behaviour_permille: i64,
    linkage_threshold_permille: i64,
    linkage_crowd_max: usize,
});
part!(HoldoutText of HoldoutPolicy {
    share_permille_min: i64,
    share_permille_max: i64,
    share_permille_unknown: i64,
    supply_permille: i64,
    universal_permille: i64,
});
part!(TrafficText of TrafficPolicy {
    bots: Vec<String>,
    datacentres: Vec<String>,
    clock_skew_ms: i64,
    views_per_hour_max: i64,
    clicks_per_hour_max: i64,
    interactions_per_hour_max: i64,
    purchases_per_hour_max: i64,
    watched_ms_per_hour_max: i64,
    session_idle_ms: i64,
});

part!(WalletText of WalletPolicy {
    withdrawal_min: Amount,
    withdrawal_max: Amount,
    withdrawal_one_approval_max: Amount,
    withdrawal_working_days: u16,
    withdrawals_open_max: usize,
    bank_transfer_ms: i64,
});

/// A policy, or a part of one, as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PolicyText {
    order: OrderText,
    quick_boost: QuickBoostText,
    charge: ChargeText,
    coupon: CouponText,
    sale: SaleText,
    room: RoomText,
    review: ReviewText,
    delivery: DeliveryText,
    estimate: EstimateText,
    incentive: IncentiveText,
    holdout: HoldoutText,
    guarantee: GuaranteeText,
    traffic: TrafficText,
    wallet: WalletText,
}

impl PolicyText {
    /// Every setting of a policy.
    pub(super) fn of(policy: &Policy) -> Self {
        let Policy {
            version: _,
            order,
            quick_boost,
            charge,
            coupon,
            sale,
            room,
            review,
            delivery,
            estimate,
            incentive,
            holdout,
            guarantee,
            traffic,
            wallet,
        } = policy;
        Self {
            order: OrderText::of(order),
            quick_boost: QuickBoostText::of(quick_boost),
            charge: ChargeText::of(charge),
            coupon: CouponText::of(coupon),
            sale: SaleText::of(sale),
            room: RoomText::of(room),
            review: ReviewText::of(review),
            delivery: DeliveryText::of(delivery),
            estimate: EstimateText::of(estimate),
            incentive: IncentiveText::of(incentive),
            holdout: HoldoutText::of(holdout),
            guarantee: GuaranteeText::of(guarantee),
            traffic: TrafficText::of(traffic),
            wallet: WalletText::of(wallet),
        }
    }

    /// The settings in this JSON.
    pub(super) fn from_value(value: Value) -> Result<Self, Unreadable> {
        // Serde would take a list for the fields in their order.
        let parts = value.as_object().filter(|parts| parts.values().all(Value::is_object));
        if parts.is_none() {
            return Err(Unreadable { reason: "a policy is an object of objects".to_owned() });
        }
        serde_json::from_value(value).map_err(|fault| Unreadable { reason: fault.to_string() })
    }

    /// These settings, and where they say nothing the others.
    pub(super) fn over(self, under: Self) -> Self {
        Self {
            order: self.order.over(under.order),
            quick_boost: self.quick_boost.over(under.quick_boost),
            charge: self.charge.over(under.charge),
            coupon: self.coupon.over(under.coupon),
            sale: self.sale.over(under.sale),
            room: self.room.over(under.room),
            review: self.review.over(under.review),
            delivery: self.delivery.over(under.delivery),
            estimate: self.estimate.over(under.estimate),
            incentive: self.incentive.over(under.incentive),
            holdout: self.holdout.over(under.holdout),
            guarantee: self.guarantee.over(under.guarantee),
            traffic: self.traffic.over(under.traffic),
            wallet: self.wallet.over(under.wallet),
        }
    }

    /// The default policy with these settings.
    pub(super) fn policy(self, version: u32) -> Result<Policy, Unreadable> {
        let mut policy = Policy { version, ..Policy::default() };
        self.order.set(&mut policy.order)?;
        self.quick_boost.set(&mut policy.quick_boost)?;
        self.charge.set(&mut policy.charge)?;
        self.coupon.set(&mut policy.coupon)?;
        self.sale.set(&mut policy.sale)?;
        self.room.set(&mut policy.room)?;
        self.review.set(&mut policy.review)?;
        self.delivery.set(&mut policy.delivery)?;
        self.estimate.set(&mut policy.estimate)?;
        self.incentive.set(&mut policy.incentive)?;
        self.holdout.set(&mut policy.holdout)?;
        self.guarantee.set(&mut policy.guarantee)?;
        self.traffic.set(&mut policy.traffic)?;
        self.wallet.set(&mut policy.wallet)?;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_back_every_setting_that_it_writes() {
        let written = serde_json::to_value(PolicyText::of(&Policy::default())).unwrap();
        let read = PolicyText::from_value(written).unwrap().policy(1).unwrap();
        assert_eq!(read, Policy::default());
    }

    #[test]
    fn changes_what_is_named_and_nothing_else() {
        let change = |value| PolicyText::from_value(value).unwrap();
        let first = change(json!({"delivery": {"frequency_cap": 5}, "order": {"budget_max": 1000}}));
        let second = change(json!({"delivery": {"frequency_cap": 7}, "order": {"presets": {
            "viewers": [1, 2], "interactions": [3], "follows": [4], "product_clicks": [5]}}}));
        let policy = second.over(first).policy(3).unwrap();
        let mut expected = Policy { version: 3, ..Policy::default() };
        expected.delivery.frequency_cap = 7;
        expected.order.budget_max = Beans::from(1000);
        let beans = |list: &[u32]| list.iter().copied().map(Beans::from).collect::<Vec<_>>();
        expected.order.presets = GoalTable {
            viewers: beans(&[1, 2]),
            interactions: beans(&[3]),
            follows: beans(&[4]),
            product_clicks: beans(&[5]),
        };
        assert_eq!(policy, expected);
    }

    #[test]
    fn refuses_what_is_no_setting() {
        let check = |value: Value, expected: &str| {
            let reason = PolicyText::from_value(value).and_then(|text| text.policy(1)).unwrap_err().reason;
            assert!(reason.contains(expected), "`{reason}`");
        };
        check(json!({"ordr": {}}), "unknown field `ordr`");
        check(json!({"order": {"budget": 1}}), "unknown field `budget`");
        check(json!({"order": {"budget_max": "1"}}), "invalid type: string");
        check(json!({"order": {"budget_max": -1}}), "`budget_max` has a value out of range");
        check(json!({"delivery": {"frequency_cap": -1}}), "invalid value");
        check(json!({"order": {"budget_max": 1.5}}), "invalid type: floating point");
        check(json!([]), "an object of objects");
        check(json!({"order": [1]}), "an object of objects");
    }
}
