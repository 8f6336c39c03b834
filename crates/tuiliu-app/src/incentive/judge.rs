//! Jobs: what broadcasts and periods have earned, found as soon as their facts are told (IN-05, IN-06, IN-08).

use std::convert::Infallible;

use tuiliu_domain::calendar::Day;
use tuiliu_domain::id::{IncentiveProgrammeId, PartyId, TenantId};
use tuiliu_domain::incentive::{
    Application, Award, BroadcastFacts, Edition, Figures, Period, ProgrammeKind, RewardRule, RewardState,
    TargetProgress, TargetRule, Task, Tier, award, edition_at, month_of, task_figures,
};
use tuiliu_domain::limits::INCENTIVE_PERIOD_BROADCASTS_MAX;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{BroadcastFactRow, PeriodRow, RewardRow, StoreError, Tx};

use super::application::approved;
use super::fact::{account_facts, final_at, refreshed};
use super::reward::{Earned, issue};
use super::{Known, known};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Ended periods that are looked at when the platform was away.
const PERIODS_BACK: usize = 8;
/// Programmes read at once.
const PROGRAMMES: u32 = 100;

/// One broadcast, as a programme looks at it.
struct Seen<'s> {
    tenant: TenantId,
    facts: &'s BroadcastFacts,
    is_final: bool,
    /// When it ended, or now while it runs.
    at: Timestamp,
    figures: &'s Figures,
}

impl App {
    /// Looks at broadcasts of which something new was told and issues what they have earned; how many. A job's.
    pub async fn judge_broadcasts(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        self.write(move |shell, tx| {
            let waiting = tx.broadcasts_to_judge(shell.now(), limit)?;
            for row in &waiting {
                judge(shell, tx, row)?;
            }
            Ok(waiting.len())
        })
        .await
    }

    /// Issues what ended periods have earned, for so many accounts at most; how many were looked at. A job's.
    pub async fn judge_periods(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        self.write(move |shell, tx| {
            let (mut looked_at, mut after) = (0, IncentiveProgrammeId::new(0));
            loop {
                let rows = tx.growth_programmes_after(after, PROGRAMMES)?;
                let Some(last) = rows.last() else { return Ok(looked_at) };
                after = last.id;
                for row in rows {
                    let known = known(tx, row)?;
                    for period in Period::ALL {
                        looked_at += judge_ended(shell, tx, &known, *period, limit)?;
                    }
                }
            }
        })
        .await
    }
}

fn judge(shell: &Shell, tx: &mut Tx<'_>, row: &BroadcastFactRow) -> Result<(), StoreError> {
    let now = shell.now();
    let facts = refreshed(tx, row, now)?;
    let final_at = match facts.ended_at {
        Some(ended_at) => Some(final_at(shell, tx, row.tenant, ended_at)?),
        None => None,
    };
    let is_final = row.is_final || final_at.is_some_and(|final_at| final_at <= now);
    if let Some(party) = tx.party(row.tenant, facts.creator)? {
        let at = facts.ended_at.unwrap_or(now);
        let account = account_facts(tx, &party)?;
        let figures = task_figures(facts.figures(at), &account, at);
        let seen = Seen { tenant: row.tenant, facts: &facts, is_final, at, figures: &figures };
        for programme in tx.published_programmes(row.tenant)? {
            let known = known(tx, programme)?;
            judge_by(shell, tx, &known, &seen)?;
        }
    }
    // What the host told stays apart from what was counted here, which is counted anew each time.
    let kept = BroadcastFacts { counts: row.facts.counts, ..facts };
    let (is_judged, look_at) = match final_at {
        Some(final_at) if !is_final => (false, final_at),
        _ => (true, row.look_at),
    };
    tx.update_broadcast_fact(&BroadcastFactRow { facts: kept, is_judged, look_at, ..*row })
}

