use proptest::prelude::*;

use super::*;
use crate::ledger::{LedgerGroup, View, apply};
use crate::money::{Beans, CENTIBEAN_WORTH, Micros};
use crate::policy::Policy;
use crate::promotion::{Goal, OrderForm, PlacementName, Product};
use crate::time::DAY_MS;

const NOW: Timestamp = Timestamp::from_ms(100 * DAY_MS);

fn coupon(lot: u128, points: i64, days_left: i64) -> CouponLot {
    CouponLot {
        lot: LotId::new(lot),
        kind: CouponKind::TrafficCoupon,
        spendable: Amount::new(points),
        conditions: CouponConditions::NONE,
        valid_from: Timestamp::from_ms(0),
        valid_to: NOW.plus_ms(days_left * DAY_MS),
    }
}

fn card(lot: u128, points: i64, days_left: i64) -> CouponLot {
    CouponLot { kind: CouponKind::GrowthCard, ..coupon(lot, points, days_left) }
}

fn beans(lot: u128, centibeans: i64, day: i64) -> BeanLot {
    let valid_from = Timestamp::from_ms(day * DAY_MS);
    BeanLot { lot: LotId::new(lot), spendable: Amount::new(centibeans), valid_from, valid_to: None }
}

fn funds(coupons: &[CouponLot], gift: &[BeanLot], paid: &[BeanLot]) -> Funds {
    Funds {
        coupons: coupons.to_vec(),
        gift_beans: gift.to_vec(),
        paid_beans: paid.to_vec(),
        granted_money: Vec::new(),
        paid_money: Vec::new(),
        frozen: false,
        credit_score: 85,
    }
}

/// A traffic pack for viewers of a room without a cart, shown everywhere.
fn for_viewers() -> PayableOrder {
    PayableOrder { product: Product::TrafficPack, form: OrderForm::Plain, goal: Goal::Viewers, placement: None }
}

fn rules(price: u32) -> PaymentRules {
    PaymentRules::of(&Policy::default().terms(Goal::Viewers), for_viewers(), Beans::from(price))
}

fn these(lots: &[u128]) -> CouponChoice {
    CouponChoice::These(lots.iter().copied().map(LotId::new).collect())
}

/// The plan as `kind lot×amount`, or the refusal.
fn told(rules: &PaymentRules, funds: &Funds, choice: &CouponChoice) -> String {
    match plan_payment(rules, funds, choice, NOW) {
        Ok(plans) => {
            let line = |plan: &SourcePlan| format!("{} {}×{}", plan.kind.code(), plan.lot.value(), plan.amount.units());
            plans.iter().map(line).collect::<Vec<_>>().join(", ")
        }
        Err(refusal) => refusal.to_string(),
    }
}

#[test]
fn tp_04_only_whole_beans_of_the_balance_can_be_spent() {
    let wallet = funds(&[], &[beans(1, 30_050, 1)], &[beans(2, 20_049, 2)]);
    let choice = CouponChoice::No;
    assert_eq!(told(&rules(501), &wallet, &choice), "pay `501` price units of `500`");
    assert_eq!(told(&rules(500), &wallet, &choice), "gift_beans 1×30050, paid_beans 2×19950");
    // Two fractions make a whole.
    let wallet = funds(&[], &[beans(1, 30_050, 1)], &[beans(2, 20_050, 2)]);
    assert_eq!(told(&rules(501), &wallet, &choice), "gift_beans 1×30050, paid_beans 2×20050");
}

#[test]
fn tp_05_coupons_offset_the_price_up_to_the_share_of_the_policy() {
    let wallet = funds(&[coupon(1, 300, 5), coupon(2, 400, 9)], &[], &[beans(3, 100_000, 1)]);
    let automatic = CouponChoice::Automatic;
    assert_eq!(told(&rules(500), &wallet, &automatic), "traffic_coupon 1×300, traffic_coupon 2×200");
    let half = PaymentRules { offset_max: Beans::from(250).micros(), ..rules(500) };
    assert_eq!(told(&half, &wallet, &automatic), "traffic_coupon 1×250, paid_beans 3×25000");
    let none = PaymentRules { offset_max: Micros::ZERO, ..rules(500) };
    assert_eq!(told(&none, &wallet, &automatic), "paid_beans 3×50000");
    assert_eq!(told(&rules(500), &wallet, &CouponChoice::No), "paid_beans 3×50000");
    assert_eq!(told(&rules(500), &wallet, &these(&[2])), "traffic_coupon 2×400, paid_beans 3×10000");
}

