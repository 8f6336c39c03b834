//! Reports: events of a host, judged one by one, made durable before they are acknowledged (DL-08).

use std::convert::Infallible;

use tuiliu_delivery::token::{Claims, TokenError, unseal};
use tuiliu_domain::id::{ContentId, Id, TenantId};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};
use tuiliu_store::{StoreError, Tx};

use super::engine::Engine;
use super::event::{EventKind, EventRefusal, Promoted, ReportedEvent, TakenEvent, check};
use super::refused;
use super::screening::Screening;
use crate::app::App;
use crate::error::CommandError;

/// After its impression, a token speaks for what the viewer did so long: a broadcast of at most five days
/// and the 48 hours after it (AT-02).
const TOKEN_EVENTS_MS: i64 = 7 * DAY_MS;
/// Clock difference between the host's devices that an impression may show.
const SKEW_MS: i64 = HOUR_MS / 60;

/// Who reports.
#[derive(Debug, Clone, Copy)]
pub struct Reporter {
    pub tenant: TenantId,
    /// The key is secret, so it may report money.
    pub money_allowed: bool,
    /// Take all events or none.
    pub strict: bool,
    /// Judge only; take nothing.
    pub validate_only: bool,
}

/// What became of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportAnswer {
    pub accepted: usize,
    pub duplicates: usize,
    /// Place in the report and why.
    pub rejected: Vec<(usize, EventRefusal)>,
}

impl App {
    /// Takes a report. When it answers, what it accepted survives a power cut.
    pub async fn report_events(
        &self,
        reporter: Reporter,
        events: Vec<ReportedEvent>,
    ) -> Result<ReportAnswer, CommandError<Infallible>> {
        let now = self.shell.now();
        let mut answer = ReportAnswer::default();
        let mut taken = Taken::default();
        let screening = self.screening(reporter.tenant).await?;
        let engine = &self.shell.engine;
        for (place, event) in events.iter().enumerate() {
            let viewer = event.viewer.as_deref().map(|id| engine.viewer_hash(reporter.tenant, id));
            match judge(engine, reporter, Heard { event, viewer }, &screening, now) {
                Ok(judged) => taken.push(&judged)?,
                Err(refusal) => answer.rejected.push((place, refusal)),
            }
        }
        let refused_whole = reporter.strict && !answer.rejected.is_empty();
        if reporter.validate_only || refused_whole {
            answer.accepted = if refused_whole { 0 } else { taken.len() };
            return Ok(answer);
        }
        let refused = refused::kept(&self.shell, reporter, &events, &answer.rejected, now);
        let count = taken.len();
        if count > 0 || !refused.is_empty() {
            let tenant = reporter.tenant;
            let fresh = self
                .write(move |_, tx| {
                    refused::keep(tx, tenant, &refused)?;
                    Ok(append(tx, tenant, &taken, now)?)
                })
                .await?;
            answer.accepted = fresh;
            answer.duplicates = count - fresh;
        }
        Ok(answer)
    }
}

/// One event and whom it names, by our hash.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard<'e> {
    pub(super) event: &'e ReportedEvent,
    pub(super) viewer: Option<u128>,
}

/// Judges one event of a report.
pub(super) fn judge(
    engine: &Engine,
    reporter: Reporter,
    heard: Heard<'_>,
    screening: &Screening,
    now: Timestamp,
) -> Result<TakenEvent, EventRefusal> {
    let event = heard.event;
    let kind = check(event, reporter.money_allowed, now)?;
    let claims = event.token.as_deref().map(|token| claims(engine, reporter, heard, kind, token)).transpose()?;
    if claims.is_none() && event.content.is_none() {
        return Err(EventRefusal::NoSubject);
    }
    let natural = event.content.filter(|_| claims.is_none());
    Ok(TakenEvent {
        id: identity(reporter.tenant, event, kind),
        invalid: screening.judge(event, claims.as_ref()).map(|rule| rule.code().to_owned()),
        kind,
        at_ms: event.occurred_at.ms(),
        promoted: claims.as_ref().map(Promoted::from),
        room: natural.and_then(ContentId::room).map(Id::value),
        video: natural.and_then(ContentId::video).map(Id::value),
        natural_viewer: if claims.is_some() { None } else { heard.viewer },
        watched_ms: event.watched_ms,
        undone: event.undone,
        value_fen: event.value.map(|value| value.units()),
        muted: event.muted,
        purchase: event.purchase.as_deref().map(|id| hash_of(reporter.tenant, "purchase", id)),
        items: event.items.clone(),
        draw: event.draw.clone(),
        traits: claims.map_or(event.traits, |claims| claims.traits.or(event.traits)).to_bytes(),
    })
}

