use super::*;
use crate::wallet::paid_account;

const TENANT: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);
const ANN: PartyId = PartyId::new(12);
const NOW: Timestamp = Timestamp::from_ms(1_760_000_000_000);

fn announced(fen: i64, payer: &str) -> (Payment, BankTransfer) {
    let draft = BankTransferDraft {
        payment: PaymentId::new(0x1234_5678_9abc_def0),
        tenant: TENANT,
        party: MAY,
        amount: Amount::new(fen),
        payer_name: payer.to_owned(),
        desk: Desk::Pro,
    };
    BankTransfer::announce(draft, &WalletPolicy::default(), NOW).unwrap()
}

fn line(fen: i64, payer: &str) -> BankLine {
    let draft = BankLineDraft {
        reference: "b-1".to_owned(),
        amount: Amount::new(fen),
        payer_name: payer.to_owned(),
        remittance: String::new(),
        booked_on: Day::at(NOW),
    };
    BankLine::enter((BankLineId::new(7), TENANT), draft, (ANN, NOW)).unwrap()
}

/// What is announced, what comes, and what becomes of it: the line, the payment, who owes whom.
#[test]
fn qb_16_what_comes_is_held_against_what_was_announced() {
    let cases = [
        (100_000, "杭州某某（商贸）有限公司", 100_000, "杭州 某某(商贸)有限公司"),
        (100_000, "Acme Trading Ltd", 100_000, "ACME  TRADING LTD"),
        (100_000, "甲公司", 99_999, "甲公司"),
        (100_000, "甲公司", 100_001, "甲公司"),
        (100_000, "甲公司", 100_000, "乙公司"),
    ];
    let mut table = String::new();
    for (fen, payer, came, from) in cases {
        let (payment, transfer) = announced(fen, payer);
        let Outcome { state: (line, payment), postings, .. } =
            line(came, from).match_with((payment, &transfer), ANN, NOW).unwrap();
        let reason = match line.state {
            BankLineState::Suspended { reason, .. } => reason.code(),
            _ => "-",
        };
        let moved = match postings[..] {
            [LedgerCommand::OpenLot { from, lot }] => format!("{} → {}", from.kind.code(), lot.account.kind.code()),
            [LedgerCommand::Post { debit, credit, .. }] => format!("{} → {}", debit.kind.code(), credit.kind.code()),
            _ => panic!("{postings:?}"),
        };
        table.push_str(&format!(
            "{fen} of {payer}, came {came} of {from}: {} {reason}, {}, {moved}\n",
            line.state.name(),
            payment.state.name()
        ));
    }
    expect_test::expect![[r#"
        100000 of 杭州某某（商贸）有限公司, came 100000 of 杭州 某某(商贸)有限公司: matched -, paid, payment_clearing → wallet_paid
        100000 of Acme Trading Ltd, came 100000 of ACME  TRADING LTD: matched -, paid, payment_clearing → wallet_paid
        100000 of 甲公司, came 99999 of 甲公司: suspended wrong_amount, pending, payment_clearing → suspense
        100000 of 甲公司, came 100001 of 甲公司: suspended wrong_amount, pending, payment_clearing → suspense
        100000 of 甲公司, came 100000 of 乙公司: suspended wrong_payer, pending, payment_clearing → suspense
    "#]]
    .assert_eq(&table);
}

#[test]
fn qb_16_money_put_aside_is_matched_when_it_is_announced_as_it_came() {
    let (payment, transfer) = announced(100_000, "甲公司");
    let aside = line(90_000, "甲公司").match_with((payment.clone(), &transfer), ANN, NOW).unwrap().state.0;
    let still = aside.clone().match_with((payment, &transfer), ANN, NOW);
    assert_eq!(still, Err(SettleLineError::Mismatch { reason: SuspenseReason::WrongAmount }));
    let (payment, transfer) = announced(90_000, "甲公司");
    let Outcome { state: (matched, paid), postings, .. } =
        aside.clone().match_with((payment.clone(), &transfer), ANN, NOW).unwrap();
    assert_eq!((matched.state.name(), paid.state.name()), ("matched", "paid"));
    let [LedgerCommand::OpenLot { from, lot }] = postings[..] else { panic!("{postings:?}") };
    assert_eq!((from.kind, lot.account), (AccountKind::Suspense, paid_account(MAY, Asset::Cny)));
    // The announcement is paid now; a second transfer of it is put aside.
    let twice = line(90_000, "甲公司").match_with((paid, &transfer), ANN, NOW).unwrap().state.0;
    assert!(matches!(twice.state, BankLineState::Suspended { reason: SuspenseReason::PaidTwice, .. }));
    assert_eq!(
        matched.match_with((payment, &transfer), ANN, NOW),
        Err(SettleLineError::WrongState { state: "matched" })
    );
}

#[test]
fn qb_16_money_put_aside_goes_back_with_a_note() {
    let aside = line(90_000, "甲公司").suspend(ANN, NOW).unwrap().state;
    assert!(matches!(
        aside.state,
        BankLineState::Suspended { reason: SuspenseReason::NotAnnounced, payment: None, .. }
    ));
    assert_eq!(aside.clone().suspend(ANN, NOW), Err(SettleLineError::WrongState { state: "suspended" }));
    let no_note = Err(SettleLineError::BadNote { max: WALLET_NOTE_BYTES_MAX });
    assert_eq!(aside.clone().send_back(ANN, " ", NOW), no_note);
    let Outcome { state, postings, .. } = aside.send_back(ANN, "the payer asked for it", NOW).unwrap();
    assert_eq!(state.state.name(), "returned");
    let [LedgerCommand::Post { debit, credit, amount }] = postings[..] else { panic!("{postings:?}") };
    assert_eq!((debit.kind, credit.kind), (AccountKind::Suspense, AccountKind::PaymentClearing));
    assert_eq!(amount.units(), 90_000);
    let open = line(1, "甲公司").send_back(ANN, "x", NOW);
    assert_eq!(open, Err(SettleLineError::WrongState { state: "open" }));
}

#[test]
fn qb_16_a_code_is_found_however_it_is_spaced() {
    let (_, transfer) = announced(1, "甲公司");
    let code = &transfer.code;
    assert_eq!(code, "TL2PF2DBSQQG", "two letters and the last fifty bits of the id");
    let check = |remittance: &str| BankTransfer::codes_in(remittance).contains(code);
    assert!(check(code));
    assert!(check(&format!("充值 {} 谢谢", code.to_lowercase())));
    assert!(check(&format!("{} {}-{}", &code[..4], &code[4..8], &code[8..])));
    assert!(check(&format!("TL货款{code}")), "what only begins like a code hides none");
    assert!(!check(&code[..11]));
    assert!(!check(""));
}

#[test]
fn qb_16_what_cannot_be_announced_or_entered() {
    let draft = |fen: i64, payer_name: &str, desk: Desk| BankTransferDraft {
        payment: PaymentId::new(1),
        tenant: TENANT,
        party: MAY,
        amount: Amount::new(fen),
        payer_name: payer_name.to_owned(),
        desk,
    };
    let check = |draft, expected| {
        assert_eq!(BankTransfer::announce(draft, &WalletPolicy::default(), NOW).unwrap_err(), expected);
    };
    let max = BANK_TRANSFER_FEN_MAX;
    check(draft(1, "甲", Desk::Mobile), AnnounceTransferError::OnMobile);
    check(draft(0, "甲", Desk::Pro), AnnounceTransferError::BadAmount { fen: 0, max });
    check(draft(max + 1, "甲", Desk::Pro), AnnounceTransferError::BadAmount { fen: max + 1, max });
    check(draft(1, " ", Desk::Pro), AnnounceTransferError::BadPayer { max: PARTY_TEXT_BYTES_MAX });
    let draft = |reference: &str, fen: i64| BankLineDraft {
        reference: reference.to_owned(),
        amount: Amount::new(fen),
        payer_name: "甲".to_owned(),
        remittance: String::new(),
        booked_on: Day::at(NOW),
    };
    let enter = |draft| BankLine::enter((BankLineId::new(1), TENANT), draft, (ANN, NOW)).map(|line| line.amount);
    assert_eq!(enter(draft("a", -1)), Err(EnterLineError::BadAmount { fen: -1, max }));
    let field = "reference";
    assert_eq!(enter(draft("", 1)), Err(EnterLineError::BadText { field, max: PROVIDER_TEXT_BYTES_MAX }));
    assert_eq!(enter(draft("a", 1)), Ok(Amount::new(1)));
}
