//! The arms of the experiment: all outcomes of a viewer from the first win to the end of the window, natural ones too.

use tuiliu_domain::time::Timestamp;

use super::credit::purchases;
use super::record::{Fact, Record, Toggle};

/// Which part of the experiment a viewer was drawn into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arm {
    Treated,
    Ghost,
}

/// What the viewers of one arm did; sums over viewers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArmFigures {
    pub users: i64,
    pub product_clicks: i64,
    /// Paid, whatever was refunded.
    pub gross_purchases: i64,
    /// Of which anything is left after refunds.
    pub purchases: i64,
    /// Viewers with such a purchase.
    pub payers: i64,
    /// After refunds.
    pub gmv_fen: i64,
    /// Squares of each purchase's value after refunds.
    pub gmv_squares: i128,
    /// Viewers who like it at the end.
    pub likes: i64,
    /// Viewers who follow at the end.
    pub follows: i64,
    pub comments: i64,
}

impl ArmFigures {
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        Self {
            users: self.users + other.users,
            product_clicks: self.product_clicks + other.product_clicks,
            gross_purchases: self.gross_purchases + other.gross_purchases,
            purchases: self.purchases + other.purchases,
            payers: self.payers + other.payers,
            gmv_fen: self.gmv_fen + other.gmv_fen,
            gmv_squares: self.gmv_squares + other.gmv_squares,
            likes: self.likes + other.likes,
            follows: self.follows + other.follows,
            comments: self.comments + other.comments,
        }
    }

    #[must_use]
    pub fn minus(self, other: &Self) -> Self {
        Self {
            users: self.users - other.users,
            product_clicks: self.product_clicks - other.product_clicks,
            gross_purchases: self.gross_purchases - other.gross_purchases,
            purchases: self.purchases - other.purchases,
            payers: self.payers - other.payers,
            gmv_fen: self.gmv_fen - other.gmv_fen,
            gmv_squares: self.gmv_squares - other.gmv_squares,
            likes: self.likes - other.likes,
            follows: self.follows - other.follows,
            comments: self.comments - other.comments,
        }
    }
}

/// Both arms, and who was taken out of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arms {
    pub treated: ArmFigures,
    pub ghost: ArmFigures,
    /// Viewers who are no valid traffic, found by what is alike in both arms.
    pub invalid_users: i64,
}

impl Arms {
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        Self {
            treated: self.treated.plus(&other.treated),
            ghost: self.ghost.plus(&other.ghost),
            invalid_users: self.invalid_users + other.invalid_users,
        }
    }

    #[must_use]
    pub fn minus(self, other: &Self) -> Self {
        Self {
            treated: self.treated.minus(&other.treated),
            ghost: self.ghost.minus(&other.ghost),
            invalid_users: self.invalid_users - other.invalid_users,
        }
    }
}

/// One viewer's part in the arms, from these records, each id once; nothing of somebody who was never won.
#[must_use]
pub fn arm_share<'r>(records: impl Iterator<Item = &'r Record> + Clone, window_end: Option<Timestamp>) -> Arms {
    if records.clone().any(|record| record.fact == Fact::Invalid) {
        return Arms { invalid_users: 1, ..Arms::default() };
    }
    let won = |record: &'r Record| match record.fact {
        Fact::Won(arm) => Some((record.at, arm)),
        _ => None,
    };
    let Some((won_at, arm)) = records.clone().filter_map(won).min() else { return Arms::default() };
    let covers = |at: Timestamp| won_at <= at && window_end.is_none_or(|end| at <= end);
    let figures = outcomes(records, covers);
    match arm {
        Arm::Treated => Arms { treated: figures, ..Arms::default() },
        Arm::Ghost => Arms { ghost: figures, ..Arms::default() },
    }
}

fn outcomes<'r>(records: impl Iterator<Item = &'r Record> + Clone, covers: impl Fn(Timestamp) -> bool) -> ArmFigures {
    let mut figures = ArmFigures { users: 1, ..ArmFigures::default() };
    let [mut like, mut follow] = [None, None];
    for record in records.clone().filter(|record| covers(record.at)) {
        match record.fact {
            Fact::ProductClicked(_) => figures.product_clicks += 1,
            Fact::Commented => figures.comments += 1,
            Fact::Toggled { what, on } => {
                let last = match what {
                    Toggle::Like => &mut like,
                    Toggle::Follow => &mut follow,
                };
                *last = (*last).max(Some((record.at, record.id, on)));
            }
            _ => {}
        }
    }
    figures.likes = i64::from(like.is_some_and(|(_, _, on)| on));
    figures.follows = i64::from(follow.is_some_and(|(_, _, on)| on));
    for paid in purchases(records).into_values().filter(|paid| covers(paid.at)) {
        figures.gross_purchases += 1;
        let left = paid.left_fen();
        if left > 0 {
            figures.purchases += 1;
            figures.payers = 1;
            figures.gmv_fen += left;
            figures.gmv_squares += i128::from(left) * i128::from(left);
        }
    }
    figures
}
