//! What the sandbox never does: a provider that cannot be reached, that accepts and takes its time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tuiliu_domain::id::{PaymentId, PaymentRefundId};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::Role;
use tuiliu_domain::policy::SaleChannel;
use tuiliu_domain::time::{HOUR_MS, Timestamp};
use tuiliu_domain::wallet::{PaymentReport, PaymentState, ReceivedMoney, RefundState};
use tuiliu_store::testing::memory;

use super::*;
use crate::access::{ApiKeyKind, Caller, CreateApiKey, CreateTenant, Credentials, LoginDraft, Password, PasswordCost};
use crate::access::{RegisterParty, SignIn};
use crate::outside::{
    Calling, CountingIds, CountingSecrets, ManualClock, NoticeError, Outside, PaymentNews, PaymentOrder, PayoutOrder,
    PayoutProgress, ProviderError, RefundOrder, RefundProgress, SignedNotice,
};

/// A provider that does what the test says, and counts.
#[derive(Default)]
struct Whimsical {
    is_down: AtomicBool,
    opened: AtomicU32,
    /// What it answers when it is asked about a payment.
    report: Mutex<Option<PaymentReport>>,
    /// What it answers when it is asked for a refund.
    progress: Mutex<Option<RefundProgress>>,
    refunds: Mutex<Vec<PaymentRefundId>>,
}

impl Whimsical {
    fn answer<T: Send + 'static>(&self, answer: impl FnOnce() -> T + Send) -> Calling<'_, T> {
        let down = ProviderError::Unreachable { reason: "it rains".to_owned() };
        let answer = if self.is_down.load(Ordering::Relaxed) { Err(down) } else { Ok(answer()) };
        Box::pin(std::future::ready(answer))
    }
}

impl PaymentProvider for Whimsical {
    fn name(&self) -> &'static str {
        "whimsical"
    }

    fn open(&self, order: PaymentOrder) -> Calling<'_, String> {
        self.answer(|| {
            self.opened.fetch_add(1, Ordering::Relaxed);
            format!("https://pay.example/{}", order.payment)
        })
    }

    fn query(&self, _: PaymentId) -> Calling<'_, Option<PaymentReport>> {
        self.answer(|| self.report.lock().unwrap().clone())
    }

    fn refund(&self, order: RefundOrder) -> Calling<'_, RefundProgress> {
        self.refunds.lock().unwrap().push(order.refund);
        self.answer(|| self.progress.lock().unwrap().unwrap_or(RefundProgress::Accepted))
    }

    fn pay_out(&self, _: PayoutOrder) -> Calling<'_, PayoutProgress> {
        self.answer(|| PayoutProgress::Accepted)
    }

    fn read_notice(&self, _: SignedNotice<'_>, _: Timestamp) -> Result<PaymentNews, NoticeError> {
        Err(NoticeError::BadSignature)
    }
}

