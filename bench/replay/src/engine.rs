//! A node without its database: the same parts in the same order, the ledger in memory.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tuiliu_delivery::audience::CompiledAudience;
use tuiliu_delivery::bidding::{Bid, PacingCell, Quality};
use tuiliu_delivery::frequency::FrequencyTable;
use tuiliu_delivery::lease::{LeaseCounter, Reservation, Reservations};
use tuiliu_delivery::pacing::{Landscape, Observation, PacerState, Plan as PacingPlan};
use tuiliu_delivery::predict::{Prior, Rate, ResultCounts};
use tuiliu_delivery::request::{ContentType, HostRates, Placement};
use tuiliu_delivery::snapshot::{Candidate, RoomState};
use tuiliu_delivery::{Request, Rng, Slot, Snapshot, Viewer, decide};
use tuiliu_domain::id::{CommandId, DecisionId, PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::ledger::invariants::{SortedRows, check};
use tuiliu_domain::ledger::{
    AccountId, AccountKind, LeaseId, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot, ReleaseMode, View, apply,
};
use tuiliu_domain::money::{Asset, CENTIBEAN_WORTH, MICROS_PER_UNIT, Micros};
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::{MINUTE_MS, Timestamp};

use crate::product::log::{Market, Row};
use crate::product::plan::{Plan, START, Timetable, WINDOW_MS};

/// Rows whose charges reach the ledger together, and after which every bid is corrected.
const PART: usize = 300;
/// Smallest slice of a budget that is lent, and the part of what is free.
const SLICE_MIN: i64 = 4 * MICROS_PER_UNIT;
const SLICES: i64 = 4;
const TENANT: TenantId = TenantId::new(1);

/// One order on this node.
struct Live {
    id: PromotionOrderId,
    goal: Goal,
    is_manual: bool,
    budget: Micros,
    lease: Arc<LeaseCounter>,
    counts: Arc<ResultCounts>,
    pacing: Arc<PacingCell>,
    pacer: PacerState,
    plan: PacingPlan,
    landscape: Landscape,
    auctions: u64,
    charged: Micros,
    reported: Micros,
    lent: Micros,
}

/// The node.
pub(crate) struct Engine {
    live: Vec<Live>,
    snapshot: Snapshot,
    reservations: Reservations,
    ledger: View,
    commands: u64,
    transfers: u64,
    rng: Rng,
    impressions: u64,
    charges: u64,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) impressions: u64,
    pub(crate) charges: u64,
    pub(crate) spent: i64,
    pub(crate) overspent: i64,
    pub(crate) groups: u64,
    pub(crate) transfers: u64,
    pub(crate) orders: Vec<OrderDone>,
}

/// What one order used of its budget, in millionths of a bean.
#[derive(Debug)]
pub(crate) struct OrderDone {
    pub(crate) goal: Goal,
    /// Whether its buyer named a bid.
    pub(crate) is_manual: bool,
    pub(crate) budget: i64,
    pub(crate) spent: i64,
    pub(crate) results: u64,
    pub(crate) price: i64,
}

impl Engine {
    /// A node with all orders of the plan, paid and lent to it.
    pub(crate) fn new(plan: &Plan, market: &Market, seed: u64) -> Self {
        let live: Vec<Live> = (0..plan.orders.len()).map(|nth| live(nth, plan, market)).collect();
        let candidates = live.iter().enumerate().map(|(nth, order)| candidate(order, nth, plan)).collect();
        let frequency = Arc::new(FrequencyTable::with_bits(21));
        let snapshot = Snapshot::build(TENANT, candidates, frequency, [0; 32]).expect("the orders fit a snapshot");
        let mut engine = Self {
            live,
            snapshot,
            reservations: Reservations::default(),
            ledger: View::new(),
            commands: 0,
            transfers: 0,
            rng: Rng::seeded(seed),
            impressions: 0,
            charges: 0,
        };
        engine.pay(plan);
        engine.lend(START);
        engine
    }

    fn pay(&mut self, plan: &Plan) {
        for (nth, planned) in plan.orders.iter().enumerate() {
            let id = self.live[nth].id;
            let owner = u128::try_from(nth).expect("few orders") + 100;
            let amount = planned.budget.amount();
            let wallet = AccountId { kind: AccountKind::WalletPaid, asset: Asset::Bean, owner };
            let from = AccountId { kind: AccountKind::Liquidity, asset: Asset::Bean, owner: TENANT.value() };
            let lot = NewLot {
                id: id.child(1),
                account: wallet,
                origin: LotOrigin::Grant,
                amount,
                valid_from: START,
                valid_to: None,
                on_return: LotReturn::SameLot,
            };
            let hold =
                LedgerCommand::Hold { hold: id.child(2), order: id, lot: lot.id, amount, unit_worth: CENTIBEAN_WORTH };
            self.post(vec![LedgerCommand::OpenLot { from, lot }, LedgerCommand::OpenEscrow { order: id }, hold], START);
        }
    }

