//! Orders with a cost cap in a market of many prices, beside automatic ones in the same market (DL-04).

use tuiliu_delivery::Rng;

use tuiliu_domain::promotion::{ChargedBy, Desk, Product};

use super::*;

const VIEWERS: u32 = 700;
const VIEWERS_A_TICK: u32 = 5;
const BUDGET: u32 = 350;
/// Results for each impression, in billionths.
const RATE: u64 = 500_000_000;

/// What an order has bought.
#[derive(Debug)]
struct Bought {
    results: i64,
    spent: Micros,
}

impl Bought {
    /// Whether a result cost more than so many thousandths of this price.
    fn costs_more_than(&self, price: Micros, permille: i64) -> bool {
        self.spent.get() * 1_000 > price.get() * permille * self.results
    }
}

impl World {
    async fn order_bidding(&self, room: RoomId, bidding: Bidding) -> PromotionOrderId {
        let command = PlacePromotionOrder {
            product: Product::TrafficPack,
            content: room.into(),
            desk: Desk::default(),
            charged_by: ChargedBy::default(),
            payer: self.creator,
            goal: Goal::Viewers,
            placement: None,
            audience: None,
            bidding,
            budget: Beans::from(BUDGET),
            duration_ms: HOUR_MS,
            guard_rules: Vec::new(),
        };
        let order = self.app.place_promotion_order(staff(self.tenant), command).await.unwrap().id;
        let pay = PayPromotionOrder { order, coupons: CouponChoice::Automatic };
        self.app.pay_promotion_order(staff(self.tenant), pay).await.unwrap();
        self.app.deliver_once().await;
        order
    }

    async fn room_with_cart(&self) -> RoomId {
        let room = self.room("cart", "今晚的面包").await;
        self.fact(room, RoomFact::CartMounted).await;
        self.fact(room, RoomFact::Started).await;
        room
    }

    /// An hour of viewers at prices of 0.3 to 4.3 beans a result, of whom as many stay as were predicted to.
    async fn hour(&self, seed: u64) {
        let mut rng = Rng::seeded(seed);
        for viewer in 0..VIEWERS {
            let [one, other] = [0; 2].map(|_: i64| i64::from(rng.below_million()));
            let price = 300_000 + 4 * (one * other / 1_000_000);
            let slot =
                SlotAsk { floor: Some(Micros::new(price / 2)), predicted_billionths: Some(RATE), ..SlotAsk::default() };
            let ask = DecisionAsk {
                placement: "feed".to_owned(),
                slots: vec![slot],
                feed_items: Some(8),
                viewer: ViewerAsk { id: Some(format!("viewer {viewer}")), ..ViewerAsk::default() },
                ..DecisionAsk::default()
            };
            let stays = u64::from(rng.below_million()) * 1_000 < RATE;
            if let Some(shown) = self.app.decide(self.tenant, &ask).shown.pop() {
                let seen = vec![event(&shown, EventKind::Impression, self.now())];
                self.report(if stays { watched(&shown, self.now()) } else { seen }).await;
            }
            if viewer % VIEWERS_A_TICK == 0 {
                self.clock.advance_ms(u32::try_from(HOUR_MS).unwrap() / VIEWERS * VIEWERS_A_TICK);
                self.app.deliver_once().await;
                self.app.pace_delivery();
            }
        }
        self.app.deliver_once().await;
    }

    async fn bought(&self, order: PromotionOrderId) -> Bought {
        Bought { results: self.total(order, "results").await, spent: self.spent(order).await }
    }
}

#[tokio::test]
async fn dl_04_a_cost_cap_is_kept_where_an_automatic_order_pays_more() {
    let cost_max = Micros::new(600_000);
    for seed in 1..=2 {
        let world = World::new().await;
        let automatic = world.order_bidding(world.room, Bidding::Automatic).await;
        world.hour(seed).await;
        let automatic = world.bought(automatic).await;

        let mut world = World::new().await;
        let room = world.room_with_cart().await;
        let order = world.order_bidding(room, Bidding::CostCap { cost_max }).await;
        assert!(world.app.pace_of(order).unwrap().bid <= cost_max, "no price is known yet");
        world.hour(seed).await;
        let pace = world.app.pace_of(order).unwrap();
        let capped = world.bought(order).await;

        assert!(capped.results >= 100 && !capped.costs_more_than(cost_max, 1_050), "{capped:?}");
        // Dearer results than the cap are bought beside cheaper ones.
        assert!(capped.costs_more_than(cost_max, 900), "{capped:?}");
        assert!(automatic.costs_more_than(cost_max, 1_500), "{automatic:?}");
        assert!(automatic.results > capped.results, "{automatic:?} {capped:?}");
        assert!(pace.bid > cost_max, "one bid may lie above what results cost on average: {pace:?}");
        assert!(pace.bid_too_low.is_some(), "the cap leaves most of the budget: {pace:?}");
        world.assert_audited().await;

        world.restart().await;
        let known = world.app.shell.engine.live()[&order].results;
        assert_eq!(i64::try_from(known).unwrap(), capped.results, "another node goes on with what was bought");
    }
}
