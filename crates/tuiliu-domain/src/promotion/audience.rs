//! Who an order wants to reach: any boolean combination of what is known of a viewer (DL-03).
//!
//! The text form is `and(gender:female,or(age:18-23,age:24-30),not(segment:visited))`; it is what
//! rows and the API carry, and reading it back gives the same tree. Delivery compiles its own form.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::limits::{AUDIENCE_DEPTH_MAX, AUDIENCE_LEAVES_MAX, AUDIENCE_VALUE_BYTES_MAX};

/// A checked audience: not too deep, not too wide, no empty branch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Audience(AudienceTree);

/// A boolean combination of leaves.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AudienceTree {
    /// Every branch holds.
    And(Vec<Self>),
    /// At least one branch holds.
    Or(Vec<Self>),
    /// The branch does not hold.
    Not(Box<Self>),
    Leaf(AudienceLeaf),
}

/// One thing known of a viewer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AudienceLeaf {
    /// `female`, `male`, …
    Gender(String),
    /// An age band such as `24-30`.
    Age(String),
    /// A region of the province and city tree such as `CN-44` or `CN-4401`; covers what lies below it.
    Region(String),
    Interest(String),
    /// A kind of device such as `phone`.
    Device(String),
    /// An operating system such as `ios`.
    System(String),
    /// Similar to the followers of this creator.
    SimilarTo(String),
    /// A custom segment of the tenant.
    Segment(String),
    /// Watches live rooms.
    LiveWatcher,
    /// Has never watched this creator.
    NewToCreator,
}

/// Why an audience is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AudienceError {
    #[error("nest an audience deeper than `{max}` levels")]
    TooDeep { max: usize },
    #[error("use more than `{max}` conditions in one audience")]
    TooManyLeaves { max: usize },
    #[error("use `and` or `or` without a condition in it")]
    EmptyBranch,
    #[error("use the value `{value}`: values are 1 to {max} bytes without `(`, `)`, `,` and control characters")]
    BadValue { value: String, max: usize },
    #[error("read the audience at byte `{at}`: expected {expected}")]
    Malformed { at: usize, expected: &'static str },
    #[error("read the unknown audience condition `{name}`")]
    UnknownLeaf { name: String },
}

impl Audience {
    /// The tree, when it is within its limits.
    pub fn parse_tree(tree: AudienceTree) -> Result<Self, AudienceError> {
        let mut leaves = 0;
        check(&tree, 1, &mut leaves)?;
        Ok(Self(tree))
    }

    /// The combination.
    #[must_use]
    pub const fn tree(&self) -> &AudienceTree {
        &self.0
    }
}

fn check(tree: &AudienceTree, depth: usize, leaves: &mut usize) -> Result<(), AudienceError> {
    if depth > AUDIENCE_DEPTH_MAX {
        return Err(AudienceError::TooDeep { max: AUDIENCE_DEPTH_MAX });
    }
    match tree {
        AudienceTree::And(branches) | AudienceTree::Or(branches) => {
            if branches.is_empty() {
                return Err(AudienceError::EmptyBranch);
            }
            branches.iter().try_for_each(|branch| check(branch, depth + 1, leaves))
        }
        AudienceTree::Not(branch) => check(branch, depth + 1, leaves),
        AudienceTree::Leaf(leaf) => {
            *leaves += 1;
            if *leaves > AUDIENCE_LEAVES_MAX {
                return Err(AudienceError::TooManyLeaves { max: AUDIENCE_LEAVES_MAX });
            }
            leaf.value().map_or(Ok(()), check_value)
        }
    }
}

fn check_value(value: &str) -> Result<(), AudienceError> {
    let fits = !value.is_empty() && value.len() <= AUDIENCE_VALUE_BYTES_MAX && value.trim() == value;
    let plain = value.chars().all(|letter| !matches!(letter, '(' | ')' | ',') && !letter.is_control());
    if fits && plain {
        Ok(())
    } else {
        let shown = value.chars().take(AUDIENCE_VALUE_BYTES_MAX).collect();
        Err(AudienceError::BadValue { value: shown, max: AUDIENCE_VALUE_BYTES_MAX })
    }
}

