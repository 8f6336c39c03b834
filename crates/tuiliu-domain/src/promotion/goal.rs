//! What a buyer pays for.

use std::fmt;

/// What delivery of an order is optimised for, and what is charged (TP-03, TP-27).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// People who watch effectively.
    Viewers,
    /// People who comment.
    Interactions,
    /// People who follow the creator and stay.
    Follows,
    /// People who click a product; only in a room with a cart.
    ProductClicks,
}

impl Goal {
    /// Every goal there is.
    pub const ALL: &[Self] = &[Self::Viewers, Self::Interactions, Self::Follows, Self::ProductClicks];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Viewers => "viewers",
            Self::Interactions => "interactions",
            Self::Follows => "follows",
            Self::ProductClicks => "product_clicks",
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
        match self {
            Self::Viewers | Self::Interactions | Self::Follows => true,
            Self::ProductClicks => matches!(form, OrderForm::Commerce),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Whether an order promotes a room with a shopping cart (TP-03).
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
