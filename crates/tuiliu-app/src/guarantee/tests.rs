//! Guarantees through the app, on both databases.

use std::sync::Arc;

use tuiliu_domain::calendar::Day;
use tuiliu_domain::guarantee::{Decision, FreezeCause, LeftOut, PlaysReading, ServiceState, escrow_of};
use tuiliu_domain::id::{CommandId, GuaranteeServiceId, LotId, PartyId, TenantId};
use tuiliu_domain::ledger::{AccountId, AccountKind, LedgerCommand, LedgerGroup, LotOrigin, LotReturn, NewLot};
use tuiliu_domain::money::{Amount, Asset};
use tuiliu_domain::party::{Actor, Role, Scope};
use tuiliu_domain::review::Visibility;
use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};
use tuiliu_domain::video::{VideoContent, VideoReport};
use tuiliu_domain::wallet::paid_account;
use tuiliu_store::testing::{memory, on_both};
use tuiliu_store::{PartyRow, Store, VideoState};

use super::*;
use crate::access::{CreateTenant, LoginDraft, Password, PasswordCost};
use crate::app::App;
use crate::delivery::{DecisionAsk, EventKind, ReportedEvent, Reporter, SlotAsk, ViewerAsk};
use crate::outside::{CountingIds, CountingSecrets, ManualClock, Outside};
use crate::video::TellVideo;

/// What the merchant has at first, in fen.
const WALLET: i64 = 2_000_000;

struct World {
    app: App,
    clock: Arc<ManualClock>,
    tenant: TenantId,
    machine: Actor,
    operator: Actor,
    buyer: Actor,
    creator: PartyId,
}

fn at(text: &str) -> Timestamp {
    let (day, clock) = text.split_once(' ').unwrap();
    let (hour, minute) = clock.split_once(':').unwrap();
    let [hour, minute] = [hour, minute].map(|number| number.parse::<i64>().unwrap());
    day.parse::<Day>().unwrap().start().plus_ms(hour * HOUR_MS + minute * 60_000)
}

impl World {
    /// On 2026-11-20 at 18:30 in Shanghai: a creator with six videos of a million plays and a merchant with 20 000 yuan.
    async fn on(store: Store) -> Self {
        let clock = Arc::new(ManualClock::starting_at(at("2026-11-20 18:30")));
        let outside = Outside {
            clock: Box::new(Arc::clone(&clock)),
            ids: Box::new(CountingIds::default()),
            secrets: Box::new(CountingSecrets::default()),
        };
        let app = App::with_password_cost(store, outside, PasswordCost::LEAST);
        let password = Password::chosen("correct horse battery".to_owned()).unwrap();
        let operator = LoginDraft { name: "op".to_owned(), password, roles: Vec::new() };
        let made = app.create_tenant(CreateTenant { name: "host".to_owned(), operator }).await.unwrap();
        let tenant = made.tenant;
        let actor = |party: u128, role: Role| Actor {
            tenant,
            party: PartyId::new(party),
            roles: vec![role],
            scopes: Scope::ALL.to_vec(),
            clients: Vec::new(),
        };
        let (machine, buyer) = (actor(71, Role::Integrator), actor(72, Role::Merchant));
        let operator = Actor { party: made.operator, ..actor(0, Role::Operator) };
        let world = Self { app, clock, tenant, machine, operator, buyer, creator: PartyId::new(73) };
        world.party(72, Role::Merchant).await;
        world.party(73, Role::Creator).await;
        world.top_up(WALLET).await;
        world.history(world.creator).await;
        world
    }

    async fn party(&self, id: u128, kind: Role) {
        let tenant = self.tenant;
        let row = move |now| PartyRow {
            id: PartyId::new(id),
            tenant,
            kind,
            display_name: format!("{id}"),
            external_ref: None,
            credit_score: 100,
            banned: false,
            banned_by: None,
            created_at: now,
            version: 1,
        };
        let add = self.app.write::<_, std::convert::Infallible>(move |shell, tx| Ok(tx.add_party(&row(shell.now()))?));
        add.await.unwrap();
    }