struct World {
    app: App,
    clock: Arc<ManualClock>,
    provider: Arc<Whimsical>,
    machine: Arc<Caller>,
    creator: PartyId,
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_ms(1_000_000_000_000)));
        let outside = Outside {
            clock: Box::new(Arc::clone(&clock)),
            ids: Box::new(CountingIds::default()),
            secrets: Box::new(CountingSecrets::default()),
        };
        let provider = Arc::new(Whimsical::default());
        let app = App::with_password_cost(memory(), outside, PasswordCost::LEAST);
        let app = app.with_payments(Arc::<Whimsical>::clone(&provider));
        let password = || Password::chosen("correct horse battery".to_owned()).unwrap();
        let operator = LoginDraft { name: "op".to_owned(), password: password(), roles: Vec::new() };
        let tenant = app.create_tenant(CreateTenant { name: "host".to_owned(), operator }).await.unwrap().tenant;
        let scopes = tuiliu_domain::party::Scope::ALL.to_vec();
        let key = CreateApiKey { name: "host".to_owned(), kind: ApiKeyKind::Live, scopes };
        let key = app.open_api_key(tenant, key).await.unwrap();
        let machine = app.authenticate(Credentials::ApiKey(&key.secret)).await.unwrap();
        let address = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        let (login, agent) = ("op".to_owned(), "test".to_owned());
        let signed = app.sign_in(SignIn { tenant: Some(tenant), login, password: password(), address, agent }).await;
        let operator = app.authenticate(Credentials::Session(&signed.unwrap().token)).await.unwrap();
        let display_name = "May".to_owned();
        let command = RegisterParty { kind: Role::Creator, display_name, external_ref: None, login: None };
        let creator = app.register_party(operator, command).await.unwrap().id;
        Self { app, clock, provider, machine, creator }
    }

    async fn begin(&self) -> PaymentId {
        let (actor, party) = (self.machine.actor.clone(), self.creator);
        let command = StartTopUp { party, channel: SaleChannel::Direct, price: Amount::new(1_000), asset: Asset::Bean };
        let begun = self.app.write(move |shell, tx| shell.start_top_up(tx, &actor, &command)).await;
        begun.unwrap().payment.id
    }

    async fn link(&self, payment: PaymentId) -> Result<Option<String>, CommandError<PayLinkError>> {
        self.app.pay_link(self.machine.actor.tenant, payment).await
    }

    async fn state(&self, payment: PaymentId) -> PaymentState {
        self.app.top_up(self.machine.actor.clone(), payment).await.unwrap().payment.state
    }

    fn told(&self, report: Option<PaymentReport>) {
        *self.provider.report.lock().unwrap() = report;
    }

    /// The payment's time is over, and the provider is asked what became of it.
    async fn close(&self) -> usize {
        self.clock.advance_ms(u32::try_from(3 * HOUR_MS).unwrap());
        self.app.expire_payments(10).await.unwrap()
    }

    async fn paid(&self) -> PaymentId {
        let payment = self.begin().await;
        self.told(Some(money()));
        assert_eq!(self.close().await, 1);
        assert!(matches!(self.state(payment).await, PaymentState::Paid { .. }));
        payment
    }

    async fn beans(&self) -> i64 {
        self.app.wallet(self.machine.actor.clone(), self.creator).await.unwrap().beans.get()
    }

    /// Ids of the refunds, with the money that is to go back.
    async fn refund(&self, centibeans: i64) -> Vec<(PaymentRefundId, i64)> {
        let (caller, party) = (Arc::clone(&self.machine), self.creator);
        let command = RefundTopUps { party, asset: Asset::Bean, amount: Amount::new(centibeans), payment: None };
        let asked = self.app.write(move |shell, tx| shell.refund_top_ups(tx, &caller, &command)).await.unwrap();
        asked.iter().map(|refund| (refund.id, refund.part.price.units())).collect()
    }

    async fn refund_state(&self) -> RefundState {
        let listed = self.app.refunds(self.machine.actor.clone(), self.creator, (None, 1)).await.unwrap();
        listed[0].refund.state
    }
}

fn money() -> PaymentReport {
    let (transaction, currency) = ("t-1".to_owned(), "CNY".to_owned());
    PaymentReport::Paid(ReceivedMoney { transaction, amount: 1_000, currency })
}

#[tokio::test]
async fn wl_08_a_payment_is_opened_once_and_again_only_when_it_failed() {
    let world = World::new().await;
    let payment = world.begin().await;
    world.provider.is_down.store(true, Ordering::Relaxed);
    let down = world.link(payment).await;
    let expected = PayLinkError::Provider(ProviderError::Unreachable { reason: "it rains".to_owned() });
    assert!(matches!(&down, Err(CommandError::Refused(refusal)) if *refusal == expected), "{down:?}");
    world.provider.is_down.store(false, Ordering::Relaxed);
    let link = world.link(payment).await.unwrap();
    assert_eq!(link, Some(format!("https://pay.example/{payment}")));
    assert_eq!(world.link(payment).await.unwrap(), link);
    assert_eq!(world.provider.opened.load(Ordering::Relaxed), 1);
    let elsewhere = world.app.pay_link(TenantId::new(7), payment).await;
    assert!(matches!(elsewhere, Err(CommandError::NotFound)), "{elsewhere:?}");
}

