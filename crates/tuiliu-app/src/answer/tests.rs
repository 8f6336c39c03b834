use std::convert::Infallible;
use std::sync::Arc;

use tuiliu_domain::id::TenantId;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::testing::{memory, server_address};
use tuiliu_store::{Store, StoreConfig};

use super::*;
use crate::access::PasswordCost;
use crate::outside::{CountingIds, CountingSecrets, ManualClock, Outside};

const TENANT: TenantId = TenantId::new(1);
/// A node whose epochs count how often the command was carried out.
const NODE: u32 = 7;

fn app(store: Store) -> App {
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_ms(1_000_000_000_000)));
    let outside = Outside {
        clock: Box::new(clock),
        ids: Box::new(CountingIds::default()),
        secrets: Box::new(CountingSecrets::default()),
    };
    App::with_password_cost(store, outside, PasswordCost::LEAST)
}

async fn count_up(app: &App, digest: u8) -> Result<Answered, CommandError<Infallible>> {
    let key = OnceKey { tenant: TENANT, key: "count".to_owned(), digest: [digest; 32] };
    app.once(
        key,
        |_, tx| Ok(tx.next_epoch(NODE)?),
        |count| (200, count.map_or_else(|_| vec![], |n| vec![u8::try_from(n).unwrap_or(0)])),
    )
    .await
}

/// Sixteen callers ask the same at once, spread over the apps; it happens once and all are answered alike.
fn twins(apps: &[App]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let answers: Vec<Answered> = runtime.block_on(async {
        let asked: Vec<_> = (0..16)
            .map(|nth| {
                let app = apps[nth % apps.len()].clone();
                tokio::spawn(async move { count_up(&app, 1).await.unwrap() })
            })
            .collect();
        let mut answers = Vec::new();
        for answer in asked {
            answers.push(answer.await.unwrap());
        }
        answers
    });
    assert!(answers.iter().all(|answer| (answer.status, answer.body.as_slice()) == (200, &[1])), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    let other = runtime.block_on(count_up(&apps[0], 2));
    assert!(matches!(other, Err(CommandError::KeyReused)), "{other:?}");
}

#[test]
fn twins_on_one_node_are_carried_out_once() {
    twins(&[app(memory())]);
}

#[test]
fn twins_on_two_nodes_are_carried_out_once() {
    let config = StoreConfig { address: server_address(), readers: 1 };
    twins(&[app(Store::open(&config).unwrap()), app(Store::open(&config).unwrap())]);
}
