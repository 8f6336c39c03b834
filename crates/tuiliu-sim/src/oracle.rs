//! What must hold, whatever broke on the way: the auditor's verdict, and everything acknowledged counted once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use tuiliu_app::App;
use tuiliu_app::audit::Audit;
use tuiliu_app::delivery::EventKind;
use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::SECOND_MS;

use crate::seed::platform::Platform;

/// A view counts from here on (TP-27).
const EFFECTIVE_VIEW_MS: i64 = 5 * SECOND_MS;

/// What the auditor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerdict {
    pub is_clean: bool,
    /// "clean", or the first thing that is broken.
    pub text: String,
    pub transfers: u64,
    pub orders: u64,
    pub charges: i64,
}

impl From<&Audit> for AuditVerdict {
    fn from(audit: &Audit) -> Self {
        Self {
            is_clean: audit.is_clean(),
            text: audit.verdict(),
            transfers: audit.ledger.transfers,
            orders: audit.orders,
            charges: audit.charges,
        }
    }
}

/// Asks the auditor.
pub async fn audit(app: &App) -> Result<AuditVerdict> {
    let audit = app.audit(|_| {}).await.context("failed to audit")?;
    Ok((&audit).into())
}

/// An event that was acknowledged and belongs to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged<'a> {
    pub order: PromotionOrderId,
    pub decision: DecisionId,
    pub viewer: &'a str,
    pub kind: EventKind,
    pub watched_ms: i64,
}

/// What was acknowledged of one order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct OrderBook {
    shown: BTreeSet<DecisionId>,
    effective: BTreeSet<String>,
    commented: BTreeSet<String>,
    followed: BTreeSet<String>,
    clicked: BTreeSet<String>,
}

/// Everything that was acknowledged, kept by whoever was told so.
#[derive(Debug, Clone, Default)]
pub struct Books {
    orders: BTreeMap<PromotionOrderId, OrderBook>,
}

impl Books {
    /// Writes down one acknowledged event; a second time it changes nothing.
    pub fn write(&mut self, event: Acknowledged<'_>) {
        let book = self.orders.entry(event.order).or_default();
        let people = match event.kind {
            EventKind::Impression => {
                book.shown.insert(event.decision);
                return;
            }
            EventKind::Watch if event.watched_ms >= EFFECTIVE_VIEW_MS => &mut book.effective,
            EventKind::Comment => &mut book.commented,
            EventKind::Follow => &mut book.followed,
            EventKind::ProductClick => &mut book.clicked,
            _ => return,
        };
        people.insert(event.viewer.to_owned());
    }

    /// Compares the books with what the platform counted and charged; every order must have ended.
    pub async fn check(&self, platform: &Platform, orders: &[PromotionOrderId]) -> Result<Vec<String>> {
        let mut broken = Vec::new();
        let mut views = Vec::new();
        for id in orders {
            let view = platform.app.promotion_order(platform.actor(), *id).await;
            views.push((*id, view.with_context(|| format!("failed to read `{id}`"))?));
        }
        let empty = OrderBook::default();
        let book_of = |id: &PromotionOrderId| self.orders.get(id).unwrap_or(&empty);
        for (id, view) in &views {
            let book = book_of(id);
            // A second view of the same content is no valid traffic for a while (AT-03): which order comes second is
            // told by nobody here, so people who watched under another order too may or may not count.
            let others = views.iter().filter(|(other, seen)| other != id && seen.order.content == view.order.content);
            let elsewhere: BTreeSet<&String> = others.flat_map(|(other, _)| &book_of(other).effective).collect();
            let only_here = book.effective.iter().filter(|viewer| !elsewhere.contains(viewer)).count();
            let total = |name: &str| {
                let total = view.totals.iter().find(|(metric, _)| metric == name).map_or(0, |(_, value)| *value);
                usize::try_from(total).unwrap_or(usize::MAX)
            };
            let mut compare = |what: &str, counted: usize, least: usize, most: usize| {
                if !(least..=most).contains(&counted) {
                    broken.push(format!("order `{id}` counted {counted} {what}, acknowledged were {least} to {most}"));
                }
            };
            let state = view.order.state.name();
            if !view.order.state.is_final() {
                compare(&format!("ends, being `{state}`,"), 0, 1, 1);
            }
            compare("impressions", total("impressions"), book.shown.len(), book.shown.len());
            let results = total("results");
            match view.order.goal {
                Goal::Viewers => compare("views", results, only_here, book.effective.len()),
                Goal::Interactions => compare("comments", results, book.commented.len(), book.commented.len()),
                Goal::ProductClicks => compare("clicks", results, book.clicked.len(), book.clicked.len()),
                // Some follows are taken back in time, depending on who was faster.
                Goal::Follows => compare("follows", results, 0, book.followed.len()),
                // Nobody here buys what other products are sold for.
                other => compare(&format!("results of `{other}`"), 1, 0, 0),
            }
        }
        Ok(broken)
    }
}
