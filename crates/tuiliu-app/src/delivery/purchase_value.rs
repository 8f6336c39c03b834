//! What a purchase is expected to be paid: what a goal of sales per spend is bid by (QB-18).

use tuiliu_domain::id::Id;
use tuiliu_domain::money::{Amount, CENTIBEAN_WORTH, Micros};
use tuiliu_domain::policy::Policy;
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_measure::rollup::Count;
use tuiliu_store::{StoreError, Tx};

/// So many usual purchases weigh against those that are known of a content.
const PURCHASES_SUPPOSED: i64 = 5;

/// What a purchase is expected to be paid: what purchases of the content were, natural ones among them, and as much as
/// [`PURCHASES_SUPPOSED`] usual ones. Nothing where no goal asks.
pub(super) fn expected_paid(tx: &mut Tx<'_>, order: &PromotionOrder, policy: &Policy) -> Result<Micros, StoreError> {
    if order.bidding.roi_goal_permille().is_none() {
        return Ok(Micros::ZERO);
    }
    let totals = tx.metric_totals(Id::<()>::new(order.content.value()))?;
    let all = |count: Count| totals.get(count.code()).saturating_add(totals.get(count.promoted_code())).max(0);
    let (purchases, paid_fen) = (all(Count::Purchases), all(Count::GmvFen));
    let usual = policy.quick_boost.purchase_usual.units().saturating_mul(PURCHASES_SUPPOSED);
    let mean_fen = usual.saturating_add(paid_fen) / PURCHASES_SUPPOSED.saturating_add(purchases);
    Ok(micros_of(Amount::new(mean_fen)))
}

/// What a purchase of unknown content is expected to be paid.
pub(super) fn usual_paid(policy: &Policy) -> Micros {
    micros_of(policy.quick_boost.purchase_usual)
}

/// Fen in millionths of a yuan.
fn micros_of(fen: Amount) -> Micros {
    Micros::new(fen.units().saturating_mul(CENTIBEAN_WORTH.get()))
}
