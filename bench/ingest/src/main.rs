//! How many reported events a second are judged and made durable in one process, how fast they are folded, and how long
//! the report of an order takes that has them all.
//!
//! `cargo xtask bench ingest [--json] -- [--events N]`. On a SQLite file that is synced before anything is acknowledged.

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde_json::json;
use tuiliu_app::access::PasswordCost;
use tuiliu_app::delivery::{
    DecisionAsk, EngineConfig, EngineKeys, EventKind, ReportedEvent, Reporter, SlotAsk, ViewerAsk,
};
use tuiliu_app::outside::{Clock as _, Outside, SystemClock};
use tuiliu_app::promotion::PlacePromotionOrder;
use tuiliu_app::report::TrendAsk;
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_app::{App, CommandError, Setup};
use tuiliu_domain::coupon::CouponChoice;
use tuiliu_domain::id::{PartyId, PromotionOrderId, RoomId};
use tuiliu_domain::live::RoomFact;
use tuiliu_domain::money::{Amount, Beans};
use tuiliu_domain::party::{Actor, Role, Scope};
use tuiliu_domain::promotion::{Bidding, ChargedBy, Desk, Goal, Product};
use tuiliu_domain::time::{HOUR_MS, Timestamp};
use tuiliu_sim::seed::funding::Funding;
use tuiliu_sim::seed::platform::{Platform, login};
use tuiliu_store::{Address, Store, StoreConfig};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Events/s that are to be taken, and milliseconds that the report may take.
const GOAL_PER_SECOND: f64 = 50_000.0;
const GOAL_REPORT_MS: f64 = 100.0;
/// Events of one report, as many as there may be.
const EVENTS_PER_REPORT: usize = 1_000;

#[derive(Debug, Parser)]
struct Arguments {
    /// All of one order.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000)]
    events: usize,
    /// Viewers of that order, each with an impression.
    #[arg(long, value_name = "NUMBER", default_value_t = 50_000)]
    viewers: usize,
    /// Reports that are under way at a time.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    senders: usize,
    /// Prints figures for machines.
    #[arg(long)]
    json: bool,
}

