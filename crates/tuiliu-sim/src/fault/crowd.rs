//! Viewers and the way their events take: late, twice, out of order, forged, replayed, or never.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use tuiliu_app::delivery::{DecisionAsk, EventKind, ReportedEvent, Reporter, Shown, SlotAsk};
use tuiliu_domain::id::{DecisionId, PromotionOrderId, TenantId};
use tuiliu_domain::limits::EVENTS_PER_REPORT_MAX;
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::{MINUTE_MS, SECOND_MS, Timestamp};

use super::Done;
use super::host::Host;
use crate::audience::{Viewer, doings};
use crate::oracle::{Acknowledged, Books};
use crate::random::Chance;
use crate::seed::platform::Platform;

/// People in the simulated audience: few, so that they meet the same orders again.
const VIEWERS: u64 = 400;
/// Requests of one step at most.
const REQUESTS_MAX: i64 = 14;
/// Events of which one may come again.
const REMEMBERED_MAX: usize = 256;

/// An event on its way, and what it belongs to.
#[derive(Debug, Clone)]
struct Sent {
    event: ReportedEvent,
    order: PromotionOrderId,
    decision: DecisionId,
}

/// The audience and the network between it and the platform.
pub(super) struct Crowd {
    pub(super) books: Books,
    /// By when they arrive, and a number that keeps two of one instant apart.
    under_way: BTreeMap<(Timestamp, u64), Sent>,
    delivered: Vec<Sent>,
    sent: u64,
    seed: u64,
    chance: Chance,
}