impl AudienceLeaf {
    /// The name used in the text form; never renamed.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Gender(_) => "gender",
            Self::Age(_) => "age",
            Self::Region(_) => "region",
            Self::Interest(_) => "interest",
            Self::Device(_) => "device",
            Self::System(_) => "system",
            Self::SimilarTo(_) => "similar_to",
            Self::Segment(_) => "segment",
            Self::LiveWatcher => "live_watcher",
            Self::NewToCreator => "new_to_creator",
        }
    }

    /// The value, where the leaf has one.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Gender(value)
            | Self::Age(value)
            | Self::Region(value)
            | Self::Interest(value)
            | Self::Device(value)
            | Self::System(value)
            | Self::SimilarTo(value)
            | Self::Segment(value) => Some(value),
            Self::LiveWatcher | Self::NewToCreator => None,
        }
    }

    fn named(name: &str, value: Option<&str>) -> Option<Self> {
        let leaf = match (name, value.map(str::to_owned)) {
            ("gender", Some(value)) => Self::Gender(value),
            ("age", Some(value)) => Self::Age(value),
            ("region", Some(value)) => Self::Region(value),
            ("interest", Some(value)) => Self::Interest(value),
            ("device", Some(value)) => Self::Device(value),
            ("system", Some(value)) => Self::System(value),
            ("similar_to", Some(value)) => Self::SimilarTo(value),
            ("segment", Some(value)) => Self::Segment(value),
            ("live_watcher", None) => Self::LiveWatcher,
            ("new_to_creator", None) => Self::NewToCreator,
            _ => return None,
        };
        Some(leaf)
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for AudienceTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(branches) => write_branches(f, "and", branches),
            Self::Or(branches) => write_branches(f, "or", branches),
            Self::Not(branch) => write!(f, "not({branch})"),
            Self::Leaf(leaf) => match leaf.value() {
                Some(value) => write!(f, "{}:{value}", leaf.name()),
                None => f.write_str(leaf.name()),
            },
        }
    }
}

fn write_branches(f: &mut fmt::Formatter<'_>, name: &str, branches: &[AudienceTree]) -> fmt::Result {
    write!(f, "{name}(")?;
    for (place, branch) in branches.iter().enumerate() {
        if place > 0 {
            f.write_str(",")?;
        }
        write!(f, "{branch}")?;
    }
    f.write_str(")")
}

impl FromStr for Audience {
    type Err = AudienceError;

    fn from_str(text: &str) -> Result<Self, AudienceError> {
        let mut reader = Reader { text, at: 0, leaves: 0 };
        let tree = reader.tree(1)?;
        if reader.at < text.len() {
            return Err(AudienceError::Malformed { at: reader.at, expected: "the end" });
        }
        Self::parse_tree(tree)
    }
}

/// Reads the text form from left to right; depth and leaves are bounded while reading.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    leaves: usize,
}

impl Reader<'_> {
    fn tree(&mut self, depth: usize) -> Result<AudienceTree, AudienceError> {
        if depth > AUDIENCE_DEPTH_MAX {
            return Err(AudienceError::TooDeep { max: AUDIENCE_DEPTH_MAX });
        }
        let start = self.at;
        let rest = &self.text[start..];
        let word = &rest[..rest.find(['(', ')', ',']).unwrap_or(rest.len())];
        self.at += word.len();
        match word {
            "and" if self.take('(') => Ok(AudienceTree::And(self.branches(depth)?)),
            "or" if self.take('(') => Ok(AudienceTree::Or(self.branches(depth)?)),
            "not" if self.take('(') => {
                let branch = self.tree(depth + 1)?;
                if self.take(')') {
                    Ok(AudienceTree::Not(Box::new(branch)))
                } else {
                    Err(AudienceError::Malformed { at: self.at, expected: "`)`" })
                }
            }
            "" => Err(AudienceError::Malformed { at: start, expected: "a condition" }),
            leaf => {
                self.leaves += 1;
                if self.leaves > AUDIENCE_LEAVES_MAX {
                    return Err(AudienceError::TooManyLeaves { max: AUDIENCE_LEAVES_MAX });
                }
                let (name, value) = leaf.split_once(':').map_or((leaf, None), |(name, value)| (name, Some(value)));
                AudienceLeaf::named(name, value)
                    .map(AudienceTree::Leaf)
                    .ok_or_else(|| AudienceError::UnknownLeaf { name: name.chars().take(32).collect() })
            }
        }
    }

    fn branches(&mut self, depth: usize) -> Result<Vec<AudienceTree>, AudienceError> {
        let mut branches = vec![self.tree(depth + 1)?];
        while self.take(',') {
            branches.push(self.tree(depth + 1)?);
        }
        if self.take(')') {
            Ok(branches)
        } else {
            Err(AudienceError::Malformed { at: self.at, expected: "`,` or `)`" })
        }
    }

    fn take(&mut self, letter: char) -> bool {
        let found = self.text[self.at..].starts_with(letter);
        if found {
            self.at += letter.len_utf8();
        }
        found
    }
}
