//! What a price would be paid with, before anybody pays it (TP-05, TP-28, IN-09). Nothing is held.

use thiserror::Error;
use tuiliu_domain::coupon::{
    CouponChoice, CouponLot, Funds, PayableOrder, PaymentRules, PlanPaymentError, SourcePlan, can_pay, plan_payment,
};
use tuiliu_domain::id::{ContentId, PartyId, PromotionOrderId};
use tuiliu_domain::limits::PAGE_MAX;
use tuiliu_domain::money::{Asset, MICROS_PER_UNIT, Micros, Price};
use tuiliu_domain::party::{Action, Actor, Owned};
use tuiliu_domain::promotion::{ChargedBy, Goal, OrderForm, PlacementName, Product};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::Tx;

use super::options::{cheapest, content_of_tenant, form_of};
use super::order_for;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// What a payment would be for.
#[derive(Debug, Clone)]
pub enum PayableThing {
    /// An order that could be placed for a room or a video, under the policy of now.
    Draft(PayableDraft),
    /// An order that stands, or what is to be added to it, under its own terms.
    Order(PromotionOrderId),
}

/// An order that is not placed yet.
#[derive(Debug, Clone)]
pub struct PayableDraft {
    pub product: Product,
    pub content: ContentId,
    /// `None`: the first that is offered.
    pub goal: Option<Goal>,
    pub placement: Option<PlacementName>,
    pub payer: PartyId,
}

/// Asks what a price would be paid with.
#[derive(Debug, Clone)]
pub struct PaymentPlanAsk {
    pub thing: PayableThing,
    pub price: Price,
    pub currency: Asset,
    pub coupons: CouponChoice,
}

/// What would pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentPlan {
    pub by_coupons: Micros,
    /// Whole price units that the rest of the price takes from the wallet.
    pub by_wallet: Price,
    /// Whole price units that the wallet does not have; no sources are named then.
    pub missing: Price,
    pub sources: Vec<SourcePlan>,
    /// The payer's coupons: those that fit first, then by expiry; at most [`PAGE_MAX`].
    pub coupons: Vec<CouponFit>,
}

/// A coupon, and whether it could pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponFit {
    pub coupon: CouponLot,
    /// What it would be refused with.
    pub fit: Result<(), PlanPaymentError>,
}

/// Why nothing can be planned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PaymentPlanRefusal {
    #[error("find the room or video")]
    NoContent,
    #[error("plan in `{currency}` what is paid in `{expected}`")]
    WrongCurrency { currency: Asset, expected: Asset },
    #[error(transparent)]
    Plan(#[from] PlanPaymentError),
}

impl App {
    /// Plans a payment as paying would do it now.
    pub async fn payment_plan(
        &self,
        actor: Actor,
        ask: PaymentPlanAsk,
    ) -> Result<PaymentPlan, CommandError<PaymentPlanRefusal>> {
        self.read(move |shell, tx| {
            let (rules, funds) = match &ask.thing {
                PayableThing::Order(order) => of_order(tx, &actor, *order, ask.price)?,
                PayableThing::Draft(draft) => of_draft(shell, tx, &actor, draft, ask.price)?,
            };
            let (currency, expected) = (ask.currency, rules.currency);
            if currency != expected {
                return Err(CommandError::Refused(PaymentPlanRefusal::WrongCurrency { currency, expected }));
            }
            let now = shell.now();
            let planned = plan_payment(&rules, &funds, &ask.coupons, now);
            let plan = plan_of(ask.price, planned).map_err(|error| CommandError::Refused(error.into()))?;
            Ok(PaymentPlan { coupons: fits(&rules, &funds, now), ..plan })
        })
        .await
    }
}

type Planned = Result<(PaymentRules, Funds), CommandError<PaymentPlanRefusal>>;

fn of_order(tx: &mut Tx<'_>, actor: &Actor, order: PromotionOrderId, price: Price) -> Planned {
    let order = order_for(tx, actor, order, Action::PayOrder)?;
    let funds = crate::wallet::funds(tx, order.tenant, order.payer)?;
    Ok((PaymentRules::of(&order.terms, order.payable(), price), funds))
}

fn of_draft(shell: &Shell, tx: &mut Tx<'_>, actor: &Actor, draft: &PayableDraft, price: Price) -> Planned {
    let PayableDraft { product, content, goal, ref placement, payer } = *draft;
    actor.may(Action::PayOrder, &Owned { tenant: actor.tenant, owner: payer, co_owner: None })?;
    let found = content_of_tenant(tx, actor, content)?;
    let content = found.ok_or(CommandError::Refused(PaymentPlanRefusal::NoContent))?;
    let policy = shell.policy(tx, actor.tenant)?;
    let first = Goal::offered(product, content.id()).first().copied();
    let goal = goal.or(first).ok_or(CommandError::Refused(PaymentPlanRefusal::NoContent))?;
    // What cannot be ordered now is planned for as it stands: placing says why not.
    let form = form_of(&cheapest(actor, (product, goal), &policy), &content, &policy, shell.now());
    let form = form.unwrap_or(match product {
        Product::TrafficPack => content.form(),
        Product::QuickBoost => OrderForm::Commerce,
    });
    let order = PayableOrder { product, form, goal, placement: placement.clone() };
    let terms = policy.terms_of(product, goal, ChargedBy::default());
    Ok((PaymentRules::of(&terms, order, price), crate::wallet::funds(tx, actor.tenant, payer)?))
}

/// A wallet with too little is no refusal here: what is missing is what the payer asked for.
fn plan_of(price: Price, planned: Result<Vec<SourcePlan>, PlanPaymentError>) -> Result<PaymentPlan, PlanPaymentError> {
    let (needed, missing, sources) = match planned {
        Ok(sources) => {
            let worth = sources.iter().filter(|source| !source.kind.is_coupon()).filter_map(SourcePlan::worth);
            let needed = Price::parse(worth.map(Micros::get).sum::<i64>() / MICROS_PER_UNIT);
            (needed.unwrap_or(price), Price::ZERO, sources)
        }
        Err(PlanPaymentError::InsufficientFunds { available, needed }) => {
            let missing = Price::parse(needed.get() - available.get()).unwrap_or(Price::ZERO);
            (needed, missing, Vec::new())
        }
        Err(refusal) => return Err(refusal),
    };
    let by_coupons = Micros::new(price.micros().get() - needed.micros().get());
    Ok(PaymentPlan { by_coupons, by_wallet: needed, missing, sources, coupons: Vec::new() })
}

fn fits(rules: &PaymentRules, funds: &Funds, now: Timestamp) -> Vec<CouponFit> {
    let fit = |coupon: &CouponLot| CouponFit { fit: can_pay(coupon, rules, funds, now), coupon: coupon.clone() };
    let mut all: Vec<CouponFit> = funds.coupons.iter().map(fit).collect();
    all.sort_by_key(|one| (one.fit.is_err(), one.coupon.valid_to, one.coupon.lot));
    all.truncate(PAGE_MAX);
    all
}
