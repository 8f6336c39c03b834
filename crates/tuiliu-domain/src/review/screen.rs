//! The automatic rules: what needs no person is decided here (RV-01).

use super::{Reason, ReasonCode, Verdict};
use crate::policy::ReviewPolicy;
use crate::promotion::OrderForm;

/// Who can see a room.
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
    /// What the order was placed for.
    pub form: OrderForm,
    /// Whether the room has a cart now; `None` for a booking, which is judged by its cart at the start (TP-11).
    pub has_cart: Option<bool>,
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
    match (content.form, content.has_cart) {
        (OrderForm::Commerce, Some(false)) => add(ReasonCode::CartMissing, "the room has no cart".to_owned()),
        (OrderForm::Plain, Some(true)) => add(ReasonCode::CartMounted, "the room has a cart".to_owned()),
        _ => {}
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
