//! What is charged for, by goal (TP-27).

use super::goal::Goal;
use super::product::ChargedBy;
use crate::policy::ChargePolicy;
use crate::time::Timestamp;

/// The one kind of event that an order pays for; frozen in its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChargeRule {
    /// A view of at least `watched_ms_min` by a person not charged for this order before.
    EffectiveView { watched_ms_min: i64 },
    /// A person's first comment.
    FirstComment,
    /// A person's follow that is still there after `hold_ms`.
    HeldFollow { hold_ms: i64 },
    /// A person's first click on a product.
    FirstProductClick,
    /// A person's first paid purchase.
    FirstPurchase,
    /// A person's first like, favourite, share or comment.
    FirstInterest,
    /// A person's first visit to the creator's profile.
    FirstProfileVisit,
}

impl ChargeRule {
    /// The rule for this goal under this policy.
    #[must_use]
    pub const fn for_goal(goal: Goal, policy: &ChargePolicy) -> Self {
        match goal {
            Goal::Viewers => Self::EffectiveView { watched_ms_min: policy.effective_view_ms },
            Goal::Interactions | Goal::Comments => Self::FirstComment,
            Goal::Follows => Self::HeldFollow { hold_ms: policy.follow_hold_ms },
            Goal::ProductClicks => Self::FirstProductClick,
            Goal::Sales | Goal::Purchases => Self::FirstPurchase,
            Goal::ContentInterest => Self::FirstInterest,
            Goal::ProfileVisits => Self::FirstProfileVisit,
        }
    }

    /// The rule of a quick boost: by its goal, or by plays whatever the goal (QB-06).
    #[must_use]
    pub const fn of_boost(goal: Goal, charged_by: ChargedBy, policy: &ChargePolicy) -> Self {
        match charged_by {
            ChargedBy::Goal => Self::for_goal(goal, policy),
            ChargedBy::Plays => Self::EffectiveView { watched_ms_min: policy.play_ms },
        }
    }

    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::EffectiveView { .. } => "effective_view",
            Self::FirstComment => "first_comment",
            Self::HeldFollow { .. } => "held_follow",
            Self::FirstProductClick => "first_product_click",
            Self::FirstPurchase => "first_purchase",
            Self::FirstInterest => "first_interest",
            Self::FirstProfileVisit => "first_profile_visit",
        }
    }
}

/// Something a person did that may be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engagement {
    /// Watched so long since entering.
    View { watched_ms: i64 },
    /// Wrote a comment.
    Comment,
    /// Followed the creator; `undone_at` when the follow is known to have been taken back.
    Follow { undone_at: Option<Timestamp> },
    /// Clicked a product.
    ProductClick,
    /// Paid for goods.
    Purchase,
    /// Liked, favourited or shared.
    Interest,
    /// Opened the creator's profile.
    ProfileVisit,
}

/// What is known of one person and one order when an event of theirs is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PersonFacts {
    /// The person has been charged for this order before.
    pub charged: bool,
    /// The person was muted in the room; comments of a muted person do not count (LV-16).
    pub muted: bool,
}

/// Whether an event is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Billable {
    /// It is.
    Now,
    /// Not before this instant; judge it again then.
    From(Timestamp),
    /// It is not.
    No(NotBillable),
}

/// Why an event is not charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotBillable {
    /// Another kind of event than the order pays for.
    OtherKind,
    /// The person was charged for this order before.
    ChargedBefore,
    /// The view was too short.
    TooShort,
    /// The follow was taken back before it counted.
    Undone,
    /// The person was muted.
    Muted,
}

impl NotBillable {
    /// The code used in counters and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherKind => "other_kind",
            Self::ChargedBefore => "charged_before",
            Self::TooShort => "too_short",
            Self::Undone => "undone",
            Self::Muted => "muted",
        }
    }
}

/// Judges one event that happened at `at`, as of `now` (TP-27).
#[must_use]
pub fn billable(
    rule: ChargeRule,
    engagement: Engagement,
    at: Timestamp,
    now: Timestamp,
    facts: PersonFacts,
) -> Billable {
    let judged = match (rule, engagement) {
        (ChargeRule::EffectiveView { watched_ms_min }, Engagement::View { watched_ms }) => {
            if watched_ms < watched_ms_min { Billable::No(NotBillable::TooShort) } else { Billable::Now }
        }
        (ChargeRule::FirstComment | ChargeRule::FirstInterest, Engagement::Comment) => {
            if facts.muted {
                Billable::No(NotBillable::Muted)
            } else {
                Billable::Now
            }
        }
        (ChargeRule::HeldFollow { hold_ms }, Engagement::Follow { undone_at }) => {
            let counts_from = at.plus_ms(hold_ms);
            match undone_at {
                Some(undone_at) if undone_at < counts_from => Billable::No(NotBillable::Undone),
                _ if now < counts_from => Billable::From(counts_from),
                _ => Billable::Now,
            }
        }
        (ChargeRule::FirstProductClick, Engagement::ProductClick)
        | (ChargeRule::FirstPurchase, Engagement::Purchase)
        | (ChargeRule::FirstInterest, Engagement::Interest)
        | (ChargeRule::FirstProfileVisit, Engagement::ProfileVisit) => Billable::Now,
        _ => Billable::No(NotBillable::OtherKind),
    };
    match judged {
        Billable::Now | Billable::From(_) if facts.charged => Billable::No(NotBillable::ChargedBefore),
        other => other,
    }
}
