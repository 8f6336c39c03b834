//! Quick boosts of videos and rooms (QB).

use axum::http::StatusCode;
use serde_json::{Value, json};
use tuiliu_domain::ledger::{AccountId, AccountKind, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot};
use tuiliu_domain::money::{Amount, Asset};

use super::stage::{HOUR_MS, MINUTE_MS, Stage};

fn yuan(whole: i64) -> Value {
    json!({"amount": whole * 100, "currency": "CNY"})
}

impl Stage {
    /// A stage whose creator has so many yuan.
    pub(crate) async fn with_yuan(whole: i64) -> Self {
        let stage = Self::new().await;
        let (party, tenant) = (stage.creator().party, stage.platform.ours.id);
        let paid_in = stage.platform.app.write(move |shell, tx| {
            let lot = NewLot {
                id: shell.id(),
                account: AccountId { kind: AccountKind::WalletPaid, asset: Asset::Cny, owner: party.value() },
                origin: LotOrigin::Payment(shell.id()),
                amount: Amount::new(whole * 100),
                valid_from: shell.now(),
                valid_to: None,
                on_return: LotReturn::SameLot,
            };
            let from = AccountId { kind: AccountKind::PaymentClearing, asset: Asset::Cny, owner: tenant.value() };
            let group = LedgerGroup { id: shell.id(), commands: vec![LedgerCommand::OpenLot { from, lot }] };
            tx.ledger(&group, shell.now())?.expect("the ledger opens a lot");
            Ok::<_, tuiliu_app::CommandError<std::convert::Infallible>>(())
        });
        paid_in.await.unwrap();
        stage
    }

    fn video_body(&self, name: &str) -> Value {
        json!({
            "creator_id": self.creator().party.to_string(), "external_id": name, "title": "十分钟烤一炉面包",
            "category": "bakery", "visibility": "public", "duration_ms": 15_000,
            "goods": {"external_id": "sku1", "approved": true}, "published_at": self.at(0),
        })
    }

    async fn tell_video(&self, body: Value) -> String {
        let video = self.expect(self.machine(), "/v1/videos", body, 200).await;
        video["id"].as_str().unwrap().to_owned()
    }

    /// A video of the creator's that is out and carries a product.
    pub(crate) async fn video(&self, name: &str) -> String {
        self.tell_video(self.video_body(name)).await
    }

    pub(crate) fn boost_of_video(video: &str, goal: &str) -> Value {
        json!({
            "product": "quick_boost", "video_id": video, "goal": goal, "budget": yuan(100),
            "duration_ms": 2 * HOUR_MS, "desk": "mobile",
        })
    }

    fn boost_of_room(room: &str, goal: &str) -> Value {
        let mut body = Self::boost_of_video("", goal);
        let parts = body.as_object_mut().unwrap();
        parts.remove("video_id");
        parts.insert("room_id".to_owned(), json!(room));
        body
    }

    /// What can be spent of the creator's yuan: paid in, and given.
    async fn yuan_left(&self) -> (i64, i64) {
        let caller = self.platform.caller(self.creator()).await;
        let wallet = self.platform.app.wallet(caller.actor.clone(), self.creator().party).await.unwrap();
        let of = |kind| {
            let own = |account: &&tuiliu_app::wallet::AccountBalance| {
                account.account.kind == kind && account.account.asset == Asset::Cny
            };
            wallet.accounts.iter().find(own).map_or(0, |account| account.spendable.units())
        };
        (of(AccountKind::WalletPaid), of(AccountKind::WalletGift))
    }

    async fn did(&self, token: &str, viewer: &str, kinds: &[&str]) {
        let event = |kind: &&str| self.event(&format!("{viewer}-{kind}"), kind, token);
        self.report_events(kinds.iter().map(event).collect()).await;
    }
}

