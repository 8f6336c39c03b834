use tuiliu_domain::coupon::{SourceKind, SourcePlan};
use tuiliu_domain::id::{HoldId, LotId, ReviewId, RoomId, VideoId};
use tuiliu_domain::live::{Room, RoomContent, RoomFact, RoomPlan, RoomReport};
use tuiliu_domain::money::{Amount, Beans, Micros};
use tuiliu_domain::policy::{HoldoutFacts, Policy};
use tuiliu_domain::promise::PromiseRule;
use tuiliu_domain::promotion::{
    BidChange, Bidding, ChargedBy, ClosedBy, CompletedBy, Content, Desk, Ending, GuardCondition, GuardRule,
    InvalidReason, Joint, OrderDraft, OrderGuarantee, OrderPayment, OrderSource, OrderState, PauseReasons, ReviewStage,
    StopCause, place,
};
use tuiliu_domain::review::{Reason, ReasonCode, Verdict, Visibility};

use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn room() -> Room {
    let plan = RoomPlan {
        id: RoomId::new(5),
        tenant: OURS,
        creator: MAY,
        external_id: "r5".to_owned(),
        content: RoomContent {
            title: "面包直播间".to_owned(),
            category: "bakery".to_owned(),
            visibility: Visibility::Public,
        },
        previous_had_cart: None,
    };
    let room = Room::plan(plan, &Policy::default().room, at(1)).unwrap().state;
    room.record(RoomReport { fact: RoomFact::Started, at: at(2) }, at(2)).unwrap().state
}

fn order(id: u128) -> PromotionOrder {
    let draft = OrderDraft {
        placement: None,
        id: PromotionOrderId::new(id),
        tenant: OURS,
        payer: MAY,
        product: Product::TrafficPack,
        desk: Desk::Pro,
        charged_by: ChargedBy::Goal,
        goal: Goal::Viewers,
        audience: Some("and(gender:female,not(segment:visited))".parse().unwrap()),
        bidding: Bidding::Automatic,
        budget: Beans::from(500),
        duration_ms: 3_600_000,
        guard_rules: vec![GuardRule {
            first: GuardCondition::SpendAbove(Micros::new(9)),
            second: Some((Joint::Or, GuardCondition::IdleLongerThan { ms: 7 })),
        }],
        again_of: Some(PromotionOrderId::new(99)),
        holdout: HoldoutFacts { viewers_paid: 5_000, ..HoldoutFacts::default() },
    };
    let placed = place(draft, &Content::Room(room()), &Policy::default(), at(3)).unwrap().state;
    let plan = SourcePlan {
        lot: LotId::new(21),
        kind: SourceKind::TrafficCoupon,
        amount: Amount::new(100),
        unit_worth: Micros::new(1_000_000),
    };
    PromotionOrder {
        sources: vec![OrderSource { hold: HoldId::new(31), plan }],
        payments: vec![OrderPayment { at: at(4), price: Beans::from(500), duration_ms: 3_600_000, sources: 1 }],
        reviewed_content: Some(1),
        guarantee: Some(OrderGuarantee { rule: PromiseRule::COST, closed: None }),
        delivery_started_at: Some(at(5)),
        bids: vec![BidChange { at: at(3), promised: 9 }],
        ..placed
    }
}

