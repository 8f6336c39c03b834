//! Experiments as JSON documents: users and events of both arms, baskets, costs, comparable experiments.

use std::io::Read;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Deserializer;
use tuiliu_measure::lift::{
    CountArm, CountArms, GammaPrior, GhostCount, PlannedEnd, SampleArm, SampleArms, ValueArm, ValueArms, fit_prior,
};

use super::{Experiment, check_positive};

/// Comparable experiments of one document.
const COMPARABLES_MAX: usize = 1_000_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    treated: Arm,
    ghost: Arm,
    holdout: Option<f64>,
    cost: Option<f64>,
    prior: Option<Prior>,
    /// Users and events of the ghosts of finished comparable experiments; makes a prior.
    comparables: Option<Vec<(u64, u64)>>,
    planned: Option<Planned>,
}

/// One arm; each group of fields is there for both arms or for none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arm {
    users: u64,
    /// Users with the event.
    events: Option<u64>,
    /// The sum of a number over all users, and of its squares.
    sum: Option<f64>,
    square_sum: Option<f64>,
    /// Baskets, their value and the sum of their squared values.
    baskets: Option<u64>,
    value_sum: Option<f64>,
    value_square_sum: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prior {
    shape: f64,
    rate: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    treated_users: f64,
    ghost_users: f64,
    natural_rate: f64,
}

/// Reads one document after the other; only one is in memory. What it leaves out stays as in `known`.
pub(super) fn read(
    input: Box<dyn Read>,
    known: &Experiment,
    mut each: impl FnMut(&Experiment) -> Result<()>,
) -> Result<()> {
    let mut number = 0;
    for document in Deserializer::from_reader(input).into_iter::<Document>() {
        number += 1;
        let document = document.with_context(|| format!("document {number}"))?;
        let experiment = parse(document, known).with_context(|| format!("document {number}"))?;
        each(&experiment)?;
    }
    ensure!(number > 0, "there is no document in it");
    Ok(())
}

fn parse(document: Document, known: &Experiment) -> Result<Experiment> {
    let Document { treated, ghost, holdout, cost, prior, comparables, planned } = document;
    let counts = both(&treated, &ghost, "events", |arm| {
        let Some(events) = arm.events else { return Ok(None) };
        Ok(Some(CountArm::try_new(arm.users, events)?))
    })?;
    let counts = counts.map(|[treated, ghost]| CountArms { treated, ghost });
    let samples = both(&treated, &ghost, "sum` and `square_sum", |arm| {
        let Some((sum, square_sum)) = arm.sum.zip(arm.square_sum) else { return Ok(None) };
        Ok(Some(SampleArm::from_sums(arm.users, sum, square_sum)?))
    })?;
    let values = both(&treated, &ghost, "baskets`, `value_sum` and `value_square_sum", |arm| {
        let Some(((baskets, sum), squares)) = arm.baskets.zip(arm.value_sum).zip(arm.value_square_sum) else {
            return Ok(None);
        };
        Ok(Some(ValueArm::try_new(arm.users, baskets, sum, squares)?))
    })?;
    let samples = samples.map(|[treated, ghost]| SampleArms { treated, ghost });
    ensure!(
        counts.is_some() || samples.is_some() || values.is_some(),
        "an arm has neither `events`, nor sums, nor baskets"
    );
    let planned = planned.map(|planned| {
        check_positive("treated_users", planned.treated_users)?;
        check_positive("ghost_users", planned.ghost_users)?;
        ensure!(planned.natural_rate > 0.0 && planned.natural_rate < 1.0, "`natural_rate` is not between 0 and 1");
        let Planned { treated_users, ghost_users, natural_rate } = planned;
        Ok(PlannedEnd { treated_users, ghost_users, natural_rate, promoted_rate: natural_rate })
    });
    if let Some(share) = holdout {
        ensure!(share > 0.0 && share < 1.0, "`holdout` is `{share}`, not between 0 and 1");
    }
    if let Some(cost) = cost {
        ensure!(cost.is_finite() && cost >= 0.0, "`cost` is `{cost}`, no amount");
    }
    Ok(Experiment {
        users: [treated.users, ghost.users],
        holdout: holdout.or(known.holdout),
        cost: cost.or(known.cost),
        prior: self::prior(prior, comparables)?.or(known.prior),
        planned: planned.transpose()?.or(known.planned),
        confidence: known.confidence,
        counts,
        // Zeros and ones are numbers too.
        samples: samples.or_else(|| counts.and_then(|arms| arms.samples().ok())),
        values: values.map(|[treated, ghost]| ValueArms { treated, ghost }),
        adjusted: None,
    })
}

/// The same of both arms, or of none.
fn both<Part>(
    treated: &Arm,
    ghost: &Arm,
    names: &str,
    part: impl Fn(&Arm) -> Result<Option<Part>>,
) -> Result<Option<[Part; 2]>> {
    let (one, other) = (part(treated).context("arm `treated`")?, part(ghost).context("arm `ghost`")?);
    ensure!(one.is_some() == other.is_some(), "only one arm has `{names}`");
    Ok(one.zip(other).map(|(one, other)| [one, other]))
}

fn prior(given: Option<Prior>, comparables: Option<Vec<(u64, u64)>>) -> Result<Option<GammaPrior>> {
    if let Some(Prior { shape, rate }) = given {
        ensure!(comparables.is_none(), "it has both `prior` and `comparables`");
        check_positive("shape", shape)?;
        check_positive("rate", rate)?;
        return Ok(Some(GammaPrior { shape, rate }));
    }
    let Some(comparables) = comparables else { return Ok(None) };
    ensure!(comparables.len() <= COMPARABLES_MAX, "it has more than {COMPARABLES_MAX} comparables");
    let counts: Vec<GhostCount> = comparables.into_iter().map(|(users, events)| GhostCount { users, events }).collect();
    fit_prior(&counts).map(Some).context("no prior follows from `comparables`")
}
