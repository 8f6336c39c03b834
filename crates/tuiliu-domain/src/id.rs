//! Typed ids: one type per kind of thing, shown as `prefix_` and 26 characters.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use thiserror::Error;

/// A kind of thing that has ids.
pub trait IdKind {
    /// What its ids start with when they are shown; never renamed or reused.
    const PREFIX: &'static str;
}

/// A 128-bit id (UUIDv7 when made by the platform, so ids sort by time of birth).
pub struct Id<K> {
    value: u128,
    kind: PhantomData<fn() -> K>,
}

macro_rules! id_kinds {
    ($($(#[$doc:meta])* $kind:ident, $alias:ident, $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum $kind {}
            impl IdKind for $kind {
                const PREFIX: &'static str = $prefix;
            }
            $(#[$doc])*
            pub type $alias = Id<$kind>;
        )*
        /// Every prefix in use, so that a test can see that no two are the same.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

// Alphabetical, append-only.
id_kinds! {
    /// Somebody asks for a decision to be looked at again.
    AppealKind, AppealId, "apl";
    /// Money that came into the platform's bank account.
    BankLineKind, BankLineId, "bkl";
    /// A machine's key to the API.
    ApiKeyKind, ApiKeyId, "key";
    /// One command given to the ledger; remembered for ever.
    CommandKind, CommandId, "cmd";
    /// A creator's video that plays were promised of, or quotes rest on.
    CreatorVideoKind, CreatorVideoId, "cv";
    /// One decision of the delivery engine, and the impression it may become.
    DecisionKind, DecisionId, "dec";
    /// One event reported by the host platform.
    EventKind, EventId, "evt";
    /// An application to take part in an incentive programme.
    IncentiveApplicationKind, IncentiveApplicationId, "iap";
    /// A measure against abuse of incentives.
    IncentiveMeasureKind, IncentiveMeasureId, "ims";
    /// A programme that gives coupons to creators and merchants.
    IncentiveProgrammeKind, IncentiveProgrammeId, "ipr";
    /// What an account earned by one task of a programme.
    IncentiveRewardKind, IncentiveRewardId, "irw";
    /// An invoice's subject that is not its account's.
    InvoiceMismatchKind, InvoiceMismatchId, "imm";
    /// A purchase of guarantees on several creators' videos.
    GuaranteeOrderKind, GuaranteeOrderId, "go";
    /// A guarantee on one creator's video.
    GuaranteeServiceKind, GuaranteeServiceId, "gs";
    /// Value promised to an order from one lot.
    HoldKind, HoldId, "hold";
    /// Value of one origin in an account: a coupon, one top-up, one gift.
    LotKind, LotId, "lot";
    /// A request that was answered, in the log of requests.
    LoggedRequestKind, LoggedRequestId, "rql";
    /// A private message of the platform to a party.
    MessageKind, MessageId, "msg";
    /// An order for promotion.
    PromotionOrderKind, PromotionOrderId, "po";
    /// Somebody who acts: creator, merchant, staff, machine.
    PartyKind, PartyId, "pt";
    /// A payment made through an outside provider.
    PaymentKind, PaymentId, "pay";
    /// Money on its way back from a payment.
    PaymentRefundKind, PaymentRefundId, "prf";
    /// A bank account that a party has on file, for what it withdraws.
    PayoutAccountKind, PayoutAccountId, "poa";
    /// A judgement of content.
    ReviewKind, ReviewId, "rev";
    /// Something that waits for a person's judgement.
    ReviewTaskKind, ReviewTaskId, "rvt";
    /// A live room: one broadcast of one creator.
    RoomKind, RoomId, "room";
    /// A signed-in person's session.
    SessionKind, SessionId, "ses";
    /// A host platform; tenants never see each other.
    TenantKind, TenantId, "tn";
    /// A short video.
    VideoKind, VideoId, "vid";
    /// Money on its way out of a wallet.
    WithdrawalKind, WithdrawalId, "wdr";
    /// One attempt to bring an event to an endpoint.
    WebhookAttemptKind, WebhookAttemptId, "wha";
    /// One event on its way to one endpoint.
    WebhookDeliveryKind, WebhookDeliveryId, "whd";
    /// A server of the host that is told what happened.
    WebhookEndpointKind, WebhookEndpointId, "whe";
}

/// What can be promoted: a live room or a short video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentId {
    Room(RoomId),
    Video(VideoId),
}

impl ContentId {
    /// The 128 bits; no room and no video have the same.
    #[must_use]
    pub const fn value(self) -> u128 {
        match self {
            Self::Room(room) => room.value(),
            Self::Video(video) => video.value(),
        }
    }

    /// The 16 bytes, as of the id itself.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.value().to_be_bytes()
    }

    /// The room, if it is one.
    #[must_use]
    pub const fn room(self) -> Option<RoomId> {
        match self {
            Self::Room(room) => Some(room),
            Self::Video(_) => None,
        }
    }

    /// The video, if it is one.
    #[must_use]
    pub const fn video(self) -> Option<VideoId> {
        match self {
            Self::Video(video) => Some(video),
            Self::Room(_) => None,
        }
    }

    /// Whether it is a video.
    #[must_use]
    pub const fn is_video(self) -> bool {
        matches!(self, Self::Video(_))
    }

    /// The kind as rows and the API call it, `live_room` or `video`; never renamed.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Room(_) => "live_room",
            Self::Video(_) => "video",
        }
    }

    /// The id of this kind with this value.
    #[must_use]
    pub fn of_kind(kind: &str, value: u128) -> Option<Self> {
        match kind {
            "live_room" => Some(Self::Room(Id::new(value))),
            "video" => Some(Self::Video(Id::new(value))),
            _ => None,
        }
    }
}

