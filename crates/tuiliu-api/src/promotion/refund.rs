//! When the money of a rejected order is back (QB-14).

use serde::Serialize;
use tuiliu_app::promotion::OrderRefund;
use tuiliu_domain::money::Asset;
use utoipa::ToSchema;

use crate::views::{AmountView, TimeView};
use crate::wallet::RefundView;

/// What is promised of the money of a rejected order: back within 1 to 7 working days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoostRefund)]
pub(crate) struct BoostRefundView {
    /// From this day on the promise is counted; the day itself is not.
    rejected_at: TimeView,
    /// All that was paid, less what was delivered before the rejection.
    amount: AmountView,
    /// The first day of the promise, in China.
    #[schema(example = "2026-12-04")]
    promised_from: String,
    /// The last day of the promise, in China.
    #[schema(example = "2026-12-15")]
    promised_by: String,
    /// How sure these days are: `announced`, `provisional` or `unknown` holidays.
    calendar: &'static str,
    /// `pending` while the order settles, `done` when the money is in the wallet that paid.
    state: &'static str,
    /// When it was there; it can be spent, or taken out as a refund of its top-up.
    done_at: Option<TimeView>,
    /// What was asked back, since the rejection, of the top-ups that had paid: on its way to where it came from.
    of_top_ups: Vec<RefundView>,
}

impl BoostRefundView {
    pub(super) fn new(refund: &OrderRefund, currency: Asset) -> Self {
        let OrderRefund { promise, of_payments } = refund;
        Self {
            rejected_at: promise.rejected_at.into(),
            amount: AmountView::new(promise.amount, currency),
            promised_from: promise.earliest.day.to_string(),
            promised_by: promise.latest.day.to_string(),
            calendar: promise.latest.certainty.code(),
            state: if promise.done_at.is_some() { "done" } else { "pending" },
            done_at: promise.done_at.map(TimeView),
            of_top_ups: of_payments.iter().cloned().map(RefundView::from).collect(),
        }
    }
}
