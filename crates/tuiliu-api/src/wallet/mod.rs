//! Wallets: balances, statements, top-ups, refunds, gifts, and what payment providers tell.

mod bank;
mod gift;
mod invoice;
mod movement;
mod notice;
mod payout_account;
mod refund;
mod refusal;
mod statement;
mod subject;
mod top_up;
mod view;
mod withdrawal;
pub mod words;

pub(crate) use top_up::with_pay_link;
pub(crate) use view::{RefundView, TopUpView};

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
        .routes(routes!(movement::read_movement))
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
        .routes(routes!(notice::play_payout_in_sandbox))
        .routes(routes!(payout_account::add_payout_account, payout_account::list_payout_accounts))
        .routes(routes!(payout_account::remove_payout_account))
        .routes(routes!(withdrawal::request_withdrawal, withdrawal::list_own_withdrawals))
        .routes(routes!(withdrawal::list_withdrawals))
        .routes(routes!(withdrawal::export_withdrawals))
        .routes(routes!(withdrawal::read_withdrawal))
        .routes(routes!(withdrawal::approve_withdrawal))
        .routes(routes!(withdrawal::refuse_withdrawal))
        .routes(routes!(bank::announce_bank_transfer, bank::list_own_bank_transfers))
        .routes(routes!(bank::list_bank_transfers))
        .routes(routes!(bank::enter_bank_lines, bank::list_bank_lines))
        .routes(routes!(bank::match_bank_line))
        .routes(routes!(bank::suspend_bank_line))
        .routes(routes!(bank::send_back_bank_line))
        .routes(routes!(subject::read_company_qualification, subject::qualify_company))
        .routes(routes!(subject::check_invoice_subject))
        .routes(routes!(subject::list_invoice_mismatches))
        .routes(routes!(subject::resolve_invoice_mismatch))
}
