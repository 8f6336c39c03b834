//! The platform that a log is replayed on.

use std::sync::Arc;

use anyhow::{Context, Result};
use tuiliu_app::App;
use tuiliu_app::promotion::PlacePromotionOrder;
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId};
use tuiliu_domain::live::{RoomContent, RoomFact};
use tuiliu_domain::money::{CENTIBEAN_WORTH, Micros};
use tuiliu_domain::party::Role;
use tuiliu_domain::promotion::{Bidding, ChargedBy, Desk, Product};
use tuiliu_domain::review::Visibility;

use super::log::Market;
use super::plan::{Plan, PlannedOrder};
use crate::fault::number_run;
use crate::seed::World;
use crate::seed::funding::Funding;
use crate::seed::platform::{Platform, login};

/// The tenant's name, by which it is found again.
const NAME: &str = "replay";

/// A platform with its rooms, ready for orders.
pub(super) struct Stage {
    pub(super) platform: Platform,
    pub(super) creators: Vec<PartyId>,
    pub(super) rooms: Vec<RoomId>,
}

impl Stage {
    /// Sets the stage up, or finds it as it was left.
    pub(super) async fn set(app: &App, world: &World, plan: &Plan, market: &Market) -> Result<Self> {
        number_run(app, world).await?;
        let operator = login("operator", "replay-operator", &[Role::Operator])?;
        let platform = Platform::open(app.clone(), Arc::new(Arc::clone(&world.clock)), NAME, operator).await?;
        set_policy(&platform, market).await?;
        let mut stage = Self { platform, creators: Vec::new(), rooms: Vec::new() };
        for (nth, has_cart) in plan.rooms.iter().enumerate() {
            let creator = stage.platform.party(Role::Creator, &format!("creator-{nth}"), None).await?;
            let content = RoomContent {
                title: format!("Replayed broadcast {nth}"),
                category: "general".to_owned(),
                visibility: Visibility::Public,
            };
            let room = stage.platform.room(creator, &format!("room-{nth}"), content).await?;
            if *has_cart {
                stage.platform.fact(room, RoomFact::CartMounted).await?;
            }
            stage.platform.fact(room, RoomFact::Started).await?;
            stage.creators.push(creator);
            stage.rooms.push(room);
        }
        Ok(stage)
    }

    /// Pays for an order and places it; the same order each time.
    pub(super) async fn order(&self, nth: usize, planned: &PlannedOrder) -> Result<PromotionOrderId> {
        let payer = self.creators[planned.room];
        let funding = Funding {
            coupon_points: planned.coupon_points,
            growth_card_points: 0,
            gift_beans: planned.gift_beans,
            paid_beans: planned.budget.get() - planned.coupon_points - planned.gift_beans,
        };
        self.platform.fund(&format!("order {nth}"), payer, funding).await?;
        let command = PlacePromotionOrder {
            product: Product::TrafficPack,
            content: self.rooms[planned.room].into(),
            desk: Desk::default(),
            charged_by: ChargedBy::default(),
            payer,
            goal: planned.goal,
            placement: None,
            audience: None,
            bidding: Bidding::by_bid(planned.bid),
            budget: planned.budget,
            duration_ms: planned.duration_ms,
            guard_rules: Vec::new(),
        };
        self.platform.order(&nth.to_string(), command, Some(CouponChoice::Automatic)).await
    }
}

/// Budgets of any size, priors that fit what the log's market pays, and nobody held out: a log has no ghosts.
async fn set_policy(platform: &Platform, market: &Market) -> Result<()> {
    let actor = platform.actor();
    let policy = platform.app.policy(actor.clone()).await.context("failed to read the policy")?;
    if policy.version > 1 {
        return Ok(());
    }
    let prior = |price: Micros| {
        let mid = price.max(CENTIBEAN_WORTH).get();
        format!(r#"{{"low": {}, "mid": {mid}, "high": {}}}"#, mid / 2, mid * 2)
    };
    let view = prior(market.price_of_impression());
    let click = prior(market.price_of_click());
    let presets = "[1, 10, 100, 1000, 10000]";
    let change = format!(
        r#"{{"order": {{"presets": {{"viewers": {presets}, "interactions": {presets}, "follows": {presets},
                "product_clicks": {presets}}}}},
            "estimate": {{"cost_per_result": {{"viewers": {view}, "interactions": {click}, "follows": {click},
                "product_clicks": {click}}}}},
            "holdout": {{"share_permille_min": 0, "share_permille_max": 0, "universal_permille": 0}}}}"#
    );
    let change = change.parse().context("failed to write the policy")?;
    platform.app.change_policy(actor, policy.version, change).await.map(drop).context("failed to set the policy")
}
