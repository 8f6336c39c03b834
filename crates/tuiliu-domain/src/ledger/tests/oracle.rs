//! The oracle: the same rules told in another way, for comparison.
//!
//! Every unit of value in a lot is a token that lies somewhere; every balance is counted, nothing is kept.
//! Only what has no lots (platform accounts) is a plain sum. It says yes or no, not why.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{CommandId, HoldId, LotId, PromotionOrderId};
use crate::ledger::{
    AccountId, AccountKind, LeaseId, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot, Posting, ReleaseMode,
};
use crate::limits::{LEDGER_GROUP_MAX, ORDER_SOURCES_MAX};
use crate::money::{AMOUNT_MAX, Amount, Asset, Micros};
use crate::time::Timestamp;

/// Where one unit of a lot is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Free,
    Held(HoldId),
    Used(HoldId),
    Returned,
    Lapsed,
    Split,
}

#[derive(Clone, Default)]
struct Order {
    /// In the order of use: hold, its lot, how many units, what one is worth.
    holds: Vec<(HoldId, LotId, i64, i128)>,
    settled: bool,
}

#[derive(Clone, Default)]
struct Loan {
    granted: i128,
    reports: BTreeSet<i128>,
    closed: bool,
}

impl Loan {
    fn spent(&self) -> i128 {
        self.reports.iter().copied().max().unwrap_or(0)
    }
}

/// Yes, or no.
type Verdict = Option<()>;

#[derive(Clone, Default)]
pub(super) struct Oracle {
    now: Timestamp,
    sums: BTreeMap<AccountId, i128>,
    frozen: BTreeSet<AccountId>,
    lots: BTreeMap<LotId, NewLot>,
    tokens: Vec<(LotId, Place)>,
    orders: BTreeMap<PromotionOrderId, Order>,
    loans: BTreeMap<LeaseId, Loan>,
    posted: BTreeMap<CommandId, Vec<Posting>>,
    reversed: BTreeSet<CommandId>,
}

impl Oracle {
    /// Does the group, or says no and does nothing.
    pub(super) fn accepts(&mut self, group: &LedgerGroup, now: Timestamp) -> bool {
        let mut next = self.clone();
        next.now = now;
        let done = next.group(group).is_some();
        if done {
            *self = next;
        }
        done
    }

    /// How many units of a lot are in such a place.
    pub(super) fn count(&self, lot: LotId, place: impl Fn(Place) -> bool) -> i64 {
        let units = self.tokens.iter().filter(|(of, at)| *of == lot && place(*at)).count();
        i64::try_from(units).unwrap()
    }

    /// How many units of whatever lot are in such a place.
    pub(super) fn count_all(&self, place: Place) -> i64 {
        i64::try_from(self.tokens.iter().filter(|(_, at)| *at == place).count()).unwrap()
    }

    /// Posted and held.
    pub(super) fn balance(&self, account: AccountId) -> (i128, i128) {
        let of_account = || self.lots.values().filter(|lot| lot.account == account);
        let free: i64 = of_account().map(|lot| self.count(lot.id, |at| at == Place::Free)).sum();
        let held: i64 = of_account().map(|lot| self.count(lot.id, |at| matches!(at, Place::Held(_)))).sum();
        (i128::from(free + held) + self.sums.get(&account).copied().unwrap_or(0), i128::from(held))
    }

    /// Budget, spent and leased of an order.
    pub(super) fn escrow(&self, order: PromotionOrderId) -> (i128, i128, i128) {
        let budget = self.orders[&order].holds.iter().map(|(_, _, units, worth)| i128::from(*units) * worth).sum();
        let loans = || self.loans.iter().filter(|(id, _)| id.order == order).map(|(_, loan)| loan);
        let spent = loans().map(Loan::spent).sum();
        let leased = loans().filter(|loan| !loan.closed).map(|loan| loan.granted - loan.spent()).sum();
        (budget, spent, leased)
    }

    fn group(&mut self, group: &LedgerGroup) -> Verdict {
        yes((1..=LEDGER_GROUP_MAX).contains(&group.commands.len()))?;
        for command in &group.commands {
            self.one(command)?;
        }
        let postings: Option<Vec<Posting>> = group.commands.iter().map(posting).collect();
        if let Some(postings) = postings {
            self.posted.insert(group.id, postings);
        }
        Some(())
    }