#[test]
fn tp_05_the_ratio_of_the_policy_leaves_whole_beans_to_pay() {
    let wallet = funds(&[coupon(1, 333, 5)], &[], &[beans(3, 100_000, 1)]);
    let half_bean = PaymentRules { point_worth: Micros::new(500_000), ..rules(500) };
    assert_eq!(told(&half_bean, &wallet, &CouponChoice::Automatic), "traffic_coupon 1×332, paid_beans 3×33400");
    let three_beans = PaymentRules { point_worth: Micros::new(3_000_000), ..rules(500) };
    assert_eq!(told(&three_beans, &wallet, &CouponChoice::Automatic), "traffic_coupon 1×166, paid_beans 3×200");
}

#[test]
fn tp_28_the_coupon_that_expires_first_is_used_first_and_before_beans() {
    let wallet = funds(
        &[coupon(1, 100, 9), coupon(2, 100, 2), coupon(3, 100, 5), coupon(4, 100, 2)],
        &[beans(5, 10_000, 1)],
        &[beans(7, 9_000, 3), beans(6, 10_000, 2)],
    );
    assert_eq!(
        told(&rules(600), &wallet, &CouponChoice::Automatic),
        "traffic_coupon 2×100, traffic_coupon 4×100, traffic_coupon 3×100, traffic_coupon 1×100, gift_beans 5×10000, \
         paid_beans 6×10000"
    );
    assert_eq!(told(&rules(691), &wallet, &CouponChoice::Automatic), "pay `291` price units of `290`");
}

#[test]
fn gifts_that_lapse_are_used_before_those_that_do_not() {
    let lapsing = BeanLot { valid_to: Some(NOW.plus_ms(1)), ..beans(9, 10_000, 5) };
    let lapsed = BeanLot { valid_to: Some(NOW), ..beans(8, 10_000, 5) };
    let wallet = funds(&[], &[beans(1, 10_000, 1), lapsing, lapsed], &[]);
    assert_eq!(told(&rules(150), &wallet, &CouponChoice::No), "gift_beans 9×10000, gift_beans 1×5000");
    assert_eq!(told(&rules(201), &wallet, &CouponChoice::No), "pay `201` price units of `200`");
}

#[test]
fn tp_28_a_growth_card_is_used_by_name_whole_and_above_a_credit_score() {
    let wallet = funds(&[card(1, 400, 3), coupon(2, 400, 1)], &[], &[beans(3, 100_000, 1)]);
    assert_eq!(
        told(&rules(500), &wallet, &CouponChoice::Automatic),
        "traffic_coupon 2×400, paid_beans 3×10000",
        "what burns is never used unasked"
    );
    assert_eq!(told(&rules(500), &wallet, &these(&[1])), "growth_card 1×400, paid_beans 3×10000");
    assert_eq!(told(&rules(500), &wallet, &these(&[1, 2])), "traffic_coupon 2×100, growth_card 1×400");
    let growth_card = LotId::new(1);
    assert_eq!(
        told(&rules(399), &wallet, &these(&[1])),
        format!("use growth card `{growth_card}` whole: it has `400` points and `399` are usable")
    );
    let poor = Funds { credit_score: 84, ..wallet };
    assert_eq!(
        told(&rules(500), &poor, &these(&[1])),
        format!("use growth card `{growth_card}` with a credit score of `84`: it takes `85`")
    );
}

