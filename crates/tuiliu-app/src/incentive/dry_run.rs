//! Dry runs: a draft over what is known of the past (IN-07).

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use tuiliu_domain::id::{IncentiveProgrammeId, PartyId, TenantId};
use tuiliu_domain::incentive::{
    AccountFacts, ApplicationState, Past, PastTarget, RewardState, RoomHistory, Standing, Trial, dry_run,
};
use tuiliu_domain::limits::{INCENTIVE_DRY_RUN_BROADCASTS_MAX, INCENTIVE_PERIOD_BROADCASTS_MAX};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{StoreError, Tx};

use super::fact::refreshed;
use super::reward::separated;
use super::{programme_of, text};
use crate::access::of_tenant;
use crate::app::App;
use crate::error::CommandError;
use crate::notice::time_text;

/// Which past a draft is tried on.
#[derive(Debug, Clone, Copy)]
pub struct DryRunRange {
    pub programme: IncentiveProgrammeId,
    pub from: Timestamp,
    /// Broadcasts that ended at this instant or later are left out.
    pub to: Timestamp,
}

/// What a draft would have brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    /// Broadcasts that were looked at.
    pub broadcasts: usize,
    /// Accounts that would have won.
    pub winners: usize,
    pub issued: DryRunSum,
    pub over_quota: DryRunSum,
    pub withheld: DryRunSum,
    /// In the order of time.
    pub trials: Vec<Trial>,
}

/// So many rewards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DryRunSum {
    pub rewards: u64,
    pub coupons: u64,
    pub points: i64,
}

/// Why a draft is not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DryRunRefusal {
    #[error("try a draft on a past that ends before it begins")]
    BadRange,
    #[error("try a draft on more than `{max}` broadcasts")]
    TooMany { max: usize },
}

impl App {
    /// Tries a draft on the past: who would have won, and what it would have cost.
    pub async fn dry_run(&self, actor: Actor, range: DryRunRange) -> Result<DryRun, CommandError<DryRunRefusal>> {
        self.read(move |shell, tx| {
            let tenant = actor.tenant;
            actor.may(Action::ManageProgramme, &of_tenant(tenant))?;
            let row = tx.programme(tenant, range.programme)?.ok_or(CommandError::NotFound)?;
            let terms = programme_of(row)?.draft;
            let past = past(tx, tenant, range, shell.now())?;
            let broadcasts = past.broadcasts.len();
            let policy = shell.policy(tx, tenant)?;
            Ok(told(broadcasts, dry_run(&terms, past, &policy.incentive)))
        })
        .await
    }

    /// The same as a file of values separated by commas, one line for each reward.
    pub async fn export_dry_run(
        &self,
        actor: Actor,
        range: DryRunRange,
    ) -> Result<Vec<u8>, CommandError<DryRunRefusal>> {
        let run = self.dry_run(actor, range).await?;
        let lines = run.trials.iter().map(|trial| {
            vec![
                trial.party.to_string(),
                trial.task.clone(),
                time_text(trial.at),
                trial.outcome.code().to_owned(),
                trial.award.coupons.to_string(),
                trial.award.points.to_string(),
                trial.award.total().to_string(),
            ]
        });
        let headings = ["party", "task", "at", "outcome", "coupons", "points_each", "points"];
        Ok(separated(&headings, lines)?)
    }
}

fn told(broadcasts: usize, trials: Vec<Trial>) -> DryRun {
    let sum = |outcome: RewardState| {
        let of_it = trials.iter().filter(|trial| trial.outcome == outcome);
        of_it.fold(DryRunSum::default(), |sum, trial| DryRunSum {
            rewards: sum.rewards + 1,
            coupons: sum.coupons + u64::from(trial.award.coupons),
            points: sum.points.saturating_add(trial.award.total()),
        })
    };
    let won = trials.iter().filter(|trial| trial.outcome == RewardState::Issued);
    let winners = won.map(|trial| trial.party).collect::<BTreeSet<_>>().len();
    DryRun {
        broadcasts,
        winners,
        issued: sum(RewardState::Issued),
        over_quota: sum(RewardState::OverQuota),
        withheld: sum(RewardState::Withheld),
        trials,
    }
}

fn past(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    DryRunRange { programme, from, to }: DryRunRange,
    now: Timestamp,
) -> Result<Past, CommandError<DryRunRefusal>> {
    if to <= from {
        return Err(CommandError::Refused(DryRunRefusal::BadRange));
    }
    let max = INCENTIVE_DRY_RUN_BROADCASTS_MAX;
    let limit = u32::try_from(max).expect("the limit is small");
    let rows = tx.broadcasts_between(tenant, (from, to), limit + 1)?;
    if rows.len() > max {
        return Err(CommandError::Refused(DryRunRefusal::TooMany { max }));
    }
    let (mut past, mut seen) = (Past::default(), BTreeSet::new());
    for row in rows {
        let party = row.facts.creator;
        if seen.insert(party) {
            past.accounts.insert(party, known_before(tx, (tenant, party), from)?);
            past.targets.extend(targets(tx, (tenant, party), programme)?);
        }
        past.broadcasts.push(refreshed(tx, &row, now)?);
    }
    Ok(past)
}

/// What was known of an account before an instant.
fn known_before(
    tx: &mut Tx<'_>,
    (tenant, party): (TenantId, PartyId),
    from: Timestamp,
) -> Result<AccountFacts, StoreError> {
    let Some(row) = tx.party(tenant, party)? else { return Ok(AccountFacts::default()) };
    let standing = match tx.account_standing(tenant, party)? {
        Some(body) => text::read_standing(&body)
            .map_err(|fault| super::inconsistent(format!("standing of {party}"), fault.reason))?,
        None => Standing::default(),
    };
    let limit = u32::try_from(INCENTIVE_PERIOD_BROADCASTS_MAX).expect("the limit is small");
    let earlier = tx.broadcasts_of((tenant, party), (Timestamp::from_ms(0), from), limit)?;
    let rooms = RoomHistory {
        first: earlier.first().map(|row| row.facts.started_at),
        last: earlier.last().and_then(|row| row.facts.ended_at),
        sold: false,
    };
    // Of the host's own telling only what lies before counts: it tells what is so today.
    let before = |at: Option<Timestamp>| at.filter(|at| *at < from);
    let standing = Standing {
        first_broadcast_at: before(standing.first_broadcast_at),
        last_broadcast_at: before(standing.last_broadcast_at),
        ..standing
    };
    Ok(AccountFacts::of(rooms, standing, row.credit_score))
}

fn targets(
    tx: &mut Tx<'_>,
    (tenant, party): (TenantId, PartyId),
    programme: IncentiveProgrammeId,
) -> Result<Vec<PastTarget>, StoreError> {
    let mut found = BTreeMap::new();
    for row in tx.live_applications(tenant, party)? {
        if row.programme != programme || row.state != ApplicationState::Approved {
            continue;
        }
        let form = text::read_form(&row.form)
            .map_err(|fault| super::inconsistent(format!("application {}", row.id), fault.reason))?;
        if let (Some(planned), Some(target_fen)) = (form.broadcasts.first().copied(), form.target_gmv_fen) {
            found.insert(row.id, PastTarget { application: row.id, party, planned, target_fen });
        }
    }
    Ok(found.into_values().collect())
}
