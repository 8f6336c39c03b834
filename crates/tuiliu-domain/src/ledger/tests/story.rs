//! Stories: tables of commands and what the ledger answers, as a merchant could read them.
//!
//! A line is `commands | answer`; commands of one group are separated by `;`. After each line every invariant
//! is checked, and a refused line must leave all rows as they were. At the end the transfers must add up.

use std::collections::BTreeMap;

use crate::id::{CommandId, HoldId, Id, LotId, PartyId, PaymentId, PromotionOrderId, PromotionOrderKind};
use crate::ledger::invariants::{SortedRows, TransferTrail, check};
use crate::ledger::{
    AccountId, AccountKind, LeaseId, LedgerAnswer, LedgerCommand, LedgerGroup, LedgerRefusal, Lot, LotOrigin,
    LotReturn, NewLot, ReleaseMode, Remembered, View, apply,
};
use crate::money::{Amount, Asset, Micros};
use crate::time::{DAY_MS, Timestamp};

/// The platform's tenant in all tests.
pub(super) const TENANT: u128 = 900;
/// How long what comes back from a lapsed lot lives.
pub(super) const GRACE_MS: i64 = 7 * DAY_MS;

/// Runs the story and compares every answer.
pub(super) fn story(text: &str) {
    let mut teller = Teller::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (words, expected) = line.split_once('|').unwrap_or((line, "done"));
        let told = teller.tell(words.trim());
        assert_eq!(told, expected.trim(), "in line `{line}`");
    }
    teller.prove();
}

#[derive(Default)]
struct Teller {
    view: View,
    now: Timestamp,
    commands: u128,
    names: BTreeMap<LotId, String>,
    remembered: BTreeMap<CommandId, Remembered>,
}

impl Teller {
    fn tell(&mut self, words: &str) -> String {
        let parts: Vec<&str> = words.split_whitespace().collect();
        match parts[..] {
            ["day", day] => {
                self.now = on_day(day);
                "done".to_owned()
            }
            ["show", lot] => self.show_lot(self.lot(lot)),
            ["show", party, kind] => self.show_account(account(kind, party)),
            _ => self.command(words),
        }
    }

    /// Applies the group as a store would: an id seen before answers what it answered first.
    fn command(&mut self, words: &str) -> String {
        let (key, words) = match words.split_once(": ") {
            Some((key, rest)) => (named(key), rest),
            None => {
                self.commands += 1;
                (CommandId::new(self.commands), words)
            }
        };
        let group = LedgerGroup { id: key, commands: words.split(';').map(|text| self.parse(text)).collect() };
        let before = SortedRows::of(&self.view);
        let result = match self.remembered.get(&key) {
            Some(remembered) => remembered.answer(&group),
            None => {
                let result = apply(&mut self.view, &group, self.now);
                let remembered = Remembered { group, applied_at: self.now, result: result.clone() };
                self.remembered.insert(key, remembered);
                result
            }
        };
        let after = SortedRows::of(&self.view);
        check(&after.books()).expect("every invariant holds");
        match result {
            Ok(answers) => answers.iter().map(|answer| self.answer(answer)).collect::<Vec<_>>().join("; "),
            Err(refusal) => {
                assert_eq!(before, after, "a refused group leaves no trace");
                self.refusal(&refusal)
            }
        }
    }

