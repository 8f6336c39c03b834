use std::collections::HashSet;
use std::fmt::Write as _;

use expect_test::{expect, expect_file};

use super::*;

#[test]
fn the_list_only_grows() {
    let mut list = String::new();
    for code in Code::ALL {
        let Entry { text, status, retryable, .. } = code.entry();
        writeln!(list, "{text} {status}{}", if retryable { " retryable" } else { "" }).unwrap();
    }
    expect![[r#"
        request.malformed 400
        request.invalid 422
        request.invalid_query 400
        request.invalid_path 400
        request.invalid_id 400
        request.invalid_cursor 400
        request.invalid_time 422
        request.invalid_amount 422
        request.too_large 413
        request.unsupported_media_type 415
        request.not_found 404
        request.method_not_allowed 405
        request.rate_limited 429 retryable
        request.timeout 408 retryable
        request.version_conflict 412
        request.version_required 428
        access.unauthenticated 401
        access.forbidden 403
        access.scope_missing 403
        access.cross_site 403
        access.password_required 403
        access.wrong_credentials 401
        access.throttled 429 retryable
        access.tenant_required 422
        access.too_many_keys 409 retryable
        party.external_ref_taken 409
        party.login_taken 409
        party.no_agency 422
        party.too_many_clients 409 retryable
        policy.invalid 422
        wallet.frozen 409
        wallet.insufficient_refundable 409
        wallet.refund_too_small 422
        wallet.refund_too_many_sources 422
        wallet.not_barred 409
        wallet.statement_too_long 422
        wallet.party_banned 403
        wallet.not_on_mobile 409
        wallet.insufficient_balance 409
        wallet.withdrawal_too_many_sources 422
        wallet.too_many_withdrawals 409 retryable
        wallet.no_payout_account 422
        wallet.too_many_payout_accounts 409
        withdrawal.wrong_state 409
        withdrawal.own 403
        withdrawal.same_approver 403
        bank_line.wrong_state 409
        bank_line.mismatch 409
        bank_line.no_transfer 422
        bank_line.unreadable_file 422
        invoice.kind_unavailable 409
        invoice.bad_tax_number 422
        invoice.mismatch_resolved 409
        boost.not_for_money 409
        payment.no_provider 409
        payment.provider_unreachable 502 retryable
        payment.provider_refused 502
        payment.notice_bad_signature 403
        payment.notice_stale 403
        payment.not_opened 409
        coupon.unknown_owner 422
        coupon.never_fits 422
        coupon.indivisible 422
        coupon.not_valid 409
        coupon.nothing_left 409
        boost.room_not_found 422
        boost.room_not_live 409
        boost.video_not_out 409
        boost.goal_not_offered 422
        boost.bidding_not_offered 422
        boost.budget_not_in_steps 422
        boost.top_up_wrong_currency 422
        boost.room_ended 409
        boost.no_previous_broadcast 409
        boost.cart_unlike_previous 409
        boost.goal_needs_cart 422
        boost.bid_required 422
        boost.bid_not_allowed 422
        boost.bid_out_of_range 422
        boost.cost_cap_out_of_range 422
        boost.roi_goal_out_of_range 422
        boost.bid_and_cost_cap 422
        boost.budget_out_of_range 422
        boost.fractional_beans 422
        boost.duration_not_offered 422
        boost.placement_not_offered 422
        boost.too_many_guard_rules 422
        boost.guard_rule_invalid 422
        boost.payer_not_found 422
        boost.payer_banned 403
        boost.audience_invalid 422
        boost.audience_too_complex 422
        boost.again_cart_missing 409
        boost.again_cart_mounted 409
        boost.wrong_state 409
        boost.payment_too_late 409
        boost.cart_changed 409
        boost.price_mismatch 409
        boost.too_many_sources 422
        boost.source_invalid 422
        boost.offset_too_large 422
        boost.coupon_unknown 422
        boost.coupon_repeated 422
        boost.coupon_empty 409
        boost.coupon_does_not_fit 422
        boost.credit_score_too_low 403
        boost.growth_card_too_large 422
        boost.insufficient_funds 402
        boost.ledger_refused 409
        boost.time_over 409
        boost.top_up_nothing 422
        boost.top_up_too_little 422
        boost.top_up_too_large 422
        boost.top_up_duration_out_of_range 422
        boost.too_many_payments 409
        boost.still_payable 409
        boost.still_running 409
        boost.no_guard_rule_crossed 409
        boost.not_settled_yet 409
        room.text_missing 422
        room.text_too_long 422
        room.creator_not_found 422
        room.already_planned 409
        room.wrong_state 409
        room.fact_out_of_order 409
        room.grace_over 409
        room.fact_in_future 422
        video.text_missing 422
        video.text_too_long 422
        video.bad_duration 422
        video.in_future 422
        video.removed 409
        video.unpublished 409
        video.creator_not_found 422
        video.other_creator 409
        review.not_due 409
        review.stale_content 409
        review.no_reason 422
        review.claimed 409
        review.already_judged 409
        review.not_claimed 409
        review.awaits_check 409
        review.unknown_reason 422
        decision.placement_invalid 422
        decision.too_many_slots 422
        event.malformed 422
        event.bad_id 422
        event.unknown_type 422
        event.too_old 422
        event.in_future 422
        event.bad_value 422
        event.wrong_currency 422
        event.money_not_allowed 403
        event.no_subject 422
        event.token_malformed 422
        event.token_forged 422
        event.token_expired 422
        event.token_foreign 422
        event.viewer_mismatch 422
        event.broadcast_not_allowed 403
        event.replay_count 422
        event.too_many 413
        event.report_refused 422
        report.not_ended 409
        report.not_settled 409
        report.no_recap 422
        report.too_long 422
        incentive.terms_invalid 422
        incentive.wrong_state 409
        incentive.not_open 409
        incentive.no_application_needed 409
        incentive.no_party 422
        incentive.limited 403
        incentive.not_eligible 403
        incentive.form_invalid 422
        incentive.already_helped 409
        incentive.already_applied 409
        incentive.quota_exhausted 409
        incentive.no_reason 422
        incentive.facts_invalid 422
        incentive.measure_invalid 422
        appeal.nothing_to_appeal 409
        appeal.already_appealed 409
        appeal.wrong_state 409
        appeal.same_reviewer 403
        appeal.no_reason 422
        guarantee.not_on_offer 409
        guarantee.fee_risen 409
        guarantee.insufficient_funds 402
        guarantee.too_many_sources 409
        guarantee.own_video 422
        guarantee.not_found 422
        guarantee.wrong_state 409
        guarantee.not_in_time 409
        guarantee.nothing_missing 409
        guarantee.video_changed 409
        guarantee.bad_reading 422
        webhook.private_address 422
        webhook.too_many_endpoints 409
        webhook.endpoint_disabled 409
        access.key_revoked 409
        idempotency.key_required 400
        idempotency.key_invalid 400
        idempotency.key_reused 422
        server.panic 500 retryable
        server.internal 500 retryable
        server.busy 503 retryable
        server.unavailable 503 retryable
        server.timeout 504 retryable
    "#]]
    .assert_eq(&list);
}

#[test]
fn codes_are_distinct_and_well_formed() {
    let mut seen = HashSet::new();
    for code in Code::ALL {
        let Entry { text, status, retryable, title_zh, title_en } = code.entry();
        assert!(seen.insert(text), "`{text}` stands twice");
        assert_eq!(text.matches('.').count(), 1, "`{text}` is area.reason");
        assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || b"._0123456789".contains(&byte)), "`{text}`");
        assert!((400..600).contains(&status), "`{text}` has status {status}");
        assert!(!retryable || matches!(status, 408 | 409 | 429 | 500..), "`{text}` cannot go well unchanged");
        assert!(!title_zh.is_ascii() && title_en.is_ascii(), "`{text}` has both titles");
        assert_eq!(Code::from_text(text), Some(*code));
    }
    assert_eq!(Code::from_text("no.such"), None);
}

#[test]
fn the_page_of_codes_is_current() {
    expect_file!["../../../../docs/error-codes.md"].assert_eq(&error_codes_markdown());
}
