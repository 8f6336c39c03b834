//! What is told of an experiment: every figure with its range.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Map, Value, json};
use tuiliu_measure::approximate::{approximate, round_to_whole};
use tuiliu_measure::lift::second_opinion::{agresti_caffo, fisher_exact, miettinen_nurminen, poisson_mover, wald};
use tuiliu_measure::lift::{
    AlwaysValid, BasketPool, CountArms, DetectionGoal, DisplayState, Estimate, Findings, Interval, RatioInterval,
    SampleArms, SampleRatio, ValueArms, always_valid_increment, bayes_increment, cost_per_increment, count_increment,
    display_state, gmv_increment, headline, incremental_return, log_ratio_interval, rate_difference, relative_lift,
    sample_ratio, share_shown, smallest_detectable_increment, welch_increment, welch_test,
};

use super::Experiment;

/// The report, in the order in which it is read.
pub(super) fn of(experiment: &Experiment) -> Result<Value> {
    let [treated, ghost] = experiment.users;
    let mut report = Map::new();
    report.insert("confidence".to_owned(), json!(experiment.confidence.level()));
    report.insert("users".to_owned(), json!({ "treated": treated, "ghost": ghost }));
    let sizes = match experiment.holdout {
        Some(share) => Some(sample_ratio(&[(treated, 1.0 - share), (ghost, share)])?),
        None => None,
    };
    report.insert("sample_ratio".to_owned(), sizes.map_or(Value::Null, sizes_json));
    if let Some(arms) = experiment.counts {
        state(&mut report, experiment, arms, sizes);
        report.insert("events".to_owned(), events(experiment, arms));
    } else if sizes.is_some_and(|sizes| sizes.is_broken()) {
        report.insert("state".to_owned(), json!("broken_experiment"));
    }
    if let Some(arms) = experiment.samples {
        report.insert("mean".to_owned(), mean(experiment, arms));
    }
    if let Some(arms) = experiment.values {
        report.insert("turnover".to_owned(), turnover(experiment, arms));
    }
    Ok(Value::Object(report))
}

/// The increment that adds up over experiments: of events, else of turnover, else of the number each user has.
pub(super) fn increment(experiment: &Experiment) -> Option<Estimate> {
    let confidence = experiment.confidence;
    if let Some(arms) = experiment.counts {
        return Some(count_increment(arms, confidence));
    }
    if let Some(arms) = experiment.values {
        return BasketPool::of(arms).map(|pool| gmv_increment(arms, pool, confidence).total);
    }
    experiment.samples.map(|arms| welch_increment(arms, confidence))
}

pub(super) fn sum_json(sum: Estimate) -> Value {
    json!({ "sum": estimate(sum) })
}

pub(super) fn sum_text(sum: Estimate) -> String {
    format!("sum          {}\n", shown(&estimate(sum)))
}

fn bayes(experiment: &Experiment, arms: CountArms) -> Option<Estimate> {
    experiment.prior.map(|prior| bayes_increment(arms, prior, experiment.confidence))
}

/// The state and what a creator would be told.
fn state(report: &mut Map<String, Value>, experiment: &Experiment, arms: CountArms, sizes: Option<SampleRatio>) {
    let plain = count_increment(arms, experiment.confidence);
    // Sizes that nobody knows the design of cannot be wrong.
    let sample_ratio = sizes.unwrap_or(SampleRatio { chi_square: 0.0, p_value: 1.0 });
    let state = display_state(Findings { sample_ratio, plain, bayes: bayes(experiment, arms) });
    let events = u64::try_from(round_to_whole(arms.treated.events())).unwrap_or(0);
    let told = |estimate: Estimate| {
        let told = headline(estimate, events);
        json!({ "increment": told.increment, "low": told.low, "high": told.high, "natural": told.natural })
    };
    let (name, headline) = match state {
        DisplayState::Measured(estimate) => ("measured", told(estimate)),
        DisplayState::SmallSample(estimate) => ("small_sample", told(estimate)),
        DisplayState::NotEnoughData(range) => {
            ("not_enough_data", json!({ "low": round_to_whole(range.low), "high": round_to_whole(range.high) }))
        }
        DisplayState::BrokenExperiment => ("broken_experiment", json!({ "attributed": events })),
    };
    report.insert("state".to_owned(), json!(name));
    report.insert("headline".to_owned(), headline);
}

fn events(experiment: &Experiment, arms: CountArms) -> Value {
    let confidence = experiment.confidence;
    let increment = count_increment(arms, confidence);
    let mut told = json!({
        "treated": arms.treated.events(),
        "ghost": arms.ghost.events(),
        "increment": estimate(increment),
        "rate_difference": estimate(rate_difference(arms, confidence)),
        "share_shown": share_shown(increment.point, arms.treated.events()),
        "second_opinion": {
            "wald": range(wald(arms, confidence)),
            "agresti_caffo": range(agresti_caffo(arms, confidence)),
            "miettinen_nurminen": range(miettinen_nurminen(arms, confidence)),
            "poisson_mover": range(poisson_mover(arms, confidence)),
            "fisher_exact_p": fisher_exact(arms),
        },
    });
    if let Some(bayes) = bayes(experiment, arms) {
        told["increment_with_prior"] = estimate(bayes);
    }
    if let Some(prior) = experiment.prior {
        told["prior"] = json!({ "shape": prior.shape, "rate": prior.rate });
    }
    if let Some(end) = experiment.planned {
        let ranges = AlwaysValid::narrowest_at(end.variance(), confidence);
        told["running"] = always_valid_increment(arms, ranges).map_or(Value::Null, estimate);
    }
    if let Some(cost) = experiment.cost {
        told["cost_per_increment"] = ratio(cost_per_increment(cost, increment.interval));
        if increment.point > 0.0 {
            told["cost_per_increment"]["point"] = json!(cost / increment.point);
        }
    }
    let natural = arms.ghost.rate() * arms.treated.users();
    let share = arms.ghost.users() / (arms.treated.users() + arms.ghost.users());
    let goal = DetectionGoal { confidence, ..DetectionGoal::USUAL };
    told["smallest_detectable_increment"] = json!(smallest_detectable_increment(natural, share, goal));
    told
}

