//! Agreement with reference answers over the rows of a real experiment.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use tuiliu_measure::lift::second_opinion::{AncovaFit, AncovaVariance};
use tuiliu_measure::lift::{
    AlwaysValid, BasketPool, Confidence, DetectionGoal, LinFit, LinVariance, PairMoments, SampleArm, SampleArms,
    ValueArm, ValueArms, gmv_difference, gmv_rate, ratio_difference, ratio_of_means, sample_ratio,
    smallest_detectable_increment,
};

use crate::answers::{Answer, ArmSums, Comparison, answers, ends};

const SURE: Confidence = Confidence::NINETY_FIVE;
const OUTCOMES: [&str; 3] = ["visit", "conversion", "spend"];
const SEGMENTS: usize = 7;

/// A user of the experiment.
pub struct User {
    arm: String,
    segment: usize,
    outcomes: [f64; 3],
    covariates: Vec<f64>,
}

/// The largest relative error of each kind of answer, and how many there were.
#[derive(Default)]
pub struct Agreement {
    pub worst: BTreeMap<String, (f64, usize)>,
    pub missing: Vec<String>,
}

impl Agreement {
    fn compare(&mut self, name: &str, own: f64, expected: f64) {
        let error = if expected == 0.0 { own.abs() } else { (own / expected - 1.0).abs() };
        let worst = self.worst.entry(name.to_owned()).or_insert((0.0, 0));
        // Not a number is the worst there is.
        worst.0 = if error.is_nan() { f64::INFINITY } else { worst.0.max(error) };
        worst.1 += 1;
    }

    pub fn values(&self) -> usize {
        self.worst.values().map(|(_, count)| count).sum()
    }
}

type Key = [String; 5];

/// Compares everything in the folders `hillstrom` and `reference`; writes aggregates when asked.
pub fn run(folder: &Path, derive: Option<&Path>) -> Result<Agreement> {
    let users = read_users(&folder.join("hillstrom/hillstrom.csv"))?;
    let reference = folder.join("reference");
    let mut expected = read_reference(&reference.join("hillstrom_reference.csv"))?;
    let mut agreement = Agreement::default();
    let mut derived = Derived::default();
    let ghosts: Vec<&User> = users.iter().filter(|user| user.arm == "No E-Mail").collect();
    let comparisons = [("any_vs_none", ""), ("mens_vs_none", "Mens E-Mail"), ("womens_vs_none", "Womens E-Mail")];
    for (comparison, arm) in comparisons {
        let is_treated = |user: &&User| user.arm != "No E-Mail" && (arm.is_empty() || user.arm == arm);
        let treated: Vec<&User> = users.iter().filter(is_treated).collect();
        for (holdout, divisor) in [("all", 0), ("h10", 9), ("h05", 19)] {
            // The first ghosts in the order of the file, one for so many treated, rounded to the nearest.
            let share = if divisor == 0 { ghosts.len() } else { (2 * treated.len() + divisor) / (2 * divisor) };
            let arms = [treated.as_slice(), &ghosts[..share]];
            for (place, outcome) in OUTCOMES.into_iter().enumerate() {
                let own = all_answers(arms, place)?;
                derived.outcome(comparison, holdout, outcome, &sums(arms, place));
                for (estimator, quantity, value) in own {
                    let outcome = if ["counts", "srm"].contains(&estimator) { "" } else { outcome };
                    let key = [comparison, outcome, holdout, estimator, quantity].map(str::to_owned);
                    if let Some(expected) = expected.get_mut(&key).filter(|expected| !expected.1) {
                        agreement.compare(estimator, value, expected.0);
                        expected.1 = true;
                    }
                }
            }
            if divisor == 0 {
                for (quantity, value) in delta(arms, &mut derived, comparison)? {
                    let key = [comparison, "spend_per_visit", "all", "delta_method", quantity].map(str::to_owned);
                    let expected = expected.get_mut(&key).context("no delta method")?;
                    agreement.compare("delta_method", value, expected.0);
                    expected.1 = true;
                }
            }
        }
    }
    three_arms(&users, &mut expected, &mut agreement)?;
    let missing = expected.iter().filter(|(_, (_, is_seen))| !is_seen);
    agreement.missing = missing.map(|(key, _)| format!("{key:?}")).collect();
    sequential_path(&users, &reference, &mut agreement, &mut derived)?;
    turnover(&users, &reference, &mut agreement)?;
    power(&reference, &mut agreement)?;
    if let Some(folder) = derive {
        fs::write(folder.join("hillstrom_aggregates.csv"), derived.text).context("failed to write the aggregates")?;
    }
    Ok(agreement)
}

