//! The replay itself: row after row, in parts that are acknowledged, folded and paced together.

use anyhow::{Context, Result, bail};
use tuiliu_app::App;
use tuiliu_app::delivery::{DecisionAsk, EventKind, ReportedEvent, Reporter, Shown, SlotAsk};
use tuiliu_app::promotion::StopPromotionOrder;
use tuiliu_delivery::predict::BILLION;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::limits::EVENTS_PER_REPORT_MAX;
use tuiliu_domain::live::RoomFact;
use tuiliu_domain::promotion::OrderState;
use tuiliu_domain::time::{MINUTE_MS, Timestamp};

use super::log::{Market, Row};
use super::plan::{Plan, START, Timetable, WINDOW_MS};
use super::result::{self, ReplayResult};
use super::stage::Stage;
use crate::oracle;
use crate::seed::World;

/// Rows that are acknowledged, folded and paced together.
const PART: usize = 300;
/// Events that one row brings at most.
const EVENTS_PER_ROW_MAX: usize = 6;
/// How long who is shown a card watches it.
const WATCHED_MS: i64 = 6_000;
/// The placement of the replayed feed; one item in four may be promoted.
const PLACEMENT: &str = "replay";
const FEED_ITEMS: u32 = 4;
/// Minutes after the log that settling may take; it takes half an hour at most (TP-18).
const SETTLE_MINUTES_MAX: u32 = 60;

/// What is replayed, and how.
#[derive(Debug, Clone, Copy)]
pub struct ReplayOptions {
    /// Packs that compete.
    pub orders: u32,
    pub seed: u64,
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayProgress {
    pub rows: u64,
    pub rows_in_all: u64,
    /// Impressions won by this run.
    pub won: u64,
    pub now: Timestamp,
}

/// Replays a log on this app; its world must be `world`, and nobody else may run its jobs.
///
/// On a store where a replay of the same log with the same options was killed, it goes on from there.
pub async fn run(
    app: &App,
    world: &World,
    rows: &[Row],
    options: ReplayOptions,
    progress: &mut dyn FnMut(ReplayProgress),
) -> Result<ReplayResult> {
    let market = Market::of(rows);
    let plan = Plan::of(options.orders, &market, options.seed);
    let stage = Stage::set(app, world, &plan, &market).await?;
    let placed = vec![None; plan.orders.len()];
    let mut replay = Replay { app, world, plan: &plan, stage: &stage, placed, won: 0, events: 0 };
    let first = replay.first_part(rows).await?;
    let table = Timetable::of(rows);
    world.clock.advance_to(START.plus_ms(table.at_ms((first * PART).min(rows.len()))));
    app.start_delivery().await.context("failed to start delivery")?;
    for (part, part_rows) in rows.chunks(PART).enumerate().skip(first) {
        replay.part(part, part_rows, &table).await?;
        let done = part * PART + part_rows.len();
        let now = stage.platform.now();
        progress(ReplayProgress { rows: count(done), rows_in_all: count(rows.len()), won: replay.won, now });
    }
    replay.settle().await?;
    let orders: Vec<PromotionOrderId> = replay.placed.iter().flatten().copied().collect();
    let orders = result::read(&stage, &orders).await?;
    let audit = oracle::audit(app).await?;
    let resumed_at = count((first * PART).min(rows.len()));
    let events = replay.events;
    Ok(ReplayResult { rows: count(rows.len()), resumed_at, events, orders, audit })
}

struct Replay<'a> {
    app: &'a App,
    world: &'a World,
    plan: &'a Plan,
    stage: &'a Stage,
    /// Orders by their place in the plan, once their time has come.
    placed: Vec<Option<PromotionOrderId>>,
    won: u64,
    events: u64,
}

