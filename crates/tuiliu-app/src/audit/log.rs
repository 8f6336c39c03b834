//! The log of what people changed: each change and its entry in one transaction, chained by hashes (AC-03).
//!
//! The edge says once who does what; whatever then writes for that request leaves an entry, so that no command has to
//! remember to. Jobs and machines have no deed and leave none.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;

use serde_json::Value;
use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::limits::AUDIT_CONTENT_BYTES_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_store::{AuditDeed, AuditEntry, AuditPage};

use crate::access::of_tenant;
use crate::app::App;
use crate::error::CommandError;

/// Parts of names of what is never written down.
const SECRETS: &[&str] = &["password", "secret", "token", "number"];
/// Entries read at once while the chain is followed.
const ENTRIES_AT_ONCE: u32 = 1_000;

/// What a signed-in person is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    pub tenant: TenantId,
    pub party: PartyId,
    /// Method and pattern of the request's address.
    pub action: String,
    /// What it is done to, as an id in text form; empty where nothing is named.
    pub subject: String,
    pub request: String,
}

#[derive(Debug, Default)]
struct Doing {
    deed: Option<Deed>,
    content: String,
}

tokio::task_local! {
    static DOING: RefCell<Doing>;
}

/// Does the work of one request; a deed that begins in it is seen by everything that it writes.
pub async fn of_one_request<F: Future>(work: F) -> F::Output {
    DOING.scope(RefCell::new(Doing::default()), work).await
}

/// From here on this request is the deed of a person.
pub fn begin(deed: Deed) {
    change(|doing| doing.deed = Some(deed));
}

/// What the person sent, as JSON; secrets are left out, and what is long is cut.
pub fn with_content(bytes: &[u8]) {
    change(|doing| {
        if doing.deed.is_some() {
            doing.content = without_secrets(bytes);
        }
    });
}

/// The deed of this request, if it is one.
pub(crate) fn current() -> Option<(Deed, String)> {
    DOING
        .try_with(|doing| {
            let doing = doing.borrow();
            doing.deed.clone().map(|deed| (deed, doing.content.clone()))
        })
        .ok()
        .flatten()
}

/// The entry is written: what else this request writes belongs to it.
pub(crate) fn noted() {
    change(|doing| doing.deed = None);
}

/// Outside of a request there is nobody to be noted, and nothing to do.
fn change(work: impl FnOnce(&mut Doing)) {
    DOING.try_with(|doing| work(&mut doing.borrow_mut())).unwrap_or_default();
}

fn without_secrets(bytes: &[u8]) -> String {
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else { return String::new() };
    leave_out(&mut value);
    let mut text = value.to_string();
    if text.len() > AUDIT_CONTENT_BYTES_MAX {
        let end = (0..=AUDIT_CONTENT_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}

fn leave_out(value: &mut Value) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                if SECRETS.iter().any(|secret| name.contains(secret)) && part.is_string() {
                    *part = Value::from("•••");
                } else {
                    leave_out(part);
                }
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(leave_out),
        _ => {}
    }
}

/// Whether a log is what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditLogCheck {
    /// Entries that were looked at.
    pub entries: i64,
    /// The first entry that is missing or was changed.
    pub broken_at: Option<i64>,
}

impl App {
    /// A page of the log of what people of the actor's tenant changed, newest first.
    pub async fn audit_log(&self, actor: Actor, page: AuditPage) -> Result<Vec<AuditEntry>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadAuditLog, &of_tenant(actor.tenant))?;
            Ok(tx.audit_entries(actor.tenant, &page)?)
        })
        .await
    }

    /// Follows the hashes of the tenant's log from the first entry to the last.
    pub async fn check_audit_log(&self, actor: Actor) -> Result<AuditLogCheck, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadAuditLog, &of_tenant(actor.tenant))?;
            let (last, head) = tx.audit_head(actor.tenant)?;
            let (mut number, mut hash) = (0, [0; 32]);
            loop {
                let entries = tx.audit_entries_after(actor.tenant, number, ENTRIES_AT_ONCE)?;
                for entry in &entries {
                    let next = AuditEntry::hash_of(&hash, number + 1, &entry.deed);
                    if entry.number != number + 1 || entry.hash != next {
                        return Ok(AuditLogCheck { entries: number, broken_at: Some(number + 1) });
                    }
                    (number, hash) = (entry.number, next);
                }
                if entries.is_empty() {
                    let is_whole = (number, hash) == (last, head);
                    return Ok(AuditLogCheck { entries: number, broken_at: (!is_whole).then_some(number + 1) });
                }
            }
        })
        .await
    }
}

impl Deed {
    pub(crate) fn entry(&self, content: &str, at: tuiliu_domain::time::Timestamp) -> AuditDeed {
        let Self { tenant, party, action, subject, request } = self.clone();
        AuditDeed { tenant, party, at, action, subject, content: content.to_owned(), request }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_written_down_and_long_texts_are_cut() {
        let check = |sent: &str, kept: &str| assert_eq!(without_secrets(sent.as_bytes()), kept);
        check(r#"{"login":{"name":"may","password":"x"}}"#, r#"{"login":{"name":"may","password":"•••"}}"#);
        check(
            r#"[{"api_secret":"x","points":1,"number":"6222 0000"}]"#,
            r#"[{"api_secret":"•••","number":"•••","points":1}]"#,
        );
        check("no json", "");
        let long = format!(r#"{{"text":"{}"}}"#, "面".repeat(AUDIT_CONTENT_BYTES_MAX));
        let kept = without_secrets(long.as_bytes());
        assert!(kept.len() <= AUDIT_CONTENT_BYTES_MAX + 3 && kept.ends_with('…'));
    }
}
