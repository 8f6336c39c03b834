use super::*;
use crate::ledger::Hold;

#[test]
fn tp_14_a_used_budget_completes_the_order() {
    let mut story = Story::live();
    let order = story.run(500);
    story.spend(&order, 500_000_000);
    let outcome = order.exhaust(story.now).unwrap();
    let order = story.save(outcome);
    let order = story.settle(order);
    assert_eq!(order.state, OrderState::Completed { at: story.now, by: CompletedBy::Budget });
    assert_eq!(story.names()[3..], ["boost.started", "boost.exhausted", "boost.ended", "boost.settled"]);
    assert_eq!(story.wallet(), [0, 200, 0, 1_990_050], "nothing is left to return");
}

#[test]
fn tp_20_a_used_duration_completes_the_order() {
    let mut story = Story::live();
    let order = story.run(500);
    let ends_at = story.now.plus_ms(HOUR_MS);
    let early = order.clone().end_duration(ends_at.plus_ms(-1)).unwrap_err();
    assert_eq!(early, EndOrderError::TooEarly { ends_at });
    story.wait(HOUR_MS);
    let outcome = order.end_duration(story.now).unwrap();
    let order = story.save(outcome);
    let order = story.settle(order);
    assert_eq!(order.state, OrderState::Completed { at: story.now, by: CompletedBy::Duration });
}

#[test]
fn tp_15_a_buyer_stops_at_any_time_and_gets_back_what_is_not_used() {
    // Before delivery everything comes back as it was.
    let mut story = Story::planned(Some(false));
    let order = story.run(500);
    let outcome = order.stop(StopCause::Buyer, story.now).unwrap();
    let order = story.save(outcome);
    assert_eq!((order.state.name(), story.wallet()), ("stopped", FULL_WALLET));

    // While it runs, 350 of 500 used: the coupon and 50 beans of the gift.
    let mut story = Story::live();
    let order = story.run(500);
    story.spend(&order, 350_000_000);
    let outcome = order.stop(StopCause::Buyer, story.now).unwrap();
    let order = story.save(outcome);
    let order = story.settle(order);
    assert_eq!(order.state, OrderState::Stopped { at: story.now, cause: StopCause::Buyer });
    assert_eq!(story.wallet(), [0, 200, 10_050 - 5_000, 2_000_000]);

    let unpaid = story.place(500).stop(StopCause::Buyer, story.now).unwrap_err();
    assert_eq!(unpaid.to_string(), "end an order that is `pending_payment`");
}

#[test]
fn tp_06_the_rest_of_a_coupon_comes_back_as_a_new_coupon() {
    let mut story = Story::live();
    let order = story.run(500);
    story.spend(&order, 100_000_000);
    let outcome = order.stop(StopCause::Buyer, story.now).unwrap();
    let order = story.save(outcome);
    let order = story.settle(order);
    let [LedgerAnswer::Settled { parts }] = &story.answers[..] else { panic!("one settlement") };
    let told = order.coupons_returned(parts);
    let [Event::CouponReturned { from, into, points, owner, .. }] = told[..] else { panic!("one coupon: {told:?}") };
    assert_eq!((from, points.units(), owner), (COUPON, 200, CREATOR));
    let remainder = story.view.lot(into).unwrap();
    assert_eq!((remainder.remaining.units(), remainder.origin), (200, LotOrigin::RemainderOf(COUPON)));
    assert_eq!(remainder.valid_to, story.view.lot(COUPON).unwrap().valid_to, "the same expiry");
}

#[test]
fn tp_19_used_and_returned_are_what_was_paid_per_source() {
    let mut story = Story::live();
    let order = story.place(500);
    let plans = story.plans(&order, None, &CouponChoice::These(vec![COUPON, CARD]));
    let outcome = order.pay(plans, &story.content(), story.now).unwrap();
    let order = story.save(outcome);
    let order = story.review(order, Verdict::Pass);
    story.spend(&order, 350_000_000);
    let outcome = order.stop(StopCause::Buyer, story.now).unwrap();
    let order = story.save(outcome);
    story.settle(order);
    let Some(Event::OrderSettled { sources, .. }) = story.told.last() else { panic!("settled") };
    let line = |source: &SourceSettled| {
        (source.kind, source.paid.units(), source.used.units(), source.returned.units(), source.burnt.units())
    };
    assert_eq!(
        sources.iter().map(line).collect::<Vec<_>>(),
        [(SourceKind::TrafficCoupon, 300, 300, 0, 0), (SourceKind::GrowthCard, 200, 50, 0, 150)]
    );
}

