//! What a host reports that viewers did, and what is kept of it until it is folded (DL-08).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use tuiliu_delivery::token::Claims;
use tuiliu_domain::id::{ContentId, RoomId, VideoId};
use tuiliu_domain::limits::EVENT_ITEMS_MAX;
use tuiliu_domain::money::Amount;
use tuiliu_domain::promotion::Engagement;
use tuiliu_domain::time::{DAY_MS, MINUTE_MS, Timestamp};
use tuiliu_domain::viewer::{TRAITS_BYTES, ViewerTraits};
use tuiliu_measure::traffic::Invalid;

/// Events older than this are refused; the identity of every event is remembered for longer.
pub(super) const AGE_MAX_MS: i64 = 7 * DAY_MS;
/// Events from further ahead than this are refused.
pub(super) const AHEAD_MAX_MS: i64 = 10 * MINUTE_MS;
/// Bytes of the host's id of a product, a purchase or a draw.
const NAME_BYTES_MAX: usize = 128;
/// Units of one product in one event.
const UNITS_MAX: u32 = 1_000_000;
/// Largest value of one purchase, in fen.
pub(super) const VALUE_FEN_MAX: i64 = 100_000_000_000;

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal,)*) => {
        /// What a viewer did.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum EventKind { $($(#[$doc])* #[serde(rename = $code)] $kind,)* }

        impl EventKind {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$kind),*];
            /// The codes of all kinds; never renamed.
            pub const CODES: &[&'static str] = &[$($code),*];

            /// The code used in rows and in the API.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code),* }
            }

            /// The kind with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.code() == code)
            }
        }
    };
}

event_kinds! {
    /// The card was shown.
    Impression = "impression",
    /// The viewer entered the room.
    RoomEnter = "room_enter",
    /// The viewer has watched so long since entering.
    Watch = "watch",
    /// The viewer left the room after watching so long.
    RoomLeave = "room_leave",
    /// The viewer clicked the card.
    Click = "click",
    /// The viewer was shown a product.
    ProductShow = "product_show",
    ProductClick = "product_click",
    Comment = "comment",
    Like = "like",
    /// The viewer put the video among their favourites.
    Favourite = "favourite",
    Follow = "follow",
    Share = "share",
    /// The viewer opened the creator's profile.
    ProfileVisit = "profile_visit",
    /// The viewer began to play the video.
    Play = "play",
    /// Goods were ordered and not paid yet.
    PurchaseCreated = "purchase_created",
    PurchasePaid = "purchase_paid",
    PurchaseRefunded = "purchase_refunded",
    /// The viewer took back a like, a follow, a favourite or a comment.
    Undo = "undo",
    /// The viewer does not want to see this any more.
    Hide = "hide",
    /// The viewer entered a draw, a lucky bag.
    DrawEnter = "draw_enter",
    /// The broadcast opened a draw.
    DrawOpen = "draw_open",
    /// The broadcast offers a product.
    ProductListed = "product_listed",
    /// The broadcast began to present a product.
    PresentationStart = "presentation_start",
    /// The broadcast went on from a product.
    PresentationEnd = "presentation_end",
}

impl EventKind {
    /// Whether it is one of the commerce figures, which are final some time after the broadcast (TP-23).
    #[must_use]
    pub const fn is_commerce(self) -> bool {
        self.is_money() || matches!(self, Self::ProductClick)
    }

    /// Whether the broadcast did it and no viewer, so that only a secret key may report it.
    #[must_use]
    pub const fn is_of_broadcast(self) -> bool {
        matches!(self, Self::DrawOpen | Self::ProductListed | Self::PresentationStart | Self::PresentationEnd)
    }

    /// Whether it speaks of money, so that only a secret key may report it.
    #[must_use]
    pub const fn is_money(self) -> bool {
        matches!(self, Self::PurchaseCreated | Self::PurchasePaid | Self::PurchaseRefunded)
    }
}

/// How an event came about, as far as the host tells (AT-03); never stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventOrigin {
    pub user_agent: Option<String>,
    pub address: Option<IpAddr>,
    /// The host knows that a machine did it.
    pub automated: bool,
    /// It was fetched before anybody looked.
    pub prefetched: bool,
    /// Whether it was on a screen; nothing when the host does not tell.
    pub rendered: Option<bool>,
}

