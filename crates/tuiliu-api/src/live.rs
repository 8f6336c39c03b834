//! Live rooms: planned, read, and told about by the host platform.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tuiliu_app::live::{PlanRoom, PlanRoomRefusal, RecordRoomFact, RoomFactRow, RoomFilter};
use tuiliu_domain::live::{PlanRoomError, RecordRoomFactError, Room, RoomContent, RoomFact};
use tuiliu_domain::review::Visibility;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{PartyIdView, RoomIdView, TimeView};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_rooms, plan_room))
        .routes(routes!(read_room))
        .routes(routes!(record_room_fact))
}

/// What viewers see of a room, and reviewers judge.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = RoomContent)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentView {
    #[schema(example = "周五晚上的面包课", max_length = 512)]
    title: String,
    #[schema(example = "bakery", max_length = 512)]
    category: String,
    visibility: VisibilityView,
}

/// Who can see a room or a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Visibility)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VisibilityView {
    Public,
    /// Only those the creator lets in.
    Private,
}

/// A broadcast to be planned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanRoomBody {
    /// Whose room it is; the caller, unless a machine plans it.
    creator_id: Option<PartyIdView>,
    /// The host platform's own id of the broadcast; one room each.
    #[schema(example = "room1001", max_length = 512)]
    external_id: String,
    content: ContentView,
}

/// What the host platform saw happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = RoomFactName)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FactView {
    CartMounted,
    CartUnmounted,
    Started,
    Interrupted,
    Resumed,
    Ended,
    /// Title, category or visibility are now those in `content`.
    ContentChanged,
}

/// A fact about a room. Told twice, it changes nothing the second time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordRoomFactBody {
    fact: FactView,
    occurred_at: TimeView,
    /// For `content_changed` only.
    content: Option<ContentView>,
}

/// A live room: one broadcast of one creator.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Room)]
pub(crate) struct RoomView {
    id: RoomIdView,
    creator_id: PartyIdView,
    external_id: String,
    content: ContentView,
    /// Grows when the content changes; a review says which one it saw.
    content_version: u32,
    /// `planned`, `live`, `interrupted` or `ended`.
    state: &'static str,
    has_cart: bool,
    started_at: Option<TimeView>,
    ended_at: Option<TimeView>,
    created_at: TimeView,
}

/// A room and everything told about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomDetail)]
pub(crate) struct RoomDetailView {
    #[serde(flatten)]
    room: RoomView,
    facts: Vec<ToldFactView>,
}

/// A fact that was taken in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ToldFact)]
pub(crate) struct ToldFactView {
    #[schema(example = "started")]
    fact: String,
    occurred_at: TimeView,
    told_at: TimeView,
}

/// A page of rooms, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoomList {
    data: Vec<RoomView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which rooms.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RoomQuery {
    /// Only this creator's.
    creator_id: Option<PartyIdView>,
}

/// Plans a broadcast.
#[utoipa::path(
    post, path = "/v1/rooms", tag = "rooms", request_body = PlanRoomBody, responses((status = 201, body = RoomView))
)]
async fn plan_room(
    State(api): State<Api>,
    caller: Caller,
    Json(body): Json<PlanRoomBody>,
) -> Result<(StatusCode, Json<RoomView>), Problem> {
    let PlanRoomBody { creator_id, external_id, content } = body;
    let creator = creator_id.map_or(caller.0.actor.party, |creator| creator.0);
    let command = PlanRoom { creator, external_id, content: content.into() };
    let room = api.app().plan_room(caller.0.actor.clone(), command).await?;
    Ok((StatusCode::CREATED, Json(RoomView::from(&room))))
}

/// Lists rooms, newest first.
#[utoipa::path(
    get, path = "/v1/rooms", tag = "rooms", params(PageQuery, RoomQuery), responses((status = 200, body = RoomList))
)]
async fn list_rooms(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
    query: Query<RoomQuery>,
) -> Result<Json<RoomList>, Problem> {
    let creator = query.0.creator_id.map(|creator| creator.0);
    let filter = RoomFilter { creator, before: page.after_id()?, limit: page.limit_wanted() };
    let found = api.app().rooms(caller.0.actor.clone(), filter).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |room| Cursor::of_id(room.id));
    Ok(Json(RoomList { data: rows.iter().map(RoomView::from).collect(), next_cursor, has_more }))
}

/// Reads a room and everything told about it.
#[utoipa::path(
    get, path = "/v1/rooms/{room}", tag = "rooms", params(("room" = RoomIdView, Path)),
    responses((status = 200, body = RoomDetailView))
)]
async fn read_room(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
) -> Result<Json<RoomDetailView>, Problem> {
    let (room, facts) = api.app().room(caller.0.actor.clone(), room.0.0).await?;
    let facts = facts.iter().map(ToldFactView::from).collect();
    Ok(Json(RoomDetailView { room: RoomView::from(&room), facts }))
}

