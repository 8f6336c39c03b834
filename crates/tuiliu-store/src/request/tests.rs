use super::*;
use crate::testing::on_both;

#[test]
fn a_first_answer_is_kept_once_and_for_its_tenant() {
    on_both(|store| {
        let (ours, theirs) = (TenantId::new(1), TenantId::new(2));
        let answer = StoredAnswer { digest: [3; 32], status: 201, body: b"{\"id\":1}".to_vec() };
        let kept = answer.clone();
        store.write_now::<_, StoreError>(move |tx| tx.store_answer(ours, "key", &kept, Timestamp::from_ms(5))).unwrap();
        let again = answer.clone();
        let twice =
            store.write_now::<_, StoreError>(move |tx| tx.store_answer(ours, "key", &again, Timestamp::from_ms(6)));
        assert!(matches!(twice, Err(StoreError::Duplicate)), "{twice:?}");
        let found = store
            .read_now::<_, StoreError>(move |tx| Ok((tx.stored_answer(ours, "key")?, tx.stored_answer(theirs, "key")?)))
            .unwrap();
        assert_eq!(found, (Some(answer), None));
    });
}
