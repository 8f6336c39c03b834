//! Contracts and buyers in the same auctions: `decide` itself runs, the plan is made anew each hour.

use std::sync::Arc;

use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;

use super::*;
use crate::auction::{Decision, decide};
use crate::audience::{CompiledAudience, Tag};
use crate::bidding::{Bid, PacingCell};
use crate::lease::LeaseCounter;
use crate::predict::Rate;
use crate::request::HostRates;
use crate::snapshot::{Candidate, Snapshot};
use crate::tests::{audience, candidate, request, snapshot};

const HOURS: i64 = 48;
const GENDERS: [&str; 2] = ["female", "male"];
/// The order of the buyers; what it bids is drawn for each request.
const BUYER: u128 = 99;

/// How the contracts are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Each hour anew, at the least price.
    Planned,
    /// The oldest order first, at what is at stake.
    FirstComeFirstServed,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    plays: Vec<u64>,
    displaced: i64,
    bought: u64,
}

/// The contracts: two for one gender each, one for both. The stake is ten times what a slot usually costs.
fn contracts(targets: [u64; 3]) -> Vec<Contract> {
    let pools: [&[u32]; 3] = [&[0, 1], &[0], &[1]];
    (1..).zip(targets.into_iter().zip(pools)).map(|(n, (target, pools))| contract(n, target, HOURS, pools)).collect()
}

fn shadow(contract: &Contract, turn: u32, cell: &Arc<PacingCell>) -> Candidate {
    let seen_by = match contract.pools.as_slice() {
        [0] => audience("gender:female"),
        [1] => audience("gender:male"),
        _ => audience("or(gender:female,gender:male)"),
    };
    let order = candidate(contract.order.value());
    Candidate {
        bid: Bid::Shadow { stake_max: Micros::new(UNIT), turn },
        audience: CompiledAudience::try_new(&seen_by, order.creator).unwrap(),
        ends_at: contract.ends_at,
        pacing: Arc::clone(cell),
        lease: Arc::new(LeaseCounter::new(Micros::new(1_000_000 * UNIT), 1)),
        ..order
    }
}

/// One run of two days with 60 requests an hour, drawn from a seed whatever the way.
struct Run {
    contracts: Vec<Contract>,
    cells: Vec<Arc<PacingCell>>,
    values: Vec<DisplacedValues>,
    buyer: Arc<PacingCell>,
    told: Told,
}

impl Run {
    fn new(targets: [u64; 3]) -> Self {
        let contracts = contracts(targets);
        let cells = contracts.iter().map(|_| Arc::new(PacingCell::new(Micros::new(UNIT)))).collect();
        let values = vec![DisplacedValues::default(); contracts.len()];
        let told = Told { plays: vec![0; contracts.len()], displaced: 0, bought: 0 };
        Self { contracts, cells, values, buyer: Arc::new(PacingCell::new(Micros::ZERO)), told }
    }

    fn standings(&self) -> Vec<Standing<'_>> {
        self.contracts.iter().zip(&self.told.plays).map(|(contract, plays)| having(contract, *plays)).collect()
    }

    /// What every contract bids in the hour, and the snapshot with its turns.
    fn hour(&self, way: Way, forecast: &SupplyForecast, now: Timestamp) -> Snapshot {
        let standings = self.standings();
        let plan = replan(&standings, forecast, &Terms { early_finish_ms: 2 * HOUR_MS, ..Terms::default() }, now);
        let mut candidates = Vec::new();
        for (place, contract) in self.contracts.iter().enumerate() {
            let (turn, offered) = match way {
                Way::Planned => {
                    let serving = &plan.servings[place];
                    (serving.turn, offer(&standings[place], serving, &self.values[place]))
                }
                Way::FirstComeFirstServed => {
                    let offered =
                        Offer { price: standings[place].stake_per_play(), participation_millionths: WHOLE_SHARE };
                    (u32::try_from(place).unwrap(), if standings[place].missing() > 0 { offered } else { Offer::NONE })
                }
            };
            offered.put_into(&self.cells[place]);
            candidates.push(shadow(contract, turn, &self.cells[place]));
        }
        let lease = Arc::new(LeaseCounter::new(Micros::new(1_000_000 * UNIT), 1));
        let ends_at = NOON.plus_ms(HOURS * HOUR_MS);
        // A snapshot may bound what its orders bid by what they bid when it was made.
        self.buyer.set(Micros::new(UNIT / 5), WHOLE_SHARE);
        candidates.push(Candidate { pacing: Arc::clone(&self.buyer), lease, ends_at, ..candidate(BUYER) });
        snapshot(candidates)
    }

    fn count(&mut self, decision: &Decision) {
        for (place, contract) in self.contracts.iter().enumerate() {
            let own = decision.entries.iter().filter(|entry| entry.order == contract.order);
            own.for_each(|entry| self.values[place].add_entry(entry));
        }
        for won in &decision.wins {
            let Ok(place) = usize::try_from(won.order.value() - 1) else { continue };
            if won.order.value() == BUYER {
                self.told.bought += 1;
                continue;
            }
            self.told.plays[place] += 1;
            self.told.displaced += displaced_value(won).get();
            if self.told.plays[place] == self.contracts[place].target_plays {
                Offer::NONE.put_into(&self.cells[place]);
            }
        }
    }
}

