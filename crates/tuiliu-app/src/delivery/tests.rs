use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::live::{RoomContent, RoomFact};
use tuiliu_domain::money::{Amount, Beans, CENTIBEANS_PER_BEAN, MICROS_PER_UNIT, Micros};
use tuiliu_domain::party::{Actor, Role, Scope};
use tuiliu_domain::promotion::{Bidding, ChargedBy, CompletedBy, Desk, Goal, OrderState, Product};
use tuiliu_domain::review::Visibility;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use tuiliu_store::testing::{memory, on_both};
use tuiliu_store::{DeliveryCharge, Store};

use super::*;
use crate::access::{CreateTenant, LoginDraft, Password, PasswordCost, RegisterParty};
use crate::app::{App, Setup};
use crate::audit::{BrokenOrder, OrderFault};
use crate::error::CommandError;
use crate::live::{PlanRoom, RecordRoomFact};
use crate::outside::{CountingIds, CountingSecrets, ManualClock, Outside};
use crate::promotion::{
    OrderFilter, OrderView, PayPromotionOrder, PlacePromotionOrder, StopPromotionOrder, TopUpPromotionOrder,
};
use crate::wallet::GiveBeans;

mod attributed;
mod cost_cap;
mod holdout;
mod leases;
mod rounds;
mod upkeep;

const BUDGET: u32 = 20;
const BEAN: Micros = Micros::new(MICROS_PER_UNIT);

/// A platform with one creator, whose room is live, and who has beans.
pub(crate) struct World {
    pub(crate) app: App,
    store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) tenant: TenantId,
    pub(crate) creator: PartyId,
    pub(crate) room: RoomId,
}

fn app(store: &Store, clock: &Arc<ManualClock>) -> App {
    node(store, clock, EngineConfig::default())
}

fn node(store: &Store, clock: &Arc<ManualClock>, engine: EngineConfig) -> App {
    // A later start begins at a later time, so its ids are its own.
    clock.advance_ms(1);
    let outside = Outside {
        clock: Box::new(Arc::clone(clock)),
        ids: Box::new(CountingIds::default()),
        secrets: Box::new(CountingSecrets::default()),
    };
    let passing = Setup::passing(outside.secrets.as_ref());
    App::with_setup(store.clone(), outside, Setup { engine, password_cost: PasswordCost::LEAST, ..passing })
}

async fn tenant(app: &App, name: &str) -> TenantId {
    let password = Password::chosen("correct horse battery".to_owned()).unwrap();
    let operator = LoginDraft { name: "op".to_owned(), password, roles: Vec::new() };
    app.create_tenant(CreateTenant { name: name.to_owned(), operator }).await.unwrap().tenant
}

/// Whoever may do everything on a tenant.
pub(crate) fn staff(tenant: TenantId) -> Actor {
    Actor {
        tenant,
        party: PartyId::new(0),
        roles: vec![Role::Operator, Role::Finance, Role::Reviewer, Role::Integrator],
        scopes: Scope::ALL.to_vec(),
        clients: Vec::new(),
    }
}

