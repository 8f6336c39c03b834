//! Against answers of 17 digits and more.

use super::{
    beta_below, beta_quantile, chi_square_above, chi_square_quantile, gamma_above, gamma_below, gamma_quantile,
    normal_above, normal_below, normal_quantile, student_above, student_below, student_quantile,
};

/// Agreement that is asked of every function.
const RELATIVE: f64 = 1e-12;

/// What is wrong, if it is off by more than is asked.
fn complain(what: &str, own: f64, expected: f64) -> Option<String> {
    let error = if expected == 0.0 { own.abs() } else { (own / expected - 1.0).abs() };
    (error.is_nan() || error > RELATIVE).then(|| format!("{what}: {own:e} is not {expected:e}, off by {error:e}\n"))
}

#[test]
fn agrees_with_the_oracle_in_all_its_range() {
    let oracle = include_str!("../../tests/fixtures/quantile_oracle.csv");
    let (mut rows, mut complaints) = (0, String::new());
    for line in oracle.lines().filter(|line| !line.starts_with(['#', 'd'])) {
        let cells: Vec<&str> = line.split(',').collect();
        let [name, numbers @ ..] = cells.as_slice() else { panic!("an empty line") };
        let numbers: Vec<f64> = numbers.iter().map(|cell| cell.parse().unwrap()).collect();
        let [a, b, p, expected] = numbers[..] else { panic!("{line}") };
        let own = match *name {
            "norm" => normal_quantile(p),
            "t_ppf" => student_quantile(a, p),
            "t_cdf" => student_below(a, b),
            "gamma_ppf" => gamma_quantile(a, p),
            "gamma_cdf" => gamma_below(a, b),
            "gamma_sf" => gamma_above(a, b),
            "chi2_sf" => chi_square_above(a, b),
            "chi2_ppf" => chi_square_quantile(a, p),
            "beta_ppf" => beta_quantile(a, b, p),
            "norm_sf" => normal_above(a),
            "t_sf" => student_above(a, b),
            other => panic!("nobody knows `{other}`"),
        };
        complaints.extend(complain(line, own, expected));
        rows += 1;
    }
    assert_eq!(complaints, "");
    assert!(rows >= 300, "only {rows} rows");
}

#[test]
fn ends_are_the_ends_of_the_range() {
    assert_eq!(gamma_quantile(2.0, 0.0), 0.0);
    assert_eq!(gamma_quantile(2.0, 1.0), f64::INFINITY);
    assert_eq!(beta_quantile(2.0, 3.0, 1.0), 1.0);
    assert_eq!(student_quantile(3.0, 0.0), f64::NEG_INFINITY);
    assert_eq!(student_quantile(3.0, 0.5), 0.0);
    assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(beta_below(2.0, 3.0, 0.0), 0.0);
    assert_eq!(normal_below(0.0), 0.5);
}

proptest::proptest! {
    #[test]
    fn a_quantile_undoes_its_distribution(shape in 0.05_f64..5e4, share in 1e-8_f64..0.999_999) {
        let x = gamma_quantile(shape, share);
        proptest::prop_assert!((gamma_below(shape, x) / share - 1.0).abs() < 1e-11, "gamma {shape} {share} {x}");
    }

    #[test]
    fn beta_and_student_undo_theirs(a in 0.2_f64..2e3, b in 0.2_f64..2e3, share in 1e-6_f64..0.999) {
        let x = beta_quantile(a, b, share);
        proptest::prop_assert!((beta_below(a, b, x) / share - 1.0).abs() < 1e-9, "beta {a} {b} {share}");
        let t = student_quantile(a, share);
        proptest::prop_assert!((student_below(a, t) / share - 1.0).abs() < 1e-11, "t {a} {share}");
    }
}
