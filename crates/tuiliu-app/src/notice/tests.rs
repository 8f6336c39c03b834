use std::collections::BTreeSet;

use expect_test::{expect, expect_file};
use tuiliu_domain::appeal::{AppealState, AppealSubject};
use tuiliu_domain::calendar::Calendar;
use tuiliu_domain::coupon::{CouponKind, SourceKind, SourcePlan};
use tuiliu_domain::guarantee::{Decision, FreezeCause};
use tuiliu_domain::id::{
    AppealId, CreatorVideoId, GuaranteeOrderId, GuaranteeServiceId, HoldId, IncentiveApplicationId, IncentiveMeasureId,
    IncentiveRewardId, LotId, PartyId, PaymentId, PaymentRefundId, PromotionOrderId, RoomId, VideoId, WithdrawalId,
};
use tuiliu_domain::incentive::{AbuseReason, ApplicationState};
use tuiliu_domain::money::Beans;
use tuiliu_domain::promotion::{Bidding, ClosedBy, CompletedBy, Goal, InvalidReason, ReviewStage, StopCause};
use tuiliu_domain::review::{ReasonCode, Verdict};
use tuiliu_domain::webhook::WebhookEventType;

use super::*;

const AT: Timestamp = Timestamp::from_ms(1_795_163_462_120);

fn order_events() -> Vec<Event> {
    let (order, room, payer) = (PromotionOrderId::new(1), RoomId::new(2), PartyId::new(3));
    let plan = SourcePlan {
        lot: LotId::new(4),
        kind: SourceKind::PaidBeans,
        amount: Amount::new(100),
        unit_worth: Micros::new(10_000),
    };
    let sources = vec![OrderSource { hold: HoldId::new(5), plan }];
    let rule = GuardRule {
        first: GuardCondition::SpendAbove(Micros::new(7)),
        second: Some((Joint::Or, GuardCondition::IdleLongerThan { ms: 8 })),
    };
    let settled = SourceSettled {
        hold: HoldId::new(5),
        lot: LotId::new(4),
        kind: SourceKind::PaidBeans,
        paid: Amount::new(100),
        used: Amount::new(60),
        returned: Amount::new(40),
        burnt: Amount::ZERO,
    };
    let reasons = vec![Reason::new(ReasonCode::BlockedWord, "全网最低价".to_owned())];
    let price = Beans::from(9);
    vec![
        Event::OrderPlaced {
            order,
            content: room.into(),
            payer,
            goal: Goal::Viewers,
            currency: Asset::Bean,
            budget: price,
            close_at: AT,
        },
        Event::OrderPaid { order, payer, currency: Asset::Bean, price, sources: sources.clone() },
        Event::OrderToppedUp { order, currency: Asset::Bean, price, duration_ms: 10, sources },
        Event::OrderClosed { order, by: ClosedBy::Timeout },
        Event::OrderReviewed { order, stage: Some(ReviewStage::Start), verdict: Verdict::Reject(reasons.clone()) },
        Event::OrderReserved { order, expires_at: AT },
        Event::ReservationExpired { order },
        Event::ReservationInvalidated { order, reason: InvalidReason::CartMissing },
        Event::DeliveryStarted { order, content: room.into(), ends_at: AT },
        Event::DeliveryPaused { order, reasons: PauseReasons { interrupted: true, re_review: false } },
        Event::BidChanged { order, bidding: Bidding::Manual { bid: Micros::new(7) } },
        Event::GuaranteePaid { order, payer, amount: Amount::new(9) },
        Event::DeliveryResumed { order },
        Event::BudgetExhausted { order },
        Event::GuardRuleFired { order, rule },
        Event::DeliveryEnded { order, ending: Ending::Completed(CompletedBy::Budget), deadline: AT },
        Event::OrderUndone { order, ending: Ending::Stopped(StopCause::Buyer) },
        Event::OrderSettled { order, ending: Ending::Rejected(reasons), sources: vec![settled] },
    ]
}

