use tuiliu_domain::live::{RoomFact, RoomPlan, RoomReport};
use tuiliu_domain::policy::Policy;

use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn planned(id: u128, external_id: &str) -> Room {
    let plan = RoomPlan {
        id: RoomId::new(id),
        tenant: OURS,
        creator: MAY,
        external_id: external_id.to_owned(),
        content: RoomContent {
            title: "面包直播间".to_owned(),
            category: "bakery".to_owned(),
            visibility: Visibility::Public,
        },
        previous_had_cart: Some(true),
    };
    Room::plan(plan, &Policy::default().room, at(1)).unwrap().state
}

/// Every state there is, each one step of the same broadcast.
fn life() -> Vec<Room> {
    let facts = [
        (RoomFact::CartMounted, 10),
        (RoomFact::Started, 20),
        (RoomFact::Interrupted, 30),
        (RoomFact::Resumed, 40),
        (RoomFact::CartUnmounted, 50),
        (RoomFact::Ended, 60),
    ];
    let mut rooms = vec![planned(1, "r1")];
    for (fact, ms) in facts {
        let room = rooms.last().unwrap().clone();
        rooms.push(room.record(RoomReport { fact, at: at(ms) }, at(ms)).unwrap().state);
    }
    rooms
}

#[test]
fn a_room_comes_back_as_it_was_in_every_state() {
    on_both(|store| {
        store.write_now::<_, StoreError>(|tx| tx.insert_room(&planned(1, "r1"))).unwrap();
        for (version, room) in (0..).zip(life()) {
            let room = Room { version, ..room };
            let written = room.clone();
            let read = store
                .write_now::<_, StoreError>(move |tx| {
                    tx.update_room(&written)?;
                    tx.room(written.id)
                })
                .unwrap();
            assert_eq!(read, Some(Room { version: version + 1, ..room }));
        }
        let stale = store.write_now::<_, StoreError>(|tx| tx.update_room(&planned(1, "r1")));
        assert!(matches!(stale, Err(StoreError::Conflict { .. })), "{stale:?}");
    });
}

#[test]
fn rooms_are_found_by_the_hosts_id_by_creator_and_by_time() {
    on_both(|store| {
        let interrupted = Room { id: RoomId::new(3), external_id: "r3".to_owned(), ..life()[3].clone() };
        let told = store
            .write_now::<_, StoreError>(move |tx| {
                tx.insert_room(&planned(1, "r1"))?;
                tx.insert_room(&planned(2, "r2"))?;
                tx.insert_room(&interrupted)?;
                let ids = |rooms: Vec<Room>| rooms.iter().map(|room| room.id.value()).collect::<Vec<_>>();
                let due = interrupted.due_at().expect("an interrupted room ends by itself");
                Ok((
                    tx.room_by_external_id(OURS, "r2")?.map(|room| room.id.value()),
                    tx.room_by_external_id(TenantId::new(2), "r2")?.is_some(),
                    ids(tx.rooms(OURS, None, 2)?),
                    ids(tx.rooms_of(OURS, MAY, Some(RoomId::new(3)), 9)?),
                    tx.last_started_room(OURS, MAY)?.map(|room| room.id.value()),
                    [ids(tx.due_rooms(due.plus_ms(-1), 9)?).len(), ids(tx.due_rooms(due, 9)?).len()],
                ))
            })
            .unwrap();
        assert_eq!(told, (Some(2), false, vec![3, 2], vec![2, 1], Some(3), [0, 1]));
        let twice = store.write_now::<_, StoreError>(|tx| tx.insert_room(&planned(9, "r1")));
        assert!(matches!(twice, Err(StoreError::Duplicate)), "{twice:?}");
    });
}

#[test]
fn facts_are_kept_in_the_order_they_were_told() {
    on_both(|store| {
        let facts = store
            .write_now::<_, StoreError>(|tx| {
                let room = RoomId::new(1);
                tx.add_room_fact(room, "cart_mounted", at(5), at(9))?;
                tx.add_room_fact(room, "started", at(6), at(9))?;
                tx.room_facts(room)
            })
            .unwrap();
        let names: Vec<_> = facts.iter().map(|row| (row.fact.as_str(), row.at, row.told_at)).collect();
        assert_eq!(names, [("cart_mounted", at(5), at(9)), ("started", at(6), at(9))]);
    });
}
