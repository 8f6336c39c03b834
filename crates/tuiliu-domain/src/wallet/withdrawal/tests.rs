use super::*;
use crate::calendar::Calendar;
use crate::id::{CommandId, LotId, PaymentId};
use crate::ledger::{LedgerGroup, LotOrigin, LotReturn, NewLot, View, apply};
use crate::time::DAY_MS;
use crate::wallet::set_frozen;

const TENANT: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);
const ANN: PartyId = PartyId::new(12);
const BOB: PartyId = PartyId::new(13);
const NOW: Timestamp = Timestamp::from_ms(1_760_000_000_000);

/// Books in which a wallet has lots of money, the last one the newest.
struct Books {
    view: View,
    groups: u128,
}

impl Books {
    fn with_lots(fen: &[i64]) -> Self {
        let mut books = Self { view: View::default(), groups: 0 };
        for (number, fen) in (1..).zip(fen) {
            let lot = NewLot {
                id: LotId::new(number),
                account: paid_account(MAY, Asset::Cny),
                origin: LotOrigin::Payment(PaymentId::new(number)),
                amount: Amount::new(*fen),
                valid_from: NOW.plus_ms(i64::try_from(number).unwrap() - 100),
                valid_to: None,
                on_return: LotReturn::SameLot,
            };
            let from = of_tenant(TENANT, AccountKind::PaymentClearing, Asset::Cny);
            books.post(vec![LedgerCommand::OpenLot { from, lot }]);
        }
        books
    }

    fn post(&mut self, commands: Vec<LedgerCommand>) {
        self.groups += 1;
        let id = CommandId::new(self.groups);
        if !commands.is_empty() {
            apply(&mut self.view, &LedgerGroup { id, commands }, NOW).unwrap();
        }
    }

    fn lots(&self) -> Vec<Lot> {
        let mut lots: Vec<Lot> = self.view.lots().copied().collect();
        lots.sort_unstable_by_key(|lot| lot.id);
        lots
    }

    /// Spendable fen of each lot, what is held of the wallet, and what went out to the provider.
    fn told(&self) -> String {
        let spendable: Vec<i64> = self.lots().iter().map(|lot| lot.remaining.units()).collect();
        let account = |id| self.view.account(id).copied();
        let held = account(paid_account(MAY, Asset::Cny)).map_or(0, |account| account.held.units());
        let clearing = of_tenant(TENANT, AccountKind::PaymentClearing, Asset::Cny);
        let outside = account(clearing).map_or(0, |account| account.posted.units());
        format!("lots {spendable:?}, held {held}, owed by the provider {}", -outside)
    }
}

fn draft(fen: i64) -> WithdrawalDraft {
    WithdrawalDraft {
        id: WithdrawalId::new(77),
        tenant: TENANT,
        party: MAY,
        account: PayoutAccountId::new(5),
        amount: Amount::new(fen),
        desk: Desk::Express,
        promised: Calendar::mainland().promise(NOW, 5),
    }
}

fn funds(lots: &[Lot]) -> WithdrawalFunds<'_> {
    WithdrawalFunds { lots, is_frozen: false, is_banned: false, open: 0 }
}

fn requested(books: &mut Books, fen: i64) -> Withdrawal {
    let lots = books.lots();
    let Outcome { state, postings, .. } =
        Withdrawal::request(draft(fen), &funds(&lots), &WalletPolicy::default(), NOW).unwrap();
    books.post(postings);
    state
}

fn go(books: &mut Books, outcome: Outcome<Withdrawal>) -> Withdrawal {
    books.post(outcome.postings);
    outcome.state
}

fn report(books: &mut Books, withdrawal: Withdrawal, report: PayoutReport) -> (Withdrawal, PayoutReceipt) {
    let outcome = withdrawal.receive(report, NOW);
    books.post(outcome.postings);
    outcome.state
}

fn paid(transaction: &str) -> PayoutReport {
    PayoutReport::Paid { transaction: transaction.to_owned() }
}

fn failed() -> PayoutReport {
    PayoutReport::Failed { reason: "closed".to_owned() }
}

