//! Webhooks over HTTP: one signed request, bounded in time and size, to addresses that it may reach and no others.
//!
//! The guard stands where names become addresses: what it lets through is what is connected to, so no second look-up
//! can lead elsewhere. Redirects are not followed, and no proxy of the environment is used.

use std::fmt;
use std::io::Read as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::task::spawn_blocking;
use tuiliu_app::outside::{Carrying, Parcel, Receipt, WebhookCarrier};
use tuiliu_domain::limits::WEBHOOK_ANSWER_BYTES_MAX;
use tuiliu_domain::webhook::{Reachable, is_public};
use ureq::Agent;
use ureq::config::Config;
use ureq::http::header::RETRY_AFTER;
use ureq::http::{HeaderMap, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::signed::Signed;

/// Longest text of a fault that is kept.
const FAULT_LENGTH_MAX: usize = 200;

/// Carries events to servers.
#[derive(Clone)]
pub(crate) struct HttpCarrier {
    agent: Agent,
    reachable: Reachable,
}

/// Names become addresses, without those that are not to be reached.
struct Guard {
    inner: DefaultResolver,
    reachable: Reachable,
}

impl HttpCarrier {
    /// A carrier that waits so long for an answer.
    pub(crate) fn new(timeout: Duration, reachable: Reachable) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(concat!("Tuiliu-Webhooks/", env!("CARGO_PKG_VERSION")))
            .build();
        let guard = Guard { inner: DefaultResolver::default(), reachable };
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), guard), reachable }
    }

    fn send(&self, parcel: &Parcel) -> Receipt {
        let (id, timestamp) = (parcel.id.to_string(), parcel.at.ms().div_euclid(1_000).to_string());
        let signed = Signed { id: &id, timestamp: &timestamp, body: &parcel.body };
        let signatures = signed.signatures(&parcel.secrets);
        let since = stopwatch();
        let answer = signed.post(&self.agent, parcel.url.as_str(), &signatures);
        let (status, retry_after_ms, fault, answer) = match answer {
            Ok(answer) => {
                let (parts, body) = answer.into_parts();
                let asked = retry_after_ms(&parts.headers, parcel.at.ms());
                (Some(parts.status.as_u16()), asked, None, beginning(body, &parcel.secrets))
            }
            Err(fault) => (None, None, Some(fault.to_string().chars().take(FAULT_LENGTH_MAX).collect()), String::new()),
        };
        let duration_ms = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
        Receipt { status, fault, retry_after_ms, duration_ms, signatures, answer }
    }
}

impl WebhookCarrier for HttpCarrier {
    fn carry(&self, parcel: Parcel) -> Carrying<'_> {
        let carrier = self.clone();
        Box::pin(async move {
            let carried = spawn_blocking(move || carrier.send(&parcel)).await;
            carried.unwrap_or_else(|fault| Receipt {
                status: None,
                fault: Some(format!("sending fell over: {fault}")),
                retry_after_ms: None,
                duration_ms: 0,
                signatures: String::new(),
                answer: String::new(),
            })
        })
    }

    fn reachable(&self) -> Reachable {
        self.reachable
    }
}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        if self.reachable == Reachable::Anything {
            return Ok(found);
        }
        // One closed address among them is one too many: whoever answers so plays with the look-up.
        if found.iter().all(|address| is_public(address.ip())) {
            return Ok(found);
        }
        let refused = std::io::Error::new(std::io::ErrorKind::PermissionDenied, "the address is not a public one");
        Err(ureq::Error::Io(refused))
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guard({:?})", self.reachable)
    }
}

#[expect(clippy::disallowed_methods, reason = "how long an answer took is measured by the machine's clock")]
fn stopwatch() -> Instant {
    Instant::now()
}

/// How an answer begins: only so much is read, and what repeats a secret of ours is not kept.
fn beginning(body: ureq::Body, secrets: &[[u8; 32]]) -> String {
    let limit = u64::try_from(WEBHOOK_ANSWER_BYTES_MAX).expect("the limit is small");
    let mut bytes = Vec::new();
    // What breaks off is kept as far as it came.
    drop(body.into_reader().take(limit).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes).replace('\0', "");
    secrets.iter().fold(text, |text, secret| text.replace(&BASE64_STANDARD.encode(secret), "…"))
}