const fn reporter(tenant: TenantId) -> Reporter {
    Reporter { tenant, money_allowed: true, strict: false, validate_only: false }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(memory()).await
    }

    async fn on(store: Store) -> Self {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_ms(1_000_000_000_000)));
        let app = app(&store, &clock);
        let tenant = tenant(&app, "host").await;
        let mut world = Self { app, store, clock, tenant, creator: PartyId::new(0), room: RoomId::new(0) };
        // Nobody is held out: whoever is to be shown something, is.
        let presets = r#"{"order": {"presets": {"viewers": [20], "interactions": [20], "follows": [20], "product_clicks": [20]}},
            "holdout": {"share_permille_min": 0, "share_permille_max": 0, "universal_permille": 0}}"#;
        world.app.change_policy(staff(tenant), 1, presets.parse().unwrap()).await.unwrap();
        world.creator = world.party("may").await;
        world.room = world.room("first", "十分钟通勤妆，跟着画").await;
        world.fact(world.room, RoomFact::Started).await;
        world.app.start_delivery().await.unwrap();
        world
    }

    async fn party(&self, name: &str) -> PartyId {
        let command = RegisterParty {
            kind: Role::Creator,
            display_name: name.to_owned(),
            external_ref: Some(name.to_owned()),
            login: None,
        };
        let actor = staff(self.tenant);
        let proved_at = crate::outside::Clock::now(&self.clock);
        let session = tuiliu_domain::id::SessionId::new(0);
        let credential = crate::access::Credential::Session { session, expires_at: proved_at.plus_ms(1), proved_at };
        let caller = Arc::new(crate::access::Caller { actor, credential });
        let party = self.app.register_party(caller, command).await.unwrap().id;
        let gift = GiveBeans {
            party,
            beans: Amount::new(1_000 * CENTIBEANS_PER_BEAN),
            valid_to: None,
            note: "welcome".to_owned(),
        };
        let actor = staff(self.tenant);
        self.app.write(move |shell, tx| shell.give_beans(tx, &actor, &gift).map(drop)).await.unwrap();
        party
    }

    pub(crate) async fn room(&self, external_id: &str, title: &str) -> RoomId {
        let content =
            RoomContent { title: title.to_owned(), category: "beauty".to_owned(), visibility: Visibility::Public };
        let plan = PlanRoom { creator: self.creator, external_id: external_id.to_owned(), content };
        self.app.plan_room(staff(self.tenant), plan).await.unwrap().id
    }

    pub(crate) async fn fact(&self, room: RoomId, fact: RoomFact) {
        let at = self.now();
        self.app.record_room_fact(staff(self.tenant), RecordRoomFact { room, fact, at }).await.unwrap();
    }

    pub(crate) fn now(&self) -> Timestamp {
        crate::outside::Clock::now(&self.clock)
    }

    /// Places and pays an order for a room.
    pub(crate) async fn order_for(&self, room: RoomId, goal: Goal) -> PromotionOrderId {
        self.order_during(room, goal, HOUR_MS).await
    }

    async fn order_during(&self, room: RoomId, goal: Goal, duration_ms: i64) -> PromotionOrderId {
        let command = PlacePromotionOrder {
            product: Product::TrafficPack,
            content: room.into(),
            desk: Desk::default(),
            charged_by: ChargedBy::default(),
            payer: self.creator,
            goal,
            placement: None,
            audience: None,
            bidding: Bidding::Automatic,
            budget: Beans::from(BUDGET),
            duration_ms,
            guard_rules: Vec::new(),
        };
        let order = self.app.place_promotion_order(staff(self.tenant), command).await.unwrap().id;
        let pay = PayPromotionOrder { order, coupons: CouponChoice::Automatic };
        self.app.pay_promotion_order(staff(self.tenant), pay).await.unwrap();
        order
    }

    /// An order for the live room, ready to be shown.
    pub(crate) async fn order(&self, goal: Goal) -> PromotionOrderId {
        let order = self.order_for(self.room, goal).await;
        self.app.deliver_once().await;
        order
    }

    /// The same, for so long.
    pub(crate) async fn order_of(&self, goal: Goal, duration_ms: i64) -> PromotionOrderId {
        let order = self.order_during(self.room, goal, duration_ms).await;
        self.app.deliver_once().await;
        order
    }

    /// The promoted item of a viewer's feed, at one bean a result.
    fn decide(&self, viewer: &str) -> Option<Shown> {
        decide(&self.app, self.tenant, viewer)
    }

    pub(crate) async fn report(&self, events: Vec<ReportedEvent>) -> ReportAnswer {
        self.app.report_events(reporter(self.tenant), events).await.unwrap()
    }

    pub(crate) async fn view(&self, order: PromotionOrderId) -> OrderView {
        self.app.promotion_order(staff(self.tenant), order).await.unwrap()
    }

    async fn total(&self, order: PromotionOrderId, metric: &str) -> i64 {
        let view = self.view(order).await;
        view.totals.iter().find(|(name, _)| name == metric).map_or(0, |(_, value)| *value)
    }

    async fn charges(&self, order: PromotionOrderId) -> Vec<DeliveryCharge> {
        self.app.delivery_ledger(staff(self.tenant), order, 0, 1_000).await.unwrap()
    }

    /// What an order has been charged, by its escrow and its itemised ledger alike.
    async fn spent(&self, order: PromotionOrderId) -> Micros {
        let spent = self.view(order).await.escrow.unwrap().spent;
        let charged = self.charges(order).await.iter().map(|charge| charge.price.get()).sum();
        assert_eq!(spent, Micros::new(charged));
        spent
    }

    pub(crate) async fn stop(&self, order: PromotionOrderId) {
        self.app.stop_promotion_order(staff(self.tenant), StopPromotionOrder { order }).await.unwrap();
    }

    /// Lets time pass until everything that waits has come, and does what is due then.
    pub(crate) async fn pass(&self, ms: i64) {
        self.clock.advance_ms(u32::try_from(ms).unwrap());
        self.app.deliver_once().await;
        self.app.run_due().await.unwrap();
    }

    pub(crate) async fn assert_audited(&self) {
        let audit = self.app.audit(|_| {}).await.unwrap();
        assert!(audit.is_clean(), "{}", audit.verdict());
    }

    /// The node dies with all it had in memory; another one starts on the same store.
    pub(crate) async fn restart(&mut self) {
        self.app = app(&self.store, &self.clock);
        self.app.start_delivery().await.unwrap();
    }
}