    async fn top_up(&self, fen: i64) {
        let (tenant, buyer) = (self.tenant, self.buyer.party);
        let from = AccountId { kind: AccountKind::PaymentClearing, asset: Asset::Cny, owner: tenant.value() };
        let open = self.app.write::<_, std::convert::Infallible>(move |shell, tx| {
            let lot = NewLot {
                id: shell.id::<tuiliu_domain::id::LotKind>(),
                account: paid_account(buyer, Asset::Cny),
                origin: LotOrigin::Grant,
                amount: Amount::new(fen),
                valid_from: shell.now(),
                valid_to: None,
                on_return: LotReturn::SameLot,
            };
            let id: CommandId = shell.id();
            let commands = vec![LedgerCommand::OpenLot { from, lot }];
            tx.ledger(&LedgerGroup { id, commands }, shell.now())?.unwrap();
            Ok(lot.id)
        });
        let _: LotId = open.await.unwrap();
    }

    /// Six videos of the last 45 days around a million plays each, and a price of 10 000 yuan.
    async fn history(&self, creator: PartyId) {
        for (number, plays) in [990_000, 1_010_000, 1_000_000, 1_020_000, 980_000, 1_000_000].into_iter().enumerate() {
            let published_at = self.now().plus_ms(-(20 + i64::try_from(number).unwrap() * 4) * DAY_MS);
            let name = format!("{creator}-{number}");
            self.video(&name, creator, published_at, None).await.unwrap();
            let readings = [(10, plays / 2), (14 * 24, plays)];
            let readings = readings.map(|(hours, plays)| reading(published_at.plus_ms(hours * HOUR_MS), plays));
            self.read(&name, &readings).await;
        }
        let price = SetCreatorPrice { creator, fixed_price: Amount::new(1_000_000) };
        self.app.set_creator_price(self.machine.clone(), price).await.unwrap();
    }

    async fn video(
        &self,
        name: &str,
        creator: PartyId,
        published_at: Timestamp,
        service: Option<GuaranteeServiceId>,
    ) -> Result<CreatorVideoRow, CommandError<ReportVideoRefusal>> {
        let state = VideoState::Visible;
        let told = ReportVideo { external_id: name.to_owned(), creator, published_at, state, service };
        self.app.report_video(self.machine.clone(), told).await
    }

    async fn read(&self, name: &str, readings: &[PlaysReading]) {
        let told = ReportPlays { external_id: name.to_owned(), readings: readings.to_vec() };
        self.app.report_plays(self.machine.clone(), told).await.unwrap();
    }

    async fn buy(&self, creators: &[PartyId]) -> Result<PlacedGuarantees, CommandError<PlaceGuaranteeRefusal>> {
        let (buyer, creators) = (self.buyer.party, creators.to_vec());
        let command = PlaceGuarantees { buyer, creators, fee_max: Amount::new(10_000_000) };
        self.app.place_guarantees(self.buyer.clone(), command).await
    }

    /// Buys a guarantee on the creator and publishes the video at once.
    async fn running(&self) -> GuaranteeServiceId {
        let id = self.buy(&[self.creator]).await.unwrap().services[0].id;
        self.video("new", self.creator, self.now(), Some(id)).await.unwrap();
        id
    }

    async fn view(&self, id: GuaranteeServiceId) -> GuaranteeView {
        self.app.guarantee(self.buyer.clone(), id).await.unwrap()
    }

    /// Fen that the buyer can spend, and fen that are held.
    async fn yuan(&self) -> (i64, i64) {
        let wallet = self.app.wallet(self.buyer.clone(), self.buyer.party).await.unwrap();
        let account = wallet.accounts.iter().find(|own| own.account.asset == Asset::Cny).unwrap();
        (account.spendable.units(), account.held.units())
    }

    fn now(&self) -> Timestamp {
        self.app.shell.now()
    }

    /// Moves the clock and does what is due.
    async fn until(&self, at: Timestamp) -> usize {
        self.clock.advance_to(at);
        self.app.run_due_guarantees().await.unwrap()
    }

