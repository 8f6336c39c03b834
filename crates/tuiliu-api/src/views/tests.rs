use tuiliu_domain::id::{PromotionOrderId, PromotionOrderKind};

use super::*;

#[test]
fn times_are_utc_with_milliseconds() {
    let check = |text: &str, shown: &str| {
        let time = TimeView::parse(text).unwrap_or_else(|_| panic!("`{text}` is a time"));
        assert_eq!(time.to_string(), shown, "`{text}`");
    };
    check("2026-11-20T08:31:02.120Z", "2026-11-20T08:31:02.120Z");
    check("2026-11-20T08:31:02Z", "2026-11-20T08:31:02.000Z");
    check("2026-11-20t16:31:02.1209+08:00", "2026-11-20T08:31:02.120Z");
    check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z");
    check("9999-12-30T22:00:00Z", "9999-12-30T22:00:00.000Z");
}

#[test]
fn refuses_what_is_not_a_time() {
    let check = |text: &str| assert_eq!(TimeView::parse(text), Err(TimeRefusal), "`{text}`");
    check("");
    check("2026-11-20");
    check("2026-11-20T08:31:02");
    check("2026-11-20 08:31:02Z");
    check("2026-13-20T08:31:02Z");
    check("2026-02-29T08:31:02Z");
    check("2026-11-20T25:31:02Z");
    check("2026-11-20T08:31:02Z[UTC]");
    check("20261120T083102Z");
    check("+002026-11-20T08:31:02Z");
    check("1969-12-31T23:59:59.999Z");
    check("1763627462120");
    check("9999-12-31T00:00:00Z");
    check(&"2".repeat(1_000));
}

#[test]
fn never_is_shown_as_the_end_of_texts() {
    assert_eq!(TimeView(Timestamp::from_ms(i64::MAX)).to_string(), "9999-12-30T22:00:00.000Z");
    assert_eq!(TimeView(Timestamp::from_ms(i64::MIN)).to_string(), "1970-01-01T00:00:00.000Z");
}

#[test]
fn ids_go_both_ways_and_keep_their_kind() {
    let id = IdView(PromotionOrderId::new(7));
    let text = serde_json::to_string(&id).unwrap();
    assert_eq!(text, "\"po_00000000000000000000000007\"");
    assert_eq!(serde_json::from_str::<IdView<PromotionOrderKind>>(&text).unwrap().0, id.0);
    let error = serde_json::from_str::<IdView<PromotionOrderKind>>("\"room_00000000000000000000000007\"").unwrap_err();
    assert!(error.to_string().starts_with("request.invalid_id: "), "{error}");
}

#[test]
fn amounts_are_whole_positive_and_of_the_right_currency() {
    let check = |json: &str, expected: Result<i64, Code>| {
        let view: AmountView = serde_json::from_str(json).unwrap();
        let read = view.positive(Asset::Cny, "/price").map(Amount::units).map_err(|problem| problem.code());
        assert_eq!(read, expected, "{json}");
    };
    check(r#"{"amount":1,"currency":"CNY"}"#, Ok(1));
    check(r#"{"amount":9007199254740991,"currency":"CNY"}"#, Ok(AMOUNT_INPUT_MAX));
    check(r#"{"amount":9007199254740992,"currency":"CNY"}"#, Err(Code::RequestInvalidAmount));
    check(r#"{"amount":0,"currency":"CNY"}"#, Err(Code::RequestInvalidAmount));
    check(r#"{"amount":-1,"currency":"CNY"}"#, Err(Code::RequestInvalidAmount));
    check(r#"{"amount":1,"currency":"BEAN"}"#, Err(Code::RequestInvalidAmount));
    for json in [
        r#"{"amount":1.5,"currency":"CNY"}"#,
        r#"{"amount":"1","currency":"CNY"}"#,
        r#"{"amount":99999999999999999999,"currency":"CNY"}"#,
        r#"{"amount":1,"currency":"USD"}"#,
        r#"{"amount":1}"#,
        r#"{"amount":1,"currency":"CNY","scale":2}"#,
    ] {
        assert!(serde_json::from_str::<AmountView>(json).is_err(), "{json}");
    }
}

#[test]
fn every_asset_has_a_view_with_its_code() {
    for asset in Asset::ALL {
        let view = CurrencyView::from(*asset);
        assert_eq!(Asset::from(view), *asset);
        assert_eq!(serde_json::to_value(view).unwrap(), asset.code());
    }
}