/// One event as the host reports it, read but not judged yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedEvent {
    /// The host's id of the event: with the type and the tenant it makes a duplicate.
    pub id: String,
    pub kind: Option<EventKind>,
    pub occurred_at: Timestamp,
    /// The token of the impression it follows; without one it is natural traffic.
    pub token: Option<String>,
    /// The host's id of the viewer.
    pub viewer: Option<String>,
    /// What natural traffic went to.
    pub content: Option<ContentId>,
    pub watched_ms: Option<i64>,
    /// What was taken back, for an undo.
    pub undone: Option<EventKind>,
    /// Paid or refunded value in fen.
    pub value: Option<Amount>,
    /// The host muted the viewer: the comment does not count (LV-16).
    pub muted: bool,
    /// The host's id of the purchase that was made, paid or refunded.
    pub purchase: Option<String>,
    /// The products that it is about.
    pub items: Vec<EventItem>,
    /// How it came about; judged and then forgotten.
    pub origin: EventOrigin,
    /// The host's id of a draw.
    pub draw: Option<String>,
    /// What the host tells of the viewer.
    pub traits: ViewerTraits,
}

/// A product of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventItem {
    /// The host's id of the product.
    #[serde(rename = "p")]
    pub product: String,
    /// Units bought, or in stock where the product is listed; `None` when the host does not tell.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// What all units together cost, in fen.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub value_fen: Option<i64>,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Why an event was not taken; it changes nothing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventRefusal { $($(#[$doc])* $name,)* }

        impl EventRefusal {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code used in the API and in counters; never renamed.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }
        }
    };
}

refusals! {
    /// The id is empty, too long or not printable.
    BadId = "event.bad_id",
    UnknownType = "event.unknown_type",
    TooOld = "event.too_old",
    InFuture = "event.in_future",
    /// A number is negative, too large or missing where the type needs it.
    BadValue = "event.bad_value",
    /// Only secret keys report money.
    MoneyNotAllowed = "event.money_not_allowed",
    /// Only secret keys report what a broadcast did.
    BroadcastNotAllowed = "event.broadcast_not_allowed",
    /// Neither a token nor a room or video tells what the event is about.
    NoSubject = "event.no_subject",
    TokenMalformed = "event.token_malformed",
    TokenForged = "event.token_forged",
    TokenExpired = "event.token_expired",
    /// The token was given to another tenant.
    TokenForeign = "event.token_foreign",
    /// The token was given for another viewer.
    ViewerMismatch = "event.viewer_mismatch",
}

/// An event that was taken, as it lies in its batch. Field names are short: there are many of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakenEvent {
    /// What makes it the same one; 0 in batches that older versions wrote.
    #[serde(rename = "y", default)]
    pub(crate) id: u128,
    #[serde(rename = "k")]
    pub(crate) kind: EventKind,
    #[serde(rename = "t")]
    pub(crate) at_ms: i64,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(crate) promoted: Option<Promoted>,
    /// The rule of valid traffic that it breaks, as a code.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(crate) invalid: Option<String>,
    /// Room of a natural event.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<u128>,
    /// Video of a natural event.
    #[serde(rename = "vi", default, skip_serializing_if = "Option::is_none")]
    pub(crate) video: Option<u128>,
    /// Keyed hash of the viewer of a natural event, the same as in decisions; `None` when the host did not say who.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub(crate) natural_viewer: Option<u128>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(crate) watched_ms: Option<i64>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(crate) undone: Option<EventKind>,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub(crate) value_fen: Option<i64>,
    #[serde(rename = "m", default, skip_serializing_if = "is_false")]
    pub(crate) muted: bool,
    /// Hash of the tenant's id of a purchase.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub(crate) purchase: Option<u128>,
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) items: Vec<EventItem>,
    /// The host's id of a draw.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(crate) draw: Option<String>,
    /// What is known of the viewer, from the token and from the host.
    #[serde(rename = "c", default, skip_serializing_if = "is_unknown")]
    pub(crate) traits: [u8; TRAITS_BYTES],
}

/// What the token of a promoted event said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Promoted {
    #[serde(rename = "o")]
    pub(crate) order: u128,
    /// The room or video.
    #[serde(rename = "r")]
    pub(crate) content: u128,
    #[serde(rename = "d")]
    pub(crate) decision: u128,
    #[serde(rename = "v")]
    pub(crate) viewer: u128,
    #[serde(rename = "p")]
    pub(crate) price: i64,
    #[serde(rename = "n")]
    pub(crate) node: u32,
    #[serde(rename = "e")]
    pub(crate) epoch: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(truth: &bool) -> bool {
    !*truth
}

fn is_unknown(traits: &[u8; TRAITS_BYTES]) -> bool {
    *traits == [0; TRAITS_BYTES]
}

