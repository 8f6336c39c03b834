//! What is bought before a log is replayed: rooms, orders, their windows, and the clock that the rows are read by.

use tuiliu_delivery::Rng;
use tuiliu_domain::money::{Beans, CENTIBEAN_WORTH, MICROS_PER_UNIT, Micros};
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::{HOUR_MS, Timestamp};

use super::log::{Market, Row};

/// How long the log lasts on the replay's clock.
pub const WINDOW_MS: i64 = 6 * HOUR_MS;
/// When it begins: 2026-01-05 08:00 in China.
pub const START: Timestamp = Timestamp::from_ms(1_767_571_200_000);
/// Budgets as parts of what the whole log is worth, in thousandths; taken in turn.
const BUDGETS_PERMILLE: &[i64] = &[180, 120, 60, 140, 40, 300, 30, 90];
/// Fewest beans that a planned order has.
const BUDGET_BEANS_MIN: i64 = 20;
/// Bids as parts of what a result cost on average, in thousandths; taken in turn.
const BIDS_PERMILLE: &[i64] = &[1_400, 900, 2_000];

/// An order that is placed when its time comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedOrder {
    /// Its place among the plan's rooms.
    pub room: usize,
    pub goal: Goal,
    /// For a room with a cart.
    pub bid: Option<Micros>,
    pub budget: Beans,
    /// How much of the budget the payer has in coupon points, and in gift beans; the rest is bought.
    pub coupon_points: i64,
    pub gift_beans: i64,
    pub starts_ms: i64,
    pub duration_ms: i64,
    /// When the buyer stops it; most are let run.
    pub stops_ms: Option<i64>,
}

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Whether each room has a cart.
    pub rooms: Vec<bool>,
    pub orders: Vec<PlannedOrder>,
}

impl Plan {
    /// A plan of so many orders that compete for what is worth `market`; the same for the same seed.
    ///
    /// Goals take turns. Every fifth order is a second one for the same room. Some begin late, some end early,
    /// every eighth is stopped by its buyer.
    #[must_use]
    pub fn of(orders: u32, market: &Market, seed: u64) -> Self {
        let mut rng = Rng::seeded(seed);
        let mut plan = Self { rooms: Vec::new(), orders: Vec::new() };
        let mut room_of_order = Vec::new();
        for nth in 0..usize::try_from(orders).unwrap_or(usize::MAX) {
            let goal = Goal::OF_TRAFFIC_PACKS[nth % Goal::OF_TRAFFIC_PACKS.len()];
            let room = if nth % 5 == 4 {
                room_of_order[nth - 4]
            } else {
                plan.rooms.push(goal == Goal::ProductClicks || nth % 3 == 1);
                plan.rooms.len() - 1
            };
            room_of_order.push(room);
            let order = planned(nth, room, goal, market, &mut rng);
            plan.orders.push(PlannedOrder { bid: order.bid.filter(|_| plan.rooms[room]), ..order });
        }
        plan
    }
}

fn planned(nth: usize, room: usize, goal: Goal, market: &Market, rng: &mut Rng) -> PlannedOrder {
    let beans = market.value / MICROS_PER_UNIT;
    let jitter = 900 + i64::from(rng.below_million() / 5_000);
    let budget = beans * BUDGETS_PERMILLE[nth % BUDGETS_PERMILLE.len()] / 1_000 * jitter / 1_000;
    let budget = budget.max(BUDGET_BEANS_MIN);
    let usual = match goal {
        Goal::Viewers => market.price_of_impression().max(CENTIBEAN_WORTH),
        _ => market.price_of_click(),
    };
    let bid = usual.get() / 1_000 * BIDS_PERMILLE[nth % BIDS_PERMILLE.len()];
    let bid = bid.clamp(CENTIBEAN_WORTH.get(), budget * MICROS_PER_UNIT);
    let (starts_ms, duration_ms) = match nth % 4 {
        1 => (0, WINDOW_MS / 2),
        2 => (WINDOW_MS / 3, WINDOW_MS / 2),
        _ => (0, WINDOW_MS),
    };
    PlannedOrder {
        room,
        goal,
        bid: Some(Micros::new(bid)),
        budget: Beans::parse(budget).expect("a part of what a log is worth"),
        coupon_points: budget / 5,
        gift_beans: budget / 10,
        starts_ms,
        duration_ms,
        stops_ms: (nth % 8 == 6).then_some(WINDOW_MS / 3 + WINDOW_MS / 4),
    }
}

/// When each row happens: every step of the log takes an equal part of the window, its rows an equal part of it.
#[derive(Debug)]
pub struct Timetable {
    /// Where each step begins, and at the end where the last one ends.
    first_rows: Vec<usize>,
}

impl Timetable {
    /// The timetable of these rows.
    #[must_use]
    pub fn of(rows: &[Row]) -> Self {
        let mut first_rows = vec![0];
        first_rows.extend(rows.windows(2).zip(1..).filter(|(two, _)| two[0].step != two[1].step).map(|(_, at)| at));
        first_rows.push(rows.len());
        Self { first_rows }
    }

    /// Milliseconds from the start to this row.
    #[must_use]
    pub fn at_ms(&self, row: usize) -> i64 {
        let step = self.first_rows.partition_point(|first| *first <= row).clamp(1, self.first_rows.len() - 1) - 1;
        let (first, next) = (self.first_rows[step], self.first_rows[step + 1]);
        let whole = |number: usize| i64::try_from(number).expect("a log has few rows");
        let steps = whole(self.first_rows.len() - 1);
        let within = WINDOW_MS / steps * (whole(row) - whole(first)) / whole(next - first).max(1);
        WINDOW_MS * whole(step) / steps + within
    }
}

#[cfg(test)]
mod tests {
    use tuiliu_delivery::predict::Rate;
    use tuiliu_domain::promotion::OrderForm;

    use super::*;

    fn rows(steps: &[u32]) -> Vec<Row> {
        let row = |step: &u32| Row {
            clicked: false,
            price: Micros::new(7_000),
            predicted: Rate::from_billionths(600_000),
            step: *step,
        };
        steps.iter().map(row).collect()
    }

    #[test]
    fn spreads_steps_evenly_and_rows_within_them() {
        let table = Timetable::of(&rows(&[0, 0, 0, 0, 5, 6, 6, 6]));
        let times: Vec<i64> = (0..8).map(|row| table.at_ms(row) * 60 / HOUR_MS).collect();
        assert_eq!(times, [0, 30, 60, 90, 120, 240, 280, 320]);
        let table = Timetable::of(&rows(&[0, 0]));
        assert_eq!([0, 1, 2].map(|row| table.at_ms(row)), [0, WINDOW_MS / 2, WINDOW_MS]);
    }

    #[test]
    fn plans_orders_that_fit_their_rooms() {
        let market = Market::of(&rows(&[0; 100_000]));
        let plan = Plan::of(40, &market, 7);
        assert_eq!(plan, Plan::of(40, &market, 7));
        assert_ne!(plan, Plan::of(40, &market, 8));
        for order in &plan.orders {
            let form = OrderForm::by_cart(plan.rooms[order.room]);
            assert!(order.goal.fits(form));
            assert_eq!(order.bid.is_some(), form == OrderForm::Commerce);
        }
        assert!(plan.rooms.len() < plan.orders.len());
        assert!(plan.orders.iter().any(|order| order.stops_ms.is_some()));
    }
}
