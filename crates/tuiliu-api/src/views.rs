//! Views that every column uses: ids, times and amounts as they are sent.
//!
//! A view that refuses a text starts its message with the code that says so; `body::coded` finds it there.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tuiliu_domain::id::{self, Id, IdKind};
use tuiliu_domain::limits::PLACEMENT_CHARS_MAX;
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::promotion::PlacementName;
use tuiliu_domain::time::Timestamp;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::code::Code;
use crate::problem::Problem;

/// Largest amount taken from a caller: the largest integer that every JSON reader keeps exactly (2^53 − 1).
pub const AMOUNT_INPUT_MAX: i64 = 9_007_199_254_740_991;
/// As far as texts go: 9999-12-30T22:00:00Z, so that the year has four digits at every offset.
const TIME_MAX_MS: i64 = 253_402_207_200_000;
/// Longest text of a time that is looked at.
const TIME_LENGTH_MAX: usize = 40;

/// An id, sent as `prefix_` and 26 characters. Views name it by an alias: the schema derive cannot see through generics.
pub struct IdView<K>(pub Id<K>);

pub type AppealIdView = IdView<id::AppealKind>;
pub type BankLineIdView = IdView<id::BankLineKind>;
pub type ApiKeyIdView = IdView<id::ApiKeyKind>;
pub type CommandIdView = IdView<id::CommandKind>;
pub type CreatorVideoIdView = IdView<id::CreatorVideoKind>;
pub type GuaranteeOrderIdView = IdView<id::GuaranteeOrderKind>;
pub type GuaranteeServiceIdView = IdView<id::GuaranteeServiceKind>;
pub type DecisionIdView = IdView<id::DecisionKind>;
pub type EventIdView = IdView<id::EventKind>;
pub type HoldIdView = IdView<id::HoldKind>;
pub type IncentiveApplicationIdView = IdView<id::IncentiveApplicationKind>;
pub type IncentiveMeasureIdView = IdView<id::IncentiveMeasureKind>;
pub type IncentiveProgrammeIdView = IdView<id::IncentiveProgrammeKind>;
pub type IncentiveRewardIdView = IdView<id::IncentiveRewardKind>;
pub type LoggedRequestIdView = IdView<id::LoggedRequestKind>;
pub type InvoiceMismatchIdView = IdView<id::InvoiceMismatchKind>;
pub type MessageIdView = IdView<id::MessageKind>;
pub type LotIdView = IdView<id::LotKind>;
pub type PartyIdView = IdView<id::PartyKind>;
pub type PaymentIdView = IdView<id::PaymentKind>;
pub type PaymentRefundIdView = IdView<id::PaymentRefundKind>;
pub type PayoutAccountIdView = IdView<id::PayoutAccountKind>;
pub type PromotionOrderIdView = IdView<id::PromotionOrderKind>;
pub type ReviewIdView = IdView<id::ReviewKind>;
pub type ReviewTaskIdView = IdView<id::ReviewTaskKind>;
pub type RoomIdView = IdView<id::RoomKind>;
pub type SessionIdView = IdView<id::SessionKind>;
pub type TenantIdView = IdView<id::TenantKind>;
pub type VideoIdView = IdView<id::VideoKind>;
pub type WithdrawalIdView = IdView<id::WithdrawalKind>;
pub type WebhookAttemptIdView = IdView<id::WebhookAttemptKind>;
pub type WebhookDeliveryIdView = IdView<id::WebhookDeliveryKind>;
pub type WebhookEndpointIdView = IdView<id::WebhookEndpointKind>;

impl<K> Clone for IdView<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for IdView<K> {}
impl<K: IdKind> fmt::Debug for IdView<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<K> From<Id<K>> for IdView<K> {
    fn from(id: Id<K>) -> Self {
        Self(id)
    }
}

impl<K: IdKind> Serialize for IdView<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for IdView<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let parsed = text.parse().map(Self);
        parsed.map_err(|error| D::Error::custom(format_args!("{}: failed to {error}", Code::RequestInvalidId.text())))
    }
}

impl<K: IdKind> PartialSchema for IdView<K> {
    fn schema() -> RefOr<Schema> {
        let prefix = K::PREFIX;
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$")))
            .examples([serde_json::json!(format!("{prefix}_01kah2qm7ke8c9b5t0d4zqv3xw"))])
            .into()
    }
}

impl<K: IdKind> ToSchema for IdView<K> {
    fn name() -> Cow<'static, str> {
        // `tuiliu_domain::id::PromotionOrderKind` is described as `PromotionOrderId`.
        let kind = std::any::type_name::<K>().rsplit("::").next().unwrap_or_default();
        Cow::Owned(format!("{}Id", kind.trim_end_matches("Kind")))
    }
}

