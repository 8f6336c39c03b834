//! Paying, topping up, and not paying (TP-05, TP-08, TP-30).

use thiserror::Error;

use super::content::Content;
use super::goal::OrderForm;
use super::product::Product;
use super::state::{ClosedBy, OrderState, ReviewStage};
use super::{OrderPayment, OrderSource, PromotionOrder};
use crate::coupon::{PaymentRules, SourceKind, SourcePlan, total_worth};
use crate::event::{Event, Outcome};
use crate::id::LotId;
use crate::ledger::LedgerCommand;
use crate::limits::{ORDER_PAYMENTS_MAX, ORDER_SOURCES_MAX};
use crate::live::RoomState;
use crate::money::{Amount, Asset, CENTIBEAN_WORTH, MICROS_PER_UNIT, Micros, Price};
use crate::time::Timestamp;

/// Why an order is not paid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayOrderError {
    #[error("pay an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("pay an order that had to be paid by `{}` ms", .close_at.ms())]
    TooLate { close_at: Timestamp },
    /// Beans are bought before they are spent.
    #[error("pay an order for beans with money")]
    NotForMoney,
    #[error("pay for a broadcast that has ended")]
    RoomEnded,
    #[error("pay for a video that is `{state}`")]
    VideoNotOut { state: &'static str },
    #[error("pay for a `{form}` order when the cart says otherwise")]
    CartChanged { form: OrderForm },
    #[error("pay `{}` millionths of a bean when `{}` are due", .planned.get(), .due.get())]
    PriceMismatch { planned: Micros, due: Micros },
    #[error("pay from more than `{max}` sources")]
    TooManySources { max: usize },
    #[error("pay with an amount or worth that is not positive or out of range")]
    BadSource,
    #[error("offset `{}` millionths of a bean by coupons: it may be `{}`", .offset.get(), .max.get())]
    OffsetTooLarge { offset: Micros, max: Micros },
}

/// Why an unpaid order is not closed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CloseOrderError {
    #[error("close an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("close an order that can be paid until `{}` ms", .close_at.ms())]
    TooEarly { close_at: Timestamp },
}

/// More budget and time for an order that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUp {
    pub price: Price,
    pub duration_ms: i64,
    /// The sources that pay the price; none when only time is added.
    pub plans: Vec<SourcePlan>,
}

