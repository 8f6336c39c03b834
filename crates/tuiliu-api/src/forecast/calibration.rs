//! How often ranges held: published for everybody.

use axum::extract::State;
use serde::Serialize;
use tuiliu_app::forecast::{CALIBRATION_DAYS, Calibration, ForecastShare, NOMINAL_PERMILLE, inside_permille};
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::problem::Problem;
use crate::promotion::words::GoalView;
use crate::views::TimeView;

/// How often the ranges that were shown at purchase held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForecastCalibration)]
pub(crate) struct CalibrationView {
    /// Orders that ended since then.
    since: TimeView,
    #[schema(example = 30)]
    days: i64,
    /// What ranges of comparable orders are made to hold, in thousandths: from P10 to P90.
    #[schema(example = 800)]
    nominal_permille: u32,
    /// By goal, and by what the range was made of; goals without an order are not there.
    goals: Vec<HeldView>,
}

/// How often the ranges of one goal held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForecastHeld)]
pub(crate) struct HeldView {
    goal: GoalView,
    /// `comparables` or `prior`, as in estimates.
    basis: &'static str,
    /// Orders that ended by themselves with the budget they were bought with, and of them those inside their range.
    orders: u64,
    inside: u64,
    inside_permille: Option<u64>,
}

/// Tells how often the ranges of estimates held over the last 30 days, by goal.
#[utoipa::path(get, path = "/v1/forecast/calibration", tag = "boosts", responses((status = 200, body = CalibrationView)))]
pub(super) async fn read_calibration(State(api): State<Api>, caller: Caller) -> Result<Json<CalibrationView>, Problem> {
    let Calibration { since, shares } = api.app().forecast_calibration(caller.0.actor.clone()).await?;
    let goals = shares.iter().map(HeldView::from).collect();
    Ok(Json(CalibrationView { since: since.into(), days: CALIBRATION_DAYS, nominal_permille: NOMINAL_PERMILLE, goals }))
}

impl From<&ForecastShare> for HeldView {
    fn from(share: &ForecastShare) -> Self {
        let ForecastShare { goal, basis, inside, orders } = *share;
        Self { goal: goal.into(), basis: basis.code(), orders, inside, inside_permille: inside_permille(share) }
    }
}
