//! A sample platform: people to sign in as, rooms, wallets, coupons and orders in every state, and the life of it.

mod boost;
mod feed;
mod guarantee;
mod incentive;
mod life;
mod money;
mod streams;

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tuiliu_app::delivery::{DecisionAsk, EventKind, ReportedEvent, Reporter, SlotAsk};
use tuiliu_app::outside::Clock;
use tuiliu_app::promotion::{PlacePromotionOrder, StopPromotionOrder};
use tuiliu_app::{App, CommandError};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::live::{RoomFact, RoomState};
use tuiliu_domain::money::{Beans, Micros};
use tuiliu_domain::party::Role;
use tuiliu_domain::promotion::{Bidding, ChargedBy, Desk, Goal, OrderState, Product};
use tuiliu_domain::time::{HOUR_MS, SECOND_MS};

use crate::audience::Viewer;
use crate::creator::{content, sells};
use crate::seed::funding::Funding;
use crate::seed::platform::{Platform, Refused, login};

pub use life::{LifeSettings, Witness, live};

/// The tenant's name, by which it is found again.
pub const NAME: &str = "Sample platform";
/// Marks in the store that everything stands.
const SEEDED: &str = "sample platform stands";
/// Creators of the sample; every third sells in broadcasts.
const CREATORS: usize = 9;
/// What everybody has to spend first.
const FUNDING: Funding = Funding { coupon_points: 800, growth_card_points: 300, gift_beans: 500, paid_beans: 30_000 };
/// Views that the settled order is brought.
const SETTLED_VIEWS: u64 = 24;
/// How long the platform may take for one thing while it is set up.
const PATIENCE: u32 = 200;
const PATIENCE_STEP: std::time::Duration = std::time::Duration::from_millis(50);

/// Somebody who can sign in to the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleLogin {
    pub name: &'static str,
    pub password: &'static str,
    pub roles: &'static [Role],
}

/// Staff of the sample, the operator first, and some of its buyers. Known to everybody: it is a sample.
pub const LOGINS: &[SampleLogin] = &[
    SampleLogin { name: "operator", password: "operator-demo", roles: &[Role::Operator] },
    SampleLogin { name: "reviewer", password: "reviewer-demo", roles: &[Role::Reviewer] },
    SampleLogin { name: "finance", password: "finance-demo", roles: &[Role::Finance] },
    SampleLogin { name: "support", password: "support-demo", roles: &[Role::SupportAgent] },
    SampleLogin { name: "creator", password: "creator-demo", roles: &[Role::Creator] },
    SampleLogin { name: "merchant", password: "merchant-demo", roles: &[Role::Merchant] },
    SampleLogin { name: "agency", password: "agency-demo", roles: &[Role::Agency] },
];

/// The sample platform, as it stands.
#[derive(Debug, Clone)]
pub struct Sample {
    pub platform: Platform,
    /// Creators and merchants by their number; the number says what they broadcast.
    pub creators: Vec<PartyId>,
}

impl Sample {
    /// The sample's tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.platform.tenant
    }
}

/// Sets the sample up step by step; what stands is left as it is. The app's jobs must be running.
pub async fn seed_platform(app: &App, clock: Arc<dyn Clock>) -> Result<Sample> {
    let operator = LOGINS[0];
    let operator = login(operator.name, operator.password, operator.roles)?;
    let platform = Platform::open(app.clone(), clock, NAME, operator).await?;
    let stands = platform.answered(SEEDED).await?.is_some();
    let mut sample = Sample { platform, creators: Vec::new() };
    sample.people(stands).await?;
    if !stands {
        sample.settled_order().await.context("failed to settle a sample order")?;
        sample.orders().await?;
        sample.incentives().await.context("failed to set up the sample's incentives")?;
        sample.guarantees().await.context("failed to set up sample guarantees")?;
        sample.boosts().await.context("failed to set up sample boosts")?;
        sample.money().await.context("failed to set up the sample's money desk")?;
        sample.platform.once(SEEDED, |_, _| Ok(String::new())).await?;
    }
    Ok(sample)
}

