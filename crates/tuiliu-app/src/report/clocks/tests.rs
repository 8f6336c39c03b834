use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::from_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn check(zone: &str, grain: Grain, instant: &str, start: &str) {
    let clocks: Clocks = zone.parse().unwrap();
    assert_eq!(clocks.start(grain, at(instant)), at(start), "{zone} {instant}");
}

#[test]
fn at_05_a_day_of_a_zone_has_as_many_hours_as_its_clocks_say() {
    let day = Grain::Day;
    // In winter, in summer, and on both days on which the clocks change.
    check("Europe/Berlin", day, "2026-01-15T12:00:00Z", "2026-01-14T23:00:00Z");
    check("Europe/Berlin", day, "2026-07-15T12:00:00Z", "2026-07-14T22:00:00Z");
    check("Europe/Berlin", day, "2026-03-29T21:59:00Z", "2026-03-28T23:00:00Z");
    check("Europe/Berlin", day, "2026-03-29T22:00:00Z", "2026-03-29T22:00:00Z");
    check("Europe/Berlin", day, "2026-10-25T22:59:00Z", "2026-10-24T22:00:00Z");
    check("Europe/Berlin", day, "2026-10-25T23:00:00Z", "2026-10-25T23:00:00Z");
    check("america/new_york", day, "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z");
    check("Asia/Shanghai", day, "2026-07-15T12:00:00Z", "2026-07-14T16:00:00Z");
    // A day that begins at one o'clock, since midnight is left out.
    check("Africa/Cairo", day, "2026-04-24T06:00:00Z", "2026-04-23T22:00:00Z");
}

#[test]
fn at_05_an_hour_that_comes_twice_is_two_steps() {
    check("Europe/Berlin", Grain::Hour, "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z");
    check("Europe/Berlin", Grain::Hour, "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z");
    check("Asia/Kathmandu", Grain::Hour, "2026-10-25T01:30:00Z", "2026-10-25T01:15:00Z");
    check("Europe/Berlin", Grain::Minute, "2026-10-25T01:30:59Z", "2026-10-25T01:30:00Z");
}

#[test]
fn clocks_are_read_as_they_are_written() {
    for (text, written) in [("+08:00", "+08:00"), ("Z", "+00:00"), ("europe/berlin", "Europe/Berlin"), ("UTC", "UTC")] {
        assert_eq!(text.parse::<Clocks>().unwrap().to_string(), written);
    }
    for bad in ["", "Shanghai", "+08:10", "Europe/Atlantis", "../../etc/localtime", &"a".repeat(65)] {
        assert_eq!(bad.parse::<Clocks>(), Err(ParseClocksError), "{bad}");
    }
}
