//! What reports tell of attribution and of valid traffic (AT-01, AT-03, AT-07).

use std::collections::BTreeMap;
use std::convert::Infallible;

use tuiliu_domain::coupon::SourceKind;
use tuiliu_domain::id::{PartyId, PromotionOrderId};
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::party::{Action, Actor, Owned};
use tuiliu_domain::policy::TrafficPolicy;
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::attribution::{Cause, Figure};
use tuiliu_measure::traffic::{Invalid, RULES_VERSION};
use tuiliu_store::{StoreError, Tx};

use super::attribution::SETTLED;
use super::credit::credited_by_kind;
use crate::app::App;
use crate::error::CommandError;

/// Codes of figures with their values; all figures there are.
pub type AttributedFigures = Vec<(&'static str, i64)>;

/// The attributed figures of an order in two versions: `now = settled + every change`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttributedReport {
    /// As they were when they became final; `None` before that.
    pub settled: Option<AttributedFigures>,
    pub now: AttributedFigures,
    /// What changed them since, by the code of the cause; only figures that changed.
    pub changes: Vec<(&'static str, AttributedFigures)>,
}

/// What of an order's traffic did not count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValidTraffic {
    /// Version of the rules.
    pub rules: u32,
    /// Events by rule; rules that nothing broke are left out.
    pub reasons: Vec<(Invalid, i64)>,
    /// Charges that were taken back, and their price.
    pub credited_charges: i64,
    pub credited: Micros,
    /// What came back by kind of source.
    pub returned: Vec<(SourceKind, Amount)>,
}

/// The rules in force for a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficRules {
    pub version: u32,
    pub dedup_window_ms: i64,
    pub policy: TrafficPolicy,
}

/// The versions of an order's attributed figures; `settled_at` when they are final by now.
pub(crate) fn attributed_report(
    tx: &mut Tx<'_>,
    order: PromotionOrderId,
    settled_at: Option<Timestamp>,
) -> Result<AttributedReport, StoreError> {
    let mut parts: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for sum in tx.attributed(order)? {
        parts.entry(sum.part).or_default().insert(sum.figure, sum.value);
    }
    let of =
        |part: &str, figure: Figure| parts.get(part).and_then(|sums| sums.get(figure.code())).copied().unwrap_or(0);
    let settled: AttributedFigures = Figure::ALL.iter().map(|figure| (figure.code(), of(SETTLED, *figure))).collect();
    let now = Figure::ALL.iter().map(|figure| {
        let changed: i64 = Cause::ALL.iter().map(|cause| of(cause.code(), *figure)).sum();
        (figure.code(), of(SETTLED, *figure).saturating_add(changed))
    });
    let change = |cause: Cause| {
        let figures = Figure::ALL.iter().map(|figure| (figure.code(), of(cause.code(), *figure)));
        let changed: AttributedFigures = figures.filter(|(_, value)| *value != 0).collect();
        (!changed.is_empty()).then_some((cause.code(), changed))
    };
    Ok(AttributedReport {
        now: now.collect(),
        settled: settled_at.map(|_| settled),
        changes: Cause::ALL.into_iter().filter_map(change).collect(),
    })
}

/// What of an order's traffic did not count, and what came back for it.
pub(crate) fn valid_traffic(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<ValidTraffic, StoreError> {
    let totals = tx.metric_totals(order.id)?;
    let count = |rule: Invalid| match rule {
        Invalid::ReplayedToken => totals.get("replayed_tokens"),
        other => totals.get(other.metric()),
    };
    let (credited, credited_charges) = tx.traffic_credited(order.id)?;
    Ok(ValidTraffic {
        rules: RULES_VERSION,
        reasons: Invalid::ALL.iter().map(|rule| (*rule, count(*rule))).filter(|(_, events)| *events != 0).collect(),
        credited_charges,
        credited,
        returned: credited_by_kind(tx, order)?,
    })
}

impl App {
    /// The published rules with the tenant's numbers.
    pub async fn traffic_rules(&self, actor: Actor) -> Result<TrafficRules, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let owned = Owned { tenant: actor.tenant, owner: PartyId::new(0), co_owner: None };
            actor.may(Action::ReadTrafficRules, &owned)?;
            let policy = shell.policy(tx, actor.tenant)?;
            Ok(TrafficRules {
                version: RULES_VERSION,
                dedup_window_ms: policy.charge.dedup_window_ms,
                policy: policy.traffic.clone(),
            })
        })
        .await
    }
}
