//! Bank transfers that were announced, and lines of the platform's bank statement.

use tuiliu_domain::calendar::Day;
use tuiliu_domain::id::{BankLineId, PartyId, PaymentId, TenantId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{BankLine, BankLineState, BankTransfer, Payment, SuspenseReason};

use super::{PaymentRow, payment_columns};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Which announced transfers a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct BankTransferPage {
    pub tenant: TenantId,
    /// `None` is everybody.
    pub party: Option<PartyId>,
    /// Only those whose payment is in this state.
    pub state: Option<&'static str>,
    pub before: Option<PaymentId>,
    pub limit: u32,
}

/// Which lines a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct BankLinePage {
    pub tenant: TenantId,
    pub state: Option<&'static str>,
    pub before: Option<BankLineId>,
    pub limit: u32,
}

macro_rules! transfer_columns {
    () => {
        "t.payment_id, t.tenant_id, t.payer_name, t.code"
    };
}

macro_rules! line_columns {
    () => {
        "id, tenant_id, reference, amount_fen, payer_name, remittance, booked_on, entered_by, state, payment_id, reason,
        note, settled_by, settled_at, created_at, version"
    };
}

macro_rules! transfers {
    ($where:literal) => {
        concat!(
            "select ",
            payment_columns!(),
            ", ",
            transfer_columns!(),
            " from payment
            join bank_transfer t on t.payment_id = payment.id where ",
            $where
        )
    };
}

