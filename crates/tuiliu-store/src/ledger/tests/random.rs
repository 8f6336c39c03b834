//! Random groups that mostly fit what is there, and the state that they make in memory.

use tuiliu_domain::id::{CommandId, HoldId, LotId, PaymentId, PromotionOrderId};
use tuiliu_domain::ledger::invariants::SortedRows;
use tuiliu_domain::ledger::{
    AccountId, AccountKind, LeaseId, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot, ReleaseMode,
    TransferCause, View, apply,
};
use tuiliu_domain::money::{Amount, Asset, Micros};
use tuiliu_domain::time::{DAY_MS, Timestamp};

use super::TENANT;
use crate::LedgerResult;

/// Numbers from a seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.below(from.len().try_into().unwrap())).unwrap())
    }

    /// A part of a whole; now and then more than the whole.
    fn part(&mut self, whole: i64) -> i64 {
        let share = i128::from(self.below(1_050));
        i64::try_from(i128::from(whole) * share / 1_000).unwrap() + i64::from(self.below(9) == 0)
    }
}

/// The reference: the rules on one view that has every row, in memory.
pub(super) struct Model {
    pub(super) view: View,
    dice: Dice,
    now: Timestamp,
    applied_at: Timestamp,
    born: u128,
}

/// A group, when it was given, and what it must answer.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) group: LedgerGroup,
    pub(super) now: Timestamp,
    pub(super) result: LedgerResult,
}

impl Model {
    pub(super) fn new(seed: u64) -> Self {
        Self { view: View::new(), dice: Dice::new(seed), now: super::at(0), applied_at: super::at(-1), born: 1_000 }
    }

    /// The next groups and their answers; some come again, some with other content.
    pub(super) fn give(&mut self, count: usize) -> Vec<Given> {
        let mut given: Vec<Given> = Vec::new();
        while given.len() < count {
            if self.dice.below(20) == 0
                && let Some(mut again) = self.dice.pick(&given).cloned()
            {
                if self.dice.below(3) == 0 {
                    again.group.commands.push(LedgerCommand::OpenEscrow { order: PromotionOrderId::new(1) });
                    again.result = Err(tuiliu_domain::ledger::LedgerRefusal::OtherContent { id: again.group.id });
                }
                let known = given.iter().any(|one| one.group.id == again.group.id && one.group == again.group);
                if known || again.result.is_err() {
                    again.now = self.now;
                    given.push(again);
                }
                continue;
            }
            if self.dice.below(8) == 0 {
                self.now = self.now.plus_ms(i64::try_from(self.dice.below(9 * 86_400_000)).unwrap());
            }
            let Some(commands) = self.commands() else { continue };
            let group = LedgerGroup { id: CommandId::new(self.fresh()), commands };
            let result = apply(&mut self.view, &group, self.now);
            // Clocks of callers may be behind; the ledger's time is not.
            let behind = if self.applied_at == self.now && self.dice.below(5) == 0 { 3 } else { 0 };
            self.applied_at = self.now;
            given.push(Given { group, now: self.now.plus_ms(-behind), result });
        }
        given
    }

    fn fresh(&mut self) -> u128 {
        self.born += 1;
        // Half of the ids in no order, as from callers of all kinds.
        if self.born.is_multiple_of(2) { self.born } else { self.born << 90 | u128::from(self.dice.below(1 << 40)) }
    }

    fn platform(&mut self, asset: Asset) -> AccountId {
        let kinds = [AccountKind::PaymentClearing, AccountKind::Liquidity, AccountKind::CouponExpense];
        AccountId { kind: *self.dice.pick(&kinds).unwrap(), asset, owner: TENANT }
    }

