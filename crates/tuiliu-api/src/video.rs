//! Short videos: told of by the host platform, and read.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::video::{TellVideo, TellVideoRefusal, VideoFilter};
use tuiliu_domain::video::{Goods, TellVideoError, Video, VideoContent, VideoReport};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::live::VisibilityView;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::promotion::view::figures;
use crate::views::{PartyIdView, TimeView, VideoIdView};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_videos, tell_video)).routes(routes!(read_video))
}

/// A video as the host platform tells of it: everything there is to know, each time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TellVideoBody {
    /// Whose video it is; the caller, unless a machine tells of it.
    creator_id: Option<PartyIdView>,
    /// The host platform's own id of the video. What is told of one that is known changes it.
    #[schema(example = "video1001", max_length = 512)]
    external_id: String,
    #[schema(example = "十分钟烤一炉面包", max_length = 512)]
    title: String,
    #[schema(example = "bakery", max_length = 512)]
    category: String,
    visibility: VisibilityView,
    #[schema(example = 15_000)]
    duration_ms: i64,
    /// The shop product that it carries.
    goods: Option<GoodsView>,
    /// When it came out; left out while it has not.
    published_at: Option<TimeView>,
    /// When it was deleted or taken down; it never comes back.
    removed_at: Option<TimeView>,
}

/// A shop product on a video.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Goods)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoodsView {
    /// The host platform's own id of the product.
    #[schema(example = "sku1", max_length = 512)]
    external_id: String,
    /// Whether it has passed the shop's review.
    approved: bool,
}

/// A short video of one creator.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Video)]
pub(crate) struct VideoView {
    id: VideoIdView,
    creator_id: PartyIdView,
    external_id: String,
    title: String,
    category: String,
    visibility: VisibilityView,
    duration_ms: i64,
    goods: Option<GoodsView>,
    /// Grows when what viewers see changes; a review says which one it saw.
    content_version: u32,
    /// `draft`, `published` or `removed`.
    state: &'static str,
    published_at: Option<TimeView>,
    created_at: TimeView,
}

/// A video and what happened to it by itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VideoDetail)]
pub(crate) struct VideoDetailView {
    #[serde(flatten)]
    video: VideoView,
    /// Natural traffic since the beginning, promoted traffic never among it; see the metric dictionary.
    #[schema(value_type = std::collections::BTreeMap<String, i64>, example = json!({"plays": 120, "likes": 18}))]
    natural: serde_json::Map<String, serde_json::Value>,
}

/// A page of videos, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoList {
    data: Vec<VideoView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which videos.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VideoQuery {
    /// Only this creator's.
    creator_id: Option<PartyIdView>,
}

/// Tells of a video: for the first time, or what is so now. Told twice, it changes nothing the second time; its orders
/// follow at once.
#[utoipa::path(
    post, path = "/v1/videos", tag = "videos", request_body = TellVideoBody, responses((status = 200, body = VideoView))
)]
async fn tell_video(
    State(api): State<Api>,
    caller: Caller,
    Json(body): Json<TellVideoBody>,
) -> Result<Json<VideoView>, Problem> {
    let command = body.command(&caller);
    let video = api.app().tell_video(caller.0.actor.clone(), command).await?;
    Ok(Json(VideoView::from(&video)))
}

/// Lists videos, newest first.
#[utoipa::path(
    get, path = "/v1/videos", tag = "videos", params(PageQuery, VideoQuery), responses((status = 200, body = VideoList))
)]
async fn list_videos(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
    query: Query<VideoQuery>,
) -> Result<Json<VideoList>, Problem> {
    let creator = query.0.creator_id.map(|creator| creator.0);
    let filter = VideoFilter { creator, before: page.after_id()?, limit: page.limit_wanted() };
    let found = api.app().videos(caller.0.actor.clone(), filter).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |video| Cursor::of_id(video.id));
    Ok(Json(VideoList { data: rows.iter().map(VideoView::from).collect(), next_cursor, has_more }))
}

/// Reads a video and what happened to it by itself.
#[utoipa::path(
    get, path = "/v1/videos/{video}", tag = "videos", params(("video" = VideoIdView, Path)),
    responses((status = 200, body = VideoDetailView))
)]
async fn read_video(
    State(api): State<Api>,
    caller: Caller,
    video: Path<VideoIdView>,
) -> Result<Json<VideoDetailView>, Problem> {
    let (video, natural) = api.app().video(caller.0.actor.clone(), video.0.0).await?;
    Ok(Json(VideoDetailView { video: VideoView::from(&video), natural: figures(&natural) }))
}

impl TellVideoBody {
    fn command(self, caller: &Caller) -> TellVideo {
        let goods = self.goods.map(|goods| Goods { external_id: goods.external_id, approved: goods.approved });
        let content = VideoContent {
            title: self.title,
            category: self.category,
            visibility: self.visibility.into(),
            duration_ms: self.duration_ms,
            goods,
        };
        TellVideo {
            creator: self.creator_id.map_or(caller.0.actor.party, |creator| creator.0),
            external_id: self.external_id,
            report: VideoReport {
                content,
                published_at: self.published_at.map(|at| at.0),
                removed_at: self.removed_at.map(|at| at.0),
            },
        }
    }
}

impl From<&Video> for VideoView {
    fn from(video: &Video) -> Self {
        let content = &video.content;
        let goods = |goods: &Goods| GoodsView { external_id: goods.external_id.clone(), approved: goods.approved };
        Self {
            id: video.id.into(),
            creator_id: video.creator.into(),
            external_id: video.external_id.clone(),
            title: content.title.clone(),
            category: content.category.clone(),
            visibility: content.visibility.into(),
            duration_ms: content.duration_ms,
            goods: content.goods.as_ref().map(goods),
            content_version: video.content_version,
            state: video.state.name(),
            published_at: video.published_at.map(TimeView),
            created_at: video.created_at.into(),
        }
    }
}

fn told(code: Code, refusal: impl std::fmt::Display) -> Problem {
    Problem::new(code).with_detail(format!("failed to {refusal}"))
}

impl From<TellVideoError> for Problem {
    fn from(refusal: TellVideoError) -> Self {
        let code = match refusal {
            TellVideoError::Empty { .. } => Code::VideoTextMissing,
            TellVideoError::TooLong { .. } => Code::VideoTextTooLong,
            TellVideoError::BadDuration { .. } => Code::VideoBadDuration,
            TellVideoError::InFuture { .. } => Code::VideoInFuture,
            TellVideoError::Removed => Code::VideoRemoved,
            TellVideoError::Unpublished => Code::VideoUnpublished,
        };
        told(code, refusal)
    }
}

impl From<TellVideoRefusal> for Problem {
    fn from(refusal: TellVideoRefusal) -> Self {
        match refusal {
            TellVideoRefusal::Tell(refusal) => refusal.into(),
            TellVideoRefusal::NoCreator => told(Code::VideoCreatorNotFound, refusal),
            TellVideoRefusal::OtherCreator { .. } => told(Code::VideoOtherCreator, refusal),
        }
    }
}
