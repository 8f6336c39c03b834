//! Why an order is shown less than its buyer hopes: wins and losses on this node, by reason (DL-09).

use std::convert::Infallible;

use tuiliu_delivery::eligibility::LossReason;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::Micros;
use tuiliu_domain::party::{Action, Actor};

use crate::app::App;
use crate::error::CommandError;
use crate::promotion::order_for;

/// How one order fared in this node's decisions since the node started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderLosses {
    /// Auctions it took part in.
    pub auctions: u64,
    pub wins: u64,
    /// Reasons that occurred, the most frequent first, each with how often.
    pub lost: Vec<(&'static str, u64)>,
    /// What its bids fell short by on average in the auctions it lost to others; `None` when it lost none.
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
            order_for(tx, &actor, id, Action::ReadOrder)?;
            let Some(counts) = shell.engine.losses_of(id) else { return Ok(OrderLosses::default()) };
            let mut lost: Vec<_> = LossReason::ALL
                .into_iter()
                .map(|reason| (reason.code(), counts.lost(reason)))
                .filter(|(_, times)| *times > 0)
                .collect();
            lost.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
            let outbid = i64::try_from(counts.auctions.saturating_sub(counts.wins)).unwrap_or(i64::MAX);
            let short_by = counts.short_by.get().checked_div(outbid).map(Micros::new);
            Ok(OrderLosses { auctions: counts.auctions, wins: counts.wins, lost, short_by })
        })
        .await
    }
}
