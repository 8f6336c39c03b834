//! Whom invoices can be made out to: what operators say of companies, and subjects that do not fit.

use tuiliu_domain::id::{InvoiceMismatchId, PartyId, TenantId};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{
    Company, CompanyQualification, InvoiceKind, InvoiceMismatch, QualificationState, TaxNumber,
};

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

macro_rules! mismatch_columns {
    () => {
        "id, tenant_id, party_id, kind, subject_name, tax_number, created_at, resolved_by, resolved_at, note"
    };
}

statements! {
    FIND: "select party_id, tenant_id, state, subject_name, tax_number, note, decided_by, changed_at, version
        from company_qualification where tenant_id = $1 and party_id = $2 /*lock*/";
    INSERT: "insert into company_qualification
        (party_id, tenant_id, state, subject_name, tax_number, note, decided_by, changed_at, version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    UPDATE: "update company_qualification set state = $3, subject_name = $4, tax_number = $5, note = $6,
        decided_by = $7, changed_at = $8, version = version + 1 where party_id = $1 and version = $2";
    ADD_MISMATCH: concat!("insert into invoice_mismatch (", mismatch_columns!(), ")
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    FIND_MISMATCH: concat!("select ", mismatch_columns!(), " from invoice_mismatch where tenant_id = $1 and id = $2");
    MISMATCHES: concat!("select ", mismatch_columns!(), " from invoice_mismatch
        where tenant_id = $1 and ($2 = 0 or resolved_at is null) and id < $3 order by id desc limit $4");
    RESOLVE: "update invoice_mismatch set resolved_by = $2, resolved_at = $3, note = $4
        where id = $1 and resolved_at is null";
}

impl Tx<'_> {
    /// What an operator said of the company behind a party, if anything was said.
    pub fn company_qualification(
        &mut self,
        tenant: TenantId,
        party: PartyId,
    ) -> Result<Option<CompanyQualification>, StoreError> {
        self.query_one(FIND, &[tenant.into(), party.into()])?.as_ref().map(read).transpose()
    }

    /// Writes what an operator says now, over the version that was read; version 0 is the first word.
    pub fn save_company_qualification(&mut self, said: &CompanyQualification) -> Result<(), StoreError> {
        let CompanyQualification { tenant, party, state, company, note, decided_by, changed_at, version } = said;
        let key = if *version == 0 {
            (*tenant).into()
        } else {
            i64::try_from(*version).map_err(StoreError::database)?.into()
        };
        let values = [
            (*party).into(),
            key,
            state.code().into(),
            (&company.name).into(),
            company.tax_number.as_str().into(),
            note.into(),
            (*decided_by).into(),
            (*changed_at).into(),
        ];
        self.execute_one(if *version == 0 { INSERT } else { UPDATE }, &values)
    }

    /// Keeps a subject that does not fit its account.
    pub fn add_invoice_mismatch(&mut self, mismatch: &InvoiceMismatch) -> Result<(), StoreError> {
        let InvoiceMismatch { id, tenant, party, kind, subject_name, tax_number, created_at, resolved } = mismatch;
        let resolved = resolved.as_ref();
        let values = [
            (*id).into(),
            (*tenant).into(),
            (*party).into(),
            kind.code().into(),
            subject_name.into(),
            tax_number.as_ref().into(),
            (*created_at).into(),
            resolved.map(|(by, _, _)| *by).into(),
            resolved.map(|(_, at, _)| *at).into(),
            resolved.map(|(_, _, note)| note).into(),
        ];
        self.execute_one(ADD_MISMATCH, &values)
    }

    /// The tenant's mismatch with this id.
    pub fn invoice_mismatch(
        &mut self,
        tenant: TenantId,
        id: InvoiceMismatchId,
    ) -> Result<Option<InvoiceMismatch>, StoreError> {
        self.query_one(FIND_MISMATCH, &[tenant.into(), id.into()])?.as_ref().map(read_mismatch).transpose()
    }

    /// A page of mismatches, newest first.
    pub fn invoice_mismatches(
        &mut self,
        tenant: TenantId,
        only_open: bool,
        (before, limit): (Option<InvoiceMismatchId>, u32),
    ) -> Result<Vec<InvoiceMismatch>, StoreError> {
        let before = before.unwrap_or(InvoiceMismatchId::new(u128::MAX));
        let values = [tenant.into(), only_open.into(), before.into(), limit.into()];
        self.query(MISMATCHES, &values)?.iter().map(read_mismatch).collect()
    }

    /// Notes what somebody made of a mismatch.
    pub fn resolve_invoice_mismatch(
        &mut self,
        id: InvoiceMismatchId,
        (by, at): (PartyId, Timestamp),
        note: &str,
    ) -> Result<(), StoreError> {
        self.execute_one(RESOLVE, &[id.into(), by.into(), at.into(), note.into()])
    }
}

fn read(row: &Row) -> Result<CompanyQualification, StoreError> {
    let tax_number = row.parse(4, |number: String| TaxNumber::parse(&number))?;
    Ok(CompanyQualification {
        party: row.get(0)?,
        tenant: row.get(1)?,
        state: row.parse(2, |code: String| QualificationState::from_code(&code))?,
        company: Company { name: row.get(3)?, tax_number },
        note: row.get(5)?,
        decided_by: row.get(6)?,
        changed_at: row.get(7)?,
        version: row.get(8)?,
    })
}

fn read_mismatch(row: &Row) -> Result<InvoiceMismatch, StoreError> {
    let (by, at, note): (Option<PartyId>, Option<Timestamp>, Option<String>) = (row.get(7)?, row.get(8)?, row.get(9)?);
    Ok(InvoiceMismatch {
        id: row.get(0)?,
        tenant: row.get(1)?,
        party: row.get(2)?,
        kind: row.parse(3, |code: String| InvoiceKind::from_code(&code))?,
        subject_name: row.get(4)?,
        tax_number: row.get(5)?,
        created_at: row.get(6)?,
        resolved: by.zip(at).zip(note).map(|((by, at), note)| (by, at, note)),
    })
}
