use std::sync::atomic::{AtomicUsize, Ordering};

use tuiliu_domain::id::{
    IncentiveApplicationId, IncentiveMeasureId, IncentiveProgrammeId, IncentiveRewardId, LotId, PartyId, RoomId,
    TenantId,
};
use tuiliu_domain::incentive::{
    AbuseReason, ApplicationState, ApplicationVerdict, BroadcastCounts, BroadcastFacts, DebtKind, FactSource, Figure,
    Mark, MarkKind, Measure, MeasureKind, ProgrammeKind, ProgrammeState, RewardState,
};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

use super::*;
use crate::error::StoreError;
use crate::store::{Store, StoreConfig};
use crate::testing::{memory, on_both, server_address};
use crate::tx::Tx;

const OURS: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);
const JUNE: PartyId = PartyId::new(12);
const PROGRAMME: IncentiveProgrammeId = IncentiveProgrammeId::new(5);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn told(story: impl Fn(&mut Tx<'_>) -> Result<(), StoreError> + Copy + Send + 'static) {
    on_both(|store| store.write_now::<_, StoreError>(story).unwrap());
}

fn programme(id: u128, kind: ProgrammeKind) -> ProgrammeRow {
    ProgrammeRow {
        id: IncentiveProgrammeId::new(id),
        tenant: OURS,
        state: ProgrammeState::Draft,
        kind,
        draft: "{}".to_owned(),
        edition: 0,
        created_at: at(1),
        cancelled_at: None,
        version: 1,
    }
}

#[test]
fn programmes_and_their_editions_are_kept() {
    told(|tx| {
        tx.add_programme(&programme(5, ProgrammeKind::Growth))?;
        tx.add_programme(&programme(6, ProgrammeKind::ColdStart))?;
        assert_eq!(tx.programme(OURS, PROGRAMME)?, Some(programme(5, ProgrammeKind::Growth)));
        assert_eq!(tx.programme(TenantId::new(2), PROGRAMME)?, None);
        assert!(tx.published_programmes(OURS)?.is_empty());
        let state = ProgrammeState::Published;
        let published =
            ProgrammeRow { state, edition: 1, draft: "{\"a\":1}".to_owned(), ..programme(5, ProgrammeKind::Growth) };
        tx.update_programme(&published)?;
        let stale = tx.update_programme(&published);
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
        assert_eq!(tx.published_programmes(OURS)?, [ProgrammeRow { version: 2, ..published.clone() }]);
        assert_eq!(tx.growth_programmes_after(IncentiveProgrammeId::new(0), 9)?.len(), 1);
        assert!(tx.growth_programmes_after(PROGRAMME, 9)?.is_empty());
        let ids = |rows: Vec<ProgrammeRow>| rows.iter().map(|row| row.id.value()).collect::<Vec<_>>();
        assert_eq!(ids(tx.programmes(OURS, None, 9)?), [6, 5]);
        assert_eq!(ids(tx.programmes(OURS, Some(IncentiveProgrammeId::new(6)), 9)?), [5]);
        for number in [1, 2] {
            let terms = format!("{{\"n\":{number}}}");
            tx.add_edition(&EditionRow { programme: PROGRAMME, number, terms, published_at: at(i64::from(number)) })?;
        }
        let editions = tx.editions(PROGRAMME)?;
        assert_eq!(editions.iter().map(|edition| edition.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(editions[1].terms, "{\"n\":2}");
        Ok(())
    });
}

#[test]
fn a_quota_is_taken_and_given_back_by_month() {
    told(|tx| {
        assert!(tx.take_quota((PROGRAMME, 202_611), 3, 4)?);
        assert!(!tx.take_quota((PROGRAMME, 202_611), 2, 4)?, "one coupon too many");
        assert!(tx.take_quota((PROGRAMME, 202_611), 1, 4)?);
        assert!(tx.take_quota((PROGRAMME, 202_612), 4, 4)?, "another month");
        tx.return_quota((PROGRAMME, 202_611), 2)?;
        assert_eq!((tx.quota_taken(PROGRAMME, 202_611)?, tx.quota_taken(PROGRAMME, 202_701)?), (2, 0));
        assert!(!tx.take_quota((PROGRAMME, 202_611), 1, 1)?, "a smaller quota takes nothing back");
        Ok(())
    });
    on_both(|store| {
        let refused = store.write_now::<_, StoreError>(|tx| tx.return_quota((PROGRAMME, 202_611), 1));
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    });
}

/// A thousand claims on a hundred coupons, from eight threads at once, on these nodes.
fn a_thousand_claims(nodes: &[Store]) {
    let granted = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8_usize {
            let (node, granted) = (&nodes[thread % nodes.len()], &granted);
            scope.spawn(move || {
                for _ in 0..125 {
                    let taken = node.write_now::<_, StoreError>(|tx| tx.take_quota((PROGRAMME, 202_611), 1, 100));
                    granted.fetch_add(usize::from(taken.unwrap()), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(granted.into_inner(), 100);
    for node in nodes {
        let taken = node.read_now::<_, StoreError>(|tx| tx.quota_taken(PROGRAMME, 202_611));
        assert_eq!(taken.unwrap(), 100);
    }
}

#[test]
fn in_04_a_thousand_claims_at_once_never_exceed_the_quota() {
    a_thousand_claims(&[memory()]);
}

#[test]
fn in_04_a_thousand_claims_on_two_nodes_never_exceed_the_quota() {
    let address = server_address();
    let open = || Store::open(&StoreConfig { address: address.clone(), readers: 1 }).unwrap();
    a_thousand_claims(&[open(), open()]);
}

#[test]
fn periods_remember_how_far_they_were_judged() {
    told(|tx| {
        assert_eq!(tx.incentive_period(PROGRAMME, 20_774)?, None);
        let begun = PeriodRow { programme: PROGRAMME, first_day: 20_774, after: Some(MAY), is_done: false };
        tx.set_incentive_period(begun)?;
        assert_eq!(tx.incentive_period(PROGRAMME, 20_774)?, Some(begun));
        tx.set_incentive_period(PeriodRow { after: None, is_done: true, ..begun })?;
        assert_eq!(tx.incentive_period(PROGRAMME, 20_774)?.map(|period| period.is_done), Some(true));
        Ok(())
    });
}

fn application(id: u128, party: PartyId) -> ApplicationRow {
    ApplicationRow {
        id: IncentiveApplicationId::new(id),
        tenant: OURS,
        programme: PROGRAMME,
        edition: 1,
        party,
        state: ApplicationState::Submitted,
        form: "{}".to_owned(),
        month: 202_611,
        created_at: at(1),
        promised_at: at(9),
        verdict: None,
        version: 1,
    }
}

#[test]
fn applications_are_kept_queued_and_decided() {
    told(|tx| {
        for (id, party) in [(1, MAY), (2, JUNE), (3, MAY)] {
            tx.add_application(&application(id, party))?;
        }
        let read = tx.application(OURS, IncentiveApplicationId::new(1))?.unwrap();
        assert_eq!(read, application(1, MAY));
        assert_eq!(tx.application(TenantId::new(2), read.id)?, None);
        let verdict = ApplicationVerdict { reviewer: PartyId::new(20), reason: "no goods".to_owned(), at: at(4) };
        tx.update_application(&ApplicationRow {
            state: ApplicationState::Rejected,
            verdict: Some(verdict.clone()),
            ..read
        })?;
        let decided = tx.application(OURS, IncentiveApplicationId::new(1))?.unwrap();
        assert_eq!((decided.verdict, decided.version), (Some(verdict), 2));
        let ids = |rows: Vec<ApplicationRow>| rows.iter().map(|row| row.id.value()).collect::<Vec<_>>();
        let page = |party| ApplicationPage { tenant: OURS, party, before: None, limit: 9 };
        assert_eq!(ids(tx.applications(page(None))?), [3, 2, 1]);
        assert_eq!(ids(tx.applications(page(Some(MAY)))?), [3, 1]);
        assert_eq!(ids(tx.applications_in_state(OURS, ApplicationState::Submitted, None, 9)?), [2, 3]);
        assert_eq!(ids(tx.live_applications(OURS, MAY)?), [3]);
        Ok(())
    });
}

#[test]
fn in_02_help_is_written_down_once() {
    told(|tx| {
        tx.lock_incentive_desk(OURS)?;
        let first = IncentiveApplicationId::new(1);
        tx.add_incentive_help((OURS, MAY), first, at(1))?;
        assert_eq!(tx.incentive_help(OURS, MAY)?, Some(first));
        assert_eq!(tx.incentive_help(OURS, JUNE)?, None);
        tx.drop_incentive_help_if_any((OURS, MAY), IncentiveApplicationId::new(2))?;
        assert_eq!(tx.incentive_help(OURS, MAY)?, Some(first), "of another application");
        tx.drop_incentive_help_if_any((OURS, MAY), first)?;
        assert_eq!(tx.incentive_help(OURS, MAY)?, None);
        Ok(())
    });
}

fn reward(id: u128, party: PartyId, task: &str) -> RewardRow {
    RewardRow {
        id: IncentiveRewardId::new(id),
        tenant: OURS,
        programme: PROGRAMME,
        edition: 1,
        party,
        task: task.to_owned(),
        application: Some(IncentiveApplicationId::new(1)),
        room: Some(RoomId::new(8)),
        state: RewardState::Issued,
        month: 202_611,
        coupons: 1,
        points: 500,
        netted_points: 20,
        reasons: String::new(),
        figures: "{}".to_owned(),
        at: at(3),
    }
}

#[test]
fn a_task_is_rewarded_once() {
    on_both(|store| {
        let write = |work: fn(&mut Tx<'_>) -> Result<(), StoreError>| store.write_now::<_, StoreError>(work);
        write(|tx| {
            for (id, party, task) in [(1, MAY, "a"), (2, MAY, "b"), (3, JUNE, "a")] {
                tx.add_incentive_reward(&reward(id, party, task))?;
            }
            tx.add_reward_coupon(IncentiveRewardId::new(1), LotId::new(70))?;
            tx.add_reward_coupon(IncentiveRewardId::new(1), LotId::new(71))?;
            assert_eq!(tx.reward_coupons(IncentiveRewardId::new(1))?, [LotId::new(70), LotId::new(71)]);
            assert_eq!(tx.incentive_reward(OURS, IncentiveRewardId::new(1))?, Some(reward(1, MAY, "a")));
            assert_eq!(tx.incentive_reward(TenantId::new(2), IncentiveRewardId::new(1))?, None);
            assert_eq!(tx.reward_of_task(PROGRAMME, MAY, "b")?.map(|row| row.id.value()), Some(2));
            let ids = |rows: Vec<RewardRow>| rows.iter().map(|row| row.id.value()).collect::<Vec<_>>();
            let page = |party| RewardPage { tenant: OURS, party, before: None, limit: 9 };
            assert_eq!(ids(tx.incentive_rewards(page(None))?), [3, 2, 1]);
            assert_eq!(ids(tx.incentive_rewards(page(Some(MAY)))?), [2, 1]);
            assert_eq!(ids(tx.rewards_of_programme(PROGRAMME, MAY)?), [1, 2]);
            tx.set_reward_state(IncentiveRewardId::new(2), (RewardState::Issued, RewardState::TakenBack))?;
            assert_eq!(ids(tx.issued_rewards(OURS, MAY)?), [1]);
            let state = RewardState::Withheld;
            tx.add_incentive_reward(&RewardRow { state, ..reward(4, MAY, "c") })?;
            let settled = RewardRow { coupons: 3, netted_points: 7, month: 202_612, ..reward(4, MAY, "c") };
            tx.settle_reward(&settled, state)?;
            assert_eq!(tx.incentive_reward(OURS, IncentiveRewardId::new(4))?, Some(settled));
            Ok(())
        })
        .unwrap();
        let twice = write(|tx| tx.add_incentive_reward(&reward(9, MAY, "a")));
        assert!(matches!(twice, Err(StoreError::Duplicate)), "{twice:?}");
        let moved = IncentiveRewardId::new(2);
        let again = store.write_now::<_, StoreError>(move |tx| {
            tx.set_reward_state(moved, (RewardState::Issued, RewardState::TakenBack))
        });
        assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    });
}

fn fact(room: u128, creator: PartyId, ended_at: Option<i64>) -> BroadcastFactRow {
    let counts = BroadcastCounts {
        viewers: Some(Figure::reported(100)),
        own_viewers: Some(Figure::reported(1)),
        follower_gain: Some(Figure::reported(2)),
        paid_gmv_fen: Some(Figure::reported(3)),
        settled_gmv_fen: Some(Figure::reported(4)),
        refunded_fen: Some(Figure::reported(5)),
        complaints: Some(Figure::reported(6)),
        products_listed: Some(Figure::reported(7)),
        products_sold: None,
    };
    let facts = BroadcastFacts {
        room: RoomId::new(room),
        creator,
        started_at: at(10),
        ended_at: ended_at.map(at),
        times: FactSource::Measured,
        sells: Some(FactSource::Measured),
        counts,
    };
    BroadcastFactRow {
        tenant: OURS,
        facts,
        is_final: true,
        told_at: at(50),
        look_at: at(50),
        is_judged: false,
        version: 1,
    }
}

#[test]
fn facts_of_broadcasts_are_kept_and_judged() {
    told(|tx| {
        for row in [fact(1, MAY, Some(20)), fact(2, JUNE, Some(30)), fact(3, MAY, None)] {
            tx.add_broadcast_fact(&row)?;
        }
        assert_eq!(tx.broadcast_fact(RoomId::new(1))?, Some(fact(1, MAY, Some(20))));
        let rooms = |rows: Vec<BroadcastFactRow>| rows.iter().map(|row| row.facts.room.value()).collect::<Vec<_>>();
        assert_eq!(rooms(tx.broadcasts_to_judge(at(60), 9)?), [1, 2, 3]);
        tx.update_broadcast_fact(&BroadcastFactRow { is_judged: true, ..fact(1, MAY, Some(20)) })?;
        assert_eq!(rooms(tx.broadcasts_to_judge(at(60), 9)?), [2, 3]);
        assert!(tx.look_again_at_broadcast(RoomId::new(1), at(70))?);
        assert!(!tx.look_again_at_broadcast(RoomId::new(99), at(70))?);
        assert_eq!(rooms(tx.broadcasts_to_judge(at(69), 9)?), [2, 3], "its time has not come");
        assert_eq!(rooms(tx.broadcasts_to_judge(at(70), 9)?), [2, 3, 1]);
        assert_eq!(rooms(tx.broadcasts_between(OURS, (at(20), at(30)), 9)?), [1]);
        assert_eq!(rooms(tx.broadcasts_between(OURS, (at(0), at(31)), 9)?), [1, 2]);
        assert_eq!(rooms(tx.broadcasts_of((OURS, MAY), (at(0), at(99)), 9)?), [1], "one still runs");
        assert_eq!(tx.broadcasters_between(OURS, (at(0), at(99)), (None, 9))?, [MAY, JUNE]);
        assert_eq!(tx.broadcasters_between(OURS, (at(0), at(99)), (Some(MAY), 9))?, [JUNE]);
        Ok(())
    });
}

#[test]
fn standings_and_marks_replace_what_was_told_before() {
    told(|tx| {
        assert_eq!(tx.account_standing(OURS, MAY)?, None);
        tx.set_account_standing((OURS, MAY), "{\"a\":1}", at(1))?;
        tx.set_account_standing((OURS, MAY), "{\"a\":2}", at(2))?;
        assert_eq!(tx.account_standing(OURS, MAY)?.as_deref(), Some("{\"a\":2}"));
        assert_eq!(tx.first_started_room(OURS, MAY)?, None);
        let mark = |kind, thing: u8| Mark { kind, hash: [thing; 32] };
        tx.set_account_marks((OURS, MAY), MarkKind::Device, &[[1; 32], [2; 32], [1; 32]], at(1))?;
        tx.set_account_marks((OURS, MAY), MarkKind::Identity, &[[3; 32]], at(1))?;
        tx.set_account_marks((OURS, JUNE), MarkKind::Device, &[[2; 32]], at(1))?;
        tx.set_account_marks((OURS, PartyId::new(13)), MarkKind::Identity, &[[2; 32]], at(1))?;
        let expected = [mark(MarkKind::Device, 1), mark(MarkKind::Device, 2), mark(MarkKind::Identity, 3)];
        assert_eq!(tx.account_marks(OURS, MAY)?, expected);
        assert_eq!(tx.accounts_with_mark(OURS, &mark(MarkKind::Device, 2), 9)?, [MAY, JUNE]);
        assert_eq!(tx.accounts_with_shared_marks(OURS, None, 9)?, [MAY, JUNE]);
        assert_eq!(tx.accounts_with_shared_marks(OURS, Some(MAY), 9)?, [JUNE]);
        tx.set_account_marks((OURS, MAY), MarkKind::Device, &[], at(2))?;
        assert_eq!(tx.account_marks(OURS, MAY)?, [mark(MarkKind::Identity, 3)]);
        assert!(tx.accounts_with_shared_marks(OURS, None, 9)?.is_empty());
        Ok(())
    });
}

fn measure(id: u128, until: Option<i64>) -> Measure {
    Measure {
        id: IncentiveMeasureId::new(id),
        tenant: OURS,
        party: MAY,
        kind: if until.is_some() { MeasureKind::Limit } else { MeasureKind::End },
        reason: AbuseReason::FakeOrders,
        evidence: "x".to_owned(),
        operator: PartyId::new(20),
        at: at(1),
        until: until.map(at),
        lifted_at: None,
        recalled_points: 300,
        owed_points: 200,
        version: 1,
    }
}

#[test]
fn measures_hold_until_they_end_or_are_lifted() {
    told(|tx| {
        tx.add_incentive_measure(&measure(1, None))?;
        tx.add_incentive_measure(&measure(2, Some(10)))?;
        assert_eq!(tx.incentive_measure(OURS, IncentiveMeasureId::new(2))?, Some(measure(2, Some(10))));
        assert_eq!(tx.incentive_measure(TenantId::new(2), IncentiveMeasureId::new(2))?, None);
        let ids = |rows: Vec<Measure>| rows.iter().map(|row| row.id.value()).collect::<Vec<_>>();
        assert_eq!(ids(tx.measures_in_force(OURS, MAY, at(9))?), [1, 2]);
        assert_eq!(ids(tx.measures_in_force(OURS, MAY, at(10))?), [1]);
        let taken = [(LotId::new(7), Amount::new(40)), (LotId::new(8), Amount::new(2))];
        for (coupon, points) in taken {
            tx.add_incentive_recall(IncentiveMeasureId::new(1), coupon, points)?;
        }
        assert_eq!(tx.incentive_recalls(IncentiveMeasureId::new(1))?, taken);
        assert_eq!(tx.incentive_recalls(IncentiveMeasureId::new(2))?, []);
        tx.lift_incentive_measure(&measure(1, None), at(5))?;
        assert_eq!(ids(tx.measures_in_force(OURS, MAY, at(9))?), [2]);
        let page = |party| MeasurePage { tenant: OURS, party, before: None, limit: 9 };
        assert_eq!(ids(tx.incentive_measures(page(None))?), [2, 1]);
        assert_eq!(ids(tx.incentive_measures(page(Some(JUNE)))?), [0; 0]);
        Ok(())
    });
}

#[test]
fn a_debt_is_the_sum_of_its_lines() {
    told(|tx| {
        assert_eq!(tx.owed_points(OURS, MAY)?, 0);
        for (kind, points) in [(DebtKind::Booked, 700), (DebtKind::Netted, -200), (DebtKind::Cancelled, -100)] {
            let (measure, reward) = (Some(IncentiveMeasureId::new(1)), None);
            tx.add_debt_entry(&DebtEntry {
                tenant: OURS,
                party: MAY,
                number: 0,
                kind,
                points,
                measure,
                reward,
                at: at(2),
            })?;
        }
        assert_eq!((tx.owed_points(OURS, MAY)?, tx.owed_points(OURS, JUNE)?), (400, 0));
        let lines = tx.debt_entries((OURS, MAY), 1, 9)?;
        assert_eq!(lines.iter().map(|line| (line.number, line.points)).collect::<Vec<_>>(), [(2, -200), (3, -100)]);
        Ok(())
    });
}
