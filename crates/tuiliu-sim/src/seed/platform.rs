//! A host platform that is set up step by step; a step that was done is found and not done again.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use tuiliu_app::access::{Caller, CreateTenant, Credential, LoginDraft, Password, RegisterParty, RegisterPartyError};
use tuiliu_app::live::{PlanRoom, RecordRoomFact, RoomFilter};
use tuiliu_app::outside::Clock;
use tuiliu_app::promotion::{PayPromotionOrder, PlacePromotionOrder};
use tuiliu_app::{App, CommandError, OnceKey, Shell, Tx};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId, SessionId, TenantId};
use tuiliu_domain::live::{RoomContent, RoomFact};
use tuiliu_domain::party::{Actor, Role, Scope};
use tuiliu_domain::time::Timestamp;

/// Parties and rooms read at once.
const PAGE: usize = 100;

/// One tenant of an app, acted on by its own operator and host.
#[derive(Clone)]
pub struct Platform {
    pub app: App,
    pub tenant: TenantId,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// The rules refused a step; the text says which and why.
#[derive(Debug)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// A refusal of one command as a refusal of the step that it is part of.
pub fn refused<R: std::error::Error>(error: CommandError<R>) -> CommandError<Refused> {
    match error {
        CommandError::NotFound => CommandError::NotFound,
        CommandError::Forbidden => CommandError::Forbidden,
        CommandError::Refused(refusal) => CommandError::Refused(Refused(refusal.to_string())),
        CommandError::KeyReused => CommandError::KeyReused,
        CommandError::Store(fault) => CommandError::Store(fault),
    }
}

impl Platform {
    /// The tenant of this name, made with its first operator when there is none.
    pub async fn open(app: App, clock: Arc<dyn Clock>, name: &str, operator: LoginDraft) -> Result<Self> {
        let known = app.tenants().await.context("failed to list the tenants")?;
        let tenant = match known.iter().find(|(_, known)| known == name) {
            Some((tenant, _)) => *tenant,
            None => {
                let command = CreateTenant { name: name.to_owned(), operator };
                app.create_tenant(command).await.context("failed to create the tenant")?.tenant
            }
        };
        Ok(Self { app, tenant, clock })
    }

