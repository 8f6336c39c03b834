//! Tasks and how far they have come; rewards and the coupons that they became.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tuiliu_app::incentive::{
    RewardList, RewardRow, RewardView as Reward, TaskView as Task, ThresholdView as Threshold, TierView as Tier,
};
use utoipa::ToSchema;

use super::programme::csv_file;
use super::words::{ApplicationStateView, ProgrammeKindView, RewardStateView};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{
    IncentiveApplicationIdView, IncentiveProgrammeIdView, IncentiveRewardIdView, LotIdView, PartyIdView, RoomIdView,
    TimeView,
};

/// Whose.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PartyQuery {
    /// Left out, everybody's, or the caller's own for whoever may look at nobody else's.
    #[param(value_type = Option<PartyIdView>)]
    pub(super) party: Option<PartyIdView>,
}

/// What an account can earn in each programme that holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveTaskList {
    data: Vec<TaskView>,
}

/// What an account can earn in one programme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveTask)]
pub(crate) struct TaskView {
    programme_id: IncentiveProgrammeIdView,
    title: String,
    kind: ProgrammeKindView,
    edition: u32,
    /// Whether the account may take part as things are.
    is_eligible: bool,
    eligibility: Vec<ThresholdView>,
    application_id: Option<IncentiveApplicationIdView>,
    application_state: Option<ApplicationStateView>,
    /// The period that is measured now; nothing where a broadcast is.
    period_from: Option<TimeView>,
    period_to: Option<TimeView>,
    /// The programme's table, or its steps, with how far this period or the last broadcast has come.
    tiers: Vec<TierView>,
    /// Rewards issued so far.
    rewards: u32,
    rewarded_points: i64,
    /// Coupons that this month's quota still has; nothing where there is none.
    coupons_left: Option<u32>,
}

/// One line of a programme's table, or one step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveTier)]
pub(crate) struct TierView {
    thresholds: Vec<ThresholdView>,
    is_reached: bool,
    /// What it would bring as things are, on each coupon.
    points: i64,
    coupons: u32,
}

/// One threshold with what is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveThreshold)]
pub(crate) struct ThresholdView {
    /// In the words of terms.
    #[schema(value_type = Object)]
    threshold: Value,
    value: Option<i64>,
    /// `measured` by this platform or `reported` by the host.
    source: Option<&'static str>,
    is_met: bool,
}

/// What one task brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncentiveReward)]
pub(crate) struct RewardView {
    id: IncentiveRewardIdView,
    programme_id: IncentiveProgrammeIdView,
    edition: u32,
    party_id: PartyIdView,
    /// One of each within programme and account.
    task: String,
    application_id: Option<IncentiveApplicationIdView>,
    room_id: Option<RoomIdView>,
    state: RewardStateView,
    /// Whose quota it was taken from: 202611 is November 2026 in China Standard Time.
    month: i64,
    /// In all, what paid a debt included.
    points: i64,
    /// What of them paid a debt.
    netted_points: i64,
    /// The coupons that it became.
    coupons: Vec<LotIdView>,
    /// Why it was kept back.
    reasons: Vec<String>,
    /// The figures it was earned by, each with who says so.
    #[schema(value_type = Object)]
    figures: Value,
    at: TimeView,
}

/// A page of rewards, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveRewardList {
    data: Vec<RewardView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Lists what an account can earn now, and how far it has come.
#[utoipa::path(
    get, path = "/v1/incentive-tasks", tag = "incentives", params(PartyQuery),
    responses((status = 200, body = IncentiveTaskList))
)]
pub(super) async fn list_incentive_tasks(
    State(api): State<Api>,
    caller: Caller,
    Query(PartyQuery { party }): Query<PartyQuery>,
) -> Result<Json<IncentiveTaskList>, Problem> {
    let actor = caller.0.actor.clone();
    let party = party.map_or(actor.party, |party| party.0);
    let found = api.app().incentive_tasks(actor, party).await?;
    Ok(Json(IncentiveTaskList { data: found.into_iter().map(TaskView::from).collect() }))
}

