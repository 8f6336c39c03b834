//! Stories of the ledger on every kind of store.

mod concurrency;
mod conformance;
mod crash;
mod random;
mod stories;
mod tamper;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tuiliu_domain::id::{CommandId, HoldId, LotId, PromotionOrderId};
use tuiliu_domain::ledger::invariants::SortedRows;
use tuiliu_domain::ledger::{AccountId, AccountKind, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot};
use tuiliu_domain::money::{Amount, Asset, Micros};
use tuiliu_domain::time::Timestamp;

use crate::dialect::Address;
use crate::{AuditReport, Store, StoreConfig, StoreError};

/// A refusal by a caller's own rule, so that its job is undone.
#[derive(Debug)]
enum Own {
    No,
    Store(StoreError),
}

impl From<StoreError> for Own {
    fn from(fault: StoreError) -> Self {
        Self::Store(fault)
    }
}

impl crate::Refusal for Own {
    fn fault(&self) -> Option<&StoreError> {
        match self {
            Self::No => None,
            Self::Store(fault) => Some(fault),
        }
    }
}

/// A folder of its own, gone after the test.
struct TestFolder(PathBuf);

static FOLDERS: AtomicU32 = AtomicU32::new(0);

impl TestFolder {
    fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("tuiliu-ledger-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A store on a file in it.
    fn store(&self) -> Store {
        open(Address::File(self.file("store.db")))
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn open(address: Address) -> Store {
    Store::open(&StoreConfig { address, readers: 1 }).unwrap()
}

/// An audit that finds nothing.
fn audited(store: &Store) -> AuditReport {
    let report = audit(store);
    assert_eq!(report.broken, None);
    report
}

fn audit(store: &Store) -> AuditReport {
    store.read_now::<_, StoreError>(|tx| tx.audit_ledger(|_| {})).unwrap()
}

/// Every row there is, but for what was posted, which is in the log.
fn stored_rows(store: &Store) -> SortedRows {
    store.read_now::<_, StoreError>(|tx| tx.ledger_rows()).unwrap()
}

/// The tenant of every story.
const TENANT: u128 = 1;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(1_700_000_000_000 + ms)
}

fn account(kind: AccountKind, owner: u128) -> AccountId {
    AccountId { kind, asset: Asset::Bean, owner }
}

fn clearing() -> AccountId {
    account(AccountKind::PaymentClearing, TENANT)
}

fn liquidity() -> AccountId {
    account(AccountKind::Liquidity, TENANT)
}

fn wallet(party: u128) -> AccountId {
    account(AccountKind::WalletPaid, party)
}

fn group(id: u128, commands: Vec<LedgerCommand>) -> LedgerGroup {
    LedgerGroup { id: CommandId::new(id), commands }
}

fn post(id: u128, amount: i64) -> LedgerGroup {
    group(id, vec![LedgerCommand::Post { debit: clearing(), credit: liquidity(), amount: Amount::new(amount) }])
}

/// Opens lot `lot` with so many units in the wallet of `party`.
fn top_up(party: u128, lot: u128, amount: i64) -> LedgerCommand {
    let lot = NewLot {
        id: LotId::new(lot),
        account: wallet(party),
        origin: LotOrigin::Grant,
        amount: Amount::new(amount),
        valid_from: at(0),
        valid_to: None,
        on_return: LotReturn::SameLot,
    };
    LedgerCommand::OpenLot { from: liquidity(), lot }
}

fn hold(hold: u128, order: u128, lot: u128, amount: i64) -> LedgerCommand {
    LedgerCommand::Hold {
        hold: HoldId::new(hold),
        order: PromotionOrderId::new(order),
        lot: LotId::new(lot),
        amount: Amount::new(amount),
        unit_worth: Micros::new(1),
    }
}
