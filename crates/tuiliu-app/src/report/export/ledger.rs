//! The itemised delivery ledger as a workbook; long ones are read page by page (TP-31).

use thiserror::Error;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::limits::EXPORT_ROWS_MAX;
use tuiliu_domain::party::Actor;

use super::{Cell, ReportFile, ReportFormat, Table, Wanted, text};
use crate::app::App;
use crate::error::CommandError;
use crate::notice::time_text;
use crate::promotion::DeliveryLedger;

/// Rows read at a time.
const PAGE: u32 = 1_000;
const HEADINGS: [&str; 9] = [
    "number",
    "time",
    "kind",
    "currency",
    "price_micros",
    "absorbed_micros",
    "spent_after_micros",
    "balance_after_micros",
    "decision_id",
];

/// A workbook has no room for all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("write `{rows}` rows into a file of at most `{EXPORT_ROWS_MAX}`")]
pub struct LedgerTooLong {
    pub rows: i64,
}

impl App {
    /// The charged events of an order as a workbook, as many as there are when it begins.
    pub async fn delivery_ledger_workbook(
        &self,
        actor: Actor,
        order: PromotionOrderId,
    ) -> Result<ReportFile, CommandError<LedgerTooLong>> {
        let (mut rows, mut after) = (Vec::new(), 0);
        loop {
            let page = self.delivery_ledger_of(actor.clone(), order, after, PAGE).await;
            let ledger = page.map_err(|error| error.map_refusal(|never| match never {}))?;
            if usize::try_from(ledger.rows).map_or(true, |rows| rows > EXPORT_ROWS_MAX) {
                return Err(CommandError::Refused(LedgerTooLong { rows: ledger.rows }));
            }
            let Some(last) = ledger.charges.last() else { break };
            after = last.number;
            rows.extend(rows_of(&ledger));
        }
        let table = Table { name: "delivery_ledger", headings: HEADINGS.to_vec(), rows };
        let subject = format!("delivery-ledger-{order}");
        let file = Wanted { subject, part: "delivery_ledger", format: ReportFormat::Xlsx };
        file.write(vec![table], self.shell.now()).await
    }
}

fn rows_of(ledger: &DeliveryLedger) -> impl Iterator<Item = Vec<Cell>> + '_ {
    ledger.charges.iter().map(|charge| {
        vec![
            Cell::Whole(charge.number),
            text(time_text(charge.at)),
            text(charge.kind),
            text(ledger.order.currency().code()),
            Cell::Whole(charge.price.get()),
            Cell::Whole(charge.absorbed.get()),
            Cell::Whole(charge.spent_after.get()),
            Cell::Whole(ledger.balance_after(charge).get()),
            text(charge.decision.to_string()),
        ]
    })
}
