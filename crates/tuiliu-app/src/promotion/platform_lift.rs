//! What all promotion on a platform brought in a month, against none: those who are never shown anything promoted against
//! some who are (AT-01). It has what orders take from each other, and from natural traffic, in it.

use std::convert::Infallible;

use tuiliu_delivery::PlatformArm;
use tuiliu_domain::id::TenantId;
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::lift::{ArmResults, LiftVersion, OrderExperiment, OrderLift, order_lift};
use tuiliu_store::{PlatformSum, StoreError, Tx};

use super::lift::viewers_named_in;
use crate::app::App;
use crate::delivery::{Month, NATURAL_NAMED, NATURAL_UNNAMED};
use crate::error::CommandError;

/// Months whose viewers are kept.
const MONTHS_KEPT: i64 = 14;
/// A whole, in millionths.
const WHOLE: u32 = 1_000_000;

/// What all promotion on a platform brought in a month.
#[derive(Debug, Clone)]
pub struct PlatformLift {
    pub month: Month,
    /// Running until the figures are final; they have no version of one day after.
    pub version: LiftVersion,
    /// Parts of all viewers, in millionths: held out, and compared with those.
    pub held_out_millionths: u32,
    pub compared_millionths: u32,
    /// Viewers whom any order won.
    pub held_out_viewers: u64,
    pub compared_viewers: u64,
    /// Of everybody who was not held out, by the part of them who are compared.
    pub lift: OrderLift,
}

impl App {
    /// What all promotion on the actor's platform brought in a month; of the month of now when none is said.
    pub async fn platform_lift(
        &self,
        actor: Actor,
        month: Option<Month>,
    ) -> Result<PlatformLift, CommandError<Infallible>> {
        if actor.reach(Action::ReadOrder) != Some(Reach::Tenant) {
            return Err(CommandError::Forbidden);
        }
        self.read(move |shell, tx| {
            let now = shell.now();
            let universal = shell.policy(tx, actor.tenant)?.holdout.universal_millionths();
            let month = month.unwrap_or_else(|| Month::of(now));
            Ok(lift_of(tx, (actor.tenant, month), universal, now)?)
        })
        .await
    }

    /// Forgets whom orders won, and what they did, in months that are long over. A job's.
    pub(crate) async fn forget_platform_viewers(&self) -> Result<u64, CommandError<Infallible>> {
        self.write(|shell, tx| {
            let first = Month::of(shell.now()).plus(-MONTHS_KEPT);
            Ok(tx.forget_platform_viewers(first.number())?)
        })
        .await
    }
}

/// `universal` is what the policy says now; a month in which anybody was won has its own.
fn lift_of(
    tx: &mut Tx<'_>,
    (tenant, month): (TenantId, Month),
    universal: u32,
    now: Timestamp,
) -> Result<PlatformLift, StoreError> {
    let number = month.number();
    // Where the part was changed, who was won before may have been shown something, or nothing: only the last counts.
    let held_out_millionths = tx.platform_share(tenant, number)?.unwrap_or(universal);
    let compared_millionths = PlatformArm::compared_millionths(held_out_millionths);
    let (mut held_out, mut compared) = (ArmResults::default(), ArmResults::default());
    for sum in tx.platform_sums(tenant, number, held_out_millionths)? {
        let arm = if sum.is_held_out { &mut held_out } else { &mut compared };
        let PlatformSum { viewers, viewed, followed, commented, clicked, paid, .. } = sum;
        arm.users = viewers;
        arm.events = [viewed, followed, commented, clicked, paid];
    }
    for (is_held_out, gmv_fen) in tx.platform_spenders(tenant, number, held_out_millionths)? {
        let arm = if is_held_out { &mut held_out } else { &mut compared };
        arm.spends.push(u64::try_from(gmv_fen).unwrap_or(0));
    }
    let both = u64::from(held_out_millionths) + u64::from(compared_millionths);
    let is_final = month.final_at() <= now;
    let experiment = OrderExperiment {
        share_millionths: share(u64::from(held_out_millionths) * u64::from(WHOLE), both),
        viewers_planned: viewers_before(tx, (tenant, month), held_out_millionths)?,
        version: if is_final { LiftVersion::Final } else { LiftVersion::Running },
        treated: compared,
        ghost: held_out,
        viewers_named: viewers_named(tx, (tenant, month))?,
    };
    let everybody = WHOLE.saturating_sub(held_out_millionths);
    Ok(PlatformLift {
        month,
        version: experiment.version,
        held_out_millionths,
        compared_millionths,
        held_out_viewers: experiment.ghost.users,
        compared_viewers: experiment.treated.users,
        lift: order_lift(&experiment, |_| None).scaled(everybody, compared_millionths),
    })
}

fn share(part: u64, whole: u64) -> u32 {
    part.checked_div(whole).and_then(|share| u32::try_from(share).ok()).unwrap_or(0)
}

/// How many were compared in the month before: what ranges are planned for is not of the month itself.
fn viewers_before(
    tx: &mut Tx<'_>,
    (tenant, month): (TenantId, Month),
    held_out_millionths: u32,
) -> Result<u64, StoreError> {
    let sums = tx.platform_sums(tenant, month.plus(-1).number(), held_out_millionths)?;
    Ok(sums.iter().filter(|sum| !sum.is_held_out).map(|sum| sum.viewers).sum())
}

/// Whether the host names the viewers of natural events: whoever is held out has no others.
fn viewers_named(tx: &mut Tx<'_>, (tenant, month): (TenantId, Month)) -> Result<bool, StoreError> {
    let (mut named, mut unnamed) = (0_i64, 0_i64);
    for sum in tx.metric_quarters(tenant, month.start(), month.plus(1).start())? {
        match sum.metric.as_str() {
            NATURAL_NAMED => named = named.saturating_add(sum.value),
            NATURAL_UNNAMED => unnamed = unnamed.saturating_add(sum.value),
            _ => {}
        }
    }
    Ok(viewers_named_in(named, unnamed))
}
