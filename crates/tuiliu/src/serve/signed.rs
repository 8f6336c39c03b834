//! Requests signed as Standard Webhooks say: `webhook-id`, `webhook-timestamp` and `webhook-signature` (`v1,` and
//! base64 of HMAC-SHA-256 over `id.timestamp.body`), so that any library of that standard verifies them.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use ureq::Agent;
use ureq::Body;
use ureq::http::Response;

/// Before the base64 of a secret.
const SECRET_PREFIX: &str = "whsec_";

/// What is sent, and whose word it is.
pub(super) struct Signed<'a> {
    pub(super) id: &'a str,
    /// Seconds since the epoch.
    pub(super) timestamp: &'a str,
    pub(super) body: &'a str,
}

/// The bytes of a secret as it is written: `whsec_` and base64.
pub(super) fn parse_secret(secret: &str) -> Result<Vec<u8>> {
    let encoded =
        secret.strip_prefix(SECRET_PREFIX).with_context(|| format!("it must start with `{SECRET_PREFIX}`"))?;
    BASE64_STANDARD.decode(encoded).with_context(|| format!("after `{SECRET_PREFIX}` comes base64"))
}

impl Signed<'_> {
    /// What goes into `webhook-signature`: one signature for each secret, a space between.
    pub(super) fn signatures<S: AsRef<[u8]>>(&self, secrets: &[S]) -> String {
        let signatures: Vec<String> = secrets.iter().map(|secret| self.signature(secret.as_ref())).collect();
        signatures.join(" ")
    }

    fn signature(&self, secret: &[u8]) -> String {
        let Signed { id, timestamp, body } = self;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }

    /// Sends it.
    pub(super) fn post(&self, agent: &Agent, url: &str, signatures: &str) -> Result<Response<Body>, ureq::Error> {
        agent
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", self.id)
            .header("webhook-timestamp", self.timestamp)
            .header("webhook-signature", signatures)
            .send(self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // The example of the Standard Webhooks libraries.
        let secret = parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signed = Signed { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: "1614265330", body };
        let one = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed.signatures(&[&secret]), one);
        let two = signed.signatures(&[secret.as_slice(), b"another"]);
        assert!(two.starts_with(&format!("{one} v1,")) && two.len() == one.len() * 2 + 1, "{two}");
        assert!(parse_secret("secret").is_err());
        assert!(parse_secret("whsec_?").is_err());
    }
}