fn decide(app: &App, tenant: TenantId, viewer: &str) -> Option<Shown> {
    let slot = SlotAsk { floor: Some(BEAN), predicted_billionths: Some(1_000_000_000), ..SlotAsk::default() };
    let ask = DecisionAsk {
        placement: "feed".to_owned(),
        slots: vec![slot],
        feed_items: Some(8),
        viewer: ViewerAsk { id: Some(viewer.to_owned()), ..ViewerAsk::default() },
        ..DecisionAsk::default()
    };
    app.decide(tenant, &ask).shown.pop()
}

fn event(shown: &Shown, kind: EventKind, at: Timestamp) -> ReportedEvent {
    ReportedEvent {
        id: format!("{}-{}-{}", shown.decision, kind.code(), at.ms()),
        kind: Some(kind),
        occurred_at: at,
        token: Some(shown.token.clone()),
        watched_ms: (kind == EventKind::Watch).then_some(6_000),
        undone: (kind == EventKind::Undo).then_some(EventKind::Follow),
        ..ReportedEvent::default()
    }
}

/// What an effective view brings.
pub(crate) fn watched(shown: &Shown, at: Timestamp) -> Vec<ReportedEvent> {
    [EventKind::Impression, EventKind::RoomEnter, EventKind::Watch].map(|kind| event(shown, kind, at)).into()
}

#[tokio::test]
async fn every_bean_is_charged_once_and_the_order_completes() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let mut views = 0;
    for viewer in 0..100 {
        if let Some(shown) = world.decide(&format!("viewer {viewer}")) {
            world.report(watched(&shown, world.now())).await;
            views += 1;
        }
        world.app.deliver_once().await;
    }
    assert_eq!(views, BUDGET, "at one bean a view, nobody was shown it beyond the budget");
    assert_eq!(world.spent(order).await, Micros::new(i64::from(BUDGET) * BEAN.get()));
    assert!(matches!(world.view(order).await.order.state, OrderState::Settling { .. }));
    world.pass(10 * MINUTE_MS).await;
    let view = world.view(order).await;
    assert!(
        matches!(view.order.state, OrderState::Completed { by: CompletedBy::Budget, .. }),
        "{:?}",
        view.order.state
    );
    assert!(view.holds.iter().all(|hold| hold.captured == hold.amount));
    let numbers: Vec<i64> = world.charges(order).await.iter().map(|charge| charge.number).collect();
    assert_eq!(numbers, (1..=i64::from(BUDGET)).collect::<Vec<_>>());
    world.assert_audited().await;
}

