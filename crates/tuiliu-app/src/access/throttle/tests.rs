use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

#[test]
fn waits_double_up_to_a_limit() {
    let check = |failures: u32, wait_ms: i64| assert_eq!(ACCOUNT.wait_ms(failures), wait_ms, "after {failures}");
    check(1, 0);
    check(5, 0);
    check(6, 2_000);
    check(7, 4_000);
    check(14, 512_000);
    check(15, 900_000);
    check(16, 900_000);
    check(70, 900_000);
    check(u32::MAX, 900_000);
}

#[test]
fn counts_failures_and_forgets_them() {
    let mut attempts = None;
    for _ in 0..6 {
        assert_eq!(Throttle::refused_until(attempts, at(1_000)), None);
        attempts = Some(ACCOUNT.after_failure(attempts, at(1_000)));
    }
    assert_eq!(Throttle::refused_until(attempts, at(2_999)), Some(at(3_000)));
    assert_eq!(Throttle::refused_until(attempts, at(3_000)), None);
    assert_eq!(ACCOUNT.after_failure(attempts, at(3_000)).retry_at, at(7_000));
    let later = at(1_000 + HOUR_MS);
    assert_eq!(ACCOUNT.after_failure(attempts, later), SignInAttempts { failures: 1, last_at: later, retry_at: later });
}

#[test]
fn takes_back_the_count_of_an_attempt_that_went_well() {
    let before = SignInAttempts { failures: 31, last_at: at(1), retry_at: at(2_001) };
    let after = Throttle::after_success(before, at(5));
    assert_eq!(after, SignInAttempts { failures: 30, last_at: at(5), retry_at: at(5) });
}

#[test]
fn counts_an_ipv6_network_as_one_address() {
    let check = |text: &str, expected: &str| assert_eq!(address(text.parse().unwrap()), expected);
    check("192.0.2.7", "address:192.0.2.7");
    check("::ffff:192.0.2.7", "address:192.0.2.7");
    check("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64");
    check("2001:db8:1:2:ffff::1", "address:2001:db8:1:2::/64");
}