/// What the token of an event says, if it may speak for it.
fn claims(
    engine: &Engine,
    reporter: Reporter,
    Heard { event, viewer }: Heard<'_>,
    kind: EventKind,
    token: &str,
) -> Result<Claims, EventRefusal> {
    let claims = unseal(&engine.keys.tokens, token).map_err(|error| match error {
        TokenError::Malformed => EventRefusal::TokenMalformed,
        TokenError::UnknownKey { .. } | TokenError::Forged => EventRefusal::TokenForged,
        TokenError::Expired => EventRefusal::TokenExpired,
    })?;
    if claims.tenant != reporter.tenant {
        return Err(EventRefusal::TokenForeign);
    }
    let after_ms = event.occurred_at.since_ms(claims.issued_at);
    let speaks_until = match kind {
        EventKind::Impression => claims.expires_at,
        _ => claims.issued_at.plus_ms(TOKEN_EVENTS_MS),
    };
    if after_ms < -SKEW_MS || speaks_until < event.occurred_at {
        return Err(EventRefusal::TokenExpired);
    }
    if viewer.is_some_and(|hash| hash != claims.viewer_hash) {
        return Err(EventRefusal::ViewerMismatch);
    }
    Ok(claims)
}

/// What makes two events the same one: tenant, type and the host's id.
fn identity(tenant: TenantId, event: &ReportedEvent, kind: EventKind) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&tenant.bytes()).update(kind.code().as_bytes()).update(b"\0").update(event.id.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_be_bytes(first)
}

/// What stands for a host's id of something in rows.
pub(crate) fn hash_of(tenant: TenantId, kind: &str, id: &str) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&tenant.bytes()).update(kind.as_bytes()).update(b"\0").update(id.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_be_bytes(first)
}

/// Events of one report that were taken, written as they will lie in their batch: whoever waits for the one thread that
/// writes does not wait for this.
#[derive(Debug, Default)]
pub(super) struct Taken {
    ids: Vec<u128>,
    /// One after the other, and where each ends.
    written: Vec<u8>,
    ends: Vec<usize>,
}

impl Taken {
    pub(super) fn push(&mut self, event: &TakenEvent) -> Result<(), StoreError> {
        serde_json::to_writer(&mut self.written, event)
            .map_err(|error| StoreError::Inconsistent { place: "a report".to_owned(), reason: error.to_string() })?;
        self.ids.push(event.id);
        self.ends.push(self.written.len());
        Ok(())
    }

    fn len(&self) -> usize {
        self.ids.len()
    }

    /// The batch of those that are new.
    fn batch(&self, new: &[bool]) -> Vec<u8> {
        let mut batch = Vec::with_capacity(self.written.len() + self.len() + 1);
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        for ((begin, end), _) in begins.zip(&self.ends).zip(new).filter(|(_, is_new)| **is_new) {
            batch.push(if batch.is_empty() { b'[' } else { b',' });
            batch.extend_from_slice(&self.written[begin..*end]);
        }
        batch.push(b']');
        batch
    }
}

/// Appends what was not seen before; answers how many that were.
pub(super) fn append(tx: &mut Tx<'_>, tenant: TenantId, taken: &Taken, now: Timestamp) -> Result<usize, StoreError> {
    let new = tx.see_events(&taken.ids, now)?;
    let fresh = new.iter().filter(|is_new| **is_new).count();
    if fresh > 0 {
        let count = u32::try_from(fresh).expect("a report holds at most a thousand events");
        tx.append_events(tenant, count, &taken.batch(&new), now)?;
    }
    Ok(fresh)
}

#[cfg(test)]
mod tests;
