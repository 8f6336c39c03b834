//! Applications: made with a form, answered within a promised time (IN-01…IN-04, IN-08).

use std::collections::BTreeSet;
use std::convert::Infallible;

use serde_json::json;
use thiserror::Error;
use tuiliu_domain::event::Event;
use tuiliu_domain::id::{IncentiveApplicationId, IncentiveProgrammeId, PartyId, TenantId};
use tuiliu_domain::incentive::{
    Application, ApplicationForm, ApplicationState, ApplicationVerdict, DecideApplicationError, Edition, FormError,
    ProgrammeKind, ProgrammeTerms, RewardRule, Task, edition_at, findings, month_of, promised_at,
};
use tuiliu_domain::message::MessageTopic;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{ApplicationPage, ApplicationRow, StoreError, Tx};

use super::fact::account_facts;
use super::linkage::cluster;
use super::reward::{Earned, issue, listed_party, readable};
use super::{CALENDAR, Known, inconsistent, known, text};
use crate::access::{of_party, of_tenant};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::notice::time_text;
use crate::outcome;

/// Applies to take part in a programme.
#[derive(Debug, Clone)]
pub struct ApplyForIncentive {
    pub programme: IncentiveProgrammeId,
    pub party: PartyId,
    pub form: ApplicationForm,
}

/// Answers an application.
#[derive(Debug, Clone)]
pub struct DecideApplication {
    pub application: IncentiveApplicationId,
    pub approve: bool,
    /// For the creator; needed to turn it down.
    pub reason: String,
}

/// An application as it is told.
pub type ApplicationView = Application;

/// Which applications to list.
#[derive(Debug, Clone, Copy)]
pub struct ApplicationsList {
    /// Whose; `None` is everybody, or one's own for whoever may look at nobody else's.
    pub party: Option<PartyId>,
    /// Only those that wait for an answer, oldest first; else all, newest first.
    pub only_waiting: bool,
    /// The last one of the page before.
    pub last: Option<IncentiveApplicationId>,
    pub limit: u32,
}

/// Why an application is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApplyRefusal {
    #[error("apply to a programme that takes no applications now")]
    NotOpen,
    #[error("apply to a programme that everybody eligible takes part in")]
    NoApplicationNeeded,
    #[error("apply for somebody who is not there, or is banned")]
    NoParty,
    #[error("apply while limited for `{reasons}`")]
    Limited { reasons: String },
    #[error("apply without meeting `{unmet}`")]
    NotEligible { unmet: String },
    #[error(transparent)]
    Form(#[from] FormError),
    #[error("apply for an account that was helped before, itself or under another name")]
    AlreadyHelped,
    #[error("apply again while an application waits or holds")]
    AlreadyApplied,
    #[error("apply after the last coupon of the month `{month}` was taken")]
    QuotaExhausted { month: i64 },
}

/// Why an application is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecideApplicationRefusal {
    #[error(transparent)]
    Decide(#[from] DecideApplicationError),
    #[error("approve an account that was helped before under another name")]
    AlreadyHelped,
    #[error("approve an application to a programme that is cancelled")]
    NotOpen,
}

