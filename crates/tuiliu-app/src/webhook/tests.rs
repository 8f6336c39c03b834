use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tuiliu_domain::event::Event;
use tuiliu_domain::id::{ApiKeyId, PartyId, RoomId, TenantId};
use tuiliu_domain::party::{Role, Scope};
use tuiliu_domain::time::{HOUR_MS, Timestamp};
use tuiliu_domain::webhook::{DisabledBy, EndpointState, FAILING_MS_MAX, WebhookEventType};
use tuiliu_store::ApiKeyKind;
use tuiliu_store::testing::{memory, on_both};

use super::*;
use crate::access::{Caller, Credential};
use crate::outcome::tell;
use crate::outside::{Carrying, CountingIds, CountingSecrets, ManualClock, Outside, Parcel, Receipt};

const OURS: TenantId = TenantId::new(1);
const START: Timestamp = Timestamp::from_ms(1_795_163_462_120);

/// A server of the host that answers as it is told, and keeps what it was sent.
#[derive(Default)]
struct Server {
    answers: Mutex<VecDeque<(Option<u16>, Option<i64>)>>,
    parcels: Mutex<Vec<Parcel>>,
}

impl WebhookCarrier for Server {
    fn carry(&self, parcel: Parcel) -> Carrying<'_> {
        self.parcels.lock().unwrap().push(parcel);
        let (status, retry_after_ms) = self.answers.lock().unwrap().pop_front().unwrap_or((Some(200), None));
        let fault = status.is_none().then(|| "nobody answers".to_owned());
        let (signatures, answer) = ("v1,abc".to_owned(), "thanks".to_owned());
        Box::pin(async move { Receipt { status, fault, retry_after_ms, duration_ms: 3, signatures, answer } })
    }

    fn reachable(&self) -> Reachable {
        Reachable::Public
    }
}

impl Server {
    fn will_answer(&self, answers: &[(Option<u16>, Option<i64>)]) {
        self.answers.lock().unwrap().extend(answers.iter().copied());
    }

    fn taken(&self) -> Vec<Parcel> {
        std::mem::take(&mut *self.parcels.lock().unwrap())
    }
}

struct Stage {
    app: App,
    server: Arc<Server>,
    clock: Arc<ManualClock>,
    caller: Arc<Caller>,
}

impl Stage {
    fn on(store: tuiliu_store::Store) -> Self {
        let (server, clock) = (Arc::new(Server::default()), Arc::new(ManualClock::starting_at(START)));
        let outside = Outside {
            clock: Box::new(Arc::clone(&clock)),
            ids: Box::new(CountingIds::default()),
            secrets: Box::new(CountingSecrets::default()),
        };
        let app = App::new(store, outside).with_webhooks(server.clone());
        let actor = Actor {
            tenant: OURS,
            party: PartyId::new(2),
            roles: vec![Role::Integrator],
            scopes: Scope::ALL.to_vec(),
            clients: Vec::new(),
        };
        let credential = Credential::ApiKey { key: ApiKeyId::new(3), kind: ApiKeyKind::Live };
        Self { app, server, clock, caller: Arc::new(Caller { actor, credential }) }
    }

    async fn endpoint(&self, event_types: &[WebhookEventType]) -> WebhookEndpoint {
        let command = ChangeEndpoint {
            url: Some("https://host.example/hooks".to_owned()),
            event_types: Some(event_types.to_vec()),
            ..ChangeEndpoint::default()
        };
        self.app.create_webhook_endpoint(self.caller.clone(), command).await.unwrap().endpoint
    }

    /// Something happens to a room.
    async fn happens(&self, room: u128) {
        let event = Event::RoomStarted { room: RoomId::new(room), at: START };
        let told = self.app.write(move |shell, tx| {
            tell(shell, tx, OURS, std::slice::from_ref(&event));
            Ok::<_, CommandError<std::convert::Infallible>>(())
        });
        told.await.unwrap();
    }

    async fn sent(&self) -> usize {
        self.app.send_webhooks().await.unwrap();
        self.server.taken().len()
    }

    async fn state(&self, endpoint: &WebhookEndpoint) -> EndpointState {
        self.app.webhook_endpoint(self.caller.actor.clone(), endpoint.id).await.unwrap().state
    }
}

fn run<F: Future<Output = ()>>(story: impl Fn(Stage) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    on_both(|store| runtime.block_on(story(Stage::on(store))));
}