    async fn is_clean(&self) {
        let audit = self.app.audit(|_| {}).await.unwrap();
        assert!(audit.is_clean(), "{}", audit.verdict());
    }
}

fn reading(at: Timestamp, plays: u64) -> PlaysReading {
    PlaysReading { at, plays, left_out: LeftOut::default() }
}

/// Runs one story on both databases.
fn story<F: Future<Output = ()>>(tell: impl Fn(World) -> F) {
    on_both(|store| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async { tell(World::on(store).await).await });
    });
}

#[test]
fn gb_01_a_merchant_buys_guarantees_and_is_compensated_to_the_fen() {
    story(|world| async move {
        let second = PartyId::new(74);
        world.party(74, Role::Creator).await;
        world.history(second).await;
        let quoted = world.app.quote_guarantees(world.buyer.clone(), vec![world.creator, second]).await.unwrap();
        let offered = quoted[0].offer.clone().unwrap();
        assert!((990_000..=1_010_000).contains(&offered.offer.expected_plays), "{offered:?}");
        assert!((100..=500).contains(&offered.offer.premium_permille) && offered.videos.len() == 6);
        let placed = world.buy(&[world.creator, second]).await.unwrap();
        let fees: i64 = quoted.iter().map(|own| own.offer.as_ref().unwrap().fee.units()).sum();
        assert_eq!((placed.order.fee.units(), placed.services.len()), (fees, 2));
        assert_eq!(world.yuan().await, (WALLET - fees, fees), "the fees are held");
        let [kept, lapsing] = [placed.services[0].clone(), placed.services[1].clone()];
        assert_eq!(world.view(kept.id).await.videos, offered.videos, "what the quote rests on (GB-02)");
        // The creator publishes; after 14 days a tenth is missing.
        let published = world.now().plus_ms(HOUR_MS);
        world.clock.advance_to(published);
        world.video("new", world.creator, published, Some(kept.id)).await.unwrap();
        let (expected, ends) = (kept.terms.expected_plays, published.plus_ms(14 * DAY_MS));
        world.clock.advance_to(ends.plus_ms(HOUR_MS));
        let machine = 50_000;
        let left_out = LeftOut { machine, ..LeftOut::default() };
        let actual = expected - expected / 10;
        let at_end = PlaysReading { at: ends, plays: actual + machine, left_out };
        world.read("new", &[at_end, reading(ends.plus_ms(1), 9_000_000)]).await;
        let paid = i128::from(1_000_000 + kept.terms.fee.units());
        let owed = (i128::from(expected / 10) * paid + i128::from(expected) - 1) / i128::from(expected);
        let owed = i64::try_from(owed).unwrap().min(kept.terms.fee.units());
        let ServiceState::Compensated { plays, refund, .. } = world.view(kept.id).await.service.state else { panic!() };
        assert_eq!((plays, refund.amount.units(), refund.paid_at), (actual, owed, None));
        assert_eq!(world.yuan().await.1, lapsing.terms.fee.units() + owed, "what was earned is no longer held");
        assert_eq!(world.until(refund.pay_at.plus_ms(-1)).await, 0);
        assert_eq!(world.until(refund.pay_at).await, 1);
        // The other creator never publishes (GB-08).
        assert_eq!(world.until(at("2026-12-21 01:00")).await, 1);
        assert_eq!(world.until(at("2026-12-22 01:00")).await, 1);
        assert_eq!(world.yuan().await, (WALLET - kept.terms.fee.units() + owed, 0));
        assert_eq!(world.view(lapsing.id).await.service.state.name(), "lapsed");
        let book = world.app.guarantee_book(world.operator.clone(), Timestamp::from_ms(0)).await.unwrap().book;
        assert_eq!((book.compensation.units(), book.fees_earned.units()), (owed, kept.terms.fee.units() - owed));
        assert_eq!((book.refunds, book.open, book.compensation_owed.units()), (lapsing.terms.fee, 0, 0));
        world.is_clean().await;
    });
}

