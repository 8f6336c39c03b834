//! Tenants and parties, and whom an agency acts for.

use std::convert::Infallible;
use std::sync::Arc;

use thiserror::Error;
use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::limits::{AGENCY_CLIENTS_MAX, PAGE_MAX, PARTY_TEXT_BYTES_MAX};
use tuiliu_domain::party::{Action, Actor, Reach, Role};
use tuiliu_store::{Consent, PartyRow, PolicyRow, StoreError, TenantRow, Tx};

use super::login::{PreparedLogin, refuse};
use super::{AskAgain, Caller, LoginDraft, LoginError, of_party, of_tenant};
use crate::app::{App, Shell};
use crate::error::CommandError;

/// Where the credit score of a new party stands (TP-28).
const CREDIT_SCORE_FIRST: i64 = 100;
const CREDIT_SCORE_MAX: i64 = 100;

/// A party as it is told.
pub type PartyView = PartyRow;

/// Opens a host platform with its first operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTenant {
    pub name: String,
    pub operator: LoginDraft,
}

/// A new host platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreatedTenant {
    pub tenant: TenantId,
    pub operator: PartyId,
}

/// Makes a party known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterParty {
    pub kind: Role,
    pub display_name: String,
    /// The host platform's own name for the party.
    pub external_ref: Option<String>,
    pub login: Option<LoginDraft>,
}

/// Why a party was not made known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegisterPartyError {
    #[error("set `{field}` to nothing, or to more than `{max}` bytes")]
    BadText { field: &'static str, max: usize },
    #[error("register a second party for `{external_ref}`")]
    ExternalRefTaken { external_ref: String },
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    AskAgain(#[from] AskAgain),
}

/// Changes what staff decide about a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeParty {
    pub party: PartyId,
    /// The version that the change was made from.
    pub version: i64,
    pub display_name: Option<String>,
    pub credit_score: Option<i64>,
    pub banned: Option<bool>,
}

/// Why a party was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangePartyError {
    #[error("set `{field}` to nothing, or to more than `{max}` bytes")]
    BadText { field: &'static str, max: usize },
    #[error("set the credit score to `{score}`: it must be from `0` to `{max}`")]
    BadScore { score: i64, max: i64 },
    #[error("change version `{read}` where `{present}` is present")]
    VersionConflict { read: i64, present: i64 },
}

/// Why a consent was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ConsentError {
    #[error("let a party act for others that is no agency")]
    NoAgency,
    #[error("let an agency act for more than `{max}` parties")]
    TooMany { max: usize },
}

/// At least one row, and at most a page and the one after it, which tells that there are more.
pub(super) fn rows_to_read(wanted: usize) -> u32 {
    u32::try_from(wanted.clamp(1, PAGE_MAX + 1)).expect("a page is short")
}

impl App {
    /// Opens a host platform: for the command line, which acts for nobody.
    pub async fn create_tenant(
        &self,
        command: CreateTenant,
    ) -> Result<CreatedTenant, CommandError<RegisterPartyError>> {
        let CreateTenant { name, operator } = command;
        let name = refuse(text("name", &name))?;
        let login = refuse(self.shell.prepare_login(Role::Operator, operator).await?)?;
        self.write(move |shell, tx| {
            let now = shell.now();
            let tenant: TenantId = shell.id();
            let row = TenantRow { id: tenant, name: name.clone(), created_at: now, version: 1 };
            tx.add_tenant(&row, &PolicyRow { version: 1, overrides: "{}".to_owned() })?;
            let operator = PartyRow { display_name: login.name.clone(), ..blank(shell, tenant, Role::Operator) };
            tx.add_party(&operator)?;
            refuse(shell.add_login(tx, tenant, operator.id, &login)?)?;
            Ok(CreatedTenant { tenant, operator: operator.id })
        })
        .await
    }

    /// Every tenant's id and name: for the command line and for jobs, never for a tenant.
    pub async fn tenants(&self) -> Result<Vec<(TenantId, String)>, CommandError<Infallible>> {
        self.read(|_, tx| {
            let mut all = Vec::new();
            loop {
                let after = all.last().map_or(TenantId::new(0), |(id, _): &(TenantId, String)| *id);
                let page = tx.tenants_after(after, rows_to_read(PAGE_MAX))?;
                if page.is_empty() {
                    return Ok(all);
                }
                all.extend(page.into_iter().map(|row| (row.id, row.name)));
            }
        })
        .await
    }

