//! Quotes of guaranteed plays: what a creator's next video is expected to reach, and what the guarantee costs (GB-02).
//!
//! The plays of a creator's videos, grown to 14 days, are spread around the creator's level like a t distribution on the
//! logarithmic scale; how wide is learnt from the creator and from all creators at once (G. Smyth 2004, moderated t).
//! The guarantee pays `min(F, (P + F)(1 − A/E)₊)` for a fixed price `P`, a fee `F = r P`, expected plays `E` and actual
//! plays `A`: a put spread. So the part of the fee that is paid back on average is the mean of the distribution function
//! of `A/E` between `1/(1 + r)` and 1, and the premium rate `r` is the root at which that is what the policy aims at.

mod backtest;
mod drift;
mod growth;
mod loss;
mod predictive;
mod premium;
mod prior;

pub use backtest::{Backtest, BacktestRules, CreatorVideos, Outcome, backtest, past_videos, prior_at};
pub use drift::{DriftIndex, ResolvedQuote};
pub use growth::{GrowthCurve, MATURE_DAYS, Reading, Video};
pub use loss::{lognormal_loss_ratio, loss_ratio, payout_share};
pub use predictive::{Evidence, PastVideo, Predictive};
pub use premium::{PremiumPolicy, PremiumRule, Quote, QuoteError, RateRange, quote};
pub use prior::{CreatorSpread, SpreadPrior};

#[cfg(test)]
mod tests;
