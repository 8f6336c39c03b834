use std::convert::Infallible;
use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::Arc;

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::party::{Action, Actor, Reach, Role, Scope};
use tuiliu_domain::policy::Policy;
use tuiliu_domain::time::{DAY_MS, Timestamp};
use tuiliu_store::testing::memory;

use super::*;
use crate::app::App;
use crate::error::CommandError;
use crate::outside::{CountingIds, CountingSecrets, ManualClock, Outside};

const PASSWORD: &str = "correct horse battery";
const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 99));

/// One platform with an operator who is signed in.
struct World {
    app: App,
    clock: Arc<ManualClock>,
    tenant: TenantId,
    operator: Arc<Caller>,
}

fn password(text: &str) -> Password {
    Password::chosen(text.to_owned()).unwrap()
}

fn draft(name: &str, roles: &[Role]) -> LoginDraft {
    LoginDraft { name: name.to_owned(), password: password(PASSWORD), roles: roles.to_vec() }
}

#[track_caller]
fn refused<T: Debug, R: std::error::Error + PartialEq>(outcome: Result<T, CommandError<R>>, expected: R) {
    match outcome {
        Err(CommandError::Refused(refusal)) => assert_eq!(refusal, expected),
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
fn forbidden<T: Debug, R: std::error::Error>(outcome: Result<T, CommandError<R>>) {
    assert!(matches!(outcome, Err(CommandError::Forbidden)), "{outcome:?}");
}

#[track_caller]
fn not_found<T: Debug, R: std::error::Error>(outcome: Result<T, CommandError<R>>) {
    assert!(matches!(outcome, Err(CommandError::NotFound)), "{outcome:?}");
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_ms(1_000_000_000_000)));
        let outside = Outside {
            clock: Box::new(Arc::clone(&clock)),
            ids: Box::new(CountingIds::default()),
            secrets: Box::new(CountingSecrets::default()),
        };
        let app = App::with_password_cost(memory(), outside, PasswordCost::LEAST);
        let command = CreateTenant { name: "host".to_owned(), operator: draft("Op", &[]) };
        let CreatedTenant { tenant, .. } = app.create_tenant(command).await.unwrap();
        let operator = signed_in(&app, Some(tenant), "op").await;
        Self { app, clock, tenant, operator }
    }

    /// A further platform on the same app.
    async fn other_tenant(&self) -> (TenantId, Arc<Caller>) {
        let command = CreateTenant { name: "other".to_owned(), operator: draft("op", &[]) };
        let CreatedTenant { tenant, .. } = self.app.create_tenant(command).await.unwrap();
        (tenant, signed_in(&self.app, Some(tenant), "op").await)
    }

    async fn register(&self, kind: Role, login: &str) -> PartyId {
        let command =
            RegisterParty { kind, display_name: login.to_owned(), external_ref: None, login: Some(draft(login, &[])) };
        self.app.register_party(Arc::clone(&self.operator), command).await.unwrap().id
    }

    async fn sign_in(
        &self,
        login: &str,
        password: &str,
        address: IpAddr,
    ) -> Result<SignedIn, CommandError<SignInError>> {
        let password = Password::typed(password.to_owned()).unwrap();
        let (tenant, login, agent) = (Some(self.tenant), login.to_owned(), "test".to_owned());
        self.app.sign_in(SignIn { tenant, login, password, address, agent }).await
    }

    async fn person(&self, login: &str) -> Arc<Caller> {
        signed_in(&self.app, Some(self.tenant), login).await
    }

    async fn key(&self, kind: ApiKeyKind, scopes: &[Scope]) -> CreatedApiKey {
        let command = CreateApiKey { name: "feed".to_owned(), kind, scopes: scopes.to_vec() };
        self.app.create_api_key(Arc::clone(&self.operator), command).await.unwrap()
    }
}

async fn signed_in(app: &App, tenant: Option<TenantId>, login: &str) -> Arc<Caller> {
    let password = Password::typed(PASSWORD.to_owned()).unwrap();
    let command = SignIn { tenant, login: login.to_owned(), password, address: HOME, agent: "test".to_owned() };
    let SignedIn { token, .. } = app.sign_in(command).await.unwrap();
    app.authenticate(Credentials::Session(&token)).await.unwrap()
}

