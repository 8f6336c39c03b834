//! Means and products of deviations, added to one row at a time (B. P. Welford 1962; T. Chan et al. 1979).

use crate::approximate::approximate;

/// Count, mean and sum of squared deviations of one number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: u64,
    mean: f64,
    square_sum: f64,
}

impl Moments {
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / approximate(self.count);
        self.square_sum += before * (value - self.mean);
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The sum of the squared deviations from the mean.
    #[must_use]
    pub fn square_sum(&self) -> f64 {
        self.square_sum
    }
}

/// The moments of an outcome and of any number of covariates together.
#[derive(Debug, Clone, PartialEq)]
pub struct PairMoments {
    count: u64,
    /// The outcome first, then the covariates.
    means: Vec<f64>,
    /// Products of deviations, row by row of the lower triangle.
    products: Vec<f64>,
    deviations: Vec<f64>,
}

impl PairMoments {
    /// Moments of nothing yet.
    #[must_use]
    pub fn new(covariates: usize) -> Self {
        let width = covariates + 1;
        let triangle = width * (width + 1) / 2;
        Self { count: 0, means: vec![0.0; width], products: vec![0.0; triangle], deviations: vec![0.0; width] }
    }

    /// Moments that were kept: `means` and the lower triangle of `products`, the outcome first; nothing if they do not fit.
    #[must_use]
    pub fn from_parts(count: u64, means: Vec<f64>, products: Vec<f64>) -> Option<Self> {
        let width = means.len();
        let deviations = vec![0.0; width];
        (width > 0 && products.len() == width * (width + 1) / 2).then_some(Self { count, means, products, deviations })
    }

    /// The means, the outcome's first.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The products of deviations, row by row of the lower triangle.
    #[must_use]
    pub fn products(&self) -> &[f64] {
        &self.products
    }

    /// The outcome alone.
    #[must_use]
    pub fn outcome(&self) -> Moments {
        Moments { count: self.count, mean: self.means[0], square_sum: self.products[0] }
    }

    /// Adds a user. There are as many covariates as was said at the start.
    pub fn add(&mut self, outcome: f64, covariates: &[f64]) {
        assert_eq!(covariates.len() + 1, self.means.len(), "every row has the same covariates");
        self.count += 1;
        let count = approximate(self.count);
        let values = std::iter::once(outcome).chain(covariates.iter().copied());
        for (place, value) in values.enumerate() {
            self.deviations[place] = value - self.means[place];
            self.means[place] += self.deviations[place] / count;
        }
        // One deviation before the mean has moved, one after: their product is exact in expectation and in sum.
        let shrink = (count - 1.0) / count;
        let mut at = 0;
        for row in 0..self.deviations.len() {
            let scaled = self.deviations[row] * shrink;
            for column in 0..=row {
                self.products[at] += scaled * self.deviations[column];
                at += 1;
            }
        }
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many covariates there are.
    #[must_use]
    pub fn covariates(&self) -> usize {
        self.means.len() - 1
    }

    /// The mean of the outcome (0) or of a covariate (1, 2, …).
    pub(super) fn mean(&self, place: usize) -> f64 {
        self.means[place]
    }

    /// The sum of the products of two deviations; 0 is the outcome.
    pub(super) fn product(&self, one: usize, other: usize) -> f64 {
        let (row, column) = if one < other { (other, one) } else { (one, other) };
        self.products[row * (row + 1) / 2 + column]
    }
}
