use tuiliu_domain::id::{LotId, PaymentRefundId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{Gift, Refund, RefundDecision, RefundPart, RefundState};

use super::*;
use crate::store::Store;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const THEIRS: TenantId = TenantId::new(2);
const MAY: PartyId = PartyId::new(11);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn pending(id: u128, expires_at: i64) -> Payment {
    Payment {
        id: PaymentId::new(id),
        tenant: OURS,
        party: MAY,
        channel: SaleChannel::AppStore,
        price: Amount::new(1_000),
        asset: Asset::Bean,
        amount: Amount::new(7_000),
        state: PaymentState::Pending { expires_at: at(expires_at) },
        refunded: Refunded::default(),
        created_at: at(5),
        version: 1,
    }
}

fn run<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    store.write_now(work)
}

#[test]
fn payments_go_through_every_state() {
    on_both(|store| {
        let states = [
            PaymentState::Paid { at: at(20), lot: LotId::new(9), transaction: "t-1".to_owned() },
            PaymentState::Failed { at: at(20) },
            PaymentState::Expired { at: at(20) },
            PaymentState::Suspended { at: at(20), transaction: "t-2".to_owned() },
        ];
        run(&store, move |tx| {
            for (id, state) in (1..).zip(&states) {
                let begun = pending(id, 100);
                tx.add_payment(&begun, "sandbox")?;
                let read = tx.payment(OURS, begun.id)?.unwrap();
                assert_eq!(read, PaymentRow { payment: begun, provider: "sandbox".to_owned(), pay_link: None });
                let refunded = Refunded { price: Amount::new(1), amount: Amount::new(7), times: 1 };
                let changed = Payment { state: state.clone(), refunded, ..read.payment };
                tx.save_payment(&changed, at(20))?;
                let read = tx.payment_anywhere(changed.id)?.unwrap().payment;
                assert_eq!(read, Payment { version: 2, ..changed });
                assert_eq!(tx.payment(THEIRS, read.id)?, None, "another tenant's is not there");
            }
            Ok(())
        })
        .unwrap();
        let stale = run(&store, |tx| tx.save_payment(&pending(1, 100), at(30)));
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
    });
}

