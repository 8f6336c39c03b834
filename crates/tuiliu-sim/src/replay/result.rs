//! What a replay brought: every order's money to the last unit, and what the auditor says.

use anyhow::{Context, Result};
use tuiliu_app::report::TrendAsk;
use tuiliu_domain::coupon::SourceKind;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::{MICROS_PER_UNIT, Micros};
use tuiliu_domain::promotion::{Goal, OrderForm, OrderState};

use super::stage::Stage;
use crate::oracle::AuditVerdict;

/// What a replay brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayResult {
    /// Rows of the log.
    pub rows: u64,
    /// Where this run began; 0 unless an earlier one was killed.
    pub resumed_at: u64,
    /// Events that this run had acknowledged.
    pub events: u64,
    pub orders: Vec<OrderResult>,
    pub audit: AuditVerdict,
}

/// One order, settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderResult {
    pub id: PromotionOrderId,
    pub goal: Goal,
    pub form: OrderForm,
    pub bid: Option<Micros>,
    pub budget: Micros,
    /// Charged by results.
    pub spent: Micros,
    /// Beyond the budget; anything but zero is a bug.
    pub overspent: Micros,
    /// Results that no budget was left for; the platform gave them away.
    pub absorbed: Micros,
    pub impressions: i64,
    pub results: i64,
    pub sources: Vec<SourceResult>,
    pub state: &'static str,
    /// What brought it to its end; `None` where the state says it all.
    pub ended_by: Option<&'static str>,
}

/// One source of an order's money: `paid = used + returned + held`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceResult {
    pub kind: SourceKind,
    pub paid: Micros,
    pub used: Micros,
    pub returned: Micros,
    pub held: Micros,
}

impl ReplayResult {
    /// What all orders were charged beyond their budgets.
    #[must_use]
    pub fn overspent(&self) -> Micros {
        Micros::new(self.orders.iter().map(|order| order.overspent.get()).sum())
    }

    /// What all orders were charged.
    #[must_use]
    pub fn spent(&self) -> Micros {
        Micros::new(self.orders.iter().map(|order| order.spent.get()).sum())
    }
}

impl OrderResult {
    /// What one result cost; `None` without any.
    #[must_use]
    pub const fn cost_per_result(&self) -> Option<Micros> {
        if self.results > 0 { Some(Micros::new(self.spent.get() / self.results)) } else { None }
    }

    /// What went back to this kind of source.
    #[must_use]
    pub fn returned_to(&self, kind: SourceKind) -> Micros {
        let of_kind = self.sources.iter().filter(|source| source.kind == kind);
        Micros::new(of_kind.map(|source| source.returned.get()).sum())
    }
}

/// Reads what became of the orders.
pub(super) async fn read(stage: &Stage, ids: &[PromotionOrderId]) -> Result<Vec<OrderResult>> {
    let mut orders = Vec::with_capacity(ids.len());
    for id in ids {
        let actor = stage.platform.actor();
        let report = stage.platform.app.promotion_order_report(actor, *id, TrendAsk::default()).await;
        let report = report.with_context(|| format!("failed to read the report of `{id}`"))?;
        let order = &report.view.order;
        let total =
            |name: &str| report.view.totals.iter().find(|(metric, _)| metric == name).map_or(0, |(_, value)| *value);
        let escrow = report.view.escrow;
        let spent = escrow.map_or(Micros::ZERO, |escrow| escrow.spent);
        let budget = Micros::new(order.budget.get() * MICROS_PER_UNIT);
        let source = |source: &tuiliu_app::promotion::SourceUse| {
            let worth = |units: tuiliu_domain::money::Amount| Micros::new(units.units() * source.unit_worth.get());
            SourceResult {
                kind: source.kind,
                paid: worth(source.paid),
                used: worth(source.used),
                returned: worth(source.returned),
                held: worth(source.held),
            }
        };
        orders.push(OrderResult {
            id: *id,
            goal: order.goal,
            form: order.form,
            bid: order.bidding.bid(),
            budget,
            spent,
            overspent: Micros::new((spent.get() - budget.get()).max(0)),
            absorbed: Micros::new(total("absorbed_micros")),
            impressions: total("impressions"),
            results: total("results"),
            sources: report.sources.iter().map(source).collect(),
            state: order.state.name(),
            ended_by: ended_by(&order.state),
        });
    }
    Ok(orders)
}

const fn ended_by(state: &OrderState) -> Option<&'static str> {
    match state {
        OrderState::Completed { by, .. } => Some(by.code()),
        OrderState::Stopped { cause, .. } => Some(cause.code()),
        _ => None,
    }
}