fn judge_by(shell: &Shell, tx: &mut Tx<'_>, known: &Known, seen: &Seen<'_>) -> Result<(), StoreError> {
    let edition = edition_at(&known.editions, seen.at).filter(|edition| edition.terms.holds_at(seen.at));
    let Some(edition) = edition.filter(|_| known.programme.was_open(seen.at)) else { return Ok(()) };
    match &edition.terms.rewards {
        RewardRule::Broadcasts { tiers, broadcasts_max, .. } if seen.is_final && seen.facts.ended_at.is_some() => {
            judge_broadcast(shell, tx, (known, edition), seen, (tiers, *broadcasts_max))
        }
        RewardRule::Target(rule) => judge_target(shell, tx, (known, edition), seen, rule),
        RewardRule::Broadcasts { .. } | RewardRule::Periods { .. } => Ok(()),
    }
}

/// The application by which an account takes part with this broadcast: approved before it started.
fn applied(tx: &mut Tx<'_>, known: &Known, seen: &Seen<'_>) -> Result<impl Iterator<Item = Application>, StoreError> {
    let started_at = seen.facts.started_at;
    let before = move |one: &Application| one.verdict.as_ref().is_some_and(|verdict| verdict.at <= started_at);
    let all = approved(tx, (seen.tenant, seen.facts.creator), known.programme.id)?;
    Ok(all.into_iter().filter(before))
}

fn judge_broadcast(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (known, edition): (&Known, &Edition),
    seen: &Seen<'_>,
    (tiers, broadcasts_max): (&[Tier], u32),
) -> Result<(), StoreError> {
    let terms = &edition.terms;
    let application = match terms.kind {
        ProgrammeKind::Growth if !terms.eligibility.holds(seen.figures) => return Ok(()),
        ProgrammeKind::Growth => None,
        // Eligible was who applied; after its first broadcast a new account is none any more.
        ProgrammeKind::ColdStart | ProgrammeKind::Benchmark => match applied(tx, known, seen)?.next() {
            Some(application) => Some(application.id),
            None => return Ok(()),
        },
    };
    let rewards = tx.rewards_of_programme(known.programme.id, seen.facts.creator)?;
    let of_broadcasts = rewards.iter().filter(|row| row.application == application && row.room.is_some()).count();
    if u32::try_from(of_broadcasts).is_ok_and(|count| count >= broadcasts_max) {
        return Ok(());
    }
    let Some(award) = award(tiers, seen.figures) else { return Ok(()) };
    let earned = Earned {
        room: Some(seen.facts.room),
        application,
        ..of(seen, (known, edition), Task::Broadcast(seen.facts.room), award, shell.now())
    };
    issue(shell, tx, &earned).map(drop)
}

fn judge_target(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (known, edition): (&Known, &Edition),
    seen: &Seen<'_>,
    rule: &TargetRule,
) -> Result<(), StoreError> {
    let rewards = tx.rewards_of_programme(known.programme.id, seen.facts.creator)?;
    // The first broadcast near the planned time is the planned one; another on the same day is not.
    let is_of_this = |one: &Application| {
        let planned = one.form.broadcasts.first().is_some_and(|planned| planned.is(seen.facts.started_at));
        let other = rewards.iter().any(|row| row.application == Some(one.id) && row.room != Some(seen.facts.room));
        planned && !other
    };
    let Some(application) = applied(tx, known, seen)?.find(is_of_this) else { return Ok(()) };
    let is_of_it = |row: &&RewardRow| row.application == Some(application.id) && row.room.is_some();
    let mut granted: i64 = rewards.iter().filter(is_of_it).map(|row| row.points).sum();
    let is_over = seen.is_final && seen.facts.ended_at.is_some();
    let target = application.form.target_gmv_fen.unwrap_or(0);
    for (task, worth) in rule.parts(application.id, TargetProgress::of(seen.figures, target, is_over)) {
        let is_new = tx.reward_of_task(known.programme.id, seen.facts.creator, &task.key())?.is_none();
        if is_new && worth > granted {
            let award = Award { points: worth - granted, coupons: 1 };
            granted = worth;
            let earned = Earned {
                room: Some(seen.facts.room),
                application: Some(application.id),
                ..of(seen, (known, edition), task, award, shell.now())
            };
            issue(shell, tx, &earned)?;
        }
    }
    Ok(())
}

