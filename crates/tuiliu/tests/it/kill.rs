//! `kill -9` at random moments: what was acknowledged is kept, nothing is charged twice, the books are true.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;
use tuiliu_app::App;
use tuiliu_app::coupon::CouponList;
use tuiliu_app::delivery::{EventKind, ReportedEvent, Reporter};
use tuiliu_app::outside::{Outside, SystemClock};
use tuiliu_domain::coupon::CouponKind;
use tuiliu_domain::id::{PromotionOrderId, RoomId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;
use tuiliu_sim::sample::{LOGINS, NAME};
use tuiliu_sim::seed::platform::{Platform as Sampled, login};
use tuiliu_store::{Address, Store, StoreConfig};

use crate::executable::Platform;

/// Kills of the demo and of the replay; together at least fifty.
const DEMO_KILLS: u64 = 28;
const REPLAY_KILLS: u64 = 24;
const ROWS: u64 = 12_000;
/// Cheap passwords: the test sets the sample up many times over.
const CHEAP: &str = "access.password_memory_kib=64";

/// Moments that look random and are the same in every run.
struct Moments(u64);

impl Moments {
    fn between(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(least_ms + (self.0 >> 33) % (most_ms - least_ms))
    }
}

/// Lets a process live so long, then kills it; whether it was alive until then.
fn kill_after(mut child: Child, life: Duration) -> bool {
    let (_alive, ends) = channel::<()>();
    // Nobody ever sends: it only waits.
    assert!(ends.recv_timeout(life).is_err());
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    if let Some(status) = ended {
        assert!(status.success(), "it ended by itself with {status}");
    }
    ended.is_none()
}

#[test]
fn a_demo_killed_at_any_moment_keeps_what_it_acknowledged() {
    let platform = Platform::new();
    let acknowledged = platform.path("acknowledged");
    let path = acknowledged.to_str().unwrap();
    let arguments = ["demo", "--data", "demo", "--listen", "127.0.0.1:0", "--speed", "900", "--acknowledged", path];
    let mut moments = Moments(1);
    for nth in 0..DEMO_KILLS {
        let mut command = platform.command(&arguments);
        command.args(["--set", CHEAP, "--set", "demo.viewers=4000", "--log-level", "error"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // At first while the sample is set up, later while it lives.
        let most_ms = if nth < DEMO_KILLS / 2 { 900 } else { 3_000 };
        assert!(kill_after(child, moments.between(60, most_ms)), "kill {nth} came too late");
    }
    let audit = platform.run(&["audit", "--store", "sqlite:demo/tuiliu.db"]);
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(check_demo(&platform.path("demo/tuiliu.db"), &std::fs::read_to_string(acknowledged).unwrap()));
}

async fn check_demo(path: &Path, acknowledged: &str) {
    let store = Store::open(&StoreConfig { address: Address::File(path.to_owned()), readers: 1 }).unwrap();
    let app = App::new(store, Outside::default());
    let operator = login(LOGINS[0].name, LOGINS[0].password, LOGINS[0].roles).unwrap();
    let sampled = Sampled::open(app.clone(), Arc::new(SystemClock), NAME, operator).await.unwrap();
    assert_eq!(app.tenants().await.unwrap().len(), 1, "the sample was set up once");
    let (mut orders, mut events) = (0, Vec::new());
    // The last line of a run may be cut off.
    for line in acknowledged.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["order", id] => {
                let id: PromotionOrderId = id.parse().unwrap();
                app.promotion_order(sampled.actor(), id).await.expect("an acknowledged order is there");
                orders += 1;
            }
            ["event", kind, id] => events.push(again(kind, id, sampled.now())),
            _ => {}
        }
    }
    assert!(orders > 0 && events.len() > 1_000, "{orders} orders and {} events were acknowledged", events.len());
    let tenant = sampled.tenant;
    let reporter = Reporter { tenant, money_allowed: true, strict: false, validate_only: false };
    for some in events.chunks(1_000) {
        let answer = app.report_events(reporter, some.to_vec()).await.unwrap();
        assert_eq!((answer.accepted, answer.rejected.len()), (0, 0), "an acknowledged event was lost");
    }
    check_charged_once(&sampled).await;
    let creator = sampled.known_party("sample-creator-0").await.unwrap();
    let list = CouponList { owner: Some(creator), state: None, after: None, limit: 1_000 };
    let coupons = app.coupons(sampled.actor(), list).await.unwrap();
    let cards = coupons.iter().filter(|coupon| coupon.coupon.terms.kind == CouponKind::GrowthCard).count();
    assert_eq!(cards, 1, "a step of the setting up was done twice");
}

/// An event with the same identity, and otherwise as harmless as can be.
fn again(kind: &str, id: &str, now: Timestamp) -> ReportedEvent {
    let kind = EventKind::from_code(kind).unwrap();
    ReportedEvent {
        id: id.to_owned(),
        kind: Some(kind),
        occurred_at: now,
        content: Some(RoomId::new(1).into()),
        watched_ms: (kind == EventKind::Watch).then_some(0),
        undone: (kind == EventKind::Undo).then_some(EventKind::Like),
        value: kind.is_money().then_some(Amount::new(1)),
        ..ReportedEvent::default()
    }
}

/// No impression was charged twice, in any order.
async fn check_charged_once(sampled: &Sampled) {
    let mut charged = BTreeSet::new();
    for room in sampled.rooms(1_000).await.unwrap() {
        let filter = tuiliu_app::promotion::OrderFilter {
            payer: None,
            content: Some(room.id.into()),
            before: None,
            limit: 1_000,
        };
        for view in sampled.app.promotion_orders(sampled.actor(), filter).await.unwrap() {
            let mut after = 0;
            loop {
                let page = sampled.app.delivery_ledger(sampled.actor(), view.order.id, after, 1_000).await.unwrap();
                let Some(last) = page.last() else { break };
                after = last.number;
                for charge in &page {
                    assert!(charged.insert(charge.decision), "{} was charged twice", charge.decision);
                }
            }
        }
    }
    assert!(!charged.is_empty(), "nothing was ever charged");
}

#[test]
fn a_replay_killed_at_any_moment_goes_on_and_charges_nothing_twice() {
    let platform = Platform::new();
    std::fs::write(platform.path("log"), log()).unwrap();
    let arguments = ["replay", "--log", "log", "--data", "state", "--orders", "8", "--json", "--log-level", "error"];
    let mut moments = Moments(2);
    let mut kills = 0;
    for _ in 0..REPLAY_KILLS {
        let mut command = platform.command(&arguments);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        kills += u64::from(kill_after(child, moments.between(40, 420)));
    }
    assert!(kills >= REPLAY_KILLS - 2, "the replay was over after {kills} kills");
    let output = platform.run(&arguments);
    let result: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert!(output.status.success(), "{result:#}");
    assert_eq!(result["audit"]["verdict"], "clean");
    assert_eq!(result["overspent_micros"], 0);
    let orders = result["orders"].as_array().unwrap();
    let sum = |name: &str| orders.iter().map(|order| order[name].as_i64().unwrap()).sum::<i64>();
    assert!(sum("impressions") <= i64::try_from(ROWS).unwrap(), "a row was shown twice: {result:#}");
    assert_eq!(Some(sum("results")), result["audit"]["charges"].as_i64());
    for order in orders {
        let sources = order["sources"].as_array().unwrap();
        let held: i64 = sources.iter().map(|source| source["held_micros"].as_i64().unwrap()).sum();
        assert_eq!(held, 0, "{order:#}");
    }
}

/// Rows in the shape of real ones, but clicked more often.
fn log() -> String {
    let mut moments = Moments(3);
    let mut text = String::new();
    for row in 0..ROWS {
        let price = moments.between(10, 200).as_millis();
        let click = u8::from(moments.between(0, 400).is_zero());
        writeln!(text, "{click}\t{price}\t0.0025\t{}", row / 600).unwrap();
    }
    text
}
