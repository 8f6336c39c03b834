//! The server on a real socket. Nothing waits for a length of time: only for something to happen, within a limit.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tuiliu_api::api::Api;
use tuiliu_api::server::{Served, Server, ServerSettings};
use tuiliu_api::stop::Phase;

use crate::harness::World;

/// Anything that takes longer is broken.
const PATIENCE: Duration = Duration::from_secs(20);

struct Running {
    address: SocketAddr,
    api: Api,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Served>,
}

async fn run(settings: ServerSettings) -> Running {
    let World { api, router, .. } = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = Server { router, listener, api: api.clone(), settings };
    let ended = tokio::spawn(server.serve(async move { stopped.await.unwrap() }));
    Running { address, api, stop, ended }
}

struct Client(TcpStream, Vec<u8>);

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap(), Vec::new())
    }

    async fn send(&mut self, path: &str) {
        self.write(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
    }

    async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads until `needle` has come; what was read up to and with it.
    async fn read_until(&mut self, needle: &str) -> String {
        let reading = async {
            loop {
                let text = String::from_utf8_lossy(&self.1).into_owned();
                if let Some(at) = text.find(needle) {
                    let end = at + needle.len();
                    self.1.drain(..end);
                    return text.get(..end).unwrap().to_owned();
                }
                let count = self.0.read_buf(&mut self.1).await.unwrap();
                assert!(count > 0, "the connection ended before `{needle}`: {text}");
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("waited for `{needle}`"))
    }

    /// Reads until the server closes.
    async fn read_to_end(mut self) -> String {
        let reading = self.0.read_to_end(&mut self.1);
        // A reset is an end too: the server had no more to say.
        drop(tokio::time::timeout(PATIENCE, reading).await.expect("the server closes the connection"));
        String::from_utf8_lossy(&self.1).into_owned()
    }
}

async fn ended(running: JoinHandle<Served>) -> Served {
    tokio::time::timeout(PATIENCE, running).await.expect("the server ends").unwrap()
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let running = run(ServerSettings::default()).await;
    let mut client = Client::connect(running.address).await;
    for _ in 0..3 {
        client.send("/healthz").await;
        let answer = client.read_until(r#"{"status":"ok"}"#).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    assert_eq!(running.api.metrics().connections.get(), 1);
    running.stop.send(()).unwrap();
    assert_eq!(ended(running.ended).await, Served { connections_cut: 0 });
    assert_eq!(client.read_to_end().await, "");
    assert_eq!(running.api.metrics().connections.get(), 0);
}

#[tokio::test]
async fn an_open_stream_ends_in_order_when_the_server_stops() {
    let running = run(ServerSettings::default()).await;
    let mut client = Client::connect(running.address).await;
    client.send("/v1/samples/stream").await;
    let head = client.read_until("\r\n\r\n").await;
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    let messages = client.read_until("data: 2\n").await;
    assert!(messages.contains("retry: 2000") && messages.contains("event: sample.updated\n"), "{messages}");
    assert_eq!(running.api.metrics().streams.get(), 1);
    running.stop.send(()).unwrap();
    let rest = client.read_to_end().await;
    assert!(rest.ends_with("0\r\n\r\n"), "the body is finished, not cut: {rest}");
    assert_eq!(ended(running.ended).await, Served { connections_cut: 0 });
    assert_eq!(running.api.metrics().streams.get(), 0);
}

#[tokio::test]
async fn what_never_ends_is_cut_at_the_deadline() {
    let settings = ServerSettings { deadline: Duration::from_millis(20), ..ServerSettings::default() };
    let running = run(settings).await;
    let mut client = Client::connect(running.address).await;
    client.send("/v1/never").await;
    while running.api.metrics().requests_in_flight.get() == 0 {
        tokio::task::yield_now().await;
    }
    running.stop.send(()).unwrap();
    assert_eq!(ended(running.ended).await, Served { connections_cut: 1 });
    assert_eq!(client.read_to_end().await, "");
    assert_eq!(running.api.metrics().requests_in_flight.get(), 0, "the handler was dropped");
}

#[tokio::test]
async fn while_draining_requests_are_answered_but_readiness_says_no() {
    let settings = ServerSettings { drain: PATIENCE, ..ServerSettings::default() };
    let running = run(settings).await;
    running.stop.send(()).unwrap();
    running.api.stop().reached(Phase::Draining).await;
    let mut client = Client::connect(running.address).await;
    client.send("/healthz").await;
    client.read_until(r#"{"status":"ok"}"#).await;
    client.send("/readyz").await;
    let answer = client.read_until("\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    running.ended.abort();
}

#[tokio::test]
async fn a_slow_sender_is_closed() {
    let settings = ServerSettings { header_timeout: Duration::from_millis(20), ..ServerSettings::default() };
    let running = run(settings).await;
    let mut client = Client::connect(running.address).await;
    client.write("GET /healthz HTTP/1.1\r\nhost: te").await;
    client.read_to_end().await;
    let silent = Client::connect(running.address).await;
    assert_eq!(silent.read_to_end().await, "");
    running.stop.send(()).unwrap();
    assert_eq!(ended(running.ended).await, Served { connections_cut: 0 });
}

#[tokio::test]
async fn a_head_too_large_is_refused() {
    let running = run(ServerSettings { header_bytes_max: 8_192, ..ServerSettings::default() }).await;
    let mut client = Client::connect(running.address).await;
    client.write(&format!("GET /healthz HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "a".repeat(8_192))).await;
    let answer = client.read_to_end().await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let mut other = Client::connect(running.address).await;
    other.send("/healthz").await;
    other.read_until(r#"{"status":"ok"}"#).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let running = run(ServerSettings { connections_max: 1, ..ServerSettings::default() }).await;
    let mut first = Client::connect(running.address).await;
    first.send("/healthz").await;
    first.read_until(r#"{"status":"ok"}"#).await;
    let mut second = Client::connect(running.address).await;
    second.send("/healthz").await;
    first.send("/healthz").await;
    first.read_until(r#"{"status":"ok"}"#).await;
    assert_eq!(running.api.metrics().connections.get(), 1);
    drop(first);
    second.read_until(r#"{"status":"ok"}"#).await;
    assert_eq!(running.api.metrics().connections.get(), 1);
}
