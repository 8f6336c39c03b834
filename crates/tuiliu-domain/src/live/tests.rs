use super::*;
use crate::event::Event;
use crate::policy::Policy;
use crate::time::MINUTE_MS;

const NOW: Timestamp = Timestamp::from_ms(1_000_000_000);

fn content(title: &str) -> RoomContent {
    RoomContent { title: title.to_owned(), category: "food".to_owned(), visibility: Visibility::Public }
}

fn plan() -> RoomPlan {
    RoomPlan {
        id: RoomId::new(1),
        tenant: TenantId::new(2),
        creator: PartyId::new(3),
        external_id: "room-1".to_owned(),
        content: content("fresh bread every morning"),
        previous_had_cart: None,
    }
}

fn planned() -> Room {
    Room::plan(plan(), &Policy::default().room, Timestamp::from_ms(0)).unwrap().state
}

/// Tells the facts in order; each word is `fact@seconds`, what comes out is the state or the refusal.
fn tell(facts: &str) -> Result<(Room, Vec<&'static str>), RecordRoomFactError> {
    let mut room = planned();
    let mut names = Vec::new();
    for word in facts.split_whitespace() {
        let (name, seconds) = word.split_once('@').unwrap();
        let fact = match name {
            "mounted" => RoomFact::CartMounted,
            "unmounted" => RoomFact::CartUnmounted,
            "started" => RoomFact::Started,
            "interrupted" => RoomFact::Interrupted,
            "resumed" => RoomFact::Resumed,
            "ended" => RoomFact::Ended,
            title => RoomFact::ContentChanged(content(title)),
        };
        let at = Timestamp::from_ms(seconds.parse::<i64>().unwrap() * 1000);
        let outcome = room.record(RoomReport { fact, at }, NOW)?;
        assert!(outcome.postings.is_empty());
        names.extend(outcome.events.iter().map(Event::name));
        room = outcome.state;
    }
    Ok((room, names))
}

#[track_caller]
fn check(facts: &str, state: &str, events: &str) {
    let (room, names) = tell(facts).unwrap();
    assert_eq!(room.state.name(), state, "{facts}");
    assert_eq!(names.join(" "), events, "{facts}");
}

#[track_caller]
fn refused(facts: &str, text: &str) {
    assert_eq!(tell(facts).unwrap_err().to_string(), text, "{facts}");
}

#[test]
fn lv_10_facts_follow_each_other_each_with_its_time() {
    check("started@1", "live", "room.live");
    check("mounted@1 started@2 unmounted@3", "live", "room.cart_mounted room.live room.cart_unmounted");
    check("started@1 interrupted@2", "interrupted", "room.live room.interrupted");
    check("started@1 interrupted@2 resumed@3", "live", "room.live room.interrupted room.resumed");
    check("started@1 interrupted@2 ended@3", "ended", "room.live room.interrupted room.offline");
    check("started@1 evening@2", "live", "room.live room.content_changed");

    let (room, _) = tell("mounted@1 unmounted@2 started@3 mounted@4 interrupted@5 resumed@6 ended@7").unwrap();
    let at = |seconds: i64| Some(Timestamp::from_ms(seconds * 1000));
    assert_eq!(room.cart.first_mounted_at, at(1));
    assert_eq!(room.cart.mounted_since, at(4));
    assert_eq!(room.times.cart_unmounted, at(2));
    assert_eq!(room.times.started, at(3));
    assert_eq!(room.times.interrupted, at(5));
    assert_eq!(room.times.resumed, at(6));
    assert_eq!(room.times.ended, at(7));
    assert_eq!(room.state.start(), Some((Timestamp::from_ms(3000), false)), "the cart came after the start");
}

