//! What a price would be paid with, before anybody pays it (TP-05, TP-28). Nothing is held.

use thiserror::Error;
use tuiliu_domain::coupon::{CouponChoice, PaymentRules, PlanPaymentError, SourceKind, SourcePlan};
use tuiliu_domain::coupon::{Funds, plan_payment};
use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId};
use tuiliu_domain::money::{Beans, MICROS_PER_UNIT, Micros};
use tuiliu_domain::party::{Action, Actor, Owned};
use tuiliu_domain::promotion::{Content, Goal, Product};
use tuiliu_store::Tx;

use super::options::{cheapest, form_of};
use super::order_for;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// What a payment would be for.
#[derive(Debug, Clone, Copy)]
pub enum PayableThing {
    /// An order that could be placed for a room, under the policy of now.
    Room { room: RoomId, payer: PartyId },
    /// An order that stands, or what is to be added to it, under its own terms.
    Order(PromotionOrderId),
}

/// Asks what a price would be paid with.
#[derive(Debug, Clone)]
pub struct PaymentPlanAsk {
    pub thing: PayableThing,
    pub price: Beans,
    pub coupons: CouponChoice,
}

/// What would pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentPlan {
    pub by_coupons: Micros,
    /// Whole beans that the rest of the price takes.
    pub by_beans: Beans,
    /// Whole beans that the wallet does not have; no sources are named then.
    pub missing: Beans,
    pub sources: Vec<SourcePlan>,
}

/// Why nothing can be planned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PaymentPlanRefusal {
    #[error("find the room")]
    NoRoom,
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
                PayableThing::Room { room, payer } => of_room(shell, tx, &actor, (room, payer), ask.price)?,
            };
            let planned = plan_payment(&rules, &funds, &ask.coupons, shell.now());
            plan_of(ask.price, planned).map_err(|error| CommandError::Refused(error.into()))
        })
        .await
    }
}

type Planned = Result<(PaymentRules, Funds), CommandError<PaymentPlanRefusal>>;

fn of_order(tx: &mut Tx<'_>, actor: &Actor, order: PromotionOrderId, price: Beans) -> Planned {
    let order = order_for(tx, actor, order, Action::PayOrder)?;
    let funds = crate::wallet::funds(tx, order.tenant, order.payer)?;
    Ok((PaymentRules::of(&order.terms, order.form, price), funds))
}

fn of_room(shell: &Shell, tx: &mut Tx<'_>, actor: &Actor, about: (RoomId, PartyId), price: Beans) -> Planned {
    let (room, payer) = about;
    actor.may(Action::PayOrder, &Owned { tenant: actor.tenant, owner: payer, co_owner: None })?;
    let room = tx.room(room)?.filter(|room| room.tenant == actor.tenant);
    let room = Content::Room(room.ok_or(CommandError::Refused(PaymentPlanRefusal::NoRoom))?);
    let policy = shell.policy(tx, actor.tenant)?;
    // What a price may be paid with is the same for every goal. A room that nothing can be ordered for now is planned for
    // as it stands: placing says why not.
    let goal = Goal::Viewers;
    let form = form_of(&cheapest(actor, (Product::TrafficPack, goal), &policy), &room, &policy, shell.now())
        .unwrap_or(room.form());
    Ok((PaymentRules::of(&policy.terms(goal), form, price), crate::wallet::funds(tx, actor.tenant, payer)?))
}

/// A wallet with too little is no refusal here: what is missing is what the payer asked for.
fn plan_of(price: Beans, planned: Result<Vec<SourcePlan>, PlanPaymentError>) -> Result<PaymentPlan, PlanPaymentError> {
    let (needed, missing, sources) = match planned {
        Ok(sources) => {
            let beans = sources.iter().filter(|source| !is_coupon(source.kind)).filter_map(SourcePlan::worth);
            let needed = Beans::parse(beans.map(Micros::get).sum::<i64>() / MICROS_PER_UNIT);
            (needed.unwrap_or(price), Beans::ZERO, sources)
        }
        Err(PlanPaymentError::InsufficientFunds { available, needed }) => {
            let missing = Beans::parse(needed.get() - available.get()).unwrap_or(Beans::ZERO);
            (needed, missing, Vec::new())
        }
        Err(refusal) => return Err(refusal),
    };
    let by_coupons = Micros::new(price.micros().get() - needed.micros().get());
    Ok(PaymentPlan { by_coupons, by_beans: needed, missing, sources })
}

const fn is_coupon(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::TrafficCoupon | SourceKind::GrowthCard)
}
