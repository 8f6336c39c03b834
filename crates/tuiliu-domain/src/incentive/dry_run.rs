//! Dry runs: who would have won what, had a text held in the past, and what it would have cost (IN-07).

use std::collections::BTreeMap;

use super::application::PlannedBroadcast;
use super::facts::{AccountFacts, BroadcastFacts, Figures, Flag};
use super::measure::findings;
use super::programme::{ProgrammeKind, ProgrammeTerms};
use super::reward::{Award, Period, RewardRule, RewardState, TargetProgress, TargetRule, Task, Tier, award, month_of};
use crate::calendar::Day;
use crate::id::{IncentiveApplicationId, PartyId};
use crate::policy::IncentivePolicy;
use crate::time::Timestamp;

/// What a dry run looks at.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// Broadcasts that ended, in the order of their ends.
    pub broadcasts: Vec<BroadcastFacts>,
    /// What was known of each account before the first of them.
    pub accounts: BTreeMap<PartyId, AccountFacts>,
    /// Targets that were agreed on.
    pub targets: Vec<PastTarget>,
}

/// A target that was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastTarget {
    pub application: IncentiveApplicationId,
    pub party: PartyId,
    pub planned: PlannedBroadcast,
    pub target_fen: i64,
}

/// What one task would have brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    pub party: PartyId,
    /// The task's key; `approval` where an application would have been needed.
    pub task: String,
    pub at: Timestamp,
    pub award: Award,
    /// Issued, over the month's quota, or withheld.
    pub outcome: RewardState,
}

/// What a text would have brought. It is assumed that everybody who was eligible applied and was approved at once.
#[must_use]
pub fn dry_run(terms: &ProgrammeTerms, past: Past, policy: &IncentivePolicy) -> Vec<Trial> {
    let mut trials = match &terms.rewards {
        RewardRule::Broadcasts { on_approval, tiers, broadcasts_max } => {
            by_broadcast(terms, past, (*on_approval, tiers, *broadcasts_max), policy)
        }
        RewardRule::Periods { period, tiers, points_per_month_max } => {
            by_period(terms, &past, (*period, tiers, *points_per_month_max), policy)
        }
        RewardRule::Target(rule) => by_target(terms, &past, rule, policy),
    };
    trials.sort_by(|one, other| (one.at, one.party, &one.task).cmp(&(other.at, other.party, &other.task)));
    let mut taken: BTreeMap<i64, u32> = BTreeMap::new();
    for trial in trials.iter_mut().filter(|trial| trial.outcome == RewardState::Issued) {
        let month = taken.entry(month_of(trial.at)).or_default();
        let after = month.saturating_add(trial.award.coupons);
        if terms.coupons_per_month.is_some_and(|max| after > max) {
            trial.outcome = RewardState::OverQuota;
        } else {
            *month = after;
        }
    }
    trials
}

fn outcome(figures: &Figures, policy: &IncentivePolicy) -> RewardState {
    if findings(figures, policy).is_empty() { RewardState::Issued } else { RewardState::Withheld }
}

/// What is known of a task: the broadcast's figures, and the account's where they do not speak of its broadcasts.
#[must_use]
pub fn task_figures(broadcasts: Figures, account: &AccountFacts, now: Timestamp) -> Figures {
    let mut account = account.figures(now);
    account.flags.remove(&Flag::SellsLive);
    broadcasts.over(&account)
}