#[test]
fn ac_04_an_event_is_sent_once_to_whoever_wants_it() {
    run(async |stage: Stage| {
        stage.happens(1).await;
        stage.endpoint(&[WebhookEventType::RoomLive]).await;
        stage.endpoint(&[WebhookEventType::BoostSettled]).await;
        stage.endpoint(&[]).await;
        assert_eq!(stage.sent().await, 2, "what waited is told to whoever is there when it is read");
        assert_eq!(stage.sent().await, 0);
        stage.happens(2).await;
        stage.app.send_webhooks().await.unwrap();
        let parcels = stage.server.taken();
        assert_eq!(parcels.len(), 2);
        let expected = concat!(
            r#"{"type":"room.live","timestamp":"2026-11-20T08:31:02.120Z","data":"#,
            r#"{"at":"2026-11-20T08:31:02.120Z","room":"room_00000000000000000000000002"}}"#
        );
        assert_eq!(parcels[0].body, expected);
        assert_ne!(parcels[0].id, parcels[1].id);
        assert_ne!(parcels[0].secrets, parcels[1].secrets, "each endpoint has its own secret");
    });
}

#[test]
fn ac_04_what_is_not_taken_comes_again_with_the_same_id_and_body() {
    run(async |stage: Stage| {
        let endpoint = stage.endpoint(&[]).await;
        stage.happens(1).await;
        stage.server.will_answer(&[(None, None), (Some(500), None), (Some(204), None)]);
        stage.app.send_webhooks().await.unwrap();
        let first = stage.server.taken();
        assert_eq!(stage.state(&endpoint).await, EndpointState::Enabled { failing_since: Some(START) });
        assert_eq!(stage.sent().await, 0, "not at once");
        stage.clock.advance_ms(6_000);
        stage.app.send_webhooks().await.unwrap();
        let second = stage.server.taken();
        assert_eq!((&second[0].id, &second[0].body), (&first[0].id, &first[0].body));
        assert!(second[0].at > first[0].at, "each attempt is signed for its own time");
        stage.clock.advance_ms(400_000);
        assert_eq!(stage.sent().await, 1);
        assert_eq!(stage.state(&endpoint).await, EndpointState::Enabled { failing_since: None });
        let view = stage.app.webhook_delivery(stage.caller.actor.clone(), first[0].id).await.unwrap();
        assert_eq!(view.delivery.state.code(), "delivered");
        let statuses: Vec<_> = view.attempts.iter().map(|attempt| attempt.status).collect();
        assert_eq!(statuses, [Some(204), Some(500), None]);
        assert_eq!(view.attempts[2].fault.as_deref(), Some("nobody answers"));
        stage.clock.advance_ms(100_000_000);
        assert_eq!(stage.sent().await, 0, "once is enough");
    });
}