    fn commands(&mut self) -> Option<Vec<LedgerCommand>> {
        let rows = SortedRows::of(&self.view);
        let lot = self.dice.pick(&rows.lots).copied();
        let escrow = self.dice.pick(&rows.escrows).copied();
        let lease = self.dice.pick(&rows.leases).copied();
        Some(match self.dice.below(22) {
            0..=1 => self.posts(),
            2..=4 => vec![self.open_lot()],
            5..=6 => self.order(&rows)?,
            7..=10 => {
                let (escrow, node) = (escrow?, u32::try_from(self.dice.below(2)).unwrap());
                let lease = LeaseId { order: escrow.order, node, epoch: u64::MAX - self.dice.below(3) };
                let amount = Micros::new(self.dice.part(escrow.free().unwrap().get()));
                vec![LedgerCommand::Lend { lease, amount }]
            }
            11..=13 => {
                let lease = lease?;
                let cumulative = Micros::new(self.dice.part(lease.granted.get()));
                vec![LedgerCommand::ReportSpent { lease: lease.id, cumulative }]
            }
            14 => {
                let lease = lease?;
                let amount = Micros::new(self.dice.part(lease.granted.get()));
                vec![LedgerCommand::ReturnUnspent { lease: lease.id, amount }]
            }
            15 => vec![LedgerCommand::CloseLease { lease: lease?.id }],
            16 => {
                let order = escrow?.order;
                let open = rows.leases.iter().filter(|lease| lease.id.order == order && !lease.closed);
                let close = open.map(|lease| LedgerCommand::CloseLease { lease: lease.id });
                let mode = if self.dice.below(4) == 0 { ReleaseMode::Undo } else { ReleaseMode::Remainder };
                let settle = LedgerCommand::Settle { order, mode, grace_ms: 7 * DAY_MS, breakage_owner: TENANT };
                close.chain([settle]).collect()
            }
            17 => {
                let (lot, into) = (lot?, LotId::new(self.fresh()));
                vec![LedgerCommand::SplitLot {
                    lot: lot.id,
                    into,
                    amount: Amount::new(self.dice.part(lot.remaining.units())),
                }]
            }
            18 => {
                let lot = lot?;
                let (to, amount) =
                    (self.platform(lot.account.asset), Amount::new(self.dice.part(lot.remaining.units())));
                vec![LedgerCommand::TakeFromLot { lot: lot.id, to, amount }]
            }
            19 => {
                let over = rows.lots.iter().filter(|lot| lot.is_over(self.now) && lot.remaining > Amount::ZERO);
                let to = |lot: &tuiliu_domain::ledger::Lot| AccountId {
                    kind: AccountKind::Breakage,
                    asset: lot.account.asset,
                    owner: TENANT,
                };
                let expire: Vec<_> =
                    over.map(|lot| LedgerCommand::ExpireLot { lot: lot.id, to: to(lot) }).take(5).collect();
                if expire.is_empty() { vec![LedgerCommand::ExpireLot { lot: lot?.id, to: to(&lot?) }] } else { expire }
            }
            20 => {
                let command = self.dice.pick(&rows.posted_groups)?.id;
                vec![LedgerCommand::Reverse { command }]
            }
            _ => {
                let account = self.dice.pick(&rows.accounts)?.id;
                vec![LedgerCommand::SetFrozen { account, frozen: self.dice.below(4) == 0 }]
            }
        })
    }

    fn posts(&mut self) -> Vec<LedgerCommand> {
        let count = 1 + self.dice.below(3);
        let post = |_| LedgerCommand::Post {
            debit: self.platform(Asset::Bean),
            credit: self.platform(Asset::Bean),
            amount: Amount::new(i64::try_from(self.dice.below(500)).unwrap()),
        };
        (0..count).map(post).collect()
    }

    fn open_lot(&mut self) -> LedgerCommand {
        let kinds = [
            (AccountKind::WalletPaid, Asset::Bean, LotReturn::SameLot),
            (AccountKind::WalletGift, Asset::Bean, LotReturn::SameLot),
            (AccountKind::Coupon, Asset::Point, LotReturn::NewLot),
            (AccountKind::Coupon, Asset::Point, LotReturn::Burn),
            (AccountKind::Coupon, Asset::Point, LotReturn::Burn),
        ];
        let (kind, asset, on_return) = *self.dice.pick(&kinds).unwrap();
        let owner = 50 + u128::from(self.dice.below(4));
        let origin = if kind == AccountKind::WalletPaid {
            LotOrigin::Payment(PaymentId::new(self.fresh()))
        } else {
            LotOrigin::Grant
        };
        let lot = NewLot {
            id: LotId::new(self.fresh()),
            account: AccountId { kind, asset, owner },
            origin,
            amount: Amount::new(1 + i64::try_from(self.dice.below(900)).unwrap()),
            valid_from: self.now,
            valid_to: (asset == Asset::Point).then(|| self.now.plus_ms(20 * DAY_MS)),
            on_return,
        };
        LedgerCommand::OpenLot { from: self.platform(asset), lot }
    }

    /// Opens an order and pays it from up to three lots.
    fn order(&mut self, rows: &SortedRows) -> Option<Vec<LedgerCommand>> {
        let order = PromotionOrderId::new(self.fresh());
        let mut commands = vec![LedgerCommand::OpenEscrow { order }];
        // Mostly lots that can be paid from.
        let all = self.dice.below(8) == 0;
        let payable = rows.lots.iter().filter(|lot| all || lot.remaining > Amount::new(2) && lot.is_valid(self.now));
        let mut payable: Vec<_> = payable.collect();
        for _ in 0..=self.dice.below(3) {
            let lot = *self.dice.pick(&payable)?;
            payable.retain(|one| one.id != lot.id);
            let whole = lot.on_return == LotReturn::Burn;
            let part = if whole { lot.remaining.units() } else { self.dice.part(lot.remaining.units() / 3) };
            let (hold, amount) = (HoldId::new(self.fresh()), Amount::new(part));
            let unit_worth = Micros::new(*self.dice.pick(&[1_000_000, 10_000, 333_333]).unwrap());
            commands.push(LedgerCommand::Hold { hold, order, lot: lot.id, amount, unit_worth });
        }
        Some(commands)
    }
}

/// What tells apart whether a test met what it is about.
pub(super) fn causes(transfers: &[tuiliu_domain::ledger::Transfer]) -> Vec<TransferCause> {
    TransferCause::ALL.iter().copied().filter(|cause| transfers.iter().any(|one| one.cause == *cause)).collect()
}
