//! Appeals: filed by whom a decision hit, decided by somebody else within a promised time (RV-04).

use std::convert::Infallible;

use serde_json::json;
use thiserror::Error;
use tuiliu_domain::appeal::{
    Appeal, AppealAnswer, AppealEvidence, AppealState, AppealSubject, DecideAppealError, FileAppealError,
};
use tuiliu_domain::event::Event;
use tuiliu_domain::id::{AppealId, IncentiveMeasureId, PartyId, PromotionOrderId, TenantId};
use tuiliu_domain::message::MessageTopic;
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_store::{AppealPage, PartyRow, StoreError, Tx};

use crate::access::{of_party, of_tenant};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::incentive::{CALENDAR, lift};
use crate::outcome;

/// Appeals against one decision.
#[derive(Debug, Clone)]
pub struct FileAppeal {
    pub subject: AppealSubject,
    /// The id of the order, the account or the measure.
    pub subject_id: u128,
    pub evidence: AppealEvidence,
}

/// Decides on an appeal.
#[derive(Debug, Clone)]
pub struct DecideAppeal {
    pub appeal: AppealId,
    /// Whether the first decision is undone.
    pub grant: bool,
    pub answer: String,
}

/// Which appeals to list.
#[derive(Debug, Clone, Copy)]
pub struct AppealList {
    /// Whose; `None` is everybody, or one's own for whoever may look at nobody else's.
    pub party: Option<PartyId>,
    /// Only those that wait for an answer, oldest first; else all, newest first.
    pub only_open: bool,
    /// The last one of the page before.
    pub last: Option<AppealId>,
    pub limit: u32,
}

/// Why an appeal is not filed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileAppealRefusal {
    #[error(transparent)]
    File(#[from] FileAppealError),
    #[error("appeal against a decision that is not there to be undone")]
    NothingToAppeal,
    #[error("appeal against a decision twice")]
    AlreadyAppealed,
}

/// What is appealed: whose matter it is, and who decided.
struct Matter {
    party: PartyId,
    first_decider: Option<PartyId>,
    /// Whether there is something to be undone.
    stands: bool,
}

impl Shell {
    /// Files an appeal in the caller's transaction; of one decision once, unless it was withdrawn.
    pub fn file_appeal(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &FileAppeal,
    ) -> Result<Appeal, CommandError<FileAppealRefusal>> {
        let refuse = |refusal| Err(CommandError::Refused(refusal));
        let FileAppeal { subject, subject_id, evidence } = command;
        let (tenant, now) = (actor.tenant, self.now());
        let matter = self.matter(tx, tenant, (*subject, *subject_id))?.ok_or(CommandError::NotFound)?;
        let owned = of_party(tenant, matter.party);
        if actor.may(Action::FileAppeal, &owned).is_err() && actor.reach(Action::FileAppeal) == Some(Reach::Own) {
            return Err(CommandError::NotFound);
        }
        actor.may(Action::FileAppeal, &owned)?;
        evidence.check().map_err(|error| CommandError::Refused(error.into()))?;
        if !matter.stands {
            return refuse(FileAppealRefusal::NothingToAppeal);
        }
        let before = tx.appeals_of_subject(tenant, *subject, *subject_id)?;
        let again = |appeal: &Appeal| {
            // A ban that was lifted and came again is another decision; so is none of the others.
            appeal.state != AppealState::Withdrawn
                && !(appeal.subject == AppealSubject::BannedAccount && appeal.state == AppealState::Granted)
        };
        if before.iter().any(again) {
            return refuse(FileAppealRefusal::AlreadyAppealed);
        }
        let policy = self.policy(tx, tenant)?;
        let appeal = Appeal {
            id: self.id(),
            tenant,
            party: matter.party,
            subject: *subject,
            subject_id: *subject_id,
            first_decider: matter.first_decider,
            evidence: evidence.clone(),
            state: AppealState::Open,
            created_at: now,
            promised_at: CALENDAR.promise(now, policy.incentive.appeal_working_days).deadline(),
            answer: None,
            version: 1,
        };
        tx.add_appeal(&appeal)?;
        let event = Event::AppealFiled { appeal: appeal.id, party: appeal.party, subject: appeal.subject };
        outcome::tell(self, tx, tenant, &[event]);
        Ok(appeal)
    }

    /// Decides on an appeal in the caller's transaction; what is granted is undone at once.
    pub fn decide_appeal(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        command: &DecideAppeal,
    ) -> Result<Appeal, CommandError<DecideAppealError>> {
        let (tenant, now) = (actor.tenant, self.now());
        actor.may(Action::DecideAppeal, &of_tenant(tenant))?;
        let appeal = tx.appeal(tenant, command.appeal)?.ok_or(CommandError::NotFound)?;
        let answer = AppealAnswer { reviewer: actor.party, text: command.answer.clone(), at: now };
        let decided = appeal.decided(command.grant, answer).map_err(CommandError::Refused)?;
        if decided.state == AppealState::Granted {
            self.undo(tx, &decided)?;
        }
        tx.update_appeal(&decided)?;
        let body = json!({
            "appeal": decided.id.to_string(), "subject": decided.subject.code(),
            "subject_id": subject_text(&decided), "state": decided.state.code(), "answer": command.answer,
        });
        self.send_message(tx, (tenant, decided.party), MessageTopic::AppealDecided, &body)?;
        let Appeal { id, party, subject, state, .. } = decided;
        outcome::tell(self, tx, tenant, &[Event::AppealDecided { appeal: id, party, subject, state }]);
        Ok(Appeal { version: decided.version + 1, ..decided })
    }

