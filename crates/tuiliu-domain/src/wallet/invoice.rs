//! What of a party's spending an invoice may be about (QB-17).

use crate::id::PaymentId;
use crate::money::Amount;

/// What orders used up of one payment, less what was credited back to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PaidUse {
    pub payment: PaymentId,
    /// What the payment cost, in fen.
    pub price: Amount,
    /// What it bought, in the unit of its asset.
    pub bought: Amount,
    /// What of that was used up, in the same unit.
    pub used: Amount,
}

/// What was spent, invoiced, and can still be invoiced, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InvoiceFigures {
    pub spent: Amount,
    pub invoiced: Amount,
    pub eligible: Amount,
}

/// Adds up what paid money was really spent; nothing where a sum is beyond the range of amounts.
///
/// Value counts at the price of its own payment, rounded down per payment, so that all periods together never come to
/// more than was paid. Each amount is invoiced once.
#[must_use]
pub fn invoice_figures(uses: &[PaidUse], invoiced: Amount) -> Option<InvoiceFigures> {
    let spent = uses.iter().map(spent_fen).try_fold(0_i64, |sum, fen| sum.checked_add(fen?))?;
    let eligible = spent.checked_sub(invoiced.units())?.max(0);
    Some(InvoiceFigures { spent: Amount::new(spent), invoiced, eligible: Amount::new(eligible) })
}

fn spent_fen(paid: &PaidUse) -> Option<i64> {
    let bought = i128::from(paid.bought.units());
    if bought < 1 {
        return Some(0);
    }
    let used = i128::from(paid.used.units()).clamp(0, bought);
    i64::try_from(i128::from(paid.price.units()) * used / bought).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(price: i64, bought: i64, used: i64) -> PaidUse {
        let amount = Amount::new;
        PaidUse { payment: PaymentId::new(1), price: amount(price), bought: amount(bought), used: amount(used) }
    }

    #[test]
    fn qb_17_spent_money_is_counted_at_what_it_cost() {
        // What payments cost, bought and gave; what was invoiced; spent and eligible, in fen.
        let cases: [(&[PaidUse], i64, (i64, i64)); 9] = [
            (&[], 0, (0, 0)),
            (&[paid(10_000, 10_000, 0)], 0, (0, 0)),
            (&[paid(10_000, 10_000, 2_345)], 0, (2_345, 2_345)),
            (&[paid(10_000, 10_000, 10_000)], 4_000, (10_000, 6_000)),
            // 10 yuan bought 70 beans: ⌊1000 · 5000 ÷ 7000⌋, and all of them are the whole price.
            (&[paid(1_000, 7_000, 5_000)], 0, (714, 714)),
            (&[paid(1_000, 7_000, 7_000), paid(100, 100, 50)], 0, (1_050, 1_050)),
            // More cannot be spent than was bought, less than nothing neither, and nothing bought is nothing spent.
            (&[paid(1_000, 7_000, 8_000), paid(1_000, 7_000, -1), paid(1_000, 0, 1)], 0, (1_000, 1_000)),
            // Credits that came after the invoice leave nothing to be invoiced.
            (&[paid(10_000, 10_000, 3_000)], 4_000, (3_000, 0)),
            (&[paid(i64::MAX, i64::MAX, i64::MAX)], 0, (i64::MAX, i64::MAX)),
        ];
        for (uses, invoiced, (spent, eligible)) in cases {
            let figures = invoice_figures(uses, Amount::new(invoiced)).unwrap();
            assert_eq!((figures.spent.units(), figures.eligible.units()), (spent, eligible), "{uses:?}");
        }
        let beyond = [paid(i64::MAX, 1, 1), paid(1, 1, 1)];
        assert_eq!(invoice_figures(&beyond, Amount::ZERO), None);
    }
}
