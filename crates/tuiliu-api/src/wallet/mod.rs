//! Wallets: balances, statements, top-ups, refunds, gifts, and what payment providers tell.

mod gift;
mod invoice;
mod notice;
mod refund;
mod refusal;
mod statement;
mod top_up;
mod view;
pub mod words;

pub(crate) use view::RefundView;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(statement::read_own_wallet))
        .routes(routes!(statement::read_wallet))
        .routes(routes!(statement::read_balances))
        .routes(routes!(statement::list_wallet_lots))
        .routes(routes!(statement::read_statement))
        .routes(routes!(statement::export_statement))
        .routes(routes!(top_up::read_bean_rates))
        .routes(routes!(top_up::start_top_up, top_up::list_top_ups))
        .routes(routes!(top_up::read_top_up))
        .routes(routes!(refund::refund_top_ups, refund::list_refunds))
        .routes(routes!(refund::refund_unspent))
        .routes(routes!(invoice::read_invoice_figures))
        .routes(routes!(gift::give_beans))
        .routes(routes!(gift::set_wallet_frozen))
        .routes(routes!(notice::receive_payment_notice))
        .routes(routes!(notice::list_suspended_money))
        .routes(routes!(notice::play_in_sandbox))
}
