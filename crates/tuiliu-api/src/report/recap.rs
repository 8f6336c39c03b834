//! The recap of a broadcast (LV-20): told afterwards, natural and promoted apart in every figure (LV-21).

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::report::{
    DrawTold, FiguresTold, PresentationTold, ProductTold, PromotionSpan, RecapPart, RecapRefusal, RecapVersion,
    RoomRecap,
};
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;

use super::export::{ReportFormatView, file};
use super::view::FreshView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::live::{RoomView, ToldFactView};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::promotion::CostView;
use crate::views::{PromotionOrderIdView, RoomIdView, TimeView};

/// What a broadcast brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomRecap)]
pub(crate) struct RecapView {
    room: RoomView,
    version: RecapVersionView,
    /// Since when it is settled; `null` of what is known now.
    settled_at: Option<TimeView>,
    started_at: TimeView,
    ended_at: TimeView,
    /// Of everybody.
    all: RecapFiguresView,
    /// Of those who first came by themselves.
    natural: RecapFiguresView,
    /// Of those whom promotion brought first.
    promoted: RecapFiguresView,
    /// What happened to the broadcast itself, to be lined up with the curves.
    incidents: Vec<ToldFactView>,
    /// When orders were promoted, likewise.
    promotions: Vec<PromotionView>,
    freshness: FreshView,
}

/// The figures of some viewers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecapFigures)]
pub(crate) struct RecapFiguresView {
    viewers: u64,
    /// Stays, everybody's devices united.
    sessions: u64,
    peak_online: u64,
    peak_at: TimeView,
    average_online: f64,
    average_watch_seconds: f64,
    /// Who began to follow and did not take it back.
    new_followers: u64,
    lost_followers: u64,
    follow_rate: Option<f64>,
    products: Vec<ProductView>,
    presentations: Vec<PresentationView>,
    draws: Vec<DrawView>,
    entries_each_minute: Vec<u64>,
    /// At the start of each minute.
    online_each_minute: Vec<u64>,
    /// Entries in steps of five minutes.
    entries_each_five_minutes: Vec<u64>,
    /// Median change from step to step (Theil and Sen).
    trend_slope: Option<f64>,
    /// Rises less falls (Mann and Kendall).
    trend_score: i64,
}

/// A product over the whole broadcast.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecapProduct)]
pub(crate) struct ProductView {
    /// The host's id.
    #[schema(example = "sku1")]
    product: String,
    visits: u64,
    clicks: u64,
    orders: u64,
    buyers: u64,
    units: u64,
    sales_fen: i64,
    /// Units sold of those in stock; `null` when the stock is not known.
    sell_through: Option<f64>,
}

/// A product while it was presented, and five minutes after.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecapPresentation)]
pub(crate) struct PresentationView {
    #[schema(example = "sku1")]
    product: String,
    started_at: TimeView,
    ended_at: TimeView,
    /// Distinct viewers who were there.
    viewers: u64,
    average_online: f64,
    orders: u64,
    buyers: u64,
    sales_fen: i64,
    /// Buyers for each viewer.
    presentation_conversion: Option<f64>,
}

/// A draw.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecapDraw)]
pub(crate) struct DrawView {
    /// The host's id.
    #[schema(example = "bag1")]
    draw: String,
    opened_at: TimeView,
    entrants: u64,
    online_when_opened: u64,
    draw_entry_rate: Option<f64>,
}

/// When an order was promoted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecapPromotion)]
pub(crate) struct PromotionView {
    boost_id: PromotionOrderIdView,
    from: TimeView,
    to: TimeView,
    spend: CostView,
}

/// Which recap of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RecapVersion)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecapVersionView {
    /// As it was when nothing of it was to change any more; it never does.
    Settled,
    /// By what is known now.
    Now,
}

/// Which recap.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecapQuery {
    /// The settled one once there is one, 48 hours after the broadcast, when left out.
    #[param(inline)]
    version: Option<RecapVersionView>,
}

/// Which file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecapExportQuery {
    /// `csv` is one table, UTF-8 with a byte order mark; `xlsx` and `json` have all of them.
    #[param(inline)]
    format: ReportFormatView,
    /// The table of a `csv`: `figures` when left out.
    #[serde(default)]
    #[param(inline)]
    part: RecapPartView,
}

/// The tables of a recap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = RecapPart)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecapPartView {
    #[default]
    Figures,
    Products,
    Presentations,
    Draws,
    Curves,
    Promotions,
}

/// Tells the recap of a broadcast that has ended, from what was measured.
#[utoipa::path(
    get, path = "/v1/rooms/{room}/recap", tag = "reports", params(("room" = RoomIdView, Path), RecapQuery),
    responses((status = 200, body = RecapView))
)]
pub(super) async fn read_recap(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
    query: Query<RecapQuery>,
) -> Result<Json<RecapView>, Problem> {
    let recap = api.app().room_recap(caller.0.actor.clone(), room.0.0, query.0.version()).await?;
    Ok(Json(view(&recap, api.now())))
}

