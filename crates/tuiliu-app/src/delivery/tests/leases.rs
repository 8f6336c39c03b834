//! Several nodes over one store: leases that come back, charges that are heard of, epochs that are lost.

use tuiliu_delivery::lease::{LeaseBalance, RESERVATION_MS};
use tuiliu_domain::ledger::{Escrow, Lease, LeaseId};
use tuiliu_store::DeliveryNode;

use super::*;
use crate::outside::Ids;

mod pacing;
mod protocol;

/// Ids of one process, which no other one makes.
struct IdsOf {
    process: u64,
    counting: CountingIds,
}

impl Ids for IdsOf {
    fn next_value(&self, now: Timestamp) -> u128 {
        self.counting.next_value(now) | (u128::from(self.process) << 48)
    }
}

/// A process on a store, as the node of this number among two.
fn process(store: &Store, clock: &Arc<ManualClock>, number: u64, node: u32) -> App {
    let outside = Outside {
        clock: Box::new(Arc::clone(clock)),
        ids: Box::new(IdsOf { process: number, counting: CountingIds::default() }),
        secrets: Box::new(CountingSecrets::default()),
    };
    let passing = Setup::passing(outside.secrets.as_ref());
    let engine = EngineConfig { node, nodes: 2, ..EngineConfig::default() };
    App::with_setup(store.clone(), outside, Setup { engine, password_cost: PasswordCost::LEAST, ..passing })
}

/// Two nodes and one order that both may show.
struct Nodes {
    world: World,
    second: App,
    order: PromotionOrderId,
}

impl Nodes {
    async fn on(store: Store) -> Self {
        let mut world = World::on(store).await;
        world.app = process(&world.store, &world.clock, 1, 1);
        world.app.start_delivery().await.unwrap();
        let second = process(&world.store, &world.clock, 2, 2);
        second.start_delivery().await.unwrap();
        let order = world.order(Goal::Viewers).await;
        let nodes = Self { world, second, order };
        nodes.tick().await;
        nodes
    }

    async fn tick(&self) {
        for app in [&self.world.app, &self.second] {
            app.follow_other_nodes().await;
            app.deliver_once().await;
        }
    }

    fn shown(&self, app: &App, viewer: &str) -> Option<Shown> {
        decide(app, self.world.tenant, viewer)
    }

    /// What a viewer did is reported to the first node.
    async fn watch(&self, shown: &Shown) {
        self.world.report(watched(shown, self.world.now())).await;
    }

    /// Lets seconds pass in which only this node lives.
    async fn alone(&self, app: &App, seconds: u32) {
        for _ in 0..seconds / 5 {
            self.world.clock.advance_ms(5_000);
            app.follow_other_nodes().await;
            app.deliver_once().await;
        }
    }

    async fn ledger(&self) -> (Escrow, Vec<Lease>) {
        let order = self.order;
        let read = self.world.app.read(move |_, tx| {
            let escrow = tx.escrow(order)?.expect("it was paid");
            Ok::<_, CommandError<Infallible>>((escrow, tx.leases_of(order)?))
        });
        read.await.unwrap()
    }

    async fn lease(&self, node: u32, epoch: u64) -> Lease {
        let id = LeaseId { order: self.order, node, epoch };
        self.ledger().await.1.into_iter().find(|lease| lease.id == id).unwrap()
    }

    fn counter(&self, app: &App) -> LeaseBalance {
        app.shell.engine.live()[&self.order].lease.balance()
    }

    async fn node(&self, node: u32) -> DeliveryNode {
        let read = self.world.app.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.delivery_node(node)?));
        read.await.unwrap().unwrap()
    }

    /// Shows the order at one node until nobody gets it any more, and reports each time. Nobody paces: at a bean a
    /// result the whole budget is spent at once.
    async fn exhaust(&self, app: &App, nodes: &[&App]) {
        for viewer in 0..200 {
            if let Some(shown) = self.shown(app, &format!("late viewer {viewer}")) {
                self.watch(&shown).await;
            }
            self.world.clock.advance_ms(500);
            for node in nodes {
                node.follow_other_nodes().await;
                node.deliver_once().await;
            }
        }
    }

    async fn assert_all_spent(&self) {
        assert_eq!(self.world.spent(self.order).await, Micros::new(i64::from(BUDGET) * BEAN.get()));
        assert_eq!(self.world.total(self.order, "absorbed_micros").await, 0);
        self.world.pass(10 * MINUTE_MS).await;
        assert!(self.world.view(self.order).await.order.state.is_final());
        assert_eq!(self.ledger().await.0.open_leases, 0);
        self.world.assert_audited().await;
    }
}

