//! Guarantees as buyer, creator and staff see them, and what operators decide (GB-04, GB-10, GB-11).

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::guarantee::{Decision, FreezeServiceError, GuaranteeService, PlaysReading, Ruling, ServiceState};
use tuiliu_domain::id::{GuaranteeServiceId, PartyId};
use tuiliu_domain::limits::GUARANTEE_REASON_BYTES_MAX;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_measure::approximate::{approximate, round_to_whole};
use tuiliu_store::{CreatorVideoRow, DecisionRow, GuaranteePage, GuaranteesOf, StoreError, Tx};

use super::book::whole_fen;
use super::quote::QuotedVideo;
use super::video::plays_by;
use super::{save_unrefused, service_for};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// A guarantee with everything about it.
#[derive(Debug, Clone, PartialEq)]
pub struct GuaranteeView {
    pub service: GuaranteeService,
    /// The videos that its quote rests on (GB-02).
    pub videos: Vec<QuotedVideo>,
    pub decisions: Vec<DecisionRow>,
    pub video: Option<CreatorVideoRow>,
    pub progress: Option<GuaranteeProgress>,
    /// Plays that help brought, and what it cost the platform, in fen (GB-09).
    pub help: (u64, Amount),
}

/// How far a published video has come (GB-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuaranteeProgress {
    /// The last reading, with what was left out and why (GB-10).
    pub reading: Option<PlaysReading>,
    /// Valid plays that a video on its way to the target has now.
    pub expected_now: u64,
    /// Valid plays that it will have at the end, if it goes on like others.
    pub forecast: Option<u64>,
    /// Whether the growth was measured here; otherwise it is assumed.
    pub is_measured: bool,
}

/// Which guarantees to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuaranteeFilter {
    /// Only those of this buyer or creator.
    pub party: Option<PartyId>,
    /// Bought on their videos instead of by them.
    pub as_creator: bool,
    /// Only those that wait for an operator; for staff, whosever they are.
    pub only_frozen: bool,
    pub before: Option<GuaranteeServiceId>,
    pub limit: u32,
}

/// Decides a frozen guarantee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideGuarantee {
    pub service: GuaranteeServiceId,
    pub decision: Decision,
    pub reason: String,
}

/// Why nothing was decided.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecideGuaranteeRefusal {
    #[error("decide without a reason, or with one of more than `{max}` bytes")]
    BadReason { max: usize },
    #[error(transparent)]
    Decide(#[from] FreezeServiceError),
}

impl Shell {
    /// Decides a frozen guarantee in the caller's transaction; the decision and its reason are kept (GB-11).
    pub fn decide_guarantee(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &DecideGuarantee,
    ) -> Result<GuaranteeService, CommandError<DecideGuaranteeRefusal>> {
        let DecideGuarantee { service: id, decision, reason } = command;
        let service = service_for(tx, actor, *id, Action::DecideGuarantee)?;
        let (reason, max, now) = (reason.trim(), GUARANTEE_REASON_BYTES_MAX, self.now());
        if reason.is_empty() || reason.len() > max {
            return Err(CommandError::Refused(DecideGuaranteeRefusal::BadReason { max }));
        }
        let plays = match service.state {
            ServiceState::Frozen { video, ends_at, .. } => plays_by(tx, video, ends_at.min(now))?,
            _ => 0,
        };
        let ruling = Ruling { decision: *decision, plays };
        let outcome = service.decide(ruling, self.calendar(), now);
        let outcome = outcome.map_err(|error| CommandError::Refused(error.into()))?;
        let service = save_unrefused(self, tx, outcome)?;
        tx.add_guarantee_decision(&DecisionRow {
            service: *id,
            at: now,
            party: actor.party,
            decision: *decision,
            plays,
            reason: reason.to_owned(),
        })?;
        Ok(service)
    }

