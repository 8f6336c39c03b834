//! What the host tells of creators: prices, videos, plays.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tuiliu_app::guarantee::{CreatorVideoRow, ReportPlays, ReportVideo, SetCreatorPrice, VideoState};
use tuiliu_domain::guarantee::{FreezeCause, LeftOut, PlaysReading};
use tuiliu_domain::money::Asset;
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, CreatorVideoIdView, GuaranteeServiceIdView, PartyIdView, TimeView};

/// What a creator is paid for a video.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreatorPriceBody {
    fixed_price: AmountView,
}

/// Whether viewers can see a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = CreatorVideoState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VideoStateView {
    Visible,
    Hidden,
    Deleted,
    /// Edited out of compliance.
    Edited,
}

/// A creator's video as the host sees it; told again, its state may be another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportVideoBody {
    creator_id: PartyIdView,
    published_at: TimeView,
    state: VideoStateView,
    /// The guarantee that was bought on this video: its clock starts at `published_at`.
    guarantee_id: Option<GuaranteeServiceIdView>,
}

/// A creator's video.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatorVideo)]
pub(crate) struct VideoView {
    id: CreatorVideoIdView,
    external_id: String,
    creator_id: PartyIdView,
    published_at: TimeView,
    /// `visible`, `hidden`, `deleted` or `edited`.
    state: &'static str,
}

/// All plays of a video up to an instant; of the same instant, the later word counts.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = PlaysReading)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadingBody {
    at: TimeView,
    /// Whether they count or not.
    #[schema(maximum = 9_007_199_254_740_991_u64)]
    plays: u64,
    /// Of them, machine traffic.
    #[serde(default)]
    machine: u64,
    /// Of them, repeats within the deduplication window.
    #[serde(default)]
    repeat: u64,
    /// Of them, plays of the parties' own accounts.
    #[serde(default)]
    own_account: u64,
}

/// Readings of one video's plays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportPlaysBody {
    #[schema(min_items = 1, max_items = 100)]
    readings: Vec<ReadingBody>,
}

/// Sets what a creator is paid for a video; quotes rest on it from now on.
#[utoipa::path(
    put, path = "/v1/guarantee-prices/{creator}", tag = "guarantees", params(("creator" = PartyIdView, Path)),
    request_body = CreatorPriceBody, responses((status = 204))
)]
pub(super) async fn set_creator_price(
    State(api): State<Api>,
    caller: Caller,
    creator: Path<PartyIdView>,
    Json(body): Json<CreatorPriceBody>,
) -> Result<StatusCode, Problem> {
    let fixed_price = body.fixed_price.positive(Asset::Cny, "/fixed_price")?;
    let command = SetCreatorPrice { creator: creator.0.0, fixed_price };
    api.app().set_creator_price(caller.0.actor.clone(), command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells of a creator's video: starts the guarantee bought on it; hidden, deleted or edited, it freezes.
#[utoipa::path(
    put, path = "/v1/creator-videos/{external_id}", tag = "guarantees",
    params(("external_id" = String, Path, description = "The host's own id of the video.")),
    request_body = ReportVideoBody, responses((status = 200, body = VideoView))
)]
pub(super) async fn report_video(
    State(api): State<Api>,
    caller: Caller,
    external_id: Path<String>,
    Json(body): Json<ReportVideoBody>,
) -> Result<Json<VideoView>, Problem> {
    let ReportVideoBody { creator_id, published_at, state, guarantee_id } = body;
    let command = ReportVideo {
        external_id: external_id.0,
        creator: creator_id.0,
        published_at: published_at.0,
        state: state.into(),
        service: guarantee_id.map(|service| service.0),
    };
    Ok(Json(api.app().report_video(caller.0.actor.clone(), command).await?.into()))
}

/// Tells how many plays a video had; at the end of a guarantee it is settled by the last reading taken by then.
#[utoipa::path(
    post, path = "/v1/creator-videos/{external_id}/readings", tag = "guarantees",
    params(("external_id" = String, Path, description = "The host's own id of the video.")),
    request_body = ReportPlaysBody, responses((status = 204))
)]
pub(super) async fn report_plays(
    State(api): State<Api>,
    caller: Caller,
    external_id: Path<String>,
    Json(body): Json<ReportPlaysBody>,
) -> Result<StatusCode, Problem> {
    let readings = body.readings.into_iter().map(PlaysReading::from).collect();
    let command = ReportPlays { external_id: external_id.0, readings };
    api.app().report_plays(caller.0.actor.clone(), command).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ReadingBody> for PlaysReading {
    fn from(body: ReadingBody) -> Self {
        let ReadingBody { at, plays, machine, repeat, own_account } = body;
        Self { at: at.0, plays, left_out: LeftOut { machine, repeat, own_account } }
    }
}

impl From<VideoStateView> for VideoState {
    fn from(view: VideoStateView) -> Self {
        match view {
            VideoStateView::Visible => Self::Visible,
            VideoStateView::Hidden => Self::Withdrawn(FreezeCause::Hidden),
            VideoStateView::Deleted => Self::Withdrawn(FreezeCause::Deleted),
            VideoStateView::Edited => Self::Withdrawn(FreezeCause::Edited),
        }
    }
}

impl From<CreatorVideoRow> for VideoView {
    fn from(row: CreatorVideoRow) -> Self {
        Self {
            id: row.id.into(),
            external_id: row.external_id,
            creator_id: row.creator.into(),
            published_at: row.published_at.into(),
            state: row.state.code(),
        }
    }
}
