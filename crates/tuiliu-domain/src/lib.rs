//! The rules of Tuiliu: pure, deterministic, knowing nobody.
//!
//! Nothing here does I/O, reads a clock, draws a random number or can be serialized.
//! `now`, ids and randomness come in as parameters; what was decided goes out as values.

pub mod appeal;
pub mod calendar;
pub mod coupon;
pub mod event;
pub mod guarantee;
pub mod id;
pub mod incentive;
pub mod ledger;
pub mod limits;
pub mod live;
pub mod message;
pub mod money;
pub mod party;
pub mod policy;
pub mod promise;
pub mod promotion;
pub mod review;
pub mod time;
pub mod video;
pub mod viewer;
pub mod wallet;
pub mod webhook;
