//! Posting: groups of commands are answered once, applied in order and remembered for ever.

use tuiliu_domain::ledger::{LedgerAnswer, LedgerGroup, LedgerRefusal, Remembered, apply};
use tuiliu_domain::limits::LEDGER_GROUP_MAX;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::tx::Tx;
use crate::writer::{Job, Ran};

/// What the ledger answers to one group.
pub type LedgerResult = Result<Vec<LedgerAnswer>, LedgerRefusal>;

impl Tx<'_> {
    /// Gives a group to the ledger. The same id with the same content gets its first answer again (WL-04), with other
    /// content it is refused.
    ///
    /// A refusal is remembered like an answer, unless the job around it is undone. Only groups of no commands or of
    /// too many are not: there is nothing to remember.
    pub fn ledger(&mut self, group: &LedgerGroup, now: Timestamp) -> Result<LedgerResult, StoreError> {
        self.enter()?;
        self.lock_ledger()?;
        if let Some(answer) = self.answered_in_this_transaction(group) {
            return Ok(answer);
        }
        let places = self.places_of(&[group.id])?;
        if let Some(first) = self.remembered(places)?.remove(&group.id) {
            return Ok(first.answer(group));
        }
        self.load_keys(group.keys())?;
        Ok(self.apply(group.clone(), now))
    }

    fn answered_in_this_transaction(&self, group: &LedgerGroup) -> Option<LedgerResult> {
        let position = *self.ledger.positions.get(&group.id)?;
        self.ledger.log.get(position).map(|first| first.answer(group))
    }

    /// Like [`ledger`](Self::ledger), after [`preload_ledger`](Self::preload_ledger) of this group and others.
    fn ledger_preloaded(&mut self, group: LedgerGroup, now: Timestamp) -> Result<LedgerResult, StoreError> {
        if !self.ledger.preloaded {
            return self.ledger(&group, now);
        }
        if let Some(answer) = self.answered_in_this_transaction(&group) {
            return Ok(answer);
        }
        if let Some(place) = self.ledger.seen.get(&group.id).copied() {
            let first = self.remembered(vec![(group.id, place)])?.remove(&group.id);
            return first.map(|first| first.answer(&group)).ok_or_else(|| {
                StoreError::inconsistent("ledger_command", format!("`{}` is not where it should be", group.id))
            });
        }
        Ok(self.apply(group, now))
    }

    fn apply(&mut self, group: LedgerGroup, now: Timestamp) -> LedgerResult {
        let applied_at = self.ledger.time(now);
        let result = apply(&mut self.ledger.view, &group, applied_at);
        if (1..=LEDGER_GROUP_MAX).contains(&group.commands.len()) {
            self.ledger.remember(Remembered { group, applied_at, result: result.clone() });
        }
        result
    }
}

/// Groups that are given to the ledger and nothing else, so that many callers' groups are loaded together.
pub(crate) struct LedgerTask<A> {
    pub(crate) groups: Vec<LedgerGroup>,
    pub(crate) now: Timestamp,
    pub(crate) results: Vec<LedgerResult>,
    pub(crate) tell: A,
}

impl<A> Job for LedgerTask<A>
where
    A: FnOnce(Result<Vec<LedgerResult>, StoreError>) + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        self.results.clear();
        for group in &self.groups {
            match tx.ledger_preloaded(group.clone(), self.now) {
                Ok(result) => self.results.push(result),
                Err(fault) => return Ran::Failed(fault),
            }
        }
        Ran::Keep
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { results, tell, .. } = *self;
        tell(committed.map(|()| results));
    }

    fn ledger_groups(&self) -> Option<&[LedgerGroup]> {
        Some(&self.groups)
    }
}
