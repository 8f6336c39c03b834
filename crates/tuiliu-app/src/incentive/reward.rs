//! Rewards: what a task brings, once; as coupons, against a debt, or kept back (IN-04, IN-09, IN-12).

use std::convert::Infallible;

use serde_json::json;
use tuiliu_domain::coupon::{Coupon, CouponKind, CouponTerms};
use tuiliu_domain::event::Event;
use tuiliu_domain::id::{
    CommandId, IncentiveApplicationId, IncentiveProgrammeId, IncentiveRewardId, LotId, PartyId, RoomId, TenantId,
};
use tuiliu_domain::incentive::{
    AbuseReason, Award, DebtKind, Figures, ProgrammeTerms, RewardState, Task, findings, month_of, net,
};
use tuiliu_domain::limits::EXPORT_ROWS_MAX;
use tuiliu_domain::message::MessageTopic;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_domain::promotion::{Goal, PlacementName};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{DebtEntry, RewardPage, RewardRow, StoreError, Tx};

use super::text;
use crate::access::{of_party, of_tenant};
use crate::app::{App, Shell};
use crate::coupon::grant_each;
use crate::error::CommandError;
use crate::notice::time_text;
use crate::outcome;

/// Before the codes of reasons, where a measure in force keeps a reward back: lifting it lets the reward go.
pub(super) const BY_MEASURE: &str = "measure";

/// Something that was achieved.
pub(super) struct Earned<'e> {
    pub(super) tenant: TenantId,
    pub(super) programme: IncentiveProgrammeId,
    pub(super) edition: u32,
    pub(super) terms: &'e ProgrammeTerms,
    pub(super) party: PartyId,
    pub(super) task: Task,
    pub(super) award: Award,
    /// By which it was achieved.
    pub(super) figures: &'e Figures,
    pub(super) room: Option<RoomId>,
    pub(super) application: Option<IncentiveApplicationId>,
    /// From when on the coupons can be used.
    pub(super) valid_from: Timestamp,
    /// The month whose quota was taken from when the application came in, with the number of coupons taken.
    pub(super) reserved: Option<(i64, u32)>,
}

/// A reward with its coupons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewardView {
    pub row: RewardRow,
    pub coupons: Vec<LotId>,
}

/// Which rewards to list.
#[derive(Debug, Clone, Copy)]
pub struct RewardList {
    /// Whose; `None` is everybody, or one's own for whoever may look at nobody else's.
    pub party: Option<PartyId>,
    /// The last one of the page before.
    pub before: Option<IncentiveRewardId>,
    pub limit: u32,
}

/// Rewards a task, once: `None` when it was rewarded before.
pub(super) fn issue(shell: &Shell, tx: &mut Tx<'_>, earned: &Earned<'_>) -> Result<Option<RewardRow>, StoreError> {
    let (tenant, party, now) = (earned.tenant, earned.party, shell.now());
    let task = earned.task.key();
    if tx.reward_of_task(earned.programme, party, &task)?.is_some() {
        return Ok(None);
    }
    let reasons = kept_back_by(shell, tx, (tenant, party), earned.figures)?;
    let mut row = RewardRow {
        id: shell.id(),
        tenant,
        programme: earned.programme,
        edition: earned.edition,
        party,
        task,
        application: earned.application,
        room: earned.room,
        state: RewardState::Withheld,
        month: earned.reserved.map_or_else(|| month_of(now), |(month, _)| month),
        coupons: earned.award.coupons,
        points: earned.award.total(),
        netted_points: 0,
        reasons,
        figures: text::write_figures(earned.figures).to_string(),
        at: now,
    };
    let coupons = if row.reasons.is_empty() {
        settle(shell, tx, &mut row, (earned.terms, earned.valid_from, earned.reserved))?
    } else {
        give_back(tx, &row, (earned.reserved, 0))?;
        Vec::new()
    };
    tx.add_incentive_reward(&row)?;
    tell(shell, tx, &row, (&earned.terms.title, &coupons))?;
    Ok(Some(row))
}

/// Gives what was kept back by a measure that is lifted.
pub(super) fn release(
    shell: &Shell,
    tx: &mut Tx<'_>,
    mut row: RewardRow,
    terms: &ProgrammeTerms,
) -> Result<(), StoreError> {
    row.month = month_of(shell.now());
    let coupons = settle(shell, tx, &mut row, (terms, shell.now(), None))?;
    tx.settle_reward(&row, RewardState::Withheld)?;
    tell(shell, tx, &row, (&terms.title, &coupons))
}

