//! The shell: commands, queries and jobs, each one transaction around a pure decision.

pub mod access;
mod answer;
mod app;
pub mod coupon;
mod error;
mod notice;
mod outcome;
pub mod outside;
pub mod wallet;

pub use answer::{Answered, OnceKey};
pub use app::{App, Shell};
pub use error::CommandError;
pub use tuiliu_store::StoreError;
