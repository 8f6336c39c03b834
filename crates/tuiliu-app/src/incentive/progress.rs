//! Tasks: what an account can earn now, and how far it has come (IN-07).

use std::convert::Infallible;

use serde_json::Value;
use tuiliu_domain::id::{IncentiveApplicationId, IncentiveProgrammeId, PartyId, TenantId};
use tuiliu_domain::incentive::{
    ApplicationState, BroadcastFacts, Condition, Edition, Figure, Figures, ProgrammeKind, RewardRule, RewardState,
    TargetProgress, Task, Tier, edition_at, month_of, task_figures,
};
use tuiliu_domain::limits::INCENTIVE_PERIOD_BROADCASTS_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::{PartyRow, StoreError, Tx};

use super::application::approved;
use super::fact::{account_facts, refreshed};
use super::{Known, known, text};
use crate::access::of_party;
use crate::app::App;
use crate::error::CommandError;

/// How far back a last broadcast is looked for.
const LOOKED_BACK_MS: i64 = 90 * DAY_MS;

/// What an account can earn in one programme.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskView {
    pub programme: IncentiveProgrammeId,
    pub title: String,
    pub kind: ProgrammeKind,
    pub edition: u32,
    /// Whether the account may take part as things are.
    pub is_eligible: bool,
    pub eligibility: Vec<ThresholdView>,
    pub application: Option<(IncentiveApplicationId, ApplicationState)>,
    /// The period that is measured; of a broadcast, nothing.
    pub period: Option<(Timestamp, Timestamp)>,
    pub tiers: Vec<TierView>,
    /// Rewards issued so far, and what they brought.
    pub rewards: u32,
    pub rewarded_points: i64,
    /// Coupons that this month's quota still has.
    pub coupons_left: Option<u32>,
}

/// One line of a programme's table, or one step, with how far the account has come.
#[derive(Debug, Clone, PartialEq)]
pub struct TierView {
    pub thresholds: Vec<ThresholdView>,
    pub is_reached: bool,
    /// What it would bring as things are, on each coupon.
    pub points: i64,
    pub coupons: u32,
}

/// One threshold with what is known.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdView {
    /// In the words of terms.
    pub threshold: Value,
    pub figure: Option<Figure>,
    pub is_met: bool,
}

fn thresholds(condition: &Condition, figures: &Figures) -> Vec<ThresholdView> {
    let seen = condition.progress(figures).into_iter();
    let view = |one: tuiliu_domain::incentive::Progress| ThresholdView {
        threshold: text::write_condition(&one.threshold),
        figure: one.figure,
        is_met: one.is_met,
    };
    seen.map(view).collect()
}

fn tiers_of(tiers: &[Tier], figures: &Figures) -> Vec<TierView> {
    let view = |tier: &Tier| TierView {
        thresholds: thresholds(&tier.condition, figures),
        is_reached: tier.condition.holds(figures),
        points: tier.face.points(figures),
        coupons: tier.coupons,
    };
    tiers.iter().map(view).collect()
}

/// What a rule looks at now.
struct LookedAt {
    broadcasts: Vec<BroadcastFacts>,
    /// From when to when; of a single broadcast nothing.
    period: Option<(Timestamp, Timestamp)>,
}

/// What is told of the broadcasts of an account that a rule looks at now: of this period, or the last one.
fn looked_at(
    tx: &mut Tx<'_>,
    (tenant, party): (TenantId, PartyId),
    rewards: &RewardRule,
    now: Timestamp,
) -> Result<LookedAt, StoreError> {
    let limit = u32::try_from(INCENTIVE_PERIOD_BROADCASTS_MAX).expect("the limit is small");
    if let RewardRule::Periods { period, .. } = rewards {
        let first = period.first_day(now);
        let (from, to) = (first.start(), period.end(first));
        let rows = tx.broadcasts_of((tenant, party), (from, to), limit)?;
        let seen = rows.iter().map(|row| refreshed(tx, row, now)).collect::<Result<_, _>>()?;
        return Ok(LookedAt { broadcasts: seen, period: Some((from, to)) });
    }
    let rows = tx.broadcasts_of((tenant, party), (now.plus_ms(-LOOKED_BACK_MS), now.plus_ms(1)), limit)?;
    let last = rows.last().map(|row| refreshed(tx, row, now)).transpose()?;
    Ok(LookedAt { broadcasts: last.into_iter().collect(), period: None })
}

