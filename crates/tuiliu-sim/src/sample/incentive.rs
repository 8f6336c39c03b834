//! Incentives of the sample: programmes, applications in every state, rewards, linked accounts, a measure and its appeal.

use anyhow::{Context, Result};
use tuiliu_app::appeal::FileAppeal;
use tuiliu_app::incentive::{ApplyForIncentive, DecideApplication, ReportBroadcastFacts, ReportMarks, TakeMeasure};
use tuiliu_app::live::RecordRoomFact;
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::appeal::{AppealEvidence, AppealSubject};
use tuiliu_domain::id::{IncentiveMeasureId, IncentiveProgrammeId, RoomId};
use tuiliu_domain::incentive::{
    AbuseReason, ApplicationForm, BroadcastCounts, Figure, MarkKind, MeasureKind, PlannedBroadcast, ProgrammeKind,
};
use tuiliu_domain::live::RoomFact;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};

use super::Sample;
use crate::creator::content;
use crate::seed::platform::refused;

/// A growth task that every broadcast can fulfil at once, so that there are rewards from the start.
const BROADCAST_TASK: &str = r#"{ "broadcasts": { "broadcasts_max": 100, "tiers": [
    { "condition": { "all": [ { "at_least": { "metric": "length_ms", "value": 3600000 } },
                              { "at_least": { "metric": "viewers", "value": 500 } } ] },
      "face": { "base_points": 200, "points_max": 200 }, "coupons": 1 },
    { "condition": { "all": [ { "at_least": { "metric": "length_ms", "value": 3600000 } },
                              { "at_least": { "metric": "viewers", "value": 2000 } },
                              { "at_least": { "metric": "sell_through_permille", "value": 500 } } ] },
      "face": { "base_points": 300, "share": { "metric": "paid_gmv_fen", "permille": 10 }, "points_max": 1000 },
      "coupons": 2 } ] } }"#;

impl Sample {
    /// Programmes of every kind, and what came of them so far.
    pub(super) async fn incentives(&self) -> Result<()> {
        let cold_start = self.programme("cold start", ProgrammeKind::ColdStart, None).await?;
        let task = self.programme("broadcast task", ProgrammeKind::Growth, Some(BROADCAST_TASK)).await?;
        self.programme("weekly growth", ProgrammeKind::Growth, None).await?;
        let benchmark = self.programme("benchmark", ProgrammeKind::Benchmark, None).await?;
        // Time goes on between the plan and the application, and nobody plans the past.
        let planned = |days: i64, hours: i64| PlannedBroadcast {
            starts_at: self.platform.now().plus_ms(days * DAY_MS + 5 * MINUTE_MS),
            length_ms: hours * HOUR_MS,
        };
        // The creator who can sign in takes part; one was turned down, one waits, and a merchant plans a great day.
        self.application((0, cold_start), (planned(0, 2), None), Some((true, "欢迎加入，首场直播见"))).await?;
        let refusal = Some((false, "请补充商品资质后重新报名"));
        self.application((2, cold_start), (planned(1, 2), None), refusal).await?;
        self.application((3, cold_start), (planned(2, 2), None), None).await?;
        self.application((1, benchmark), (planned(16, 6), Some(50_000_000)), None).await?;
        for (nth, viewers, sold, yuan) in [(0, 860, 3, 1_200), (4, 3_400, 7, 26_000), (6, 2_600, 6, 18_000)] {
            self.past_broadcast(nth, (viewers, sold, yuan)).await?;
        }
        self.platform.app.judge_broadcasts(100).await.context("failed to look at the sample's broadcasts")?;
        self.linked().await?;
        self.measure().await.with_context(|| format!("failed to take a measure of {task}"))
    }

