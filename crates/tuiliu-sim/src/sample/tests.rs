use tuiliu_app::App;
use tuiliu_app::access::PasswordCost;
use tuiliu_app::appeal::AppealList;
use tuiliu_app::incentive::{ApplicationsList, RewardList};
use tuiliu_app::outside::{CountingIds, CountingSecrets, ManualClock, Outside};
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_domain::incentive::{ApplicationState, RewardState};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;
use tuiliu_store::testing::memory;

use super::*;

/// The people of the sample, before anything has become of them.
async fn peopled() -> (App, Sample) {
    let clock = Arc::new(ManualClock::starting_at(Timestamp::from_ms(1_795_163_462_120)));
    let outside = Outside {
        clock: Box::new(Arc::clone(&clock)),
        ids: Box::new(CountingIds::default()),
        secrets: Box::new(CountingSecrets::default()),
    };
    let store = memory();
    let provider = SandboxProvider::new(store.clone(), [7; 32]);
    let app = App::with_password_cost(store, outside, PasswordCost::LEAST).with_payments(Arc::new(provider));
    let operator = login(LOGINS[0].name, LOGINS[0].password, LOGINS[0].roles).unwrap();
    let platform = Platform::open(app.clone(), clock, NAME, operator).await.unwrap();
    let mut sample = Sample { platform, creators: Vec::new() };
    sample.people(false).await.unwrap();
    (app, sample)
}

#[tokio::test]
async fn the_sample_shows_what_becomes_of_incentives() {
    let (app, sample) = peopled().await;
    sample.incentives().await.unwrap();
    let actor = || sample.platform.actor();
    assert_eq!(app.programmes(actor(), (None, 10)).await.unwrap().len(), 4);
    let list = ApplicationsList { party: None, only_waiting: false, last: None, limit: 10 };
    let mut states: Vec<ApplicationState> =
        app.incentive_applications(actor(), list).await.unwrap().iter().map(|one| one.state).collect();
    states.sort_unstable();
    let waiting = ApplicationState::Submitted;
    assert_eq!(states, [waiting, waiting, ApplicationState::Approved, ApplicationState::Rejected]);
    let list = RewardList { party: None, before: None, limit: 10 };
    let mut rewards: Vec<(RewardState, i64)> =
        app.incentive_rewards(actor(), list).await.unwrap().iter().map(|one| (one.row.state, one.row.points)).collect();
    rewards.sort_unstable();
    let (issued, back) = (RewardState::Issued, RewardState::TakenBack);
    assert_eq!(rewards, [(issued, 200), (issued, 500), (issued, 1_120), (back, 960)]);
    let creator = sample.creators[0];
    assert!(
        app.unread_messages(actor(), creator).await.unwrap() >= 3,
        "the creator who signs in has something to read"
    );
    let list = AppealList { party: None, only_open: true, last: None, limit: 10 };
    assert_eq!(app.appeals(actor(), list).await.unwrap().len(), 1);
    let links = app.account_links(actor(), sample.creators[7]).await.unwrap();
    assert_eq!((links.links[0].score_permille, links.cluster.len()), (925, 2));
}

#[tokio::test]
async fn the_sample_shows_what_becomes_of_boosts() {
    let (app, sample) = peopled().await;
    sample.yuan("sample", 1, Amount::new(5_000_000)).await.unwrap();
    sample.boosts().await.unwrap();
    let platform = &sample.platform;
    let order = async |key: &str| {
        let id = platform.answered(&format!("order sample boost {key}")).await.unwrap().unwrap();
        app.promotion_order(platform.actor(), id.parse().unwrap()).await.unwrap().order
    };
    for (key, state) in [
        ("running", "running"),
        ("slow", "running"),
        ("guaranteed", "running"),
        ("room", "running"),
        ("rejected", "rejected"),
        ("waiting", "in_review"),
        ("taken", "in_review"),
        ("judged", "running"),
    ] {
        let order = order(key).await;
        assert_eq!(order.state.name(), state, "{key}");
        assert_eq!(order.guarantee.is_some(), ["slow", "guaranteed", "room"].contains(&key), "{key}");
    }
    let queue = app.review_queue(platform.actor(), None, 10).await.unwrap();
    assert_eq!((queue.len(), queue.iter().filter(|row| row.task.claim.is_some()).count()), (2, 1));
    assert_eq!(app.review_samples(platform.actor(), None, 10).await.unwrap().len(), 1);
    let list = AppealList { party: None, only_open: true, last: None, limit: 10 };
    assert_eq!(app.appeals(platform.actor(), list).await.unwrap().len(), 1);
}
