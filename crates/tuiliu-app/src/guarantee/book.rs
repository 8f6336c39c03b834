//! The platform's book on guarantees (GB-12).

use std::convert::Infallible;

use tuiliu_domain::guarantee::{Book, BookEntry, StopLoss, book};
use tuiliu_domain::id::TenantId;
use tuiliu_domain::limits::GUARANTEE_BOOK_MAX;
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{StoreError, Tx};

use crate::access::of_tenant;
use crate::app::App;
use crate::error::CommandError;

/// The book of a tenant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuaranteeBook {
    /// Guarantees that are open, or ended since this instant.
    pub since: Timestamp,
    pub book: Book,
    pub stop_loss: StopLoss,
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
            Ok(GuaranteeBook { since, book: book(&entries(tx, actor.tenant, since)?), stop_loss, calibration })
        })
        .await
    }
}