#[test]
fn lv_10_a_fact_that_repeats_changes_nothing() {
    for facts in ["started@1", "mounted@1", "started@1 interrupted@2", "started@1 interrupted@2 resumed@3"] {
        let last = facts.split_whitespace().last().unwrap();
        let (once, _) = tell(facts).unwrap();
        let (twice, events) = tell(&format!("{facts} {last}")).unwrap();
        assert_eq!(once, twice);
        assert_eq!(events.len(), facts.split_whitespace().count());
    }
    check("started@1 interrupted@2 started@1", "interrupted", "room.live room.interrupted");
    check("started@1 ended@2 started@1", "ended", "room.live room.offline");
    check("started@1 started@5", "live", "room.live");
    check("started@1 ended@2 ended@3", "ended", "room.live room.offline");
}

#[test]
fn lv_10_a_fact_that_cannot_follow_is_refused() {
    refused("interrupted@1", "record `interrupted` in a room that is `planned`");
    refused("resumed@1", "record `resumed` in a room that is `planned`");
    refused("ended@1", "record `ended` in a room that is `planned`");
    refused("started@1 resumed@2", "record `resumed` in a room that is `live`");
    refused("unmounted@1", "record `cart_unmounted` in a room that is `planned`");
    refused("started@1 interrupted@2 started@3", "record `started` in a room that is `interrupted`");
    refused("started@1 ended@2 started@3", "record `started` in a room that is `ended`");
    refused("started@1 ended@2 mounted@3", "record `cart_mounted` in a room that is `ended`");
    refused("started@5 interrupted@4", "record `interrupted` at `4000` ms, before the room's last fact at `5000` ms");
    refused(
        "started@5 mounted@9 unmounted@8",
        "record `cart_unmounted` at `8000` ms, before the room's last fact at `9000` ms",
    );
    refused("started@1600001", "record `started` at `1600001000` ms, after now, which is `1000000000` ms");
}

#[test]
fn lv_08_an_interruption_ends_the_broadcast_after_its_grace() {
    let (room, _) = tell("started@1 interrupted@100").unwrap();
    let ends_at = Timestamp::from_ms(100_000 + 10 * MINUTE_MS);
    assert_eq!(room.due_at(), Some(ends_at));

    let early = room.clone().end_interrupted(ends_at.plus_ms(-1));
    assert_eq!((early.state, early.events.len()), (room.clone(), 0));

    let ended = room.clone().end_interrupted(ends_at.plus_ms(5000));
    let started_at = Timestamp::from_ms(1000);
    assert_eq!(ended.state.state, RoomState::Ended { started_at, had_cart: false, ended_at: ends_at });
    assert_eq!(ended.state.due_at(), None);

    refused(
        "started@1 interrupted@100 resumed@700",
        "record `resumed` at `700000` ms: the interrupted broadcast ended at `700000` ms",
    );
    check("started@1 interrupted@100 resumed@699", "live", "room.live room.interrupted room.resumed");
    check("started@1 interrupted@100 ended@700", "ended", "room.live room.interrupted room.offline");
}

#[test]
fn rv_03_each_change_of_content_is_a_new_version() {
    let (room, events) = tell("started@1 evening@2 evening@3 night@4").unwrap();
    assert_eq!((room.content_version, room.content.title.as_str(), events.len()), (3, "night", 3));
}

#[test]
fn refuses_texts_that_are_empty_or_too_long() {
    let refusal = |plan: RoomPlan| Room::plan(plan, &Policy::default().room, NOW).unwrap_err().to_string();
    assert_eq!(refusal(RoomPlan { external_id: " ".to_owned(), ..plan() }), "plan a room without `external_id`");
    assert_eq!(refusal(RoomPlan { content: content(""), ..plan() }), "plan a room without `title`");
    let long = content(&"x".repeat(513));
    assert_eq!(
        refusal(RoomPlan { content: long.clone(), ..plan() }),
        "plan a room with a `title` of more than `512` bytes"
    );
    let report = RoomReport { fact: RoomFact::ContentChanged(long), at: NOW };
    let refusal = planned().record(report, NOW).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "record content that is not allowed: plan a room with a `title` of more than `512` bytes"
    );
}
