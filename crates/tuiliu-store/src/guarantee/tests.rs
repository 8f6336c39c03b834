use tuiliu_domain::calendar::{Calendar, Promise};
use tuiliu_domain::guarantee::{FreezeCause, GuaranteeTerms, LeftOut, PlaysReading, Refund, ServiceState};

use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const THEIRS: TenantId = TenantId::new(2);
const BUYER: PartyId = PartyId::new(11);
const CREATOR: PartyId = PartyId::new(12);
const VIDEO: CreatorVideoId = CreatorVideoId::new(13);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn service(id: u128) -> GuaranteeService {
    GuaranteeService {
        id: GuaranteeServiceId::new(id),
        order: GuaranteeOrderId::new(5),
        tenant: OURS,
        buyer: BUYER,
        creator: CREATOR,
        terms: GuaranteeTerms {
            policy_version: 3,
            fixed_price: Amount::new(1_000_000),
            premium_permille: 200,
            fee: Amount::new(200_000),
            expected_plays: 1_000_000,
            low_plays: 400_000,
            high_plays: 3_000_000,
            loss_permille: 420,
            term_ms: 14,
            refund_working_days: 7,
            refund_wait_ms: 8,
            report_wait_ms: 9,
            closing_wait_ms: 10,
        },
        state: ServiceState::Waiting { lapses_at: at(100) },
        placed_at: at(1),
        version: 1,
    }
}

fn states() -> Vec<ServiceState> {
    let promised: Promise = Calendar::mainland().promise(at(0), 7);
    let refund = Refund { amount: Amount::new(7), promised, pay_at: at(60), paid_at: None };
    let paid = Refund { paid_at: Some(at(61)), ..refund };
    let (video, published_at, ends_at, cause) = (VIDEO, at(20), at(34), FreezeCause::Edited);
    vec![
        ServiceState::Running { video, published_at, ends_at },
        ServiceState::Frozen { video, published_at, ends_at, since: at(30), cause },
        ServiceState::Succeeded { at: at(40), video, plays: 5 },
        ServiceState::Compensated { at: at(40), video, plays: 5, refund },
        ServiceState::Lapsed { at: at(41), refund },
        ServiceState::Voided { at: at(42), refund: paid },
    ]
}

