//! A seeded run of the real app in which everything goes wrong that may: then everything must still add up.
//!
//! Answers are lost and asked for again under the same key or id, events come twice, late, out of order, forged and
//! replayed, streams break off, buyers stop and top up, the node dies and starts again in a new epoch.

mod crowd;
mod desk;
mod host;

use std::sync::Arc;

use anyhow::{Context, Result};
use tuiliu_app::outside::Outside;
use tuiliu_app::{App, CommandError, Setup};
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::party::Role;
use tuiliu_domain::time::{HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};

use crate::oracle::{self, AuditVerdict};
use crate::random::Chance;
use crate::seed::platform::{Platform, Refused, login};
use crate::seed::{World, setup};
use crowd::Crowd;
use desk::Desk;
use host::Host;

/// When a simulation begins: 2026-01-05 20:00 in China, the busiest hour.
pub const START: Timestamp = Timestamp::from_ms(1_767_614_400_000);
/// 2^bits cells for counting impressions.
const FREQUENCY_BITS: u32 = 12;
const CREATORS: usize = 6;
/// Hours after the end in which everything must have come to its end: reservations last longest (TP-12).
const SETTLE_HOURS_MAX: i64 = 50;

/// Opens the app again on the same store, in this world: the node before is gone.
pub type OpenApp<'a> = dyn Fn(Outside, Setup) -> App + 'a;

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimulationOptions {
    pub seed: u64,
    /// Orders placed in all.
    pub orders: u32,
    pub hours: u32,
}

/// What a simulation did and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationResult {
    pub seed: u64,
    pub done: Done,
    pub audit: AuditVerdict,
    /// Acknowledgements that were not kept, in words; none is right.
    pub broken: Vec<String>,
}

/// How often things happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    pub orders: u64,
    pub decisions: u64,
    pub impressions: u64,
    pub events: u64,
    pub duplicates: u64,
    pub refused_events: u64,
    pub lost_answers: u64,
    pub interruptions: u64,
    pub broadcasts: u64,
    pub stops: u64,
    pub top_ups: u64,
    pub restarts: u64,
}

impl SimulationResult {
    /// Whether everything held.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.audit.is_clean && self.broken.is_empty()
    }
}

/// Runs one seed on an empty store.
pub async fn simulate(options: SimulationOptions, open: &OpenApp<'_>) -> Result<SimulationResult> {
    let mut simulation = Simulation::begin(options, open).await?;
    let end = START.plus_ms(i64::from(options.hours) * HOUR_MS);
    while simulation.platform.now() < end {
        simulation.step().await?;
    }
    simulation.wind_down().await?;
    let orders: Vec<PromotionOrderId> = simulation.desk.orders().collect();
    let broken = simulation.crowd.books.check(&simulation.platform, &orders).await?;
    let audit = oracle::audit(&simulation.platform.app).await?;
    Ok(SimulationResult { seed: options.seed, done: simulation.done, audit, broken })
}

struct Simulation<'a> {
    options: SimulationOptions,
    open: &'a OpenApp<'a>,
    world: World,
    platform: Platform,
    chance: Chance,
    crowd: Crowd,
    desk: Desk,
    host: Host,
    done: Done,
}

impl<'a> Simulation<'a> {
    async fn begin(options: SimulationOptions, open: &'a OpenApp<'a>) -> Result<Self> {
        let world = World::starting_at(START);
        let app = open(world.outside(), setup(options.seed, FREQUENCY_BITS));
        number_run(&app, &world).await?;
        let operator = login("operator", "simulated-operator", &[Role::Operator])?;
        let clock = Arc::new(Arc::clone(&world.clock));
        let platform = Platform::open(app, clock, "simulated", operator).await?;
        small_budgets(&platform).await?;
        let chance = Chance::of(options.seed, 0);
        let host = Host::begin(&platform, CREATORS, options.seed).await?;
        let crowd = Crowd::new(options.seed);
        let desk = Desk::begin(&platform, &host, options.seed).await?;
        platform.app.start_delivery().await.context("failed to start delivery")?;
        Ok(Self { options, open, world, platform, chance, crowd, desk, host, done: Done::default() })
    }

    /// A few seconds of everything.
    async fn step(&mut self) -> Result<()> {
        let wait_ms = self.chance.between(5, 45) * SECOND_MS;
        self.world.clock.advance_ms(u32::try_from(wait_ms).expect("a step is short"));
        self.crowd.deliver(&self.platform, &mut self.done).await?;
        self.crowd.watch(&self.platform, &self.host, &mut self.done);
        if self.desk.orders().count() < usize::try_from(self.options.orders).unwrap_or(usize::MAX) {
            self.desk.order(&self.platform, &self.host, &mut self.done).await?;
        }
        self.desk.change(&self.platform, &mut self.done).await?;
        self.host.act(&self.platform, &mut self.done).await?;
        self.work().await;
        if self.chance.permille(12) {
            self.restart().await?;
        }
        Ok(())
    }

    /// The jobs, as often as a busy node gets to them.
    async fn work(&mut self) {
        if self.chance.permille(800) {
            self.platform.app.deliver_once().await;
        }
        if self.chance.permille(700) {
            self.platform.app.due_once().await;
        }
        if self.chance.permille(20) {
            self.platform.app.housekeep_once().await;
        }
    }

    /// The node dies at once and another one takes its place; only the store stays.
    async fn restart(&mut self) -> Result<()> {
        let world = World { clock: Arc::clone(&self.world.clock), ..World::starting_at(START) };
        let app = (self.open)(world.outside(), setup(self.options.seed, FREQUENCY_BITS));
        number_run(&app, &world).await?;
        self.world = world;
        self.platform.app = app;
        self.done.restarts += 1;
        self.platform.app.start_delivery().await.context("failed to start delivery again")
    }

    /// Ends the broadcasts, delivers what is late, waits until every order has come to its end.
    async fn wind_down(&mut self) -> Result<()> {
        self.host.end_all(&self.platform).await?;
        let end = self.platform.now().plus_ms(SETTLE_HOURS_MAX * HOUR_MS);
        loop {
            self.crowd.deliver(&self.platform, &mut self.done).await?;
            self.platform.app.deliver_once().await;
            self.platform.app.due_once().await;
            let is_over = self.crowd.is_empty() && self.desk.all_final(&self.platform).await?;
            if is_over || end <= self.platform.now() {
                return Ok(());
            }
            let minutes = if self.crowd.is_empty() { 30 } else { 5 };
            self.world.clock.advance_ms(u32::try_from(minutes * MINUTE_MS).expect("minutes are short"));
        }
    }
}

/// Gives this start of the node a number of its own, so that its ids are its own.
pub(crate) async fn number_run(app: &App, world: &World) -> Result<()> {
    /// No node that decides has this number.
    const NODE: u32 = 0;
    let run = app.write(|_, tx| Ok::<_, CommandError<Refused>>(tx.next_epoch(NODE)?));
    world.ids.begin_run(run.await.context("failed to number this run")?)
}

/// Budgets that a small audience can use up.
async fn small_budgets(platform: &Platform) -> Result<()> {
    let actor = platform.actor();
    let presets =
        r#"{"viewers": [20, 100], "interactions": [40, 100], "follows": [60, 100], "product_clicks": [40, 100]}"#;
    let change = format!(r#"{{"order": {{"presets": {presets}}}}}"#).parse().context("failed to write the policy")?;
    platform.app.change_policy(actor, 1, change).await.map(drop).context("failed to set the policy")
}

#[cfg(test)]
mod tests;