#[test]
fn refuses_coupons_that_cannot_be_used_in_order_of_precedence() {
    let mut lots = [coupon(1, 100, 0), coupon(2, 0, 5), coupon(3, 100, 5), coupon(4, 100, 5)];
    lots[2].conditions.product = ProductConstraint::Only(OrderForm::Commerce);
    lots[3].valid_from = NOW.plus_ms(1);
    let wallet = funds(&lots, &[], &[beans(9, 100_000, 1)]);
    let [one, two, three, four, seven] = [1, 2, 3, 4, 7].map(LotId::new);
    let refused = |lots: &[u128]| told(&rules(500), &wallet, &these(lots));
    assert_eq!(refused(&[7]), format!("use coupon `{seven}`: the payer has none with this id"));
    assert_eq!(refused(&[1]), format!("use coupon `{one}`: it is valid from `0` to `8640000000` ms"));
    assert_eq!(refused(&[4]), format!("use coupon `{four}`: it is valid from `8640000001` to `9072000000` ms"));
    assert_eq!(refused(&[2]), format!("use coupon `{two}`: nothing is left of it"));
    assert_eq!(refused(&[3]), format!("use coupon `{three}`: its conditions ask for another `product`"));
    assert_eq!(told(&rules(500), &wallet, &CouponChoice::Automatic), "paid_beans 9×50000", "none of them fits");
    let twice = funds(&[coupon(1, 100, 1)], &[], &[beans(9, 100_000, 1)]);
    assert_eq!(told(&rules(500), &twice, &these(&[1, 1])), format!("use coupon `{one}` twice"));
    let frozen = Funds { frozen: true, ..twice };
    assert_eq!(told(&rules(500), &frozen, &CouponChoice::No), "pay from a frozen wallet");
}

#[test]
fn refuses_more_sources_than_an_order_has_room_for() {
    let crumbs: Vec<BeanLot> = (1..=65).map(|lot| beans(lot, 1000, 1)).collect();
    let wallet = funds(&[], &[], &crumbs);
    assert_eq!(told(&rules(641), &wallet, &CouponChoice::No), "pay from more than `64` sources");
    assert_eq!(told(&rules(640), &wallet, &CouponChoice::No).split(", ").count(), 64);
    let crumbs: Vec<CouponLot> = (1..=100).map(|lot| coupon(lot, 1, 5)).collect();
    let wallet = funds(&crumbs, &[], &[beans(200, 100_000, 1)]);
    let plan = told(&rules(500), &wallet, &CouponChoice::Automatic);
    assert!(plan.ends_with("paid_beans 200×46800"), "crumbs leave room for beans: {plan}");
}

proptest! {
    /// Whatever there is to pay with: the sources pay the price exactly, no lot pays more than it has, none twice.
    #[test]
    fn tp_19_sources_pay_the_price_exactly(
        price in 1_u32..5_000,
        worth in prop::sample::select(vec![10_000_i64, 300_000, 500_000, 750_000, 1_000_000, 2_500_000]),
        share in 0_i64..=1000,
        coupons in prop::collection::vec((0_i64..2_000, -1_i64..20, prop::bool::ANY), 0..6),
        gifts in prop::collection::vec(0_i64..200_000, 0..4),
        paid in prop::collection::vec(0_i64..400_000, 0..4),
        name_all in prop::bool::ANY,
    ) {
        let make = |(place, (points, days, whole)): (u128, &(i64, i64, bool))| {
            if *whole { card(place, *points, *days) } else { coupon(place, *points, *days) }
        };
        let coupons: Vec<CouponLot> = (1..).zip(&coupons).map(make).collect();
        let gifts: Vec<BeanLot> = (100..).zip(&gifts).map(|(lot, units)| beans(lot, *units, 1)).collect();
        let paid: Vec<BeanLot> = (200..).zip(&paid).map(|(lot, units)| beans(lot, *units, 1)).collect();
        let wallet = funds(&coupons, &gifts, &paid);
        let mut terms = Policy::default().terms(Goal::Viewers);
        terms.point_worth = Micros::new(worth);
        terms.offset_permille_max = share;
        let rules = PaymentRules::of(&terms, for_viewers(), Beans::from(price));
        let usable = |coupon: &&CouponLot| coupon.spendable > Amount::ZERO && NOW < coupon.valid_to;
        let choice = if name_all {
            CouponChoice::These(coupons.iter().filter(usable).map(|coupon| coupon.lot).collect())
        } else {
            CouponChoice::Automatic
        };
        let Ok(plans) = plan_payment(&rules, &wallet, &choice, NOW) else { return Ok(()) };
        prop_assert_eq!(total_worth(&plans), Some(Beans::from(price).micros()));
        let has = |lot: LotId| {
            let coupon = wallet.coupons.iter().find(|coupon| coupon.lot == lot).map(|coupon| coupon.spendable);
            let mut beans = wallet.gift_beans.iter().chain(&wallet.paid_beans);
            coupon.or_else(|| beans.find(|beans| beans.lot == lot).map(|beans| beans.spendable)).unwrap()
        };
        let mut offset = 0;
        for (place, plan) in plans.iter().enumerate() {
            prop_assert!(Amount::ZERO < plan.amount && plan.amount <= has(plan.lot));
            prop_assert!(plan.kind != SourceKind::GrowthCard || plan.amount == has(plan.lot));
            prop_assert!(plans[..place].iter().all(|other| other.lot != plan.lot));
            prop_assert!(plan.kind.is_coupon() || plan.unit_worth == CENTIBEAN_WORTH);
            if plan.kind.is_coupon() {
                offset += plan.worth().unwrap().get();
            }
        }
        prop_assert!(i128::from(offset) * 1000 <= i128::from(Beans::from(price).micros().get()) * i128::from(share));
        prop_assert_eq!(offset % 1_000_000, 0);
    }
}

