use super::{Broken, Checked, INVARIANTS, SortedRows, TransferTrail, check};
use crate::id::{CommandId, HoldId, LotId, PartyId, PaymentId, PromotionOrderId};
use crate::ledger::{
    AccountId, AccountKind, LeaseId, LedgerCommand, LedgerGroup, Lot, LotOrigin, LotReturn, NewLot, ReleaseMode,
    Transfer, View, apply,
};
use crate::money::{Amount, Asset, Micros};
use crate::time::{DAY_MS, Timestamp};

const TENANT: u128 = 900;
const COUPON: LotId = LotId::new(1);
const PAID: LotId = LotId::new(2);
const SPLIT: LotId = LotId::new(3);
const CARD: LotId = LotId::new(4);
/// Settled: used the card and a part of the coupon.
const ENDED: PromotionOrderId = PromotionOrderId::new(1);
/// Running on paid beans, one lease open and one closed.
const RUNNING: PromotionOrderId = PromotionOrderId::new(2);

fn units(units: i64) -> Amount {
    Amount::new(units)
}

fn account(kind: AccountKind, asset: Asset) -> AccountId {
    let owner: PartyId = PartyId::new(7);
    AccountId { kind, asset, owner: if kind.keeps_lots() { owner.value() } else { TENANT } }
}

fn open(id: LotId, kind: AccountKind, amount: i64, on_return: LotReturn) -> LedgerCommand {
    let (asset, from, origin) = if kind == AccountKind::Coupon {
        (Asset::Point, AccountKind::CouponExpense, LotOrigin::Grant)
    } else {
        (Asset::Bean, AccountKind::PaymentClearing, LotOrigin::Payment(PaymentId::new(5)))
    };
    let valid_to = (on_return != LotReturn::SameLot).then(|| Timestamp::from_ms(30 * DAY_MS));
    let (account, amount, valid_from) = (account(kind, asset), units(amount), Timestamp::default());
    let lot = NewLot { id, account, origin, amount, valid_from, valid_to, on_return };
    LedgerCommand::OpenLot { from: self::account(from, asset), lot }
}

fn hold(order: PromotionOrderId, lot: LotId, amount: i64, unit_worth: i64) -> LedgerCommand {
    let hold = HoldId::new(order.value() * 100 + lot.value());
    LedgerCommand::Hold { hold, order, lot, amount: units(amount), unit_worth: Micros::new(unit_worth) }
}

fn lease(order: PromotionOrderId, node: u32) -> LeaseId {
    LeaseId { order, node, epoch: 1 }
}

/// Books in which everything has happened once, and the transfers that made them.
fn busy() -> (SortedRows, Vec<Transfer>) {
    let lend = |order, node, amount| LedgerCommand::Lend { lease: lease(order, node), amount: Micros::new(amount) };
    let report =
        |order, node, amount| LedgerCommand::ReportSpent { lease: lease(order, node), cumulative: Micros::new(amount) };
    let close = |order, node| LedgerCommand::CloseLease { lease: lease(order, node) };
    let commands = vec![
        open(COUPON, AccountKind::Coupon, 100, LotReturn::NewLot),
        open(PAID, AccountKind::WalletPaid, 1_000, LotReturn::SameLot),
        open(CARD, AccountKind::Coupon, 50, LotReturn::Burn),
        LedgerCommand::SplitLot { lot: COUPON, into: SPLIT, amount: units(20) },
        LedgerCommand::TakeFromLot {
            lot: PAID,
            to: account(AccountKind::PaymentClearing, Asset::Bean),
            amount: units(100),
        },
        LedgerCommand::OpenEscrow { order: ENDED },
        hold(ENDED, COUPON, 30, 1_000_000),
        hold(ENDED, CARD, 50, 1_000_000),
        lend(ENDED, 1, 10_000_000),
        report(ENDED, 1, 10_000_000),
        close(ENDED, 1),
        LedgerCommand::Settle { order: ENDED, mode: ReleaseMode::Remainder, grace_ms: DAY_MS, breakage_owner: TENANT },
        LedgerCommand::OpenEscrow { order: RUNNING },
        hold(RUNNING, PAID, 500, 10_000),
        hold(RUNNING, SPLIT, 5, 1_000_000),
        lend(RUNNING, 1, 1_000_000),
        lend(RUNNING, 2, 2_000_000),
        report(RUNNING, 1, 505_000),
        report(RUNNING, 2, 300_000),
        close(RUNNING, 2),
    ];
    let mut view = View::new();
    apply(&mut view, &LedgerGroup { id: CommandId::new(1), commands }, Timestamp::default()).unwrap();
    let rows = SortedRows::of(&view);
    (rows, view.take_diff().transfers)
}

