//! The result of a replay as people and machines read it.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tuiliu_domain::coupon::SourceKind;
use tuiliu_domain::money::{MICROS_PER_UNIT, Micros};
use tuiliu_sim::replay::{OrderResult, ReplayResult, SourceResult};

/// A result and how long it took.
pub(super) struct Told<'a> {
    pub(super) result: &'a ReplayResult,
    pub(super) elapsed: Duration,
}

const HEAD: &str = "goal            bid     budget      spent   impressions  results  cost/result   \
    back: coupon       gift       paid  state";

impl Told<'_> {
    fn rows_per_second(&self) -> u64 {
        let rows = u128::from(self.result.rows - self.result.resumed_at);
        u64::try_from(rows * 1_000_000 / self.elapsed.as_micros().max(1)).unwrap_or(u64::MAX)
    }

    /// A table of the orders in beans, the sums, and the verdict.
    pub(super) fn text(&self) -> String {
        let ReplayResult { rows, resumed_at, events, orders, audit } = self.result;
        let mut text = String::new();
        line(&mut text, HEAD);
        for order in orders {
            line(&mut text, &order_line(order));
        }
        let impressions: i64 = orders.iter().map(|order| order.impressions).sum();
        let results: i64 = orders.iter().map(|order| order.results).sum();
        let (spent, overspent) = (beans(self.result.spent(), 2), beans(self.result.overspent(), 6));
        line(&mut text, "");
        line(&mut text, &format!("spent      {spent} beans on {impressions} impressions and {results} results"));
        line(&mut text, &format!("overspend  {overspent} beans"));
        let resumed = if *resumed_at > 0 { format!(", went on from row {resumed_at}") } else { String::new() };
        let seconds = self.elapsed.as_secs_f64();
        let rate = self.rows_per_second();
        line(&mut text, &format!("rows       {rows} in {seconds:.1} s, {rate} rows/s, {events} events{resumed}"));
        let (transfers, charges) = (audit.transfers, audit.charges);
        line(&mut text, &format!("audit      {}: {transfers} transfers, {charges} charges", audit.text));
        text
    }

    /// The same for machines; amounts in millionths of a bean.
    pub(super) fn json(&self) -> Value {
        let ReplayResult { rows, resumed_at, events, orders, audit } = self.result;
        json!({
            "rows": rows,
            "resumed_at_row": resumed_at,
            "events": events,
            "elapsed_ms": u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
            "rows_per_second": self.rows_per_second(),
            "spent_micros": self.result.spent().get(),
            "overspent_micros": self.result.overspent().get(),
            "orders": orders.iter().map(order_json).collect::<Vec<_>>(),
            "audit": {
                "clean": audit.is_clean, "verdict": audit.text, "transfers": audit.transfers,
                "orders": audit.orders, "charges": audit.charges,
            },
        })
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes every text");
}

fn order_line(order: &OrderResult) -> String {
    let goal = order.goal.code();
    let bid = order.bid.map_or_else(|| "auto".to_owned(), |bid| beans(bid, 3));
    let cost = order.cost_per_result().map_or_else(|| "-".to_owned(), |cost| beans(cost, 4));
    let (budget, spent) = (beans(order.budget, 0), beans(order.spent, 2));
    let back = |kind| beans(order.returned_to(kind), 2);
    let [coupon, gift, paid] = [SourceKind::TrafficCoupon, SourceKind::GiftBeans, SourceKind::PaidBeans].map(back);
    let OrderResult { impressions, results, .. } = order;
    let state = order.ended_by.map_or_else(|| order.state.to_owned(), |by| format!("{} by {by}", order.state));
    format!(
        "{goal:<14}{bid:>9}{budget:>9}{spent:>11}{impressions:>14}{results:>9}{cost:>13}\
        {coupon:>16}{gift:>11}{paid:>11}  {state}"
    )
}

fn order_json(order: &OrderResult) -> Value {
    json!({
        "id": order.id.to_string(),
        "goal": order.goal.code(),
        "form": order.form.code(),
        "bid_micros": order.bid.map(Micros::get),
        "budget_micros": order.budget.get(),
        "spent_micros": order.spent.get(),
        "overspent_micros": order.overspent.get(),
        "absorbed_micros": order.absorbed.get(),
        "impressions": order.impressions,
        "results": order.results,
        "cost_per_result_micros": order.cost_per_result().map(Micros::get),
        "sources": order.sources.iter().map(source_json).collect::<Vec<_>>(),
        "state": order.state,
        "ended_by": order.ended_by,
    })
}

fn source_json(source: &SourceResult) -> Value {
    json!({
        "kind": source_code(source.kind),
        "paid_micros": source.paid.get(),
        "used_micros": source.used.get(),
        "returned_micros": source.returned.get(),
        "held_micros": source.held.get(),
    })
}

const fn source_code(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::TrafficCoupon => "traffic_coupon",
        SourceKind::GrowthCard => "growth_card",
        SourceKind::GiftBeans => "gift_beans",
        SourceKind::PaidBeans => "paid_beans",
        SourceKind::GrantedMoney => "granted_money",
        SourceKind::PaidMoney => "paid_money",
    }
}

/// Millionths of a bean as beans with so many digits after the point, the rest dropped.
fn beans(amount: Micros, digits: u32) -> String {
    let (whole, rest) = (amount.get() / MICROS_PER_UNIT, (amount.get() % MICROS_PER_UNIT).abs());
    if digits == 0 {
        return whole.to_string();
    }
    let rest = rest / 10_i64.pow(6 - digits.min(6));
    let width = usize::try_from(digits).unwrap_or(6);
    format!("{whole}.{rest:0width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_beans_with_as_many_digits_as_asked_for() {
        let amount = Micros::new(12_034_567);
        assert_eq!([0, 2, 6].map(|digits| beans(amount, digits)), ["12", "12.03", "12.034567"]);
        assert_eq!(beans(Micros::ZERO, 2), "0.00");
    }
}
