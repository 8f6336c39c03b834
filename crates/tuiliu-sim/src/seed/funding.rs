//! What parties have to pay with: coupons, gift beans, and beans that were bought.

use anyhow::{Context, Result, ensure};
use tuiliu_app::coupon::{CouponValidity, GrantCoupons};
use tuiliu_app::wallet::{GiveBeans, Play, SandboxNotice, StartTopUp};
use tuiliu_app::{Shell, Tx};
use tuiliu_domain::coupon::{CouponConditions, CouponKind};
use tuiliu_domain::id::{PartyId, PaymentId};
use tuiliu_domain::money::{Amount, Asset, CENTIBEANS_PER_BEAN};
use tuiliu_domain::policy::SaleChannel;
use tuiliu_domain::wallet::PaymentState;

use super::platform::{Platform, refused};

/// Fen for one bean: ten beans are a yuan.
const FEN_PER_BEAN: i64 = 10;

/// What a party is given before it orders; nothing where it is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Funding {
    pub coupon_points: i64,
    pub growth_card_points: i64,
    pub gift_beans: i64,
    /// Bought through the payment provider.
    pub paid_beans: i64,
}

impl Platform {
    /// Gives and sells value to a party once.
    pub async fn fund(&self, key: &str, party: PartyId, funding: Funding) -> Result<()> {
        let actor = self.actor();
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let Funding { coupon_points, growth_card_points, gift_beans, paid_beans } = funding;
            let kinds = [(CouponKind::TrafficCoupon, coupon_points), (CouponKind::GrowthCard, growth_card_points)];
            for (kind, points) in kinds.into_iter().filter(|(_, points)| *points > 0) {
                let grant = GrantCoupons {
                    owners: vec![party],
                    kind,
                    points: Amount::new(points),
                    conditions: CouponConditions::NONE,
                    validity: CouponValidity::Standard,
                };
                shell.grant_coupons(tx, &actor, &grant).map_err(refused)?;
            }
            if gift_beans > 0 {
                let beans = Amount::new(gift_beans * CENTIBEANS_PER_BEAN);
                let gift = GiveBeans { party, beans, valid_to: None, note: "a welcome".to_owned() };
                shell.give_beans(tx, &actor, &gift).map_err(refused)?;
            }
            if paid_beans == 0 {
                return Ok(String::new());
            }
            let price = Amount::new(paid_beans * FEN_PER_BEAN);
            let top_up = StartTopUp { party, channel: SaleChannel::Direct, price, asset: Asset::Bean };
            shell.start_top_up(tx, &actor, &top_up).map(|row| row.payment.id.to_string()).map_err(refused)
        };
        let payment = self.once(&format!("fund {key}"), work).await?;
        if payment.is_empty() {
            return Ok(());
        }
        let payment = payment.parse().with_context(|| format!("failed to read the payment id `{payment}`"))?;
        self.pay_in_sandbox(payment).await.with_context(|| format!("failed to pay for `{key}`"))
    }

    /// Plays the payer of a top-up; nothing when it is paid.
    pub async fn pay_in_sandbox(&self, payment: PaymentId) -> Result<()> {
        let state = self.app.top_up(self.actor(), payment).await?.payment.state;
        if let PaymentState::Paid { .. } = state {
            return Ok(());
        }
        self.app.pay_link(self.tenant, payment).await?;
        // It may have been paid a moment before we were killed: then the provider only has to tell it again.
        let told = SandboxNotice { payment, play: Play::Nothing, notices: 1 };
        let receipts = self.app.play_in_sandbox(self.actor(), told).await?;
        if receipts.is_empty() {
            let pay = SandboxNotice { payment, play: Play::Pay { amount: None, currency: None }, notices: 1 };
            self.app.play_in_sandbox(self.actor(), pay).await?;
        }
        let state = self.app.top_up(self.actor(), payment).await?.payment.state;
        ensure!(matches!(state, PaymentState::Paid { .. }), "the payment is `{}`", state.name());
        Ok(())
    }
}