    /// Makes a party known, with a login if it is a person who signs in here.
    pub async fn register_party(
        &self,
        caller: Arc<Caller>,
        command: RegisterParty,
    ) -> Result<PartyView, CommandError<RegisterPartyError>> {
        let RegisterParty { kind, display_name, external_ref, login } = command;
        let tenant = caller.actor.tenant;
        let roles = login.iter().flat_map(|login| &login.roles).chain([&kind]);
        let action =
            if roles.into_iter().any(|role| role.is_staff()) { Action::ManageStaff } else { Action::RegisterParty };
        caller.actor.may(action, &of_tenant(tenant))?;
        refuse(caller.proved(action, self.shell.now()))?;
        let display_name = refuse(text("display_name", &display_name))?;
        let external_ref = external_ref.map(|reference| refuse(text("external_ref", &reference))).transpose()?;
        let login: Option<PreparedLogin> = match login {
            Some(draft) => Some(refuse(self.shell.prepare_login(kind, draft).await?)?),
            None => None,
        };
        self.write(move |shell, tx| {
            if let Some(external_ref) = external_ref.clone()
                && tx.party_of_external_ref(tenant, &external_ref)?.is_some()
            {
                return Err(CommandError::Refused(RegisterPartyError::ExternalRefTaken { external_ref }));
            }
            let (display_name, external_ref) = (display_name.clone(), external_ref.clone());
            let party = PartyRow { display_name, external_ref, ..blank(shell, tenant, kind) };
            tx.add_party(&party)?;
            if let Some(login) = &login {
                refuse(shell.add_login(tx, tenant, party.id, login)?)?;
            }
            Ok(party)
        })
        .await
    }

    /// The actor's own party, whatever else they may see.
    pub async fn own_party(&self, actor: Actor) -> Result<PartyView, CommandError<Infallible>> {
        self.read(move |_, tx| tx.party(actor.tenant, actor.party)?.ok_or(CommandError::NotFound)).await
    }

    /// One party.
    pub async fn party(&self, actor: Actor, party: PartyId) -> Result<PartyView, CommandError<Infallible>> {
        self.read(move |_, tx| {
            may_see(&actor, party)?;
            tx.party(actor.tenant, party)?.ok_or(CommandError::NotFound)
        })
        .await
    }

    /// The parties that the actor may see, after this one, in the order of their ids: at most so many rows.
    pub async fn parties(
        &self,
        actor: Actor,
        after: Option<PartyId>,
        rows_wanted: usize,
    ) -> Result<Vec<PartyView>, CommandError<Infallible>> {
        self.read(move |_, tx| {
            let (after, limit) = (after.unwrap_or(PartyId::new(0)), rows_to_read(rows_wanted));
            let rows = match actor.reach(Action::ReadParty) {
                None => return Err(CommandError::Forbidden),
                Some(Reach::Tenant) => tx.parties_after(actor.tenant, after, limit)?,
                Some(Reach::Consented) => some_parties(tx, actor.tenant, own_and_clients(&actor, after), limit)?,
                Some(Reach::Own) => some_parties(tx, actor.tenant, vec![actor.party], limit)?,
            };
            Ok(rows.into_iter().filter(|row| after < row.id).collect())
        })
        .await
    }

    /// Changes what staff decide about a party: its name, its credit score, whether it is banned.
    pub async fn change_party(
        &self,
        actor: Actor,
        command: ChangeParty,
    ) -> Result<PartyView, CommandError<ChangePartyError>> {
        self.write(move |_, tx| {
            let ChangeParty { party, version, display_name, credit_score, banned } = command.clone();
            actor.may(Action::RegisterParty, &of_party(actor.tenant, party))?;
            let row = tx.party(actor.tenant, party)?.ok_or(CommandError::NotFound)?;
            if row.kind.is_staff() {
                actor.may(Action::ManageStaff, &of_tenant(actor.tenant))?;
            }
            if row.version != version {
                let conflict = ChangePartyError::VersionConflict { read: version, present: row.version };
                return Err(CommandError::Refused(conflict));
            }
            let score = credit_score.unwrap_or(row.credit_score);
            if !(0..=CREDIT_SCORE_MAX).contains(&score) {
                return Err(CommandError::Refused(ChangePartyError::BadScore { score, max: CREDIT_SCORE_MAX }));
            }
            let display_name = match display_name {
                Some(name) => refuse(text("display_name", &name))?,
                None => row.display_name.clone(),
            };
            let banned = banned.unwrap_or(row.banned);
            let banned_by = if row.banned { row.banned_by } else { Some(actor.party) }.filter(|_| banned);
            let changed = PartyRow { display_name, credit_score: score, banned, banned_by, ..row };
            tx.save_party(&changed)?;
            Ok(PartyRow { version: changed.version + 1, ..changed })
        })
        .await
    }

