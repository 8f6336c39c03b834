use super::*;
use crate::id::{PartyId, PromotionOrderId, ReviewTaskId, TenantId};
use crate::policy::ReviewPolicy;
use crate::time::{MINUTE_MS, Timestamp};

const ANN: PartyId = PartyId::new(1);
const BOB: PartyId = PartyId::new(2);
const CAT: PartyId = PartyId::new(3);

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_ms(minutes * MINUTE_MS)
}

fn task(category: &str) -> ReviewTask {
    let opening = TaskOpening {
        id: ReviewTaskId::new(7),
        tenant: TenantId::new(1),
        order: PromotionOrderId::new(1),
        kind: TaskKind::Judgement,
        priority: Priority::Normal,
        content_version: 1,
        category,
    };
    ReviewTask::opened(opening, &ReviewPolicy::default(), at(0))
}

fn refuse(text: &str) -> Verdict {
    Verdict::Reject(vec![Reason::new(ReasonCode::Misleading, text.to_owned())])
}

/// The task after these judgements, each by another person, or the verdict that they came to.
fn judged(category: &str, opinions: &[(PartyId, Verdict)]) -> Result<ReviewTask, Verdict> {
    opinions.iter().try_fold(task(category), |task, (reviewer, verdict)| {
        match task.judged(*reviewer, verdict.clone(), at(1)).unwrap() {
            Judged::Waits(task) => Ok(task),
            Judged::Decided(task, verdict) => {
                assert_eq!(task.closed_at, Some(at(1)));
                Err(verdict)
            }
        }
    })
}

#[test]
fn rv_02_a_claim_keeps_others_away_until_its_time_is_over() {
    let policy = ReviewPolicy::default();
    let taken = task("food").claimed(ANN, at(0), &policy).unwrap();
    assert_eq!(taken.clone().claimed(BOB, at(9), &policy), Err(DeskError::Claimed { until: at(10) }));
    assert_eq!(taken.clone().judged(BOB, Verdict::Pass, at(9)), Err(DeskError::Claimed { until: at(10) }));
    assert_eq!(taken.clone().released(BOB, at(9)), Err(DeskError::Claimed { until: at(10) }));
    let longer = taken.clone().claimed(ANN, at(5), &policy).unwrap();
    assert_eq!(longer.claim, Some(Claim { reviewer: ANN, until: at(15) }), "taking it again is more time");
    assert!(taken.clone().claimed(BOB, at(10), &policy).is_ok(), "the time is over");
    let free = taken.clone().released(ANN, at(3)).unwrap();
    assert_eq!(free.clone().released(ANN, at(3)), Err(DeskError::NotClaimed));
    assert!(free.claimed(BOB, at(3), &policy).is_ok());
    assert_eq!(taken.closed(at(4)).claimed(ANN, at(5), &policy), Err(DeskError::Closed));
}

#[test]
fn rv_02_one_judgement_decides_where_two_eyes_are_enough() {
    assert_eq!(judged("food", &[(ANN, Verdict::Pass)]), Err(Verdict::Pass));
    assert_eq!(judged("food", &[(ANN, refuse("a"))]), Err(refuse("a")));
    let left = judged("food", &[(ANN, Verdict::Escalate(Vec::new()))]).unwrap();
    assert_eq!(
        left.available_to(ANN, at(2)),
        Err(DeskError::AlreadyJudged),
        "who left it to others is not asked again"
    );
    assert_eq!(judged("food", &[(ANN, Verdict::Escalate(Vec::new())), (BOB, Verdict::Pass)]), Err(Verdict::Pass));
    assert_eq!(task("food").judged(ANN, Verdict::Reject(Vec::new()), at(1)), Err(DeskError::NoReason));
}

