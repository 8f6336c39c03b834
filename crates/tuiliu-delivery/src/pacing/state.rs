//! The controller: what it remembers of an order between ticks, and how it answers one.

use tuiliu_domain::money::Micros;
use tuiliu_domain::time::Timestamp;

use super::landscape::{Landscape, Level, Outlook};
use super::{ExpectedShare, Observation, Pace, Plan};
use crate::approximate::{approximate, round_to_count};
use crate::bidding::WHOLE_SHARE;

/// Deviation from the plan that is not acted upon.
const DEAD_BAND: f64 = 0.02;
/// How far the trim may move the price away from what the landscape says.
const TRIM_MAX: f64 = 0.3;
/// Auctions needed before the landscape is believed.
pub(super) const SAMPLES_MIN: usize = 50;
/// Part of the budget that may be spent before that.
const LEARNING_SHARE: f64 = 0.1;
/// How far one tick may move the price, up or down.
const STEP_MAX: f64 = 1.5;
/// Share of the window's traffic from which an order that is behind may pay more to catch up.
const CATCH_UP_FROM: f64 = 0.97;
/// How much more at the very end.
const CATCH_UP_MAX: f64 = 3.0;
/// Share of the window's traffic over which the arrival of auctions and of spend is averaged.
const MEMORY: f64 = 0.1;
/// Traffic is not believed to have fallen below this part of what it was on average.
const VOLUME_MIN: f64 = 0.3;
/// Results that the belief in the predictions weighs against what really came.
const CALIBRATION_STRENGTH: f64 = 10.0;
/// How far predictions are believed to be wrong at most.
const CALIBRATION_MAX: f64 = 20.0;
/// The bid never falls below this part of the price of the cheapest twentieth, so that something is always tried.
pub(super) const FLOOR: f64 = 0.3;
pub(super) const CHEAPEST: f64 = 0.05;
/// Below this part of all spend, those who share a price are met by taking part in fewer auctions.
const SHARED_MOST: f64 = 0.8;
/// Part of a charge that is aimed at beyond what is left.
const BEYOND: f64 = 1.0;
/// Share of the window for which the limit must have been too low before it is said.
const TOO_LOW_SHARE: f64 = 0.15;

/// What the pacer remembers of one order between two ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PacerState {
    /// Bid per result, in millionths.
    price: f64,
    /// Share of auctions taken part in; 0 to 1.
    participation: f64,
    /// Slowly adapting part of the trim.
    integral: f64,
    /// Auctions expected in the whole window, at the rate of late; none before the first.
    volume: Option<f64>,
    /// Share of the traffic that the belief in the volume weighs, beside what was seen.
    believed: f64,
    auctions: u64,
    share: f64,
    solved: bool,
    /// What was spent at the last tick, and since then fading: what came, and what the landscape said would come.
    spent: f64,
    came: f64,
    expected: f64,
    /// Part of the window in which the limit kept the bid too low.
    limited: f64,
    /// How many of those who share a price are owed.
    owed: f64,
    /// What it last answered: the bid per result and the share of auctions.
    bid: f64,
    taking: f64,
    /// All that was charged, and the sum of the squares of what was charged between two ticks.
    charges: f64,
    squares: f64,
}

/// What one tick sees.
struct Tick<'a> {
    plan: &'a Plan,
    seen: Observation,
    landscape: &'a Landscape,
    /// Share of the window's traffic that is over, and how much of it since the last tick.
    share: f64,
    step: f64,
    /// Auctions since then.
    fresh: f64,
}

impl PacerState {
    /// A pacer that has seen nothing and starts at this price per result.
    #[must_use]
    pub fn starting(price: Micros) -> Self {
        Self {
            price: approximate(price.get()).max(1.0),
            participation: 1.0,
            integral: 0.0,
            volume: None,
            believed: 0.0,
            auctions: 0,
            share: 0.0,
            solved: false,
            spent: 0.0,
            came: 0.0,
            expected: 0.0,
            limited: 0.0,
            owed: 0.0,
            bid: 0.0,
            taking: 0.0,
            charges: 0.0,
            squares: 0.0,
        }
    }

    /// The same, when so many auctions are expected in the window, e.g. from a forecast.
    #[must_use]
    pub fn expecting(self, auctions: u64) -> Self {
        Self { volume: Some(count(auctions)), believed: MEMORY, ..self }
    }

    /// The same under another plan: what was over of the old one's traffic at the last tick is what is over of the new
    /// one's, and the auctions to expect follow. Otherwise the change would look like traffic that came or failed.
    #[must_use]
    pub fn replanned(mut self, plan: &Plan, ticked_at: Timestamp) -> Self {
        let share = plan.traffic_share(ticked_at);
        if share > 0.0 && self.share > 0.0 && self.believed == 0.0 {
            self.volume = self.volume.map(|volume| volume * self.share / share);
        }
        self.share = share;
        self
    }

