//! What the host tells of creators: prices, videos, plays (GB-04, GB-10, GB-11).

use thiserror::Error;
use tuiliu_domain::guarantee::{
    FreezeCause, FreezeServiceError, PlaysReading, PublishServiceError, ReadingError, ServiceState,
};
use tuiliu_domain::id::{CreatorVideoId, GuaranteeServiceId, PartyId};
use tuiliu_domain::limits::{GUARANTEE_READINGS_TOLD_MAX, ROOM_TEXT_BYTES_MAX};
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor, Role};
use tuiliu_domain::review::Visibility;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::video::{Video, VideoState as DomainState};
use tuiliu_store::{CreatorVideoRow, StoreError, Tx, VideoState};

use super::{save_unrefused, service_for};
use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// What a creator is paid for a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetCreatorPrice {
    pub creator: PartyId,
    /// In fen.
    pub fixed_price: Amount,
}

/// Why a price was not set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SetPriceRefusal {
    #[error("find a creator with this id")]
    NoCreator,
    #[error("set a fixed price of `{fen}` fen: it must be from `1` to `{max}`")]
    OutOfRange { fen: i64, max: i64 },
}

/// A creator's video as the host sees it; told again, its state may be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportVideo {
    pub external_id: String,
    pub creator: PartyId,
    pub published_at: Timestamp,
    pub state: VideoState,
    /// The guarantee that was bought on this video; its publication starts the clock (GB-04).
    pub service: Option<GuaranteeServiceId>,
}

/// Why a video was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReportVideoRefusal {
    #[error("find a creator with this id")]
    NoCreator,
    #[error("name a video by nothing, or by more than `{max}` bytes")]
    BadName { max: usize },
    #[error("change the creator or the publication of a video")]
    Changed,
    #[error("tell of a video that is published in the future")]
    InTheFuture,
    #[error("find a guarantee on this creator with this id")]
    NoService,
    #[error(transparent)]
    Publish(#[from] PublishServiceError),
}

/// Readings of one video's plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPlays {
    pub external_id: String,
    pub readings: Vec<PlaysReading>,
}

/// Why readings were not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReportPlaysRefusal {
    #[error("tell `{readings}` readings at once: it must be from 1 to `{max}`")]
    BadCount { readings: usize, max: usize },
    #[error(transparent)]
    Reading(#[from] ReadingError),
}

impl Shell {
    /// Takes a video in, in the caller's transaction: starts the guarantee bought on it, freezes those it breaks.
    pub fn report_video(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &ReportVideo,
    ) -> Result<CreatorVideoRow, CommandError<ReportVideoRefusal>> {
        actor.may(Action::ReportVideo, &of_tenant(actor.tenant))?;
        let ReportVideo { external_id, creator, published_at, state, service } = command;
        let known = tx.creator_video_of(actor.tenant, external_id)?;
        let row = match known {
            Some(row) if (row.creator, row.published_at) != (*creator, *published_at) => {
                return Err(CommandError::Refused(ReportVideoRefusal::Changed));
            }
            Some(row) => self.creator_video_becomes(tx, row, *state)?,
            None => self.new_video(tx, actor, command)?,
        };
        if let Some(service) = service {
            self.publish(tx, actor, *service, &row)?;
        }
        self.freeze_for(tx, &row)?;
        Ok(row)
    }

    /// Follows a video that was told of with all its content: one that viewers cannot see any more freezes the
    /// guarantees that count its plays, though its host told of it only there (GB-11).
    pub(crate) fn guarantees_follow(&self, tx: &mut Tx<'_>, video: &Video) -> Result<(), StoreError> {
        let state = match (video.state, video.content.visibility) {
            (DomainState::Removed { .. }, _) => VideoState::Withdrawn(FreezeCause::Deleted),
            (DomainState::Draft, _) | (_, Visibility::Public) => return Ok(()),
            _ => VideoState::Withdrawn(FreezeCause::Hidden),
        };
        let row = tx.creator_video_of(video.tenant, &video.external_id)?;
        let Some(row) = row.filter(|row| row.creator == video.creator) else { return Ok(()) };
        let row = self.creator_video_becomes(tx, row, state)?;
        self.freeze_for(tx, &row)
    }

    fn creator_video_becomes(
        &self,
        tx: &mut Tx<'_>,
        row: CreatorVideoRow,
        state: VideoState,
    ) -> Result<CreatorVideoRow, StoreError> {
        if row.state == state {
            return Ok(row);
        }
        let changed = CreatorVideoRow { state, changed_at: self.now(), ..row };
        tx.update_creator_video(&changed)?;
        Ok(CreatorVideoRow { version: changed.version + 1, ..changed })
    }

    /// Freezes the guarantees that count the plays of a video that viewers cannot see any more (GB-11).
    fn freeze_for(&self, tx: &mut Tx<'_>, row: &CreatorVideoRow) -> Result<(), StoreError> {
        let VideoState::Withdrawn(cause) = row.state else { return Ok(()) };
        for service in tx.guarantee_services_on(row.id)? {
            match service.freeze(cause, self.now()) {
                Ok(outcome) => {
                    save_unrefused(self, tx, outcome)?;
                }
                // Over, or frozen already: nothing to decide.
                Err(FreezeServiceError::WrongState { .. } | FreezeServiceError::Over { .. }) => {}
                Err(refusal @ FreezeServiceError::NothingMissing { .. }) => unreachable!("{refusal}"),
            }
        }
        Ok(())
    }

