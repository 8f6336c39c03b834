use super::*;
use crate::policy::ReviewPolicy;

fn good() -> ReviewContent<'static> {
    ReviewContent {
        title: "fresh bread every morning",
        category: "food",
        visibility: Visibility::Public,
        needs_goods: false,
        exclusive: true,
        has_goods: Some(false),
        video: None,
    }
}

/// The verdict and its reasons as one line.
#[track_caller]
fn check(content: &ReviewContent<'_>, expected: &str) {
    let verdict = screen(content, &ReviewPolicy::default());
    let reasons: Vec<String> =
        verdict.reasons().iter().map(|reason| format!("{}({})", reason.code, reason.text)).collect();
    assert_eq!(format!("{} {}", verdict.code(), reasons.join(" ")).trim(), expected);
}

#[test]
fn rv_01_automatic_rules_decide_what_needs_no_person() {
    check(&good(), "pass");
    check(&ReviewContent { title: "hi", ..good() }, "reject title_too_short(2 of at least 5 characters)");
    check(&ReviewContent { title: "  hi there ", ..good() }, "pass");
    check(&ReviewContent { title: "今晚八点见", ..good() }, "pass");
    let long = "长".repeat(61);
    check(&ReviewContent { title: &long, ..good() }, "reject title_too_long(61 of at most 60 characters)");
    check(&ReviewContent { visibility: Visibility::Private, ..good() }, "reject not_public(private)");
    check(&ReviewContent { title: "看直播加微信领福利", ..good() }, "reject blocked_word(加微信)");
    check(&ReviewContent { title: "一起理财吧朋友们", ..good() }, "escalate watched_word(理财)");
    check(&ReviewContent { category: "tobacco", ..good() }, "reject blocked_category(tobacco)");
    check(&ReviewContent { category: "alcohol", ..good() }, "escalate watched_category(alcohol)");
}

#[test]
fn rv_01_words_are_found_however_they_are_dressed_up() {
    for title in ["加 微 信领福利", "加.微-信领福利", "「加」微信领福利"] {
        check(&ReviewContent { title, ..good() }, "reject blocked_word(加微信)");
    }
    let policy = ReviewPolicy { blocked_words: vec!["Cheap VX".to_owned()], ..ReviewPolicy::default() };
    let verdict = screen(&ReviewContent { title: "very ｃｈｅａｐ－ＶＸ here", ..good() }, &policy);
    assert_eq!(verdict.code(), "reject");
    let policy = ReviewPolicy { blocked_words: vec!["--".to_owned()], ..ReviewPolicy::default() };
    assert_eq!(screen(&good(), &policy), Verdict::Pass, "a word without letters is found nowhere");
}

#[test]
fn rv_01_cart_state_must_fit_the_order() {
    let commerce = ReviewContent { needs_goods: true, exclusive: false, ..good() };
    check(&commerce, "reject cart_missing(the room has no cart)");
    check(&ReviewContent { has_goods: Some(true), ..commerce }, "pass");
    check(&ReviewContent { has_goods: Some(true), ..good() }, "reject cart_mounted(the room has a cart)");
    check(&ReviewContent { has_goods: None, ..commerce }, "pass");
}

#[test]
fn rv_01_every_refusal_is_told_at_once() {
    let content = ReviewContent { title: "返现", visibility: Visibility::Private, category: "tobacco", ..good() };
    check(&content, "reject title_too_short(2 of at least 5 characters) not_public(private) blocked_category(tobacco)");
}

#[test]
fn reason_codes_are_read_back() {
    for code in ReasonCode::ALL {
        assert_eq!(ReasonCode::from_code(code.code()), Some(*code));
    }
}
