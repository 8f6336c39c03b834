//! The distribution functions beside those of the library they stand on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use statrs::distribution::{ChiSquared, ContinuousCDF, Gamma, Normal, StudentsT};
use tuiliu_measure::quantile::{chi_square_above, gamma_quantile, normal_quantile, student_below, student_quantile};

/// The largest relative error of ours and of the library, for each function.
pub fn run(folder: &Path) -> Result<BTreeMap<String, (f64, f64)>> {
    let text = fs::read_to_string(folder.join("reference/quantile_oracle.csv")).context("failed to read the oracle")?;
    let mut worst: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [name, a, b, p, expected] = cells[..] else { bail!("`{line}` has other columns") };
        let (a, b, p, expected): (f64, f64, f64, f64) = (a.parse()?, b.parse()?, p.parse()?, expected.parse()?);
        let (own, library) = match name {
            "norm" => (normal_quantile(p), Normal::standard().inverse_cdf(p)),
            "t_ppf" => (student_quantile(a, p), StudentsT::new(0.0, 1.0, a)?.inverse_cdf(p)),
            "t_cdf" => (student_below(a, b), StudentsT::new(0.0, 1.0, a)?.cdf(b)),
            "gamma_ppf" => (gamma_quantile(a, p), Gamma::new(a, 1.0)?.inverse_cdf(p)),
            "chi2_sf" => (chi_square_above(a, b), ChiSquared::new(a)?.sf(b)),
            other => bail!("nobody knows `{other}`"),
        };
        let error = |value: f64| if expected == 0.0 { value.abs() } else { (value / expected - 1.0).abs() };
        let entry = worst.entry(name.to_owned()).or_insert((0.0, 0.0));
        *entry = (entry.0.max(error(own)), entry.1.max(error(library)));
    }
    Ok(worst)
}
