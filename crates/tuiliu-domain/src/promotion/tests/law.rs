//! Laws over any sequence of happenings: what is final stays, every path ends, and value is never made or lost.

use proptest::prelude::*;

use super::*;

/// Something that may happen to an order or its room; what cannot happen now is refused and changes nothing.
#[derive(Debug, Clone, Copy)]
enum Happening {
    HoldCoupon,
    Pay,
    PayWithCard,
    CloseUnpaid,
    Cancel,
    Pass,
    Reject,
    Escalate,
    Fact(u8),
    Follow,
    ExpireReservation,
    Exhaust,
    EndDuration,
    Stop,
    TopUp,
    Spend(i64),
    Settle,
    Wait(i64),
}

fn any_happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    prop_oneof![
        1 => Just(HoldCoupon),
        4 => Just(Pay),
        1 => Just(PayWithCard),
        1 => Just(CloseUnpaid),
        1 => Just(Cancel),
        6 => Just(Pass),
        1 => Just(Reject),
        1 => Just(Escalate),
        6 => (0_u8..7).prop_map(Fact),
        6 => Just(Follow),
        1 => Just(ExpireReservation),
        1 => Just(Exhaust),
        1 => Just(EndDuration),
        1 => Just(Stop),
        2 => Just(TopUp),
        3 => (1_i64..400_000_000).prop_map(Spend),
        2 => Just(Settle),
        2 => (1_i64..HOUR_MS).prop_map(Wait),
        1 => (HOUR_MS..50 * HOUR_MS).prop_map(Wait),
    ]
}

fn fact(story: &mut Story, number: u8) {
    let content = RoomContent { title: format!("bread number {number}"), ..story.room.content.clone() };
    let facts = [
        RoomFact::Started,
        RoomFact::Interrupted,
        RoomFact::Resumed,
        RoomFact::Ended,
        RoomFact::CartMounted,
        RoomFact::CartUnmounted,
        RoomFact::ContentChanged(content),
    ];
    story.wait(1);
    let report = RoomReport { fact: facts[usize::from(number)].clone(), at: story.now };
    if let Ok(outcome) = story.room.clone().record(report, story.now) {
        story.room = outcome.state;
    }
}

fn outcome_of(story: &Story, order: PromotionOrder, happening: Happening) -> Option<Outcome<PromotionOrder>> {
    let (content, room, now) = (story.content(), &story.room, story.now);
    let version = room.content_version;
    let plan =
        |top_up, choice: &CouponChoice| plan_payment(&order.payment_rules(top_up), &story.funds(), choice, now).ok();
    match happening {
        Happening::HoldCoupon => {
            let plans = plan(None, &CouponChoice::Automatic)?;
            let coupons = plans.into_iter().filter(|plan| plan.kind.is_coupon()).collect();
            order.hold_sources(coupons, now).ok()
        }
        Happening::Pay => {
            let plans = plan(None, &CouponChoice::Automatic)?;
            order.pay(plans, &content, now).ok()
        }
        Happening::PayWithCard => {
            let plans = plan(None, &CouponChoice::These(vec![CARD]))?;
            order.pay(plans, &content, now).ok()
        }
        Happening::CloseUnpaid => order.close_unpaid(now).ok(),
        Happening::Cancel => order.cancel(now).ok(),
        Happening::Pass => order.review(Verdict::Pass, version, &content, now).ok(),
        Happening::Reject => order.review(rejection(), version, &content, now).ok(),
        Happening::Escalate => order.review(Verdict::Escalate(Vec::new()), version, &content, now).ok(),
        Happening::Follow => Some(order.follow_room(room, now)),
        Happening::ExpireReservation => order.expire_reservation(room, now).ok(),
        Happening::Exhaust => order.exhaust(now).ok(),
        Happening::EndDuration => order.end_duration(now).ok(),
        Happening::Stop => order.stop(StopCause::Buyer, now).ok(),
        Happening::TopUp => {
            let price = Beans::from(200);
            let plans = plan(Some(price), &CouponChoice::Automatic)?;
            order.top_up(TopUp { price, duration_ms: HOUR_MS, plans }, now).ok()
        }
        Happening::Settle => {
            story.view.escrow(order.id)?;
            story.settled(order).ok()
        }
        Happening::Fact(_) | Happening::Spend(_) | Happening::Wait(_) => None,
    }
}

/// Lets something happen; whether the order changed.
fn happen(story: &mut Story, order: &mut PromotionOrder, happening: Happening) -> bool {
    match happening {
        Happening::Fact(number) => fact(story, number),
        Happening::Wait(ms) => story.wait(ms),
        Happening::Spend(micros) => {
            let free = story.view.escrow(order.id).map_or(0, |escrow| escrow.free().unwrap().get());
            if order.state.is_delivering() && micros <= free {
                story.spend(order, micros);
            }
        }
        _ => {
            let Some(outcome) = outcome_of(story, order.clone(), happening) else { return false };
            let changed = outcome.state != *order;
            assert!(changed || outcome.postings.is_empty(), "what does not change posts nothing");
            *order = story.save(outcome);
            return changed;
        }
    }
    false
}