#[test]
fn gb_03_without_history_price_or_funds_nothing_is_bought() {
    story(|world| async move {
        let new = PartyId::new(75);
        world.party(75, Role::Creator).await;
        let offer = |quoted: Vec<QuotedCreator>| quoted[0].offer.clone().unwrap_err();
        let ask = |who: PartyId| world.app.quote_guarantees(world.buyer.clone(), vec![who]);
        assert_eq!(offer(ask(new).await.unwrap()), NoOffer::NoPrice);
        let price = SetCreatorPrice { creator: new, fixed_price: Amount::new(100) };
        world.app.set_creator_price(world.machine.clone(), price).await.unwrap();
        assert_eq!(offer(ask(new).await.unwrap()), NoOffer::TooFewVideos { videos: 0, min: 5 });
        assert_eq!(offer(ask(world.buyer.party).await.unwrap()), NoOffer::UnknownCreator);
        let refusal = world.buy(&[world.creator, new]).await.unwrap_err();
        assert!(matches!(refusal, CommandError::Refused(PlaceGuaranteeRefusal::NotOnOffer { .. })), "{refusal}");
        let twice = world.buy(&[world.creator, world.creator]).await.unwrap_err();
        assert!(matches!(twice, CommandError::Refused(PlaceGuaranteeRefusal::BadCreators { .. })), "{twice}");
        let command =
            PlaceGuarantees { buyer: world.buyer.party, creators: vec![world.creator], fee_max: Amount::new(1) };
        let dearer = world.app.place_guarantees(world.buyer.clone(), command).await.unwrap_err();
        assert!(matches!(dearer, CommandError::Refused(PlaceGuaranteeRefusal::FeeRisen { .. })), "{dearer}");
        while world.buy(&[world.creator]).await.is_ok() {}
        let short = world.buy(&[world.creator]).await.unwrap_err();
        let CommandError::Refused(PlaceGuaranteeRefusal::Place(refusal)) = short else { panic!("{short}") };
        assert!(refusal.to_string().starts_with("pay `"), "{refusal}");
        world.is_clean().await;
    });
}

#[test]
fn gb_04_progress_is_seen_by_both_sides_with_what_was_left_out() {
    story(|world| async move {
        let id = world.running().await;
        let published = world.now();
        world.clock.advance_to(published.plus_ms(3 * DAY_MS));
        let left_out = LeftOut { machine: 7, repeat: 5, own_account: 3 };
        let told = PlaysReading { at: world.now(), plays: 400_015, left_out };
        world.read("new", &[told]).await;
        let view = world.view(id).await;
        let progress = view.progress.unwrap();
        assert_eq!(progress.reading, Some(told));
        assert_eq!(told.left_out.by_reason(), [("machine", 7), ("repeat", 5), ("own_account", 3)]);
        let expected = view.service.terms.expected_plays;
        assert!(expected / 2 < progress.expected_now && progress.expected_now < expected, "{progress:?}");
        assert!((550_000..700_000).contains(&progress.forecast.unwrap()) && !progress.is_measured, "{progress:?}");
        let creator = Actor { party: world.creator, roles: vec![Role::Creator], ..world.buyer.clone() };
        assert_eq!(
            world.app.guarantee(creator, id).await.unwrap().progress,
            Some(progress),
            "the creator sees the same"
        );
        let stranger = Actor { party: PartyId::new(99), ..world.buyer.clone() };
        assert!(matches!(world.app.guarantee(stranger, id).await, Err(CommandError::Forbidden)));
    });
}

#[test]
fn gb_05_without_a_reading_at_the_end_the_last_one_before_it_counts_a_day_later() {
    story(|world| async move {
        let id = world.running().await;
        let ends = world.now().plus_ms(14 * DAY_MS);
        world.clock.advance_to(ends.plus_ms(-HOUR_MS));
        world.read("new", &[reading(world.now(), 5_000_000)]).await;
        assert_eq!(world.until(ends.plus_ms(DAY_MS - 1)).await, 0);
        assert_eq!(world.until(ends.plus_ms(DAY_MS)).await, 1);
        let state = world.view(id).await.service.state;
        assert!(matches!(state, ServiceState::Succeeded { plays: 5_000_000, .. }), "{state:?}");
        let (spendable, held) = world.yuan().await;
        assert!(spendable < WALLET && held == 0, "the fee is earned");
        world.is_clean().await;
    });
}

