//! How often ranges held, by goal; and the ended orders that ranges are made of, read again when there are more.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_domain::id::TenantId;
use tuiliu_domain::limits::FORECAST_COMPARABLES_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_measure::forecast::{
    Comparable, Groups, Kind, PointAndActual, PointBy, Share, Tails, budget_band, hour_band,
};
use tuiliu_store::{ForecastRow, ForecastShare, StoreError, Tx};

use super::sample::Forecasting;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Over so many days it is told how often ranges held.
pub const CALIBRATION_DAYS: i64 = 30;
/// No range is made of fewer, whatever the policy says (AT-06).
const COMPARABLES_MIN: usize = 30;

/// What ranges of comparable orders are made to hold, in thousandths: from P10 to P90.
pub const NOMINAL_PERMILLE: u32 = 800;

/// How often ranges held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calibration {
    pub since: Timestamp,
    pub shares: Vec<ForecastShare>,
}

/// What the estimates of one tenant are made from.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(super) groups: Groups,
    /// Of the last days.
    pub(super) shares: Vec<ForecastShare>,
    seen: Option<Seen>,
}

/// What it was read at: when any of it changes it is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    orders: u64,
    last: Timestamp,
    day: i64,
}

impl Forecasting {
    /// What the tenant's estimates are made from now.
    pub(crate) fn book(&self, tenant: TenantId) -> Arc<Book> {
        self.books.load().get(&tenant).map(Arc::clone).unwrap_or_default()
    }

    fn put_book(&self, tenant: TenantId, book: Book) {
        let book = Arc::new(book);
        self.books.rcu(|all| {
            let mut all = HashMap::clone(all);
            all.insert(tenant, Arc::clone(&book));
            all
        });
    }
}

impl App {
    /// How often the ranges of the actor's tenant held over the last days; for everybody.
    pub async fn forecast_calibration(&self, actor: Actor) -> Result<Calibration, CommandError<Infallible>> {
        if actor.reach(Action::EstimateOrder).is_none() {
            return Err(CommandError::Forbidden);
        }
        self.read(move |shell, tx| {
            let since = since(shell.now());
            Ok(Calibration { since, shares: tx.forecast_shares(actor.tenant, since)? })
        })
        .await
    }

    /// Reads the ended orders of every tenant that has more of them than before; answers how many tenants there were.
    pub async fn update_forecasts(&self) -> Result<usize, CommandError<Infallible>> {
        let now = self.shell.now();
        let counts = self.read(|_, tx| Ok::<_, CommandError<Infallible>>(tx.count_comparable_forecasts()?)).await?;
        let mut updated = 0;
        for (tenant, orders, last) in counts {
            let seen = Seen { orders, last, day: now.ms().div_euclid(DAY_MS) };
            if self.shell.engine.forecasting.book(tenant).seen == Some(seen) {
                continue;
            }
            let book =
                self.read(move |shell, tx| Ok::<_, CommandError<Infallible>>(read(shell, tx, tenant, seen)?)).await?;
            self.shell.engine.forecasting.put_book(tenant, book);
            updated += 1;
        }
        Ok(updated)
    }
}

/// The orders inside their range, in thousandths of all; `None` without orders.
#[must_use]
pub fn inside_permille(share: &ForecastShare) -> Option<u64> {
    Share { inside: share.inside, orders: share.orders }.permille()
}

const fn since(now: Timestamp) -> Timestamp {
    now.plus_ms(-CALIBRATION_DAYS * DAY_MS)
}

fn read(shell: &Shell, tx: &mut Tx<'_>, tenant: TenantId, seen: Seen) -> Result<Book, StoreError> {
    let limit = u32::try_from(FORECAST_COMPARABLES_MAX).unwrap_or(u32::MAX);
    let rows = tx.comparable_forecasts(tenant, limit)?;
    let orders: Vec<Comparable> = rows.iter().filter_map(comparable).collect();
    let shares = tx.forecast_shares(tenant, since(shell.now()))?;
    let comparables_min = shell.policy(tx, tenant)?.estimate.comparables_min.max(COMPARABLES_MIN);
    Ok(Book { groups: Groups::build(&orders, comparables_min, Tails::EIGHTY_PERCENT), shares, seen: Some(seen) })
}

fn comparable(row: &ForecastRow) -> Option<Comparable> {
    let came = row.came?;
    let kind = Kind {
        point_by: PointBy::from_code(&row.point_by)?,
        goal: row.goal,
        form: row.form,
        budget_band: budget_band(row.budget),
        hour_band: hour_band(row.paid_at),
    };
    let figures = [
        (row.expected.results, came.figures.results),
        (row.expected.views, came.figures.views),
        (row.expected.duration_ms, came.figures.duration_ms),
    ];
    let figures = figures.map(|(point, actual)| PointAndActual { point, actual });
    Some(Comparable { kind, ended_at: came.ended_at, figures })
}
