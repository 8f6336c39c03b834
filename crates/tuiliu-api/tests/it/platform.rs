//! Two host platforms in one app, each with somebody in every role: what the columns' tests are told on.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;
use tuiliu_api::api::{Api, ApiSettings, Surroundings};
use tuiliu_api::auth::SESSION_COOKIE;
use tuiliu_api::openapi;
use tuiliu_api::stop::Stop;
use tuiliu_app::App;
use tuiliu_app::access::{
    ApiKeyKind, Caller, CreateApiKey, CreateTenant, Credentials, LoginDraft, Password, PasswordCost, RegisterParty,
    SignIn,
};
use tuiliu_app::outside::{Clock as _, CountingIds, CountingSecrets, ManualClock, Outside};
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_domain::id::{ApiKeyId, PartyId, SessionId, TenantId};
use tuiliu_domain::party::{Role, Scope};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::Store;
use tuiliu_store::testing::memory;

use crate::harness::{body_of, show};
use crate::webhook::HostServer;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// 2026-11-20 in the morning: nothing in these tests depends on the day it is run.
const START: Timestamp = Timestamp::from_ms(1_795_163_462_120);

/// The platform: an app on a store in memory, and the api in front of it.
pub(crate) struct TestPlatform {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) clock: Arc<ManualClock>,
    /// Ends open streams.
    pub(crate) stop: Stop,
    /// Where events of webhooks arrive.
    pub(crate) host: Arc<HostServer>,
    /// The host platform that the stories are about.
    pub(crate) ours: TestTenant,
    /// Another one, which must never see anything of ours.
    pub(crate) theirs: TestTenant,
}