#[tokio::test]
async fn an_event_counts_once_however_often_and_in_whatever_order_it_comes() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    let at = world.now();
    let watch = |ms: i64| ReportedEvent {
        id: format!("watch-{ms}"),
        watched_ms: Some(ms),
        ..event(&shown, EventKind::Watch, at.plus_ms(ms))
    };
    world.clock.advance_ms(10_000);
    // The longest report comes first, the impression last.
    for batch in [vec![watch(6_000)], vec![watch(3_000), watch(6_000)], vec![event(&shown, EventKind::Impression, at)]]
    {
        let answer = world.report(batch).await;
        assert!(answer.rejected.is_empty(), "{answer:?}");
        world.app.deliver_once().await;
    }
    assert_eq!(world.report(vec![watch(3_000), watch(6_000)]).await.duplicates, 2);
    let replayed = ReportedEvent { id: "again".to_owned(), ..event(&shown, EventKind::Impression, at) };
    world.report(vec![replayed]).await;
    // The same person under another impression.
    let second = world.decide("ann").unwrap();
    let late = watched(&second, world.now());
    world.clock.advance_ms(u32::try_from(MINUTE_MS).unwrap());
    world.report(late).await;
    world.app.deliver_once().await;
    assert_eq!(world.spent(order).await, BEAN, "a person is charged once");
    let mut totals = Vec::new();
    for metric in ["impressions", "replayed_tokens", "watch_ms", "viewers", "results"] {
        totals.push(world.total(order, metric).await);
    }
    assert_eq!(totals, [2, 1, 12_000, 1, 1]);
    world.assert_audited().await;
}

#[tokio::test]
async fn a_restart_loses_no_acknowledged_event_and_no_budget() {
    let mut world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let early = world.decide("early").unwrap();
    let late = world.decide("late").unwrap();
    let never = world.decide("never").unwrap();
    world.report(watched(&early, world.now())).await;
    // Acknowledged and not folded; three reservations are lost.
    world.restart().await;
    assert_eq!(world.spent(order).await, BEAN);
    let leased = world.view(order).await.escrow.unwrap().leased;
    assert_eq!(leased, Micros::ZERO, "what the dead node had is free again");
    world.report(watched(&late, world.now())).await;
    for viewer in 0..100 {
        world.app.deliver_once().await;
        if let Some(shown) = world.decide(&format!("viewer {viewer}")) {
            world.report(watched(&shown, world.now())).await;
        }
    }
    world.report(watched(&never, world.now())).await;
    world.pass(10 * MINUTE_MS).await;
    assert_eq!(world.spent(order).await, Micros::new(i64::from(BUDGET) * BEAN.get()));
    let absorbed = world.charges(order).await.iter().filter(|charge| charge.absorbed == BEAN).count();
    assert_eq!(absorbed, 1, "the one that came after the end is the platform's");
    assert!(world.view(order).await.order.state.is_final());
    world.assert_audited().await;
}

#[tokio::test]
async fn a_stopped_order_is_not_shown_and_pays_only_for_what_was_sent_before() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let sent = world.decide("sent").unwrap();
    let forgotten = world.decide("forgotten").unwrap();
    world.stop(order).await;
    assert_eq!(world.decide("after"), None, "stopped at once, before any snapshot is made");
    world.report(watched(&sent, world.now())).await;
    world.pass(MINUTE_MS).await;
    assert_eq!(world.decide("after"), None);
    assert_eq!(world.spent(order).await, BEAN);
    world.pass(9 * MINUTE_MS).await;
    let view = world.view(order).await;
    assert!(matches!(view.order.state, OrderState::Stopped { .. }));
    let (held, returned) = (view.holds[0].amount.units(), view.holds[0].released.units());
    assert_eq!(returned, held - CENTIBEANS_PER_BEAN);
    world.report(watched(&forgotten, world.now())).await;
    world.app.deliver_once().await;
    assert_eq!(world.spent(order).await, BEAN, "what comes after the settlement is given away");
    assert_eq!(world.total(order, "absorbed_micros").await, BEAN.get());
    world.assert_audited().await;
}

#[tokio::test]
async fn the_engine_hears_of_a_change_when_it_is_committed_and_only_then() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let (actor, app, tenant) = (staff(world.tenant), world.app.clone(), world.tenant);
    let refused = world.app.write(move |shell, tx| {
        let before = shell.engine.changes();
        let stop = StopPromotionOrder { order };
        shell.stop_promotion_order(tx, &actor, stop).map_err(|_| CommandError::Forbidden)?;
        assert_eq!(shell.engine.changes(), before, "a snapshot made now would not show it");
        assert!(decide(&app, tenant, "ann").is_some());
        Err::<(), CommandError<Infallible>>(CommandError::NotFound)
    });
    assert!(matches!(refused.await, Err(CommandError::NotFound)));
    world.app.deliver_once().await;
    assert!(world.decide("bob").is_some(), "the stop was undone");
    let changes = world.app.shell.engine.changes();
    world.stop(order).await;
    assert!(changes < world.app.shell.engine.changes());
}