#[test]
fn gb_08_publishing_at_the_deadline_and_lapsing_never_both_happen() {
    story(|world| async move {
        for round in 0..4_u32 {
            let id = world.buy(&[world.creator]).await.unwrap().services[0].id;
            let ServiceState::Waiting { lapses_at } = world.view(id).await.service.state else { panic!() };
            world.clock.advance_to(lapses_at.plus_ms(HOUR_MS));
            let (name, published_at) = (format!("late-{round}"), lapses_at.plus_ms(-1));
            let (telling, time) = (world.app.clone(), world.app.clone());
            let state = VideoState::Visible;
            let (creator, service) = (world.creator, Some(id));
            let told = ReportVideo { external_id: name, creator, published_at, state, service };
            let machine = world.machine.clone();
            let telling = tokio::spawn(async move { telling.report_video(machine, told).await });
            let time = tokio::spawn(async move { time.run_due_guarantees().await });
            let (told, due) = (telling.await.unwrap(), time.await.unwrap().unwrap());
            match world.view(id).await.service.state {
                ServiceState::Running { .. } => assert!(told.is_ok()),
                ServiceState::Lapsed { refund, .. } => {
                    assert!(told.is_err() && due == 1);
                    world.until(refund.pay_at).await;
                }
                other => panic!("{other:?}"),
            }
            // The clock has moved a month; the history has to be told again.
            world.history_again(round).await;
        }
        world.is_clean().await;
    });
}

impl World {
    /// Videos of the last days, so that the creator has a history after a month has passed.
    async fn history_again(&self, round: u32) {
        for number in 0..6_i64 {
            let published_at = self.now().plus_ms(-(20 + number) * DAY_MS);
            let name = format!("again-{round}-{number}");
            self.video(&name, self.creator, published_at, None).await.unwrap();
            let readings = [(10, 400_000), (14 * 24, 1_000_000)];
            let readings = readings.map(|(hours, plays)| reading(published_at.plus_ms(hours * HOUR_MS), plays));
            self.read(&name, &readings).await;
        }
    }
}

#[test]
fn gb_11_hidden_frozen_and_voided_with_a_reason() {
    story(|world| async move {
        let id = world.running().await;
        let published_at = world.now();
        world.clock.advance_to(published_at.plus_ms(DAY_MS));
        let hidden = ReportVideo {
            external_id: "new".to_owned(),
            creator: world.creator,
            published_at,
            state: VideoState::Withdrawn(FreezeCause::Hidden),
            service: None,
        };
        world.app.report_video(world.machine.clone(), hidden).await.unwrap();
        assert_eq!(world.view(id).await.service.state.name(), "frozen");
        let decide =
            |decision: Decision, reason: &str| DecideGuarantee { service: id, decision, reason: reason.to_owned() };
        let silent = world.app.decide_guarantee(world.operator.clone(), decide(Decision::Void, "  ")).await;
        assert!(matches!(silent, Err(CommandError::Refused(DecideGuaranteeRefusal::BadReason { .. }))));
        let own = world.app.decide_guarantee(world.buyer.clone(), decide(Decision::Void, "mine")).await;
        assert!(matches!(own, Err(CommandError::Forbidden)));
        let voided = world.app.decide_guarantee(world.operator.clone(), decide(Decision::Void, "the video is gone"));
        assert_eq!(voided.await.unwrap().state.name(), "voided");
        let again = world.app.decide_guarantee(world.operator.clone(), decide(Decision::Resume, "no")).await;
        assert!(matches!(again, Err(CommandError::Refused(DecideGuaranteeRefusal::Decide(_)))));
        let view = world.view(id).await;
        let [kept] = view.decisions.as_slice() else { panic!("{view:?}") };
        assert_eq!((kept.decision, kept.reason.as_str()), (Decision::Void, "the video is gone"));
        assert_eq!(world.until(world.now().plus_ms(DAY_MS)).await, 1);
        assert_eq!(world.yuan().await, (WALLET, 0), "everything is back");
        world.is_clean().await;
    });
}