#[tokio::test]
async fn qb_01_a_boost_is_built_from_its_goal_to_its_order() {
    let stage = Stage::with_yuan(500).await;
    let video = stage.video("v1").await;
    let options = stage.get(&format!("/v1/boost_options?product=quick_boost&video_id={video}")).await;
    assert_eq!(options["goals"].as_array().unwrap().len(), 4);
    assert_eq!(options["payment_timeout_ms"], 15 * MINUTE_MS);
    let mut estimate = Stage::boost_of_video(&video, "profile_visits");
    estimate.as_object_mut().unwrap().remove("desk");
    let small = stage.expect(stage.creator(), "/v1/boost_estimates", estimate.clone(), 200).await;
    estimate["budget"] = yuan(200);
    let large = stage.expect(stage.creator(), "/v1/boost_estimates", estimate, 200).await;
    let mid = |told: &Value| told["results"]["mid"].as_i64().unwrap();
    assert!(mid(&small) < mid(&large), "every step shows its effect: {small} {large}");
    let boost = stage.running(Stage::boost_of_video(&video, "profile_visits")).await;
    let read = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!((read["product"].as_str(), read["video"]["id"].as_str()), (Some("quick_boost"), Some(video.as_str())));
    assert_eq!(stage.yuan_left().await, (40_000, 0));
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_02_budgets_are_tens_of_yuan_from_100_and_orders_close_after_15_minutes() {
    let stage = Stage::with_yuan(500).await;
    let video = stage.video("v1").await;
    let with = |budget: Value| {
        let mut body = Stage::boost_of_video(&video, "follows");
        body["budget"] = budget;
        body
    };
    let refusals = [
        (yuan(90), "boost.budget_out_of_range"),
        (yuan(5_000_010), "boost.budget_out_of_range"),
        (yuan(105), "boost.budget_not_in_steps"),
        (json!({"amount": 10_050, "currency": "CNY"}), "boost.budget_not_in_steps"),
        (json!({"amount": 10_000, "currency": "BEAN"}), "request.invalid_amount"),
    ];
    for (budget, code) in refusals {
        stage.refused(stage.creator(), "/v1/boosts", with(budget), code).await;
    }
    let largest = stage.place(with(yuan(5_000_000))).await;
    let boost = stage.place(with(yuan(110))).await;
    stage.pass_ms(15 * MINUTE_MS - 1).await;
    assert_eq!(stage.state(&boost).await, "pending_payment");
    stage.pass_ms(1).await;
    assert_eq!((stage.state(&boost).await, stage.state(&largest).await), ("closed".to_owned(), "closed".to_owned()));
}

#[tokio::test]
async fn qb_03_each_goal_is_charged_for_what_it_names() {
    let stage = Stage::with_yuan(2_000).await;
    let cases = [
        ("content_interest", "favourite", "profile_visit"),
        ("profile_visits", "profile_visit", "like"),
        ("purchases", "purchase_paid", "product_click"),
    ];
    for (goal, result, other) in cases {
        let video = stage.video(goal).await;
        let boost = stage.running(Stage::boost_of_video(&video, goal)).await;
        let (token, viewer) = (stage.token(goal).await, goal);
        stage.did(&token, viewer, &["impression", "play", other]).await;
        assert_eq!(stage.report(&boost).await["totals"]["results"], Value::Null, "{goal} is not {other}");
        for twice in 0..2 {
            let mut event = stage.event(&format!("{viewer}-{result}-{twice}"), result, &token);
            event["properties"] = json!({"value": 9_900, "currency": "CNY"});
            stage.report_events(vec![event]).await;
        }
        assert_eq!(stage.report(&boost).await["totals"]["results"], 1, "{goal} is {result}, once a person");
        stage.act(&boost, "stop").await;
        stage.tick().await;
    }
    let video = stage.video("v9").await;
    stage
        .refused(stage.creator(), "/v1/boosts", Stage::boost_of_video(&video, "viewers"), "boost.goal_not_offered")
        .await;
    let room = stage.live_with_cart("r1").await;
    for goal in ["viewers", "product_clicks", "sales", "follows", "comments"] {
        stage.place(Stage::boost_of_room(&room, goal)).await;
    }
    let purchases = Stage::boost_of_room(&room, "purchases");
    stage.refused(stage.creator(), "/v1/boosts", purchases, "boost.goal_not_offered").await;
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_04_four_durations_and_the_longest_is_recommended_from_500_yuan() {
    let stage = Stage::with_yuan(500).await;
    let video = stage.video("v1").await;
    let options = stage.get(&format!("/v1/boost_options?product=quick_boost&video_id={video}")).await;
    let hours: Vec<i64> =
        options["durations_ms"].as_array().unwrap().iter().map(|ms| ms.as_i64().unwrap() / 3_600_000).collect();
    assert_eq!(hours, [2, 6, 12, 24]);
    assert_eq!((&options["long_from"], &options["long_duration_ms"]), (&yuan(500), &json!(24 * HOUR_MS)));
    let mut other = Stage::boost_of_video(&video, "follows");
    other["duration_ms"] = json!(3 * HOUR_MS);
    stage.refused(stage.creator(), "/v1/boosts", other, "boost.duration_not_offered").await;
}

#[tokio::test]
async fn qb_05_delivery_goes_on_after_the_duration_and_ends_at_twice_of_it() {
    let stage = Stage::with_yuan(500).await;
    let video = stage.video("v1").await;
    let boost = stage.running(Stage::boost_of_video(&video, "follows")).await;
    let read = stage.get(&format!("/v1/boosts/{boost}")).await;
    assert_eq!(read["state_detail"]["ends_at"].as_str().unwrap(), stage.at(i64::from(4 * HOUR_MS)));
    stage.pass_ms(3 * HOUR_MS).await;
    assert_eq!(stage.state(&boost).await, "running");
    stage.token("late").await;
    stage.pass_ms(HOUR_MS).await;
    assert_eq!(stage.state(&boost).await, "settling");
    stage.pass_ms(30 * MINUTE_MS).await;
    assert_eq!((stage.state(&boost).await.as_str(), stage.yuan_left().await), ("completed", (50_000, 0)));
}

#[tokio::test]
async fn qb_06_rooms_bid_automatically_videos_also_by_hand_or_by_plays() {
    let stage = Stage::with_yuan(500).await;
    let (video, room) = (stage.video("v1").await, stage.live_with_cart("r1").await);
    let with = |mut body: Value, field: &str, value: Value| {
        body[field] = value;
        body
    };
    let of_room = Stage::boost_of_room(&room, "follows");
    let not_offered = "boost.bidding_not_offered";
    stage.refused(stage.creator(), "/v1/boosts", with(of_room.clone(), "bid", yuan(1)), not_offered).await;
    stage.refused(stage.creator(), "/v1/boosts", with(of_room, "charged_by", json!("plays")), not_offered).await;
    let of_video = Stage::boost_of_video(&video, "follows");
    stage.refused(stage.creator(), "/v1/boosts", with(of_video.clone(), "cost_cap", yuan(1)), not_offered).await;
    stage.place(with(of_video.clone(), "bid", yuan(1))).await;
    let plays = stage.running(with(of_video, "charged_by", json!("plays"))).await;
    assert_eq!(stage.get(&format!("/v1/boosts/{plays}")).await["charged_for"], "effective_view");
    let token = stage.token("ann").await;
    let mut watch = stage.event("ann-w", "watch", &token);
    watch["properties"] = json!({"watch_ms": 3_000});
    stage.report_events(vec![stage.event("ann-i", "impression", &token), watch]).await;
    assert_eq!(stage.report(&plays).await["totals"]["results"], 1);
}

#[tokio::test]
async fn qb_07_one_pool_pays_and_what_is_missing_is_refused() {
    let stage = Stage::with_yuan(150).await;
    let video = stage.video("v1").await;
    let first = stage.place(Stage::boost_of_video(&video, "follows")).await;
    let mut pro = Stage::boost_of_video(&video, "profile_visits");
    pro["desk"] = json!("pro");
    let second = stage.place(pro).await;
    let paid = stage.pay(&first).await;
    assert_eq!(paid["sources"][0]["kind"], "paid_money");
    stage.refused(stage.creator(), &format!("/v1/boosts/{second}/pay"), json!({}), "boost.insufficient_funds").await;
    stage.give(stage.creator().party, 1_000_000).await;
    stage.refused(stage.creator(), &format!("/v1/boosts/{second}/pay"), json!({}), "boost.insufficient_funds").await;
}

#[tokio::test]
async fn qb_08_an_order_is_seen_on_every_desk_with_the_one_it_came_from() {
    let stage = Stage::with_yuan(500).await;
    let video = stage.video("v1").await;
    for desk in ["mobile", "express", "pro"] {
        let mut body = Stage::boost_of_video(&video, "follows");
        body["desk"] = json!(desk);
        stage.place(body).await;
    }
    let list = stage.get(&format!("/v1/boosts?video_id={video}")).await;
    let desks: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|boost| boost["desk"].as_str().unwrap()).collect();
    assert_eq!(desks, ["pro", "express", "mobile"]);
}

#[tokio::test]
async fn qb_09_what_may_not_be_promoted_is_rejected_and_paid_back() {
    let stage = Stage::with_yuan(500).await;
    let cases = [
        ("visibility", json!("private"), "not_public"),
        ("title", json!("烤面包"), "title_too_short"),
        ("duration_ms", json!(3_999), "video_too_short"),
        ("goods", json!({"external_id": "sku1", "approved": false}), "goods_not_approved"),
    ];
    for (field, value, reason) in cases {
        let mut body = stage.video_body(reason);
        body[field] = value;
        let video = stage.tell_video(body).await;
        let boost = stage.place(Stage::boost_of_video(&video, "follows")).await;
        let paid = stage.pay(&boost).await;
        assert_eq!((&paid["state"], &paid["state_detail"]["reasons"][0]["code"]), (&json!("rejected"), &json!(reason)));
        assert_eq!(stage.yuan_left().await, (50_000, 0), "all of it is back");
    }
    let mut draft = stage.video_body("draft");
    draft.as_object_mut().unwrap().remove("published_at");
    let draft = stage.tell_video(draft).await;
    stage.refused(stage.creator(), "/v1/boosts", Stage::boost_of_video(&draft, "follows"), "boost.video_not_out").await;
    let mut bare = stage.video_body("bare");
    bare.as_object_mut().unwrap().remove("goods");
    let bare = stage.tell_video(bare).await;
    let sells = Stage::boost_of_video(&bare, "purchases");
    stage.refused(stage.creator(), "/v1/boosts", sells, "boost.goal_needs_cart").await;
}

#[tokio::test]
async fn qb_10_a_cart_ends_the_other_order_and_leaves_the_boost() {
    let stage = Stage::with_yuan(500).await;
    stage.give(stage.creator().party, 100_000).await;
    let room = stage.live("r1").await;
    let plain = stage.running(Stage::draft(&room)).await;
    let boost = stage.running(Stage::boost_of_room(&room, "follows")).await;
    stage.pass_ms(1_000).await;
    stage.fact(&room, "cart_mounted").await;
    let read = stage.get(&format!("/v1/boosts/{plain}")).await;
    assert_eq!((&read["state"], &read["state_detail"]["by"]), (&json!("settling"), &json!("cart_mounted")));
    assert_eq!(stage.state(&boost).await, "running");
    // To stop what settles changes nothing.
    stage.refused(stage.creator(), &format!("/v1/boosts/{plain}/stop"), json!({}), "boost.wrong_state").await;
    stage.pass_ms(30 * MINUTE_MS).await;
    assert_eq!(stage.state(&plain).await, "stopped");
    assert_eq!(stage.spendable(stage.creator()).await.0, 100_000, "nothing was shown, so all of it is back");
    stage.refused(stage.creator(), "/v1/boosts", Stage::draft(&room), "boost.bid_required").await;
    stage.audit_is_clean().await;
}

#[tokio::test]
async fn qb_11_figures_are_of_the_boost_gross_and_net_of_what_was_undone() {
    let stage = Stage::with_yuan(500).await;
    let video = stage.video("v1").await;
    let boost = stage.running(Stage::boost_of_video(&video, "content_interest")).await;
    let token = stage.token("ann").await;
    stage.did(&token, "ann", &["impression", "play", "like", "favourite", "comment", "follow"]).await;
    stage.did(&token, "ann", &["unlike", "unfavourite", "comment_deleted"]).await;
    let entity = json!({"type": "video", "id": "v1"});
    let natural = json!({"id": "n1", "type": "like", "occurred_at": stage.at(0), "entity": entity});
    let played = json!({"id": "n2", "type": "play", "occurred_at": stage.at(0), "entity": entity});
    stage.report_events(vec![natural, played]).await;
    let report = stage.report(&boost).await;
    let (gross, net) = (&report["totals"], &report["net"]);
    assert_eq!((&gross["likes"], &gross["favourites"], &gross["comments"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!((&net["likes"], &net["favourites"], &net["comments"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!((&gross["follows"], &net["follows"]), (&json!(1), &json!(1)));
    let read = stage.get(&format!("/v1/videos/{video}")).await;
    assert_eq!((&read["natural"]["likes"], &read["natural"]["plays"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn qb_12_figures_are_complete_an_hour_after_the_end() {
    let stage = Stage::with_yuan(500).await;
    let video = stage.video("v1").await;
    let boost = stage.running(Stage::boost_of_video(&video, "follows")).await;
    assert_eq!(stage.report(&boost).await["freshness"]["complete_at"], Value::Null);
    stage.act(&boost, "stop").await;
    let freshness = stage.report(&boost).await["freshness"].clone();
    assert_eq!(
        (freshness["complete_at"].as_str().unwrap(), &freshness["is_complete"]),
        (stage.at(3_600_000).as_str(), &json!(false))
    );
    stage.pass_ms(HOUR_MS).await;
    assert_eq!(stage.report(&boost).await["freshness"]["is_complete"], true);
}

#[tokio::test]
async fn qb_19_the_cost_guarantee_is_shown_live_and_counts_edits() {
    let stage = Stage::with_yuan(500).await;
    let video = stage.video("v1").await;
    let automatic = stage.place(Stage::boost_of_video(&video, "follows")).await;
    assert_eq!(stage.get(&format!("/v1/boosts/{automatic}/cost_guarantee")).await["guarantee"], Value::Null);
    let mut by_hand = Stage::boost_of_video(&video, "comments");
    by_hand["goal"] = json!("content_interest");
    by_hand["bid"] = yuan(5);
    let boost = stage.running(by_hand).await;
    let path = format!("/v1/boosts/{boost}/cost_guarantee");
    let read = stage.get(&path).await["guarantee"].clone();
    assert_eq!((&read["state"], &read["reason"]), (&json!("in_effect"), &json!("too_few_results")));
    assert_eq!((&read["edits_today"], &read["results_min"], &read["would_pay"]), (&json!(0), &json!(6), &yuan(0)));
    for bid in [6, 7, 8] {
        stage.pass_ms(1_000).await;
        stage.expect(stage.creator(), &format!("/v1/boosts/{boost}/bid"), json!({"bid": yuan(bid)}), 200).await;
    }
    let read = stage.get(&path).await["guarantee"].clone();
    assert_eq!(
        (&read["state"], &read["reason"], &read["edits_today"]),
        (&json!("invalid"), &json!("too_many_edits"), &json!(3))
    );
    stage
        .refused(
            stage.creator(),
            &format!("/v1/boosts/{boost}/bid"),
            json!({"bid": yuan(101)}),
            "boost.bid_out_of_range",
        )
        .await;
    let (status, _) = stage.platform.get(&stage.platform.ours.stranger, &path).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

/// A viewer who was shown a boost and bought.
struct Buyer {
    token: String,
    purchase: String,
}

impl Stage {
    /// A purchase of a buyer's that is paid or refunded now.
    fn bought(&self, buyer: &Buyer, kind: &str, value_fen: i64) -> Value {
        let mut event = self.event(&format!("{}-{kind}", buyer.purchase), kind, &buyer.token);
        event["properties"] = json!({"value": value_fen, "currency": "CNY", "order_id": buyer.purchase});
        event
    }

    /// So many viewers to whom this boost is shown, who pay so much each.
    async fn buyers(&self, boost: &str, wanted: usize, value_fen: i64) -> Vec<Buyer> {
        let mut buyers = Vec::new();
        for viewer in 0..4 * wanted {
            let placement = self.decide(&format!("buyer-{viewer}")).await;
            let item = &placement["decisions"][0];
            if item["boost_id"] != json!(boost) {
                continue;
            }
            let token = item["tracking_token"].as_str().unwrap().to_owned();
            let buyer = Buyer { token, purchase: format!("purchase-{viewer}") };
            let shown = self.event(&format!("{viewer}-i"), "impression", &buyer.token);
            self.report_events(vec![shown, self.bought(&buyer, "purchase_paid", value_fen)]).await;
            buyers.push(buyer);
            if buyers.len() == wanted {
                return buyers;
            }
        }
        panic!("{} of {wanted} viewers were shown it", buyers.len())
    }
}

#[tokio::test]
async fn qb_18_a_goal_of_sales_per_spend_carries_a_guarantee_too() {
    let stage = Stage::with_yuan(500).await;
    let (video, rival) = (stage.video("v1").await, stage.video("v2").await);
    let with_goal = |goal: &str, permille: i64| {
        let mut body = Stage::boost_of_video(&video, goal);
        body["roi_goal_permille"] = json!(permille);
        body
    };
    stage.refused(stage.creator(), "/v1/boosts", with_goal("follows", 3_000), "boost.bidding_not_offered").await;
    stage.refused(stage.creator(), "/v1/boosts", with_goal("purchases", 99), "boost.roi_goal_out_of_range").await;
    let mut both = with_goal("purchases", 3_000);
    both["bid"] = yuan(5);
    stage.refused(stage.creator(), "/v1/boosts", both, "boost.bid_and_cost_cap").await;
    let boost = stage.running(with_goal("purchases", 3_000)).await;
    assert_eq!(stage.get(&format!("/v1/boosts/{boost}")).await["roi_goal_permille"], 3_000);
    let mut rival_body = Stage::boost_of_video(&rival, "purchases");
    rival_body["bid"] = yuan(4);
    stage.running(rival_body).await;
    let path = format!("/v1/boosts/{boost}/cost_guarantee");
    let standing = async || stage.get(&path).await["guarantee"].clone();
    let read = standing().await;
    assert_eq!(
        (&read["measure"], &read["results_min"], &read["reason"]),
        (&json!("return"), &json!(10), &json!("too_few_results"))
    );
    // Ten purchases of one yuan each: far below three times what they cost.
    let buyers = stage.buyers(&boost, 10, 100).await;
    let spent = stage.report(&boost).await["money"]["spend"]["micros"].as_i64().unwrap();
    let owed = (spent - 10 * 1_000_000 / 3 + 9_999) / 10_000;
    let read = standing().await;
    assert_eq!((&read["results"], &read["would_pay"]["amount"]), (&json!(10), &json!(owed)), "{read} of {spent}");
    // Another goal is an edit; a bid is of another kind.
    let bid = format!("/v1/boosts/{boost}/bid");
    stage.pass_ms(1_000).await;
    stage.expect(stage.creator(), &bid, json!({"roi_goal_permille": 2_000}), 200).await;
    stage.refused(stage.creator(), &bid, json!({"bid": yuan(5)}), "boost.bidding_not_offered").await;
    assert_eq!(standing().await["edits_today"], 1);
    // A refund leaves nine, and nine promise nothing.
    stage.report_events(vec![stage.bought(&buyers[0], "purchase_refunded", 100)]).await;
    let read = standing().await;
    assert_eq!(
        (&read["results"], &read["reason"], &read["would_pay"]),
        (&json!(9), &json!("too_few_results"), &yuan(0))
    );
    for _ in 0..6 {
        stage.pass_ms(24 * HOUR_MS).await;
    }
    let read = standing().await;
    assert_eq!(
        (&read["state"], &read["reason"], &read["results"]),
        (&json!("ended"), &json!("too_few_results"), &json!(9))
    );
    assert_eq!(stage.yuan_left().await.1, 0);
    stage.audit_is_clean().await;
}

/// A boost whose promise was missed and paid; what was owed.
async fn missed_promise(paid_in: &str) -> (Stage, i64) {
    let stage = Stage::with_yuan(500).await;
    stage.change_policy(json!({"quick_boost": {"guarantee_paid_in": paid_in}})).await;
    let video = stage.video("v1").await;
    let mut body = Stage::boost_of_video(&video, "purchases");
    body["bid"] = yuan(5);
    let boost = stage.running(body).await;
    let rival = stage.video("v2").await;
    let mut rival_body = Stage::boost_of_video(&rival, "purchases");
    rival_body["bid"] = yuan(4);
    stage.running(rival_body).await;
    let buyers = stage.buyers(&boost, 10, 9_900).await;
    for buyer in &buyers[..4] {
        stage.report_events(vec![stage.bought(buyer, "purchase_refunded", 9_900)]).await;
    }
    let path = format!("/v1/boosts/{boost}/cost_guarantee");
    let spent = stage.report(&boost).await["money"]["spend"]["micros"].as_i64().unwrap();
    let promised = 6 * 5_000_000;
    assert!(promised * 12 / 10 < spent, "{spent} millionths for six results that are left");
    let owed = (spent - promised + 9_999) / 10_000;
    let read = stage.get(&path).await["guarantee"].clone();
    assert_eq!((&read["results"], &read["would_pay"]["amount"]), (&json!(6), &json!(owed)), "{read}");
    stage.pass_ms(4 * HOUR_MS).await;
    for _ in 0..10 {
        stage.pass_ms(24 * HOUR_MS).await;
    }
    let read = stage.get(&path).await["guarantee"].clone();
    assert_eq!(read["state"].as_str(), Some("paid"));
    stage.audit_is_clean().await;
    (stage, owed)
}

#[tokio::test]
async fn qb_18_a_missed_promise_is_paid_once_as_a_grant() {
    let (stage, owed) = missed_promise("grant").await;
    assert_eq!(stage.yuan_left().await.1, owed);
}

#[tokio::test]
async fn qb_18_a_missed_promise_is_paid_in_money_to_the_sources_that_paid() {
    let (stage, owed) = missed_promise("money").await;
    assert_eq!(stage.yuan_left().await.1, 0, "no grant");
    let lots = stage.get(&format!("/v1/wallets/{}/lots/money", stage.creator().party)).await;
    let [source, back] = &lots["data"].as_array().unwrap()[..] else { panic!("{lots}") };
    assert_eq!(back["face"], json!({"amount": owed, "currency": "CNY"}));
    assert_eq!((&back["origin"], &back["payment"]), (&json!("payment"), &source["payment"]), "of the same payment");
}

#[tokio::test]
async fn qb_07_a_payment_in_yuan_is_planned_before_anybody_pays() {
    let stage = Stage::with_yuan(150).await;
    let (creator, video) = (stage.creator(), stage.video("v1").await);
    let ask = |price: i64| json!({"video_id": video, "product": "quick_boost", "price": yuan(price)});
    let plan = stage.expect(creator, "/v1/payment_plans", ask(100), 200).await;
    assert_eq!(
        (&plan["by_wallet"], &plan["missing"], &plan["sources"][0]["kind"]),
        (&yuan(100), &yuan(0), &json!("paid_money"))
    );
    let short = stage.expect(creator, "/v1/payment_plans", ask(200), 200).await;
    assert_eq!((&short["missing"], &short["sources"]), (&yuan(50), &json!([])));
    let boost =
        stage.expect(creator, "/v1/boosts", Stage::boost_of_video(&video, "profile_visits"), 201).await["id"].clone();
    let planned = stage.expect(creator, "/v1/payment_plans", json!({"boost_id": boost, "price": yuan(100)}), 200).await;
    assert_eq!(planned["sources"], plan["sources"]);
    let beans = json!({"boost_id": boost, "price": {"amount": 10_000, "currency": "BEAN"}});
    stage.refused(creator, "/v1/payment_plans", beans, "request.invalid_amount").await;
    let pack = json!({"video_id": video, "price": {"amount": 50_000, "currency": "BEAN"}});
    stage.refused(creator, "/v1/payment_plans", pack, "boost.room_not_found").await;
}
