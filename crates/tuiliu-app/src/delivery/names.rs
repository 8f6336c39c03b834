//! Names: the host's ids of the rooms that orders run for, so that decisions speak them without a database.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_domain::id::{RoomId, TenantId};

use crate::app::App;
use crate::error::CommandError;

/// Both directions of the names of some rooms.
#[derive(Debug, Default)]
pub(crate) struct RoomNames {
    by_room: HashMap<RoomId, Arc<str>>,
    by_name: HashMap<Arc<str>, RoomId>,
}

impl RoomNames {
    pub(crate) fn insert(&mut self, room: RoomId, external_id: &str) {
        self.by_room.entry(room).or_insert_with(|| {
            let name: Arc<str> = Arc::from(external_id);
            self.by_name.insert(Arc::clone(&name), room);
            name
        });
    }

    pub(crate) fn name(&self, room: RoomId) -> Option<Arc<str>> {
        self.by_room.get(&room).map(Arc::clone)
    }
}

impl App {
    /// The room with this id of the host, if an order runs for it: of other rooms decisions need not know.
    #[must_use]
    pub fn promoted_room(&self, tenant: TenantId, external_id: &str) -> Option<RoomId> {
        self.shell.engine.view(tenant)?.names.by_name.get(external_id).copied()
    }

    /// The rooms with these ids of the host; what is not there is left out.
    pub async fn rooms_named(
        &self,
        tenant: TenantId,
        external_ids: Vec<String>,
    ) -> Result<HashMap<String, RoomId>, CommandError<Infallible>> {
        let mut found = HashMap::with_capacity(external_ids.len());
        let mut unknown = Vec::new();
        for name in external_ids {
            match self.promoted_room(tenant, &name) {
                Some(room) => drop(found.insert(name, room)),
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
                    if let Some(room) = tx.room_by_external_id(tenant, name)? {
                        read.push((name.clone(), room.id));
                    }
                }
                Ok(read)
            })
            .await?;
        found.extend(read);
        Ok(found)
    }
}