/// The invariant that is broken once the books were tampered with like this.
fn broken_by(tamper: impl FnOnce(&mut SortedRows)) -> Option<u8> {
    let (mut rows, _) = busy();
    tamper(&mut rows);
    check(&rows.books()).err().map(|broken| broken.number)
}

fn lot_of(rows: &mut SortedRows, id: LotId) -> &mut Lot {
    rows.lots.iter_mut().find(|lot| lot.id == id).unwrap()
}

fn with_account(rows: &mut SortedRows, kind: AccountKind, change: impl Fn(&mut super::Account)) {
    change(rows.accounts.iter_mut().find(|account| account.id.kind == kind).unwrap());
}

#[test]
fn every_number_stands_once_in_order() {
    let numbers: Vec<u8> = INVARIANTS.iter().map(|invariant| invariant.number).collect();
    assert_eq!(numbers, (1..=28).collect::<Vec<u8>>());
}

#[test]
fn what_does_not_exist_is_not_claimed_to_be_checked() {
    let open = INVARIANTS.iter().filter(|invariant| matches!(invariant.checked, Checked::NotYet(_)));
    assert_eq!(open.map(|invariant| invariant.number).collect::<Vec<u8>>(), [13, 17, 28]);
}

#[test]
fn honest_books_break_nothing() {
    assert_eq!(broken_by(|_| {}), None);
}

#[test]
fn wl_07_tampered_accounts_are_found() {
    assert_eq!(broken_by(|rows| with_account(rows, AccountKind::Breakage, |row| row.posted = units(1))), Some(1));
    assert_eq!(broken_by(|rows| rows.accounts.truncate(1)), Some(1));
    assert_eq!(broken_by(|rows| with_account(rows, AccountKind::WalletPaid, |row| row.held = units(9_999))), Some(4));
    assert_eq!(broken_by(|rows| with_account(rows, AccountKind::WalletPaid, |row| row.held = units(-1))), Some(4));
    assert_eq!(broken_by(|rows| with_account(rows, AccountKind::Breakage, |row| row.held = units(1))), Some(4));
    assert_eq!(broken_by(|rows| with_account(rows, AccountKind::WalletPaid, |row| row.held = units(1))), Some(7));
}

#[test]
fn wl_07_value_moved_between_accounts_by_hand_is_found() {
    let from_wallet = |rows: &mut SortedRows| {
        with_account(rows, AccountKind::WalletPaid, |row| row.posted = row.posted.minus(units(1)).unwrap());
        with_account(rows, AccountKind::PaymentClearing, |row| row.posted = row.posted.plus(units(1)).unwrap());
    };
    assert_eq!(broken_by(from_wallet), Some(7));
    let to_consumed = |rows: &mut SortedRows| {
        with_account(rows, AccountKind::PaymentClearing, |row| row.posted = row.posted.minus(units(1)).unwrap());
        let consumed = |row: &&mut super::Account| row.id.kind == AccountKind::Consumed && row.id.asset == Asset::Bean;
        let consumed = rows.accounts.iter_mut().find(consumed).unwrap();
        consumed.posted = consumed.posted.plus(units(1)).unwrap();
    };
    assert_eq!(broken_by(to_consumed), Some(8));
    let to_rounding = |rows: &mut SortedRows| {
        with_account(rows, AccountKind::PaymentClearing, |row| row.posted = row.posted.minus(units(1)).unwrap());
        let id = account(AccountKind::Rounding, Asset::Bean);
        rows.accounts.push(super::Account { posted: units(1), ..super::Account::empty(id) });
    };
    assert_eq!(broken_by(to_rounding), Some(22));
}

