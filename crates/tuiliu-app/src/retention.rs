//! Retention: what is only kept for a while is forgotten a little at a time, each step a transaction of its own.
//!
//! Never money, and never figures: sums stay when that which they were made of goes.

use std::convert::Infallible;

use tuiliu_domain::id::{ContentId, PromotionOrderId, RoomId};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::{Aging, Forgetting, OwnedRows, StoreError, SweepStep, Swept, Tx};

use crate::app::{App, Shell};
use crate::error::CommandError;

/// Ids of events are kept longer than events may be old (DL-08).
const EVENT_ID_DAYS: u32 = 9;
/// Impressions are kept longer than anything can be heard of them: a token speaks for seven days, what it says may come
/// seven days late, and what was refused may be taken again after a month.
const EXPOSURE_DAYS: u32 = 45;
/// Rows of one step, and steps of one kind in one round.
const ROWS_PER_STEP: u32 = 2_000;
const STEPS_PER_ROUND: usize = 250;

/// How many days things are kept that nothing rests on for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Reported events once they are folded.
    pub event_days: u32,
    /// Refused events, for somebody to look at and to take again.
    pub refused_event_days: u32,
    /// Sums by minute; those by quarter of an hour stay.
    pub minute_days: u32,
    /// Answers that a command is given when it comes again under its idempotency key.
    pub answer_days: u32,
    /// What happened to orders, as it was told.
    pub notice_days: u32,
    /// What single viewers did, after the figures of the order or room became final.
    pub viewer_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            event_days: 7,
            refused_event_days: 7,
            minute_days: 90,
            answer_days: 90,
            notice_days: 400,
            viewer_days: 14,
        }
    }
}

fn span_ms(days: u32) -> i64 {
    i64::from(days) * DAY_MS
}

impl App {
    /// One round of forgetting; how many rows.
    ///
    /// # Errors
    /// When the store fails; what was forgotten before that stays so.
    pub async fn forget_old(&self) -> Result<u64, CommandError<Infallible>> {
        let Retention { event_days, refused_event_days, minute_days, answer_days, notice_days, .. } =
            self.shell.retention;
        let mut forgotten = 0;
        for (what, days) in [
            (Aging::EventBatches, event_days),
            (Aging::RefusedEvents, refused_event_days),
            (Aging::Answers, answer_days),
            (Aging::Notices, notice_days),
        ] {
            forgotten += self.forget_aged(what, self.step(days)).await?;
        }
        for (what, days) in [(Swept::SeenEvents, EVENT_ID_DAYS), (Swept::Exposures, EXPOSURE_DAYS)] {
            forgotten += self.sweep(what, self.step(days)).await?;
        }
        forgotten += self.forget_owned(OwnedRows::Minutes, self.step(minute_days)).await?;
        forgotten += self.forget_owned(OwnedRows::Persons, self.step(0)).await?;
        Ok(forgotten)
    }

    fn step(&self, days: u32) -> Forgetting {
        let now = self.shell.now();
        Forgetting { now, before: now.plus_ms(-span_ms(days)), limit: ROWS_PER_STEP }
    }

    async fn forget_aged(&self, what: Aging, step: Forgetting) -> Result<u64, CommandError<Infallible>> {
        let mut forgotten = 0;
        for _ in 0..STEPS_PER_ROUND {
            let gone = self.write(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.forget_aged(what, step)?)).await?;
            forgotten += gone;
            if gone < u64::from(step.limit) {
                break;
            }
        }
        Ok(forgotten)
    }

    async fn sweep(&self, what: Swept, step: Forgetting) -> Result<u64, CommandError<Infallible>> {
        let mut forgotten = 0;
        for _ in 0..STEPS_PER_ROUND {
            let done = self.write(move |_, tx| Ok::<_, CommandError<Infallible>>(tx.sweep(what, step)?)).await?;
            let SweepStep { forgotten: gone, is_over } = done;
            forgotten += gone;
            if is_over {
                break;
            }
        }
        Ok(forgotten)
    }

    async fn forget_owned(&self, of: OwnedRows, step: Forgetting) -> Result<u64, CommandError<Infallible>> {
        let mut forgotten = 0;
        for _ in 0..STEPS_PER_ROUND {
            let gone = self
                .write(move |shell, tx| Ok::<_, CommandError<Infallible>>(forget_of_owner(shell, tx, of, step)?))
                .await?;
            let Some(gone) = gone else { break };
            forgotten += gone;
        }
        Ok(forgotten)
    }
}

/// Forgets what is old of the next owner; `None` when the round is over.
fn forget_of_owner(shell: &Shell, tx: &mut Tx<'_>, of: OwnedRows, step: Forgetting) -> Result<Option<u64>, StoreError> {
    let Some(owner) = tx.next_owner(of, step.now)? else { return Ok(None) };
    let gone = match of {
        OwnedRows::Minutes => tx.forget_minutes(owner, step)?,
        OwnedRows::Persons if is_over(shell, tx, owner, step.now)? => {
            // People last: with them the room is found again.
            match tx.forget_room_outcomes(RoomId::new(owner), step.limit)? {
                0 => tx.forget_persons(owner, step.limit)?,
                gone => return Ok(Some(gone)),
            }
        }
        OwnedRows::Persons => 0,
    };
    if gone < u64::from(step.limit) {
        tx.pass_owner(of, owner, step.now)?;
    }
    Ok(Some(gone))
}

/// Whether an order or a room can count nobody any more. Videos and products count their people for ever.
fn is_over(shell: &Shell, tx: &mut Tx<'_>, owner: u128, now: Timestamp) -> Result<bool, StoreError> {
    let kept_ms = shell.viewers_kept_ms();
    if let Some(order) = tx.promotion_order(PromotionOrderId::new(owner))? {
        let ended_at = match order.content {
            ContentId::Room(room) => tx.room(room)?.and_then(|room| room.times.ended),
            ContentId::Video(_) => order.delivery_ended_at,
        };
        let kept_ms = order.terms.commerce_window_ms + kept_ms;
        // What is promised may rest on results that were taken back.
        let is_promised = order.guarantee.is_some_and(|guarantee| guarantee.closed.is_none());
        return Ok(order.state.is_final()
            && !is_promised
            && ended_at.is_some_and(|ended| ended.plus_ms(kept_ms) < now));
    }
    let Some(room) = tx.room(RoomId::new(owner))? else { return Ok(false) };
    let orders = tx.promotion_orders_of_room(room.id)?;
    let commerce_ms = orders.iter().map(|order| order.terms.commerce_window_ms).max().unwrap_or(0);
    let is_final = orders.iter().all(|order| order.state.is_final());
    Ok(is_final && room.times.ended.is_some_and(|ended| ended.plus_ms(commerce_ms + kept_ms) < now))
}

impl Shell {
    /// How long what is known of single viewers is kept after figures became final.
    pub(crate) fn viewers_kept_ms(&self) -> i64 {
        span_ms(self.retention.viewer_days)
    }
}

#[cfg(test)]
mod tests;