/// Tells a fact about a room; its orders follow at once.
#[utoipa::path(
    post, path = "/v1/rooms/{room}/facts", tag = "rooms", params(("room" = RoomIdView, Path)),
    request_body = RecordRoomFactBody, responses((status = 200, body = RoomView))
)]
async fn record_room_fact(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
    Json(body): Json<RecordRoomFactBody>,
) -> Result<Json<RoomView>, Problem> {
    let command = RecordRoomFact { room: room.0.0, at: body.occurred_at.0, fact: fact(body.fact, body.content)? };
    let room = api.app().record_room_fact(caller.0.actor.clone(), command).await?;
    Ok(Json(RoomView::from(&room)))
}

fn fact(name: FactView, content: Option<ContentView>) -> Result<RoomFact, Problem> {
    match (name, content) {
        (FactView::ContentChanged, Some(content)) => Ok(RoomFact::ContentChanged(content.into())),
        (FactView::ContentChanged, None) | (_, Some(_)) => Err(Problem::new(Code::RequestInvalid)
            .with_error("/content", "`content` belongs to the fact `content_changed`, which needs it")),
        (FactView::CartMounted, None) => Ok(RoomFact::CartMounted),
        (FactView::CartUnmounted, None) => Ok(RoomFact::CartUnmounted),
        (FactView::Started, None) => Ok(RoomFact::Started),
        (FactView::Interrupted, None) => Ok(RoomFact::Interrupted),
        (FactView::Resumed, None) => Ok(RoomFact::Resumed),
        (FactView::Ended, None) => Ok(RoomFact::Ended),
    }
}

impl From<VisibilityView> for Visibility {
    fn from(view: VisibilityView) -> Self {
        match view {
            VisibilityView::Public => Self::Public,
            VisibilityView::Private => Self::Private,
        }
    }
}

impl From<Visibility> for VisibilityView {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Private => Self::Private,
        }
    }
}

impl From<ContentView> for RoomContent {
    fn from(view: ContentView) -> Self {
        Self { title: view.title, category: view.category, visibility: view.visibility.into() }
    }
}

impl From<&RoomContent> for ContentView {
    fn from(content: &RoomContent) -> Self {
        let visibility = content.visibility.into();
        Self { title: content.title.clone(), category: content.category.clone(), visibility }
    }
}

impl From<&RoomFactRow> for ToldFactView {
    fn from(row: &RoomFactRow) -> Self {
        Self { fact: row.fact.clone(), occurred_at: row.at.into(), told_at: row.told_at.into() }
    }
}

impl From<&Room> for RoomView {
    fn from(room: &Room) -> Self {
        Self {
            id: room.id.into(),
            creator_id: room.creator.into(),
            external_id: room.external_id.clone(),
            content: ContentView::from(&room.content),
            content_version: room.content_version,
            state: room.state.name(),
            has_cart: room.has_cart(),
            started_at: room.state.start().map(|(at, _)| at.into()),
            ended_at: room.times.ended.map(TimeView),
            created_at: room.created_at.into(),
        }
    }
}

fn told(code: Code, refusal: impl std::fmt::Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

impl From<PlanRoomError> for Problem {
    fn from(refusal: PlanRoomError) -> Self {
        match refusal {
            PlanRoomError::Empty { .. } => told(Code::RoomTextMissing, refusal),
            PlanRoomError::TooLong { .. } => told(Code::RoomTextTooLong, refusal),
        }
    }
}

impl From<PlanRoomRefusal> for Problem {
    fn from(refusal: PlanRoomRefusal) -> Self {
        match refusal {
            PlanRoomRefusal::Plan(refusal) => refusal.into(),
            PlanRoomRefusal::NoCreator => told(Code::RoomCreatorNotFound, refusal),
            PlanRoomRefusal::AlreadyPlanned { .. } => told(Code::RoomAlreadyPlanned, refusal),
        }
    }
}

impl From<RecordRoomFactError> for Problem {
    fn from(refusal: RecordRoomFactError) -> Self {
        match refusal {
            RecordRoomFactError::WrongState { .. } => told(Code::RoomWrongState, refusal),
            RecordRoomFactError::OutOfOrder { .. } => told(Code::RoomFactOutOfOrder, refusal),
            RecordRoomFactError::GraceOver { .. } => told(Code::RoomGraceOver, refusal),
            RecordRoomFactError::InFuture { .. } => told(Code::RoomFactInFuture, refusal),
            RecordRoomFactError::BadContent(refusal) => refusal.into(),
        }
    }
}