/// `Retry-After`: seconds, or a date.
fn retry_after_ms(headers: &HeaderMap, now_ms: i64) -> Option<i64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(i64::from(seconds) * 1_000);
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(date.timestamp().as_millisecond().saturating_sub(now_ms).max(0))
}

#[cfg(test)]
mod tests {
    use tuiliu_domain::id::WebhookDeliveryId;
    use tuiliu_domain::time::Timestamp;
    use tuiliu_domain::webhook::EndpointUrl;

    use super::super::testing::answers;
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn send(url: &str, reachable: Reachable) -> Receipt {
        let parcel = Parcel {
            url: EndpointUrl::kept(url.to_owned()),
            id: WebhookDeliveryId::new(9),
            at: Timestamp::from_ms(1_795_163_462_120),
            secrets: vec![SECRET, [8; 32]],
            body: r#"{"type":"room.live"}"#.to_owned(),
        };
        HttpCarrier::new(Duration::from_secs(5), reachable).send(&parcel)
    }

    #[test]
    fn ac_04_what_is_sent_is_signed_with_every_secret() {
        let (url, server) = answers("200 OK", "", "thanks");
        let receipt = send(&url, Reachable::Anything);
        assert_eq!((receipt.status, receipt.answer.as_str()), (Some(200), "thanks"));
        let sent = server.join().unwrap();
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(name)).unwrap();
            line.split_once(": ").unwrap().1.to_owned()
        };
        assert_eq!(body, r#"{"type":"room.live"}"#);
        assert_eq!(header("content-type"), "application/json");
        assert_eq!(header("webhook-id"), "whd_00000000000000000000000009");
        assert_eq!(header("webhook-timestamp"), "1795163462");
        assert_eq!(header("webhook-signature"), receipt.signatures);
        assert_eq!(receipt.signatures.split(' ').count(), 2);
        let signed = Signed { id: "whd_00000000000000000000000009", timestamp: "1795163462", body };
        assert_eq!(signed.signatures(&[SECRET, [8; 32]]), receipt.signatures);
    }

    #[test]
    fn ac_04_a_private_address_is_not_reached_whatever_its_name() {
        let (url, server) = answers("200 OK", "", "");
        let port = url.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
        for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1"] {
            let receipt = send(&format!("http://{host}:{port}/check"), Reachable::Public);
            assert_eq!(receipt.status, None, "{host}");
            let fault = receipt.fault.unwrap();
            assert!(host.starts_with('[') || fault.contains("not a public one"), "{host}: {fault}");
        }
        assert_eq!(send(&url, Reachable::Anything).status, Some(200), "the server was there all the time");
        server.join().unwrap();
    }

    #[test]
    fn ac_04_redirects_are_answers_and_not_followed() {
        for status in ["302 Found", "307 Temporary Redirect"] {
            let (url, server) = answers(status, "location: http://127.0.0.1:1/\r\n", "");
            let receipt = send(&url, Reachable::Anything);
            assert_eq!(receipt.status.map(|status| status.to_string()), status.split(' ').next().map(str::to_owned));
            server.join().unwrap();
        }
    }

    #[test]
    fn ac_04_only_the_beginning_of_an_answer_is_read_and_no_secret_kept() {
        let encoded = BASE64_STANDARD.encode(SECRET);
        let long: &'static str = Box::leak(format!("{encoded}{}", "x".repeat(100_000)).into_boxed_str());
        let (url, server) = answers("500 Internal Server Error", "", long);
        let receipt = send(&url, Reachable::Anything);
        assert_eq!(receipt.status, Some(500));
        assert!(receipt.answer.starts_with("…x") && receipt.answer.len() <= WEBHOOK_ANSWER_BYTES_MAX);
        drop(server.join());
        let receipt = send("http://127.0.0.1:1/", Reachable::Anything);
        assert!(receipt.status.is_none() && receipt.fault.is_some(), "nobody there");
    }

    #[test]
    fn ac_04_retry_after_is_seconds_or_a_date() {
        let check = |text: &str, expected: Option<i64>| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after_ms(&headers, 1_795_163_462_000), expected, "{text}");
        };
        check("120", Some(120_000));
        check("Fri, 20 Nov 2026 08:32:02 GMT", Some(60_000));
        check("Fri, 20 Nov 2020 08:32:02 GMT", Some(0));
        check("-1", None);
        check("soon", None);
    }
}
