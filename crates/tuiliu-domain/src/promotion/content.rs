//! What an order promotes, as it is now: a room or a video.

use super::goal::OrderForm;
use crate::id::{ContentId, PartyId, TenantId};
use crate::live::Room;
use crate::video::Video;

/// What an order promotes, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Room(Room),
    Video(Video),
}

impl Content {
    #[must_use]
    pub const fn id(&self) -> ContentId {
        match self {
            Self::Room(room) => ContentId::Room(room.id),
            Self::Video(video) => ContentId::Video(video.id),
        }
    }

    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        match self {
            Self::Room(room) => room.tenant,
            Self::Video(video) => video.tenant,
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn creator(&self) -> PartyId {
        match self {
            Self::Room(room) => room.creator,
            Self::Video(video) => video.creator,
        }
    }

    /// What the host platform calls it.
    #[must_use]
    pub fn external_id(&self) -> &str {
        match self {
            Self::Room(room) => &room.external_id,
            Self::Video(video) => &video.external_id,
        }
    }

    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Room(room) => &room.content.title,
            Self::Video(video) => &video.content.title,
        }
    }

    #[must_use]
    pub fn category(&self) -> &str {
        match self {
            Self::Room(room) => &room.content.category,
            Self::Video(video) => &video.content.category,
        }
    }

    /// The version of what viewers see; a verdict is on one version (RV-03).
    #[must_use]
    pub const fn content_version(&self) -> u32 {
        match self {
            Self::Room(room) => room.content_version,
            Self::Video(video) => video.content_version,
        }
    }

    /// Whether goods are on offer: a cart in the room, a product on the video (QB-10).
    #[must_use]
    pub const fn has_goods(&self) -> bool {
        match self {
            Self::Room(room) => room.has_cart(),
            Self::Video(video) => video.has_goods(),
        }
    }

    /// The form of order that fits it as it is.
    #[must_use]
    pub const fn form(&self) -> OrderForm {
        OrderForm::by_cart(self.has_goods())
    }

    #[must_use]
    pub const fn room(&self) -> Option<&Room> {
        match self {
            Self::Room(room) => Some(room),
            Self::Video(_) => None,
        }
    }

    #[must_use]
    pub const fn video(&self) -> Option<&Video> {
        match self {
            Self::Video(video) => Some(video),
            Self::Room(_) => None,
        }
    }
}

impl From<Room> for Content {
    fn from(room: Room) -> Self {
        Self::Room(room)
    }
}

impl From<Video> for Content {
    fn from(video: Video) -> Self {
        Self::Video(video)
    }
}
