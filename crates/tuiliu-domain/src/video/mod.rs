//! Short videos: what a creator has published, and what rules read of it (QB-09, GB-04, GB-11).

use thiserror::Error;

use crate::event::{Event, Outcome};
use crate::id::{PartyId, TenantId, VideoId};
use crate::limits::{ROOM_TEXT_BYTES_MAX, VIDEO_DURATION_MS_MAX};
use crate::party::Owned;
use crate::review::Visibility;
use crate::time::{MINUTE_MS, Timestamp};

/// One video of one creator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    pub id: VideoId,
    pub tenant: TenantId,
    pub creator: PartyId,
    /// What the host platform calls it; one per tenant.
    pub external_id: String,
    pub content: VideoContent,
    /// Grows when the content changes, so that a review says what it saw (RV-03).
    pub content_version: u32,
    pub state: VideoState,
    /// When it came out first; a guarantee counts its days from here (GB-04).
    pub published_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// Version of the row that was read; the store writes the next one.
    pub version: u64,
}

/// What viewers see of a video, and reviewers judge.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VideoContent {
    pub title: String,
    pub category: String,
    pub visibility: Visibility,
    pub duration_ms: i64,
    /// The shop product that it carries.
    pub goods: Option<Goods>,
}

/// A shop product on a video.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Goods {
    /// What the host platform calls it.
    pub external_id: String,
    /// Whether it has passed the shop's review (QB-09).
    pub approved: bool,
}

/// Where a video is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoState {
    /// Not out yet.
    Draft,
    Published,
    /// Deleted by the creator or taken down; it never comes back.
    Removed {
        at: Timestamp,
    },
}

/// A video as the host platform tells of it: everything there is to know, each time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VideoReport {
    pub content: VideoContent,
    /// When it came out; `None` while it has not.
    pub published_at: Option<Timestamp>,
    /// When it was deleted or taken down.
    pub removed_at: Option<Timestamp>,
}

/// Whose a video is, when it is told of for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewVideo {
    pub id: VideoId,
    pub tenant: TenantId,
    pub creator: PartyId,
    pub external_id: String,
}

/// Why what is told of a video is refused; it stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TellVideoError {
    #[error("tell of a video without `{field}`")]
    Empty { field: &'static str },
    #[error("tell of a video with a `{field}` of more than `{max}` bytes")]
    TooLong { field: &'static str, max: usize },
    #[error("tell of a video of `{duration_ms}` ms: it must be from 1 to `{max}`")]
    BadDuration { duration_ms: i64, max: i64 },
    #[error("tell of a video that came out or was removed at `{}` ms, after now, which is `{}` ms", .at.ms(), .now.ms())]
    InFuture { at: Timestamp, now: Timestamp },
    #[error("change a video that was removed")]
    Removed,
    #[error("take back the publication of a video")]
    Unpublished,
}

/// How far a host platform's clock may be ahead.
const CLOCK_AHEAD_MS_MAX: i64 = 10 * MINUTE_MS;

impl Video {
    /// A video that is told of for the first time.
    pub fn begin(new: NewVideo, report: VideoReport, now: Timestamp) -> Result<Outcome<Self>, TellVideoError> {
        check_text("external_id", &new.external_id)?;
        let video = Self {
            id: new.id,
            tenant: new.tenant,
            creator: new.creator,
            external_id: new.external_id,
            content: report.content.clone(),
            content_version: 1,
            state: VideoState::Draft,
            published_at: None,
            created_at: now,
            version: 0,
        };
        report.check(now)?;
        let registered = Event::VideoRegistered { video: video.id, creator: video.creator };
        let outcome = Outcome { state: video, postings: Vec::new(), events: vec![registered] };
        Ok(outcome.then(|video| video.follow(report)))
    }

    /// What the host platform tells of a video that is known; told twice, it changes nothing and has no events.
    pub fn tell(self, report: VideoReport, now: Timestamp) -> Result<Outcome<Self>, TellVideoError> {
        report.check(now)?;
        if self.published_at.is_some() && report.published_at.is_none() {
            return Err(TellVideoError::Unpublished);
        }
        if let VideoState::Removed { .. } = self.state {
            let is_same = report.content == self.content && report.removed_at.is_some();
            return if is_same { Ok(self.unchanged()) } else { Err(TellVideoError::Removed) };
        }
        Ok(self.follow(report))
    }

    fn follow(mut self, report: VideoReport) -> Outcome<Self> {
        let video = self.id;
        let mut events = Vec::new();
        if report.content != self.content {
            self.content = report.content;
            self.content_version = self.content_version.saturating_add(1);
            events.push(Event::VideoContentChanged { video, content_version: self.content_version });
        }
        if let (VideoState::Draft, Some(at)) = (self.state, report.published_at) {
            self.state = VideoState::Published;
            self.published_at = Some(at);
            events.push(Event::VideoPublished { video, at });
        }
        if let Some(at) = report.removed_at {
            self.state = VideoState::Removed { at };
            events.push(Event::VideoRemoved { video, at });
        }
        Outcome { state: self, postings: Vec::new(), events }
    }

    const fn unchanged(self) -> Outcome<Self> {
        Outcome { state: self, postings: Vec::new(), events: Vec::new() }
    }

    /// Whose it is.
    #[must_use]
    pub const fn owned(&self) -> Owned {
        Owned { tenant: self.tenant, owner: self.creator, co_owner: None }
    }

    /// Whether it carries a shop product (QB-10).
    #[must_use]
    pub const fn has_goods(&self) -> bool {
        self.content.goods.is_some()
    }

    /// Whether it is out: published and not removed.
    #[must_use]
    pub const fn is_out(&self) -> bool {
        matches!(self.state, VideoState::Published)
    }

    /// Whether everybody can watch it now.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.is_out() && self.content.visibility == Visibility::Public
    }
}

impl VideoState {
    /// Every name in use.
    pub const NAMES: &[&str] = &["draft", "published", "removed"];

    /// The name of the state in rows and in the API; never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Removed { .. } => "removed",
        }
    }
}

impl VideoReport {
    fn check(&self, now: Timestamp) -> Result<(), TellVideoError> {
        let content = &self.content;
        check_text("title", &content.title)?;
        check_text("category", &content.category)?;
        if let Some(goods) = &content.goods {
            check_text("goods", &goods.external_id)?;
        }
        if !(1..=VIDEO_DURATION_MS_MAX).contains(&content.duration_ms) {
            return Err(TellVideoError::BadDuration { duration_ms: content.duration_ms, max: VIDEO_DURATION_MS_MAX });
        }
        let ahead = |at: &Timestamp| now.plus_ms(CLOCK_AHEAD_MS_MAX) < *at;
        match [self.published_at, self.removed_at].into_iter().flatten().find(ahead) {
            Some(at) => Err(TellVideoError::InFuture { at, now }),
            None => Ok(()),
        }
    }
}

fn check_text(field: &'static str, text: &str) -> Result<(), TellVideoError> {
    if text.trim().is_empty() {
        Err(TellVideoError::Empty { field })
    } else if text.len() > ROOM_TEXT_BYTES_MAX {
        Err(TellVideoError::TooLong { field, max: ROOM_TEXT_BYTES_MAX })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