impl Shell {
    /// Takes in an application in the caller's transaction.
    ///
    /// The coupons of its approval are taken from the month's quota now: who comes first is served first (IN-04).
    pub fn apply_for_incentive(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &ApplyForIncentive,
    ) -> Result<ApplicationView, CommandError<ApplyRefusal>> {
        let refuse = |refusal| Err(CommandError::Refused(refusal));
        let (tenant, party, now) = (actor.tenant, command.party, self.now());
        actor.may(Action::ApplyForIncentive, &of_party(tenant, party))?;
        let row = tx.programme(tenant, command.programme)?.filter(|row| row.edition > 0);
        let known = known(tx, row.ok_or(CommandError::NotFound)?)?;
        let Some(edition) = open_edition(&known, now) else { return refuse(ApplyRefusal::NotOpen) };
        let terms = &edition.terms;
        if terms.kind == ProgrammeKind::Growth {
            return refuse(ApplyRefusal::NoApplicationNeeded);
        }
        let has_target = matches!(terms.rewards, RewardRule::Target(_));
        command.form.check(terms.application, has_target, now).map_err(|error| CommandError::Refused(error.into()))?;
        self.is_welcome(tx, (tenant, party), terms)?;
        tx.lock_incentive_desk(tenant)?;
        let live = tx.live_applications(tenant, party)?;
        let of_this = |state| live.iter().any(|row| row.programme == command.programme && row.state == state);
        if of_this(ApplicationState::Submitted) {
            return refuse(ApplyRefusal::AlreadyApplied);
        }
        let is_once = terms.kind == ProgrammeKind::ColdStart;
        if is_once && was_helped(self, tx, (tenant, party), None)? {
            return refuse(ApplyRefusal::AlreadyHelped);
        }
        let month = month_of(now);
        let coupons = on_approval(terms);
        let max = terms.coupons_per_month.unwrap_or(u32::MAX);
        if coupons > 0 && !tx.take_quota((command.programme, month), coupons, max)? {
            return refuse(ApplyRefusal::QuotaExhausted { month });
        }
        let application = ApplicationRow {
            id: self.id(),
            tenant,
            programme: command.programme,
            edition: edition.number,
            party,
            state: ApplicationState::Submitted,
            form: text::write_form(&command.form),
            month,
            created_at: now,
            promised_at: promised_at(&CALENDAR, now, terms.application.review_working_days),
            verdict: None,
            version: 1,
        };
        tx.add_application(&application)?;
        if is_once {
            tx.add_incentive_help((tenant, party), application.id, now)?;
        }
        let body = json!({
            "application": application.id.to_string(), "programme": command.programme.to_string(),
            "title": terms.title, "promised_at": time_text(application.promised_at),
        });
        self.send_message(tx, (tenant, party), MessageTopic::ApplicationReceived, &body)?;
        Ok(of_row(application)?)
    }

    /// Whether the account may take part at all: there, not banned, not limited, eligible.
    fn is_welcome(
        &self,
        tx: &mut Tx<'_>,
        (tenant, party): (TenantId, PartyId),
        terms: &ProgrammeTerms,
    ) -> Result<(), CommandError<ApplyRefusal>> {
        let refuse = |refusal| Err(CommandError::Refused(refusal));
        let Some(row) = tx.party(tenant, party)?.filter(|row| !row.banned) else {
            return refuse(ApplyRefusal::NoParty);
        };
        let now = self.now();
        let figures = account_facts(tx, &row)?.figures(now);
        let policy = self.policy(tx, tenant)?;
        let mut reasons: BTreeSet<&str> =
            findings(&figures, &policy.incentive).into_iter().map(|reason| reason.code()).collect();
        reasons.extend(tx.measures_in_force(tenant, party, now)?.iter().map(|measure| measure.reason.code()));
        if !reasons.is_empty() {
            let reasons = reasons.into_iter().collect::<Vec<_>>().join(" ");
            return refuse(ApplyRefusal::Limited { reasons });
        }
        if !terms.eligibility.holds(&figures) {
            let unmet = terms.eligibility.progress(&figures).into_iter().filter(|one| !one.is_met);
            let unmet = unmet.map(|one| text::write_condition(&one.threshold).to_string()).collect::<Vec<_>>();
            return refuse(ApplyRefusal::NotEligible { unmet: unmet.join(" ") });
        }
        Ok(())
    }

