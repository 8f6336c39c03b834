//! Whom an order won is written down in both arms, and what they did is counted alike (AT-01, DL-02).

use tuiliu_measure::lift::{LiftMetric, LiftState, LiftVersion};
use tuiliu_store::{ArmCode, ArmOutcome, ArmRow};

use super::*;

/// A platform where so many of a thousand viewers are held out.
async fn measuring(store: Store, share_permille: i64, universal_permille: i64) -> World {
    let world = World::on(store).await;
    let change = format!(
        r#"{{"holdout": {{"share_permille_min": {share_permille}, "share_permille_max": {share_permille},
            "share_permille_unknown": {share_permille}, "universal_permille": {universal_permille}}}}}"#
    );
    world.app.change_policy(staff(world.tenant), 2, change.parse().unwrap()).await.unwrap();
    world
}

impl World {
    /// What is stored of a viewer in the orders for the room.
    async fn arms_of(&self, viewer: &str) -> Vec<ArmRow> {
        let (room, hash) = (self.room, self.app.viewer_hash(self.tenant, viewer));
        self.app.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.arms_of_viewer(room, hash)?)).await.unwrap()
    }

    fn natural(&self, viewer: &str, kind: EventKind) -> ReportedEvent {
        ReportedEvent {
            id: format!("natural {viewer} {} {}", kind.code(), self.now().ms()).replace(' ', "-"),
            kind: Some(kind),
            occurred_at: self.now(),
            viewer: Some(viewer.to_owned()),
            content: Some(self.room.into()),
            value: kind.is_money().then_some(Amount::new(5_000)),
            ..ReportedEvent::default()
        }
    }
}

#[tokio::test]
async fn dl_02_a_ghost_is_not_shown_is_charged_nothing_and_written_down_like_the_served() {
    let world = measuring(memory(), 500, 0).await;
    let order = world.order(Goal::Viewers).await;
    assert_eq!(world.view(order).await.order.terms.holdout.share_millionths, 500_000);
    let (mut served, mut ghosts) = (0, 0);
    for number in 0..16 {
        let viewer = format!("viewer {number}");
        let won_at = world.now();
        let shown = world.decide(&viewer);
        world.clock.advance_ms(10);
        // A second win of the same viewer, and what nobody shall notice of it.
        assert_eq!(world.decide(&viewer).is_some(), shown.is_some(), "a viewer stays in one arm");
        world.app.deliver_once().await;
        let arms = world.arms_of(&viewer).await;
        let arm = if shown.is_some() { ArmCode::Treated } else { ArmCode::Ghost };
        assert_eq!(arms.len(), 1);
        assert_eq!((arms[0].order, arms[0].arm, arms[0].first_at), (order, arm, won_at), "the first win counts");
        assert!(arms[0].valid && arms[0].outcome == ArmOutcome::default());
        if shown.is_some() { served += 1 } else { ghosts += 1 }
    }
    assert!(served >= 4 && ghosts >= 4, "{served} {ghosts}");
    assert_eq!(world.spent(order).await, Micros::ZERO);
    world.assert_audited().await;
}

#[test]
fn at_01_what_a_viewer_does_counts_alike_in_both_arms_whatever_arrives_first() {
    on_both(|store| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let world = measuring(store, 500, 0).await;
            let order = world.order(Goal::Viewers).await;
            for number in 0..6 {
                let viewer = format!("viewer {number}");
                let early = world.natural(&viewer, EventKind::Comment);
                world.report(vec![early]).await;
                world.clock.advance_ms(1_000);
                let shown = world.decide(&viewer);
                world.clock.advance_ms(1_000);
                let mut events =
                    vec![world.natural(&viewer, EventKind::Follow), world.natural(&viewer, EventKind::PurchasePaid)];
                match &shown {
                    Some(shown) => events.extend(watched(shown, world.now())),
                    None => events.push(world.natural(&viewer, EventKind::RoomEnter)),
                }
                world.report(events).await;
                if number % 2 == 0 {
                    // The win is written before or after what followed it.
                    world.app.save_wins().await.unwrap();
                }
                world.app.fold_events().await.unwrap();
                world.app.save_wins().await.unwrap();
                let expected = ArmOutcome { viewed: 1, followed: 1, paid: 1, gmv_fen: 5_000, ..ArmOutcome::default() };
                let arms = world.arms_of(&viewer).await;
                assert_eq!(arms[0].outcome, expected, "the comment came before the first win: {viewer} {arms:?}");
                assert_eq!(arms[0].arm == ArmCode::Treated, shown.is_some());
            }
            let lift = world.app.order_lift(staff(world.tenant), order).await.unwrap();
            assert_eq!(lift.treated_viewers + lift.ghost_viewers, 6);
            assert_eq!(lift.version, LiftVersion::Running);
        });
    });
}

