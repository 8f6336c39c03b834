//! Measures against abuse: taken with evidence, lifted by an appeal; what is taken back, and what is owed (IN-12).

use std::convert::Infallible;

use serde_json::json;
use thiserror::Error;
use tuiliu_domain::coupon::{Coupon, CouponConditions, CouponKind, CouponTerms};
use tuiliu_domain::event::Event;
use tuiliu_domain::id::{CommandId, IncentiveMeasureId, IncentiveRewardId, LotId, PartyId};
use tuiliu_domain::incentive::{
    AbuseReason, DebtKind, Measure, MeasureKind, MeasureState, ProgrammeTerms, RewardState, TakeMeasureError,
    TakenBack, taken_back,
};
use tuiliu_domain::ledger::LedgerRefusal;
use tuiliu_domain::limits::{COUPON_POINTS_MAX, PAGE_MAX};
use tuiliu_domain::message::MessageTopic;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{DebtEntry, MeasurePage, RewardPage, RewardRow, StoreError, Tx};

use super::reward::{BY_MEASURE, listed_party, readable, release};
use super::{inconsistent, known};
use crate::access::{AskAgain, Caller, of_party};
use crate::app::{App, Shell};
use crate::coupon::{grant_each, take_back, with_descendants};
use crate::error::CommandError;
use crate::notice::time_text;
use crate::outcome;

/// Limits or ends an account's part in all programmes.
#[derive(Debug, Clone)]
pub struct TakeMeasure {
    pub party: PartyId,
    pub kind: MeasureKind,
    pub reason: AbuseReason,
    pub evidence: String,
    /// Until when a limit holds.
    pub until: Option<Timestamp>,
    /// Which rewards are taken back; `None` is all that were issued and not taken back yet.
    pub rewards: Option<Vec<IncentiveRewardId>>,
}

/// A measure and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureView {
    pub measure: Measure,
    pub state: MeasureState,
}

/// What an account owes, and how that came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebtView {
    pub owed_points: i64,
    /// A page of it, oldest first.
    pub entries: Vec<DebtEntry>,
}