fn other_events() -> Vec<Event> {
    let (order, room, owner) = (PromotionOrderId::new(1), RoomId::new(2), PartyId::new(3));
    let (lot, into, points) = (LotId::new(4), LotId::new(5), Amount::new(6));
    let (party, payment, refund) = (owner, PaymentId::new(7), PaymentRefundId::new(8));
    let withdrawal = WithdrawalId::new(9);
    let (asset, amount, paid, valid_to) = (Asset::Bean, Amount::new(100), Amount::new(10), AT);
    vec![
        Event::CouponGranted { lot, owner, kind: CouponKind::TrafficCoupon, points, valid_to },
        Event::CouponSplit { from: lot, into, owner, points },
        Event::CouponReturned { order, owner, from: lot, into, points },
        Event::CouponExpiring { lot, owner, points, valid_to },
        Event::CouponExpired { lot, owner, points },
        Event::CouponRecalled { lot, owner, points },
        Event::RoomPlanned { room, creator: owner },
        Event::RoomStarted { room, at: AT },
        Event::RoomInterrupted { room, at: AT, ends_at: AT },
        Event::RoomResumed { room, at: AT },
        Event::RoomEnded { room, at: AT },
        Event::RoomCartMounted { room, at: AT },
        Event::RoomCartUnmounted { room, at: AT },
        Event::RoomContentChanged { room, at: AT, content_version: 9 },
        Event::WalletToppedUp { party, payment, asset, amount, paid },
        Event::PaymentFailed { party, payment },
        Event::PaymentExpired { party, payment },
        Event::PaymentSuspended { party, payment, expected: paid, received: amount, currency: "USD".to_owned() },
        Event::TopUpRefundRequested { party, payment, refund, asset, amount, paid },
        Event::UnspentRefundDecided { party, by: party, asset, amount, reason: "closed".to_owned() },
        Event::TopUpRefunded { party, payment, refund, paid },
        Event::TopUpRefundFailed { party, payment, refund, asset, amount },
        Event::BeansGiven { party, lot, beans: amount, valid_to: Some(AT) },
        Event::BeansExpired { party, lot, beans: amount },
        Event::WithdrawalRequested { party, withdrawal, amount },
        Event::WithdrawalApproved { party, withdrawal, by: party },
        Event::WithdrawalRefused { party, withdrawal, by: party, reason: "unknown account".to_owned() },
        Event::WithdrawalPaid { party, withdrawal, amount },
        Event::WithdrawalFailed { party, withdrawal, amount },
        Event::WalletLow { party, asset, left: amount },
        Event::WalletFrozen { party },
        Event::WalletUnfrozen { party },
    ]
}

fn guarantee_events() -> Vec<Event> {
    let (service, order, video) = (GuaranteeServiceId::new(1), GuaranteeOrderId::new(2), CreatorVideoId::new(3));
    let (buyer, creator, fee, plays) = (PartyId::new(4), PartyId::new(5), Amount::new(200_000), 900_000);
    let promised = Calendar::mainland().promise(AT, 7);
    vec![
        Event::GuaranteePlaced { service, order, buyer, creator, fee, expected_plays: 1_000_000, lapses_at: AT },
        Event::GuaranteeStarted { service, video, published_at: AT, ends_at: AT },
        Event::GuaranteeFrozen { service, cause: FreezeCause::Hidden },
        Event::GuaranteeDecided { service, decision: Decision::Resume },
        Event::GuaranteeSucceeded { service, plays },
        Event::GuaranteeCompensated { service, plays, compensation: Amount::new(120_000), promised },
        Event::GuaranteeLapsed { service, refund: fee, promised },
        Event::GuaranteeVoided { service, refund: fee, promised },
        Event::GuaranteeRefunded { service, buyer, amount: fee },
    ]
}