fn of<'e>(
    seen: &Seen<'e>,
    (known, edition): (&Known, &'e Edition),
    task: Task,
    award: Award,
    now: Timestamp,
) -> Earned<'e> {
    Earned {
        tenant: seen.tenant,
        programme: known.programme.id,
        edition: edition.number,
        terms: &edition.terms,
        party: seen.facts.creator,
        task,
        award,
        figures: seen.figures,
        room: None,
        application: None,
        valid_from: now,
        reserved: None,
    }
}

/// Judges the periods of a programme that have ended and were not judged, latest first, back to one that was.
fn judge_ended(shell: &Shell, tx: &mut Tx<'_>, known: &Known, period: Period, limit: u32) -> Result<usize, StoreError> {
    let mut looked_at = 0;
    let mut next = period.first_day(shell.now());
    for _ in 0..PERIODS_BACK {
        let last = next.start().plus_ms(-1);
        let first = period.first_day(last);
        next = first;
        let Some(edition) = edition_at(&known.editions, last).filter(|_| known.programme.was_open(last)) else { break };
        let RewardRule::Periods { period: own, .. } = &edition.terms.rewards else { continue };
        if *own != period {
            continue;
        }
        let begun = tx.incentive_period(known.programme.id, first.number())?;
        if begun.is_some_and(|begun| begun.is_done) {
            break;
        }
        let after = begun.and_then(|begun| begun.after);
        looked_at += judge_period(shell, tx, (known, edition), (period, first), (after, limit))?;
    }
    Ok(looked_at)
}

fn judge_period(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (known, edition): (&Known, &Edition),
    (period, first): (Period, Day),
    (after, limit): (Option<PartyId>, u32),
) -> Result<usize, StoreError> {
    let end = period.end(first);
    // What ended before the programme was published is not its own (IN-10).
    let published = known.editions.first().map_or(end, |edition| edition.published_at);
    let from = first.start().max(published).max(edition.terms.starts_at.unwrap_or(published));
    let to = edition.terms.ends_at.map_or(end, |ends_at| ends_at.min(end));
    let tenant = known.programme.tenant;
    let parties = tx.broadcasters_between(tenant, (from, to), (after, limit))?;
    for party in &parties {
        judge_account(shell, tx, (known, edition), (first, *party), (from, to, end))?;
    }
    let is_done = u32::try_from(parties.len()).is_ok_and(|count| count < limit);
    let after = parties.last().copied().or(after);
    tx.set_incentive_period(PeriodRow { programme: known.programme.id, first_day: first.number(), after, is_done })?;
    Ok(parties.len())
}

fn judge_account(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (known, edition): (&Known, &Edition),
    (first, party): (Day, PartyId),
    (from, to, end): (Timestamp, Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let tenant = known.programme.tenant;
    let RewardRule::Periods { tiers, points_per_month_max, .. } = &edition.terms.rewards else { return Ok(()) };
    let limit = u32::try_from(INCENTIVE_PERIOD_BROADCASTS_MAX).expect("the limit is small");
    let rows = tx.broadcasts_of((tenant, party), (from, to), limit)?;
    let seen = rows.iter().map(|row| refreshed(tx, row, shell.now()));
    let broadcasts: Vec<BroadcastFacts> = seen.collect::<Result<_, _>>()?;
    let Some(row) = tx.party(tenant, party)? else { return Ok(()) };
    let account = account_facts(tx, &row)?;
    let figures = task_figures(BroadcastFacts::figures_of(&broadcasts, end), &account, end);
    if row.banned || !edition.terms.eligibility.holds(&figures) {
        return Ok(());
    }
    let month = month_of(shell.now());
    let counts = |row: &&RewardRow| row.month == month && row.state != RewardState::OverQuota;
    let rewards = tx.rewards_of_programme(known.programme.id, party)?;
    let so_far: i64 = rewards.iter().filter(counts).map(|row| row.points).sum();
    let left = points_per_month_max.saturating_sub(so_far);
    let Some(award) = award(tiers, &figures).and_then(|award| award.within(left)) else { return Ok(()) };
    let earned = Earned {
        tenant,
        programme: known.programme.id,
        edition: edition.number,
        terms: &edition.terms,
        party,
        task: Task::Period(first),
        award,
        figures: &figures,
        room: None,
        application: None,
        valid_from: shell.now(),
        reserved: None,
    };
    issue(shell, tx, &earned).map(drop)
}
