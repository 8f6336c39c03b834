//! Withdrawals, bank transfers, payments for orders, invoice subjects.

use tuiliu_domain::calendar::{Calendar, Day};
use tuiliu_domain::id::{BankLineId, InvoiceMismatchId, PayoutAccountId, PromotionOrderId, WithdrawalId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::Desk;
use tuiliu_domain::wallet::{
    AccountNumber, Approval, BANK_PROVIDER, BankLine, BankLineState, BankTransfer, Company, CompanyQualification,
    InvoiceKind, InvoiceMismatch, PayoutAccount, QualificationState, TaxNumber, Withdrawal, WithdrawalState,
};

use super::*;

const ANN: PartyId = PartyId::new(12);
const BOB: PartyId = PartyId::new(13);

fn withdrawal(id: u128) -> Withdrawal {
    Withdrawal {
        id: WithdrawalId::new(id),
        tenant: OURS,
        party: MAY,
        account: PayoutAccountId::new(5),
        amount: Amount::new(700),
        desk: Desk::Pro,
        approvals_needed: 2,
        approvals: Vec::new(),
        state: WithdrawalState::Requested,
        promised: Calendar::mainland().promise(at(0), 5),
        created_at: at(5),
        version: 1,
    }
}

#[test]
fn withdrawals_go_through_every_state() {
    on_both(|store| {
        run(&store, |tx| {
            let states = [
                WithdrawalState::Refused { at: at(7), by: ANN, reason: "no".to_owned() },
                WithdrawalState::Approved { at: at(7) },
                WithdrawalState::Paying { since: at(7) },
                WithdrawalState::Paid { at: at(7), transaction: "t".to_owned() },
                WithdrawalState::Failed { at: at(7), reason: "closed".to_owned() },
            ];
            for (id, state) in (1..).zip(states) {
                tx.add_withdrawal(&withdrawal(id))?;
                assert_eq!(tx.withdrawal(OURS, WithdrawalId::new(id))?, Some(withdrawal(id)));
                assert_eq!(tx.withdrawal(THEIRS, WithdrawalId::new(id))?, None);
                let approvals = vec![Approval { by: ANN, at: at(6) }, Approval { by: BOB, at: at(7) }];
                let changed = Withdrawal { state, approvals, ..withdrawal(id) };
                tx.save_withdrawal(&changed, (id == 3).then_some(at(60)))?;
                let expected = Some(Withdrawal { version: 2, ..changed });
                assert_eq!(tx.withdrawal_anywhere(WithdrawalId::new(id))?, expected);
            }
            assert_eq!(tx.open_withdrawals(OURS, MAY)?, 2, "approved and paying");
            assert!(tx.due_withdrawals(at(59), 9)?.is_empty());
            assert_eq!(tx.due_withdrawals(at(60), 9)?.len(), 1);
            let page = |party, state, before| WithdrawalPage { tenant: OURS, party, state, before, limit: 9 };
            let mut ids = |page| -> Result<Vec<u128>, StoreError> {
                Ok(tx.withdrawals(page)?.iter().map(|row| row.id.value()).collect())
            };
            assert_eq!(ids(page(None, None, Some(WithdrawalId::new(3))))?, [2, 1], "newest first");
            assert_eq!(ids(page(Some(MAY), Some("paid"), None))?, [4]);
            assert_eq!(ids(page(Some(ANN), None, None))?, [0_u128; 0]);
            assert_eq!(ids(page(None, Some("failed"), None))?, [5]);
            assert_eq!(tx.withdrawals_after(Some(WithdrawalId::new(3)), 1)?[0].id.value(), 4);
            for (what, by) in [("requested", Some(MAY)), ("approved", Some(ANN)), ("paying", None)] {
                let step = WithdrawalStep { what: what.to_owned(), by, note: by.map(|_| "x".to_owned()), at: at(9) };
                tx.add_withdrawal_step(WithdrawalId::new(1), &step)?;
            }
            let steps = tx.withdrawal_steps(WithdrawalId::new(1))?;
            let told: Vec<&str> = steps.iter().map(|step| step.what.as_str()).collect();
            assert_eq!((told, steps[2].by, &steps[2].note), (vec!["requested", "approved", "paying"], None, &None));
            Ok(())
        })
        .unwrap();
        let stale = run(&store, |tx| tx.save_withdrawal(&withdrawal(1), None));
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
    });
}

#[test]
fn payout_accounts_and_the_sandbox_of_payouts() {
    on_both(|store| {
        run(&store, |tx| {
            let account = |id: u128| PayoutAccount {
                id: PayoutAccountId::new(id),
                tenant: OURS,
                party: MAY,
                holder: "小明".to_owned(),
                bank: "招商银行".to_owned(),
                number: AccountNumber::parse("6222021234567890").unwrap(),
                created_at: at(5),
                removed_at: None,
            };
            for id in [1, 2] {
                tx.add_payout_account(&account(id))?;
            }
            tx.remove_payout_account(PayoutAccountId::new(1), at(6))?;
            assert_eq!(tx.payout_accounts_of(OURS, MAY, 9)?, [account(2)]);
            let gone = PayoutAccount { removed_at: Some(at(6)), ..account(1) };
            assert_eq!(tx.payout_account(OURS, PayoutAccountId::new(1))?, Some(gone));
            assert_eq!(tx.payout_account(THEIRS, PayoutAccountId::new(1))?, None);
            for (id, state) in (1..).zip([
                SandboxPayoutState::Accepted,
                SandboxPayoutState::Paid { transaction: "t".to_owned() },
                SandboxPayoutState::Failed { reason: "closed".to_owned() },
            ]) {
                let (withdrawal, amount) = (WithdrawalId::new(id), Amount::new(7));
                let payout =
                    SandboxPayout { withdrawal, amount, state: SandboxPayoutState::Accepted, accepted_at: at(1) };
                tx.add_sandbox_payout(&payout)?;
                let payout = SandboxPayout { state, ..payout };
                tx.save_sandbox_payout(&payout)?;
                assert_eq!(tx.sandbox_payout(withdrawal)?, Some(payout));
            }
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn bank_transfers_and_the_lines_that_they_are_found_on() {
    on_both(|store| {
        run(&store, |tx| {
            for id in [1, 2] {
                let payment = Payment { asset: Asset::Cny, amount: Amount::new(1_000), ..pending(id, 100) };
                tx.add_payment(&payment, BANK_PROVIDER)?;
                let (payer_name, code) = ("甲公司".to_owned(), format!("TL{id}"));
                let transfer = BankTransfer { payment: payment.id, tenant: OURS, payer_name, code };
                tx.add_bank_transfer(&transfer, &payment)?;
                let (row, read) = tx.bank_transfer(OURS, payment.id)?.unwrap();
                assert_eq!((row.payment, read), (payment, transfer));
            }
            assert_eq!(tx.bank_transfer(THEIRS, PaymentId::new(1))?, None);
            assert_eq!(tx.bank_transfer_of_code(OURS, "TL2")?.unwrap().1.payment.value(), 2);
            assert_eq!(tx.bank_transfer_of_code(THEIRS, "TL2")?, None);
            let page = |party, state| BankTransferPage { tenant: OURS, party, state, before: None, limit: 9 };
            assert_eq!(tx.bank_transfers(page(None, Some("pending")))?.len(), 2);
            assert_eq!(tx.bank_transfers(page(Some(MAY), None))?[0].1.payment.value(), 2, "newest first");
            assert!(tx.bank_transfers(page(Some(ANN), None))?.is_empty());
            assert!(tx.bank_transfers(page(None, Some("paid")))?.is_empty());
            let suspended =
                |payment| BankLineState::Suspended { reason: SuspenseReason::WrongPayer, payment, by: ANN, at: at(7) };
            let states = [
                BankLineState::Open,
                BankLineState::Matched { payment: PaymentId::new(1), by: ANN, at: at(7) },
                suspended(Some(PaymentId::new(1))),
                suspended(None),
                BankLineState::Returned { note: "asked for".to_owned(), by: ANN, at: at(7) },
            ];
            for (id, state) in (1..).zip(states) {
                let line = BankLine {
                    id: BankLineId::new(id),
                    tenant: OURS,
                    reference: format!("b-{id}"),
                    amount: Amount::new(900),
                    payer_name: "甲公司".to_owned(),
                    remittance: "TL1".to_owned(),
                    booked_on: Day::at(at(0)),
                    state: BankLineState::Open,
                    entered_by: ANN,
                    created_at: at(5),
                    version: 1,
                };
                tx.add_bank_line(&line)?;
                let line = BankLine { state, ..line };
                tx.save_bank_line(&line)?;
                let expected = Some(BankLine { version: 2, ..line });
                assert_eq!(tx.bank_line(OURS, BankLineId::new(id))?, expected);
                assert_eq!(tx.bank_line_of_reference(OURS, &format!("b-{id}"))?, expected);
                assert_eq!(tx.bank_line(THEIRS, BankLineId::new(id))?, None);
            }
            let page = |state| BankLinePage { tenant: OURS, state, before: None, limit: 9 };
            assert_eq!(tx.bank_lines(page(None))?.len(), 5);
            assert_eq!(tx.bank_lines(page(Some("suspended")))?.len(), 2);
            assert_eq!(tx.money_put_aside()?, [(OURS, Amount::new(1_800))]);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn payments_of_orders_and_subjects_of_invoices() {
    on_both(|store| {
        run(&store, |tx| {
            let order = PromotionOrderId::new(9);
            for id in [1, 2] {
                tx.add_payment(&pending(id, 100), "sandbox")?;
                tx.add_order_payment(PaymentId::new(id), order)?;
            }
            assert_eq!(tx.order_of_payment(PaymentId::new(1))?, Some(order));
            assert_eq!(tx.order_of_payment(PaymentId::new(3))?, None);
            assert_eq!(tx.last_payment_of_order(order)?.unwrap().payment.id.value(), 2);
            assert!(tx.last_payment_of_order(PromotionOrderId::new(8))?.is_none());
            let said = CompanyQualification {
                tenant: OURS,
                party: MAY,
                state: QualificationState::Pending,
                company: Company {
                    name: "甲公司".to_owned(),
                    tax_number: TaxNumber::parse("91350100M000100Y43").unwrap(),
                },
                note: "seen".to_owned(),
                decided_by: ANN,
                changed_at: at(5),
                version: 0,
            };
            assert_eq!(tx.company_qualification(OURS, MAY)?, None);
            tx.save_company_qualification(&said)?;
            let first = CompanyQualification { version: 1, ..said };
            assert_eq!(tx.company_qualification(OURS, MAY)?, Some(first.clone()));
            assert_eq!(tx.company_qualification(THEIRS, MAY)?, None);
            let verified = CompanyQualification { state: QualificationState::Verified, ..first };
            tx.save_company_qualification(&verified)?;
            assert_eq!(tx.company_qualification(OURS, MAY)?, Some(CompanyQualification { version: 2, ..verified }));
            let mismatch = |id: u128| InvoiceMismatch {
                id: InvoiceMismatchId::new(id),
                tenant: OURS,
                party: MAY,
                kind: InvoiceKind::Company,
                subject_name: "乙公司".to_owned(),
                tax_number: None,
                created_at: at(5),
                resolved: None,
            };
            for id in [1, 2] {
                tx.add_invoice_mismatch(&mismatch(id))?;
            }
            tx.resolve_invoice_mismatch(InvoiceMismatchId::new(1), (ANN, at(6)), "renamed")?;
            let resolved = InvoiceMismatch { resolved: Some((ANN, at(6), "renamed".to_owned())), ..mismatch(1) };
            assert_eq!(tx.invoice_mismatch(OURS, InvoiceMismatchId::new(1))?, Some(resolved.clone()));
            assert_eq!(tx.invoice_mismatch(THEIRS, InvoiceMismatchId::new(1))?, None);
            assert_eq!(tx.invoice_mismatches(OURS, false, (None, 9))?, [mismatch(2), resolved]);
            assert_eq!(tx.invoice_mismatches(OURS, true, (None, 9))?, [mismatch(2)]);
            Ok(())
        })
        .unwrap();
    });
}