fn on_both_nodes<F: Future<Output = ()>>(story: impl Fn(Nodes) -> F) {
    on_both(|store| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { story(Nodes::on(store).await).await });
    });
}

#[test]
fn dl_05_a_node_that_never_returns_is_fenced_and_its_lease_goes_back() {
    on_both_nodes(|nodes| async move {
        let shown = nodes.shown(&nodes.second, "ann").unwrap();
        nodes.watch(&shown).await;
        // The second node dies here: its promise and its lease stay behind.
        nodes.alone(&nodes.world.app, 55).await;
        assert!(!nodes.node(2).await.fenced);
        assert!(!nodes.lease(2, 1).await.closed);
        nodes.alone(&nodes.world.app, 15).await;
        assert!(nodes.node(2).await.fenced);
        let lease = nodes.lease(2, 1).await;
        assert_eq!((lease.closed, lease.spent), (true, BEAN), "what it had acknowledged was charged to it first");
        let (escrow, leases) = nodes.ledger().await;
        let left = leases.iter().filter(|lease| !lease.closed).map(|lease| lease.granted.get() - lease.spent.get());
        assert_eq!(escrow.leased.get(), left.sum::<i64>());
        assert_eq!(escrow.open_leases, 1);
        nodes.exhaust(&nodes.world.app, &[&nodes.world.app]).await;
        nodes.assert_all_spent().await;
    });
}

#[test]
fn dl_05_a_fenced_node_spends_nothing_before_it_begins_a_new_epoch() {
    on_both_nodes(|nodes| async move {
        let second = &nodes.second;
        let promised = nodes.shown(second, "ann").unwrap();
        nodes.alone(&nodes.world.app, 55).await;
        // Nobody has fenced it yet, but it knows that somebody may.
        assert_eq!(second.node_standing(), NodeStanding::Silent);
        assert_eq!(nodes.shown(second, "bob"), None);
        nodes.alone(&nodes.world.app, 15).await;
        assert!(nodes.node(2).await.fenced);
        let before = nodes.ledger().await;
        // What it still believes to have may not be spent, and it borrows nothing.
        second.follow_other_nodes().await;
        assert_eq!(second.lend_budgets().await.unwrap(), 0);
        assert_eq!(nodes.ledger().await, before);
        second.deliver_once().await;
        second.deliver_once().await;
        assert_eq!((nodes.node(2).await.epoch, second.node_standing()), (2, NodeStanding::Delivering));
        let bob = nodes.shown(second, "bob").unwrap();
        assert!(nodes.lease(2, 1).await.closed && !nodes.lease(2, 2).await.closed);
        // A promise of the lost epoch is charged late, out of what is free.
        nodes.watch(&promised).await;
        nodes.tick().await;
        assert_eq!(nodes.world.spent(nodes.order).await, BEAN);
        assert_eq!(nodes.lease(2, 1).await.spent, Micros::ZERO);
        nodes.watch(&bob).await;
        nodes.exhaust(second, &[second, &nodes.world.app]).await;
        nodes.assert_all_spent().await;
    });
}

