//! The api in process: requests in, status and body out, compared with what stands here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod appeal;
mod audit;
mod bodies;
mod column;
mod coupon;
mod delivery;
mod document;
mod edits;
mod faults;
mod following;
mod forecast;
mod guarantee;
mod harness;
mod incentive;
mod limits;
mod lists;
mod live;
mod money;
mod platform;
mod promotion;
mod report;
mod review;
mod search;
mod server;
mod system;
mod tenants;
mod wallet;
mod webhook;