/// Exports the recap of a broadcast as a file, natural and promoted apart.
#[utoipa::path(
    get, path = "/v1/rooms/{room}/recap/export", tag = "reports",
    params(("room" = RoomIdView, Path), RecapQuery, RecapExportQuery),
    responses((status = 200, content(
        (Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (serde_json::Value = "application/json")
    )))
)]
pub(super) async fn export_recap(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
    query: Query<RecapQuery>,
    export: Query<RecapExportQuery>,
) -> Result<Response, Problem> {
    let (of, part, format) = ((room.0.0, query.0.version()), export.0.part.into(), export.0.format.into());
    Ok(file(api.app().export_recap(caller.0.actor.clone(), of, part, format).await?))
}

impl RecapQuery {
    fn version(&self) -> Option<RecapVersion> {
        self.version.map(|version| match version {
            RecapVersionView::Settled => RecapVersion::Settled,
            RecapVersionView::Now => RecapVersion::Now,
        })
    }
}

impl From<RecapPartView> for RecapPart {
    fn from(view: RecapPartView) -> Self {
        match view {
            RecapPartView::Figures => Self::Figures,
            RecapPartView::Products => Self::Products,
            RecapPartView::Presentations => Self::Presentations,
            RecapPartView::Draws => Self::Draws,
            RecapPartView::Curves => Self::Curves,
            RecapPartView::Promotions => Self::Promotions,
        }
    }
}

fn view(recap: &RoomRecap, now: Timestamp) -> RecapView {
    let RoomRecap { room, told, settled_at, incidents, freshness } = recap;
    RecapView {
        room: RoomView::from(room),
        version: if settled_at.is_some() { RecapVersionView::Settled } else { RecapVersionView::Now },
        settled_at: settled_at.map(TimeView),
        started_at: told.started_at.into(),
        ended_at: told.ended_at.into(),
        all: RecapFiguresView::from(&told.all),
        natural: RecapFiguresView::from(&told.natural),
        promoted: RecapFiguresView::from(&told.promoted),
        incidents: incidents.iter().map(ToldFactView::from).collect(),
        promotions: told.promotions.iter().map(PromotionView::from).collect(),
        freshness: FreshView::new(*freshness, now.into()),
    }
}

impl From<&FiguresTold> for RecapFiguresView {
    fn from(own: &FiguresTold) -> Self {
        Self {
            viewers: own.viewers,
            sessions: own.sessions,
            peak_online: own.peak_online,
            peak_at: own.peak_at.into(),
            average_online: own.average_online,
            average_watch_seconds: own.average_watch_seconds,
            new_followers: own.new_followers,
            lost_followers: own.lost_followers,
            follow_rate: own.follow_rate,
            products: own.products.iter().map(ProductView::from).collect(),
            presentations: own.presentations.iter().map(PresentationView::from).collect(),
            draws: own.draws.iter().map(DrawView::from).collect(),
            entries_each_minute: own.entries_each_minute.clone(),
            online_each_minute: own.online_each_minute.clone(),
            entries_each_five_minutes: own.entries_each_five_minutes.clone(),
            trend_slope: own.trend_slope,
            trend_score: own.trend_score,
        }
    }
}

impl From<&ProductTold> for ProductView {
    fn from(own: &ProductTold) -> Self {
        Self {
            product: own.product.clone(),
            visits: own.visits,
            clicks: own.clicks,
            orders: own.orders,
            buyers: own.buyers,
            units: own.units,
            sales_fen: own.sales_fen,
            sell_through: own.sell_through,
        }
    }
}

impl From<&PresentationTold> for PresentationView {
    fn from(own: &PresentationTold) -> Self {
        Self {
            product: own.product.clone(),
            started_at: own.started_at.into(),
            ended_at: own.ended_at.into(),
            viewers: own.viewers,
            average_online: own.average_online,
            orders: own.orders,
            buyers: own.buyers,
            sales_fen: own.sales_fen,
            presentation_conversion: own.conversion,
        }
    }
}

impl From<&DrawTold> for DrawView {
    fn from(own: &DrawTold) -> Self {
        Self {
            draw: own.draw.clone(),
            opened_at: own.opened_at.into(),
            entrants: own.entrants,
            online_when_opened: own.online_when_opened,
            draw_entry_rate: own.entry_rate,
        }
    }
}

impl From<&PromotionSpan> for PromotionView {
    fn from(span: &PromotionSpan) -> Self {
        let PromotionSpan { order, from, to, spent, currency } = *span;
        let spend = CostView::new(spent, currency);
        Self { boost_id: order.into(), from: from.into(), to: to.into(), spend }
    }
}

impl From<RecapRefusal> for Problem {
    fn from(refusal: RecapRefusal) -> Self {
        let code = match refusal {
            RecapRefusal::NotEnded => Code::ReportNotEnded,
            RecapRefusal::NotSettled => Code::ReportNotSettled,
            RecapRefusal::Facts(_) => Code::ReportNoRecap,
        };
        Self::new(code).with_detail(format!("failed to {refusal}"))
    }
}
