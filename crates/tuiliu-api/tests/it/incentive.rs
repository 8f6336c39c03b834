//! Incentives through the public API: a test for each rule of the book.

mod abuse;
mod benchmark;
mod cold_start;
mod desk;
mod growth;
mod linkage;
mod programmes;
mod race;
