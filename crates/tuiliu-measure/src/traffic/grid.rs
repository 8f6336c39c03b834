//! Visits that begin and end together: FLOCK (N. Shah 2017, "FLOCK: Combating Astroturfing on Livestreaming Platforms").
//!
//! People come and go in their own ways; bought viewers come in a bunch and stay equally long. A broadcast's visits are
//! counted on a grid of when they began and how long they stayed, as shares of its length, and compared with the mean
//! grid of earlier broadcasts. Where the difference is more than chance and the usual variety explain, the most
//! over-represented cells are taken out, one after the other, until it is not.

use crate::approximate::approximate;
use crate::quantile::chi_square_quantile;

/// Cells along each side.
const SIDE: usize = 10;
/// Cells of a grid.
pub const CELLS: usize = SIDE * SIDE;
/// Fewer earlier broadcasts tell nothing of what is usual.
pub const REFERENCES_MIN: usize = 20;
/// Fewer visits tell nothing of a broadcast.
const VISITS_MIN: u64 = 100;
/// Share of clean broadcasts in which nothing is suspected.
const CONFIDENCE: f64 = 0.995;
/// Of the visits of a cell, so many must be beyond what is expected before all of them go.
const EXCESS_MIN: f64 = 0.9;
/// Visits that the reference lends each cell, so that no cell is impossible.
const PSEUDO_VISITS: f64 = 0.5;
/// [`CELLS`] as an approximate number.
const ALL_CELLS: f64 = 100.0;

/// One visit, in thousandths of the broadcast's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit {
    pub start_permille: u32,
    pub stay_permille: u32,
}

impl Visit {
    /// The cell of the grid it lies in.
    #[must_use]
    pub fn cell(self) -> usize {
        let side = |permille: u32| usize::try_from(permille / 100).map_or(SIDE - 1, |place| place.min(SIDE - 1));
        side(self.start_permille) * SIDE + side(self.stay_permille)
    }
}

/// How many visits of one broadcast lie in each cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    cells: [u64; CELLS],
}

impl Default for Grid {
    fn default() -> Self {
        Self { cells: [0; CELLS] }
    }
}

impl Grid {
    /// The grid with these counts, cell by cell.
    #[must_use]
    pub const fn from_counts(cells: [u64; CELLS]) -> Self {
        Self { cells }
    }

    /// Cell by cell.
    #[must_use]
    pub const fn counts(&self) -> &[u64; CELLS] {
        &self.cells
    }

    #[must_use]
    pub fn visits(&self) -> u64 {
        self.cells.iter().sum()
    }

    /// How far it is from these shares: the Kullback–Leibler divergence, in nats for each visit.
    fn divergence(&self, shares: &[f64; CELLS]) -> f64 {
        let visits = approximate(self.visits());
        if visits <= 0.0 {
            return 0.0;
        }
        let part = |(count, share): (&u64, &f64)| {
            let own = approximate(*count) / visits;
            if own > 0.0 { own * (own / share).ln() } else { 0.0 }
        };
        self.cells.iter().zip(shares).map(part).sum()
    }
}

impl FromIterator<Visit> for Grid {
    fn from_iter<I: IntoIterator<Item = Visit>>(visits: I) -> Self {
        let mut grid = Self::default();
        for visit in visits {
            grid.cells[visit.cell()] += 1;
        }
        grid
    }
}

/// What is usual: the mean grid of earlier broadcasts of the category, and how much they differ from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    shares: [f64; CELLS],
    /// Divergence beyond chance that clean broadcasts have.
    variety: f64,
}

impl Reference {
    /// From earlier broadcasts; `None` when they are too few to tell.
    #[must_use]
    pub fn of(grids: &[Grid]) -> Option<Self> {
        let told: Vec<&Grid> = grids.iter().filter(|grid| grid.visits() >= VISITS_MIN).collect();
        if told.len() < REFERENCES_MIN {
            return None;
        }
        let mut shares = [0.0; CELLS];
        let broadcasts = approximate(told.len().try_into().unwrap_or(u64::MAX));
        for grid in &told {
            let visits = approximate(grid.visits()) + PSEUDO_VISITS * ALL_CELLS;
            for (share, count) in shares.iter_mut().zip(&grid.cells) {
                // A mean of shares, so that no large broadcast speaks for the others.
                *share += (approximate(*count) + PSEUDO_VISITS) / visits / broadcasts;
            }
        }
        let beyond = |grid: &&Grid| (grid.divergence(&shares) - chance(grid)).max(0.0);
        let mut variety: Vec<f64> = told.iter().map(beyond).collect();
        variety.sort_by(f64::total_cmp);
        // The largest but one of two hundred: an attack among the references does not become usual by itself.
        let place = (variety.len() - 1) - variety.len() / 200;
        Some(Self { shares, variety: variety.get(place).copied().unwrap_or(0.0) })
    }
}

/// The divergence that chance alone stays below, for a broadcast of this size.
fn chance(grid: &Grid) -> f64 {
    chi_square_quantile(ALL_CELLS - 1.0, CONFIDENCE) / (2.0 * approximate(grid.visits().max(1)))
}

/// What was found in one broadcast.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GridFinding {
    /// Cells whose visits are nearly all beyond what is expected; ascending.
    pub cells: Vec<usize>,
    /// Visits in them.
    pub visits: u64,
    /// The broadcast's divergence, and what it may be.
    pub divergence: f64,
    pub allowed: f64,
}

/// Finds cells of visits that no usual broadcast has.
#[must_use]
pub fn suspicious_cells(grid: &Grid, reference: &Reference) -> GridFinding {
    let allowed = |grid: &Grid| reference.variety + chance(grid);
    let mut left = grid.clone();
    let mut finding = GridFinding {
        divergence: grid.divergence(&reference.shares),
        allowed: allowed(grid),
        ..GridFinding::default()
    };
    while left.visits() >= VISITS_MIN && left.divergence(&reference.shares) > allowed(&left) {
        let Some(cell) = most_over(&left, reference) else { break };
        finding.visits += left.cells[cell];
        finding.cells.push(cell);
        left.cells[cell] = 0;
    }
    finding.cells.sort_unstable();
    finding
}

/// The cell with the most visits beyond what is expected from the others, if nearly all of its visits are.
fn most_over(grid: &Grid, reference: &Reference) -> Option<usize> {
    let visits = grid.visits();
    let excess = |cell: usize| {
        let share = reference.shares[cell];
        // The cell itself must not raise what is expected of it.
        let others = approximate(visits - grid.cells[cell]);
        approximate(grid.cells[cell]) - others * share / (1.0 - share)
    };
    let worst = (0..CELLS).max_by(|one, other| excess(*one).total_cmp(&excess(*other)))?;
    (excess(worst) >= EXCESS_MIN * approximate(grid.cells[worst]) && grid.cells[worst] > 0).then_some(worst)
}