const EVERYTHING: &[Happening] = &[
    Happening::HoldCoupon,
    Happening::Pay,
    Happening::PayWithCard,
    Happening::CloseUnpaid,
    Happening::Cancel,
    Happening::Pass,
    Happening::Reject,
    Happening::Escalate,
    Happening::Follow,
    Happening::ExpireReservation,
    Happening::Exhaust,
    Happening::EndDuration,
    Happening::Stop,
    Happening::TopUp,
    Happening::Settle,
];

/// Worth of everything in the wallet and used by the order, in 1/100 bean and points.
fn total(story: &Story) -> [i64; 2] {
    let of = |asset: Asset| {
        let lots = story.view.lots().filter(|lot| lot.account.asset == asset);
        lots.map(|lot| lot.remaining.units() + lot.held.units() + lot.spent.units() + lot.expired.units()).sum()
    };
    [of(Asset::Bean), of(Asset::Point)]
}

fn check_settlement(story: &Story, order: &PromotionOrder) {
    for hold in story.view.holds_of(order.id) {
        assert_eq!(hold.remaining().unwrap(), Amount::ZERO, "nothing stays held by an order that is over");
    }
    let Some(Event::OrderSettled { sources, .. }) =
        story.told.iter().find(|event| matches!(event, Event::OrderSettled { .. }))
    else {
        let untouched = |lot: &&LotId| story.view.lot(**lot).unwrap().spent == Amount::ZERO;
        assert_eq!([COUPON, CARD, GIFT, PAID].iter().filter(untouched).count(), 4, "what never ran uses nothing");
        return;
    };
    assert_eq!(sources.len(), order.sources.len());
    for (source, settled) in order.sources.iter().zip(sources) {
        let sum = settled.used.plus(settled.returned).unwrap().plus(settled.burnt).unwrap();
        assert_eq!(sum, settled.paid, "used + returned + burnt = paid, per source");
        let hold = story.view.hold(source.hold).unwrap();
        assert_eq!((hold.captured, hold.amount), (settled.used, settled.paid), "as the ledger has it");
    }
}

/// Does what time, people and the room would do in the end.
fn bring_to_an_end(story: &mut Story, order: &mut PromotionOrder) {
    for _ in 0..8 {
        if order.state.is_final() {
            return;
        }
        if let Some((at, _)) = order.due_at() {
            story.now = story.now.max(at);
        }
        let next = [
            Happening::CloseUnpaid,
            Happening::ExpireReservation,
            Happening::EndDuration,
            Happening::Settle,
            Happening::Follow,
            Happening::Pass,
        ];
        for happening in next {
            if happen(story, order, happening) {
                break;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_sequence_of_happenings_keeps_the_laws(
        previous in prop::sample::select(vec![Some(false), Some(true)]),
        starts in prop::bool::ANY,
        happenings in prop::collection::vec(any_happening(), 0..40),
    ) {
        let mut story = Story::planned(previous);
        if previous == Some(true) {
            fact(&mut story, 4);
        }
        if starts {
            fact(&mut story, 0);
        }
        let mut order = story.place(5000);
        let before = total(&story);
        for happening in happenings {
            let was_final = order.state.is_final();
            let state = order.state.clone();
            let changed = happen(&mut story, &mut order, happening);
            prop_assert!(!(was_final && changed), "{happening:?} changed an order that is {}", state.name());
            prop_assert_eq!(total(&story), before, "value is neither made nor lost");
            if let Some(escrow) = story.view.escrow(order.id) {
                let worth: i64 = order.sources.iter().map(|source| source.plan.worth().unwrap().get()).sum();
                prop_assert_eq!(escrow.budget.get(), worth, "the escrow is what the order was paid with");
                let paid = !order.payments.is_empty();
                prop_assert!(!paid || escrow.budget == order.budget.micros());
            }
            prop_assert!(OrderState::NAMES.contains(&order.state.name()));
        }
        bring_to_an_end(&mut story, &mut order);
        prop_assert!(order.state.is_final(), "stuck in {:?}", order.state);
        check_settlement(&story, &order);
        for happening in EVERYTHING {
            prop_assert!(!happen(&mut story, &mut order.clone(), *happening), "{happening:?} after {:?}", order.state);
        }
    }
}

#[test]
fn tp_20_every_state_has_its_name() {
    let distinct: std::collections::BTreeSet<_> = OrderState::NAMES.iter().collect();
    assert_eq!(distinct.len(), OrderState::NAMES.len());
    for goal in Goal::ALL {
        assert_eq!(Goal::from_code(goal.code()), Some(*goal));
    }
    for form in OrderForm::ALL {
        assert_eq!(OrderForm::from_code(form.code()), Some(*form));
    }
}
