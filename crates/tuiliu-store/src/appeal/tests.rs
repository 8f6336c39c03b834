use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);

fn appeal(id: u128, party: PartyId, subject_id: u128) -> Appeal {
    Appeal {
        id: AppealId::new(id),
        tenant: OURS,
        party,
        subject: AppealSubject::IncentiveMeasure,
        subject_id,
        first_decider: Some(PartyId::new(20)),
        evidence: AppealEvidence { text: "看看".to_owned(), links: vec!["https://example.org/a".to_owned()] },
        state: AppealState::Open,
        created_at: Timestamp::from_ms(5),
        promised_at: Timestamp::from_ms(50),
        answer: None,
        version: 1,
    }
}

#[test]
fn appeals_are_kept_queued_and_answered() {
    on_both(|store| {
        let write = |work: fn(&mut Tx<'_>) -> Result<(), StoreError>| store.write_now::<_, StoreError>(work);
        write(|tx| {
            for (id, party, subject) in [(1, MAY, 7), (2, PartyId::new(12), 8), (3, MAY, 8)] {
                tx.add_appeal(&appeal(id, party, subject))?;
            }
            let read = tx.appeal(OURS, AppealId::new(1))?.unwrap();
            assert_eq!(read, appeal(1, MAY, 7));
            assert_eq!(tx.appeal(TenantId::new(2), AppealId::new(1))?, None);
            let answer = AppealAnswer { reviewer: PartyId::new(21), text: "so".to_owned(), at: Timestamp::from_ms(9) };
            tx.update_appeal(&read.decided(true, answer.clone()).unwrap())?;
            let decided = tx.appeal(OURS, AppealId::new(1))?.unwrap();
            assert_eq!((decided.state, decided.answer, decided.version), (AppealState::Granted, Some(answer), 2));
            let ids = |rows: Vec<Appeal>| rows.iter().map(|row| row.id.value()).collect::<Vec<_>>();
            let page = |party, before| AppealPage { tenant: OURS, party, before, limit: 9 };
            assert_eq!(ids(tx.appeals(page(None, None))?), [3, 2, 1]);
            assert_eq!(ids(tx.appeals(page(Some(MAY), Some(AppealId::new(3))))?), [1]);
            assert_eq!(ids(tx.appeals_in_state(OURS, AppealState::Open, (None, 9))?), [2, 3]);
            assert_eq!(ids(tx.appeals_in_state(OURS, AppealState::Open, (Some(AppealId::new(2)), 9))?), [3]);
            assert_eq!(ids(tx.appeals_of_subject(OURS, AppealSubject::IncentiveMeasure, 8)?), [2, 3]);
            assert!(tx.appeals_of_subject(OURS, AppealSubject::RejectedOrder, 8)?.is_empty());
            Ok(())
        })
        .unwrap();
        let stale = write(|tx| tx.update_appeal(&appeal(1, MAY, 7)));
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
    });
}
