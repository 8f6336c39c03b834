use tuiliu_domain::live::{Room, RoomContent, RoomPlan};
use tuiliu_domain::party::Role;
use tuiliu_domain::policy::Policy;
use tuiliu_domain::review::Visibility;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::video::{NewVideo, Video, VideoContent, VideoReport};

use super::*;
use crate::access::PartyRow;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const THEIRS: TenantId = TenantId::new(2);
const MAY: PartyId = PartyId::new(11);

fn party(tenant: TenantId, id: u128, name: &str, external: Option<&str>) -> PartyRow {
    PartyRow {
        tenant,
        id: PartyId::new(id),
        kind: Role::Creator,
        display_name: name.to_owned(),
        external_ref: external.map(str::to_owned),
        credit_score: 100,
        banned: false,
        banned_by: None,
        created_at: Timestamp::from_ms(1),
        version: 1,
    }
}

fn room(id: u128, title: &str) -> Room {
    let content =
        RoomContent { title: title.to_owned(), category: "bakery".to_owned(), visibility: Visibility::Public };
    let (tenant, creator, external_id) = (OURS, MAY, format!("Host-{id}"));
    let plan = RoomPlan { id: RoomId::new(id), tenant, creator, external_id, content, previous_had_cart: None };
    Room::plan(plan, &Policy::default().room, Timestamp::from_ms(1)).unwrap().state
}

fn video(id: u128, title: &str) -> Video {
    let new = NewVideo { id: VideoId::new(id), tenant: OURS, creator: MAY, external_id: format!("v{id}") };
    let content = VideoContent {
        title: title.to_owned(),
        category: "bakery".to_owned(),
        visibility: Visibility::Public,
        duration_ms: 15_000,
        goods: None,
    };
    let report = VideoReport { content, published_at: None, removed_at: None };
    Video::begin(new, report, Timestamp::from_ms(1)).unwrap().state
}

#[test]
fn things_are_found_by_what_people_call_them() {
    on_both(|store| {
        let found = store.write_now::<_, StoreError>(|tx| {
            for row in [
                party(OURS, 1, "五月的面包", Some("u-1")),
                party(OURS, 2, "May 100%", None),
                party(THEIRS, 3, "五月", Some("u-1")),
            ] {
                tx.add_party(&row)?;
            }
            for room in [room(1, "深夜\"食堂\""), room(2, "面包直播间"), room(3, "bakery")] {
                tx.insert_room(&room)?;
            }
            for video in [video(1, "面包十分钟"), video(2, "Bread")] {
                tx.insert_video(&video)?;
            }
            let mut lines = Vec::new();
            for text in ["五月", "u-1", "may", "100%", "0_", "面包", "\"食堂\"", "host-2", "bakery", "bread", "planned"]
            {
                let parties: Vec<u128> = tx.parties_named(OURS, text, 9)?.iter().map(|id| id.value()).collect();
                let rooms: Vec<u128> = tx.rooms_named(OURS, text, 9)?.iter().map(|id| id.value()).collect();
                let videos: Vec<u128> = tx.videos_named(OURS, text, 9)?.iter().map(|id| id.value()).collect();
                lines.push(format!("{text}: {parties:?} {rooms:?} {videos:?}"));
            }
            Ok(lines)
        });
        let expected = [
            "五月: [1] [] []",
            "u-1: [1] [] []",
            "may: [2] [] []",
            "100%: [2] [] []",
            "0_: [] [] []",
            "面包: [1] [2] [1]",
            "\"食堂\": [] [1] []",
            "host-2: [] [2] []",
            "bakery: [] [3] []",
            "bread: [] [] [2]",
            "planned: [] [] []",
        ];
        assert_eq!(found.unwrap(), expected);
    });
}
