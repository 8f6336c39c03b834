//! Private messages of the platform to a party, and what of them was read (IN-09).

use std::convert::Infallible;

use serde_json::Value;
use tuiliu_domain::id::{MessageId, PartyId, TenantId};
use tuiliu_domain::message::MessageTopic;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_store::{StoreError, Tx};

use crate::access::of_party;
use crate::app::{App, Shell};
use crate::error::CommandError;

pub use tuiliu_store::MessageRow;

/// Which messages to list.
#[derive(Debug, Clone, Copy)]
pub struct MessageList {
    pub party: PartyId,
    pub only_unread: bool,
    /// The last one of the page before.
    pub before: Option<MessageId>,
    pub limit: u32,
}

impl Shell {
    /// Puts a message into a party's box.
    pub(crate) fn send_message(
        &self,
        tx: &mut Tx<'_>,
        (tenant, party): (TenantId, PartyId),
        topic: MessageTopic,
        body: &Value,
    ) -> Result<(), StoreError> {
        let (id, created_at) = (self.id(), self.now());
        tx.add_message(&MessageRow { id, tenant, party, topic, body: body.to_string(), created_at, read_at: None })
    }

    /// Marks a message as read in the caller's transaction; by whom it was sent to and nobody else.
    pub fn mark_message(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        id: MessageId,
    ) -> Result<MessageRow, CommandError<Infallible>> {
        let tenant = actor.tenant;
        let message = tx.message(tenant, id)?.ok_or(CommandError::NotFound)?;
        let owned = of_party(tenant, message.party);
        if actor.may(Action::ReadMessage, &owned).is_err() {
            return Err(if actor.reach(Action::ReadMessage).is_some() {
                CommandError::NotFound
            } else {
                CommandError::Forbidden
            });
        }
        actor.may(Action::MarkMessage, &owned)?;
        tx.read_message((tenant, message.party), id, self.now())?;
        tx.message(tenant, id)?.ok_or(CommandError::NotFound)
    }

    /// Marks everything up to a message as read in the caller's transaction; how many were not.
    pub fn mark_messages_to(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        last: MessageId,
    ) -> Result<u64, CommandError<Infallible>> {
        let (tenant, party) = (actor.tenant, actor.party);
        actor.may(Action::MarkMessage, &of_party(tenant, party))?;
        Ok(tx.read_messages_to((tenant, party), last, self.now())?)
    }
}

impl App {
    /// A page of a party's messages, newest first.
    pub async fn messages(&self, actor: Actor, list: MessageList) -> Result<Vec<MessageRow>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let MessageList { party, only_unread, before, limit } = list;
            actor.may(Action::ReadMessage, &of_party(actor.tenant, party))?;
            Ok(tx.messages((actor.tenant, party), only_unread, (before, limit))?)
        })
        .await
    }

    /// How many of a party's messages nobody has read.
    pub async fn unread_messages(&self, actor: Actor, party: PartyId) -> Result<i64, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadMessage, &of_party(actor.tenant, party))?;
            Ok(tx.unread_messages(actor.tenant, party)?)
        })
        .await
    }
}
