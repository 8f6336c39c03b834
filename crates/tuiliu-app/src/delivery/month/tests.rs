use super::*;

#[test]
fn a_month_begins_and_ends_by_the_clocks_of_china() {
    let at = |text: &str| Timestamp::from_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let month: Month = "2026-12".parse().unwrap();
    assert_eq!(month.start(), at("2026-11-30T16:00:00Z"));
    assert_eq!(Month::of(month.start()), month);
    assert_eq!(Month::of(month.start().plus_ms(-1)), month.plus(-1));
    assert_eq!((month.plus(1).to_string(), month.plus(-12).to_string()), ("2027-01".to_owned(), "2025-12".to_owned()));
    assert_eq!(month.final_at(), at("2027-01-02T16:00:00Z"));
    for bad in ["", "2026", "2026-13", "2026-1", "2026/11", "0001-01", "2026-11-01", "二零二六-"] {
        assert_eq!(bad.parse::<Month>(), Err(ParseMonthError), "{bad}");
    }
}
