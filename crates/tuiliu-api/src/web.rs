//! The pages for people: the creator's app and the staff's console, as they were built into this binary.
//!
//! A page is one entry file for all of its addresses; the browser finds the way from there. What an entry names below
//! `/assets/` has its content's hash in its name, so it never changes and is kept for ever.

use std::io::Read as _;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use flate2::read::GzDecoder;

use crate::code::Code;
use crate::headers::CSP_WEB;
use crate::problem::Problem;

/// The route of what pages are made of.
pub(crate) const ASSETS: &str = "/assets/{*path}";

const APP: &str = "app.html";
const CONSOLE: &str = "console.html";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_EVERY_TIME: HeaderValue = HeaderValue::from_static("no-cache");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const NOT_BUILT: &str = include_str!("web/not_built.html");

mod files {
    include!(concat!(env!("OUT_DIR"), "/web_files.rs"));
}

/// A file of the web, compressed.
#[derive(Debug, Clone, Copy)]
struct WebFile {
    name: &'static str,
    compressed: &'static [u8],
}

impl WebFile {
    /// The file of this name, if it was built.
    fn named(name: &str) -> Option<Self> {
        let (name, compressed) = files::FILES.iter().find(|(known, _)| *known == name)?;
        Some(Self { name, compressed })
    }

    fn content_type(&self) -> HeaderValue {
        let ending = self.name.rsplit_once('.').map_or("", |(_, ending)| ending);
        HeaderValue::from_static(match ending {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "webmanifest" | "json" => "application/json",
            _ => "application/octet-stream",
        })
    }

    /// The content for whoever takes no gzip.
    fn plain(&self) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        GzDecoder::new(self.compressed).read_to_end(&mut content).ok()?;
        Some(content)
    }

    /// What a browser keeps and asks about again.
    fn tag(&self) -> Option<HeaderValue> {
        let hash = blake3::hash(self.compressed).to_hex();
        HeaderValue::from_str(&format!("\"{}\"", hash.get(..32)?)).ok()
    }

    fn answer(self, asked: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
        let tag = self.tag();
        if let Some(tag) = &tag {
            response.headers_mut().insert(ETAG, tag.clone());
        }
        if tag.is_some() && asked.get(IF_NONE_MATCH) == tag.as_ref() {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        response.headers_mut().insert(CONTENT_TYPE, self.content_type());
        if takes_gzip(asked) {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            *response.body_mut() = Body::from(self.compressed);
        } else if let Some(content) = self.plain() {
            *response.body_mut() = Body::from(content);
        } else {
            return Problem::new(Code::ServerInternal).into_response();
        }
        response
    }
}

/// The pages, their parts, and the way from the root.
pub(crate) fn pages() -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/app") }))
        .route("/app", get(app))
        .route("/app/{*path}", get(app))
        .route("/console", get(console))
        .route("/console/{*path}", get(console))
        .route(ASSETS, get(asset))
}

async fn app(headers: HeaderMap) -> Response {
    entry(APP, &headers)
}

async fn console(headers: HeaderMap) -> Response {
    entry(CONSOLE, &headers)
}

/// The entry of a page, whatever its address says; or how to build it.
fn entry(name: &str, asked: &HeaderMap) -> Response {
    let mut response = match WebFile::named(name) {
        Some(file) => file.answer(asked),
        None => ([(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], NOT_BUILT).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, CSP_WEB);
    headers.insert(CACHE_CONTROL, ASK_EVERY_TIME);
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    response
}

/// A part of a page, kept for ever: its name has the hash of its content.
async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = WebFile::named(&format!("assets/{path}")) else {
        return Problem::new(Code::RequestNotFound).into_response();
    };
    let mut response = file.answer(&headers);
    response.headers_mut().insert(CACHE_CONTROL, FOR_EVER);
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(";q=").unwrap_or((coding, "1"));
        name.trim().eq_ignore_ascii_case("gzip") && weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests;