#[tokio::test]
async fn signs_a_person_in_and_out() {
    let world = World::new().await;
    let party = world.register(Role::Creator, "May").await;
    let signed = world.sign_in(" MAY ", PASSWORD, HOME).await.unwrap();
    assert_eq!((signed.tenant, signed.party), (world.tenant, party));
    assert!(!format!("{signed:?}").contains(&signed.token), "a token is never logged");
    let caller = world.app.authenticate(Credentials::Session(&signed.token)).await.unwrap();
    let Actor { tenant, party: who, roles, scopes, clients } = caller.actor.clone();
    assert_eq!((tenant, who, roles), (world.tenant, party, vec![Role::Creator]));
    assert!(scopes.is_empty() && clients.is_empty());
    assert!(world.app.known_caller(Credentials::Session(&signed.token)).is_some());

    world.app.sign_out(caller).await.unwrap();
    assert!(world.app.known_caller(Credentials::Session(&signed.token)).is_none(), "forgotten with the commit");
    refused(world.app.authenticate(Credentials::Session(&signed.token)).await, NotAuthenticated);
}

#[tokio::test]
async fn says_the_same_about_a_wrong_password_and_an_unknown_name() {
    let world = World::new().await;
    world.register(Role::Creator, "may").await;
    refused(world.sign_in("may", "wrong password", HOME).await, SignInError::WrongCredentials);
    refused(world.sign_in("nobody", PASSWORD, HOME).await, SignInError::WrongCredentials);
    refused(world.sign_in("", PASSWORD, HOME).await, SignInError::WrongCredentials);
    refused(world.sign_in("may\n", "", HOME).await, SignInError::WrongCredentials);
    let elsewhere = SignIn {
        tenant: Some(TenantId::new(99)),
        login: "may".to_owned(),
        password: password(PASSWORD),
        address: HOME,
        agent: String::new(),
    };
    refused(world.app.sign_in(elsewhere).await, SignInError::WrongCredentials);
}

#[tokio::test]
async fn needs_no_tenant_where_there_is_one() {
    let world = World::new().await;
    let command = |tenant| SignIn {
        tenant,
        login: "op".to_owned(),
        password: password(PASSWORD),
        address: HOME,
        agent: String::new(),
    };
    assert_eq!(world.app.sign_in(command(None)).await.unwrap().tenant, world.tenant);
    let (other, _) = world.other_tenant().await;
    refused(world.app.sign_in(command(None)).await, SignInError::TenantNeeded);
    assert_eq!(world.app.sign_in(command(Some(other))).await.unwrap().tenant, other);
    let names: Vec<String> = world.app.tenants().await.unwrap().into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["host", "other"]);
}

#[tokio::test]
async fn slows_down_whoever_guesses_one_account() {
    let world = World::new().await;
    world.register(Role::Creator, "may").await;
    for _ in 0..6 {
        refused(world.sign_in("may", "wrong password", HOME).await, SignInError::WrongCredentials);
    }
    let throttled = |wait_ms| SignInError::Throttled { wait_ms };
    refused(world.sign_in("may", PASSWORD, ELSEWHERE).await, throttled(2_000));
    assert!(world.sign_in("op", PASSWORD, HOME).await.is_ok(), "others are not slowed down");
    world.clock.advance_ms(1_999);
    refused(world.sign_in("may", PASSWORD, HOME).await, throttled(1));
    world.clock.advance_ms(1);
    assert!(world.sign_in("may", PASSWORD, HOME).await.is_ok());
    refused(world.sign_in("may", "wrong password", HOME).await, SignInError::WrongCredentials);
    assert!(world.sign_in("may", PASSWORD, HOME).await.is_ok(), "a success forgets the failures");
}

#[tokio::test]
async fn slows_down_an_address_that_tries_many_accounts() {
    let world = World::new().await;
    for number in 0..31 {
        refused(world.sign_in(&format!("guess{number}"), PASSWORD, HOME).await, SignInError::WrongCredentials);
    }
    refused(world.sign_in("op", PASSWORD, HOME).await, SignInError::Throttled { wait_ms: 2_000 });
    assert!(world.sign_in("op", PASSWORD, ELSEWHERE).await.is_ok());
}