    pub(crate) fn guarantee_view(
        &self,
        tx: &mut Tx<'_>,
        service: GuaranteeService,
    ) -> Result<GuaranteeView, StoreError> {
        let mut videos = Vec::new();
        for evidence in tx.guarantee_evidence(service.id)? {
            if let Some(row) = tx.creator_video(service.tenant, evidence.video)? {
                let (external_id, published_at) = (row.external_id, row.published_at);
                videos.push(QuotedVideo { video: row.id, external_id, published_at, plays: evidence.plays });
            }
        }
        let video = match service.state.video() {
            Some(video) => tx.creator_video(service.tenant, video)?,
            None => None,
        };
        let progress = match &video {
            Some(video) => Some(self.guarantee_progress(tx, &service, video)?),
            None => None,
        };
        let (help_plays, help_cost) = tx.guarantee_help(service.id)?;
        let (decisions, help) = (tx.guarantee_decisions(service.id)?, (help_plays, whole_fen(help_cost)));
        Ok(GuaranteeView { service, videos, decisions, video, progress, help })
    }

    pub(crate) fn guarantee_progress(
        &self,
        tx: &mut Tx<'_>,
        service: &GuaranteeService,
        video: &CreatorVideoRow,
    ) -> Result<GuaranteeProgress, StoreError> {
        let (basis, now) = (self.quotes.basis(service.tenant), self.now());
        let ends_at = video.published_at.plus_ms(service.terms.term_ms);
        let reading = tx.last_plays_reading(video.id, ends_at.min(now))?;
        let (curve, is_measured) = basis.curve.or_assumed();
        let grown = |at: Timestamp| curve.at(days(video.published_at, at.min(ends_at)));
        let expected = grown(now).map_or(0.0, |share| approximate(service.terms.expected_plays) * share.exp());
        let forecast =
            reading.and_then(|reading| Some(round_to_whole(approximate(reading.valid()) / grown(reading.at)?.exp())));
        Ok(GuaranteeProgress {
            reading,
            expected_now: u64::try_from(round_to_whole(expected)).unwrap_or_default(),
            forecast: forecast.map(|plays| u64::try_from(plays).unwrap_or_default()),
            is_measured,
        })
    }
}

fn days(from: Timestamp, to: Timestamp) -> f64 {
    approximate(u64::try_from(to.since_ms(from)).unwrap_or_default()) / approximate(DAY_MS.unsigned_abs())
}

impl App {
    /// One guarantee, for its buyer, its creator and staff.
    pub async fn guarantee(
        &self,
        actor: Actor,
        id: GuaranteeServiceId,
    ) -> Result<GuaranteeView, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let service = service_for(tx, &actor, id, Action::ReadGuarantee)?;
            Ok(shell.guarantee_view(tx, service)?)
        })
        .await
    }

    /// A page of guarantees that the actor may see, newest first; without a filter, staff see all and others their own.
    pub async fn guarantees(
        &self,
        actor: Actor,
        filter: GuaranteeFilter,
    ) -> Result<Vec<GuaranteeService>, CommandError<Infallible>> {
        let GuaranteeFilter { party, as_creator, only_frozen, before, limit } = filter;
        self.read(move |_, tx| {
            let reach = actor.reach(Action::ReadGuarantee).ok_or(CommandError::Forbidden)?;
            let of = match party {
                None if reach == Reach::Tenant && only_frozen => GuaranteesOf::Frozen,
                None if reach == Reach::Tenant => GuaranteesOf::Everybody,
                party => {
                    let party = party.unwrap_or(actor.party);
                    actor.may(Action::ReadGuarantee, &crate::access::of_party(actor.tenant, party))?;
                    if as_creator { GuaranteesOf::Creator(party) } else { GuaranteesOf::Buyer(party) }
                }
            };
            Ok(tx.guarantee_services_before(GuaranteePage { tenant: actor.tenant, of, before, limit })?)
        })
        .await
    }

    /// [`Shell::decide_guarantee`] in a transaction of its own.
    pub async fn decide_guarantee(
        &self,
        actor: Actor,
        command: DecideGuarantee,
    ) -> Result<GuaranteeService, CommandError<DecideGuaranteeRefusal>> {
        self.write(move |shell, tx| shell.decide_guarantee(tx, &actor, &command)).await
    }
}