    /// Takes an appeal back in the caller's transaction.
    pub fn withdraw_appeal(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        id: AppealId,
    ) -> Result<Appeal, CommandError<DecideAppealError>> {
        let appeal = readable(tx, actor, id)?;
        actor.may(Action::FileAppeal, &appeal.owned())?;
        let withdrawn = appeal.withdrawn().map_err(CommandError::Refused)?;
        tx.update_appeal(&withdrawn)?;
        Ok(Appeal { version: withdrawn.version + 1, ..withdrawn })
    }

    fn matter(
        &self,
        tx: &mut Tx<'_>,
        tenant: TenantId,
        (subject, id): (AppealSubject, u128),
    ) -> Result<Option<Matter>, StoreError> {
        Ok(match subject {
            AppealSubject::IncentiveMeasure => {
                let measure = tx.incentive_measure(tenant, IncentiveMeasureId::new(id))?;
                measure.map(|measure| Matter {
                    party: measure.party,
                    first_decider: Some(measure.operator),
                    stands: measure.lifted_at.is_none(),
                })
            }
            AppealSubject::BannedAccount => {
                let party = tx.party(tenant, PartyId::new(id))?;
                party.map(|party| Matter { party: party.id, first_decider: party.banned_by, stands: party.banned })
            }
            AppealSubject::RejectedOrder => {
                let order = tx.promotion_order(PromotionOrderId::new(id))?.filter(|order| order.tenant == tenant);
                let Some(order) = order else { return Ok(None) };
                let first_decider = tx.reviews_of(order.id)?.into_iter().rev().find_map(|review| review.reviewer);
                let stands = order.state.name() == "rejected";
                Some(Matter { party: order.payer, first_decider, stands })
            }
        })
    }

    /// Undoes what was appealed. An order that was rejected is over and paid back: granted, it may be placed again.
    fn undo(&self, tx: &mut Tx<'_>, appeal: &Appeal) -> Result<(), StoreError> {
        match appeal.subject {
            AppealSubject::IncentiveMeasure => {
                let measure = tx.incentive_measure(appeal.tenant, IncentiveMeasureId::new(appeal.subject_id))?;
                measure.map_or(Ok(()), |measure| lift(self, tx, &measure))
            }
            AppealSubject::BannedAccount => {
                let party = tx.party(appeal.tenant, PartyId::new(appeal.subject_id))?;
                match party.filter(|party| party.banned) {
                    Some(party) => tx.save_party(&PartyRow { banned: false, banned_by: None, ..party }),
                    None => Ok(()),
                }
            }
            AppealSubject::RejectedOrder => Ok(()),
        }
    }
}

/// The id of what is appealed, as it is shown.
#[must_use]
pub fn subject_text(appeal: &Appeal) -> String {
    match appeal.subject {
        AppealSubject::RejectedOrder => PromotionOrderId::new(appeal.subject_id).to_string(),
        AppealSubject::BannedAccount => PartyId::new(appeal.subject_id).to_string(),
        AppealSubject::IncentiveMeasure => IncentiveMeasureId::new(appeal.subject_id).to_string(),
    }
}

fn readable<R: std::error::Error>(tx: &mut Tx<'_>, actor: &Actor, id: AppealId) -> Result<Appeal, CommandError<R>> {
    let appeal = tx.appeal(actor.tenant, id)?.ok_or(CommandError::NotFound)?;
    match actor.may(Action::ReadAppeal, &appeal.owned()) {
        Ok(()) => Ok(appeal),
        Err(_) if actor.reach(Action::ReadAppeal).is_some() => Err(CommandError::NotFound),
        Err(forbidden) => Err(forbidden.into()),
    }
}

impl App {
    /// A page of appeals.
    pub async fn appeals(&self, actor: Actor, list: AppealList) -> Result<Vec<Appeal>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let AppealList { party, only_open, last, limit } = list;
            let tenant = actor.tenant;
            let party = match actor.reach(Action::ReadAppeal) {
                Some(Reach::Own | Reach::Consented) => party.or(Some(actor.party)),
                Some(Reach::Tenant) | None => party,
            };
            match party {
                Some(party) => actor.may(Action::ReadAppeal, &of_party(tenant, party))?,
                None => actor.may(Action::ReadAppeal, &of_tenant(tenant))?,
            }
            if only_open {
                actor.may(Action::DecideAppeal, &of_tenant(tenant))?;
                return Ok(tx.appeals_in_state(tenant, AppealState::Open, (last, limit))?);
            }
            Ok(tx.appeals(AppealPage { tenant, party, before: last, limit })?)
        })
        .await
    }

    /// One appeal.
    pub async fn appeal(&self, actor: Actor, id: AppealId) -> Result<Appeal, CommandError<Infallible>> {
        self.read(move |_, tx| readable(tx, &actor, id)).await
    }
}
