//! The platform's book on guarantees (GB-12).

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::guarantee::{GuaranteeBook, QuoteCalibration};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::Query;
use crate::problem::Problem;
use crate::views::{AmountView, PartyIdView, TimeView};

/// Days that the book goes back when nothing else is asked for.
const DAYS_DEFAULT: i64 = 90;

/// From when.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BookQuery {
    /// Guarantees that ended since then; left out, of the last 90 days.
    since: Option<TimeView>,
}

/// What guarantees brought and cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeBook)]
pub(crate) struct BookView {
    since: TimeView,
    /// Guarantees that wait, run or are frozen, and what is held for them.
    open: u64,
    fees_held: AmountView,
    /// Guarantees that ended by their plays, and their fees before compensation.
    resolved: u64,
    fees_resolved: AmountView,
    fees_earned: AmountView,
    compensation: AmountView,
    compensation_owed: AmountView,
    /// Compensation that the quotes expected.
    compensation_expected: AmountView,
    /// Fees that went back because nothing was published, or by an operator.
    refunds: AmountView,
    /// What helping videos displaced.
    help: AmountView,
    /// Compensation over fees, in thousandths.
    loss_permille: i64,
    /// Resolved ones that reached the expected plays, and that were within the quoted range.
    reached: u64,
    within_interval: u64,
    expected_plays: u64,
    actual_plays: u64,
    stop_loss: StopLossView,
    /// The most that open guarantees on one creator may cost together; beyond it nothing is on offer.
    exposure_max: AmountView,
    /// Creators by what open guarantees on them may cost at most; those with the most first.
    #[schema(max_items = 20)]
    exposures: Vec<ExposureView>,
    calibration: Option<CalibrationView>,
}

/// Whether guarantees are sold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeStopLoss)]
pub(crate) struct StopLossView {
    /// Nothing is on offer while this holds.
    stopped: bool,
    /// Compensation over fees within the window, in thousandths.
    loss_permille: i64,
    /// Guarantees resolved within the window.
    resolved: u64,
    /// Above so many thousandths it stops the sale …
    loss_permille_max: i64,
    /// … once so many were resolved.
    resolved_min: u32,
    window_ms: i64,
}

/// What open guarantees on one creator may cost at most.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeExposure)]
pub(crate) struct ExposureView {
    creator_id: PartyIdView,
    at_risk: AmountView,
}

/// How quotes of all videos would have done, sold or not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuaranteeCalibration)]
pub(crate) struct CalibrationView {
    quotes: usize,
    /// Compensation over fees.
    loss_ratio: f64,
    /// Share of videos within the quoted range, which is to hold four in five.
    coverage: f64,
    /// Mean of the logarithms of actual over expected plays, of late.
    drift: f64,
}

/// Reads the book: fees earned, compensation, help, loss ratio, calibration, stop-loss.
#[utoipa::path(
    get, path = "/v1/guarantee-book", tag = "guarantees", params(BookQuery), responses((status = 200, body = BookView))
)]
pub(super) async fn read_guarantee_book(
    State(api): State<Api>,
    caller: Caller,
    query: Query<BookQuery>,
) -> Result<Json<BookView>, Problem> {
    let since = query.0.since.map_or(api.now().plus_ms(-DAYS_DEFAULT * DAY_MS), |since| since.0);
    Ok(Json(api.app().guarantee_book(caller.0.actor.clone(), since).await?.into()))
}

impl From<GuaranteeBook> for BookView {
    fn from(all: GuaranteeBook) -> Self {
        let GuaranteeBook { since, book, stop_loss, exposures, policy, calibration } = all;
        let yuan = |amount: Amount| AmountView::new(amount, Asset::Cny);
        let since: Timestamp = since;
        Self {
            since: since.into(),
            open: book.open,
            fees_held: yuan(book.fees_held),
            resolved: book.resolved,
            fees_resolved: yuan(book.fees_resolved),
            fees_earned: yuan(book.fees_earned),
            compensation: yuan(book.compensation),
            compensation_owed: yuan(book.compensation_owed),
            compensation_expected: yuan(book.compensation_expected),
            refunds: yuan(book.refunds),
            help: yuan(book.help),
            loss_permille: book.loss_permille(),
            reached: book.reached,
            within_interval: book.within_interval,
            expected_plays: book.expected_plays,
            actual_plays: book.actual_plays,
            stop_loss: StopLossView {
                stopped: stop_loss.stopped,
                loss_permille: stop_loss.loss_permille,
                resolved: stop_loss.resolved,
                loss_permille_max: policy.stop_loss_permille,
                resolved_min: policy.stop_loss_services_min,
                window_ms: policy.stop_loss_window_ms,
            },
            exposure_max: yuan(policy.exposure_max),
            exposures: exposures
                .into_iter()
                .map(|(creator, risk)| ExposureView { creator_id: creator.into(), at_risk: yuan(risk) })
                .collect(),
            calibration: calibration.map(|QuoteCalibration { quotes, loss_ratio, coverage, drift }| CalibrationView {
                quotes,
                loss_ratio,
                coverage,
                drift,
            }),
        }
    }
}
