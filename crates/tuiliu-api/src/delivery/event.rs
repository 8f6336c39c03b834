//! One reported event: read, named in our words, or refused alone.

use serde::Deserialize;
use tuiliu_app::delivery::{EventItem, EventKind, EventOrigin, EventRefusal, ReportedEvent};
use tuiliu_domain::id::ContentId;
use tuiliu_domain::limits::EVENT_AGENT_BYTES_MAX;
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::viewer::{AgeBand, Gender, Newness, Province, System, ViewerTraits};
use utoipa::ToSchema;

use super::ask::EntityView;
use crate::code::Code;
use crate::problem::Problem;
use crate::views::TimeView;

/// Something that a viewer did. What else an event carries is not looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventBody {
    /// The host's id: with the type it makes an event the same one for seven days.
    #[schema(max_length = 128)]
    pub(super) id: String,
    /// `impression`, `room_enter`, `watch`, `room_leave`, `click`, `product_show`, `product_click`, `comment`, `like`,
    /// `favourite`, `follow`, `share`, `profile_visit`, `play`, `purchase_created`, `purchase_paid`, `purchase_refunded`, `undo`, `hide`, `draw_enter`; what a
    /// broadcast does: `product_listed`, `presentation_start`, `presentation_end`, `draw_open`; also `view`, `order_created`,
    /// `order_paid`, `order_refunded`, `report`, `unfollow`, `unlike`, `unfavourite`, `comment_deleted`, `video_start` and the names of Segment, TikTok and Meta.
    #[serde(rename = "type")]
    #[schema(example = "impression")]
    pub(super) kind: String,
    /// Seven days back and ten minutes ahead at most.
    pub(super) occurred_at: TimeView,
    /// Of the impression that it follows; without one it is natural traffic.
    pub(super) tracking_token: Option<String>,
    #[serde(default)]
    user: EventUser,
    /// The room or video of natural traffic.
    pub(super) entity: Option<EntityView>,
    #[serde(default)]
    properties: EventProperties,
    #[serde(default)]
    context: EventContext,
}

/// How it came about, for the rules of valid traffic; judged when it arrives and never kept.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct EventContext {
    #[schema(example = "Mozilla/5.0 (iPhone) MicroMessenger/8.0")]
    user_agent: Option<String>,
    /// The viewer's address.
    #[schema(example = "203.0.113.9")]
    ip: Option<String>,
    #[serde(default)]
    device: EventDevice,
}

/// What the host knows of the device.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct EventDevice {
    /// A machine did it.
    #[serde(default)]
    automated: bool,
    /// It was fetched before anybody looked.
    #[serde(default)]
    prefetched: bool,
    /// Whether it was on a screen.
    rendered: Option<bool>,
}

/// Who did it.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct EventUser {
    /// Must be the viewer that the token was given for.
    opaque_user_id: Option<String>,
    anonymous_id: Option<String>,
    /// For breakdowns, like the rest below; what the decision was told of the viewer goes first.
    #[schema(example = "f")]
    gender: Option<String>,
    #[schema(example = "24-30")]
    age_range: Option<String>,
    #[schema(example = "CN-44")]
    region: Option<String>,
    #[schema(example = "ios")]
    os: Option<String>,
    /// The viewer has never watched this creator before.
    is_new: Option<bool>,
}

/// Numbers that some types need.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct EventProperties {
    /// Watched since entering: for `watch` and `room_leave`.
    watch_ms: Option<i64>,
    /// In the smallest unit: for `purchase_paid` and `purchase_refunded`.
    #[schema(example = 12_990)]
    value: Option<i64>,
    /// Of the value: `CNY`.
    #[schema(example = "CNY")]
    currency: Option<String>,
    /// What was taken back: for `undo`.
    #[schema(example = "follow")]
    undone: Option<String>,
    /// The host muted the viewer: the comment is not charged.
    #[serde(default)]
    muted: bool,
    /// The host's id of the purchase: a refund finds its payment by it.
    #[schema(max_length = 128)]
    order_id: Option<String>,
    /// The products that it is about: of clicks, purchases, presentations and lists.
    #[serde(default)]
    #[schema(max_items = 50)]
    contents: Vec<EventContent>,
    /// The host's id of a draw: for `draw_open` and `draw_enter`.
    #[schema(max_length = 128)]
    draw_id: Option<String>,
}

/// A product of an event.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EventContent {
    /// The host's id of the product.
    #[schema(example = "sku1", max_length = 128)]
    content_id: String,
    /// Units bought, or in stock where it is listed.
    #[schema(example = 1)]
    quantity: Option<u32>,
    /// Of one unit, in the smallest unit of the currency.
    #[schema(example = 12_990)]
    price: Option<i64>,
}

/// Why an event is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: Code,
    pub(super) detail: String,
}

