//! Why an order is shown less than its buyer hopes: wins and losses on this node, by reason (DL-09).

use std::convert::Infallible;

use tuiliu_delivery::eligibility::LossReason;
use tuiliu_delivery::explain::{MinuteCounts, OrderCounts};
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::{Asset, Micros};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;

use crate::app::App;
use crate::error::CommandError;
use crate::promotion::order_for;

/// How one order fared in this node's decisions since the node started.
///
/// Wins are exact; auctions and losses are sums over a sample of the decisions, right on average.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLosses {
    /// What `short_by` counts.
    pub currency: Asset,
    /// Auctions it took part in.
    pub auctions: u64,
    pub wins: u64,
    /// Reasons that occurred, the most frequent first, each with how often.
    pub lost: Vec<(&'static str, u64)>,
    /// What its bids fell short by on average where it was outbid, by others or by the floor; `None` where it never was.
    pub short_by: Option<Micros>,
    /// The same of each of the last two hours' minutes in which there was anything, the oldest first.
    pub minutes: Vec<MinuteLosses>,
}

/// How one order fared in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinuteLosses {
    /// When the minute began.
    pub at: Timestamp,
    pub auctions: u64,
    pub wins: u64,
    pub lost: Vec<(&'static str, u64)>,
    pub short_by: Option<Micros>,
}

impl App {
    /// Why one order is not shown more.
    pub async fn order_losses(
        &self,
        actor: Actor,
        id: PromotionOrderId,
    ) -> Result<OrderLosses, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let currency = order_for(tx, &actor, id, Action::ReadOrder)?.currency();
            let Some((counts, minutes)) = shell.engine.losses_of(id) else {
                let (lost, minutes) = (Vec::new(), Vec::new());
                return Ok(OrderLosses { currency, auctions: 0, wins: 0, lost, short_by: None, minutes });
            };
            let minute = |MinuteCounts { at, counts }: MinuteCounts| MinuteLosses {
                at,
                auctions: counts.auctions,
                wins: counts.wins,
                lost: reasons(&counts),
                short_by: short_by(&counts),
            };
            Ok(OrderLosses {
                currency,
                auctions: counts.auctions,
                wins: counts.wins,
                lost: reasons(&counts),
                short_by: short_by(&counts),
                minutes: minutes.into_iter().map(minute).collect(),
            })
        })
        .await
    }
}

fn reasons(counts: &OrderCounts) -> Vec<(&'static str, u64)> {
    let counted = LossReason::ALL.into_iter().map(|reason| (reason.code(), counts.lost(reason)));
    let mut lost: Vec<_> = counted.filter(|(_, times)| *times > 0).collect();
    lost.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    lost
}

fn short_by(counts: &OrderCounts) -> Option<Micros> {
    counts.short_by.get().checked_div(i64::try_from(counts.outbid()).unwrap_or(i64::MAX)).map(Micros::new)
}