    fn one(&mut self, command: &LedgerCommand) -> Verdict {
        match *command {
            LedgerCommand::Post { debit, credit, amount } => {
                yes(credit.kind != AccountKind::Consumed)?;
                self.pay(debit, credit, amount.units())
            }
            LedgerCommand::Reverse { command } => {
                yes(self.reversed.insert(command))?;
                let postings = self.posted.get(&command)?.clone();
                postings.iter().rev().try_for_each(|post| self.pay(post.credit, post.debit, post.amount.units()))
            }
            LedgerCommand::OpenLot { from, lot } => self.open(from, lot),
            LedgerCommand::TakeFromLot { lot, to, amount } => self.take(lot, to, amount),
            LedgerCommand::SplitLot { lot, into, amount } => self.split(lot, into, amount),
            LedgerCommand::ExpireLot { lot, to } => self.expire(lot, to),
            LedgerCommand::SetFrozen { account, frozen } => {
                if frozen {
                    self.frozen.insert(account)
                } else {
                    self.frozen.remove(&account)
                };
                Some(())
            }
            LedgerCommand::OpenEscrow { order } => yes(self.orders.insert(order, Order::default()).is_none()),
            LedgerCommand::Hold { hold, order, lot, amount, unit_worth } => {
                self.hold(hold, order, lot, (amount.units(), unit_worth))
            }
            LedgerCommand::Lend { lease, amount } => self.lend(lease, i128::from(amount.get())),
            LedgerCommand::ReportSpent { lease, cumulative } => self.report(lease, i128::from(cumulative.get())),
            LedgerCommand::ReturnUnspent { lease, amount } => {
                let loan = self.loans.get_mut(&lease)?;
                let unspent = loan.granted - loan.spent();
                yes(!loan.closed && (1..=unspent).contains(&i128::from(amount.get())))?;
                loan.granted -= i128::from(amount.get());
                Some(())
            }
            LedgerCommand::CloseLease { lease } => {
                let loan = self.loans.get_mut(&lease)?;
                yes(!loan.closed)?;
                loan.closed = true;
                Some(())
            }
            LedgerCommand::Settle { order, mode, grace_ms, breakage_owner } => {
                self.settle(order, mode, grace_ms, breakage_owner)
            }
        }
    }

    /// Adds to the sum of an account without lots, unless that leaves its range.
    fn add(&mut self, account: AccountId, amount: i128) -> Verdict {
        yes(!has_lots(account))?;
        let sum = self.sums.entry(account).or_default();
        *sum += amount;
        yes(sum.abs() <= i128::from(AMOUNT_MAX) && (account.kind != AccountKind::Consumed || *sum >= 0))
    }

    fn pay(&mut self, debit: AccountId, credit: AccountId, amount: i64) -> Verdict {
        yes((1..=AMOUNT_MAX).contains(&amount))?;
        yes(debit != credit && debit.asset == credit.asset && !self.frozen.contains(&debit))?;
        self.add(debit, -i128::from(amount))?;
        self.add(credit, i128::from(amount))
    }

    fn open(&mut self, from: AccountId, lot: NewLot) -> Verdict {
        yes(has_lots(lot.account) && from.asset == lot.account.asset && !self.frozen.contains(&from))?;
        yes(lot.valid_to.is_none_or(|end| end > lot.valid_from && end > self.now))?;
        yes(matches!(lot.origin, LotOrigin::Payment(_) | LotOrigin::Grant))?;
        yes((1..=1_000_000).contains(&lot.amount.units()))?;
        self.add(from, -i128::from(lot.amount.units()))?;
        self.put(lot)
    }

    fn put(&mut self, lot: NewLot) -> Verdict {
        yes(self.lots.insert(lot.id, lot).is_none())?;
        self.tokens.extend((0..lot.amount.units()).map(|_| (lot.id, Place::Free)));
        Some(())
    }

    fn is_over(&self, lot: &NewLot) -> bool {
        lot.valid_to.is_some_and(|end| end <= self.now)
    }

    /// Moves free units of a lot elsewhere, if its owner may do so.
    fn give(&mut self, id: LotId, units: i64, to: Place) -> Verdict {
        let lot = *self.lots.get(&id)?;
        yes(!self.is_over(&lot) && !self.frozen.contains(&lot.account))?;
        let free = self.count(id, |at| at == Place::Free);
        let whole = lot.on_return != LotReturn::Burn || units == free;
        yes(1 <= units && units <= free && whole)?;
        self.shift(id, Place::Free, to, units);
        Some(())
    }

    fn shift(&mut self, lot: LotId, from: Place, to: Place, units: i64) {
        for _ in 0..units {
            let token = self.tokens.iter_mut().find(|token| **token == (lot, from)).expect("a unit to move");
            token.1 = to;
        }
    }

    fn take(&mut self, lot: LotId, to: AccountId, amount: Amount) -> Verdict {
        yes(to.kind != AccountKind::Consumed && to.asset == self.lots.get(&lot)?.account.asset)?;
        self.give(lot, amount.units(), Place::Returned)?;
        self.add(to, i128::from(amount.units()))
    }

    fn split(&mut self, id: LotId, into: LotId, amount: Amount) -> Verdict {
        let lot = *self.lots.get(&id)?;
        yes(lot.account.kind == AccountKind::Coupon && lot.on_return != LotReturn::Burn)?;
        self.give(id, amount.units(), Place::Split)?;
        self.put(NewLot { id: into, amount, ..lot })
    }

    fn expire(&mut self, id: LotId, to: AccountId) -> Verdict {
        let lot = *self.lots.get(&id)?;
        yes(self.is_over(&lot) && to.kind != AccountKind::Consumed && !has_lots(to))?;
        let free = self.count(id, |at| at == Place::Free);
        yes(free == 0 || to.asset == lot.account.asset)?;
        self.shift(id, Place::Free, Place::Lapsed, free);
        self.add(to, i128::from(free))
    }