struct World {
    app: App,
    actor: Actor,
    order: PromotionOrderId,
    room: RoomId,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<ExitCode> {
    let folder = tempfile::tempdir().context("failed to make a folder")?;
    let world = Arc::new(world(folder.path()).await?);
    let tokens = tokens(&world, arguments.viewers)?;
    eprintln!("{} impressions", tokens.len());
    let reports = reports(&world, &tokens, arguments.events);
    let mut lanes: Vec<Vec<Vec<ReportedEvent>>> = (0..arguments.senders.max(1)).map(|_| Vec::new()).collect();
    for (number, report) in reports.into_iter().enumerate() {
        let lane = number % lanes.len();
        lanes[lane].push(report);
    }
    let (began, cpu) = (Instant::now(), cpu_seconds()?);
    let mut senders = Vec::new();
    for lane in lanes {
        let world = Arc::clone(&world);
        senders.push(tokio::spawn(async move {
            let mut taken = 0;
            for report in lane {
                taken += send(&world, report).await?;
            }
            Ok::<usize, anyhow::Error>(taken)
        }));
    }
    let mut taken = 0;
    for sender in senders {
        taken += sender.await??;
    }
    let (ingest, ingest_cpu) = (began.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    ensure!(taken == arguments.events, "{taken} of {} events were taken", arguments.events);
    eprintln!("taken in {ingest:.1} s");
    let (began, cpu) = (Instant::now(), cpu_seconds()?);
    while world.app.fold_events().await? > 0 {}
    let (fold, fold_cpu) = (began.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    eprintln!("folded in {fold:.1} s");
    let mut millis = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        let report = world.app.promotion_order_report(world.actor.clone(), world.order, TrendAsk::default()).await?;
        ensure!(!report.attributed.now.is_empty(), "the report has no figures");
        millis.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    millis.sort_by(f64::total_cmp);
    let count = f64::from(u32::try_from(taken)?);
    let (per_second, folded_per_second) = (count / ingest, count / fold);
    let (cpu_us, folded_cpu_us) = (1e6 * ingest_cpu / count, 1e6 * fold_cpu / count);
    let (median, worst) = (millis[millis.len() / 2], millis[millis.len() - 1]);
    let met = per_second >= GOAL_PER_SECOND && worst < GOAL_REPORT_MS;
    if arguments.json {
        let figures = json!({
            "bench": "ingest", "events": taken, "impressions": tokens.len(), "senders": arguments.senders,
            "ingested_per_second": per_second, "folded_per_second": folded_per_second,
            "ingested_cpu_us": cpu_us, "folded_cpu_us": folded_cpu_us,
            "report_ms_median": median, "report_ms_worst_of_20": worst,
            "bars": [
                { "bar": "events taken a second", "found": per_second, "at_least": GOAL_PER_SECOND,
                  "met": per_second >= GOAL_PER_SECOND },
                { "bar": "milliseconds of the report, worst of 20", "found": worst, "at_most": GOAL_REPORT_MS,
                  "met": worst < GOAL_REPORT_MS },
            ],
        });
        println!("{figures:#}");
    } else {
        println!("{taken} events of one order: taken {per_second:.0}/s, folded {folded_per_second:.0}/s");
        println!("one event: {cpu_us:.1} µs of all threads until it is durable, {folded_cpu_us:.1} µs to fold");
        println!("its report: {median:.1} ms, at most {worst:.1} ms of 20");
    }
    Ok(if met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn world(folder: &std::path::Path) -> Result<World> {
    let address = Address::File(folder.join("bench.db"));
    let store = Store::open(&StoreConfig { address, readers: 2 }).context("failed to open the store")?;
    let provider = SandboxProvider::new(store.clone(), [7; 32]);
    let outside = Outside::default();
    let setup = Setup {
        password_cost: PasswordCost::LEAST,
        engine: EngineConfig { frequency_bits: 20, ..EngineConfig::default() },
        keys: EngineKeys::from_secret([9; 32]),
        ..Setup::passing(outside.secrets.as_ref())
    };
    let app = App::with_setup(store, outside, setup).with_payments(Arc::new(provider));
    let operator = login("operator", "operator-bench", &[Role::Operator])?;
    let platform = Platform::open(app.clone(), Arc::new(SystemClock), "Bench", operator).await?;
    let creator = platform.party(Role::Creator, "creator", None).await?;
    platform.fund("creator", creator, Funding { paid_beans: 200_000, ..Funding::default() }).await?;
    let room = platform.room(creator, "room", tuiliu_sim::creator::content(0)).await?;
    platform.fact(room, RoomFact::Started).await?;
    app.start_delivery().await?;
    let command = PlacePromotionOrder {
        placement: None,
        product: Product::TrafficPack,
        content: room.into(),
        desk: Desk::default(),
        charged_by: ChargedBy::default(),
        payer: creator,
        goal: Goal::Interactions,
        audience: None,
        bidding: Bidding::Automatic,
        budget: Beans::from(6_000),
        duration_ms: HOUR_MS,
        guard_rules: Vec::new(),
    };
    let order = platform.order("order", command, Some(CouponChoice::Automatic)).await?;
    let actor = Actor {
        tenant: platform.tenant,
        party: PartyId::new(0),
        roles: vec![Role::Operator, Role::Integrator],
        scopes: Scope::ALL.to_vec(),
        clients: Vec::new(),
    };
    app.deliver_once().await;
    Ok(World { app, actor, order, room })
}

/// What all threads of this process have used, in seconds.
fn cpu_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("failed to read what was used")?;
    let (_, fields) = stat.rsplit_once(')').context("failed to read what was used")?;
    let ticks: Vec<f64> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// Impressions of the order, each of another viewer; those who are held out get none.
fn tokens(world: &World, viewers: usize) -> Result<Vec<String>> {
    let mut tokens = Vec::with_capacity(viewers);
    for number in 0..viewers * 4 {
        let ask = DecisionAsk {
            placement: "feed".to_owned(),
            slots: vec![SlotAsk::default()],
            feed_items: Some(8),
            viewer: ViewerAsk { id: Some(format!("viewer {number}")), ..ViewerAsk::default() },
            ..DecisionAsk::default()
        };
        tokens.extend(world.app.decide(world.actor.tenant, &ask).shown.into_iter().map(|shown| shown.token));
        if tokens.len() >= viewers {
            break;
        }
        if number % 512 == 0 {
            world.app.pace_delivery();
        }
    }
    ensure!(tokens.len() * 20 >= viewers, "only {} impressions were decided", tokens.len());
    Ok(tokens)
}

/// Events as a host sends them: impressions, entries, heartbeats, a few interactions and purchases.
fn reports(world: &World, tokens: &[String], events: usize) -> Vec<Vec<ReportedEvent>> {
    let now = SystemClock.now();
    let event = |number: usize| {
        let (place, nth) = (number % tokens.len(), number / tokens.len());
        let kind = match (nth, place % 50) {
            (0, _) => EventKind::Impression,
            (1, _) => EventKind::RoomEnter,
            (2, place) if place < 10 => EventKind::Comment,
            (3, place) if place < 10 => EventKind::Like,
            (4, place) if place < 5 => EventKind::ProductClick,
            (5, 0) => EventKind::PurchasePaid,
            _ => EventKind::Watch,
        };
        ReportedEvent {
            id: number.to_string(),
            kind: Some(kind),
            occurred_at: Timestamp::from_ms(now.ms() - 1),
            token: Some(tokens[place].clone()),
            watched_ms: (kind == EventKind::Watch).then(|| 2_000 * i64::try_from(nth.min(28)).unwrap_or(0)),
            value: (kind == EventKind::PurchasePaid).then(|| Amount::new(9_900)),
            purchase: (kind == EventKind::PurchasePaid).then(|| format!("purchase-{number}")),
            content: Some(world.room.into()),
            ..ReportedEvent::default()
        }
    };
    let all: Vec<ReportedEvent> = (0..events).map(event).collect();
    all.chunks(EVENTS_PER_REPORT).map(<[_]>::to_vec).collect()
}

async fn send(world: &World, report: Vec<ReportedEvent>) -> Result<usize> {
    let reporter = Reporter { tenant: world.actor.tenant, money_allowed: true, strict: false, validate_only: false };
    let answer: Result<_, CommandError<Infallible>> = world.app.report_events(reporter, report).await;
    let answer = answer?;
    ensure!(answer.rejected.is_empty(), "refused: {:?}", answer.rejected.first());
    Ok(answer.accepted)
}
