use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::{APP, WebFile, entry, takes_gzip};

/// `hello` as gzip.
const HELLO: &[u8] = &[31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0];

fn accepting(coding: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(coding))])
}

#[test]
fn knows_who_takes_gzip() {
    for (coding, takes) in [
        ("gzip, deflate, br", true),
        ("br;q=1.0, gzip;q=0.5", true),
        ("GZIP", true),
        ("gzip;q=0", false),
        ("br", false),
        ("", false),
    ] {
        assert_eq!(takes_gzip(&accepting(coding)), takes, "{coding}");
    }
}

#[test]
fn a_file_is_sent_once_and_then_confirmed() {
    let file = WebFile { name: "assets/hello.js", compressed: HELLO };
    let response = file.answer(&accepting("gzip"));
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(response.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
    let again = HeaderMap::from_iter([(IF_NONE_MATCH, response.headers()[ETAG].clone())]);
    assert_eq!(file.answer(&again).status(), StatusCode::NOT_MODIFIED);
}

#[test]
fn a_file_is_unpacked_for_whoever_takes_no_gzip() {
    let file = WebFile { name: "assets/hello.js", compressed: HELLO };
    assert_eq!(file.plain().as_deref(), Some(b"hello".as_slice()));
    assert!(!file.answer(&HeaderMap::new()).headers().contains_key("content-encoding"));
}

#[test]
fn an_entry_may_run_its_own_scripts_only_and_is_asked_for_every_time() {
    let response = entry(APP, &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().expect("it is text");
    assert!(policy.contains("script-src 'self';") && policy.contains("default-src 'none';"), "{policy}");
}