/// One of every state, and of everything that a state can hold.
fn states() -> Vec<OrderState> {
    let reasons = vec![Reason::new(ReasonCode::BlockedWord, "含有违禁词".to_owned())];
    let settling =
        |ending| OrderState::Settling { started_at: at(1), since: at(2), settle_at: at(3), deadline: at(4), ending };
    let mut states = vec![
        OrderState::PendingPayment { close_at: at(1) },
        OrderState::Closed { at: at(1), by: ClosedBy::Timeout },
        OrderState::Closed { at: at(1), by: ClosedBy::Buyer },
        OrderState::InReview { since: at(1), stage: ReviewStage::Booking { expires_at: at(2) } },
        OrderState::InReview { since: at(1), stage: ReviewStage::Start },
        OrderState::Rejected { at: at(1), reasons: reasons.clone() },
        OrderState::Reserved { since: at(1), expires_at: at(2) },
        OrderState::ReservationExpired { at: at(1) },
        OrderState::ReservationInvalid { at: at(1), reason: InvalidReason::CartMounted },
        OrderState::ReservationInvalid { at: at(1), reason: InvalidReason::CartMissing },
        OrderState::Running { started_at: at(1), ends_at: at(2) },
        OrderState::Paused {
            started_at: at(1),
            ends_at: at(2),
            since: at(3),
            reasons: PauseReasons { interrupted: true, re_review: false },
        },
        settling(Ending::Completed(CompletedBy::Budget)),
        settling(Ending::RoomEnded),
        settling(Ending::Rejected(reasons)),
        OrderState::Completed { at: at(1), by: CompletedBy::Duration },
        OrderState::RoomEnded { at: at(1) },
    ];
    for cause in [StopCause::Buyer, StopCause::Operator, StopCause::GuardRule, StopCause::CartMounted] {
        states.push(settling(Ending::Stopped(cause)));
        states.push(OrderState::Stopped { at: at(1), cause });
    }
    states
}

#[test]
fn an_order_comes_back_as_it_was_in_every_state() {
    on_both(|store| {
        store.write_now::<_, StoreError>(|tx| tx.insert_promotion_order(&order(1))).unwrap();
        for (version, state) in (0..).zip(states()) {
            let order = PromotionOrder { state, version, ..order(1) };
            let written = order.clone();
            let read = store
                .write_now::<_, StoreError>(move |tx| {
                    tx.update_promotion_order(&written)?;
                    tx.promotion_order(written.id)
                })
                .unwrap();
            assert_eq!(read, Some(PromotionOrder { version: version + 1, ..order }));
        }
        let stale = store.write_now::<_, StoreError>(|tx| tx.update_promotion_order(&order(1)));
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
    });
}

#[test]
fn dl_04_however_an_order_bids_it_comes_back_so() {
    on_both(|store| {
        let price = Micros::new(1_500_000);
        let kinds = [Bidding::Automatic, Bidding::Manual { bid: price }, Bidding::CostCap { cost_max: price }];
        for (id, bidding) in (1..).zip(kinds) {
            let written = PromotionOrder { bidding, ..order(id) };
            let id = written.id;
            let read = store.write_now::<_, StoreError>(move |tx| {
                tx.insert_promotion_order(&written)?;
                tx.promotion_order(id)
            });
            assert_eq!(read.unwrap().map(|order| order.bidding), Some(bidding));
        }
    });
}

#[test]
fn a_row_from_before_cost_caps_is_read_and_one_with_both_is_not() {
    let order = PromotionOrder { bidding: Bidding::Manual { bid: Micros::new(7) }, ..order(1) };
    let mut row = serde_json::to_value(StoredBody::from(&order)).unwrap();
    let bidding = |row: &serde_json::Value| serde_json::from_value::<StoredBody>(row.clone()).unwrap().read_bidding();
    row.as_object_mut().unwrap().remove("cost_cap");
    assert_eq!(bidding(&row), Ok(order.bidding));
    row["cost_cap"] = 8.into();
    assert_eq!(bidding(&row), Err("more than one of a bid, a cost cap and a goal".to_owned()));
}

fn ids(orders: &[PromotionOrder]) -> Vec<u128> {
    orders.iter().map(|order| order.id.value()).collect()
}

