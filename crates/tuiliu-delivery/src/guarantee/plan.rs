//! The hourly plan: who comes first, and in which share of its slots each contract is served (GB-09).

use tuiliu_domain::money::Micros;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};

use super::lay::{Ask, Field, Laid};
use super::{Standing, SupplyForecast};
use crate::approximate::approximate;

/// What an order must lose at most, of what the order of scarcity loses, to be taken instead.
const WORTHWHILE: f64 = 0.8;

/// How a plan is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long before its end a contract is meant to have arrived.
    pub early_finish_ms: i64,
    pub newcomers: Newcomers,
}

impl Default for Terms {
    /// Twelve hours early (*default*), nobody else expected.
    fn default() -> Self {
        Self { early_finish_ms: 12 * HOUR_MS, newcomers: Newcomers::NONE }
    }
}

/// Contracts that are not running yet but will be: what they will claim of the supply ahead.
///
/// A guarantee begins when its video is published (GB-04), so they are not known one by one. Of what is sold, those
/// that begin from now on claim a part that grows from nothing to all of it over the length of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newcomers {
    /// Share of the supply that is sold once all contracts are new ones, in millionths.
    pub share_millionths: u32,
    /// How long a contract runs.
    pub window_ms: i64,
}

impl Newcomers {
    /// Nobody is expected.
    pub const NONE: Self = Self { share_millionths: 0, window_ms: 14 * DAY_MS };

    /// The share of supply so many hours ahead that they will claim.
    pub(super) fn claim(self, hours_ahead: f64) -> f64 {
        let window = approximate(self.window_ms.max(HOUR_MS)) / approximate(HOUR_MS);
        let share = (f64::from(self.share_millionths) / 1e6).min(0.99);
        share * (hours_ahead / window).clamp(0.0, 1.0)
    }
}

/// What the plan says of one contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Serving {
    /// Its place in the order in which contracts take part; the lowest comes first.
    pub turn: u32,
    /// Share of its slots that it is to be served in, as far as those before it leave over so much.
    pub share: f64,
    /// Share of its slots that contracts take altogether.
    pub crowding: f64,
    /// Plays for which there is no room before its end, if the forecast is right.
    pub shortfall: f64,
}

/// What every contract gets until the next plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In the order in which the contracts were given.
    pub servings: Vec<Serving>,
    /// Compensation that will be due even when everything goes as planned.
    pub loss: Micros,
}

/// Plans the rest of every contract anew from what it has got: run it each hour.
///
/// Contracts are laid in the order of scarcity: the less supply is left for a contract, the sooner its turn. Where
/// supply is short, orders in which the dearer promises come first are tried too, and the one that costs least is taken.
/// So a shortfall falls on those whose compensation per play is least, and on those whose fee is lost already.
///
/// Takes O(n log n + Σ pools × spans) for n contracts; spans are at most 24 single hours, 24 times three, and half days.
/// What a contract may use ends `early_finish_ms` before its end; one that has not arrived by then hurries.
#[must_use]
pub fn replan(contracts: &[Standing<'_>], supply: &SupplyForecast, terms: &Terms, now: Timestamp) -> Plan {
    let field = Field::ahead(supply, terms, now);
    let asks: Vec<Ask<'_>> = contracts.iter().map(|standing| ask(standing, supply, &field, terms, now)).collect();
    let order = by_scarcity(contracts, &asks, &field);
    let (order, loss) = cheapest(contracts, &asks, &field.without_newcomers(), order);
    let laid = field.lay(&asks, &order);
    let mut turns = vec![0; contracts.len()];
    for (turn, place) in (0_u32..).zip(order) {
        turns[place] = turn;
    }
    let servings = asks.iter().zip(&laid.got).zip(turns).map(|((ask, got), turn)| Serving {
        turn,
        share: got.share,
        crowding: field.crowding(ask, &laid),
        shortfall: got.shortfall,
    });
    Plan { servings: servings.collect(), loss: Micros::new(crate::approximate::round_to_count(loss)) }
}

fn ask<'a>(standing: &Standing<'a>, supply: &SupplyForecast, field: &Field, terms: &Terms, now: Timestamp) -> Ask<'a> {
    let contract = standing.contract;
    let from = supply.hours_at(contract.starts_at.max(now));
    let end = supply.hours_at(contract.ends_at);
    let meant = supply.hours_at(contract.ends_at.plus_ms(-terms.early_finish_ms.max(0)));
    // Who is late finishes within the hour if that can be; an empty window would give it nothing to do.
    let early = meant.max(from + 1.0).min(end);
    Ask {
        pools: &contract.pools,
        needed: approximate(i64::try_from(standing.missing()).unwrap_or(i64::MAX)),
        early: field.window(from, early),
        late: field.window(early, end),
    }
}

