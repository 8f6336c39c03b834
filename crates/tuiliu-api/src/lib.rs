//! HTTP in, HTTP out: the floor that knows HTTP and JSON.
//!
//! A column is a file with its views, its handlers of four lines, `impl From<…Error> for Problem` for its refusals,
//! and `pub(crate) fn routes() -> OpenApiRouter<Api>`, which `openapi::columns` merges.

pub mod access;
mod address;
pub mod api;
pub mod appeal;
mod audit;
pub mod auth;
pub mod body;
pub mod code;
pub mod coupon;
mod delivery;
pub mod edit;
mod forecast;
mod frame;
mod guarantee;
pub mod headers;
pub mod idempotency;
pub mod incentive;
mod live;
pub mod message;
pub mod metrics;
pub mod openapi;
pub mod page;
pub mod params;
pub mod problem;
mod promotion;
pub mod rate;
mod report;
pub mod request_id;
mod request_log;
mod review;
pub mod search;
pub mod server;
pub mod sse;
pub mod stop;
mod stopwatch;
mod system;
mod video;
pub mod views;
pub mod wallet;
mod web;
pub mod webhook;

pub use address::Peer;
