use tuiliu_app::App;
use tuiliu_app::access::PasswordCost;
use tuiliu_app::appeal::AppealList;
use tuiliu_app::incentive::{ApplicationsList, RewardList};
use tuiliu_app::outside::{CountingIds, CountingSecrets, ManualClock, Outside};
use tuiliu_app::wallet::SandboxProvider;
use tuiliu_domain::incentive::{ApplicationState, RewardState};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::testing::memory;

use super::*;

#[tokio::test]
async fn the_sample_shows_what_becomes_of_incentives() {
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
