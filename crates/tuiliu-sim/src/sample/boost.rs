//! Quick boosts of the sample: that run, run slowly, carry a cost guarantee, were rejected or wait at the review desk.

use anyhow::{Context, Result};
use tuiliu_app::appeal::FileAppeal;
use tuiliu_app::coupon::{CouponValidity, GrantCoupons};
use tuiliu_app::promotion::{JudgeOrder, PlacePromotionOrder};
use tuiliu_app::video::TellVideo;
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::appeal::{AppealEvidence, AppealSubject};
use tuiliu_domain::coupon::{CouponChoice, CouponConditions, CouponKind, ProductConstraint};
use tuiliu_domain::id::{ContentId, PromotionOrderId, VideoId};
use tuiliu_domain::money::{Amount, Micros, Price};
use tuiliu_domain::party::{Desk, Role};
use tuiliu_domain::promotion::{Bidding, ChargedBy, Goal, PlacementName, Product};
use tuiliu_domain::review::{Verdict, Visibility};
use tuiliu_domain::time::{HOUR_MS, SECOND_MS};
use tuiliu_domain::video::{Goods, VideoContent, VideoReport};

use super::Sample;
use super::feed::PLACEMENT;
use crate::creator::content;
use crate::seed::platform::refused;

/// What the creator who can sign in has for boosts, in fen.
const YUAN: Amount = Amount::new(2_000_000);
/// The creator and the merchant who can sign in.
const CREATOR: usize = 0;
const MERCHANT: usize = 1;
const MICROS_PER_YUAN: i64 = 1_000_000;

/// A boost of the sample.
struct Boost {
    key: &'static str,
    nth: usize,
    content: ContentId,
    goal: Goal,
    yuan: u32,
    hours: i64,
    bidding: Bidding,
}

impl Sample {
    /// Boosts of videos and of a live room, and what a review desk has to do.
    pub(super) async fn boosts(&self) -> Result<()> {
        self.yuan("sample creator", CREATOR, YUAN).await?;
        let bread = self.video("bread", CREATOR, "十分钟烤一炉面包", 42).await?;
        let crust = self.video("crust", CREATOR, "手把手教你做酥皮", 65).await?;
        let short = self.video("short", CREATOR, "三秒看懂酸面团", 3).await?;
        let dress = self.video("dress", MERCHANT, "这条裙子一年四季都能穿", 38).await?;
        let room = self.broadcast(MERCHANT).await?;
        let bid = |fen: i64| Bidding::Manual { bid: Micros::new(fen * MICROS_PER_YUAN / 100) };
        let automatic = Bidding::Automatic;
        let boost = |key, (nth, content): (usize, ContentId), goal, (yuan, hours), bidding| Boost {
            key,
            nth,
            content,
            goal,
            yuan,
            hours,
            bidding,
        };
        let own = |video: VideoId| (CREATOR, ContentId::Video(video));
        let sold = (MERCHANT, ContentId::Video(dress));
        let goal = Bidding::RoiGoal { goal_permille: 3_000 };
        let boosts = [
            boost("running", own(bread), Goal::Follows, (200, 24), automatic),
            // So low a bid wins next to nothing: its page says so.
            boost("slow", own(crust), Goal::ContentInterest, (100, 6), bid(3)),
            boost("guaranteed", sold, Goal::Purchases, (500, 24), bid(4_000)),
            boost("room", (MERCHANT, ContentId::Room(room)), Goal::Sales, (300, 12), goal),
            // Too short to be promoted: rejected at once, its money promised back.
            boost("rejected", own(short), Goal::Follows, (100, 2), automatic),
        ];
        let mut rejected = None;
        for boost in boosts {
            rejected = Some(self.boost(&boost).await?);
        }
        let rejected = rejected.context("failed to find the rejected boost")?;
        self.appeal_rejection(rejected).await?;
        self.coupons().await?;
        self.desk().await
    }