    /// Every row of the log, in its parts.
    pub(crate) fn replay(&mut self, rows: &[Row], table: &Timetable) {
        for (part, part_rows) in rows.chunks(PART).enumerate() {
            let first = part * PART;
            for (row, at) in part_rows.iter().zip(first..) {
                self.row(row, at, START.plus_ms(table.at_ms(at)));
            }
            let now = START.plus_ms(table.at_ms(first + part_rows.len()));
            self.reservations.expire(now);
            self.pace(now);
            self.report(now);
            self.lend(now);
        }
    }

    /// One slot: who is shown, what it costs, what came of it.
    fn row(&mut self, row: &Row, at: usize, now: Timestamp) {
        let number = u128::try_from(at).expect("a row's number fits") + 1;
        let request = request(row, number);
        let decision = decide(&self.snapshot, &request, &mut self.rng, now);
        for entry in &decision.entries {
            let place = place_of(entry.order);
            self.live[place].auctions += u64::from(entry.weight);
            if let Some(sample) = entry.sample() {
                self.live[place].landscape.add_weighted(sample, entry.weight);
            }
        }
        for won in decision.wins {
            let order = &mut self.live[place_of(won.order)];
            let reservation = Reservation { lease: Arc::clone(&won.lease), price: won.price };
            if self.reservations.reserve(won.decision, reservation, now).is_err() {
                won.lease.release(won.price);
                continue;
            }
            self.snapshot.frequency().record(
                request.viewer.hash,
                won.order,
                tuiliu_delivery::frequency::FrequencyWindow::Day,
                now,
            );
            self.impressions += 1;
            order.counts.add_impression();
            if order.goal == Goal::Viewers || row.clicked {
                let _in_time = self.reservations.settle(won.decision, &order.lease, won.price);
                order.charged = Micros::new(order.charged.get() + won.price.get());
                order.counts.add_result();
                self.charges += 1;
            } else {
                self.reservations.release(won.decision);
            }
        }
    }

    fn pace(&mut self, now: Timestamp) {
        for order in &mut self.live {
            let seen = Observation { now, spent: order.charged, predicted: None, auctions: order.auctions };
            let (pacer, pace) = order.pacer.tick(&order.plan, seen, &order.landscape);
            order.pacer = pacer;
            pace.put_into(&order.pacing);
        }
        self.snapshot.reprice();
    }

    /// What was charged since the last report, captured from the holds.
    fn report(&mut self, now: Timestamp) {
        let mut commands = Vec::new();
        for order in self.live.iter_mut().filter(|order| order.reported < order.charged) {
            order.reported = order.charged;
            commands.push(LedgerCommand::ReportSpent { lease: lease_of(order.id), cumulative: order.charged });
        }
        self.post(commands, now);
    }

    /// Leases that run low are brought up, by the ledger first.
    fn lend(&mut self, now: Timestamp) {
        let mut commands = Vec::new();
        for order in &mut self.live {
            let free = order.budget.get() - order.lent.get();
            let part = free / SLICES;
            let slice = if part < SLICE_MIN { free.min(SLICE_MIN) } else { part };
            if slice > 0 && order.lease.available().get() < slice {
                order.lent = Micros::new(order.lent.get() + slice);
                commands.push((order.lease.clone(), Micros::new(slice), lease_of(order.id)));
            }
        }
        let lend = |(_, amount, lease): &(Arc<LeaseCounter>, Micros, LeaseId)| LedgerCommand::Lend {
            lease: *lease,
            amount: *amount,
        };
        self.post(commands.iter().map(lend).collect(), now);
        for (counter, amount, _) in commands {
            counter.grant(amount);
        }
    }

    fn post(&mut self, commands: Vec<LedgerCommand>, now: Timestamp) {
        if commands.is_empty() {
            return;
        }
        self.commands += 1;
        let group = LedgerGroup { id: CommandId::new(u128::from(self.commands)), commands };
        apply(&mut self.ledger, &group, now).expect("the ledger lends and captures what is there");
        self.transfers += u64::try_from(self.ledger.take_diff().transfers.len()).expect("a count fits");
    }