#[test]
fn wl_07_tampered_holds_are_found() {
    assert_eq!(broken_by(|rows| rows.holds[0].captured = units(-1)), Some(5));
    assert_eq!(broken_by(|rows| rows.holds[0].released = units(31)), Some(5));
    assert_eq!(broken_by(|rows| rows.holds[0].amount = units(0)), Some(5));
    assert_eq!(broken_by(|rows| rows.holds[0].unit_worth = Micros::ZERO), Some(5));
    assert_eq!(broken_by(|rows| rows.holds[2].captured = units(81)), Some(7));
    assert_eq!(broken_by(|rows| rows.holds[0].lot = LotId::new(99)), Some(8));
    assert_eq!(broken_by(|rows| rows.holds[3].place = 2), Some(8));
    assert_eq!(broken_by(|rows| rows.holds[3].unit_worth = Micros::new(1)), Some(8));
}

#[test]
fn wl_07_tampered_lots_are_found() {
    assert_eq!(broken_by(|rows| lot_of(rows, PAID).remaining = units(401)), Some(6));
    assert_eq!(broken_by(|rows| lot_of(rows, SPLIT).origin = LotOrigin::Grant), Some(6));
    assert_eq!(broken_by(|rows| lot_of(rows, SPLIT).account.owner = 8), Some(6));
    let swap = |rows: &mut SortedRows| {
        let lot = lot_of(rows, PAID);
        (lot.remaining, lot.expired) = (lot.remaining.minus(units(1)).unwrap(), units(1));
    };
    assert_eq!(broken_by(swap), Some(7));
    let spent = |rows: &mut SortedRows| {
        let lot = lot_of(rows, PAID);
        (lot.returned, lot.spent) = (lot.returned.minus(units(1)).unwrap(), lot.spent.plus(units(1)).unwrap());
    };
    assert_eq!(broken_by(spent), Some(8));
    let lapsed = |rows: &mut SortedRows| {
        let lot = lot_of(rows, PAID);
        (lot.returned, lot.expired) = (lot.returned.minus(units(1)).unwrap(), units(1));
    };
    assert_eq!(broken_by(lapsed), Some(25));
}

#[test]
fn wl_05_refunds_that_went_elsewhere_are_found() {
    let rest = HoldId::new(101).child(0);
    assert_eq!(broken_by(|rows| lot_of(rows, rest).origin = LotOrigin::Grant), Some(12));
    assert_eq!(broken_by(|rows| lot_of(rows, rest).origin = LotOrigin::RemainderOf(SPLIT)), Some(12));
    let from_payment = |rows: &mut SortedRows| lot_of(rows, rest).origin = LotOrigin::Payment(PaymentId::new(6));
    assert_eq!(broken_by(from_payment), Some(12));
    let another = |rows: &mut SortedRows| {
        let lot = lot_of(rows, PAID);
        let (id, account) = (HoldId::new(202).child(0), lot.account);
        let copied = Lot { id, account, origin: LotOrigin::RemainderOf(PAID), face: units(200), ..*lot };
        lot.remaining = units(200);
        let copied = Lot { remaining: units(200), held: units(0), spent: units(0), returned: units(0), ..copied };
        lot.face = lot.face.minus(units(200)).unwrap();
        rows.lots.push(copied);
    };
    assert_eq!(broken_by(another), Some(11));
    let missing_parent = |rows: &mut SortedRows| rows.lots.retain(|lot| lot.id != COUPON);
    assert_eq!(broken_by(missing_parent), Some(6));
}