fn read_users(path: &Path) -> Result<Vec<User>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("failed to open `{}`", path.display()))?;
    let mut users = Vec::new();
    for row in reader.records() {
        let row = row.context("failed to read a row of the experiment")?;
        let cell = |place: usize| row.get(place).unwrap_or_default();
        let number = |place: usize| cell(place).parse::<f64>().with_context(|| format!("in {row:?}"));
        let is = |place: usize, word: &str| if cell(place) == word { 1.0 } else { 0.0 };
        users.push(User {
            arm: cell(8).to_owned(),
            segment: cell(1).split(')').next().unwrap_or_default().parse::<usize>()? - 1,
            outcomes: [number(9)?, number(10)?, number(11)?],
            covariates: vec![
                number(0)?,
                number(2)?,
                number(3)?,
                number(4)?,
                number(6)?,
                is(5, "Surburban"),
                is(5, "Rural"),
                is(7, "Phone"),
                is(7, "Web"),
            ],
        });
    }
    Ok(users)
}

fn read_reference(path: &Path) -> Result<BTreeMap<Key, (f64, bool)>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("failed to open `{}`", path.display()))?;
    let mut all = BTreeMap::new();
    for row in reader.records() {
        let row = row.context("failed to read a reference answer")?;
        let cell = |place: usize| row.get(place).unwrap_or_default().to_owned();
        all.insert([cell(0), cell(1), cell(2), cell(3), cell(4)], (cell(5).parse::<f64>()?, false));
    }
    Ok(all)
}

fn sums(arms: [&[&User]; 2], place: usize) -> [ArmSums; 2] {
    arms.map(|users| {
        let mut joint = PairMoments::new(1);
        let mut segments = vec![(0, 0.0, 0.0); SEGMENTS];
        for user in users {
            let outcome = user.outcomes[place];
            joint.add(outcome, &[user.covariates[1]]);
            let (count, sum, squares) = &mut segments[user.segment];
            (*count, *sum, *squares) = (*count + 1, *sum + outcome, *squares + outcome * outcome);
        }
        ArmSums { joint, segments }
    })
}

/// What follows from sums, and the regressions that need the rows a second time.
fn all_answers(arms: [&[&User]; 2], place: usize) -> Result<Vec<Answer>> {
    let [treated, ghost] = sums(arms, place);
    let ancova = AncovaFit::try_new(&treated.joint, &ghost.joint).context("the covariate is constant")?;
    let mut all = answers(&Comparison { treated, ghost, is_count: place < 2 })?;
    let [treated, ghost] = arms.map(|users| {
        let mut moments = PairMoments::new(9);
        users.iter().for_each(|user| moments.add(user.outcomes[place], &user.covariates));
        moments
    });
    let fit = LinFit::try_new(&treated, &ghost)?;
    let (mut variance, mut ancova_variance) = (LinVariance::new(&fit), AncovaVariance::default());
    for user in arms[0] {
        variance.add_treated(&fit, user.outcomes[place], &user.covariates);
        ancova_variance.add(&ancova, true, user.outcomes[place], user.covariates[1]);
    }
    for user in arms[1] {
        variance.add_ghost(&fit, user.outcomes[place], &user.covariates);
        ancova_variance.add(&ancova, false, user.outcomes[place], user.covariates[1]);
    }
    all.push(("lin2013_9cov_HC2", "diff", fit.difference()));
    all.push(("lin2013_9cov_HC2", "se", variance.standard_error()));
    ends(&mut all, "lin2013_9cov_HC2", fit.estimate(&variance, SURE).interval);
    all.push(("ancova_history_HC2", "se", ancova_variance.standard_error()));
    Ok(all)
}

