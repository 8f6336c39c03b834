//! Who watches: viewers with stable ids and traits, and what they do with a card that they are shown.

use tuiliu_app::delivery::{EventKind, ViewerAsk};
use tuiliu_domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};

use crate::random::Chance;

/// What people are interested in, and what rooms are about, most popular first.
pub const INTERESTS: &[&str] =
    &["beauty", "fashion", "food", "music", "games", "sports", "parenting", "travel", "pets", "gardening"];
const AGES: &[&str] = &["24-30", "18-23", "31-40", "41-50", "51-60"];
const REGIONS: &[&str] =
    &["CN-44", "CN-33", "CN-32", "CN-11", "CN-31", "CN-51", "CN-42", "CN-37", "CN-4401", "CN-3301"];
const INTERESTS_EACH: usize = 3;
/// Traffic of each hour of the day in China, in thousandths of the busiest.
const DAILY_PERMILLE: [u32; 24] = [
    420, 260, 160, 110, 100, 120, 200, 320, 430, 500, 540, 600, 700, 660, 580, 560, 580, 640, 740, 860, 970, 1_000,
    900, 650,
];
/// China Standard Time is eight hours ahead, all year.
const LOCAL_OFFSET_MS: i64 = 8 * HOUR_MS;

/// How busy the feed is at this instant, in thousandths of the busiest hour.
#[must_use]
pub fn traffic_permille(now: Timestamp) -> u32 {
    let local = now.ms().saturating_add(LOCAL_OFFSET_MS).rem_euclid(DAY_MS);
    let hour = usize::try_from(local / HOUR_MS).unwrap_or(0).min(23);
    let next = (hour + 1) % 24;
    let into = u32::try_from(local % HOUR_MS / MINUTE_MS).unwrap_or(0);
    (DAILY_PERMILLE[hour] * (60 - into) + DAILY_PERMILLE[next] * into) / 60
}

/// A person who watches; the same number under the same seed is always the same person.
#[derive(Debug, Clone)]
pub struct Viewer {
    ask: ViewerAsk,
    interests: Vec<usize>,
    /// How readily they take part, in thousandths of the average.
    liveliness_permille: u32,
}

impl Viewer {
    /// The `number`th viewer under this seed.
    #[must_use]
    pub fn numbered(seed: u64, number: u64) -> Self {
        let mut chance = Chance::of(seed, number);
        let interests: Vec<usize> = (0..INTERESTS_EACH).map(|_| chance.popular(INTERESTS.len())).collect();
        let some = |chance: &mut Chance, values: &[&str]| Some(values[chance.popular(values.len())].to_owned());
        let ask = ViewerAsk {
            id: Some(format!("viewer-{number}")),
            gender: Some(if chance.permille(550) { "female" } else { "male" }.to_owned()),
            age: some(&mut chance, AGES),
            region: some(&mut chance, REGIONS),
            interests: interests.iter().map(|place| INTERESTS[*place].to_owned()).collect(),
            device: Some(if chance.permille(930) { "phone" } else { "tablet" }.to_owned()),
            system: Some(if chance.permille(650) { "android" } else { "ios" }.to_owned()),
            live_watcher: chance.permille(400),
            ..ViewerAsk::default()
        };
        let liveliness_permille = u32::try_from(chance.between(300, 1_700)).unwrap_or(1_000);
        Self { ask, interests, liveliness_permille }
    }

    /// What the host tells of the viewer.
    #[must_use]
    pub const fn ask(&self) -> &ViewerAsk {
        &self.ask
    }

    /// The host's id of the viewer.
    #[must_use]
    pub fn id(&self) -> &str {
        self.ask.id.as_deref().unwrap_or_default()
    }
}

/// A room as a viewer meets it in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenRoom {
    /// What it is about: a place in [`INTERESTS`].
    pub interest: usize,
    pub has_cart: bool,
}

/// One thing that a viewer does after a card was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// Since the card was shown.
    pub after_ms: i64,
    pub kind: EventKind,
    pub watched_ms: Option<i64>,
    /// What is taken back, by an undo.
    pub undone: Option<EventKind>,
    /// Of a purchase or its refund.
    pub value_fen: Option<i64>,
}

impl Doing {
    const fn plain(after_ms: i64, kind: EventKind) -> Self {
        Self { after_ms, kind, watched_ms: None, undone: None, value_fen: None }
    }
}

/// Everything that a viewer does with a card, in order of time: at least seeing it.
#[must_use]
pub fn doings(viewer: &Viewer, room: SeenRoom, chance: &mut Chance) -> Vec<Doing> {
    let mut all = vec![Doing::plain(0, EventKind::Impression)];
    let likes_it = viewer.interests.contains(&room.interest);
    let readily = |permille: u32| (permille * viewer.liveliness_permille / 1_000).min(950);
    if !chance.permille(readily(if likes_it { 320 } else { 90 })) {
        if chance.permille(3) {
            all.push(Doing::plain(SECOND_MS, EventKind::Hide));
        }
        return all;
    }
    let entered_ms = chance.between(400, 2_500);
    all.push(Doing::plain(entered_ms / 2, EventKind::Click));
    all.push(Doing::plain(entered_ms, EventKind::RoomEnter));
    let watched_ms = chance.wait_ms(if likes_it { 45 } else { 12 } * SECOND_MS).min(30 * MINUTE_MS);
    let left_ms = entered_ms + watched_ms;
    if watched_ms > 6 * SECOND_MS {
        // The host reports on the way and again at the end.
        all.push(Doing { watched_ms: Some(6 * SECOND_MS), ..Doing::plain(entered_ms + 6_000, EventKind::Watch) });
        take_part(&mut all, (entered_ms, left_ms), room, (viewer, chance));
    }
    all.push(Doing { watched_ms: Some(watched_ms), ..Doing::plain(left_ms, EventKind::Watch) });
    all.sort_by_key(|doing| doing.after_ms);
    all
}