/// The name of a placement, as the host calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacementNameView(pub PlacementName);

impl Serialize for PlacementNameView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for PlacementNameView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = PlacementName::parse(&Cow::<str>::deserialize(deserializer)?).map(Self);
        found.ok_or_else(|| {
            D::Error::custom(format_args!("a placement has a name of 1 to {PLACEMENT_CHARS_MAX} characters"))
        })
    }
}

impl PartialSchema for PlacementNameView {
    fn schema() -> RefOr<Schema> {
        let length = ObjectBuilder::new().min_length(Some(1)).max_length(Some(PLACEMENT_CHARS_MAX));
        length.schema_type(Type::String).examples([serde_json::json!("feed_home")]).into()
    }
}

impl ToSchema for PlacementNameView {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PlacementName")
    }
}

/// An instant, sent as RFC 3339 in UTC with milliseconds: `2026-11-20T08:31:02.120Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeView(pub Timestamp);

impl fmt::Display for TimeView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rows may hold "never" as the end of time; no text goes that far.
        let ms = self.0.ms().clamp(0, TIME_MAX_MS);
        let instant = jiff::Timestamp::from_millisecond(ms).expect("these years exist");
        write!(f, "{instant:.3}")
    }
}

impl From<Timestamp> for TimeView {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl TimeView {
    /// The instant of a text with `Z` or an offset; what is finer than a millisecond is dropped.
    pub fn parse(text: &str) -> Result<Self, TimeRefusal> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() <= TIME_LENGTH_MAX
            && bytes.first().is_some_and(u8::is_ascii_digit)
            && matches!(bytes.get(10), Some(b'T' | b't'))
            && matches!(bytes.get(16), Some(b':'))
            && !bytes.contains(&b'[');
        let instant = shaped.then(|| text.parse::<jiff::Timestamp>().ok()).flatten().ok_or(TimeRefusal)?;
        let ms = instant.as_millisecond();
        if (0..=TIME_MAX_MS).contains(&ms) { Ok(Self(Timestamp::from_ms(ms))) } else { Err(TimeRefusal) }
    }
}

/// A text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read a time that is not RFC 3339 between the years 1970 and 9999, such as `2026-11-20T08:31:02.120Z`")]
pub struct TimeRefusal;

impl Serialize for TimeView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let refuse = |error| D::Error::custom(format_args!("{}: failed to {error}", Code::RequestInvalidTime.text()));
        Self::parse(&text).map_err(refuse)
    }
}

impl PartialSchema for TimeView {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples([serde_json::json!("2026-11-20T08:31:02.120Z")])
            .into()
    }
}

impl ToSchema for TimeView {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Time")
    }
}

/// What an amount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Currency)]
pub enum CurrencyView {
    /// Chinese yuan; the unit is 1 fen.
    #[serde(rename = "CNY")]
    Cny,
    /// Beans; the unit is 1/100 bean.
    #[serde(rename = "BEAN")]
    Bean,
    /// Traffic-coupon points; the unit is 1 point.
    #[serde(rename = "POINT")]
    Point,
}

impl From<Asset> for CurrencyView {
    fn from(asset: Asset) -> Self {
        match asset {
            Asset::Cny => Self::Cny,
            Asset::Bean => Self::Bean,
            Asset::Point => Self::Point,
        }
    }
}

impl From<CurrencyView> for Asset {
    fn from(view: CurrencyView) -> Self {
        match view {
            CurrencyView::Cny => Self::Cny,
            CurrencyView::Bean => Self::Bean,
            CurrencyView::Point => Self::Point,
        }
    }
}

/// An amount in the smallest unit of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Amount)]
#[serde(deny_unknown_fields)]
pub struct AmountView {
    /// Whole smallest units: fen, 1/100 bean or points.
    #[schema(example = 12_990, minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64)]
    pub amount: i64,
    /// What the amount counts.
    pub currency: CurrencyView,
}

impl AmountView {
    /// The view of an amount of this asset.
    #[must_use]
    pub fn new(amount: Amount, asset: Asset) -> Self {
        Self { amount: amount.units(), currency: asset.into() }
    }

    /// The amount, if it counts `asset` and is above zero; `pointer` says where it stands in the body.
    pub fn positive(self, asset: Asset, pointer: &str) -> Result<Amount, Problem> {
        let refuse = |detail: String| Err(Problem::new(Code::RequestInvalidAmount).with_error(pointer, detail));
        if Asset::from(self.currency) != asset {
            return refuse(format!("the currency must be `{asset}`"));
        }
        if !(1..=AMOUNT_INPUT_MAX).contains(&self.amount) {
            return refuse(format!("the amount must be from 1 to {AMOUNT_INPUT_MAX}"));
        }
        Ok(Amount::new(self.amount))
    }
}

#[cfg(test)]
mod tests;
