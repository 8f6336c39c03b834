//! Auctions that were recorded and do not react: whoever bids the least winning cost wins and pays it.
//!
//! As in the offline evaluation of the large public auto-bidding competitions: 48 ticks, results are single draws of
//! an uncertain probability, and what a tick costs beyond the budget is dropped at random.

mod bidders;
mod logs;
mod play;

pub(crate) use play::measure;
