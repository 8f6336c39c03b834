//! Streams: what is new is told once, to whoever may see it and comes for it.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tuiliu_api::api::ApiSettings;
use tuiliu_store::testing::memory;

use crate::platform::{TestActor, request};
use crate::promotion::stage::{MINUTE_MS, Stage};

/// A stage whose streams look for news all the time, with a running order in a room.
async fn on_air() -> (Stage, String, String) {
    let settings = ApiSettings { stream_look_every: Duration::from_millis(1), ..ApiSettings::default() };
    let stage = Stage::with_settings(memory(), settings).await;
    stage.give(stage.creator().party, 50_000).await;
    let room = stage.live("room-1").await;
    let boost = stage.running(Stage::draft(&room)).await;
    (stage, room, boost)
}

/// A stream that somebody has open; dropping it is to go.
struct Open {
    body: Body,
    heard: String,
}

impl Stage {
    async fn follow(&self, who: &TestActor, path: &str, last: Option<&str>) -> Result<Open, StatusCode> {
        let headers: Vec<(&str, &str)> = last.iter().map(|last| ("last-event-id", *last)).collect();
        let asked = request("GET", Some(who), path, &headers, None);
        let response = self.platform.router.clone().oneshot(asked).await.expect("the router cannot fail");
        if response.status() != StatusCode::OK {
            return Err(response.status());
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Open { body: response.into_body(), heard: String::new() })
    }

    async fn open_streams(&self) -> String {
        let (_, _, text) = self.raw(request("GET", None, "/metrics", &[], None)).await;
        let line = text.lines().find(|line| line.starts_with("tuiliu_http_streams "));
        line.expect("the streams are counted").to_owned()
    }
}

impl Open {
    /// The id and the data of the next message; `None` when the server has ended the stream.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((message, rest)) = self.heard.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.heard = rest;
                let line = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let Some(data) = line("data: ") {
                    return Some((line("id: ").expect("a message has an id"), data));
                }
                continue;
            }
            let frame = self.body.frame().await?.expect("a stream breaks only when a test is wrong");
            let data = frame.into_data().expect("a stream has no trailers");
            self.heard.push_str(std::str::from_utf8(&data).unwrap());
        }
    }
}

fn live_paths(room: &str, boost: &str) -> [String; 2] {
    [format!("/v1/boosts/{boost}/report/stream"), format!("/v1/rooms/{room}/report/stream")]
}

fn views(data: &str) -> f64 {
    let live: serde_json::Value = serde_json::from_str(data).unwrap();
    let metrics = live["scopes"][0]["metrics"].as_array().unwrap();
    metrics.iter().find(|metric| metric["id"] == "views").unwrap()["session"].as_f64().unwrap()
}

#[tokio::test]
async fn tp_22_whoever_comes_back_to_live_figures_is_told_only_what_is_new() {
    let (stage, room, boost) = on_air().await;
    stage.view("anna").await;
    for (path, viewer) in live_paths(&room, &boost).iter().zip(["bert", "cleo"]) {
        let mut open = stage.follow(stage.creator(), path, None).await.unwrap();
        let (first, before) = open.next().await.unwrap();
        drop(open);
        // Nothing was counted since: the first that is told to who comes back is what happens next.
        let mut open = stage.follow(stage.creator(), path, Some(&first)).await.unwrap();
        stage.view(viewer).await;
        let (second, data) = open.next().await.unwrap();
        assert_ne!(first, second);
        assert_eq!(views(&data), views(&before) + 1.0, "{path}");
        // Whoever comes with what never was, or was long ago, is told how things are.
        for last in [first.as_str(), "0-0", "-1", "", &"9".repeat(200)] {
            let mut open = stage.follow(stage.creator(), path, Some(last)).await.unwrap();
            assert_eq!(open.next().await.unwrap(), (second.clone(), data.clone()), "{last}");
        }
    }
}

#[tokio::test]
async fn tp_22_a_slow_reader_is_told_the_newest_figures_and_not_all_that_were() {
    let (stage, room, boost) = on_air().await;
    stage.view("anna").await;
    for (path, name) in live_paths(&room, &boost).into_iter().zip(["bert", "cleo"]) {
        let mut open = stage.follow(stage.creator(), &path, None).await.unwrap();
        let (_, data) = open.next().await.unwrap();
        let before = views(&data);
        for number in 0..5 {
            stage.view(&format!("{name}-{number}")).await;
        }
        let (_, data) = open.next().await.unwrap();
        assert_eq!(views(&data), before + 5.0, "{path}: what nobody took was never made");
    }
}

