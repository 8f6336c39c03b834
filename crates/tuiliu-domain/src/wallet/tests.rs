use proptest::prelude::*;

use super::*;
use crate::event::Event;
use crate::id::{LotId, PaymentId, PaymentRefundId};
use crate::ledger::{LedgerAnswer, LedgerGroup, LedgerRefusal, Lot, LotOrigin, LotReturn, View, apply};
use crate::limits::{GIFT_BEANS_MAX, PAYMENT_REFUNDS_MAX, TOP_UP_FEN_MAX};
use crate::money::Amount;
use crate::policy::{SaleChannel, SalePolicy};
use crate::time::{DAY_MS, HOUR_MS, Timestamp};

const TENANT: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);
const PAYMENT: PaymentId = PaymentId::new(21);
const NOW: Timestamp = Timestamp::from_ms(1_000_000);
const SALE: SalePolicy = SalePolicy { beans_per_yuan_direct: 10, beans_per_yuan_app_store: 7 };

fn draft(fen: i64) -> TopUpDraft {
    TopUpDraft {
        id: PAYMENT,
        tenant: TENANT,
        party: MAY,
        channel: SaleChannel::Direct,
        price: Amount::new(fen),
        asset: Asset::Bean,
        timeout_ms: HOUR_MS,
    }
}

fn pending(fen: i64) -> Payment {
    Payment::start(draft(fen), &SALE, NOW).unwrap()
}

fn paid(transaction: &str, amount: i64, currency: &str) -> PaymentReport {
    let (transaction, currency) = (transaction.to_owned(), currency.to_owned());
    PaymentReport::Paid(ReceivedMoney { transaction, amount, currency })
}

/// A view in which these outcomes' postings were applied, each as a group of its own.
struct Books {
    view: View,
    groups: u128,
}

impl Books {
    fn new() -> Self {
        Self { view: View::default(), groups: 0 }
    }

    fn post(&mut self, commands: Vec<LedgerCommand>, now: Timestamp) -> Result<Vec<LedgerAnswer>, LedgerRefusal> {
        self.groups += 1;
        let group = LedgerGroup { id: crate::id::CommandId::new(self.groups), commands };
        apply(&mut self.view, &group, now)
    }

    fn posted(&self, account: AccountId) -> i64 {
        self.view.account(account).map_or(0, |account| account.posted.units())
    }
}

#[test]
fn tp_25_beans_come_at_the_rate_of_the_channel() {
    let check = |fen: i64, channel: SaleChannel, asset: Asset, expected: i64| {
        let payment = Payment::start(TopUpDraft { channel, asset, ..draft(fen) }, &SALE, NOW).unwrap();
        assert_eq!(payment.amount.units(), expected, "{fen} fen in {channel:?}");
    };
    check(1, SaleChannel::Direct, Asset::Bean, 10);
    check(100, SaleChannel::Direct, Asset::Bean, 1_000);
    check(100, SaleChannel::AppStore, Asset::Bean, 700);
    check(TOP_UP_FEN_MAX, SaleChannel::Direct, Asset::Bean, TOP_UP_FEN_MAX * 10);
    check(100, SaleChannel::AppStore, Asset::Cny, 100);
}

#[test]
fn refuses_prices_that_nobody_pays() {
    let max = TOP_UP_FEN_MAX;
    for fen in [i64::MIN, -1, 0, max + 1, i64::MAX] {
        assert_eq!(Payment::start(draft(fen), &SALE, NOW), Err(StartTopUpError::BadPrice { fen, max }));
    }
    let points = TopUpDraft { asset: Asset::Point, ..draft(100) };
    assert_eq!(Payment::start(points, &SALE, NOW), Err(StartTopUpError::NotSold { asset: Asset::Point }));
}

