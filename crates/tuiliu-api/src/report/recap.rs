//! The recap of a broadcast (LV-20): told afterwards, natural and promoted apart in every figure (LV-21).

use axum::extract::State;
use serde::Serialize;
use tuiliu_app::report::{
    Figures, LuckyBagFigures, PresentationFigures, ProductFigures, PromotionSpan, RecapError, RecapRefusal, RoomRecap,
};
use tuiliu_domain::time::{SECOND_MS, Timestamp};
use utoipa::ToSchema;

use super::view::FreshView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::live::{RoomView, ToldFactView};
use crate::params::Path;
use crate::problem::Problem;
use crate::promotion::CostView;
use crate::views::{PromotionOrderIdView, RoomIdView, TimeView};

/// What a broadcast brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomRecap)]
pub(crate) struct RecapView {
    room: RoomView,
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

/// Tells the recap of a broadcast that has ended, from what was measured.
#[utoipa::path(
    get, path = "/v1/rooms/{room}/recap", tag = "reports", params(("room" = RoomIdView, Path)),
    responses((status = 200, body = RecapView))
)]
pub(super) async fn read_recap(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
) -> Result<Json<RecapView>, Problem> {
    let recap = api.app().room_recap(caller.0.actor.clone(), room.0.0).await?;
    Ok(Json(view(&recap, api.now())))
}

fn view(told: &RoomRecap, now: Timestamp) -> RecapView {
    let incidents = told.incidents.iter().map(ToldFactView::from);
    RecapView {
        room: RoomView::from(&told.room),
        started_at: told.started_at.into(),
        ended_at: told.ended_at.into(),
        all: figures(told, &told.recap.all),
        natural: figures(told, &told.recap.natural),
        promoted: figures(told, &told.recap.promoted),
        incidents: incidents.collect(),
        promotions: told.promotions.iter().map(PromotionView::from).collect(),
        freshness: FreshView::new(told.freshness, now.into()),
    }
}

fn figures(told: &RoomRecap, own: &Figures) -> RecapFiguresView {
    let at = |second: u32| TimeView(told.started_at.plus_ms(i64::from(second) * SECOND_MS));
    let named = |names: &[String], number: u64| {
        usize::try_from(number).ok().and_then(|place| names.get(place)).cloned().unwrap_or_default()
    };
    let product = |own: &ProductFigures| ProductView {
        product: named(&told.products, own.product),
        visits: own.visits,
        clicks: own.clicks,
        orders: own.orders,
        buyers: own.buyers,
        units: own.units,
        sales_fen: own.sales_fen,
        sell_through: own.sell_through,
    };
    let presentation = |own: &PresentationFigures| PresentationView {
        product: named(&told.products, own.presentation.product),
        started_at: at(own.presentation.start_second),
        ended_at: at(own.presentation.end_second),
        viewers: own.viewers,
        average_online: own.mean_online,
        orders: own.orders,
        buyers: own.buyers,
        sales_fen: own.sales_fen,
        presentation_conversion: own.conversion,
    };
    let draw = |own: &LuckyBagFigures| DrawView {
        draw: named(&told.draws, own.bag.bag),
        opened_at: at(own.bag.start_second),
        entrants: own.entrants,
        online_when_opened: own.online_at_start,
        draw_entry_rate: own.entry_rate,
    };
    RecapFiguresView {
        viewers: own.viewers,
        sessions: own.sessions,
        peak_online: own.peak_online,
        peak_at: at(own.peak_second),
        average_online: own.mean_online,
        average_watch_seconds: own.mean_watch_seconds,
        new_followers: own.new_followers,
        lost_followers: own.lost_followers,
        follow_rate: own.follow_rate,
        products: own.products.iter().map(product).collect(),
        presentations: own.presentations.iter().map(presentation).collect(),
        draws: own.lucky_bags.iter().map(draw).collect(),
        entries_each_minute: own.entries_each_minute.clone(),
        online_each_minute: own.online_each_minute.clone(),
        entries_each_five_minutes: own.trend.entries.clone(),
        trend_slope: own.trend.slope,
        trend_score: own.trend.score,
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
            RecapRefusal::Facts(RecapError::NoDuration | RecapError::TooLong { .. }) => Code::ReportNoRecap,
            RecapRefusal::Facts(_) => Code::ReportNoRecap,
        };
        Self::new(code).with_detail(format!("failed to {refusal}"))
    }
}
