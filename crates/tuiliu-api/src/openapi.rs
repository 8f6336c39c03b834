//! The OpenAPI document and the router: both come from the same list of columns.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::Response;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Info, License, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::access;
use crate::api::Api;
use crate::appeal;
use crate::audit;
use crate::auth::SESSION_COOKIE;
use crate::coupon;
use crate::delivery;
use crate::forecast;
use crate::frame::frame;
use crate::guarantee;
use crate::headers::CSP_DOCS;
use crate::incentive;
use crate::live;
use crate::message;
use crate::problem::ProblemBody;
use crate::promotion;
use crate::report;
use crate::request_log;
use crate::review;
use crate::search;
use crate::system;
use crate::video;
use crate::wallet;
use crate::web;
use crate::webhook;

/// The security scheme of integrators: `Authorization: Bearer sk_live_…`, `sk_test_…` or `pk_…`.
pub const KEY_SCHEME: &str = "key";
/// The security scheme of signed-in people.
pub const SESSION_SCHEME: &str = "session";

const DESCRIPTION: &str = "\
Paths begin with `/v1`; JSON is `snake_case`; ids have a prefix; times are RFC 3339 in UTC; amounts are whole smallest \
units with their currency. Lists are cursor pages: `limit` ≤ 100, `cursor`, and `{data, next_cursor, has_more}`. \
Every answer has `X-Request-Id`. A POST that moves money needs `Idempotency-Key`. Every error is \
`application/problem+json` (RFC 9457) with a `code` that means one thing for ever. `RateLimit` and `RateLimit-Policy` \
are sent when a caller nears its limit, `Retry-After` with 429 and 503. Requests with the session cookie that change \
state need `X-Tuiliu-Csrf: 1`.";

/// The routes of every column. **A column adds its line here**, and nothing else anywhere:
/// `.merge(promotion::routes())`, where `routes` is
/// `OpenApiRouter::new().routes(routes!(list_promotion_orders, place_promotion_order))…`.
pub fn columns() -> OpenApiRouter<Api> {
    kernel()
        .merge(access::routes())
        .merge(audit::routes())
        .merge(coupon::routes())
        .merge(wallet::routes())
        .merge(live::routes())
        .merge(video::routes())
        .merge(promotion::routes())
        .merge(review::routes())
        .merge(delivery::routes())
        .merge(incentive::routes())
        .merge(appeal::routes())
        .merge(message::routes())
        .merge(report::routes())
        .merge(guarantee::routes())
        .merge(forecast::routes())
        .merge(webhook::routes())
        .merge(request_log::routes())
        .merge(search::routes())
}

/// What is there whatever the columns: health, metrics, codes.
#[must_use]
pub fn kernel() -> OpenApiRouter<Api> {
    OpenApiRouter::new().merge(system::routes())
}

/// The OpenAPI 3.1 document.
#[must_use]
pub fn document() -> OpenApi {
    described(columns().into_openapi())
}

/// The document as the file `openapi.json` holds it.
#[must_use]
pub fn document_text() -> String {
    let mut text = document().to_pretty_json().expect("the document is JSON");
    text.push('\n');
    text
}

/// The whole api: every column, the docs page, and the frame around them.
pub fn router(api: Api) -> Router {
    compose(api, columns())
}

/// The same around other columns, for tests.
pub fn compose(api: Api, columns: OpenApiRouter<Api>) -> Router {
    let (routes, document) = columns.split_for_parts();
    let docs = Router::from(docs_page(described(document))).route_layer(middleware::map_response(allow_docs));
    routes.with_state(api.clone()).merge(docs).merge(web::pages()).layer(middleware::from_fn_with_state(api, frame))
}

/// Works without the internet: the page is in the binary, and its validator on the web is off.
fn docs_page(document: OpenApi) -> SwaggerUi {
    let config = Config::from("/openapi.json").validator_url("none").deep_linking(true).filter(true);
    SwaggerUi::new("/docs").url("/openapi.json", document).config(config)
}

async fn allow_docs(mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, CSP_DOCS);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Adds what holds for every endpoint.
#[must_use]
pub fn described(columns: OpenApi) -> OpenApi {
    let mut info = Info::new("Tuiliu", "1");
    info.description = Some(DESCRIPTION.to_owned());
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    info.license = Some(license);
    let mut document = OpenApiBuilder::from(columns).info(info).build();
    for item in document.paths.paths.values_mut() {
        operations(item).into_iter().flatten().for_each(describe);
    }
    let components = document.components.get_or_insert_default();
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let problem = ResponseBuilder::new().description("Any error").content("application/problem+json", content);
    components.responses.insert("Problem".to_owned(), RefOr::T(problem.build()));
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sk_live_… | sk_test_… | pk_…").build();
    components.add_security_scheme(KEY_SCHEME, SecurityScheme::Http(key));
    let session = ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE));
    components.add_security_scheme(SESSION_SCHEME, SecurityScheme::ApiKey(session));
    document
}

fn operations(item: &mut PathItem) -> [Option<&mut Operation>; 5] {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].map(Option::as_mut)
}

/// Any endpoint can answer with a problem; and unless it says otherwise, it takes a key or a session.
fn describe(operation: &mut Operation) {
    let problem = || RefOr::Ref(Ref::from_response_name("Problem"));
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = reason(status);
        }
    }
    operation.responses.responses.entry("default".to_owned()).or_insert_with(problem);
    operation.security.get_or_insert_with(|| {
        [KEY_SCHEME, SESSION_SCHEME].map(|scheme| SecurityRequirement::new(scheme, <[&str; 0]>::default())).into()
    });
}

/// `Created` for `201`: the standard asks for some description.
fn reason(status: &str) -> String {
    let code = status.parse::<u16>().ok().and_then(|status| StatusCode::from_u16(status).ok());
    code.and_then(|code| code.canonical_reason()).unwrap_or("See the schema").to_owned()
}
