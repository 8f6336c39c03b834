//! The audience: sessions come and go, each page asks for promoted cards, and people do things with them.

use std::collections::{BTreeMap, HashMap};

use tracing::warn;
use tuiliu_app::delivery::{DecisionAsk, EventKind, ReportedEvent, Reporter, SlotAsk};
use tuiliu_domain::id::{ContentId, RoomId};
use tuiliu_domain::limits::EVENTS_PER_REPORT_MAX;
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::{MINUTE_MS, SECOND_MS, Timestamp};

use super::Sample;
use super::life::{LifeSettings, Witness};
use crate::audience::{Doing, SeenRoom, Viewer, doings, traffic_permille, video_doings};
use crate::progress::Progress;
use crate::random::Chance;
use crate::seed::platform::Platform;

/// How often one person opens the feed in the busiest hour.
const BETWEEN_SESSIONS_MS: i64 = 30 * MINUTE_MS;
const PAGES_MAX: i64 = 12;
/// Things that people are still doing at most; beyond it nobody new comes.
const DOINGS_MAX: usize = 200_000;
/// Sessions and people at one time; more wait outside.
const SESSIONS_MAX: usize = 20_000;
pub(super) const PLACEMENT: &str = "feed";
const FEED_ITEMS: u32 = 8;
/// What viewers make of the sample's videos: all carry goods.
const SEEN_VIDEO: SeenRoom = SeenRoom { interest: 0, has_cart: true };

/// Somebody who looks at the feed.
struct Session {
    viewer: Viewer,
    pages_left: i64,
}

/// The audience and what it is doing; times are the audience's own, in milliseconds since this life began.
pub(super) struct Feed {
    platform: Platform,
    settings: LifeSettings,
    began: Timestamp,
    life: u64,
    chance: Chance,
    /// Rooms that can be met by chance, most popular first.
    rooms: Vec<(RoomId, SeenRoom)>,
    seen: HashMap<RoomId, SeenRoom>,
    next_session_ms: i64,
    /// By time, and a number that keeps two of one moment apart.
    sessions: BTreeMap<(i64, u64), Session>,
    doings: BTreeMap<(i64, u64), ReportedEvent>,
    numbered: u64,
    /// Was not acknowledged and is reported again, under the same ids.
    unacknowledged: Vec<ReportedEvent>,
}

impl Feed {
    pub(super) fn new(sample: &Sample, settings: LifeSettings, life: u64) -> Self {
        Self {
            platform: sample.platform.clone(),
            settings,
            began: sample.platform.now(),
            life,
            chance: Chance::of(settings.seed, life),
            rooms: Vec::new(),
            seen: HashMap::new(),
            next_session_ms: 0,
            sessions: BTreeMap::new(),
            doings: BTreeMap::new(),
            numbered: 0,
            unacknowledged: Vec::new(),
        }
    }

    /// The rooms that are live now.
    pub(super) fn meet(&mut self, rooms: Vec<(RoomId, SeenRoom)>) {
        self.seen.extend(rooms.iter().copied());
        if self.seen.len() > 10_000 {
            self.seen = rooms.iter().copied().collect();
        }
        self.rooms = rooms;
    }

    /// The audience's own time.
    fn now_ms(&self) -> i64 {
        self.platform.now().since_ms(self.began).max(0).saturating_mul(i64::from(self.settings.speed))
    }

    /// Everything that happens until now.
    pub(super) async fn tick(&mut self, progress: &Progress, witness: Option<&dyn Witness>) {
        let now_ms = self.now_ms();
        self.arrive(now_ms);
        self.browse(now_ms, progress);
        self.report(now_ms, progress, witness).await;
    }

    /// New sessions, as many as the hour brings.
    fn arrive(&mut self, now_ms: i64) {
        let busy = i64::from(traffic_permille(self.platform.now()).max(1));
        let viewers = i64::from(self.settings.viewers.max(1));
        let mean_ms = (BETWEEN_SESSIONS_MS * 1_000 / busy / viewers).max(1);
        while self.next_session_ms <= now_ms {
            let at = self.next_session_ms.max(now_ms - MINUTE_MS);
            self.next_session_ms = at + self.chance.wait_ms(mean_ms).max(1);
            if self.sessions.len() >= SESSIONS_MAX || self.doings.len() >= DOINGS_MAX {
                continue;
            }
            let number = self.chance.below(u64::from(self.settings.viewers.max(1)));
            let viewer = Viewer::numbered(self.settings.seed, number);
            let pages_left = self.chance.between(1, PAGES_MAX);
            let place = (at, self.number());
            self.sessions.insert(place, Session { viewer, pages_left });
        }
    }

    fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// Pages that are looked at.
    fn browse(&mut self, now_ms: i64, progress: &Progress) {
        while let Some(entry) = self.sessions.first_entry().filter(|entry| entry.key().0 <= now_ms) {
            let ((at, _), mut session) = entry.remove_entry();
            self.page(at, &session.viewer, progress);
            session.pages_left -= 1;
            if session.pages_left > 0 {
                let next = at + 3 * SECOND_MS + self.chance.wait_ms(9 * SECOND_MS);
                let place = (next, self.number());
                self.sessions.insert(place, session);
            }
        }
    }

    fn page(&mut self, at: i64, viewer: &Viewer, progress: &Progress) {
        let slot = |position| SlotAsk { position, ..SlotAsk::default() };
        let ask = DecisionAsk {
            placement: PLACEMENT.to_owned(),
            slots: vec![slot(2), slot(6)],
            feed_items: Some(FEED_ITEMS),
            viewer: viewer.ask().clone(),
            ..DecisionAsk::default()
        };
        let shown = self.platform.app.decide(self.platform.tenant, &ask).shown;
        progress.decisions.add(1);
        progress.shown.add(shown.len());
        for card in shown {
            let source = Source { id: card.decision.to_string(), token: Some(card.token), room: None };
            match card.content {
                ContentId::Room(room) => {
                    let Some(room) = self.seen.get(&room).copied() else { continue };
                    self.follow(at, viewer, room, &source);
                }
                ContentId::Video(_) => {
                    let all = video_doings(viewer, SEEN_VIDEO, &mut self.chance);
                    self.happen(at, viewer, all, &source);
                }
            }
        }
        // What the feed shows anyway: the popular rooms more often.
        if !self.rooms.is_empty() {
            let (id, room) = self.rooms[self.chance.popular(self.rooms.len())];
            let number = self.number();
            let source = Source { id: format!("natural-{}-{number}", self.life), token: None, room: Some(id) };
            self.follow(at, viewer, room, &source);
        }
    }

    /// What a viewer does with a card, as events that come in their time.
    fn follow(&mut self, at: i64, viewer: &Viewer, room: SeenRoom, source: &Source) {
        let all = doings(viewer, room, &mut self.chance);
        self.happen(at, viewer, all, source);
    }

    fn happen(&mut self, at: i64, viewer: &Viewer, all: Vec<Doing>, source: &Source) {
        for (nth, doing) in all.into_iter().enumerate() {
            let event = source.event(nth, viewer, &doing);
            let place = (at + doing.after_ms, self.number());
            self.doings.insert(place, event);
        }
    }

    /// Reports what was done until now; what is not acknowledged comes again with the next report.
    async fn report(&mut self, now_ms: i64, progress: &Progress, witness: Option<&dyn Witness>) {
        let now = self.platform.now();
        let mut events = std::mem::take(&mut self.unacknowledged);
        while events.len() < EVENTS_PER_REPORT_MAX
            && let Some(entry) = self.doings.first_entry().filter(|entry| entry.key().0 <= now_ms)
        {
            events.push(ReportedEvent { occurred_at: now, ..entry.remove() });
        }
        if events.is_empty() {
            return;
        }
        let tenant = self.platform.tenant;
        let reporter = Reporter { tenant, money_allowed: true, strict: false, validate_only: false };
        match self.platform.app.report_events(reporter, events.clone()).await {
            Ok(answer) => {
                progress.events.add(answer.accepted);
                progress.failures.add(answer.rejected.len());
                if let Some(witness) = witness {
                    let rejected: Vec<usize> = answer.rejected.iter().map(|(place, _)| *place).collect();
                    let kept = events.iter().enumerate().filter(|(place, _)| !rejected.contains(place));
                    let told = kept.filter_map(|(_, event)| Some((event.id.clone(), event.kind?.code())));
                    witness.reported(&told.collect::<Vec<_>>());
                }
            }
            Err(fault) => {
                warn!(fault = %fault, "could not report events; they are reported again");
                progress.failures.add(1);
                self.unacknowledged = events;
            }
        }
    }
}

/// Where a card came from: an impression that was sold, or the feed itself.
struct Source {
    /// Its events are numbered under this.
    id: String,
    token: Option<String>,
    room: Option<RoomId>,
}

impl Source {
    fn event(&self, nth: usize, viewer: &Viewer, doing: &Doing) -> ReportedEvent {
        ReportedEvent {
            id: format!("{}-{nth}", self.id),
            kind: Some(doing.kind),
            token: self.token.clone(),
            viewer: Some(viewer.id().to_owned()),
            content: self.room.map(ContentId::Room),
            watched_ms: doing.watched_ms,
            undone: doing.undone.filter(|_| doing.kind == EventKind::Undo),
            value: doing.value_fen.map(Amount::new),
            ..ReportedEvent::default()
        }
    }
}
