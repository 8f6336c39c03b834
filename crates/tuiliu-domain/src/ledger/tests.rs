//! Stories, known bugs and the model test of the whole ledger.

mod coupons;
mod known_bugs;
mod model;
mod oracle;
mod orders;
mod shelf;
mod story;
mod wallets;
