//! The whole frame around the sample column, in a world where nothing is left to chance.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use futures_util::FutureExt;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tuiliu_api::api::{Api, ApiSettings, Outside};
use tuiliu_api::auth::{Caller, Credentials, Lookup};
use tuiliu_api::code::Code;
use tuiliu_api::openapi;
use tuiliu_api::problem::Problem;
use tuiliu_api::stop::Stop;
use tuiliu_app::outside::{CountingIds, ManualClock};
use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::party::{Actor, Role};
use tuiliu_domain::time::Timestamp;

use crate::column;

/// The one key that the lookup knows.
pub(crate) const KEY: &str = "Bearer sk_live_0123456789abcdefghij";
/// The one session that the lookup knows.
pub(crate) const SESSION: &str = "__Host-tuiliu_session=0123456789abcdefghijKLMNOP";
const START: Timestamp = Timestamp::from_ms(1_795_163_462_120);

pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) router: Router,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ready: Arc<AtomicBool>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(ApiSettings::default())
    }

    pub(crate) fn with(settings: ApiSettings) -> Self {
        let clock = Arc::new(ManualClock::starting_at(START));
        let ready = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&ready);
        let outside = Outside {
            clock: clock.clone(),
            ids: Arc::new(CountingIds::default()),
            ready: Arc::new(move || asked.load(Ordering::Relaxed)),
            lookup: lookup(),
            gauge: Arc::new(|metrics| {
                metrics.write_queue_depth.set(7);
            }),
        };
        let api = Api::new(settings, outside, Stop::default());
        let router = openapi::compose(api.clone(), openapi::columns().merge(column::routes()));
        Self { api, router, clock, ready }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("the router cannot fail")
    }

    /// Sends, and shows the status, the headers asked for that are there, and the body.
    pub(crate) async fn show(&self, request: Request<Body>, headers: &[&str]) -> String {
        show(self.send(request).await, headers).await
    }
}

fn lookup() -> Lookup {
    Arc::new(|credentials: Credentials| {
        async move {
            let known =
                KEY.ends_with(credentials.secret().expose()) || SESSION.ends_with(credentials.secret().expose());
            let publishable = matches!(credentials, Credentials::PublishableKey(_));
            if !known && !publishable {
                return Err(Problem::new(Code::AccessUnauthenticated));
            }
            let actor = Actor {
                tenant: TenantId::new(1),
                party: PartyId::new(2),
                roles: vec![Role::Creator],
                scopes: Vec::new(),
                clients: Vec::new(),
            };
            Ok(Caller { actor, means: credentials.means() })
        }
        .boxed()
    })
}

pub(crate) fn get(path: &str) -> Request<Body> {
    request("GET", path, &[], "")
}

pub(crate) fn post(path: &str, body: &'static str) -> Request<Body> {
    request("POST", path, &[("content-type", "application/json")], body)
}

pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.into())).unwrap()
}

pub(crate) async fn body_of(response: Response) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

pub(crate) async fn show(response: Response, headers: &[&str]) -> String {
    let mut text = format!("{}\n", response.status().as_u16());
    for name in headers {
        for value in response.headers().get_all(*name) {
            writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
        }
    }
    let problem = response.status().is_client_error() || response.status().is_server_error();
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    if problem {
        assert_eq!(kind.as_deref(), Some("application/problem+json"), "every error is a problem");
    }
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(response.headers().contains_key("content-security-policy"));
    let status = response.status();
    let bytes = body_of(response).await;
    match serde_json::from_slice::<serde_json::Value>(&bytes) {
        Ok(json) => {
            if problem {
                check_problem(&json, status);
            }
            text.push_str(&serde_json::to_string_pretty(&json).unwrap());
        }
        Err(_) => text.push_str(str::from_utf8(&bytes).unwrap()),
    }
    text
}

fn check_problem(json: &serde_json::Value, status: StatusCode) {
    let code = Code::from_text(json["code"].as_str().unwrap()).expect("the code is in the registry");
    assert_eq!(json["status"], status.as_u16());
    assert_eq!(json["type"], format!("/errors/{}", code.text()));
    assert_eq!(json["retryable"], code.entry().retryable);
}
