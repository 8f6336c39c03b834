//! Paying orders and topping them up (TP-04…TP-06, TP-30).

use thiserror::Error;
use tuiliu_domain::coupon::{CouponChoice, PaymentRules, PlanPaymentError, SourcePlan, plan_payment};
use tuiliu_domain::event::Event;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::ledger::LedgerRefusal;
use tuiliu_domain::money::{Amount, Asset, Price};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::promotion::{PayOrderError, PromotionOrder, TopUp, TopUpOrderError};
use tuiliu_domain::wallet::low_after;
use tuiliu_store::{StoreError, Tx};

use super::{order_for, save};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Pays an order: coupons as chosen, then what was given, then what was paid in.
#[derive(Debug, Clone)]
pub struct PayPromotionOrder {
    pub order: PromotionOrderId,
    pub coupons: CouponChoice,
}

/// Adds budget and time to a running order; its own payment with its own sources.
#[derive(Debug, Clone)]
pub struct TopUpPromotionOrder {
    pub order: PromotionOrderId,
    pub price: Price,
    /// What the price counts; the order's currency or it is refused.
    pub currency: Asset,
    pub duration_ms: i64,
    pub coupons: CouponChoice,
}

/// Why an order is not paid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayRefusal {
    #[error(transparent)]
    Order(#[from] PayOrderError),
    #[error(transparent)]
    Plan(#[from] PlanPaymentError),
    #[error(transparent)]
    Ledger(#[from] LedgerRefusal),
}

/// Why an order is not topped up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TopUpRefusal {
    #[error(transparent)]
    Order(#[from] TopUpOrderError),
    #[error(transparent)]
    Plan(#[from] PlanPaymentError),
    #[error(transparent)]
    Ledger(#[from] LedgerRefusal),
}

impl Shell {
    /// Pays an order in the caller's transaction, and reviews it by the automatic rules at once.
    pub fn pay_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &PayPromotionOrder,
    ) -> Result<PromotionOrder, CommandError<PayRefusal>> {
        let order = order_for(tx, actor, command.order, Action::PayOrder)?;
        let content = super::review::content_of(tx, &order)?;
        let due = order.price_due().map_err(|error| CommandError::Refused(error.into()))?;
        let price = Price::parse(due.get() / tuiliu_domain::money::MICROS_PER_UNIT)
            .ok_or(CommandError::Refused(PayRefusal::Order(PayOrderError::BadSource)))?;
        let Planned { plans, low } =
            plan(self, tx, &order, price, &command.coupons)?.map_err(|error| CommandError::Refused(error.into()))?;
        let mut outcome =
            order.pay(plans, &content, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        outcome.events.extend(low);
        match save(self, tx, outcome)? {
            Ok(order) => {
                crate::forecast::record(self, tx, &order, &content)?;
                Ok(self.screen_promotion_order(tx, order, &content)?)
            }
            Err(refusal) => Err(CommandError::Refused(refusal.into())),
        }
    }

    /// Tops up an order in the caller's transaction.
    pub fn top_up_promotion_order(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &TopUpPromotionOrder,
    ) -> Result<PromotionOrder, CommandError<TopUpRefusal>> {
        let order = order_for(tx, actor, command.order, Action::TopUpOrder)?;
        let TopUpPromotionOrder { price, currency, duration_ms, coupons, .. } = command;
        if *currency != order.currency() {
            let wrong = TopUpOrderError::WrongCurrency { currency: *currency, expected: order.currency() };
            return Err(CommandError::Refused(wrong.into()));
        }
        let Planned { plans, low } = if *price == Price::ZERO {
            Planned::default()
        } else {
            plan(self, tx, &order, *price, coupons)?.map_err(|error| CommandError::Refused(error.into()))?
        };
        let top_up = TopUp { price: *price, duration_ms: *duration_ms, plans };
        let mut outcome = order.top_up(top_up, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        outcome.events.extend(low);
        match save(self, tx, outcome)? {
            Ok(order) => Ok(order),
            Err(refusal) => Err(CommandError::Refused(refusal.into())),
        }
    }
}

/// From which sources a price is paid, and whether that leaves little in the wallet.
#[derive(Default)]
struct Planned {
    plans: Vec<SourcePlan>,
    low: Option<Event>,
}

fn plan(
    shell: &Shell,
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    price: Price,
    coupons: &CouponChoice,
) -> Result<Result<Planned, PlanPaymentError>, StoreError> {
    let funds = crate::wallet::funds(tx, order.tenant, order.payer)?;
    let rules = PaymentRules::of(&order.terms, order.payable(), price);
    let asset = order.currency();
    let policy = shell.policy(tx, order.tenant)?;
    let limit = if asset == Asset::Cny { policy.quick_boost.wallet_low } else { policy.order.wallet_low };
    Ok(plan_payment(&rules, &funds, coupons, shell.now()).map(|plans| {
        let own = plans.iter().filter(|plan| !plan.kind.is_coupon());
        let paid = Amount::new(own.map(|plan| plan.amount.units()).sum());
        let low = low_after(order.payer, asset, (funds.total(asset), paid), limit.amount());
        Planned { plans, low }
    }))
}

impl App {
    /// [`Shell::pay_promotion_order`] in a transaction of its own.
    pub async fn pay_promotion_order(
        &self,
        actor: Actor,
        command: PayPromotionOrder,
    ) -> Result<PromotionOrder, CommandError<PayRefusal>> {
        self.write(move |shell, tx| shell.pay_promotion_order(tx, &actor, &command)).await
    }
}