#[tokio::test]
async fn tp_22_who_goes_is_forgotten_at_once() {
    let (stage, room, boost) = on_air().await;
    let none = stage.open_streams().await;
    let mut open = Vec::new();
    for path in live_paths(&room, &boost) {
        let mut stream = stage.follow(stage.creator(), &path, None).await.unwrap();
        stream.next().await.unwrap();
        open.push(stream);
    }
    assert_ne!(stage.open_streams().await, none);
    drop(open);
    assert_eq!(stage.open_streams().await, none);
}

#[tokio::test]
async fn ac_02_a_stream_ends_when_its_session_does() {
    let (stage, room, boost) = on_air().await;
    let mut paths = live_paths(&room, &boost).to_vec();
    paths.push(format!("/v1/boosts/{boost}/events"));
    let again = stage.platform.sign_in_again("creator").await;
    let mut open = Vec::new();
    for path in &paths {
        let mut stream = stage.follow(&again, path, None).await.unwrap();
        stream.next().await.unwrap();
        open.push(stream);
    }
    let (status, _) = stage.platform.delete(&again, "/v1/sessions/current").await;
    assert!(status.is_success(), "{status}");
    stage.view("anna").await;
    stage.act(&boost, "stop").await;
    for (stream, path) in open.iter_mut().zip(&paths) {
        // Of the timeline the rest of what was read with the first entry may still come.
        while let Some((id, data)) = stream.next().await {
            assert!(path.ends_with("/events") && !data.contains("stop"), "`{id}` is told after the end of the session");
        }
    }
    assert_eq!(stage.follow(&again, &paths[0], None).await.err(), Some(StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn ac_01_an_agency_hears_nothing_more_once_the_consent_is_withdrawn() {
    let (stage, room, boost) = on_air().await;
    let ours = &stage.platform.ours;
    let consent = format!("/v1/parties/{}/agencies/{}", ours.creator.party, ours.agency.party);
    let (status, _) = stage.platform.call("PUT", Some(&ours.creator), &consent, None).await;
    assert!(status.is_success(), "{status}");
    let mut open = Vec::new();
    for path in live_paths(&room, &boost) {
        let mut stream = stage.follow(&ours.agency, &path, None).await.unwrap();
        stream.next().await.unwrap();
        open.push(stream);
    }
    let (status, _) = stage.platform.delete(&ours.creator, &consent).await;
    assert!(status.is_success(), "{status}");
    stage.platform.clock.advance_ms(MINUTE_MS);
    for stream in &mut open {
        assert_eq!(stream.next().await, None);
    }
}

#[tokio::test]
async fn a_timeline_resumes_after_the_last_entry_that_was_heard() {
    let (stage, _, boost) = on_air().await;
    let path = format!("/v1/boosts/{boost}/events");
    let mut open = stage.follow(stage.creator(), &path, None).await.unwrap();
    let (first, _) = open.next().await.unwrap();
    let (second, _) = open.next().await.unwrap();
    assert!(first.parse::<i64>().unwrap() < second.parse().unwrap());
    drop(open);
    let mut open = stage.follow(stage.creator(), &path, Some(&first)).await.unwrap();
    assert_eq!(open.next().await.unwrap().0, second);
    stage.act(&boost, "stop").await;
    let mut last = second;
    while let Some((id, data)) = open.next().await {
        assert!(last.parse::<i64>().unwrap() < id.parse().unwrap(), "nothing is told twice");
        if data.contains("stop") {
            break;
        }
        last = id;
    }
}

#[tokio::test]
async fn ac_01_streams_are_closed_to_strangers_and_end_with_the_server() {
    let (stage, room, boost) = on_air().await;
    let mut paths = live_paths(&room, &boost).to_vec();
    paths.push(format!("/v1/boosts/{boost}/events"));
    for path in &paths {
        for who in [&stage.platform.ours.stranger, &stage.platform.theirs.operator, &stage.platform.ours.narrow_machine]
        {
            let status = stage.follow(who, path, None).await.err().unwrap();
            assert!(matches!(status.as_u16(), 403 | 404), "{path}: {status}");
        }
        let mut open = stage.follow(stage.creator(), path, None).await.unwrap();
        open.next().await.unwrap();
        drop(open);
    }
    stage.platform.stop.enter(tuiliu_api::stop::Phase::Ending);
    for path in &paths {
        let mut open = stage.follow(stage.creator(), path, None).await.unwrap();
        while open.next().await.is_some() {}
    }
}
