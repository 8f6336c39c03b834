//! What was measured of a broadcast; times are seconds since its start.

use thiserror::Error;

/// Buckets of a broadcast of two weeks: the trend looks at every pair of five minutes.
const SECONDS_MAX: u32 = 14 * 24 * 3_600;

/// Everything that a recap is made of. Viewers, products and bags are numbered by whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BroadcastFacts {
    pub duration_seconds: u32,
    pub sessions: Vec<Session>,
    pub products: Vec<Product>,
    pub product_events: Vec<ProductEvent>,
    pub presentations: Vec<Presentation>,
    pub purchases: Vec<Purchase>,
    pub follow_toggles: Vec<FollowToggle>,
    pub lucky_bags: Vec<LuckyBag>,
    pub lucky_bag_entries: Vec<LuckyBagEntry>,
}

/// A device of a viewer in the room: half-open, `[join, leave)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    pub viewer: u64,
    pub join_second: u32,
    pub leave_second: u32,
    /// Whether a promoted impression led here.
    pub is_promoted: bool,
}

/// A product of the broadcast and how many of it there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    pub product: u64,
    /// Unknown when the host does not tell.
    pub stock_units: Option<u64>,
}

/// A viewer looked at a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductEvent {
    pub viewer: u64,
    pub product: u64,
    pub kind: ProductEventKind,
}

/// How a viewer looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductEventKind {
    Visit,
    Click,
}

/// A product was explained, both ends included for orders, half-open for who was present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presentation {
    pub product: u64,
    pub start_second: u32,
    pub end_second: u32,
}

/// A product began to be explained, or ceased to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentationMark {
    pub product: u64,
    pub second: u32,
    pub is_start: bool,
}

/// The presentations that these marks tell, in order.
///
/// One that nobody ended lasts until the next one begins, or to the end of the broadcast; a mark that ends nothing says
/// nothing, and neither does a second start of what is being explained.
#[must_use]
pub fn presentations(marks: &[PresentationMark], duration_seconds: u32) -> Vec<Presentation> {
    let mut marks: Vec<&PresentationMark> = marks.iter().filter(|mark| mark.second < duration_seconds).collect();
    // Of marks in one second, ends come first, so that one product may follow another at once.
    marks.sort_unstable_by_key(|mark| (mark.second, mark.is_start, mark.product));
    let mut told: Vec<Presentation> = Vec::new();
    for (place, mark) in marks.iter().enumerate().filter(|(_, mark)| mark.is_start) {
        let is_running = |own: &Presentation| own.product == mark.product && mark.second < own.end_second;
        if told.iter().any(is_running) {
            continue;
        }
        let later = &marks[place + 1..];
        let own_end = later.iter().find(|end| !end.is_start && end.product == mark.product);
        let next = later.iter().find(|next| next.is_start && next.product != mark.product);
        let end_second = own_end.or(next).map_or(duration_seconds, |end| end.second);
        told.push(Presentation { product: mark.product, start_second: mark.second, end_second });
    }
    told
}

/// A paid order of goods that was not refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    pub viewer: u64,
    pub product: u64,
    pub second: u32,
    pub units: u64,
    pub paid_fen: i64,
}

/// A viewer began or ceased to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowToggle {
    pub viewer: u64,
    pub second: u32,
    /// Orders what happened in the same second.
    pub sequence: u64,
    pub is_following: bool,
}

/// A bag that viewers could enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LuckyBag {
    pub bag: u64,
    pub start_second: u32,
}

/// A viewer entered a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LuckyBagEntry {
    pub viewer: u64,
    pub bag: u64,
}

/// Facts that no broadcast can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecapError {
    #[error("the broadcast lasts no second")]
    NoDuration,
    #[error("the broadcast lasts `{seconds}` seconds, more than two weeks")]
    TooLong { seconds: u32 },
    #[error("a session of viewer `{viewer}` ends before it begins")]
    SessionEndsBeforeItBegins { viewer: u64 },
    #[error("a presentation of product `{product}` ends before it begins")]
    PresentationEndsBeforeItBegins { product: u64 },
    #[error("the sales of product `{product}` are too large to add up")]
    SalesTooLarge { product: u64 },
}

impl BroadcastFacts {
    pub(super) fn check(&self) -> Result<(), RecapError> {
        if self.duration_seconds == 0 {
            return Err(RecapError::NoDuration);
        }
        if self.duration_seconds > SECONDS_MAX {
            return Err(RecapError::TooLong { seconds: self.duration_seconds });
        }
        if let Some(session) = self.sessions.iter().find(|session| session.leave_second < session.join_second) {
            return Err(RecapError::SessionEndsBeforeItBegins { viewer: session.viewer });
        }
        let wrong = self.presentations.iter().find(|own| own.end_second < own.start_second);
        wrong.map_or(Ok(()), |own| Err(RecapError::PresentationEndsBeforeItBegins { product: own.product }))
    }
}