/// Why an order is not topped up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TopUpOrderError {
    #[error("top up an order that is `{state}`")]
    WrongState { state: &'static str },
    #[error("top up an order whose time was over at `{}` ms", .ends_at.ms())]
    TooLate { ends_at: Timestamp },
    #[error("top up in `{currency}` what is paid in `{expected}`")]
    WrongCurrency { currency: Asset, expected: Asset },
    #[error("top up by nothing")]
    Nothing,
    #[error("top up by `{price}` price units: it takes at least `{min}`")]
    TooLittle { price: Price, min: Price },
    #[error("top up by `{price}` price units: it must be a multiple of `{step}`")]
    NotInSteps { price: Price, step: i64 },
    #[error("top up to `{budget}` price units: an order has at most `{max}`")]
    BudgetTooLarge { budget: i64, max: Price },
    #[error("top up by `{duration_ms}` ms: it must be from 0 to `{max}`")]
    DurationOutOfRange { duration_ms: i64, max: i64 },
    #[error("top up an order more than `{max}` times")]
    TooManyPayments { max: usize },
    #[error("top up: {0}")]
    Pay(#[source] PayOrderError),
}

impl PromotionOrder {
    /// Holds a part of the price before the rest is paid, such as chosen coupons; TP-08 gives it back in time.
    pub fn hold_sources(self, plans: Vec<SourcePlan>, now: Timestamp) -> Result<Outcome<Self>, PayOrderError> {
        self.check_payable(now)?;
        let due = self.price_due()?;
        let planned = self.check_plans(&plans)?;
        // What is held must leave whole beans to pay, or it would be a payment.
        let rest = due.get() - planned.get();
        if rest <= 0 || rest % MICROS_PER_UNIT != 0 {
            return Err(PayOrderError::PriceMismatch { planned, due });
        }
        self.check_offset(&plans)?;
        let (order, postings, _) = self.promise(plans);
        Ok(Outcome { state: order, postings, events: Vec::new() })
    }

    /// Pays what is due, exactly, and hands the order to review.
    pub fn pay(
        self,
        plans: Vec<SourcePlan>,
        content: &Content,
        now: Timestamp,
    ) -> Result<Outcome<Self>, PayOrderError> {
        assert!(content.id() == self.content, "an order is paid with its own content at hand");
        self.check_payable(now)?;
        self.check_content(content)?;
        let due = self.price_due()?;
        let planned = self.check_plans(&plans)?;
        if planned != due {
            return Err(PayOrderError::PriceMismatch { planned, due });
        }
        self.check_offset(&plans)?;
        let stage = match content.room().map(|room| room.state) {
            Some(RoomState::Planned) => ReviewStage::Booking { expires_at: now.plus_ms(self.terms.reservation_ms) },
            Some(RoomState::Live { .. } | RoomState::Interrupted { .. } | RoomState::Ended { .. }) | None => {
                ReviewStage::Start
            }
        };
        let (mut order, postings, _) = self.promise(plans);
        let (price, duration_ms) = (order.budget, order.duration_ms);
        order.payments.push(OrderPayment { at: now, price, duration_ms, sources: order.sources.len() });
        let (payer, currency) = (order.payer, order.currency());
        let paid = Event::OrderPaid { order: order.id, payer, currency, price, sources: order.sources.clone() };
        Ok(order.becomes(OrderState::InReview { since: now, stage }, postings, vec![paid]))
    }

    /// What is to be paid for a quick boost from the buyer's payment account, in fen, and until when (QB-07).
    pub fn payable_online(&self, now: Timestamp) -> Result<(Amount, Timestamp), PayOrderError> {
        let OrderState::PendingPayment { close_at } = self.state else {
            return Err(PayOrderError::WrongState { state: self.state.name() });
        };
        self.check_payable(now)?;
        if self.currency() != Asset::Cny {
            return Err(PayOrderError::NotForMoney);
        }
        let due = self.price_due()?.get();
        Ok((Amount::new(due / CENTIBEAN_WORTH.get()), close_at))
    }

    /// What pays with the money that came for it: all of one lot (QB-07).
    #[must_use]
    pub const fn paid_by_lot(lot: LotId, amount: Amount) -> SourcePlan {
        SourcePlan { lot, kind: SourceKind::PaidMoney, amount, unit_worth: CENTIBEAN_WORTH }
    }

    /// Closes an order that was not paid in time (TP-08).
    pub fn close_unpaid(self, now: Timestamp) -> Result<Outcome<Self>, CloseOrderError> {
        match self.state {
            OrderState::PendingPayment { close_at } if now < close_at => Err(CloseOrderError::TooEarly { close_at }),
            _ => self.close(ClosedBy::Timeout, now),
        }
    }

    /// Cancels an order that the buyer has not paid and does not want any more (TP-20).
    pub fn cancel(self, now: Timestamp) -> Result<Outcome<Self>, CloseOrderError> {
        self.close(ClosedBy::Buyer, now)
    }

    /// Adds budget and time to an order that runs; its own payment, with its own sources (TP-30).
    pub fn top_up(self, top_up: TopUp, now: Timestamp) -> Result<Outcome<Self>, TopUpOrderError> {
        let TopUp { price, duration_ms, plans } = top_up;
        let (OrderState::Running { ends_at, .. } | OrderState::Paused { ends_at, .. }) = self.state else {
            return Err(TopUpOrderError::WrongState { state: self.state.name() });
        };
        if ends_at <= now {
            return Err(TopUpOrderError::TooLate { ends_at });
        }
        let budget = self.check_top_up(price, duration_ms)?;
        let planned = self.check_plans(&plans).map_err(TopUpOrderError::Pay)?;
        let due = price.micros();
        if planned != due {
            return Err(TopUpOrderError::Pay(PayOrderError::PriceMismatch { planned, due }));
        }
        within_offset(plans.iter(), self.terms.offset_max(price)).map_err(TopUpOrderError::Pay)?;
        let (mut order, postings, sources) = self.promise(plans);
        order.budget = budget;
        order.duration_ms = order.duration_ms.saturating_add(duration_ms);
        order.payments.push(OrderPayment { at: now, price, duration_ms, sources: sources.len() });
        if let OrderState::Running { ends_at, .. } | OrderState::Paused { ends_at, .. } = &mut order.state {
            *ends_at = ends_at.plus_ms(order.terms.window_ms(duration_ms));
        }
        let event = Event::OrderToppedUp { order: order.id, currency: order.currency(), price, duration_ms, sources };
        Ok(Outcome { state: order, postings, events: vec![event] })
    }

    /// What is still to be paid, in whole beans where what is held is worth whole beans.
    pub fn price_due(&self) -> Result<Micros, PayOrderError> {
        let held = total_worth(self.sources.iter().map(|source| &source.plan)).ok_or(PayOrderError::BadSource)?;
        self.budget.micros().minus(held).map_err(|_| PayOrderError::BadSource)
    }

    /// The rules for choosing the sources of what is still due, or of a top-up of `price`.
    #[must_use]
    pub fn payment_rules(&self, top_up: Option<Price>) -> PaymentRules {
        let sources_max = ORDER_SOURCES_MAX.saturating_sub(self.sources.len());
        if let Some(price) = top_up {
            return PaymentRules { sources_max, ..PaymentRules::of(&self.terms, self.payable(), price) };
        }
        let held = |only_coupons: bool| {
            let plans = self.sources.iter().map(|source| &source.plan);
            let counted = plans.filter(|plan| !only_coupons || plan.kind.is_coupon());
            total_worth(counted).map_or(0, Micros::get)
        };
        let price = Price::parse((self.budget.micros().get() - held(false)) / MICROS_PER_UNIT).unwrap_or_default();
        let offset_max = Micros::new(self.terms.offset_max(self.budget).get() - held(true));
        PaymentRules { price, sources_max, offset_max, ..PaymentRules::of(&self.terms, self.payable(), self.budget) }
    }

    fn check_payable(&self, now: Timestamp) -> Result<(), PayOrderError> {
        match self.state {
            OrderState::PendingPayment { close_at } if close_at <= now => Err(PayOrderError::TooLate { close_at }),
            OrderState::PendingPayment { .. } => Ok(()),
            _ => Err(PayOrderError::WrongState { state: self.state.name() }),
        }
    }

    /// Whether the content is still as the order was placed for; a reservation is judged at the start (TP-11).
    fn check_content(&self, content: &Content) -> Result<(), PayOrderError> {
        let room = match content {
            Content::Room(room) => room,
            Content::Video(video) if video.is_out() => return Ok(()),
            Content::Video(video) => return Err(PayOrderError::VideoNotOut { state: video.state.name() }),
        };
        let fits = match room.state {
            RoomState::Ended { .. } => return Err(PayOrderError::RoomEnded),
            _ if self.product == Product::QuickBoost => !self.needs_goods() || room.has_cart(),
            RoomState::Planned => self.form == OrderForm::Commerce || !room.has_cart(),
            RoomState::Live { .. } | RoomState::Interrupted { .. } => room.form() == self.form,
        };
        if fits { Ok(()) } else { Err(PayOrderError::CartChanged { form: self.form }) }
    }

    fn check_plans(&self, plans: &[SourcePlan]) -> Result<Micros, PayOrderError> {
        if self.sources.len() + plans.len() > ORDER_SOURCES_MAX {
            return Err(PayOrderError::TooManySources { max: ORDER_SOURCES_MAX });
        }
        let positive = plans.iter().all(|plan| plan.amount.units() > 0 && plan.unit_worth.get() > 0);
        if positive { total_worth(plans).ok_or(PayOrderError::BadSource) } else { Err(PayOrderError::BadSource) }
    }

    /// Whether coupons offset no more of the first price than the terms allow (TP-05).
    fn check_offset(&self, plans: &[SourcePlan]) -> Result<(), PayOrderError> {
        let all = self.sources.iter().map(|source| &source.plan).chain(plans);
        within_offset(all, self.terms.offset_max(self.budget))
    }

    fn check_top_up(&self, price: Price, duration_ms: i64) -> Result<Price, TopUpOrderError> {
        let max = self.terms.top_up_duration_ms_max;
        if duration_ms < 0 || max < duration_ms {
            return Err(TopUpOrderError::DurationOutOfRange { duration_ms, max });
        }
        if price == Price::ZERO && duration_ms == 0 {
            return Err(TopUpOrderError::Nothing);
        }
        let min = self.terms.top_up_min;
        if price > Price::ZERO && price < min {
            return Err(TopUpOrderError::TooLittle { price, min });
        }
        let step = self.terms.budget_step;
        if price.get() % step != 0 {
            return Err(TopUpOrderError::NotInSteps { price, step });
        }
        if self.payments.len() >= ORDER_PAYMENTS_MAX {
            return Err(TopUpOrderError::TooManyPayments { max: ORDER_PAYMENTS_MAX });
        }
        let max = self.terms.budget_max;
        let within = |sum: &Price| *sum <= max;
        let too_large = TopUpOrderError::BudgetTooLarge { budget: self.budget.get() + price.get(), max };
        self.budget.plus(price).filter(within).ok_or(too_large)
    }

    /// Appends sources, with the ledger commands that hold them.
    fn promise(mut self, plans: Vec<SourcePlan>) -> (Self, Vec<LedgerCommand>, Vec<OrderSource>) {
        let mut postings = Vec::with_capacity(plans.len() + 1);
        if self.sources.is_empty() && !plans.is_empty() {
            postings.push(LedgerCommand::OpenEscrow { order: self.id });
        }
        let mut added = Vec::with_capacity(plans.len());
        for plan in plans {
            let place = u64::try_from(self.sources.len()).expect("an order has few sources");
            let source = OrderSource { hold: self.id.child(place), plan };
            postings.push(LedgerCommand::Hold {
                hold: source.hold,
                order: self.id,
                lot: plan.lot,
                amount: plan.amount,
                unit_worth: plan.unit_worth,
            });
            self.sources.push(source);
            added.push(source);
        }
        (self, postings, added)
    }

    fn close(self, by: ClosedBy, now: Timestamp) -> Result<Outcome<Self>, CloseOrderError> {
        let OrderState::PendingPayment { .. } = self.state else {
            return Err(CloseOrderError::WrongState { state: self.state.name() });
        };
        let postings = self.undo();
        let event = Event::OrderClosed { order: self.id, by };
        Ok(self.becomes(OrderState::Closed { at: now, by }, postings, vec![event]))
    }
}

fn within_offset<'p>(plans: impl Iterator<Item = &'p SourcePlan>, max: Micros) -> Result<(), PayOrderError> {
    let coupons = plans.filter(|plan| plan.kind.is_coupon());
    let offset = total_worth(coupons).ok_or(PayOrderError::BadSource)?;
    if offset <= max { Ok(()) } else { Err(PayOrderError::OffsetTooLarge { offset, max }) }
}
