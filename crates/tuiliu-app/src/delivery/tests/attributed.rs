//! What is attributed to whom, and what is no valid traffic, from report to figures.

use std::collections::BTreeMap;

use super::*;
use crate::delivery::{EventOrigin, EventRefusal, InvalidTraffic, RefusedEventPage, Replayed};
use crate::report::TrendAsk;

/// The attributed figures of an order by part.
pub(super) async fn attributed(world: &World, order: PromotionOrderId) -> BTreeMap<String, String> {
    let sums = world.app.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.attributed(order)?)).await.unwrap();
    let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for sum in sums {
        parts.entry(sum.part).or_default().push(format!("{}={}", sum.figure, sum.value));
    }
    parts.into_iter().map(|(part, figures)| (part, figures.join(" "))).collect()
}

async fn settled(world: &World, order: PromotionOrderId) -> String {
    attributed(world, order).await.remove("settled").unwrap_or_default()
}

fn natural(world: &World, id: &str, kind: EventKind, viewer: &str) -> ReportedEvent {
    ReportedEvent {
        id: id.to_owned(),
        kind: Some(kind),
        occurred_at: world.now(),
        viewer: Some(viewer.to_owned()),
        content: Some(world.room.into()),
        ..ReportedEvent::default()
    }
}

fn paid(event: ReportedEvent, purchase: &str, fen: i64) -> ReportedEvent {
    ReportedEvent { value: Some(Amount::new(fen)), purchase: Some(purchase.to_owned()), ..event }
}

async fn take(world: &World, events: Vec<ReportedEvent>) {
    let answer = world.report(events).await;
    assert!(answer.rejected.is_empty(), "{answer:?}");
    world.app.deliver_once().await;
}

#[tokio::test]
async fn at_01_what_a_touched_viewer_does_of_their_own_accord_is_attributed_to_the_last_touch() {
    let world = World::new().await;
    let first = world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    // The purchase is reported before the touch that it follows, and twice.
    world.clock.advance_ms(10_000);
    let bought = paid(natural(&world, "p1", EventKind::PurchasePaid, "ann"), "buy-1", 700);
    take(&world, vec![bought.clone()]).await;
    assert_eq!(settled(&world, first).await, "");
    take(&world, vec![event(&shown, EventKind::Click, world.now().plus_ms(-1_000)), bought]).await;
    assert_eq!(
        settled(&world, first).await,
        "gmv_fen=700 net_gmv_fen=700 net_purchases=1 payers=1 purchases=1 touched_viewers=1"
    );
    // Somebody who was never shown anything is nobody's.
    take(&world, vec![paid(natural(&world, "p2", EventKind::PurchasePaid, "ben"), "buy-2", 900)]).await;
    // A later view of another order does not take it from the click; a refund does.
    let refund = paid(natural(&world, "r1", EventKind::PurchaseRefunded, "ann"), "buy-1", 700);
    take(&world, vec![refund]).await;
    assert_eq!(
        settled(&world, first).await,
        "gmv_fen=700 payers=0 purchases=1 touched_viewers=1".replace("payers=0 ", "")
    );
}

#[tokio::test]
async fn qb_11_a_follow_that_was_taken_back_is_in_the_gross_figures_only() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    let at = world.now();
    let undo = ReportedEvent { undone: Some(EventKind::Follow), ..event(&shown, EventKind::Undo, at.plus_ms(3_000)) };
    let follow = event(&shown, EventKind::Follow, at.plus_ms(2_000));
    take(&world, vec![undo, follow, event(&shown, EventKind::Click, at)]).await;
    assert_eq!(settled(&world, order).await, "follows=1 touched_viewers=1");
}

#[tokio::test]
async fn tp_23_commerce_is_final_48_hours_after_the_broadcast_and_later_news_are_corrections() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    take(&world, vec![event(&shown, EventKind::Click, world.now())]).await;
    world.fact(world.room, RoomFact::Ended).await;
    world.clock.advance_ms(u32::try_from(47 * HOUR_MS).unwrap());
    let bought_at = world.now();
    let early = paid(natural(&world, "p1", EventKind::PurchasePaid, "ann"), "buy-1", 700);
    take(&world, vec![early]).await;
    world.clock.advance_ms(u32::try_from(2 * HOUR_MS).unwrap());
    // Bought in time and told too late; bought too late; refunded too late.
    let late = paid(natural(&world, "p2", EventKind::PurchasePaid, "ann"), "buy-2", 300);
    let too_late = paid(natural(&world, "p3", EventKind::PurchasePaid, "ann"), "buy-3", 5_000);
    let refund = paid(natural(&world, "r1", EventKind::PurchaseRefunded, "ann"), "buy-1", 200);
    take(&world, vec![ReportedEvent { occurred_at: bought_at, ..late }, too_late, refund]).await;
    let parts = attributed(&world, order).await;
    let expected = [
        ("settled", "gmv_fen=700 net_gmv_fen=700 net_purchases=1 payers=1 purchases=1 touched_viewers=1"),
        ("arrived_late", "gmv_fen=300 net_gmv_fen=300 net_purchases=1 purchases=1"),
        ("refunded", "net_gmv_fen=-200"),
    ];
    assert_eq!(parts, expected.map(|(part, figures)| (part.to_owned(), figures.to_owned())).into());
}