impl Refused {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<EventRefusal> for Refused {
    fn from(refusal: EventRefusal) -> Self {
        let code = code(refusal);
        Self::new(code, code.entry().title_en)
    }
}

/// The code of the registry for each refusal of the app.
pub(super) const fn code(refusal: EventRefusal) -> Code {
    match refusal {
        EventRefusal::BadId => Code::EventBadId,
        EventRefusal::UnknownType => Code::EventUnknownType,
        EventRefusal::TooOld => Code::EventTooOld,
        EventRefusal::InFuture => Code::EventInFuture,
        EventRefusal::BadValue => Code::EventBadValue,
        EventRefusal::MoneyNotAllowed => Code::EventMoneyNotAllowed,
        EventRefusal::BroadcastNotAllowed => Code::EventBroadcastNotAllowed,
        EventRefusal::NoSubject => Code::EventNoSubject,
        EventRefusal::TokenMalformed => Code::EventTokenMalformed,
        EventRefusal::TokenForged => Code::EventTokenForged,
        EventRefusal::TokenExpired => Code::EventTokenExpired,
        EventRefusal::TokenForeign => Code::EventTokenForeign,
        EventRefusal::ViewerMismatch => Code::EventViewerMismatch,
    }
}

impl EventBody {
    /// The event in our words; `content` is the entity's, where the host named one, and `late_ms` what its clock is behind.
    pub(super) fn reported(self, content: Option<ContentId>, late_ms: i64) -> Result<ReportedEvent, Refused> {
        let named = kind(&self.kind);
        let value = self.properties.value()?;
        let traits = self.user.traits();
        let undone = named.and_then(|(_, undone)| undone);
        let told = self.properties.undone.as_deref().and_then(EventKind::from_code);
        Ok(ReportedEvent {
            id: self.id,
            kind: named.map(|(kind, _)| kind),
            occurred_at: self.occurred_at.0.plus_ms(late_ms),
            token: self.tracking_token,
            viewer: self.user.opaque_user_id.or(self.user.anonymous_id),
            content,
            watched_ms: self.properties.watch_ms,
            undone: undone.or(told),
            value,
            muted: self.properties.muted,
            purchase: self.properties.order_id,
            items: self.properties.contents.into_iter().map(EventItem::from).collect(),
            draw: self.properties.draw_id,
            traits,
            origin: self.context.into(),
        })
    }
}

impl From<EventContext> for EventOrigin {
    fn from(context: EventContext) -> Self {
        let EventContext { user_agent, ip, device: EventDevice { automated, prefetched, rendered } } = context;
        let user_agent = user_agent.filter(|agent| agent.len() <= EVENT_AGENT_BYTES_MAX);
        // What is no address tells nothing.
        Self { user_agent, address: ip.and_then(|ip| ip.parse().ok()), automated, prefetched, rendered }
    }
}

impl EventUser {
    fn traits(&self) -> ViewerTraits {
        let word = |told: &Option<String>| told.clone().unwrap_or_default();
        ViewerTraits {
            gender: Gender::of(&word(&self.gender)),
            age: AgeBand::of(&word(&self.age_range)),
            region: Province::of(&word(&self.region)),
            system: System::of(&word(&self.os)),
            newness: self.is_new.map(Newness::of).unwrap_or_default(),
        }
    }
}

impl From<EventContent> for EventItem {
    fn from(content: EventContent) -> Self {
        let EventContent { content_id, quantity, price } = content;
        // What overflows is far above the largest value and refused as such.
        let value_fen = price.map(|price| price.saturating_mul(quantity.unwrap_or(1).into()));
        Self { product: content_id, units: quantity, value_fen }
    }
}

impl EventProperties {
    fn value(&self) -> Result<Option<Amount>, Refused> {
        match (self.value, self.currency.as_deref()) {
            (None, _) => Ok(None),
            (Some(value), Some(currency)) if currency == Asset::Cny.code() => Ok(Some(Amount::new(value))),
            (Some(_), Some(currency)) => {
                let currency: String = currency.chars().take(8).collect();
                Err(Refused::new(Code::EventWrongCurrency, format!("values are told in `CNY`, not in `{currency}`")))
            }
            (Some(_), None) => Err(Refused::new(Code::EventWrongCurrency, "a value needs its `currency`, `CNY`")),
        }
    }
}

/// The kind with this name of ours or of those whose names hosts use already; and what an undo takes back.
fn kind(name: &str) -> Option<(EventKind, Option<EventKind>)> {
    if let Some(own) = EventKind::from_code(name) {
        return Some((own, None));
    }
    Some(match name {
        "view" => (EventKind::Watch, None),
        "order_created" | "PlaceAnOrder" | "InitiateCheckout" | "Checkout Started" => {
            (EventKind::PurchaseCreated, None)
        }
        "order_paid" | "Order Completed" | "CompletePayment" | "Purchase" => (EventKind::PurchasePaid, None),
        "order_refunded" | "Order Refunded" => (EventKind::PurchaseRefunded, None),
        "Product Clicked" | "ViewContent" | "Product Viewed" => (EventKind::ProductClick, None),
        "report" => (EventKind::Hide, None),
        "unfollow" => (EventKind::Undo, Some(EventKind::Follow)),
        "unlike" => (EventKind::Undo, Some(EventKind::Like)),
        "unfavourite" => (EventKind::Undo, Some(EventKind::Favourite)),
        "comment_deleted" => (EventKind::Undo, Some(EventKind::Comment)),
        "favorite" => (EventKind::Favourite, None),
        "video_start" => (EventKind::Play, None),
        _ => return None,
    })
}

/// A refused event as part of a refused report.
pub(super) fn in_problem(problem: Problem, index: usize, refused: &Refused) -> Problem {
    problem.with_error(format!("/events/{index}"), format!("{}: {}", refused.code.text(), refused.detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_codes_that_the_app_counts_them_by() {
        for refusal in EventRefusal::ALL {
            assert_eq!(code(*refusal).text(), refusal.code());
        }
    }

    #[test]
    fn names_of_others_are_understood() {
        let is =
            |name: &str, expected: Option<EventKind>| assert_eq!(kind(name).map(|(kind, _)| kind), expected, "{name}");
        for own in EventKind::ALL {
            is(own.code(), Some(*own));
        }
        is("order_paid", Some(EventKind::PurchasePaid));
        is("Order Completed", Some(EventKind::PurchasePaid));
        is("view", Some(EventKind::Watch));
        is("report", Some(EventKind::Hide));
        is("video_start", Some(EventKind::Play));
        is("", None);
        assert_eq!(kind("unfollow"), Some((EventKind::Undo, Some(EventKind::Follow))));
    }
}
