//! Which sources pay a price, and how much each (TP-04, TP-05, TP-28).

use thiserror::Error;

use super::{CouponConditions, CouponKind, Misfit, PayableOrder};
use crate::id::LotId;
use crate::limits::ORDER_SOURCES_MAX;
use crate::money::{Amount, Asset, CENTIBEAN_WORTH, CENTIBEANS_PER_BEAN, Micros, Price};
use crate::policy::Terms;
use crate::time::Timestamp;

/// What a payer could pay with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Funds {
    pub coupons: Vec<CouponLot>,
    pub gift_beans: Vec<BeanLot>,
    pub paid_beans: Vec<BeanLot>,
    /// Money that was given for promotion, in fen.
    pub granted_money: Vec<BeanLot>,
    /// Money that was paid in, in fen.
    pub paid_money: Vec<BeanLot>,
    /// A frozen wallet cannot pay (WL-10).
    pub frozen: bool,
    /// The payer's credit score, for growth cards (TP-28).
    pub credit_score: i64,
}

impl Funds {
    /// What is there of an asset, given or paid in.
    #[must_use]
    pub fn total(&self, asset: Asset) -> Amount {
        let lots = match asset {
            Asset::Bean => [&self.gift_beans, &self.paid_beans],
            Asset::Cny => [&self.granted_money, &self.paid_money],
            Asset::Point => return Amount::new(self.coupons.iter().map(|coupon| coupon.spendable.units()).sum()),
        };
        Amount::new(lots.into_iter().flatten().map(|lot| lot.spendable.units()).sum())
    }
}

/// What is left of one coupon.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CouponLot {
    pub lot: LotId,
    pub kind: CouponKind,
    /// In points.
    pub spendable: Amount,
    pub conditions: CouponConditions,
    pub valid_from: Timestamp,
    pub valid_to: Timestamp,
}

/// What is left of one top-up or gift, in 1/100 bean or in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BeanLot {
    pub lot: LotId,
    pub spendable: Amount,
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
}

/// Which coupons the buyer wants to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CouponChoice {
    /// Every traffic coupon that fits. Growth cards are burnt when used, so they are used only by name.
    Automatic,
    /// None.
    No,
    /// These and no others.
    These(Vec<LotId>),
}

/// What kind of value a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    TrafficCoupon,
    GrowthCard,
    GiftBeans,
    PaidBeans,
    /// Money given for promotion; it cannot be withdrawn.
    GrantedMoney,
    PaidMoney,
}

/// A part of one lot that is to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourcePlan {
    pub lot: LotId,
    pub kind: SourceKind,
    /// In the unit of the lot's asset: points, 1/100 bean, or fen.
    pub amount: Amount,
    /// What one unit is worth, in millionths of the order's price unit.
    pub unit_worth: Micros,
}

/// What an order lets its price be paid with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PaymentRules {
    pub price: Price,
    /// What is paid with besides coupons: beans, or money.
    pub currency: Asset,
    pub order: PayableOrder,
    /// What one coupon point is worth.
    pub point_worth: Micros,
    /// Most that coupons may offset.
    pub offset_max: Micros,
    pub growth_card_credit_score_min: i64,
    /// Most sources there may be.
    pub sources_max: usize,
}

/// Why a price cannot be paid from these funds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanPaymentError {
    #[error("pay from a frozen wallet")]
    WalletFrozen,
    #[error("use coupon `{lot}`: the payer has none with this id")]
    UnknownCoupon { lot: LotId },
    #[error("use coupon `{lot}` twice")]
    RepeatedCoupon { lot: LotId },
    #[error("use coupon `{lot}`: it is valid from `{}` to `{}` ms", .valid_from.ms(), .valid_to.ms())]
    CouponNotValid { lot: LotId, valid_from: Timestamp, valid_to: Timestamp },
    #[error("use coupon `{lot}`: nothing is left of it")]
    CouponEmpty { lot: LotId },
    #[error("use coupon `{lot}`: its conditions ask for another `{}`", .misfit.code())]
    CouponDoesNotFit { lot: LotId, misfit: Misfit },
    #[error("use growth card `{lot}` with a credit score of `{score}`: it takes `{needed}`")]
    CreditScoreTooLow { lot: LotId, score: i64, needed: i64 },
    #[error("use growth card `{lot}` whole: it has `{points}` points and `{usable}` are usable")]
    GrowthCardTooLarge { lot: LotId, points: i64, usable: i64 },
    #[error("pay `{needed}` price units of `{available}`")]
    InsufficientFunds { available: Price, needed: Price },
    #[error("pay from more than `{max}` sources")]
    TooManySources { max: usize },
}

