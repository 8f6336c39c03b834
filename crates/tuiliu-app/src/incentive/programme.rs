//! Programmes: written, published, changed, cancelled (IN-07, IN-10).

use std::convert::Infallible;

use serde_json::Value;
use thiserror::Error;
use tuiliu_domain::id::IncentiveProgrammeId;
use tuiliu_domain::incentive::{
    ChangeProgrammeError, Edition, Programme, ProgrammeKind, ProgrammeState, ProgrammeTerms, TermsError, month_of,
};
use tuiliu_domain::limits::INCENTIVE_EDITIONS_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{EditionRow, StoreError, Tx};

use super::text::{self, Unreadable};
use super::{edition_of, programme_of, row_of};
use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// A programme as it is told.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgrammeView {
    pub id: IncentiveProgrammeId,
    pub state: ProgrammeState,
    pub kind: ProgrammeKind,
    /// The text that may be edited.
    pub draft: Value,
    /// The text that holds now.
    pub published: Option<EditionView>,
    /// Coupons of this month's quota that are taken.
    pub coupons_taken: u32,
    pub created_at: Timestamp,
    pub cancelled_at: Option<Timestamp>,
    pub version: u64,
}

/// A text that was published.
#[derive(Debug, Clone, PartialEq)]
pub struct EditionView {
    pub number: u32,
    pub terms: Value,
    pub published_at: Timestamp,
}

/// Why a programme is not written, published or cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProgrammeRefusal {
    #[error("read the terms: {reason}")]
    Unreadable { reason: String },
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error(transparent)]
    Change(#[from] ChangeProgrammeError),
    #[error("change version `{read}` where `{present}` is present")]
    VersionConflict { read: u64, present: u64 },
    #[error("publish a programme more than `{max}` times")]
    TooManyEditions { max: usize },
}

impl Shell {
    /// Writes a new programme in the caller's transaction; nobody takes part before it is published.
    pub fn create_programme(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        terms: Value,
    ) -> Result<ProgrammeView, CommandError<ProgrammeRefusal>> {
        actor.may(Action::ManageProgramme, &of_tenant(actor.tenant))?;
        let programme = Programme::new(self.id(), actor.tenant, checked(terms)?, self.now());
        tx.add_programme(&row_of(&programme))?;
        Ok(view(tx, programme, self.now())?)
    }

    /// Changes the draft of a programme in the caller's transaction; what is published still holds.
    pub fn edit_programme(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        (id, read): (IncentiveProgrammeId, u64),
        terms: Value,
    ) -> Result<ProgrammeView, CommandError<ProgrammeRefusal>> {
        let programme = to_change(tx, actor, id)?;
        if programme.version != read {
            let present = programme.version;
            return Err(CommandError::Refused(ProgrammeRefusal::VersionConflict { read, present }));
        }
        let changed = programme.edited(checked(terms)?).map_err(refused)?;
        Ok(self.save_programme(tx, changed)?)
    }

    /// Publishes the draft of a programme in the caller's transaction: it holds from now on (IN-10).
    pub fn publish_programme(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        id: IncentiveProgrammeId,
    ) -> Result<ProgrammeView, CommandError<ProgrammeRefusal>> {
        let programme = to_change(tx, actor, id)?;
        let max = INCENTIVE_EDITIONS_MAX;
        if usize::try_from(programme.edition).is_ok_and(|edition| edition >= max) {
            return Err(CommandError::Refused(ProgrammeRefusal::TooManyEditions { max }));
        }
        let (changed, edition) = programme.published(self.now()).map_err(refused)?;
        let Edition { number, terms, published_at } = edition;
        let terms = text::write_terms(&terms).to_string();
        tx.add_edition(&EditionRow { programme: id, number, terms, published_at })?;
        Ok(self.save_programme(tx, changed)?)
    }

    /// Cancels a programme in the caller's transaction: nothing more is earned, what was earned stays (IN-10).
    pub fn cancel_programme(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        id: IncentiveProgrammeId,
    ) -> Result<ProgrammeView, CommandError<ProgrammeRefusal>> {
        let changed = to_change(tx, actor, id)?.cancelled(self.now()).map_err(refused)?;
        Ok(self.save_programme(tx, changed)?)
    }

    fn save_programme(&self, tx: &mut Tx<'_>, programme: Programme) -> Result<ProgrammeView, StoreError> {
        tx.update_programme(&row_of(&programme))?;
        let version = programme.version + 1;
        view(tx, Programme { version, ..programme }, self.now())
    }
}