fn task(
    tx: &mut Tx<'_>,
    party: &PartyRow,
    (known, edition): (&Known, &Edition),
    now: Timestamp,
) -> Result<TaskView, StoreError> {
    let (tenant, terms, programme) = (party.tenant, &edition.terms, known.programme.id);
    let account = account_facts(tx, party)?;
    let LookedAt { broadcasts, period } = looked_at(tx, (tenant, party.id), &terms.rewards, now)?;
    let figures = task_figures(BroadcastFacts::figures_of(&broadcasts, now), &account, now);
    let live = tx.live_applications(tenant, party.id)?;
    let application = live.iter().rfind(|row| row.programme == programme).map(|row| (row.id, row.state));
    let rewards = tx.rewards_of_programme(programme, party.id)?;
    let issued: Vec<_> = rewards.iter().filter(|row| row.state == RewardState::Issued).collect();
    let coupons_left = match terms.coupons_per_month {
        Some(max) => Some(max.saturating_sub(tx.quota_taken(programme, month_of(now))?)),
        None => None,
    };
    let own = account.figures(now);
    Ok(TaskView {
        programme,
        title: terms.title.clone(),
        kind: terms.kind,
        edition: edition.number,
        is_eligible: terms.eligibility.holds(&own) && !party.banned,
        eligibility: thresholds(&terms.eligibility, &own),
        application,
        period,
        tiers: tiers(tx, party, (known, edition), &figures)?,
        rewards: u32::try_from(issued.len()).unwrap_or(u32::MAX),
        rewarded_points: issued.iter().map(|row| row.points).sum(),
        coupons_left,
    })
}

fn tiers(
    tx: &mut Tx<'_>,
    party: &PartyRow,
    (known, edition): (&Known, &Edition),
    figures: &Figures,
) -> Result<Vec<TierView>, StoreError> {
    let rule = match &edition.terms.rewards {
        RewardRule::Broadcasts { tiers, .. } | RewardRule::Periods { tiers, .. } => {
            return Ok(tiers_of(tiers, figures));
        }
        RewardRule::Target(rule) => rule,
    };
    let mut views = Vec::new();
    for application in approved(tx, (party.tenant, party.id), known.programme.id)? {
        let target = application.form.target_gmv_fen.unwrap_or(0);
        let parts = rule.parts(application.id, TargetProgress::of(figures, target, false));
        views = rule
            .steps_permille
            .iter()
            .map(|step| {
                let reached = parts.iter().find(|(task, _)| *task == Task::Step(application.id, *step));
                let points = reached.map_or(0, |(_, worth)| *worth);
                let threshold = serde_json::json!({ "step_permille": step, "target_gmv_fen": target });
                let is_met = reached.is_some();
                let shown = ThresholdView { threshold, figure: None, is_met };
                TierView { thresholds: vec![shown], is_reached: is_met, points, coupons: 1 }
            })
            .collect();
    }
    Ok(views)
}

impl App {
    /// What an account can earn now in every programme that holds, oldest first.
    pub async fn incentive_tasks(
        &self,
        actor: Actor,
        party: PartyId,
    ) -> Result<Vec<TaskView>, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let (tenant, now) = (actor.tenant, shell.now());
            actor.may(Action::ReadIncentive, &of_party(tenant, party))?;
            let party = tx.party(tenant, party)?.ok_or(CommandError::NotFound)?;
            let mut tasks = Vec::new();
            for row in tx.published_programmes(tenant)? {
                let known = known(tx, row)?;
                let edition = edition_at(&known.editions, now).filter(|edition| edition.terms.holds_at(now));
                if let Some(edition) = edition.filter(|_| known.programme.was_open(now)) {
                    tasks.push(task(tx, &party, (&known, edition), now)?);
                }
            }
            Ok(tasks)
        })
        .await
    }
}
