//! A recap as it is told and kept: the host's names instead of numbers, instants instead of seconds since the start.

use serde::{Deserialize, Serialize};
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::{Asset, Micros};
use tuiliu_domain::time::{SECOND_MS, Timestamp};
use tuiliu_measure::recap::{Figures, LuckyBagFigures, PresentationFigures, ProductFigures, Recap};

use super::story::Story;

/// What a broadcast brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecapTold {
    #[serde(with = "ms")]
    pub started_at: Timestamp,
    #[serde(with = "ms")]
    pub ended_at: Timestamp,
    pub all: FiguresTold,
    pub natural: FiguresTold,
    pub promoted: FiguresTold,
    pub promotions: Vec<PromotionSpan>,
}

/// The figures of some viewers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FiguresTold {
    pub viewers: u64,
    /// Stays, everybody's devices united.
    pub sessions: u64,
    pub peak_online: u64,
    #[serde(with = "ms")]
    pub peak_at: Timestamp,
    pub average_online: f64,
    pub average_watch_seconds: f64,
    pub new_followers: u64,
    pub lost_followers: u64,
    pub follow_rate: Option<f64>,
    pub products: Vec<ProductTold>,
    pub presentations: Vec<PresentationTold>,
    pub draws: Vec<DrawTold>,
    pub entries_each_minute: Vec<u64>,
    pub online_each_minute: Vec<u64>,
    pub entries_each_five_minutes: Vec<u64>,
    pub trend_slope: Option<f64>,
    pub trend_score: i64,
}

/// A product over the whole broadcast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductTold {
    /// The host's id.
    pub product: String,
    pub visits: u64,
    pub clicks: u64,
    pub orders: u64,
    pub buyers: u64,
    pub units: u64,
    pub sales_fen: i64,
    pub sell_through: Option<f64>,
}

/// A product while it was presented, and five minutes after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresentationTold {
    pub product: String,
    #[serde(with = "ms")]
    pub started_at: Timestamp,
    #[serde(with = "ms")]
    pub ended_at: Timestamp,
    pub viewers: u64,
    pub average_online: f64,
    pub orders: u64,
    pub buyers: u64,
    pub sales_fen: i64,
    pub conversion: Option<f64>,
}

/// A draw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawTold {
    /// The host's id.
    pub draw: String,
    #[serde(with = "ms")]
    pub opened_at: Timestamp,
    pub entrants: u64,
    pub online_when_opened: u64,
    pub entry_rate: Option<f64>,
}

/// When an order was promoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionSpan {
    #[serde(with = "order")]
    pub order: PromotionOrderId,
    #[serde(with = "ms")]
    pub from: Timestamp,
    #[serde(with = "ms")]
    pub to: Timestamp,
    #[serde(with = "micros")]
    pub spent: Micros,
    /// What was spent in.
    #[serde(with = "asset")]
    pub currency: Asset,
}

impl RecapTold {
    pub(super) fn new(recap: &Recap, story: &Story, promotions: Vec<PromotionSpan>) -> Self {
        Self {
            started_at: story.started_at,
            ended_at: story.ended_at,
            all: story.figures(&recap.all),
            natural: story.figures(&recap.natural),
            promoted: story.figures(&recap.promoted),
            promotions,
        }
    }
}

impl Story {
    fn at(&self, second: u32) -> Timestamp {
        self.started_at.plus_ms(i64::from(second) * SECOND_MS)
    }

    fn figures(&self, own: &Figures) -> FiguresTold {
        FiguresTold {
            viewers: own.viewers,
            sessions: own.sessions,
            peak_online: own.peak_online,
            peak_at: self.at(own.peak_second),
            average_online: own.mean_online,
            average_watch_seconds: own.mean_watch_seconds,
            new_followers: own.new_followers,
            lost_followers: own.lost_followers,
            follow_rate: own.follow_rate,
            products: own.products.iter().map(|own| self.product(own)).collect(),
            presentations: own.presentations.iter().map(|own| self.presentation(own)).collect(),
            draws: own.lucky_bags.iter().map(|own| self.draw(own)).collect(),
            entries_each_minute: own.entries_each_minute.clone(),
            online_each_minute: own.online_each_minute.clone(),
            entries_each_five_minutes: own.trend.entries.clone(),
            trend_slope: own.trend.slope,
            trend_score: own.trend.score,
        }
    }

    fn product(&self, own: &ProductFigures) -> ProductTold {
        let ProductFigures { product, visits, clicks, orders, buyers, units, sales_fen, sell_through } = *own;
        let product = named(&self.products.names, product);
        ProductTold { product, visits, clicks, orders, buyers, units, sales_fen, sell_through }
    }

    fn presentation(&self, own: &PresentationFigures) -> PresentationTold {
        PresentationTold {
            product: named(&self.products.names, own.presentation.product),
            started_at: self.at(own.presentation.start_second),
            ended_at: self.at(own.presentation.end_second),
            viewers: own.viewers,
            average_online: own.mean_online,
            orders: own.orders,
            buyers: own.buyers,
            sales_fen: own.sales_fen,
            conversion: own.conversion,
        }
    }

    fn draw(&self, own: &LuckyBagFigures) -> DrawTold {
        DrawTold {
            draw: named(&self.draws.names, own.bag.bag),
            opened_at: self.at(own.bag.start_second),
            entrants: own.entrants,
            online_when_opened: own.online_at_start,
            entry_rate: own.entry_rate,
        }
    }
}

fn named(names: &[String], number: u64) -> String {
    usize::try_from(number).ok().and_then(|number| names.get(number)).cloned().unwrap_or_default()
}

mod ms {
    use serde::{Deserialize, Deserializer, Serializer};
    use tuiliu_domain::time::Timestamp;

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.ms())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_ms)
    }
}

mod micros {
    use serde::{Deserialize, Deserializer, Serializer};
    use tuiliu_domain::money::Micros;

    pub(super) fn serialize<S: Serializer>(cost: &Micros, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(cost.get())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Micros, D::Error> {
        i64::deserialize(deserializer).map(Micros::new)
    }
}

mod order {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};
    use tuiliu_domain::id::PromotionOrderId;

    pub(super) fn serialize<S: Serializer>(id: &PromotionOrderId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PromotionOrderId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

mod asset {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};
    use tuiliu_domain::money::Asset;

    pub(super) fn serialize<S: Serializer>(asset: &Asset, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(asset.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Asset, D::Error> {
        let code = String::deserialize(deserializer)?;
        Asset::from_code(&code).ok_or_else(|| D::Error::custom(format_args!("no asset `{code}`")))
    }
}