fn account_events() -> Vec<Event> {
    let (video, creator, party) = (VideoId::new(1), PartyId::new(3), PartyId::new(3));
    let (measure, appeal, subject) = (IncentiveMeasureId::new(2), AppealId::new(4), AppealSubject::RejectedOrder);
    let (application, reward) = (IncentiveApplicationId::new(5), IncentiveRewardId::new(6));
    vec![
        Event::VideoRegistered { video, creator },
        Event::VideoPublished { video, at: AT },
        Event::VideoRemoved { video, at: AT },
        Event::VideoContentChanged { video, content_version: 9 },
        Event::IncentiveApplicationDecided { application, party, state: ApplicationState::Approved },
        Event::IncentiveRewarded { reward, party, points: 500, coupons: 1 },
        Event::IncentiveMeasureTaken { measure, party, reason: AbuseReason::Script },
        Event::IncentiveMeasureLifted { measure, party },
        Event::AppealFiled { appeal, party, subject },
        Event::AppealDecided { appeal, party, subject, state: AppealState::Granted },
    ]
}

fn events() -> Vec<Event> {
    [order_events(), other_events(), guarantee_events(), account_events()].concat()
}

/// The guide's list of what endpoints are told, each with an example.
#[test]
fn ac_04_the_guide_lists_every_type_with_an_example() {
    let mut guide = String::from(
        "# Events of webhooks\n\nGenerated from the code; a test fails when it is stale. How they come is \
         [in the guide](integrator.md#webhooks).\n",
    );
    let told: Vec<Notice> = events().iter().map(|event| notice(TenantId::new(1), event, AT)).collect();
    for event_type in WebhookEventType::ALL {
        let (code, about) = (event_type.code(), event_type.about());
        let example = told.iter().find(|notice| notice.name == code);
        let example = &example.unwrap_or_else(|| panic!("`{code}` is a type and no event")).body;
        guide.push_str(&format!("\n## `{code}`\n\n{about}\n\n```json\n{example}\n```\n"));
    }
    for Notice { name, .. } in &told {
        assert!(WebhookEventType::from_code(name).is_some(), "`{name}` is an event and no type");
    }
    expect_file!["../../../../docs/webhook-events.md"].assert_eq(&guide);
}

