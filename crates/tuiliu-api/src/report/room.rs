//! What broadcasts brought, natural and promoted apart.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::report::{
    AccountAsk, AccountPart, AccountReport, BroadcastFacts, CreatorReport, Online, RoomReport, Scope,
};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use utoipa::ToSchema;

use super::query::TrendQuery;
use super::view::{BreakdownView, FigureView, FreshView, LiveView, ScopeView, SumsView, TrendView, figures, map};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::live::RoomView;
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{CurrencyView, PartyIdView, PromotionOrderIdView, RoomIdView, TimeView};

/// Days of a report over an account when nobody says.
const DAYS_DEFAULT: i64 = 30;
/// Days of a report over an account.
const DAYS_MAX: i64 = 366;

/// What one broadcast brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomReport)]
pub(crate) struct RoomReportView {
    room: RoomView,
    /// Of everybody, of natural and of promoted traffic. A return in which natural traffic has a part is told of
    /// everybody only, and is never an effect of the promotion.
    scopes: Vec<ScopeView>,
    online: OnlineView,
    trend: TrendView,
    breakdown: Vec<BreakdownView>,
    freshness: FreshView,
}

/// People at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Online)]
pub(crate) struct OnlineView {
    peak: i64,
    /// When the peak was reached first.
    peak_at: Option<TimeView>,
    /// Of whom it is known that they are still there, by the last that was reported of them.
    now: i64,
}

/// What all orders of an account brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountReport)]
pub(crate) struct AccountReportView {
    /// All of them, whatever they are paid in.
    orders: i64,
    /// By what they are paid in: beans and yuan are never added. Empty without orders.
    parts: Vec<AccountPartView>,
    freshness: FreshView,
}

/// What the orders of an account brought that are paid in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountReportPart)]
pub(crate) struct AccountPartView {
    currency: CurrencyView,
    orders: i64,
    /// Sums over orders: a viewer of two orders is counted in both. Charges in millionths of the currency's unit.
    #[schema(value_type = BTreeMap<String, i64>, example = json!({"views": 12}))]
    counts: serde_json::Map<String, serde_json::Value>,
    metrics: Vec<FigureView>,
    trend: TrendView,
}

/// What all broadcasts of a creator in a period did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatorReport)]
pub(crate) struct CreatorReportView {
    creator_id: PartyIdView,
    broadcasts: Vec<BroadcastView>,
    /// Sums over broadcasts: a viewer of two broadcasts is counted in both.
    scopes: Vec<ScopeView>,
    /// Distinct viewers over all broadcasts, within about one percent; exact below a hundred.
    distinct_viewers: i64,
    /// Those of them whom promotion brought.
    distinct_promoted_viewers: i64,
    trend: TrendView,
    freshness: FreshView,
}

/// One broadcast of a creator.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BroadcastSummary)]
pub(crate) struct BroadcastView {
    room_id: RoomIdView,
    started_at: TimeView,
    ended_at: Option<TimeView>,
    length_ms: i64,
    had_cart: bool,
    viewers: i64,
    /// Viewers whom no promotion brought, in thousandths.
    own_traffic_permille: Option<i64>,
    follower_gain: i64,
    paid_fen: i64,
    refunded_fen: i64,
    /// Paid and not refunded when the return window of 7 days closed.
    settled_fen: i64,
    /// Listed products that sold, in thousandths.
    sell_through_permille: Option<i64>,
}

/// Which orders of an account.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountQuery {
    /// Only those that this party pays for.
    payer_id: Option<PartyIdView>,
}

/// Whose broadcasts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CreatorQuery {
    /// The caller, when left out.
    creator_id: Option<PartyIdView>,
}

/// Reports what a broadcast brought, natural and promoted apart.
#[utoipa::path(
    get, path = "/v1/rooms/{room}/report", tag = "reports", params(("room" = RoomIdView, Path), TrendQuery),
    responses((status = 200, body = RoomReportView))
)]
pub(super) async fn read_room_report(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
    trend: Query<TrendQuery>,
) -> Result<Json<RoomReportView>, Problem> {
    let report = api.app().room_report(caller.0.actor.clone(), room.0.0, trend.0.ask()).await?;
    Ok(Json(view(&report, api.now())))
}

/// Tells what happens in a room now: the last ten minutes, the ten before, the session, and what is usual.
#[utoipa::path(
    get, path = "/v1/rooms/{room}/live", tag = "reports", params(("room" = RoomIdView, Path)),
    responses((status = 200, body = LiveView))
)]
pub(super) async fn read_room_live(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
) -> Result<Json<LiveView>, Problem> {
    Ok(Json(LiveView::from(&api.app().room_live(caller.0.actor.clone(), room.0.0).await?)))
}

/// Tells what an order brings now: the last ten minutes, the ten before, since it began, and what is usual.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/live", tag = "reports", params(("boost" = PromotionOrderIdView, Path)),
    responses((status = 200, body = LiveView))
)]
pub(super) async fn read_boost_live(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
) -> Result<Json<LiveView>, Problem> {
    Ok(Json(LiveView::from(&api.app().order_live(caller.0.actor.clone(), boost.0.0).await?)))
}