#[test]
fn guarantees_are_kept_in_every_state_and_found() {
    on_both(|store| {
        let run = |work: fn(&mut Tx<'_>) -> Result<(), StoreError>| store.write_now(work).unwrap();
        run(|tx| {
            let order = GuaranteeOrderRow {
                id: GuaranteeOrderId::new(5),
                tenant: OURS,
                buyer: BUYER,
                fee: Amount::new(400_000),
                services: 2,
                placed_at: at(1),
            };
            tx.add_guarantee_order(&order)?;
            assert_eq!(tx.guarantee_order(order.id)?, Some(order));
            let evidence = [9, 7].map(|plays| EvidenceVideo { video: VIDEO, plays });
            tx.add_guarantee_service(&service(1), &evidence)?;
            tx.add_guarantee_service(&service(2), &[])?;
            assert_eq!(tx.guarantee_evidence(service(1).id)?, evidence);
            assert_eq!(tx.guarantee_service(service(1).id)?, Some(service(1)));
            let ids = |rows: Vec<GuaranteeService>| rows.iter().map(|row| row.id.value()).collect::<Vec<_>>();
            assert_eq!(ids(tx.guarantee_services_of(order.id)?), [1, 2]);
            let page = |of, before| GuaranteePage { tenant: OURS, of, before, limit: 9 };
            assert_eq!(ids(tx.guarantee_services_before(page(GuaranteesOf::Everybody, None))?), [2, 1]);
            let second = Some(service(2).id);
            assert_eq!(ids(tx.guarantee_services_before(page(GuaranteesOf::Buyer(BUYER), second))?), [1]);
            assert_eq!(ids(tx.guarantee_services_before(page(GuaranteesOf::Buyer(CREATOR), None))?), [0_u128; 0]);
            assert_eq!(ids(tx.guarantee_services_before(page(GuaranteesOf::Creator(CREATOR), None))?), [2, 1]);
            assert_eq!(ids(tx.guarantee_services_after(None, 9)?), [1, 2]);
            assert_eq!(ids(tx.guarantee_services_after(Some(service(1).id), 9)?), [2]);
            assert_eq!(ids(tx.open_guarantees_on(OURS, CREATOR)?), [1, 2]);
            assert_eq!(ids(tx.open_guarantees_on(OURS, BUYER)?), [0_u128; 0]);
            let theirs = GuaranteePage { tenant: THEIRS, ..page(GuaranteesOf::Everybody, None) };
            assert_eq!(ids(tx.guarantee_services_before(theirs)?), [0_u128; 0]);
            // Lapses at 100, and 9 are waited.
            assert_eq!(ids(tx.due_guarantees(at(108), 9)?), [0_u128; 0]);
            assert_eq!(ids(tx.due_guarantees(at(109), 9)?), [1, 2]);
            for (version, state) in (1..).zip(states()) {
                let changed = GuaranteeService { state, version, ..service(1) };
                tx.update_guarantee_service(&changed)?;
                assert_eq!(
                    tx.guarantee_service(changed.id)?,
                    Some(GuaranteeService { version: version + 1, ..changed })
                );
                let frozen = usize::from(matches!(state, ServiceState::Frozen { .. }));
                assert_eq!(tx.guarantee_services_before(page(GuaranteesOf::Frozen, None))?.len(), frozen);
                let running = matches!(state, ServiceState::Running { .. });
                assert_eq!(tx.running_guarantees_after(None, 9)?.len(), usize::from(running));
                let open = tx.open_guarantees_on(OURS, CREATOR)?.iter().any(|row| row.id == changed.id);
                assert_eq!(open, state.ended_at().is_none());
                assert_eq!(tx.guarantee_services_on(VIDEO)?.len(), usize::from(state.video().is_some()));
            }
            Ok(())
        });
        let stale = store.write_now(|tx| tx.update_guarantee_service(&service(1)));
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
    });
}

#[test]
fn decisions_and_help_are_kept() {
    on_both(|store| {
        store
            .write_now(|tx| {
                let id = service(1).id;
                let row = DecisionRow {
                    service: id,
                    at: at(5),
                    party: BUYER,
                    decision: Decision::Void,
                    plays: 3,
                    reason: "the creator asked".to_owned(),
                };
                tx.add_guarantee_decision(&row)?;
                assert_eq!(tx.guarantee_decisions(id)?, [row]);
                assert_eq!(tx.guarantee_help(id)?, (0, Micros::ZERO));
                let help = |hour: i64| HelpRow { service: id, hour: at(hour), plays: 10, cost: Micros::new(4) };
                for hour in [1, 1, 2] {
                    tx.add_guarantee_help(&help(hour))?;
                }
                assert_eq!(tx.guarantee_help(id)?, (30, Micros::new(12)));
                tx.add_guarantee_service(&service(1), &[])?;
                tx.add_guarantee_service(&service(2), &[])?;
                let book = [(service(2), Micros::ZERO), (service(1), Micros::new(12))];
                assert_eq!(tx.guarantees_for_book(OURS, at(0), 9)?, book);
                tx.update_guarantee_service(&GuaranteeService { state: states()[2], ..service(1) })?;
                assert_eq!(tx.guarantees_for_book(OURS, at(39), 9)?.len(), 2);
                assert_eq!(tx.guarantees_for_book(OURS, at(40), 9)?, book[..1], "it ended before");
                assert!(tx.guarantees_for_book(THEIRS, at(0), 9)?.is_empty());
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}

#[test]
fn videos_prices_and_readings_are_kept() {
    on_both(|store| {
        store
            .write_now(|tx| {
                tx.set_creator_price((OURS, CREATOR), Amount::new(5), at(1))?;
                tx.set_creator_price((OURS, CREATOR), Amount::new(6), at(2))?;
                assert_eq!(tx.creator_price(OURS, CREATOR)?, Some(Amount::new(6)));
                assert_eq!(tx.creator_price(THEIRS, CREATOR)?, None);
                assert_eq!(tx.priced_creators(OURS, PartyId::new(0), 9)?, [], "nobody is known by this id");
                let video = CreatorVideoRow {
                    id: VIDEO,
                    tenant: OURS,
                    creator: CREATOR,
                    external_id: "v-1".to_owned(),
                    published_at: at(10),
                    state: VideoState::Visible,
                    changed_at: at(11),
                    version: 1,
                };
                tx.add_creator_video(&video)?;
                assert_eq!(tx.creator_video(OURS, VIDEO)?.as_ref(), Some(&video));
                assert_eq!(tx.creator_video(THEIRS, VIDEO)?, None);
                assert_eq!(tx.creator_video_of(THEIRS, "v-1")?, None);
                let hidden =
                    CreatorVideoRow { state: VideoState::Withdrawn(FreezeCause::Hidden), changed_at: at(12), ..video };
                tx.update_creator_video(&hidden)?;
                let hidden = CreatorVideoRow { version: 2, ..hidden };
                assert_eq!(tx.creator_video_of(OURS, "v-1")?, Some(hidden));
                let page = |creator, from, until| VideoPage {
                    tenant: OURS,
                    creator,
                    from: at(from),
                    until: at(until),
                    limit: 9,
                };
                assert_eq!(tx.creator_videos(page(Some(CREATOR), 10, 11))?.len(), 1);
                assert_eq!(tx.creator_videos(page(None, 10, 11))?.len(), 1);
                assert_eq!(tx.creator_videos(page(None, 0, 10))?.len(), 0);
                assert_eq!(tx.creator_videos(page(Some(BUYER), 0, 99))?.len(), 0);
                let reading = |ms: i64, plays: u64| PlaysReading {
                    at: at(ms),
                    plays,
                    left_out: LeftOut { machine: 1, repeat: 2, own_account: 3 },
                };
                for (ms, plays) in [(20, 100), (30, 200), (30, 190)] {
                    tx.add_plays_reading(VIDEO, &reading(ms, plays))?;
                }
                assert_eq!(tx.plays_readings(VIDEO, 9)?, [reading(30, 190), reading(20, 100)]);
                assert_eq!(tx.last_plays_reading(VIDEO, at(29))?, Some(reading(20, 100)));
                assert_eq!(tx.last_plays_reading(VIDEO, at(19))?, None);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}
