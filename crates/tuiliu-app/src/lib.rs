//! The shell: commands, queries and jobs, each one transaction around a pure decision.

pub mod access;
mod answer;
mod app;
pub mod appeal;
pub mod audit;
pub mod coupon;
pub mod delivery;
mod error;
pub mod forecast;
pub mod guarantee;
pub mod incentive;
mod job;
pub mod live;
pub mod message;
mod notice;
mod outcome;
pub mod outside;
pub mod promotion;
pub mod report;
pub mod request_log;
mod retention;
pub mod search;
pub mod video;
pub mod wallet;
pub mod webhook;

pub use answer::{Answered, OnceKey};
pub use app::{App, Setup, Shell};
pub use error::CommandError;
pub use job::JobRhythm;
pub use retention::Retention;
pub use tuiliu_store::{StoreError, Tx};
