//! What is remembered of a group for ever, and what its id answers when it comes again (WL-04).

use super::command::{LedgerAnswer, LedgerGroup, LedgerRefusal};
use crate::time::Timestamp;

/// A group that was given to the ledger, accepted or refused, and what it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    pub group: LedgerGroup,
    /// The ledger's time when it was applied.
    pub applied_at: Timestamp,
    pub result: Result<Vec<LedgerAnswer>, LedgerRefusal>,
}

impl Remembered {
    /// What the same id answers now: the first answer, be it a refusal, as long as the content is the same.
    ///
    /// # Errors
    /// The first refusal, or [`LedgerRefusal::OtherContent`].
    pub fn answer(&self, again: &LedgerGroup) -> Result<Vec<LedgerAnswer>, LedgerRefusal> {
        if self.group == *again { self.result.clone() } else { Err(LedgerRefusal::OtherContent { id: again.id }) }
    }
}
