use super::*;
use crate::money::Beans;
use crate::time::MINUTE_MS;

#[test]
fn the_default_policy_can_be_worked_with() {
    Policy::default().check().unwrap();
}

#[test]
fn tp_25_beans_are_sold_by_channel_exactly() {
    let sale = Policy::default().sale;
    let beans = |channel, fen| sale.beans_for(channel, Amount::new(fen)).unwrap().units();
    assert_eq!(beans(SaleChannel::Direct, 100), 1000, "1 yuan is 10 beans, in 1/100 bean");
    assert_eq!(beans(SaleChannel::AppStore, 100), 700);
    assert_eq!(beans(SaleChannel::Direct, 1), 10, "1 fen is 0.1 bean");
    assert!(sale.beans_for(SaleChannel::Direct, Amount::new(i64::MAX)).is_err());
}

#[test]
fn tp_26_presets_and_durations_are_those_of_the_rule_book() {
    let order = Policy::default().order;
    let presets = |goal: Goal| order.presets.get(goal).unwrap().iter().map(|beans| beans.get()).collect::<Vec<_>>();
    assert_eq!(presets(Goal::Viewers), [500, 1000, 2000, 3000, 4000, 5000]);
    assert_eq!(presets(Goal::Interactions), [2000, 3000, 4000, 5000, 6000]);
    assert_eq!(presets(Goal::Follows), [3000, 4000, 5000, 6000, 7000, 8000]);
    assert_eq!(presets(Goal::ProductClicks), [5000, 6000, 7000, 8000, 9000, 10_000]);
    let half_hours: Vec<i64> = order.durations_ms.iter().map(|ms| ms / (30 * MINUTE_MS)).collect();
    assert_eq!(half_hours, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 24, 48]);
    assert_eq!(order.budget_max.get(), 300_000);
}

#[test]
fn dl_10_a_placement_can_have_its_own_promoted_part() {
    let mut delivery = DeliveryPolicy::default();
    delivery.promoted_permille_by_placement.push(("feed_home".to_owned(), 100));
    assert_eq!(delivery.promoted_permille("feed_home"), 100);
    assert_eq!(delivery.promoted_permille("search"), 250);
}

#[test]
fn terms_freeze_what_the_order_depends_on() {
    let mut policy = Policy::default();
    let before = policy.terms(Goal::Viewers);
    policy.charge.effective_view_ms = 1;
    policy.order.payment_timeout_ms = 1;
    policy.version = 2;
    assert_eq!(before.charge, ChargeRule::EffectiveView { watched_ms_min: 5000 });
    assert_eq!(before.point_worth, Micros::new(1_000_000));
    let after = policy.terms(Goal::Viewers);
    assert_eq!((before.policy_version, after.policy_version), (1, 2));
    assert_eq!(after.charge, ChargeRule::EffectiveView { watched_ms_min: 1 });
}

#[test]
fn refuses_a_policy_that_cannot_be_worked_with() {
    #[track_caller]
    fn refused(spoil: fn(&mut Policy), setting: &str) {
        let mut policy = Policy::default();
        spoil(&mut policy);
        let refusal = policy.check().unwrap_err().to_string();
        assert!(refusal.starts_with(&format!("set `{setting}`")), "{refusal}");
    }
    refused(|policy| policy.order.payment_timeout_ms = 0, "order.payment_timeout_ms");
    refused(|policy| policy.order.settle_wait_ms = 31 * MINUTE_MS, "order.settle_wait_ms");
    refused(|policy| policy.charge.follow_hold_ms = 31 * MINUTE_MS, "charge.follow_hold_ms");
    refused(|policy| policy.coupon.point_worth = Amount::ZERO, "coupon.point_worth");
    refused(|policy| policy.coupon.offset_permille_max = 1001, "coupon.offset_permille_max");
    refused(|policy| policy.sale.beans_per_yuan_app_store = 0, "sale.beans_per_yuan_app_store");
    refused(|policy| policy.order.presets.viewers.clear(), "order.presets");
    refused(|policy| policy.order.presets.viewers.push(Beans::from(1)), "order.presets");
    refused(|policy| policy.order.presets.viewers.push(Beans::from(300_001)), "order.presets");
    refused(|policy| policy.order.presets.viewers.insert(0, Beans::ZERO), "order.presets");
    refused(|policy| policy.order.durations_ms = vec![0], "order.durations_ms");
    refused(|policy| policy.estimate.cost_per_result.viewers.low = Micros::ZERO, "estimate.cost_per_result.low");
    refused(|policy| policy.review.blocked_words.push(" ".to_owned()), "review.blocked_words");
    refused(|policy| policy.review.title_length_min = 61, "review.title_length_min");
    refused(|policy| policy.order.bid_min = Micros::ZERO, "order.bid_min");
    refused(|policy| policy.traffic.bots.push(" ".to_owned()), "traffic.bots");
    refused(|policy| policy.traffic.datacentres.push("192.0.2.0/33".to_owned()), "traffic.datacentres");
    refused(|policy| policy.traffic.datacentres.push("192.0.2/24".to_owned()), "traffic.datacentres");
    refused(|policy| policy.traffic.datacentres.push("::1/".to_owned()), "traffic.datacentres");
    refused(|policy| policy.traffic.views_per_hour_max = 0, "traffic.views_per_hour_max");
}
