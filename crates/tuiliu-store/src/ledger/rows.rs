//! Rows of the ledger, read into the domain's types.

use tuiliu_domain::ledger::{
    Account, AccountId, AccountKind, Escrow, Hold, Lease, LeaseId, Lot, LotOrigin, LotReturn, TransferCause,
};
use tuiliu_domain::money::Asset;

use crate::error::StoreError;
use crate::row::{Cell, FromCell, Row};
use crate::value::Value;

/// The columns that [`account`] reads.
macro_rules! account_columns {
    () => {
        "account, posted, held, frozen, entries"
    };
}
/// The columns that [`lot`] reads.
macro_rules! lot_columns {
    () => {
        "id, account, origin, origin_id, face, remaining, held, spent, returned, expired, split_out, \
         valid_from, valid_to, on_return"
    };
}
/// The columns that [`hold`] reads.
macro_rules! hold_columns {
    () => {
        "id, order_id, place, lot_id, amount, captured, released, unit_worth"
    };
}
/// The columns that [`escrow`] reads.
macro_rules! escrow_columns {
    () => {
        "order_id, budget, spent, leased, holds, open_leases, settled"
    };
}
/// The columns that [`lease`] reads.
macro_rules! lease_columns {
    () => {
        "order_id, node, epoch, granted, spent, closed"
    };
}
pub(super) use {account_columns, escrow_columns, hold_columns, lease_columns, lot_columns};

/// An account as 18 bytes that sort by kind, asset, owner.
pub(super) fn pack(id: AccountId) -> [u8; 18] {
    let mut packed = [0; 18];
    packed[0] = id.kind.number();
    packed[1] = id.asset.number();
    packed[2..].copy_from_slice(&id.owner.to_be_bytes());
    packed
}

impl From<AccountId> for Value<'_> {
    fn from(id: AccountId) -> Self {
        Self::Account(pack(id))
    }
}

impl FromCell for AccountId {
    fn from_cell(cell: &Cell) -> Result<Self, String> {
        let [kind, asset, owner @ ..] = <[u8; 18]>::from_cell(cell)?;
        let kind = AccountKind::from_number(kind).ok_or_else(|| format!("no kind of account `{kind}`"))?;
        let asset = Asset::from_number(asset).ok_or_else(|| format!("no asset `{asset}`"))?;
        Ok(Self { kind, asset, owner: u128::from_be_bytes(owner) })
    }
}

/// The same bits as a stored integer; epochs are opaque and only compared for equality.
pub(super) fn epoch_to_stored(epoch: u64) -> i64 {
    i64::from_be_bytes(epoch.to_be_bytes())
}

fn epoch_from_stored(stored: i64) -> u64 {
    u64::from_be_bytes(stored.to_be_bytes())
}

/// An account and how many rows of history it has.
pub(super) fn account(row: &Row) -> Result<(Account, u64), StoreError> {
    let account = Account { id: row.get(0)?, posted: row.get(1)?, held: row.get(2)?, frozen: row.get(3)? };
    Ok((account, row.get(4)?))
}

pub(super) fn lot(row: &Row) -> Result<Lot, StoreError> {
    let source: Option<[u8; 16]> = row.get(3)?;
    let source = source.map(u128::from_be_bytes);
    Ok(Lot {
        id: row.get(0)?,
        account: row.get(1)?,
        origin: row.parse(2, |code: String| origin(&code, source))?,
        face: row.get(4)?,
        remaining: row.get(5)?,
        held: row.get(6)?,
        spent: row.get(7)?,
        returned: row.get(8)?,
        expired: row.get(9)?,
        split_out: row.get(10)?,
        valid_from: row.get(11)?,
        valid_to: row.get(12)?,
        on_return: row.parse(13, |code: String| lot_return(&code))?,
    })
}

fn origin(code: &str, source: Option<u128>) -> Option<LotOrigin> {
    use tuiliu_domain::id::{LotId, PaymentId};
    match (code, source) {
        ("payment", Some(payment)) => Some(LotOrigin::Payment(PaymentId::new(payment))),
        ("grant", None) => Some(LotOrigin::Grant),
        ("split_from", Some(lot)) => Some(LotOrigin::SplitFrom(LotId::new(lot))),
        ("remainder_of", Some(lot)) => Some(LotOrigin::RemainderOf(LotId::new(lot))),
        _ => None,
    }
}

/// The code of an origin and what it names.
pub(super) fn origin_code(origin: LotOrigin) -> (&'static str, Option<[u8; 16]>) {
    match origin {
        LotOrigin::Payment(payment) => ("payment", Some(payment.bytes())),
        LotOrigin::Grant => ("grant", None),
        LotOrigin::SplitFrom(lot) => ("split_from", Some(lot.bytes())),
        LotOrigin::RemainderOf(lot) => ("remainder_of", Some(lot.bytes())),
    }
}

fn lot_return(code: &str) -> Option<LotReturn> {
    [LotReturn::SameLot, LotReturn::NewLot, LotReturn::Burn].into_iter().find(|way| lot_return_code(*way) == code)
}

pub(super) fn lot_return_code(way: LotReturn) -> &'static str {
    match way {
        LotReturn::SameLot => "same_lot",
        LotReturn::NewLot => "new_lot",
        LotReturn::Burn => "burn",
    }
}

pub(super) fn hold(row: &Row) -> Result<Hold, StoreError> {
    Ok(Hold {
        id: row.get(0)?,
        order: row.get(1)?,
        place: row.get(2)?,
        lot: row.get(3)?,
        amount: row.get(4)?,
        captured: row.get(5)?,
        released: row.get(6)?,
        unit_worth: row.get(7)?,
    })
}

pub(super) fn escrow(row: &Row) -> Result<Escrow, StoreError> {
    Ok(Escrow {
        order: row.get(0)?,
        budget: row.get(1)?,
        spent: row.get(2)?,
        leased: row.get(3)?,
        holds: row.get(4)?,
        open_leases: row.get(5)?,
        settled: row.get(6)?,
    })
}

pub(super) fn lease(row: &Row) -> Result<Lease, StoreError> {
    let epoch = epoch_from_stored(row.get(2)?);
    let id = LeaseId { order: row.get(0)?, node: row.get(1)?, epoch };
    Ok(Lease { id, granted: row.get(3)?, spent: row.get(4)?, closed: row.get(5)? })
}

/// The number of a cause in rows of history; never renumbered.
pub(super) fn cause_number(cause: TransferCause) -> u8 {
    match cause {
        TransferCause::Post => 0,
        TransferCause::OpenLot => 1,
        TransferCause::TakeFromLot => 2,
        TransferCause::SplitLot => 3,
        TransferCause::ExpireLot => 4,
        TransferCause::Capture => 5,
        TransferCause::Remainder => 6,
        TransferCause::Burn => 7,
        TransferCause::Reverse => 8,
    }
}

/// The cause with this number.
pub(super) fn cause(number: u8) -> Option<TransferCause> {
    TransferCause::ALL.iter().copied().find(|cause| cause_number(*cause) == number)
}
