//! What an order brought in figures, and what all orders of an account brought together.

use std::convert::Infallible;

use tuiliu_domain::id::{PartyId, PromotionOrderId};
use tuiliu_domain::money::Asset;
use tuiliu_domain::party::{Action, Actor, Owned, Reach};
use tuiliu_domain::promotion::{Product, PromotionOrder};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_measure::rollup::{Count, Counts, Figure, Metric, Scope, Setting};
use tuiliu_store::{OrdersOf, RoomPurchases, StoreError, Tx};

use super::sums::{
    Breakdown, Freshness, Trend, TrendAsk, breakdown, freshness, setting_in, setting_of, steps, totals, trend,
};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::promotion::order_for;

/// Every figure of one order: promoted traffic only, natural traffic never (TP-21).
#[derive(Debug, Clone, PartialEq)]
pub struct OrderFigures {
    pub order: PromotionOrderId,
    pub counts: Counts,
    pub setting: Setting,
    /// Its sums are those of the order: nothing in them is natural, whatever their name says.
    pub trend: Trend,
    pub breakdown: Vec<Breakdown>,
    pub freshness: Freshness,
}

/// Which orders of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAsk {
    /// Only those that this party pays for; staff may leave it out.
    pub payer: Option<PartyId>,
    /// Placed within these instants.
    pub from: Timestamp,
    pub to: Timestamp,
    pub trend: TrendAsk,
}

/// What all orders of an account brought.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountReport {
    pub orders: i64,
    /// By what they are paid in: what was spent of different assets is never added.
    pub parts: Vec<AccountPart>,
    pub freshness: Freshness,
}

/// What the orders that are paid in one asset brought.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountPart {
    pub currency: Asset,
    pub orders: i64,
    /// Sums over orders: a viewer of two orders is counted in both.
    pub counts: Counts,
    pub setting: Setting,
    pub trend: Trend,
}

impl OrderFigures {
    /// Every metric of the dictionary that its counts tell.
    #[must_use]
    pub fn figures(&self) -> Vec<(&'static Metric, Figure)> {
        Metric::figures(&self.counts, Scope::Order, self.setting)
    }
}

impl AccountPart {
    /// Every metric of the dictionary that the counts tell.
    #[must_use]
    pub fn figures(&self) -> Vec<(&'static Metric, Figure)> {
        Metric::figures(&self.counts, Scope::Order, self.setting)
    }
}

impl App {
    /// Every figure of one order.
    pub async fn order_figures(
        &self,
        actor: Actor,
        id: PromotionOrderId,
        ask: TrendAsk,
    ) -> Result<OrderFigures, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let order = order_for(tx, &actor, id, Action::ReadOrder)?;
            Ok(figures(shell, tx, &order, &ask)?)
        })
        .await
    }

    /// What all orders of an account brought together.
    pub async fn account_report(
        &self,
        actor: Actor,
        ask: AccountAsk,
    ) -> Result<AccountReport, CommandError<Infallible>> {
        let reach = actor.reach(Action::ReadOrder).ok_or(CommandError::Forbidden)?;
        self.read(move |shell, tx| {
            let payer = if reach == Reach::Tenant { ask.payer } else { Some(ask.payer.unwrap_or(actor.party)) };
            if let Some(owner) = payer {
                let owned = Owned { tenant: actor.tenant, owner, co_owner: None };
                actor.may(Action::ReadOrder, &owned).map_err(|_| CommandError::Forbidden)?;
            }
            let of = |product| OrdersOf { tenant: actor.tenant, payer, product, from: ask.from, to: ask.to };
            let mut parts: Vec<AccountPart> = Vec::new();
            for currency in [Asset::Bean, Asset::Cny] {
                let own = Product::ALL.iter().filter(|product| product.currency() == currency);
                parts.extend(account_part(
                    shell,
                    tx,
                    (currency, own.map(|product| of(*product)).collect()),
                    &ask.trend,
                )?);
            }
            let orders = parts.iter().map(|part| part.orders).sum();
            Ok(AccountReport { orders, parts, freshness: freshness(tx, None)? })
        })
        .await
    }
}

/// The orders of some products that are paid in one asset; `None` where there is none.
fn account_part(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (currency, products): (Asset, Vec<OrdersOf>),
    ask: &TrendAsk,
) -> Result<Option<AccountPart>, StoreError> {
    let (mut orders, mut counts, mut quarters) = (0, Counts::default(), Vec::new());
    let tenant = products.first().map(|of| of.tenant);
    for of in products {
        let (count, rows) = tx.order_totals(of)?;
        orders += count;
        counts.add_all(&totals(&rows).natural);
        quarters.extend(tx.order_quarters(of)?);
    }
    let Some(tenant) = tenant.filter(|_| orders > 0) else { return Ok(None) };
    let setting = setting_in(shell, tx, tenant, currency)?;
    Ok(Some(AccountPart { currency, orders, counts, setting, trend: steps(&quarters, ask) }))
}

/// Every figure of one order that was read.
pub(crate) fn figures(
    shell: &Shell,
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    ask: &TrendAsk,
) -> Result<OrderFigures, StoreError> {
    let stored = tx.metric_totals(order.id)?;
    let changed_at = stored.changed_at;
    let counts = with_room(tx, order, totals(&stored.sums).natural, shell.now())?;
    Ok(OrderFigures {
        order: order.id,
        counts,
        setting: setting_of(shell, tx, order)?,
        trend: trend(tx, order.id, ask)?,
        breakdown: breakdown(tx, order.id)?,
        freshness: freshness(tx, changed_at)?,
    })
}

/// What an order's own sums do not tell: the length of its broadcast, and what is settled by now.
pub(super) fn with_room(
    tx: &mut Tx<'_>,
    order: &PromotionOrder,
    mut counts: Counts,
    now: Timestamp,
) -> Result<Counts, StoreError> {
    if let Some(room) = order.content.room()
        && let Some(room) = tx.room(room)?
        && let Some((started_at, _)) = room.state.start()
    {
        let from = started_at.max(order.payments.first().map_or(order.created_at, |payment| payment.at));
        counts.add(Count::BroadcastMs, room.times.ended.unwrap_or(now).since_ms(from).max(0));
    }
    for (count, days) in [(Count::SettledSevenDaysFen, 7), (Count::SettledFourteenDaysFen, 14)] {
        counts.add(count, tx.settled_fen(RoomPurchases::OfOrder(order.id), days * DAY_MS, now)?);
    }
    Ok(counts)
}
