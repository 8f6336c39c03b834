//! Paying an order from the buyer's payment account: it waits for the money, which pays it the moment it comes (QB-07).
//!
//! What comes is credited first, as any top-up is, and pays from that very lot. So money that comes too late, or for an
//! order that cannot be paid any more, is in the balance, from where it is spent, withdrawn or given back.

use thiserror::Error;
use tracing::{info, warn};
use tuiliu_domain::id::{PaymentId, PromotionOrderId};
use tuiliu_domain::money::Asset;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::policy::SaleChannel;
use tuiliu_domain::promotion::{PayOrderError, PromotionOrder};
use tuiliu_domain::wallet::{Payment, PaymentState, StartTopUpError, TopUpDraft};
use tuiliu_store::{PaymentRow, StoreError, Tx};

use super::pay::PayRefusal;
use super::{order_for, save};
use crate::app::Shell;
use crate::error::CommandError;

/// Why no payment was begun for an order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OrderPaymentRefusal {
    #[error(transparent)]
    Order(#[from] PayOrderError),
    #[error(transparent)]
    Start(#[from] StartTopUpError),
    #[error("take payments without a provider")]
    NoProvider,
    #[error("pay for a party that is banned")]
    Banned,
}

impl Shell {
    /// Begins the payment of an order in the caller's transaction, or answers the one that is under way.
    pub fn start_order_payment(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        order: PromotionOrderId,
    ) -> Result<PaymentRow, CommandError<OrderPaymentRefusal>> {
        let order = order_for(tx, actor, order, Action::PayOrder)?;
        let (tenant, party, now) = (order.tenant, order.payer, self.now());
        let (price, close_at) = order.payable_online(now).map_err(|error| CommandError::Refused(error.into()))?;
        if let Some(row) = tx.last_payment_of_order(order.id)?
            && matches!(row.payment.state, PaymentState::Pending { .. })
            && row.payment.price == price
        {
            return Ok(row);
        }
        if tx.party(tenant, party)?.is_none_or(|party| party.banned) {
            return Err(CommandError::Refused(OrderPaymentRefusal::Banned));
        }
        let provider = self.provider().ok_or(CommandError::Refused(OrderPaymentRefusal::NoProvider))?.name();
        let (channel, timeout_ms) = (SaleChannel::Direct, close_at.since_ms(now));
        let draft = TopUpDraft { id: self.id(), tenant, party, channel, price, asset: Asset::Cny, timeout_ms };
        let sale = &self.policy(tx, tenant)?.sale;
        let payment = Payment::start(draft, sale, now).map_err(|error| CommandError::Refused(error.into()))?;
        tx.add_payment(&payment, provider)?;
        tx.add_order_payment(payment.id, order.id)?;
        Ok(PaymentRow { payment, provider: provider.to_owned(), pay_link: None })
    }

    /// Pays the order that this money was for. What cannot be paid stays unpaid, and the money in the balance.
    pub(crate) fn pay_by_payment(&self, tx: &mut Tx<'_>, payment: &Payment) -> Result<(), StoreError> {
        let Some(order) = tx.order_of_payment(payment.id)? else { return Ok(()) };
        match tx.attempt(|tx| self.pay_with_money_of(tx, order, payment))? {
            Ok(_) => info!(order.id = %order, "paid promotion order `{order}` from the payment account"),
            Err(CommandError::Store(fault)) => return Err(fault),
            Err(refusal) => tell_unpaid(payment.id, order, &refusal),
        }
        Ok(())
    }

    fn pay_with_money_of(
        &self,
        tx: &mut Tx<'_>,
        order: PromotionOrderId,
        payment: &Payment,
    ) -> Result<PromotionOrder, CommandError<PayRefusal>> {
        let PaymentState::Paid { lot, .. } = payment.state else { return Err(CommandError::NotFound) };
        let order = tx.promotion_order(order)?.ok_or(CommandError::NotFound)?;
        let content = super::review::content_of(tx, &order)?;
        let plans = vec![PromotionOrder::paid_by_lot(lot, payment.amount)];
        let outcome = order.pay(plans, &content, self.now()).map_err(|error| CommandError::Refused(error.into()))?;
        match save(self, tx, outcome)? {
            Ok(order) => {
                crate::forecast::record(self, tx, &order, &content)?;
                Ok(self.screen_promotion_order(tx, order, &content)?)
            }
            Err(refusal) => Err(CommandError::Refused(refusal.into())),
        }
    }
}

fn tell_unpaid(payment: PaymentId, order: PromotionOrderId, refusal: &CommandError<PayRefusal>) {
    warn!(payment.id = %payment, order.id = %order, refusal = %refusal, "money for an order stays in the balance");
}