#[test]
fn gb_12_too_much_compensation_stops_the_sale() {
    story(|world| async move {
        world.top_up(100_000_000).await;
        for round in 0..10_i64 {
            let id = world.buy(&[world.creator]).await.unwrap().services[0].id;
            world.video(&format!("flop-{round}"), world.creator, world.now(), Some(id)).await.unwrap();
        }
        let ends = world.now().plus_ms(14 * DAY_MS);
        assert_eq!(world.until(ends.plus_ms(DAY_MS)).await, 10);
        let book = world.app.guarantee_book(world.operator.clone(), Timestamp::from_ms(0)).await.unwrap();
        assert!(book.stop_loss.stopped && book.stop_loss.loss_permille == 1000, "{book:?}");
        let quoted = world.app.quote_guarantees(world.buyer.clone(), vec![world.creator]).await.unwrap();
        assert_eq!(quoted[0].offer, Err(NoOffer::StopLoss));
        assert!(matches!(
            world.app.guarantee_book(world.buyer.clone(), Timestamp::from_ms(0)).await,
            Err(CommandError::Forbidden)
        ));
    });
}

#[test]
fn gb_12_no_creator_is_covered_beyond_the_operators_cap() {
    story(|world| async move {
        let quoted = async || {
            let quoted = world.app.quote_guarantees(world.buyer.clone(), vec![world.creator]).await.unwrap();
            quoted[0].offer.clone().map(|offered| offered.fee.units())
        };
        let fee = quoted().await.unwrap();
        let cap = fee * 2 - 1;
        let version = world.app.policy(world.operator.clone()).await.unwrap().version;
        let change = serde_json::json!({ "guarantee": { "exposure_max": cap } });
        world.app.change_policy(world.operator.clone(), version, change).await.unwrap();
        // Two at once: one is sold.
        let creators = [world.creator];
        let both = tokio::join!(world.buy(&creators), world.buy(&creators));
        let both = [both.0, both.1];
        assert_eq!(both.iter().filter(|bought| bought.is_ok()).count(), 1, "{both:?}");
        assert_eq!(quoted().await, Err(NoOffer::ExposureFull { at_risk: fee, max: cap }));
        let book = world.app.guarantee_book(world.operator.clone(), Timestamp::from_ms(0)).await.unwrap();
        assert_eq!(book.exposures, [(world.creator, Amount::new(fee))]);
        assert_eq!(book.policy.exposure_max, Amount::new(cap));
        // Nothing is at risk any more when it has lapsed.
        world.until(world.now().plus_ms(40 * DAY_MS)).await;
        assert!(!matches!(quoted().await, Err(NoOffer::ExposureFull { .. })));
        let book = world.app.guarantee_book(world.operator.clone(), Timestamp::from_ms(0)).await.unwrap();
        assert_eq!(book.exposures, []);
        world.is_clean().await;
    });
}

#[test]
fn what_is_learnt_of_all_videos_changes_the_quote() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let world = World::on(memory()).await;
        for id in 80..86 {
            world.party(id, Role::Creator).await;
            world.history(PartyId::new(id)).await;
        }
        let fee = || async {
            let quoted = world.app.quote_guarantees(world.buyer.clone(), vec![world.creator]).await.unwrap();
            quoted[0].offer.as_ref().unwrap().fee.units()
        };
        let before = fee().await;
        assert_eq!(world.app.learn_guarantees().await.unwrap(), 1);
        assert_eq!(world.app.learn_guarantees().await.unwrap(), 0, "not again within the hour");
        assert!(fee().await < before, "creators this steady cost the least premium");
    });
}

