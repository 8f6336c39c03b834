use tuiliu_domain::promotion::Goal;

use super::*;
use crate::delivery::tests::{World, watched};
use crate::delivery::{DecisionAsk, SlotAsk, ViewerAsk};

#[tokio::test]
async fn at_01_a_natural_event_names_its_viewer_by_the_hash_of_decisions() {
    let world = World::new().await;
    world.order(Goal::Viewers).await;
    let ask = DecisionAsk {
        placement: "feed".to_owned(),
        slots: vec![SlotAsk::default()],
        feed_items: Some(8),
        viewer: ViewerAsk { id: Some("ann".to_owned()), ..ViewerAsk::default() },
        ..DecisionAsk::default()
    };
    let shown = world.app.decide(world.tenant, &ask).shown.pop().unwrap();
    let natural = |id: &str, viewer: Option<&str>| ReportedEvent {
        id: id.to_owned(),
        kind: Some(EventKind::RoomEnter),
        occurred_at: world.now(),
        viewer: viewer.map(str::to_owned),
        content: Some(world.room.into()),
        ..ReportedEvent::default()
    };
    let mut events = watched(&shown, world.now());
    events.extend([natural("a", Some("ann")), natural("b", None)]);
    world.report(events).await;
    let batches = world.app.read(|_, tx| Ok::<_, CommandError<Infallible>>(tx.events_after(0, 10)?)).await.unwrap();
    let taken: Vec<TakenEvent> =
        batches.iter().flat_map(|batch| serde_json::from_slice::<Vec<TakenEvent>>(&batch.body).unwrap()).collect();
    let promoted: Vec<_> = taken.iter().filter_map(|event| event.promoted).map(|promoted| promoted.viewer).collect();
    let natural: Vec<_> =
        taken.iter().filter(|event| event.promoted.is_none()).map(|event| event.natural_viewer).collect();
    assert_eq!(promoted, vec![world.app.viewer_hash(world.tenant, "ann"); 3]);
    assert_eq!(natural, [Some(promoted[0]), None]);
}