/// A host platform with somebody in each role.
#[derive(Clone)]
pub(crate) struct TestTenant {
    pub(crate) id: TenantId,
    pub(crate) creator: TestActor,
    /// A second creator: of the same tenant, and a stranger to the first.
    pub(crate) stranger: TestActor,
    pub(crate) merchant: TestActor,
    pub(crate) agency: TestActor,
    pub(crate) operator: TestActor,
    pub(crate) reviewer: TestActor,
    pub(crate) finance: TestActor,
    /// A machine that may do everything a machine may.
    pub(crate) machine: TestActor,
    /// A machine with one scope that fits no other endpoint than its own: `events:write`.
    pub(crate) narrow_machine: TestActor,
    /// A key that any page may show.
    pub(crate) page: TestActor,
}

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct TestActor {
    pub(crate) party: PartyId,
    /// The header that shows who they are: a session's cookie, or a key.
    credential: (&'static str, String),
    pub(crate) session: Option<SessionId>,
    pub(crate) key: Option<ApiKeyId>,
}

/// A request without any credentials.
pub(crate) const NOBODY: Option<&TestActor> = None;

impl TestPlatform {
    pub(crate) async fn new() -> Self {
        Self::with(ApiSettings::default()).await
    }

    pub(crate) async fn with(settings: ApiSettings) -> Self {
        Self::on(memory(), settings).await
    }

    /// The same on this store.
    pub(crate) async fn on(store: Store, settings: ApiSettings) -> Self {
        let clock = Arc::new(ManualClock::starting_at(START));
        let outside = Outside {
            clock: Box::new(Arc::clone(&clock)),
            ids: Box::new(CountingIds::default()),
            secrets: Box::new(CountingSecrets::default()),
        };
        let provider = SandboxProvider::new(store.clone(), [7; 32]);
        let app = App::with_password_cost(store, outside, PasswordCost::LEAST).with_payments(Arc::new(provider));
        let host = Arc::new(HostServer::default());
        let app = app.with_webhooks(host.clone());
        let ours = populate(&app, "ours").await;
        let theirs = populate(&app, "theirs").await;
        let surroundings = Surroundings {
            clock: clock.clone(),
            ids: Arc::new(CountingIds::default()),
            ready: Arc::new(|| true),
            gauge: Arc::new(|_| {}),
        };
        let stop = Stop::default();
        let api = Api::new(settings, app.clone(), surroundings, stop.clone());
        let router = openapi::router(api);
        Self { app, router, clock, stop, host, ours, theirs }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn get(&self, who: &TestActor, path: &str) -> (StatusCode, Value) {
        self.call("GET", Some(who), path, None).await
    }

    pub(crate) async fn post(&self, who: &TestActor, path: &str, body: Value) -> (StatusCode, Value) {
        self.call("POST", Some(who), path, Some(body)).await
    }

    pub(crate) async fn delete(&self, who: &TestActor, path: &str) -> (StatusCode, Value) {
        self.call("DELETE", Some(who), path, None).await
    }

    /// Sends a request of somebody or nobody; each POST is a wish of its own.
    pub(crate) async fn call(
        &self,
        method: &str,
        who: Option<&TestActor>,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let (status, _, json) = self.send(request(method, who, path, &[], body)).await;
        (status, json)
    }

    /// The status, the headers and the body; an empty body is `null`.
    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let response = self.router.clone().oneshot(request).await.expect("the router cannot fail");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = body_of(response).await;
        let json = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("a body is JSON") };
        (status, headers, json)
    }

    /// Sends, and shows the status, the headers asked for that are there, and the body.
    pub(crate) async fn show(&self, request: Request<Body>, headers: &[&str]) -> String {
        show(self.router.clone().oneshot(request).await.expect("the router cannot fail"), headers).await
    }

    /// What the app knows of somebody: for calling it past the api.
    pub(crate) async fn caller(&self, who: &TestActor) -> Arc<Caller> {
        let (_, text) = &who.credential;
        let credentials = match text.strip_prefix("Bearer ") {
            Some(key) => Credentials::ApiKey(key),
            None => Credentials::Session(text.split_once('=').expect("a cookie has a name").1),
        };
        self.app.authenticate(credentials).await.unwrap()
    }

    /// Signs somebody in once more, under a session of their own.
    pub(crate) async fn sign_in_again(&self, login: &str) -> TestActor {
        sign_in(&self.app, self.ours.id, login).await
    }

    /// Who may not: nobody, a stranger, another tenant's people and machine, a machine without the scope.
    ///
    /// Sends the same request as each and checks the status: the way in which a column shows that its endpoint is
    /// closed. `stranger` is what a second creator of the same tenant meets: 403, or 404 for what is another's.
    pub(crate) async fn is_closed(&self, method: &str, path: &str, body: Option<Value>, stranger: u16) {
        let status = async |who: Option<&TestActor>| self.call(method, who, path, body.clone()).await.0.as_u16();
        assert_eq!(status(NOBODY).await, 401, "nobody: {method} {path}");
        assert_eq!(status(Some(&self.ours.stranger)).await, stranger, "a stranger: {method} {path}");
        for who in [&self.ours.narrow_machine, &self.ours.page] {
            let met = status(Some(who)).await;
            // What a stranger may not know of, a machine without the scope may not know of either.
            assert!(met == 403 || met == stranger, "a wrong scope: {method} {path}: {met}");
        }
    }

    /// Whoever of another tenant asks for a thing of ours: it is not there, whatever they may do at home.
    pub(crate) async fn is_hidden(&self, method: &str, path: &str, body: Option<Value>) {
        for who in [&self.theirs.operator, &self.theirs.creator, &self.theirs.machine] {
            let (status, json) = self.call(method, Some(who), path, body.clone()).await;
            assert!(matches!(status.as_u16(), 403 | 404), "{method} {path}: {status} {json}");
        }
        let (status, json) = self.call(method, Some(&self.theirs.operator), path, body).await;
        assert_eq!(status.as_u16(), 404, "another tenant's operator: {method} {path}: {json}");
    }
}

