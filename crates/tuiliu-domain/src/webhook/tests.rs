use super::*;
use crate::id::{PartyId, TenantId, WebhookDeliveryId, WebhookEndpointId};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

const NOW: Timestamp = Timestamp::from_ms(1_795_163_462_120);
const NOT_NOW: AttemptOutcome = AttemptOutcome::NotNow { retry_after_ms: None };

fn endpoint() -> WebhookEndpoint {
    WebhookEndpoint {
        id: WebhookEndpointId::new(1),
        tenant: TenantId::new(2),
        created_by: PartyId::new(3),
        url: EndpointUrl::kept("https://host.example/hooks".to_owned()),
        description: String::new(),
        event_types: Vec::new(),
        state: EndpointState::Enabled { failing_since: None },
        quiet_until: None,
        secret_number: 1,
        overlap_until: None,
        created_at: NOW,
        version: 1,
    }
}

fn delivery() -> WebhookDelivery {
    WebhookDelivery {
        id: WebhookDeliveryId::new(4),
        tenant: TenantId::new(2),
        endpoint: WebhookEndpointId::new(1),
        event_type: WebhookEventType::BoostSettled,
        body: "{}".to_owned(),
        created_at: NOW,
        attempts: 0,
        state: DeliveryState::Pending { due_at: NOW },
    }
}

#[test]
fn ac_04_only_public_addresses_are_public() {
    let check = |address: &str, expected: bool| {
        assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
    };
    for closed in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "64:ff9b::a00:1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "3fff::1",
        "100::1",
    ] {
        check(closed, false);
    }
    for public in [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.167.0.1",
        "198.17.0.1",
        "223.255.255.255",
        "2001:4860:4860::8888",
        "2400:3200::1",
        "2606:4700::1111",
    ] {
        check(public, true);
    }
}

#[test]
fn ac_04_an_address_is_public_and_secure_unless_anything_goes() {
    let check = |text: &str, public: Result<(), EndpointUrlError>, anything: Result<(), EndpointUrlError>| {
        assert_eq!(EndpointUrl::parse(text, Reachable::Public).map(drop), public, "{text}");
        assert_eq!(EndpointUrl::parse(text, Reachable::Anything).map(drop), anything, "{text}");
    };
    use EndpointUrlError::{BadHost, BadText, NotSecure, Private};
    check("https://host.example/hooks?x=1", Ok(()), Ok(()));
    check("https://host.example:8443", Ok(()), Ok(()));
    check("https://[2606:4700::1111]/", Ok(()), Ok(()));
    check("http://host.example/", Err(NotSecure), Ok(()));
    check("https://localhost/", Err(Private), Ok(()));
    check("https://intranet/", Err(Private), Ok(()));
    check("https://db.internal/", Err(Private), Ok(()));
    check("https://db.Internal./", Err(Private), Ok(()));
    check("https://127.0.0.1/", Err(Private), Ok(()));
    check("https://127.1/", Err(Private), Ok(()));
    check("https://a.0x7f/", Err(Private), Ok(()));
    check("https://2130706433/", Err(Private), Ok(()));
    check("https://[::1]:8080/", Err(Private), Ok(()));
    check("https://[::ffff:10.0.0.1]/", Err(Private), Ok(()));
    for bad in ["https://", "https:///x", "https://user:word@host.example/", "https://host.example:0/"] {
        check(bad, Err(BadHost), Err(BadHost));
    }
    for bad in ["https://host.example:70000/", "https://host.example:+80/", "https://[::1/", "https://[::1]x/"] {
        check(bad, Err(BadHost), Err(BadHost));
    }
    for bad in ["https://host.example/ x", "https://host.example/#a", "https://主机.example/", "https://a\\b/"] {
        check(bad, Err(BadText), Err(BadText));
    }
    for bad in ["ftp://host.example/", "file:///etc/passwd", "host.example", ""] {
        check(bad, Err(NotSecure), Err(NotSecure));
    }
    let long = format!("https://host.example/{}", "a".repeat(2_048));
    assert!(matches!(EndpointUrl::parse(&long, Reachable::Anything), Err(EndpointUrlError::TooLong { .. })));
}

#[test]
fn ac_04_retries_back_off_with_jitter_for_days() {
    let mut delivery = delivery();
    let mut now = NOW;
    let mut pauses = Vec::new();
    while let DeliveryState::Pending { due_at } = delivery.state {
        pauses.push(due_at.since_ms(now));
        now = due_at;
        delivery = delivery.attempted(NOT_NOW, 0, now);
    }
    assert_eq!(pauses.split_first(), Some((&0, RETRY_DELAYS_MS)));
    assert_eq!(delivery.attempts, 10);
    assert_eq!(delivery.state, DeliveryState::Failed { at: now });
    assert!(now.since_ms(NOW) > 3 * DAY_MS);
    let again = delivery.again(now);
    assert_eq!((again.attempts, again.state), (0, DeliveryState::Pending { due_at: now }));
    for jitter in [0, 1, 200, 201, u16::MAX] {
        let DeliveryState::Pending { due_at } = again.clone().attempted(NOT_NOW, jitter, now).state else { panic!() };
        assert!((5_000..=6_000).contains(&due_at.since_ms(now)), "{jitter}: {}", due_at.since_ms(now));
    }
}

