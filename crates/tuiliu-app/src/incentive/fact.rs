//! What the host tells of broadcasts and accounts, beside what this platform saw of them.

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::id::{PartyId, RoomId, TenantId};
use tuiliu_domain::incentive::{
    AccountFacts, BroadcastCounts, BroadcastFacts, FactSource, FactsError, Figure, Figures, MarkKind, RoomHistory,
    Standing,
};
use tuiliu_domain::limits::INCENTIVE_MARKS_MAX;
use tuiliu_domain::live::{Room, RoomState};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::rollup::Count;
use tuiliu_store::{BroadcastFactRow, PartyRow, StoreError, Tx};

use super::{inconsistent, text};
use crate::access::of_party;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Tells the counts of a broadcast; what is told again takes the place of what was told before.
#[derive(Debug, Clone, Copy)]
pub struct ReportBroadcastFacts {
    pub room: RoomId,
    pub counts: BroadcastCounts,
    /// The counts before settlement grow no more.
    pub is_final: bool,
}

/// Tells by which keyed hashes an account can be known again, for each kind named; these and no others (IN-13).
#[derive(Debug, Clone)]
pub struct ReportMarks {
    pub party: PartyId,
    pub marks: Vec<(MarkKind, Vec<[u8; 32]>)>,
}

/// What is known of a broadcast.
#[derive(Debug, Clone, PartialEq)]
pub struct BroadcastFactsView {
    pub facts: BroadcastFacts,
    pub is_final: bool,
    pub told_at: Timestamp,
    /// Every number with who says so, as JSON.
    pub figures: serde_json::Value,
}

/// What is known of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountFactsView {
    pub standing: Standing,
    /// Every number with who says so, as JSON.
    pub figures: serde_json::Value,
}

/// Why facts are not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReportFactsRefusal {
    #[error("tell facts of a broadcast that has not started")]
    NotStarted,
    #[error(transparent)]
    Facts(#[from] FactsError),
    #[error("tell more than `{max}` marks of one kind")]
    TooManyMarks { max: usize },
}

impl Shell {
    /// Takes in the counts of a broadcast in the caller's transaction; programmes look at it soon.
    pub fn report_broadcast_facts(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &ReportBroadcastFacts,
    ) -> Result<BroadcastFactsView, CommandError<ReportFactsRefusal>> {
        let room = tx.room(command.room)?.ok_or(CommandError::NotFound)?;
        actor.may(Action::ReportAccountFacts, &room.owned())?;
        command.counts.check().map_err(|error| CommandError::Refused(error.into()))?;
        let seen = of_room(&room, command.counts).ok_or(CommandError::Refused(ReportFactsRefusal::NotStarted))?;
        let (is_final, told_at) = (command.is_final, self.now());
        let known = tx.broadcast_fact(room.id)?;
        let version = known.map_or(1, |row| row.version);
        let row = BroadcastFactRow {
            tenant: room.tenant,
            facts: seen,
            // What was final once stays so: later telling is of settlement and refunds.
            is_final: is_final || known.is_some_and(|row| row.is_final),
            told_at,
            look_at: told_at,
            is_judged: false,
            version,
        };
        if known.is_some() {
            tx.update_broadcast_fact(&row)?
        } else {
            tx.add_broadcast_fact(&row)?
        }
        let facts = refreshed(tx, &row, told_at)?;
        Ok(view(&BroadcastFactRow { facts, ..row }, told_at))
    }

    /// Takes in what the host tells of an account in the caller's transaction.
    pub fn report_standing(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        (party, standing): (PartyId, Standing),
    ) -> Result<AccountFactsView, CommandError<ReportFactsRefusal>> {
        let tenant = actor.tenant;
        actor.may(Action::ReportAccountFacts, &of_party(tenant, party))?;
        let row = tx.party(tenant, party)?.ok_or(CommandError::NotFound)?;
        let now = self.now();
        standing.check(now).map_err(|error| CommandError::Refused(error.into()))?;
        tx.set_account_standing((tenant, party), &text::write_standing(&standing), now)?;
        Ok(account_view(&account_facts(tx, &row)?, now))
    }

