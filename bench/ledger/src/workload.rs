//! What the ledger is asked to do: plain transfers, and whole lives of orders.

use std::time::{SystemTime, UNIX_EPOCH};

use tuiliu_domain::id::{CommandId, HoldId, Id, LotId, PaymentId, PromotionOrderId};
use tuiliu_domain::ledger::{
    AccountId, AccountKind, LeaseId, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot, ReleaseMode,
};
use tuiliu_domain::money::{Amount, Asset, CENTIBEAN_WORTH, Micros};
use tuiliu_domain::time::Timestamp;

/// Accounts that random transfers go between.
pub const ACCOUNTS: u64 = 10_000;
/// The tenant behind the platform's accounts.
const TENANT: u128 = 1;
/// Units of 1/100 bean that each order may spend of its creator's beans.
const ORDER_BEANS: i64 = 10_000;
/// Points of the coupon that each order uses first.
const ORDER_POINTS: i64 = 50;
/// Reports of spending in one life of an order.
pub const REPORTS: usize = 4;
/// Groups in one life of an order.
pub const LIFE_GROUPS: usize = 5 + REPORTS;
/// Ledger commands in one life of an order.
pub const LIFE_COMMANDS: usize = 8 + REPORTS;

/// Splitmix64: the same figures each time.
pub struct Random(u64);

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Ids as the platform makes them: the time of birth, then a count.
pub struct Ids {
    count: u128,
}

impl Ids {
    pub fn new() -> Self {
        Self { count: 0 }
    }

    pub fn id<K>(&mut self) -> Id<K> {
        self.count += 1;
        let ms = u128::from(now_ms().unsigned_abs());
        Id::new((ms << 80) | (7 << 76) | (2 << 62) | (self.count << 16) & ((1 << 62) - 1) | 0x5EED)
    }
}

pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub fn now() -> Timestamp {
    Timestamp::from_ms(now_ms())
}

/// Which accounts transfers go between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Two of many.
    Random,
    /// Every one into the same account.
    Hot,
}

/// Plain transfers, each a group with an id of its own.
pub struct Transfers {
    ids: Ids,
    random: Random,
    spread: Spread,
}

impl Transfers {
    pub fn new(spread: Spread, seed: u64) -> Self {
        Self { ids: Ids::new(), random: Random::seeded(seed), spread }
    }

    pub fn group(&mut self) -> LedgerGroup {
        let debit = self.random.below(ACCOUNTS);
        let credit = match self.spread {
            Spread::Random => (debit + 1 + self.random.below(ACCOUNTS - 1)) % ACCOUNTS,
            Spread::Hot => ACCOUNTS,
        };
        let amount = Amount::new(1 + i64::try_from(self.random.below(10_000)).unwrap_or(0));
        let command = LedgerCommand::Post { debit: account(debit), credit: account(credit), amount };
        LedgerGroup { id: self.ids.id(), commands: vec![command] }
    }

    pub fn groups(&mut self, count: usize) -> Vec<LedgerGroup> {
        (0..count).map(|_| self.group()).collect()
    }

    /// Transfers that touch every account, so that later ones meet rows that exist.
    pub fn touch_all(&mut self) -> Vec<LedgerGroup> {
        let group = |number: u64, id: CommandId| {
            let (debit, credit) = (account(number), account((number + 1) % (ACCOUNTS + 1)));
            LedgerGroup { id, commands: vec![LedgerCommand::Post { debit, credit, amount: Amount::new(1) }] }
        };
        (0..=ACCOUNTS).map(|number| group(number, self.ids.id())).collect()
    }
}

/// Platform accounts: owners look like ids, so their keys are spread.
fn account(number: u64) -> AccountId {
    let mut owner = Random::seeded(number);
    let owner = u128::from(owner.next()) << 64 | u128::from(owner.next());
    AccountId { kind: AccountKind::Liquidity, asset: Asset::Cny, owner }
}

/// Value goes into wallets, one lot each: what a creator's statement has a line for.
pub struct TopUps {
    ids: Ids,
    random: Random,
}

impl TopUps {
    pub fn new(seed: u64) -> Self {
        Self { ids: Ids::new(), random: Random::seeded(seed) }
    }

    pub fn group(&mut self) -> LedgerGroup {
        let wallet = wallet(self.random.below(ACCOUNTS));
        let commands = vec![top_up(&mut self.ids, wallet)];
        LedgerGroup { id: self.ids.id(), commands }
    }
}

fn wallet(number: u64) -> AccountId {
    AccountId { kind: AccountKind::WalletPaid, asset: Asset::Bean, owner: account(number).owner }
}

