//! The whole protocol under whatever may happen to nodes and events, on the real app.

use std::collections::HashSet;

use proptest::prelude::*;
use tuiliu_domain::id::DecisionId;

use super::*;

const PROCESSES: u32 = 3;

/// What may happen next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A viewer comes to a node.
    Show {
        node: usize,
        viewer: u8,
    },
    /// An impression that was shown is reported to a node: soon, late, again, or before earlier ones.
    Report {
        node: usize,
        shown: usize,
    },
    /// A node does its jobs, all or some of them.
    Deliver {
        node: usize,
    },
    Due {
        node: usize,
    },
    Lend {
        node: usize,
    },
    Fold {
        node: usize,
    },
    Heed {
        node: usize,
    },
    /// A node dies with all it has in memory, and comes back later under the same number, or never.
    Crash {
        node: usize,
    },
    Return {
        node: usize,
    },
    /// A second process under the number of a node that lives.
    Replace {
        node: usize,
    },
    /// Time passes while nobody does anything: a little, until promises expire, or until nodes are silent.
    Wait {
        ms: u32,
    },
    /// Time passes while one node lives.
    Alone {
        node: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let node = || 0..usize::try_from(PROCESSES).unwrap();
    prop_oneof![
        12 => (node(), any::<u8>()).prop_map(|(node, viewer)| Step::Show { node, viewer }),
        12 => (node(), any::<usize>()).prop_map(|(node, shown)| Step::Report { node, shown }),
        8 => node().prop_map(|node| Step::Deliver { node }),
        3 => node().prop_map(|node| Step::Due { node }),
        3 => node().prop_map(|node| Step::Lend { node }),
        3 => node().prop_map(|node| Step::Fold { node }),
        3 => node().prop_map(|node| Step::Heed { node }),
        1 => node().prop_map(|node| Step::Crash { node }),
        2 => node().prop_map(|node| Step::Return { node }),
        1 => node().prop_map(|node| Step::Replace { node }),
        4 => prop_oneof![9 => Just(400), 9 => Just(5_000), 9 => Just(21_000), 1 => Just(3_600_000)].prop_map(|ms| Step::Wait { ms }),
        2 => node().prop_map(|node| Step::Alone { node }),
    ]
}

struct Protocol {
    world: World,
    order: PromotionOrderId,
    nodes: Vec<Option<App>>,
    /// Processes that lost their number and live on.
    replaced: Vec<App>,
    processes: u64,
    shown: Vec<Shown>,
    reported: HashSet<DecisionId>,
}

impl Protocol {
    async fn new() -> Self {
        let world = World::new().await;
        // Who set the scene does nothing any more.
        world.app.stop_delivery().await.unwrap();
        let order = world.order_for(world.room, Goal::Viewers).await;
        let mut protocol = Self {
            world,
            order,
            nodes: Vec::new(),
            replaced: Vec::new(),
            processes: 10,
            shown: Vec::new(),
            reported: HashSet::new(),
        };
        for place in 0..PROCESSES {
            let app = protocol.process(place).await;
            protocol.nodes.push(Some(app));
        }
        protocol
    }

