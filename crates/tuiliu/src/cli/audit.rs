//! `tuiliu audit`: is the ledger whole?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tuiliu_app::audit::{Audit, audit};
use tuiliu_store::Store;

use super::{BROKEN, WELL, print, print_json};
use crate::config::Config;

/// What `tuiliu audit` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Prints the verdict as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Recomputes everything from the first transfer on and prints the verdict.
pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<ExitCode> {
    let audit = examine(config)?;
    if arguments.json {
        print_json(&as_json(&audit))?
    } else {
        print(&as_text(&audit))?
    }
    Ok(if audit.is_clean() { WELL } else { ExitCode::from(BROKEN) })
}

/// Audits one state of the store; whoever writes meanwhile is not disturbed.
pub(crate) fn examine(config: &Config) -> Result<Audit> {
    let address = &config.store.address;
    let store = Store::open_for_reading(&config.store.opening())
        .with_context(|| format!("failed to open the store `{address:?}` for reading"))?;
    let bar = bar();
    let shown = bar.clone();
    let found = store.read_now(move |tx| {
        audit(tx, &mut |progress| {
            shown.set_length(u64::try_from(progress.batches_in_all).unwrap_or(0));
            shown.set_position(u64::try_from(progress.batches).unwrap_or(0));
        })
    });
    bar.finish_and_clear();
    found.with_context(|| format!("failed to audit the store `{address:?}`"))
}

/// Shown on a terminal only.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("auditing {wide_bar} {pos}/{len} batches, {eta} left");
    ProgressBar::new(0).with_style(style.expect("the template is correct"))
}

/// The verdict for people.
pub(crate) fn as_text(audit: &Audit) -> String {
    let Audit { ledger, orders, charges, guarantees, withdrawals, .. } = audit;
    let mut text = format!(
        "recomputed {} batches, {} groups, {} transfers, {} rows of history; {orders} orders, {charges} charges, \
         {guarantees} guarantees, {withdrawals} withdrawals\n",
        ledger.batches, ledger.groups, ledger.transfers, ledger.entries,
    );
    writeln!(text, "head {}", hexadecimal(&ledger.head)).expect("a string takes all");
    writeln!(text, "verdict: {}", audit.verdict()).expect("a string takes all");
    text
}

/// The verdict for machines.
pub(crate) fn as_json(audit: &Audit) -> serde_json::Value {
    let Audit { ledger, orders, charges, broken_order, guarantees, withdrawals, broken_money } = audit;
    json!({
        "verdict": if audit.is_clean() { "clean" } else { "broken" },
        "broken_invariant": ledger.broken.as_ref().map(|broken| {
            json!({ "number": broken.number, "name": broken.name, "detail": broken.detail })
        }),
        "broken_order": broken_order.as_ref().map(|broken| {
            json!({ "order": broken.order.to_string(), "detail": broken.fault.to_string() })
        }),
        "broken_money": broken_money.as_ref().map(ToString::to_string),
        "batches": ledger.batches,
        "groups": ledger.groups,
        "transfers": ledger.transfers,
        "entries": ledger.entries,
        "orders": orders,
        "charges": charges,
        "guarantees": guarantees,
        "withdrawals": withdrawals,
        "head": hexadecimal(&ledger.head),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use tuiliu_app::audit::{Audit, BrokenMoney, BrokenOrder, Escrowed, OrderFault};
    use tuiliu_domain::id::PromotionOrderId;
    use tuiliu_domain::ledger::invariants::Broken;
    use tuiliu_store::AuditReport;

    use super::{as_json, as_text};

    fn clean() -> Audit {
        let ledger = AuditReport { batches: 2, groups: 3, transfers: 5, entries: 8, head: [0xa1; 32], broken: None };
        Audit {
            ledger,
            orders: 13,
            charges: 21,
            broken_order: None,
            guarantees: 34,
            withdrawals: 55,
            broken_money: None,
        }
    }

    #[track_caller]
    fn check(audit: &Audit, text_has: &str, verdict: &str) -> serde_json::Value {
        let (text, json) = (as_text(audit), as_json(audit));
        assert!(text.contains(text_has), "{text}");
        assert_eq!(json["verdict"], verdict);
        assert!(json["head"].as_str().is_some_and(|head| head.len() == 64 && head.starts_with("a1a1")), "{json}");
        json
    }

    #[test]
    fn tells_that_all_is_clean() {
        let json =
            check(&clean(), "8 rows of history; 13 orders, 21 charges, 34 guarantees, 55 withdrawals\n", "clean");
        check(&clean(), "\nverdict: clean\n", "clean");
        assert!(json["broken_invariant"].is_null() && json["broken_order"].is_null(), "{json}");
    }

    #[test]
    fn names_the_first_broken_invariant() {
        let mut audit = clean();
        let name = "a balance is the sum of its transfers";
        audit.ledger.broken = Some(Broken { number: 3, name, detail: "by 7".to_owned() });
        let json = check(&audit, "verdict: invariant 3 (a balance is the sum of its transfers)", "broken");
        assert_eq!(json["broken_invariant"]["number"], 3);
    }

    #[test]
    fn names_money_that_does_not_add_up() {
        let mut audit = clean();
        let (expected, found) = (Escrowed { amount: 5, ..Escrowed::default() }, Escrowed::default());
        audit.broken_money = Some(BrokenMoney::Escrow { thing: "wdr_1".to_owned(), expected, found });
        let told = "keep `wdr_1` true: by its row `0 used and 0 back of 5`, by the ledger `0 used and 0 back of 0`";
        let json = check(&audit, told, "broken");
        assert_eq!(json["broken_money"], told);
    }

    #[test]
    fn names_the_first_broken_order() {
        let mut audit = clean();
        let order = PromotionOrderId::new(7);
        audit.broken_order = Some(BrokenOrder { order, fault: OrderFault::Overspent { spent: 2, budget: 1 } });
        let json = check(&audit, "spent `2` of a budget of `1`", "broken");
        assert_eq!(json["broken_order"]["order"], order.to_string());
    }
}
