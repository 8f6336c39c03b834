//! Which orders a coupon pays for: its product, goal and placement (IN-09).

use crate::promotion::{Goal, OrderForm, PlacementName, Product, PromotionOrder};

/// Which products a coupon pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProductConstraint {
    Any,
    /// Only orders of this form.
    Only(OrderForm),
    /// Only orders of this product.
    Of(Product),
}

/// What an order must be for a coupon to pay for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CouponConditions {
    pub product: ProductConstraint,
    /// `None`: whatever the goal.
    pub goal: Option<Goal>,
    /// Only orders that are shown nowhere else; `None`: wherever they are shown.
    pub placement: Option<PlacementName>,
}

/// What the conditions of coupons look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PayableOrder {
    pub product: Product,
    pub form: OrderForm,
    pub goal: Goal,
    /// Where alone it is shown; `None` is everywhere.
    pub placement: Option<PlacementName>,
}

/// The first condition that an order does not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misfit {
    Product,
    Goal,
    Placement,
}

impl CouponConditions {
    /// No conditions.
    pub const NONE: Self = Self { product: ProductConstraint::Any, goal: None, placement: None };

    /// Whether they let a coupon pay for this order.
    pub fn check(&self, order: &PayableOrder) -> Result<(), Misfit> {
        if !self.product.allows(order.product, order.form) {
            return Err(Misfit::Product);
        }
        if self.goal.is_some_and(|goal| goal != order.goal) {
            return Err(Misfit::Goal);
        }
        if self.placement.is_some() && self.placement != order.placement {
            return Err(Misfit::Placement);
        }
        Ok(())
    }

    /// Whether any order can meet them: the goal is one that the products are sold for.
    #[must_use]
    pub fn can_be_met(&self) -> bool {
        let Some(goal) = self.goal else { return true };
        let sold = Product::ALL.iter().flat_map(|product| OrderForm::ALL.iter().map(move |form| (*product, *form)));
        sold.filter(|(product, form)| self.product.allows(*product, *form))
            .any(|(product, form)| goal.fits(form) && goal.is_sold_as(product))
    }
}

impl PromotionOrder {
    /// The order as the conditions of coupons see it.
    #[must_use]
    pub fn payable(&self) -> PayableOrder {
        let Self { product, form, goal, .. } = *self;
        PayableOrder { product, form, goal, placement: self.placement.clone() }
    }
}

impl ProductConstraint {
    /// Every constraint there is.
    pub const ALL: &[Self] = &[
        Self::Any,
        Self::Only(OrderForm::Plain),
        Self::Only(OrderForm::Commerce),
        Self::Of(Product::TrafficPack),
        Self::Of(Product::QuickBoost),
    ];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Only(form) => form.code(),
            Self::Of(product) => product.code(),
        }
    }

    /// The constraint with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|constraint| constraint.code() == code)
    }

    /// Whether it lets a coupon pay for such an order; quick boosts are always for goods.
    fn allows(self, product: Product, form: OrderForm) -> bool {
        match (self, product, form) {
            (_, Product::QuickBoost, OrderForm::Plain) => false,
            (Self::Any, ..) => true,
            (Self::Only(only), _, form) => only == form,
            (Self::Of(of), product, _) => of == product,
        }
    }
}

impl Misfit {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Goal => "goal",
            Self::Placement => "placement",
        }
    }
}
