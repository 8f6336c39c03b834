//! What coupons look like.

use serde::Serialize;
use tuiliu_app::coupon::{CouponEntry, CouponView as Seen};
use tuiliu_domain::coupon::{Coupon, CouponConditions, CouponTerms};
use utoipa::ToSchema;

use super::words::{CouponKindView, CouponProductView, CouponStateView, CouponUseView};
use crate::promotion::words::GoalView;
use crate::views::{LotIdView, PartyIdView, PlacementNameView, PromotionOrderIdView, TimeView};

/// A coupon. `points` is the sum of all other points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Coupon)]
pub(crate) struct CouponView {
    id: LotIdView,
    owner: PartyIdView,
    kind: CouponKindView,
    #[serde(flatten)]
    conditions: ConditionsView,
    state: CouponStateView,
    /// Its face.
    points: i64,
    /// Left to be used.
    remaining_points: i64,
    /// Promised to orders.
    held_points: i64,
    used_points: i64,
    /// Came back as new coupons, or taken back by the platform.
    returned_points: i64,
    expired_points: i64,
    /// In coupons split from it.
    split_points: i64,
    valid_from: TimeView,
    /// First instant at which it can no longer be used.
    valid_to: TimeView,
    /// The coupon it was split from, or is the remainder of.
    parent: Option<LotIdView>,
    created_at: TimeView,
}

/// What an order must be for a coupon to pay for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CouponConditions)]
pub(crate) struct ConditionsView {
    product: CouponProductView,
    /// `null`: whatever the goal.
    goal: Option<GoalView>,
    /// Only orders that are shown in this placement alone; `null`: wherever they are shown.
    placement: Option<PlacementNameView>,
}

/// A line in the ledger of a coupon's use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CouponUseEntry)]
pub(crate) struct CouponEntryView {
    /// 1, 2, 3 … of each coupon.
    number: u64,
    kind: CouponUseView,
    points: i64,
    /// The order that did it.
    order: Option<PromotionOrderIdView>,
    /// The coupon it was split into or from, or returned into or from.
    other: Option<LotIdView>,
    at: TimeView,
}

impl From<Seen> for CouponView {
    fn from(seen: Seen) -> Self {
        let Seen { coupon, lot, state, created_at } = seen;
        let Coupon { lot: id, owner, terms, parent, .. } = coupon;
        let CouponTerms { kind, points, conditions, valid_from, valid_to } = terms;
        Self {
            id: id.into(),
            owner: owner.into(),
            kind: kind.into(),
            conditions: conditions.into(),
            state: state.into(),
            points: points.units(),
            remaining_points: lot.remaining.units(),
            held_points: lot.held.units(),
            used_points: lot.spent.units(),
            returned_points: lot.returned.units(),
            expired_points: lot.expired.units(),
            split_points: lot.split_out.units(),
            valid_from: valid_from.into(),
            valid_to: valid_to.into(),
            parent: parent.map(LotIdView::from),
            created_at: created_at.into(),
        }
    }
}

impl From<CouponConditions> for ConditionsView {
    fn from(CouponConditions { product, goal, placement }: CouponConditions) -> Self {
        Self { product: product.into(), goal: goal.map(Into::into), placement: placement.map(PlacementNameView) }
    }
}

impl From<CouponEntry> for CouponEntryView {
    fn from(entry: CouponEntry) -> Self {
        let CouponEntry { lot: _, number, kind, points, order, other, at } = entry;
        Self {
            number,
            kind: kind.into(),
            points: points.units(),
            order: order.map(PromotionOrderIdView::from),
            other: other.map(LotIdView::from),
            at: at.into(),
        }
    }
}
