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
fn dl_08_an_event_is_new_once_in_one_report_and_in_all() {
    on_both(|store| {
        let at = Timestamp::from_ms(10 * DAY_MS);
        let see = |keys: &'static [u128]| store.write_now::<_, StoreError>(move |tx| tx.see_events(keys, at)).unwrap();
        assert_eq!(see(&[3, 1, 3, 2]), [true, true, false, true]);
        assert_eq!(see(&[2, 4, 1, u128::MAX]), [false, true, false, true]);
        assert_eq!(see(&[]), [false; 0]);
    });
}