fn refused(error: ChangeProgrammeError) -> CommandError<ProgrammeRefusal> {
    CommandError::Refused(error.into())
}

fn checked(terms: Value) -> Result<ProgrammeTerms, CommandError<ProgrammeRefusal>> {
    let unreadable = |Unreadable { reason }| CommandError::Refused(ProgrammeRefusal::Unreadable { reason });
    let terms = text::read_terms(terms).map_err(unreadable)?;
    terms.check().map_err(|error| CommandError::Refused(error.into()))?;
    Ok(terms)
}

fn to_change(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: IncentiveProgrammeId,
) -> Result<Programme, CommandError<ProgrammeRefusal>> {
    actor.may(Action::ManageProgramme, &of_tenant(actor.tenant))?;
    let row = tx.programme(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
    Ok(programme_of(row)?)
}

fn view(tx: &mut Tx<'_>, programme: Programme, now: Timestamp) -> Result<ProgrammeView, StoreError> {
    let coupons_taken = tx.quota_taken(programme.id, month_of(now))?;
    let last = tx.editions(programme.id)?.pop();
    let published = last.as_ref().map(edition_of).transpose()?.map(edition_view);
    Ok(ProgrammeView {
        id: programme.id,
        state: programme.state,
        kind: programme.draft.kind,
        draft: text::write_terms(&programme.draft),
        published,
        coupons_taken,
        created_at: programme.created_at,
        cancelled_at: programme.cancelled_at,
        version: programme.version,
    })
}

fn edition_view(edition: Edition) -> EditionView {
    let Edition { number, terms, published_at } = edition;
    EditionView { number, terms: text::write_terms(&terms), published_at }
}

/// Whether the actor sees drafts, and not only what holds for everybody.
fn sees_drafts(actor: &Actor) -> bool {
    actor.reach(Action::ManageProgramme).is_some()
}

impl App {
    /// The default text of a kind of programme.
    pub fn programme_preset(&self, actor: &Actor, kind: ProgrammeKind) -> Result<Value, CommandError<Infallible>> {
        actor.may(Action::ReadProgramme, &of_tenant(actor.tenant))?;
        Ok(text::write_terms(&ProgrammeTerms::preset(kind)))
    }

    /// [`Shell::edit_programme`] in a transaction of its own.
    pub async fn edit_programme(
        &self,
        actor: Actor,
        (id, read): (IncentiveProgrammeId, u64),
        terms: Value,
    ) -> Result<ProgrammeView, CommandError<ProgrammeRefusal>> {
        self.write(move |shell, tx| shell.edit_programme(tx, &actor, (id, read), terms.clone())).await
    }

    /// A programme; drafts are seen by who runs them.
    pub async fn programme(
        &self,
        actor: Actor,
        id: IncentiveProgrammeId,
    ) -> Result<ProgrammeView, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadProgramme, &of_tenant(actor.tenant))?;
            let row = tx.programme(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
            let seen = view(tx, programme_of(row)?, shell.now())?;
            if seen.published.is_none() && !sees_drafts(&actor) {
                return Err(CommandError::NotFound);
            }
            Ok(seen)
        })
        .await
    }

    /// A page of programmes, newest first; drafts are seen by who runs them.
    pub async fn programmes(
        &self,
        actor: Actor,
        (before, limit): (Option<IncentiveProgrammeId>, u32),
    ) -> Result<Vec<ProgrammeView>, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadProgramme, &of_tenant(actor.tenant))?;
            let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
            let (mut seen, mut before) = (Vec::new(), before);
            // Drafts are left out for those who do not see them, so rows are read until the page is full.
            while seen.len() < wanted {
                let rows = tx.programmes(actor.tenant, before, limit)?;
                let Some(last) = rows.last() else { break };
                before = Some(last.id);
                for row in rows.into_iter().filter(|row| row.edition > 0 || sees_drafts(&actor)) {
                    seen.push(view(tx, programme_of(row)?, shell.now())?);
                }
            }
            seen.truncate(wanted);
            Ok(seen)
        })
        .await
    }

    /// Everything published of a programme, oldest first.
    pub async fn programme_editions(
        &self,
        actor: Actor,
        id: IncentiveProgrammeId,
    ) -> Result<Vec<EditionView>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            actor.may(Action::ReadProgramme, &of_tenant(actor.tenant))?;
            tx.programme(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
            let editions = tx.editions(id)?;
            Ok(editions.iter().map(|row| edition_of(row).map(edition_view)).collect::<Result<_, _>>()?)
        })
        .await
    }
}
