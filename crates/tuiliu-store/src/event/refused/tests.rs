use super::*;
use crate::testing::on_both;

const TENANT: TenantId = TenantId::new(1);

fn event(id: u128, reason: &str) -> RefusedEvent {
    RefusedEvent {
        id: EventId::new(id),
        reason: reason.to_owned(),
        at: Timestamp::from_ms(i64::try_from(id).unwrap()),
        body: format!("{{\"n\":{id}}}"),
        money_allowed: id == 2,
        replayed_at: None,
    }
}

#[test]
fn refused_events_are_listed_taken_again_once_and_forgotten() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                for (id, reason) in [(1, "a"), (2, "b"), (3, "a"), (4, "b")] {
                    tx.keep_refused_event(TENANT, &event(id, reason))?;
                }
                tx.keep_refused_event(TenantId::new(2), &event(5, "a"))?;
                let last = EventId::new(u128::MAX);
                assert_eq!(tx.refused_events(TENANT, None, last, 3)?, [event(4, "b"), event(3, "a"), event(2, "b")]);
                assert_eq!(tx.refused_events(TENANT, None, EventId::new(2), 3)?, [event(1, "a")]);
                assert_eq!(tx.refused_events(TENANT, Some("a"), last, 9)?, [event(3, "a"), event(1, "a")]);
                let now = Timestamp::from_ms(9);
                let id = EventId::new(2);
                assert_eq!([tx.mark_replayed(TENANT, id, now)?, tx.mark_replayed(TENANT, id, now)?], [true, false]);
                assert_eq!(tx.refused_event(TENANT, id)?.and_then(|event| event.replayed_at), Some(now));
                assert_eq!(tx.refused_event(TENANT, EventId::new(5))?, None);
                assert_eq!((tx.refused_events_kept(TENANT)?, tx.trim_refused_events(TENANT, 2)?), (4, 2));
                assert_eq!(tx.refused_events(TENANT, None, last, 9)?, [event(4, "b"), event(3, "a")]);
                Ok(())
            })
            .unwrap();
    });
}
