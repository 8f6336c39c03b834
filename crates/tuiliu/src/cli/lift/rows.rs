//! A table of users: `arm,outcome[,covariates…]`, read row by row and kept as sums.
//!
//! With covariates it is read twice: their variance needs each user's leverage, and that needs all users.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use csv::{Reader, StringRecord};
use tuiliu_measure::lift::{
    CountArm, CountArms, LinFit, LinVariance, PairMoments, RegressionError, SampleArm, SampleArms, ValueArm, ValueArms,
};

use super::{Adjusted, Arguments, Experiment, is_standard_input, open};

/// Covariates of a table; their products grow with the square.
const COVARIATES_MAX: usize = 64;

/// Where a table has what.
#[derive(Debug)]
struct Columns {
    arm: usize,
    outcome: usize,
    covariates: Vec<usize>,
    names: Vec<String>,
}

/// One arm as it is read.
#[derive(Debug)]
struct Sums {
    moments: PairMoments,
    /// Users with another outcome than zero.
    events: u64,
    sum: f64,
    square_sum: f64,
    is_yes_or_no: bool,
    is_never_negative: bool,
}

/// A table and the arms' names.
struct Table<'a> {
    path: &'a Path,
    arms: [&'a str; 2],
}

/// Reads the table into the experiment.
pub(super) fn read(path: &Path, arguments: &Arguments, experiment: &mut Experiment) -> Result<()> {
    ensure!(arguments.treated_arm != arguments.ghost_arm, "both arms have the name `{}`", arguments.ghost_arm);
    let table = Table { path, arms: [&arguments.treated_arm, &arguments.ghost_arm] };
    let mut reader = table.start()?;
    let columns = Columns::of(reader.headers().with_context(|| table.failed())?).with_context(|| table.failed())?;
    let covariates = columns.covariates.len();
    if covariates > 0 && is_standard_input(path) {
        bail!("a table with covariates is read twice: give a file instead of `-`");
    }
    let mut sums = [Sums::new(covariates), Sums::new(covariates)];
    table.each(reader, &columns, |arm, outcome, values| sums[arm].add(outcome, values))?;
    for (sums, name) in sums.iter().zip(table.arms) {
        ensure!(sums.moments.count() > 0, "failed to read `{}`: no row has the arm `{name}`", path.display());
    }
    fill(experiment, &sums)?;
    if covariates > 0 {
        experiment.adjusted = Some(adjust(&table, &columns, &sums, experiment)?);
    }
    Ok(())
}

fn fill(experiment: &mut Experiment, sums: &[Sums; 2]) -> Result<()> {
    let [treated, ghost] = sums;
    experiment.users = [treated.moments.count(), ghost.moments.count()];
    let sample = |sums: &Sums| SampleArm::from_moments(&sums.moments.outcome());
    experiment.samples = Some(SampleArms { treated: sample(treated)?, ghost: sample(ghost)? });
    if treated.is_yes_or_no && ghost.is_yes_or_no {
        let count = |sums: &Sums| CountArm::try_new(sums.moments.count(), sums.events);
        experiment.counts = Some(CountArms { treated: count(treated)?, ghost: count(ghost)? });
    } else if treated.is_never_negative && ghost.is_never_negative {
        let value = |sums: &Sums| ValueArm::try_new(sums.moments.count(), sums.events, sums.sum, sums.square_sum);
        experiment.values = Some(ValueArms { treated: value(treated)?, ghost: value(ghost)? });
    }
    Ok(())
}

/// The second pass.
fn adjust(table: &Table<'_>, columns: &Columns, sums: &[Sums; 2], experiment: &Experiment) -> Result<Adjusted> {
    let fit = LinFit::try_new(&sums[0].moments, &sums[1].moments).map_err(|error| match error {
        RegressionError::Dependent { covariate } => {
            anyhow!(
                "failed to adjust: `{}` says nothing that the covariates before it do not",
                columns.names[covariate]
            )
        }
        error @ RegressionError::TooFewUsers { .. } => anyhow!("failed to adjust: {error}"),
    })?;
    let mut variance = LinVariance::new(&fit);
    let mut seen = 0_u64;
    table.each(table.start()?, columns, |arm, outcome, values| {
        seen += 1;
        if arm == 0 {
            variance.add_treated(&fit, outcome, values);
        } else {
            variance.add_ghost(&fit, outcome, values);
        }
    })?;
    let expected = sums[0].moments.count() + sums[1].moments.count();
    ensure!(seen == expected, "`{}` has changed while it was read", table.path.display());
    Ok(Adjusted {
        difference: fit.estimate(&variance, experiment.confidence),
        standard_error: variance.standard_error(),
        covariates: columns.names.clone(),
    })
}