impl PaymentRules {
    /// The rules under these terms for a price that nothing has been paid of.
    #[must_use]
    pub fn of(terms: &Terms, order: PayableOrder, price: Price) -> Self {
        Self {
            price,
            currency: terms.currency,
            order,
            point_worth: terms.point_worth,
            offset_max: terms.offset_max(price),
            growth_card_credit_score_min: terms.growth_card_credit_score_min,
            sources_max: ORDER_SOURCES_MAX,
        }
    }

    /// Most points that can be used: coupons offset whole beans only, so that whole beans remain to be paid.
    fn points_max(&self) -> i64 {
        let offset_max = self.offset_max.min(self.price.micros()).get().max(0);
        if self.point_worth <= Micros::ZERO { 0 } else { offset_max / self.point_worth.get() }
    }

    /// The largest number of points, not above this one, that is worth whole beans.
    fn whole_beans_of(&self, points: i64) -> i64 {
        let step = MICROS_PER_BEAN / greatest_common_divisor(self.point_worth.get(), MICROS_PER_BEAN);
        points - points % step
    }
}

const MICROS_PER_BEAN: i64 = CENTIBEAN_WORTH.get() * CENTIBEANS_PER_BEAN;

const fn greatest_common_divisor(mut left: i64, mut right: i64) -> i64 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

impl SourcePlan {
    /// What the source pays, in millionths of a bean; `None` when the amount is out of range.
    #[must_use]
    pub fn worth(&self) -> Option<Micros> {
        self.unit_worth.get().checked_mul(self.amount.units()).map(Micros::new)
    }
}

/// What all sources pay together; `None` when out of range.
#[must_use]
pub(crate) fn total_worth<'p>(plans: impl IntoIterator<Item = &'p SourcePlan>) -> Option<Micros> {
    plans.into_iter().try_fold(Micros::ZERO, |sum, plan| sum.plus(plan.worth()?).ok())
}

/// The sources that pay the price exactly: coupons by expiry, then gift beans, then paid beans first in first out.
pub fn plan_payment(
    rules: &PaymentRules,
    funds: &Funds,
    choice: &CouponChoice,
    now: Timestamp,
) -> Result<Vec<SourcePlan>, PlanPaymentError> {
    if funds.frozen {
        return Err(PlanPaymentError::WalletFrozen);
    }
    let mut plans = plan_coupons(rules, funds, choice, now)?;
    let offset = total_worth(&plans).map_or(0, Micros::get);
    let rest = Amount::new((rules.price.micros().get() - offset) / CENTIBEAN_WORTH.get());
    plans.extend(plan_wallet(rest, (rules.currency, funds), now)?);
    if plans.len() > rules.sources_max {
        return Err(PlanPaymentError::TooManySources { max: rules.sources_max });
    }
    assert!(total_worth(&plans) == Some(rules.price.micros()), "the sources pay the price exactly");
    Ok(plans)
}

