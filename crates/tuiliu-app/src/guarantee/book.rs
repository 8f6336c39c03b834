//! The platform's book on guarantees (GB-12).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::convert::Infallible;

use tuiliu_domain::guarantee::{Book, BookEntry, GuaranteeService, StopLoss, at_risk, book};
use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::limits::GUARANTEE_BOOK_MAX;
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::policy::GuaranteePolicy;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{StoreError, Tx};

use crate::access::of_tenant;
use crate::app::App;
use crate::error::CommandError;

/// Creators whose exposure the book shows.
const EXPOSURES_MAX: usize = 20;

/// The book of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct GuaranteeBook {
    /// Guarantees that are open, or ended since this instant.
    pub since: Timestamp,
    pub book: Book,
    pub stop_loss: StopLoss,
    /// Creators by what open guarantees on them may cost at most, in fen; those with the most first, 20 of them.
    pub exposures: Vec<(PartyId, Amount)>,
    /// The limits that hold.
    pub policy: GuaranteePolicy,
    /// How quotes of all videos of the last days would have done, sold or not; `None` before there are enough.
    pub calibration: Option<QuoteCalibration>,
}

/// How quotes did, sold or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuoteCalibration {
    pub quotes: usize,
    /// Compensation over fees.
    pub loss_ratio: f64,
    /// Share of videos whose plays were within the quoted 80% interval.
    pub coverage: f64,
    /// Mean of the logarithms of actual over expected plays, of late.
    pub drift: f64,
}

/// Guarantees that are open, or ended since this instant, as the book sees them; the newest [`GUARANTEE_BOOK_MAX`].
pub(super) fn entries(tx: &mut Tx<'_>, tenant: TenantId, since: Timestamp) -> Result<Vec<BookEntry>, StoreError> {
    let services = tx.guarantees_for_book(tenant, since, GUARANTEE_BOOK_MAX)?;
    Ok(services.iter().map(|(service, help)| service.book_entry(whole_fen(*help))).collect())
}

/// What open guarantees may cost at most, by creator.
fn exposures(tx: &mut Tx<'_>, tenant: TenantId, now: Timestamp) -> Result<Vec<(PartyId, Amount)>, StoreError> {
    let open = tx.guarantees_for_book(tenant, now, GUARANTEE_BOOK_MAX)?;
    let mut by_creator: BTreeMap<PartyId, Vec<GuaranteeService>> = BTreeMap::new();
    for (service, _) in open {
        by_creator.entry(service.creator).or_default().push(service);
    }
    let risks = by_creator.iter().map(|(creator, services)| (*creator, at_risk(services)));
    let mut all: Vec<_> = risks.filter(|(_, risk)| *risk > Amount::ZERO).collect();
    all.sort_by_key(|(creator, risk)| (Reverse(*risk), *creator));
    all.truncate(EXPOSURES_MAX);
    Ok(all)
}

/// What help displaced, in whole fen, as it is booked.
pub(super) const fn whole_fen(cost: Micros) -> Amount {
    Amount::new(cost.get() / 10_000)
}

impl App {
    /// The book, for operators and finance.
    pub async fn guarantee_book(
        &self,
        actor: Actor,
        since: Timestamp,
    ) -> Result<GuaranteeBook, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadGuaranteeBook, &of_tenant(actor.tenant))?;
            let (now, policy) = (shell.now(), shell.policy(tx, actor.tenant)?);
            let recent = now.plus_ms(-policy.guarantee.stop_loss_window_ms);
            let stop_loss = StopLoss::at(&entries(tx, actor.tenant, recent)?, &policy.guarantee, now);
            let basis = shell.quotes.basis(actor.tenant);
            let calibration = basis.backtest.map(|test| QuoteCalibration {
                quotes: test.quotes,
                loss_ratio: test.loss_ratio,
                coverage: test.coverage,
                drift: basis.drift.drift,
            });
            let book = book(&entries(tx, actor.tenant, since)?);
            let (exposures, policy) = (exposures(tx, actor.tenant, now)?, policy.guarantee.clone());
            Ok(GuaranteeBook { since, book, stop_loss, exposures, policy, calibration })
        })
        .await
    }
}
