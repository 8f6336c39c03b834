//! Prices, bids and costs as they are sent: in beans, or in yuan where that is what is paid.

use serde::Serialize;
use tuiliu_domain::coupon::SourceKind;
use tuiliu_domain::money::{Amount, Asset, CENTIBEAN_WORTH, CENTIBEANS_PER_BEAN, Micros, Price};
use tuiliu_domain::promotion::{Bidding, Product};
use utoipa::ToSchema;

use crate::code::Code;
use crate::problem::Problem;
use crate::views::{AmountView, CurrencyView};

/// A cost inside the engine, finer than the smallest unit of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Cost)]
pub(crate) struct CostView {
    /// Millionths of one bean, or of one yuan.
    #[schema(example = 150_000)]
    pub(crate) micros: i64,
    /// `BEAN`, or `CNY` of a quick boost.
    pub(crate) currency: CurrencyView,
}

impl CostView {
    /// So much, in millionths of a price unit of this asset.
    pub(crate) fn new(cost: Micros, asset: Asset) -> Self {
        Self { micros: cost.get(), currency: asset.into() }
    }
}

/// A price as it is sent: in 1/100 price unit.
pub(crate) fn price_view(price: Price, asset: Asset) -> AmountView {
    AmountView::new(price.amount(), asset)
}

/// A price in whole price units out of an amount above zero (TP-04, QB-02).
pub(crate) fn price(amount: AmountView, asset: Asset, pointer: &str) -> Result<Price, Problem> {
    whole(amount.positive(asset, pointer)?, asset, pointer)
}

/// A price in whole price units of its own currency, none among them.
pub(crate) fn price_or_none(amount: AmountView, pointer: &str) -> Result<(Price, Asset), Problem> {
    let asset = Asset::from(amount.currency);
    if asset == Asset::Point {
        return Err(Problem::new(Code::RequestInvalidAmount).with_error(pointer, "the currency is `BEAN` or `CNY`"));
    }
    Ok((if amount.amount == 0 { Price::ZERO } else { price(amount, asset, pointer)? }, asset))
}

fn whole(amount: Amount, asset: Asset, pointer: &str) -> Result<Price, Problem> {
    let refuse = |code, detail: &str| Err(Problem::new(code).with_error(pointer, detail));
    if amount.units() % CENTIBEANS_PER_BEAN != 0 {
        return match asset {
            Asset::Cny => refuse(Code::BoostBudgetNotInSteps, "the amount must be whole yuan: a multiple of 100"),
            Asset::Bean | Asset::Point => {
                refuse(Code::BoostFractionalBeans, "the amount must be whole beans: a multiple of 100")
            }
        };
    }
    match Price::parse(amount.units() / CENTIBEANS_PER_BEAN) {
        Some(price) => Ok(price),
        None => refuse(Code::RequestInvalidAmount, "the amount is more than there can be"),
    }
}

/// A cost above zero in 1/100 price unit, in the engine's unit.
pub(crate) fn micros(amount: AmountView, asset: Asset, pointer: &str) -> Result<Micros, Problem> {
    let units = amount.positive(asset, pointer)?.units();
    let micros = units.checked_mul(CENTIBEAN_WORTH.get()).map(Micros::new);
    micros.ok_or_else(|| {
        Problem::new(Code::RequestInvalidAmount).with_error(pointer, "the amount is more than there can be")
    })
}

/// How an order bids: by its bid, its cost cap, its goal of sales per spend, or by none; two are one too many.
pub(crate) fn bidding(
    product: Product,
    bid: Option<AmountView>,
    cost_cap: Option<AmountView>,
    roi_goal_permille: Option<i64>,
) -> Result<Bidding, Problem> {
    let asset = product.currency();
    match (bid, cost_cap, roi_goal_permille) {
        (None, None, None) => Ok(Bidding::Automatic),
        (Some(bid), None, None) => Ok(Bidding::Manual { bid: micros(bid, asset, "/bid")? }),
        (None, Some(cost_cap), None) => Ok(Bidding::CostCap { cost_max: micros(cost_cap, asset, "/cost_cap")? }),
        (None, None, Some(goal_permille)) => Ok(Bidding::RoiGoal { goal_permille }),
        _ => {
            let detail = "give one of a bid, a cost cap and a goal of sales per spend";
            Err(Problem::new(Code::BoostBidAndCostCap).with_error("/bid", detail))
        }
    }
}

/// A cost in 1/100 price unit; what is finer is dropped in the payer's favour.
pub(crate) fn cost_view(cost: Micros, asset: Asset) -> AmountView {
    AmountView::new(Micros::new(cost.get().max(0)).round_down_to(CENTIBEAN_WORTH), asset)
}

/// What the units of a source count.
pub(crate) const fn asset_of(kind: SourceKind) -> Asset {
    match kind {
        SourceKind::TrafficCoupon | SourceKind::GrowthCard => Asset::Point,
        SourceKind::GiftBeans | SourceKind::PaidBeans => Asset::Bean,
        SourceKind::GrantedMoney | SourceKind::PaidMoney => Asset::Cny,
    }
}

/// A cost as a decimal text with six places: exact.
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
        let code = |refused: Result<Price, Problem>| refused.map_err(|problem| problem.code());
        let beans = |given| code(price(given, Asset::Bean, "/budget"));
        assert_eq!(beans(amount(50_000, CurrencyView::Bean)), Ok(Price::from(500)));
        assert_eq!(beans(amount(50_050, CurrencyView::Bean)), Err(Code::BoostFractionalBeans));
        assert_eq!(beans(amount(50_000, CurrencyView::Cny)), Err(Code::RequestInvalidAmount));
        assert_eq!(beans(amount(0, CurrencyView::Bean)), Err(Code::RequestInvalidAmount));
        assert_eq!(beans(amount(-100, CurrencyView::Bean)), Err(Code::RequestInvalidAmount));
        assert_eq!(beans(amount(i64::MAX, CurrencyView::Bean)), Err(Code::RequestInvalidAmount));
        let none = price_or_none(amount(0, CurrencyView::Cny), "/budget");
        assert_eq!(none.map_err(|problem| problem.code()), Ok((Price::ZERO, Asset::Cny)));
    }

    #[test]
    fn qb_02_only_whole_yuan_are_taken() {
        let yuan = |amount| {
            price(AmountView { amount, currency: CurrencyView::Cny }, Asset::Cny, "/budget").map_err(|no| no.code())
        };
        assert_eq!(yuan(10_000), Ok(Price::from(100)));
        assert_eq!(yuan(10_050), Err(Code::BoostBudgetNotInSteps));
    }
}