/// Reports what all orders of an account brought together: those placed within `from` and `to`.
#[utoipa::path(
    get, path = "/v1/reports/boosts", tag = "reports", params(AccountQuery, TrendQuery),
    responses((status = 200, body = AccountReportView))
)]
pub(super) async fn read_account_report(
    State(api): State<Api>,
    caller: Caller,
    account: Query<AccountQuery>,
    trend: Query<TrendQuery>,
) -> Result<Json<AccountReportView>, Problem> {
    let (from, to) = period(&trend.0, api.now())?;
    let ask = AccountAsk { payer: account.0.payer_id.map(|payer| payer.0), from, to, trend: trend.0.ask() };
    let report = api.app().account_report(caller.0.actor.clone(), ask).await?;
    Ok(Json(account_view(&report, api.now())))
}

/// Reports what all broadcasts of a creator did that started within `from` and `to`.
#[utoipa::path(
    get, path = "/v1/reports/broadcasts", tag = "reports", params(CreatorQuery, TrendQuery),
    responses((status = 200, body = CreatorReportView))
)]
pub(super) async fn read_creator_report(
    State(api): State<Api>,
    caller: Caller,
    creator: Query<CreatorQuery>,
    trend: Query<TrendQuery>,
) -> Result<Json<CreatorReportView>, Problem> {
    let period = period(&trend.0, api.now())?;
    let creator = creator.0.creator_id.map_or(caller.0.actor.party, |creator| creator.0);
    let report = api.app().creator_report(caller.0.actor.clone(), creator, period, trend.0.ask()).await?;
    Ok(Json(creator_view(&report, api.now())))
}

/// The last thirty days when nobody says, a year and a day at most.
fn period(trend: &TrendQuery, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
    let to = trend.to.map_or(now.plus_ms(1), |to| to.0);
    let from = trend.from.map_or(to.plus_ms(-DAYS_DEFAULT * DAY_MS), |from| from.0);
    if to < from || to.since_ms(from) > DAYS_MAX * DAY_MS {
        let detail = format!("`from` is before `to`, and at most {DAYS_MAX} days lie between them");
        return Err(Problem::new(Code::RequestInvalidQuery).with_detail(detail));
    }
    Ok((from, to))
}

pub(super) fn view(report: &RoomReport, now: Timestamp) -> RoomReportView {
    let scope = |scope: Scope| ScopeView::new(scope, &report.counts(scope), &report.figures(scope));
    let Online { peak, peak_at, last } = report.online;
    RoomReportView {
        room: RoomView::from(&report.room),
        scopes: [Scope::All, Scope::Natural, Scope::Promoted].map(scope).into(),
        online: OnlineView { peak, peak_at: peak_at.map(TimeView), now: last },
        trend: TrendView::new(&report.trend, SumsView::of_room),
        breakdown: BreakdownView::all(&report.breakdown, SumsView::of_room),
        freshness: FreshView::new(report.freshness, now.into()),
    }
}

fn account_view(report: &AccountReport, now: Timestamp) -> AccountReportView {
    let part = |part: &AccountPart| AccountPartView {
        currency: part.currency.into(),
        orders: part.orders,
        counts: map(&part.counts),
        metrics: figures(&part.figures()),
        trend: TrendView::new(&part.trend, SumsView::of_order),
    };
    AccountReportView {
        orders: report.orders,
        parts: report.parts.iter().map(part).collect(),
        freshness: FreshView::new(report.freshness, now.into()),
    }
}

fn creator_view(report: &CreatorReport, now: Timestamp) -> CreatorReportView {
    let scope = |scope: Scope| ScopeView::new(scope, &report.counts(scope), &report.figures(scope));
    CreatorReportView {
        creator_id: report.creator.into(),
        broadcasts: report.broadcasts.iter().map(BroadcastView::from).collect(),
        scopes: [Scope::All, Scope::Natural, Scope::Promoted].map(scope).into(),
        distinct_viewers: report.distinct_viewers,
        distinct_promoted_viewers: report.distinct_promoted_viewers,
        trend: TrendView::new(&report.trend, SumsView::of_room),
        freshness: FreshView::new(report.freshness, now.into()),
    }
}

impl From<&BroadcastFacts> for BroadcastView {
    fn from(facts: &BroadcastFacts) -> Self {
        Self {
            room_id: facts.room.into(),
            started_at: facts.started_at.into(),
            ended_at: facts.ended_at.map(TimeView),
            length_ms: facts.length_ms,
            had_cart: facts.had_cart,
            viewers: facts.viewers(),
            own_traffic_permille: facts.own_traffic_permille(),
            follower_gain: facts.follower_gain(),
            paid_fen: facts.paid_fen(),
            refunded_fen: facts.refunded_fen(),
            settled_fen: facts.settled_fen(),
            sell_through_permille: facts.sell_through_permille(),
        }
    }
}