    /// Settles every order and checks the books.
    pub(crate) fn finish(mut self) -> Result<Done> {
        let now = START.plus_ms(WINDOW_MS + 30 * MINUTE_MS);
        self.report(now);
        let ids: Vec<PromotionOrderId> = self.live.iter().map(|order| order.id).collect();
        for order in ids {
            let mode = ReleaseMode::Remainder;
            let settle = LedgerCommand::Settle { order, mode, grace_ms: 0, breakage_owner: TENANT.value() };
            self.post(vec![LedgerCommand::CloseLease { lease: lease_of(order) }, settle], now);
        }
        let rows = SortedRows::of(&self.ledger);
        check(&rows.books()).context("an invariant of the ledger is broken")?;
        let spent_by_ledger: i64 = rows.escrows.iter().map(|escrow| escrow.spent.get()).sum();
        let charged: i64 = self.live.iter().map(|order| order.charged.get()).sum();
        ensure!(spent_by_ledger == charged, "the ledger has {spent_by_ledger} spent, the leases {charged}");
        let overspent = rows.escrows.iter().map(|escrow| (escrow.spent.get() - escrow.budget.get()).max(0)).sum();
        Ok(Done {
            impressions: self.impressions,
            charges: self.charges,
            spent: charged,
            overspent,
            groups: self.commands,
            transfers: self.transfers,
            orders: self.live.iter().map(Live::done).collect(),
        })
    }
}

impl Live {
    fn done(&self) -> OrderDone {
        OrderDone {
            goal: self.goal,
            is_manual: self.is_manual,
            budget: self.budget.get(),
            spent: self.charged.get(),
            results: self.counts.results(),
            price: self.pacing.price().get(),
        }
    }
}

fn live(nth: usize, plan: &Plan, market: &Market) -> Live {
    let planned = &plan.orders[nth];
    let usual = match planned.goal {
        Goal::Viewers => market.price_of_impression().max(CENTIBEAN_WORTH),
        _ => market.price_of_click(),
    };
    let starts_at = START.plus_ms(planned.starts_ms);
    let last = planned.starts_ms + planned.duration_ms;
    let ends_at = START.plus_ms(planned.stops_ms.unwrap_or(last).min(last));
    let pacing = PacingPlan {
        starts_at,
        ends_at,
        budget: planned.budget.micros(),
        shape: Arc::default(),
        price_min: CENTIBEAN_WORTH,
        price_limit: planned.bid.unwrap_or(Micros::new(10_000 * MICROS_PER_UNIT)),
    };
    Live {
        id: PromotionOrderId::new(u128::try_from(nth).expect("few orders") + 1),
        goal: planned.goal,
        is_manual: planned.bid.is_some(),
        budget: planned.budget.micros(),
        lease: Arc::new(LeaseCounter::new(Micros::ZERO, 1)),
        counts: Arc::new(ResultCounts::default()),
        pacing: Arc::new(PacingCell::new(usual)),
        pacer: PacerState::starting(usual),
        plan: pacing,
        landscape: Landscape::expecting(100_000),
        auctions: 0,
        charged: Micros::ZERO,
        reported: Micros::ZERO,
        lent: Micros::ZERO,
    }
}

fn candidate(order: &Live, nth: usize, plan: &Plan) -> Candidate {
    let planned = &plan.orders[nth];
    let room = u128::try_from(planned.room).expect("few rooms") + 1;
    Candidate {
        order: order.id,
        tenant: TENANT,
        content: RoomId::new(room).into(),
        room_state: RoomState::Live,
        content_type: ContentType::LiveRoom,
        creator: PartyId::new(room),
        promoter: PartyId::new(room),
        goal: order.goal,
        bid: planned.bid.map_or(Bid::Auto, |price_max| Bid::Manual { price_max }),
        price_min: CENTIBEAN_WORTH,
        audience: CompiledAudience::everybody(),
        starts_at: order.plan.starts_at,
        ends_at: order.plan.ends_at,
        paused: false,
        is_commerce: true,
        room_sells: false,
        holdout_share_millionths: 0,
        frequency_cap: None,
        quality: Quality::NEUTRAL,
        prior: Prior::of(order.goal),
        counts: Arc::clone(&order.counts),
        pacing: Arc::clone(&order.pacing),
        lease: Arc::clone(&order.lease),
    }
}

fn request(row: &Row, number: u128) -> Request {
    let predicted = HostRates::all(row.predicted).with(Goal::Viewers, Rate::from_billionths(1_000_000_000));
    Request {
        decision: DecisionId::new(number << 64),
        tenant: TENANT,
        viewer: Viewer { hash: number, ..Viewer::default() },
        placement: Placement {
            hash: 1,
            slots: vec![Slot { position: 1, floor: Some(row.price), predicted }],
            content_types: vec![ContentType::LiveRoom],
            feed_items: 4,
            promoted_share_max_millionths: 250_000,
        },
        candidate_contents: None,
        excluded_contents: Vec::new(),
        excluded_creators: Vec::new(),
        excluded_orders: Vec::new(),
    }
}

fn place_of(order: PromotionOrderId) -> usize {
    usize::try_from(order.value()).expect("few orders") - 1
}

const fn lease_of(order: PromotionOrderId) -> LeaseId {
    LeaseId { order, node: 1, epoch: 1 }
}