/// Why a measure is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TakeMeasureRefusal {
    #[error(transparent)]
    Take(#[from] TakeMeasureError),
    #[error("take a measure against somebody who is not there")]
    NoParty,
    #[error("take back the reward `{reward}`: it is not one of the account's that can be")]
    UnknownReward { reward: IncentiveRewardId },
    #[error("take rewards back from a frozen wallet")]
    WalletFrozen,
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

impl Shell {
    /// Takes a measure in the caller's transaction: unused rewards come back, used ones are owed.
    pub fn take_measure(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        command: &TakeMeasure,
    ) -> Result<MeasureView, CommandError<TakeMeasureRefusal>> {
        let actor = &caller.actor;
        let (tenant, party, now) = (actor.tenant, command.party, self.now());
        actor.may(Action::TakeIncentiveMeasure, &of_party(tenant, party))?;
        caller.proved(Action::TakeIncentiveMeasure, now).map_err(|error| CommandError::Refused(error.into()))?;
        if tx.party(tenant, party)?.is_none() {
            return Err(CommandError::Refused(TakeMeasureRefusal::NoParty));
        }
        let mut measure = Measure {
            id: self.id(),
            tenant,
            party,
            kind: command.kind,
            reason: command.reason,
            evidence: command.evidence.clone(),
            operator: actor.party,
            at: now,
            until: command.until,
            lifted_at: None,
            recalled_points: 0,
            owed_points: 0,
            version: 1,
        };
        measure.check().map_err(|error| CommandError::Refused(error.into()))?;
        for row in to_take_back(tx, &measure, command.rewards.as_deref())? {
            let TakenBack { unused, used } = self.take_reward_back(tx, &row, measure.id)?;
            measure.recalled_points += unused.units();
            measure.owed_points += used.units();
        }
        if measure.owed_points > 0 {
            debt(tx, &measure, (DebtKind::Booked, measure.owed_points), now)?;
        }
        tx.add_incentive_measure(&measure)?;
        self.tell_measure(tx, &measure, MessageTopic::MeasureTaken)?;
        let event = Event::IncentiveMeasureTaken { measure: measure.id, party, reason: measure.reason };
        outcome::tell(self, tx, tenant, &[event]);
        let state = measure.state(now);
        Ok(MeasureView { measure, state })
    }

    /// Takes back what is left of a reward's coupons and of what became of them; answers what it came to.
    fn take_reward_back(
        &self,
        tx: &mut Tx<'_>,
        row: &RewardRow,
        measure: IncentiveMeasureId,
    ) -> Result<TakenBack, CommandError<TakeMeasureRefusal>> {
        let coupons = tx.reward_coupons(row.id)?;
        let family = with_descendants(tx, (row.tenant, row.party), &coupons)?;
        let sums = taken_back(family.iter().map(|(_, lot)| lot));
        let sums = sums.map_err(|error| inconsistent(format!("reward {}", row.id), error))?;
        let mut unused = Amount::ZERO;
        for member in &family {
            match take_back(self, tx, member)? {
                Ok(points) => {
                    if points > Amount::ZERO {
                        tx.add_incentive_recall(measure, member.1.id, points)?;
                    }
                    let sum = unused.plus(points);
                    unused = sum.map_err(|error| inconsistent(format!("reward {}", row.id), error))?;
                }
                Err(LedgerRefusal::Frozen { .. }) => {
                    return Err(CommandError::Refused(TakeMeasureRefusal::WalletFrozen));
                }
                Err(refusal) => return Err(inconsistent(format!("reward {}", row.id), refusal).into()),
            }
        }
        tx.set_reward_state(row.id, (RewardState::Issued, RewardState::TakenBack))?;
        Ok(TakenBack { unused, used: sums.used })
    }

    fn tell_measure(&self, tx: &mut Tx<'_>, measure: &Measure, topic: MessageTopic) -> Result<(), StoreError> {
        let body = json!({
            "measure": measure.id.to_string(), "kind": measure.kind.code(), "reason": measure.reason.code(),
            "evidence": measure.evidence, "at": time_text(measure.at), "until": measure.until.map(time_text),
            "recalled_points": measure.recalled_points, "owed_points": measure.owed_points,
        });
        self.send_message(tx, (measure.tenant, measure.party), topic, &body)
    }
}

fn to_take_back(
    tx: &mut Tx<'_>,
    measure: &Measure,
    named: Option<&[IncentiveRewardId]>,
) -> Result<Vec<RewardRow>, CommandError<TakeMeasureRefusal>> {
    let mut rows = tx.issued_rewards(measure.tenant, measure.party)?;
    let Some(named) = named else { return Ok(rows) };
    if let Some(reward) = named.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
        return Err(CommandError::Refused(TakeMeasureRefusal::UnknownReward { reward: *reward }));
    }
    rows.retain(|row| named.contains(&row.id));
    Ok(rows)
}

fn debt(tx: &mut Tx<'_>, measure: &Measure, (kind, points): (DebtKind, i64), at: Timestamp) -> Result<(), StoreError> {
    let Measure { tenant, party, id, .. } = *measure;
    tx.add_debt_entry(&DebtEntry { tenant, party, number: 0, kind, points, measure: Some(id), reward: None, at })
}

