use super::{Calendar, Certainty, Day, NoticeError};
use crate::time::{HOUR_MS, Timestamp};

/// Every day of the years that another package knows; see its first lines.
const CHINESE_DAYS: &str = include_str!("tests/chinese_days_1_5_7.txt");

fn day(text: &str) -> Day {
    text.parse().expect("a day of a test exists")
}

#[test]
fn wl_09_every_day_is_what_an_independent_package_says() {
    let calendar = Calendar::mainland();
    let mut days = 0;
    for line in CHINESE_DAYS.lines().filter(|line| !line.starts_with('#')) {
        let (month, flags) = line.split_once(' ').expect("a month and its days");
        let first = day(&format!("{month}-01"));
        assert_eq!(first.plus_months(1), first.plus_days(i64::try_from(flags.len()).expect("a month is short")));
        for (ahead, flag) in (0..).zip(flags.bytes()) {
            let day = first.plus_days(ahead);
            assert_eq!(calendar.is_working(day), flag == b'1', "{day}");
            assert_eq!(calendar.certainty(day), Certainty::Announced, "{day}");
            days += 1;
        }
    }
    assert_eq!(days, 366 + 365 + 365);
}

#[test]
fn wl_09_promises_are_counted_over_weekends_holidays_and_days_made_up() {
    for (why, from, count, until) in [
        ("nothing in the way", "2026-11-16", 4, "2026-11-20"),
        ("a weekend", "2026-11-20", 1, "2026-11-23"),
        ("from a Saturday", "2026-11-21", 1, "2026-11-23"),
        ("from a Sunday", "2026-11-22", 1, "2026-11-23"),
        ("the day itself", "2026-11-21", 0, "2026-11-21"),
        ("seven in plain weeks", "2026-11-19", 7, "2026-11-30"),
        ("National Day, a Saturday made up", "2026-09-30", 3, "2026-10-10"),
        ("seven over National Day", "2026-09-30", 7, "2026-10-15"),
        ("one before Spring Festival, a Saturday worked", "2026-02-13", 1, "2026-02-14"),
        ("two, the second after Spring Festival", "2026-02-13", 2, "2026-02-24"),
        ("five over Spring Festival and the Saturday after it", "2026-02-14", 5, "2026-02-28"),
        ("a Sunday worked in 2025", "2025-01-24", 1, "2025-01-26"),
        ("over a leap day", "2024-02-28", 2, "2024-03-01"),
        ("over New Year between announced years", "2025-12-31", 1, "2026-01-04"),
    ] {
        let promise = Calendar::mainland().add_working_days(day(from), count);
        assert_eq!(promise.day, day(until), "{why}");
        assert_eq!(promise.certainty, Certainty::Announced, "{why}");
        assert_eq!(Calendar::mainland().working_days_between(day(from), day(until)), count, "{why}");
    }
}

#[test]
fn wl_09_a_year_without_its_notice_says_so() {
    let calendar = Calendar::mainland();
    let over_new_year = calendar.add_working_days(day("2026-12-30"), 2);
    assert_eq!((over_new_year.day, over_new_year.certainty), (day("2027-01-04"), Certainty::Provisional));
    // The law fixes the days of the festival; which others are moved to them is not known yet.
    assert!(!calendar.is_working(day("2027-02-08")));
    assert!(calendar.is_working(day("2027-02-09")));
    let nobody_knows = calendar.add_working_days(day("2028-03-03"), 1);
    assert_eq!((nobody_knows.day, nobody_knows.certainty), (day("2028-03-06"), Certainty::Unknown));
}

#[test]
fn wl_09_a_notice_takes_the_place_of_what_was_provisional() {
    let text = "# a notice\n2027 announced\n2027-02-05..2027-02-12 off Spring Festival\n2027-02-14 work\n";
    let calendar = Calendar::mainland().extended(text).expect("the notice can be read");
    let promise = calendar.add_working_days(day("2027-02-04"), 1);
    assert_eq!((promise.day, promise.certainty), (day("2027-02-14"), Certainty::Announced));
    assert!(calendar.is_working(day("2027-01-01")), "the notice stands alone");
    assert_eq!(calendar.certainty(day("2026-01-01")), Certainty::Announced);
}

#[test]
fn refuses_a_text_that_contradicts_itself() {
    let check = |text: &str, error: NoticeError| {
        assert_eq!(Calendar::mainland().extended(text), Err(error), "{text}");
    };
    check("2027-02-05 off", NoticeError::NoYear { line: 1 });
    check("2027 perhaps", NoticeError::Unreadable { line: 1 });
    check("2027 unknown", NoticeError::Unreadable { line: 1 });
    check("2027 announced\n2027-02-30 off", NoticeError::Unreadable { line: 2 });
    check("2027 announced\n2027-02-08..2027-02-05 off", NoticeError::Unreadable { line: 2 });
    check("2027 announced\n\n2028-01-01 off", NoticeError::OtherYear { line: 3, day: day("2028-01-01"), year: 2_027 });
    check("2027 announced\n2027-02-08 work", NoticeError::NoWeekend { line: 2, day: day("2027-02-08") });
    let twice = "2027 announced\n2027-02-05 off\n2027-02-04..2027-02-06 off";
    check(twice, NoticeError::Twice { line: 3, day: day("2027-02-05") });
    check("2027 announced\n2027 announced", NoticeError::YearTwice { line: 2, year: 2_027 });
}

#[test]
fn days_begin_and_end_in_shanghai() {
    let first = day("1970-01-01");
    assert_eq!((first.start().ms(), first.end().ms()), (-8 * HOUR_MS, 16 * HOUR_MS));
    let before_midnight = Timestamp::from_ms(16 * HOUR_MS - 1);
    assert_eq!((Day::at(before_midnight), Day::at(before_midnight.plus_ms(1))), (first, day("1970-01-02")));
    // 2026-10-01 00:00 in Shanghai, 2026-09-30 16:00 UTC.
    assert_eq!(day("2026-10-01").start().ms(), 1_790_784_000_000);
    let promise = Calendar::mainland().promise(Timestamp::from_ms(1_790_784_000_000 - 1), 1);
    assert_eq!((promise.day, promise.deadline()), (day("2026-10-08"), day("2026-10-09").start()));
}

#[test]
fn a_month_later_is_the_same_day_or_that_months_last() {
    for (from, months, until) in [
        ("2026-11-20", 1, "2026-12-20"),
        ("2026-12-20", 1, "2027-01-20"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-02-28", 1, "2026-03-28"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-05-05", 0, "2026-05-05"),
    ] {
        assert_eq!(day(from).plus_months(months), day(until), "{from} and {months}");
    }
}

#[test]
fn dates_go_there_and_back() {
    let mut yesterday = day("1899-12-31");
    for number in 1..=73_049 {
        let today = yesterday.plus_days(1);
        let (year, month, of_month) = today.date();
        assert_eq!(Day::from_date(year, month, of_month), Ok(today));
        assert_eq!(today.to_string().parse(), Ok(today));
        assert!(today.date() > yesterday.date(), "{number} days on");
        yesterday = today;
    }
    assert_eq!(yesterday, day("2099-12-31"));
    for text in ["2026-2-03", "2026-02-29", "2026-13-01", "2026-00-10", "+026-01-01", "2026-01-01-", ""] {
        assert!(text.parse::<Day>().is_err(), "{text}");
    }
}
