//! Review: whether content may be promoted (RV-01, RV-03).

mod screen;

pub use screen::{ReviewContent, Visibility, screen};

use std::fmt;

/// What a review decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be promoted.
    Pass,
    /// It may not, for these reasons.
    Reject(Vec<Reason>),
    /// A person must judge, because of these.
    Escalate(Vec<Reason>),
}

/// One reason, with what it was found in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason {
    pub code: ReasonCode,
    /// For the buyer: what was found, or what the reviewer wrote.
    pub text: String,
}

/// Why content is refused or needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonCode {
    TitleTooShort,
    TitleTooLong,
    /// The room is not public.
    NotPublic,
    BlockedWord,
    /// A word that a person must judge.
    WatchedWord,
    BlockedCategory,
    /// A category that a person must judge.
    WatchedCategory,
    /// An order for a room with a cart, but there is none.
    CartMissing,
    /// An order for a room without a cart, but there is one.
    CartMounted,
    /// A claim that cannot be proved, or is false.
    Misleading,
    /// Vulgar, violent or otherwise unfit.
    Unfit,
    /// Somebody else's picture, brand or work.
    Infringing,
    /// What a reviewer found and no other code names; the text says what.
    Reviewer,
}

impl ReasonCode {
    /// Every code there is.
    pub const ALL: &[Self] = &[
        Self::TitleTooShort,
        Self::TitleTooLong,
        Self::NotPublic,
        Self::BlockedWord,
        Self::WatchedWord,
        Self::BlockedCategory,
        Self::WatchedCategory,
        Self::CartMissing,
        Self::CartMounted,
        Self::Misleading,
        Self::Unfit,
        Self::Infringing,
        Self::Reviewer,
    ];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TitleTooShort => "title_too_short",
            Self::TitleTooLong => "title_too_long",
            Self::NotPublic => "not_public",
            Self::BlockedWord => "blocked_word",
            Self::WatchedWord => "watched_word",
            Self::BlockedCategory => "blocked_category",
            Self::WatchedCategory => "watched_category",
            Self::CartMissing => "cart_missing",
            Self::CartMounted => "cart_mounted",
            Self::Misleading => "misleading",
            Self::Unfit => "unfit",
            Self::Infringing => "infringing",
            Self::Reviewer => "reviewer",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Verdict {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Reject(_) => "reject",
            Self::Escalate(_) => "escalate",
        }
    }

    /// The reasons; none when passed.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Pass => &[],
            Self::Reject(reasons) | Self::Escalate(reasons) => reasons,
        }
    }
}

#[cfg(test)]
mod tests;
