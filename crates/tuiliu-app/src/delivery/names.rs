//! Names: the host's ids of what orders run for, so that decisions speak them without a database.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_domain::id::{ContentId, PromotionOrderId, RoomId, TenantId, VideoId};
use tuiliu_domain::money::Asset;
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_store::{StoreError, Tx};

use crate::app::App;
use crate::error::CommandError;

/// Both directions of the names of some rooms and videos.
#[derive(Debug, Default)]
pub(crate) struct ContentNames {
    by_content: HashMap<ContentId, Arc<str>>,
    rooms: HashMap<Arc<str>, RoomId>,
    videos: HashMap<Arc<str>, VideoId>,
    /// The orders that are paid in money; the others are paid in beans.
    in_money: HashSet<PromotionOrderId>,
}

impl ContentNames {
    pub(crate) fn insert(&mut self, content: ContentId, external_id: &str) {
        self.by_content.entry(content).or_insert_with(|| {
            let name: Arc<str> = Arc::from(external_id);
            match content {
                ContentId::Room(room) => drop(self.rooms.insert(Arc::clone(&name), room)),
                ContentId::Video(video) => drop(self.videos.insert(Arc::clone(&name), video)),
            }
            name
        });
    }

    /// Notes what an order is paid in.
    pub(crate) fn note(&mut self, order: &PromotionOrder) {
        if order.currency() == Asset::Cny {
            self.in_money.insert(order.id);
        }
    }

    /// Notes an order that counts in money.
    pub(crate) fn note_in_money(&mut self, order: PromotionOrderId) {
        self.in_money.insert(order);
    }

    pub(crate) fn currency(&self, order: PromotionOrderId) -> Asset {
        if self.in_money.contains(&order) { Asset::Cny } else { Asset::Bean }
    }

    pub(crate) fn name(&self, content: ContentId) -> Option<Arc<str>> {
        self.by_content.get(&content).map(Arc::clone)
    }
}

impl App {
    /// The room with this id of the host, if an order runs for it: of other rooms decisions need not know.
    #[must_use]
    pub fn promoted_room(&self, tenant: TenantId, external_id: &str) -> Option<RoomId> {
        self.shell.engine.view(tenant)?.names.rooms.get(external_id).copied()
    }

    /// The video with this id of the host, if an order runs for it.
    #[must_use]
    pub fn promoted_video(&self, tenant: TenantId, external_id: &str) -> Option<VideoId> {
        self.shell.engine.view(tenant)?.names.videos.get(external_id).copied()
    }

    /// The rooms with these ids of the host; what is not there is left out.
    pub async fn rooms_named(
        &self,
        tenant: TenantId,
        external_ids: Vec<String>,
    ) -> Result<HashMap<String, RoomId>, CommandError<Infallible>> {
        let known = |name: &str| self.promoted_room(tenant, name);
        let find = |tx: &mut Tx<'_>, tenant, name: &str| Ok(tx.room_by_external_id(tenant, name)?.map(|room| room.id));
        self.named(tenant, (external_ids, known), find).await
    }

    /// The videos with these ids of the host; what is not there is left out.
    pub async fn videos_named(
        &self,
        tenant: TenantId,
        external_ids: Vec<String>,
    ) -> Result<HashMap<String, VideoId>, CommandError<Infallible>> {
        let known = |name: &str| self.promoted_video(tenant, name);
        let find =
            |tx: &mut Tx<'_>, tenant, name: &str| Ok(tx.video_by_external_id(tenant, name)?.map(|video| video.id));
        self.named(tenant, (external_ids, known), find).await
    }

    /// What is known of memory, and what the store finds of the rest.
    async fn named<T: Send + 'static>(
        &self,
        tenant: TenantId,
        (external_ids, known): (Vec<String>, impl Fn(&str) -> Option<T>),
        find: fn(&mut Tx<'_>, TenantId, &str) -> Result<Option<T>, StoreError>,
    ) -> Result<HashMap<String, T>, CommandError<Infallible>> {
        let mut found = HashMap::with_capacity(external_ids.len());
        let mut unknown = Vec::new();
        for name in external_ids {
            match known(&name) {
                Some(id) => drop(found.insert(name, id)),
                None => unknown.push(name),
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        let read = self
            .read(move |_, tx| {
                let mut read = Vec::new();
                for name in &unknown {
                    if let Some(id) = find(tx, tenant, name)? {
                        read.push((name.clone(), id));
                    }
                }
                Ok(read)
            })
            .await?;
        found.extend(read);
        Ok(found)
    }
}
