//! Private messages of the platform to its parties (IN-09).

use tuiliu_domain::id::{MessageId, PartyId, TenantId};
use tuiliu_domain::message::MessageTopic;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    pub id: MessageId,
    pub tenant: TenantId,
    pub party: PartyId,
    pub topic: MessageTopic,
    /// JSON; what it holds depends on the topic.
    pub body: String,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

statements! {
    INSERT: "insert into message (id, tenant_id, party_id, topic, body, created_at) values ($1, $2, $3, $4, $5, $6)";
    LIST: "select id, tenant_id, party_id, topic, body, created_at, read_at from message
        where tenant_id = $1 and party_id = $2 and id < $3 order by id desc limit $4";
    UNREAD: "select id, tenant_id, party_id, topic, body, created_at, read_at from message
        where tenant_id = $1 and party_id = $2 and id < $3 and read_at is null order by id desc limit $4";
    COUNT: "select cast(count(*) as bigint) from message
        where tenant_id = $1 and party_id = $2 and read_at is null";
    MARK: "update message set read_at = $4 where tenant_id = $1 and party_id = $2 and id = $3 and read_at is null";
    FIND: "select id, tenant_id, party_id, topic, body, created_at, read_at from message
        where tenant_id = $1 and id = $2";
    MARK_ALL: "update message set read_at = $4
        where tenant_id = $1 and party_id = $2 and id <= $3 and read_at is null";
}

impl Tx<'_> {
    /// Keeps a new message.
    pub fn add_message(&mut self, message: &MessageRow) -> Result<(), StoreError> {
        let MessageRow { id, tenant, party, topic, body, created_at, read_at: _ } = message;
        let values =
            [(*id).into(), (*tenant).into(), (*party).into(), topic.code().into(), body.into(), (*created_at).into()];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's message with this id.
    pub fn message(&mut self, tenant: TenantId, id: MessageId) -> Result<Option<MessageRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// A page of a party's messages, newest first.
    pub fn messages(
        &mut self,
        (tenant, party): (TenantId, PartyId),
        only_unread: bool,
        (before, limit): (Option<MessageId>, u32),
    ) -> Result<Vec<MessageRow>, StoreError> {
        let statement = if only_unread { UNREAD } else { LIST };
        let before = before.unwrap_or(MessageId::new(u128::MAX));
        self.query(statement, &[tenant.into(), party.into(), before.into(), limit.into()])?.iter().map(read).collect()
    }

    /// How many of a party's messages nobody has read.
    pub fn unread_messages(&mut self, tenant: TenantId, party: PartyId) -> Result<i64, StoreError> {
        self.query_one(COUNT, &[tenant.into(), party.into()])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Marks a message as read; nothing when it was.
    pub fn read_message(
        &mut self,
        (tenant, party): (TenantId, PartyId),
        id: MessageId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(MARK, &[tenant.into(), party.into(), id.into(), at.into()]).map(drop)
    }

    /// Marks everything up to this message as read; how many were not.
    pub fn read_messages_to(
        &mut self,
        (tenant, party): (TenantId, PartyId),
        last: MessageId,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        self.execute(MARK_ALL, &[tenant.into(), party.into(), last.into(), at.into()])
    }
}

fn read(row: &Row) -> Result<MessageRow, StoreError> {
    Ok(MessageRow {
        id: row.get(0)?,
        tenant: row.get(1)?,
        party: row.get(2)?,
        topic: row.parse(3, |code: String| MessageTopic::from_code(&code))?,
        body: row.get(4)?,
        created_at: row.get(5)?,
        read_at: row.get(6)?,
    })
}

#[cfg(test)]
mod tests;
