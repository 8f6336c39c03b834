//! The desk: taking work, giving it back, judging samples, and how the desk does (RV-02).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tuiliu_app::promotion::{JudgeSample, ReviewQueueRow};
use tuiliu_domain::time::Timestamp;

use super::view::{DeskReportView, NextReview, PendingReviewView, ReviewSample, ReviewSampleList, ReviewTaskView};
use super::{SampleVerdictBody, after, place, verdict};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::page::{Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{PromotionOrderIdView, ReviewTaskIdView};

/// Takes what is first in the queue and nobody else has. A claim ends by itself after the time in the policy.
#[utoipa::path(
    post, path = "/v1/reviews/next", tag = "reviews", params(IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 200, body = NextReview))
)]
pub(super) async fn take_next_review(
    State(api): State<Api>,
    caller: Caller,
    asked: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (once, now) = (asked.once_key(&caller), api.now());
    let view =
        move |row: Option<ReviewQueueRow>| NextReview { review: row.map(|row| PendingReviewView::at(&row, now)) };
    let take =
        api.app().once(once, move |shell, tx| shell.claim_next_review(tx, &caller.0.actor), kept(StatusCode::OK, view));
    Ok(answered(take.await?))
}

/// Takes the review of this boost, so that nobody else does the same work.
#[utoipa::path(
    post, path = "/v1/reviews/{boost}/claim", tag = "reviews",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 200, body = PendingReviewView))
)]
pub(super) async fn claim_review(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (once, now) = (asked.once_key(&caller), api.now());
    let claim = api.app().once(
        once,
        move |shell, tx| shell.claim_review(tx, &caller.0.actor, boost.0.0),
        kept(StatusCode::OK, pending(now)),
    );
    Ok(answered(claim.await?))
}

/// Gives the review of this boost back to the queue.
#[utoipa::path(
    post, path = "/v1/reviews/{boost}/release", tag = "reviews",
    params(("boost" = PromotionOrderIdView, Path), IdempotencyKeyHeader), request_body = Nothing,
    responses((status = 200, body = PendingReviewView))
)]
pub(super) async fn release_review(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    asked: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (once, now) = (asked.once_key(&caller), api.now());
    let release = api.app().once(
        once,
        move |shell, tx| shell.release_review(tx, &caller.0.actor, boost.0.0),
        kept(StatusCode::OK, pending(now)),
    );
    Ok(answered(release.await?))
}

fn pending(now: Timestamp) -> impl Fn(ReviewQueueRow) -> PendingReviewView {
    move |row| PendingReviewView::at(&row, now)
}

/// Tells what waits at the desk, and how it did in the last 30 days.
#[utoipa::path(get, path = "/v1/reviews/report", tag = "reviews", responses((status = 200, body = DeskReportView)))]
pub(super) async fn read_desk_report(State(api): State<Api>, caller: Caller) -> Result<Json<DeskReportView>, Problem> {
    let report = api.app().review_report(caller.0.actor.clone()).await?;
    Ok(Json(DeskReportView::from(&report)))
}

/// Lists verdicts that wait to be judged once more by somebody else, oldest first.
#[utoipa::path(
    get, path = "/v1/review-samples", tag = "reviews", params(PageQuery),
    responses((status = 200, body = ReviewSampleList))
)]
pub(super) async fn list_review_samples(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
) -> Result<Json<ReviewSampleList>, Problem> {
    let found = api.app().review_samples(caller.0.actor.clone(), after(&page)?, page.limit_wanted()).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |row| place(&row.task));
    let data = rows.iter().map(|row| ReviewSample::at(row, api.now())).collect();
    Ok(Json(ReviewSampleList { data, next_cursor, has_more }))
}

/// Judges once more what was judged before. The boost keeps its verdict; the report of the desk tells how often two
/// people agree.
#[utoipa::path(
    post, path = "/v1/review-samples/{task}/verdict", tag = "reviews",
    params(("task" = ReviewTaskIdView, Path), IdempotencyKeyHeader), request_body = SampleVerdictBody,
    responses((status = 200, body = ReviewTaskView))
)]
pub(super) async fn judge_review_sample(
    State(api): State<Api>,
    caller: Caller,
    task: Path<ReviewTaskIdView>,
    asked: Keyed<SampleVerdictBody>,
) -> Result<Response, Problem> {
    let (once, now) = (asked.once_key(&caller), api.now());
    let command = JudgeSample { task: task.0.0, verdict: verdict(asked.content.verdict, asked.content.reasons)? };
    let judge = api.app().once(
        once,
        move |shell, tx| shell.judge_sample(tx, &caller.0.actor, &command),
        kept(StatusCode::OK, move |task| ReviewTaskView::at(&task, now)),
    );
    Ok(answered(judge.await?))
}
