//! Increments of small orders: the ghosts' rate borrows from all orders of the same goal and category.
//!
//! Rates of orders are spread like a gamma distribution, so ghost events are negative-binomial; its two parameters are
//! those that make the events of all orders likeliest (H. Robbins 1956; B. Efron and C. Morris 1975). Exact counts, not
//! a normal approximation: that shrinks the good orders too much and covers badly where it matters.

use thiserror::Error;

use super::arm::CountArms;
use super::interval::{Confidence, Estimate, Interval};
use super::newcombe::{RateRange, square_and_add};
use super::wilson::wilson;
use crate::approximate::{approximate, round_to_whole};
use crate::quantile::gamma_quantile;

/// Fewer orders say too little of how orders differ.
const ORDERS_MIN: usize = 10;
/// The range of the prior's strength: as if it had seen between a hundredth and a hundred million events.
const SHAPE_RANGE: Interval = Interval { low: 1e-2, high: 1e8 };
const STEPS_MAX: u32 = 200;

/// What is believed of an order's rate before its ghosts are counted: a gamma distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaPrior {
    /// As many events as it is worth.
    pub shape: f64,
    /// As many users as it is worth.
    pub rate: f64,
}

/// A belief is kept in thousandths of an event and of a user.
const THOUSAND: f64 = 1_000.0;

impl GammaPrior {
    /// Shape and rate in thousandths, as they are stored; at least one of each.
    #[must_use]
    pub fn thousandths(&self) -> (i64, i64) {
        let thousandths = |number: f64| round_to_whole(number * THOUSAND).max(1);
        (thousandths(self.shape), thousandths(self.rate))
    }

    /// A belief that was stored; `None` of numbers that are none.
    #[must_use]
    pub fn from_thousandths(shape: i64, rate: i64) -> Option<Self> {
        let number = |thousandths: i64| Some(approximate(u64::try_from(thousandths).ok()?) / THOUSAND);
        Some(Self { shape: number(shape)?, rate: number(rate)? }).filter(|prior| prior.shape > 0.0 && prior.rate > 0.0)
    }
}

/// The ghosts of one finished order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GhostCount {
    pub users: u64,
    pub events: u64,
}

/// Orders that no prior can be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FitError {
    #[error("`{orders}` orders with ghosts are too few")]
    TooFewOrders { orders: usize },
    #[error("no ghost of any order had the event")]
    NoEvents,
}

/// The increment of an order with a ghost rate of the posterior `Gamma(a + Y_C, b + N_C)`.
#[must_use]
pub fn bayes_increment(arms: CountArms, prior: GammaPrior, confidence: Confidence) -> Estimate {
    let shape = prior.shape + arms.ghost.events();
    let rate = prior.rate + arms.ghost.users();
    let quantile = |share: f64| gamma_quantile(shape, share) / rate;
    let range = Interval { low: quantile(confidence.tail()), high: quantile(1.0 - confidence.tail()) };
    let treated = RateRange { rate: arms.treated.rate(), range: wilson(arms.treated, confidence) };
    square_and_add(treated, RateRange { rate: shape / rate, range }).times(arms.treated.users())
}

/// The likeliest prior of these orders, `Y ~ NegBin(a, b / (b + N))`; orders without ghosts are left out.
///
/// The mean rate `a / b` and the strength `a` are nearly independent, so they are searched in turn: each by Newton
/// steps on its logarithm until neither moves. When orders differ no more than chance makes them, the strength ends at
/// the top of its range and every order gets nearly the mean.
pub fn fit_prior(orders: &[GhostCount]) -> Result<GammaPrior, FitError> {
    let orders: Vec<(f64, f64)> = orders
        .iter()
        .filter(|order| order.users > 0)
        .map(|order| (approximate(order.users), approximate(order.events)))
        .collect();
    if orders.len() < ORDERS_MIN {
        return Err(FitError::TooFewOrders { orders: orders.len() });
    }
    let events: f64 = orders.iter().map(|(_, events)| events).sum();
    if events == 0.0 {
        return Err(FitError::NoEvents);
    }
    let users: f64 = orders.iter().map(|(users, _)| users).sum();
    let (mut mean, mut shape) = (events / users, first_shape(&orders, events / users));
    for _ in 0..STEPS_MAX {
        let next_mean = climb(mean, |mean| slopes_of_mean(&orders, mean, shape));
        let next_shape = climb(shape, |shape| slopes_of_shape(&orders, next_mean, shape));
        let next_shape = next_shape.clamp(SHAPE_RANGE.low, SHAPE_RANGE.high);
        let moved = (next_mean / mean).ln().abs() + (next_shape / shape).ln().abs();
        (mean, shape) = (next_mean, next_shape);
        if moved < 1e-12 {
            break;
        }
    }
    Ok(GammaPrior { shape, rate: shape / mean })
}

