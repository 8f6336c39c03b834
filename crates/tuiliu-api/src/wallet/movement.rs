//! One group of the ledger's log: what an amount of a statement came from (WL-07).

use axum::extract::State;
use serde::Serialize;
use tuiliu_app::wallet::{Movement, MovementStep};
use tuiliu_domain::id::PartyId;
use tuiliu_domain::ledger::{AccountId, AccountKind};
use utoipa::ToSchema;

use super::view::{LotOriginView, origin_of};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{AmountView, CommandIdView, LotIdView, PartyIdView, PaymentIdView, PromotionOrderIdView, TimeView};

/// What one command moved, held or lent, as far as it is the tenant's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Movement)]
pub(crate) struct MovementView {
    id: CommandIdView,
    at: TimeView,
    /// Why nothing of it happened, if the ledger refused it.
    refusal: Option<String>,
    steps: Vec<StepView>,
}

/// One thing that was asked of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MovementStep)]
pub(crate) struct StepView {
    /// `post`, `open_lot`, `take_from_lot`, `split_lot`, `expire_lot`, `freeze`, `unfreeze`, `open_escrow`, `hold`, `lend`,
    /// `report_spent`, `return_unspent`, `close_lease`, `settle` or `reverse`.
    #[schema(example = "hold")]
    what: &'static str,
    amount: Option<AmountView>,
    from: Option<MovementAccountView>,
    to: Option<MovementAccountView>,
    /// For which order.
    boost_id: Option<PromotionOrderIdView>,
    lot_id: Option<LotIdView>,
    into_lot_id: Option<LotIdView>,
    /// Where the lot's value came from.
    origin: Option<LotOriginView>,
    /// The payment that bought it.
    top_up_id: Option<PaymentIdView>,
    /// The command that was undone.
    reversed_id: Option<CommandIdView>,
}

/// An account of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MovementAccount)]
pub(crate) struct MovementAccountView {
    /// `wallet_paid`, `wallet_gift`, `coupon`, `consumed`, `payment_clearing`, `liquidity`, `coupon_expense`, `gift_expense`,
    /// `breakage`, `recalled`, `rounding`, `suspense`, `guarantee_income` or `guarantee_help`.
    #[schema(example = "wallet_paid")]
    kind: &'static str,
    /// Whose it is, if it is a party's.
    party_id: Option<PartyIdView>,
}

/// Reads what one command of a statement did: drill-down from an amount.
#[utoipa::path(
    get, path = "/v1/ledger-commands/{command}", tag = "wallets", params(("command" = CommandIdView, Path)),
    responses((status = 200, body = MovementView))
)]
pub(super) async fn read_movement(
    State(api): State<Api>,
    caller: Caller,
    command: Path<CommandIdView>,
) -> Result<Json<MovementView>, Problem> {
    Ok(Json(api.app().movement(caller.0.actor.clone(), command.0.0).await?.into()))
}

impl From<Movement> for MovementView {
    fn from(movement: Movement) -> Self {
        let Movement { id, at, refusal, steps } = movement;
        Self { id: id.into(), at: at.into(), refusal, steps: steps.into_iter().map(StepView::from).collect() }
    }
}

impl From<MovementStep> for StepView {
    fn from(step: MovementStep) -> Self {
        let origin = step.origin.map(origin_of);
        Self {
            what: step.what,
            amount: step.amount.map(|(amount, asset)| AmountView::new(amount, asset)),
            from: step.from.map(MovementAccountView::from),
            to: step.to.map(MovementAccountView::from),
            boost_id: step.order.map(PromotionOrderIdView::from),
            lot_id: step.lot.map(LotIdView::from),
            into_lot_id: step.into.map(LotIdView::from),
            origin: origin.map(|(origin, ..)| origin),
            top_up_id: origin.and_then(|(_, payment, _)| payment).map(PaymentIdView::from),
            reversed_id: step.reversed.map(CommandIdView::from),
        }
    }
}

impl From<AccountId> for MovementAccountView {
    fn from(account: AccountId) -> Self {
        let is_of_party =
            matches!(account.kind, AccountKind::WalletPaid | AccountKind::WalletGift | AccountKind::Coupon);
        Self { kind: account.kind.code(), party_id: is_of_party.then(|| PartyId::new(account.owner).into()) }
    }
}