#[tokio::test]
async fn at_03_machines_are_counted_by_reason_and_never_charged() {
    let world = World::new().await;
    let ranges = r#"{"traffic": {"datacentres": ["192.0.2.0/24"]}}"#;
    world.app.change_policy(staff(world.tenant), 2, ranges.parse().unwrap()).await.unwrap();
    let order = world.order(Goal::Viewers).await;
    let origin = |origin: EventOrigin, shown: &Shown| -> Vec<ReportedEvent> {
        let with = |event| ReportedEvent { origin: origin.clone(), ..event };
        watched(shown, world.now()).into_iter().map(with).collect()
    };
    let agent = Some("Mozilla/5.0 HeadlessChrome/120.0".to_owned());
    let origins = [
        EventOrigin { user_agent: agent, ..EventOrigin::default() },
        EventOrigin { automated: true, ..EventOrigin::default() },
        EventOrigin { address: Some("192.0.2.7".parse().unwrap()), ..EventOrigin::default() },
        EventOrigin { prefetched: true, ..EventOrigin::default() },
        EventOrigin { rendered: Some(false), ..EventOrigin::default() },
    ];
    for (number, machine) in origins.into_iter().enumerate() {
        let shown = world.decide(&format!("machine {number}")).unwrap();
        take(&world, origin(machine, &shown)).await;
    }
    // Watched for an hour a second after the decision.
    let shown = world.decide("fast").unwrap();
    let hour = ReportedEvent { watched_ms: Some(HOUR_MS), ..event(&shown, EventKind::Watch, world.now()) };
    take(&world, vec![hour]).await;
    // The creator's own account.
    let shown = world.decide("may").unwrap();
    take(&world, watched(&shown, world.now())).await;
    assert_eq!(world.spent(order).await, Micros::ZERO);
    let mut totals = Vec::new();
    for metric in [
        "invalid_known_bot",
        "invalid_datacentre",
        "invalid_prefetch",
        "invalid_not_rendered",
        "invalid_impossible_speed",
        "invalid_own_account",
        "impressions",
    ] {
        totals.push(world.total(order, metric).await);
    }
    assert_eq!(totals, [6, 3, 3, 3, 1, 3, 0]);
    let person = EventOrigin {
        user_agent: Some("Mozilla/5.0 (iPhone) MicroMessenger/8.0".to_owned()),
        address: Some("203.0.113.9".parse().unwrap()),
        rendered: Some(true),
        ..EventOrigin::default()
    };
    let shown = world.decide("ann").unwrap();
    take(&world, origin(person, &shown)).await;
    assert_eq!(world.spent(order).await, BEAN);
}

#[tokio::test]
async fn at_03_nothing_that_tells_who_it_was_is_kept_of_an_origin() {
    let world = World::new().await;
    world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    let origin = EventOrigin {
        user_agent: Some("Mozilla/5.0 curl/8".to_owned()),
        address: Some("203.0.113.9".parse().unwrap()),
        ..EventOrigin::default()
    };
    world.report(vec![ReportedEvent { origin, ..event(&shown, EventKind::Click, world.now()) }]).await;
    let batches = world.app.read(|_, tx| Ok::<_, CommandError<Infallible>>(tx.events_after(0, 10)?)).await.unwrap();
    let body = String::from_utf8(batches[0].body.clone()).unwrap();
    assert!(body.contains("known_bot") && !body.contains("curl") && !body.contains("203.0"), "{body}");
}