    /// A video that is out and carries a product.
    async fn video(&self, name: &str, nth: usize, title: &str, seconds: i64) -> Result<VideoId> {
        let (platform, actor) = (&self.platform, self.platform.actor());
        let content = VideoContent {
            title: title.to_owned(),
            category: content(nth).category,
            visibility: Visibility::Public,
            duration_ms: seconds * SECOND_MS,
            goods: Some(Goods { external_id: format!("sample-goods-{nth}"), approved: true }),
        };
        let (creator, external_id) = (self.creators[nth], format!("sample-boosted-{name}"));
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let report = VideoReport { content: content.clone(), published_at: Some(shell.now()), removed_at: None };
            let command = TellVideo { creator, external_id: external_id.clone(), report };
            shell.tell_video(tx, &actor, &command).map(|video| video.id.to_string()).map_err(refused)
        };
        let id = platform.once(&format!("sample video {name}"), work).await?;
        id.parse().with_context(|| format!("failed to read the video id `{id}`"))
    }

    /// Places and pays a boost from the mobile flow.
    async fn boost(&self, boost: &Boost) -> Result<PromotionOrderId> {
        let command = PlacePromotionOrder {
            product: Product::QuickBoost,
            content: boost.content,
            desk: Desk::Mobile,
            payer: self.creators[boost.nth],
            goal: boost.goal,
            charged_by: ChargedBy::Goal,
            placement: None,
            audience: None,
            bidding: boost.bidding,
            budget: Price::from(boost.yuan),
            duration_ms: boost.hours * HOUR_MS,
            guard_rules: Vec::new(),
        };
        self.platform.order(&format!("sample boost {}", boost.key), command, Some(CouponChoice::No)).await
    }

    /// The creator asks for the rejection to be looked at again.
    async fn appeal_rejection(&self, order: PromotionOrderId) -> Result<()> {
        let actor = self.platform.actor();
        let text = "视频是三秒的定格动画，内容完整，请复核。".to_owned();
        let evidence = AppealEvidence { text, links: Vec::new() };
        let command = FileAppeal { subject: AppealSubject::RejectedOrder, subject_id: order.value(), evidence };
        let file = move |shell: &Shell, tx: &mut Tx<'_>| {
            shell.file_appeal(tx, &actor, &command).map(|appeal| appeal.id.to_string()).map_err(refused)
        };
        self.platform.once("sample appeal of a rejection", file).await.map(drop)
    }

    /// Reviews that wait: one for whoever comes, one that the reviewer has taken; and a verdict to be judged once more.
    async fn desk(&self) -> Result<()> {
        let platform = &self.platform;
        self.sample_verdicts(1_000).await?;
        let reviewer = platform.known_party("sample-reviewer").await?;
        let titles = [("waiting", "减肥餐这样做才好吃"), ("taken", "投资自己从早餐开始"), ("judged", "返现福利别错过")];
        let mut orders = Vec::new();
        for (key, title) in titles {
            let video = self.video(key, CREATOR, title, 30).await?;
            let (content, bidding) = (ContentId::Video(video), Bidding::Automatic);
            let boost = Boost { key, nth: CREATOR, content, goal: Goal::ProfileVisits, yuan: 100, hours: 6, bidding };
            orders.push(self.boost(&boost).await?);
        }
        let [_, taken, judged] = orders[..] else { return Ok(()) };
        let actor = platform.actor_of(reviewer, Role::Reviewer);
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            shell.claim_review(tx, &actor, judged).map_err(refused)?;
            let command = JudgeOrder { order: judged, verdict: Verdict::Pass, content_version: 1 };
            shell.judge_promotion_order(tx, &actor, &command).map_err(refused)?;
            shell.claim_review(tx, &actor, taken).map_err(refused)?;
            Ok(String::new())
        };
        platform.once("sample review desk", work).await?;
        let usual = tuiliu_domain::policy::ReviewPolicy::default().sample_permille;
        self.sample_verdicts(usual).await
    }

    /// Sets which part of the verdicts is judged once more.
    async fn sample_verdicts(&self, permille: i64) -> Result<()> {
        self.change_policy(&format!(r#"{{"review": {{"sample_permille": {permille}}}}}"#)).await
    }

    /// Coupons that not every order can be paid with: for one product, for one goal, for one placement.
    async fn coupons(&self) -> Result<()> {
        self.change_policy(&format!(r#"{{"delivery": {{"placements_sold": ["{PLACEMENT}"]}}}}"#)).await?;
        let (actor, owner) = (self.platform.actor(), self.creators[CREATOR]);
        let none = CouponConditions::NONE;
        let conditions = [
            CouponConditions { product: ProductConstraint::Of(Product::QuickBoost), ..none.clone() },
            CouponConditions { goal: Some(Goal::Follows), ..none.clone() },
            CouponConditions { placement: PlacementName::parse(PLACEMENT), ..none },
        ];
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            for conditions in &conditions {
                let grant = GrantCoupons {
                    owners: vec![owner],
                    kind: CouponKind::TrafficCoupon,
                    points: Amount::new(200),
                    conditions: conditions.clone(),
                    validity: CouponValidity::Standard,
                };
                shell.grant_coupons(tx, &actor, &grant).map_err(refused)?;
            }
            Ok(String::new())
        };
        self.platform.once("sample coupons with conditions", work).await.map(drop)
    }
}
