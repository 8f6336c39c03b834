//! `tuiliu lift`: what an experiment brought, from counts or from a table of users. Needs no store and no settings.

mod counts;
mod report;
mod rows;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use tuiliu_measure::lift::{
    Confidence, CountArm, CountArms, Estimate, GammaPrior, PlannedEnd, SampleArms, ValueArms, sum_of_orders,
};

use super::{WELL, print};

/// What `tuiliu lift` takes.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["treated", "counts", "csv"]))]
pub(super) struct Arguments {
    /// Users who were shown something, and how many of them had the event.
    #[arg(long, value_name = "USERS:EVENTS", value_parser = pair, requires = "ghost")]
    treated: Option<(u64, u64)>,
    /// Users who would have been shown something, and how many of them had the event.
    #[arg(long, value_name = "USERS:EVENTS", value_parser = pair, requires = "treated")]
    ghost: Option<(u64, u64)>,
    /// Experiments as JSON documents, one after the other; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
    /// Users as a table with the columns `arm`, `outcome` and any covariates; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// How the table names the users who were shown something.
    #[arg(long, value_name = "NAME", default_value = "treated", requires = "csv")]
    treated_arm: String,
    /// How the table names the users who would have been.
    #[arg(long, value_name = "NAME", default_value = "ghost", requires = "csv")]
    ghost_arm: String,
    /// The share of users that was to be held out, as drawn; without it sizes are not checked.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    holdout: Option<f64>,
    /// What the promotion cost, in any unit of money.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    cost: Option<f64>,
    /// The prior of comparable experiments: events and users that it is worth.
    #[arg(long, value_name = "SHAPE:RATE", value_parser = positive_pair)]
    prior: Option<(f64, f64)>,
    /// Treated users and ghosts that are planned, while the experiment runs: gives a range that may be watched.
    #[arg(long, value_name = "TREATED:GHOST", value_parser = positive_pair, requires = "planned_rate")]
    planned: Option<(f64, f64)>,
    /// The share of users that is expected to have the event anyway.
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "planned")]
    planned_rate: Option<f64>,
    /// How often ranges are to hold the truth.
    #[arg(long, value_name = "SHARE", default_value_t = 0.95, value_parser = share)]
    confidence: f64,
    /// Adds up the increments of all documents of `--counts` at the end.
    #[arg(long, requires = "counts")]
    sum: bool,
    /// Prints the result as JSON: one line for each experiment.
    #[arg(long)]
    json: bool,
}

/// All that is known of an experiment, whatever it was read from.
#[derive(Debug)]
struct Experiment {
    users: [u64; 2],
    holdout: Option<f64>,
    cost: Option<f64>,
    prior: Option<GammaPrior>,
    planned: Option<PlannedEnd>,
    confidence: Confidence,
    /// When the outcome is a yes or a no.
    counts: Option<CountArms>,
    /// When each user's number, or its squares, are known.
    samples: Option<SampleArms>,
    /// When the numbers are baskets.
    values: Option<ValueArms>,
    adjusted: Option<Adjusted>,
}

/// The difference of the means at equal covariates.
#[derive(Debug)]
struct Adjusted {
    difference: Estimate,
    standard_error: f64,
    covariates: Vec<String>,
}

impl Arguments {
    /// An experiment of which the flags are known, but no user yet.
    fn experiment(&self) -> Result<Experiment> {
        let confidence = Confidence::try_new(self.confidence).context("a confidence lies between 0 and 1")?;
        let planned = self.planned.zip(self.planned_rate).map(|((treated_users, ghost_users), rate)| PlannedEnd {
            treated_users,
            ghost_users,
            natural_rate: rate,
            promoted_rate: rate,
        });
        Ok(Experiment {
            users: [0, 0],
            holdout: self.holdout,
            cost: self.cost,
            prior: self.prior.map(|(shape, rate)| GammaPrior { shape, rate }),
            planned,
            // The usual level has its own exact number of standard errors.
            confidence: if self.confidence == 0.95 { Confidence::NINETY_FIVE } else { confidence },
            counts: None,
            samples: None,
            values: None,
            adjusted: None,
        })
    }
}

/// Measures what was given and prints it.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if let Some(path) = &arguments.counts {
        return run_documents(arguments, path);
    }
    let mut experiment = arguments.experiment()?;
    match (&arguments.csv, arguments.treated, arguments.ghost) {
        (Some(path), ..) => rows::read(path, arguments, &mut experiment)?,
        (None, Some(treated), Some(ghost)) => {
            let arm = |(users, events)| CountArm::try_new(users, events);
            let arms = CountArms { treated: arm(treated)?, ghost: arm(ghost)? };
            experiment.users = [treated.0, ghost.0];
            experiment.samples = arms.samples().ok();
            experiment.counts = Some(arms);
        }
        _ => bail!("give `--treated` and `--ghost`, `--counts` or `--csv`"),
    }
    tell(arguments, &experiment)?;
    Ok(WELL)
}

fn run_documents(arguments: &Arguments, path: &Path) -> Result<ExitCode> {
    let mut increments: Vec<Estimate> = Vec::new();
    let mut sum: Option<Estimate> = None;
    counts::read(open(path)?, &arguments.experiment()?, |experiment| {
        tell(arguments, experiment)?;
        increments.extend(sum.take());
        increments.extend(report::increment(experiment));
        sum = Some(sum_of_orders(increments.drain(..)));
        Ok(())
    })
    .with_context(|| format!("failed to read `{}`", path.display()))?;
    if let Some(sum) = sum.filter(|_| arguments.sum) {
        let text = if arguments.json { format!("{}\n", report::sum_json(sum)) } else { report::sum_text(sum) };
        print(&text)?;
    }
    Ok(WELL)
}

fn tell(arguments: &Arguments, experiment: &Experiment) -> Result<()> {
    let report = report::of(experiment)?;
    print(&if arguments.json { format!("{report}\n") } else { report::text(&report) })
}

/// A file, or standard input for `-`.
fn open(path: &Path) -> Result<Box<dyn Read>> {
    if is_standard_input(path) {
        return Ok(Box::new(BufReader::new(io::stdin().lock())));
    }
    let file = File::open(path).with_context(|| format!("failed to open `{}`", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn pair(text: &str) -> Result<(u64, u64), String> {
    let (users, events) = text.split_once(':').ok_or("it is not `users:events`")?;
    let number = |text: &str| text.trim().parse().map_err(|_| format!("`{text}` is no count"));
    Ok((number(users)?, number(events)?))
}

fn positive_pair(text: &str) -> Result<(f64, f64), String> {
    let (one, other) = text.split_once(':').ok_or("it is not `number:number`")?;
    let number = |text: &str| match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err(format!("`{text}` is no positive number")),
    };
    Ok((number(one)?, number(other)?))
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("it is not between 0 and 1".to_owned()),
    }
}

fn amount(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(amount) if amount.is_finite() && amount >= 0.0 => Ok(amount),
        _ => Err("it is no amount".to_owned()),
    }
}

/// Refuses what a prior or a plan cannot be.
fn check_positive(name: &str, number: f64) -> Result<()> {
    ensure!(number.is_finite() && number > 0.0, "`{name}` is `{number}`, not a positive number");
    Ok(())
}
