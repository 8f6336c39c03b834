use super::*;

#[test]
fn tp_05_paying_holds_every_source_and_hands_over_to_review() {
    let mut story = Story::live();
    let order = story.place(500);
    let order = story.pay(order);
    assert_eq!(order.state, OrderState::InReview { since: story.now, stage: ReviewStage::Start });
    let kinds: Vec<(SourceKind, i64)> =
        order.sources.iter().map(|source| (source.plan.kind, source.plan.amount.units())).collect();
    assert_eq!(
        kinds,
        [(SourceKind::TrafficCoupon, 300), (SourceKind::GiftBeans, 10_050), (SourceKind::PaidBeans, 9_950)]
    );
    assert_eq!(story.wallet(), [0, 200, 0, 1_990_050]);
    assert_eq!(story.view.escrow(ORDER).unwrap().budget, Beans::from(500).micros());
    assert_eq!(story.names(), ["boost.placed", "boost.paid"]);
    let holds: std::collections::BTreeSet<HoldId> = order.sources.iter().map(|source| source.hold).collect();
    assert_eq!(holds.len(), 3);
}

#[test]
fn tp_08_an_unpaid_order_closes_after_thirty_minutes_and_releases_what_is_held() {
    let mut story = Story::live();
    let order = story.place(500);
    let plan = SourcePlan {
        lot: COUPON,
        kind: SourceKind::TrafficCoupon,
        amount: Amount::new(300),
        unit_worth: order.terms.point_worth,
    };
    let outcome = order.hold_sources(vec![plan], story.now).unwrap();
    let order = story.save(outcome);
    assert_eq!(story.wallet(), [0, 200, 10_050, 2_000_000]);
    assert_eq!(order.payment_rules(None).price, Beans::from(200));

    let close_at = story.now.plus_ms(30 * MINUTE_MS);
    assert_eq!(order.due_at(), Some((close_at, Due::CloseUnpaid)));
    let early = order.clone().close_unpaid(close_at.plus_ms(-1)).unwrap_err();
    assert_eq!(early, CloseOrderError::TooEarly { close_at });

    story.wait(30 * MINUTE_MS);
    let late = order.clone().pay(Vec::new(), &story.content(), story.now).unwrap_err();
    assert_eq!(late, PayOrderError::TooLate { close_at });
    let outcome = order.close_unpaid(story.now).unwrap();
    let order = story.save(outcome);
    assert_eq!(order.state.name(), "closed");
    assert_eq!(story.wallet(), FULL_WALLET, "at once, and as it was before");
    assert_eq!(story.names(), ["boost.placed", "boost.closed"]);
}

#[test]
fn tp_08_what_is_held_counts_when_the_rest_is_paid() {
    let mut story = Story::live();
    let order = story.place(500);
    let plans = story.plans(&order, None, &CouponChoice::These(vec![COUPON]));
    let outcome = order.hold_sources(plans[..1].to_vec(), story.now).unwrap();
    let order = story.save(outcome);
    let order = story.pay(order);
    assert_eq!(story.view.escrow(ORDER).unwrap().budget, Beans::from(500).micros());
    assert_eq!(order.payments, [OrderPayment { at: story.now, price: order.budget, duration_ms: HOUR_MS, sources: 3 }]);
}

#[test]
fn tp_20_a_buyer_cancels_what_is_not_paid() {
    let mut story = Story::live();
    let order = story.place(500);
    let canceled = order.clone().cancel(story.now).unwrap();
    assert_eq!((canceled.state.state.name(), canceled.postings.len()), ("canceled", 0));
    let order = story.pay(order);
    assert_eq!(order.cancel(story.now).unwrap_err().to_string(), "close an order that is `in_review`");
}