#[test]
fn tp_28_a_growth_card_of_an_order_without_a_charge_is_not_burnt() {
    let mut story = Story::live();
    let order = story.place(500);
    let plans = story.plans(&order, None, &CouponChoice::These(vec![CARD]));
    let outcome = order.pay(plans, &story.content(), story.now).unwrap();
    let order = story.save(outcome);
    let order = story.review(order, Verdict::Pass);
    let outcome = order.stop(StopCause::Buyer, story.now).unwrap();
    let order = story.save(outcome);
    story.settle(order);
    assert_eq!(story.wallet(), FULL_WALLET);
    let Some(Event::OrderSettled { sources, .. }) = story.told.last() else { panic!("settled") };
    assert!(sources.iter().all(|source| source.burnt == Amount::ZERO && source.returned == source.paid));
}

#[test]
fn tp_18_settlement_waits_for_late_events_but_not_beyond_its_limit() {
    let mut story = Story::live();
    let order = story.run(500);
    let order = order.stop(StopCause::Buyer, story.now).unwrap().state;
    let OrderState::Settling { settle_at, deadline, .. } = order.state else { panic!("settles") };
    assert_eq!(settle_at, story.now.plus_ms(10 * MINUTE_MS));
    assert_eq!(deadline, story.now.plus_ms(30 * MINUTE_MS));
    assert_eq!(order.due_at(), Some((settle_at, Due::Settle)));

    let holds: Vec<Hold> = story.view.holds_of(ORDER).copied().collect();
    let facts = |leases_open, exposures_open| SettlementFacts {
        holds: &holds,
        spent: Micros::ZERO,
        leases_open,
        exposures_open,
    };
    let refused = |facts: SettlementFacts<'_>, now| order.clone().settle(&facts, now).unwrap_err();
    assert_eq!(refused(facts(true, false), deadline), SettleOrderError::LeasesOpen);
    assert_eq!(refused(facts(false, true), settle_at.plus_ms(-1)), SettleOrderError::TooEarly { settle_at });
    assert!(order.clone().settle(&facts(false, true), settle_at).is_ok());
    assert!(order.clone().settle(&facts(false, false), story.now).is_ok(), "nothing can come any more");
}

#[test]
fn refuses_to_settle_with_holds_that_are_not_the_orders() {
    let mut story = Story::live();
    let order = story.run(500);
    let running = story.settled(order.clone()).unwrap_err();
    assert_eq!(running, SettleOrderError::WrongState { state: "running" });
    let order = order.stop(StopCause::Buyer, story.now).unwrap().state;
    let holds: Vec<Hold> = story.view.holds_of(ORDER).copied().collect();
    let first = order.sources[0].hold;
    let settle = |holds: &[Hold]| {
        let facts = SettlementFacts { holds, spent: Micros::ZERO, leases_open: false, exposures_open: false };
        order.clone().settle(&facts, story.now).unwrap_err()
    };
    let missing: Vec<Hold> = holds.iter().filter(|hold| hold.id != first).copied().collect();
    assert_eq!(settle(&missing), SettleOrderError::ForeignHolds { hold: first });
    let mut foreign = holds.clone();
    foreign[0].id = HoldId::new(1);
    assert_eq!(settle(&foreign), SettleOrderError::ForeignHolds { hold: HoldId::new(1) });
    let mut more = holds;
    for hold in &mut more {
        hold.captured = hold.amount.plus(Amount::new(1)).unwrap();
    }
    assert_eq!(settle(&more), SettleOrderError::ForeignHolds { hold: first });
}

fn performance() -> Performance {
    Performance {
        spend: Micros::new(100_000_000),
        dry_spend: Micros::new(20_000_000),
        results: 10,
        last_charge_at: START,
        sales_fen: 1500,
    }
}