/// Spend for each visit.
fn delta(arms: [&[&User]; 2], derived: &mut Derived, comparison: &str) -> Result<Vec<(&'static str, f64)>> {
    let [treated, ghost] = arms.map(|users| {
        let mut moments = PairMoments::new(1);
        users.iter().for_each(|user| moments.add(user.outcomes[2], &[user.outcomes[0]]));
        moments
    });
    derived.joint(&["delta", comparison, "all", "spend_per_visit", "treated"], &treated);
    derived.joint(&["delta", comparison, "all", "spend_per_visit", "ghost"], &ghost);
    let (treated, ghost) = (ratio_of_means(&treated)?, ratio_of_means(&ghost)?);
    let (difference, standard_error) = ratio_difference(treated, ghost, SURE);
    Ok(vec![
        ("ratio_treated", treated.value),
        ("ratio_control", ghost.value),
        ("diff", difference.point),
        ("se", standard_error),
    ])
}

fn three_arms(users: &[User], expected: &mut BTreeMap<Key, (f64, bool)>, agreement: &mut Agreement) -> Result<()> {
    let sizes = ["Mens E-Mail", "Womens E-Mail", "No E-Mail"].map(|arm| {
        let own = users.iter().filter(|user| user.arm == arm).count();
        (u64::try_from(own).unwrap_or(u64::MAX), 1.0)
    });
    let test = sample_ratio(&sizes)?;
    for (quantity, value) in [("chi2", test.chi_square), ("p", test.p_value)] {
        let key = ["three_arm", "", "all", "srm", quantity].map(str::to_owned);
        let expected = expected.get_mut(&key).context("no test of three arms")?;
        agreement.compare("srm", value, expected.0);
        expected.1 = true;
    }
    Ok(())
}

/// Looks at the experiment after 500, 1 000, … users.
fn sequential_path(users: &[User], folder: &Path, agreement: &mut Agreement, derived: &mut Derived) -> Result<()> {
    let path = folder.join("hillstrom_sequential_path.csv");
    let mut reader = csv::Reader::from_path(&path).with_context(|| format!("failed to open `{}`", path.display()))?;
    for row in reader.records() {
        let row = row.context("failed to read the path")?;
        let outcome = row.get(0).unwrap_or_default().to_owned();
        let numbers: Vec<f64> = row.iter().skip(1).map(str::parse).collect::<Result<_, _>>()?;
        let place = OUTCOMES.iter().position(|own| *own == outcome).context("an unknown outcome")?;
        let seen = row.get(1).unwrap_or_default().parse::<usize>()?;
        let [mut treated, mut ghost] = [PairMoments::new(0), PairMoments::new(0)];
        for user in &users[..seen] {
            let arm = if user.arm == "No E-Mail" { &mut ghost } else { &mut treated };
            arm.add(user.outcomes[place], &[]);
        }
        derived.joint(&["path", "any_vs_none", &seen.to_string(), &outcome, "treated"], &treated);
        derived.joint(&["path", "any_vs_none", &seen.to_string(), &outcome, "ghost"], &ghost);
        let sample = |moments: &PairMoments| SampleArm::from_moments(&moments.outcome());
        let arms = SampleArms { treated: sample(&treated)?, ghost: sample(&ghost)? };
        let standard_error = arms.difference_variance().sqrt();
        let range = AlwaysValid::with_mixing_variance(numbers[7], SURE).interval(arms.difference(), standard_error);
        let fixed = tuiliu_measure::lift::Interval::around(arms.difference(), SURE.z() * standard_error);
        let own = [arms.difference(), standard_error, fixed.low, fixed.high];
        for (value, expected) in own.into_iter().zip(&numbers[3..7]) {
            agreement.compare("sequential_path", value, *expected);
        }
        agreement.compare("sequential_path", range.low, numbers[8]);
        agreement.compare("sequential_path", range.high, numbers[9]);
    }
    Ok(())
}

