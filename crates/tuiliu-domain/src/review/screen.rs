//! The automatic rules: what needs no person is decided here (RV-01).

use super::{Reason, ReasonCode, Verdict};
use crate::policy::ReviewPolicy;

/// Who can see a room or a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    Public,
    /// Only those the creator lets in.
    Private,
}

impl Visibility {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }

    /// The visibility with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "public" => Some(Self::Public),
            "private" => Some(Self::Private),
            _ => None,
        }
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewContent<'c> {
    pub title: &'c str,
    pub category: &'c str,
    pub visibility: Visibility,
    /// The order cannot be delivered where no goods are on offer.
    pub needs_goods: bool,
    /// The order cannot be delivered where goods are on offer (QB-10).
    pub exclusive: bool,
    /// Whether goods are on offer now; `None` for a booking, which is judged by its cart at the start (TP-11).
    pub has_goods: Option<bool>,
    /// What only videos have.
    pub video: Option<ReviewVideo>,
}

/// What is looked at in videos only (QB-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewVideo {
    pub duration_ms: i64,
    /// Whether its product, if it carries one, has passed the shop's review.
    pub goods_approved: bool,
}

/// Judges content by the rules alone: every reason to refuse it, else every reason to ask a person, else pass.
#[must_use]
pub fn screen(content: &ReviewContent<'_>, policy: &ReviewPolicy) -> Verdict {
    let refused = refusals(content, policy);
    if !refused.is_empty() {
        return Verdict::Reject(refused);
    }
    let watched = doubts(content, policy);
    if watched.is_empty() { Verdict::Pass } else { Verdict::Escalate(watched) }
}

fn refusals(content: &ReviewContent<'_>, policy: &ReviewPolicy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |code, text| reasons.push(Reason::new(code, text));
    let length = content.title.trim().chars().count();
    if length < policy.title_length_min {
        add(ReasonCode::TitleTooShort, format!("{length} of at least {} characters", policy.title_length_min));
    }
    if length > policy.title_length_max {
        add(ReasonCode::TitleTooLong, format!("{length} of at most {} characters", policy.title_length_max));
    }
    if content.visibility != Visibility::Public {
        add(ReasonCode::NotPublic, content.visibility.code().to_owned());
    }
    for word in words_found(content.title, &policy.blocked_words) {
        add(ReasonCode::BlockedWord, word.to_owned());
    }
    if policy.blocked_categories.iter().any(|category| category == content.category) {
        add(ReasonCode::BlockedCategory, content.category.to_owned());
    }
    match content.has_goods {
        Some(false) if content.needs_goods => {
            let text = if content.video.is_some() { "the video has no product" } else { "the room has no cart" };
            add(ReasonCode::CartMissing, text.to_owned());
        }
        Some(true) if content.exclusive => add(ReasonCode::CartMounted, "the room has a cart".to_owned()),
        _ => {}
    }
    if let Some(video) = content.video {
        let (duration_ms, min) = (video.duration_ms, policy.video_duration_ms_min);
        if duration_ms < min {
            add(ReasonCode::VideoTooShort, format!("{duration_ms} ms of at least {min} ms"));
        }
        if !video.goods_approved {
            add(ReasonCode::GoodsNotApproved, "the product has not passed the shop's review".to_owned());
        }
    }
    reasons
}

fn doubts(content: &ReviewContent<'_>, policy: &ReviewPolicy) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = words_found(content.title, &policy.watched_words)
        .map(|word| Reason::new(ReasonCode::WatchedWord, word.to_owned()))
        .collect();
    if policy.watched_categories.iter().any(|category| category == content.category) {
        reasons.push(Reason::new(ReasonCode::WatchedCategory, content.category.to_owned()));
    }
    reasons
}

/// The words of the list that the text has, however they are spaced, punctuated or widened.
fn words_found<'w>(text: &str, words: &'w [String]) -> impl Iterator<Item = &'w str> {
    let plain_text = plain(text);
    let found = move |word: &&'w String| {
        let plain_word = plain(word);
        !plain_word.is_empty() && plain_text.contains(&plain_word)
    };
    words.iter().filter(found).map(String::as_str)
}

/// Letters and digits only, in lower case and narrow form, so that spacing a word out does not hide it.
fn plain(text: &str) -> String {
    text.chars().map(narrow).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The ordinary form of a full-width letter.
fn narrow(letter: char) -> char {
    match u32::from(letter) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(letter),
        _ => letter,
    }
}
