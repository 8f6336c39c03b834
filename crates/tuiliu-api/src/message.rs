//! Private messages of the platform to its parties (IN-09).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tuiliu_app::message::{MessageList as Listing, MessageRow};
use tuiliu_domain::message::MessageTopic;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::words::words;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::idempotency::{IdempotencyKeyHeader, Keyed, Nothing, answered, kept};
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::views::{MessageIdView, PartyIdView, TimeView};

words! {
    /// What a message is about.
    MessageTopicView of MessageTopic, "MessageTopic";
}

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_messages))
        .routes(routes!(count_unread_messages))
        .routes(routes!(read_message))
        .routes(routes!(read_messages_to))
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageView {
    id: MessageIdView,
    party_id: PartyIdView,
    topic: MessageTopicView,
    /// What it says, as the topic has it: ids, points, coupons, reasons, figures.
    #[schema(value_type = Object)]
    data: Value,
    created_at: TimeView,
    read_at: Option<TimeView>,
}

/// A page of messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageList {
    data: Vec<MessageView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Which messages.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// Whose; left out, the caller's own.
    #[param(value_type = Option<PartyIdView>)]
    party: Option<PartyIdView>,
    /// Only those that nobody has read.
    #[serde(default)]
    unread: bool,
}

/// How many messages nobody has read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnreadMessages {
    unread: i64,
}

/// Up to where messages were read.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadMessagesBody {
    /// The newest one that was seen; it and all before it are read.
    last: MessageIdView,
}

/// How many messages were marked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MarkedMessages {
    marked: u64,
}

/// Lists messages, newest first.
#[utoipa::path(
    get, path = "/v1/messages", tag = "messages", params(MessageQuery, PageQuery),
    responses((status = 200, body = MessageList))
)]
async fn list_messages(
    State(api): State<Api>,
    caller: Caller,
    Query(MessageQuery { party, unread }): Query<MessageQuery>,
    page: Page,
) -> Result<Json<MessageList>, Problem> {
    let actor = caller.0.actor.clone();
    let party = party.map_or(actor.party, |party| party.0);
    let list = Listing { party, only_unread: unread, before: page.after_id()?, limit: page.limit_wanted() };
    let found = api.app().messages(actor, list).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.id));
    Ok(Json(MessageList { data: rows.into_iter().map(MessageView::from).collect(), next_cursor, has_more }))
}

/// Counts the caller's messages that nobody has read.
#[utoipa::path(
    get, path = "/v1/message-count", tag = "messages", responses((status = 200, body = UnreadMessages))
)]
async fn count_unread_messages(State(api): State<Api>, caller: Caller) -> Result<Json<UnreadMessages>, Problem> {
    let actor = caller.0.actor.clone();
    let party = actor.party;
    Ok(Json(UnreadMessages { unread: api.app().unread_messages(actor, party).await? }))
}

/// Marks a message as read. Asked again, it stays so.
#[utoipa::path(
    post, path = "/v1/messages/{message}/read", tag = "messages",
    params(("message" = MessageIdView, Path), IdempotencyKeyHeader), request_body(content = Option<Nothing>),
    responses((status = 200, body = MessageView))
)]
async fn read_message(
    State(api): State<Api>,
    caller: Caller,
    message: Path<MessageIdView>,
    keyed: Keyed<Nothing>,
) -> Result<Response, Problem> {
    let (key, actor) = (keyed.once_key(&caller), caller.0.actor.clone());
    let mark =
        move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.mark_message(tx, &actor, message.0.0);
    Ok(answered(api.app().once(key, mark, kept(StatusCode::OK, MessageView::from)).await?))
}

/// Marks everything up to a message as read.
#[utoipa::path(
    post, path = "/v1/messages/read", tag = "messages", params(IdempotencyKeyHeader),
    request_body = ReadMessagesBody, responses((status = 200, body = MarkedMessages))
)]
async fn read_messages_to(
    State(api): State<Api>,
    caller: Caller,
    keyed: Keyed<ReadMessagesBody>,
) -> Result<Response, Problem> {
    let (key, actor, last) = (keyed.once_key(&caller), caller.0.actor.clone(), keyed.content.last.0);
    let mark = move |shell: &tuiliu_app::Shell, tx: &mut tuiliu_app::Tx<'_>| shell.mark_messages_to(tx, &actor, last);
    Ok(answered(api.app().once(key, mark, kept(StatusCode::OK, |marked| MarkedMessages { marked })).await?))
}

impl From<MessageRow> for MessageView {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id.into(),
            party_id: row.party.into(),
            topic: row.topic.into(),
            data: serde_json::from_str(&row.body).unwrap_or_default(),
            created_at: row.created_at.into(),
            read_at: row.read_at.map(TimeView),
        }
    }
}