    /// Lets an agency act for the client, who must be the actor or have staff do it.
    pub async fn consent_to_agency(
        &self,
        actor: Actor,
        client: PartyId,
        agency: PartyId,
    ) -> Result<(), CommandError<ConsentError>> {
        let tenant = actor.tenant;
        self.write_then(
            move |shell, tx| {
                tx.party(tenant, client)?.ok_or(CommandError::NotFound)?;
                actor.may(Action::ConsentToAgency, &of_party(tenant, client))?;
                let row = tx.party(tenant, agency)?.ok_or(CommandError::NotFound)?;
                if row.kind != Role::Agency {
                    return Err(CommandError::Refused(ConsentError::NoAgency));
                }
                let all = u32::try_from(AGENCY_CLIENTS_MAX).expect("the limit is small");
                if tx.clients_of(tenant, agency, all)?.len() >= AGENCY_CLIENTS_MAX {
                    return Err(CommandError::Refused(ConsentError::TooMany { max: AGENCY_CLIENTS_MAX }));
                }
                tx.add_consent(Consent { tenant, agency, client }, shell.now())?;
                Ok(())
            },
            move |shell, ()| shell.forget_callers(|other| is(other, tenant, agency)),
        )
        .await
    }

    /// Ends a consent; whether there was one.
    pub async fn withdraw_consent(
        &self,
        actor: Actor,
        client: PartyId,
        agency: PartyId,
    ) -> Result<bool, CommandError<Infallible>> {
        let tenant = actor.tenant;
        self.write_then(
            move |_, tx| {
                tx.party(tenant, client)?.ok_or(CommandError::NotFound)?;
                actor.may(Action::ConsentToAgency, &of_party(tenant, client))?;
                Ok(tx.remove_consent(Consent { tenant, agency, client })?)
            },
            move |shell, _| shell.forget_callers(|other| is(other, tenant, agency)),
        )
        .await
    }
}

fn is(caller: &Caller, tenant: TenantId, party: PartyId) -> bool {
    caller.actor.tenant == tenant && caller.actor.party == party
}

/// Somebody else's party looks as if it were not there to whoever may only see their own.
fn may_see<R: std::error::Error>(actor: &Actor, party: PartyId) -> Result<(), CommandError<R>> {
    match actor.may(Action::ReadParty, &of_party(actor.tenant, party)) {
        Err(_) if actor.reach(Action::ReadParty).is_some() => Err(CommandError::NotFound),
        other => Ok(other?),
    }
}

fn own_and_clients(actor: &Actor, after: PartyId) -> Vec<PartyId> {
    let mut ids: Vec<PartyId> = actor.clients.iter().copied().chain([actor.party]).filter(|id| after < *id).collect();
    ids.sort_unstable();
    ids
}

/// The first of these parties.
fn some_parties(tx: &mut Tx<'_>, tenant: TenantId, ids: Vec<PartyId>, limit: u32) -> Result<Vec<PartyRow>, StoreError> {
    let limit = usize::try_from(limit).expect("a page is short");
    let found = ids.into_iter().take(limit).map(|id| tx.party(tenant, id));
    found.filter_map(Result::transpose).collect()
}

fn blank(shell: &Shell, tenant: TenantId, kind: Role) -> PartyRow {
    PartyRow {
        tenant,
        id: shell.id(),
        kind,
        display_name: String::new(),
        external_ref: None,
        credit_score: CREDIT_SCORE_FIRST,
        banned: false,
        banned_by: None,
        created_at: shell.now(),
        version: 1,
    }
}

/// A text that is neither empty nor too long.
struct BadText {
    field: &'static str,
}

fn text(field: &'static str, given: &str) -> Result<String, BadText> {
    let given = given.trim();
    if given.is_empty() || given.len() > PARTY_TEXT_BYTES_MAX { Err(BadText { field }) } else { Ok(given.to_owned()) }
}

impl From<BadText> for RegisterPartyError {
    fn from(BadText { field }: BadText) -> Self {
        Self::BadText { field, max: PARTY_TEXT_BYTES_MAX }
    }
}

impl From<BadText> for ChangePartyError {
    fn from(BadText { field }: BadText) -> Self {
        Self::BadText { field, max: PARTY_TEXT_BYTES_MAX }
    }
}