/// Lifts a measure: it is as if it had not been. What is still owed by it is cancelled; what was taken back or paid
/// since comes back as a new coupon; what only it kept back is issued.
pub(crate) fn lift(shell: &Shell, tx: &mut Tx<'_>, measure: &Measure) -> Result<(), StoreError> {
    let (tenant, party, now) = (measure.tenant, measure.party, shell.now());
    if measure.lifted_at.is_some() {
        return Ok(());
    }
    tx.lift_incentive_measure(measure, now)?;
    let cancelled = measure.owed_points.min(tx.owed_points(tenant, party)?).max(0);
    if cancelled > 0 {
        debt(tx, measure, (DebtKind::Cancelled, -cancelled), now)?;
    }
    let back = to_give_again(shell, tx, measure, measure.owed_points - cancelled)?;
    give_again(shell, tx, measure, &back)?;
    shell.tell_measure(tx, measure, MessageTopic::MeasureLifted)?;
    let event = Event::IncentiveMeasureLifted { measure: measure.id, party };
    outcome::tell(shell, tx, tenant, &[event]);
    if tx.measures_in_force(tenant, party, now)?.is_empty() {
        release_kept_back(shell, tx, measure)?;
    }
    Ok(())
}

/// Points that are to come back: as coupons of what conditions, valid for how long.
struct Back {
    points: i64,
    conditions: CouponConditions,
    validity_ms: i64,
}

/// What lifting a measure gives back: of each coupon that it took as many points, under the same conditions and with
/// the time that was left; and of each reward that has `paid` the debt since what it would have been, the last first.
fn to_give_again(shell: &Shell, tx: &mut Tx<'_>, measure: &Measure, paid: i64) -> Result<Vec<Back>, StoreError> {
    let standard_ms = shell.policy(tx, measure.tenant)?.coupon.task_reward_validity_ms;
    let (mut back, mut recalled, mut paid) = (Vec::new(), measure.recalled_points, paid);
    for (lot, points) in tx.incentive_recalls(measure.id)? {
        let row = tx.coupon_of_lot(lot)?;
        let terms =
            row.ok_or_else(|| inconsistent(format!("coupon {lot}"), "it was taken and is not there"))?.coupon.terms;
        recalled -= points.units();
        let (conditions, validity_ms) = (terms.conditions, terms.valid_to.since_ms(measure.at));
        back.push(Back { points: points.units(), conditions, validity_ms });
    }
    for (reward, points) in netted_since(tx, measure)?.into_iter().rev() {
        let points = points.min(paid);
        paid -= points;
        let row = tx.incentive_reward(measure.tenant, reward)?;
        let terms = row.map(|row| terms_of(tx, &row)).transpose()?.flatten();
        if let Some(coupon) = terms.map(|terms| terms.coupon).filter(|_| points > 0) {
            let validity_ms = coupon.validity_ms.unwrap_or(standard_ms);
            back.push(Back { points, conditions: coupon.conditions, validity_ms });
        }
    }
    // Of measures older than the list of what they took, only the sum is known.
    back.push(Back { points: recalled + paid, conditions: CouponConditions::NONE, validity_ms: standard_ms });
    Ok(back)
}

/// What rewards have paid of an account's debt since a measure was taken, oldest first.
fn netted_since(tx: &mut Tx<'_>, measure: &Measure) -> Result<Vec<(IncentiveRewardId, i64)>, StoreError> {
    let limit = u32::try_from(PAGE_MAX).expect("the limit is small");
    let (mut netted, mut after) = (Vec::new(), 0);
    loop {
        let page = tx.debt_entries((measure.tenant, measure.party), after, limit)?;
        let Some(last) = page.last() else { return Ok(netted) };
        after = last.number;
        let since = page.iter().filter(|entry| entry.kind == DebtKind::Netted && measure.at <= entry.at);
        netted.extend(since.filter_map(|entry| Some((entry.reward?, -entry.points))));
    }
}

