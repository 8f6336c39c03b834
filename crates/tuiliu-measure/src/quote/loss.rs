//! The part of a fee that is paid back: on average, and for one outcome.

/// Nodes and weights of the 24-point Gauss–Legendre rule between -1 and 1; the other half mirrors them.
const NODES: [(f64, f64); 12] = [
    (0.9951872199970213, 0.0123412297999872),
    (0.9747285559713095, 0.028531388628933663),
    (0.9382745520027328, 0.04427743881741981),
    (0.8864155270044011, 0.05929858491543678),
    (0.820001985973903, 0.0733464814110803),
    (0.7401241915785544, 0.08619016153195327),
    (0.6480936519369755, 0.09761865210411388),
    (0.5454214713888396, 0.10744427011596563),
    (0.4337935076260451, 0.1155056680537256),
    (0.3150426796961634, 0.12167047292780339),
    (0.1911188674736163, 0.1258374563468283),
    (0.06405689286260563, 0.12793819534675216),
];

/// The mean of a function between two places.
pub(super) fn mean_between(low: f64, high: f64, function: impl Fn(f64) -> f64) -> f64 {
    let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
    NODES
        .iter()
        .map(|(node, weight)| weight * (function(middle - half * node) + function(middle + half * node)))
        .sum::<f64>()
        / 2.0
}

/// The expected part of the fee that is paid back at the premium rate `rate`, from 0 to 1.
///
/// `below` is the probability that fewer plays come than this share of the expected ones.
#[must_use]
pub fn loss_ratio(rate: f64, below: impl Fn(f64) -> f64) -> f64 {
    mean_between(1.0 / (1.0 + rate), 1.0, below)
}

/// The same in closed form when the logarithm of the share is normal with this mean and standard deviation.
#[must_use]
pub fn lognormal_loss_ratio(rate: f64, mean: f64, deviation: f64) -> f64 {
    use crate::quantile::normal_below;
    let put = |strike: f64| {
        let distance = (strike.ln() - mean) / deviation;
        let forward = (mean + deviation * deviation / 2.0).exp();
        strike * normal_below(distance) - forward * normal_below(distance - deviation)
    };
    (1.0 + rate) / rate * (put(1.0) - put(1.0 / (1.0 + rate)))
}

/// The part of the fee that is paid back when `actual / expected` is this share.
#[must_use]
pub fn payout_share(rate: f64, share: f64) -> f64 {
    ((1.0 + rate) * (1.0 - share) / rate).clamp(0.0, 1.0)
}