#[test]
fn payments_are_listed_and_come_due() {
    on_both(|store| {
        run(&store, |tx| {
            for (id, expires_at) in [(1, 300), (2, 100), (3, 200)] {
                tx.add_payment(&pending(id, expires_at), "sandbox")?;
            }
            let ids = |rows: Vec<PaymentRow>| rows.iter().map(|row| row.payment.id.value()).collect::<Vec<_>>();
            let page = |before, limit| PartyPage { tenant: OURS, party: MAY, before, limit };
            assert_eq!(ids(tx.payments_of(page(None, 2))?), [3, 2], "newest first");
            assert_eq!(ids(tx.payments_of(page(Some(PaymentId::new(2)), 9))?), [1]);
            assert_eq!(ids(tx.due_payments(at(99), 9)?), [0_u128; 0]);
            assert_eq!(ids(tx.due_payments(at(200), 9)?), [2, 3], "longest over first");
            tx.save_payment(&Payment { state: PaymentState::Expired { at: at(200) }, ..pending(2, 100) }, at(200))?;
            assert_eq!(ids(tx.due_payments(at(200), 9)?), [3]);
            tx.set_pay_link(PaymentId::new(3), "first")?;
            tx.set_pay_link(PaymentId::new(3), "second")?;
            assert_eq!(tx.payment(OURS, PaymentId::new(3))?.unwrap().pay_link.as_deref(), Some("first"));
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn what_a_provider_tells_is_remembered_once() {
    on_both(|store| {
        run(&store, |tx| {
            assert!(!tx.has_payment_notice("sandbox", "n-1")?);
            let told = PaymentNotice {
                provider: "sandbox".to_owned(),
                notice: "n-1".to_owned(),
                payment: PaymentId::new(1),
                outcome: "credited",
                at: at(1),
            };
            tx.add_payment_notice(&told)?;
            assert!(tx.has_payment_notice("sandbox", "n-1")?);
            assert!(!tx.has_payment_notice("other", "n-1")?, "each provider counts by itself");
            for (place, reason) in (1..).zip(SuspenseReason::ALL) {
                let money = SuspendedMoney {
                    provider: "sandbox".to_owned(),
                    transaction: format!("t-{place}"),
                    tenant: OURS,
                    payment: PaymentId::new(place),
                    amount: -5,
                    currency: "USD".to_owned(),
                    reason: *reason,
                    at: at(9),
                };
                assert!(!tx.is_suspended("sandbox", &money.transaction)?);
                tx.add_suspended_money(&money)?;
                assert!(tx.is_suspended("sandbox", &money.transaction)?);
                assert_eq!(tx.suspended_money(OURS, Some((at(9), PaymentId::new(place - 1))), 9)?, [money]);
            }
            assert_eq!(tx.suspended_money(OURS, None, 2)?.len(), 2);
            assert!(tx.suspended_money(THEIRS, None, 9)?.is_empty());
            Ok(())
        })
        .unwrap();
        let twice = run(&store, |tx| {
            let provider = "sandbox".to_owned();
            let (notice, payment, outcome) = ("n-1".to_owned(), PaymentId::new(2), "failed");
            tx.add_payment_notice(&PaymentNotice { provider, notice, payment, outcome, at: at(2) })
        });
        assert!(matches!(twice, Err(StoreError::Duplicate)), "{twice:?}");
    });
}

#[test]
fn refunds_are_asked_for_until_they_are_answered() {
    on_both(|store| {
        run(&store, |tx| {
            let part = RefundPart {
                payment: PaymentId::new(1),
                lot: LotId::new(2),
                amount: Amount::new(70),
                price: Amount::new(10),
            };
            let refund = |id: u128| Refund {
                id: PaymentRefundId::new(id),
                tenant: OURS,
                party: MAY,
                asset: Asset::Bean,
                part,
                state: RefundState::Requested,
                created_at: at(5),
                version: 1,
            };
            let decision = Some(RefundDecision { by: PartyId::new(99), reason: "封号".to_owned() });
            for id in [1, 2, 3] {
                tx.add_refund(&refund(id), decision.as_ref().filter(|_| id == 1))?;
            }
            let row = RefundRow { refund: refund(1), due_at: Some(at(5)), decision };
            assert_eq!(tx.refund(OURS, PaymentRefundId::new(2))?.unwrap().decision, None);
            assert_eq!(tx.refund(OURS, PaymentRefundId::new(1))?, Some(row.clone()));
            assert_eq!(tx.refund_anywhere(PaymentRefundId::new(1))?, Some(row));
            assert_eq!(tx.refund(THEIRS, PaymentRefundId::new(1))?, None);
            assert_eq!(tx.due_refunds(at(5), 9)?.len(), 3);
            tx.save_refund(&refund(1), Some(at(60)))?;
            tx.save_refund(&Refund { state: RefundState::Succeeded { at: at(6) }, ..refund(2) }, None)?;
            tx.save_refund(&Refund { state: RefundState::Failed { at: at(7) }, ..refund(3) }, None)?;
            assert!(tx.due_refunds(at(59), 9)?.is_empty());
            assert_eq!(tx.due_refunds(at(60), 9)?.len(), 1);
            let page = PartyPage { tenant: OURS, party: MAY, before: None, limit: 2 };
            let states: Vec<_> = tx.refunds_of(page)?.into_iter().map(|row| row.refund.state).collect();
            assert_eq!(states, [RefundState::Failed { at: at(7) }, RefundState::Succeeded { at: at(6) }]);
            let mut of = |tenant, payment, since| tx.refunds_of_payment(tenant, PaymentId::new(payment), at(since));
            let ids: Vec<_> = of(OURS, 1, 5)?.iter().map(|row| row.refund.id.value()).collect();
            assert_eq!(ids, [1, 2, 3], "oldest first");
            assert!(of(OURS, 1, 6)?.is_empty() && of(OURS, 2, 5)?.is_empty() && of(THEIRS, 1, 5)?.is_empty());
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn nothing_is_used_of_payments_without_orders() {
    on_both(|store| {
        run(&store, |tx| {
            tx.add_payment(&pending(1, 100), "sandbox")?;
            assert!(tx.paid_uses(OURS, MAY, (at(0), at(1 << 40)))?.is_empty());
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn gifts_come_due_and_are_closed_once() {
    on_both(|store| {
        run(&store, |tx| {
            let gift = |lot: u128, valid_to: Option<i64>| GiftRow {
                gift: Gift {
                    lot: LotId::new(lot),
                    tenant: OURS,
                    party: MAY,
                    beans: Amount::new(5),
                    valid_to: valid_to.map(at),
                },
                giver: PartyId::new(99),
                note: "开业".to_owned(),
                created_at: at(1),
            };
            for (lot, valid_to) in [(1, Some(30)), (2, None), (3, Some(20))] {
                tx.add_gift(&gift(lot, valid_to))?;
            }
            assert_eq!(tx.ended_gifts(at(30), 9)?, [gift(3, Some(20)), gift(1, Some(30))]);
            tx.close_gift(LotId::new(3))?;
            assert_eq!(tx.ended_gifts(at(i64::MAX), 9)?, [gift(1, Some(30))], "one that never lapses is never due");
            Ok(())
        })
        .unwrap();
        let again = run(&store, |tx| tx.close_gift(LotId::new(3)));
        assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    });
}

#[test]
fn the_sandbox_keeps_its_books() {
    on_both(|store| {
        run(&store, |tx| {
            let payment = PaymentId::new(1);
            assert_eq!(tx.sandbox_trade(payment)?, None);
            tx.open_sandbox_trade(payment, Amount::new(100), at(1))?;
            tx.open_sandbox_trade(payment, Amount::new(999), at(2))?;
            let open = tx.sandbox_trade(payment)?.unwrap();
            assert_eq!((open.price, &open.state, open.keeps_money), (Amount::new(100), &SandboxState::Open, false));
            let paid = SandboxState::Paid { transaction: "t".to_owned(), amount: 100, currency: "CNY".to_owned() };
            for (state, keeps_money) in [(paid, true), (SandboxState::Failed, false)] {
                let trade = SandboxTrade { state, keeps_money, changed_at: at(3), ..open.clone() };
                tx.save_sandbox_trade(&trade)?;
                assert_eq!(tx.sandbox_trade(payment)?, Some(trade));
            }
            for (id, succeeded) in [(1, true), (2, false), (3, true)] {
                let refund = PaymentRefundId::new(id);
                let row = SandboxRefund { refund, payment, amount: Amount::new(10), succeeded, at: at(4) };
                assert_eq!(tx.sandbox_refund(refund)?, None);
                tx.add_sandbox_refund(&row)?;
                assert_eq!(tx.sandbox_refund(refund)?, Some(row));
            }
            assert_eq!(tx.sandbox_refunded(payment)?, Amount::new(20), "what failed did not go back");
            assert_eq!(tx.sandbox_refunded(PaymentId::new(2))?, Amount::ZERO);
            Ok(())
        })
        .unwrap();
    });
}

mod money;
