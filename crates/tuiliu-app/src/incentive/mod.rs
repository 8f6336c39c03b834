//! Incentives: programmes that give traffic coupons, applications, facts, rewards, linkage, measures (IN-01…IN-13).

mod application;
mod dry_run;
mod fact;
mod judge;
mod linkage;
mod measure;
mod programme;
mod progress;
mod reward;
mod text;

pub use application::{
    ApplicationView, ApplicationsList, ApplyForIncentive, ApplyRefusal, DecideApplication, DecideApplicationRefusal,
};
pub use dry_run::{DryRun, DryRunRange, DryRunRefusal, DryRunSum};
pub use fact::{AccountFactsView, BroadcastFactsView, ReportBroadcastFacts, ReportFactsRefusal, ReportMarks};
pub use linkage::{AccountLinks, LinkView};
pub use measure::{DebtView, MeasureView, TakeMeasure, TakeMeasureRefusal};
pub use programme::{EditionView, ProgrammeRefusal, ProgrammeView};
pub use progress::{TaskView, ThresholdView, TierView};
pub use reward::{RewardList, RewardView};
pub use tuiliu_store::{DebtEntry, RewardRow};

pub(crate) use fact::follow_room;
pub(crate) use measure::lift;

use std::sync::LazyLock;

use tuiliu_domain::calendar::Calendar;
use tuiliu_domain::incentive::{Edition, Programme};
use tuiliu_store::{EditionRow, ProgrammeRow, StoreError, Tx};

/// Which days promises are counted in.
pub(crate) static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::mainland);

/// A programme with everything that was published of it.
struct Known {
    programme: Programme,
    editions: Vec<Edition>,
}

fn inconsistent(place: String, reason: impl ToString) -> StoreError {
    StoreError::Inconsistent { place, reason: reason.to_string() }
}

fn programme_of(row: ProgrammeRow) -> Result<Programme, StoreError> {
    let ProgrammeRow { id, tenant, state, kind: _, draft, edition, created_at, cancelled_at, version } = row;
    let wrong = |reason: String| inconsistent(format!("programme {id}"), reason);
    let value = serde_json::from_str(&draft).map_err(|fault| wrong(fault.to_string()))?;
    let draft = text::read_terms(value).map_err(|fault| wrong(fault.reason))?;
    Ok(Programme { id, tenant, state, draft, edition, created_at, cancelled_at, version })
}

fn row_of(programme: &Programme) -> ProgrammeRow {
    ProgrammeRow {
        id: programme.id,
        tenant: programme.tenant,
        state: programme.state,
        kind: programme.draft.kind,
        draft: text::write_terms(&programme.draft).to_string(),
        edition: programme.edition,
        created_at: programme.created_at,
        cancelled_at: programme.cancelled_at,
        version: programme.version,
    }
}

fn edition_of(row: &EditionRow) -> Result<Edition, StoreError> {
    let wrong = |reason: String| inconsistent(format!("edition {} of programme {}", row.number, row.programme), reason);
    let value = serde_json::from_str(&row.terms).map_err(|fault| wrong(fault.to_string()))?;
    let terms = text::read_terms(value).map_err(|fault| wrong(fault.reason))?;
    Ok(Edition { number: row.number, terms, published_at: row.published_at })
}

fn known(tx: &mut Tx<'_>, row: ProgrammeRow) -> Result<Known, StoreError> {
    let programme = programme_of(row)?;
    let editions = tx.editions(programme.id)?.iter().map(edition_of).collect::<Result<_, _>>()?;
    Ok(Known { programme, editions })
}

#[cfg(test)]
mod tests;