/// The part that coupons pay; its worth is whole beans.
fn plan_coupons(
    rules: &PaymentRules,
    funds: &Funds,
    choice: &CouponChoice,
    now: Timestamp,
) -> Result<Vec<SourcePlan>, PlanPaymentError> {
    let coupons = coupons_in_order(rules, funds, choice, now)?;
    let points_max = rules.points_max();
    let mut plans: Vec<SourcePlan> = Vec::new();
    // Growth cards go whole or not at all, so their points are set aside before the others share the rest.
    let cards = coupons.iter().filter(|coupon| coupon.kind == CouponKind::GrowthCard);
    let mut usable = points_max;
    for card in cards {
        let points = card.spendable.units();
        if usable < points {
            return Err(PlanPaymentError::GrowthCardTooLarge { lot: card.lot, points, usable });
        }
        usable -= points;
    }
    for coupon in &coupons {
        let points = match coupon.kind {
            CouponKind::GrowthCard => coupon.spendable.units(),
            CouponKind::TrafficCoupon => coupon.spendable.units().min(usable),
        };
        if coupon.kind == CouponKind::TrafficCoupon {
            usable -= points;
        }
        if points > 0 {
            let kind = SourceKind::of_coupon(coupon.kind);
            plans.push(SourcePlan {
                lot: coupon.lot,
                kind,
                amount: Amount::new(points),
                unit_worth: rules.point_worth,
            });
        }
    }
    let total = plans.iter().map(|plan| plan.amount.units()).sum::<i64>();
    drop_points(plans, total - rules.whole_beans_of(total))
}

/// Gives up so many points from the traffic coupons used last, so that what is offset is whole beans.
fn drop_points(mut plans: Vec<SourcePlan>, mut points: i64) -> Result<Vec<SourcePlan>, PlanPaymentError> {
    for plan in plans.iter_mut().rev().filter(|plan| plan.kind == SourceKind::TrafficCoupon) {
        let part = plan.amount.units().min(points);
        plan.amount = Amount::new(plan.amount.units() - part);
        points -= part;
    }
    plans.retain(|plan| plan.amount > Amount::ZERO);
    match plans.iter().rev().find(|plan| plan.kind == SourceKind::GrowthCard) {
        Some(card) if points > 0 => {
            let whole = card.amount.units();
            Err(PlanPaymentError::GrowthCardTooLarge { lot: card.lot, points: whole, usable: whole - points })
        }
        _ => Ok(plans),
    }
}

/// The coupons to use, earliest expiry first.
fn coupons_in_order(
    rules: &PaymentRules,
    funds: &Funds,
    choice: &CouponChoice,
    now: Timestamp,
) -> Result<Vec<CouponLot>, PlanPaymentError> {
    let mut coupons = match choice {
        CouponChoice::No => Vec::new(),
        CouponChoice::Automatic => {
            let fits = |coupon: &&CouponLot| {
                coupon.kind == CouponKind::TrafficCoupon && can_pay(coupon, rules, funds, now).is_ok()
            };
            let mut fitting = funds.coupons.iter().filter(fits).cloned().collect::<Vec<_>>();
            fitting.sort_by_key(|coupon| (coupon.valid_to, coupon.lot));
            // Crumbs of coupons must not keep beans from paying.
            fitting.truncate(rules.sources_max / 2);
            fitting
        }
        CouponChoice::These(lots) => {
            if lots.len() > ORDER_SOURCES_MAX {
                return Err(PlanPaymentError::TooManySources { max: ORDER_SOURCES_MAX });
            }
            let mut chosen: Vec<CouponLot> = Vec::with_capacity(lots.len());
            for lot in lots {
                let found = funds.coupons.iter().find(|coupon| coupon.lot == *lot);
                let coupon = found.ok_or(PlanPaymentError::UnknownCoupon { lot: *lot })?;
                if chosen.iter().any(|other| other.lot == *lot) {
                    return Err(PlanPaymentError::RepeatedCoupon { lot: *lot });
                }
                can_pay(coupon, rules, funds, now)?;
                chosen.push(coupon.clone());
            }
            chosen
        }
    };
    coupons.sort_by_key(|coupon| (coupon.valid_to, coupon.lot));
    Ok(coupons)
}

