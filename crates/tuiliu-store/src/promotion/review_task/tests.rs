use tuiliu_domain::policy::ReviewPolicy;
use tuiliu_domain::review::{Judged, Reason, ReasonCode, TaskOpening, Verdict};

use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const THEIRS: TenantId = TenantId::new(2);
const ANN: PartyId = PartyId::new(11);
const BOB: PartyId = PartyId::new(12);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn task(id: u128, kind: TaskKind, priority: Priority) -> ReviewTask {
    let opening = TaskOpening {
        id: ReviewTaskId::new(id),
        tenant: OURS,
        order: PromotionOrderId::new(100 + id),
        kind,
        priority,
        content_version: 3,
        category: "finance",
    };
    ReviewTask::opened(opening, &ReviewPolicy::default(), at(5))
}

fn ids(tasks: &[ReviewTask]) -> Vec<u128> {
    tasks.iter().map(|task| task.id.value()).collect()
}

#[test]
fn tasks_are_kept_with_what_was_thought_of_them() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let first = task(1, TaskKind::Judgement, Priority::Normal);
                tx.insert_review_task(&first)?;
                let reasons = vec![Reason::new(ReasonCode::Misleading, "夸大".to_owned())];
                let Ok(Judged::Waits(second)) = first.clone().judged(ANN, Verdict::Reject(reasons), at(7)) else {
                    panic!("four eyes")
                };
                let claimed = second.claimed(BOB, at(8), &ReviewPolicy::default()).unwrap();
                tx.update_review_task(&claimed)?;
                let stored = ReviewTask { version: 2, ..claimed };
                assert_eq!(tx.review_task(stored.id)?, Some(stored.clone()));
                assert_eq!(tx.review_task(ReviewTaskId::new(9))?, None);
                assert_eq!(tx.open_review_tasks_of(stored.order)?, std::slice::from_ref(&stored));
                Ok(())
            })
            .unwrap();
        let stale = store
            .write_now::<_, StoreError>(|tx| tx.update_review_task(&task(1, TaskKind::Judgement, Priority::Normal)));
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
        store
            .write_now::<_, StoreError>(|tx| {
                let stored = tx.review_task(ReviewTaskId::new(1))?.unwrap();
                tx.update_review_task(&stored.clone().closed(at(9)))?;
                assert!(tx.open_review_tasks_of(stored.order)?.is_empty());
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn the_queue_is_read_by_place_and_kind() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                tx.insert_review_task(&task(1, TaskKind::Judgement, Priority::Low))?;
                tx.insert_review_task(&task(2, TaskKind::Judgement, Priority::Normal))?;
                tx.insert_review_task(&task(3, TaskKind::Judgement, Priority::Normal))?;
                tx.insert_review_task(&task(4, TaskKind::Check, Priority::Urgent))?;
                tx.insert_review_task(&ReviewTask { tenant: THEIRS, ..task(5, TaskKind::Judgement, Priority::Low) })?;
                let page = |after, limit| TaskPage { tenant: OURS, kind: TaskKind::Judgement, after, limit };
                let all = tx.open_review_tasks(page(None, 9))?;
                assert_eq!(ids(&all), [2, 3, 1]);
                let after = all.first().map(|task| (task.place(), task.id));
                assert_eq!(ids(&tx.open_review_tasks(page(after, 1))?), [3]);
                assert_eq!(ids(&tx.open_content_checks(9)?), [4]);
                let load = |tx: &mut Tx<'_>, now| tx.desk_load(OURS, TaskKind::Judgement, at(now));
                assert_eq!(load(tx, 6)?, DeskLoad { open: 3, overdue: 0 });
                assert_eq!(load(tx, 10_000_000)?, DeskLoad { open: 3, overdue: 3 });
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn verdicts_and_samples_are_counted_since_a_time() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let closed = |id, at_ms| task(id, TaskKind::Sample, Priority::Low).closed(at(at_ms));
                for (id, at_ms) in [(1, 10), (2, 30), (3, 20)] {
                    tx.insert_review_task(&closed(id, at_ms))?;
                }
                assert_eq!(ids(&tx.judged_samples(OURS, at(20), 9)?), [2, 3], "newest first");
                assert_eq!(ids(&tx.judged_samples(OURS, at(0), 1)?), [2]);
                assert!(tx.judged_samples(THEIRS, at(0), 9)?.is_empty());
                let review = |id: u128, verdict, reviewer| super::super::ReviewRow {
                    id: tuiliu_domain::id::ReviewId::new(id),
                    tenant: OURS,
                    order: PromotionOrderId::new(1),
                    stage: "start".to_owned(),
                    content_version: 1,
                    verdict,
                    reviewer,
                    at: at(i64::try_from(id).unwrap()),
                };
                for (id, reviewer) in [(1, Some(ANN)), (2, Some(ANN)), (3, None), (4, Some(ANN)), (5, Some(BOB))] {
                    tx.insert_review(&review(id, Verdict::Pass, reviewer))?;
                }
                let count = |reviewer, count| VerdictCount { reviewer, verdict: "pass".to_owned(), count };
                assert_eq!(tx.verdicts_since(OURS, at(2))?, [count(ANN, 2), count(BOB, 1)]);
                assert!(tx.verdicts_since(THEIRS, at(0))?.is_empty());
                Ok(())
            })
            .unwrap();
    });
}
