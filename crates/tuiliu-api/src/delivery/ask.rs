//! What a host asks: placements, and what it cares to tell of the viewer.

use serde::Deserialize;
use tuiliu_app::App;
use tuiliu_app::delivery::{ContentType, DecisionAsk, SlotAsk, ViewerAsk};
use tuiliu_domain::id::{ContentId, PartyId, TenantId};
use tuiliu_domain::limits::SLOTS_PER_REQUEST_MAX;
use utoipa::ToSchema;

use crate::code::Code;
use crate::problem::Problem;
use crate::views::PartyIdView;

/// Characters of a name or id that the host chooses.
pub(super) const NAME_LENGTH_MAX: usize = tuiliu_domain::limits::PLACEMENT_CHARS_MAX;
/// Furthest position in a feed.
const POSITION_MAX: u32 = 10_000;

/// What to show to one viewer now.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct DecisionRequest {
    /// The caller's own name of this request; ours when left out.
    #[schema(max_length = 128)]
    pub(super) request_id: Option<String>,
    /// How long the caller waits. The answer takes microseconds and is not cut short.
    #[serde(rename = "tmax_ms")]
    #[schema(example = 80)]
    _tmax_ms: Option<u32>,
    #[schema(min_items = 1, max_items = 40)]
    pub(super) placements: Vec<PlacementAsk>,
    #[serde(default)]
    user: UserAsk,
    #[serde(default)]
    device: DeviceAsk,
    #[serde(default)]
    context: ContextAsk,
    #[serde(default)]
    pub(super) privacy: PrivacyAsk,
}

/// One placement of the feed.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PlacementAsk {
    /// The host's name of it.
    #[schema(example = "feed_home", max_length = 128)]
    pub(super) id: String,
    /// Items wanted; over all placements at most 40.
    #[schema(minimum = 1, maximum = 40)]
    slots: u32,
    /// What can be shown here: `live_room`, `video`; left out it is anything.
    #[serde(default)]
    content_types: Vec<ContentTypeView>,
    /// Where in the feed, counted from 1, one for each slot. Without them `feed_items` is needed.
    #[serde(default)]
    positions: Vec<u32>,
    /// Items of the page around the slots, promoted and natural: what the largest promoted share is taken of. Left out
    /// it is the last position.
    feed_items: Option<u32>,
}

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = ContentType)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContentTypeView {
    LiveRoom,
    Video,
}

/// What the host tells of the viewer; everything is optional.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct UserAsk {
    /// The host's opaque id of the viewer. Nobody's name, number or address.
    #[schema(max_length = 128)]
    opaque_user_id: Option<String>,
    /// Where nobody is signed in.
    #[schema(max_length = 128)]
    anonymous_id: Option<String>,
    /// The party that the viewer is here, so that nobody is shown their own promotion.
    party_id: Option<PartyIdView>,
    #[schema(example = "24-30")]
    age_range: Option<String>,
    /// `f` and `m`, or the words that audiences use.
    gender: Option<String>,
    #[schema(example = "CN-44")]
    region: Option<String>,
    #[serde(default)]
    interests: Vec<String>,
    #[serde(default)]
    segments: Vec<String>,
    /// Creators to whose followers the viewer is alike, by the names that audiences use.
    #[serde(default)]
    similar_to: Vec<String>,
    #[serde(default)]
    live_watcher: bool,
    /// Creators that the viewer has watched before.
    #[serde(default)]
    known_creators: Vec<PartyIdView>,
    /// Creators that the viewer does not want to see.
    #[serde(default)]
    blocked_creators: Vec<PartyIdView>,
    /// Rooms that the viewer does not want to see, by the host's ids or ours.
    #[serde(default)]
    hidden_rooms: Vec<String>,
    /// Videos that the viewer does not want to see, by the host's ids or ours.
    #[serde(default)]
    hidden_videos: Vec<String>,
}