#[test]
fn qb_16_money_is_held_until_it_is_paid_or_back_where_it_came_from() {
    let mut books = Books::with_lots(&[1_000, 2_000]);
    let mut table = format!("at first: {}\n", books.told());
    let withdrawal = requested(&mut books, 2_500);
    table.push_str(&format!("requested 2500: {}\n", books.told()));
    let refused = withdrawal.clone().refuse(ANN, "the name differs", NOW).unwrap();
    go(&mut books, refused);
    table.push_str(&format!("refused: {}\n", books.told()));

    let mut books = Books::with_lots(&[1_000, 2_000]);
    let withdrawal = requested(&mut books, 2_500);
    let withdrawal = go(&mut books, withdrawal.approve(ANN, false, NOW).unwrap());
    let withdrawal = go(&mut books, withdrawal.begin_paying(false, NOW));
    table.push_str(&format!("{}: {}\n", withdrawal.state.name(), books.told()));
    let mut failing = Books { view: books.view.clone(), groups: books.groups };
    let (gone, _) = report(&mut failing, withdrawal.clone(), failed());
    table.push_str(&format!("{}: {}\n", gone.state.name(), failing.told()));
    let (gone, _) = report(&mut books, withdrawal, paid("t-1"));
    table.push_str(&format!("{}: {}\n", gone.state.name(), books.told()));
    expect_test::expect![[r#"
        at first: lots [1000, 2000], held 0, owed by the provider 3000
        requested 2500: lots [500, 0], held 2500, owed by the provider 3000
        refused: lots [1000, 2000], held 0, owed by the provider 3000
        paying: lots [500, 0], held 2500, owed by the provider 3000
        failed: lots [1000, 2000], held 0, owed by the provider 3000
        paid: lots [500, 0], held 0, owed by the provider 500
    "#]]
    .assert_eq(&table);
}

#[test]
fn qb_16_what_cannot_be_withdrawn() {
    let books = Books::with_lots(&[1_000, 2_000]);
    let lots = books.lots();
    let policy = WalletPolicy { withdrawal_max: Amount::new(5_000), ..WalletPolicy::default() };
    let asked = |draft, funds: WithdrawalFunds<'_>| Withdrawal::request(draft, &funds, &policy, NOW).unwrap_err();
    let check = |expected, draft, funds| assert_eq!(asked(draft, funds), expected);
    let fine = funds(&lots);
    check(RequestWithdrawalError::OnMobile, WithdrawalDraft { desk: Desk::Mobile, ..draft(500) }, fine);
    check(RequestWithdrawalError::BadAmount { fen: 99, min: 100, max: 5_000 }, draft(99), fine);
    check(RequestWithdrawalError::BadAmount { fen: 5_001, min: 100, max: 5_000 }, draft(5_001), fine);
    check(RequestWithdrawalError::Insufficient { available: 3_000, asked: 3_001 }, draft(3_001), fine);
    check(RequestWithdrawalError::Frozen, draft(500), WithdrawalFunds { is_frozen: true, ..fine });
    check(RequestWithdrawalError::Banned, draft(500), WithdrawalFunds { is_banned: true, ..fine });
    check(RequestWithdrawalError::TooManyOpen { max: 5 }, draft(500), WithdrawalFunds { open: 5, ..fine });
    // Beans are no money, and given money is not the owner's to take out.
    let given = Lot { account: crate::wallet::granted_account(MAY), ..lots[0] };
    let beans = Lot { account: paid_account(MAY, Asset::Bean), ..lots[0] };
    let none = [given, beans];
    check(RequestWithdrawalError::Insufficient { available: 0, asked: 500 }, draft(500), funds(&none));
    let many = vec![Lot { remaining: Amount::new(1), ..lots[0] }; ORDER_SOURCES_MAX + 1];
    let all = i64::try_from(many.len()).unwrap() + 100;
    let mut many = many;
    many.extend(vec![Lot { remaining: Amount::new(1), ..lots[1] }; 100]);
    check(RequestWithdrawalError::TooManyLots { max: ORDER_SOURCES_MAX }, draft(all), funds(&many));
}

/// Who approves below and above ten thousand yuan.
#[test]
fn qb_16_above_the_limit_two_people_approve() {
    let check = |fen: i64, steps: &[(PartyId, &str)]| {
        let mut books = Books::with_lots(&[5_000_000]);
        let mut withdrawal = requested(&mut books, fen);
        for (by, expected) in steps {
            let name = match withdrawal.clone().approve(*by, false, NOW) {
                Ok(outcome) => {
                    withdrawal = go(&mut books, outcome);
                    withdrawal.state.name().to_owned()
                }
                Err(refusal) => refusal.to_string(),
            };
            assert_eq!(&name, expected, "{fen} fen");
        }
    };
    let same = "approve a withdrawal twice by the same person";
    let own = "approve a withdrawal of one's own";
    let late = "decide a withdrawal that is `approved`";
    check(1_000_000, &[(MAY, own), (ANN, "approved"), (BOB, late)]);
    check(1_000_001, &[(ANN, "requested"), (ANN, same), (MAY, own), (BOB, "approved"), (ANN, late)]);
}

#[test]
fn qb_16_a_refusal_has_a_reason() {
    let mut books = Books::with_lots(&[1_000]);
    let withdrawal = requested(&mut books, 500);
    let bad = Err(DecideWithdrawalError::BadReason { max: WALLET_NOTE_BYTES_MAX });
    assert_eq!(withdrawal.clone().refuse(ANN, "  ", NOW), bad);
    assert_eq!(withdrawal.refuse(ANN, &"x".repeat(WALLET_NOTE_BYTES_MAX + 1), NOW), bad);
}

#[test]
fn wl_10_nothing_leaves_a_frozen_wallet() {
    let mut books = Books::with_lots(&[1_000]);
    let withdrawal = requested(&mut books, 500);
    assert_eq!(withdrawal.clone().approve(ANN, true, NOW), Err(DecideWithdrawalError::Frozen));
    let approved = go(&mut books, withdrawal.approve(ANN, false, NOW).unwrap());
    // Frozen between approval and payout: it waits, and goes when the wallet is free again.
    let waits = approved.clone().begin_paying(true, NOW);
    assert_eq!(waits.state, approved);
    let paying = go(&mut books, approved.begin_paying(false, NOW));
    // Frozen while the provider pays: the money is out, and the books say so.
    books.post(set_frozen(MAY, true).postings);
    let (gone, receipt) = report(&mut books, paying.clone(), paid("t"));
    assert_eq!((gone.state.name(), receipt), ("paid", PayoutReceipt::Taken));
    // A frozen wallet receives what comes back.
    let mut books = Books::with_lots(&[1_000]);
    requested(&mut books, 500);
    books.post(set_frozen(MAY, true).postings);
    report(&mut books, paying, failed());
    assert_eq!(books.told(), "lots [1000], held 0, owed by the provider 1000");
}

/// What a withdrawal in each state makes of each word of the provider: the whole state machine.
#[test]
fn wl_08_every_word_about_a_payout_in_every_state() {
    let mut books = Books::with_lots(&[1_000]);
    let withdrawal = requested(&mut books, 500);
    let states = [
        WithdrawalState::Requested,
        WithdrawalState::Refused { at: NOW, by: ANN, reason: "no".to_owned() },
        WithdrawalState::Approved { at: NOW },
        WithdrawalState::Paying { since: NOW },
        WithdrawalState::Paid { at: NOW, transaction: "t".to_owned() },
        WithdrawalState::Failed { at: NOW, reason: "closed".to_owned() },
    ];
    let mut table = String::new();
    for state in &states {
        for word in [paid("t"), failed()] {
            let outcome = Withdrawal { state: state.clone(), ..withdrawal.clone() }.receive(word.clone(), NOW);
            let (after, receipt) = outcome.state;
            let events: Vec<&str> = outcome.events.iter().map(Event::name).collect();
            let (word, postings) = (if word == failed() { "failed" } else { "paid" }, outcome.postings.len());
            let after = after.state.name();
            table.push_str(&format!("{} + {word}: {after}, {receipt:?}, {postings}, {events:?}\n", state.name()));
        }
    }
    expect_test::expect![[r#"
        requested + paid: requested, Contradicts, 0, []
        requested + failed: requested, Contradicts, 0, []
        refused + paid: refused, Contradicts, 0, []
        refused + failed: refused, Contradicts, 0, []
        approved + paid: approved, Contradicts, 0, []
        approved + failed: approved, Contradicts, 0, []
        paying + paid: paid, Taken, 5, ["wallet.withdrawal_paid"]
        paying + failed: failed, Taken, 1, ["wallet.withdrawal_failed"]
        paid + paid: paid, AlreadyKnown, 0, []
        paid + failed: paid, Contradicts, 0, []
        failed + paid: failed, Contradicts, 0, []
        failed + failed: failed, AlreadyKnown, 0, []
    "#]]
    .assert_eq(&table);
    assert!(WithdrawalState::NAMES.iter().zip(&states).all(|(name, state)| *name == state.name()));
}

#[test]
fn qb_16_the_promise_counts_working_days() {
    let promise = Calendar::mainland().promise(NOW, WalletPolicy::default().withdrawal_working_days);
    assert!(promise.deadline() > NOW.plus_ms(4 * DAY_MS));
}