#[test]
fn ac_04_whoever_is_gone_or_fails_for_days_is_disabled_and_somebody_is_told() {
    run(async |stage: Stage| {
        let gone = stage.endpoint(&[]).await;
        stage.happens(1).await;
        stage.server.will_answer(&[(Some(410), None)]);
        assert_eq!(stage.sent().await, 1);
        assert_eq!(stage.state(&gone).await, EndpointState::Disabled { at: START, by: DisabledBy::Gone });
        let failing = stage.endpoint(&[]).await;
        stage.happens(2).await;
        stage.server.will_answer(&[(Some(500), None)]);
        assert_eq!(stage.sent().await, 1);
        stage.clock.advance_ms(u32::try_from(FAILING_MS_MAX).unwrap());
        stage.server.will_answer(&[(Some(500), None)]);
        assert_eq!(stage.sent().await, 1);
        let EndpointState::Disabled { by: DisabledBy::Failing, .. } = stage.state(&failing).await else { panic!() };
        stage.happens(3).await;
        stage.clock.advance_ms(100_000_000);
        assert_eq!(stage.sent().await, 0);
        let told = stage.app.read(|_, tx| {
            Ok::<_, CommandError<std::convert::Infallible>>(tx.messages((OURS, PartyId::new(2)), true, (None, 9))?)
        });
        let bodies: Vec<String> = told.await.unwrap().into_iter().map(|message| message.body).collect();
        assert_eq!(bodies.len(), 2);
        assert!(bodies[0].contains(r#""by":"failing""#) && bodies[1].contains(r#""by":"gone""#), "{bodies:?}");
        // Switched on again, it can have what it missed.
        let on = ChangeEndpoint { enabled: Some(true), ..ChangeEndpoint::default() };
        let version = stage.app.webhook_endpoint(stage.caller.actor.clone(), failing.id).await.unwrap().version;
        stage.app.change_webhook_endpoint(stage.caller.clone(), (failing.id, version), on).await.unwrap();
        assert_eq!(stage.sent().await, 1, "what was on its way still is");
        let actor = stage.caller.actor.clone();
        let since = ReplaySince { endpoint: failing.id, since: START };
        let replayed = stage.app.write(move |shell, tx| shell.replay_webhooks(tx, &actor, since)).await.unwrap();
        assert_eq!(replayed, ReplayedSince { queued: 3, next_since: None });
        assert_eq!(stage.sent().await, 3);
        let actor = stage.caller.actor.clone();
        let list = DeliveryList { endpoint: failing.id, state: Some("delivered"), before: None, limit: 9 };
        assert_eq!(stage.app.webhook_deliveries(actor, list).await.unwrap().len(), 3);
    });
}

#[test]
fn ac_04_an_endpoint_that_wants_to_be_left_alone_is() {
    run(async |stage: Stage| {
        stage.endpoint(&[]).await;
        stage.happens(1).await;
        stage.server.will_answer(&[(Some(429), Some(HOUR_MS))]);
        assert_eq!(stage.sent().await, 1);
        stage.happens(2).await;
        stage.clock.advance_ms(3_599_000);
        assert_eq!(stage.sent().await, 0, "nothing else either");
        stage.clock.advance_ms(1_000);
        assert_eq!(stage.sent().await, 1, "one at a time until it answers");
        assert_eq!(stage.sent().await, 1);
    });
}

#[test]
fn ac_04_a_secret_that_is_replaced_signs_for_a_while() {
    run(async |stage: Stage| {
        let endpoint = stage.endpoint(&[]).await;
        let rotate = RotateSecret { endpoint: endpoint.id, overlap_ms: HOUR_MS };
        let rotated = stage.app.rotate_webhook_secret(stage.caller.clone(), rotate).await.unwrap();
        stage.happens(1).await;
        stage.app.send_webhooks().await.unwrap();
        let secrets = stage.server.taken()[0].secrets.clone();
        assert_eq!(secrets.len(), 2);
        assert_eq!(secrets[0], rotated.secret.0);
        stage.clock.advance_ms(3_600_000);
        stage.happens(2).await;
        stage.app.send_webhooks().await.unwrap();
        assert_eq!(stage.server.taken()[0].secrets, [rotated.secret.0]);
        let long = RotateSecret { overlap_ms: 30 * 24 * HOUR_MS, ..rotate };
        let refused = stage.app.rotate_webhook_secret(stage.caller.clone(), long).await;
        assert!(matches!(refused, Err(CommandError::Refused(CreateEndpointError::BadOverlap { .. }))));
    });
}

#[test]
fn ac_04_a_slow_server_holds_up_nobody_else() {
    /// The first endpoint never answers.
    struct Stuck(Mutex<Vec<Parcel>>);
    impl WebhookCarrier for Stuck {
        fn carry(&self, parcel: Parcel) -> Carrying<'_> {
            let stuck = parcel.url.as_str().contains("stuck");
            self.0.lock().unwrap().push(parcel);
            Box::pin(async move {
                if stuck {
                    std::future::pending::<()>().await;
                }
                let (signatures, answer) = (String::new(), String::new());
                let (fault, retry_after_ms) = (None, None);
                Receipt { status: Some(200), fault, retry_after_ms, duration_ms: 1, signatures, answer }
            })
        }
        fn reachable(&self) -> Reachable {
            Reachable::Public
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let stage = Stage::on(memory());
        let stuck = Arc::new(Stuck(Mutex::new(Vec::new())));
        let outside = Outside { clock: Box::new(Arc::clone(&stage.clock)), ..Outside::default() };
        let app = App::new(stage.app.store.clone(), outside).with_webhooks(stuck.clone());
        for url in ["https://stuck.example/", "https://well.example/"] {
            let command = ChangeEndpoint { url: Some(url.to_owned()), ..ChangeEndpoint::default() };
            app.create_webhook_endpoint(stage.caller.clone(), command).await.unwrap();
        }
        for room in 0..20 {
            stage.happens(room).await;
        }
        let sending = tokio::spawn(app.send_webhooks_again_and_again(std::time::Duration::from_millis(1)));
        let count = |name: &str| stuck.0.lock().unwrap().iter().filter(|one| one.url.as_str().contains(name)).count();
        while count("well") < 20 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        assert_eq!(count("stuck"), 4, "as many as one may have under way");
        sending.abort();
    });
}
