use super::*;

/// The form and bid of the order, or the refusal.
#[track_caller]
fn check(story: &Story, change: impl FnOnce(&mut OrderDraft), expected: &str) {
    let mut draft = story.draft(Goal::Viewers, 500);
    change(&mut draft);
    let told = match place(draft, &story.content(), &story.policy, story.now) {
        Ok(outcome) => {
            assert_eq!(outcome.postings, [], "placing moves nothing");
            format!("{} {}", outcome.state.form, outcome.state.state.name())
        }
        Err(refusal) => refusal.to_string(),
    };
    assert_eq!(told, expected);
}

#[test]
fn tp_03_a_room_without_a_cart_has_three_goals_and_no_bid() {
    let story = Story::live();
    check(&story, |_| {}, "plain pending_payment");
    let goal = |goal, beans: u32| {
        move |draft: &mut OrderDraft| {
            draft.goal = goal;
            draft.budget = Beans::from(beans);
        }
    };
    check(&story, goal(Goal::Interactions, 2000), "plain pending_payment");
    check(&story, goal(Goal::Follows, 3000), "plain pending_payment");
    check(&story, goal(Goal::ProductClicks, 5000), "order `product_clicks` where no goods are on offer");
    check(
        &story,
        |draft| draft.bidding = Bidding::Manual { bid: Micros::new(1_000_000) },
        "bid for a room without a cart",
    );
}

#[test]
fn tp_03_a_room_with_a_cart_has_four_goals_and_needs_a_bid() {
    let story = Story::live_with_cart();
    for (goal, beans) in
        [(Goal::Viewers, 500), (Goal::Interactions, 2000), (Goal::Follows, 3000), (Goal::ProductClicks, 5000)]
    {
        let change = |draft: &mut OrderDraft| {
            draft.goal = goal;
            draft.budget = Beans::from(beans);
        };
        check(&story, change, "commerce pending_payment");
    }
    check(&story, |draft| draft.bidding = Bidding::Automatic, "order for a room with a cart without a bid");
    let bid = |micros| move |draft: &mut OrderDraft| draft.bidding = Bidding::Manual { bid: Micros::new(micros) };
    check(&story, bid(0), "bid `0` millionths of the price unit: it must be from `10000` to `500000000`");
    check(&story, bid(-1), "bid `-1` millionths of the price unit: it must be from `10000` to `500000000`");
    check(
        &story,
        bid(500_000_001),
        "bid `500000001` millionths of the price unit: it must be from `10000` to `500000000`",
    );
    check(&story, bid(500_000_000), "commerce pending_payment");
}

#[test]
fn dl_04_a_cost_cap_is_allowed_where_a_bid_is_and_as_large() {
    let cap = |micros| {
        let cost_max = Micros::new(micros);
        move |draft: &mut OrderDraft| draft.bidding = Bidding::CostCap { cost_max }
    };
    let story = Story::live_with_cart();
    check(
        &story,
        cap(9_999),
        "cap cost at `9999` millionths of the price unit: it must be from `10000` to `500000000`",
    );
    check(&story, cap(-1), "cap cost at `-1` millionths of the price unit: it must be from `10000` to `500000000`");
    check(
        &story,
        cap(500_000_001),
        "cap cost at `500000001` millionths of the price unit: it must be from `10000` to `500000000`",
    );
    check(&story, cap(10_000), "commerce pending_payment");
    check(&story, cap(500_000_000), "commerce pending_payment");
    check(&Story::live(), cap(1_000_000), "bid for a room without a cart");
    let mut draft = story.draft(Goal::Viewers, 500);
    cap(3_000_000)(&mut draft);
    let order = place(draft, &story.content(), &story.policy, story.now).unwrap().state;
    let draft = again(&order, PromotionOrderId::new(78), &story.content()).unwrap();
    assert_eq!(draft.bidding, Bidding::CostCap { cost_max: Micros::new(3_000_000) }, "TP-09");
}

#[test]
fn tp_26_budget_and_duration_are_within_what_is_offered() {
    let story = Story::live();
    let budget = |beans: u32| move |draft: &mut OrderDraft| draft.budget = Beans::from(beans);
    check(&story, budget(499), "order for `499` price units: it must be from `500` to `300000`");
    check(&story, budget(0), "order for `0` price units: it must be from `500` to `300000`");
    check(&story, budget(300_000), "plain pending_payment");
    check(&story, budget(300_001), "order for `300001` price units: it must be from `500` to `300000`");
    check(&story, budget(777), "plain pending_payment");
    let lasts = |ms| move |draft: &mut OrderDraft| draft.duration_ms = ms;
    check(&story, lasts(0), "order for a duration of `0` ms, which is not offered");
    check(&story, lasts(HOUR_MS + 1), "order for a duration of `3600001` ms, which is not offered");
    check(&story, lasts(24 * HOUR_MS), "plain pending_payment");
    check(&story, lasts(7 * HOUR_MS), "order for a duration of `25200000` ms, which is not offered");
}

#[test]
fn tp_10_a_pack_is_reserved_in_two_cases_only() {
    let reserve = |previous, mounted, expected: &str| {
        let mut story = Story::planned(previous);
        if mounted {
            story.fact(RoomFact::CartMounted);
        }
        check(&story, |_| {}, expected);
    };
    reserve(Some(false), false, "plain pending_payment");
    reserve(Some(true), true, "commerce pending_payment");
    reserve(Some(true), false, "commerce pending_payment");
    reserve(Some(false), true, "reserve for a room with a cart when the previous broadcast had none");
    reserve(None, false, "reserve for a creator without an earlier broadcast");
    reserve(None, true, "reserve for a creator without an earlier broadcast");
}