#[test]
fn orders_are_listed_by_state_time_room_payer_and_tenant() {
    on_both(|store| {
        let running = OrderState::Running { started_at: at(1), ends_at: at(50) };
        let ended = OrderState::Completed { at: at(40), by: CompletedBy::Budget };
        let orders = [
            order(1),
            PromotionOrder { state: running, ..order(2) },
            PromotionOrder { state: ended, ..order(3) },
            PromotionOrder {
                tenant: TenantId::new(2),
                payer: PartyId::new(77),
                content: ContentId::Video(VideoId::new(8)),
                ..order(4)
            },
        ];
        store
            .write_now::<_, StoreError>(move |tx| orders.iter().try_for_each(|order| tx.insert_promotion_order(order)))
            .unwrap();
        let page = OrderPage { before: None, limit: 10 };
        store
            .read_now::<_, StoreError>(move |tx| {
                assert_eq!(ids(&tx.delivering_promotion_orders()?), [2]);
                assert_eq!(ids(&tx.promotion_orders_in_state(OURS, "pending_payment", None, 9)?), [1]);
                assert_eq!(ids(&tx.due_promotion_orders(at(50), 9)?), [2]);
                assert_eq!(ids(&tx.promotion_orders_for(ContentId::Room(RoomId::new(5)))?), [1, 2, 3]);
                assert_eq!(ids(&tx.promotion_orders_of_room(RoomId::new(5))?), [1, 2, 3]);
                assert!(tx.due_cost_guarantees(at(6), 9)?.is_empty(), "the day has not come");
                assert_eq!(tx.due_cost_guarantees(at(1 << 40), 1)?.len(), 1);
                assert_eq!(ids(&tx.promotion_orders_of(OURS, MAY, page)?), [3, 2, 1]);
                let older = OrderPage { before: Some(PromotionOrderId::new(3)), limit: 1 };
                assert_eq!(ids(&tx.promotion_orders(OURS, older)?), [2]);
                assert_eq!(ids(&tx.promotion_orders_by_state(OURS, None, "completed", page)?), [3]);
                assert_eq!(ids(&tx.promotion_orders_by_state(OURS, Some(MAY), "running", page)?), [2]);
                assert_eq!(ids(&tx.promotion_orders_by_state(OURS, Some(PartyId::new(77)), "running", page)?), []);
                assert_eq!(ids(&tx.promotion_orders_by_state(OURS, None, "running", older)?), [2]);
                assert_eq!(ids(&tx.promotion_orders_after(Some(PromotionOrderId::new(2)), 9)?), [3, 4]);
                assert_eq!(
                    ids(&tx.ended_promotion_orders(
                        OURS,
                        (Product::TrafficPack, Goal::Viewers, OrderForm::Plain),
                        9
                    )?),
                    [3]
                );
                let counts = tx.count_promotion_orders(OURS)?;
                let counts: Vec<_> = counts.iter().map(|(state, count)| (state.as_str(), *count)).collect();
                assert_eq!(counts, [("completed", 1), ("pending_payment", 1), ("running", 1)]);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn judgements_are_kept_with_their_reasons_in_order() {
    on_both(|store| {
        let reasons = vec![Reason::new(ReasonCode::Reviewer, "画面不清".to_owned())];
        let review = |id, verdict, reviewer| ReviewRow {
            id: ReviewId::new(id),
            tenant: OURS,
            order: PromotionOrderId::new(1),
            stage: "start".to_owned(),
            content_version: 2,
            verdict,
            reviewer,
            at: at(i64::try_from(id).unwrap()),
        };
        let rows = vec![
            review(1, Verdict::Escalate(reasons.clone()), None),
            review(2, Verdict::Reject(reasons), Some(PartyId::new(12))),
            review(3, Verdict::Pass, Some(PartyId::new(12))),
        ];
        let written = rows.clone();
        let read = store
            .write_now::<_, StoreError>(move |tx| {
                written.iter().try_for_each(|row| tx.insert_review(row))?;
                tx.reviews_of(PromotionOrderId::new(1))
            })
            .unwrap();
        assert_eq!(read, rows);
    });
}
