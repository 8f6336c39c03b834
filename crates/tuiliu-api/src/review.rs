//! Reviews: what waits for a person, and what the person says.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tuiliu_app::promotion::{JudgeOrder, ReviewQueueRow, ReviewRow};
use tuiliu_domain::promotion::{ReviewOrderError, ReviewStage};
use tuiliu_domain::review::{Element, Reason, ReasonCode, Verdict};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered};
use crate::live::RoomView;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::promotion::view::{BoostView, ReasonView, reason_views, shown};
use crate::views::{PartyIdView, PromotionOrderIdView, ReviewIdView, TimeView};

/// Reasons of one verdict.
const REASONS_MAX: usize = 16;
/// Characters of a reason's text.
const REASON_LENGTH_MAX: usize = 500;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_reviews)).routes(routes!(judge_boost))
}

/// A verdict that was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub(crate) struct ReviewView {
    id: ReviewIdView,
    /// `booking`, `start`, or `change` when changed content was judged again.
    stage: String,
    content_version: u32,
    /// `pass`, `reject` or `escalate`.
    verdict: &'static str,
    reasons: Vec<ReasonView>,
    /// `null` when the automatic rules said so.
    reviewer_id: Option<PartyIdView>,
    at: TimeView,
}

impl From<&ReviewRow> for ReviewView {
    fn from(row: &ReviewRow) -> Self {
        Self {
            id: row.id.into(),
            stage: row.stage.clone(),
            content_version: row.content_version,
            verdict: row.verdict.code(),
            reasons: reason_views(row.verdict.reasons()),
            reviewer_id: row.reviewer.map(Into::into),
            at: row.at.into(),
        }
    }
}

/// An order that waits for a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingReview)]
pub(crate) struct PendingReviewView {
    boost: BoostView,
    room: RoomView,
    /// `booking`, `start`, or `change` when changed content is judged again.
    stage: &'static str,
    /// To be named in the verdict.
    content_version: u32,
    /// Verdicts so far, the automatic rules' first.
    reviews: Vec<ReviewView>,
}

/// A page of orders that wait for a person, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PendingReviewList {
    data: Vec<PendingReviewView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// What a reviewer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerdictWord {
    Pass,
    /// Needs a reason.
    Reject,
    /// Another reviewer must look.
    Escalate,
}

/// One reason, by the codes that buyers see.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonBody {
    /// One of `title_too_short`, `title_too_long`, `not_public`, `blocked_word`, `watched_word`, `blocked_category`,
    /// `watched_category`, `cart_missing`, `cart_mounted`, `misleading`, `unfit`, `infringing`, `reviewer`.
    #[schema(example = "misleading")]
    code: String,
    /// The part of the content that it is about: `title`, `cover`, `footage`, `product`, `cart`, `visibility`,
    /// `creator` or `whole`; left out, what the code speaks of.
    #[schema(example = "product")]
    element: Option<String>,
    /// For the buyer.
    #[schema(max_length = 500)]
    text: String,
}

/// A verdict on what waits.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerdictBody {
    verdict: VerdictWord,
    #[serde(default)]
    #[schema(max_items = 16)]
    reasons: Vec<ReasonBody>,
    /// The version of the content that the reviewer saw; a verdict on another one is refused.
    content_version: u32,
}

/// Lists what waits for a person, oldest first.
#[utoipa::path(
    get, path = "/v1/reviews", tag = "reviews", params(PageQuery), responses((status = 200, body = PendingReviewList))
)]
async fn list_reviews(State(api): State<Api>, caller: Caller, page: Page) -> Result<Json<PendingReviewList>, Problem> {
    let found = api.app().review_queue(caller.0.actor.clone(), page.after_id()?, page.limit_wanted()).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |row| Cursor::of_id(row.order.id));
    Ok(Json(PendingReviewList { data: rows.iter().map(PendingReviewView::from).collect(), next_cursor, has_more }))
}

/// Gives a verdict. A rejection gives everything unused back at once.
#[utoipa::path(
    post, path = "/v1/reviews/{boost}/verdict", tag = "reviews",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = VerdictBody,
    responses((status = 200, body = BoostView))
)]
async fn judge_boost(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<VerdictBody>,
) -> Result<Response, Problem> {
    let (once, content_version) = (asked.once_key(&caller), asked.content.content_version);
    let command = JudgeOrder { order: boost.0.0, verdict: asked.content.verdict()?, content_version };
    let judge = api.app().once(
        once,
        move |shell, tx| shell.judge_promotion_order(tx, &caller.0.actor, &command),
        shown(StatusCode::OK),
    );
    Ok(answered(judge.await?))
}

impl VerdictBody {
    fn verdict(self) -> Result<Verdict, Problem> {
        if self.reasons.len() > REASONS_MAX {
            return Err(invalid("/reasons", &format!("a verdict has at most {REASONS_MAX} reasons")));
        }
        let reasons = self.reasons.into_iter().enumerate().map(|(place, reason)| reason.read(place));
        let reasons = reasons.collect::<Result<Vec<_>, _>>()?;
        match self.verdict {
            VerdictWord::Pass if reasons.is_empty() => Ok(Verdict::Pass),
            VerdictWord::Pass => Err(invalid("/reasons", "what passes has no reasons")),
            VerdictWord::Reject => Ok(Verdict::Reject(reasons)),
            VerdictWord::Escalate => Ok(Verdict::Escalate(reasons)),
        }
    }
}

impl ReasonBody {
    fn read(self, place: usize) -> Result<Reason, Problem> {
        let Some(code) = ReasonCode::from_code(&self.code) else {
            return Err(Problem::new(Code::ReviewUnknownReason)
                .with_error(format!("/reasons/{place}/code"), "no reason has this code"));
        };
        if self.text.chars().count() > REASON_LENGTH_MAX {
            let detail = format!("a text has at most {REASON_LENGTH_MAX} characters");
            return Err(invalid(&format!("/reasons/{place}/text"), &detail));
        }
        let element = match self.element {
            None => code.element(),
            Some(name) => Element::from_code(&name)
                .ok_or_else(|| invalid(&format!("/reasons/{place}/element"), "no element has this code"))?,
        };
        Ok(Reason { code, element, text: self.text })
    }
}

fn invalid(pointer: &str, detail: &str) -> Problem {
    Problem::new(Code::RequestInvalid).with_error(pointer, detail)
}

impl From<&ReviewQueueRow> for PendingReviewView {
    fn from(row: &ReviewQueueRow) -> Self {
        Self {
            boost: BoostView::from(&row.order),
            room: RoomView::from(&row.room),
            stage: row.request.stage.map_or("change", ReviewStage::code),
            content_version: row.request.content_version,
            reviews: row.reviews.iter().map(ReviewView::from).collect(),
        }
    }
}

impl From<ReviewOrderError> for Problem {
    fn from(refusal: ReviewOrderError) -> Self {
        let code = match &refusal {
            ReviewOrderError::WrongState { .. } => Code::ReviewNotDue,
            ReviewOrderError::StaleContent { .. } => Code::ReviewStaleContent,
            ReviewOrderError::NoReason => Code::ReviewNoReason,
        };
        Self::new(code).with_detail(format!("failed to {refusal}"))
    }
}
