//! What an invoice may be about, and to whom (QB-17). Invoices themselves are not made here: nothing is invoiced yet.

use std::convert::Infallible;

use thiserror::Error;
use tuiliu_domain::id::{InvoiceMismatchId, PartyId};
use tuiliu_domain::limits::WALLET_NOTE_BYTES_MAX;
use tuiliu_domain::money::Amount;
use tuiliu_domain::party::{Action, Actor, Role};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{
    CompanyQualification, InvoiceAccount, InvoiceFigures, InvoiceKind, InvoiceMismatch, InvoiceSubjectAsk,
    InvoiceSubjectError, NoInvoice, QualificationDraft, QualifyError, invoice_figures,
};
use tuiliu_store::{StoreError, Tx};

use super::owner_for;
use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// What of a party's spending can be invoiced, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceView {
    pub figures: InvoiceFigures,
    /// Every kind of invoice, and why the account cannot ask for it.
    pub kinds: Vec<(InvoiceKind, Result<(), NoInvoice>)>,
    pub qualification: Option<CompanyQualification>,
}

/// Why an operator's word about a company was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QualifyCompanyError {
    #[error(transparent)]
    Qualify(#[from] QualifyError),
    #[error("change version `{read}` where `{present}` is present")]
    VersionConflict { read: u64, present: u64 },
}

/// Why a mismatch stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolveMismatchError {
    #[error("note nothing, or more than `{max}` bytes")]
    BadNote { max: usize },
    #[error("resolve a mismatch twice")]
    Resolved,
}

impl Shell {
    /// Looks at a subject in the caller's transaction; one that is not the account's own is routed to an operator.
    pub fn check_invoice_subject(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        (party, ask): (PartyId, &InvoiceSubjectAsk),
    ) -> Result<Option<InvoiceMismatch>, CommandError<InvoiceSubjectError>> {
        let row = owner_for(tx, actor, party, Action::TopUpWallet)?;
        let said = tx.company_qualification(actor.tenant, party)?;
        let is_individual = row.kind == Role::Creator;
        let account = InvoiceAccount { is_individual, name: &row.display_name, qualification: said.as_ref() };
        if account.fits(ask).map_err(CommandError::Refused)? {
            return Ok(None);
        }
        let InvoiceSubjectAsk { kind, subject_name, tax_number } = ask.clone();
        let (id, tenant, created_at) = (self.id(), actor.tenant, self.now());
        let mismatch =
            InvoiceMismatch { id, tenant, party, kind, subject_name, tax_number, created_at, resolved: None };
        tx.add_invoice_mismatch(&mismatch)?;
        Ok(Some(mismatch))
    }

    /// Notes in the caller's transaction what was made of a mismatch.
    pub fn resolve_invoice_mismatch(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        (id, note): (InvoiceMismatchId, &str),
    ) -> Result<InvoiceMismatch, CommandError<ResolveMismatchError>> {
        actor.may(Action::QualifyCompany, &of_tenant(actor.tenant))?;
        let mismatch = tx.invoice_mismatch(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
        let note = note.trim();
        if note.is_empty() || note.len() > WALLET_NOTE_BYTES_MAX {
            return Err(CommandError::Refused(ResolveMismatchError::BadNote { max: WALLET_NOTE_BYTES_MAX }));
        }
        if mismatch.resolved.is_some() {
            return Err(CommandError::Refused(ResolveMismatchError::Resolved));
        }
        let at = self.now();
        tx.resolve_invoice_mismatch(id, (actor.party, at), note)?;
        Ok(InvoiceMismatch { resolved: Some((actor.party, at, note.to_owned())), ..mismatch })
    }
}

impl App {
    /// What a party really spent of paid money on orders that came to their end in a period, and what of it can be
    /// invoiced to whom.
    pub async fn invoice_figures(
        &self,
        actor: Actor,
        party: PartyId,
        period: (Timestamp, Timestamp),
    ) -> Result<InvoiceView, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let row = owner_for(tx, &actor, party, Action::ReadWallet)?;
            let uses = tx.paid_uses(actor.tenant, party, period)?;
            let figures = invoice_figures(&uses, Amount::ZERO).ok_or_else(|| StoreError::Inconsistent {
                place: format!("payments of party {party}"),
                reason: "more was spent than there can be".to_owned(),
            })?;
            let qualification = tx.company_qualification(actor.tenant, party)?;
            let (is_individual, name) = (row.kind == Role::Creator, row.display_name.as_str());
            let account = InvoiceAccount { is_individual, name, qualification: qualification.as_ref() };
            let kinds = InvoiceKind::ALL.iter().map(|kind| (*kind, account.can_ask(*kind))).collect();
            Ok(InvoiceView { figures, kinds, qualification })
        })
        .await
    }

    /// What an operator said of the company behind a party.
    pub async fn company_qualification(
        &self,
        actor: Actor,
        party: PartyId,
    ) -> Result<Option<CompanyQualification>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            owner_for(tx, &actor, party, Action::ReadWallet)?;
            Ok(tx.company_qualification(actor.tenant, party)?)
        })
        .await
    }

    /// Says how far the verification of the company behind a party is; `version` is the one that was read, 0 at first.
    pub async fn qualify_company(
        &self,
        actor: Actor,
        party: PartyId,
        (version, draft): (u64, QualificationDraft),
    ) -> Result<CompanyQualification, CommandError<QualifyCompanyError>> {
        self.write(move |shell, tx| {
            owner_for(tx, &actor, party, Action::QualifyCompany)?;
            let before = tx.company_qualification(actor.tenant, party)?;
            let present = before.as_ref().map_or(0, |before| before.version);
            if present != version {
                return Err(CommandError::Refused(QualifyCompanyError::VersionConflict { read: version, present }));
            }
            let ids = (actor.tenant, party);
            let said = CompanyQualification::say(ids, before.as_ref(), draft.clone(), (actor.party, shell.now()))
                .map_err(|error| CommandError::Refused(error.into()))?;
            tx.save_company_qualification(&said)?;
            Ok(CompanyQualification { version: said.version + 1, ..said })
        })
        .await
    }

    /// A page of subjects that were not the account's own, newest first.
    pub async fn invoice_mismatches(
        &self,
        actor: Actor,
        only_open: bool,
        (before, rows_wanted): (Option<InvoiceMismatchId>, usize),
    ) -> Result<Vec<InvoiceMismatch>, CommandError<Infallible>> {
        let limit = u32::try_from(rows_wanted).unwrap_or(u32::MAX);
        self.read(move |_, tx| {
            actor.may(Action::QualifyCompany, &of_tenant(actor.tenant))?;
            Ok(tx.invoice_mismatches(actor.tenant, only_open, (before, limit))?)
        })
        .await
    }
}
