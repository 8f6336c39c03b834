//! What a buyer pays for.

use std::fmt;

use super::product::Product;
use crate::id::ContentId;

/// What delivery of an order is optimised for, and what is charged (TP-03, TP-27, QB-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// People who watch effectively.
    Viewers,
    /// People who comment.
    Interactions,
    /// People who follow the creator and stay.
    Follows,
    /// People who click a product; only where goods are on offer.
    ProductClicks,
    /// People who comment, as quick boosts of rooms call it.
    Comments,
    /// People who pay for goods of a room.
    Sales,
    /// People who pay for the product of a video.
    Purchases,
    /// People who like, favourite, share or comment on a video (种草).
    ContentInterest,
    /// People who open the creator's profile from a video.
    ProfileVisits,
}

impl Goal {
    /// Every goal there is.
    pub const ALL: &[Self] = &[
        Self::Viewers,
        Self::Interactions,
        Self::Follows,
        Self::ProductClicks,
        Self::Comments,
        Self::Sales,
        Self::Purchases,
        Self::ContentInterest,
        Self::ProfileVisits,
    ];
    /// What traffic packs are sold for (TP-03).
    pub const OF_TRAFFIC_PACKS: &[Self] = &[Self::Viewers, Self::Interactions, Self::Follows, Self::ProductClicks];
    /// What quick boosts of rooms are sold for (QB-03).
    pub const OF_BOOSTED_ROOMS: &[Self] =
        &[Self::Viewers, Self::ProductClicks, Self::Sales, Self::Follows, Self::Comments];
    /// What quick boosts of videos are sold for (QB-03).
    pub const OF_BOOSTED_VIDEOS: &[Self] =
        &[Self::Purchases, Self::ContentInterest, Self::Follows, Self::ProfileVisits];

    /// What this product is sold for, for a video or for a room.
    #[must_use]
    pub const fn offered(product: Product, content: ContentId) -> &'static [Self] {
        match (product, content) {
            (Product::TrafficPack, ContentId::Room(_)) => Self::OF_TRAFFIC_PACKS,
            (Product::TrafficPack, ContentId::Video(_)) => &[],
            (Product::QuickBoost, ContentId::Room(_)) => Self::OF_BOOSTED_ROOMS,
            (Product::QuickBoost, ContentId::Video(_)) => Self::OF_BOOSTED_VIDEOS,
        }
    }

    /// Whether this product is sold for it, whatever it promotes.
    #[must_use]
    pub fn is_sold_as(self, product: Product) -> bool {
        match product {
            Product::TrafficPack => Self::OF_TRAFFIC_PACKS.contains(&self),
            Product::QuickBoost => Self::OF_BOOSTED_ROOMS.contains(&self) || Self::OF_BOOSTED_VIDEOS.contains(&self),
        }
    }

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Viewers => "viewers",
            Self::Interactions => "interactions",
            Self::Follows => "follows",
            Self::ProductClicks => "product_clicks",
            Self::Comments => "comments",
            Self::Sales => "sales",
            Self::Purchases => "purchases",
            Self::ContentInterest => "content_interest",
            Self::ProfileVisits => "profile_visits",
        }
    }

    /// The goal with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|goal| goal.code() == code)
    }

    /// Whether the goal can be bought for an order of this form (TP-03).
    #[must_use]
    pub const fn fits(self, form: OrderForm) -> bool {
        !self.needs_goods() || matches!(form, OrderForm::Commerce)
    }

    /// Whether its results are purchases.
    #[must_use]
    pub const fn is_of_purchases(self) -> bool {
        matches!(self, Self::Sales | Self::Purchases)
    }

    /// Whether it means nothing where no goods are on offer.
    #[must_use]
    pub const fn needs_goods(self) -> bool {
        matches!(self, Self::ProductClicks | Self::Sales | Self::Purchases)
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Whether an order promotes goods for sale: a room with a shopping cart, a video with a product (TP-03, QB-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderForm {
    /// For a room without a cart; no bid is asked for.
    Plain,
    /// For a room with a cart; a bid or a cost cap per result is required.
    Commerce,
}

impl OrderForm {
    /// Every form there is.
    pub const ALL: &[Self] = &[Self::Plain, Self::Commerce];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Commerce => "commerce",
        }
    }

    /// The form with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|form| form.code() == code)
    }

    /// The form that a room asks for by whether it has a cart.
    #[must_use]
    pub const fn by_cart(has_cart: bool) -> Self {
        if has_cart { Self::Commerce } else { Self::Plain }
    }
}

impl fmt::Display for OrderForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