fn give_again(shell: &Shell, tx: &mut Tx<'_>, measure: &Measure, back: &[Back]) -> Result<(), StoreError> {
    let (now, mut number) = (shell.now(), 0);
    for Back { points, conditions, validity_ms } in back {
        let mut left = *points;
        while left > 0 {
            let face = left.min(COUPON_POINTS_MAX);
            left -= face;
            number += 1;
            let lot: LotId = measure.id.child(number);
            let terms = CouponTerms {
                kind: CouponKind::TrafficCoupon,
                points: Amount::new(face),
                conditions: conditions.clone(),
                valid_from: now,
                valid_to: now.plus_ms(*validity_ms),
            };
            let coupon = Coupon { lot, tenant: measure.tenant, owner: measure.party, terms, parent: None };
            let command: CommandId = measure.id.child(number);
            grant_each(shell, tx, (measure.tenant, command), &[coupon])?;
        }
    }
    Ok(())
}

fn release_kept_back(shell: &Shell, tx: &mut Tx<'_>, measure: &Measure) -> Result<(), StoreError> {
    let (tenant, party) = (measure.tenant, Some(measure.party));
    let limit = u32::try_from(PAGE_MAX).expect("the limit is small");
    let (mut kept_back, mut before) = (Vec::new(), None);
    loop {
        let rows = tx.incentive_rewards(RewardPage { tenant, party, before, limit })?;
        let Some(last) = rows.last() else { break };
        let is_older = last.at < measure.at;
        before = Some(last.id);
        let of_measure = |row: &RewardRow| row.state == RewardState::Withheld && row.reasons.starts_with(BY_MEASURE);
        kept_back.extend(rows.into_iter().filter(|row| row.at >= measure.at && of_measure(row)));
        if is_older {
            break;
        }
    }
    for row in kept_back.into_iter().rev() {
        release_one(shell, tx, row)?;
    }
    Ok(())
}

fn release_one(shell: &Shell, tx: &mut Tx<'_>, row: RewardRow) -> Result<(), StoreError> {
    match terms_of(tx, &row)? {
        Some(terms) => release(shell, tx, row, &terms),
        None => Ok(()),
    }
}

/// The text under which a reward was earned; `None` when its programme is gone.
fn terms_of(tx: &mut Tx<'_>, row: &RewardRow) -> Result<Option<ProgrammeTerms>, StoreError> {
    let Some(programme) = tx.programme(row.tenant, row.programme)? else { return Ok(None) };
    let edition = known(tx, programme)?.editions.into_iter().find(|edition| edition.number == row.edition);
    let edition = edition.ok_or_else(|| inconsistent(format!("reward {}", row.id), "it has no edition"))?;
    Ok(Some(edition.terms))
}

impl App {
    /// A page of measures, newest first.
    pub async fn incentive_measures(
        &self,
        actor: Actor,
        party: Option<PartyId>,
        (before, limit): (Option<IncentiveMeasureId>, u32),
    ) -> Result<Vec<MeasureView>, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let party = listed_party(&actor, Action::ReadIncentive, party)?;
            let now = shell.now();
            let rows = tx.incentive_measures(MeasurePage { tenant: actor.tenant, party, before, limit })?;
            let view = |measure: Measure| MeasureView { state: measure.state(now), measure };
            Ok(rows.into_iter().map(view).collect())
        })
        .await
    }

    /// One measure.
    pub async fn incentive_measure(
        &self,
        actor: Actor,
        id: IncentiveMeasureId,
    ) -> Result<MeasureView, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let measure = tx.incentive_measure(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
            readable(&actor, Action::ReadIncentive, measure.party)?;
            Ok(MeasureView { state: measure.state(shell.now()), measure })
        })
        .await
    }

    /// What an account owes, and a page of how that came about.
    pub async fn incentive_debt(
        &self,
        actor: Actor,
        party: PartyId,
        (after, limit): (i64, u32),
    ) -> Result<DebtView, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadIncentive, &of_party(actor.tenant, party))?;
            tx.party(actor.tenant, party)?.ok_or(CommandError::NotFound)?;
            let owed_points = tx.owed_points(actor.tenant, party)?;
            Ok(DebtView { owed_points, entries: tx.debt_entries((actor.tenant, party), after, limit)? })
        })
        .await
    }
}