    fn new_video(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &ReportVideo,
    ) -> Result<CreatorVideoRow, CommandError<ReportVideoRefusal>> {
        let ReportVideo { external_id, creator, published_at, state, .. } = command;
        let max = ROOM_TEXT_BYTES_MAX;
        if external_id.is_empty() || external_id.len() > max {
            return Err(CommandError::Refused(ReportVideoRefusal::BadName { max }));
        }
        if self.now() < *published_at {
            return Err(CommandError::Refused(ReportVideoRefusal::InTheFuture));
        }
        if tx.party(actor.tenant, *creator)?.is_none_or(|party| party.kind != Role::Creator) {
            return Err(CommandError::Refused(ReportVideoRefusal::NoCreator));
        }
        let row = CreatorVideoRow {
            id: self.id(),
            tenant: actor.tenant,
            creator: *creator,
            external_id: external_id.clone(),
            published_at: *published_at,
            state: *state,
            changed_at: self.now(),
            version: 1,
        };
        tx.add_creator_video(&row)?;
        Ok(row)
    }

    /// Starts a guarantee with this video; told again, nothing happens.
    fn publish(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        id: GuaranteeServiceId,
        row: &CreatorVideoRow,
    ) -> Result<(), CommandError<ReportVideoRefusal>> {
        let service = match service_for::<ReportVideoRefusal>(tx, actor, id, Action::ReadGuarantee) {
            Ok(service) if service.creator == row.creator => service,
            Ok(_) | Err(CommandError::NotFound | CommandError::Forbidden) => {
                return Err(CommandError::Refused(ReportVideoRefusal::NoService));
            }
            Err(other) => return Err(other),
        };
        if service.state.video() == Some(row.id) {
            return Ok(());
        }
        let outcome = service.publish(row.id, row.published_at, self.now());
        let outcome = outcome.map_err(|error| CommandError::Refused(error.into()))?;
        save_unrefused(self, tx, outcome)?;
        Ok(())
    }

    /// Takes readings in, in the caller's transaction, and ends the guarantees whose end they tell.
    pub fn report_plays(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &ReportPlays,
    ) -> Result<(), CommandError<ReportPlaysRefusal>> {
        actor.may(Action::ReportVideo, &of_tenant(actor.tenant))?;
        let ReportPlays { external_id, readings } = command;
        let video = tx.creator_video_of(actor.tenant, external_id)?.ok_or(CommandError::NotFound)?;
        let max = GUARANTEE_READINGS_TOLD_MAX;
        if !(1..=max).contains(&readings.len()) {
            let refusal = ReportPlaysRefusal::BadCount { readings: readings.len(), max };
            return Err(CommandError::Refused(refusal));
        }
        for reading in readings {
            let good = reading.check(video.published_at, self.now());
            let good = good.map_err(|error| CommandError::Refused(error.into()))?;
            tx.add_plays_reading(video.id, &good)?;
        }
        let latest = readings.iter().map(|reading| reading.at).max();
        for service in tx.guarantee_services_on(video.id)? {
            let ServiceState::Running { ends_at, .. } = service.state else { continue };
            if latest.is_some_and(|latest| ends_at <= latest) {
                let plays = plays_by(tx, video.id, ends_at)?;
                if let Ok(outcome) = service.close(plays, self.calendar(), self.now()) {
                    save_unrefused(self, tx, outcome)?;
                }
            }
        }
        Ok(())
    }
}

/// Valid plays of the last reading that was taken by this instant (GB-05, GB-10).
pub(super) fn plays_by(tx: &mut Tx<'_>, video: CreatorVideoId, at: Timestamp) -> Result<u64, StoreError> {
    Ok(tx.last_plays_reading(video, at)?.map_or(0, PlaysReading::valid))
}

impl App {
    /// Sets what a creator is paid for a video.
    pub async fn set_creator_price(
        &self,
        actor: Actor,
        command: SetCreatorPrice,
    ) -> Result<(), CommandError<SetPriceRefusal>> {
        self.write(move |shell, tx| {
            actor.may(Action::ReportVideo, &of_tenant(actor.tenant))?;
            let SetCreatorPrice { creator, fixed_price } = command;
            if tx.party(actor.tenant, creator)?.ok_or(CommandError::NotFound)?.kind != Role::Creator {
                return Err(CommandError::Refused(SetPriceRefusal::NoCreator));
            }
            let max = shell.policy(tx, actor.tenant)?.guarantee.fixed_price_max.units();
            if !(1..=max).contains(&fixed_price.units()) {
                return Err(CommandError::Refused(SetPriceRefusal::OutOfRange { fen: fixed_price.units(), max }));
            }
            Ok(tx.set_creator_price((actor.tenant, creator), fixed_price, shell.now())?)
        })
        .await
    }

    /// [`Shell::report_video`] in a transaction of its own.
    pub async fn report_video(
        &self,
        actor: Actor,
        command: ReportVideo,
    ) -> Result<CreatorVideoRow, CommandError<ReportVideoRefusal>> {
        self.write(move |shell, tx| shell.report_video(tx, &actor, &command)).await
    }

    /// [`Shell::report_plays`] in a transaction of its own.
    pub async fn report_plays(
        &self,
        actor: Actor,
        command: ReportPlays,
    ) -> Result<(), CommandError<ReportPlaysRefusal>> {
        self.write(move |shell, tx| shell.report_plays(tx, &actor, &command)).await
    }
}
