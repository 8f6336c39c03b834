//! Sums over orders: of a creator, of a month.

use super::interval::{Estimate, Interval};

/// The increments of independent orders together, never an average of their ratios.
///
/// Orders on different content draw their ghosts independently, so the squares of the distances to each end add up,
/// as the variances do (MOVER, G. Y. Zou and A. Donner 2008). Orders on the same content share ghosts: pool them first.
#[must_use]
pub fn sum_of_orders(orders: impl IntoIterator<Item = Estimate>) -> Estimate {
    let (mut point, mut down, mut up) = (0.0, 0.0, 0.0);
    for order in orders {
        point += order.point;
        down += (order.point - order.interval.low).powi(2);
        up += (order.interval.high - order.point).powi(2);
    }
    Estimate { point, interval: Interval { low: point - f64::sqrt(down), high: point + f64::sqrt(up) } }
}