#[test]
fn wl_07_tampered_escrows_and_leases_are_found() {
    let running = |rows: &mut SortedRows, change: fn(&mut super::Escrow)| {
        change(rows.escrows.iter_mut().find(|escrow| escrow.order == RUNNING).unwrap());
    };
    assert_eq!(broken_by(|rows| running(rows, |escrow| escrow.budget = Micros::new(1))), Some(8));
    assert_eq!(broken_by(|rows| running(rows, |escrow| escrow.settled = true)), Some(8));
    assert_eq!(broken_by(|rows| running(rows, |escrow| escrow.holds = 3)), Some(8));
    assert_eq!(broken_by(|rows| running(rows, |escrow| escrow.spent = Micros::new(1))), Some(9));
    assert_eq!(broken_by(|rows| running(rows, |escrow| escrow.leased = Micros::new(1))), Some(9));
    assert_eq!(broken_by(|rows| running(rows, |escrow| escrow.open_leases = 2)), Some(9));
    assert_eq!(broken_by(|rows| rows.escrows.truncate(1)), Some(8));
    assert_eq!(broken_by(|rows| rows.leases.truncate(1)), Some(9));
    let beyond = |rows: &mut SortedRows| {
        let closed = rows.leases.iter_mut().find(|lease| lease.closed && lease.id.order == RUNNING).unwrap();
        closed.granted = Micros::new(1);
    };
    assert_eq!(broken_by(beyond), Some(10));
    let unsettled = |rows: &mut SortedRows| rows.escrows[0].settled = false;
    assert_eq!(broken_by(unsettled), Some(8), "what is released belongs to an order that ended");
}

#[test]
fn wl_07_a_charge_beside_the_formula_is_found() {
    // One unit less captured, everywhere alike: all sums agree, the formula does not.
    let cheaper = |rows: &mut SortedRows| {
        let one = units(1);
        let hold = rows.holds.iter_mut().find(|hold| hold.lot == PAID).unwrap();
        hold.captured = hold.captured.minus(one).unwrap();
        let lot = lot_of(rows, PAID);
        (lot.spent, lot.held) = (lot.spent.minus(one).unwrap(), lot.held.plus(one).unwrap());
        let more = |row: &mut super::Account| {
            (row.posted, row.held) = (row.posted.plus(one).unwrap(), row.held.plus(one).unwrap());
        };
        with_account(rows, AccountKind::WalletPaid, more);
        let consumed = |row: &&mut super::Account| row.id.kind == AccountKind::Consumed && row.id.asset == Asset::Bean;
        let consumed = rows.accounts.iter_mut().find(consumed).unwrap();
        consumed.posted = consumed.posted.minus(one).unwrap();
    };
    assert_eq!(broken_by(cheaper), Some(21));
}

/// What the trail says of the transfers of the busy books, tampered with like this.
fn trail_broken_by(tamper: impl FnOnce(&mut Vec<Transfer>, &mut SortedRows)) -> Option<u8> {
    let (mut rows, mut transfers) = busy();
    tamper(&mut transfers, &mut rows);
    let mut trail = TransferTrail::default();
    let followed: Result<(), Broken> = transfers.iter().try_for_each(|transfer| trail.follow(transfer));
    followed.and_then(|()| trail.arrive(&rows.accounts, &rows.lots)).err().map(|broken| broken.number)
}

#[test]
fn wl_07_the_trail_of_transfers_finds_what_does_not_add_up() {
    assert_eq!(trail_broken_by(|_, _| {}), None);
    assert_eq!(trail_broken_by(|transfers, _| transfers[0].amount = units(0)), Some(2));
    assert_eq!(trail_broken_by(|transfers, _| transfers[0].credit.asset = Asset::Cny), Some(2));
    assert_eq!(trail_broken_by(|transfers, _| transfers[0].credit_lot = None), Some(2));
    assert_eq!(trail_broken_by(|transfers, _| transfers[0].debit_lot = Some(PAID)), Some(2));
    assert_eq!(trail_broken_by(|transfers, _| transfers[0].amount = units(99)), Some(3));
    assert_eq!(trail_broken_by(|transfers, _| transfers[0].debit_after = units(99)), Some(3));
    assert_eq!(
        trail_broken_by(|transfers, _| {
            transfers.remove(1);
        }),
        Some(3)
    );
    assert_eq!(trail_broken_by(|transfers, _| transfers.truncate(3)), Some(3));
    assert_eq!(trail_broken_by(|_, rows| rows.lots[0].remaining = units(1)), Some(3));
    assert_eq!(trail_broken_by(|_, rows| rows.lots.truncate(2)), Some(3));
    assert_eq!(trail_broken_by(|_, rows| rows.accounts.truncate(1)), Some(3));
    assert_eq!(trail_broken_by(|_, rows| rows.accounts[0].posted = units(1)), Some(3));
}