#[test]
fn gb_09_a_running_guarantee_bids_for_the_plays_it_misses_and_the_book_pays() {
    story(|world| async move {
        let id = world.running().await;
        let published_at = Some(world.now());
        let content = VideoContent {
            title: "十分钟通勤妆，跟着画".to_owned(),
            category: "beauty".to_owned(),
            visibility: Visibility::Public,
            duration_ms: 60_000,
            goods: None,
        };
        let report = VideoReport { content, published_at, removed_at: None };
        let told = TellVideo { creator: world.creator, external_id: "new".to_owned(), report };
        world.app.tell_video(world.machine.clone(), told).await.unwrap();
        world.app.start_delivery().await.unwrap();
        assert_eq!(world.app.plan_help().await.unwrap(), 1);
        world.app.deliver_once().await;
        let mut plays = 0_u64;
        for viewer in 0..40 {
            let ask = DecisionAsk {
                placement: "feed".to_owned(),
                slots: vec![SlotAsk { position: 1, ..SlotAsk::default() }],
                feed_items: Some(10),
                viewer: ViewerAsk { id: Some(format!("viewer {viewer}")), ..ViewerAsk::default() },
                ..DecisionAsk::default()
            };
            let Some(shown) = world.app.decide(world.tenant, &ask).shown.into_iter().next() else { continue };
            assert_eq!((shown.order, shown.external_id.as_ref()), (escrow_of(id), "new"));
            let event = |kind: EventKind, watched_ms: Option<i64>| ReportedEvent {
                id: format!("{}-{}", shown.decision, kind.code()),
                kind: Some(kind),
                occurred_at: world.now(),
                token: Some(shown.token.clone()),
                watched_ms,
                ..ReportedEvent::default()
            };
            // Every other viewer leaves too soon for a play.
            let watched_ms = if viewer % 2 == 0 { 9_000 } else { 900 };
            plays += u64::from(viewer % 2 == 0);
            let events = vec![event(EventKind::Impression, None), event(EventKind::Watch, Some(watched_ms))];
            let reporter = Reporter { tenant: world.tenant, money_allowed: true, strict: true, validate_only: false };
            world.app.report_events(reporter, events.clone()).await.unwrap();
        }
        world.app.deliver_once().await;
        assert!(plays > 5, "{plays}");
        let view = world.view(id).await;
        assert_eq!(view.help.0, plays, "each play once");
        // Enough came: nothing is missing, and nothing is bid any more.
        world.clock.advance_to(world.now().plus_ms(2 * HOUR_MS));
        world.read("new", &[reading(world.now(), 5_000_000)]).await;
        world.app.plan_help().await.unwrap();
        world.app.deliver_once().await;
        let ask = DecisionAsk {
            placement: "feed".to_owned(),
            slots: vec![SlotAsk { position: 1, ..SlotAsk::default() }],
            feed_items: Some(10),
            viewer: ViewerAsk { id: Some("another viewer".to_owned()), ..ViewerAsk::default() },
            ..DecisionAsk::default()
        };
        assert!(world.app.decide(world.tenant, &ask).shown.is_empty(), "the target is in sight");
        world.is_clean().await;
    });
}

#[test]
fn gb_09_what_help_displaces_is_booked_against_the_income() {
    story(|world| async move {
        let id = world.running().await;
        let tenant = world.tenant;
        let account = move |kind: AccountKind| AccountId { kind, asset: Asset::Cny, owner: tenant.value() };
        let booked = world.app.write::<_, std::convert::Infallible>(move |shell, tx| {
            let commands = tuiliu_domain::guarantee::help_postings(tenant, Amount::new(250));
            tx.ledger(&LedgerGroup { id: shell.id(), commands }, shell.now())?.unwrap();
            Ok((account(AccountKind::GuaranteeHelp), account(AccountKind::GuaranteeIncome)))
        });
        let (help, income) = booked.await.unwrap();
        let posted = |of: AccountId| {
            world.app.read::<_, std::convert::Infallible>(move |_, tx| {
                Ok(tx.ledger_account(of)?.map_or(0, |account| account.posted.units()))
            })
        };
        assert_eq!((posted(help).await.unwrap(), posted(income).await.unwrap()), (250, -250));
        world.until(world.now().plus_ms(14 * DAY_MS)).await;
        world.read("new", &[reading(world.now(), 9_000_000)]).await;
        let fee = world.view(id).await.service.terms.fee.units();
        assert_eq!(posted(income).await.unwrap(), fee - 250, "fees earned less help (GB-09)");
        world.is_clean().await;
    });
}
