use super::*;

#[test]
fn secrets_are_not_shown() {
    let key = key("sk_live_0123456789abcdefghij").unwrap();
    assert_eq!(format!("{key:?}"), "LiveKey(…)");
    let Credentials::LiveKey(secret) = key else { panic!("a live key") };
    assert_eq!(secret.expose(), "sk_live_0123456789abcdefghij");
}

#[test]
fn keys_are_told_by_their_prefix() {
    let secret = |text: &str| Secret::read(text).unwrap();
    let (live, test) = ("sk_live_0123456789abcdefghij", "sk_test_0123456789abcdefghij");
    let publishable = "pk_0123456789abcdefghij";
    assert_eq!(key(live), Some(Credentials::LiveKey(secret(live))));
    assert_eq!(key(test), Some(Credentials::TestKey(secret(test))));
    assert_eq!(key(publishable), Some(Credentials::PublishableKey(secret(publishable))));
    assert_eq!(key("sk_0123456789abcdefghij"), None);
    assert_eq!(key("sk_live_0123456789abc def"), None);
    assert_eq!(key(&format!("sk_live_{}", "a".repeat(SECRET_LENGTH_MAX))), None);
}

#[test]
fn only_the_session_cookie_counts_against_a_share() {
    let shown = |cookie: &str| {
        let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookie).unwrap())]);
        shown(&headers, &ApiSettings::default())
    };
    let session = "__Host-tuiliu_session=0123456789abcdefghij";
    assert!(shown(session).is_some());
    assert_eq!(shown(session), shown(&format!("other=1; {session}")));
    assert_eq!(shown("other=1"), None);
}

#[test]
fn session_cookies_are_locked_down() {
    let settings = ApiSettings::default();
    assert_eq!(
        session_cookie("0123456789abcdefghij", 60, &settings),
        "__Host-tuiliu_session=0123456789abcdefghij; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"
    );
    let ended = ended_session_cookie(&settings);
    assert_eq!(ended, "__Host-tuiliu_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    let plain = ApiSettings { plain_http: true, ..settings };
    let cookie = session_cookie("0123456789abcdefghij", 60, &plain);
    assert_eq!(cookie, "tuiliu_session=0123456789abcdefghij; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
}
