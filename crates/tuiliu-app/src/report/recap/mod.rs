//! The recap of a broadcast (LV-20), made of what was stored of it; kept as it was when it was settled.

mod story;
mod told;

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::id::RoomId;
use tuiliu_domain::live::Room;
use tuiliu_domain::party::Actor;
use tuiliu_domain::time::{HOUR_MS, Timestamp};
use tuiliu_measure::recap::{RecapError, recap};
use tuiliu_store::{RoomFactRow, StoreError, Tx};

use self::story::Story;
pub use self::told::{DrawTold, FiguresTold, PresentationTold, ProductTold, PromotionSpan, RecapTold};
use super::room::room_for;
use super::sums::{Freshness, freshness};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// While something waits to be counted, a recap is not settled; it is looked at again so much later.
const AGAIN_MS: i64 = HOUR_MS / 60;

/// Which recap of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecapVersion {
    /// As it was when nothing of it was to change any more: it never does.
    Settled,
    /// By what is known now.
    Now,
}

/// A recap with what its numbers mean.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomRecap {
    pub room: Room,
    pub told: RecapTold,
    /// When it was settled; `None` of what is known now.
    pub settled_at: Option<Timestamp>,
    /// What happened to the broadcast itself: interruptions, the cart, changes of content.
    pub incidents: Vec<RoomFactRow>,
    pub freshness: Freshness,
}

/// Why there is no recap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecapRefusal {
    #[error("tell the recap of a broadcast that has not ended")]
    NotEnded,
    #[error("tell the settled recap of a broadcast before its figures are final")]
    NotSettled,
    #[error(transparent)]
    Facts(#[from] RecapError),
}

impl App {
    /// The recap of a broadcast that has ended: the settled one once there is one, when none is asked for. Purchases and
    /// refunds may change the other for a while (TP-23).
    pub async fn room_recap(
        &self,
        actor: Actor,
        id: RoomId,
        version: Option<RecapVersion>,
    ) -> Result<RoomRecap, CommandError<RecapRefusal>> {
        self.read(move |_, tx| {
            let room = room_for(tx, &actor, id).map_err(|error| error.map_refusal(|never| match never {}))?;
            let settled = if version == Some(RecapVersion::Now) { None } else { settled(tx, id)? };
            let (told, settled_at) = match settled {
                Some((told, at)) => (told, Some(at)),
                None if version == Some(RecapVersion::Settled) => {
                    return Err(CommandError::Refused(RecapRefusal::NotSettled));
                }
                None => (tell(tx, &room)?.map_err(CommandError::Refused)?, None),
            };
            let changed_at = tx.metric_totals(id)?.changed_at;
            let (incidents, freshness) = (tx.room_facts(id)?, freshness(tx, changed_at)?);
            Ok(RoomRecap { room, told, settled_at, incidents, freshness })
        })
        .await
    }

    /// Keeps the recaps of broadcasts whose figures are final; how many. A job's, `limit` at a time.
    pub async fn settle_recaps(&self, limit: u32) -> Result<usize, CommandError<Infallible>> {
        let now = self.shell.now();
        let due = self.read(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.due_recaps(now, limit)?)).await?;
        for room in &due {
            let room = *room;
            self.write(move |shell, tx| Ok::<_, CommandError<Infallible>>(settle(shell, tx, room)?)).await?;
        }
        Ok(due.len())
    }
}

/// The recap of a broadcast is to be kept when its figures are final.
pub(crate) fn follow_room(shell: &Shell, tx: &mut Tx<'_>, room: &Room) -> Result<(), StoreError> {
    let Some(ended_at) = room.times.ended else { return Ok(()) };
    let window_ms = shell.policy(tx, room.tenant)?.charge.commerce_window_ms;
    tx.plan_recap(room.id, ended_at.plus_ms(window_ms))
}

fn settled(tx: &mut Tx<'_>, room: RoomId) -> Result<Option<(RecapTold, Timestamp)>, StoreError> {
    let Some((at, body)) = tx.settled_recap(room)? else { return Ok(None) };
    let told = serde_json::from_str(&body).map_err(|error| StoreError::Inconsistent {
        place: format!("the recap of room {room}"),
        reason: error.to_string(),
    })?;
    Ok(Some((told, at)))
}

fn settle(shell: &Shell, tx: &mut Tx<'_>, id: RoomId) -> Result<(), StoreError> {
    let now = shell.now();
    if tx.folded_events()? != tx.last_events()? {
        return tx.plan_recap(id, now.plus_ms(AGAIN_MS));
    }
    let room = tx.room(id)?.ok_or_else(|| StoreError::Inconsistent {
        place: format!("the recap of room {id}"),
        reason: "there is no such room".to_owned(),
    })?;
    match tell(tx, &room)? {
        Ok(told) => {
            let body = serde_json::to_string(&told).map_err(|error| StoreError::Inconsistent {
                place: format!("the recap of room {id}"),
                reason: error.to_string(),
            })?;
            tx.settle_recap(id, now, &body)
        }
        // Of a broadcast without a length nothing can ever be told.
        Err(_) => tx.give_up_recap(id),
    }
}

/// What is known of a broadcast now.
fn tell(tx: &mut Tx<'_>, room: &Room) -> Result<Result<RecapTold, RecapRefusal>, StoreError> {
    let started_at = room.state.start().map(|(at, _)| at);
    let Some((started_at, ended_at)) = started_at.zip(room.times.ended) else { return Ok(Err(RecapRefusal::NotEnded)) };
    let story = Story::read(tx, room.id, (started_at, ended_at))?;
    match recap(&story.facts) {
        Ok(recap) => Ok(Ok(RecapTold::new(&recap, &story, promotions(tx, room, ended_at)?))),
        Err(error) => Ok(Err(error.into())),
    }
}

fn promotions(tx: &mut Tx<'_>, room: &Room, ended_at: Timestamp) -> Result<Vec<PromotionSpan>, StoreError> {
    let mut spans = Vec::new();
    for order in tx.promotion_orders_of_room(room.id)? {
        let Some(escrow) = tx.escrow(order.id)? else { continue };
        // Delivery begins when it is paid, or with the broadcast.
        let paid_at = order.payments.first().map_or(order.created_at, |payment| payment.at);
        let from = room.state.start().map_or(paid_at, |(at, _)| at.max(paid_at));
        let to = order.state.ended_at().unwrap_or(ended_at).min(ended_at).max(from);
        spans.push(PromotionSpan { order: order.id, from, to, spent: escrow.spent, currency: order.currency() });
    }
    Ok(spans)
}
