use super::*;

#[test]
fn secrets_are_not_shown() {
    let key = key("sk_live_0123456789abcdefghij").unwrap();
    assert_eq!(format!("{key:?}"), "LiveKey(…)");
    assert_eq!(key.secret().expose(), "sk_live_0123456789abcdefghij");
}

#[test]
fn keys_are_told_by_their_prefix() {
    let means = |text: &str| key(text).map(|credentials| credentials.means());
    assert_eq!(means("sk_live_0123456789abcdefghij"), Some(Means::LiveKey));
    assert_eq!(means("sk_test_0123456789abcdefghij"), Some(Means::TestKey));
    assert_eq!(means("pk_0123456789abcdefghij"), Some(Means::PublishableKey));
    assert_eq!(means("sk_0123456789abcdefghij"), None);
    assert_eq!(means("sk_live_0123456789abc def"), None);
    assert_eq!(means(&format!("sk_live_{}", "a".repeat(SECRET_LENGTH_MAX))), None);
}

#[test]
fn only_the_session_cookie_counts_against_a_share() {
    let headers = |cookie: &str| HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookie).unwrap())]);
    let session = "__Host-tuiliu_session=0123456789abcdefghij";
    assert_eq!(shown(&headers(session)), shown(&headers(&format!("other=1; {session}"))));
    assert_eq!(shown(&headers("other=1")), None);
    assert_eq!(shown(&HeaderMap::new()), None);
}

#[test]
fn session_cookies_are_locked_down() {
    let token = Secret::read("0123456789abcdefghij").unwrap();
    let cookie = session_cookie(&token, 60);
    assert_eq!(
        cookie.to_str().unwrap(),
        "__Host-tuiliu_session=0123456789abcdefghij; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"
    );
    assert!(ended_session_cookie().to_str().unwrap().ends_with("Max-Age=0"));
}
