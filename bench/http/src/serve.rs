//! The server processes: the product with orders that match, and the bare stack.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::to_bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tower::ServiceExt as _;
use tuiliu_api::api::{Api, ApiSettings, Surroundings};
use tuiliu_api::openapi::router;
use tuiliu_api::rate::RatePolicy;
use tuiliu_api::server::{Server, ServerSettings};
use tuiliu_api::stop::Stop;
use tuiliu_app::access::{ApiKeyKind, CreateApiKey, PasswordCost};
use tuiliu_app::delivery::EngineConfig;
use tuiliu_app::outside::{Outside, RandomIds, SystemClock, SystemSecrets};
use tuiliu_app::promotion::PlacePromotionOrder;
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_app::{App, JobRhythm, Setup};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::live::{RoomContent, RoomFact};
use tuiliu_domain::money::{Beans, Micros};
use tuiliu_domain::party::{Role as PartyRole, Scope};
use tuiliu_domain::promotion::{ChargedBy, Desk, Product, Bidding, Goal};
use tuiliu_domain::time::HOUR_MS;
use tuiliu_sim::seed::funding::Funding;
use tuiliu_sim::seed::platform::{Platform, login};
use tuiliu_store::{Address, Store, StoreConfig};

use crate::Role;
use crate::load::Asked;

/// A real answer with one item, as the bare handler repeats it.
const ANSWER: &str = include_str!("answer.json");
/// More than any run asks for.
const QUOTA: RatePolicy = RatePolicy { name: "bench", quota: 1_000_000_000, window_s: 60 };

/// Serves until standard input ends; tells address and key on standard output once it can be asked.
pub(crate) fn run(role: Role, orders: usize) -> Result<()> {
    runtime()?.block_on(serve(role, orders))
}

/// Answers so many requests on this thread, without a connection: what is left is the product, for profilers.
pub(crate) fn answer_here(role: Role, orders: usize, requests: u32) -> Result<()> {
    runtime()?.block_on(async {
        let platform = Prepared::of(role, orders).await?;
        let address = platform.listener.local_addr()?;
        let mut request = Asked::new(address, &platform.key)?;
        let mut used = Duration::ZERO;
        for nth in 0..requests + requests / 10 {
            if nth == requests / 10 {
                used = thread_used()?;
            }
            request.turn_to(nth.into());
            let answer = platform.router.clone().oneshot(request.in_process()?).await?;
            ensure!(answer.status().is_success(), "the server answered `{}`", answer.status());
            to_bytes(answer.into_body(), usize::MAX).await?;
        }
        let each = (thread_used()? - used).as_secs_f64() * 1e6 / f64::from(requests);
        println!("{role:?}: {each:.2} µs CPU of the answering thread for each of {requests} requests in process");
        Ok(())
    })
}

/// What this thread has run so far.
fn thread_used() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().context("failed to read what a thread used")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

fn runtime() -> Result<Runtime> {
    // As the product logs: everything from `info` on, formatted and written.
    let sink = std::fs::File::create("/dev/null").context("failed to open the log")?;
    let filter = tracing_subscriber::EnvFilter::new("info");
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(sink).init();
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// A server before its first request.
struct Prepared {
    router: Router,
    api: Api,
    listener: TcpListener,
    key: String,
    /// Ends the jobs.
    stop: watch::Sender<bool>,
    /// Holds the store; it goes last.
    _folder: TempDir,
}

impl Prepared {
    async fn of(role: Role, orders: usize) -> Result<Self> {
        let folder = tempfile::tempdir().context("failed to make a folder")?;
        let address = Address::File(folder.path().join("bench.db"));
        let store = Store::open(&StoreConfig { address, readers: 2 }).context("failed to open the store")?;
        let provider = SandboxProvider::new(store.clone(), [7; 32]);
        let setup = Setup {
            password_cost: PasswordCost::LEAST,
            engine: EngineConfig { frequency_bits: 20, ..EngineConfig::default() },
            ..Setup::passing(&SystemSecrets)
        };
        let app = App::with_setup(store, Outside::default(), setup).with_payments(Arc::new(provider));
        let settings = ApiSettings { rate: QUOTA, data_rate: QUOTA, refusal_rate: QUOTA, ..ApiSettings::default() };
        let surroundings = Surroundings {
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::default()),
            ready: Arc::new(|| true),
            gauge: Arc::new(|_| {}),
        };
        let api = Api::new(settings, app.clone(), surroundings, Stop::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.context("failed to listen")?;
        let (stop, stopped) = watch::channel(false);
        let (router, key) = match role {
            Role::Bare => (bare(), "sk_live_none".to_owned()),
            Role::Product => {
                tokio::spawn(app.clone().run_jobs(JobRhythm::default(), stopped));
                (router(api.clone()), platform(&app, orders).await?)
            }
        };
        Ok(Self { router, api, listener, key, stop, _folder: folder })
    }
}

async fn serve(role: Role, orders: usize) -> Result<()> {
    let Prepared { router, api, listener, key, stop, _folder } = Prepared::of(role, orders).await?;
    println!("{} {key}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let server = Server { router, listener, api, settings: ServerSettings::default() };
    server
        .serve(async {
            let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
            drop(ended.await);
        })
        .await;
    stop.send_replace(true);
    Ok(())
}

fn bare() -> Router {
    Router::new().route("/v1/decisions", post(|| async { ([(CONTENT_TYPE, "application/json")], ANSWER) }))
}

/// Rooms that are live, each with orders for everybody, cheap enough for every viewer of the run; answers a key.
async fn platform(app: &App, orders: usize) -> Result<String> {
    let operator = login("operator", "operator-bench", &[PartyRole::Operator])?;
    let platform = Platform::open(app.clone(), Arc::new(SystemClock), "Bench", operator).await?;
    for nth in 0..orders.div_ceil(2) {
        let creator = platform.party(PartyRole::Merchant, &format!("creator-{nth}"), None).await?;
        let funding = Funding { paid_beans: 200_000, ..Funding::default() };
        platform.fund(&format!("creator {nth}"), creator, funding).await?;
        let room = platform.room(creator, &format!("room-{nth}"), content()).await?;
        platform.fact(room, RoomFact::CartMounted).await?;
        platform.fact(room, RoomFact::Started).await?;
        for second in (0..2).filter(|second| nth * 2 + second < orders) {
            let bid = i64::try_from(20_000 + 500 * nth + 100 * second)?;
            let command = PlacePromotionOrder {
                product: Product::TrafficPack,
                content: room.into(),
                desk: Desk::default(),
                charged_by: ChargedBy::default(),
                payer: creator,
                goal: if second == 0 { Goal::Viewers } else { Goal::ProductClicks },
                audience: None,
                bidding: Bidding::Manual { bid: Micros::new(bid) },
                budget: Beans::from(90_000),
                duration_ms: 6 * HOUR_MS,
                guard_rules: Vec::new(),
            };
            platform.order(&format!("order {nth} {second}"), command, Some(CouponChoice::Automatic)).await?;
        }
    }
    let command = CreateApiKey { name: "bench".to_owned(), kind: ApiKeyKind::Live, scopes: Scope::ALL.to_vec() };
    let key = app.open_api_key(platform.tenant, command).await.context("failed to make a key")?;
    Ok(key.secret)
}

fn content() -> RoomContent {
    tuiliu_sim::creator::content(0)
}