fn top_up(ids: &mut Ids, wallet: AccountId) -> LedgerCommand {
    let payment: PaymentId = ids.id();
    let lot = NewLot {
        id: ids.id(),
        account: wallet,
        origin: LotOrigin::Payment(payment),
        amount: Amount::new(ORDER_BEANS),
        valid_from: Timestamp::from_ms(0),
        valid_to: None,
        on_return: LotReturn::SameLot,
    };
    LedgerCommand::OpenLot { from: platform(AccountKind::Liquidity, Asset::Bean), lot }
}

fn platform(kind: AccountKind, asset: Asset) -> AccountId {
    AccountId { kind, asset, owner: TENANT }
}

/// One order after the other: topped up, granted a coupon, paid, lent, reported spent, closed, settled.
pub struct Life {
    ids: Ids,
    step: usize,
    creator: u64,
    order: PromotionOrderId,
    beans: LotId,
    coupon: LotId,
}

impl Life {
    pub fn new(creator: u64) -> Self {
        // Lives run side by side: what each makes must be its own.
        let ids = Ids { count: u128::from(creator) << 24 };
        let none = LotId::new(0);
        Self { ids, step: 0, creator, order: PromotionOrderId::new(0), beans: none, coupon: none }
    }

    /// The next group of this life; after the last, the first of the next.
    pub fn group(&mut self) -> LedgerGroup {
        let step = self.step;
        self.step = (step + 1) % LIFE_GROUPS;
        let commands = match step {
            0 => self.top_up(),
            1 => self.grant(),
            2 => self.pay(),
            3 => vec![LedgerCommand::Lend { lease: self.lease(), amount: self.budget() }],
            reported if reported < 4 + REPORTS => vec![self.report(reported - 3)],
            _ => self.end(),
        };
        LedgerGroup { id: self.ids.id(), commands }
    }

    fn top_up(&mut self) -> Vec<LedgerCommand> {
        let command = top_up(&mut self.ids, wallet(self.creator));
        if let LedgerCommand::OpenLot { lot, .. } = &command {
            self.beans = lot.id;
        }
        vec![command]
    }

    fn grant(&mut self) -> Vec<LedgerCommand> {
        self.coupon = self.ids.id();
        let coupons = AccountId { kind: AccountKind::Coupon, asset: Asset::Point, owner: account(self.creator).owner };
        let lot = NewLot {
            id: self.coupon,
            account: coupons,
            origin: LotOrigin::Grant,
            amount: Amount::new(ORDER_POINTS),
            valid_from: Timestamp::from_ms(0),
            valid_to: Some(Timestamp::from_ms(now_ms() + 86_400_000)),
            on_return: LotReturn::NewLot,
        };
        vec![LedgerCommand::OpenLot { from: platform(AccountKind::CouponExpense, Asset::Point), lot }]
    }

    fn pay(&mut self) -> Vec<LedgerCommand> {
        self.order = self.ids.id();
        let order = self.order;
        let [first, second]: [HoldId; 2] = [self.ids.id(), self.ids.id()];
        let points = Micros::new(CENTIBEAN_WORTH.get() * 100);
        let (coupon, beans) = (Amount::new(ORDER_POINTS), Amount::new(ORDER_BEANS));
        vec![
            LedgerCommand::OpenEscrow { order },
            LedgerCommand::Hold { hold: first, order, lot: self.coupon, amount: coupon, unit_worth: points },
            LedgerCommand::Hold { hold: second, order, lot: self.beans, amount: beans, unit_worth: CENTIBEAN_WORTH },
        ]
    }

    fn lease(&self) -> LeaseId {
        LeaseId { order: self.order, node: 1, epoch: 1 }
    }

    fn budget(&self) -> Micros {
        Micros::new(CENTIBEAN_WORTH.get() * (ORDER_POINTS * 100 + ORDER_BEANS))
    }

    /// The `number`th report; the last leaves a tenth unspent.
    fn report(&self, number: usize) -> LedgerCommand {
        let part = i64::try_from(number).unwrap_or(1);
        let all = i64::try_from(REPORTS).unwrap_or(1);
        let cumulative = Micros::new(self.budget().get() / 10 * 9 / all * part);
        LedgerCommand::ReportSpent { lease: self.lease(), cumulative }
    }

    fn end(&self) -> Vec<LedgerCommand> {
        let (order, mode) = (self.order, ReleaseMode::Remainder);
        vec![
            LedgerCommand::CloseLease { lease: self.lease() },
            LedgerCommand::Settle { order, mode, grace_ms: 86_400_000, breakage_owner: TENANT },
        ]
    }
}

/// Lives of many orders, a group of each in turn.
pub struct Lives {
    lives: Vec<Life>,
    next: usize,
}

impl Lives {
    pub fn new(count: usize, first: u64) -> Self {
        let lives = (0..count).map(|number| Life::new(first + u64::try_from(number).unwrap_or(0))).collect();
        Self { lives, next: 0 }
    }

    pub fn group(&mut self) -> LedgerGroup {
        let count = self.lives.len();
        let life = &mut self.lives[self.next % count];
        self.next += 1;
        life.group()
    }
}
