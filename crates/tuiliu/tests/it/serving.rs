//! `tuiliu serve`: starts, answers, stops in order, shares its file with nobody who writes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;

use crate::executable::{Platform, complained, told};

#[test]
fn serves_until_sigterm_and_ends_well() {
    let platform = Platform::new();
    let serving = platform.serve(&[]);
    assert_eq!(serving.get("/healthz").0, 200);
    assert_eq!(serving.get("/readyz").0, 200);
    serving.signal("TERM");
    let (status, log) = serving.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("stopping after `SIGTERM`") && log.contains("stopped"), "{log}");
}

#[test]
fn serves_until_sigint_and_ends_well() {
    let platform = Platform::new();
    let serving = platform.serve(&["--log-format", "json"]);
    serving.signal("INT");
    let (status, log) = serving.end();
    assert_eq!(status.code(), Some(0), "{log}");
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["level"] == "INFO"), "{line}");
    }
}

/// A connection that has sent half a request and holds the server up until its deadline.
fn half_a_request(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n").unwrap();
    stream
}

#[test]
fn a_slow_client_does_not_hold_it_up_beyond_the_deadline() {
    let platform = Platform::new();
    let serving = platform.serve(&["--set", "server.shutdown_deadline_ms=2000"]);
    let mut slow = half_a_request(&serving.address);
    assert_eq!(serving.get("/healthz").0, 200);
    serving.signal("TERM");
    let (status, log) = serving.end();
    assert_eq!(status.code(), Some(0), "{log}");
    let mut rest = Vec::new();
    // Whether it is told or cut is the server's choice; that it ends is not.
    drop(slow.read_to_end(&mut rest));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let platform = Platform::new();
    let serving = platform.serve(&["--set", "server.drain_ms=600000", "--set", "server.shutdown_deadline_ms=600000"]);
    serving.signal("TERM");
    serving.line_with("stopping after `SIGTERM`");
    serving.line_with("no longer ready");
    assert_eq!(serving.get("/readyz").0, 503, "a balancer sends requests elsewhere");
    assert_eq!(serving.get("/healthz").0, 200, "requests are still answered");
    serving.signal("TERM");
    let (status, log) = serving.end();
    assert_eq!(status.code(), Some(143), "{log}");
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let platform = Platform::new();
    let serving = platform.serve(&[]);
    let second = platform.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    let message = complained(&second);
    assert!(message.contains("another process has `data/tuiliu.db` open"), "{message}");
    assert_eq!(
        message.lines().filter(|line| line.starts_with("tuiliu: failed to open the store")).count(),
        1,
        "{message}"
    );
    assert_eq!(serving.get("/healthz").0, 200, "the first one does not notice");
}

#[test]
fn audit_and_doctor_work_beside_a_server_and_after_a_kill() {
    let platform = Platform::new();
    let serving = platform.serve(&[]);
    let audit = platform.run(&["audit", "--json"]);
    assert_eq!(audit.status.code(), Some(0), "{}", complained(&audit));
    let verdict: serde_json::Value = serde_json::from_str(&told(&audit)).unwrap();
    assert_eq!(verdict["verdict"], "clean");
    let doctor = platform.run(&["doctor", "--json"]);
    let findings: serde_json::Value = serde_json::from_str(&told(&doctor)).unwrap();
    let grade = |what: &str| {
        let all = findings["findings"].as_array().unwrap();
        all.iter().find(|one| one["what"] == what).map(|one| one["grade"].clone()).unwrap_or_default()
    };
    for what in ["version", "settings", "clock", "store", "data folder", "clock against data", "key file"] {
        assert_eq!(grade(what), "ok", "{what}: {findings:#}");
    }
    serving.signal("KILL");
    let (status, _) = serving.end();
    assert_eq!(status.signal(), Some(9));
    let audit = platform.run(&["audit"]);
    assert_eq!(audit.status.code(), Some(0), "{}", complained(&audit));
    assert!(told(&audit).contains("verdict: clean"), "{}", told(&audit));
    platform.serve(&[]).signal("TERM");
}
