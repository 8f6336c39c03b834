//! What one viewer of an arm did: everything from the first win to the end of the window, natural or promoted alike.
//!
//! A pure function of what is known of the viewer, so that neither arrival nor repetition changes it, and blind to the arm.

use std::collections::BTreeMap;

use tuiliu_domain::time::Timestamp;

/// One thing that a viewer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViewerDid {
    /// Entered the room.
    View,
    Follow,
    Unfollow,
    Comment,
    CommentUndone,
    ProductClick,
    /// `purchase` is the host's, hashed; 0 where it named none.
    Pay {
        purchase: u128,
        value_fen: i64,
    },
    Refund {
        purchase: u128,
        value_fen: i64,
    },
}

/// What a viewer did, once each, and what was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ViewerOutcome {
    pub viewed: bool,
    /// Follows at the end, of those who said anything of it.
    pub followed: bool,
    /// Has a comment that was not undone.
    pub commented: bool,
    pub clicked: bool,
    /// Has bought something of which anything is left.
    pub paid: bool,
    /// After refunds; never negative.
    pub gmv_fen: i64,
}

/// The outcome of a viewer who was won first at `first_win`; later than `until` nothing counts.
///
/// `events` in the order in which they happened. A refund takes back what was paid in the window: of its purchase where
/// the host names one, of all together where it does not.
#[must_use]
pub fn viewer_outcome(
    events: &[(Timestamp, ViewerDid)],
    first_win: Timestamp,
    until: Option<Timestamp>,
) -> ViewerOutcome {
    let is_within = |at: Timestamp| first_win <= at && until.is_none_or(|until| at <= until);
    let mut outcome = ViewerOutcome::default();
    let mut comments: i64 = 0;
    let mut purchases: BTreeMap<u128, i64> = BTreeMap::new();
    let mut unnamed_refunds: i64 = 0;
    for (_, did) in events.iter().filter(|(at, _)| is_within(*at)) {
        match *did {
            ViewerDid::View => outcome.viewed = true,
            ViewerDid::Follow => outcome.followed = true,
            ViewerDid::Unfollow => outcome.followed = false,
            ViewerDid::Comment => comments += 1,
            ViewerDid::CommentUndone => comments -= 1,
            ViewerDid::ProductClick => outcome.clicked = true,
            ViewerDid::Pay { purchase, value_fen } => {
                let paid = purchases.entry(purchase).or_default();
                *paid = paid.saturating_add(value_fen);
            }
            ViewerDid::Refund { purchase: 0, value_fen } => {
                unnamed_refunds = unnamed_refunds.saturating_add(value_fen);
            }
            ViewerDid::Refund { .. } => {}
        }
    }
    // A refund may be told before its payment: purchases first, then what came back of them.
    for (_, did) in events.iter().filter(|(at, _)| is_within(*at)) {
        if let ViewerDid::Refund { purchase, value_fen } = *did
            && let Some(paid) = purchases.get_mut(&purchase).filter(|_| purchase != 0)
        {
            *paid = paid.saturating_sub(value_fen);
        }
    }
    let left = purchases.values().map(|paid| (*paid).max(0)).fold(0, i64::saturating_add);
    outcome.gmv_fen = left.saturating_sub(unnamed_refunds).max(0);
    outcome.paid = outcome.gmv_fen > 0;
    outcome.commented = comments > 0;
    outcome
}