#[tokio::test]
async fn at_03_a_view_that_repeats_one_within_half_an_hour_is_charged_to_nobody() {
    let world = World::new().await;
    let first = world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    take(&world, watched(&shown, world.now())).await;
    let winner = shown.order;
    // Another order for the same room shows it to the same viewer.
    let second = world.order(Goal::Viewers).await;
    world.clock.advance_ms(u32::try_from(10 * MINUTE_MS).unwrap());
    let mut again = None;
    for _ in 0..8 {
        let shown = world.decide("ann").unwrap();
        take(&world, watched(&shown, world.now())).await;
        if shown.order != winner {
            again = Some(shown);
            break;
        }
    }
    let spent = [world.spent(first).await, world.spent(second).await];
    assert_eq!(spent.iter().filter(|spent| **spent == BEAN).count(), 1, "{spent:?}");
    let repeats = [world.total(first, "invalid_repeat_view").await, world.total(second, "invalid_repeat_view").await];
    assert!(repeats.iter().sum::<i64>() >= 1, "{repeats:?}");
    // Watching is watching, and half an hour later it is a view of its own.
    assert!(world.total(winner, "watch_ms").await >= 6_000);
    if let Some(shown) = again {
        world.clock.advance_ms(u32::try_from(31 * MINUTE_MS).unwrap());
        let later = ReportedEvent {
            id: "later".to_owned(),
            watched_ms: Some(6_000),
            ..event(&shown, EventKind::Watch, world.now())
        };
        take(&world, vec![later]).await;
        assert_eq!([world.spent(first).await, world.spent(second).await], [BEAN, BEAN]);
    }
}

#[tokio::test]
async fn at_03_forged_tokens_are_refused_with_their_reason() {
    let world = World::new().await;
    world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    let mut forged = event(&shown, EventKind::Click, world.now());
    forged.token = forged.token.map(|token| {
        let flipped = if token.ends_with('A') { 'B' } else { 'A' };
        token[..token.len() - 6].to_owned() + &flipped.to_string() + &token[token.len() - 5..]
    });
    let answer = world.report(vec![forged]).await;
    assert_eq!(answer.rejected, [(0, EventRefusal::TokenForged)]);
}

/// Ends the room and looks back at its traffic.
async fn look_back(world: &World) {
    world.clock.advance_ms(u32::try_from(HOUR_MS).unwrap());
    world.app.inspect_traffic(10).await.unwrap();
}

/// A viewer who does more in an hour than a person can, after an effective view that was charged.
async fn busy(world: &World, viewer: &str) -> Shown {
    let shown = world.decide(viewer).unwrap();
    take(world, watched(&shown, world.now())).await;
    for page in 0..5 {
        let like = |number: usize| ReportedEvent {
            id: format!("like-{page}-{number}"),
            ..event(&shown, EventKind::Like, world.now())
        };
        take(world, (0..800).map(like).collect()).await;
    }
    shown
}

async fn beans(world: &World) -> i64 {
    let wallet = world.app.wallet(staff(world.tenant), world.creator).await.unwrap();
    wallet.beans.get() * CENTIBEANS_PER_BEAN + wallet.fraction.units()
}

#[tokio::test]
async fn at_03_what_is_found_late_is_credited_back_once() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    busy(&world, "machine").await;
    let shown = world.decide("ann").unwrap();
    take(&world, watched(&shown, world.now())).await;
    let before = beans(&world).await;
    assert_eq!(world.spent(order).await, Micros::new(2 * BEAN.get()));
    look_back(&world).await;
    // One bean came back to the wallet; it was charged and stays in the itemised ledger.
    assert_eq!(beans(&world).await, before + CENTIBEANS_PER_BEAN);
    assert_eq!(world.charges(order).await.len(), 2);
    let report =
        world.app.promotion_order_report(staff(world.tenant), order, TrendAsk::default()).await.unwrap().valid_traffic;
    assert_eq!((report.credited_charges, report.credited), (1, BEAN));
    assert_eq!(report.reasons, [(InvalidTraffic::ImpossibleRate, 1)]);
    assert_eq!(report.returned.iter().map(|(_, amount)| amount.units()).collect::<Vec<_>>(), [CENTIBEANS_PER_BEAN]);
    assert_eq!(settled(&world, order).await, "invalid_viewers=1 touched_viewers=1");
    // Looking again finds nothing new, and what the viewer does from now on is counted by reason only.
    look_back(&world).await;
    let again = event(&shown, EventKind::Comment, world.now());
    take(&world, vec![again]).await;
    assert_eq!(beans(&world).await, before + CENTIBEANS_PER_BEAN);
    world.assert_audited().await;
}

#[tokio::test]
async fn wl_05_a_credit_after_the_settlement_goes_to_the_sources_too() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    busy(&world, "machine").await;
    world.app.stop_promotion_order(staff(world.tenant), StopPromotionOrder { order }).await.unwrap();
    world.pass(31 * MINUTE_MS).await;
    assert!(world.view(order).await.order.state.is_final(), "it is settled");
    let before = beans(&world).await;
    look_back(&world).await;
    assert_eq!(beans(&world).await, before + CENTIBEANS_PER_BEAN);
    world.assert_audited().await;
}