#[tokio::test]
async fn many_guesses_at_once_are_counted_before_they_are_checked() {
    let world = World::new().await;
    world.register(Role::Creator, "may").await;
    let mut guesses = tokio::task::JoinSet::new();
    for number in 0..20_u32 {
        let app = world.app.clone();
        let tenant = Some(world.tenant);
        let password = Password::typed(format!("guess number {number}")).unwrap();
        let command = SignIn { tenant, login: "may".to_owned(), password, address: HOME, agent: String::new() };
        guesses.spawn(async move { app.sign_in(command).await });
    }
    let outcomes = guesses.join_all().await;
    let checked = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(CommandError::Refused(SignInError::WrongCredentials))))
        .count();
    assert_eq!(checked, 6, "five are free, the sixth starts the wait");
}

#[tokio::test]
async fn sessions_end_by_time_and_by_their_owner() {
    let world = World::new().await;
    let party = world.register(Role::Creator, "may").await;
    let first = world.sign_in("may", PASSWORD, HOME).await.unwrap();
    world.clock.advance_ms(1_000);
    let second = world.sign_in("may", PASSWORD, ELSEWHERE).await.unwrap();
    let caller = world.app.authenticate(Credentials::Session(&second.token)).await.unwrap();
    assert_eq!(caller.actor.party, party);
    let listed = world.app.sessions(Arc::clone(&caller)).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|view| (view.id, view.address.as_str(), view.is_current)).collect();
    assert_eq!(shown, [(second.session, "192.0.2.99", true), (first.session, "192.0.2.1", false)]);

    assert!(world.app.authenticate(Credentials::Session(&first.token)).await.is_ok());
    world.app.revoke_session(Arc::clone(&caller), first.session).await.unwrap();
    refused(world.app.authenticate(Credentials::Session(&first.token)).await, NotAuthenticated);
    not_found(world.app.revoke_session(Arc::clone(&caller), first.session).await);

    world.register(Role::Creator, "june").await;
    let stranger = world.person("june").await;
    not_found(world.app.revoke_session(Arc::clone(&stranger), second.session).await);
    let (_, foreign_operator) = world.other_tenant().await;
    not_found(world.app.revoke_session(foreign_operator, second.session).await);

    world.clock.advance_to(second.expires_at.plus_ms(-1));
    assert!(world.app.authenticate(Credentials::Session(&second.token)).await.is_ok());
    world.clock.advance_to(second.expires_at);
    refused(world.app.authenticate(Credentials::Session(&second.token)).await, NotAuthenticated);
    world.clock.advance_to(second.expires_at.plus_ms(DAY_MS + 1));
    assert!(world.app.forget_old_access().await.unwrap() >= 2);
}

#[tokio::test]
async fn an_operator_ends_the_session_of_anybody() {
    let world = World::new().await;
    world.register(Role::Creator, "may").await;
    let signed = world.sign_in("may", PASSWORD, HOME).await.unwrap();
    world.app.revoke_session(Arc::clone(&world.operator), signed.session).await.unwrap();
    refused(world.app.authenticate(Credentials::Session(&signed.token)).await, NotAuthenticated);
}