    fn parse(&mut self, text: &str) -> LedgerCommand {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            ["top-up", party, lot, amount] => self.open(account("paid", party), lot, amount, None),
            ["gift", party, lot, amount] => self.open(account("gift", party), lot, amount, None),
            ["coupon", party, lot, amount, "until", day] => {
                self.open(account("coupon", party), lot, amount, Some((day, LotReturn::NewLot)))
            }
            ["card", party, lot, amount, "until", day] => {
                self.open(account("coupon", party), lot, amount, Some((day, LotReturn::Burn)))
            }
            ["take", lot, amount, "to", kind] => {
                LedgerCommand::TakeFromLot { lot: self.lot(lot), to: self.platform(kind, lot), amount: units(amount) }
            }
            ["split", lot, amount, "into", into] => {
                self.names.insert(named(into), into.to_owned());
                LedgerCommand::SplitLot { lot: self.lot(lot), into: named(into), amount: units(amount) }
            }
            ["expire", lot] => LedgerCommand::ExpireLot { lot: self.lot(lot), to: self.platform("breakage", lot) },
            ["freeze", party, kind] => LedgerCommand::SetFrozen { account: account(kind, party), frozen: true },
            ["thaw", party, kind] => LedgerCommand::SetFrozen { account: account(kind, party), frozen: false },
            ["order", order] => LedgerCommand::OpenEscrow { order: named(order) },
            ["hold", order, lot, amount, "worth", worth] => self.hold(order, lot, amount, worth),
            ["lend", lease, amount] => LedgerCommand::Lend { lease: leased(lease), amount: micros(amount) },
            ["spent", lease, amount] => LedgerCommand::ReportSpent { lease: leased(lease), cumulative: micros(amount) },
            ["return", lease, amount] => LedgerCommand::ReturnUnspent { lease: leased(lease), amount: micros(amount) },
            ["close", lease] => LedgerCommand::CloseLease { lease: leased(lease) },
            ["undo", order] => settle(order, ReleaseMode::Undo),
            ["settle", order] => settle(order, ReleaseMode::Remainder),
            ["post", debit, credit, amount] => LedgerCommand::Post {
                debit: AccountId { owner: TENANT, ..account(debit, "") },
                credit: AccountId { owner: TENANT, ..account(credit, "") },
                amount: units(amount),
            },
            ["credit-back", order, party, lot, amount] => {
                let consumed = AccountId {
                    kind: AccountKind::Consumed,
                    asset: Asset::Bean,
                    owner: named::<PromotionOrderKind>(order).value(),
                };
                self.open_from(consumed, account("paid", party), lot, units(amount))
            }
            ["reverse", command] => LedgerCommand::Reverse { command: named(command) },
            _ => panic!("no such command: `{text}`"),
        }
    }

    /// Opens a lot the way this kind of account is filled; coupons have an end and a way back.
    fn open(&mut self, account: AccountId, lot: &str, amount: &str, terms: Option<(&str, LotReturn)>) -> LedgerCommand {
        let source = match account.kind {
            AccountKind::WalletPaid => AccountKind::PaymentClearing,
            AccountKind::WalletGift => AccountKind::GiftExpense,
            _ => AccountKind::CouponExpense,
        };
        let from = AccountId { kind: source, asset: account.asset, owner: TENANT };
        let mut command = self.open_from(from, account, lot, units(amount));
        if let LedgerCommand::OpenLot { lot: new, .. } = &mut command {
            if account.kind == AccountKind::WalletPaid {
                new.origin = LotOrigin::Payment(PaymentId::new(new.id.value()));
            }
            new.valid_to = terms.map(|(day, _)| on_day(day));
            new.on_return = terms.map_or(LotReturn::SameLot, |(_, on_return)| on_return);
        }
        command
    }

    fn open_from(&mut self, from: AccountId, account: AccountId, lot: &str, amount: Amount) -> LedgerCommand {
        self.names.insert(named(lot), lot.to_owned());
        let (origin, on_return) = (LotOrigin::Grant, LotReturn::SameLot);
        let (valid_from, valid_to) = (Timestamp::default(), None);
        LedgerCommand::OpenLot {
            from,
            lot: NewLot { id: named(lot), account, origin, amount, valid_from, valid_to, on_return },
        }
    }

    fn hold(&mut self, order: &str, lot: &str, amount: &str, worth: &str) -> LedgerCommand {
        let hold: HoldId = named(&format!("{order}-{lot}"));
        self.names.insert(hold.child(0), format!("{order}-{lot}-rest"));
        LedgerCommand::Hold {
            hold,
            order: named(order),
            lot: self.lot(lot),
            amount: units(amount),
            unit_worth: micros(worth),
        }
    }

    /// The lot of this name; the ledger made the ids of what came back.
    fn lot(&self, name: &str) -> LotId {
        self.names.iter().find(|(_, known)| *known == name).map_or_else(|| named(name), |(id, _)| *id)
    }

    fn platform(&self, kind: &str, lot: &str) -> AccountId {
        let asset = self.view.lot(self.lot(lot)).map_or(Asset::Bean, |lot| lot.account.asset);
        AccountId { asset, owner: TENANT, ..account(kind, "") }
    }

    fn answer(&self, answer: &LedgerAnswer) -> String {
        match answer {
            LedgerAnswer::Done => "done".to_owned(),
            LedgerAnswer::Lent { available } => format!("{} to spend", available.get()),
            LedgerAnswer::Captured { parts } if parts.is_empty() => "nothing used".to_owned(),
            LedgerAnswer::Captured { parts } => {
                let part = |(hold, amount): &(HoldId, Amount)| {
                    let lot = self.view.hold(*hold).unwrap().lot;
                    format!("{} of {}", amount.units(), self.names[&lot])
                };
                format!("used {}", parts.iter().map(part).collect::<Vec<_>>().join(", "))
            }
            LedgerAnswer::Settled { parts } if parts.is_empty() => "nothing back".to_owned(),
            LedgerAnswer::Settled { parts } => {
                let part =
                    |(_, lot, amount): &(HoldId, LotId, Amount)| format!("{} to {}", amount.units(), self.names[lot]);
                format!("back {}", parts.iter().map(part).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn refusal(&self, refusal: &LedgerRefusal) -> String {
        match refusal {
            LedgerRefusal::InsufficientFunds { available, needed } => format!("refused: {needed} of {available}"),
            LedgerRefusal::EscrowExhausted { free, needed } => format!("refused: lend {needed} of {free}"),
            LedgerRefusal::BeyondLease { granted, cumulative } => format!("refused: {cumulative} spent of {granted}"),
            LedgerRefusal::NotFound { what } => format!("refused: no {what}"),
            LedgerRefusal::AlreadyExists { what } => format!("refused: another {what}"),
            other => {
                let text = format!("{other:?}");
                format!("refused: {}", text.split([' ', '(', '{']).next().unwrap())
            }
        }
    }

    fn show_lot(&self, id: LotId) -> String {
        let Some(lot) = self.view.lot(id) else { return "no such lot".to_owned() };
        let Lot { remaining, held, spent, returned, expired, split_out, .. } = *lot;
        let parts = [
            ("left", remaining),
            ("held", held),
            ("spent", spent),
            ("returned", returned),
            ("lapsed", expired),
            ("split", split_out),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(_, part)| *part != Amount::ZERO)
            .map(|(name, part)| format!("{name} {}", part.units()))
            .collect();
        let until = lot.valid_to.map_or(String::new(), |at| format!(", until day {}", at.ms() / DAY_MS));
        format!("{}{until}", parts.join(", "))
    }

    fn show_account(&self, id: AccountId) -> String {
        self.view.account(id).map_or("no such account".to_owned(), |account| {
            format!("{}, {} held", account.posted.units(), account.held.units())
        })
    }

    fn prove(mut self) {
        let mut trail = TransferTrail::default();
        for transfer in self.view.take_diff().transfers {
            trail.follow(&transfer).expect("every transfer leaves what it says");
        }
        let rows = SortedRows::of(&self.view);
        trail.arrive(&rows.accounts, &rows.lots).expect("balances are the sums of transfers");
    }
}

fn settle(order: &str, mode: ReleaseMode) -> LedgerCommand {
    LedgerCommand::Settle { order: named(order), mode, grace_ms: GRACE_MS, breakage_owner: TENANT }
}

/// The id that this name always has.
pub(super) fn named<K>(name: &str) -> Id<K> {
    Id::new(name.bytes().fold(0, |value, byte| (value << 8) | u128::from(byte)))
}

/// Accounts by what a merchant calls them; `order`s are owners of consumed value.
fn account(kind: &str, party: &str) -> AccountId {
    let (kind, asset) = match kind {
        "paid" => (AccountKind::WalletPaid, Asset::Bean),
        "gift" => (AccountKind::WalletGift, Asset::Bean),
        "coupon" => (AccountKind::Coupon, Asset::Point),
        "used-beans" => (AccountKind::Consumed, Asset::Bean),
        "used-points" => (AccountKind::Consumed, Asset::Point),
        "clearing" => (AccountKind::PaymentClearing, Asset::Bean),
        "clearing-yuan" => (AccountKind::PaymentClearing, Asset::Cny),
        "liquidity" => (AccountKind::Liquidity, Asset::Bean),
        "breakage" => (AccountKind::Breakage, Asset::Point),
        "recalled" => (AccountKind::Recalled, Asset::Point),
        "suspense" => (AccountKind::Suspense, Asset::Bean),
        _ => panic!("no such kind: `{kind}`"),
    };
    let owner: PartyId = if party == "platform" { Id::new(TENANT) } else { named(party) };
    AccountId { kind, asset, owner: owner.value() }
}

fn leased(text: &str) -> LeaseId {
    let (order, node) = text.split_once('@').expect("order@node");
    let order: PromotionOrderId = named(order);
    LeaseId { order, node: node.parse().unwrap(), epoch: 1 }
}

fn on_day(day: &str) -> Timestamp {
    Timestamp::default().plus_ms(day.parse::<i64>().unwrap() * DAY_MS)
}

fn units(text: &str) -> Amount {
    Amount::new(text.parse().unwrap())
}

fn micros(text: &str) -> Micros {
    Micros::new(text.parse().unwrap())
}