#[tokio::test]
async fn at_03_an_invalid_viewer_is_charged_for_nothing_more() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let machine = busy(&world, "machine").await;
    look_back(&world).await;
    let second = world.order(Goal::Interactions).await;
    let shown = world.decide("machine").map_or(machine, |shown| shown);
    take(&world, vec![event(&shown, EventKind::Comment, world.now())]).await;
    assert_eq!([world.spent(order).await, world.spent(second).await], [BEAN, Micros::ZERO]);
    let counted =
        [world.total(order, "invalid_impossible_rate").await, world.total(second, "invalid_impossible_rate").await];
    assert_eq!(counted.iter().sum::<i64>(), 2, "{counted:?}");
}

#[tokio::test]
async fn at_07_figures_are_made_anew_when_the_end_of_the_broadcast_is_known() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    take(&world, vec![event(&shown, EventKind::Click, world.now())]).await;
    world.clock.advance_ms(60_000);
    let ended_at = world.now();
    world.clock.advance_ms(60_000);
    // A share that seems to be within the session, until it is known that the broadcast had ended.
    take(&world, vec![event(&shown, EventKind::Share, world.now())]).await;
    assert_eq!(settled(&world, order).await, "shares=1 touched_viewers=1");
    let fact = RecordRoomFact { room: world.room, fact: RoomFact::Ended, at: ended_at };
    world.app.record_room_fact(staff(world.tenant), fact).await.unwrap();
    look_back(&world).await;
    assert_eq!(settled(&world, order).await, "touched_viewers=1");
}

#[tokio::test]
async fn refused_events_are_kept_without_the_viewer_and_taken_again_once() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    take(&world, vec![event(&shown, EventKind::Click, world.now())]).await;
    let bought = paid(natural(&world, "p1", EventKind::PurchasePaid, "ann"), "buy-1", 700);
    world.fact(world.room, RoomFact::Ended).await;
    // A purchase that is reported eight days late, and one that nobody may report.
    world.clock.advance_ms(u32::try_from(8 * DAY_MS).unwrap());
    let browser = Reporter { money_allowed: false, ..reporter(world.tenant) };
    let answer = world.report(vec![bought.clone()]).await;
    assert_eq!(answer.rejected, [(0, EventRefusal::TooOld)]);
    let recent = ReportedEvent { id: "p2".to_owned(), occurred_at: world.now(), ..bought.clone() };
    world.app.report_events(browser, vec![recent]).await.unwrap();
    let list = |reason: Option<&str>| RefusedEventPage { reason: reason.map(str::to_owned), before: None, limit: 10 };
    let all = world.app.refused_events(staff(world.tenant), list(None)).await.unwrap();
    let reasons: Vec<&str> = all.iter().map(|event| event.reason.as_str()).collect();
    assert_eq!(reasons, ["event.money_not_allowed", "event.too_old"]);
    let old = world.app.refused_events(staff(world.tenant), list(Some("event.too_old"))).await.unwrap().remove(0);
    assert_eq!((old.event_id.as_str(), old.kind), ("p1", Some(EventKind::PurchasePaid)));
    let command = ReplayEvents { events: vec![old.id, all[0].id, tuiliu_domain::id::EventId::new(9)] };
    for expected in [Replayed::Taken, Replayed::TakenBefore] {
        let (actor, command) = (staff(world.tenant), command.clone());
        let answers = world.app.write(move |shell, tx| shell.replay_events(tx, &actor, &command)).await.unwrap();
        let outcomes: Vec<Replayed> = answers.into_iter().map(|(_, outcome)| outcome).collect();
        assert_eq!(outcomes, [expected, Replayed::Refused(EventRefusal::MoneyNotAllowed), Replayed::Missing]);
    }
    // What was settled stays; the purchase is a correction.
    world.app.deliver_once().await;
    let parts = attributed(&world, order).await;
    assert_eq!(parts["arrived_late"], "gmv_fen=700 net_gmv_fen=700 net_purchases=1 payers=1 purchases=1");
    let report =
        world.app.promotion_order_report(staff(world.tenant), order, TrendAsk::default()).await.unwrap().attributed;
    let of = |figures: &AttributedFigures| {
        figures.iter().find(|(figure, _)| *figure == "purchases").map(|(_, value)| *value)
    };
    assert_eq!((report.settled.as_ref().and_then(of), of(&report.now)), (Some(0), Some(1)));
    assert_eq!(report.changes.len(), 1);
}