/// Why a reward is kept back: codes, after [`BY_MEASURE`] when measures in force do it; empty when nothing does.
fn kept_back_by(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (tenant, party): (TenantId, PartyId),
    figures: &Figures,
) -> Result<String, StoreError> {
    let policy = shell.policy(tx, tenant)?;
    let codes = |reasons: Vec<AbuseReason>| reasons.into_iter().map(AbuseReason::code).collect::<Vec<_>>();
    let found = codes(findings(figures, &policy.incentive));
    if !found.is_empty() {
        return Ok(found.join(" "));
    }
    let measures = tx.measures_in_force(tenant, party, shell.now())?;
    let taken = codes(measures.iter().map(|measure| measure.reason).collect());
    Ok(if taken.is_empty() { String::new() } else { format!("{BY_MEASURE} {}", taken.join(" ")) })
}

/// Pays the debt, takes the quota, grants the coupons; the row says what it came to.
fn settle(
    shell: &Shell,
    tx: &mut Tx<'_>,
    row: &mut RewardRow,
    (terms, valid_from, reserved): (&ProgrammeTerms, Timestamp, Option<(i64, u32)>),
) -> Result<Vec<Coupon>, StoreError> {
    let (tenant, party, now) = (row.tenant, row.party, shell.now());
    let each = row.points.checked_div(i64::from(row.coupons)).unwrap_or(0);
    let award = Award { points: each, coupons: row.coupons };
    let (netted, left) = net(row.points, tx.owed_points(tenant, party)?);
    let faces = award.faces(left);
    let coupons = u32::try_from(faces.len()).unwrap_or(u32::MAX);
    let max = terms.coupons_per_month.unwrap_or(u32::MAX);
    let is_covered = reserved.is_some() || coupons == 0 || tx.take_quota((row.programme, row.month), coupons, max)?;
    if !is_covered {
        row.state = RewardState::OverQuota;
        return Ok(Vec::new());
    }
    give_back(tx, row, (reserved, coupons))?;
    row.state = RewardState::Issued;
    row.coupons = coupons;
    row.netted_points = netted;
    if netted > 0 {
        let (measure, reward) = (None, Some(row.id));
        let entry =
            DebtEntry { tenant, party, number: 0, kind: DebtKind::Netted, points: -netted, measure, reward, at: now };
        tx.add_debt_entry(&entry)?;
    }
    let policy = shell.policy(tx, tenant)?;
    let validity_ms = terms.coupon.validity_ms.unwrap_or(policy.coupon.task_reward_validity_ms);
    let coupon = |(number, face): (u64, &i64)| Coupon {
        lot: row.id.child(number),
        tenant,
        owner: party,
        terms: CouponTerms {
            kind: CouponKind::TrafficCoupon,
            points: Amount::new(*face),
            conditions: terms.coupon.conditions.clone(),
            valid_from,
            valid_to: valid_from.plus_ms(validity_ms),
        },
        parent: None,
    };
    let granted: Vec<Coupon> = (1..).zip(&faces).map(coupon).collect();
    if !granted.is_empty() {
        // One command for each reward: the ledger carries it out once, whatever is repeated.
        let command: CommandId = row.id.child(0);
        grant_each(shell, tx, (tenant, command), &granted)?;
    }
    for coupon in &granted {
        tx.add_reward_coupon(row.id, coupon.lot)?;
    }
    Ok(granted)
}

/// Gives back to the quota what was reserved and is not used.
fn give_back(tx: &mut Tx<'_>, row: &RewardRow, (reserved, used): (Option<(i64, u32)>, u32)) -> Result<(), StoreError> {
    match reserved {
        Some((month, taken)) if taken > used => tx.return_quota((row.programme, month), taken - used),
        _ => Ok(()),
    }
}

/// Tells the account what came of it, with its coupons and their data (IN-09).
fn tell(
    shell: &Shell,
    tx: &mut Tx<'_>,
    row: &RewardRow,
    (title, coupons): (&str, &[Coupon]),
) -> Result<(), StoreError> {
    let topic = match row.state {
        RewardState::Issued => MessageTopic::RewardIssued,
        RewardState::OverQuota => MessageTopic::RewardOverQuota,
        RewardState::Withheld | RewardState::TakenBack => MessageTopic::RewardWithheld,
    };
    let coupon = |coupon: &Coupon| {
        json!({
            "coupon": coupon.lot.to_string(), "points": coupon.terms.points.units(),
            "product": coupon.terms.conditions.product.code(), "goal": coupon.terms.conditions.goal.map(Goal::code),
            "placement": coupon.terms.conditions.placement.as_ref().map(PlacementName::as_str),
            "valid_from": time_text(coupon.terms.valid_from), "valid_to": time_text(coupon.terms.valid_to),
        })
    };
    let figures: serde_json::Value = serde_json::from_str(&row.figures).unwrap_or_default();
    let body = json!({
        "reward": row.id.to_string(), "programme": row.programme.to_string(), "title": title, "task": row.task,
        "room": row.room.map(|room| room.to_string()), "points": row.points, "netted_points": row.netted_points,
        "coupons": coupons.iter().map(coupon).collect::<Vec<_>>(), "figures": figures,
        "reasons": row.reasons.split_whitespace().collect::<Vec<_>>(),
    });
    shell.send_message(tx, (row.tenant, row.party), topic, &body)?;
    if row.state == RewardState::Issued {
        let (reward, party, points) = (row.id, row.party, row.points);
        let event = Event::IncentiveRewarded { reward, party, points, coupons: row.coupons };
        outcome::tell(shell, tx, row.tenant, &[event]);
    }
    Ok(())
}

