//! The frame around every request: id, span, limits, timeout, panics, problems, headers, metrics.
//!
//! One function, because the order matters: whatever happens inside, the answer carries the request's id, is
//! problem+json when it is an error, has the security headers and is counted.

use std::panic::AssertUnwindSafe;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::{Instrument as _, Span};
use tuiliu_app::audit::log;

use crate::address;
use crate::api::Api;
use crate::auth;
use crate::code::Code;
use crate::headers;
use crate::metrics::Observation;
use crate::problem::{self, Problem};
use crate::rate::{RATE_LIMIT, RATE_LIMIT_POLICY, RateLimiter, Standing};
use crate::request_id::{Language, RequestId, X_REQUEST_ID};
use crate::request_log::{Trail, code_of};

/// Endpoints of the data plane, which has a larger share.
const DATA_PLANE: &[&str] = &["/v1/decisions", "/v1/events"];
/// Endpoints that are answered whatever the load: balancers and scrapers must see through it. What the web's pages are
/// made of comes from memory, many files for one page.
const UNLIMITED: &[&str] = &["/healthz", "/readyz", "/metrics", crate::web::ASSETS];
/// Seconds after which a caller may come back when too many requests are under way.
const BUSY_RETRY_AFTER_S: u64 = 1;

pub(crate) async fn frame(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let request_id = RequestId::read(request.headers(), || api.surroundings().ids.next_value(api.now()));
    let language = Language::read(request.headers());
    request.extensions_mut().insert(request_id.clone());
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let quiet = DATA_PLANE.contains(&route.as_str()) || UNLIMITED.contains(&route.as_str());
    let observation = Observation::begin(&api, request.method(), route.clone());
    let span = span(quiet, &request_id, request.method(), &route);
    let begun = Trail::begin(&mut request);
    let work = async {
        let response = limited(&api, &route, request, next).await;
        let code = code_of(&response);
        let mut response = problem::complete(response, &request_id, language);
        response.headers_mut().insert(X_REQUEST_ID, request_id.header());
        headers::secure(response.headers_mut());
        if quiet && response.status().is_server_error() {
            // Its span told nobody which request it was.
            tracing::warn!(request.id = %request_id, http.route = route, "answered `{}`", response.status());
        }
        observation.finish(response.status(), quiet);
        // Of what goes well on the data plane, a sample will do.
        if !DATA_PLANE.contains(&route.as_str()) || !response.status().is_success() || api.is_sampled() {
            begun.log(&api, &route, code, &response);
        }
        response
    };
    work.instrument(span).await
}

/// What log lines of a request carry. The data plane has none above `debug`: a span costs as much as a decision.
fn span(quiet: bool, request_id: &RequestId, method: &Method, route: &str) -> Span {
    if quiet {
        return tracing::debug_span!("request", request.id = %request_id, http.route = %route);
    }
    tracing::info_span!("request", request.id = %request_id, http.method = %method, http.route = %route)
}

/// Within the caller's share and the server's means.
async fn limited(api: &Api, route: &str, request: Request, next: Next) -> Response {
    if UNLIMITED.contains(&route) {
        return guarded(api, request, next).await;
    }
    let client = address::client(request.extensions(), request.headers(), &api.settings().trusted_proxies);
    // Whoever tries key after key is stopped by address, for each new key has a share of its own.
    let refusals = &api.limiters().refusals;
    let standing = refusals.look(address::network(client), api.now());
    if !standing.allowed {
        return over(refusals, standing);
    }
    let limiter = if DATA_PLANE.contains(&route) { &api.limiters().data } else { &api.limiters().control };
    let sender = auth::shown(request.headers(), api.settings()).unwrap_or_else(|| address::network(client));
    let standing = limiter.take(sender, api.now());
    if !standing.allowed {
        return over(limiter, standing);
    }
    let Ok(_place) = api.in_flight().try_acquire() else {
        return Problem::new(Code::ServerBusy).with_retry_after(BUSY_RETRY_AFTER_S).into_response();
    };
    let mut response = guarded(api, request, next).await;
    if response.status() == StatusCode::UNAUTHORIZED {
        refusals.take(address::network(client), api.now());
    }
    // Sparse: a caller far from its limit need not be told.
    if standing.remaining < limiter.policy().quota / 4 {
        response.headers_mut().insert(RATE_LIMIT_POLICY, limiter.policy().header());
        response.headers_mut().insert(RATE_LIMIT, standing.header(limiter.policy()));
    }
    response
}

fn over(limiter: &RateLimiter, standing: Standing) -> Response {
    Problem::new(Code::RequestRateLimited)
        .with_header(RATE_LIMIT_POLICY, limiter.policy().header())
        .with_header(RATE_LIMIT, standing.header(limiter.policy()))
        .with_retry_after(standing.reset_s.max(1))
        .into_response()
}

/// With an end: a handler that takes too long or panics is answered for.
async fn guarded(api: &Api, request: Request, next: Next) -> Response {
    let work = AssertUnwindSafe(log::of_one_request(next.run(request))).catch_unwind();
    match tokio::time::timeout(api.settings().request_timeout, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let message = panic.downcast_ref::<&str>().copied().map(str::to_owned);
            let message = message.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            tracing::error!(panic.message = message, "failed to survive a request");
            Problem::new(Code::ServerPanic).into_response()
        }
        Err(_) => {
            tracing::warn!("gave up on a request that took too long");
            Problem::new(Code::ServerTimeout).into_response()
        }
    }
}
