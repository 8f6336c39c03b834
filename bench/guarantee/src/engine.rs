//! Slots come one by one; a method says each hour who takes part, and the slot goes to a contract or to a buyer.

use tuiliu_delivery::Rng;
use tuiliu_delivery::approximate::{approximate, round_to_count};
use tuiliu_delivery::guarantee::{Progress, Standing};

use crate::market::{HOURS, Market, normal};

/// Median of what a slot brings otherwise, in millionths of a yuan.
const USUAL_PRICE: f64 = 12_000.0;
/// Standard deviation of its logarithm.
const PRICE_SPREAD: f64 = 0.5;

/// A contract's part in a pool for an hour.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub contract: usize,
    /// Share of the pool's slots, up to one.
    pub share: f64,
    /// What it bids per play.
    pub price: i64,
}

/// How the contracts that fit a slot settle whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// One draw; shares in the order in which parts are listed until they add up to one.
    InTurn,
    /// Each draws for itself; one of those that take part, by lot.
    Apart,
}

/// The state of the market when an hour begins.
pub struct Hour<'a> {
    pub market: &'a Market,
    pub hour: usize,
    /// Valid plays of each contract so far.
    pub plays: &'a [u64],
    /// Slots of each pool in the hour before.
    pub came: Option<Vec<u32>>,
    /// What slots displaced in which a contract took part in the hour before.
    pub met: &'a [(usize, i64)],
}

impl Hour<'_> {
    /// Contracts whose window is open and that miss something.
    pub fn running(&self) -> Vec<usize> {
        let now = self.now();
        let contracts = self.market.contracts.iter().enumerate();
        contracts
            .filter(|(nth, contract)| {
                contract.starts_at <= now && now < contract.ends_at && self.plays[*nth] < contract.target_plays
            })
            .map(|(nth, _)| nth)
            .collect()
    }

    pub fn now(&self) -> tuiliu_domain::time::Timestamp {
        let hours = i64::try_from(self.hour).expect("few hours");
        crate::market::BEGINS.plus_ms(hours * tuiliu_domain::time::HOUR_MS)
    }

    pub fn standing(&self, contract: usize) -> Standing<'_> {
        let progress = Progress { plays: self.plays[contract], ..Progress::default() };
        Standing { contract: &self.market.contracts[contract], progress }
    }
}

/// A way to deliver contracts.
pub trait Method {
    fn name(&self) -> &'static str;
    fn settling(&self) -> Settling {
        Settling::InTurn
    }
    /// The parts in each pool for this hour.
    fn parts(&mut self, hour: &Hour<'_>) -> Vec<Vec<Part>>;
}

/// What came of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ended {
    pub contracts: usize,
    pub met: usize,
    pub nearly: usize,
    /// Plays per promised play of the contract that is furthest behind.
    pub worst: f64,
    pub promised: u64,
    pub plays: u64,
    /// What the slots that went to contracts would have brought, in millionths.
    pub displaced: i64,
    /// Compensation due, in millionths.
    pub compensation: i64,
}

impl Ended {
    fn of(market: &Market, plays: &[u64], displaced: i64) -> Self {
        let mut ended = Self { contracts: plays.len(), worst: 1.0, displaced, ..Self::default() };
        for (contract, plays) in market.contracts.iter().zip(plays.iter().copied()) {
            assert!(plays <= contract.target_plays, "never more than was promised");
            ended.met += usize::from(plays == contract.target_plays);
            ended.nearly += usize::from(u128::from(plays) * 100 >= u128::from(contract.target_plays) * 99);
            let number = |plays: u64| approximate(i64::try_from(plays).expect("few plays"));
            ended.worst = ended.worst.min(number(plays) / number(contract.target_plays));
            ended.promised += contract.target_plays;
            ended.plays += plays;
            ended.compensation += contract.compensation(plays).get();
        }
        ended
    }

    /// The sum of two runs.
    pub fn and(self, other: Self) -> Self {
        Self {
            contracts: self.contracts + other.contracts,
            met: self.met + other.met,
            nearly: self.nearly + other.nearly,
            worst: self.worst.min(other.worst),
            promised: self.promised + other.promised,
            plays: self.plays + other.plays,
            displaced: self.displaced + other.displaced,
            compensation: self.compensation + other.compensation,
        }
    }
}

/// Runs a market to its end. Slots and what they are worth depend on the seed alone, not on the method.
pub fn run(market: &Market, seed: u64, method: &mut dyn Method) -> Ended {
    let mut worth = Rng::seeded(seed ^ 0x5107);
    let mut lots = Rng::seeded(seed ^ 0x1075);
    let mut plays = vec![0_u64; market.contracts.len()];
    let mut displaced = 0_i64;
    let mut met = Vec::new();
    for hour in 0..HOURS {
        let came = hour.checked_sub(1).map(|last| market.came.iter().map(|pool| pool[last]).collect());
        let view = Hour { market, hour, plays: &plays, came, met: &met };
        let parts = method.parts(&view);
        met.clear();
        // Slots of all pools come mixed, as many from each as there are.
        let mut left: Vec<u32> = market.came.iter().map(|pool| pool[hour]).collect();
        let mut order: Vec<usize> = (0..left.len()).filter(|pool| left[*pool] > 0).collect();
        while !order.is_empty() {
            order.retain(|pool| {
                let value = USUAL_PRICE * market.prices[hour] * (PRICE_SPREAD * normal(&mut worth)).exp();
                let value = round_to_count(value);
                let is_open = |part: &Part| plays[part.contract] < market.contracts[part.contract].target_plays;
                if let Some(part) = settle(&parts[*pool], method.settling(), is_open, &mut lots) {
                    met.push((part.contract, value));
                    if part.price > value {
                        plays[part.contract] += 1;
                        displaced += value;
                    }
                }
                left[*pool] -= 1;
                left[*pool] > 0
            });
        }
    }
    Ended::of(market, &plays, displaced)
}

/// Whose turn it is in a slot.
fn settle(parts: &[Part], settling: Settling, is_open: impl Fn(&Part) -> bool, lots: &mut Rng) -> Option<Part> {
    let mut draw = f64::from(lots.below_million()) / 1e6;
    match settling {
        Settling::InTurn => parts.iter().filter(|part| is_open(part)).copied().find(|part| {
            draw -= part.share;
            draw < 0.0
        }),
        Settling::Apart => {
            let mut chosen = None;
            let mut rivals = 0;
            for part in parts.iter().filter(|part| is_open(part)) {
                if f64::from(lots.below_million()) / 1e6 < part.share {
                    rivals += 1;
                    if lots.next_u64() % rivals == 0 {
                        chosen = Some(*part);
                    }
                }
            }
            chosen
        }
    }
}