#[test]
fn refuses_to_pay_what_does_not_fit_in_order_of_precedence() {
    let mut story = Story::live();
    let order = story.place(500);
    let refused = |order: &PromotionOrder, plans: Vec<SourcePlan>, story: &Story| {
        order.clone().pay(plans, &story.content(), story.now).unwrap_err().to_string()
    };
    let plans = story.plans(&order, None, &CouponChoice::No);
    let mut short = plans.clone();
    short[0].amount = Amount::new(1);
    assert_eq!(refused(&order, short, &story), "pay `399510000` millionths of a bean when `500000000` are due");
    let mut negative = plans.clone();
    negative[0].amount = Amount::new(-1);
    let bad = "pay with an amount or worth that is not positive or out of range";
    assert_eq!(refused(&order, negative, &story), bad);
    let mut huge = plans.clone();
    huge[0].amount = Amount::new(i64::MAX);
    assert_eq!(refused(&order, huge, &story), bad);
    assert_eq!(refused(&order, vec![plans[0]; 65], &story), "pay from more than `64` sources");

    let mut strict = order.clone();
    strict.terms.offset_permille_max = 500;
    let coupons = story.plans(&order, None, &CouponChoice::Automatic);
    assert_eq!(
        refused(&strict, coupons, &story),
        "offset `300000000` millionths of a bean by coupons: it may be `250000000`"
    );

    let mut mounted = Story::live();
    mounted.fact(RoomFact::CartMounted);
    assert_eq!(refused(&order, plans.clone(), &mounted), "pay for a `plain` order when the cart says otherwise");
    let mut ended = Story::live();
    ended.fact(RoomFact::Ended);
    assert_eq!(refused(&order, plans.clone(), &ended), "pay for a broadcast that has ended");
    let order = story.pay(order);
    assert_eq!(refused(&order, plans, &story), "pay an order that is `in_review`");
}

#[test]
fn tp_30_a_top_up_is_its_own_payment_with_its_own_sources() {
    let mut story = Story::live();
    let order = story.run(500);
    let OrderState::Running { ends_at, .. } = order.state else { panic!("runs") };
    story.wait(10 * MINUTE_MS);
    let price = Beans::from(1000);
    let plans = story.plans(&order, Some(price), &CouponChoice::Automatic);
    let outcome = order.top_up(TopUp { price, duration_ms: 2 * HOUR_MS, plans }, story.now).unwrap();
    let order = story.save(outcome);
    assert_eq!(order.budget, Beans::from(1500));
    assert_eq!(order.due_at(), Some((ends_at.plus_ms(2 * HOUR_MS), Due::EndDuration)));
    assert_eq!(story.view.escrow(ORDER).unwrap().budget, Beans::from(1500).micros());
    let sources: Vec<usize> = order.payments.iter().map(|payment| payment.sources).collect();
    assert_eq!((sources, order.sources.len()), (vec![3, 1], 4));

    // Only time.
    let outcome =
        order.top_up(TopUp { price: Beans::ZERO, duration_ms: HOUR_MS, plans: Vec::new() }, story.now).unwrap();
    let order = story.save(outcome);
    assert_eq!(order.due_at(), Some((ends_at.plus_ms(3 * HOUR_MS), Due::EndDuration)));
    assert_eq!(order.duration_ms, 4 * HOUR_MS);
}

#[test]
fn tp_30_refuses_top_ups_in_order_of_precedence() {
    let mut story = Story::live();
    let order = story.run(500);
    let refused = |order: &PromotionOrder, beans: u32, duration_ms: i64, now: Timestamp| {
        let top_up = TopUp { price: Beans::from(beans), duration_ms, plans: Vec::new() };
        order.clone().top_up(top_up, now).unwrap_err().to_string()
    };
    let now = story.now;
    assert_eq!(refused(&order, 0, 0, now), "top up by nothing");
    assert_eq!(refused(&order, 99, 0, now), "top up by `99` price units: it takes at least `100`");
    assert_eq!(refused(&order, 300_000, 0, now), "top up to `300500` price units: an order has at most `300000`");
    assert_eq!(refused(&order, 0, -1, now), "top up by `-1` ms: it must be from 0 to `86400000`");
    assert_eq!(refused(&order, 0, 24 * HOUR_MS + 1, now), "top up by `86400001` ms: it must be from 0 to `86400000`");
    assert_eq!(refused(&order, 100, 0, now), "top up: pay `0` millionths of a bean when `100000000` are due");
    let ends_at = now.plus_ms(HOUR_MS);
    assert_eq!(
        refused(&order, 100, 0, ends_at),
        format!("top up an order whose time was over at `{}` ms", ends_at.ms())
    );
    let stopped = order.stop(StopCause::Buyer, now).unwrap().state;
    assert_eq!(refused(&stopped, 100, 0, now), "top up an order that is `settling`");
}
