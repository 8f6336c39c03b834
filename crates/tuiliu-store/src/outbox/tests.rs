use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);

fn notice(name: &str, subject: &str) -> Notice {
    Notice {
        tenant: OURS,
        name: name.to_owned(),
        subject: subject.to_owned(),
        body: "{}".to_owned(),
        at: Timestamp::from_ms(7),
    }
}

#[test]
fn notices_are_numbered_without_gaps_and_found_by_subject() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                tx.tell(notice("boost.placed", "po_1"));
                tx.tell(notice("boost.paid", "po_1"));
                Ok(())
            })
            .unwrap();
        store
            .write_now::<_, StoreError>(|tx| {
                tx.tell(notice("boost.placed", "po_2"));
                Ok(())
            })
            .unwrap();
        let (all, first, last) = store
            .read_now::<_, StoreError>(|tx| {
                Ok((tx.notices_after(0, 10)?, tx.notices_of(OURS, "po_1", 0, 10)?, tx.last_notice()?))
            })
            .unwrap();
        assert_eq!(all.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(first, [(1, notice("boost.placed", "po_1")), (2, notice("boost.paid", "po_1"))]);
        assert_eq!(last, 3);
    });
}

#[test]
fn a_refused_job_tells_nothing_and_takes_no_number() {
    #[derive(Debug)]
    enum Refused {
        Rule,
        Store(StoreError),
    }
    impl From<StoreError> for Refused {
        fn from(fault: StoreError) -> Self {
            Self::Store(fault)
        }
    }
    impl crate::Refusal for Refused {
        fn fault(&self) -> Option<&StoreError> {
            match self {
                Self::Store(fault) => Some(fault),
                Self::Rule => None,
            }
        }
    }
    on_both(|store| {
        let refused = store.write_now::<(), Refused>(|tx| {
            tx.tell(notice("boost.placed", "po_1"));
            tx.see_events(&[1], Timestamp::from_ms(1))?;
            Err(Refused::Rule)
        });
        assert!(matches!(refused, Err(Refused::Rule)), "{refused:?}");
        store
            .write_now::<_, StoreError>(|tx| {
                tx.tell(notice("boost.placed", "po_2"));
                Ok(())
            })
            .unwrap();
        let (notices, seen) = store
            .write_now::<_, StoreError>(|tx| {
                Ok((tx.notices_after(0, 10)?, tx.see_events(&[1], Timestamp::from_ms(1))?))
            })
            .unwrap();
        assert_eq!(notices, [(1, notice("boost.placed", "po_2"))]);
        assert_eq!(seen, [true], "the refused job left nothing");
    });
}
