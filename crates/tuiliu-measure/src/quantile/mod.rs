//! Distribution functions and their inverses, to 1e-12 relative where the estimators use them.
//!
//! `statrs` gives the inverse of the error function and the logarithm of the gamma function. The rest of it is worse than
//! asked: its error function is off by 7e-11 in the tails, its inverses of gamma and beta stop early, and its beta function
//! loses digits with large parameters, since it subtracts logarithms of gammas (2.9e-4 for quantiles of t with a million
//! degrees of freedom). So the leading factors are Loader's (`saddle`), the expansions are summed here, and the inverses
//! are Newton steps on the logarithm of the smaller tail (`invert`). `cargo xtask bench lift` prints both errors.

mod beta;
mod chi_square;
mod gamma;
mod invert;
mod normal;
mod saddle;
mod student;

pub use beta::{beta_below, beta_quantile};
pub use chi_square::{chi_square_above, chi_square_quantile};
pub use gamma::{gamma_above, gamma_below, gamma_quantile};
pub use normal::{normal_above, normal_below, normal_quantile};
pub(crate) use saddle::binomial_density;
pub use student::{student_above, student_below, student_quantile};

#[cfg(test)]
mod tests;