fn granted() -> Coupon {
    let terms = CouponTerms {
        kind: CouponKind::TrafficCoupon,
        points: Amount::new(500),
        conditions: CouponConditions::NONE,
        valid_from: NOW,
        valid_to: NOW.plus_ms(30 * DAY_MS),
    };
    Coupon { lot: LotId::new(1), tenant: TenantId::new(2), owner: PartyId::new(3), terms, parent: None }
}

fn run(view: &mut View, command: u128, commands: Vec<LedgerCommand>, now: Timestamp) {
    let group = LedgerGroup { id: crate::id::CommandId::new(command), commands };
    apply(view, &group, now).unwrap();
}

#[test]
fn tp_06_a_coupon_is_granted_split_expired_and_recalled_on_the_ledger() {
    let mut view = View::new();
    let grant = granted().grant(NOW).unwrap();
    run(&mut view, 1, grant.postings, NOW);
    let part = CouponPart { points: Amount::new(200), spendable: Amount::new(500) };
    let split = grant.state.split(LotId::new(9), part, NOW).unwrap();
    run(&mut view, 2, split.postings, NOW);
    assert_eq!((split.state.parent, split.state.terms.points.units()), (Some(LotId::new(1)), 200));
    let left = |view: &View, lot: u128| view.lot(LotId::new(lot)).unwrap().remaining.units();
    assert_eq!((left(&view, 1), left(&view, 9)), (300, 200));
    assert_eq!(view.lot(LotId::new(9)).unwrap().valid_to, Some(granted().terms.valid_to));

    run(&mut view, 3, split.state.recall(Amount::new(200)).postings, NOW);
    assert_eq!((left(&view, 1), left(&view, 9)), (300, 0));

    let end = granted().terms.valid_to;
    assert!(granted().expire(Amount::new(300), end.plus_ms(-1)).is_err());
    run(&mut view, 4, granted().expire(Amount::new(300), end).unwrap().postings, end);
    assert_eq!(left(&view, 1), 0);
    assert_eq!(granted().expire(Amount::ZERO, end).unwrap().postings, []);
    assert_eq!(granted().recall(Amount::ZERO).postings, []);
}