#[test]
fn tp_01_any_number_of_packs_run_on_one_room() {
    let mut story = Story::live();
    let first = story.run(500);
    story.wait(MINUTE_MS);
    let mut draft = story.draft(Goal::Follows, 3000);
    draft.id = PromotionOrderId::new(78);
    let second = place(draft, &story.content(), &story.policy, story.now).unwrap();
    let second = story.save(second);
    let second = story.pay(second);
    let second = story.review(second, Verdict::Pass);
    assert_eq!((first.state.name(), second.state.name()), ("running", "running"));
    assert_eq!(story.view.escrows().count(), 2, "each has its own budget");
}

#[test]
fn an_ended_room_and_another_tenants_cannot_be_promoted() {
    let mut story = Story::live();
    check(&story, |draft| draft.tenant = TenantId::new(9), "promote content of another tenant");
    story.fact(RoomFact::Ended);
    check(&story, |_| {}, "promote a broadcast that has ended");
}

#[test]
fn tp_29_guard_rules_are_few_and_positive() {
    let story = Story::live();
    let rule = GuardRule { first: GuardCondition::SpendAbove(Micros::new(1)), second: None };
    check(&story, |draft| draft.guard_rules = vec![rule; 8], "plain pending_payment");
    check(&story, |draft| draft.guard_rules = vec![rule; 9], "give more than `8` guard rules");
    let bad = GuardRule { second: Some((Joint::Or, GuardCondition::IdleLongerThan { ms: 0 })), ..rule };
    check(
        &story,
        |draft| draft.guard_rules = vec![bad],
        "give a guard rule: guard by a limit that is not positive: `0`",
    );
}

#[test]
fn tp_09_order_again_repeats_goal_audience_bid_and_budget() {
    let mut story = Story::live_with_cart();
    let mut draft = story.draft(Goal::ProductClicks, 6000);
    draft.audience = Some("and(gender:female,not(segment:bought))".parse().unwrap());
    draft.placement = PlacementName::parse("feed_home");
    story.policy.delivery.placements_sold = vec!["feed_home".to_owned()];
    let first = place(draft, &story.content(), &story.policy, story.now).unwrap().state;
    let id = PromotionOrderId::new(78);
    let again_draft = again(&first, id, &story.content()).unwrap();
    let expected = OrderDraft {
        id,
        tenant: first.tenant,
        payer: first.payer,
        product: Product::TrafficPack,
        desk: Desk::Mobile,
        charged_by: ChargedBy::Goal,
        goal: first.goal,
        audience: first.audience.clone(),
        placement: PlacementName::parse("feed_home"),
        bidding: first.bidding,
        budget: first.budget,
        duration_ms: first.duration_ms,
        guard_rules: Vec::new(),
        again_of: Some(first.id),
        holdout: HoldoutFacts::default(),
    };
    assert_eq!(again_draft, expected);
    assert!(place(again_draft, &story.content(), &story.policy, story.now).is_ok());

    let refused = |order: &PromotionOrder, content: &Content| again(order, id, content).unwrap_err().to_string();
    let plain = Story::live();
    assert_eq!(refused(&first, &plain.content()), "order again what was for a room with a cart: this room has none");
    let mut plain = plain;
    let without = plain.place(500);
    assert_eq!(
        refused(&without, &story.content()),
        "order again what was for a room without a cart: this room has one"
    );
    story.fact(RoomFact::Ended);
    assert_eq!(refused(&first, &story.content()), "order again: promote a broadcast that has ended");
}

#[test]
fn tp_09_what_was_topped_up_is_not_asked_for_again() {
    let mut story = Story::live();
    let order = story.run(500);
    let price = Beans::from(300);
    let plans = story.plans(&order, Some(price), &CouponChoice::No);
    let order = order.top_up(TopUp { price, duration_ms: HOUR_MS, plans }, story.now).unwrap().state;
    let draft = again(&order, PromotionOrderId::new(78), &story.content()).unwrap();
    assert_eq!((draft.budget, draft.duration_ms), (Beans::from(500), HOUR_MS));
}

#[test]
fn tp_17_terms_are_those_of_the_purchase() {
    let mut story = Story::live();
    let order = story.place(500);
    story.policy.order.payment_timeout_ms = 1;
    story.policy.coupon.remainder_grace_ms = 1;
    story.policy.holdout.share_permille_unknown = 1;
    story.policy.version = 2;
    let holdout = Policy::default().holdout.terms(HoldoutFacts::default());
    assert_eq!(order.terms, Terms { holdout, ..Policy::default().terms(Goal::Viewers) });
    assert_eq!(order.due_at(), Some((story.now.plus_ms(30 * MINUTE_MS), Due::CloseUnpaid)));
}

#[test]
fn an_order_is_shown_alone_only_where_that_is_sold() {
    let mut story = Story::live();
    let in_placement = |story: &Story, name: &str| {
        let draft = OrderDraft { placement: PlacementName::parse(name), ..story.draft(Goal::Viewers, 500) };
        place(draft, &story.content(), &story.policy, story.now).map(|outcome| outcome.state.placement)
    };
    assert_eq!(
        in_placement(&story, "feed_home").unwrap_err().to_string(),
        "show an order in `feed_home` alone, where none are sold"
    );
    story.policy.delivery.placements_sold = vec!["feed_home".to_owned()];
    assert_eq!(in_placement(&story, "feed_home"), Ok(PlacementName::parse("feed_home")));
    assert!(in_placement(&story, "feed_shop").is_err());
    assert_eq!(PlacementName::parse(""), None);
    assert_eq!(PlacementName::parse(&"x".repeat(129)), None);
}