#[test]
fn tp_29_conditions_are_crossed_beyond_their_limit() {
    let fires = |first, performance: &Performance, now: Timestamp| {
        GuardRule { first, second: None }.fires(performance, 10, now)
    };
    #[track_caller]
    fn edge(fires: impl Fn(i64) -> bool, last: i64, first: i64) {
        assert!(!fires(last), "not yet at {last}");
        assert!(fires(first), "crossed at {first}");
    }
    let now = START.plus_ms(MINUTE_MS);
    let beans = |count: i64| Micros::new(count * 1_000_000);
    edge(|limit| fires(GuardCondition::DrySpendAbove(Micros::new(limit)), &performance(), now), 20_000_000, 19_999_999);
    edge(|limit| fires(GuardCondition::SpendAbove(Micros::new(limit)), &performance(), now), 100_000_000, 99_999_999);
    edge(
        |limit| fires(GuardCondition::CostPerResultAbove(Micros::new(limit)), &performance(), now),
        10_000_000,
        9_999_999,
    );
    edge(|ms| fires(GuardCondition::IdleLongerThan { ms }, &performance(), now), MINUTE_MS, MINUTE_MS - 1);
    // 15 yuan of sales for 100 beans, which are 10 yuan: 1.5.
    edge(|permille| fires(GuardCondition::ReturnBelow { permille }, &performance(), now), 1500, 1501);

    let nothing = Performance { spend: Micros::ZERO, results: 0, sales_fen: 0, ..performance() };
    assert!(!fires(GuardCondition::CostPerResultAbove(beans(1)), &nothing, now), "no result, no cost per result");
    assert!(!fires(GuardCondition::ReturnBelow { permille: 5000 }, &nothing, now), "no spend, no return on it");
}

#[test]
fn tp_29_two_conditions_are_joined_by_and_or_or() {
    let yes = GuardCondition::SpendAbove(Micros::new(1));
    let no = GuardCondition::SpendAbove(Micros::new(i64::MAX));
    let fires =
        |first, joint, second| GuardRule { first, second: Some((joint, second)) }.fires(&performance(), 10, START);
    for (first, second, both, either) in [(yes, yes, true, true), (yes, no, false, true), (no, no, false, false)] {
        assert_eq!(fires(first, Joint::And, second), both);
        assert_eq!(fires(second, Joint::And, first), both);
        assert_eq!(fires(first, Joint::Or, second), either);
        assert_eq!(fires(second, Joint::Or, first), either);
    }
}

#[test]
fn tp_29_a_crossed_rule_stops_the_order_and_is_told() {
    let mut story = Story::live();
    let mut order = story.run(500);
    let calm = GuardRule { first: GuardCondition::IdleLongerThan { ms: DAY_MS }, second: None };
    let crossed = GuardRule { first: GuardCondition::DrySpendAbove(Micros::new(10_000_000)), second: None };
    order.guard_rules = vec![calm];
    let none = order.clone().stop_by_guard_rule(&performance(), story.now).unwrap_err();
    assert_eq!(none, EndOrderError::NoGuardRuleCrossed);
    order.guard_rules = vec![calm, crossed];
    assert_eq!(order.guard_rule_crossed(&performance(), story.now), Some(crossed));
    let outcome = order.stop_by_guard_rule(&performance(), story.now).unwrap();
    assert_eq!(outcome.events[0], Event::GuardRuleFired { order: ORDER, rule: crossed });
    let order = outcome.state;
    assert!(matches!(&order.state, OrderState::Settling { ending: Ending::Stopped(StopCause::GuardRule), .. }));
    assert_eq!(order.guard_rule_crossed(&performance(), story.now), None, "what has ended is not guarded");
}

#[test]
fn guard_conditions_are_read_back() {
    for code in ["dry_spend_above", "cost_per_result_above", "spend_above", "idle_longer_than", "return_below"] {
        let condition = GuardCondition::from_code(code, 7).unwrap();
        assert_eq!((condition.code(), condition.limit()), (code, 7));
    }
    assert_eq!(GuardCondition::from_code("other", 7), None);
}