#[test]
fn refuses_coupons_that_cannot_be() {
    let with = |change: fn(&mut CouponTerms)| {
        let mut coupon = granted();
        change(&mut coupon.terms);
        coupon
    };
    let refused = |change| with(change).grant(NOW).unwrap_err().to_string();
    assert_eq!(refused(|terms| terms.points = Amount::ZERO), "grant `0` points: a coupon has 1 to `10000000`");
    assert_eq!(refused(|terms| terms.points = Amount::new(-1)), "grant `-1` points: a coupon has 1 to `10000000`");
    assert_eq!(refused(|terms| terms.valid_to = NOW), "grant a coupon that is never valid");
    let never = |terms: &mut CouponTerms| {
        terms.conditions.product = ProductConstraint::Only(OrderForm::Plain);
        terms.conditions.goal = Some(Goal::ProductClicks);
    };
    assert_eq!(refused(never), "grant a coupon that no order can be paid with");
    let part = |points, spendable| CouponPart { points: Amount::new(points), spendable: Amount::new(spendable) };
    let split = |coupon: Coupon, part, now| coupon.split(LotId::new(9), part, now).unwrap_err().to_string();
    assert_eq!(split(with(|terms| terms.kind = CouponKind::GrowthCard), part(1, 2), NOW), "split a growth card");
    assert_eq!(split(granted(), part(500, 500), NOW), "split `500` points off a coupon with `500` to spend");
    assert_eq!(split(granted(), part(0, 500), NOW), "split `0` points off a coupon with `500` to spend");
    assert_eq!(split(granted(), part(1, 500), NOW.plus_ms(30 * DAY_MS)), "split a coupon that is not valid now");
}

#[test]
fn tp_06_a_remainder_keeps_conditions_and_expiry_or_gets_seven_days() {
    let grace_ms = Policy::default().coupon.remainder_grace_ms;
    let mut coupon = granted();
    coupon.terms.conditions = CouponConditions {
        product: ProductConstraint::Of(Product::TrafficPack),
        goal: Some(Goal::Follows),
        placement: PlacementName::parse("feed_home"),
    };
    let valid_to = coupon.terms.valid_to;
    let before = coupon.remainder(LotId::new(9), Amount::new(40), valid_to.plus_ms(-1), grace_ms);
    assert_eq!(before.terms, CouponTerms { points: Amount::new(40), ..coupon.terms.clone() });
    assert_eq!(before.parent, Some(coupon.lot));
    let after = coupon.remainder(LotId::new(9), Amount::new(40), valid_to, grace_ms);
    assert_eq!(after.terms.valid_to, valid_to.plus_ms(7 * DAY_MS));
    assert_eq!(after.terms.conditions, coupon.terms.conditions);
}

/// A coupon's lot of 100 points, in this order: remaining, held, spent, returned, expired, split out.
fn lot(parts: [i64; 6], days_left: i64) -> crate::ledger::Lot {
    let [remaining, held, spent, returned, expired, split_out] = parts.map(Amount::new);
    crate::ledger::Lot {
        id: LotId::new(1),
        account: AccountId { kind: AccountKind::Coupon, asset: Asset::Point, owner: 1 },
        origin: LotOrigin::Grant,
        face: Amount::new(parts.iter().sum()),
        remaining,
        held,
        spent,
        returned,
        expired,
        split_out,
        valid_from: NOW.plus_ms(-DAY_MS),
        valid_to: Some(NOW.plus_ms(days_left * DAY_MS)),
        on_return: LotReturn::NewLot,
    }
}

#[test]
fn tp_24_a_coupon_is_in_the_state_of_what_is_left_of_it() {
    let check = |parts: [i64; 6], days_left: i64, expected: CouponState| {
        let state = CouponState::of(&lot(parts, days_left), NOW);
        assert_eq!(state, expected, "{parts:?} with {days_left} days left");
        assert_eq!(CouponState::from_code(state.code()), Some(state));
    };
    check([100, 0, 0, 0, 0, 0], 1, CouponState::Spendable);
    check([1, 99, 0, 0, 0, 0], 1, CouponState::Spendable);
    check([0, 100, 0, 0, 0, 0], 1, CouponState::Held);
    check([0, 1, 99, 0, 0, 0], -1, CouponState::Held);
    check([0, 0, 1, 99, 0, 0], 1, CouponState::Used);
    check([0, 0, 1, 0, 99, 0], -1, CouponState::Used);
    check([0, 0, 0, 100, 0, 0], 1, CouponState::Returned);
    check([0, 0, 0, 0, 100, 0], -1, CouponState::Expired);
    check([100, 0, 0, 0, 0, 0], -1, CouponState::Expired);
    check([100, 0, 0, 0, 0, 0], 0, CouponState::Expired);
    check([0, 0, 0, 99, 1, 0], -1, CouponState::Expired);
    check([0, 0, 0, 0, 0, 100], 1, CouponState::Split);
    let early = crate::ledger::Lot { valid_from: NOW.plus_ms(1), ..lot([100, 0, 0, 0, 0, 0], 1) };
    assert_eq!(CouponState::of(&early, NOW), CouponState::Upcoming);
}

