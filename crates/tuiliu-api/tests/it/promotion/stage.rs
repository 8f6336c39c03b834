//! A platform with money in its wallets, rooms on air and a feed that asks.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tuiliu_api::api::ApiSettings;
use tuiliu_api::views::TimeView;
use tuiliu_app::outside::Clock as _;
use tuiliu_app::wallet::GiveBeans;
use tuiliu_domain::coupon::{CouponConditions, CouponKind};
use tuiliu_domain::id::{Id, LotId, PartyId};
use tuiliu_domain::ledger::{AccountId, AccountKind, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::Store;
use tuiliu_store::testing::memory;

use crate::harness::body_of;
use crate::platform::{TestActor, TestPlatform, request};

pub(crate) const MINUTE_MS: u32 = 60_000;
pub(crate) const HOUR_MS: u32 = 60 * MINUTE_MS;

/// The platform, its jobs run by hand.
pub(crate) struct Stage {
    pub(crate) platform: TestPlatform,
}

/// Beans as they are sent.
pub(crate) fn beans(whole: i64) -> Value {
    json!({"amount": whole * 100, "currency": "BEAN"})
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::on(memory()).await
    }

    /// The same on this store.
    pub(crate) async fn on(store: Store) -> Self {
        Self::with_settings(store, ApiSettings::default()).await
    }

    /// The same with these settings.
    pub(crate) async fn with_settings(store: Store, settings: ApiSettings) -> Self {
        let stage = Self { platform: TestPlatform::on(store, settings).await };
        stage.platform.app.start_delivery().await.unwrap();
        // Nobody is held out: whoever is to be shown something, is.
        let nobody = json!({"holdout": {"share_permille_min": 0, "share_permille_max": 0, "universal_permille": 0}});
        stage.change_policy(nobody).await;
        stage
    }

    /// The same, with beans given to the creator.
    pub(crate) async fn with_beans(whole: i64) -> Self {
        let stage = Self::new().await;
        if whole > 0 {
            stage.give(stage.platform.ours.creator.party, whole * 100).await;
        }
        stage
    }

    /// The same, where a viewer is thought to be worth a hundred beans: bids start there.
    pub(crate) async fn dear(whole: i64) -> Self {
        let stage = Self::with_beans(whole).await;
        let cost = json!({"low": 100_000_000, "mid": 100_000_000, "high": 100_000_000});
        let costs = json!({"viewers": cost, "interactions": cost, "follows": cost, "product_clicks": cost});
        stage.change_policy(json!({"estimate": {"cost_per_result": costs}})).await;
        stage
    }

    /// The operator changes these settings.
    pub(crate) async fn change_policy(&self, change: Value) {
        let operator = self.platform.caller(&self.platform.ours.operator).await;
        let app = &self.platform.app;
        let version = app.policy(operator.actor.clone()).await.unwrap().version;
        app.change_policy(operator.actor.clone(), version, change).await.unwrap();
    }

    pub(crate) fn creator(&self) -> &TestActor {
        &self.platform.ours.creator
    }

    pub(crate) fn machine(&self) -> &TestActor {
        &self.platform.ours.machine
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.platform.clock.now()
    }

    /// An instant before or after now, as it is sent.
    pub(crate) fn at(&self, offset_ms: i64) -> String {
        TimeView(self.now().plus_ms(offset_ms)).to_string()
    }

    /// Runs every job once, as the loop would.
    pub(crate) async fn tick(&self) {
        let app = &self.platform.app;
        app.deliver_once().await;
        app.due_once().await;
        app.deliver_once().await;
    }

    /// Time passes, in steps that jobs see.
    pub(crate) async fn pass_ms(&self, ms: u32) {
        self.platform.clock.advance_ms(ms);
        self.tick().await;
    }

    /// Sends and expects this status.
    pub(crate) async fn expect(&self, who: &TestActor, path: &str, body: Value, status: u16) -> Value {
        let (met, json) = self.platform.post(who, path, body).await;
        assert_eq!(met.as_u16(), status, "POST {path}: {json}");
        json
    }

    /// Sends and expects to be refused with this code.
    pub(crate) async fn refused(&self, who: &TestActor, path: &str, body: Value, code: &str) {
        let (met, json) = self.platform.post(who, path, body).await;
        assert_eq!(json["code"], code, "POST {path}: {met} {json}");
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, json) = self.platform.get(self.creator(), path).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {json}");
        json
    }

    /// Sends with headers of its own; the body as text.
    pub(crate) async fn raw(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = self.platform.router.clone().oneshot(request).await.expect("the router cannot fail");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = body_of(response).await;
        (status, headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    // Money.

    /// Gives 1/100 beans.
    pub(crate) async fn give(&self, party: PartyId, centibeans: i64) {
        let operator = self.platform.caller(&self.platform.ours.operator).await;
        let gift = GiveBeans { party, beans: Amount::new(centibeans), valid_to: None, note: "for a test".to_owned() };
        let given = self.platform.app.write(move |shell, tx| shell.give_beans(tx, &operator.actor, &gift)).await;
        given.unwrap();
    }

    /// Puts bought beans into a wallet, in 1/100 bean.
    pub(crate) async fn buy(&self, party: PartyId, centibeans: i64) -> LotId {
        let tenant = self.platform.ours.id;
        let bought = self.platform.app.write(move |shell, tx| {
            let lot = NewLot {
                id: shell.id(),
                account: AccountId { kind: AccountKind::WalletPaid, asset: Asset::Bean, owner: party.value() },
                origin: LotOrigin::Payment(shell.id()),
                amount: Amount::new(centibeans),
                valid_from: shell.now(),
                valid_to: None,
                on_return: LotReturn::SameLot,
            };
            let from = AccountId { kind: AccountKind::Liquidity, asset: Asset::Bean, owner: tenant.value() };
            let group = LedgerGroup { id: shell.id(), commands: vec![LedgerCommand::OpenLot { from, lot }] };
            let posted = tx.ledger(&group, shell.now())?;
            posted.expect("the ledger opens a lot");
            Ok::<_, tuiliu_app::CommandError<std::convert::Infallible>>(lot.id)
        });
        bought.await.unwrap()
    }

    /// Grants a traffic coupon.
    pub(crate) async fn coupon(&self, party: PartyId, points: i64) -> String {
        self.coupon_of(party, CouponKind::TrafficCoupon, points).await
    }

    pub(crate) async fn coupon_of(&self, party: PartyId, kind: CouponKind, points: i64) -> String {
        use tuiliu_app::coupon::{CouponValidity, GrantCoupons};
        let operator = self.platform.caller(&self.platform.ours.operator).await;
        let command = GrantCoupons {
            owners: vec![party],
            kind,
            points: Amount::new(points),
            conditions: CouponConditions::NONE,
            validity: CouponValidity::Standard,
        };
        let granted = self.platform.app.write(move |shell, tx| shell.grant_coupons(tx, &operator.actor, &command));
        granted.await.unwrap()[0].coupon.lot.to_string()
    }

    /// What can be spent of gifts and bought beans, in 1/100 bean.
    pub(crate) async fn spendable(&self, who: &TestActor) -> (i64, i64) {
        let caller = self.platform.caller(who).await;
        let wallet = self.platform.app.wallet(caller.actor.clone(), who.party).await.unwrap();
        let of = |kind: AccountKind| {
            let found = wallet
                .accounts
                .iter()
                .find(|account| account.account.kind == kind && account.account.asset == Asset::Bean);
            found.map_or(0, |account| account.spendable.units())
        };
        (of(AccountKind::WalletGift), of(AccountKind::WalletPaid))
    }

    /// Points left on the creator's coupons, by coupon, those with something left only.
    pub(crate) async fn coupons_left(&self) -> Vec<(String, i64)> {
        let list = self.get(&format!("/v1/coupons?limit=100&owner={}", self.creator().party)).await;
        let coupons = list["data"].as_array().unwrap().iter();
        let left =
            coupons.map(|one| (one["id"].as_str().unwrap().to_owned(), one["remaining_points"].as_i64().unwrap()));
        left.filter(|(_, points)| *points > 0).collect()
    }

    /// The books add up.
    pub(crate) async fn audit_is_clean(&self) {
        let audit = self.platform.app.audit(|_| {}).await.unwrap();
        assert!(audit.is_clean(), "{}", audit.verdict());
    }

    /// A number for all that the books hold: whatever changes them changes it.
    pub(crate) async fn books(&self) -> (Vec<u8>, i64, i64) {
        let audit = self.platform.app.audit(|_| {}).await.unwrap();
        assert!(audit.is_clean(), "{}", audit.verdict());
        (audit.ledger.head.to_vec(), i64::try_from(audit.orders).unwrap(), audit.charges)
    }

    // Rooms.

    /// A planned room.
    pub(crate) async fn planned(&self, who: &TestActor, name: &str) -> String {
        let content = json!({"title": "周五晚上的面包课", "category": "bakery", "visibility": "public"});
        let body = json!({"creator_id": who.party.to_string(), "external_id": name, "content": content});
        let room = self.expect(self.machine(), "/v1/rooms", body, 201).await;
        room["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn fact(&self, room: &str, fact: &str) -> Value {
        let body = json!({"fact": fact, "occurred_at": self.at(0)});
        self.expect(self.machine(), &format!("/v1/rooms/{room}/facts"), body, 200).await
    }

    /// A room of the creator's that is live.
    pub(crate) async fn live(&self, name: &str) -> String {
        let room = self.planned(self.creator(), name).await;
        self.fact(&room, "started").await;
        room
    }

    /// A live room with a cart.
    pub(crate) async fn live_with_cart(&self, name: &str) -> String {
        let room = self.planned(self.creator(), name).await;
        self.fact(&room, "cart_mounted").await;
        self.fact(&room, "started").await;
        room
    }

    // Orders.

    /// An order for viewers of a room without a cart.
    pub(crate) fn draft(room: &str) -> Value {
        json!({"room_id": room, "goal": "viewers", "budget": beans(500), "duration_ms": 3_600_000})
    }

    /// The same for a room with a cart, with a bid in whole beans.
    pub(crate) fn draft_with_bid(room: &str, bid: i64) -> Value {
        let mut draft = Self::draft(room);
        draft["bid"] = beans(bid);
        draft
    }

    pub(crate) async fn place(&self, draft: Value) -> String {
        let placed = self.expect(self.creator(), "/v1/boosts", draft, 201).await;
        placed["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn pay(&self, boost: &str) -> Value {
        self.expect(self.creator(), &format!("/v1/boosts/{boost}/pay"), json!({}), 200).await
    }

    /// Placed, paid, passed by the automatic rules, and known to delivery.
    pub(crate) async fn running(&self, draft: Value) -> String {
        let boost = self.place(draft).await;
        let paid = self.pay(&boost).await;
        assert_eq!(paid["state"], "running", "{paid}");
        self.tick().await;
        boost
    }

    /// Somebody else's order that bids so many beans for viewers: where it loses, it sets the price.
    pub(crate) async fn rival(&self, bid: i64) -> String {
        let payer = self.platform.ours.stranger.party;
        self.give(payer, 1_000_000).await;
        let mut draft = Self::draft_with_bid(&self.live_with_cart("rival").await, bid);
        draft["payer_id"] = json!(payer.to_string());
        draft["budget"] = beans(5_000);
        let placed = self.expect(self.machine(), "/v1/boosts", draft, 201).await;
        let boost = placed["id"].as_str().unwrap().to_owned();
        self.expect(self.machine(), &format!("/v1/boosts/{boost}/pay"), json!({}), 200).await;
        self.tick().await;
        boost
    }

    /// Viewers come until the order has so many results.
    pub(crate) async fn results(&self, boost: &str, wanted: i64) {
        for viewer in 0..100 {
            if self.report(boost).await["totals"]["results"].as_i64().unwrap_or(0) >= wanted {
                return;
            }
            self.view(&format!("viewer-{viewer}")).await;
        }
        panic!("{boost} does not come to {wanted} results");
    }

    pub(crate) async fn act(&self, boost: &str, verb: &str) -> Value {
        self.expect(self.creator(), &format!("/v1/boosts/{boost}/{verb}"), json!({}), 200).await
    }

    pub(crate) async fn state(&self, boost: &str) -> String {
        self.get(&format!("/v1/boosts/{boost}")).await["state"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn report(&self, boost: &str) -> Value {
        self.get(&format!("/v1/boosts/{boost}/report")).await
    }

    // The feed.

    /// What a viewer is shown in the fourth place of a page.
    pub(crate) async fn decide(&self, viewer: &str) -> Value {
        let body = json!({
            "placements": [{"id": "feed", "slots": 1, "positions": [4]}],
            "user": {"opaque_user_id": viewer},
        });
        let answer = self.expect(self.machine(), "/v1/decisions", body, 200).await;
        answer["placements"][0].clone()
    }

    /// The token of what a viewer is shown.
    pub(crate) async fn token(&self, viewer: &str) -> String {
        let placement = self.decide(viewer).await;
        let token = placement["decisions"][0]["tracking_token"].as_str();
        token.unwrap_or_else(|| panic!("nothing is shown to {viewer}: {placement}")).to_owned()
    }

    /// An event that happens now.
    pub(crate) fn event(&self, id: &str, kind: &str, token: &str) -> Value {
        json!({"id": id, "type": kind, "occurred_at": self.at(0), "tracking_token": token})
    }

    /// Reports events, expects all of them to be taken, and folds them.
    pub(crate) async fn report_events(&self, events: Vec<Value>) {
        let count = events.len();
        let answer = self.expect(self.machine(), "/v1/events", json!({"events": events}), 202).await;
        assert_eq!(answer["accepted"], count, "{answer}");
        self.platform.app.deliver_once().await;
    }

    /// A viewer is shown the card, enters and watches effectively.
    pub(crate) async fn view(&self, viewer: &str) -> String {
        let token = self.token(viewer).await;
        let mut watch = self.event(&format!("{viewer}-w"), "watch", &token);
        watch["properties"] = json!({"watch_ms": 6_000});
        let shown = self.event(&format!("{viewer}-i"), "impression", &token);
        let entered = self.event(&format!("{viewer}-e"), "room_enter", &token);
        self.report_events(vec![shown, entered, watch]).await;
        token
    }
}

/// A request under an idempotency key of its own.
pub(crate) fn keyed(who: &TestActor, path: &str, key: &str, body: Value) -> Request<Body> {
    request("POST", Some(who), path, &[("idempotency-key", key)], Some(body))
}

/// Any id that nothing has.
pub(crate) fn unknown<K: tuiliu_domain::id::IdKind>() -> String {
    Id::<K>::new(12_345).to_string()
}
