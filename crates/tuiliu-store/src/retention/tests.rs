use tuiliu_domain::id::{DecisionId, EventId, PromotionOrderId, TenantId};
use tuiliu_domain::time::DAY_MS;

use super::*;
use crate::delivery::arm::{OutcomeCode, RoomOutcome};
use crate::delivery::{Exposure, ExposureRow, MinuteSum, PersonRow};
use crate::event::refused::RefusedEvent;
use crate::outbox::Notice;
use crate::request::StoredAnswer;
use crate::testing::on_both;

const TENANT: TenantId = TenantId::new(1);
const ORDER: PromotionOrderId = PromotionOrderId::new(7);
const ROOM: RoomId = RoomId::new(8);

fn day(day: i64) -> Timestamp {
    Timestamp::from_ms(day * DAY_MS)
}

fn step(now: i64, before: i64, limit: u32) -> Forgetting {
    Forgetting { now: day(now), before: day(before), limit }
}

fn write<T: Send + 'static>(
    store: &crate::Store,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write_now(work).unwrap()
}

#[test]
fn folded_events_are_forgotten_from_the_oldest_on_and_never_before_they_are_folded() {
    on_both(|store| {
        write(&store, |tx| {
            for at in [1, 2, 3, 9] {
                tx.append_events(TENANT, 1, b"[]", day(at))?;
            }
            tx.set_folded_events(2)
        });
        let forgotten = write(&store, |tx| {
            let mut forget = |limit| tx.forget_aged(Aging::EventBatches, step(9, 5, limit));
            Ok([forget(1)?, forget(10)?, forget(10)?])
        });
        assert_eq!(forgotten, [1, 1, 0], "a few at a time");
        let left = write(&store, |tx| Ok(tx.events_after(0, 10)?.iter().map(|batch| batch.seq).collect::<Vec<_>>()));
        assert_eq!(left, [3, 4], "the third is old and not folded");
    });
}

#[test]
fn refused_events_answers_and_notices_are_forgotten_when_they_are_old() {
    on_both(|store| {
        write(&store, |tx| {
            for at in [1_i64, 2, 9] {
                let (reason, body) = ("event.bad_id".to_owned(), "{}".to_owned());
                let id = EventId::new(u128::from(at.unsigned_abs()));
                let event = RefusedEvent { id, reason, at: day(at), body, money_allowed: true, replayed_at: None };
                tx.keep_refused_event(TENANT, &event)?;
                let answer = StoredAnswer { digest: [0; 32], status: 200, body: Vec::new() };
                tx.store_answer(TENANT, &format!("key {at}"), &answer, day(at))?;
                let (name, subject, body) = ("order.paid".to_owned(), "po".to_owned(), "{}".to_owned());
                tx.tell(Notice { tenant: TENANT, name, subject, body, at: day(at) });
            }
            Ok(())
        });
        let told = write(&store, |tx| {
            let early = tx.forget_aged(Aging::Notices, step(9, 5, 10))?;
            tx.tell_notices((0, 3))?;
            Ok(early)
        });
        assert_eq!(told, 0, "nobody was told of them");
        for what in [Aging::RefusedEvents, Aging::Answers, Aging::Notices] {
            let forgotten =
                write(&store, move |tx| Ok([1, 10, 10].map(|limit| tx.forget_aged(what, step(9, 5, limit)).unwrap())));
            assert_eq!(forgotten, [1, 1, 0], "{what:?}");
        }
        let (events, answers, notices) = write(&store, |tx| {
            let answers = [tx.stored_answer(TENANT, "key 2")?, tx.stored_answer(TENANT, "key 9")?];
            Ok((tx.refused_events_kept(TENANT)?, answers.map(|answer| answer.is_some()), tx.notices_after(0, 9)?.len()))
        });
        assert_eq!((events, answers, notices), (1, [false, true], 1));
    });
}

