//! What parties have to pay with: coupons, gift beans, and beans that were bought.

use anyhow::{Context, Result};
use tuiliu_domain::id::PartyId;

use super::platform::Platform;

/// What a party is given before it orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Funding {
    pub coupon_points: i64,
    pub gift_beans: i64,
    /// Bought through the payment provider.
    pub paid_beans: i64,
}

impl Platform {
    /// Gives and sells value to a party once.
    pub async fn fund(&self, key: &str, party: PartyId, funding: Funding) -> Result<()> {
        let key = format!("fund {key}");
        if self.answered(&key).await?.is_some() {
            return Ok(());
        }
        let Funding { coupon_points, gift_beans, paid_beans } = funding;
        let funded = self.app.stand_in_fund(self.tenant, party, coupon_points, gift_beans, paid_beans).await;
        funded.with_context(|| format!("failed to {key}"))?;
        self.once(&key, |_, _| Ok(String::new())).await.map(drop)
    }
}
