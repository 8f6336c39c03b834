//! Short videos: told of by the host platform, each time with everything there is to know; their orders follow them.

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::event::Outcome;
use tuiliu_domain::id::{PartyId, VideoId};
use tuiliu_domain::party::{Action, Actor, Owned, Reach};
use tuiliu_domain::promotion::Content;
use tuiliu_domain::video::{NewVideo, TellVideoError, Video, VideoReport};
use tuiliu_store::{StoreError, Tx};

use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::outcome;

/// Tells of a video: for the first time, or what is so now.
#[derive(Debug, Clone)]
pub struct TellVideo {
    pub creator: PartyId,
    /// The host's id of the video.
    pub external_id: String,
    pub report: VideoReport,
}

/// Why what is told of a video is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TellVideoRefusal {
    #[error(transparent)]
    Tell(#[from] TellVideoError),
    #[error("tell of a video of a creator who is not there")]
    NoCreator,
    #[error("tell of the video `{external_id}` as somebody else's")]
    OtherCreator { external_id: String },
}

/// A page of videos, newest first.
#[derive(Debug, Clone, Copy)]
pub struct VideoFilter {
    /// Only this creator's.
    pub creator: Option<PartyId>,
    pub before: Option<VideoId>,
    pub limit: u32,
}

impl Shell {
    /// Takes in what is told of a video in the caller's transaction; the video's orders follow at once.
    pub fn tell_video(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &TellVideo,
    ) -> Result<Video, CommandError<TellVideoRefusal>> {
        let owner = Owned { tenant: actor.tenant, owner: command.creator, co_owner: None };
        actor.may(Action::TellVideo, &owner)?;
        let refuse = |refusal| CommandError::Refused(refusal);
        if let Some(video) = tx.video_by_external_id(actor.tenant, &command.external_id)? {
            if video.creator != command.creator {
                let external_id = command.external_id.clone();
                return Err(refuse(TellVideoRefusal::OtherCreator { external_id }));
            }
            // Locked, so that a twin waits for what this one decides.
            let video = tx.video(video.id)?.unwrap_or(video);
            let outcome = video.tell(command.report.clone(), self.now()).map_err(|error| refuse(error.into()))?;
            return Ok(save_video(self, tx, outcome)?);
        }
        if tx.party(actor.tenant, command.creator)?.is_none() {
            return Err(refuse(TellVideoRefusal::NoCreator));
        }
        let new = NewVideo {
            id: self.id(),
            tenant: actor.tenant,
            creator: command.creator,
            external_id: command.external_id.clone(),
        };
        let outcome = Video::begin(new, command.report.clone(), self.now()).map_err(|error| refuse(error.into()))?;
        let Outcome { state: video, events, .. } = outcome;
        tx.insert_video(&video)?;
        outcome::tell(self, tx, video.tenant, &events);
        self.guarantees_follow(tx, &video)?;
        Ok(video)
    }
}

/// Saves what a video decided, and lets every order for it follow.
fn save_video(shell: &Shell, tx: &mut Tx<'_>, outcome: Outcome<Video>) -> Result<Video, StoreError> {
    let Outcome { state: mut video, events, .. } = outcome;
    if events.is_empty() {
        return Ok(video);
    }
    tx.update_video(&video)?;
    video.version += 1;
    outcome::tell(shell, tx, video.tenant, &events);
    shell.guarantees_follow(tx, &video)?;
    shell.orders_follow(tx, &Content::Video(video.clone()))?;
    Ok(video)
}

impl App {
    /// [`Shell::tell_video`] in a transaction of its own.
    pub async fn tell_video(&self, actor: Actor, command: TellVideo) -> Result<Video, CommandError<TellVideoRefusal>> {
        self.write(move |shell, tx| shell.tell_video(tx, &actor, &command)).await
    }

    /// One video, with what happened to it naturally since the beginning, by metric.
    pub async fn video(
        &self,
        actor: Actor,
        id: VideoId,
    ) -> Result<(Video, Vec<(String, i64)>), CommandError<Infallible>> {
        self.read(move |_, tx| {
            let video = tx.video(id)?.ok_or(CommandError::NotFound)?;
            actor.may(Action::ReadVideo, &video.owned())?;
            let natural = tx.metric_totals(id)?.sums;
            Ok((video, natural))
        })
        .await
    }

    /// A page of the videos that the actor may see.
    pub async fn videos(&self, actor: Actor, filter: VideoFilter) -> Result<Vec<Video>, CommandError<Infallible>> {
        let reach = actor.reach(Action::ReadVideo).ok_or(CommandError::Forbidden)?;
        self.read(move |_, tx| {
            let VideoFilter { creator, before, limit } = filter;
            match (reach, creator) {
                (Reach::Tenant, None) => Ok(tx.videos(actor.tenant, before, limit)?),
                (_, creator) => {
                    let creator = creator.unwrap_or(actor.party);
                    let owner = Owned { tenant: actor.tenant, owner: creator, co_owner: None };
                    actor.may(Action::ReadVideo, &owner)?;
                    Ok(tx.videos_of(actor.tenant, creator, before, limit)?)
                }
            }
        })
        .await
    }
}
