//! Other people's intervals, computed to be compared: none of them is displayed.

mod ancova;
mod difference;
mod fisher;
mod miettinen_nurminen;
mod stratified;

pub use ancova::{AncovaFit, AncovaVariance};
pub use difference::{agresti_caffo, poisson_mover, wald};
pub use fisher::fisher_exact;
pub use miettinen_nurminen::{miettinen_nurminen, rate_ratio_score};
pub use stratified::{Stratum, stratified_difference};
