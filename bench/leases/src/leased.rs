//! Nodes with leases: the product's counter, reservations, borrowing and ledger, in made-up time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tuiliu_delivery::lease::{Borrowing, LeaseCounter, LeaseSource, Reservation, Reservations};
use tuiliu_domain::id::{CommandId, DecisionId, PromotionOrderId, TenantId};
use tuiliu_domain::ledger::{
    AccountId, AccountKind, Lease, LeaseId, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot, ReleaseMode,
    View, apply,
};
use tuiliu_domain::money::{Amount, Asset, CENTIBEAN_WORTH, Micros};
use tuiliu_domain::time::Timestamp;

use crate::traffic::{Opportunity, Shape, TICK_MS, Traffic};

const ORDER: PromotionOrderId = PromotionOrderId::new(1);
const TENANT: TenantId = TenantId::new(1);
/// A silent node is fenced after so long.
const FENCE_MS: i64 = 60_000;
/// Every second all leases are looked at, as pacing does.
const LOOK_MS: i64 = 1_000;
/// Time before the window's traffic, so that nothing happens at zero.
const START_MS: i64 = 1_000_000_000;

/// What came of one order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    pub(crate) charged: i64,
    /// Shown and billable, and nothing left to pay it from: the platform's.
    pub(crate) given_away: i64,
    /// Impressions that a node could not serve while the order had enough left, and all until it was used up.
    pub(crate) refused: i64,
    pub(crate) asked: i64,
    pub(crate) borrows: i64,
    pub(crate) returns: i64,
    pub(crate) closes: i64,
    pub(crate) charges: i64,
    /// When the last result was charged.
    pub(crate) spent_at_ms: i64,
}

struct Node {
    /// `None` while it is down.
    live: Option<Live>,
    epoch: u64,
    died_at_ms: Option<i64>,
}

struct Live {
    lease: Arc<LeaseCounter>,
    reservations: Reservations,
    borrowing: Borrowing,
    low_below: Micros,
    /// Charges that others folded and it has not heard of.
    untold: Vec<(DecisionId, Micros, Micros)>,
}

impl Live {
    fn new(epoch: u64) -> Self {
        Self {
            lease: Arc::new(LeaseCounter::new(Micros::ZERO, epoch)),
            reservations: Reservations::default(),
            borrowing: Borrowing::default(),
            low_below: Micros::new(i64::MAX),
            untold: Vec::new(),
        }
    }
}

impl Live {
    /// Promised and not charged, what it has not heard of included.
    fn promised(&self) -> i64 {
        let untold: i64 = self.untold.iter().map(|(_, _, charged)| charged.get()).sum();
        self.lease.balance().reserved.get() - untold
    }
}

/// Served, and to be billed.
struct Served {
    decision: DecisionId,
    lease: LeaseId,
    price: Micros,
}

struct Run<'a> {
    traffic: &'a Traffic,
    bid: Micros,
    ledger: View,
    nodes: Vec<Node>,
    wants: Vec<bool>,
    billed: BTreeMap<i64, Vec<Served>>,
    commands: u64,
    decisions: u128,
    outcome: Outcome,
}

/// Plays one order's traffic.
pub(crate) fn play(shape: Shape, traffic: &Traffic) -> Outcome {
    let node = |_| Node { live: Some(Live::new(1)), epoch: 1, died_at_ms: None };
    let mut run = Run {
        traffic,
        bid: Micros::new(shape.price * 3 / 2),
        ledger: View::new(),
        nodes: (0..shape.nodes).map(node).collect(),
        wants: vec![false; shape.nodes],
        billed: BTreeMap::new(),
        commands: 0,
        decisions: 0,
        outcome: Outcome::default(),
    };
    run.open(shape.budget);
    let mut coming: VecDeque<Opportunity> = traffic.opportunities.iter().copied().collect();
    // The last events come after the traffic.
    for tick in 0..(traffic.window_ms + 120_000) / TICK_MS {
        let from_ms = tick * TICK_MS;
        run.crash(from_ms);
        run.tick(from_ms);
        while let Some(next) = coming.front().copied().filter(|next| next.at_ms < from_ms + TICK_MS) {
            coming.pop_front();
            run.serve(next);
        }
        run.fold(from_ms + TICK_MS);
    }
    run.finish(shape.budget)
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(START_MS + ms)
}