/// Lists rewards, newest first: issued, over the quota, withheld, taken back.
#[utoipa::path(
    get, path = "/v1/incentive-rewards", tag = "incentives", params(PartyQuery, PageQuery),
    responses((status = 200, body = IncentiveRewardList))
)]
pub(super) async fn list_incentive_rewards(
    State(api): State<Api>,
    caller: Caller,
    Query(PartyQuery { party }): Query<PartyQuery>,
    page: Page,
) -> Result<Json<IncentiveRewardList>, Problem> {
    let party = party.map(|party| party.0);
    let list = RewardList { party, before: page.after_id()?, limit: page.limit_wanted() };
    let found = api.app().incentive_rewards(caller.0.actor.clone(), list).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.row.id));
    Ok(Json(IncentiveRewardList { data: rows.into_iter().map(RewardView::from).collect(), next_cursor, has_more }))
}

/// Reads a reward.
#[utoipa::path(
    get, path = "/v1/incentive-rewards/{reward}", tag = "incentives",
    params(("reward" = IncentiveRewardIdView, Path)), responses((status = 200, body = RewardView))
)]
pub(super) async fn read_incentive_reward(
    State(api): State<Api>,
    caller: Caller,
    reward: Path<IncentiveRewardIdView>,
) -> Result<Json<RewardView>, Problem> {
    Ok(Json(api.app().incentive_reward(caller.0.actor.clone(), reward.0.0).await?.into()))
}

/// Rewards as a file (CSV), newest first.
#[utoipa::path(
    get, path = "/v1/incentive-reward-export", tag = "incentives", params(PartyQuery),
    responses((status = 200, body = Vec<u8>, content_type = "text/csv"))
)]
pub(super) async fn export_incentive_rewards(
    State(api): State<Api>,
    caller: Caller,
    Query(PartyQuery { party }): Query<PartyQuery>,
) -> Result<Response, Problem> {
    let party = party.map(|party| party.0);
    Ok(csv_file(api.app().export_incentive_rewards(caller.0.actor.clone(), party).await?, "incentive-rewards.csv"))
}

impl From<Task> for TaskView {
    fn from(task: Task) -> Self {
        Self {
            programme_id: task.programme.into(),
            title: task.title,
            kind: task.kind.into(),
            edition: task.edition,
            is_eligible: task.is_eligible,
            eligibility: task.eligibility.into_iter().map(ThresholdView::from).collect(),
            application_id: task.application.map(|(id, _)| id.into()),
            application_state: task.application.map(|(_, state)| state.into()),
            period_from: task.period.map(|(from, _)| from.into()),
            period_to: task.period.map(|(_, to)| to.into()),
            tiers: task.tiers.into_iter().map(TierView::from).collect(),
            rewards: task.rewards,
            rewarded_points: task.rewarded_points,
            coupons_left: task.coupons_left,
        }
    }
}

impl From<Tier> for TierView {
    fn from(tier: Tier) -> Self {
        let Tier { thresholds, is_reached, points, coupons } = tier;
        Self { thresholds: thresholds.into_iter().map(ThresholdView::from).collect(), is_reached, points, coupons }
    }
}

impl From<Threshold> for ThresholdView {
    fn from(seen: Threshold) -> Self {
        let Threshold { threshold, figure, is_met } = seen;
        let (value, source) = (figure.map(|figure| figure.value), figure.map(|figure| figure.source.code()));
        Self { threshold, value, source, is_met }
    }
}

impl From<Reward> for RewardView {
    fn from(seen: Reward) -> Self {
        let Reward { row, coupons } = seen;
        let RewardRow { reasons, figures, .. } = &row;
        Self {
            id: row.id.into(),
            programme_id: row.programme.into(),
            edition: row.edition,
            party_id: row.party.into(),
            reasons: reasons.split_whitespace().map(str::to_owned).collect(),
            figures: serde_json::from_str(figures).unwrap_or_default(),
            task: row.task.clone(),
            application_id: row.application.map(IncentiveApplicationIdView::from),
            room_id: row.room.map(RoomIdView::from),
            state: row.state.into(),
            month: row.month,
            points: row.points,
            netted_points: row.netted_points,
            coupons: coupons.into_iter().map(LotIdView::from).collect(),
            at: row.at.into(),
        }
    }
}