/// What a payment in each state makes of each report: the whole state machine.
#[test]
fn wl_08_every_report_in_every_state() {
    let states = [
        ("pending", PaymentState::Pending { expires_at: NOW }),
        ("paid", PaymentState::Paid { at: NOW, lot: LotId::new(1), transaction: "a".to_owned() }),
        ("failed", PaymentState::Failed { at: NOW }),
        ("expired", PaymentState::Expired { at: NOW }),
        ("suspended", PaymentState::Suspended { at: NOW, transaction: "a".to_owned() }),
    ];
    let reports = [
        ("failure", PaymentReport::Failed),
        ("money a", paid("a", 100, "CNY")),
        ("money b", paid("b", 100, "CNY")),
        ("too little", paid("c", 99, "CNY")),
        ("dollars", paid("d", 100, "USD")),
    ];
    let mut table = String::new();
    for (name, state) in &states {
        for (report_name, report) in &reports {
            let outcome = Payment { state: state.clone(), ..pending(100) }.receive(report.clone(), NOW);
            let (after, receipt) = outcome.state;
            let events: Vec<&str> = outcome.events.iter().map(Event::name).collect();
            let postings = outcome.postings.len();
            let after = after.state.name();
            table.push_str(&format!("{name} + {report_name}: {after}, {receipt:?}, {postings}, {events:?}\n"));
        }
    }
    expect_test::expect![[r#"
        pending + failure: failed, Failed, 0, ["wallet.payment_failed"]
        pending + money a: paid, Credited, 2, ["wallet.topped_up"]
        pending + money b: paid, Credited, 2, ["wallet.topped_up"]
        pending + too little: suspended, Suspended(WrongAmount), 1, ["wallet.payment_suspended"]
        pending + dollars: suspended, Suspended(WrongCurrency), 0, ["wallet.payment_suspended"]
        paid + failure: paid, AlreadyKnown, 0, []
        paid + money a: paid, AlreadyKnown, 0, []
        paid + money b: paid, Suspended(PaidTwice), 1, ["wallet.payment_suspended"]
        paid + too little: paid, Suspended(PaidTwice), 1, ["wallet.payment_suspended"]
        paid + dollars: paid, Suspended(PaidTwice), 0, ["wallet.payment_suspended"]
        failed + failure: failed, AlreadyKnown, 0, []
        failed + money a: paid, Credited, 2, ["wallet.topped_up"]
        failed + money b: paid, Credited, 2, ["wallet.topped_up"]
        failed + too little: suspended, Suspended(WrongAmount), 1, ["wallet.payment_suspended"]
        failed + dollars: suspended, Suspended(WrongCurrency), 0, ["wallet.payment_suspended"]
        expired + failure: expired, AlreadyKnown, 0, []
        expired + money a: paid, Credited, 2, ["wallet.topped_up"]
        expired + money b: paid, Credited, 2, ["wallet.topped_up"]
        expired + too little: suspended, Suspended(WrongAmount), 1, ["wallet.payment_suspended"]
        expired + dollars: suspended, Suspended(WrongCurrency), 0, ["wallet.payment_suspended"]
        suspended + failure: suspended, AlreadyKnown, 0, []
        suspended + money a: suspended, AlreadyKnown, 0, []
        suspended + money b: paid, Credited, 2, ["wallet.topped_up"]
        suspended + too little: suspended, Suspended(WrongAmount), 1, ["wallet.payment_suspended"]
        suspended + dollars: suspended, Suspended(WrongCurrency), 0, ["wallet.payment_suspended"]
    "#]]
    .assert_eq(&table);
}

#[test]
fn wl_08_only_a_pending_payment_expires_and_only_in_time() {
    let before = pending(100).expire(NOW.plus_ms(HOUR_MS - 1));
    assert_eq!((before.state.state.name(), before.events.len()), ("pending", 0));
    let after = pending(100).expire(NOW.plus_ms(HOUR_MS));
    assert_eq!((after.state.state.name(), after.events.len()), ("expired", 1));
    assert_eq!(after.state.due_at(), None);
    let again = after.state.expire(NOW.plus_ms(HOUR_MS));
    assert_eq!((again.state.state.name(), again.events.len()), ("expired", 0));
}

#[test]
fn wl_10_a_wallet_is_frozen_in_all_its_accounts() {
    let mut books = Books::new();
    books.post(set_frozen(MAY, true).postings, NOW).unwrap();
    assert!(accounts(MAY).into_iter().all(|account| books.view.account(account).unwrap().frozen));
    books.post(set_frozen(MAY, false).postings, NOW).unwrap();
    assert!(accounts(MAY).into_iter().all(|account| !books.view.account(account).unwrap().frozen));
}

#[test]
fn a_gift_is_given_in_bounds_and_lapses_in_time() {
    let gift = |units: i64, valid_to: Option<Timestamp>| {
        Gift { lot: LotId::new(5), tenant: TENANT, party: MAY, beans: Amount::new(units), valid_to }.give(NOW)
    };
    for units in [i64::MIN, -1, 0, GIFT_BEANS_MAX + 1] {
        assert_eq!(gift(units, None), Err(GiveBeansError::BadAmount { units, max: GIFT_BEANS_MAX }));
    }
    assert_eq!(gift(1, Some(NOW)), Err(GiveBeansError::NeverValid));
    let mut books = Books::new();
    books.post(gift(100, Some(NOW.plus_ms(1))).unwrap().postings, NOW).unwrap();
    let lot = *books.view.lot(LotId::new(5)).unwrap();
    assert_eq!(expire_gift(&lot, TENANT, NOW), Err(ExpireGiftError::TooEarly));
    let lapsed = expire_gift(&lot, TENANT, NOW.plus_ms(1)).unwrap();
    books.post(lapsed.postings, NOW.plus_ms(1)).unwrap();
    assert_eq!(books.posted(gift_account(MAY)), 0);
    let lot = *books.view.lot(LotId::new(5)).unwrap();
    assert!(expire_gift(&lot, TENANT, NOW.plus_ms(1)).unwrap().postings.is_empty(), "nothing is left to lapse");
    let top_up = Lot { account: paid_account(MAY, Asset::Bean), ..lot };
    assert_eq!(expire_gift(&top_up, TENANT, NOW.plus_ms(1)), Err(ExpireGiftError::NotAGift));
}

/// A top-up of its own that brought `amount` for `price` at this moment.
fn top_up_lot(number: u128, price: i64, amount: i64, at: Timestamp) -> TopUpLot {
    let id = PaymentId::new(number);
    let lot_id = LotId::new(1_000 + number);
    let state = PaymentState::Paid { at, lot: lot_id, transaction: "t".to_owned() };
    let payment = Payment { id, price: Amount::new(price), amount: Amount::new(amount), state, ..pending(1) };
    let zero = Amount::ZERO;
    let lot = Lot {
        id: lot_id,
        account: paid_account(MAY, Asset::Bean),
        origin: LotOrigin::Payment(id),
        face: Amount::new(amount),
        remaining: Amount::new(amount),
        held: zero,
        spent: zero,
        returned: zero,
        expired: zero,
        split_out: zero,
        valid_from: at,
        valid_to: None,
        on_return: LotReturn::SameLot,
    };
    TopUpLot { lot, payment }
}

fn wanted(units: i64) -> RefundRequest {
    RefundRequest { asset: Asset::Bean, amount: Amount::new(units), payment: None }
}

/// Payment, units and fen of each part.
fn planned(request: &RefundRequest, lots: &[TopUpLot]) -> Result<Vec<(u128, i64, i64)>, PlanRefundError> {
    let parts = plan_refund(request, lots, NOW.plus_ms(DAY_MS))?;
    Ok(parts.iter().map(|part| (part.payment.value(), part.amount.units(), part.price.units())).collect())
}

#[test]
fn wl_05_refunds_go_to_the_last_top_up_first() {
    let early = top_up_lot(1, 1_000, 10_000, NOW);
    let late = top_up_lot(2, 1_000, 7_000, NOW.plus_ms(1));
    let lots = [early, late];
    assert_eq!(planned(&wanted(5_000), &lots), Ok(vec![(2, 5_000, 714)]));
    assert_eq!(planned(&wanted(7_000), &lots), Ok(vec![(2, 7_000, 1_000)]));
    assert_eq!(planned(&wanted(8_000), &lots), Ok(vec![(2, 7_000, 1_000), (1, 1_000, 100)]));
    assert_eq!(planned(&wanted(17_000), &lots), Ok(vec![(2, 7_000, 1_000), (1, 10_000, 1_000)]));
    let more = PlanRefundError::Insufficient { available: 17_000, asked: 17_001 };
    assert_eq!(planned(&wanted(17_001), &lots), Err(more));
    let named = RefundRequest { payment: Some(PaymentId::new(1)), ..wanted(100) };
    assert_eq!(planned(&named, &lots), Ok(vec![(1, 100, 10)]));
}

#[test]
fn wl_05_what_cannot_be_refunded_is_left_alone() {
    let check = |change: fn(&mut TopUpLot), expected: Result<Vec<(u128, i64, i64)>, PlanRefundError>| {
        let mut lot = top_up_lot(1, 1_000, 10_000, NOW);
        change(&mut lot);
        assert_eq!(planned(&wanted(1_000), &[lot]), expected);
    };
    let nothing = || Err(PlanRefundError::Insufficient { available: 0, asked: 1_000 });
    check(|_| {}, Ok(vec![(1, 1_000, 100)]));
    check(|lot| lot.lot.origin = LotOrigin::Grant, nothing());
    check(|lot| lot.lot.account = gift_account(MAY), nothing());
    check(|lot| lot.lot.remaining = Amount::ZERO, nothing());
    check(|lot| lot.payment.refunded.times = PAYMENT_REFUNDS_MAX, nothing());
    check(|lot| lot.payment.state = PaymentState::Expired { at: NOW }, nothing());
    let long_ago = |lot: &mut TopUpLot| {
        let at = Timestamp::from_ms(NOW.ms() - 365 * DAY_MS);
        lot.payment.state = PaymentState::Paid { at, lot: lot.lot.id, transaction: "t".to_owned() };
    };
    check(long_ago, nothing());
    let lot = top_up_lot(1, 1_000, 10_000, NOW);
    assert_eq!(planned(&wanted(9), std::slice::from_ref(&lot)), Err(PlanRefundError::TooSmall));
    for units in [i64::MIN, -1, 0] {
        let refused = Err(PlanRefundError::NotPositive { units });
        assert_eq!(planned(&wanted(units), std::slice::from_ref(&lot)), refused);
    }
}

#[test]
fn wl_05_a_failed_refund_puts_everything_back() {
    let mut books = Books::new();
    let credited = pending(1_000).receive(paid("a", 1_000, "CNY"), NOW);
    books.post(credited.postings, NOW).unwrap();
    let payment = credited.state.0;
    let lot = *books.view.lot(payment.id.child(0)).unwrap();
    let part = RefundPart { payment: PAYMENT, lot: lot.id, amount: Amount::new(3_000), price: Amount::new(300) };
    let state = RefundState::Requested;
    let (id, asset) = (PaymentRefundId::new(31), Asset::Bean);
    let refund = Refund { id, tenant: TENANT, party: MAY, asset, part, state, created_at: NOW, version: 0 };
    let asked = refund.request(payment);
    books.post(asked.postings, NOW).unwrap();
    let clearing = of_tenant(TENANT, AccountKind::PaymentClearing, Asset::Cny);
    assert_eq!((books.posted(paid_account(MAY, Asset::Bean)), books.posted(clearing)), (7_000, -700));
    let (refund, payment) = asked.state;
    assert_eq!(payment.refunded, Refunded { price: Amount::new(300), amount: Amount::new(3_000), times: 1 });
    let failed = refund.clone().fail(payment, NOW);
    books.post(failed.postings, NOW).unwrap();
    assert_eq!((books.posted(paid_account(MAY, Asset::Bean)), books.posted(clearing)), (10_000, -1_000));
    let (refund, payment) = failed.state;
    assert_eq!(payment.refunded, Refunded { price: Amount::ZERO, amount: Amount::ZERO, times: 1 });
    // The provider's last word is its last.
    assert!(refund.clone().fail(payment, NOW).postings.is_empty());
    assert!(refund.succeed(NOW).events.is_empty());
}

proptest! {
    /// Whatever is given back in whichever parts, a payment gives back at most its price, and all of it in the end.
    #[test]
    fn wl_05_refunds_in_parts_add_up_to_the_price(
        price in 1_i64..100_000,
        rate in 1_i64..50,
        cuts in proptest::collection::vec(1_i64..40_000, 0..20),
    ) {
        let mut source = top_up_lot(1, price, price * rate, NOW);
        let mut back = 0;
        let all = source.lot.remaining.units();
        for cut in cuts.into_iter().chain([all]) {
            let amount = cut.min(source.lot.remaining.units());
            match plan_refund(&wanted(amount), std::slice::from_ref(&source), NOW) {
                Ok(parts) => {
                    prop_assert_eq!(parts.len(), 1);
                    let RefundPart { amount, price, .. } = parts[0];
                    back += price.units();
                    let refunded = &mut source.payment.refunded;
                    refunded.price = refunded.price.plus(price).unwrap();
                    refunded.amount = refunded.amount.plus(amount).unwrap();
                    source.lot.remaining = source.lot.remaining.minus(amount).unwrap();
                }
                Err(PlanRefundError::TooSmall) => prop_assert!(amount < rate + rate),
                Err(PlanRefundError::NotPositive { .. }) => prop_assert_eq!(source.lot.remaining, Amount::ZERO),
                Err(other) => prop_assert!(false, "{}", other),
            }
            prop_assert!(back <= price);
        }
        prop_assert!(source.lot.remaining > Amount::ZERO || back == price);
    }
}

#[test]
fn a_wallet_is_low_when_a_payment_crosses_the_line() {
    let party = PartyId::new(1);
    let check = |before: i64, paid: i64, expected: Option<i64>| {
        let amounts = (Amount::new(before), Amount::new(paid));
        let low = low_after(party, Asset::Bean, amounts, Amount::new(500));
        let event = expected.map(|left| Event::WalletLow { party, asset: Asset::Bean, left: Amount::new(left) });
        assert_eq!(low, event, "{paid} of {before}");
    };
    check(1_000, 500, None);
    check(1_000, 501, Some(499));
    check(500, 500, Some(0));
    check(499, 100, None);
}