/// The order that loses least, and what it loses, when nobody else comes: newcomers are a guess, and a guess is no
/// reason to give up a promise.
fn cheapest(contracts: &[Standing<'_>], asks: &[Ask<'_>], field: &Field, order: Vec<usize>) -> (Vec<usize>, f64) {
    let laid = field.lay(asks, &order);
    let loss = expected_loss(contracts, &laid);
    if loss <= 0.0 {
        return (order, 0.0);
    }
    let others = [promoted(contracts, &laid, &order), by_stake(contracts, &order)];
    others.into_iter().fold((order, loss), |best, order| {
        let costs = expected_loss(contracts, &field.lay(asks, &order));
        if costs < best.1 * WORTHWHILE { (order, costs) } else { best }
    })
}

/// Least supply first; among equals the dearer promise, then the older order.
fn by_scarcity(contracts: &[Standing<'_>], asks: &[Ask<'_>], field: &Field) -> Vec<usize> {
    let supply: Vec<f64> = asks.iter().map(|ask| field.supply(ask.pools, &ask.early)).collect();
    let stakes: Vec<Micros> = contracts.iter().map(Standing::stake_per_play).collect();
    let mut order: Vec<usize> = (0..contracts.len()).collect();
    order.sort_by(|left, right| {
        supply[*left]
            .total_cmp(&supply[*right])
            .then_with(|| stakes[*right].cmp(&stakes[*left]))
            .then_with(|| contracts[*left].contract.order.cmp(&contracts[*right].contract.order))
    });
    order
}

/// The same order, but who came short stands before everybody whose promise is cheaper.
fn promoted(contracts: &[Standing<'_>], laid: &Laid, order: &[usize]) -> Vec<usize> {
    let stake = |place: usize| contracts[place].stake_per_play();
    let mut short: Vec<usize> = order.iter().copied().filter(|place| laid.got[*place].shortfall > 0.0).collect();
    short.sort_by_key(|place| std::cmp::Reverse(stake(*place)));
    let mut short = short.into_iter().peekable();
    let mut promoted = Vec::with_capacity(order.len());
    for place in order.iter().copied().filter(|place| laid.got[*place].shortfall <= 0.0) {
        while let Some(dearer) = short.next_if(|short| stake(*short) > stake(place)) {
            promoted.push(dearer);
        }
        promoted.push(place);
    }
    promoted.extend(short);
    promoted
}

/// The dearest promise first; the given order among equals.
fn by_stake(contracts: &[Standing<'_>], order: &[usize]) -> Vec<usize> {
    let mut order = order.to_vec();
    order.sort_by_key(|place| std::cmp::Reverse(contracts[*place].stake_per_play()));
    order
}

/// Compensation that is due for what finds no room, in millionths.
fn expected_loss(contracts: &[Standing<'_>], laid: &Laid) -> f64 {
    contracts.iter().zip(&laid.got).map(|(standing, got)| standing.contract.expected_compensation(got.shortfall)).sum()
}
