//! Stories of the ledger on every kind of store.

mod stories;

use tuiliu_domain::id::{CommandId, HoldId, LotId, PromotionOrderId};
use tuiliu_domain::ledger::{AccountId, AccountKind, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot};
use tuiliu_domain::money::{Amount, Asset, Micros};
use tuiliu_domain::time::Timestamp;

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