#[test]
fn rv_02_four_eyes_agree_or_a_third_person_decides() {
    let (pass, escalate) = (Verdict::Pass, Verdict::Escalate(Vec::new()));
    let first = judged("finance", &[(ANN, pass.clone())]).unwrap();
    assert_eq!(first.clone().judged(ANN, pass.clone(), at(2)), Err(DeskError::AlreadyJudged));
    assert_eq!(first.claim, None);
    assert_eq!(judged("finance", &[(ANN, pass.clone()), (BOB, pass.clone())]), Err(Verdict::Pass));
    assert!(judged("finance", &[(ANN, pass.clone()), (BOB, refuse("b"))]).is_ok(), "a third must look");
    assert_eq!(judged("finance", &[(ANN, pass.clone()), (BOB, refuse("b")), (CAT, pass.clone())]), Err(Verdict::Pass));
    let both = Verdict::Reject([refuse("b").reasons(), refuse("c").reasons()].concat());
    assert_eq!(judged("finance", &[(ANN, pass), (BOB, refuse("b")), (CAT, refuse("c"))]), Err(both));
    assert_eq!(judged("finance", &[(ANN, refuse("a")), (BOB, refuse("a"))]), Err(refuse("a")), "each reason once");
    assert!(
        judged("finance", &[(ANN, escalate), (BOB, Verdict::Pass)]).is_ok(),
        "leaving it to others is no judgement"
    );
}

#[test]
fn rv_02_what_delivery_waits_for_comes_first_then_what_is_promised_first() {
    let with = |priority, minutes: i64| {
        let task = ReviewTask { priority, due_at: at(minutes), ..task("food") };
        task.place()
    };
    let sorted =
        [with(Priority::Urgent, 500), with(Priority::Normal, 1), with(Priority::Normal, 2), with(Priority::Low, 0)];
    assert!(sorted.is_sorted(), "{sorted:?}");
}

#[test]
fn rv_02_some_verdicts_are_judged_once_more_by_somebody_else() {
    let policy = ReviewPolicy { sample_permille: 50, ..ReviewPolicy::default() };
    let mut drawn = 0;
    for number in 0..20_000_u128 {
        let task = ReviewTask { id: ReviewTaskId::new(number << 32), ..task("food") };
        let Judged::Decided(task, _) = task.judged(ANN, Verdict::Pass, at(1)).unwrap() else { panic!("decided") };
        drawn += usize::from(task.sample(ReviewTaskId::new(1), at(1), &policy).is_some());
    }
    assert!((900..1_100).contains(&drawn), "{drawn} of 20 000 at 5 %");
    let all = ReviewPolicy { sample_permille: 1000, ..policy };
    let Judged::Decided(done, _) = task("finance")
        .judged(ANN, Verdict::Pass, at(1))
        .and_then(|first| match first {
            Judged::Waits(task) => task.judged(BOB, Verdict::Pass, at(2)),
            decided @ Judged::Decided(..) => Ok(decided),
        })
        .unwrap()
    else {
        panic!("decided")
    };
    let sample = done.sample(ReviewTaskId::new(8), at(2), &all).unwrap();
    for judge in [ANN, BOB] {
        assert_eq!(sample.available_to(judge, at(3)), Err(DeskError::AlreadyJudged), "not by who judged it");
    }
    let Judged::Decided(sample, verdict) = sample.judged(CAT, refuse("c"), at(3)).unwrap() else {
        panic!("one decides")
    };
    assert_eq!(verdict, refuse("c"));
    let (first, second) = sample.sampled().unwrap();
    assert_eq!((first.reviewer, second.reviewer), (BOB, CAT));
    assert_eq!(sample.sample(ReviewTaskId::new(9), at(3), &all), None, "a sample is not sampled");
}

#[test]
fn rv_01_the_outside_check_can_only_be_stricter() {
    let doubt = || Verdict::Escalate(vec![Reason::new(ReasonCode::WatchedWord, "理财".to_owned())]);
    let said = CheckAnswer::Said;
    let check = |rules, answer, expected: Verdict| {
        assert_eq!(after_check(rules, answer, OnSilence::Escalate), expected);
    };
    check(Verdict::Pass, said(Verdict::Pass), Verdict::Pass);
    check(Verdict::Pass, said(refuse("x")), refuse("x"));
    check(Verdict::Pass, said(doubt()), doubt());
    check(doubt(), said(Verdict::Pass), doubt());
    check(doubt(), said(refuse("x")), refuse("x"));
    check(refuse("r"), said(Verdict::Pass), refuse("r"));
    for silence in OnSilence::ALL {
        let verdict = after_check(Verdict::Pass, CheckAnswer::Silent, *silence);
        assert_eq!(verdict.code(), silence.code());
        assert_eq!(after_check(doubt(), CheckAnswer::Silent, OnSilence::Pass), doubt());
    }
}