#[test]
fn a_sweep_goes_on_where_it_was_and_begins_anew_after_a_day() {
    on_both(|store| {
        write(&store, |tx| tx.see_events(&[3, 1, 2, 5], day(10)));
        write(&store, |tx| tx.see_events(&[4, u128::MAX], day(12)));
        let sweep = |now, before| {
            write(&store, move |tx| {
                let SweepStep { forgotten, is_over } = tx.sweep(Swept::SeenEvents, step(now, before, 2))?;
                Ok((forgotten, is_over))
            })
        };
        assert_eq!([sweep(20, 12), sweep(20, 12), sweep(20, 12)], [(2, false), (1, false), (1, false)]);
        assert_eq!([sweep(20, 12), sweep(20, 99)], [(0, true), (0, true)], "not twice on one day");
        assert_eq!([sweep(21, 13), sweep(21, 13)], [(2, false), (0, true)]);
        assert_eq!(write(&store, |tx| tx.see_events(&[1, u128::MAX], day(21))), [true, true], "they are forgotten");
    });
}

#[test]
fn impressions_are_forgotten_when_nothing_can_be_heard_of_them_any_more() {
    on_both(|store| {
        let exposure = |decision, at| Exposure { decision: DecisionId::new(decision), order: ORDER, viewer: 1, at };
        let shown = write(&store, move |tx| {
            let row = |decision, at| ExposureRow { exposure: exposure(decision, at), shown: true, watched_ms: 0 };
            tx.put_exposures(&[row(1, day(1)), row(2, day(9))])?;
            let swept = tx.sweep(Swept::Exposures, step(9, 5, 10))?;
            let left = tx.exposures(&[DecisionId::new(1), DecisionId::new(2)])?;
            Ok((swept, left.iter().map(|row| row.exposure.decision.value()).collect::<Vec<_>>()))
        });
        assert_eq!(shown, (SweepStep { forgotten: 1, is_over: true }, vec![2]));
    });
}

#[test]
fn what_belongs_to_orders_and_rooms_is_looked_at_one_owner_after_the_other() {
    on_both(|store| {
        write(&store, |tx| {
            for minute in [day(1), day(2), day(9)] {
                let sum = MinuteSum { minute, metric: "views".to_owned(), value: 1 };
                tx.add_minute(ORDER, &sum)?;
                tx.add_minute(ROOM, &sum)?;
            }
            let (at, kind) = (day(1), OutcomeCode::Viewed);
            let outcome = RoomOutcome { at, batch: 1, place: 1, kind, purchase: 0, value_fen: 0 };
            tx.put_persons(&[1, 2, 3].map(|viewer| PersonRow { subject: 7, viewer, kinds: "charged".to_owned() }))?;
            tx.add_room_outcomes(&[1, 2, 3].map(|viewer| (ROOM, viewer, outcome)))
        });
        let owners = write(&store, |tx| {
            let mut owners = Vec::new();
            while let Some(owner) = tx.next_owner(OwnedRows::Minutes, day(9))? {
                owners.push((owner, tx.forget_minutes(owner, step(9, 5, 10))?));
                tx.pass_owner(OwnedRows::Minutes, owner, day(9))?;
            }
            assert_eq!(tx.next_owner(OwnedRows::Minutes, day(9))?, None, "not twice on one day");
            assert_eq!(tx.next_owner(OwnedRows::Minutes, day(10))?, Some(7));
            Ok(owners)
        });
        assert_eq!(owners, [(7, 2), (8, 2)]);
        let forgotten = write(&store, |tx| {
            assert_eq!(tx.next_owner(OwnedRows::Persons, day(9))?, Some(7));
            let persons = [tx.forget_persons(7, 2)?, tx.forget_persons(7, 2)?];
            Ok((persons, [tx.forget_room_outcomes(ROOM, 2)?, tx.forget_room_outcomes(ROOM, 2)?]))
        });
        assert_eq!(forgotten, ([2, 1], [2, 1]));
    });
}
