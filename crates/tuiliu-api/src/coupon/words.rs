//! Words of this column as they are sent: by their codes.

use tuiliu_domain::coupon::{CouponKind, CouponState, CouponUse, ProductConstraint};

use crate::access::words::words;

words! {
    /// `traffic_coupon` can be split and comes back; `growth_card` is used whole.
    CouponKindView of CouponKind, "CouponKind";
    /// Which orders a coupon pays for.
    CouponProductView of ProductConstraint, "CouponProduct";
    /// What a coupon is now.
    CouponStateView of CouponState, "CouponState";
    /// What happened to a coupon.
    CouponUseView of CouponUse, "CouponUse";
}
