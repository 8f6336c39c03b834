//! Payments that buyers make for one order.

use tuiliu_domain::id::{PaymentId, PromotionOrderId};

use super::{PaymentRow, payment_columns};
use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

statements! {
    ADD: "insert into order_payment (payment_id, order_id) values ($1, $2)";
    ORDER_OF: "select order_id from order_payment where payment_id = $1";
    LAST_OF: concat!("select ", payment_columns!(), " from payment
            join order_payment o on o.payment_id = payment.id
        where o.order_id = $1 order by o.payment_id desc limit 1");
}

impl Tx<'_> {
    /// Notes for which order a payment is made.
    pub fn add_order_payment(&mut self, payment: PaymentId, order: PromotionOrderId) -> Result<(), StoreError> {
        self.execute_one(ADD, &[payment.into(), order.into()])
    }

    /// The order that a payment is made for, if it is made for one.
    pub fn order_of_payment(&mut self, payment: PaymentId) -> Result<Option<PromotionOrderId>, StoreError> {
        self.query_one(ORDER_OF, &[payment.into()])?.map(|row| row.get(0)).transpose()
    }

    /// The last payment that was begun for an order.
    pub fn last_payment_of_order(&mut self, order: PromotionOrderId) -> Result<Option<PaymentRow>, StoreError> {
        self.query_one(LAST_OF, &[order.into()])?.as_ref().map(super::read).transpose()
    }
}
