//! Truth: a crowd of which it is known what it does by itself and what being shown something adds, so that the lift that
//! the platform tells can be held against it.
//!
//! The orders are real ones: placed, paid, reviewed, won in auctions among rivals, held out by the engine's own draw,
//! reported, folded and measured by the app. Only the crowd is made up. Everybody's fate in a room is drawn before
//! anything is decided: whether they would come by themselves, whether being shown it would bring them, whether they
//! would follow and buy once there. Who would have come anyway and is shown the card mostly comes through it, and its
//! host reports that under the card's token: that is what last touch takes for the card's doing.

mod crowd;
mod score;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tuiliu_app::App;
use tuiliu_app::delivery::{DecisionAsk, EventKind, ReportedEvent, Reporter, Shown, SlotAsk, ViewerAsk};
use tuiliu_app::promotion::{LiftSumAsk, PlacePromotionOrder};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId};
use tuiliu_domain::live::RoomFact;
use tuiliu_domain::money::{Amount, Beans};
use tuiliu_domain::party::Role;
use tuiliu_domain::promotion::{Bidding, ChargedBy, Desk, Goal, Product};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};

use self::crowd::{Appeal, Fate};
pub use self::score::{MetricTruth, TruthReport};
use crate::creator::content;
use crate::fault::number_run;
use crate::random::Chance;
use crate::seed::World;
use crate::seed::funding::Funding;
use crate::seed::platform::{Platform, login};

/// Orders that compete at a time.
const RIVALS: usize = 8;
/// Minutes in which viewers come.
const MINUTES: u64 = 20;
/// Pages that a viewer asks for on average.
const PAGES: u64 = 6;
/// Rooms that the host thinks of for one page.
const THOUGHT_OF: usize = 2;
/// Beans of an order: more than it can spend, so that viewers and not money are the limit.
const BUDGET: u32 = 20_000;
/// Events reported at once.
const REPORTED: usize = 500;

/// How much is simulated.
#[derive(Debug, Clone, Copy)]
pub struct TruthSettings {
    pub seed: u64,
    /// Orders, rounded up to whole groups of rivals.
    pub orders: usize,
    /// Viewers who come while a group of orders runs.
    pub viewers: u64,
    /// Part of the viewers that is held out, in thousandths; `None` leaves it to the published rule.
    pub share_permille: Option<i64>,
    /// Whether beliefs from finished orders help small ones.
    pub priors: bool,
}

impl Default for TruthSettings {
    fn default() -> Self {
        Self { seed: 1, orders: 1_000, viewers: 1_600, share_permille: Some(300), priors: false }
    }
}

/// Runs orders of a crowd with a known truth through an empty app; `done` hears how many are finished.
pub async fn run(
    app: &App,
    world: &World,
    settings: TruthSettings,
    mut done: impl FnMut(usize),
) -> Result<TruthReport> {
    let mut stage = Stage::set(app, world, settings).await?;
    let mut report = TruthReport::default();
    while report.orders < settings.orders {
        let orders = stage.group().await?;
        for order in &orders {
            let told = app.order_lift(stage.platform.actor(), order.id).await.context("failed to read a lift")?;
            report.add(&told, &order.appeal);
        }
        done(report.orders);
    }
    for creator in &stage.creators {
        let ask = LiftSumAsk { creator: *creator, from: Timestamp::from_ms(0), to: stage.platform.now() };
        let sum = app.lift_sum(stage.platform.actor(), ask).await.context("failed to add up lifts")?;
        report.add_sum(&sum);
    }
    Ok(report)
}

/// One order of a group, and what its room is like.
struct Running {
    id: PromotionOrderId,
    room: RoomId,
    appeal: Appeal,
}

struct Stage {
    platform: Platform,
    world: World,
    settings: TruthSettings,
    creators: Vec<PartyId>,
    chance: Chance,
    groups: u64,
}