fn mean(experiment: &Experiment, arms: SampleArms) -> Value {
    let confidence = experiment.confidence;
    let welch = welch_test(arms, confidence);
    let mut told = json!({
        "treated": arms.treated.mean(),
        "ghost": arms.ghost.mean(),
        "difference": estimate(welch.difference),
        "standard_error": welch.standard_error,
        "degrees_of_freedom": welch.degrees_of_freedom,
        "p_value": welch.p_value,
        "increment": estimate(welch_increment(arms, confidence)),
    });
    if arms.ghost.mean() != 0.0 {
        told["relative_lift"] = ratio(relative_lift(arms, confidence));
        told["relative_lift"]["point"] = json!(arms.treated.mean() / arms.ghost.mean() - 1.0);
    }
    if let Some(lift) = log_ratio_interval(arms, confidence) {
        told["relative_lift_by_logarithm"] = estimate(lift);
    }
    if let Some(adjusted) = &experiment.adjusted {
        told["adjusted"] = json!({
            "difference": estimate(adjusted.difference),
            "increment": estimate(adjusted.difference.times(approximate(experiment.users[0]))),
            "standard_error": adjusted.standard_error,
            "covariates": adjusted.covariates,
            // Users that the same sureness would take without covariates, beside those it took.
            "variance_saved": 1.0 - (adjusted.standard_error / welch.standard_error).powi(2),
        });
    }
    told
}

fn turnover(experiment: &Experiment, arms: ValueArms) -> Value {
    let mut told = json!({ "treated": arms.treated.value_sum(), "ghost": arms.ghost.value_sum() });
    let Some(pool) = BasketPool::of(arms) else {
        return told;
    };
    let increment = gmv_increment(arms, pool, experiment.confidence);
    told["increment"] = estimate(increment.total);
    told["per_user"] = estimate(increment.per_user);
    told["share_shown"] = json!(share_shown(increment.total.point, arms.treated.value_sum()));
    if let Some(cost) = experiment.cost {
        told["return"] = incremental_return(increment.total, cost).map_or(Value::Null, estimate);
    }
    told
}

fn sizes_json(sizes: SampleRatio) -> Value {
    json!({ "chi_square": sizes.chi_square, "p_value": sizes.p_value, "is_broken": sizes.is_broken() })
}

fn estimate(estimate: Estimate) -> Value {
    json!({ "point": estimate.point, "low": estimate.interval.low, "high": estimate.interval.high })
}

fn range(range: Interval) -> Value {
    json!({ "low": range.low, "high": range.high })
}

fn ratio(ratio: RatioInterval) -> Value {
    match ratio {
        RatioInterval::Bounded(own) => range(own),
        RatioInterval::AtLeast(low) => json!({ "low": low, "high": null }),
        RatioInterval::NotBounded => json!({ "low": null, "high": null }),
    }
}

/// The report for people: a line for each figure that has a range.
pub(super) fn text(report: &Value) -> String {
    let mut text = String::new();
    let mut line = |name: &str, told: String| {
        let _ = writeln!(text, "{name:<12} {told}");
    };
    line("users", format!("{} treated, {} ghosts", report["users"]["treated"], report["users"]["ghost"]));
    if let Some(p_value) = report["sample_ratio"]["p_value"].as_f64() {
        let is_broken = report["sample_ratio"]["is_broken"] == true;
        let verdict = if is_broken { "not as drawn: the experiment is broken" } else { "as drawn" };
        line("sizes", format!("{verdict} (p = {p_value:.3e})"));
    }
    if let Some(state) = report["state"].as_str() {
        line("state", state.replace('_', " "));
    }
    let parts = [
        ("events", "/events/increment"),
        ("with prior", "/events/increment_with_prior"),
        ("so far", "/events/running"),
        ("cost of one", "/events/cost_per_increment"),
        ("turnover", "/turnover/increment"),
        ("return", "/turnover/return"),
        ("mean", "/mean/difference"),
        ("adjusted", "/mean/adjusted/difference"),
        ("lift", "/mean/relative_lift"),
    ];
    for (name, pointer) in parts {
        if let Some(own) = report.pointer(pointer).filter(|own| own.is_object()) {
            line(name, shown(own));
        }
    }
    if let Some(share) = report.pointer("/events/share_shown").and_then(Value::as_f64) {
        line("share", format!("{:.1} % of the treated users' events", 100.0 * share));
    }
    text
}

/// A point and its range; what has no end is said so.
fn shown(estimate: &Value) -> String {
    let number = |name: &str| estimate[name].as_f64().map(rounded);
    let point = number("point").unwrap_or_else(|| "unknown".to_owned());
    match (number("low"), number("high")) {
        (Some(low), Some(high)) => format!("{point}   ({low} to {high})"),
        (Some(low), None) => format!("{point}   (at least {low})"),
        _ => format!("{point}   (the data allow anything)"),
    }
}

/// Six digits are enough for people.
fn rounded(number: f64) -> String {
    let digits = if number == 0.0 { 0 } else { 5 - round_to_whole(number.abs().log10().floor()) };
    let places = usize::try_from(digits.clamp(0, 12)).unwrap_or(0);
    format!("{number:.places$}")
}
