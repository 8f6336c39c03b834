//! Looking for things by what people call them: among the newest of each kind, so that no list is read whole.

use serde_json::Value as Json;
use tuiliu_domain::id::{PartyId, RoomId, TenantId, VideoId};

use crate::error::StoreError;
use crate::statement::statements;
use crate::tx::Tx;

/// A name is looked for in so many of each kind, the newest first.
pub const SEARCHED_MAX: u32 = 20_000;

statements! {
    PARTIES: "select id from (select id, display_name, external_ref from party
        where tenant_id = $1 order by id desc limit $4) as newest
        where lower(display_name) like $2 escape '~' or lower(external_ref) like $2 escape '~' order by id desc limit $3";
    ROOMS: "select id from (select id, external_id, body from room
        where tenant_id = $1 order by id desc limit $5) as newest
        where lower(external_id) like $2 escape '~' or lower(body) like $3 escape '~' order by id desc limit $4";
    VIDEOS: "select id from (select id, external_id, title from video
        where tenant_id = $1 order by id desc limit $4) as newest
        where lower(external_id) like $2 escape '~' or lower(title) like $2 escape '~' order by id desc limit $3";
}

impl Tx<'_> {
    /// Parties whose name or id on the host contains this text, newest first.
    pub fn parties_named(&mut self, tenant: TenantId, text: &str, limit: u32) -> Result<Vec<PartyId>, StoreError> {
        let like = containing(text);
        let values = [tenant.into(), (&like).into(), limit.into(), SEARCHED_MAX.into()];
        self.query(PARTIES, &values)?.iter().map(|row| row.get(0)).collect()
    }

    /// Rooms whose title or id on the host contains this text, newest first.
    pub fn rooms_named(&mut self, tenant: TenantId, text: &str, limit: u32) -> Result<Vec<RoomId>, StoreError> {
        let (like, titled) = (containing(text), titled(text));
        let values = [tenant.into(), (&like).into(), (&titled).into(), limit.into(), SEARCHED_MAX.into()];
        self.query(ROOMS, &values)?.iter().map(|row| row.get(0)).collect()
    }

    /// Videos whose title or id on the host contains this text, newest first.
    pub fn videos_named(&mut self, tenant: TenantId, text: &str, limit: u32) -> Result<Vec<VideoId>, StoreError> {
        let like = containing(text);
        let values = [tenant.into(), (&like).into(), limit.into(), SEARCHED_MAX.into()];
        self.query(VIDEOS, &values)?.iter().map(|row| row.get(0)).collect()
    }
}

/// The pattern of everything that contains this text.
fn containing(text: &str) -> String {
    format!("%{}%", literal(text))
}

/// The pattern of bodies of rooms whose title contains this text: the title is what a body begins with.
fn titled(text: &str) -> String {
    let quoted = Json::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    format!("{{\"title\":\"%{}%\",\"category\":%", literal(inner))
}

/// The text in small letters, in which nothing stands for anything else.
fn literal(text: &str) -> String {
    text.to_lowercase().replace('~', "~~").replace('%', "~%").replace('_', "~_")
}

#[cfg(test)]
mod tests;
