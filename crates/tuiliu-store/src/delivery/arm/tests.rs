use super::*;
use crate::testing::on_both;

const ORDER: PromotionOrderId = PromotionOrderId::new(1);
const OTHER: PromotionOrderId = PromotionOrderId::new(2);
const TENANT: TenantId = TenantId::new(3);
const ROOM: RoomId = RoomId::new(7);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn win(order: PromotionOrderId, viewer: u128, arm: ArmCode, ms: i64) -> ArmWin {
    ArmWin { order, room: ROOM, viewer, arm, at: at(ms), price: Micros::new(5), share_millionths: 100_000, model: 3 }
}

fn did(viewed: i64, gmv_fen: i64) -> ArmOutcome {
    ArmOutcome { viewed, paid: i64::from(gmv_fen > 0), gmv_fen, ..ArmOutcome::default() }
}

fn outcome(ms: i64, batch: i64, kind: OutcomeCode) -> RoomOutcome {
    RoomOutcome { at: at(ms), batch, place: 1, kind, purchase: 6, value_fen: 3 }
}

fn prior(metric: &str, shape_thousandths: i64, fitted_ms: i64) -> LiftPriorRow {
    LiftPriorRow {
        metric: metric.to_owned(),
        shape_thousandths,
        rate_thousandths: 1_000,
        orders: 12,
        fitted_at: at(fitted_ms),
    }
}

#[test]
fn the_first_win_of_a_viewer_counts_whatever_is_told_first() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let told = [
                    tx.win_viewers(&[win(ORDER, 9, ArmCode::Treated, 50)])?,
                    tx.win_viewers(&[win(ORDER, 9, ArmCode::Treated, 60)])?,
                    tx.win_viewers(&[win(ORDER, 9, ArmCode::Treated, 40), win(OTHER, 9, ArmCode::Treated, 45)])?,
                    tx.win_viewers(&[])?,
                ]
                .map(|new| new.len());
                Ok((told, tx.arms_of_viewer(ROOM, 9)?, tx.arms_of_viewer(ROOM, 8)?))
            })
            .unwrap();
        let row = |order, ms| ArmRow {
            order,
            viewer: 9,
            arm: ArmCode::Treated,
            first_at: at(ms),
            valid: true,
            outcome: ArmOutcome::default(),
        };
        assert_eq!(told, ([1, 0, 2, 0], vec![row(ORDER, 40), row(OTHER, 45)], Vec::new()));
    });
}

#[test]
fn arms_add_up_what_their_valid_viewers_did() {
    on_both(|store| {
        let (sums, spenders, gone, after, room) = store
            .write_now::<_, StoreError>(|tx| {
                for (viewer, arm, outcome) in [
                    (1, ArmCode::Treated, did(1, 0)),
                    (2, ArmCode::Treated, did(1, 500)),
                    (3, ArmCode::Ghost, did(0, 0)),
                    (4, ArmCode::Ghost, did(1, 70)),
                    (5, ArmCode::Universal, did(1, 9)),
                ] {
                    assert_eq!(tx.win_viewers(&[win(ORDER, viewer, arm, 1)])?, [(ROOM, viewer)]);
                    tx.set_arm_outcome(ORDER, viewer, outcome)?;
                }
                let before = (tx.arm_sums(ORDER)?, tx.arm_spenders(ORDER)?);
                let gone = [tx.invalidate_arms(ROOM, 4)?, tx.invalidate_arms(ROOM, 4)?];
                let room = tx.arms_of_room(ROOM)?.iter().map(|row| row.viewer).collect::<Vec<_>>();
                Ok((before.0, before.1, gone, tx.arm_sums(ORDER)?, room))
            })
            .unwrap();
        let sum = |arm, users, outcome| ArmSum { arm, users, outcome };
        let twice = ArmOutcome { viewed: 2, paid: 1, gmv_fen: 500, ..ArmOutcome::default() };
        let rest = [sum(ArmCode::Treated, 2, twice), sum(ArmCode::Universal, 1, did(1, 9))];
        assert_eq!(sums, [sum(ArmCode::Ghost, 2, did(1, 70)), rest[0], rest[1]]);
        assert_eq!(spenders, [(ArmCode::Ghost, 70), (ArmCode::Treated, 500), (ArmCode::Universal, 9)]);
        assert_eq!(gone, [1, 0]);
        assert_eq!(after, [sum(ArmCode::Ghost, 1, did(0, 0)), rest[0], rest[1]]);
        assert_eq!(room, [1, 2, 3, 5]);
    });
}

#[test]
fn outcomes_are_read_in_the_order_in_which_they_happened() {
    on_both(|store| {
        let (told, mut active) = store
            .write_now::<_, StoreError>(|tx| {
                tx.add_room_outcomes(&[
                    (ROOM, 9, outcome(20, 1, OutcomeCode::Refunded)),
                    (ROOM, 9, outcome(10, 2, OutcomeCode::Paid)),
                    (ROOM, 8, outcome(5, 3, OutcomeCode::Viewed)),
                ])?;
                let active = tx.viewers_with_outcomes(&[(ROOM, 7), (ROOM, 8), (ROOM, 9), (RoomId::new(1_000), 9)])?;
                Ok((tx.room_outcomes(ROOM, 9)?, active))
            })
            .unwrap();
        active.sort_unstable();
        assert_eq!(active, [(ROOM, 8), (ROOM, 9)]);
        assert_eq!(told, [outcome(10, 2, OutcomeCode::Paid), outcome(20, 1, OutcomeCode::Refunded)]);
    });
}

#[test]
fn a_later_belief_takes_the_place_of_the_earlier() {
    on_both(|store| {
        let told = store
            .write_now::<_, StoreError>(|tx| {
                let before = tx.lift_priors_fitted_at(TENANT)?;
                for row in [prior("viewers", 1, 5), prior("payers", 2, 5), prior("viewers", 3, 9)] {
                    tx.save_lift_prior(TENANT, Goal::Viewers, &row)?;
                }
                let others = tx.lift_priors(TENANT, Goal::Follows)?;
                Ok((before, tx.lift_priors(TENANT, Goal::Viewers)?, others, tx.lift_priors_fitted_at(TENANT)?))
            })
            .unwrap();
        let expected = vec![prior("payers", 2, 5), prior("viewers", 3, 9)];
        assert_eq!(told, (None, expected, Vec::new(), Some(at(9))));
    });
}
