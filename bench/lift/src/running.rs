//! Orders that somebody looks at 200 times: is a range wrong at any look?

use serde_json::{Value, json};
use tuiliu_measure::approximate::{approximate, round_to_whole};
use tuiliu_measure::lift::second_opinion::wald;
use tuiliu_measure::lift::{
    AlwaysValid, Confidence, CountArm, CountArms, PlannedEnd, always_valid_increment, count_increment,
};

use crate::draw::{binomial, in_parallel, stream};

const SURE: Confidence = Confidence::NINETY_FIVE;
const TABLE: u64 = 0xA1;
const LOOKS: u64 = 200;
const USERS: u64 = 50_000;

#[derive(Clone, Copy)]
struct Plan {
    holdout: f64,
    natural: f64,
    promoted: f64,
}

pub struct Cell {
    plan: Plan,
    /// Shares of orders in which some range did not hold the truth.
    pub wrong: f64,
    pub fixed_wrong: f64,
    /// The width at the planned end beside that of Wald's fixed range, of the orders that show one.
    pub width: f64,
}

impl Cell {
    /// Ghost events to expect at the planned end.
    pub fn ghost_events(&self) -> f64 {
        self.plan.natural * self.plan.holdout * approximate(USERS)
    }
}

/// All cells.
pub fn run(orders: u64) -> Vec<Cell> {
    let mut cells = Vec::new();
    for holdout in [0.05, 0.1, 0.2, 0.5] {
        for natural in [0.002, 0.01] {
            for lift in [1.0, 1.5] {
                cells.push(Plan { holdout, natural, promoted: natural * lift });
            }
        }
    }
    in_parallel("looks", &cells, |place, plan| {
        let mut rng = stream(TABLE, place);
        let share = USERS / LOOKS;
        let ghosts = u64::try_from(round_to_whole(approximate(share) * plan.holdout)).expect("a share of users");
        let end = PlannedEnd {
            treated_users: approximate((share - ghosts) * LOOKS),
            ghost_users: approximate(ghosts * LOOKS),
            natural_rate: plan.natural,
            promoted_rate: plan.natural,
        };
        let ranges = AlwaysValid::narrowest_at(end.variance(), SURE);
        let (mut wrong, mut fixed_wrong, mut shown, mut widths) = (0, 0, 0, 0.0);
        for _ in 0..orders {
            let (mut treated_events, mut ghost_events) = (0, 0);
            let (mut is_wrong, mut is_fixed_wrong) = (false, false);
            for look in 1..=LOOKS {
                treated_events += binomial(&mut rng, share - ghosts, plan.promoted);
                ghost_events += binomial(&mut rng, ghosts, plan.natural);
                let arm = |users, events| CountArm::try_new(users, events).expect("no more events than users");
                let arms = CountArms {
                    treated: arm((share - ghosts) * look, treated_events),
                    ghost: arm(ghosts * look, ghost_events),
                };
                let truth = arms.treated.users() * (plan.promoted - plan.natural);
                let running = always_valid_increment(arms, ranges);
                if let Some(running) = running {
                    is_wrong |= !running.interval.contains(truth);
                    is_fixed_wrong |= !count_increment(arms, SURE).interval.contains(truth);
                }
                if look == LOOKS
                    && let Some(running) = running
                {
                    shown += 1;
                    widths += running.interval.half_width() / wald(arms, SURE).times(arms.treated.users()).half_width();
                }
            }
            wrong += u64::from(is_wrong);
            fixed_wrong += u64::from(is_fixed_wrong);
        }
        let of = |count: u64| approximate(count) / approximate(orders);
        Cell { plan: *plan, wrong: of(wrong), fixed_wrong: of(fixed_wrong), width: widths / approximate(shown) }
    })
}

pub fn table(cells: &[Cell]) -> Vec<Value> {
    let row = |cell: &Cell| {
        json!({
            "holdout": cell.plan.holdout, "natural": cell.plan.natural, "promoted": cell.plan.promoted,
            "ghost_events": cell.ghost_events(), "users": USERS, "looks": LOOKS, "wrong_at_some_look": cell.wrong,
            "newcombe_wrong_at_some_look": cell.fixed_wrong, "width_beside_fixed": cell.width,
        })
    };
    cells.iter().map(row).collect()
}