/// The turnover of the e-mails.
fn turnover(users: &[User], folder: &Path, agreement: &mut Agreement) -> Result<()> {
    let arm = |is_treated: bool| {
        let own = users.iter().filter(|user| (user.arm != "No E-Mail") == is_treated);
        let (mut count, mut baskets, mut sum, mut squares) = (0, 0, 0.0, 0.0);
        for user in own {
            let value = user.outcomes[2];
            (count, sum, squares) = (count + 1, sum + value, squares + value * value);
            baskets += u64::from(value > 0.0);
        }
        ValueArm::try_new(count, baskets, sum, squares)
    };
    let arms = ValueArms { treated: arm(true)?, ghost: arm(false)? };
    // The reference answers let one basket of both arms stand in.
    let pool = BasketPool { weight: 1.0, ..BasketPool::of(arms).context("nobody bought")? };
    let difference = gmv_difference(arms, pool, SURE);
    let text = fs::read_to_string(folder.join("hillstrom_gmv_wp.csv")).context("failed to read the turnover")?;
    let mut seen = 0;
    for line in text.lines().skip(1) {
        let (name, value) = line.split_once(',').context("no value")?;
        let own = match name {
            "pool_m1" => pool.mean,
            "pool_m2" => pool.square_mean,
            "diff" => difference.point,
            "lo" => difference.interval.low,
            "hi" => difference.interval.high,
            "l1" => gmv_rate(arms.treated, pool, SURE).interval.low,
            "u1" => gmv_rate(arms.treated, pool, SURE).interval.high,
            "l0" => gmv_rate(arms.ghost, pool, SURE).interval.low,
            "u0" => gmv_rate(arms.ghost, pool, SURE).interval.high,
            other => bail!("nobody knows `{other}`"),
        };
        agreement.compare("gmv_weighted_poisson", own, value.trim().parse()?);
        seen += 1;
    }
    ensure!(seen == 9, "the turnover has {seen} known values");
    Ok(())
}

fn power(folder: &Path, agreement: &mut Agreement) -> Result<()> {
    let text = fs::read_to_string(folder.join("power_mde.csv")).context("failed to read the power table")?;
    let mut lines = text.lines();
    let head: Vec<f64> = lines
        .next()
        .context("an empty table")?
        .split(',')
        .skip(1)
        .map(|cell| cell.trim_start_matches("h=").trim_end_matches('%').parse::<f64>().map(|percent| percent / 100.0))
        .collect::<Result<_, _>>()?;
    for line in lines {
        let mut cells = line.split(',');
        let natural: f64 = cells.next().unwrap_or_default().trim_start_matches("B=").parse()?;
        for (share, expected) in head.iter().zip(cells) {
            let own = smallest_detectable_increment(natural, *share, DetectionGoal::USUAL);
            agreement.compare("power_mde", own, expected.parse()?);
        }
    }
    Ok(())
}

/// Sums of the experiment from which every answer but the regressions follows; its rows do not.
#[derive(Default)]
struct Derived {
    text: String,
}

impl Derived {
    fn outcome(&mut self, comparison: &str, holdout: &str, outcome: &str, arms: &[ArmSums; 2]) {
        for (arm, own) in ["treated", "ghost"].into_iter().zip(arms) {
            // Treated users are the same whatever the holdout.
            if arm == "treated" && holdout != "all" {
                continue;
            }
            self.joint(&["joint", comparison, holdout, outcome, arm], &own.joint);
            let segments = own.segments.iter().map(|(users, sum, squares)| format!("{users},{sum:?},{squares:?}"));
            let line = ["segments", comparison, holdout, outcome, arm].join(",");
            let _ = writeln!(self.text, "{line},{}", segments.collect::<Vec<_>>().join(","));
        }
    }

    fn joint(&mut self, name: &[&str], moments: &PairMoments) {
        let numbers = moments.means().iter().chain(moments.products()).map(|number| format!("{number:?}"));
        let numbers: Vec<String> = numbers.collect();
        let _ = writeln!(self.text, "{},{},{}", name.join(","), moments.count(), numbers.join(","));
    }
}
