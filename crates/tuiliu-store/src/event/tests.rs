use super::*;
use crate::testing::on_both;

#[test]
fn batches_are_read_back_in_the_order_of_acknowledgement() {
    on_both(|store| {
        let tenant = TenantId::new(1);
        let at = Timestamp::from_ms(3 * DAY_MS);
        for body in [b"one".as_slice(), b"two"] {
            let body = body.to_vec();
            store.write_now::<_, StoreError>(move |tx| tx.append_events(tenant, 1, &body, at)).unwrap();
        }
        let (batches, last, folded) = store
            .write_now::<_, StoreError>(|tx| {
                let batches = tx.events_after(0, 10)?;
                tx.set_folded_events(1)?;
                Ok((batches, tx.last_events()?, tx.folded_events()?))
            })
            .unwrap();
        let bodies: Vec<_> = batches.iter().map(|batch| (batch.seq, batch.body.as_slice())).collect();
        assert_eq!(bodies, [(1, b"one".as_slice()), (2, b"two")]);
        assert_eq!((last, folded), (2, 1));
        let back = store.write_now::<_, StoreError>(|tx| tx.set_folded_events(0));
        assert!(matches!(back, Err(StoreError::Conflict { .. })), "the fold never goes back: {back:?}");
    });
}

#[test]
fn an_event_is_seen_once_until_its_day_is_forgotten() {
    on_both(|store| {
        let at = Timestamp::from_ms(10 * DAY_MS);
        let seen = store
            .write_now::<_, StoreError>(move |tx| {
                let first = [tx.see_event([1; 16], at)?, tx.see_event([1; 16], at)?, tx.see_event([2; 16], at)?];
                let early = tx.forget_events(at)?;
                let late = tx.forget_events(at.plus_ms(DAY_MS))?;
                Ok((first, early, late, tx.see_event([1; 16], at)?))
            })
            .unwrap();
        assert_eq!(seen, ([true, false, true], 0, 2, true));
    });
}
