//! Buyers: they order, pay or not, stop, top up, and ask again when no answer comes.

use anyhow::{Context, Result};
use tuiliu_app::promotion::{PayPromotionOrder, StopPromotionOrder, TopUpPromotionOrder};
use tuiliu_app::{CommandError, Shell, Tx};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::live::RoomState;
use tuiliu_domain::money::{Asset, Beans};
use tuiliu_domain::promotion::{Goal, OrderForm, OrderState};
use tuiliu_domain::time::HOUR_MS;

use super::Done;
use super::host::Host;
use crate::creator::{self, Wish};
use crate::random::Chance;
use crate::seed::funding::Funding;
use crate::seed::platform::{Platform, refused};

/// What each creator can spend.
const FUNDING: Funding = Funding { coupon_points: 120, growth_card_points: 0, gift_beans: 90, paid_beans: 3_000 };

/// Everybody who buys.
pub(super) struct Desk {
    orders: Vec<PromotionOrderId>,
    /// Tries, so that each has a key of its own.
    tries: u64,
    chance: Chance,
}

impl Desk {
    pub(super) async fn begin(platform: &Platform, host: &Host, seed: u64) -> Result<Self> {
        for (nth, stream) in host.streams.iter().enumerate() {
            platform.fund(&format!("creator {nth}"), stream.creator, FUNDING).await?;
        }
        Ok(Self { orders: Vec::new(), tries: 0, chance: Chance::of(seed, 2) })
    }

    /// Every order that was answered for.
    pub(super) fn orders(&self) -> impl Iterator<Item = PromotionOrderId> {
        self.orders.iter().copied()
    }

    /// Perhaps somebody orders; what is refused is not tried again.
    pub(super) async fn order(&mut self, platform: &Platform, host: &Host, done: &mut Done) -> Result<()> {
        if !self.chance.permille(300) {
            return Ok(());
        }
        let stream = host.streams[self.chance.place(host.streams.len())];
        let (room, _) = platform.app.room(platform.actor(), stream.room).await.context("failed to read a room")?;
        let form = match (room.state, room.cart.previous_had_cart) {
            (RoomState::Planned, Some(had_cart)) => OrderForm::by_cart(had_cart),
            _ => room.form(),
        };
        let goal = creator::goal(form, &mut self.chance);
        let budget_min = match goal {
            Goal::Viewers => 20,
            Goal::Interactions | Goal::ProductClicks => 40,
            _ => 60,
        };
        let wish = Wish { room: room.id, payer: stream.creator, form, budget_min, goal };
        let command = creator::order(wish, &mut self.chance);
        let pays = self.chance.permille(900).then_some(CouponChoice::Automatic);
        self.tries += 1;
        let key = format!("try {}", self.tries);
        let first = platform.order(&key, command.clone(), pays.clone()).await;
        if self.chance.permille(300) {
            // The answer was lost: the same key must bring the same answer, whatever has happened since.
            done.lost_answers += 1;
            let again = platform.order(&key, command, pays).await;
            anyhow::ensure!(first.as_ref().ok() == again.as_ref().ok(), "key `{key}` was answered in two ways");
        }
        if let Ok(order) = first {
            done.orders += 1;
            self.orders.push(order);
        }
        Ok(())
    }

    /// Perhaps somebody changes their mind about an order.
    pub(super) async fn change(&mut self, platform: &Platform, done: &mut Done) -> Result<()> {
        if self.orders.is_empty() || !self.chance.permille(60) {
            return Ok(());
        }
        let order = self.orders[self.chance.place(self.orders.len())];
        let view = platform.app.promotion_order(platform.actor(), order).await.context("failed to read an order")?;
        match view.order.state {
            OrderState::PendingPayment { .. } if self.chance.permille(500) => self.pay_late(platform, order).await,
            OrderState::Running { .. } | OrderState::Paused { .. } if self.chance.permille(600) => {
                done.top_ups += u64::from(self.top_up(platform, order).await?);
                Ok(())
            }
            _ => {
                let stop = StopPromotionOrder { order };
                let stopped = platform.app.stop_promotion_order(platform.actor(), stop).await;
                done.stops += u64::from(stopped.is_ok());
                Ok(())
            }
        }
    }

    async fn pay_late(&mut self, platform: &Platform, order: PromotionOrderId) -> Result<()> {
        let command = PayPromotionOrder { order, coupons: CouponChoice::No };
        match platform.app.pay_promotion_order(platform.actor(), command).await {
            Ok(_) | Err(CommandError::Refused(_)) => Ok(()),
            Err(fault) => Err(fault).context("failed to pay"),
        }
    }

    /// A top-up under a key, asked for twice; whether it was taken.
    async fn top_up(&mut self, platform: &Platform, order: PromotionOrderId) -> Result<bool> {
        self.tries += 1;
        let key = format!("top-up {}", self.tries);
        let actor = platform.actor();
        let duration_ms = if self.chance.permille(500) { HOUR_MS / 2 } else { 0 };
        let command = TopUpPromotionOrder {
            order,
            price: Beans::from(100),
            currency: Asset::Bean,
            duration_ms,
            coupons: CouponChoice::Automatic,
        };
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let topped_up = shell.top_up_promotion_order(tx, &actor, &command).map_err(refused)?;
            Ok(topped_up.budget.to_string())
        };
        let first = platform.once(&key, work.clone()).await;
        let again = platform.once(&key, work).await;
        anyhow::ensure!(first.as_ref().ok() == again.as_ref().ok(), "key `{key}` was answered in two ways");
        Ok(first.is_ok())
    }

    /// Whether nothing can happen to any order any more.
    pub(super) async fn all_final(&self, platform: &Platform) -> Result<bool> {
        for order in &self.orders {
            let view = platform.app.promotion_order(platform.actor(), *order).await;
            if !view.context("failed to read an order")?.order.state.is_final() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