impl Sample {
    async fn people(&mut self, stand: bool) -> Result<()> {
        let platform = &self.platform;
        for nth in 0..CREATORS {
            let role = if sells(nth) { Role::Merchant } else { Role::Creator };
            let reference = format!("sample-creator-{nth}");
            let known = if stand { Some(platform.known_party(&reference).await?) } else { None };
            let sign_in = match nth {
                0 => LOGINS.iter().find(|login| login.roles == [Role::Creator]),
                1 => LOGINS.iter().find(|login| login.roles == [Role::Merchant]),
                _ => None,
            };
            let sign_in = sign_in.map(|found| login(found.name, found.password, found.roles)).transpose()?;
            let party = match known {
                Some(party) => party,
                None => platform.party(role, &reference, sign_in).await?,
            };
            self.creators.push(party);
        }
        if stand {
            return Ok(());
        }
        for staff in &LOGINS[1..4] {
            let draft = login(staff.name, staff.password, staff.roles)?;
            platform.party(staff.roles[0], &format!("sample-{}", staff.name), Some(draft)).await?;
        }
        let found = LOGINS[6];
        let draft = login(found.name, found.password, found.roles)?;
        let agency = platform.party(Role::Agency, "sample-agency", Some(draft)).await?;
        for (nth, creator) in self.creators.iter().enumerate() {
            if nth < 3 {
                let client = platform.actor_of(*creator, if sells(nth) { Role::Merchant } else { Role::Creator });
                let consent = platform.app.consent_to_agency(client, *creator, agency).await;
                consent.context("failed to let the agency act for a creator")?;
            }
            platform.fund(&format!("sample creator {nth}"), *creator, FUNDING).await?;
        }
        Ok(())
    }

    /// One order that has run, was stopped and has given back the rest, so that there is a report from the start.
    async fn settled_order(&self) -> Result<()> {
        let platform = &self.platform;
        let usual = self.settle_wait(0).await?;
        let room = self.broadcast(0).await?;
        let command = self.draft(room, 0, (Goal::Viewers, 500, None));
        let order = platform.order("sample settled", command, Some(CouponChoice::Automatic)).await?;
        self.settle_wait(usual).await?;
        if let OrderState::Running { .. } = self.state(order).await? {
            self.bring_views(order).await?;
            let stop = StopPromotionOrder { order };
            platform.app.stop_promotion_order(platform.actor(), stop).await.context("failed to stop it")?;
        }
        for _ in 0..PATIENCE {
            if self.state(order).await?.is_final() {
                return Ok(());
            }
            tokio::time::sleep(PATIENCE_STEP).await;
        }
        bail!("it is still `{}`", self.state(order).await?.name())
    }

