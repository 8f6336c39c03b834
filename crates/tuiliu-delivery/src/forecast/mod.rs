//! What an order may bring before it is bought: decisions on sampled requests, made again with it among the others
//! (AT-06, delivery.md §7).
//!
//! A node keeps the requests of a share of its viewers for a day ([`RequestSample`]), each with who stands in its slots
//! now. An order that is not there yet meets exactly those ([`openings`]): what a bid would win and pay follows from the
//! same weights, ranks and prices that decisions use, and so does what a budget buys ([`Openings::outlook`]).

mod examined;
mod openings;
mod outlook;
mod sample;

pub use examined::{Examined, Question, examine};
pub use openings::{Opening, Openings, Place, Reach, openings};
pub use outlook::{Budget, Outlook, Sums, Wish};
pub use sample::{Asked, RequestSample, SAMPLE_SPAN_MS, SampleView, Sampled, is_sampled};

#[cfg(test)]
mod tests;
