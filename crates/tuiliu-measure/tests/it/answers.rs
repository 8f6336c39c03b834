//! What the estimators say about one comparison, under the names of the reference answers.

use tuiliu_measure::lift::second_opinion::{
    AncovaFit, Stratum, agresti_caffo, fisher_exact, miettinen_nurminen, poisson_mover, rate_ratio_score,
    stratified_difference, wald,
};
use tuiliu_measure::lift::{
    AlwaysValid, Confidence, CountArm, CountArms, InputError, Interval, PairMoments, RatioInterval, SampleArm,
    SampleArms, count_increment, cuped_one_covariate, log_ratio_interval, rate_difference, relative_lift, sample_ratio,
    share_shown, welch_increment, welch_test, wilson,
};

const SURE: Confidence = Confidence::NINETY_FIVE;

/// One arm of a comparison, as far as sums tell.
#[derive(Debug, Clone)]
pub(crate) struct ArmSums {
    /// The outcome, and what each user had spent before.
    pub(crate) joint: PairMoments,
    /// Users, sum and sum of squares in each segment.
    pub(crate) segments: Vec<(u64, f64, f64)>,
}

/// Both arms, and whether the outcome is a yes or a no.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub(crate) treated: ArmSums,
    pub(crate) ghost: ArmSums,
    pub(crate) is_count: bool,
}

/// Name of the estimator, name of the quantity, value.
pub(crate) type Answer = (&'static str, &'static str, f64);

/// Everything that follows from sums.
pub(crate) fn answers(comparison: &Comparison) -> Result<Vec<Answer>, InputError> {
    let arms = SampleArms { treated: sample(&comparison.treated)?, ghost: sample(&comparison.ghost)? };
    let mut all = continuous(comparison, arms)?;
    if comparison.is_count {
        all.extend(counts(comparison, arms)?);
    }
    all.extend(adjusted(comparison)?);
    Ok(all)
}

fn sample(arm: &ArmSums) -> Result<SampleArm, InputError> {
    SampleArm::from_moments(&arm.joint.outcome())
}

fn continuous(comparison: &Comparison, arms: SampleArms) -> Result<Vec<Answer>, InputError> {
    let welch = welch_test(arms, SURE);
    let increment = welch_increment(arms, SURE);
    let (treated, ghost) = (arms.treated, arms.ghost);
    let point = treated.mean() / ghost.mean() - 1.0;
    let always = AlwaysValid::narrowest_at(arms.difference_variance(), SURE);
    let range = always.interval(arms.difference(), welch.standard_error);
    let sizes = [comparison.treated.joint.count(), comparison.ghost.joint.count()];
    let design = sample_ratio(&[(sizes[0], treated.users()), (sizes[1], ghost.users())])?;
    let mut all = vec![
        ("counts", "n_treated", treated.users()),
        ("counts", "n_control", ghost.users()),
        ("raw", "sum_treated", treated.mean() * treated.users()),
        ("raw", "sum_control", ghost.mean() * ghost.users()),
        ("raw", "mean_treated", treated.mean()),
        ("raw", "mean_control", ghost.mean()),
        ("raw", "var_treated", treated.variance()),
        ("raw", "var_control", ghost.variance()),
        ("welch_t", "diff", welch.difference.point),
        ("welch_t", "se", welch.standard_error),
        ("welch_t", "df", welch.degrees_of_freedom),
        ("welch_t", "p", welch.p_value),
        ("incremental_total", "point", increment.point),
        ("rel_lift", "point", point),
        ("always_valid_msprt_tau2opt", "tau2", always.mixing_variance()),
        ("always_valid_confseq_normal_mixture_vopt=V", "halfwidth", always.half_width(welch.standard_error)),
        ("srm", "chi2_vs_design", design.chi_square),
    ];
    let share = share_shown(increment.point, treated.mean() * treated.users());
    all.extend(share.map(|share| ("incremental_share_of_treated", "point", share)));
    ends(&mut all, "welch_t", welch.difference.interval);
    ends(&mut all, "incremental_total", increment.interval);
    ends(&mut all, "always_valid_msprt_tau2opt", range);
    if let RatioInterval::Bounded(range) = relative_lift(arms, SURE) {
        ends(&mut all, "rel_lift_fieller", range);
    }
    if let Some(lift) = log_ratio_interval(arms, SURE) {
        ends(&mut all, "rel_lift_logdelta", lift.interval);
    }
    Ok(all)
}

fn counts(comparison: &Comparison, arms: SampleArms) -> Result<Vec<Answer>, InputError> {
    let count = |own: &ArmSums| {
        let events = own.segments.iter().map(|(_, sum, _)| sum).sum::<f64>();
        // Sums of zeros and ones are whole.
        let whole = tuiliu_measure::approximate::round_to_whole(events);
        CountArm::try_new(own.joint.count(), u64::try_from(whole).unwrap_or(u64::MAX))
    };
    let arms_of_counts = CountArms { treated: count(&comparison.treated)?, ghost: count(&comparison.ghost)? };
    let difference = rate_difference(arms_of_counts, SURE);
    let increment = count_increment(arms_of_counts, SURE);
    let users = arms.treated.users();
    assert!((increment.interval.low / users - difference.interval.low).abs() < 1e-15, "one unit or the other");
    let mut all = vec![("fisher_exact", "p", fisher_exact(arms_of_counts))];
    ends(&mut all, "newcombe", difference.interval);
    ends(&mut all, "agresti_caffo", agresti_caffo(arms_of_counts, SURE));
    ends(&mut all, "wald", wald(arms_of_counts, SURE));
    ends(&mut all, "miettinen_nurminen", miettinen_nurminen(arms_of_counts, SURE));
    ends(&mut all, "poisson_mover", poisson_mover(arms_of_counts, SURE));
    ends(&mut all, "wilson_treated", wilson(arms_of_counts.treated, SURE));
    ends(&mut all, "riskratio_score", rate_ratio_score(arms_of_counts, SURE));
    Ok(all)
}

fn adjusted(comparison: &Comparison) -> Result<Vec<Answer>, InputError> {
    let (treated, ghost) = (&comparison.treated, &comparison.ghost);
    let (slope, arms) = cuped_one_covariate(&treated.joint, &ghost.joint)?;
    let standard_error = arms.difference_variance().sqrt();
    let mut all = vec![
        ("cuped_history", "theta", slope),
        ("cuped_history", "diff", arms.difference()),
        ("cuped_history", "se", standard_error),
    ];
    ends(&mut all, "cuped_history", Interval::around(arms.difference(), SURE.z() * standard_error));
    if let Some(fit) = AncovaFit::try_new(&treated.joint, &ghost.joint) {
        all.push(("ancova_history_HC2", "diff", fit.difference()));
    }
    let mut strata = Vec::new();
    for (own, other) in treated.segments.iter().zip(&ghost.segments) {
        let sample = |(users, sum, squares): (u64, f64, f64)| SampleArm::from_sums(users, sum, squares);
        strata.push(Stratum { arms: SampleArms { treated: sample(*own)?, ghost: sample(*other)? } });
    }
    let (estimate, standard_error) = stratified_difference(&strata, SURE);
    all.push(("poststrat_history_segment", "diff", estimate.point));
    all.push(("poststrat_history_segment", "se", standard_error));
    Ok(all)
}

/// Adds both ends of a range.
pub(crate) fn ends(all: &mut Vec<Answer>, estimator: &'static str, range: Interval) {
    all.push((estimator, "lo", range.low));
    all.push((estimator, "hi", range.high));
}