/// What the viewer looks at it with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct DeviceAsk {
    /// `mobile` and `phone` are the same.
    #[serde(rename = "type")]
    #[schema(example = "mobile")]
    kind: Option<String>,
    #[schema(example = "ios")]
    os: Option<String>,
}

/// What surrounds the request.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct ContextAsk {
    /// Only these, when given.
    candidates: Option<Vec<EntityView>>,
    /// Never these.
    #[serde(default)]
    exclude: Vec<EntityView>,
}

/// Something that can be shown, or whose it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = Entity)]
pub(crate) struct EntityView {
    #[serde(rename = "type")]
    pub(super) kind: EntityKind,
    /// The host's id of a room or video, or ours; our id of a creator.
    #[schema(max_length = 512)]
    pub(super) id: String,
}

/// What kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntityKind {
    LiveRoom,
    Video,
    Creator,
}

/// What the viewer allows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct PrivacyAsk {
    /// Without it nothing that was told of the viewer chooses what is shown, but what they hid stays hidden.
    pub(super) personalized: bool,
    /// Nothing promoted is shown.
    pub(super) minor_mode: bool,
}

impl Default for PrivacyAsk {
    fn default() -> Self {
        Self { personalized: true, minor_mode: false }
    }
}

impl PlacementAsk {
    fn slots(&self, at: usize) -> Result<Vec<SlotAsk>, Problem> {
        let refuse = |field: &str, detail: &str| {
            Err(Problem::new(Code::DecisionPlacementInvalid).with_error(format!("/placements/{at}/{field}"), detail))
        };
        if self.id.is_empty() || self.id.chars().count() > NAME_LENGTH_MAX {
            return refuse("id", "the name of a placement has 1 to 128 characters");
        }
        let count = usize::try_from(self.slots).unwrap_or(usize::MAX);
        if !(1..=SLOTS_PER_REQUEST_MAX).contains(&count) {
            return refuse("slots", "a placement has 1 to 40 slots");
        }
        if self.positions.is_empty() && self.feed_items.is_none() {
            return refuse("positions", "`positions` or `feed_items` must tell how large the feed around the slots is");
        }
        if !self.positions.is_empty() && self.positions.len() != count {
            return refuse("positions", "each slot has one position");
        }
        let ascending = self.positions.is_sorted_by(|one, next| one < next);
        if !ascending || self.positions.iter().any(|position| !(1..=POSITION_MAX).contains(position)) {
            return refuse("positions", "positions ascend and are from 1 to 10000");
        }
        let slot = |position: u32| SlotAsk { position, ..SlotAsk::default() };
        Ok(if self.positions.is_empty() {
            (1..=self.slots).map(slot).collect()
        } else {
            self.positions.iter().copied().map(slot).collect()
        })
    }
}

impl DecisionRequest {
    /// What is asked of the engine, one question for each placement.
    pub(super) fn asks(self, app: &App, tenant: TenantId) -> Result<Vec<DecisionAsk>, Problem> {
        if self.placements.is_empty() {
            return Err(Problem::new(Code::DecisionPlacementInvalid).with_error("/placements", "nothing is asked for"));
        }
        let mut slots = Vec::with_capacity(self.placements.len());
        for (at, placement) in self.placements.iter().enumerate() {
            slots.push(placement.slots(at)?);
        }
        let wanted: usize = slots.iter().map(Vec::len).sum();
        if wanted > SLOTS_PER_REQUEST_MAX {
            let detail = format!("over all placements at most {SLOTS_PER_REQUEST_MAX} slots can be asked for");
            return Err(Problem::new(Code::DecisionTooManySlots).with_detail(detail));
        }
        let contents = Contents { app, tenant };
        let candidate_contents = self.context.candidates.as_deref().map(|list| contents.of_entities(list));
        let excluded_contents = contents.of_entities(&self.context.exclude);
        let excluded_creators = creators(&self.context.exclude)?;
        let viewer = viewer(self.user, self.device, self.privacy.personalized, &contents)?;
        let asks = self.placements.into_iter().zip(slots).map(|(placement, slots)| DecisionAsk {
            placement: placement.id,
            slots,
            content_types: placement.content_types.iter().map(|kind| ContentType::from(*kind)).collect(),
            feed_items: placement.feed_items,
            viewer: viewer.clone(),
            candidate_contents: candidate_contents.clone(),
            excluded_contents: excluded_contents.clone(),
            excluded_creators: excluded_creators.clone(),
        });
        Ok(asks.collect())
    }
}

