//! What is known of one viewer: a set of records, the same for any order of arrival.

use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::time::Timestamp;

use super::arms::Arm;

/// A viewer of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewerKey(pub u128);

/// What makes two records the same one, however often they arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u128);

/// A purchase of the host's, with its payments and refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purchase(pub u128);

/// The impression of an order under which something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touch {
    pub order: PromotionOrderId,
    pub decision: DecisionId,
}

/// What can be on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Toggle {
    Like,
    Follow,
}

/// What a viewer did, or what was found out about the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// An order won the viewer, really or as a ghost: the clock of the experiment starts.
    Won(Arm),
    /// Watched for as long as an engaged view takes; the impression was heard of until then.
    Viewed {
        under: Touch,
        heard_until: Timestamp,
    },
    /// Clicked the card.
    Clicked(Touch),
    /// Clicked a product, under an impression or of its own accord.
    ProductClicked(Option<Touch>),
    Commented,
    CommentDeleted,
    Shared,
    Toggled {
        what: Toggle,
        on: bool,
    },
    Paid {
        purchase: Purchase,
        value_fen: i64,
    },
    Refunded {
        purchase: Purchase,
        value_fen: i64,
    },
    /// No person, or none that counts: everything of the viewer goes, in both arms alike.
    Invalid,
}

/// One fact, when it happened and when it became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    pub known_at: Timestamp,
    pub at: Timestamp,
    pub id: RecordId,
    pub fact: Fact,
}

impl Record {
    /// What is kept of two records with one id; the same whichever came first.
    ///
    /// Reports of one view widen it. Otherwise they should be equal; if a host tells two things under one id, what became
    /// known first stays.
    fn merged(self, other: Self) -> Self {
        match (self.fact, other.fact) {
            (Fact::Viewed { under, heard_until }, Fact::Viewed { under: other_touch, heard_until: other_until })
                if under == other_touch =>
            {
                Self {
                    known_at: self.known_at.min(other.known_at),
                    at: self.at.min(other.at),
                    id: self.id,
                    fact: Fact::Viewed { under, heard_until: heard_until.max(other_until) },
                }
            }
            _ => self.min(other),
        }
    }
}

/// Everything known of one viewer in one room; ordered by id, each id once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    records: Vec<Record>,
}

impl History {
    /// Takes a record in; `false` when it told nothing new.
    pub fn take(&mut self, record: Record) -> bool {
        match self.records.binary_search_by_key(&record.id, |known| known.id) {
            Err(place) => {
                self.records.insert(place, record);
                true
            }
            Ok(place) => {
                let merged = self.records[place].merged(record);
                std::mem::replace(&mut self.records[place], merged) != merged
            }
        }
    }

    /// By id.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }
}

impl FromIterator<Record> for History {
    fn from_iter<I: IntoIterator<Item = Record>>(records: I) -> Self {
        let mut history = Self::default();
        for record in records {
            history.take(record);
        }
        history
    }
}