    /// Corrects the price. Call it each second, or each 200 auctions.
    ///
    /// The level comes from solving "expected spend at this price × auctions to come = budget left" on the
    /// landscape; a trim of at most ± 0.3 brings spend back to the plan. Never above the plan's limit.
    #[must_use]
    pub fn tick(mut self, plan: &Plan, seen: Observation, landscape: &Landscape) -> (Self, Pace) {
        let share = plan.traffic_share(seen.now);
        let step = (share - self.share).max(0.0);
        let fresh = count(seen.auctions.saturating_sub(self.auctions));
        let tick = Tick { plan, seen, landscape, share, step, fresh };
        self.remember_volume(&tick);
        self.remember_response(&tick);
        let behind = plan.behind(share, seen.spent);
        self.integral = (self.integral + behind * step * 10.0).clamp(-0.15, 0.15);
        let off = self.beyond_chance(&tick, behind);
        match self.wanted(&tick) {
            Some(wanted) => self.follow(&tick, off, wanted),
            None if fresh > 0.0 => self.grope(&tick, behind),
            None => {}
        }
        self.auctions = seen.auctions;
        self.share = share;
        let pace = self.pace(&tick, off);
        self.bid = approximate(pace.price.get());
        self.taking = f64::from(pace.participation_millionths) / f64::from(WHOLE_SHARE);
        (self, pace)
    }

    /// Auctions to expect in the whole window, from the recent rate per share of planned traffic.
    fn remember_volume(&mut self, tick: &Tick<'_>) {
        let Tick { share, step, fresh, .. } = *tick;
        if step <= 0.0 || tick.seen.auctions == 0 {
            return;
        }
        let average = count(tick.seen.auctions) / share;
        self.volume = Some(match self.volume {
            None => average,
            Some(volume) => {
                let weight = step / (step + MEMORY.min(self.believed + self.share));
                (volume + weight * (fresh / step - volume)).max(VOLUME_MIN * average)
            }
        });
    }

    /// What came of the last bid, beside what the landscape said would come.
    fn remember_response(&mut self, tick: &Tick<'_>) {
        let spent = approximate(tick.seen.spent.get());
        let more = (spent - self.spent).max(0.0);
        if self.solved {
            let fade = (-tick.step / MEMORY).exp();
            let outlook = tick.landscape.outlook(Micros::new(round_to_count(self.bid)));
            self.expected = self.expected * fade + outlook.spend * self.taking * tick.fresh;
            self.came = self.came * fade + more;
        }
        self.charges += more;
        self.squares += more * more;
        self.spent = spent;
    }

    /// How much is charged at once, at most: a result where results are paid, an impression where those are.
    fn lump(&self) -> f64 {
        if self.charges > 0.0 { (self.squares / self.charges).min(self.price) } else { 0.0 }
    }

    /// How far spend is behind the plan beyond what chance alone explains, when every result costs the price.
    fn beyond_chance(&self, tick: &Tick<'_>, behind: f64) -> f64 {
        let results = approximate(tick.plan.budget.get()).max(1.0) / self.price;
        let band = DEAD_BAND + (tick.share * (1.0 - tick.share) / results).sqrt();
        if behind.abs() <= band { 0.0 } else { behind }
    }

    /// Spend per auction at which the rest of the budget lasts for the rest of the window.
    ///
    /// Whatever was spent too much is amortised over all that is left of the window; it is never zero before the end.
    /// Where little is charged at a time part of what is left is held back for rare impressions; where charges are
    /// large a part of one is aimed at beyond what is left, since the last of them may come late or not at all.
    fn wanted(&self, tick: &Tick<'_>) -> Option<f64> {
        let Tick { plan, seen, landscape, share, .. } = *tick;
        let volume = self.volume.filter(|_| landscape.len() >= SAMPLES_MIN)?;
        let coming = (volume * (1.0 - share)).max(1.0);
        let left = (approximate(plan.budget.get()) - approximate(seen.spent.get())).max(0.0);
        let held = landscape.hold_back(left, coming);
        let aim = if held > 0.0 { left - held } else { left + BEYOND * self.lump().min(left) };
        Some(aim * plan.urgency(share) / coming / self.calibration(seen))
    }

    /// What a predicted unit of cost turned out to be: the mean of a Gamma-Poisson posterior.
    fn calibration(&self, seen: Observation) -> f64 {
        let belief = CALIBRATION_STRENGTH * self.price;
        let (came, expected) = match seen.predicted {
            Some(predicted) => (approximate(seen.spent.get().max(0)), approximate(predicted.get().max(0))),
            None => (self.came, self.expected),
        };
        ((came + belief) / (expected + belief)).clamp(1.0 / CALIBRATION_MAX, CALIBRATION_MAX)
    }