#[tokio::test]
async fn keeps_the_newest_sessions_of_a_party() {
    let world = World::new().await;
    world.register(Role::Creator, "may").await;
    let first = world.sign_in("may", PASSWORD, HOME).await.unwrap();
    for _ in 0..tuiliu_domain::limits::SESSIONS_OF_PARTY_MAX {
        world.sign_in("may", PASSWORD, HOME).await.unwrap();
    }
    refused(world.app.authenticate(Credentials::Session(&first.token)).await, NotAuthenticated);
    let caller = world.person("may").await;
    let open = world.app.sessions(caller).await.unwrap().len();
    assert_eq!(open, tuiliu_domain::limits::SESSIONS_OF_PARTY_MAX);
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say_until_it_is_revoked() {
    let world = World::new().await;
    let key = world.key(ApiKeyKind::Live, &[Scope::EventsWrite, Scope::DecisionsRead, Scope::EventsWrite]).await;
    assert!(key.secret.starts_with("sk_live_") && key.secret.len() == 8 + 64, "256 bits");
    assert!(key.secret.starts_with(&key.view.shown) && key.view.shown.len() == 8 + 6);
    assert!(!format!("{key:?}").contains(&key.secret), "a secret is never logged");
    let caller = world.app.authenticate(Credentials::ApiKey(&key.secret)).await.unwrap();
    assert_eq!(caller.actor.roles, [Role::Integrator]);
    assert_eq!(caller.actor.scopes, [Scope::DecisionsRead, Scope::EventsWrite]);
    assert_eq!(caller.actor.may(Action::Decide, &of_tenant(world.tenant)), Ok(()));
    assert!(caller.actor.may(Action::PlaceOrder, &of_tenant(world.tenant)).is_err());
    refused(world.app.authenticate(Credentials::Session(&key.secret)).await, NotAuthenticated);

    forbidden(world.app.revoke_api_key(Arc::clone(&caller), key.view.id).await);
    let (_, foreign_operator) = world.other_tenant().await;
    not_found(world.app.revoke_api_key(foreign_operator, key.view.id).await);
    world.app.revoke_api_key(Arc::clone(&world.operator), key.view.id).await.unwrap();
    assert!(world.app.known_caller(Credentials::ApiKey(&key.secret)).is_none());
    refused(world.app.authenticate(Credentials::ApiKey(&key.secret)).await, NotAuthenticated);
    not_found(world.app.revoke_api_key(Arc::clone(&world.operator), key.view.id).await);
    let listed = world.app.api_keys(world.operator.actor.clone(), None, 10).await.unwrap();
    assert!(listed[0].revoked_at.is_some() && listed[0].last_used_at.is_none());
}

#[tokio::test]
async fn refuses_keys_that_cannot_be() {
    let world = World::new().await;
    let make = async |name: &str, kind, scopes: &[Scope]| {
        let command = CreateApiKey { name: name.to_owned(), kind, scopes: scopes.to_vec() };
        world.app.create_api_key(Arc::clone(&world.operator), command).await
    };
    let live = ApiKeyKind::Live;
    refused(make(" ", live, &[Scope::EventsWrite]).await, CreateApiKeyError::BadName { max: 256 });
    refused(make("feed", live, &[]).await, CreateApiKeyError::NoScopes);
    let publishable = make("page", ApiKeyKind::Publishable, &[Scope::EventsWrite, Scope::WalletRead]).await;
    refused(publishable, CreateApiKeyError::NotPublishable { scope: Scope::WalletRead });
    assert!(make("page", ApiKeyKind::Publishable, &[Scope::EventsWrite]).await.unwrap().secret.starts_with("pk_"));
    world.register(Role::Finance, "fay").await;
    let command = CreateApiKey { name: "x".to_owned(), kind: live, scopes: vec![Scope::EventsWrite] };
    forbidden(world.app.create_api_key(world.person("fay").await, command).await);
}

#[tokio::test]
async fn asks_for_the_password_again_before_sensitive_actions() {
    let world = World::new().await;
    world.clock.advance_ms(u32::try_from(PROOF_MS).unwrap());
    let key = world.key(ApiKeyKind::Live, &[Scope::EventsWrite]).await;
    world.clock.advance_ms(1);
    let refusal = AskAgain { action: Action::ManageApiKeys };
    refused(world.app.revoke_api_key(Arc::clone(&world.operator), key.view.id).await, refusal);
    let staff = RegisterParty {
        kind: Role::Reviewer,
        display_name: "Rae".to_owned(),
        external_ref: None,
        login: Some(draft("rae", &[])),
    };
    let refusal = RegisterPartyError::AskAgain(AskAgain { action: Action::ManageStaff });
    refused(world.app.register_party(Arc::clone(&world.operator), staff).await, refusal);

    let fresh = signed_in(&world.app, Some(world.tenant), "op").await;
    world.clock.advance_ms(u32::try_from(PROOF_MS).unwrap() + 1);
    let wrong = Password::typed("wrong password".to_owned()).unwrap();
    let outcome = world.app.prove_session(Arc::clone(&fresh), wrong, HOME).await;
    refused(outcome, SignInError::WrongCredentials);
    let token = world.sign_in("op", PASSWORD, HOME).await.unwrap().token;
    let caller = world.app.authenticate(Credentials::Session(&token)).await.unwrap();
    world.clock.advance_ms(u32::try_from(PROOF_MS).unwrap() + 1);
    world.app.prove_session(caller, password(PASSWORD), HOME).await.unwrap();
    let caller = world.app.authenticate(Credentials::Session(&token)).await.unwrap();
    world.app.revoke_api_key(caller, key.view.id).await.unwrap();
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new().await;
    let party = world.register(Role::Creator, "may").await;
    let other = world.sign_in("may", PASSWORD, HOME).await.unwrap();
    let own = world.sign_in("may", PASSWORD, HOME).await.unwrap();
    let caller = world.app.authenticate(Credentials::Session(&own.token)).await.unwrap();
    let change = |current: Option<&str>| SetPassword {
        party,
        current: current.map(|text| Password::typed(text.to_owned()).unwrap()),
        new: password("another long one"),
    };
    let outcome = world.app.set_password(Arc::clone(&caller), change(None)).await;
    refused(outcome, SetPasswordError::WrongPassword);
    let outcome = world.app.set_password(Arc::clone(&caller), change(Some("wrong password"))).await;
    refused(outcome, SetPasswordError::WrongPassword);
    world.app.set_password(Arc::clone(&caller), change(Some(PASSWORD))).await.unwrap();
    refused(world.app.authenticate(Credentials::Session(&other.token)).await, NotAuthenticated);
    assert!(world.app.authenticate(Credentials::Session(&own.token)).await.is_ok());
    refused(world.sign_in("may", PASSWORD, HOME).await, SignInError::WrongCredentials);
    assert!(world.sign_in("may", "another long one", HOME).await.is_ok());

    let reset = SetPassword { party, current: None, new: password("reset by staff") };
    world.app.set_password(Arc::clone(&world.operator), reset.clone()).await.unwrap();
    refused(world.app.authenticate(Credentials::Session(&own.token)).await, NotAuthenticated);
    world.register(Role::Creator, "june").await;
    forbidden(world.app.set_password(world.person("june").await, reset.clone()).await);
    let (_, foreign_operator) = world.other_tenant().await;
    not_found(world.app.set_password(foreign_operator, reset).await);
}

#[tokio::test]
async fn registers_parties_once_and_shows_them_to_whom_they_concern() {
    let world = World::new().await;
    let may = world.register(Role::Creator, "may").await;
    let june = world.register(Role::Merchant, "june").await;
    let register = async |caller: &Arc<Caller>, kind, external_ref: Option<&str>, login: Option<LoginDraft>| {
        let external_ref = external_ref.map(str::to_owned);
        let command = RegisterParty { kind, display_name: "x".to_owned(), external_ref, login };
        world.app.register_party(Arc::clone(caller), command).await
    };
    let operator = &world.operator;
    let kept = register(operator, Role::Creator, Some("u1"), None).await.unwrap();
    assert_eq!((kept.credit_score, kept.banned, kept.version), (100, false, 1));
    let taken = RegisterPartyError::ExternalRefTaken { external_ref: "u1".to_owned() };
    refused(register(operator, Role::Creator, Some("u1"), None).await, taken);
    let taken = LoginError::NameTaken { name: "may".to_owned() };
    let twin = register(operator, Role::Creator, None, Some(draft("MAY", &[]))).await;
    refused(twin, RegisterPartyError::Login(taken));
    let machine = register(operator, Role::Creator, None, Some(draft("m", &[Role::Integrator]))).await;
    refused(machine, RegisterPartyError::Login(LoginError::Machine));
    let empty = register(operator, Role::Creator, Some(" "), None).await;
    refused(empty, RegisterPartyError::BadText { field: "external_ref", max: 256 });

    let creator = world.person("may").await;
    forbidden(register(&creator, Role::Creator, None, None).await);
    let key = world.key(ApiKeyKind::Live, &[Scope::PartiesWrite]).await;
    let machine = world.app.authenticate(Credentials::ApiKey(&key.secret)).await.unwrap();
    assert!(register(&machine, Role::Creator, Some("u2"), None).await.is_ok());
    forbidden(register(&machine, Role::Operator, None, None).await);
    forbidden(register(&machine, Role::Creator, None, Some(draft("sneak", &[Role::Operator]))).await);

    let seen = |actor: &Actor, party| world.app.party(actor.clone(), party);
    assert_eq!(seen(&creator.actor, may).await.unwrap().id, may);
    not_found(seen(&creator.actor, june).await);
    assert_eq!(seen(&operator.actor, june).await.unwrap().display_name, "june");
    let (_, foreign_operator) = world.other_tenant().await;
    not_found(seen(&foreign_operator.actor, june).await);
    forbidden(seen(&machine.actor, june).await);

    let own = world.app.parties(creator.actor.clone(), None, 10).await.unwrap();
    assert_eq!(own.iter().map(|row| row.id).collect::<Vec<_>>(), [may]);
    let mut all = Vec::new();
    loop {
        let after = all.last().copied();
        let page = world.app.parties(operator.actor.clone(), after, 2).await.unwrap();
        all.extend(page.iter().map(|row| row.id));
        if page.len() < 2 {
            break;
        }
    }
    assert_eq!(all.len(), 6, "operator, may, june, u1, the key's machine, u2");
    let foreign = world.app.parties(foreign_operator.actor.clone(), None, 10).await.unwrap();
    assert_eq!(foreign.len(), 1, "tenants never see each other");
}

#[tokio::test]
async fn changes_parties_over_the_version_that_was_read() {
    let world = World::new().await;
    let may = world.register(Role::Creator, "may").await;
    let change = |version, credit_score| ChangeParty {
        party: may,
        version,
        display_name: None,
        credit_score: Some(credit_score),
        banned: Some(true),
    };
    let operator = world.operator.actor.clone();
    let bad = ChangePartyError::BadScore { score: 101, max: 100 };
    refused(world.app.change_party(operator.clone(), change(1, 101)).await, bad);
    let changed = world.app.change_party(operator.clone(), change(1, 60)).await.unwrap();
    assert_eq!((changed.credit_score, changed.banned, changed.version), (60, true, 2));
    assert_eq!(world.app.party(operator.clone(), may).await.unwrap(), changed);
    let conflict = ChangePartyError::VersionConflict { read: 1, present: 2 };
    refused(world.app.change_party(operator, change(1, 70)).await, conflict);
    forbidden(world.app.change_party(world.person("may").await.actor.clone(), change(2, 70)).await);
    let (_, foreign_operator) = world.other_tenant().await;
    not_found(world.app.change_party(foreign_operator.actor.clone(), change(2, 70)).await);
}

#[tokio::test]
async fn an_agency_acts_for_its_clients_as_long_as_they_agree() {
    let world = World::new().await;
    let may = world.register(Role::Creator, "may").await;
    let june = world.register(Role::Creator, "june").await;
    let agency = world.register(Role::Agency, "agent").await;
    let signed = world.sign_in("agent", PASSWORD, HOME).await.unwrap();
    let agent = async || world.app.authenticate(Credentials::Session(&signed.token)).await.unwrap().actor.clone();
    let creator = world.person("may").await.actor.clone();
    assert!(agent().await.may(Action::PlaceOrder, &of_party(world.tenant, may)).is_err());

    refused(world.app.consent_to_agency(creator.clone(), may, june).await, ConsentError::NoAgency);
    forbidden(world.app.consent_to_agency(creator.clone(), june, agency).await);
    world.app.consent_to_agency(creator.clone(), may, agency).await.unwrap();
    let actor = agent().await;
    assert_eq!(actor.clients, [may], "known at once");
    assert_eq!(actor.may(Action::PlaceOrder, &of_party(world.tenant, may)), Ok(()));
    assert!(actor.may(Action::PlaceOrder, &of_party(world.tenant, june)).is_err());
    assert_eq!(actor.reach(Action::ReadParty), Some(Reach::Consented));
    let seen = world.app.parties(actor.clone(), None, 10).await.unwrap();
    assert_eq!(seen.iter().map(|row| row.id).collect::<Vec<_>>(), [may, agency]);
    let first = world.app.parties(actor.clone(), None, 1).await.unwrap();
    assert_eq!(first.iter().map(|row| row.id).collect::<Vec<_>>(), [may]);

    assert!(world.app.withdraw_consent(creator.clone(), may, agency).await.unwrap());
    assert!(!world.app.withdraw_consent(creator, may, agency).await.unwrap());
    assert!(agent().await.clients.is_empty(), "forgotten at once");
}

#[tokio::test]
async fn another_node_sees_a_revocation_within_moments() {
    let world = World::new().await;
    let key = world.key(ApiKeyKind::Live, &[Scope::EventsWrite]).await;
    assert!(world.app.authenticate(Credentials::ApiKey(&key.secret)).await.is_ok());
    // Past this process's own memory, as another node would.
    let (tenant, id) = (world.tenant, key.view.id);
    world.app.write::<_, Infallible>(move |shell, tx| Ok(tx.revoke_api_key(tenant, id, shell.now())?)).await.unwrap();
    world.clock.advance_ms(u32::try_from(FRESH_MS).unwrap() - 1);
    assert!(world.app.known_caller(Credentials::ApiKey(&key.secret)).is_some());
    world.clock.advance_ms(1);
    assert!(world.app.known_caller(Credentials::ApiKey(&key.secret)).is_none());
    refused(world.app.authenticate(Credentials::ApiKey(&key.secret)).await, NotAuthenticated);
}

#[tokio::test]
async fn saves_when_a_key_was_used_last() {
    let world = World::new().await;
    let key = world.key(ApiKeyKind::Live, &[Scope::EventsWrite]).await;
    world.app.save_last_used().await.unwrap();
    world.app.authenticate(Credentials::ApiKey(&key.secret)).await.unwrap();
    world.clock.advance_ms(5);
    world.app.known_caller(Credentials::ApiKey(&key.secret)).unwrap();
    let now = world.app.shell.now();
    assert_eq!(world.app.save_last_used().await.unwrap(), 1);
    assert_eq!(world.app.save_last_used().await.unwrap(), 0, "nothing was used since");
    let listed = world.app.api_keys(world.operator.actor.clone(), None, 1).await.unwrap();
    assert_eq!(listed[0].last_used_at, Some(now));
}

#[tokio::test]
async fn changes_a_policy_over_the_version_that_was_read() {
    let world = World::new().await;
    let operator = world.operator.actor.clone();
    let first = world.app.policy(operator.clone()).await.unwrap();
    assert_eq!(first.version, 1);
    assert_eq!(first.settings["delivery"]["frequency_cap"], 3);
    let change = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let cap = change(r#"{"delivery":{"frequency_cap":5}}"#);
    let second = world.app.change_policy(operator.clone(), 1, cap.clone()).await.unwrap();
    assert_eq!((second.version, &second.settings["delivery"]["frequency_cap"]), (2, &5.into()));
    let conflict = ChangePolicyError::VersionConflict { read: 1, present: 2 };
    refused(world.app.change_policy(operator.clone(), 1, cap.clone()).await, conflict);
    let unreadable = world.app.change_policy(operator.clone(), 2, change(r#"{"delivery":{"cap":5}}"#)).await;
    assert!(matches!(unreadable, Err(CommandError::Refused(ChangePolicyError::Unreadable { .. }))));
    let invalid =
        world.app.change_policy(operator.clone(), 2, change(r#"{"delivery":{"promoted_permille_max":1001}}"#));
    assert!(matches!(invalid.await, Err(CommandError::Refused(ChangePolicyError::Invalid(_)))));

    let tenant = world.tenant;
    let held = world.app.read::<_, Infallible>(move |shell, tx| Ok(shell.policy(tx, tenant)?)).await.unwrap();
    let mut expected = Policy { version: 2, ..Policy::default() };
    expected.delivery.frequency_cap = 5;
    assert_eq!(*held, expected);
    world.register(Role::Creator, "may").await;
    let creator = world.person("may").await.actor.clone();
    assert_eq!(world.app.policy(creator.clone()).await.unwrap(), second);
    forbidden(world.app.change_policy(creator, 2, cap.clone()).await);
    let (_, foreign_operator) = world.other_tenant().await;
    assert_eq!(world.app.policy(foreign_operator.actor.clone()).await.unwrap().version, 1);
}

#[tokio::test]
async fn passwords_are_neither_short_nor_endless() {
    let check = |text: String, expected: Option<PasswordError>| assert_eq!(Password::chosen(text).err(), expected);
    check("123456789".to_owned(), Some(PasswordError::TooShort { min: 10 }));
    check("0123456789".to_owned(), None);
    check("推流平台的密码是十个".to_owned(), None);
    check("x".repeat(1_024), None);
    check("x".repeat(1_025), Some(PasswordError::TooLong { max: 1_024 }));
    assert_eq!(format!("{:?}", Password::typed("secret".to_owned()).unwrap()), "…");
}
