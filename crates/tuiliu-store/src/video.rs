//! Short videos.

use tuiliu_domain::id::{PartyId, TenantId, VideoId};
use tuiliu_domain::review::Visibility;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::video::{Goods, Video, VideoContent, VideoState};

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, tenant_id, creator_id, external_id, title, category, visibility, duration_ms, goods_id, goods_approved,
        content_version, state, published_at, removed_at, created_at, version"
    };
}

statements! {
    FIND: concat!("select ", columns!(), " from video where id = $1 /*lock*/");
    FIND_EXTERNAL: concat!("select ", columns!(), " from video where tenant_id = $1 and external_id = $2");
    INSERT: concat!("insert into video (", columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");
    UPDATE: "update video set title = $1, category = $2, visibility = $3, duration_ms = $4, goods_id = $5,
        goods_approved = $6, content_version = $7, state = $8, published_at = $9, removed_at = $10,
        version = version + 1 where id = $11 and version = $12";
    OF_CREATOR: concat!("select ", columns!(), " from video
        where tenant_id = $1 and creator_id = $2 and id < $3 order by id desc limit $4");
    OF_TENANT: concat!("select ", columns!(), " from video where tenant_id = $1 and id < $2 order by id desc limit $3");
}

impl Tx<'_> {
    /// The video with this id.
    pub fn video(&mut self, id: VideoId) -> Result<Option<Video>, StoreError> {
        self.query_one(FIND, &[id.into()])?.as_ref().map(read).transpose()
    }

    /// The video that a tenant knows by this id of its own.
    pub fn video_by_external_id(&mut self, tenant: TenantId, external_id: &str) -> Result<Option<Video>, StoreError> {
        self.query_one(FIND_EXTERNAL, &[tenant.into(), external_id.into()])?.as_ref().map(read).transpose()
    }

    /// Writes a video that was told of for the first time; [`StoreError::Duplicate`] when the tenant's id is taken.
    pub fn insert_video(&mut self, video: &Video) -> Result<(), StoreError> {
        let content = &video.content;
        let values = [
            video.id.into(),
            video.tenant.into(),
            video.creator.into(),
            (&video.external_id).into(),
            (&content.title).into(),
            (&content.category).into(),
            content.visibility.code().into(),
            content.duration_ms.into(),
            content.goods.as_ref().map(|goods| &goods.external_id).into(),
            is_approved(content).into(),
            video.content_version.into(),
            video.state.name().into(),
            video.published_at.into(),
            removed_at(video).into(),
            video.created_at.into(),
            version(video)?.into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// Writes a video over the version that was read.
    pub fn update_video(&mut self, video: &Video) -> Result<(), StoreError> {
        let content = &video.content;
        let values = [
            (&content.title).into(),
            (&content.category).into(),
            content.visibility.code().into(),
            content.duration_ms.into(),
            content.goods.as_ref().map(|goods| &goods.external_id).into(),
            is_approved(content).into(),
            video.content_version.into(),
            video.state.name().into(),
            video.published_at.into(),
            removed_at(video).into(),
            video.id.into(),
            version(video)?.into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// A page of a creator's videos, newest first.
    pub fn videos_of(
        &mut self,
        tenant: TenantId,
        creator: PartyId,
        before: Option<VideoId>,
        limit: u32,
    ) -> Result<Vec<Video>, StoreError> {
        let before = before.unwrap_or(VideoId::new(u128::MAX));
        let values = [tenant.into(), creator.into(), before.into(), limit.into()];
        self.query(OF_CREATOR, &values)?.iter().map(read).collect()
    }

    /// A page of a tenant's videos, newest first.
    pub fn videos(&mut self, tenant: TenantId, before: Option<VideoId>, limit: u32) -> Result<Vec<Video>, StoreError> {
        let before = before.unwrap_or(VideoId::new(u128::MAX));
        self.query(OF_TENANT, &[tenant.into(), before.into(), limit.into()])?.iter().map(read).collect()
    }
}

fn is_approved(content: &VideoContent) -> i64 {
    i64::from(content.goods.as_ref().is_some_and(|goods| goods.approved))
}

const fn removed_at(video: &Video) -> Option<Timestamp> {
    match video.state {
        VideoState::Removed { at } => Some(at),
        VideoState::Draft | VideoState::Published => None,
    }
}

fn version(video: &Video) -> Result<i64, StoreError> {
    i64::try_from(video.version).map_err(StoreError::database)
}

fn read(row: &Row) -> Result<Video, StoreError> {
    let id: VideoId = row.get(0)?;
    let wrong = |reason: String| StoreError::inconsistent(format!("video {id}"), reason);
    let goods: Option<String> = row.get(8)?;
    let approved = row.get::<i64>(9)? != 0;
    let removed_at: Option<Timestamp> = row.get(13)?;
    let state = match (row.get::<String>(11)?.as_str(), removed_at) {
        ("draft", None) => VideoState::Draft,
        ("published", None) => VideoState::Published,
        ("removed", Some(at)) => VideoState::Removed { at },
        (other, _) => return Err(wrong(format!("no state `{other}`"))),
    };
    Ok(Video {
        id,
        tenant: row.get(1)?,
        creator: row.get(2)?,
        external_id: row.get(3)?,
        content: VideoContent {
            title: row.get(4)?,
            category: row.get(5)?,
            visibility: row.parse(6, |code: String| Visibility::from_code(&code))?,
            duration_ms: row.get(7)?,
            goods: goods.map(|external_id| Goods { external_id, approved }),
        },
        content_version: row.get(10)?,
        state,
        published_at: row.get(12)?,
        created_at: row.get(14)?,
        version: row.get(15)?,
    })
}

#[cfg(test)]
mod tests;
