//! What a crowd does by itself, and what being shown something adds.

use tuiliu_app::promotion::LiftMetric;
use tuiliu_delivery::random::mix;

use crate::random::Chance;

/// Baskets are of any value between these, each as likely as the others.
const BASKET_FEN: (i64, i64) = (1_000, 20_000);

/// What a room is like, in thousandths of its viewers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Appeal {
    /// Would come by themselves.
    natural: u32,
    /// Would come if they were shown it.
    persuadable: u32,
    /// Of those who come, follow.
    follow: u32,
    /// Of those who come, buy.
    buy: u32,
}

impl Appeal {
    /// A room of any kind; being shown one in four does nothing at all.
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let mut within = |least: i64, most: i64| u32::try_from(chance.between(least, most)).unwrap_or(0);
        let (natural, follow, buy) = (within(60, 160), within(300, 600), within(250, 500));
        let persuadable = if within(0, 3) == 0 { 0 } else { within(20, 160) };
        Self { natural, persuadable, follow, buy }
    }

    /// What being shown the room brings of one viewer, on average.
    #[must_use]
    pub(super) fn increment(&self, metric: LiftMetric) -> f64 {
        let part = |permille: u32| f64::from(permille) / 1_000.0;
        let visits = part(self.persuadable) * (1.0 - part(self.natural));
        let basket = f64::midpoint(exact(BASKET_FEN.0), exact(BASKET_FEN.1));
        match metric {
            LiftMetric::Viewers => visits,
            LiftMetric::Followers => visits * part(self.follow),
            LiftMetric::Payers => visits * part(self.buy),
            LiftMetric::GmvFen => visits * part(self.buy) * basket,
            LiftMetric::Commenters | LiftMetric::ProductClickers => 0.0,
        }
    }
}

/// The sum of squares of a fen's worth of baskets: what a range of last touch needs for money.
pub(super) fn squares_per_fen() -> f64 {
    let (least, most) = (exact(BASKET_FEN.0), exact(BASKET_FEN.1));
    (least * least + least * most + most * most) / 3.0 / f64::midpoint(least, most)
}

fn exact(fen: i64) -> f64 {
    f64::from(i32::try_from(fen).unwrap_or(i32::MAX))
}

/// What one viewer would do in one room, whatever is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fate {
    /// Followed before anything was shown.
    pub(super) came_before: bool,
    pub(super) comes_anyway: bool,
    pub(super) is_persuadable: bool,
    /// Comes through the card where there is one, though not because of it.
    pub(super) takes_card: bool,
    pub(super) follows: bool,
    pub(super) buys_fen: Option<i64>,
}

impl Fate {
    /// The same for the same room, viewer and seed.
    pub(super) fn draw(appeal: &Appeal, seed: u64, (room, viewer): (u128, u64)) -> Self {
        let low = u64::try_from(room & u128::from(u64::MAX)).expect("masked");
        let high = u64::try_from(room >> 64).expect("64 bits are left");
        let mut chance = Chance::of(seed ^ mix(low ^ mix(high)), viewer);
        let [came_before, comes_anyway, is_persuadable, takes_card, follows, buys] =
            [30, appeal.natural, appeal.persuadable, 800, appeal.follow, appeal.buy]
                .map(|times| chance.permille(times));
        let value = chance.between(BASKET_FEN.0, BASKET_FEN.1);
        let buys_fen = buys.then_some(value);
        Self { came_before, comes_anyway, is_persuadable, takes_card, follows, buys_fen }
    }
}