impl Stage {
    async fn set(app: &App, world: &World, settings: TruthSettings) -> Result<Self> {
        number_run(app, world).await?;
        let operator = login("operator", "truth-operator", &[Role::Operator])?;
        let platform = Platform::open(app.clone(), Arc::new(Arc::clone(&world.clock)), "truth", operator).await?;
        let share = settings.share_permille.map_or_else(String::new, |share| {
            format!(
                r#""share_permille_min": {share}, "share_permille_max": {share}, "share_permille_unknown": {share},"#
            )
        });
        let change = format!(r#"{{"holdout": {{{share} "universal_permille": 0}}}}"#);
        let change = change.parse().context("failed to write the policy")?;
        app.change_policy(platform.actor(), 1, change).await.context("failed to set the policy")?;
        let mut creators = Vec::with_capacity(RIVALS);
        for nth in 0..RIVALS {
            creators.push(platform.party(Role::Creator, &format!("creator-{nth}"), None).await?);
        }
        app.start_delivery().await.context("failed to start delivery")?;
        Ok(Self {
            platform,
            world: world.clone(),
            settings,
            creators,
            chance: Chance::seeded(settings.seed),
            groups: 0,
        })
    }

    /// One group of rivals from purchase to the end of the window.
    async fn group(&mut self) -> Result<Vec<Running>> {
        let mut orders = Vec::with_capacity(RIVALS);
        for nth in 0..RIVALS {
            orders.push(self.order(nth).await?);
        }
        self.groups += 1;
        self.tick().await;
        let shown = self.show(&orders).await?;
        self.pass_ms(10 * MINUTE_MS).await?;
        self.live(&orders, &shown).await?;
        for order in &orders {
            self.platform.fact(order.room, RoomFact::Ended).await?;
        }
        self.pass_ms(2 * DAY_MS + SECOND_MS).await?;
        if self.settings.priors {
            self.platform.app.housekeep_once().await;
        }
        Ok(orders)
    }

    async fn order(&mut self, nth: usize) -> Result<Running> {
        let (platform, group, creator) = (&self.platform, self.groups, self.creators[nth]);
        let key = format!("{group}-{nth}");
        let funding = Funding { gift_beans: i64::from(BUDGET), ..Funding::default() };
        platform.fund(&key, creator, funding).await?;
        let room = platform.room(creator, &format!("room-{key}"), content(nth)).await?;
        platform.fact(room, RoomFact::Started).await?;
        let command = PlacePromotionOrder {
            product: Product::TrafficPack,
            content: room.into(),
            desk: Desk::default(),
            charged_by: ChargedBy::default(),
            payer: creator,
            goal: Goal::Viewers,
            placement: None,
            audience: None,
            bidding: Bidding::Automatic,
            budget: Beans::from(BUDGET),
            duration_ms: HOUR_MS,
            guard_rules: Vec::new(),
        };
        let id = platform.order(&key, command, Some(CouponChoice::Automatic)).await?;
        let appeal = Appeal::draw(&mut self.chance);
        Ok(Running { id, room, appeal })
    }

    /// Viewers come and ask; answers who was shown which room, each with the first card.
    async fn show(&mut self, orders: &[Running]) -> Result<BTreeMap<(usize, u64), Shown>> {
        let mut shown = BTreeMap::new();
        let mut come = BTreeSet::new();
        for _ in 0..MINUTES {
            let mut events = Vec::new();
            for _ in 0..self.settings.viewers * PAGES / MINUTES {
                let viewer = self.chance.below(self.settings.viewers);
                if come.insert(viewer) {
                    self.early(orders, viewer, &mut events);
                }
                let Some(card) = self.ask(orders, viewer) else { continue };
                let place = orders.iter().position(|order| order.id == card.order);
                let place = place.context("failed to find the order that was shown")?;
                events.push(self.event(orders, (place, viewer), EventKind::Impression, Some(&card)));
                shown.entry((place, viewer)).or_insert(card);
            }
            self.report(events).await?;
            self.pass_ms(MINUTE_MS).await?;
        }
        Ok(shown)
    }

    /// What somebody has done before they met any card: it is nobody's doing.
    fn early(&self, orders: &[Running], viewer: u64, events: &mut Vec<ReportedEvent>) {
        for (place, order) in orders.iter().enumerate() {
            if self.fate(order, viewer).came_before {
                let mut event = self.event(orders, (place, viewer), EventKind::Follow, None);
                event.id = format!("early-{}", event.id);
                event.occurred_at = event.occurred_at.plus_ms(-SECOND_MS);
                events.push(event);
            }
        }
    }

    fn ask(&mut self, orders: &[Running], viewer: u64) -> Option<Shown> {
        let rooms = (0..THOUGHT_OF).map(|_| orders[self.chance.place(orders.len())].room.into()).collect();
        let ask = DecisionAsk {
            placement: "feed".to_owned(),
            slots: vec![SlotAsk { position: 2, ..SlotAsk::default() }],
            feed_items: Some(8),
            viewer: ViewerAsk { id: Some(name(viewer)), ..ViewerAsk::default() },
            candidate_contents: Some(rooms),
            ..DecisionAsk::default()
        };
        self.platform.app.decide(self.platform.tenant, &ask).shown.pop()
    }

    /// What everybody does then, in every room, by themselves or because they were shown it.
    async fn live(&self, orders: &[Running], shown: &BTreeMap<(usize, u64), Shown>) -> Result<()> {
        let mut events = Vec::new();
        for (place, order) in orders.iter().enumerate() {
            for viewer in 0..self.settings.viewers {
                let fate = self.fate(order, viewer);
                let card = shown.get(&(place, viewer));
                let persuaded = fate.is_persuadable && card.is_some();
                if !fate.comes_anyway && !persuaded {
                    continue;
                }
                // The card is on the way of most who would have come anyway.
                let card = card.filter(|_| !fate.comes_anyway || fate.takes_card);
                let done = |kind| self.event(orders, (place, viewer), kind, card);
                events.push(done(EventKind::RoomEnter));
                if card.is_some() {
                    events.push(ReportedEvent { watched_ms: Some(6 * SECOND_MS), ..done(EventKind::Watch) });
                }
                if fate.follows {
                    events.push(done(EventKind::Follow));
                }
                if let Some(fen) = fate.buys_fen {
                    events.push(ReportedEvent { value: Some(Amount::new(fen)), ..done(EventKind::PurchasePaid) });
                }
            }
        }
        self.report(events).await?;
        self.tick().await;
        Ok(())
    }

    fn fate(&self, order: &Running, viewer: u64) -> Fate {
        Fate::draw(&order.appeal, self.settings.seed, (order.room.value(), viewer))
    }

    fn event(
        &self,
        orders: &[Running],
        (place, viewer): (usize, u64),
        kind: EventKind,
        card: Option<&Shown>,
    ) -> ReportedEvent {
        let decision = card.map_or_else(String::new, |card| card.decision.to_string());
        ReportedEvent {
            id: format!("{}-{place}-{viewer}-{decision}", self.groups),
            kind: Some(kind),
            occurred_at: self.platform.now(),
            token: card.map(|card| card.token.clone()),
            viewer: Some(name(viewer)),
            content: Some(orders[place].room.into()),
            ..ReportedEvent::default()
        }
    }

    async fn report(&self, events: Vec<ReportedEvent>) -> Result<()> {
        let tenant = self.platform.tenant;
        let reporter = Reporter { tenant, money_allowed: true, strict: false, validate_only: false };
        for part in events.chunks(REPORTED) {
            let answer = self.platform.app.report_events(reporter, part.to_vec()).await.context("failed to report")?;
            ensure!(answer.rejected.is_empty(), "the platform refused `{:?}`", answer.rejected.first());
        }
        Ok(())
    }

    async fn pass_ms(&self, ms: i64) -> Result<()> {
        self.world.clock.advance_ms(u32::try_from(ms).context("failed to wait so long")?);
        self.tick().await;
        Ok(())
    }

    async fn tick(&self) {
        self.platform.app.due_once().await;
        self.platform.app.deliver_once().await;
    }
}

fn name(viewer: u64) -> String {
    format!("viewer-{viewer}")
}

#[cfg(test)]
mod tests;