impl Crowd {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            books: Books::default(),
            under_way: BTreeMap::new(),
            delivered: Vec::new(),
            sent: 0,
            seed,
            chance: Chance::of(seed, 3),
        }
    }

    /// Whether nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Some viewers open the feed; what they do is on its way from then on.
    pub(super) fn watch(&mut self, platform: &Platform, host: &Host, done: &mut Done) {
        for _ in 0..self.chance.between(0, REQUESTS_MAX) {
            let number = self.chance.below(VIEWERS);
            let viewer = Viewer::numbered(self.seed, number);
            let slot = |position| SlotAsk { position, ..SlotAsk::default() };
            let ask = DecisionAsk {
                placement: "feed".to_owned(),
                slots: vec![slot(2), slot(6)],
                feed_items: Some(8),
                viewer: viewer.ask().clone(),
                ..DecisionAsk::default()
            };
            done.decisions += 1;
            for shown in platform.app.decide(platform.tenant, &ask).shown {
                done.impressions += 1;
                self.send(platform.now(), &viewer, &shown, host);
            }
        }
    }

    fn send(&mut self, now: Timestamp, viewer: &Viewer, shown: &Shown, host: &Host) {
        if self.chance.permille(40) {
            // Shown, and nobody ever tells.
            return;
        }
        let Some(room) = shown.content.room() else { return };
        for doing in doings(viewer, host.seen(room), &mut self.chance) {
            self.sent += 1;
            let occurred_at = now.plus_ms(doing.after_ms);
            let event = ReportedEvent {
                id: format!("event-{}", self.sent),
                kind: Some(doing.kind),
                occurred_at,
                token: Some(shown.token.clone()),
                viewer: Some(viewer.id().to_owned()),
                watched_ms: doing.watched_ms,
                undone: doing.undone,
                value: doing.value_fen.map(Amount::new),
                ..ReportedEvent::default()
            };
            let delay_ms = if self.chance.permille(30) {
                self.chance.between(1, 40) * MINUTE_MS
            } else {
                self.chance.between(0, 6 * SECOND_MS)
            };
            let sent = Sent { event, order: shown.order, decision: shown.decision };
            self.under_way.insert((occurred_at.plus_ms(delay_ms), self.sent), sent);
        }
    }

    /// Delivers what arrives now, with everything that can be wrong with it.
    pub(super) async fn deliver(&mut self, platform: &Platform, done: &mut Done) -> Result<()> {
        let later = self.under_way.split_off(&(platform.now().plus_ms(1), 0));
        let mut arrived: Vec<Sent> = std::mem::replace(&mut self.under_way, later).into_values().collect();
        for place in (1..arrived.len()).rev() {
            let other = self.chance.place(place + 1);
            arrived.swap(place, other);
        }
        let repeated: Vec<Sent> = self.delivered.iter().filter(|_| self.chance.permille(20)).cloned().collect();
        arrived.extend(repeated);
        for batch in arrived.chunks(EVENTS_PER_REPORT_MAX / 2) {
            self.report(platform, batch, done).await?;
        }
        self.delivered.extend(arrived);
        let beyond = self.delivered.len().saturating_sub(REMEMBERED_MAX);
        self.delivered.drain(..beyond);
        self.attack(platform, done).await
    }

    async fn report(&mut self, platform: &Platform, batch: &[Sent], done: &mut Done) -> Result<()> {
        let events: Vec<ReportedEvent> = batch.iter().map(|sent| sent.event.clone()).collect();
        let reporter = reporter(platform.tenant);
        let mut answer = platform.app.report_events(reporter, events.clone()).await.context("failed to report")?;
        done.duplicates += u64::try_from(answer.duplicates).unwrap_or(0);
        done.events += u64::try_from(answer.accepted).unwrap_or(0);
        if self.chance.permille(100) {
            // The answer was lost, so all of it is sent again.
            done.lost_answers += 1;
            let again = platform.app.report_events(reporter, events).await.context("failed to report again")?;
            anyhow::ensure!(again.accepted == 0, "{} events were taken twice", again.accepted);
            anyhow::ensure!(again.rejected == answer.rejected, "an event was judged in two ways");
            answer.duplicates = again.duplicates;
        }
        done.refused_events += u64::try_from(answer.rejected.len()).unwrap_or(0);
        let rejected: Vec<usize> = answer.rejected.iter().map(|(place, _)| *place).collect();
        for (_, sent) in batch.iter().enumerate().filter(|(place, _)| !rejected.contains(place)) {
            let Some(kind) = sent.event.kind else { continue };
            self.books.write(Acknowledged {
                order: sent.order,
                decision: sent.decision,
                viewer: sent.event.viewer.as_deref().unwrap_or_default(),
                kind,
                watched_ms: sent.event.watched_ms.unwrap_or(0),
            });
        }
        Ok(())
    }

    /// Tokens that were tampered with, shown for another viewer, or used a second time.
    async fn attack(&mut self, platform: &Platform, done: &mut Done) -> Result<()> {
        if self.delivered.is_empty() || !self.chance.permille(200) {
            return Ok(());
        }
        let victim = self.delivered[self.chance.place(self.delivered.len())].event.clone();
        self.sent += 1;
        let id = format!("attack-{}", self.sent);
        let mut forged = victim.token.clone().unwrap_or_default().into_bytes();
        let place = 3 + self.chance.place(forged.len() - 3);
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).context("failed to forge a token")?;
        let click = Some(EventKind::Comment);
        let tampered = ReportedEvent { id: id.clone(), token: Some(forged), kind: click, ..victim.clone() };
        let stolen = ReportedEvent {
            id: format!("{id}-stolen"),
            viewer: Some("somebody else".to_owned()),
            kind: click,
            ..victim.clone()
        };
        let events = vec![tampered, stolen];
        let answer = platform.app.report_events(reporter(platform.tenant), events).await.context("failed to attack")?;
        anyhow::ensure!(answer.accepted == 0 && answer.rejected.len() == 2, "a forged event was taken: {answer:?}");
        done.refused_events += 2;
        // The same impression under a new id: taken, and not counted again.
        let replayed = ReportedEvent { id: format!("{id}-replayed"), kind: Some(EventKind::Impression), ..victim };
        platform
            .app
            .report_events(reporter(platform.tenant), vec![replayed])
            .await
            .map(drop)
            .context("failed to replay")
    }
}

const fn reporter(tenant: TenantId) -> Reporter {
    Reporter { tenant, money_allowed: true, strict: false, validate_only: false }
}