#[test]
fn dl_05_of_two_processes_with_one_number_only_the_later_one_delivers() {
    on_both_nodes(|mut nodes| async move {
        let promised = nodes.shown(&nodes.second, "ann").unwrap();
        let later = process(&nodes.world.store, &nodes.world.clock, 3, 2);
        later.start_delivery().await.unwrap();
        assert!(nodes.lease(2, 1).await.closed, "the later one takes the lease back");
        nodes.second.follow_other_nodes().await;
        assert_eq!(nodes.second.lend_budgets().await.unwrap(), 0);
        for _ in 0..3 {
            nodes.world.clock.advance_ms(5_000);
            nodes.second.follow_other_nodes().await;
            nodes.second.deliver_once().await;
            assert_eq!(nodes.second.node_standing(), NodeStanding::Replaced);
            assert!(!nodes.second.is_delivering(), "readiness says so");
        }
        let ask = DecisionAsk { placement: "feed".to_owned(), slots: vec![SlotAsk::default()], ..Default::default() };
        let answer = nodes.second.decide(nodes.world.tenant, &ask);
        assert_eq!((answer.shown, answer.no_fill), (vec![], Some("node_replaced")));
        assert_eq!(nodes.node(2).await.epoch, 2, "they do not take the number from each other for ever");
        // What is reported to it is durable and folded by others, not by it.
        let report = nodes.second.report_events(reporter(nodes.world.tenant), watched(&promised, nodes.world.now()));
        assert_eq!(report.await.unwrap().accepted, 3);
        assert_eq!(nodes.second.fold_events().await.unwrap(), 0);
        later.deliver_once().await;
        assert_eq!(nodes.world.spent(nodes.order).await, BEAN);
        nodes.second = later;
        nodes.tick().await;
        nodes.exhaust(&nodes.second, &[&nodes.second, &nodes.world.app]).await;
        nodes.assert_all_spent().await;
    });
}

#[test]
fn dl_05_a_charge_that_another_node_folded_settles_the_promise() {
    on_both_nodes(|nodes| async move {
        let second = &nodes.second;
        let [ann, bob] = ["ann", "bob"].map(|viewer| nodes.shown(second, viewer).unwrap());
        nodes.watch(&ann).await;
        nodes.world.app.deliver_once().await;
        let lease = nodes.lease(2, 1).await;
        assert_eq!(lease.spent, BEAN, "it came out of the lease of the node that had shown it");
        assert_eq!(nodes.counter(second).reserved, Micros::new(2 * BEAN.get()), "not heard of yet");
        second.deliver_once().await;
        let LeaseBalance { reserved, charged, .. } = nodes.counter(second);
        assert_eq!((reserved, charged), (BEAN, BEAN));
        // The other promise expires, and its event comes late.
        nodes.world.clock.advance_ms(u32::try_from(RESERVATION_MS).unwrap());
        second.shell.engine.reservations.expire(nodes.world.now());
        assert_eq!(nodes.counter(second).reserved, Micros::ZERO);
        nodes.watch(&bob).await;
        nodes.world.app.deliver_once().await;
        second.deliver_once().await;
        let (LeaseBalance { available, reserved, charged, owed }, lease) =
            (nodes.counter(second), nodes.lease(2, 1).await);
        assert_eq!((reserved, charged, owed), (Micros::ZERO, Micros::new(2 * BEAN.get()), Micros::ZERO));
        assert_eq!(available.get(), lease.granted.get() - lease.spent.get(), "counter and ledger agree");
        // The first node has charged nothing of its own.
        assert_eq!(nodes.counter(&nodes.world.app).charged, Micros::ZERO);
        assert_eq!(nodes.lease(1, 2).await.spent, Micros::ZERO);
        nodes.exhaust(second, &[second, &nodes.world.app]).await;
        nodes.assert_all_spent().await;
    });
}

#[test]
fn dl_05_the_last_units_go_to_the_node_that_is_asked_for_them() {
    on_both_nodes(|nodes| async move {
        let held = |lease: Lease| lease.granted.get() - lease.spent.get();
        assert!(held(nodes.lease(1, 2).await) > 0, "the first node holds what nobody asks it for");
        nodes.exhaust(&nodes.second, &[&nodes.second, &nodes.world.app]).await;
        assert_eq!(nodes.lease(1, 2).await.spent, Micros::ZERO);
        nodes.assert_all_spent().await;
    });
}

#[test]
fn dl_05_a_node_that_is_stopped_returns_its_leases_at_once() {
    on_both_nodes(|nodes| async move {
        let shown = nodes.shown(&nodes.second, "ann").unwrap();
        nodes.second.stop_delivery().await.unwrap();
        nodes.second.stop_delivery().await.unwrap();
        assert!(nodes.lease(2, 1).await.closed);
        assert_eq!(nodes.second.node_standing(), NodeStanding::Stopped);
        assert_eq!(nodes.shown(&nodes.second, "bob"), None);
        nodes.second.deliver_once().await;
        assert_eq!(nodes.ledger().await.0.open_leases, 1);
        nodes.watch(&shown).await;
        nodes.exhaust(&nodes.world.app, &[&nodes.world.app]).await;
        nodes.assert_all_spent().await;
    });
}