fn by_broadcast(
    terms: &ProgrammeTerms,
    past: Past,
    (on_approval, tiers, broadcasts_max): (Option<Award>, &[Tier], u32),
    policy: &IncentivePolicy,
) -> Vec<Trial> {
    let Past { broadcasts, mut accounts, .. } = past;
    let mut seen: BTreeMap<PartyId, (bool, u32)> = BTreeMap::new();
    let mut trials = Vec::new();
    for broadcast in &broadcasts {
        let Some(ended_at) = broadcast.ended_at.filter(|at| terms.holds_at(*at)) else { continue };
        let account = accounts.entry(broadcast.creator).or_default();
        let party = broadcast.creator;
        let before = account.figures(broadcast.started_at);
        let eligible = terms.eligibility.holds(&before);
        let is_new = !seen.contains_key(&party);
        let (joined, count) = seen.entry(party).or_insert((eligible, 0));
        if terms.kind == ProgrammeKind::Growth {
            *joined = eligible;
        }
        let trial = |task: String, at, award, figures: &Figures| Trial {
            party,
            task,
            at,
            award,
            outcome: outcome(figures, policy),
        };
        if let (true, true, Some(award)) = (is_new, *joined, on_approval) {
            trials.push(trial("approval".to_owned(), broadcast.started_at, award, &before));
        }
        let figures = task_figures(broadcast.figures(ended_at), account, ended_at);
        if let (true, true, Some(award)) = (*joined, *count < broadcasts_max, award(tiers, &figures)) {
            *count += 1;
            trials.push(trial(Task::Broadcast(broadcast.room).key(), ended_at, award, &figures));
        }
        let first = account.first_broadcast_at.get_or_insert((broadcast.started_at, broadcast.times));
        first.0 = first.0.min(broadcast.started_at);
        account.last_broadcast_at = Some((ended_at, broadcast.times));
    }
    trials
}

fn by_period(
    terms: &ProgrammeTerms,
    past: &Past,
    (period, tiers, points_per_month_max): (Period, &[Tier], i64),
    policy: &IncentivePolicy,
) -> Vec<Trial> {
    let mut periods: BTreeMap<(Day, PartyId), Vec<BroadcastFacts>> = BTreeMap::new();
    for broadcast in &past.broadcasts {
        if let Some(ended_at) = broadcast.ended_at.filter(|at| terms.holds_at(*at)) {
            periods.entry((period.first_day(ended_at), broadcast.creator)).or_default().push(*broadcast);
        }
    }
    let mut months: BTreeMap<(PartyId, i64), i64> = BTreeMap::new();
    let mut trials = Vec::new();
    for ((first, party), broadcasts) in periods {
        let at = period.end(first);
        let account = past.accounts.get(&party).copied().unwrap_or_default();
        let figures = task_figures(BroadcastFacts::figures_of(&broadcasts, at), &account, at);
        if !terms.eligibility.holds(&figures) {
            continue;
        }
        let earned = months.entry((party, month_of(at))).or_default();
        let left = points_per_month_max.saturating_sub(*earned);
        let Some(award) = award(tiers, &figures).and_then(|award| award.within(left)) else { continue };
        *earned = earned.saturating_add(award.total());
        let (task, outcome) = (Task::Period(first).key(), outcome(&figures, policy));
        trials.push(Trial { party, task, at, award, outcome });
    }
    trials
}

fn by_target(terms: &ProgrammeTerms, past: &Past, rule: &TargetRule, policy: &IncentivePolicy) -> Vec<Trial> {
    let mut trials = Vec::new();
    for target in &past.targets {
        let of_target = |one: &&BroadcastFacts| one.creator == target.party && target.planned.is(one.started_at);
        let Some(broadcast) = past.broadcasts.iter().find(of_target) else { continue };
        let Some(at) = broadcast.ended_at.filter(|at| terms.holds_at(*at)) else { continue };
        let account = past.accounts.get(&target.party).copied().unwrap_or_default();
        let figures = task_figures(broadcast.figures(at), &account, at);
        let mut granted = 0;
        for (task, worth) in rule.parts(target.application, TargetProgress::of(&figures, target.target_fen, true)) {
            if worth > granted {
                let award = Award { points: worth - granted, coupons: 1 };
                granted = worth;
                let (party, outcome) = (target.party, outcome(&figures, policy));
                trials.push(Trial { party, task: task.key(), at, award, outcome });
            }
        }
    }
    trials
}
