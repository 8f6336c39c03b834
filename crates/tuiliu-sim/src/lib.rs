//! A seeded world around the real app: a sample platform, its audience, its creators, faults, and what must hold.
//!
//! Only what is in `tuiliu_app::outside` is replaced. Time comes from a clock that is moved, ids from a counter,
//! chance from a seed; the binary shows what happens here to people.

pub mod audience;
pub mod creator;
pub mod fault;
pub mod oracle;
pub mod progress;
pub mod random;
pub mod replay;
pub mod sample;
pub mod seed;
pub mod truth;

pub use seed::World;