#[test]
fn codes_of_coupons_go_both_ways() {
    for line in CouponUse::ALL {
        assert_eq!(CouponUse::from_code(line.code()), Some(*line));
    }
    for constraint in ProductConstraint::ALL {
        assert_eq!(ProductConstraint::from_code(constraint.code()), Some(*constraint));
    }
}

/// Conditions as `product goal placement` against an order as `product form goal placement`, `-` for none.
#[track_caller]
fn fits(conditions: &str, order: &str, expected: Result<(), Misfit>) {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (own, order) = (words(conditions), words(order));
    let conditions = CouponConditions {
        product: ProductConstraint::from_code(&own[0]).unwrap(),
        goal: Goal::from_code(&own[1]),
        placement: PlacementName::parse(&own[2]).filter(|name| name.as_str() != "-"),
    };
    let order = PayableOrder {
        product: Product::from_code(&order[0]).unwrap(),
        form: OrderForm::from_code(&order[1]).unwrap(),
        goal: Goal::from_code(&order[2]).unwrap(),
        placement: PlacementName::parse(&order[3]).filter(|name| name.as_str() != "-"),
    };
    assert_eq!(conditions.check(&order), expected, "{conditions:?} {order:?}");
}

#[test]
fn in_09_a_coupon_pays_for_its_product_goal_and_placement_only() {
    let (product, goal, placement) = (Err(Misfit::Product), Err(Misfit::Goal), Err(Misfit::Placement));
    fits("any - -", "traffic_pack plain viewers -", Ok(()));
    fits("any - -", "quick_boost commerce purchases feed_home", Ok(()));
    fits("plain - -", "traffic_pack plain viewers -", Ok(()));
    fits("plain - -", "traffic_pack commerce viewers -", product);
    fits("commerce - -", "quick_boost commerce follows -", Ok(()));
    fits("traffic_pack - -", "traffic_pack commerce product_clicks -", Ok(()));
    fits("traffic_pack - -", "quick_boost commerce follows -", product);
    fits("quick_boost - -", "quick_boost commerce follows -", Ok(()));
    fits("quick_boost - -", "traffic_pack plain follows -", product);
    fits("any follows -", "quick_boost commerce follows -", Ok(()));
    fits("any follows -", "traffic_pack plain viewers -", goal);
    // Who may be shown everywhere is not shown in one placement alone.
    fits("any - feed_home", "traffic_pack plain viewers feed_home", Ok(()));
    fits("any - feed_home", "traffic_pack plain viewers feed_shop", placement);
    fits("any - feed_home", "traffic_pack plain viewers -", placement);
    // The first condition that is not met is told.
    fits("quick_boost follows feed_home", "traffic_pack plain viewers -", product);
    fits("any follows feed_home", "traffic_pack plain viewers -", goal);
}

#[test]
fn in_09_conditions_that_no_order_meets_are_no_conditions_of_a_coupon() {
    let can = |product: &str, goal: Option<Goal>| {
        let product = ProductConstraint::from_code(product).unwrap();
        CouponConditions { product, goal, placement: None }.can_be_met()
    };
    for constraint in ProductConstraint::ALL {
        assert!(can(constraint.code(), None));
    }
    for goal in Goal::ALL {
        assert!(can("any", Some(*goal)), "{goal}");
    }
    assert!(can("quick_boost", Some(Goal::Purchases)) && !can("traffic_pack", Some(Goal::Purchases)));
    assert!(can("commerce", Some(Goal::ProductClicks)) && !can("plain", Some(Goal::ProductClicks)));
    assert!(can("plain", Some(Goal::Interactions)) && !can("quick_boost", Some(Goal::Interactions)));
}