impl From<&Claims> for Promoted {
    fn from(claims: &Claims) -> Self {
        Self {
            order: claims.order.value(),
            content: claims.content.value(),
            decision: claims.decision.value(),
            viewer: claims.viewer_hash,
            price: claims.price.get(),
            node: claims.node,
            epoch: claims.epoch,
        }
    }
}

impl TakenEvent {
    /// Why it is no valid traffic, if it is none.
    pub(crate) fn invalid(&self) -> Option<Invalid> {
        self.invalid.as_deref().and_then(Invalid::from_code)
    }

    pub(crate) const fn at(&self) -> Timestamp {
        Timestamp::from_ms(self.at_ms)
    }

    /// What natural traffic went to.
    pub(crate) fn content(&self) -> Option<ContentId> {
        let room = self.room.map(|room| ContentId::Room(RoomId::new(room)));
        room.or_else(|| self.video.map(|video| ContentId::Video(VideoId::new(video))))
    }

    /// What may be charged of it, if anything.
    pub(crate) fn engagement(&self) -> Option<Engagement> {
        match self.kind {
            EventKind::Watch | EventKind::RoomLeave => {
                Some(Engagement::View { watched_ms: self.watched_ms.unwrap_or(0) })
            }
            EventKind::Comment => Some(Engagement::Comment),
            EventKind::Follow => Some(Engagement::Follow { undone_at: None }),
            EventKind::ProductClick => Some(Engagement::ProductClick),
            EventKind::PurchasePaid => Some(Engagement::Purchase),
            EventKind::Like | EventKind::Favourite | EventKind::Share => Some(Engagement::Interest),
            EventKind::ProfileVisit => Some(Engagement::ProfileVisit),
            _ => None,
        }
    }
}

/// Judges what needs no token: identity, time, numbers.
pub(crate) fn check(event: &ReportedEvent, money_allowed: bool, now: Timestamp) -> Result<EventKind, EventRefusal> {
    let printable = event.id.bytes().all(|byte| byte.is_ascii_graphic());
    if event.id.is_empty() || event.id.len() > 128 || !printable {
        return Err(EventRefusal::BadId);
    }
    let kind = event.kind.ok_or(EventRefusal::UnknownType)?;
    let age_ms = now.since_ms(event.occurred_at);
    if age_ms > AGE_MAX_MS {
        return Err(EventRefusal::TooOld);
    }
    if age_ms < -AHEAD_MAX_MS {
        return Err(EventRefusal::InFuture);
    }
    if kind.is_money() && !money_allowed {
        return Err(EventRefusal::MoneyNotAllowed);
    }
    if kind.is_of_broadcast() && !money_allowed {
        return Err(EventRefusal::BroadcastNotAllowed);
    }
    if numbers_fit(event, kind) { Ok(kind) } else { Err(EventRefusal::BadValue) }
}

fn numbers_fit(event: &ReportedEvent, kind: EventKind) -> bool {
    let watched_fits = event.watched_ms.is_none_or(|ms| (0..=DAY_MS).contains(&ms));
    let value_fits = event.value.is_none_or(|value| (0..=VALUE_FEN_MAX).contains(&value.units()));
    let complete = match kind {
        EventKind::Watch | EventKind::RoomLeave => event.watched_ms.is_some(),
        EventKind::ProductShow
        | EventKind::ProductListed
        | EventKind::PresentationStart
        | EventKind::PresentationEnd => !event.items.is_empty(),
        EventKind::DrawOpen | EventKind::DrawEnter => event.draw.is_some(),
        EventKind::PurchasePaid | EventKind::PurchaseRefunded => event.value.is_some_and(|value| value.units() > 0),
        EventKind::Undo => matches!(
            event.undone,
            Some(EventKind::Like | EventKind::Follow | EventKind::Comment | EventKind::Favourite)
        ),
        _ => true,
    };
    watched_fits && value_fits && complete && names_fit(event)
}

fn names_fit(event: &ReportedEvent) -> bool {
    let fits = |name: &str| (1..=NAME_BYTES_MAX).contains(&name.len());
    let item = |item: &EventItem| {
        fits(&item.product)
            && item.value_fen.is_none_or(|value| (0..=VALUE_FEN_MAX).contains(&value))
            && item.units.is_none_or(|units| units <= UNITS_MAX)
    };
    let named = [&event.purchase, &event.draw];
    event.items.len() <= EVENT_ITEMS_MAX
        && event.items.iter().all(item)
        && named.into_iter().flatten().all(|name| fits(name))
}
