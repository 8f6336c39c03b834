//! Names of placements, as hosts give them to the groups of slots in their feeds.

use std::fmt;

use crate::limits::PLACEMENT_CHARS_MAX;

/// The name of a placement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlacementName(String);

impl PlacementName {
    /// The name, where a placement can be called so.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let fits = !name.is_empty() && name.chars().count() <= PLACEMENT_CHARS_MAX;
        fits.then(|| Self(name.to_owned()))
    }

    /// As the host wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlacementName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