impl Run<'_> {
    fn post(&mut self, commands: Vec<LedgerCommand>, ms: i64) {
        if commands.is_empty() {
            return;
        }
        self.commands += 1;
        let group = LedgerGroup { id: CommandId::new(u128::from(self.commands)), commands };
        apply(&mut self.ledger, &group, at(ms)).expect("the ledger lends and captures what is there");
        drop(self.ledger.take_diff());
    }

    fn open(&mut self, budget: i64) {
        let id = CommandId::new(77);
        let units = Micros::new(budget).round_down_to(CENTIBEAN_WORTH);
        let account = AccountId { kind: AccountKind::WalletPaid, asset: Asset::Bean, owner: 9 };
        let from = AccountId { kind: AccountKind::Liquidity, asset: Asset::Bean, owner: TENANT.value() };
        let lot = NewLot {
            id: id.child(1),
            account,
            origin: LotOrigin::Grant,
            amount: units,
            valid_from: at(0),
            valid_to: None,
            on_return: LotReturn::SameLot,
        };
        let hold = LedgerCommand::Hold {
            hold: id.child(2),
            order: ORDER,
            lot: lot.id,
            amount: units,
            unit_worth: CENTIBEAN_WORTH,
        };
        self.post(vec![LedgerCommand::OpenLot { from, lot }, LedgerCommand::OpenEscrow { order: ORDER }, hold], 0);
        assert!(units > Amount::ZERO, "a budget is at least one unit");
    }

    fn free(&self) -> Micros {
        self.ledger.escrow(ORDER).and_then(|escrow| escrow.free().ok()).expect("the escrow is open")
    }

    /// What is neither charged nor promised to an impression, wherever it is.
    fn unpromised(&self) -> i64 {
        let escrow = self.ledger.escrow(ORDER).expect("the escrow is open");
        let promised: i64 = self.nodes.iter().filter_map(|node| node.live.as_ref()).map(|live| live.promised()).sum();
        escrow.budget.get() - escrow.spent.get() - promised
    }

    fn lease_id(&self, node: usize) -> LeaseId {
        LeaseId { order: ORDER, node: u32::try_from(node).expect("few nodes"), epoch: self.nodes[node].epoch }
    }

    fn lease(&self, id: LeaseId) -> Option<Lease> {
        self.ledger.lease(id).copied()
    }

    /// Nodes that die, come back, or are fenced.
    fn crash(&mut self, ms: i64) {
        for crash in self.traffic.crashes.clone() {
            if (crash.at_ms..crash.at_ms + TICK_MS).contains(&ms) || (crash.at_ms / TICK_MS * TICK_MS) == ms {
                self.nodes[crash.node].live = None;
                self.nodes[crash.node].died_at_ms.get_or_insert(ms);
            }
            let back = crash.back_at_ms.is_some_and(|back| back / TICK_MS * TICK_MS == ms);
            let fenced = self.nodes[crash.node].died_at_ms.is_some_and(|died| ms - died == FENCE_MS);
            if back || fenced {
                self.close(crash.node, ms);
            }
            if back {
                self.nodes[crash.node].epoch += 1;
                self.nodes[crash.node].died_at_ms = None;
                self.nodes[crash.node].live = Some(Live::new(self.nodes[crash.node].epoch));
            }
        }
    }

    fn close(&mut self, node: usize, ms: i64) {
        let id = self.lease_id(node);
        self.wants[node] = false;
        if self.lease(id).is_some_and(|lease| !lease.closed) {
            self.outcome.closes += 1;
            self.post(vec![LedgerCommand::CloseLease { lease: id }], ms);
        }
    }

    /// The jobs of every node: hear, give, expire, borrow.
    fn tick(&mut self, ms: i64) {
        let count = self.nodes.len();
        for step in 0..count {
            // Nobody is always the first.
            let node = (step + usize::try_from(ms / TICK_MS).expect("not negative")) % count;
            let (bid, id) = (self.bid, self.lease_id(node));
            let starving = self.wants.iter().enumerate().any(|(other, wants)| *wants && other != node);
            let Some(live) = self.nodes[node].live.as_mut() else { continue };
            for (decision, lent, charged) in std::mem::take(&mut live.untold) {
                live.lease.grant(lent);
                let _in_time = live.reservations.settle(decision, &live.lease, charged);
            }
            if ms % LOOK_MS == 0 {
                let _expired = live.reservations.expire(at(ms));
                live.low_below = Micros::new(i64::MAX);
            }
            let given = if starving { live.borrowing.give(&live.lease, bid, at(ms)) } else { Micros::ZERO };
            let look = live.borrowing.look(&live.lease, live.low_below, bid, at(ms));
            if given > Micros::ZERO {
                self.outcome.returns += 1;
                self.post(vec![LedgerCommand::ReturnUnspent { lease: id, amount: given }], ms);
            }
            let Some(look) = look else { continue };
            let nodes = u32::try_from(count).expect("few nodes");
            let leased = self.ledger.escrow(ORDER).expect("the escrow is open").leased;
            let loan = look.borrow(LeaseSource { free: self.free(), leased, nodes, wanted: starving });
            if loan.lent > Micros::ZERO {
                self.outcome.borrows += 1;
                self.post(vec![LedgerCommand::Lend { lease: id, amount: loan.lent }], ms);
            }
            self.wants[node] = loan.wanting;
            let live = self.nodes[node].live.as_mut().expect("it lives");
            live.borrowing.answer(loan);
            live.low_below = loan.low_below;
            live.lease.grant(loan.lent);
        }
    }

    fn serve(&mut self, next: Opportunity) {
        let id = self.lease_id(next.node);
        let Some(live) = self.nodes[next.node].live.as_ref() else { return };
        let price = Micros::new(next.price);
        if !live.lease.reserve(price) {
            // Where everything is spent or promised, there is nothing to starve of.
            if self.unpromised() >= next.price {
                self.outcome.asked += 1;
                self.outcome.refused += 1;
            }
            return;
        }
        self.outcome.asked += 1;
        self.decisions += 1;
        let decision = DecisionId::new(self.decisions);
        let reservation = Reservation { lease: Arc::clone(&live.lease), price };
        live.reservations.reserve(decision, reservation, at(next.at_ms)).expect("there is room");
        if let Some(billed) = next.billed_at_ms {
            self.billed.entry(billed).or_default().push(Served { decision, lease: id, price });
        }
    }

    /// Charges what was reported by then, out of the lease that served it, or of what is free when that is gone.
    fn fold(&mut self, until_ms: i64) {
        let later = self.billed.split_off(&until_ms);
        let due = std::mem::replace(&mut self.billed, later);
        for (ms, served) in due.into_iter().flat_map(|(ms, all)| all.into_iter().map(move |each| (ms, each))) {
            self.charge(&served, ms);
        }
    }

    fn charge(&mut self, served: &Served, ms: i64) {
        let is_open = self.lease(served.lease).is_some_and(|lease| !lease.closed);
        let folder = self.nodes.iter().position(|node| node.live.is_some()).expect("the first node lives");
        let id = if is_open { served.lease } else { self.lease_id(folder) };
        let (granted, spent) = self.lease(id).map_or((0, 0), |lease| (lease.granted.get(), lease.spent.get()));
        let (free, left) = (self.free().get(), granted - spent);
        let charged = served.price.get().min(left + free);
        let lent = if is_open { (charged - left).max(0) } else { charged.min(free) };
        self.outcome.given_away += served.price.get() - charged;
        if charged > 0 {
            let mut commands = Vec::new();
            if lent > 0 {
                commands.push(LedgerCommand::Lend { lease: id, amount: Micros::new(lent) });
            }
            commands.push(LedgerCommand::ReportSpent { lease: id, cumulative: Micros::new(spent + charged) });
            self.post(commands, ms);
            self.outcome.charges += 1;
            self.outcome.spent_at_ms = ms;
        }
        let node = usize::try_from(id.node).expect("few nodes");
        if let Some(live) = self.nodes[node].live.as_mut().filter(|live| live.lease.epoch() == id.epoch) {
            live.untold.push((served.decision, Micros::new(lent), Micros::new(charged)));
        }
    }

    /// Closes everything, settles the order and reads what it was charged.
    fn finish(mut self, budget: i64) -> Outcome {
        let end_ms = self.traffic.window_ms + 200_000;
        for node in 0..self.nodes.len() {
            self.close(node, end_ms);
        }
        let open: Vec<LeaseId> = self.ledger.leases().filter(|lease| !lease.closed).map(|lease| lease.id).collect();
        assert!(open.is_empty(), "every lease came back");
        let settle = LedgerCommand::Settle {
            order: ORDER,
            mode: ReleaseMode::Remainder,
            grace_ms: 0,
            breakage_owner: TENANT.value(),
        };
        let escrow = *self.ledger.escrow(ORDER).expect("the escrow is open");
        assert!(escrow.leased == Micros::ZERO && escrow.spent.get() <= budget, "{escrow:?}");
        self.post(vec![settle], end_ms);
        self.outcome.charged = escrow.spent.get();
        self.outcome
    }
}
