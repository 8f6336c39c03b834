use std::time::Duration;

use tuiliu_domain::calendar::{Certainty, Day};

use super::{Running, api_settings, calendar, open_app, server_settings, start};
use crate::cli::keys;
use crate::config::{Config, Sources, load};

fn config(settings: &[(&str, &str)]) -> Config {
    let base = [("server.listen", "127.0.0.1:0"), ("store.address", "memory"), ("access.password_memory_kib", "8")];
    let flags = base.iter().chain(settings).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    load(&Sources { flags, file: Some("/dev/null".into()), ..Sources::default() }).unwrap()
}

/// Status and body of a GET, on a thread that may block.
async fn get(running: &Running, path: &str) -> (u16, String) {
    let url = format!("http://{}{path}", running.address);
    let asked = tokio::task::spawn_blocking(move || {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut response = agent.get(&url).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    });
    asked.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_and_stops() {
    let running = start(config(&[])).await.unwrap();
    assert_eq!(get(&running, "/healthz").await.0, 200);
    running.ready().await;
    assert_eq!(get(&running, "/readyz").await.0, 200);
    let (status, body) = get(&running, "/v1/nothing/here").await;
    assert_eq!(status, 404);
    assert!(body.contains("\"code\":\"request.not_found\""), "{body}");
    let address = running.address;
    assert_eq!(running.stop().await.unwrap().connections_cut, 0);
    assert!(std::net::TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_free_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("tuiliu.db").display());
    let key_file = folder.path().join("tuiliu.keys").display().to_string();
    let config = config(&[("store.address", &address), ("delivery.key_file", &key_file)]);
    let first = start(config.clone()).await.unwrap();
    let message = format!("{:#}", start(config.clone()).await.map(drop).unwrap_err());
    assert!(message.contains("another process has"), "{message}");
    first.stop().await.unwrap();
    start(config).await.unwrap().stop().await.unwrap();
}

#[test]
fn wl_09_a_file_adds_years_to_the_calendar() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("years");
    let day: Day = "2031-01-01".parse().unwrap();
    std::fs::write(&file, "2031 announced\n2031-01-01 off New Year\n").unwrap();
    let extended = calendar(&file).unwrap();
    assert_eq!((extended.certainty(day), extended.is_working(day)), (Certainty::Announced, false));
    assert_eq!(calendar("".as_ref()).unwrap().certainty(day), Certainty::Unknown);
    std::fs::write(&file, "2031 announced\n2031-01-01 works\n").unwrap();
    let message = format!("{:#}", calendar(&file).unwrap_err());
    assert!(message.contains("calendar.file") && message.contains("line 2"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let running = start(config(&[])).await.unwrap();
    let taken = running.address.to_string();
    let message = format!("{:#}", start(config(&[("server.listen", &taken)])).await.map(drop).unwrap_err());
    assert!(message.starts_with(&format!("failed to listen on `{taken}`: ")), "{message}");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_keys_open_the_platform() {
    let app = open_app(&config(&[])).await.unwrap();
    let created = keys::create(&app, "shop".to_owned(), "admin".to_owned()).await.unwrap();
    assert!(created.tenant.starts_with("tn_"), "{}", created.tenant);
    let credentials = tuiliu_app::access::Credentials::ApiKey(&created.api_key);
    let caller = app.authenticate(credentials).await.unwrap();
    assert_eq!(caller.actor.tenant.to_string(), created.tenant);
    assert_eq!(caller.actor.scopes, tuiliu_domain::party::Scope::ALL);
}

#[tokio::test]
async fn a_payment_secret_is_a_key() {
    assert!(open_app(&config(&[("payment.secret", &"5e".repeat(32))])).await.is_ok());
    let message = format!("{:#}", open_app(&config(&[("payment.secret", "hunter2")])).await.map(drop).unwrap_err());
    assert!(message.contains("`payment.secret`") && !message.contains("hunter2"), "{message}");
}

#[test]
fn settings_reach_the_server() {
    let config = config(&[
        ("server.public_origin", "https://t.example"),
        ("server.trusted_proxies", "10.0.0.1"),
        ("server.request_timeout_ms", "1500"),
        ("server.requests_in_flight_max", "7"),
        ("server.stream_look_ms", "300"),
        ("server.requests_per_minute", "11"),
        ("server.data_requests_per_minute", "12"),
        ("server.refusals_per_minute", "13"),
        ("server.connections_max", "17"),
        ("server.header_timeout_ms", "700"),
        ("server.header_bytes_max", "9000"),
        ("server.drain_ms", "1000"),
        ("server.shutdown_deadline_ms", "5000"),
    ]);
    let api = api_settings(&config);
    assert_eq!(api.public_origin.as_deref(), Some("https://t.example"));
    assert_eq!(api.trusted_proxies.len(), 1);
    assert_eq!((api.request_timeout, api.requests_in_flight_max), (Duration::from_millis(1_500), 7));
    assert_eq!(api.stream_look_every, Duration::from_millis(300));
    assert_eq!([api.rate, api.data_rate, api.refusal_rate].map(|policy| policy.quota), [11, 12, 13]);
    let server = server_settings(&config);
    assert_eq!((server.connections_max, server.header_bytes_max), (17, 9_000));
    assert_eq!(server.header_timeout, Duration::from_millis(700));
    assert_eq!(server.drain, Duration::from_secs(1));
    assert_eq!(server.deadline, Duration::from_secs(3), "a quarter of what is left is for jobs and store");
}