impl TestActor {
    /// The key of a machine, as it was shown once.
    pub(crate) fn key_text(&self) -> &str {
        self.credential.1.strip_prefix("Bearer ").expect("a machine has a key")
    }
}

/// A request with everything that a good client sends.
pub(crate) fn request(
    method: &str,
    who: Option<&TestActor>,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("x-tuiliu-csrf", "1");
    if let Some(TestActor { credential: (name, text), .. }) = who {
        request = request.header(*name, text);
    }
    let text = body.map(|body| body.to_string());
    if method == "POST" && !headers.iter().any(|(name, _)| *name == "idempotency-key") {
        request = request.header("idempotency-key", next_idempotency_key());
    }
    if text.is_some() {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(text.map_or_else(Body::empty, Body::from)).unwrap()
}

/// A new wish each time; a test of repetition gives its own key.
fn next_idempotency_key() -> String {
    static WISHES: AtomicU64 = AtomicU64::new(0);
    format!("wish-{}", WISHES.fetch_add(1, Ordering::Relaxed))
}

async fn populate(app: &App, name: &str) -> TestTenant {
    let operator = LoginDraft { name: "operator".to_owned(), password: password(), roles: Vec::new() };
    let made = app.create_tenant(CreateTenant { name: name.to_owned(), operator }).await.unwrap();
    let tenant = made.tenant;
    let operator = sign_in(app, tenant, "operator").await;
    let manager = authenticated(app, &operator).await;
    let person = async |role: Role, login: &str| {
        let command = RegisterParty {
            kind: role,
            display_name: format!("{login} of {name}"),
            external_ref: Some(format!("{login}-1")),
            login: Some(LoginDraft { name: login.to_owned(), password: password(), roles: Vec::new() }),
        };
        app.register_party(Arc::clone(&manager), command).await.unwrap();
        sign_in(app, tenant, login).await
    };
    TestTenant {
        id: tenant,
        creator: person(Role::Creator, "creator").await,
        stranger: person(Role::Creator, "stranger").await,
        merchant: person(Role::Merchant, "merchant").await,
        agency: person(Role::Agency, "agency").await,
        reviewer: person(Role::Reviewer, "reviewer").await,
        finance: person(Role::Finance, "finance").await,
        machine: key(app, tenant, ApiKeyKind::Live, Scope::ALL).await,
        narrow_machine: key(app, tenant, ApiKeyKind::Live, &[Scope::EventsWrite]).await,
        page: key(app, tenant, ApiKeyKind::Publishable, &[Scope::EventsWrite]).await,
        operator,
    }
}

fn password() -> Password {
    Password::chosen(PASSWORD.to_owned()).unwrap()
}

async fn sign_in(app: &App, tenant: TenantId, login: &str) -> TestActor {
    let command = SignIn {
        tenant: Some(tenant),
        login: login.to_owned(),
        password: password(),
        address: Ipv4Addr::LOCALHOST.into(),
        agent: "test".to_owned(),
    };
    let signed_in = app.sign_in(command).await.unwrap();
    TestActor {
        party: signed_in.party,
        credential: ("cookie", format!("{SESSION_COOKIE}={}", signed_in.token)),
        session: Some(signed_in.session),
        key: None,
    }
}

async fn authenticated(app: &App, who: &TestActor) -> Arc<Caller> {
    let token = who.credential.1.split_once('=').expect("a cookie has a name").1;
    app.authenticate(Credentials::Session(token)).await.unwrap()
}

async fn key(app: &App, tenant: TenantId, kind: ApiKeyKind, scopes: &[Scope]) -> TestActor {
    let command = CreateApiKey { name: "machine".to_owned(), kind, scopes: scopes.to_vec() };
    let made = app.open_api_key(tenant, command).await.unwrap();
    TestActor {
        party: made.view.party,
        credential: ("authorization", format!("Bearer {}", made.secret)),
        session: None,
        key: Some(made.view.id),
    }
}