#[tokio::test]
async fn dl_02_orders_for_one_room_share_the_arm_and_the_share() {
    let world = measuring(memory(), 500, 0).await;
    let first = world.order(Goal::Viewers).await;
    let change = r#"{"holdout": {"share_permille_min": 50, "share_permille_max": 50, "share_permille_unknown": 50}}"#;
    world.app.change_policy(staff(world.tenant), 3, change.parse().unwrap()).await.unwrap();
    let second = world.order(Goal::Interactions).await;
    let other_room = world.room("second", "十分钟通勤妆，又一场").await;
    let share = async |order| world.view(order).await.order.terms.holdout.share_millionths;
    assert_eq!((share(first).await, share(second).await), (500_000, 500_000));
    let elsewhere = PlacePromotionOrder {
        product: Product::TrafficPack,
        content: other_room.into(),
        desk: Desk::default(),
        charged_by: ChargedBy::default(),
        payer: world.creator,
        goal: Goal::Viewers,
        placement: None,
        audience: None,
        bidding: Bidding::Automatic,
        budget: Beans::from(BUDGET),
        duration_ms: HOUR_MS,
        guard_rules: Vec::new(),
    };
    world.fact(other_room, RoomFact::Started).await;
    let elsewhere = world.app.place_promotion_order(staff(world.tenant), elsewhere).await.unwrap();
    assert_eq!(elsewhere.terms.holdout.share_millionths, 50_000);
    for number in 0..12 {
        let viewer = format!("viewer {number}");
        world.decide(&viewer);
        world.decide(&viewer);
        world.app.deliver_once().await;
        let arms: Vec<ArmCode> = world.arms_of(&viewer).await.iter().map(|row| row.arm).collect();
        assert!(arms.windows(2).all(|two| two[0] == two[1]), "{arms:?}");
    }
}

#[tokio::test]
async fn at_03_invalid_viewers_leave_whichever_arm_they_are_in() {
    let world = measuring(memory(), 500, 0).await;
    let order = world.order(Goal::Viewers).await;
    for number in 0..20 {
        if let Some(shown) = world.decide(&format!("viewer {number}")) {
            assert!(world.app.release_impression(shown.decision));
        }
    }
    world.app.deliver_once().await;
    let sizes = async || {
        let lift = world.app.order_lift(staff(world.tenant), order).await.unwrap();
        (lift.treated_viewers, lift.ghost_viewers)
    };
    let before = sizes().await;
    assert_eq!(before.0 + before.1, 20);
    for number in 0..10 {
        let (room, viewer) = (world.room, world.app.viewer_hash(world.tenant, &format!("viewer {number}")));
        let gone = world.app.write(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.invalidate_arms(room, viewer)?));
        assert_eq!(gone.await.unwrap(), 1);
        // What comes later does not bring them back.
        world.report(vec![world.natural(&format!("viewer {number}"), EventKind::Follow)]).await;
    }
    world.app.deliver_once().await;
    let after = sizes().await;
    assert_eq!(after.0 + after.1, 10);
    assert!(after.0 < before.0 && after.1 < before.1);
}

#[tokio::test]
async fn at_01_the_universal_holdout_is_in_neither_arm() {
    let world = measuring(memory(), 500, 100).await;
    let order = world.order(Goal::Viewers).await;
    for number in 0..100 {
        let viewer = format!("viewer {number}");
        if let Some(shown) = world.decide(&viewer) {
            // The price comes back, so that the budget is no limit.
            assert!(world.app.release_impression(shown.decision));
        }
    }
    world.app.deliver_once().await;
    let lift = world.app.order_lift(staff(world.tenant), order).await.unwrap();
    assert!((3..25).contains(&lift.universal_viewers), "{}", lift.universal_viewers);
    assert_eq!(lift.treated_viewers + lift.ghost_viewers + lift.universal_viewers, 100);
    assert!(!lift.lift.sample_ratio.unwrap().is_broken());
}

#[tokio::test]
async fn at_01_a_lift_is_final_when_its_window_is_over() {
    let world = measuring(memory(), 500, 0).await;
    let order = world.order(Goal::Viewers).await;
    for number in 0..60 {
        let viewer = format!("viewer {number}");
        match world.decide(&viewer) {
            Some(shown) => {
                assert!(world.app.release_impression(shown.decision));
                world.report(watched(&shown, world.now())).await;
            }
            None if number % 3 == 0 => drop(world.report(vec![world.natural(&viewer, EventKind::RoomEnter)]).await),
            None => {}
        }
    }
    world.app.deliver_once().await;
    let lift = async || world.app.order_lift(staff(world.tenant), order).await.unwrap();
    assert_eq!((lift().await.version, lift().await.final_at), (LiftVersion::Running, None));
    world.fact(world.room, RoomFact::Ended).await;
    let ended = world.now();
    assert_eq!(lift().await.final_at, Some(ended.plus_ms(2 * DAY_MS)));
    world.pass(DAY_MS).await;
    assert_eq!(lift().await.version, LiftVersion::AfterOneDay);
    world.pass(DAY_MS).await;
    let told = lift().await;
    assert_eq!(told.version, LiftVersion::Final);
    let viewers = told.lift.metrics.iter().find(|told| told.metric == LiftMetric::Viewers).unwrap();
    assert_eq!(viewers.state, LiftState::Measured, "{told:?}");
    assert!(viewers.natural().unwrap() > 0.0, "the ghosts who came by themselves are taken off");
    world.clock.advance_ms(1);
    // After the window nothing changes it any more.
    world.report(vec![world.natural("viewer 1", EventKind::Follow)]).await;
    world.app.deliver_once().await;
    assert_eq!(lift().await.lift, told.lift);
}

#[tokio::test]
async fn at_01_a_host_that_does_not_name_its_viewers_gets_no_lift() {
    let world = measuring(memory(), 500, 0).await;
    let order = world.order(Goal::Viewers).await;
    for number in 0..30 {
        world.decide(&format!("viewer {number}"));
        let nobody = ReportedEvent { viewer: None, ..world.natural(&format!("{number}"), EventKind::RoomEnter) };
        world.report(vec![nobody]).await;
    }
    world.app.deliver_once().await;
    let lift = world.app.order_lift(staff(world.tenant), order).await.unwrap();
    assert_eq!(lift.lift.breakage.unwrap().code(), "viewers_unnamed");
    assert!(lift.lift.metrics.iter().all(|told| told.state == LiftState::BrokenExperiment));
}