impl Replay<'_> {
    /// The first part that was not acknowledged as a whole: parts are, one after the other.
    async fn first_part(&self, rows: &[Row]) -> Result<usize> {
        let (mut known, mut unknown) = (0, rows.len().div_ceil(PART));
        while known < unknown {
            let middle = usize::midpoint(known, unknown);
            match self.stage.platform.answered(&part_key(middle)).await? {
                Some(_) => known = middle + 1,
                None => unknown = middle,
            }
        }
        Ok(known)
    }

    async fn part(&mut self, part: usize, rows: &[Row], table: &Timetable) -> Result<()> {
        let first = part * PART;
        self.world.clock.advance_to(START.plus_ms(table.at_ms(first)));
        self.follow_plan(table.at_ms(first)).await?;
        let mut events = Vec::with_capacity(EVENTS_PER_REPORT_MAX);
        for (row, at) in rows.iter().zip(first..) {
            self.world.clock.advance_to(START.plus_ms(table.at_ms(at)));
            if let Some(shown) = self.decide(row) {
                self.won += 1;
                if !row.clicked && !self.is_for_viewers(&shown) {
                    self.app.release_impression(shown.decision);
                }
                push_events(&mut events, at, row, &shown, self.stage.platform.now());
            }
            if events.len() + EVENTS_PER_ROW_MAX > EVENTS_PER_REPORT_MAX {
                self.report(std::mem::take(&mut events)).await?;
            }
        }
        self.report(events).await?;
        self.app.deliver_once().await;
        self.app.due_once().await;
        self.stage.platform.once(&part_key(part), |_, _| Ok(String::new())).await.map(drop)
    }

    fn decide(&self, row: &Row) -> Option<Shown> {
        let slot = SlotAsk {
            position: 1,
            floor: Some(row.price),
            predicted_billionths: Some(u64::from(row.predicted.billionths())),
            predicted_view_billionths: Some(u64::from(BILLION)),
        };
        let ask = DecisionAsk {
            placement: PLACEMENT.to_owned(),
            slots: vec![slot],
            feed_items: Some(FEED_ITEMS),
            ..DecisionAsk::default()
        };
        self.app.decide(self.stage.platform.tenant, &ask).shown.pop()
    }

    fn is_for_viewers(&self, shown: &Shown) -> bool {
        let place = self.placed.iter().position(|order| *order == Some(shown.order));
        place.is_some_and(|place| self.plan.orders[place].goal == tuiliu_domain::promotion::Goal::Viewers)
    }

    async fn report(&mut self, events: Vec<ReportedEvent>) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let tenant = self.stage.platform.tenant;
        let reporter = Reporter { tenant, money_allowed: true, strict: false, validate_only: false };
        let answer = self.app.report_events(reporter, events).await.context("failed to report events")?;
        if let Some((_, refusal)) = answer.rejected.first() {
            bail!("failed to report an event: `{}`", refusal.code());
        }
        self.events += count(answer.accepted);
        Ok(())
    }

    /// Places, pays and stops the orders whose time has come.
    async fn follow_plan(&mut self, now_ms: i64) -> Result<()> {
        for (nth, planned) in self.plan.orders.iter().enumerate() {
            if self.placed[nth].is_none() && planned.starts_ms <= now_ms {
                self.placed[nth] = Some(self.stage.order(nth, planned).await?);
            }
            if let Some(order) = self.placed[nth]
                && planned.stops_ms.is_some_and(|stops_ms| stops_ms <= now_ms)
            {
                self.stop(order).await?;
            }
        }
        self.app.deliver_once().await;
        Ok(())
    }

    async fn stop(&self, order: PromotionOrderId) -> Result<()> {
        let view =
            self.app.promotion_order(self.stage.platform.actor(), order).await.context("failed to read an order")?;
        if !matches!(view.order.state, OrderState::Running { .. } | OrderState::Paused { .. }) {
            return Ok(());
        }
        let command = StopPromotionOrder { order };
        let stopped = self.app.stop_promotion_order(self.stage.platform.actor(), command).await;
        stopped.map(drop).context("failed to stop an order")
    }

    /// Ends the broadcasts and waits, on the replay's clock, until every order has given back what it did not use.
    async fn settle(&mut self) -> Result<()> {
        self.world.clock.advance_to(START.plus_ms(WINDOW_MS));
        self.follow_plan(WINDOW_MS).await?;
        self.app.due_once().await;
        for room in &self.stage.rooms {
            self.stage.platform.fact(*room, RoomFact::Ended).await?;
        }
        for _ in 0..SETTLE_MINUTES_MAX {
            self.app.deliver_once().await;
            self.app.due_once().await;
            if self.all_final().await? {
                return Ok(());
            }
            let minute = u32::try_from(MINUTE_MS).expect("a minute is short");
            self.world.clock.advance_ms(minute);
        }
        bail!("failed to settle every order within {SETTLE_MINUTES_MAX} minutes of the replay's clock")
    }

    async fn all_final(&self) -> Result<bool> {
        for order in self.placed.iter().flatten() {
            let actor = self.stage.platform.actor();
            let view = self.app.promotion_order(actor, *order).await.context("failed to read an order")?;
            if !view.order.state.is_final() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn part_key(part: usize) -> String {
    format!("replayed part {part}")
}

/// What comes of a row whose slot was won: the same whoever won it.
fn push_events(events: &mut Vec<ReportedEvent>, row: usize, log: &Row, shown: &Shown, now: Timestamp) {
    let mut push = |kind: EventKind, watched_ms: Option<i64>| {
        events.push(ReportedEvent {
            id: format!("row-{row}"),
            kind: Some(kind),
            occurred_at: now,
            token: Some(shown.token.clone()),
            watched_ms,
            ..ReportedEvent::default()
        });
    };
    push(EventKind::Impression, None);
    push(EventKind::Watch, Some(WATCHED_MS));
    if log.clicked {
        for kind in [EventKind::Click, EventKind::ProductClick, EventKind::Comment, EventKind::Follow] {
            push(kind, None);
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).expect("a count fits 64 bits")
}