    /// A step in the right direction while the landscape is unknown, and none once too much was spent on learning.
    fn grope(&mut self, tick: &Tick<'_>, behind: f64) {
        let Tick { plan, seen, .. } = *tick;
        let (lowest, highest) = bounds(plan);
        self.price = (self.price * (1.0 + (4.0 * behind).clamp(-0.2, 0.2))).clamp(lowest, highest);
        let has_learnt_enough = approximate(seen.spent.get()) > LEARNING_SHARE * approximate(plan.budget.get());
        self.participation = if has_learnt_enough && behind < 0.0 { 0.0 } else { 1.0 };
    }

    fn follow(&mut self, tick: &Tick<'_>, off: f64, wanted: f64) {
        let Tick { plan, step, landscape, .. } = *tick;
        let level = landscape.level_for(wanted);
        let trim = if off == 0.0 { 0.0 } else { 2.0 * off + self.integral };
        let trim = 1.0 + trim.clamp(-TRIM_MAX, TRIM_MAX);
        let (price, participation) = self.split(level, trim);
        let (lowest, highest) = bounds(plan);
        if price > highest {
            self.limited += step;
        }
        let cheapest = landscape.price_quantile(CHEAPEST).map_or(0.0, |price| approximate(price.get()));
        let bounded = if self.solved { price.clamp(self.price / STEP_MAX, self.price * STEP_MAX) } else { price };
        self.solved = true;
        self.price = bounded.max(FLOOR * cheapest).clamp(lowest, highest);
        self.participation = participation.clamp(0.0, 1.0);
    }

    /// Price and participation for this level.
    ///
    /// Where many auctions share the price that is met, no price is right: where they are most of what is bought
    /// the lever is in how many to take part, else they are outbid in some ticks and left in others.
    fn split(&mut self, level: Level, trim: f64) -> (f64, f64) {
        let Some(shared) = level.shared else { return (level.price * trim, 1.0) };
        let above = level.price + 1.0;
        if shared.of_these >= SHARED_MOST * shared.of_all && shared.of_all < 1.0 {
            return (above, shared.of_all * trim);
        }
        self.owed += (shared.of_these * trim).clamp(0.0, 1.0);
        if self.owed >= 1.0 {
            self.owed -= 1.0;
            (above, 1.0)
        } else {
            (level.price - 1.0, 1.0)
        }
    }

    fn pace(&self, tick: &Tick<'_>, off: f64) -> Pace {
        let Tick { plan, seen, landscape, share, .. } = *tick;
        let late = ((share - CATCH_UP_FROM) / (1.0 - CATCH_UP_FROM)).clamp(0.0, 1.0);
        let lift = if off > 0.0 { 1.0 + (CATCH_UP_MAX - 1.0) * late } else { 1.0 };
        let price = Micros::new(round_to_count(self.price * lift)).min(plan.price_limit);
        let participation = round_to_count((self.participation * lift).min(1.0) * f64::from(WHOLE_SHARE));
        Pace {
            price,
            participation_millionths: u32::try_from(participation).unwrap_or(WHOLE_SHARE),
            bid_too_low: self.bid_too_low(plan, seen, landscape),
        }
    }

    /// What part of the budget will be spent, when the limit has kept the bid too low for more than 15% of the window
    /// (delivery.md §4); none while it has not.
    #[must_use]
    pub fn bid_too_low(&self, plan: &Plan, seen: Observation, landscape: &Landscape) -> Option<ExpectedShare> {
        if self.limited <= TOO_LOW_SHARE {
            return None;
        }
        let coming = self.volume.unwrap_or(0.0) * (1.0 - self.share);
        let more = landscape.outlook(plan.price_limit).spend * coming * self.calibration(seen);
        let part = (approximate(seen.spent.get()) + more) / approximate(plan.budget.get()).max(1.0);
        let millionths = round_to_count(part.clamp(0.0, 1.0) * f64::from(WHOLE_SHARE));
        Some(ExpectedShare { millionths: u32::try_from(millionths).unwrap_or(WHOLE_SHARE) })
    }

    /// What the rest of the window is predicted to cost and to bring with this bid per result in all its auctions.
    #[must_use]
    pub(super) fn rest(&self, landscape: &Landscape, price: Micros) -> Outlook {
        let coming = self.volume.unwrap_or(0.0) * (1.0 - self.share);
        let Outlook { spend, results } = landscape.outlook(price);
        Outlook { spend: spend * coming, results: results * coming }
    }

    /// The bid per result it stands at.
    #[must_use]
    pub fn price(&self) -> Micros {
        Micros::new(round_to_count(self.price))
    }
}

/// What a result may cost at least and at most.
fn bounds(plan: &Plan) -> (f64, f64) {
    let lowest = approximate(plan.price_min.get()).max(1.0);
    (lowest, approximate(plan.price_limit.get()).max(lowest))
}

fn count(number: u64) -> f64 {
    approximate(i64::try_from(number).unwrap_or(i64::MAX))
}
