//! Coupons: granted, listed, split, recalled, lapsed, and the ledger of their use (TP-05, TP-06, TP-24, TP-28).

mod change;
mod list;
mod record;
mod reward;

pub use change::{CouponValidity, GrantCoupons, GrantCouponsError, RecallCouponError, SplitCoupon, SplitCouponRefusal};
pub use list::{CouponList, CouponView};
pub use tuiliu_store::CouponEntry;

pub(crate) use record::{record_credit, record_use};
pub(crate) use reward::{grant_each, take_back, with_descendants};

use tuiliu_domain::coupon::CouponUse;
use tuiliu_domain::id::{LotId, PromotionOrderId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{StoreError, Tx};

/// A line for the ledger of a coupon's use.
struct Line {
    lot: LotId,
    kind: CouponUse,
    points: Amount,
    order: Option<PromotionOrderId>,
    other: Option<LotId>,
}

impl Line {
    const fn new(lot: LotId, kind: CouponUse, points: Amount) -> Self {
        Self { lot, kind, points, order: None, other: None }
    }

    const fn with_other(self, other: LotId) -> Self {
        Self { other: Some(other), ..self }
    }

    const fn with_order(self, order: PromotionOrderId) -> Self {
        Self { order: Some(order), ..self }
    }

    fn write(self, tx: &mut Tx<'_>, at: Timestamp) -> Result<(), StoreError> {
        let Self { lot, kind, points, order, other } = self;
        tx.add_coupon_entry(&CouponEntry { lot, number: 0, kind, points, order, other, at })
    }
}
