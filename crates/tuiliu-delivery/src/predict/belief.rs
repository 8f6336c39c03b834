//! What is believed of one order's rate between two ticks of learning, and how a draw from that belief is made.

use super::Rate;

/// The rate of one order as the hierarchy has it; the same for every decision until the next tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belief {
    /// Mean of the posterior.
    pub rate: Rate,
    /// No decision uses a higher rate, whatever the circumstances.
    pub ceiling: Rate,
    /// Impressions that the belief weighs, the prior's included; 0 once it is settled and not explored any more.
    pub weight: u32,
}

/// Furthest that circumstances move a rate: its odds by a factor of four, up or down.
pub const CORRECTION_MAX: f32 = 1.386_294_4;

/// Furthest a draw strays below the mean.
const DRAW_MIN: f64 = 0.25;

/// The rate whose odds are those of `rate` times `e^correction`.
#[must_use]
pub fn corrected(rate: f64, correction: f32) -> f64 {
    let factor = f64::from(correction.exp());
    rate * factor / (1.0 + rate * (factor - 1.0))
}

/// The logarithm of the odds of a rate; finite for every [`Rate`].
#[must_use]
pub fn log_odds(rate: Rate) -> f64 {
    let number = rate.number().min(1.0 - 1e-9);
    (number / (1.0 - number)).ln()
}

/// A number from about the standard normal distribution, within ± 3.5, made of 64 random bits.
fn normal(bits: u64) -> f64 {
    let part = |shift: u32| f64::from(u32::try_from(bits >> shift & 0xFFFF).unwrap_or(0)) / 65_536.0;
    (part(0) + part(16) + part(32) + part(48) - 2.0) * 3.0_f64.sqrt()
}

impl Belief {
    /// A draw from the posterior: as likely to be high as the order's true rate is (Thompson 1933).
    ///
    /// The Beta distribution is taken as a Gamma one with the same mean and variance, and that by the cube of
    /// a normal one (Wilson, Hilferty 1931): close enough for choosing, and only a few multiplications.
    #[must_use]
    pub fn draw(&self, bits: u64) -> f64 {
        let mean = self.rate.number();
        let shape = (mean * f64::from(self.weight.max(1)) / (1.0 - mean).max(1e-9)).max(1e-6);
        let root = 1.0 - 1.0 / (9.0 * shape) + normal(bits) / (3.0 * shape.sqrt());
        let factor = if root > 0.0 { root * root * root } else { 0.0 };
        (mean * factor.max(DRAW_MIN)).min(1.0)
    }
}

#[cfg(test)]
mod tests;
