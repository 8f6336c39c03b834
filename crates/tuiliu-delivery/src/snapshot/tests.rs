use super::*;
use crate::tests::{NOON, TENANT, candidate, request, snapshot};
use crate::{Rng, decide};
use tuiliu_domain::id::RoomId;

fn built(candidates: Vec<Candidate>) -> Result<Snapshot, SnapshotError> {
    Snapshot::build(TENANT, candidates, Arc::new(FrequencyTable::with_bits(4)), [0; 32])
}

#[test]
fn refuses_what_does_not_belong_together() {
    let order = PromotionOrderId::new(1);
    assert_eq!(built(vec![candidate(1), candidate(1)]).unwrap_err(), SnapshotError::OrderTwice { order });
    let foreign = Candidate { tenant: TenantId::new(2), ..candidate(1) };
    assert_eq!(built(vec![foreign]).unwrap_err(), SnapshotError::OtherTenant { order });
}

#[test]
fn the_order_of_listing_changes_nothing() {
    let wins = |candidates| {
        let decision = decide(&snapshot(candidates), &request(3), &mut Rng::seeded(4), NOON);
        decision.wins.iter().map(|won| (won.order, won.price)).collect::<Vec<_>>()
    };
    let forwards = wins((1..9).map(candidate).collect());
    assert_eq!(forwards, wins((1..9).rev().map(candidate).collect()));
    assert_eq!(forwards.len(), 3);
}

#[test]
fn finds_orders_by_id_and_by_room() {
    let twin = Candidate { content: candidate(1).content, ..candidate(2) };
    let book = built(vec![candidate(3), twin, candidate(1)]).unwrap();
    assert_eq!(book.candidate(PromotionOrderId::new(3)).map(|found| found.content), Some(candidate(3).content));
    assert!(book.candidate(PromotionOrderId::new(4)).is_none());
    let orders: Vec<u128> = book.of_content(candidate(1).content).map(|found| found.order.value()).collect();
    assert_eq!(orders, [1, 2]);
    assert_eq!(book.of_content(ContentId::Room(RoomId::new(9))).count(), 0);
}

#[test]
fn a_published_snapshot_replaces_only_its_own_tenants() {
    let snapshots = Snapshots::default();
    assert!(snapshots.of(TENANT).is_none());
    snapshots.publish(Arc::new(built(vec![candidate(1)]).unwrap()));
    let held = snapshots.of(TENANT).unwrap();
    snapshots.publish(Arc::new(Snapshot::empty(TenantId::new(2))));
    snapshots.publish(Arc::new(built(vec![candidate(1), candidate(2)]).unwrap()));
    assert_eq!(held.candidates().len(), 1, "who holds the old one keeps it whole");
    assert_eq!(snapshots.of(TENANT).unwrap().candidates().len(), 2);
    assert_eq!(snapshots.of(TenantId::new(2)).unwrap().candidates().len(), 0);
}