    /// Answers an application in the caller's transaction (IN-03).
    pub fn decide_application(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &DecideApplication,
    ) -> Result<ApplicationView, CommandError<DecideApplicationRefusal>> {
        let (tenant, now) = (actor.tenant, self.now());
        actor.may(Action::ReviewApplication, &of_tenant(tenant))?;
        tx.lock_incentive_desk(tenant)?;
        let row = tx.application(tenant, command.application)?.ok_or(CommandError::NotFound)?;
        let (month, party) = (row.month, row.party);
        let verdict = ApplicationVerdict { reviewer: actor.party, reason: command.reason.clone(), at: now };
        let decided =
            of_row(row)?.decided(command.approve, verdict).map_err(|error| CommandError::Refused(error.into()))?;
        let programme = tx.programme(tenant, decided.programme)?.ok_or(CommandError::NotFound)?;
        let known = known(tx, programme)?;
        let applied = &edition_numbered(&known, decided.edition)?.terms;
        if command.approve {
            let edition = edition_at(&known.editions, now).filter(|_| known.programme.was_open(now));
            let Some(edition) = edition else {
                return Err(CommandError::Refused(DecideApplicationRefusal::NotOpen));
            };
            // What links accounts may have been told after the application.
            let is_once = applied.kind == ProgrammeKind::ColdStart;
            if is_once && was_helped(self, tx, (tenant, party), Some(decided.id))? {
                return Err(CommandError::Refused(DecideApplicationRefusal::AlreadyHelped));
            }
            self.approve(tx, &decided, (edition, month, on_approval(applied)))?;
        } else {
            take_off(tx, &decided, (month, on_approval(applied)))?;
        }
        tx.update_application(&to_row(&decided, month))?;
        let body = json!({
            "application": decided.id.to_string(), "programme": decided.programme.to_string(),
            "title": applied.title, "state": decided.state.code(), "reason": command.reason,
        });
        self.send_message(tx, (tenant, party), MessageTopic::ApplicationDecided, &body)?;
        let event = Event::IncentiveApplicationDecided { application: decided.id, party, state: decided.state };
        outcome::tell(self, tx, tenant, &[event]);
        Ok(Application { version: decided.version + 1, ..decided })
    }

    /// Gives what an approval brings: the coupons reserved for it, to be used from the first broadcast agreed on.
    fn approve(
        &self,
        tx: &mut Tx<'_>,
        application: &Application,
        (edition, month, reserved): (&Edition, i64, u32),
    ) -> Result<(), StoreError> {
        let award = match &edition.terms.rewards {
            RewardRule::Broadcasts { on_approval, .. } => *on_approval,
            RewardRule::Periods { .. } | RewardRule::Target(_) => None,
        };
        let programme = (application.programme, month);
        let Some(award) = award else {
            return if reserved > 0 { tx.return_quota(programme, reserved) } else { Ok(()) };
        };
        let party = tx.party(application.tenant, application.party)?;
        let party = party.ok_or_else(|| inconsistent(format!("application {}", application.id), "it has no party"))?;
        let figures = account_facts(tx, &party)?.figures(self.now());
        // A text published since may grant another number than was reserved; the quota follows what was reserved.
        let is_covered = reserved == award.coupons;
        if !is_covered && reserved > 0 {
            tx.return_quota(programme, reserved)?;
        }
        let earned = Earned {
            tenant: application.tenant,
            programme: application.programme,
            edition: edition.number,
            terms: &edition.terms,
            party: application.party,
            task: Task::Approval(application.id),
            award,
            figures: &figures,
            room: None,
            application: Some(application.id),
            valid_from: application.released_at(self.now()),
            reserved: is_covered.then_some((month, reserved)),
        };
        issue(self, tx, &earned).map(drop)
    }

    /// Takes an application back in the caller's transaction.
    pub fn withdraw_application(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        id: IncentiveApplicationId,
    ) -> Result<ApplicationView, CommandError<DecideApplicationRefusal>> {
        let tenant = actor.tenant;
        tx.lock_incentive_desk(tenant)?;
        let row = tx.application(tenant, id)?.ok_or(CommandError::NotFound)?;
        readable(actor, Action::ReadIncentive, row.party)?;
        actor.may(Action::ApplyForIncentive, &of_party(tenant, row.party))?;
        let month = row.month;
        let withdrawn = of_row(row)?.withdrawn().map_err(|error| CommandError::Refused(error.into()))?;
        let programme = tx.programme(tenant, withdrawn.programme)?.ok_or(CommandError::NotFound)?;
        let known = known(tx, programme)?;
        let coupons = on_approval(&edition_numbered(&known, withdrawn.edition)?.terms);
        take_off(tx, &withdrawn, (month, coupons))?;
        tx.update_application(&to_row(&withdrawn, month))?;
        Ok(Application { version: withdrawn.version + 1, ..withdrawn })
    }
}

