use tuiliu_store::testing;

use super::*;
use crate::seed::setup;

#[tokio::test]
async fn at_01_all_orders_together_hold_the_truth_and_last_touch_says_too_much() {
    let world = World::starting_at(Timestamp::from_ms(1_795_000_000_000));
    let app = App::with_setup(testing::memory(), world.outside(), setup(7, 12));
    let settings = TruthSettings { seed: 7, orders: 16, viewers: 400, share_permille: Some(300), priors: false };
    let report = run(&app, &world, settings, |_| {}).await.unwrap();
    assert_eq!((report.orders, report.broken), (16, 0));
    assert!(report.ghost_viewers > 600, "{report:?}");
    for told in &report.metrics {
        let name = told.metric.code();
        assert!(told.told >= 12, "{name}: {told:?}");
        assert!((told.lift - told.truth).abs() <= told.half_width(), "{name}: {told:?}");
        assert!(told.last_touch > 1.4 * told.truth, "{name}: {told:?}");
        assert!(told.coverage() >= 0.8 && told.last_touch_coverage() < told.coverage(), "{name}: {told:?}");
    }
    let audit = app.audit(|_| {}).await.unwrap();
    assert!(audit.is_clean(), "{}", audit.verdict());
}
