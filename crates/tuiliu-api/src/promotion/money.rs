//! Beans, bids and costs as they are sent.

use serde::Serialize;
use tuiliu_domain::coupon::SourceKind;
use tuiliu_domain::money::{Amount, Asset, Beans, CENTIBEAN_WORTH, CENTIBEANS_PER_BEAN, Micros};
use tuiliu_domain::promotion::Bidding;
use utoipa::ToSchema;

use crate::code::Code;
use crate::problem::Problem;
use crate::views::{AmountView, CurrencyView};

/// A cost inside the engine, finer than the smallest unit of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Cost)]
pub(crate) struct CostView {
    /// Millionths of one bean.
    #[schema(example = 150_000)]
    pub(crate) micros: i64,
    /// Always `BEAN`.
    pub(crate) currency: CurrencyView,
}

impl From<Micros> for CostView {
    fn from(cost: Micros) -> Self {
        Self { micros: cost.get(), currency: CurrencyView::Bean }
    }
}

/// Whole beans as they are sent: in 1/100 bean.
pub(crate) fn beans_view(beans: Beans) -> AmountView {
    AmountView::new(beans.amount(), Asset::Bean)
}

/// Whole beans out of an amount above zero (TP-04).
pub(crate) fn beans(amount: AmountView, pointer: &str) -> Result<Beans, Problem> {
    whole(amount.positive(Asset::Bean, pointer)?, pointer)
}

/// Whole beans, none among them.
pub(crate) fn beans_or_none(amount: AmountView, pointer: &str) -> Result<Beans, Problem> {
    if amount.amount == 0 && amount.currency == CurrencyView::Bean { Ok(Beans::ZERO) } else { beans(amount, pointer) }
}

fn whole(amount: Amount, pointer: &str) -> Result<Beans, Problem> {
    let refuse = |code, detail: &str| Err(Problem::new(code).with_error(pointer, detail));
    if amount.units() % CENTIBEANS_PER_BEAN != 0 {
        return refuse(Code::BoostFractionalBeans, "the amount must be whole beans: a multiple of 100");
    }
    match Beans::parse(amount.units() / CENTIBEANS_PER_BEAN) {
        Some(beans) => Ok(beans),
        None => refuse(Code::RequestInvalidAmount, "the amount is more beans than there can be"),
    }
}

/// A price above zero in 1/100 bean, in the engine's unit.
pub(crate) fn micros(amount: AmountView, pointer: &str) -> Result<Micros, Problem> {
    let units = amount.positive(Asset::Bean, pointer)?.units();
    let micros = units.checked_mul(CENTIBEAN_WORTH.get()).map(Micros::new);
    micros.ok_or_else(|| {
        Problem::new(Code::RequestInvalidAmount).with_error(pointer, "the amount is more beans than there can be")
    })
}

/// How an order bids: by its bid, by its cost cap, or by neither; both are one too many.
pub(crate) fn bidding(bid: Option<AmountView>, cost_cap: Option<AmountView>) -> Result<Bidding, Problem> {
    match (bid, cost_cap) {
        (None, None) => Ok(Bidding::Automatic),
        (Some(bid), None) => Ok(Bidding::Manual { bid: micros(bid, "/bid")? }),
        (None, Some(cost_cap)) => Ok(Bidding::CostCap { cost_max: micros(cost_cap, "/cost_cap")? }),
        (Some(_), Some(_)) => {
            Err(Problem::new(Code::BoostBidAndCostCap)
                .with_error("/cost_cap", "leave out either the bid or the cost cap"))
        }
    }
}

/// A price in 1/100 bean; what is finer is dropped in the payer's favour.
pub(crate) fn price_view(price: Micros) -> AmountView {
    AmountView::new(Micros::new(price.get().max(0)).round_down_to(CENTIBEAN_WORTH), Asset::Bean)
}

/// What the units of a source count.
pub(crate) const fn asset_of(kind: SourceKind) -> Asset {
    match kind {
        SourceKind::TrafficCoupon | SourceKind::GrowthCard => Asset::Point,
        SourceKind::GiftBeans | SourceKind::PaidBeans => Asset::Bean,
    }
}

/// Beans as a decimal text with six places: exact.
pub(crate) fn decimal(cost: Micros) -> String {
    let (sign, size) = if cost.get() < 0 { ("-", cost.get().unsigned_abs()) } else { ("", cost.get().unsigned_abs()) };
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_exact_decimals() {
        let shown = |micros: i64| decimal(Micros::new(micros));
        assert_eq!(shown(0), "0.000000");
        assert_eq!(shown(1), "0.000001");
        assert_eq!(shown(12_345_678), "12.345678");
        assert_eq!(shown(-1_500_000), "-1.500000");
        assert_eq!(shown(i64::MIN), "-9223372036854.775808");
    }

    #[test]
    fn tp_04_only_whole_beans_are_taken() {
        let amount = |amount: i64, currency: CurrencyView| AmountView { amount, currency };
        let code = |refused: Result<Beans, Problem>| refused.map_err(|problem| problem.code());
        assert_eq!(code(beans(amount(50_000, CurrencyView::Bean), "/budget")), Ok(Beans::from(500)));
        assert_eq!(code(beans(amount(50_050, CurrencyView::Bean), "/budget")), Err(Code::BoostFractionalBeans));
        assert_eq!(code(beans(amount(50_000, CurrencyView::Cny), "/budget")), Err(Code::RequestInvalidAmount));
        assert_eq!(code(beans(amount(0, CurrencyView::Bean), "/budget")), Err(Code::RequestInvalidAmount));
        assert_eq!(code(beans_or_none(amount(0, CurrencyView::Bean), "/budget")), Ok(Beans::ZERO));
        assert_eq!(code(beans(amount(-100, CurrencyView::Bean), "/budget")), Err(Code::RequestInvalidAmount));
        assert_eq!(code(beans(amount(i64::MAX, CurrencyView::Bean), "/budget")), Err(Code::RequestInvalidAmount));
    }
}