impl Columns {
    fn of(head: &StringRecord) -> Result<Self> {
        let place = |name: &str| {
            let mut own = head.iter().enumerate().filter(|(_, cell)| cell.trim() == name);
            let (place, _) = own.next().with_context(|| format!("line 1: there is no column `{name}`"))?;
            ensure!(own.next().is_none(), "line 1: there are two columns `{name}`");
            Ok(place)
        };
        let (arm, outcome) = (place("arm")?, place("outcome")?);
        let covariates: Vec<usize> = (0..head.len()).filter(|column| ![arm, outcome].contains(column)).collect();
        ensure!(covariates.len() <= COVARIATES_MAX, "line 1: there are more than {COVARIATES_MAX} covariates");
        let names = covariates.iter().map(|column| head[*column].trim().to_owned()).collect();
        Ok(Self { arm, outcome, covariates, names })
    }
}

impl Sums {
    fn new(covariates: usize) -> Self {
        Self {
            moments: PairMoments::new(covariates),
            events: 0,
            sum: 0.0,
            square_sum: 0.0,
            is_yes_or_no: true,
            is_never_negative: true,
        }
    }

    fn add(&mut self, outcome: f64, covariates: &[f64]) {
        self.moments.add(outcome, covariates);
        self.events += u64::from(outcome != 0.0);
        self.sum += outcome;
        self.square_sum += outcome * outcome;
        self.is_yes_or_no &= outcome == 0.0 || outcome == 1.0;
        self.is_never_negative &= outcome >= 0.0;
    }
}

impl Table<'_> {
    fn start(&self) -> Result<Reader<Box<dyn std::io::Read>>> {
        Ok(Reader::from_reader(open(self.path)?))
    }

    fn failed(&self) -> String {
        format!("failed to read `{}`", self.path.display())
    }

    /// Calls with the number of the arm, the outcome and the covariates of each row.
    fn each(
        &self,
        mut reader: Reader<Box<dyn std::io::Read>>,
        columns: &Columns,
        mut row: impl FnMut(usize, f64, &[f64]),
    ) -> Result<()> {
        let mut record = StringRecord::new();
        let mut values = vec![0.0; columns.covariates.len()];
        while reader.read_record(&mut record).map_err(|error| self.at(&reader, &error))? {
            let line = record.position().map_or(0, csv::Position::line);
            let own = record[columns.arm].trim();
            let arm = self.arms.iter().position(|arm| *arm == own);
            let arm =
                arm.ok_or_else(|| self.bad(line, format!("arm `{own}` is neither of `{}`", self.arms.join("`, `"))))?;
            let number = |column: usize, name: &str| {
                let cell = record[column].trim();
                let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
                number.ok_or_else(|| self.bad(line, format!("`{cell}` in column `{name}` is no number")))
            };
            let outcome = number(columns.outcome, "outcome")?;
            for (place, column) in columns.covariates.iter().enumerate() {
                values[place] = number(*column, &columns.names[place])?;
            }
            row(arm, outcome, &values);
        }
        Ok(())
    }

    fn bad(&self, line: u64, complaint: impl Display) -> anyhow::Error {
        anyhow!("failed to read `{}`, line {line}: {complaint}", self.path.display())
    }

    /// What the reader of tables complains of, in our words where they say more.
    fn at(&self, reader: &Reader<Box<dyn std::io::Read>>, error: &csv::Error) -> anyhow::Error {
        match error.kind() {
            csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
                let line = pos.as_ref().map_or(0, csv::Position::line);
                self.bad(line, format!("it has {len} cells, the first line has {expected_len}"))
            }
            csv::ErrorKind::Utf8 { pos, .. } => {
                self.bad(pos.as_ref().map_or(0, csv::Position::line), "it is not UTF-8")
            }
            _ => self.bad(reader.position().line(), error),
        }
    }
}
