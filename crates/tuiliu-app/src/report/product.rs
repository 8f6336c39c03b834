//! What a product of the shop brought: everywhere, in one room or video, or by one order; natural and promoted apart.

use std::convert::Infallible;

use tuiliu_domain::id::{Id, PromotionOrderId, RoomId, VideoId};
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_measure::rollup::{Count, Counts, Figure, Metric, Scope, Setting};
use tuiliu_store::{ProductRow, Tx};

use super::room::room_for;
use super::sums::{Breakdown, Freshness, Sums, Trend, TrendAsk, breakdown, freshness, setting, totals, trend};
use crate::app::App;
use crate::delivery::{hash_of, product_in};
use crate::error::CommandError;
use crate::promotion::order_for;

/// What is counted of a product; a metric of other counts says nothing of it.
const COUNTED: &[Count] = &[
    Count::ProductShows,
    Count::ProductViewers,
    Count::ProductClicks,
    Count::ProductClickers,
    Count::Purchases,
    Count::Payers,
    Count::Units,
    Count::GmvFen,
    Count::Refunds,
    Count::RefundsFen,
];

/// Where a product is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductPlace {
    /// All rooms and videos of the platform: for its staff.
    Everywhere,
    Room(RoomId),
    Video(VideoId),
    /// What one order brought: all of it is promoted.
    Order(PromotionOrderId),
}

/// The sums of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductSums {
    /// What the host calls it.
    pub product: String,
    /// The hash that lists go on after.
    pub id: u128,
    pub place: ProductPlace,
    pub sums: Sums,
    pub setting: Setting,
}

/// Every figure of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductReport {
    pub of: ProductSums,
    pub trend: Trend,
    pub breakdown: Vec<Breakdown>,
    pub freshness: Freshness,
}

impl ProductPlace {
    /// Whose traffic can be told apart here.
    #[must_use]
    pub const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Order(_) => &[Scope::Order],
            Self::Everywhere | Self::Room(_) | Self::Video(_) => &[Scope::All, Scope::Natural, Scope::Promoted],
        }
    }

    /// What products are listed under; `None` is everywhere.
    const fn value(self) -> Option<u128> {
        match self {
            Self::Everywhere => None,
            Self::Room(room) => Some(room.value()),
            Self::Video(video) => Some(video.value()),
            Self::Order(order) => Some(order.value()),
        }
    }

    /// Whether the actor may look at the products here.
    fn check(self, tx: &mut Tx<'_>, actor: &Actor) -> Result<(), CommandError<Infallible>> {
        match self {
            Self::Everywhere if actor.reach(Action::ReadRoom) == Some(Reach::Tenant) => Ok(()),
            Self::Everywhere => Err(CommandError::Forbidden),
            Self::Room(room) => room_for(tx, actor, room).map(drop),
            Self::Video(video) => {
                let video = tx.video(video)?.ok_or(CommandError::NotFound)?;
                Ok(actor.may(Action::ReadVideo, &video.owned())?)
            }
            Self::Order(order) => order_for(tx, actor, order, Action::ReadOrder).map(drop),
        }
    }
}

impl ProductSums {
    /// The counts behind the figures of some of its traffic.
    #[must_use]
    pub fn counts(&self, scope: Scope) -> Counts {
        match scope {
            // The sums of an order have no natural ones beside them.
            Scope::Order | Scope::Natural => self.sums.natural.clone(),
            Scope::Promoted => self.sums.promoted.clone(),
            Scope::All => self.sums.all(),
        }
    }

    /// Every metric of the dictionary that is told of a product.
    #[must_use]
    pub fn figures(&self, scope: Scope) -> Vec<(&'static Metric, Figure)> {
        let mut told = Metric::figures(&self.counts(scope), scope, self.setting);
        told.retain(|(metric, _)| metric.is_made_of(COUNTED));
        told
    }
}

impl App {
    /// A page of the products of a place, with their sums since the beginning.
    pub async fn product_sums(
        &self,
        actor: Actor,
        place: ProductPlace,
        (after, limit): (Option<u128>, u32),
    ) -> Result<Vec<ProductSums>, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            place.check(tx, &actor)?;
            let setting = setting(shell, tx, actor.tenant)?;
            let products = match place.value() {
                Some(value) => tx.products_of_place(value, after, limit)?,
                None => tx.products(actor.tenant, after, limit)?.into_iter().map(|row| (row.clone(), row.id)).collect(),
            };
            let sums_of = |(row, subject): (ProductRow, u128)| {
                let sums = totals(&tx.metric_totals(Id::<()>::new(subject))?.sums);
                Ok(ProductSums { product: row.external_id, id: row.id, place, sums, setting })
            };
            products.into_iter().map(sums_of).collect()
        })
        .await
    }

    /// Every figure of one product, by the host's name for it.
    pub async fn product_report(
        &self,
        actor: Actor,
        (product, place): (String, ProductPlace),
        ask: TrendAsk,
    ) -> Result<ProductReport, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            place.check(tx, &actor)?;
            let id = hash_of(actor.tenant, "product", &product);
            let row = tx.product(id)?.ok_or(CommandError::NotFound)?;
            let subject: Id<()> = Id::new(place.value().map_or(id, |place| product_in(place, id)));
            let stored = tx.metric_totals(subject)?;
            if stored.sums.is_empty() {
                return Err(CommandError::NotFound);
            }
            Ok(ProductReport {
                of: ProductSums {
                    product: row.external_id,
                    id,
                    place,
                    sums: totals(&stored.sums),
                    setting: setting(shell, tx, actor.tenant)?,
                },
                trend: trend(tx, subject, &ask)?,
                breakdown: breakdown(tx, subject)?,
                freshness: freshness(tx, stored.changed_at)?,
            })
        })
        .await
    }
}
