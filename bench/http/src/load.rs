//! The load: connections of our own that write a rendered request and read one answer, and no more.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use axum::body::Body;
use axum::extract::Request;
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Digits of a viewer's number in a request.
const DIGITS: usize = 9;
/// Where the viewer's number goes.
const PLACE: &str = "000000000";

/// What is asked of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) length: Duration,
    /// Requests/s over all connections; without it each connection asks as soon as it is answered.
    pub(crate) rate: Option<u64>,
}

/// How it was answered.
pub(crate) struct Answered {
    pub(crate) requests: u64,
    /// Answers that show something.
    pub(crate) filled: u64,
    pub(crate) elapsed: Duration,
    /// Microseconds from when a request was due.
    pub(crate) latency: Histogram<u64>,
}

/// A request with a place for the viewer's number.
#[derive(Clone)]
pub(crate) struct Asked {
    bytes: Vec<u8>,
    place: usize,
}

impl Asked {
    pub(crate) fn new(address: SocketAddr, key: &str) -> Result<Self> {
        let body = format!(
            r#"{{"placements":[{{"id":"feed_home","slots":1,"positions":[4],"feed_items":8,"content_types":["live_room"]}}],"user":{{"opaque_user_id":"viewer-{PLACE}","age_range":"24-30","gender":"f","region":"CN-44","interests":["beauty","food"],"live_watcher":true}},"device":{{"type":"mobile","os":"ios"}}}}"#
        );
        let text = format!(
            "POST /v1/decisions HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let place = text.find(PLACE).context("the request has no place for the viewer")?;
        Ok(Self { bytes: text.into_bytes(), place })
    }

    /// The same without a connection.
    pub(crate) fn in_process(&self) -> Result<Request> {
        let text = std::str::from_utf8(&self.bytes)?;
        let (head, body) = text.split_once("\r\n\r\n").context("a request has a head")?;
        let mut lines = head.lines();
        let mut words = lines.next().context("a request has a first line")?.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let request = Request::builder().method(method).uri(path);
        let named = lines.filter_map(|line| line.split_once(": "));
        let request = named.fold(request, |request, (name, value)| request.header(name, value));
        Ok(request.body(Body::from(body.to_owned()))?)
    }

    /// Puts the next viewer in.
    pub(crate) fn turn_to(&mut self, viewer: u64) {
        let mut rest = viewer;
        for digit in self.bytes[self.place..self.place + DIGITS].iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
    }
}

/// Asks a server; `first` is the number of the first viewer, and no two requests of a run have the same one.
pub(crate) async fn ask(address: SocketAddr, key: &str, load: Load, first: u64) -> Result<Answered> {
    let request = Asked::new(address, key)?;
    let mut streams = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        let stream = TcpStream::connect(address).await.context("failed to connect")?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (nth, stream) in (0_u64..).zip(streams) {
        let connections = u64::try_from(load.connections)?;
        let every = load.rate.map(|rate| Duration::from_nanos(1_000_000_000 * connections / rate.max(1)));
        let offset = every.map_or(Duration::ZERO, |every| {
            every * u32::try_from(nth).unwrap_or(0) / u32::try_from(load.connections).unwrap_or(1)
        });
        let pace = Pace { next: started + offset, every, end: started + load.length };
        tasks.spawn(converse(stream, request.clone(), pace, first + nth * 1_000_000));
    }
    let mut all = Answered { requests: 0, filled: 0, elapsed: Duration::ZERO, latency: Histogram::new(3)? };
    while let Some(one) = tasks.join_next().await {
        let one = one??;
        all.requests += one.requests;
        all.filled += one.filled;
        all.latency.add(one.latency)?;
    }
    all.elapsed = started.elapsed();
    Ok(all)
}

/// When a connection asks.
struct Pace {
    next: Instant,
    every: Option<Duration>,
    end: Instant,
}

impl Pace {
    /// Waits until the next request is due; answers since when it is, or nothing at the end.
    async fn due(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let Some(every) = self.every else { return (now < self.end).then_some(now) };
        let due = self.next;
        self.next += every;
        if due >= self.end {
            return None;
        }
        if due <= now {
            // The answer before came late: what waited behind it has waited since it was due.
            return Some(due);
        }
        tokio::time::sleep_until(due.into()).await;
        // Idle until now: the timer's own coarseness is not the server's.
        Some(Instant::now())
    }
}

async fn converse(mut stream: TcpStream, mut request: Asked, mut pace: Pace, mut viewer: u64) -> Result<Answered> {
    let mut buffer = vec![0; 16_384];
    let mut one = Answered { requests: 0, filled: 0, elapsed: Duration::ZERO, latency: Histogram::new(3)? };
    while let Some(due) = pace.due().await {
        request.turn_to(viewer);
        viewer += 1;
        stream.write_all(&request.bytes).await?;
        let body = read(&mut stream, &mut buffer).await?;
        one.requests += 1;
        one.filled += u64::from(body > 300);
        one.latency.record(u64::try_from(due.elapsed().as_micros())?)?;
    }
    Ok(one)
}

/// Reads one answer; tells the length of its body.
async fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        ensure!(read > 0, "the server closed the connection");
        filled += read;
        let Some(head) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let length = length(&buffer[..head])?;
        if filled >= head + 4 + length {
            ensure!(filled == head + 4 + length, "the server said more than it was asked");
            return Ok(length);
        }
    }
}

fn length(head: &[u8]) -> Result<usize> {
    let text = std::str::from_utf8(head)?;
    if !text.starts_with("HTTP/1.1 200") {
        bail!("the server answered `{}`", text.lines().next().unwrap_or_default());
    }
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    length.context("an answer has no length")
}
