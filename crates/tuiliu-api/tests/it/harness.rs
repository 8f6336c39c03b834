//! The whole frame around the sample column, in a world where nothing is left to chance.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tuiliu_api::api::{Api, ApiSettings, Surroundings};
use tuiliu_api::auth::SESSION_COOKIE;
use tuiliu_api::code::Code;
use tuiliu_api::openapi;
use tuiliu_api::stop::Stop;
use tuiliu_app::App;
use tuiliu_app::access::{
    ApiKeyKind, CreateApiKey, CreateTenant, Credentials, LoginDraft, Password, PasswordCost, SignIn,
};
use tuiliu_app::outside::{CountingIds, ManualClock, Outside, Secrets};
use tuiliu_domain::party::Scope;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::testing::memory;

use crate::column;

/// The key of the one machine.
pub(crate) const KEY: &str = "Bearer sk_live_0707070707070707070707070707070707070707070707070707070707070707";
/// The session of the one operator.
pub(crate) const SESSION: &str =
    "__Host-tuiliu_session=tss_0707070707070707070707070707070707070707070707070707070707070707";
/// A key that any page may show.
pub(crate) const PUBLISHABLE: &str = "pk_0707070707070707070707070707070707070707070707070707070707070707";
const PASSWORD: &str = "correct horse battery";
const START: Timestamp = Timestamp::from_ms(1_795_163_462_120);

pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) router: Router,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ready: Arc<AtomicBool>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(ApiSettings::default()).await
    }

    pub(crate) async fn with(settings: ApiSettings) -> Self {
        let clock = Arc::new(ManualClock::starting_at(START));
        let outside = Outside {
            clock: Box::new(Arc::clone(&clock)),
            ids: Box::new(CountingIds::default()),
            secrets: Box::new(KnownSecrets),
        };
        let app = App::with_password_cost(memory(), outside, PasswordCost::LEAST);
        populate(&app).await;
        let ready = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&ready);
        let surroundings = Surroundings {
            clock: clock.clone(),
            ids: Arc::new(CountingIds::default()),
            ready: Arc::new(move || asked.load(Ordering::Relaxed)),
            gauge: Arc::new(|metrics| {
                metrics.write_queue_depth.set(7);
            }),
        };
        let api = Api::new(settings, app, surroundings, Stop::default());
        let router = openapi::compose(api.clone(), openapi::kernel().merge(column::routes()));
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

/// The same secret each time, so that keys and sessions stand in the tests.
struct KnownSecrets;

impl Secrets for KnownSecrets {
    fn next_secret(&self) -> [u8; 32] {
        [7; 32]
    }
}

/// One platform with an operator who is signed in, a machine and a key for pages.
async fn populate(app: &App) {
    let password = || Password::chosen(PASSWORD.to_owned()).unwrap();
    let operator = LoginDraft { name: "op".to_owned(), password: password(), roles: Vec::new() };
    let made = app.create_tenant(CreateTenant { name: "host".to_owned(), operator }).await.unwrap();
    let key = |kind, scope| CreateApiKey { name: "machine".to_owned(), kind, scopes: vec![scope] };
    let live = app.open_api_key(made.tenant, key(ApiKeyKind::Live, Scope::BoostsRead)).await.unwrap();
    assert_eq!(KEY, format!("Bearer {}", live.secret));
    let shown = app.open_api_key(made.tenant, key(ApiKeyKind::Publishable, Scope::EventsWrite)).await.unwrap();
    assert_eq!(PUBLISHABLE, shown.secret);
    let sign_in = SignIn {
        tenant: None,
        login: "op".to_owned(),
        password: password(),
        address: Ipv4Addr::LOCALHOST.into(),
        agent: "test".to_owned(),
    };
    let signed_in = app.sign_in(sign_in).await.unwrap();
    assert_eq!(SESSION, format!("{SESSION_COOKIE}={}", signed_in.token));
    // From now on known from memory: where time is paused, waiting for the database would let it run on.
    for credentials in
        [Credentials::ApiKey(&live.secret), Credentials::ApiKey(&shown.secret), Credentials::Session(&signed_in.token)]
    {
        app.authenticate(credentials).await.unwrap();
    }
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