/// By the method of moments: what the counts vary more than chance.
fn first_shape(orders: &[(f64, f64)], mean: f64) -> f64 {
    let (mut excess, mut weight) = (0.0, 0.0);
    for (users, events) in orders {
        let expected = users * mean;
        excess += (events - expected).powi(2) - expected;
        weight += expected * expected;
    }
    if excess > 0.0 { (weight / excess).clamp(SHAPE_RANGE.low, SHAPE_RANGE.high) } else { SHAPE_RANGE.high.sqrt() }
}

/// One safe Newton step on the logarithm: at most a factor of e, uphill where the curve bends the wrong way.
fn climb(at: f64, slopes: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (slope, bend) = slopes(at);
    let step = if bend < 0.0 { -slope / bend } else { slope.signum() };
    at * step.clamp(-1.0, 1.0).exp()
}

/// First and second derivative of the log-likelihood by the logarithm of the mean rate.
///
/// Its part that depends on the mean is `Σ y ln μ − (a + y) ln(a + μ N)`.
fn slopes_of_mean(orders: &[(f64, f64)], mean: f64, shape: f64) -> (f64, f64) {
    let (mut slope, mut bend) = (0.0, 0.0);
    for (users, events) in orders {
        let expected = mean * users;
        let share = expected / (shape + expected);
        slope += events - (shape + events) * share;
        bend -= (shape + events) * share * (1.0 - share);
    }
    (slope, bend)
}

/// The same by the logarithm of the strength: `Σ ln Γ(a + y) − ln Γ(a) + a ln a − (a + y) ln(a + μ N)`.
fn slopes_of_shape(orders: &[(f64, f64)], mean: f64, shape: f64) -> (f64, f64) {
    let (mut slope, mut bend) = (0.0, 0.0);
    for (users, events) in orders {
        let expected = mean * users;
        let all = shape + expected;
        let (first, second) = polygamma_rise(shape, *events);
        // ln(a / (a + μN)) + 1 − (a + y) / (a + μN), without its cancellation at large a.
        slope += first - (expected / shape).ln_1p() + (expected - events) / all;
        bend += second + expected / (shape * all) - (expected - events) / (all * all);
    }
    (shape * slope, shape * shape * bend + shape * slope)
}

/// `ψ(a + y) − ψ(a)` and `ψ′(a + y) − ψ′(a)` for a whole `y`: sums for few events, series for many.
fn polygamma_rise(shape: f64, events: f64) -> (f64, f64) {
    const SUMMED: f64 = 64.0;
    let (mut first, mut second, mut done) = (0.0, 0.0, 0.0);
    while done < events.min(SUMMED) {
        let inverse = 1.0 / (shape + done);
        first += inverse;
        second -= inverse * inverse;
        done += 1.0;
    }
    if done < events {
        let (low, high) = (shape + done, shape + events);
        first += digamma_tail(high) - digamma_tail(low) + (high / low).ln();
        second += trigamma_far(high) - trigamma_far(low);
    }
    (first, second)
}

/// `ψ(x) − ln x` for a large `x`.
fn digamma_tail(x: f64) -> f64 {
    let square = 1.0 / (x * x);
    -0.5 / x - square * (1.0 / 12.0 - square * (1.0 / 120.0 - square / 252.0))
}

/// `ψ′(x)` for a large `x`.
fn trigamma_far(x: f64) -> f64 {
    let square = 1.0 / (x * x);
    1.0 / x + square / 2.0 + square / x * (1.0 / 6.0 - square * (1.0 / 30.0 - square / 42.0))
}
