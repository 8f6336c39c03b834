//! Chance from a seed: the engine's stream of random numbers, drawn from in the ways that people act.

use tuiliu_delivery::Rng;
use tuiliu_delivery::approximate::round_to_count;
use tuiliu_delivery::random::mix;

const MILLION: u32 = 1_000_000;

/// A stream of chances.
#[derive(Debug, Clone)]
pub struct Chance(Rng);

impl Chance {
    /// The stream that belongs to this seed.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self(Rng::seeded(seed))
    }

    /// The stream of the `number`th thing under this seed.
    #[must_use]
    pub const fn of(seed: u64, number: u64) -> Self {
        Self::seeded(mix(seed ^ mix(number)))
    }

    /// 64 random bits.
    pub const fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, each as likely as the others; 0 when there is none.
    pub fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).expect("a 64-bit part of a 64-bit bound")
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most.saturating_sub(least).saturating_add(1)).unwrap_or(0);
        least.saturating_add(i64::try_from(self.below(width)).unwrap_or(0))
    }

    /// The place of one of so many things.
    pub fn place(&mut self, things: usize) -> usize {
        usize::try_from(self.below(u64::try_from(things).unwrap_or(0))).unwrap_or(0)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn permille(&mut self, times: u32) -> bool {
        self.0.below_million() < times.saturating_mul(1_000)
    }

    /// How long until something happens that takes `mean_ms` on average and can happen at any moment.
    pub fn wait_ms(&mut self, mean_ms: i64) -> i64 {
        let mean = f64::from(i32::try_from(mean_ms).unwrap_or(i32::MAX));
        let left = f64::from(self.0.below_million() + 1) / f64::from(MILLION);
        round_to_count(-left.ln() * mean)
    }

    /// The place of one of so many things of which the `n`th is liked about `1/n` as often as the first (Zipf).
    pub fn popular(&mut self, things: usize) -> usize {
        let count = f64::from(u32::try_from(things.max(1)).unwrap_or(u32::MAX));
        let drawn = f64::from(self.0.below_million()) / f64::from(MILLION);
        // Density 1/x on [1, count + 1): its inverse distribution is a power of the draw.
        let place = round_to_count(((count + 1.0).powf(drawn)).floor()) - 1;
        usize::try_from(place).unwrap_or(0).min(things.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_its_bounds() {
        let mut chance = Chance::seeded(1);
        for _ in 0..1_000 {
            assert!(chance.below(3) < 3);
            assert!((-2..=2).contains(&chance.between(-2, 2)));
            assert!(chance.popular(5) < 5);
            assert!(chance.wait_ms(1_000) >= 0);
        }
        assert_eq!((chance.below(0), chance.place(0), chance.popular(0)), (0, 0, 0));
    }

    #[test]
    fn likes_the_first_more_than_the_last_and_waits_as_long_as_it_should() {
        let mut chance = Chance::seeded(2);
        let mut counts = [0_u32; 10];
        (0..10_000).for_each(|_| counts[chance.popular(10)] += 1);
        assert!(counts[0] > 3 * counts[9] && counts.iter().all(|count| *count > 0), "{counts:?}");
        let sum: i64 = (0..10_000).map(|_| chance.wait_ms(1_000)).sum();
        assert!((9_500_000..10_500_000).contains(&sum), "{sum}");
    }
}