/// The whole vocabulary of webhooks, as a subscriber meets it.
#[test]
fn every_event_has_a_body() {
    let mut told = String::new();
    let mut names = BTreeSet::new();
    for event in &events() {
        let Notice { name, subject, body, .. } = notice(TenantId::new(1), event, AT);
        assert!(names.insert(name.clone()), "`{name}` is told in two ways");
        assert!(body.contains(&subject), "{name} names its subject: {body}");
        told.push_str(&format!("{name} {}\n", body.replace("000000000000000000000", "…")));
    }
    assert_eq!(names.len(), WebhookEventType::ALL.len());
    expect![[r#"
        boost.placed {"budget_beans":9,"close_at":"2026-11-20T08:31:02.120Z","goal":"viewers","order":"po_…00001","payer":"pt_…00003","room":"room_…00002"}
        boost.paid {"order":"po_…00001","payer":"pt_…00003","price_beans":9,"sources":[{"hold":"hold_…00005","kind":"paid_beans","lot":"lot_…00004","unit_worth_micros":10000,"units":100}]}
        boost.topped_up {"duration_ms":10,"order":"po_…00001","price_beans":9,"sources":[{"hold":"hold_…00005","kind":"paid_beans","lot":"lot_…00004","unit_worth_micros":10000,"units":100}]}
        boost.closed {"by":"timeout","order":"po_…00001"}
        boost.reviewed {"order":"po_…00001","reasons":[{"code":"blocked_word","element":"title","text":"全网最低价"}],"stage":"start","verdict":"reject"}
        boost.reserved {"expires_at":"2026-11-20T08:31:02.120Z","order":"po_…00001"}
        boost.reservation_expired {"order":"po_…00001"}
        boost.reservation_invalid {"order":"po_…00001","reason":"cart_missing"}
        boost.started {"ends_at":"2026-11-20T08:31:02.120Z","order":"po_…00001","room":"room_…00002"}
        boost.paused {"interrupted":true,"order":"po_…00001","re_review":false}
        boost.bid_changed {"bid_micros":7,"order":"po_…00001"}
        boost.guarantee_paid {"order":"po_…00001","paid":{"amount":9,"currency":"CNY"},"payer":"pt_…00003"}
        boost.resumed {"order":"po_…00001"}
        boost.exhausted {"order":"po_…00001"}
        boost.guard_rule_fired {"order":"po_…00001","rule":{"first":{"kind":"spend_above","limit_micros":7},"joint":"or","second":{"kind":"idle_longer_than","ms":8}}}
        boost.ended {"ending":{"by":"budget","state":"completed"},"order":"po_…00001","settled_by":"2026-11-20T08:31:02.120Z"}
        boost.undone {"ending":{"cause":"buyer","state":"stopped"},"order":"po_…00001"}
        boost.settled {"ending":{"reasons":[{"code":"blocked_word","element":"title","text":"全网最低价"}],"state":"rejected"},"order":"po_…00001","sources":[{"burnt":0,"hold":"hold_…00005","kind":"paid_beans","lot":"lot_…00004","paid":100,"returned":40,"used":60}]}
        coupon.granted {"coupon":"lot_…00004","kind":"traffic_coupon","owner":"pt_…00003","points":6,"valid_to":"2026-11-20T08:31:02.120Z"}
        coupon.split {"coupon":"lot_…00004","into":"lot_…00005","owner":"pt_…00003","points":6}
        coupon.returned {"coupon":"lot_…00004","into":"lot_…00005","order":"po_…00001","owner":"pt_…00003","points":6}
        coupon.expiring {"coupon":"lot_…00004","owner":"pt_…00003","points":6,"valid_to":"2026-11-20T08:31:02.120Z"}
        coupon.expired {"coupon":"lot_…00004","owner":"pt_…00003","points":6}
        coupon.recalled {"coupon":"lot_…00004","owner":"pt_…00003","points":6}
        room.planned {"creator":"pt_…00003","room":"room_…00002"}
        room.live {"at":"2026-11-20T08:31:02.120Z","room":"room_…00002"}
        room.interrupted {"at":"2026-11-20T08:31:02.120Z","ends_at":"2026-11-20T08:31:02.120Z","room":"room_…00002"}
        room.resumed {"at":"2026-11-20T08:31:02.120Z","room":"room_…00002"}
        room.offline {"at":"2026-11-20T08:31:02.120Z","room":"room_…00002"}
        room.cart_mounted {"at":"2026-11-20T08:31:02.120Z","room":"room_…00002"}
        room.cart_unmounted {"at":"2026-11-20T08:31:02.120Z","room":"room_…00002"}
        room.content_changed {"at":"2026-11-20T08:31:02.120Z","content_version":9,"room":"room_…00002"}
        wallet.topped_up {"bought":{"amount":100,"currency":"BEAN"},"paid":{"amount":10,"currency":"CNY"},"party":"pt_…00003","payment":"pay_…00007"}
        wallet.payment_failed {"party":"pt_…00003","payment":"pay_…00007"}
        wallet.payment_expired {"party":"pt_…00003","payment":"pay_…00007"}
        wallet.payment_suspended {"expected":{"amount":10,"currency":"CNY"},"party":"pt_…00003","payment":"pay_…00007","received":{"amount":100,"currency":"USD"}}
        wallet.refund_requested {"given_back":{"amount":100,"currency":"BEAN"},"party":"pt_…00003","payment":"pay_…00007","refund":"prf_…00008","refunded":{"amount":10,"currency":"CNY"}}
        wallet.unspent_refund_decided {"amount":{"amount":100,"currency":"BEAN"},"by":"pt_…00003","party":"pt_…00003","reason":"closed"}
        refund.succeeded {"party":"pt_…00003","payment":"pay_…00007","refund":"prf_…00008","refunded":{"amount":10,"currency":"CNY"}}
        wallet.refund_failed {"back_in_wallet":{"amount":100,"currency":"BEAN"},"party":"pt_…00003","payment":"pay_…00007","refund":"prf_…00008"}
        wallet.beans_given {"given":{"amount":100,"currency":"BEAN"},"lot":"lot_…00004","party":"pt_…00003","valid_to":"2026-11-20T08:31:02.120Z"}
        wallet.beans_expired {"expired":{"amount":100,"currency":"BEAN"},"lot":"lot_…00004","party":"pt_…00003"}
        wallet.withdrawal_requested {"amount":{"amount":100,"currency":"CNY"},"party":"pt_…00003","withdrawal":"wdr_…00009"}
        wallet.withdrawal_approved {"by":"pt_…00003","party":"pt_…00003","withdrawal":"wdr_…00009"}
        wallet.withdrawal_refused {"by":"pt_…00003","party":"pt_…00003","reason":"unknown account","withdrawal":"wdr_…00009"}
        wallet.withdrawal_paid {"amount":{"amount":100,"currency":"CNY"},"party":"pt_…00003","withdrawal":"wdr_…00009"}
        wallet.withdrawal_failed {"amount":{"amount":100,"currency":"CNY"},"party":"pt_…00003","withdrawal":"wdr_…00009"}
        wallet.low {"left":{"amount":100,"currency":"BEAN"},"party":"pt_…00003"}
        wallet.frozen {"party":"pt_…00003"}
        wallet.unfrozen {"party":"pt_…00003"}
        guarantee.placed {"buyer":"pt_…00004","creator":"pt_…00005","expected_plays":1000000,"fee":{"amount":200000,"currency":"CNY"},"lapses_at":"2026-11-20T08:31:02.120Z","order":"go_…00002","service":"gs_…00001"}
        guarantee.started {"ends_at":"2026-11-20T08:31:02.120Z","published_at":"2026-11-20T08:31:02.120Z","service":"gs_…00001","video":"cv_…00003"}
        guarantee.frozen {"cause":"hidden","service":"gs_…00001"}
        guarantee.decided {"decision":"resume","service":"gs_…00001"}
        guarantee.succeeded {"plays":900000,"service":"gs_…00001"}
        guarantee.compensated {"plays":900000,"refund":{"amount":{"amount":120000,"currency":"CNY"},"calendar":"announced","promised_by":"2026-12-01"},"service":"gs_…00001"}
        guarantee.lapsed {"refund":{"amount":{"amount":200000,"currency":"CNY"},"calendar":"announced","promised_by":"2026-12-01"},"service":"gs_…00001"}
        guarantee.voided {"refund":{"amount":{"amount":200000,"currency":"CNY"},"calendar":"announced","promised_by":"2026-12-01"},"service":"gs_…00001"}
        guarantee.refunded {"buyer":"pt_…00004","refunded":{"amount":200000,"currency":"CNY"},"service":"gs_…00001"}
        video.registered {"creator":"pt_…00003","video":"vid_…00001"}
        video.published {"at":"2026-11-20T08:31:02.120Z","video":"vid_…00001"}
        video.removed {"at":"2026-11-20T08:31:02.120Z","video":"vid_…00001"}
        video.content_changed {"content_version":9,"video":"vid_…00001"}
        incentive.application_decided {"application":"iap_…00005","party":"pt_…00003","state":"approved"}
        incentive.rewarded {"coupons":1,"party":"pt_…00003","points":500,"reward":"irw_…00006"}
        incentive.measure_taken {"measure":"ims_…00002","party":"pt_…00003","reason":"script"}
        incentive.measure_lifted {"measure":"ims_…00002","party":"pt_…00003"}
        appeal.filed {"appeal":"apl_…00004","party":"pt_…00003","subject":"rejected_order"}
        appeal.decided {"appeal":"apl_…00004","party":"pt_…00003","state":"granted","subject":"rejected_order"}
    "#]].assert_eq(&told);
}

#[test]
fn times_are_utc_with_milliseconds() {
    assert_eq!(time_text(AT), "2026-11-20T08:31:02.120Z");
    assert_eq!(time_text(Timestamp::from_ms(i64::MAX)), "9999-12-30T22:00:00.000Z");
    assert_eq!(time_text(Timestamp::from_ms(-1)), "1970-01-01T00:00:00.000Z");
}