impl From<RoomId> for ContentId {
    fn from(room: RoomId) -> Self {
        Self::Room(room)
    }
}

impl From<VideoId> for ContentId {
    fn from(video: VideoId) -> Self {
        Self::Video(video)
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(room) => room.fmt(f),
            Self::Video(video) => video.fmt(f),
        }
    }
}

impl<K> Id<K> {
    /// The id with this value.
    #[must_use]
    pub const fn new(value: u128) -> Self {
        Self { value, kind: PhantomData }
    }

    /// The 128 bits.
    #[must_use]
    pub const fn value(self) -> u128 {
        self.value
    }

    /// The 16 bytes, most significant first, so that they sort like the id.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.value.to_be_bytes()
    }

    /// The id in these 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self::new(u128::from_be_bytes(bytes))
    }

    /// The id of the `n`th thing that this one brings forth, the same each time it is asked for.
    ///
    /// The parent's birth time (the upper 48 bits) is kept, so children sort beside their parent;
    /// the rest is mixed by two rounds of `SplitMix64`, a bijection of the parent's lower half.
    #[must_use]
    pub const fn child<C>(self, n: u64) -> Id<C> {
        let [high, low] = halves(self.value);
        let mixed_low = mix(low ^ mix(n.wrapping_add(1)));
        let mixed_high = mix(high ^ mixed_low ^ n);
        let birth = high & 0xFFFF_FFFF_FFFF_0000;
        Id::new(join(birth | (mixed_high & 0xFFFF), mixed_low))
    }
}

const fn mix(input: u64) -> u64 {
    let mut z = input.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

const fn halves(value: u128) -> [u64; 2] {
    let b = value.to_be_bytes();
    [
        u64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]),
        u64::from_be_bytes([b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]]),
    ]
}

const fn join(high: u64, low: u64) -> u128 {
    let h = high.to_be_bytes();
    let l = low.to_be_bytes();
    u128::from_be_bytes([
        h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], l[0], l[1], l[2], l[3], l[4], l[5], l[6], l[7],
    ])
}

/// Crockford's base 32: no i, l, o, u, so that ids survive being read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LENGTH: usize = 26;

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; TEXT_LENGTH];
        let mut rest = self.value;
        for place in text.iter_mut().rev() {
            let digit = usize::try_from(rest & 31).expect("five bits fit");
            *place = ALPHABET[digit];
            rest >>= 5;
        }
        f.write_str(K::PREFIX)?;
        f.write_str("_")?;
        f.write_str(str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseIdError {
    /// It belongs to another kind of thing, or to none.
    #[error("read an id that does not start with `{expected}_`")]
    WrongPrefix {
        /// What ids of this kind start with.
        expected: &'static str,
    },
    /// After the prefix come not 26 characters of the alphabet, or more than 128 bits.
    #[error("read an id that is not 26 characters of base 32")]
    Malformed,
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let body = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(ParseIdError::WrongPrefix { expected: K::PREFIX })?;
        if body.len() != TEXT_LENGTH || body.as_bytes()[0] > b'7' {
            return Err(ParseIdError::Malformed);
        }
        let mut value = 0_u128;
        for byte in body.bytes() {
            let digit = ALPHABET.iter().position(|letter| *letter == byte).ok_or(ParseIdError::Malformed)?;
            value = (value << 5) | u128::try_from(digit).expect("an index below 32 fits");
        }
        Ok(Self::new(value))
    }
}

// By hand, because deriving would ask the same of `K`.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}
impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