    async fn programme(&self, name: &str, kind: ProgrammeKind, rewards: Option<&str>) -> Result<IncentiveProgrammeId> {
        let (platform, actor) = (&self.platform, self.platform.actor());
        let mut terms = platform.app.programme_preset(&actor, kind).context("failed to read a preset")?;
        if let Some(rewards) = rewards {
            terms["title"] = "单场任务".into();
            terms["rewards"] = rewards.parse().context("failed to write a task")?;
        }
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let made = shell.create_programme(tx, &actor, terms.clone()).map_err(refused)?;
            shell.publish_programme(tx, &actor, made.id).map_err(refused)?;
            Ok(made.id.to_string())
        };
        let id = platform.once(&format!("sample programme {name}"), work).await?;
        id.parse().with_context(|| format!("failed to read the programme id `{id}`"))
    }

    async fn application(
        &self,
        (nth, programme): (usize, IncentiveProgrammeId),
        (planned, target_gmv_fen): (PlannedBroadcast, Option<i64>),
        verdict: Option<(bool, &'static str)>,
    ) -> Result<()> {
        let actor = self.platform.actor();
        let form = ApplicationForm {
            goods: "当季鲜品，直播间专享价".to_owned(),
            broadcasts: vec![planned],
            target_gmv_fen,
            contact_note: String::new(),
        };
        let command = ApplyForIncentive { programme, party: self.creators[nth], form };
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let made = shell.apply_for_incentive(tx, &actor, &command).map_err(refused)?;
            if let Some((approve, reason)) = verdict {
                let decide = DecideApplication { application: made.id, approve, reason: reason.to_owned() };
                shell.decide_application(tx, &actor, &decide).map_err(refused)?;
            }
            Ok(made.id.to_string())
        };
        self.platform.once(&format!("sample application {nth} {programme}"), work).await.map(drop)
    }

    /// A broadcast of a creator's that has just ended after an hour and a half, as the host tells it.
    async fn past_broadcast(&self, nth: usize, (viewers, sold, yuan): (i64, i64, i64)) -> Result<()> {
        let (platform, actor) = (&self.platform, self.platform.actor());
        let room = platform.room(self.creators[nth], &format!("sample-past-{nth}"), content(nth)).await?;
        let told = |value: i64| Some(Figure::reported(value));
        let counts = BroadcastCounts {
            viewers: told(viewers),
            own_viewers: told(viewers * 2 / 5),
            follower_gain: told(viewers / 40),
            paid_gmv_fen: told(yuan * 100),
            settled_gmv_fen: told(yuan * 70),
            refunded_fen: told(yuan * 5),
            complaints: told(0),
            products_listed: told(10),
            products_sold: told(sold),
        };
        let now = platform.now();
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            for (fact, at) in [
                (RoomFact::CartMounted, now.plus_ms(-90 * MINUTE_MS)),
                (RoomFact::Started, now.plus_ms(-90 * MINUTE_MS)),
                (RoomFact::Ended, now),
            ] {
                shell.record_room_fact(tx, &actor, &RecordRoomFact { room, fact, at }).map_err(refused)?;
            }
            let report = ReportBroadcastFacts { room, counts, is_final: true };
            shell.report_broadcast_facts(tx, &actor, &report).map_err(refused)?;
            Ok(RoomId::to_string(&room))
        };
        platform.once(&format!("sample broadcast {nth}"), work).await.map(drop)
    }

    /// Two accounts that pay out to the same place from the same device.
    async fn linked(&self) -> Result<()> {
        for nth in [6, 7] {
            let marks = vec![(MarkKind::Device, vec![[6; 32]]), (MarkKind::PayoutAccount, vec![[7; 32]])];
            let command = ReportMarks { party: self.creators[nth], marks };
            let told = self.platform.app.report_marks(self.platform.actor(), command).await;
            told.context("failed to tell what links two accounts")?;
        }
        Ok(())
    }

    /// An account whose sales were found to be made up, and its appeal, which waits.
    async fn measure(&self) -> Result<()> {
        let (platform, party) = (&self.platform, self.creators[6]);
        let caller = platform.caller();
        let command = TakeMeasure {
            party,
            kind: MeasureKind::Limit,
            reason: AbuseReason::FakeOrders,
            evidence: "90 分钟内 41 笔订单来自同一设备与同一收款账户".to_owned(),
            until: Some(platform.now().plus_ms(30 * DAY_MS)),
            rewards: None,
        };
        let take = move |shell: &Shell, tx: &mut Tx<'_>| {
            let taken = shell.take_measure(tx, &caller, &command).map_err(refused)?;
            Ok(taken.measure.id.to_string())
        };
        let measure = platform.once("sample measure", take).await?;
        let measure: IncentiveMeasureId = measure.parse().context("failed to read the measure's id")?;
        let actor = platform.actor();
        let evidence = AppealEvidence {
            text: "这台设备是门店收银机，订单为到店顾客自助下单。".to_owned(),
            links: vec!["https://example.org/till".to_owned()],
        };
        let command = FileAppeal { subject: AppealSubject::IncentiveMeasure, subject_id: measure.value(), evidence };
        let file = move |shell: &Shell, tx: &mut Tx<'_>| {
            shell.file_appeal(tx, &actor, &command).map(|appeal| appeal.id.to_string()).map_err(refused)
        };
        platform.once("sample appeal", file).await.map(drop)
    }
}