#[tokio::test]
async fn an_order_that_was_topped_up_in_time_goes_on() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let actor = staff(world.tenant);
    let top_up = TopUpPromotionOrder {
        order,
        price: Beans::from(100),
        currency: tuiliu_domain::money::Asset::Bean,
        duration_ms: 0,
        coupons: CouponChoice::Automatic,
    };
    world.app.write(move |shell, tx| shell.top_up_promotion_order(tx, &actor, &top_up)).await.unwrap();
    // The fold before had seen the last bean go.
    world.app.shell.engine.cut_off(order);
    world.app.exhaust_promotion_order(order).await.unwrap();
    assert!(matches!(world.view(order).await.order.state, OrderState::Running { .. }));
    world.app.deliver_once().await;
    assert!(world.decide("ann").is_some());
}

#[test]
fn eight_threads_never_overspend() {
    on_both(|store| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let world = runtime.block_on(World::on(store));
        let order = runtime.block_on(world.order(Goal::Viewers));
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let (app, tenant, runtime, now) = (world.app.clone(), world.tenant, runtime.handle(), world.now());
                    scope.spawn(move || {
                        for viewer in 0..12 {
                            if let Some(shown) = decide(&app, tenant, &format!("{thread} {viewer}")) {
                                let events = watched(&shown, now);
                                runtime.block_on(app.report_events(reporter(tenant), events)).unwrap();
                            }
                        }
                    })
                })
                .collect();
            while threads.iter().any(|thread| !thread.is_finished()) {
                runtime.block_on(world.app.deliver_once());
            }
        });
        // Whoever found the lease empty for a moment comes again.
        for viewer in 0..100 {
            runtime.block_on(world.app.deliver_once());
            if let Some(shown) = world.decide(&format!("later {viewer}")) {
                runtime.block_on(world.report(watched(&shown, world.now())));
            }
        }
        runtime.block_on(world.pass(10 * MINUTE_MS));
        assert_eq!(runtime.block_on(world.spent(order)), Micros::new(i64::from(BUDGET) * BEAN.get()));
        let absorbed = runtime.block_on(world.total(order, "absorbed_micros"));
        assert_eq!(absorbed, 0, "nothing was shown that could not be paid");
        runtime.block_on(world.assert_audited());
    });
}

#[tokio::test]
async fn another_tenant_sees_and_changes_nothing() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let other = tenant(&world.app, "other").await;
    let shown = world.decide("ann").unwrap();
    assert_eq!(decide(&world.app, other, "ann"), None);
    let natural = ReportedEvent {
        id: "natural".to_owned(),
        kind: Some(EventKind::RoomEnter),
        occurred_at: world.now(),
        content: Some(world.room.into()),
        ..ReportedEvent::default()
    };
    let mut events = watched(&shown, world.now());
    events.push(natural.clone());
    let answer = world.app.report_events(reporter(other), events).await.unwrap();
    assert_eq!(answer.rejected, [0, 1, 2].map(|place| (place, EventRefusal::TokenForeign)));
    world.app.deliver_once().await;
    let room = world.room;
    let views = |app: &App| {
        let app = app.clone();
        async move {
            let totals = app.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.metric_totals(room)?.sums));
            totals.await.unwrap()
        }
    };
    assert_eq!(views(&world.app).await, [], "nobody speaks for another's room");
    world.report(vec![natural]).await;
    world.app.deliver_once().await;
    assert_eq!(views(&world.app).await, [("views".to_owned(), 1)]);
    assert_eq!(world.spent(order).await, Micros::ZERO);

    let foreign = staff(other);
    let found = world.app.promotion_order(foreign.clone(), order).await;
    assert!(matches!(found, Err(CommandError::NotFound)));
    let filter = OrderFilter { payer: None, content: Some(room.into()), before: None, limit: 10 };
    assert!(world.app.promotion_orders(foreign.clone(), filter).await.unwrap().is_empty());
    let stopped = world.app.stop_promotion_order(foreign.clone(), StopPromotionOrder { order }).await;
    assert!(matches!(stopped, Err(CommandError::NotFound)));
    let fact = RecordRoomFact { room, fact: RoomFact::Ended, at: world.now() };
    assert!(matches!(world.app.record_room_fact(foreign, fact).await, Err(CommandError::NotFound)));
}

