//! Guaranteed delivery: contracts that must reach a number of plays, in the same auctions as paid orders (DL-07, GB-09).
//!
//! [`replan`] is run each hour. It lays the missing plays of every contract over the supply that is forecast, the
//! high-water-mark way (Chen et al., "Ad serving using a compact allocation plan", EC 2012): contracts take turns in
//! the order of scarcity, and each gets one number, the share of its slots that it is to be served in. In an auction
//! [`take_turns`] lets at most one contract a slot take part, with that probability; it bids a shadow price that
//! [`offer`] keeps at the least that is needed, and never above the compensation that is at stake per play. So a
//! contract takes the slots that the others value least, and what they would have paid is told by [`displaced_value`].

mod contract;
mod lay;
mod plan;
mod shadow;
mod supply;
mod turn;

pub use contract::{Contract, Progress, Standing};
pub use plan::{Newcomers, Plan, Serving, Terms, replan};
pub use shadow::{DisplacedValues, Offer, displaced_value, offer};
pub use supply::{Pool, SupplyError, SupplyForecast, pools_of};
pub use turn::{Entrant, take_turns};

#[cfg(test)]
mod tests;
