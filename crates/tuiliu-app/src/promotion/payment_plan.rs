//! What a price would be paid with, before anybody pays it (TP-05, TP-28). Nothing is held.

use thiserror::Error;
use tuiliu_domain::coupon::{CouponChoice, PaymentRules, PlanPaymentError, SourceKind, SourcePlan};
use tuiliu_domain::coupon::{Funds, plan_payment};
use tuiliu_domain::id::{ContentId, PartyId, PromotionOrderId};
use tuiliu_domain::money::{Asset, MICROS_PER_UNIT, Micros, Price};
use tuiliu_domain::party::{Action, Actor, Owned};
use tuiliu_domain::promotion::{ChargedBy, Goal, Product};
use tuiliu_store::Tx;

use super::options::{cheapest, content_of_tenant, form_of};
use super::order_for;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// What a payment would be for.
#[derive(Debug, Clone, Copy)]
pub enum PayableThing {
    /// An order that could be placed for a room or a video, under the policy of now.
    Content { content: ContentId, product: Product, payer: PartyId },
    /// An order that stands, or what is to be added to it, under its own terms.
    Order(PromotionOrderId),
}

/// Asks what a price would be paid with.
#[derive(Debug, Clone)]
pub struct PaymentPlanAsk {
    pub thing: PayableThing,
    pub price: Price,
    /// What the price counts; the order's currency or it is refused.
    pub currency: Asset,
    pub coupons: CouponChoice,
}

/// What would pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentPlan {
    pub by_coupons: Micros,
    /// Whole beans or yuan that the rest of the price takes.
    pub by_wallet: Price,
    /// What the wallet does not have of them; no sources are named then.
    pub missing: Price,
    pub sources: Vec<SourcePlan>,
}

/// Why nothing can be planned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PaymentPlanRefusal {
    #[error("find the room or the video")]
    NoContent,
    #[error("plan a payment in `{currency}` of what is paid in `{expected}`")]
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
            let (rules, funds) = match ask.thing {
                PayableThing::Order(order) => of_order(tx, &actor, order, ask.price)?,
                PayableThing::Content { content, product, payer } => {
                    of_content(shell, tx, &actor, (content, product, payer), ask.price)?
                }
            };
            if ask.currency != rules.currency {
                let wrong = PaymentPlanRefusal::WrongCurrency { currency: ask.currency, expected: rules.currency };
                return Err(CommandError::Refused(wrong));
            }
            let planned = plan_payment(&rules, &funds, &ask.coupons, shell.now());
            plan_of(ask.price, planned).map_err(|error| CommandError::Refused(error.into()))
        })
        .await
    }
}

type Planned = Result<(PaymentRules, Funds), CommandError<PaymentPlanRefusal>>;

fn of_order(tx: &mut Tx<'_>, actor: &Actor, order: PromotionOrderId, price: Price) -> Planned {
    let order = order_for(tx, actor, order, Action::PayOrder)?;
    let funds = crate::wallet::funds(tx, order.tenant, order.payer)?;
    Ok((PaymentRules::of(&order.terms, order.form, price), funds))
}

fn of_content(
    shell: &Shell,
    tx: &mut Tx<'_>,
    actor: &Actor,
    (content, product, payer): (ContentId, Product, PartyId),
    price: Price,
) -> Planned {
    actor.may(Action::PayOrder, &Owned { tenant: actor.tenant, owner: payer, co_owner: None })?;
    let missing = CommandError::Refused(PaymentPlanRefusal::NoContent);
    // What a price may be paid with is the same for every goal.
    let Some(goal) = Goal::offered(product, content).first().copied() else { return Err(missing) };
    let content = content_of_tenant(tx, actor, content)?.ok_or(missing)?;
    let policy = shell.policy(tx, actor.tenant)?;
    // Content that nothing can be ordered for now is planned for as it stands: placing says why not.
    let form =
        form_of(&cheapest(actor, (product, goal), &policy), &content, &policy, shell.now()).unwrap_or(content.form());
    let terms = policy.terms_of(product, goal, ChargedBy::default());
    Ok((PaymentRules::of(&terms, form, price), crate::wallet::funds(tx, actor.tenant, payer)?))
}

/// A wallet with too little is no refusal here: what is missing is what the payer asked for.
fn plan_of(price: Price, planned: Result<Vec<SourcePlan>, PlanPaymentError>) -> Result<PaymentPlan, PlanPaymentError> {
    let (needed, missing, sources) = match planned {
        Ok(sources) => {
            let wallet = sources.iter().filter(|source| !is_coupon(source.kind)).filter_map(SourcePlan::worth);
            let needed = Price::parse(wallet.map(Micros::get).sum::<i64>() / MICROS_PER_UNIT);
            (needed.unwrap_or(price), Price::ZERO, sources)
        }
        Err(PlanPaymentError::InsufficientFunds { available, needed }) => {
            let missing = Price::parse(needed.get() - available.get()).unwrap_or(Price::ZERO);
            (needed, missing, Vec::new())
        }
        Err(refusal) => return Err(refusal),
    };
    let by_coupons = Micros::new(price.micros().get() - needed.micros().get());
    Ok(PaymentPlan { by_coupons, by_wallet: needed, missing, sources })
}

const fn is_coupon(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::TrafficCoupon | SourceKind::GrowthCard)
}