#[tokio::test]
async fn a_follow_that_is_taken_back_before_it_counts_is_not_charged() {
    let world = World::new().await;
    let order = world.order(Goal::Follows).await;
    let shown = world.decide("ann").unwrap();
    let start = world.now();
    let [follow, undo, again] = [(EventKind::Follow, 0), (EventKind::Undo, 2), (EventKind::Follow, 3)]
        .map(|(kind, minutes)| event(&shown, kind, start.plus_ms(minutes * MINUTE_MS)));
    world.report(vec![follow]).await;
    world.pass(3 * MINUTE_MS).await;
    world.report(vec![undo]).await;
    world.pass(8 * MINUTE_MS).await;
    assert_eq!(world.spent(order).await, Micros::ZERO);
    world.report(vec![again]).await;
    world.pass(MINUTE_MS).await;
    assert_eq!(world.spent(order).await, Micros::ZERO, "not before ten minutes");
    world.pass(MINUTE_MS).await;
    assert_eq!(world.spent(order).await, BEAN);
}

#[tokio::test]
async fn an_undo_takes_back_its_follow_and_no_other_in_whatever_order_they_come() {
    let world = World::new().await;
    let order = world.order(Goal::Follows).await;
    let [ann, bob, cat] = ["ann", "bob", "cat"].map(|viewer| world.decide(viewer).unwrap());
    let start = world.now();
    let at = |shown: &Shown, kind, minutes: i64| event(shown, kind, start.plus_ms(minutes * MINUTE_MS));
    world.clock.advance_ms(u32::try_from(15 * MINUTE_MS).unwrap());
    // Reported late, together: taken back after two minutes.
    world.report(vec![at(&ann, EventKind::Follow, 0), at(&ann, EventKind::Undo, 2)]).await;
    // The undo overtakes its follow; the follow after it stays.
    world.report(vec![at(&bob, EventKind::Undo, 1)]).await;
    world.report(vec![at(&bob, EventKind::Follow, 0)]).await;
    world.report(vec![at(&bob, EventKind::Follow, 3)]).await;
    // An undo of an earlier follow does not take back a later one.
    world.clock.advance_ms(1);
    world.report(vec![at(&cat, EventKind::Follow, 4), at(&cat, EventKind::Undo, 1)]).await;
    world.app.deliver_once().await;
    let decisions: Vec<_> = world.charges(order).await.iter().map(|charge| charge.decision).collect();
    let mut expected = vec![bob.decision, cat.decision];
    expected.sort_by_key(|decision| decisions.iter().position(|charged| charged == decision));
    assert_eq!(decisions, expected);
}

#[tokio::test]
async fn commerce_figures_are_final_two_days_after_the_broadcast() {
    let world = World::new().await;
    let order = world.order(Goal::Viewers).await;
    let shown = world.decide("ann").unwrap();
    world.report(watched(&shown, world.now())).await;
    world.fact(world.room, RoomFact::Ended).await;
    let bought =
        |at: Timestamp| ReportedEvent { value: Some(Amount::new(990)), ..event(&shown, EventKind::PurchasePaid, at) };
    world.pass(2 * DAY_MS).await;
    world.report(vec![bought(world.now())]).await;
    world.pass(1).await;
    assert_eq!(world.total(order, "gmv_fen").await, 990);
    world.report(vec![bought(world.now())]).await;
    world.app.deliver_once().await;
    assert_eq!(world.total(order, "gmv_fen").await, 990);
}

#[tokio::test]
async fn a_frequency_cap_holds_in_every_window() {
    for window_ms in [HOUR_MS, DAY_MS, 7 * DAY_MS] {
        let world = World::new().await;
        let change = format!(r#"{{"delivery": {{"frequency_cap": 2, "frequency_window_ms": {window_ms}}}}}"#);
        world.app.change_policy(staff(world.tenant), 2, change.parse().unwrap()).await.unwrap();
        world.order(Goal::Viewers).await;
        let shown = (0..5).filter_map(|_| world.decide("ann")).count();
        assert_eq!(shown, 2, "in {window_ms} ms");
    }
}
