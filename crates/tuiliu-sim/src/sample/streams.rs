//! The creators: they go live, break off, come back, end, go live again, and always buy some traffic.

use anyhow::{Context, Result};
use tracing::warn;
use tuiliu_app::live::RoomFilter;
use tuiliu_app::promotion::OrderFilter;
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::RoomId;
use tuiliu_domain::live::{Room, RoomFact, RoomState};
use tuiliu_domain::policy::OrderPolicy;
use tuiliu_domain::promotion::OrderForm;
use tuiliu_domain::time::{MINUTE_MS, SECOND_MS, Timestamp};

use super::feed::Feed;
use super::life::{LifeSettings, Witness};
use super::{Sample, room_name};
use crate::audience::SeenRoom;
use crate::creator::{self, Wish, content, seen, sells};
use crate::progress::Progress;
use crate::random::Chance;
use crate::seed::funding::Funding;

/// Orders of one room that run, or will, at one time.
const ORDERS_AT_ONCE: usize = 2;
/// What a wallet is topped up with when it cannot pay the next order.
const TOP_UP: Funding = Funding { coupon_points: 200, growth_card_points: 0, gift_beans: 100, paid_beans: 20_000 };

/// How long things take on average, in the audience's time.
mod mean {
    use super::{MINUTE_MS, SECOND_MS};

    pub(super) const BEFORE_START_MS: i64 = 3 * MINUTE_MS;
    pub(super) const BROADCAST_MS: i64 = 90 * MINUTE_MS;
    pub(super) const BEFORE_INTERRUPTION_MS: i64 = 25 * MINUTE_MS;
    pub(super) const INTERRUPTION_MS: i64 = 30 * SECOND_MS;
    pub(super) const BEFORE_NEXT_ROOM_MS: i64 = 2 * MINUTE_MS;
    pub(super) const BEFORE_ORDER_MS: i64 = 2 * MINUTE_MS;
}

/// All creators of the sample.
pub(super) struct Streams {
    sample: Sample,
    settings: LifeSettings,
    chance: Chance,
    looked_at: Timestamp,
}

impl Streams {
    pub(super) fn new(sample: &Sample, settings: LifeSettings, life: u64) -> Self {
        let chance = Chance::of(settings.seed, life ^ 0xC0FF_EE00);
        Self { sample: sample.clone(), settings, chance, looked_at: sample.platform.now() }
    }

    /// Everything that creators do until now.
    pub(super) async fn tick(&mut self, feed: &mut Feed, progress: &Progress, witness: Option<&dyn Witness>) {
        let now = self.sample.platform.now();
        let passed_ms = now.since_ms(self.looked_at).max(0).saturating_mul(i64::from(self.settings.speed));
        self.looked_at = now;
        let mut live = Vec::new();
        for nth in 0..self.sample.creators.len() {
            match self.act(nth, passed_ms, (progress, witness)).await {
                Ok(room) => live.extend(room),
                Err(error) => {
                    progress.failures.add(1);
                    warn!(error = format!("{error:#}"), "a creator of the sample could not go on");
                }
            }
        }
        feed.meet(live);
    }

    /// Whether something happens now that takes so long on average.
    fn happens(&mut self, passed_ms: i64, mean_ms: i64) -> bool {
        self.chance.wait_ms(mean_ms) <= passed_ms
    }

    /// One creator; answers the room when viewers can meet it.
    async fn act(
        &mut self,
        nth: usize,
        passed_ms: i64,
        (progress, witness): (&Progress, Option<&dyn Witness>),
    ) -> Result<Option<(RoomId, SeenRoom)>> {
        let platform = self.sample.platform.clone();
        let Some(room) = self.last_room(nth).await? else {
            self.next_room(nth, 0).await?;
            return Ok(None);
        };
        match room.state {
            RoomState::Ended { .. } => {
                if self.happens(passed_ms, mean::BEFORE_NEXT_ROOM_MS) {
                    self.next_room(nth, number_of(&room) + 1).await?;
                }
                return Ok(None);
            }
            RoomState::Planned => {
                if self.happens(passed_ms, mean::BEFORE_START_MS) {
                    if sells(nth) {
                        platform.fact(room.id, RoomFact::CartMounted).await?;
                    }
                    platform.fact(room.id, RoomFact::Started).await?;
                }
                return Ok(None);
            }
            RoomState::Interrupted { .. } => {
                if self.happens(passed_ms, mean::INTERRUPTION_MS) {
                    platform.fact(room.id, RoomFact::Resumed).await?;
                }
                return Ok(None);
            }
            RoomState::Live { .. } if self.happens(passed_ms, mean::BROADCAST_MS) => {
                platform.fact(room.id, RoomFact::Ended).await?;
                return Ok(None);
            }
            RoomState::Live { .. } if self.happens(passed_ms, mean::BEFORE_INTERRUPTION_MS) => {
                platform.fact(room.id, RoomFact::Interrupted).await?;
                return Ok(None);
            }
            RoomState::Live { .. } => {}
        }
        if self.happens(passed_ms, mean::BEFORE_ORDER_MS) && self.open_orders(&room).await? < ORDERS_AT_ONCE {
            let order = self.order(nth, &room).await?;
            progress.orders.add(1);
            if let Some(witness) = witness {
                witness.ordered(order);
            }
        }
        Ok(Some((room.id, seen(nth, room.has_cart()))))
    }

    async fn last_room(&self, nth: usize) -> Result<Option<Room>> {
        let platform = &self.sample.platform;
        let filter = RoomFilter { creator: Some(self.sample.creators[nth]), before: None, limit: 1 };
        let rooms = platform.app.rooms(platform.actor(), filter).await.context("failed to list the rooms")?;
        Ok(rooms.into_iter().next())
    }

    async fn next_room(&self, nth: usize, number: u32) -> Result<()> {
        let creator = self.sample.creators[nth];
        self.sample.platform.room(creator, &room_name(nth, number), content(nth)).await.map(drop)
    }

    async fn open_orders(&self, room: &Room) -> Result<usize> {
        let platform = &self.sample.platform;
        let filter = OrderFilter { payer: None, content: Some(room.id.into()), before: None, limit: 100 };
        let orders = platform.app.promotion_orders(platform.actor(), filter).await.context("failed to list orders")?;
        Ok(orders.iter().filter(|view| !view.order.state.is_final()).count())
    }

    /// Places and pays an order, after a top-up when the wallet is too light.
    async fn order(&mut self, nth: usize, room: &Room) -> Result<tuiliu_domain::id::PromotionOrderId> {
        let platform = self.sample.platform.clone();
        let payer = self.sample.creators[nth];
        let form = OrderForm::by_cart(room.has_cart());
        let goal = creator::goal(form, &mut self.chance);
        let presets = OrderPolicy::default().presets;
        let least = presets.get(goal).and_then(|presets| presets.first()).map_or(0, |preset| preset.get());
        let budget_min = u32::try_from(least).context("failed to read the smallest budget")?;
        let wish = Wish { room: room.id, payer, form, budget_min, goal };
        let command = creator::order(wish, &mut self.chance);
        let key = format!("{} at {}", room.external_id, platform.now().ms());
        let wallet = platform.app.wallet(platform.actor(), payer).await.context("failed to read a wallet")?;
        if wallet.beans < command.budget {
            platform.fund(&key, payer, TOP_UP).await?;
        }
        platform.order(&key, command, Some(CouponChoice::Automatic)).await
    }
}

/// Which of its creator's broadcasts a room is.
fn number_of(room: &Room) -> u32 {
    room.external_id.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