impl From<ContentTypeView> for ContentType {
    fn from(view: ContentTypeView) -> Self {
        match view {
            ContentTypeView::LiveRoom => Self::LiveRoom,
            ContentTypeView::Video => Self::Video,
        }
    }
}

/// Finds rooms and videos by the host's ids or ours, from memory only.
struct Contents<'a> {
    app: &'a App,
    tenant: TenantId,
}

impl Contents<'_> {
    /// What no order runs for is not found, and need not be.
    fn room(&self, id: &str) -> Option<ContentId> {
        id.parse().ok().or_else(|| self.app.promoted_room(self.tenant, id)).map(ContentId::Room)
    }

    fn video(&self, id: &str) -> Option<ContentId> {
        id.parse().ok().or_else(|| self.app.promoted_video(self.tenant, id)).map(ContentId::Video)
    }

    fn of_entities(&self, entities: &[EntityView]) -> Vec<ContentId> {
        let found = |entity: &EntityView| match entity.kind {
            EntityKind::LiveRoom => self.room(&entity.id),
            EntityKind::Video => self.video(&entity.id),
            EntityKind::Creator => None,
        };
        entities.iter().filter_map(found).collect()
    }
}

/// An id that is none is refused: whoever is to be excluded would be shown.
fn creators(entities: &[EntityView]) -> Result<Vec<PartyId>, Problem> {
    let creators = entities.iter().filter(|entity| entity.kind == EntityKind::Creator);
    let parse = |entity: &EntityView| {
        entity.id.parse().map_err(|error| {
            Problem::new(Code::RequestInvalidId).with_error("/context/exclude", format!("failed to {error}"))
        })
    };
    creators.map(parse).collect()
}

fn viewer(user: UserAsk, device: DeviceAsk, personalized: bool, contents: &Contents<'_>) -> Result<ViewerAsk, Problem> {
    let id = user.opaque_user_id.or(user.anonymous_id);
    if id.as_ref().is_some_and(|id| id.is_empty() || id.chars().count() > NAME_LENGTH_MAX) {
        return Err(Problem::new(Code::RequestInvalid)
            .with_error("/user/opaque_user_id", "the id of a viewer has 1 to 128 characters"));
    }
    let parties = |views: Vec<PartyIdView>| views.into_iter().map(|view| view.0).collect();
    let rooms = user.hidden_rooms.iter().filter_map(|room| contents.room(room));
    let hidden = rooms.chain(user.hidden_videos.iter().filter_map(|video| contents.video(video)));
    let told = ViewerAsk {
        id,
        party: user.party_id.map(|party| party.0),
        blocked_creators: parties(user.blocked_creators),
        hidden_contents: hidden.collect(),
        ..ViewerAsk::default()
    };
    if !personalized {
        return Ok(told);
    }
    Ok(ViewerAsk {
        gender: user.gender.map(gender),
        age: user.age_range,
        region: user.region,
        interests: user.interests,
        device: device.kind.map(device_kind),
        system: device.os,
        similar_to: user.similar_to,
        segments: user.segments,
        live_watcher: user.live_watcher,
        known_creators: parties(user.known_creators),
        ..told
    })
}

fn gender(word: String) -> String {
    match word.as_str() {
        "f" => "female".to_owned(),
        "m" => "male".to_owned(),
        _ => word,
    }
}

fn device_kind(word: String) -> String {
    if word == "mobile" { "phone".to_owned() } else { word }
}
