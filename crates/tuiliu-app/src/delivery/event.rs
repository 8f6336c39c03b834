//! What a host reports that viewers did, and what is kept of it until it is folded (DL-08).

use serde::{Deserialize, Serialize};
use tuiliu_delivery::token::Claims;
use tuiliu_domain::id::RoomId;
use tuiliu_domain::money::Amount;
use tuiliu_domain::promotion::Engagement;
use tuiliu_domain::time::{DAY_MS, MINUTE_MS, Timestamp};

/// Events older than this are refused; the identity of every event is remembered for longer.
pub(super) const AGE_MAX_MS: i64 = 7 * DAY_MS;
/// Events from further ahead than this are refused.
pub(super) const AHEAD_MAX_MS: i64 = 10 * MINUTE_MS;
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
    /// The viewer clicked the card.
    Click = "click",
    ProductClick = "product_click",
    Comment = "comment",
    Like = "like",
    Follow = "follow",
    Share = "share",
    /// Goods were ordered and not paid yet.
    PurchaseCreated = "purchase_created",
    PurchasePaid = "purchase_paid",
    PurchaseRefunded = "purchase_refunded",
    /// The viewer took back a like or a follow.
    Undo = "undo",
    /// The viewer does not want to see this any more.
    Hide = "hide",
}

impl EventKind {
    /// Whether it is one of the commerce figures, which are final some time after the broadcast (TP-23).
    #[must_use]
    pub const fn is_commerce(self) -> bool {
        self.is_money() || matches!(self, Self::ProductClick)
    }

    /// Whether it speaks of money, so that only a secret key may report it.
    #[must_use]
    pub const fn is_money(self) -> bool {
        matches!(self, Self::PurchaseCreated | Self::PurchasePaid | Self::PurchaseRefunded)
    }
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
    pub room: Option<RoomId>,
    pub watched_ms: Option<i64>,
    /// What was taken back, for an undo.
    pub undone: Option<EventKind>,
    /// Paid or refunded value in fen.
    pub value: Option<Amount>,
    /// The host muted the viewer: the comment does not count (LV-16).
    pub muted: bool,
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
    /// Neither a token nor a room tells what the event is about.
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
    #[serde(rename = "k")]
    pub(crate) kind: EventKind,
    #[serde(rename = "t")]
    pub(crate) at_ms: i64,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(crate) promoted: Option<Promoted>,
    /// Room of a natural event.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<u128>,
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
}

/// What the token of a promoted event said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Promoted {
    #[serde(rename = "o")]
    pub(crate) order: u128,
    #[serde(rename = "r")]
    pub(crate) room: u128,
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

impl From<&Claims> for Promoted {
    fn from(claims: &Claims) -> Self {
        Self {
            order: claims.order.value(),
            room: claims.room.value(),
            decision: claims.decision.value(),
            viewer: claims.viewer_hash,
            price: claims.price.get(),
            node: claims.node,
            epoch: claims.epoch,
        }
    }
}

impl TakenEvent {
    pub(crate) const fn at(&self) -> Timestamp {
        Timestamp::from_ms(self.at_ms)
    }

    /// What may be charged of it, if anything.
    pub(crate) fn engagement(&self) -> Option<Engagement> {
        match self.kind {
            EventKind::Watch => Some(Engagement::View { watched_ms: self.watched_ms.unwrap_or(0) }),
            EventKind::Comment => Some(Engagement::Comment),
            EventKind::Follow => Some(Engagement::Follow { undone_at: None }),
            EventKind::ProductClick => Some(Engagement::ProductClick),
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
    if numbers_fit(event, kind) { Ok(kind) } else { Err(EventRefusal::BadValue) }
}

fn numbers_fit(event: &ReportedEvent, kind: EventKind) -> bool {
    let watched_fits = event.watched_ms.is_none_or(|ms| (0..=DAY_MS).contains(&ms));
    let value_fits = event.value.is_none_or(|value| (0..=VALUE_FEN_MAX).contains(&value.units()));
    let complete = match kind {
        EventKind::Watch => event.watched_ms.is_some(),
        EventKind::PurchasePaid | EventKind::PurchaseRefunded => event.value.is_some_and(|value| value.units() > 0),
        EventKind::Undo => matches!(event.undone, Some(EventKind::Like | EventKind::Follow | EventKind::Comment)),
        _ => true,
    };
    watched_fits && value_fits && complete
}