#[test]
fn ac_04_what_an_answer_means() {
    let check = |status: Option<u16>, expected| assert_eq!(AttemptOutcome::of(status, None), expected, "{status:?}");
    check(Some(200), AttemptOutcome::Delivered);
    check(Some(204), AttemptOutcome::Delivered);
    check(Some(410), AttemptOutcome::Gone);
    for other in [None, Some(199), Some(301), Some(307), Some(400), Some(404), Some(429), Some(500), Some(503)] {
        check(other, NOT_NOW);
    }
}

#[test]
fn ac_04_retry_after_is_heeded_up_to_a_day() {
    let asked = |ms| {
        let outcome = AttemptOutcome::of(Some(429), Some(ms));
        let after = endpoint().attempted(outcome, NOW);
        let DeliveryState::Pending { due_at } = delivery().attempted(outcome, 0, NOW).state else { panic!() };
        (after.quiet_until.unwrap().since_ms(NOW), due_at.since_ms(NOW))
    };
    assert_eq!(asked(MINUTE_MS), (MINUTE_MS, MINUTE_MS));
    assert_eq!(asked(1_000), (1_000, 5_000), "never sooner than our own pause");
    assert_eq!(asked(-7), (0, 5_000));
    assert_eq!(asked(i64::MAX), (DAY_MS, DAY_MS));
}

#[test]
fn ac_04_an_endpoint_that_is_gone_or_fails_for_days_is_disabled() {
    let gone = endpoint().attempted(AttemptOutcome::Gone, NOW);
    assert_eq!(gone.state, EndpointState::Disabled { at: NOW, by: DisabledBy::Gone });
    assert_eq!(delivery().attempted(AttemptOutcome::Gone, 0, NOW).state, DeliveryState::Failed { at: NOW });
    let failing = endpoint().attempted(NOT_NOW, NOW);
    assert_eq!(failing.state, EndpointState::Enabled { failing_since: Some(NOW) });
    assert!(failing.at_once() < endpoint().at_once(), "who does not answer takes fewer places");
    let soon = NOW.plus_ms(FAILING_MS_MAX - 1);
    let still = failing.clone().attempted(NOT_NOW, soon);
    assert_eq!(still.state, EndpointState::Enabled { failing_since: Some(NOW) });
    let well = still.clone().attempted(AttemptOutcome::Delivered, soon);
    assert_eq!(well.state, EndpointState::Enabled { failing_since: None });
    let late = NOW.plus_ms(FAILING_MS_MAX);
    let disabled = still.attempted(NOT_NOW, late);
    assert_eq!(disabled.state, EndpointState::Disabled { at: late, by: DisabledBy::Failing });
    assert_eq!(disabled.at_once(), 0);
    assert!(!disabled.wants(WebhookEventType::BoostSettled));
    assert_eq!(disabled.clone().attempted(AttemptOutcome::Delivered, late), disabled, "only people switch it on again");
    let draft = EndpointDraft {
        url: disabled.url.clone(),
        description: String::new(),
        event_types: vec![WebhookEventType::RoomLive, WebhookEventType::RoomLive],
        enabled: true,
    };
    let again = disabled.changed(draft.clone(), late).unwrap();
    assert_eq!(again.state, EndpointState::Enabled { failing_since: None });
    assert!(again.wants(WebhookEventType::RoomLive) && !again.wants(WebhookEventType::BoostSettled));
    let off = again.changed(EndpointDraft { enabled: false, ..draft.clone() }, late).unwrap();
    assert_eq!(off.state, EndpointState::Disabled { at: late, by: DisabledBy::Request });
    let long = EndpointDraft { description: "a".repeat(257), ..draft };
    assert_eq!(off.changed(long, late), Err(ChangeEndpointError::BadDescription { max: 256 }));
}

#[test]
fn ac_04_both_secrets_sign_while_one_replaces_the_other() {
    let signing = |endpoint: &WebhookEndpoint, ms| endpoint.signing(NOW.plus_ms(ms)).collect::<Vec<_>>();
    assert_eq!(signing(&endpoint(), 0), [1]);
    let rotated = endpoint().with_next_secret(HOUR_MS, NOW);
    assert_eq!(signing(&rotated, HOUR_MS - 1), [2, 1]);
    assert_eq!(signing(&rotated, HOUR_MS), [2]);
    let twice = rotated.with_next_secret(HOUR_MS, NOW);
    assert_eq!(signing(&twice, 0), [3, 2], "the one before the one before is gone");
    assert_eq!(signing(&twice.with_next_secret(0, NOW), 0), [4], "at once, when it has leaked");
}

#[test]
fn every_type_has_a_code_of_its_own() {
    for event_type in WebhookEventType::ALL {
        assert_eq!(WebhookEventType::from_code(event_type.code()), Some(*event_type));
        assert!(event_type.about().ends_with('.'));
    }
    for by in DisabledBy::ALL {
        assert_eq!(DisabledBy::from_code(by.code()), Some(*by));
    }
    assert_eq!(WebhookEventType::from_code("boost"), None);
}
