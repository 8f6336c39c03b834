//! Reviews: what waits for a person, who has taken it, and what the person says.

mod desk;
mod view;

pub(crate) use view::{PendingReviewList, ReviewView};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tuiliu_app::promotion::{JudgeOrder, JudgeRefusal};
use tuiliu_domain::id::ReviewTaskId;
use tuiliu_domain::promotion::ReviewOrderError;
use tuiliu_domain::review::{DeskError, Element, Reason, ReasonCode, ReviewTask, Verdict};
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::view::PendingReviewView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, answered};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::promotion::view::{BoostView, shown};
use crate::views::PromotionOrderIdView;

/// Reasons of one verdict.
const REASONS_MAX: usize = 16;
/// Characters of a reason's text.
const REASON_LENGTH_MAX: usize = 500;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_reviews))
        .routes(routes!(judge_boost))
        .routes(routes!(desk::take_next_review))
        .routes(routes!(desk::claim_review))
        .routes(routes!(desk::release_review))
        .routes(routes!(desk::read_desk_report))
        .routes(routes!(desk::list_review_samples))
        .routes(routes!(desk::judge_review_sample))
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

/// Lists what waits for a person: the most urgent first, then by when the verdict is promised.
#[utoipa::path(
    get, path = "/v1/reviews", tag = "reviews", params(PageQuery), responses((status = 200, body = PendingReviewList))
)]
async fn list_reviews(State(api): State<Api>, caller: Caller, page: Page) -> Result<Json<PendingReviewList>, Problem> {
    let found = api.app().review_queue(caller.0.actor.clone(), after(&page)?, page.limit_wanted()).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |row| place(&row.task));
    let data = rows.iter().map(|row| PendingReviewView::at(row, api.now())).collect();
    Ok(Json(PendingReviewList { data, next_cursor, has_more }))
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
    let command = JudgeOrder {
        order: boost.0.0,
        verdict: verdict(asked.content.verdict, asked.content.reasons)?,
        content_version,
    };
    let judge = api.app().once(
        once,
        move |shell, tx| shell.judge_promotion_order(tx, &caller.0.actor, &command),
        shown(StatusCode::OK),
    );
    Ok(answered(judge.await?))
}

/// Where a task stands in the queue.
fn place(task: &ReviewTask) -> Cursor {
    Cursor::of_time(Timestamp::from_ms(task.place()), task.id)
}

fn after(page: &Page) -> Result<Option<(i64, ReviewTaskId)>, Problem> {
    Ok(page.after_time()?.map(|(place, id)| (place.ms(), id)))
}

/// A second judgement of what was judged before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SampleVerdictBody {
    verdict: VerdictWord,
    #[serde(default)]
    #[schema(max_items = 16)]
    reasons: Vec<ReasonBody>,
}

fn verdict(word: VerdictWord, reasons: Vec<ReasonBody>) -> Result<Verdict, Problem> {
    if reasons.len() > REASONS_MAX {
        return Err(invalid("/reasons", &format!("a verdict has at most {REASONS_MAX} reasons")));
    }
    let reasons = reasons.into_iter().enumerate().map(|(place, reason)| reason.read(place));
    let reasons = reasons.collect::<Result<Vec<_>, _>>()?;
    match word {
        VerdictWord::Pass if reasons.is_empty() => Ok(Verdict::Pass),
        VerdictWord::Pass => Err(invalid("/reasons", "what passes has no reasons")),
        VerdictWord::Reject => Ok(Verdict::Reject(reasons)),
        VerdictWord::Escalate => Ok(Verdict::Escalate(reasons)),
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

impl From<DeskError> for Problem {
    fn from(refusal: DeskError) -> Self {
        let code = match &refusal {
            DeskError::Closed => Code::ReviewNotDue,
            DeskError::NotForPeople => Code::ReviewAwaitsCheck,
            DeskError::Claimed { .. } => Code::ReviewClaimed,
            DeskError::AlreadyJudged => Code::ReviewAlreadyJudged,
            DeskError::NotClaimed => Code::ReviewNotClaimed,
            DeskError::NoReason => Code::ReviewNoReason,
        };
        Self::new(code).with_detail(format!("failed to {refusal}"))
    }
}

impl From<JudgeRefusal> for Problem {
    fn from(refusal: JudgeRefusal) -> Self {
        match refusal {
            JudgeRefusal::Order(refusal) => refusal.into(),
            JudgeRefusal::Desk(refusal) => refusal.into(),
        }
    }
}
