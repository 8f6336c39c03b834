//! The outside check over HTTP: one signed question, one verdict (RV-01).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;
use tokio::task::spawn_blocking;
use tuiliu_app::outside::{CheckFault, Checking, ContentCheck, ContentQuestion};
use tuiliu_domain::review::{Element, Reason, ReasonCode, Verdict};
use ureq::Agent;

use super::signed::{Signed, parse_secret};

/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Most reasons taken from one answer, and the longest text of one.
const REASONS_MAX: usize = 16;
const TEXT_LENGTH_MAX: usize = 500;

/// Asks one address.
#[derive(Clone)]
pub(crate) struct HttpContentCheck {
    agent: Agent,
    url: String,
    secret: Vec<u8>,
}

/// What the other system answers.
#[derive(Debug, Deserialize)]
struct Answer {
    verdict: String,
    #[serde(default)]
    reasons: Vec<AnswerReason>,
}

#[derive(Debug, Deserialize)]
struct AnswerReason {
    element: Option<String>,
    text: String,
}

impl HttpContentCheck {
    /// A check at this address. The secret is `whsec_` and base64, as Standard Webhooks write it.
    pub(crate) fn new(url: &str, secret: &str, timeout: Duration) -> Result<Self> {
        let secret = parse_secret(secret)?;
        let config = Agent::config_builder().timeout_global(Some(timeout)).max_redirects(0).build();
        Ok(Self { agent: config.into(), url: url.to_owned(), secret })
    }

    fn ask(&self, question: &ContentQuestion) -> Result<Verdict> {
        let body = body(question);
        let id = question.task.to_string();
        let timestamp = seconds();
        let signed = Signed { id: &id, timestamp: &timestamp, body: &body };
        let answer = signed.post(&self.agent, &self.url, &signed.signatures(&[&self.secret]))?;
        let text = answer.into_body().into_with_config().limit(ANSWER_BYTES_MAX).read_to_string()?;
        verdict(&text)
    }
}

#[expect(clippy::disallowed_methods, reason = "a signature says when it was made, by the machine's clock")]
fn seconds() -> String {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().to_string()
}

fn body(question: &ContentQuestion) -> String {
    json!({
        "type": "content.check",
        "id": question.task.to_string(),
        "tenant_id": question.tenant.to_string(),
        "boost_id": question.order.to_string(),
        "room_id": question.content.room().map(|room| room.to_string()),
        "video_id": question.content.video().map(|video| video.to_string()),
        "external_id": question.external_id,
        "content_version": question.content_version,
        "title": question.title,
        "category": question.category,
        "form": question.form,
        "has_cart": question.has_cart,
    })
    .to_string()
}

fn verdict(text: &str) -> Result<Verdict> {
    let answer: Answer = serde_json::from_str(text).context("failed to read the answer")?;
    let reasons = answer.reasons.into_iter().take(REASONS_MAX).map(|reason| Reason {
        code: ReasonCode::OutsideCheck,
        element: reason.element.as_deref().and_then(Element::from_code).unwrap_or(Element::Whole),
        text: reason.text.chars().take(TEXT_LENGTH_MAX).collect(),
    });
    let mut reasons: Vec<Reason> = reasons.collect();
    if reasons.is_empty() {
        reasons.push(Reason::new(ReasonCode::OutsideCheck, String::new()));
    }
    match answer.verdict.as_str() {
        "pass" => Ok(Verdict::Pass),
        "reject" => Ok(Verdict::Reject(reasons)),
        "escalate" => Ok(Verdict::Escalate(reasons)),
        other => anyhow::bail!("failed to read the answer: no verdict `{other}`"),
    }
}

impl ContentCheck for HttpContentCheck {
    fn check(&self, question: ContentQuestion) -> Checking<'_> {
        let check = self.clone();
        Box::pin(async move {
            let asked = spawn_blocking(move || check.ask(&question)).await;
            let answer = asked.map_err(anyhow::Error::from).and_then(|answer| answer);
            answer.map_err(|fault| CheckFault { reason: format!("{fault:#}") })
        })
    }
}

#[cfg(test)]
mod tests {
    use tuiliu_domain::id::{PromotionOrderId, ReviewTaskId, RoomId, TenantId};

    use super::super::testing::answers;
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn question() -> ContentQuestion {
        ContentQuestion {
            task: ReviewTaskId::new(7),
            tenant: TenantId::new(1),
            order: PromotionOrderId::new(2),
            content: RoomId::new(3).into(),
            external_id: "room-1".to_owned(),
            content_version: 4,
            title: "周五晚上的面包课".to_owned(),
            category: "bakery".to_owned(),
            form: "plain",
            has_cart: false,
        }
    }

    fn ask(url: &str) -> Result<Verdict> {
        HttpContentCheck::new(url, SECRET, Duration::from_secs(5)).unwrap().ask(&question())
    }

    #[test]
    fn rv_01_the_question_is_signed_and_the_answer_is_a_verdict() {
        let (url, server) =
            answers("200 OK", "", r#"{"verdict":"reject","reasons":[{"element":"title","text":"假货"}]}"#);
        let verdict = ask(&url).unwrap();
        let reason = Reason { code: ReasonCode::OutsideCheck, element: Element::Title, text: "假货".to_owned() };
        assert_eq!(verdict, Verdict::Reject(vec![reason]));
        let sent = server.join().unwrap();
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(name)).unwrap();
            line.split_once(": ").unwrap().1.to_owned()
        };
        let signed = Signed { id: &header("webhook-id"), timestamp: &header("webhook-timestamp"), body };
        assert_eq!(header("webhook-signature"), signed.signatures(&[parse_secret(SECRET).unwrap()]));
        assert!(body.contains("周五晚上的面包课"), "{body}");
    }

    #[test]
    fn rv_01_what_is_no_verdict_is_a_fault_and_is_asked_again() {
        for (status, body) in [
            ("500 Internal Server Error", r#"{"verdict":"pass"}"#),
            ("302 Found", ""),
            ("200 OK", "no json"),
            ("200 OK", r#"{"verdict":"maybe"}"#),
        ] {
            let (url, server) = answers(status, "", body);
            assert!(ask(&url).is_err(), "{status} {body}");
            server.join().unwrap();
        }
        assert_eq!(verdict(r#"{"verdict":"pass"}"#).unwrap(), Verdict::Pass);
        assert!(ask("http://127.0.0.1:1/").is_err(), "nobody there");
        assert!(HttpContentCheck::new("http://x", "secret", Duration::from_secs(1)).is_err());
    }
}