    /// Who sets up the platform: everything that its operator and its host may do.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            tenant: self.tenant,
            party: PartyId::new(0),
            roles: vec![Role::Operator, Role::Finance, Role::Reviewer, Role::Integrator],
            scopes: Scope::ALL.to_vec(),
            clients: Vec::new(),
        }
    }

    /// A creator, a merchant, anybody, as they act themselves.
    #[must_use]
    pub fn actor_of(&self, party: PartyId, role: Role) -> Actor {
        Actor { tenant: self.tenant, party, roles: vec![role], scopes: Vec::new(), clients: Vec::new() }
    }

    /// [`actor`](Self::actor), signed in just now.
    #[must_use]
    pub fn caller(&self) -> Arc<Caller> {
        let proved_at = self.clock.now();
        let session = SessionId::new(0);
        let credential = Credential::Session { session, expires_at: proved_at.plus_ms(1), proved_at };
        Arc::new(Caller { actor: self.actor(), credential })
    }

    /// What time it is on the platform.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Does a step once for ever; answers what it answered then.
    pub async fn once(
        &self,
        key: &str,
        work: impl FnMut(&Shell, &mut Tx<'_>) -> Result<String, CommandError<Refused>> + Send + 'static,
    ) -> Result<String> {
        let once = OnceKey { tenant: self.tenant, key: key.to_owned(), digest: [0; 32] };
        let render = |outcome: Result<String, Refused>| match outcome {
            Ok(text) => (200, text.into_bytes()),
            Err(refusal) => (422, refusal.to_string().into_bytes()),
        };
        let answer = self.app.once(once, work, render).await.with_context(|| format!("failed to do `{key}`"))?;
        let text = String::from_utf8(answer.body).with_context(|| format!("failed to read what `{key}` answered"))?;
        if answer.status == 200 { Ok(text) } else { Err(anyhow!("{text}").context(format!("failed to do `{key}`"))) }
    }

    /// What a step answered, if it was done.
    pub async fn answered(&self, key: &str) -> Result<Option<String>> {
        let (tenant, key) = (self.tenant, key.to_owned());
        let stored = self.app.read(move |_, tx| {
            let stored = tx.stored_answer(tenant, &key)?;
            Ok::<_, CommandError<Refused>>(stored.map(|stored| stored.body))
        });
        let body = stored.await.context("failed to read an answer")?;
        body.map(|body| String::from_utf8(body).context("failed to read an answer")).transpose()
    }

    /// The party with this reference, registered when there is none.
    pub async fn party(&self, kind: Role, reference: &str, login: Option<LoginDraft>) -> Result<PartyId> {
        let command =
            RegisterParty { kind, display_name: reference.to_owned(), external_ref: Some(reference.to_owned()), login };
        match self.app.register_party(self.caller(), command).await {
            Ok(party) => Ok(party.id),
            Err(CommandError::Refused(RegisterPartyError::ExternalRefTaken { .. })) => {
                self.known_party(reference).await
            }
            Err(error) => Err(error).with_context(|| format!("failed to register `{reference}`")),
        }
    }

    /// The party with this reference, which must be there.
    pub async fn known_party(&self, reference: &str) -> Result<PartyId> {
        let mut after = None;
        loop {
            let page = self.app.parties(self.actor(), after, PAGE).await.context("failed to list the parties")?;
            if let Some(party) = page.iter().find(|party| party.external_ref.as_deref() == Some(reference)) {
                return Ok(party.id);
            }
            match page.last() {
                Some(last) => after = Some(last.id),
                None => bail!("failed to find `{reference}`"),
            }
        }
    }

    /// The room that the host calls so, planned when there is none.
    pub async fn room(&self, creator: PartyId, external_id: &str, content: RoomContent) -> Result<RoomId> {
        let actor = self.actor();
        let command = PlanRoom { creator, external_id: external_id.to_owned(), content };
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            shell.plan_room(tx, &actor, &command).map(|room| room.id.to_string()).map_err(refused)
        };
        let id = self.once(&format!("room {external_id}"), work).await?;
        id.parse().with_context(|| format!("failed to read the room id `{id}`"))
    }

    /// Tells a fact that happens now; what is known already changes nothing.
    pub async fn fact(&self, room: RoomId, fact: RoomFact) -> Result<()> {
        let at = self.now();
        let command = RecordRoomFact { room, fact, at };
        self.app.record_room_fact(self.actor(), command).await.map(drop).context("failed to tell a fact")
    }

    /// Places and pays an order once; the same id each time.
    pub async fn order(
        &self,
        key: &str,
        command: PlacePromotionOrder,
        coupons: Option<CouponChoice>,
    ) -> Result<PromotionOrderId> {
        let actor = self.actor();
        let work = move |shell: &Shell, tx: &mut Tx<'_>| {
            let order = shell.place_promotion_order(tx, &actor, &command).map_err(refused)?;
            if let Some(coupons) = coupons.clone() {
                let payment = PayPromotionOrder { order: order.id, coupons };
                shell.pay_promotion_order(tx, &actor, &payment).map_err(refused)?;
            }
            Ok(order.id.to_string())
        };
        let id = self.once(&format!("order {key}"), work).await?;
        id.parse().with_context(|| format!("failed to read the order id `{id}`"))
    }

    /// Every room of the tenant, newest first.
    pub async fn rooms(&self, limit: u32) -> Result<Vec<tuiliu_domain::live::Room>> {
        let filter = RoomFilter { creator: None, before: None, limit };
        self.app.rooms(self.actor(), filter).await.context("failed to list the rooms")
    }
}

/// The sample login of this name.
pub fn login(name: &str, password: &str, roles: &[Role]) -> Result<LoginDraft> {
    let password = Password::chosen(password.to_owned()).context("failed to make a password")?;
    Ok(LoginDraft { name: name.to_owned(), password, roles: roles.to_vec() })
}