    /// Takes in an account's marks in the caller's transaction.
    pub fn report_marks(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &ReportMarks,
    ) -> Result<(), CommandError<ReportFactsRefusal>> {
        let tenant = actor.tenant;
        actor.may(Action::ReportAccountFacts, &of_party(tenant, command.party))?;
        tx.party(tenant, command.party)?.ok_or(CommandError::NotFound)?;
        for (kind, hashes) in &command.marks {
            if hashes.len() > INCENTIVE_MARKS_MAX {
                let refusal = ReportFactsRefusal::TooManyMarks { max: INCENTIVE_MARKS_MAX };
                return Err(CommandError::Refused(refusal));
            }
            tx.set_account_marks((tenant, command.party), *kind, hashes, self.now())?;
        }
        Ok(())
    }
}

/// What is known of a broadcast: its times and its cart as this platform saw them, and these counts.
fn of_room(room: &Room, counts: BroadcastCounts) -> Option<BroadcastFacts> {
    let (started_at, had_cart) = room.state.start()?;
    let ended_at = match room.state {
        RoomState::Ended { ended_at, .. } => Some(ended_at),
        RoomState::Planned | RoomState::Live { .. } | RoomState::Interrupted { .. } => None,
    };
    let sold = had_cart || room.cart.first_mounted_at.is_some();
    Some(BroadcastFacts {
        room: room.id,
        creator: room.creator,
        started_at,
        ended_at,
        times: FactSource::Measured,
        sells: sold.then_some(FactSource::Measured),
        counts,
    })
}

/// Follows a broadcast that has ended: programmes look at what was told of it, or, when nothing was, at what this
/// platform counted once its sales are in.
pub(crate) fn follow_room(shell: &Shell, tx: &mut Tx<'_>, room: &Room) -> Result<(), StoreError> {
    let now = shell.now();
    if tx.look_again_at_broadcast(room.id, now)? {
        return Ok(());
    }
    let Some(facts) = of_room(room, BroadcastCounts::default()) else { return Ok(()) };
    let look_at = final_at(shell, tx, room.tenant, facts.ended_at.unwrap_or(now))?;
    let tenant = room.tenant;
    tx.add_broadcast_fact(&BroadcastFactRow {
        tenant,
        facts,
        is_final: false,
        told_at: now,
        look_at,
        is_judged: false,
        version: 1,
    })
}

/// From when on what is known of a broadcast is taken as final, whether or not the host says so: its window of
/// commerce is over (TP-23).
pub(super) fn final_at(
    shell: &Shell,
    tx: &mut Tx<'_>,
    tenant: TenantId,
    ended_at: Timestamp,
) -> Result<Timestamp, StoreError> {
    Ok(ended_at.plus_ms(shell.policy(tx, tenant)?.charge.commerce_window_ms))
}

/// The facts of a row with what its room has come to since, and with what this platform counted where the host did not
/// tell.
pub(super) fn refreshed(tx: &mut Tx<'_>, row: &BroadcastFactRow, now: Timestamp) -> Result<BroadcastFacts, StoreError> {
    let Some(room) = tx.room(row.facts.room)? else { return Ok(row.facts) };
    let counted = measured(tx, &room, now)?;
    Ok(of_room(&room, row.facts.counts.over(&counted)).unwrap_or(row.facts))
}

/// What this platform counted of a broadcast; nothing where no event told of it.
fn measured(tx: &mut Tx<'_>, room: &Room, now: Timestamp) -> Result<BroadcastCounts, StoreError> {
    let Some(seen) = crate::report::broadcast_facts(tx, room, now)? else { return Ok(BroadcastCounts::default()) };
    let all = seen.sums.all();
    let counted = |is_known: bool, value: i64| is_known.then_some(Figure::measured(value.max(0)));
    let (watched, sold) = (seen.viewers() > 0, seen.paid_fen() > 0);
    let listed = all.get(Count::ProductsListed);
    Ok(BroadcastCounts {
        viewers: counted(watched, seen.viewers()),
        own_viewers: counted(watched, seen.sums.natural.get(Count::Viewers).min(seen.viewers())),
        follower_gain: watched.then_some(Figure::measured(seen.follower_gain())),
        paid_gmv_fen: counted(sold, seen.paid_fen()),
        settled_gmv_fen: counted(sold, seen.settled_fen()),
        refunded_fen: counted(sold, seen.refunded_fen()),
        complaints: None,
        products_listed: counted(listed > 0, listed),
        products_sold: counted(listed > 0, all.get(Count::ProductsSold).min(listed)),
    })
}

