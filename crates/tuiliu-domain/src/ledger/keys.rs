//! Keys: which rows a group of commands touches.

use super::account::{AccountId, AccountKind};
use super::command::{LedgerCommand, LedgerGroup};
use super::escrow::LeaseId;
use super::view::View;
use crate::id::{CommandId, HoldId, LotId, PromotionOrderId};
use crate::money::Asset;

/// The rows to load before groups are applied.
///
/// Loading goes in three steps, because rows name rows:
/// 1. `escrows`, `leases`, `holds` by id, all holds of `sources`, `posted_groups`; then [`follow_holds`](Self::follow_holds);
/// 2. `lots`; then [`follow_lots`](Self::follow_lots);
/// 3. `accounts`.
///
/// Every list may name rows that do not exist: those are created, or the command is refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys {
    pub accounts: Vec<AccountId>,
    pub lots: Vec<LotId>,
    /// Holds to be opened: whether their ids are free.
    pub holds: Vec<HoldId>,
    /// Orders whose escrow is needed.
    pub escrows: Vec<PromotionOrderId>,
    /// Orders of which all holds, the lots of these and their accounts are needed.
    pub sources: Vec<PromotionOrderId>,
    pub leases: Vec<LeaseId>,
    /// Groups to be reversed.
    pub posted_groups: Vec<CommandId>,
}

impl LedgerGroup {
    /// The rows that this group touches, each once, in order.
    #[must_use]
    pub fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        keys.add(self);
        keys.sort();
        keys
    }
}

impl Keys {
    /// Adds the rows that this group touches. Call [`sort`](Self::sort) after the last one.
    pub fn add(&mut self, group: &LedgerGroup) {
        for command in &group.commands {
            self.add_command(command);
        }
    }

    /// Puts every list in ascending order (the order in which rows are locked), each key once.
    pub fn sort(&mut self) {
        sort_unique(&mut self.accounts);
        sort_unique(&mut self.lots);
        sort_unique(&mut self.holds);
        sort_unique(&mut self.escrows);
        sort_unique(&mut self.sources);
        sort_unique(&mut self.leases);
        sort_unique(&mut self.posted_groups);
    }

    /// Adds the lots of the loaded holds of `sources`, sorted again.
    pub fn follow_holds(&mut self, view: &View) {
        for order in &self.sources {
            self.lots.extend(view.holds_of(*order).map(|hold| hold.lot));
        }
        sort_unique(&mut self.lots);
    }

    /// Adds the accounts of the loaded lots, of what `sources` capture and of what is reversed, sorted again.
    pub fn follow_lots(&mut self, view: &View) {
        let lots = self.lots.iter().filter_map(|lot| view.lot(*lot));
        self.accounts.extend(lots.map(|lot| lot.account));
        for order in &self.sources {
            let lots = view.holds_of(*order).filter_map(|hold| view.lot(hold.lot));
            self.accounts.extend(lots.map(|lot| consumed(*order, lot.account.asset)));
        }
        for group in self.posted_groups.iter().filter_map(|id| view.posted_group(*id)) {
            self.accounts.extend(group.postings.iter().flat_map(|posting| [posting.debit, posting.credit]));
        }
        sort_unique(&mut self.accounts);
    }

    fn add_command(&mut self, command: &LedgerCommand) {
        match *command {
            LedgerCommand::Post { debit, credit, .. } => self.accounts.extend([debit, credit]),
            LedgerCommand::OpenLot { from, lot } => {
                self.accounts.extend([from, lot.account]);
                self.lots.push(lot.id);
            }
            LedgerCommand::TakeFromLot { lot, to, .. } | LedgerCommand::ExpireLot { lot, to } => {
                self.lots.push(lot);
                self.accounts.push(to);
            }
            LedgerCommand::SplitLot { lot, into, .. } => self.lots.extend([lot, into]),
            LedgerCommand::SetFrozen { account, .. } => self.accounts.push(account),
            LedgerCommand::OpenEscrow { order } => self.escrows.push(order),
            LedgerCommand::Hold { hold, order, lot, .. } => {
                self.holds.push(hold);
                self.escrows.push(order);
                self.lots.push(lot);
            }
            LedgerCommand::Lend { lease, .. }
            | LedgerCommand::ReturnUnspent { lease, .. }
            | LedgerCommand::CloseLease { lease } => {
                self.leases.push(lease);
                self.escrows.push(lease.order);
            }
            LedgerCommand::ReportSpent { lease, .. } => {
                self.leases.push(lease);
                self.escrows.push(lease.order);
                self.sources.push(lease.order);
            }
            LedgerCommand::Settle { order, breakage_owner, .. } => {
                self.escrows.push(order);
                self.sources.push(order);
                let breakage =
                    |asset: &Asset| AccountId { kind: AccountKind::Breakage, asset: *asset, owner: breakage_owner };
                self.accounts.extend(Asset::ALL.iter().map(breakage));
            }
            LedgerCommand::Reverse { command } => self.posted_groups.push(command),
        }
    }
}

/// Where what delivery used up of an order lies.
pub(super) fn consumed(order: PromotionOrderId, asset: Asset) -> AccountId {
    AccountId { kind: AccountKind::Consumed, asset, owner: order.value() }
}

fn sort_unique<K: Ord>(keys: &mut Vec<K>) {
    keys.sort_unstable();
    keys.dedup();
}