    fn hold(&mut self, id: HoldId, order: PromotionOrderId, lot: LotId, (units, worth): (i64, Micros)) -> Verdict {
        let (amount_max, worth) = (i128::from(AMOUNT_MAX), i128::from(worth.get()));
        yes(self.orders.values().all(|order| order.holds.iter().all(|hold| hold.0 != id)))?;
        yes(worth > 0 && self.lots.get(&lot)?.valid_from <= self.now)?;
        self.give(lot, units, Place::Held(id))?;
        let live = self.orders.get_mut(&order)?;
        yes(!live.settled && live.holds.len() < ORDER_SOURCES_MAX)?;
        live.holds.push((id, lot, units, worth));
        yes(self.escrow(order).0 <= amount_max)
    }

    fn lend(&mut self, id: LeaseId, amount: i128) -> Verdict {
        yes(amount > 0 && !self.orders.get(&id.order)?.settled)?;
        let loan = self.loans.entry(id).or_default();
        yes(!loan.closed)?;
        loan.granted += amount;
        let (budget, spent, leased) = self.escrow(id.order);
        yes(spent + leased <= budget)
    }

    fn report(&mut self, id: LeaseId, cumulative: i128) -> Verdict {
        let loan = self.loans.get_mut(&id)?;
        yes(0 <= cumulative && cumulative <= loan.granted)?;
        yes(!loan.closed || cumulative <= loan.spent())?;
        loan.reports.insert(cumulative);
        self.burn_down(id.order)
    }

    /// Walks along the sources unit by unit and uses up each unit that the order's spend pays in full.
    fn burn_down(&mut self, order: PromotionOrderId) -> Verdict {
        let mut purse = self.escrow(order).1;
        for (hold, lot, units, worth) in self.orders[&order].holds.clone() {
            let used = self.count(lot, |at| at == Place::Used(hold));
            let mut paid = 0;
            while paid < units && purse >= worth {
                purse -= worth;
                paid += 1;
            }
            let fresh = paid - used;
            self.shift(lot, Place::Held(hold), Place::Used(hold), fresh);
            let (asset, owner) = (self.lots[&lot].account.asset, order.value());
            self.add(AccountId { kind: AccountKind::Consumed, asset, owner }, i128::from(fresh))?;
            if paid < units {
                break;
            }
        }
        Some(())
    }

    fn settle(&mut self, id: PromotionOrderId, mode: ReleaseMode, grace_ms: i64, breakage_owner: u128) -> Verdict {
        let ran = self.escrow_spent(id)? > 0;
        let open = self.loans.iter().any(|(lease, loan)| lease.order == id && !loan.closed);
        let order = self.orders.get_mut(&id)?;
        yes(!(order.settled || open))?;
        yes(grace_ms >= 0 && (mode == ReleaseMode::Remainder || !ran))?;
        order.settled = true;
        for (hold, lot, ..) in order.holds.clone() {
            let rest = self.count(lot, |at| at == Place::Held(hold));
            if rest > 0 {
                self.give_back((hold, lot, rest), mode == ReleaseMode::Remainder, ran, (grace_ms, breakage_owner))?;
            }
        }
        Some(())
    }

    fn escrow_spent(&self, id: PromotionOrderId) -> Option<i128> {
        self.orders.contains_key(&id).then(|| self.escrow(id).1)
    }

    fn give_back(
        &mut self,
        (hold, id, rest): (HoldId, LotId, i64),
        remainder: bool,
        ran: bool,
        (grace_ms, breakage_owner): (i64, u128),
    ) -> Verdict {
        let lot = self.lots[&id];
        let held = Place::Held(hold);
        if remainder && ran && lot.on_return == LotReturn::Burn {
            self.shift(id, held, Place::Lapsed, rest);
            let (asset, owner) = (lot.account.asset, breakage_owner);
            return self.add(AccountId { kind: AccountKind::Breakage, asset, owner }, i128::from(rest));
        }
        let renewed = remainder && lot.on_return == LotReturn::NewLot;
        if !self.is_over(&lot) && !renewed {
            self.shift(id, held, Place::Free, rest);
            return Some(());
        }
        self.shift(id, held, Place::Returned, rest);
        let valid_to = if self.is_over(&lot) { Some(self.now.plus_ms(grace_ms)) } else { lot.valid_to };
        self.put(NewLot { id: hold.child(0), amount: Amount::new(rest), valid_to, ..lot })
    }
}

fn posting(command: &LedgerCommand) -> Option<Posting> {
    match *command {
        LedgerCommand::Post { debit, credit, amount } => Some(Posting { debit, credit, amount }),
        _ => None,
    }
}

fn has_lots(account: AccountId) -> bool {
    matches!(account.kind, AccountKind::WalletPaid | AccountKind::WalletGift | AccountKind::Coupon)
}

fn yes(so: bool) -> Verdict {
    so.then_some(())
}

/// Only assets that tests use: here so that a new asset makes the model's author think.
pub(super) const ASSETS: &[Asset] = &[Asset::Bean, Asset::Point];