    async fn process(&mut self, place: u32) -> App {
        self.processes += 1;
        let app = process(&self.world.store, &self.world.clock, self.processes, 2 + place);
        app.start_delivery().await.unwrap();
        app.deliver_once().await;
        app
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Show { node, viewer } => {
                // A process that lost its number is asked too.
                for app in self.nodes[node].iter().chain(&self.replaced) {
                    self.shown.extend(decide(app, self.world.tenant, &format!("viewer {viewer}")));
                }
            }
            Step::Report { node, shown } => {
                let Some(place) = shown.checked_rem(self.shown.len()) else { return };
                let (Some(app), shown) = (&self.nodes[node], &self.shown[place]) else { return };
                let at = self.world.now();
                let events = watched(shown, at).into_iter().map(|event| ReportedEvent {
                    id: format!("{}-{}", shown.decision, event.kind.unwrap().code()),
                    ..event
                });
                let answer = app.report_events(reporter(self.world.tenant), events.collect()).await.unwrap();
                let refused_for = |reason: &EventRefusal| *reason == EventRefusal::TokenExpired;
                assert!(answer.rejected.iter().all(|(_, reason)| refused_for(reason)), "{answer:?}");
                // The watch is what is charged; it is taken for longer than the impression.
                if answer.rejected.iter().all(|(place, _)| *place != 2) {
                    self.reported.insert(shown.decision);
                }
            }
            Step::Crash { node } => self.nodes[node] = None,
            Step::Return { node } => {
                if self.nodes[node].is_none() {
                    let app = self.process(u32::try_from(node).unwrap()).await;
                    self.nodes[node] = Some(app);
                }
            }
            Step::Replace { node } => {
                let app = self.process(u32::try_from(node).unwrap()).await;
                self.replaced.extend(self.nodes[node].replace(app));
            }
            Step::Wait { ms } => self.world.clock.advance_ms(ms),
            Step::Alone { node } => {
                for _ in 0..14 {
                    self.world.clock.advance_ms(5_000);
                    self.job(Step::Deliver { node }).await;
                }
            }
            job => self.job(job).await,
        }
    }

    async fn job(&self, step: Step) {
        let (Step::Deliver { node }
        | Step::Due { node }
        | Step::Lend { node }
        | Step::Fold { node }
        | Step::Heed { node }) = step
        else {
            return;
        };
        for app in self.nodes[node].iter().chain(&self.replaced) {
            match step {
                Step::Deliver { .. } => app.deliver_once().await,
                Step::Due { .. } => app.due_once().await,
                Step::Lend { .. } => drop(app.lend_budgets().await.unwrap()),
                Step::Fold { .. } => drop(app.fold_events().await.unwrap()),
                _ => app.heed_other_nodes().await.unwrap(),
            }
        }
    }

    /// Lent and charged by others to a node's lease, and not heard of yet.
    async fn untold(&self, node: u32, epoch: u64) -> (i64, i64) {
        let told = Arc::new(std::sync::Mutex::new((0, 0)));
        let teller = Arc::clone(&told);
        // Taken in a transaction that is undone.
        let undone = self.world.app.write(move |_, tx| {
            for charge in tx.take_lease_charges(node, epoch, 10_000)? {
                let mut told = teller.lock().unwrap();
                *told = (told.0 + charge.lent.get(), told.1 + charge.charged.get());
            }
            Err::<(), CommandError<Infallible>>(CommandError::NotFound)
        });
        assert!(undone.await.is_err());
        *told.lock().unwrap()
    }

    /// Charged, promised and leased are within the budget, and every node's books agree with the ledger's.
    async fn assert_bounded(&self) {
        let order = self.order;
        let read = self.world.app.read(move |_, tx| {
            let escrow = tx.escrow(order)?.expect("it was paid");
            Ok::<_, CommandError<Infallible>>((escrow, tx.leases_of(order)?, tx.delivery_nodes()?))
        });
        let (escrow, leases, nodes) = read.await.unwrap();
        assert!(escrow.spent.get() + escrow.leased.get() <= escrow.budget.get(), "{escrow:?}");
        let mut bound = escrow.spent.get();
        for app in self.nodes.iter().flatten() {
            let live = app.shell.engine.live().get(&order).map(|live| Arc::clone(&live.lease));
            let (Some(counter), number) = (live, app.shell.engine.config.node) else { continue };
            let id = LeaseId { order, node: number, epoch: counter.epoch() };
            let row = leases.iter().find(|lease| lease.id == id);
            let holds = nodes.iter().any(|row| row.node == number && row.epoch == id.epoch && !row.fenced);
            let Some(row) = row.filter(|row| holds && !row.closed) else { continue };
            let LeaseBalance { available, reserved, owed, .. } = counter.balance();
            let (lent_untold, charged_untold) = self.untold(number, id.epoch).await;
            let held = available.get() + reserved.get() - owed.get() + lent_untold - charged_untold;
            assert_eq!(held, row.granted.get() - row.spent.get(), "node {number} counts what it holds");
            assert!(owed <= reserved);
            bound += held;
        }
        assert!(bound <= escrow.budget.get(), "{bound} of {}", escrow.budget.get());
    }

    /// Every reported person was charged once, whoever paid; everything else goes back.
    async fn assert_settled(mut self) {
        for place in 0..PROCESSES {
            let app = self.process(place).await;
            self.nodes[usize::try_from(place).unwrap()] = Some(app);
        }
        self.world.app = self.nodes[0].clone().unwrap();
        self.world.app.deliver_once().await;
        let charges = self.world.charges(self.order).await;
        let charged: HashSet<DecisionId> = charges.iter().map(|charge| charge.decision).collect();
        assert_eq!(charged.len(), charges.len(), "nothing is charged twice");
        assert!(charged.is_subset(&self.reported), "nothing is charged that was not reported");
        let mut viewers = HashSet::new();
        for shown in self.shown.iter().filter(|shown| self.reported.contains(&shown.decision)) {
            let claims =
                tuiliu_delivery::token::unseal(&self.world.app.shell.engine.keys.tokens, &shown.token).unwrap();
            viewers.insert(claims.viewer_hash);
        }
        assert_eq!(charges.len(), viewers.len(), "each reported person is charged, once");
        let price: i64 = charges.iter().map(|charge| charge.price.get()).sum();
        let absorbed: i64 = charges.iter().map(|charge| charge.absorbed.get()).sum();
        let due = i64::try_from(viewers.len()).unwrap() * BEAN.get();
        let budget = i64::from(BUDGET) * BEAN.get();
        assert!(price <= budget && price + absorbed == due, "{price} + {absorbed} of {due}");
        if !self.world.view(self.order).await.order.state.is_final() {
            self.world.pass(2 * HOUR_MS).await;
            self.world.pass(20 * MINUTE_MS).await;
        }
        let view = self.world.view(self.order).await;
        assert!(view.order.state.is_final(), "{:?}", view.order.state);
        let escrow = view.escrow.unwrap();
        assert_eq!((escrow.open_leases, escrow.leased, escrow.spent.get()), (0, Micros::ZERO, price));
        self.world.assert_audited().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn dl_05_whatever_happens_to_nodes_nobody_overspends(steps in prop::collection::vec(step(), 10..90)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut protocol = Protocol::new().await;
            for step in steps {
                protocol.step(step).await;
                protocol.assert_bounded().await;
            }
            protocol.assert_settled().await;
        });
    }
}