fn seen(tx: &mut Tx<'_>, row: RewardRow) -> Result<RewardView, StoreError> {
    let coupons = tx.reward_coupons(row.id)?;
    Ok(RewardView { row, coupons })
}

/// Whose things the actor lists by this action: their own where they may look at nobody else's.
pub(super) fn listed_party(
    actor: &Actor,
    action: Action,
    party: Option<PartyId>,
) -> Result<Option<PartyId>, CommandError<Infallible>> {
    let party = match actor.reach(action) {
        Some(Reach::Own | Reach::Consented) => party.or(Some(actor.party)),
        Some(Reach::Tenant) | None => party,
    };
    match party {
        Some(party) => actor.may(action, &of_party(actor.tenant, party))?,
        None => actor.may(action, &of_tenant(actor.tenant))?,
    }
    Ok(party)
}

impl App {
    /// A page of rewards, newest first.
    pub async fn incentive_rewards(
        &self,
        actor: Actor,
        list: RewardList,
    ) -> Result<Vec<RewardView>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let RewardList { party, before, limit } = list;
            let party = listed_party(&actor, Action::ReadIncentive, party)?;
            let rows = tx.incentive_rewards(RewardPage { tenant: actor.tenant, party, before, limit })?;
            Ok(rows.into_iter().map(|row| seen(tx, row)).collect::<Result<_, _>>()?)
        })
        .await
    }

    /// One reward.
    pub async fn incentive_reward(
        &self,
        actor: Actor,
        id: IncentiveRewardId,
    ) -> Result<RewardView, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let row = tx.incentive_reward(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
            readable(&actor, Action::ReadIncentive, row.party)?;
            Ok(seen(tx, row)?)
        })
        .await
    }

    /// Rewards as a file of values separated by commas, newest first; no more than one file may have.
    pub async fn export_incentive_rewards(
        &self,
        actor: Actor,
        party: Option<PartyId>,
    ) -> Result<Vec<u8>, CommandError<Infallible>> {
        let rows = self
            .read(move |_, tx| {
                let party = listed_party(&actor, Action::ReadIncentive, party)?;
                let limit = u32::try_from(EXPORT_ROWS_MAX).expect("the limit is small");
                Ok(tx.incentive_rewards(RewardPage { tenant: actor.tenant, party, before: None, limit })?)
            })
            .await?;
        let lines = rows.iter().map(|row| {
            vec![
                row.id.to_string(),
                row.programme.to_string(),
                row.edition.to_string(),
                row.party.to_string(),
                row.task.clone(),
                row.state.code().to_owned(),
                row.month.to_string(),
                row.coupons.to_string(),
                row.points.to_string(),
                row.netted_points.to_string(),
                row.reasons.clone(),
                time_text(row.at),
            ]
        });
        let headings = [
            "reward",
            "programme",
            "edition",
            "party",
            "task",
            "state",
            "month",
            "coupons",
            "points",
            "netted_points",
            "reasons",
            "at",
        ];
        Ok(separated(&headings, lines)?)
    }
}

/// Lets nobody learn of another's thing that it is there.
pub(super) fn readable<R: std::error::Error>(
    actor: &Actor,
    action: Action,
    party: PartyId,
) -> Result<(), CommandError<R>> {
    match actor.may(action, &of_party(actor.tenant, party)) {
        Ok(()) => Ok(()),
        Err(_) if actor.reach(action).is_some() => Err(CommandError::NotFound),
        Err(forbidden) => Err(forbidden.into()),
    }
}

/// A file of values separated by commas, marked as UTF-8 for spreadsheets.
pub(super) fn separated(headings: &[&str], lines: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, StoreError> {
    let failed = |fault: csv::Error| StoreError::Panicked { reason: fault.to_string() };
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    writer.write_record(headings).map_err(failed)?;
    for line in lines {
        writer.write_record(&line).map_err(failed)?;
    }
    writer.flush().map_err(|fault| StoreError::Panicked { reason: fault.to_string() })?;
    drop(writer);
    Ok(bytes)
}
