//! Incentives: programmes, applications, rewards, facts, marks and measures (IN-01…IN-13).
//!
//! Texts of programmes, forms and standings are JSON of the shell's; no query looks into them.

mod application;
mod fact;
mod mark;
mod measure;
mod programme;
mod reward;

pub use application::{ApplicationPage, ApplicationRow};
pub use fact::BroadcastFactRow;
pub use measure::{DebtEntry, MeasurePage};
pub use programme::{EditionRow, PeriodRow, ProgrammeRow};
pub use reward::{RewardPage, RewardRow};

use tuiliu_domain::id::{Id, PartyId, TenantId};

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::tx::Tx;

impl Tx<'_> {
    /// A page of a party's rows, or of the whole tenant's: those before an id, newest first.
    fn newest_first<K>(
        &mut self,
        (of_party, of_tenant): (Statement, Statement),
        (tenant, party): (TenantId, Option<PartyId>),
        before: Option<Id<K>>,
        limit: u32,
    ) -> Result<Vec<Row>, StoreError> {
        let before = before.unwrap_or(Id::new(u128::MAX));
        match party {
            Some(party) => self.query(of_party, &[tenant.into(), party.into(), before.into(), limit.into()]),
            None => self.query(of_tenant, &[tenant.into(), before.into(), limit.into()]),
        }
    }
}

/// The statements of all modules.
#[cfg(test)]
pub(crate) const ALL_STATEMENTS: &[&[Statement]] = &[
    application::STATEMENTS,
    fact::STATEMENTS,
    mark::STATEMENTS,
    measure::STATEMENTS,
    programme::STATEMENTS,
    reward::STATEMENTS,
];

#[cfg(test)]
mod tests;