/// The same with a card of a video: it is played where a room would be entered, and leads to the creator's profile.
#[must_use]
pub fn video_doings(viewer: &Viewer, video: SeenRoom, chance: &mut Chance) -> Vec<Doing> {
    let mut all = doings(viewer, video, chance);
    for doing in all.iter_mut().filter(|doing| doing.kind == EventKind::RoomEnter) {
        doing.kind = EventKind::Play;
    }
    let played = all.iter().find(|doing| doing.kind == EventKind::Play).map(|doing| doing.after_ms);
    if let Some(played) = played.filter(|_| chance.permille(120)) {
        all.push(Doing::plain(played + chance.between(2, 20) * SECOND_MS, EventKind::ProfileVisit));
    }
    all
}

/// What somebody does who stays.
fn take_part(
    all: &mut Vec<Doing>,
    (entered_ms, left_ms): (i64, i64),
    room: SeenRoom,
    (viewer, chance): (&Viewer, &mut Chance),
) {
    let readily = |permille: u32| (permille * viewer.liveliness_permille / 1_000).min(950);
    let within = |chance: &mut Chance| chance.between(entered_ms + SECOND_MS, left_ms);
    for (kind, permille) in [(EventKind::Like, 260), (EventKind::Comment, 130), (EventKind::Share, 25)] {
        if chance.permille(readily(permille)) {
            all.push(Doing::plain(within(chance), kind));
        }
    }
    if chance.permille(readily(70)) {
        let at = within(chance);
        all.push(Doing::plain(at, EventKind::Follow));
        if chance.permille(120) {
            let undone = Some(EventKind::Follow);
            all.push(Doing { undone, ..Doing::plain(at + chance.wait_ms(4 * MINUTE_MS), EventKind::Undo) });
        }
    }
    if room.has_cart && chance.permille(readily(220)) {
        let clicked = within(chance);
        all.push(Doing::plain(clicked, EventKind::ProductClick));
        if chance.permille(readily(180)) {
            buy(all, clicked, chance);
        }
    }
}

fn buy(all: &mut Vec<Doing>, clicked: i64, chance: &mut Chance) {
    let value_fen = Some(chance.between(990, 39_900));
    let at = clicked + chance.between(5, 90) * SECOND_MS;
    all.push(Doing { value_fen, ..Doing::plain(at, EventKind::PurchaseCreated) });
    all.push(Doing { value_fen, ..Doing::plain(at + 4 * SECOND_MS, EventKind::PurchasePaid) });
    if chance.permille(80) {
        let later = at + chance.between(2, 20) * MINUTE_MS;
        all.push(Doing { value_fen, ..Doing::plain(later, EventKind::PurchaseRefunded) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_viewer_is_always_the_same() {
        let (one, other) = (Viewer::numbered(1, 7), Viewer::numbered(1, 8));
        assert_eq!(format!("{one:?}"), format!("{:?}", Viewer::numbered(1, 7)));
        assert_ne!(format!("{:?}", one.ask), format!("{:?}", other.ask));
    }

    #[test]
    fn does_things_in_order_and_only_what_the_room_allows() {
        let mut chance = Chance::seeded(5);
        let mut kinds = std::collections::BTreeMap::new();
        for number in 0..3_000 {
            let viewer = Viewer::numbered(1, number);
            let has_cart = number % 2 == 0;
            let all = doings(&viewer, SeenRoom { interest: 0, has_cart }, &mut chance);
            assert_eq!(all[0].kind, EventKind::Impression);
            assert!(all.windows(2).all(|two| two[0].after_ms <= two[1].after_ms), "{all:?}");
            for doing in &all {
                *kinds.entry(doing.kind.code()).or_insert(0) += 1;
                assert!(has_cart || doing.kind != EventKind::ProductClick);
                assert_eq!(doing.kind.is_money(), doing.value_fen.is_some());
            }
        }
        // What only hosts tell, and what is done to videos, nobody here does.
        let untold = [
            "room_leave",
            "product_show",
            "product_listed",
            "presentation_start",
            "presentation_end",
            "draw_open",
            "draw_enter",
            "play",
            "favourite",
            "profile_visit",
        ];
        for code in EventKind::CODES {
            assert_ne!(kinds.contains_key(code), untold.contains(code), "{code}: {kinds:?}");
        }
    }

    #[test]
    fn evenings_are_busier_than_nights() {
        let at = |hour: i64| traffic_permille(Timestamp::from_ms(hour * HOUR_MS - LOCAL_OFFSET_MS));
        assert_eq!((at(21), at(4)), (1_000, 100));
        assert!(at(20) > 8 * at(3));
    }
}