/// The edition under which something can be applied for now.
fn open_edition(known: &Known, now: Timestamp) -> Option<&Edition> {
    let edition = edition_at(&known.editions, now).filter(|_| known.programme.was_open(now))?;
    edition.terms.holds_at(now).then_some(edition)
}

fn edition_numbered(known: &Known, number: u32) -> Result<&Edition, StoreError> {
    let found = known.editions.iter().find(|edition| edition.number == number);
    found.ok_or_else(|| inconsistent(format!("programme {}", known.programme.id), format!("no edition {number}")))
}

/// How many coupons an approval brings.
fn on_approval(terms: &ProgrammeTerms) -> u32 {
    match &terms.rewards {
        RewardRule::Broadcasts { on_approval, .. } => on_approval.map_or(0, |award| award.coupons),
        RewardRule::Periods { .. } | RewardRule::Target(_) => 0,
    }
}

/// Whether the account or one that counts as the same was helped, by another application than this (IN-02).
fn was_helped(
    shell: &Shell,
    tx: &mut Tx<'_>,
    (tenant, party): (TenantId, PartyId),
    but: Option<IncentiveApplicationId>,
) -> Result<bool, StoreError> {
    for member in cluster(shell, tx, tenant, party)? {
        if tx.incentive_help(tenant, member)?.is_some_and(|application| Some(application) != but) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An application that came to nothing gives back what it held.
fn take_off(tx: &mut Tx<'_>, application: &Application, (month, coupons): (i64, u32)) -> Result<(), StoreError> {
    if coupons > 0 {
        tx.return_quota((application.programme, month), coupons)?;
    }
    tx.drop_incentive_help_if_any((application.tenant, application.party), application.id)
}

fn of_row(row: ApplicationRow) -> Result<Application, StoreError> {
    let form =
        text::read_form(&row.form).map_err(|fault| inconsistent(format!("application {}", row.id), fault.reason))?;
    Ok(Application {
        id: row.id,
        tenant: row.tenant,
        programme: row.programme,
        edition: row.edition,
        party: row.party,
        form,
        state: row.state,
        created_at: row.created_at,
        promised_at: row.promised_at,
        verdict: row.verdict,
        version: row.version,
    })
}

fn to_row(application: &Application, month: i64) -> ApplicationRow {
    ApplicationRow {
        id: application.id,
        tenant: application.tenant,
        programme: application.programme,
        edition: application.edition,
        party: application.party,
        state: application.state,
        form: text::write_form(&application.form),
        month,
        created_at: application.created_at,
        promised_at: application.promised_at,
        verdict: application.verdict.clone(),
        version: application.version,
    }
}

/// An account's applications that were approved, oldest first.
pub(super) fn approved(
    tx: &mut Tx<'_>,
    (tenant, party): (TenantId, PartyId),
    programme: IncentiveProgrammeId,
) -> Result<Vec<Application>, StoreError> {
    let rows = tx.live_applications(tenant, party)?.into_iter();
    let of_this = rows.filter(|row| row.programme == programme && row.state == ApplicationState::Approved);
    of_this.map(of_row).collect()
}

impl App {
    /// A page of applications.
    pub async fn incentive_applications(
        &self,
        actor: Actor,
        list: ApplicationsList,
    ) -> Result<Vec<ApplicationView>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let ApplicationsList { party, only_waiting, last, limit } = list;
            let tenant = actor.tenant;
            let party = listed_party(&actor, Action::ReadIncentive, party)?;
            let rows = if only_waiting {
                actor.may(Action::ReviewApplication, &of_tenant(tenant))?;
                tx.applications_in_state(tenant, ApplicationState::Submitted, last, limit)?
            } else {
                tx.applications(ApplicationPage { tenant, party, before: last, limit })?
            };
            Ok(rows.into_iter().map(of_row).collect::<Result<_, _>>()?)
        })
        .await
    }

    /// One application.
    pub async fn incentive_application(
        &self,
        actor: Actor,
        id: IncentiveApplicationId,
    ) -> Result<ApplicationView, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let row = tx.application(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
            readable(&actor, Action::ReadIncentive, row.party)?;
            Ok(of_row(row)?)
        })
        .await
    }
}