statements! {
    ADD_TRANSFER: "insert into bank_transfer (payment_id, tenant_id, party_id, payer_name, code)
        values ($1, $2, $3, $4, $5)";
    FIND_TRANSFER: transfers!("t.tenant_id = $1 and t.payment_id = $2");
    TRANSFER_OF_CODE: transfers!("t.tenant_id = $1 and t.code = $2");
    TRANSFERS_OF_PARTY: transfers!("t.tenant_id = $1 and t.party_id = $2 and ($3 = '' or payment.state = $3)
            and t.payment_id < $4 order by t.payment_id desc limit $5");
    TRANSFERS_OF_TENANT: transfers!("t.tenant_id = $1 and ($2 = '' or payment.state = $2)
            and t.payment_id < $3 order by t.payment_id desc limit $4");
    ADD_LINE: concat!("insert into bank_line (", line_columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)");
    FIND_LINE: concat!("select ", line_columns!(), " from bank_line where tenant_id = $1 and id = $2 /*lock*/");
    LINE_OF_REFERENCE: concat!("select ", line_columns!(), " from bank_line where tenant_id = $1 and reference = $2");
    LINES: concat!("select ", line_columns!(), " from bank_line
        where tenant_id = $1 and ($2 = '' or state = $2) and id < $3 order by id desc limit $4");
    SAVE_LINE: "update bank_line set state = $3, payment_id = $4, reason = $5, note = $6, settled_by = $7,
        settled_at = $8, version = version + 1 where id = $1 and version = $2";
    SUSPENDED: "select tenant_id, cast(sum(fen) as bigint) from (
            select tenant_id, amount_fen as fen from bank_line where state = 'suspended'
            union all
            select tenant_id, amount as fen from suspended_money where currency = 'CNY' and amount > 0
        ) aside group by tenant_id";
}

impl Tx<'_> {
    /// Keeps a transfer that was just announced, beside its payment.
    pub fn add_bank_transfer(&mut self, transfer: &BankTransfer, payment: &Payment) -> Result<(), StoreError> {
        let BankTransfer { payment: id, tenant, payer_name, code } = transfer;
        let values = [(*id).into(), (*tenant).into(), payment.party.into(), payer_name.into(), code.into()];
        self.execute_one(ADD_TRANSFER, &values)
    }

    /// The tenant's announced transfer with this payment.
    pub fn bank_transfer(
        &mut self,
        tenant: TenantId,
        payment: PaymentId,
    ) -> Result<Option<(PaymentRow, BankTransfer)>, StoreError> {
        self.query_one(FIND_TRANSFER, &[tenant.into(), payment.into()])?.as_ref().map(read_transfer).transpose()
    }

    /// The tenant's announced transfer with this code.
    pub fn bank_transfer_of_code(
        &mut self,
        tenant: TenantId,
        code: &str,
    ) -> Result<Option<(PaymentRow, BankTransfer)>, StoreError> {
        self.query_one(TRANSFER_OF_CODE, &[tenant.into(), code.into()])?.as_ref().map(read_transfer).transpose()
    }

    /// A page of announced transfers, newest first.
    pub fn bank_transfers(&mut self, page: BankTransferPage) -> Result<Vec<(PaymentRow, BankTransfer)>, StoreError> {
        let BankTransferPage { tenant, party, state, before, limit } = page;
        let (state, before) = (state.unwrap_or_default(), before.unwrap_or(PaymentId::new(u128::MAX)));
        let rows = match party {
            Some(party) => {
                let values = [tenant.into(), party.into(), state.into(), before.into(), limit.into()];
                self.query(TRANSFERS_OF_PARTY, &values)?
            }
            None => self.query(TRANSFERS_OF_TENANT, &[tenant.into(), state.into(), before.into(), limit.into()])?,
        };
        rows.iter().map(read_transfer).collect()
    }

    /// Keeps a line that was just entered.
    pub fn add_bank_line(&mut self, line: &BankLine) -> Result<(), StoreError> {
        let BankLine { id, tenant, reference, amount, payer_name, remittance, booked_on, entered_by, .. } = line;
        let (day, settled) = (booked_on.to_string(), Settled::of(&line.state));
        let values = [
            (*id).into(),
            (*tenant).into(),
            reference.into(),
            (*amount).into(),
            payer_name.into(),
            remittance.into(),
            (&day).into(),
            (*entered_by).into(),
            line.state.name().into(),
            settled.payment.into(),
            settled.reason.into(),
            settled.note.into(),
            settled.by.into(),
            settled.at.into(),
            line.created_at.into(),
        ];
        self.execute_one(ADD_LINE, &values)
    }

    /// The tenant's line with this id.
    pub fn bank_line(&mut self, tenant: TenantId, id: BankLineId) -> Result<Option<BankLine>, StoreError> {
        self.query_one(FIND_LINE, &[tenant.into(), id.into()])?.as_ref().map(read_line).transpose()
    }

    /// The tenant's line with this number of the bank's.
    pub fn bank_line_of_reference(
        &mut self,
        tenant: TenantId,
        reference: &str,
    ) -> Result<Option<BankLine>, StoreError> {
        self.query_one(LINE_OF_REFERENCE, &[tenant.into(), reference.into()])?.as_ref().map(read_line).transpose()
    }

    /// A page of lines, newest first.
    pub fn bank_lines(&mut self, page: BankLinePage) -> Result<Vec<BankLine>, StoreError> {
        let BankLinePage { tenant, state, before, limit } = page;
        let (state, before) = (state.unwrap_or_default(), before.unwrap_or(BankLineId::new(u128::MAX)));
        let values = [tenant.into(), state.into(), before.into(), limit.into()];
        self.query(LINES, &values)?.iter().map(read_line).collect()
    }

    /// Writes a line over the version that was read.
    pub fn save_bank_line(&mut self, line: &BankLine) -> Result<(), StoreError> {
        let settled = Settled::of(&line.state);
        let values = [
            line.id.into(),
            i64::try_from(line.version).map_err(StoreError::database)?.into(),
            line.state.name().into(),
            settled.payment.into(),
            settled.reason.into(),
            settled.note.into(),
            settled.by.into(),
            settled.at.into(),
        ];
        self.execute_one(SAVE_LINE, &values)
    }

    /// What each tenant has put aside, in fen, by the rows that say why: for the audit.
    pub fn money_put_aside(&mut self) -> Result<Vec<(TenantId, Amount)>, StoreError> {
        self.query(SUSPENDED, &[])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

/// What rows keep of how a line was settled.
#[derive(Default)]
struct Settled<'s> {
    payment: Option<PaymentId>,
    reason: Option<&'static str>,
    note: Option<&'s str>,
    by: Option<PartyId>,
    at: Option<Timestamp>,
}

impl<'s> Settled<'s> {
    fn of(state: &'s BankLineState) -> Self {
        match state {
            BankLineState::Open => Self::default(),
            BankLineState::Matched { payment, by, at } => {
                Self { payment: Some(*payment), by: Some(*by), at: Some(*at), ..Self::default() }
            }
            BankLineState::Suspended { reason, payment, by, at } => {
                let (reason, by, at) = (Some(reason.code()), Some(*by), Some(*at));
                Self { payment: *payment, reason, by, at, ..Self::default() }
            }
            BankLineState::Returned { note, by, at } => {
                Self { note: Some(note), by: Some(*by), at: Some(*at), ..Self::default() }
            }
        }
    }
}

fn read_transfer(row: &Row) -> Result<(PaymentRow, BankTransfer), StoreError> {
    let transfer =
        BankTransfer { payment: row.get(19)?, tenant: row.get(20)?, payer_name: row.get(21)?, code: row.get(22)? };
    Ok((super::read(row)?, transfer))
}

fn read_line(row: &Row) -> Result<BankLine, StoreError> {
    let name: String = row.get(8)?;
    let state = match name.as_str() {
        "open" => BankLineState::Open,
        "matched" => BankLineState::Matched { payment: row.get(9)?, by: row.get(12)?, at: row.get(13)? },
        "suspended" => BankLineState::Suspended {
            reason: row.parse(10, |code: String| SuspenseReason::from_code(&code))?,
            payment: row.get(9)?,
            by: row.get(12)?,
            at: row.get(13)?,
        },
        "returned" => BankLineState::Returned { note: row.get(11)?, by: row.get(12)?, at: row.get(13)? },
        _ => row.parse(8, |_: String| None)?,
    };
    Ok(BankLine {
        id: row.get(0)?,
        tenant: row.get(1)?,
        reference: row.get(2)?,
        amount: row.get(3)?,
        payer_name: row.get(4)?,
        remittance: row.get(5)?,
        booked_on: row.parse(6, |day: String| day.parse::<Day>().ok())?,
        state,
        entered_by: row.get(7)?,
        created_at: row.get(14)?,
        version: row.get(15)?,
    })
}