/// Whether a coupon can pay for an order under these rules now, or what it is refused with.
pub fn can_pay(
    coupon: &CouponLot,
    rules: &PaymentRules,
    funds: &Funds,
    now: Timestamp,
) -> Result<(), PlanPaymentError> {
    let CouponLot { lot, valid_from, valid_to, .. } = *coupon;
    if now < valid_from || valid_to <= now {
        return Err(PlanPaymentError::CouponNotValid { lot, valid_from, valid_to });
    }
    if coupon.spendable <= Amount::ZERO {
        return Err(PlanPaymentError::CouponEmpty { lot });
    }
    coupon.conditions.check(&rules.order).map_err(|misfit| PlanPaymentError::CouponDoesNotFit { lot, misfit })?;
    let needed = rules.growth_card_credit_score_min;
    if coupon.kind == CouponKind::GrowthCard && funds.credit_score < needed {
        return Err(PlanPaymentError::CreditScoreTooLow { lot, score: funds.credit_score, needed });
    }
    Ok(())
}

/// The part that beans or money pay: gifts that lapse first, then top-ups in the order they came.
fn plan_wallet(
    rest: Amount,
    (currency, funds): (Asset, &Funds),
    now: Timestamp,
) -> Result<Vec<SourcePlan>, PlanPaymentError> {
    if rest <= Amount::ZERO {
        return Ok(Vec::new());
    }
    let valid = |lot: &&BeanLot| lot.valid_from <= now && lot.valid_to.is_none_or(|end| now < end);
    let (given, given_kind, bought, bought_kind) = match currency {
        Asset::Cny => (&funds.granted_money, SourceKind::GrantedMoney, &funds.paid_money, SourceKind::PaidMoney),
        Asset::Bean | Asset::Point => {
            (&funds.gift_beans, SourceKind::GiftBeans, &funds.paid_beans, SourceKind::PaidBeans)
        }
    };
    let mut gifts: Vec<BeanLot> = given.iter().filter(valid).copied().collect();
    gifts.sort_by_key(|gift| (gift.valid_to.is_none(), gift.valid_to, gift.lot));
    let mut top_ups: Vec<BeanLot> = bought.iter().filter(valid).copied().collect();
    top_ups.sort_by_key(|top_up| (top_up.valid_from, top_up.lot));
    let gifts = gifts.into_iter().map(|lot| (given_kind, lot));
    let top_ups = top_ups.into_iter().map(|lot| (bought_kind, lot));
    let beans: Vec<(SourceKind, BeanLot)> =
        gifts.chain(top_ups).filter(|(_, lot)| Amount::ZERO < lot.spendable).collect();

    let total = beans.iter().map(|(_, lot)| i128::from(lot.spendable.units())).sum::<i128>();
    let total = Amount::new(i64::try_from(total).unwrap_or(i64::MAX));
    let (available, needed) = (Price::whole_in(total), Price::whole_in(rest));
    assert!(needed.amount() == rest, "coupons offset whole units, so whole units remain");
    if available < needed {
        return Err(PlanPaymentError::InsufficientFunds { available, needed });
    }
    let mut plans = Vec::new();
    let mut missing = rest.units();
    for (kind, lot) in beans {
        let part = lot.spendable.units().min(missing);
        if part > 0 {
            plans.push(SourcePlan { lot: lot.lot, kind, amount: Amount::new(part), unit_worth: CENTIBEAN_WORTH });
        }
        missing -= part;
    }
    Ok(plans)
}

impl SourceKind {
    /// Every kind there is.
    pub const ALL: &[Self] =
        &[Self::TrafficCoupon, Self::GrowthCard, Self::GiftBeans, Self::PaidBeans, Self::GrantedMoney, Self::PaidMoney];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TrafficCoupon => "traffic_coupon",
            Self::GrowthCard => "growth_card",
            Self::GiftBeans => "gift_beans",
            Self::PaidBeans => "paid_beans",
            Self::GrantedMoney => "granted_money",
            Self::PaidMoney => "paid_money",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// The source that a coupon of this kind is.
    #[must_use]
    pub const fn of_coupon(kind: CouponKind) -> Self {
        match kind {
            CouponKind::TrafficCoupon => Self::TrafficCoupon,
            CouponKind::GrowthCard => Self::GrowthCard,
        }
    }

    /// Whether the source is a coupon of either kind.
    #[must_use]
    pub const fn is_coupon(self) -> bool {
        matches!(self, Self::TrafficCoupon | Self::GrowthCard)
    }
}