fn run(way: Way, targets: [u64; 3]) -> Told {
    let forecast = even(48, &[30.0, 30.0]);
    let mut run = Run::new(targets);
    let mut rng = Rng::seeded(11);
    let mut market = Rng::seeded(12);
    for hour in 0..HOURS {
        let now = NOON.plus_ms(hour * HOUR_MS);
        let book = run.hour(way, &forecast, now);
        for _ in 0..60 {
            // What buyers pay for this slot: a tenth of a stake, give or take all of it.
            let (draw, gender) = (i64::from(market.below_million()), market.next_u64() % 2);
            run.buyer.set(Micros::new(draw / 5), WHOLE_SHARE);
            let mut request = request(1);
            request.viewer.gender = Some(Tag::named(GENDERS[usize::try_from(gender).unwrap()]));
            request.placement.slots[0].predicted = HostRates::NONE.with(Goal::Viewers, Rate::from_number(1.0));
            run.count(&decide(&book, &request, &mut rng, now));
        }
    }
    run.told
}

#[test]
fn dl_07_contracts_arrive_and_displace_less_than_first_come_first_served() {
    let targets = [700, 300, 300];
    let (planned, first) = (run(Way::Planned, targets), run(Way::FirstComeFirstServed, targets));
    assert_eq!(planned.plays, targets, "every contract arrives, and is not shown once more");
    assert_eq!(first.plays, targets);
    assert_eq!(planned.bought, first.bought, "buyers get as many slots, but not the same");
    let share = 100 * planned.displaced / first.displaced;
    assert!(share <= 65, "displaces {share}% of what first come first served displaces");
}

#[test]
fn dl_07_contracts_arrive_where_nearly_everything_is_promised() {
    // 2 700 of some 2 880 slots; first come first served lets the contract for all take what only another can use.
    let targets = [1_300, 1_300, 100];
    let (planned, first) = (run(Way::Planned, targets), run(Way::FirstComeFirstServed, targets));
    assert_eq!(planned.plays, targets);
    assert_eq!((first.plays[0], first.plays[2]), (1_300, 100));
    assert!(first.plays[1] < 900, "{first:?}");
}

#[test]
fn dl_07_the_same_seed_repeats_a_run() {
    assert_eq!(run(Way::Planned, [700, 300, 300]), run(Way::Planned, [700, 300, 300]));
}

#[test]
fn gb_09_displaced_is_what_the_runner_up_would_have_paid() {
    let cell = Arc::new(PacingCell::new(Micros::new(UNIT)));
    let buyer = |price| Candidate { pacing: Arc::new(PacingCell::new(Micros::new(price))), ..candidate(BUYER) };
    let check = |price: i64, rate: f64, displaced: i64| {
        let contract = contract(1, 10, 1, &[0]);
        let book = snapshot(vec![
            Candidate { audience: CompiledAudience::everybody(), ..shadow(&contract, 0, &cell) },
            buyer(price),
        ]);
        let mut request = request(1);
        request.placement.slots[0].predicted = HostRates::NONE.with(Goal::Viewers, Rate::from_number(rate));
        let decision = decide(&book, &request, &mut Rng::seeded(1), NOON);
        assert_eq!(decision.wins[0].order.value(), 1);
        assert_eq!(displaced_value(&decision.wins[0]).get(), displaced, "{price} at {rate}");
    };
    check(400_000, 1.0, 400_000);
    check(400_000, 0.25, 100_000);
    check(0, 1.0, 0);
}

#[test]
fn gb_09_a_contract_never_bids_above_its_stake_and_leaves_dearer_slots_to_buyers() {
    let contract = contract(1, 10, 1, &[0]);
    let cell = Arc::new(PacingCell::new(Micros::new(50 * UNIT)));
    let everybody = || Candidate { audience: CompiledAudience::everybody(), ..shadow(&contract, 0, &cell) };
    let against = |price: i64| {
        let buyer = Candidate { pacing: Arc::new(PacingCell::new(Micros::new(price))), ..candidate(BUYER) };
        decide(&snapshot(vec![everybody(), buyer]), &request(1), &mut Rng::seeded(1), NOON).wins[0].order.value()
    };
    assert_eq!((against(UNIT - 1), against(UNIT + 1)), (1, BUYER));
    cell.set(Micros::ZERO, WHOLE_SHARE);
    assert_eq!(against(1), BUYER, "nothing at stake, nothing bid");
}
