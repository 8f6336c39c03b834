//! Review: whether content may be promoted (RV-01, RV-02, RV-03).

mod check;
mod desk;
mod screen;

pub use check::{CheckAnswer, OnSilence, after_check};
pub use desk::{Claim, DeskError, Judged, Opinion, Priority, ReviewTask, TaskKind, TaskOpening};
pub use screen::{ReviewContent, ReviewVideo, Visibility, screen};

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

/// One reason, with what it was found in (RV-02).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason {
    pub code: ReasonCode,
    /// The part of the content that it is about.
    pub element: Element,
    /// For the buyer: what was found, or what the reviewer wrote.
    pub text: String,
}

impl Reason {
    /// A reason about the part of the content that its code speaks of.
    #[must_use]
    pub const fn new(code: ReasonCode, text: String) -> Self {
        Self { code, element: code.element(), text }
    }
}

/// A part of the content that is judged by itself, so that the buyer knows what to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    Title,
    /// The picture that the card shows.
    Cover,
    /// What is seen or heard.
    Footage,
    /// The goods and what is claimed of them.
    Product,
    /// Whether there is a cart, and what is in it.
    Cart,
    /// Who may see it.
    Visibility,
    /// Who broadcasts: qualification, appearance, behaviour.
    Creator,
    /// All of it.
    Whole,
}

impl Element {
    /// Every element there is.
    pub const ALL: &[Self] = &[
        Self::Title,
        Self::Cover,
        Self::Footage,
        Self::Product,
        Self::Cart,
        Self::Visibility,
        Self::Creator,
        Self::Whole,
    ];

    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Cover => "cover",
            Self::Footage => "footage",
            Self::Product => "product",
            Self::Cart => "cart",
            Self::Visibility => "visibility",
            Self::Creator => "creator",
            Self::Whole => "whole",
        }
    }

    /// The element with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|element| element.code() == code)
    }
}

/// Why content is refused or needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonCode {
    TitleTooShort,
    TitleTooLong,
    /// It is not public.
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
    /// A video shorter than the least (QB-09).
    VideoTooShort,
    /// The product on the video has not passed the shop's review (QB-09).
    GoodsNotApproved,
    /// A claim that cannot be proved, or is false.
    Misleading,
    /// Vulgar, violent or otherwise unfit.
    Unfit,
    /// Somebody else's picture, brand or work.
    Infringing,
    /// What a reviewer found and no other code names; the text says what.
    Reviewer,
    /// What the outside check found, or that it did not answer.
    OutsideCheck,
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
        Self::VideoTooShort,
        Self::GoodsNotApproved,
        Self::Misleading,
        Self::Unfit,
        Self::Infringing,
        Self::Reviewer,
        Self::OutsideCheck,
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
            Self::VideoTooShort => "video_too_short",
            Self::GoodsNotApproved => "goods_not_approved",
            Self::Misleading => "misleading",
            Self::Unfit => "unfit",
            Self::Infringing => "infringing",
            Self::Reviewer => "reviewer",
            Self::OutsideCheck => "outside_check",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }

    /// What a reason with this code is about unless the reviewer says otherwise.
    #[must_use]
    pub const fn element(self) -> Element {
        match self {
            Self::TitleTooShort | Self::TitleTooLong | Self::BlockedWord | Self::WatchedWord => Element::Title,
            Self::NotPublic => Element::Visibility,
            Self::BlockedCategory | Self::WatchedCategory | Self::GoodsNotApproved | Self::Misleading => {
                Element::Product
            }
            Self::CartMissing | Self::CartMounted => Element::Cart,
            Self::Unfit | Self::Infringing | Self::VideoTooShort => Element::Footage,
            Self::Reviewer | Self::OutsideCheck => Element::Whole,
        }
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
mod desk_tests;
#[cfg(test)]
mod tests;