/// Everything known of an account.
pub(super) fn account_facts(tx: &mut Tx<'_>, party: &PartyRow) -> Result<AccountFacts, StoreError> {
    let (tenant, id) = (party.tenant, party.id);
    let last = tx.last_started_room(tenant, id)?;
    let first = match tx.first_started_room(tenant, id)? {
        Some(first) => tx.room(first)?,
        None => None,
    };
    let started = |room: &Option<Room>| room.as_ref().and_then(|room| room.state.start());
    let rooms = RoomHistory {
        first: started(&first).map(|(at, _)| at),
        last: last.as_ref().and_then(|room| room.times.ended.or(room.state.start().map(|(at, _)| at))),
        sold: last.as_ref().is_some_and(|room| room.cart.first_mounted_at.is_some()),
    };
    Ok(AccountFacts::of(rooms, standing_of(tx, tenant, id)?, party.credit_score))
}

fn standing_of(tx: &mut Tx<'_>, tenant: TenantId, party: PartyId) -> Result<Standing, StoreError> {
    let Some(body) = tx.account_standing(tenant, party)? else { return Ok(Standing::default()) };
    text::read_standing(&body).map_err(|fault| inconsistent(format!("standing of {party}"), fault.reason))
}

fn view(row: &BroadcastFactRow, now: Timestamp) -> BroadcastFactsView {
    let figures: Figures = row.facts.figures(now);
    BroadcastFactsView {
        facts: row.facts,
        is_final: row.is_final,
        told_at: row.told_at,
        figures: text::write_figures(&figures),
    }
}

fn account_view(facts: &AccountFacts, now: Timestamp) -> AccountFactsView {
    AccountFactsView { standing: facts.standing, figures: text::write_figures(&facts.figures(now)) }
}

impl App {
    /// [`Shell::report_broadcast_facts`] in a transaction of its own.
    pub async fn report_broadcast_facts(
        &self,
        actor: Actor,
        command: ReportBroadcastFacts,
    ) -> Result<BroadcastFactsView, CommandError<ReportFactsRefusal>> {
        self.write(move |shell, tx| shell.report_broadcast_facts(tx, &actor, &command)).await
    }

    /// [`Shell::report_standing`] in a transaction of its own.
    pub async fn report_standing(
        &self,
        actor: Actor,
        party: PartyId,
        standing: Standing,
    ) -> Result<AccountFactsView, CommandError<ReportFactsRefusal>> {
        self.write(move |shell, tx| shell.report_standing(tx, &actor, (party, standing))).await
    }

    /// [`Shell::report_marks`] in a transaction of its own.
    pub async fn report_marks(
        &self,
        actor: Actor,
        command: ReportMarks,
    ) -> Result<(), CommandError<ReportFactsRefusal>> {
        self.write(move |shell, tx| shell.report_marks(tx, &actor, &command)).await
    }

    /// What is known of a broadcast.
    pub async fn broadcast_facts(
        &self,
        actor: Actor,
        room: RoomId,
    ) -> Result<BroadcastFactsView, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let room = tx.room(room)?.ok_or(CommandError::NotFound)?;
            actor.may(Action::ReadIncentive, &room.owned())?;
            let row = tx.broadcast_fact(room.id)?.ok_or(CommandError::NotFound)?;
            let now = shell.now();
            let facts = refreshed(tx, &row, now)?;
            Ok(view(&BroadcastFactRow { facts, ..row }, now))
        })
        .await
    }

    /// What is known of an account.
    pub async fn account_facts(
        &self,
        actor: Actor,
        party: PartyId,
    ) -> Result<AccountFactsView, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadIncentive, &of_party(actor.tenant, party))?;
            let row = tx.party(actor.tenant, party)?.ok_or(CommandError::NotFound)?;
            Ok(account_view(&account_facts(tx, &row)?, shell.now()))
        })
        .await
    }
}