    /// Sets how long settling waits for late events; answers how long it usually does.
    async fn settle_wait(&self, wait_ms: i64) -> Result<i64> {
        self.change_policy(&format!(r#"{{"order": {{"settle_wait_ms": {wait_ms}}}}}"#)).await?;
        Ok(tuiliu_domain::policy::OrderPolicy::default().settle_wait_ms)
    }

    /// Changes settings of the policy, given as JSON.
    async fn change_policy(&self, change: &str) -> Result<()> {
        let platform = &self.platform;
        let policy = platform.app.policy(platform.actor()).await.context("failed to read the policy")?;
        let change = change.parse().context("failed to write the policy")?;
        let changed = platform.app.change_policy(platform.actor(), policy.version, change).await;
        changed.map(drop).context("failed to change the policy")
    }

    /// Shows an order to viewers who watch it, until it has enough views.
    async fn bring_views(&self, order: PromotionOrderId) -> Result<()> {
        let platform = &self.platform;
        let mut views = 0;
        for number in 0..u64::from(PATIENCE) {
            if views >= SETTLED_VIEWS {
                return Ok(());
            }
            let viewer = Viewer::numbered(0, number);
            let ask = DecisionAsk {
                placement: "feed".to_owned(),
                slots: vec![SlotAsk { position: 2, ..SlotAsk::default() }],
                feed_items: Some(8),
                viewer: viewer.ask().clone(),
                ..DecisionAsk::default()
            };
            let shown = platform.app.decide(platform.tenant, &ask).shown.into_iter().find(|shown| shown.order == order);
            let Some(shown) = shown else {
                tokio::time::sleep(PATIENCE_STEP).await;
                continue;
            };
            let event = |kind: EventKind, watched_ms: Option<i64>| ReportedEvent {
                id: format!("{}-{}", shown.decision, kind.code()),
                kind: Some(kind),
                occurred_at: platform.now(),
                token: Some(shown.token.clone()),
                watched_ms,
                ..ReportedEvent::default()
            };
            let events = vec![
                event(EventKind::Impression, None),
                event(EventKind::RoomEnter, None),
                event(EventKind::Watch, Some(12 * SECOND_MS)),
            ];
            let tenant = platform.tenant;
            let reporter = Reporter { tenant, money_allowed: true, strict: false, validate_only: false };
            platform.app.report_events(reporter, events).await.context("failed to report a view")?;
            views += 1;
        }
        Ok(())
    }

    /// Orders that run, one of each goal and more, one that is reserved, and one that nobody has paid for.
    async fn orders(&self) -> Result<()> {
        let platform = &self.platform;
        let bid = |beans: i64| Some(Micros::new(beans * 1_000_000));
        let running = [
            (0, Goal::Viewers, 1_000, None),
            (0, Goal::Interactions, 2_000, None),
            (1, Goal::ProductClicks, 5_000, bid(6)),
            (1, Goal::Viewers, 500, bid(2)),
            (2, Goal::Follows, 3_000, None),
            (3, Goal::Interactions, 2_000, None),
            (4, Goal::ProductClicks, 6_000, bid(5)),
            (5, Goal::Viewers, 2_000, None),
        ];
        for (place, (nth, goal, budget, bid)) in running.into_iter().enumerate() {
            let room = self.broadcast(nth).await?;
            let command = self.draft(room, nth, (goal, budget, bid));
            platform.order(&format!("sample running {place}"), command, Some(CouponChoice::Automatic)).await?;
        }
        let unpaid = self.draft(self.broadcast(2).await?, 2, (Goal::Viewers, 500, None));
        platform.order("sample unpaid", unpaid, None).await?;
        // A creator who has broadcast before books the next one (TP-10).
        let creator = CREATORS - 1;
        let before = self.broadcast(creator).await?;
        if !matches!(self.room_state(before).await?, RoomState::Ended { .. }) {
            platform.fact(before, RoomFact::Ended).await?;
        }
        let next = platform.room(self.creators[creator], &room_name(creator, 1), content(creator)).await?;
        let reserved = self.draft(next, creator, (Goal::Viewers, 1_000, None));
        platform.order("sample reserved", reserved, Some(CouponChoice::Automatic)).await.map(drop)
    }

    /// A creator's first broadcast, live.
    async fn broadcast(&self, nth: usize) -> Result<RoomId> {
        let platform = &self.platform;
        let room = platform.room(self.creators[nth], &room_name(nth, 0), content(nth)).await?;
        if let RoomState::Planned = self.room_state(room).await? {
            if sells(nth) {
                platform.fact(room, RoomFact::CartMounted).await?;
            }
            platform.fact(room, RoomFact::Started).await?;
        }
        Ok(room)
    }

    async fn room_state(&self, room: RoomId) -> Result<RoomState> {
        let (room, _) = self.platform.app.room(self.platform.actor(), room).await.context("failed to read a room")?;
        Ok(room.state)
    }

    fn draft(&self, room: RoomId, nth: usize, order: (Goal, u32, Option<Micros>)) -> PlacePromotionOrder {
        let (goal, budget, bid) = order;
        PlacePromotionOrder {
            product: Product::TrafficPack,
            content: room.into(),
            desk: Desk::default(),
            charged_by: ChargedBy::default(),
            payer: self.creators[nth],
            goal,
            placement: None,
            audience: None,
            bidding: Bidding::by_bid(bid),
            budget: Beans::from(budget),
            duration_ms: 6 * HOUR_MS,
            guard_rules: Vec::new(),
        }
    }

    async fn state(&self, order: PromotionOrderId) -> Result<OrderState> {
        let view = self.platform.app.promotion_order(self.platform.actor(), order).await;
        Ok(view.context("failed to read an order")?.order.state)
    }
}

/// What the host calls a creator's broadcast of this number.
fn room_name(creator: usize, number: u32) -> String {
    format!("sample-{creator}-{number}")
}

/// A number that no other start of the sample's life has.
async fn number_life(app: &App) -> Result<u64> {
    /// No node that decides has this number.
    const NODE: u32 = 0;
    let life = app.write(|_, tx| Ok::<_, CommandError<Refused>>(tx.next_epoch(NODE)?));
    life.await.context("failed to number this start")
}

#[cfg(test)]
mod tests;