#[tokio::test]
async fn wl_08_a_payment_does_not_expire_while_nobody_can_say_whether_it_was_paid() {
    let world = World::new().await;
    let payment = world.begin().await;
    world.provider.is_down.store(true, Ordering::Relaxed);
    assert_eq!(world.close().await, 0);
    assert!(matches!(world.state(payment).await, PaymentState::Pending { .. }));
    world.provider.is_down.store(false, Ordering::Relaxed);
    world.told(Some(money()));
    assert_eq!(world.close().await, 1);
    assert!(matches!(world.state(payment).await, PaymentState::Paid { .. }));
    assert_eq!(world.beans().await, 100);
}

#[tokio::test]
async fn wl_08_what_the_provider_says_when_asked_ends_the_waiting() {
    for (report, expected) in [(None, "expired"), (Some(PaymentReport::Failed), "failed"), (Some(money()), "paid")] {
        let world = World::new().await;
        let payment = world.begin().await;
        world.told(report);
        assert_eq!(world.close().await, 1);
        assert_eq!(world.state(payment).await.name(), expected);
    }
}

#[tokio::test]
async fn wl_05_an_accepted_refund_is_asked_about_again_under_the_same_id() {
    let world = World::new().await;
    world.paid().await;
    let asked = world.refund(10_000).await;
    assert_eq!((asked.len(), asked[0].1, world.beans().await), (1, 1_000, 0), "the value leaves at once");
    assert_eq!(world.app.send_refunds(10).await.unwrap(), 0, "accepted is not done");
    assert_eq!(world.app.send_refunds(10).await.unwrap(), 0, "not asked again before a minute is over");
    world.clock.advance_ms(60_000);
    world.provider.is_down.store(true, Ordering::Relaxed);
    assert_eq!(world.app.send_refunds(10).await.unwrap(), 0);
    assert_eq!(world.refund_state().await, RefundState::Requested, "a failed call is no failed refund");
    world.provider.is_down.store(false, Ordering::Relaxed);
    *world.provider.progress.lock().unwrap() = Some(RefundProgress::Succeeded);
    world.clock.advance_ms(60_000);
    assert_eq!(world.app.send_refunds(10).await.unwrap(), 1);
    assert!(matches!(world.refund_state().await, RefundState::Succeeded { .. }));
    assert_eq!(*world.provider.refunds.lock().unwrap(), [asked[0].0; 3]);
    assert_eq!(world.beans().await, 0);
}

#[tokio::test]
async fn wl_05_a_refund_that_fails_can_be_asked_for_again() {
    let world = World::new().await;
    world.paid().await;
    world.refund(4_000).await;
    *world.provider.progress.lock().unwrap() = Some(RefundProgress::Failed);
    assert_eq!(world.app.send_refunds(10).await.unwrap(), 1);
    assert_eq!(world.beans().await, 100);
    let prices: Vec<i64> = world.refund(10_000).await.iter().map(|(_, price)| *price).collect();
    assert_eq!(prices, [400, 600], "what came back first, and all of it to the fen");
}

#[tokio::test]
async fn without_a_provider_nothing_is_begun() {
    let outside = Outside {
        clock: Box::new(ManualClock::default()),
        ids: Box::new(CountingIds::default()),
        secrets: Box::new(CountingSecrets::default()),
    };
    let app = App::with_password_cost(memory(), outside, PasswordCost::LEAST);
    let link = app.pay_link(TenantId::new(1), PaymentId::new(1)).await;
    assert!(matches!(link, Err(CommandError::Refused(PayLinkError::NoProvider))), "{link:?}");
    assert_eq!(app.send_refunds(10).await.unwrap(), 0);
    assert_eq!(app.expire_payments(10).await.unwrap(), 0);
}
