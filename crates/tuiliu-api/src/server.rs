//! The server: connections within limits, and an orderly end with a deadline.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::address::Peer;
use crate::api::Api;
use crate::stop::Phase;

/// How the server treats connections.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Connections open at once; more wait in the kernel.
    pub connections_max: usize,
    /// A connection that does not send the head of its next request within this time is closed: slow senders and
    /// idle keep-alive alike.
    pub header_timeout: Duration,
    /// Largest head of a request.
    pub header_bytes_max: usize,
    /// After the order to stop: requests are still taken for so long, while `/readyz` already says no.
    pub drain: Duration,
    /// Then: requests under way may finish within this time; what is left is cut.
    pub deadline: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            header_timeout: Duration::from_secs(30),
            header_bytes_max: 32 * 1_024,
            drain: Duration::ZERO,
            deadline: Duration::from_secs(20),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Connections that were still busy at the deadline.
    pub connections_cut: usize,
}

/// A router on a listener.
pub struct Server {
    pub router: Router,
    pub listener: TcpListener,
    /// Whose stop signal is given, and whose metrics count connections.
    pub api: Api,
    pub settings: ServerSettings,
}

/// Pause after the kernel refused a connection, most often for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

struct Connections {
    router: Router,
    builder: http1::Builder,
    places: Arc<Semaphore>,
    open: Gauge,
    tasks: JoinSet<()>,
    graceful: GracefulShutdown,
}

impl Server {
    /// Serves until `shutdown` is done, then stops in order: not ready, streams ended, requests finished, the rest cut.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Served {
        let Self { router, listener, api, settings } = self;
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(settings.header_timeout)
            .max_buf_size(settings.header_bytes_max.max(8_192))
            .keep_alive(true);
        let mut connections = Connections {
            router,
            builder,
            places: Arc::new(Semaphore::new(settings.connections_max.min(Semaphore::MAX_PERMITS))),
            open: api.metrics().connections.clone(),
            tasks: JoinSet::new(),
            graceful: GracefulShutdown::new(),
        };
        connections.accept_until(&listener, shutdown).await;
        tracing::info!("stopping: no longer ready");
        api.stop().enter(Phase::Draining);
        connections.accept_until(&listener, tokio::time::sleep(settings.drain)).await;
        api.stop().enter(Phase::Ending);
        drop(listener);
        connections.end(settings.deadline).await
    }
}

impl Connections {
    async fn accept_until(&mut self, listener: &TcpListener, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            while self.tasks.try_join_next().is_some() {}
            let place = tokio::select! {
                biased;
                () = &mut end => return,
                place = Arc::clone(&self.places).acquire_owned() => place.expect("the places are never closed"),
            };
            let accepted = tokio::select! {
                biased;
                () = &mut end => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.begin(stream, peer, place),
                Err(error) => {
                    tracing::warn!("failed to accept a connection: {error}");
                    tokio::select! {
                        () = &mut end => return,
                        () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                    }
                }
            }
        }
    }

    fn begin(&mut self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        // Answers are small and whole: waiting to fill a packet only adds latency.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("failed to set nodelay: {error}");
        }
        let (router, builder, watcher) = (self.router.clone(), self.builder.clone(), self.graceful.watcher());
        let counted = OpenConnection::begin(self.open.clone(), place);
        self.tasks.spawn(async move {
            converse(&builder, router, stream, peer, watcher).await;
            drop(counted);
        });
    }

    async fn end(mut self, deadline: Duration) -> Served {
        let orderly = tokio::time::timeout(deadline, self.graceful.shutdown()).await.is_ok();
        if orderly {
            tracing::info!("stopped: every request was finished");
            return Served { connections_cut: 0 };
        }
        while self.tasks.try_join_next().is_some() {}
        let connections_cut = self.tasks.len();
        tracing::warn!(connections.cut = connections_cut, "stopped at the deadline: busy connections were cut");
        self.tasks.shutdown().await;
        Served { connections_cut }
    }
}

async fn converse(builder: &http1::Builder, router: Router, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        // Callers that go away or never say anything: nothing to act on.
        tracing::debug!("closed a connection: {error}");
    }
}

struct OpenConnection {
    open: Gauge,
    _place: OwnedSemaphorePermit,
}

impl OpenConnection {
    fn begin(open: Gauge, place: OwnedSemaphorePermit) -> Self {
        open.inc();
        Self { open, _place: place }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.open.dec();
    }
}
