//! One order on a platform of its own, and everything that happens to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tuiliu_api::api::{Api, ApiSettings, Surroundings};
use tuiliu_api::openapi::router;
use tuiliu_api::rate::RatePolicy;
use tuiliu_api::stop::Stop;
use tuiliu_app::access::{ApiKeyKind, CreateApiKey, PasswordCost};
use tuiliu_app::delivery::{EngineConfig, EngineKeys, EventKind, ReportedEvent, Reporter};
use tuiliu_app::outside::{Clock, ManualClock, Outside, RandomIds, SystemSecrets};
use tuiliu_app::promotion::PlacePromotionOrder;
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_app::{App, Setup};
use tuiliu_delivery::token::{Claims, seal};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::{DecisionId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::live::RoomFact;
use tuiliu_domain::money::{Amount, Beans, Micros};
use tuiliu_domain::party::{Role, Scope};
use tuiliu_domain::promotion::{Bidding, ChargedBy, Desk, Goal, Product};
use tuiliu_domain::time::{HOUR_MS, Timestamp};
use tuiliu_domain::viewer::{AgeBand, Gender, Province, System, ViewerTraits};
use tuiliu_sim::seed::funding::Funding;
use tuiliu_sim::seed::platform::{Platform, login};
use tuiliu_store::{Address, Store, StoreConfig};

const START: Timestamp = Timestamp::from_ms(1_795_163_400_000);
const SECRET: [u8; 32] = [9; 32];
/// Events of one viewer's visit.
const PER_VIEWER: u64 = 8;
/// Events of one report.
const REPORT: usize = 1_000;
/// Millionths of a bean for a result.
const PRICE: i64 = 1_000;
/// More than any run asks for.
const QUOTA: RatePolicy = RatePolicy { name: "bench", quota: 1_000_000_000, window_s: 60 };

pub struct Stage {
    app: App,
    clock: Arc<ManualClock>,
    router: Router,
    key: String,
    keys: EngineKeys,
    tenant: TenantId,
    room: RoomId,
    order: PromotionOrderId,
    hours: i64,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub async fn open(hours: i64) -> Result<Self> {
        let folder = tempfile::tempdir().context("failed to make a folder")?;
        let address = Address::File(folder.path().join("bench.db"));
        let store = Store::open(&StoreConfig { address, readers: 2 }).context("failed to open the store")?;
        let clock = Arc::new(ManualClock::starting_at(START));
        let provider = SandboxProvider::new(store.clone(), [7; 32]);
        let setup = Setup {
            password_cost: PasswordCost::LEAST,
            engine: EngineConfig { frequency_bits: 16, ..EngineConfig::default() },
            keys: EngineKeys::from_secret(SECRET),
            ..Setup::passing(&SystemSecrets)
        };
        let outside = Outside { clock: Box::new(Arc::clone(&clock)), ..Outside::default() };
        let app = App::with_setup(store, outside, setup).with_payments(Arc::new(provider));
        app.start_delivery().await?;
        let operator = login("operator", "operator-bench", &[Role::Operator])?;
        let platform = Platform::open(app.clone(), Arc::clone(&clock) as Arc<dyn Clock>, "Bench", operator).await?;
        let creator = platform.party(Role::Merchant, "creator", None).await?;
        let funding = Funding { paid_beans: 100_000, ..Funding::default() };
        platform.fund("creator", creator, funding).await?;
        let room = platform.room(creator, "room", tuiliu_sim::creator::content(0)).await?;
        platform.fact(room, RoomFact::CartMounted).await?;
        platform.fact(room, RoomFact::Started).await?;
        let command = PlacePromotionOrder {
            placement: None,
            product: Product::TrafficPack,
            content: room.into(),
            desk: Desk::default(),
            charged_by: ChargedBy::default(),
            payer: creator,
            goal: Goal::Viewers,
            audience: None,
            bidding: Bidding::Manual { bid: Micros::new(20_000) },
            budget: Beans::from(90_000),
            duration_ms: 24 * HOUR_MS,
            guard_rules: Vec::new(),
        };
        let order = platform.order("order", command, Some(CouponChoice::Automatic)).await?;
        app.deliver_once().await;
        let command = CreateApiKey { name: "bench".to_owned(), kind: ApiKeyKind::Live, scopes: Scope::ALL.to_vec() };
        let key = app.open_api_key(platform.tenant, command).await.context("failed to make a key")?.secret;
        let settings = ApiSettings { rate: QUOTA, data_rate: QUOTA, refusal_rate: QUOTA, ..ApiSettings::default() };
        let surroundings = Surroundings {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(RandomIds::default()),
            ready: Arc::new(|| true),
            gauge: Arc::new(|_| {}),
        };
        let router = router(Api::new(settings, app.clone(), surroundings, Stop::default()));
        let (keys, tenant) = (EngineKeys::from_secret(SECRET), platform.tenant);
        Ok(Self { app, clock, router, key, keys, tenant, room, order, hours, _folder: folder })
    }

    /// What is read, and where.
    pub fn reports(&self) -> Vec<(&'static str, String)> {
        let (order, room) = (self.order, self.room);
        vec![
            ("order, hours", format!("/v1/boosts/{order}/report")),
            ("order, minutes", format!("/v1/boosts/{order}/report?grain=minute")),
            ("order, days", format!("/v1/boosts/{order}/report?grain=day")),
            ("order, live", format!("/v1/boosts/{order}/live")),
            ("room, hours", format!("/v1/rooms/{room}/report")),
            ("room, live", format!("/v1/rooms/{room}/live")),
            ("account, hours", "/v1/reports/boosts".to_owned()),
        ]
    }

    /// Reads one; answers how many bytes it has.
    pub async fn get(&self, path: &str) -> Result<usize> {
        let request = Request::get(path).header("authorization", format!("Bearer {}", self.key));
        let response = self.router.clone().oneshot(request.body(Body::empty())?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "GET {path}: {status} {}", String::from_utf8_lossy(&body));
        Ok(body.len())
    }

    /// Reports and folds the events `from..to` of `all`; answers how long folding took.
    pub async fn fill(&mut self, from: u64, to: u64, all: u64) -> Result<Duration> {
        let mut folding = Duration::ZERO;
        let mut events = Vec::with_capacity(REPORT);
        for number in from..to {
            events.push(self.event(number, all)?);
            if events.len() == REPORT || number + 1 == to {
                let latest = events.iter().map(|event: &ReportedEvent| event.occurred_at).max().unwrap_or(START);
                let ahead = latest.since_ms(self.clock.now());
                self.clock.advance_ms(u32::try_from(ahead.max(0))?);
                let reporter =
                    Reporter { tenant: self.tenant, money_allowed: true, strict: true, validate_only: false };
                let count = events.len();
                let answer = self.app.report_events(reporter, std::mem::take(&mut events)).await?;
                ensure!(answer.accepted == count, "not all events were taken: {answer:?}");
            }
            if (number + 1) % (32 * 1_000) == 0 || number + 1 == to {
                let begun = Instant::now();
                while self.app.fold_events().await? > 0 {}
                folding += begun.elapsed();
            }
        }
        Ok(folding)
    }

    fn event(&self, number: u64, all: u64) -> Result<ReportedEvent> {
        let (visit, step) = (number / PER_VIEWER, number % PER_VIEWER);
        let visits = all.div_ceil(PER_VIEWER).max(1);
        let span_ms = self.hours * HOUR_MS - HOUR_MS;
        let came = START.plus_ms(i64::try_from(u128::from(visit) * u128::try_from(span_ms)? / u128::from(visits))?);
        let at = |seconds: i64| came.plus_ms(seconds * 1_000);
        let (kind, occurred_at, watched_ms, value) = match step {
            0 => (EventKind::Impression, came, None, None),
            1 => (EventKind::RoomEnter, at(2), None, None),
            2 => (EventKind::Watch, at(12), Some(10_000), None),
            3 => (EventKind::Watch, at(62), Some(60_000), None),
            4 if visit % 5 == 0 => (EventKind::Comment, at(70), None, None),
            4 => (EventKind::Like, at(70), None, None),
            5 => (EventKind::ProductClick, at(80), None, None),
            6 if visit % 20 == 0 => (EventKind::PurchasePaid, at(90), None, Some(Amount::new(9_900))),
            6 => (EventKind::Like, at(95), None, None),
            _ => (EventKind::RoomLeave, at(122), Some(120_000), None),
        };
        let claims = Claims {
            decision: DecisionId::new(u128::from(visit) + 1),
            tenant: self.tenant,
            order: self.order,
            content: self.room.into(),
            viewer_hash: spread(visit),
            placement_hash: 1,
            goal: Goal::Viewers,
            price: Micros::new(PRICE),
            issued_at: came,
            expires_at: came.plus_ms(300_000),
            node: 0,
            epoch: 0,
            traits: traits(visit),
        };
        Ok(ReportedEvent {
            id: number.to_string(),
            kind: Some(kind),
            occurred_at,
            token: Some(seal(&self.keys.tokens, &claims)),
            watched_ms,
            value,
            purchase: value.map(|_| number.to_string()),
            ..ReportedEvent::default()
        })
    }
}

/// A hash that looks like one.
fn spread(number: u64) -> u128 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    u128::from(z ^ (z >> 31)) << 64 | u128::from(number)
}

/// Viewers of all provinces, ages and systems.
fn traits(visit: u64) -> ViewerTraits {
    let pick = |words: &[&'static str], by: u64| words[usize::try_from(by).unwrap_or(0) % words.len()];
    ViewerTraits {
        gender: Gender::of(pick(&["f", "m", ""], visit % 3)),
        age: AgeBand::of(pick(&["18-23", "24-30", "31-40", "41-50", "50+", ""], visit % 7)),
        region: Province::of(&format!("CN-{}", 11 + visit % 34)),
        system: System::of(pick(&["ios", "android", "harmony"], visit % 5)),
        ..ViewerTraits::default()
    }
}
