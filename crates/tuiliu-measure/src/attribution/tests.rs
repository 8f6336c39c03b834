//! Rules as tables a merchant could read: what a viewer did, minute by minute, and whose doing it was.
//!
//! A line is `MINUTE[@KNOWN] WHAT …`. Broadcasts of orders A and B end in minute 100; commerce counts for 2 880 minutes
//! more, sessions end 30 minutes after they were heard of last.

mod fixture;
mod oracle;
mod worlds;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::{Expect, expect};
use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::time::{HOUR_MS, MINUTE_MS, Timestamp};

use super::{Cause, Fact, Figures, History, Purchase, Record, RecordId, Toggle, Touch, Window, shares};

fn minute(number: i64) -> Timestamp {
    Timestamp::from_ms(number * MINUTE_MS)
}

fn order(name: &str) -> PromotionOrderId {
    PromotionOrderId::new(u128::from(name.as_bytes()[0]))
}

fn touch(word: &str) -> Touch {
    // `A1` is the first impression of order A.
    let number = word[1..].parse::<u128>().unwrap_or(0);
    Touch { order: order(word), decision: DecisionId::new(order(word).value() * 1_000 + number) }
}

fn broadcast(ended: Option<i64>) -> Window {
    Window::Broadcast { ended_at: ended.map(minute), commerce_ms: 48 * HOUR_MS, idle_ms: 30 * MINUTE_MS }
}

fn two_orders(ended: Option<i64>) -> BTreeMap<PromotionOrderId, Window> {
    ["A", "B"].map(|name| (order(name), broadcast(ended))).into()
}

fn record(id: u128, line: &str) -> Record {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (at, known) = words[0].split_once('@').unwrap_or((words[0], words[0]));
    let [at, known_at] = [at, known].map(|text| minute(text.parse().unwrap()));
    let purchase = |place: usize| Purchase(words[place].parse().unwrap());
    let value = |place: usize| words[place].parse().unwrap();
    let fact = match words[1] {
        "view" => Fact::Viewed { under: touch(words[2]), heard_until: at },
        "click" => Fact::Clicked(touch(words[2])),
        "product" => Fact::ProductClicked(words.get(2).map(|word| touch(word))),
        "comment" => Fact::Commented,
        "delete" => Fact::CommentDeleted,
        "share" => Fact::Shared,
        "like" => Fact::Toggled { what: Toggle::Like, on: true },
        "unlike" => Fact::Toggled { what: Toggle::Like, on: false },
        "follow" => Fact::Toggled { what: Toggle::Follow, on: true },
        "unfollow" => Fact::Toggled { what: Toggle::Follow, on: false },
        "pay" => Fact::Paid { purchase: purchase(2), value_fen: value(3) },
        "refund" => Fact::Refunded { purchase: purchase(2), value_fen: value(3) },
        "invalid" => Fact::Invalid,
        other => panic!("`{other}` is no word"),
    };
    Record { known_at, at, id: RecordId(id), fact }
}

fn history(story: &str) -> History {
    let lines = story.lines().map(str::trim).filter(|line| !line.is_empty());
    (1..).zip(lines).map(|(id, line)| record(id, line)).collect()
}

fn text(figures: &Figures) -> String {
    figures.entries().map(|(figure, value)| format!(" {}={value}", figure.code())).collect()
}

fn check_in(windows: &BTreeMap<PromotionOrderId, Window>, story: &str, expected: &Expect) {
    let mut found = String::new();
    for (order, share) in shares(&history(story), windows) {
        let name = char::from(u8::try_from(order.value()).unwrap());
        writeln!(found, "{name}{}", text(&share.settled)).unwrap();
        for cause in Cause::ALL {
            if let Some(change) = share.changes.get(&cause) {
                writeln!(found, "  {}{}", cause.code(), text(change)).unwrap();
            }
        }
    }
    expected.assert_eq(&found);
}

fn check(story: &str, expected: &Expect) {
    check_in(&two_orders(Some(100)), story, expected);
}

#[test]
fn at_01_what_follows_no_touch_is_natural() {
    check("1 pay 1 500\n 1 comment\n 2 view A1", &expect!["A touched_viewers=1\n"]);
    check(
        "1 view A1\n 2 pay 1 500",
        &expect!["A touched_viewers=1 purchases=1 net_purchases=1 payers=1 gmv_fen=500 net_gmv_fen=500\n"],
    );
}

#[test]
fn at_01_a_click_beats_a_later_view_and_the_most_recent_click_wins() {
    check(
        "1 click A1\n 2 view B1\n 3 pay 1 500",
        &expect![["
            A touched_viewers=1 purchases=1 net_purchases=1 payers=1 gmv_fen=500 net_gmv_fen=500
            B touched_viewers=1
        "]],
    );
    check(
        "1 view A1\n 2 view B1\n 3 pay 1 500\n 4 click A1\n 5 click B1\n 6 pay 2 70\n 7 click A1\n 8 pay 3 1",
        &expect![["
            A touched_viewers=1 purchases=1 net_purchases=1 payers=1 gmv_fen=1 net_gmv_fen=1
            B touched_viewers=1 purchases=2 net_purchases=2 payers=1 gmv_fen=570 net_gmv_fen=570
        "]],
    );
}

#[test]
fn at_01_a_product_click_under_an_impression_is_a_touch_and_counts_itself() {
    check("1 product A1\n 2 product", &expect!["A touched_viewers=1 product_clicks=2\n"]);
}

#[test]
fn at_02_interactions_count_until_the_session_ends_and_commerce_until_48_hours_after_the_broadcast() {
    check(
        "1 view A1\n 31 comment\n 32 comment\n 2980 pay 1 500\n 2981 pay 2 900",
        &expect![["
            A touched_viewers=1 comments=1 net_comments=1 purchases=1 net_purchases=1 payers=1 gmv_fen=500 net_gmv_fen=500
        "]],
    );
    // A later click under the same impression shows that the session goes on, but not beyond the broadcast.
    check("1 view A1\n 80 click A1\n 99 like\n 101 share", &expect!["A touched_viewers=1 likes=1 net_likes=1\n"]);
}

#[test]
fn at_02_a_broadcast_that_goes_on_has_no_end_of_commerce() {
    check_in(
        &two_orders(None),
        "1 click A1\n 9000 pay 1 500",
        &expect!["A touched_viewers=1 purchases=1 net_purchases=1 payers=1 gmv_fen=500 net_gmv_fen=500\n"],
    );
}

#[test]
fn at_02_video_goals_count_for_seven_days_after_the_touch() {
    let windows = [(order("V"), Window::Video { span_ms: 7 * 24 * HOUR_MS, ended_at: None })].into();
    check_in(
        &windows,
        "0 view V1\n 10080 follow\n 10080 pay 1 500\n 10081 pay 2 500",
        &expect![
            "V touched_viewers=1 follows=1 net_follows=1 purchases=1 net_purchases=1 payers=1 gmv_fen=500 net_gmv_fen=500\n"
        ],
    );
}

#[test]
fn qb_11_what_was_taken_back_is_in_the_gross_figures_and_not_in_the_net_ones() {
    check(
        "1 view A1\n 2 like\n 3 unlike\n 4 like\n 5 follow\n 6 unfollow\n 7 comment\n 8 comment\n 9 delete",
        &expect!["A touched_viewers=1 comments=2 net_comments=1 likes=2 net_likes=1 follows=1\n"],
    );
}

#[test]
fn toggles_of_the_same_instant_are_told_apart_by_their_ids() {
    check("1 view A1\n 2 like\n 2 unlike", &expect!["A touched_viewers=1 likes=1\n"]);
    check("1 view A1\n 2 unlike\n 2 like", &expect!["A touched_viewers=1 likes=1 net_likes=1\n"]);
}

#[test]
fn refunds_lower_net_figures_and_never_below_zero() {
    check(
        "1 click A1\n 2 pay 1 500\n 3 refund 1 200\n 4 pay 2 100\n 5 refund 2 300\n 6 refund 9 50",
        &expect!["A touched_viewers=1 purchases=2 net_purchases=1 payers=1 gmv_fen=600 net_gmv_fen=300\n"],
    );
}

#[test]
fn at_03_an_invalid_viewer_brings_nothing() {
    check("1 click A1\n 2 pay 1 500\n 3 invalid", &expect!["A invalid_viewers=1\n"]);
}

#[test]
fn at_07_what_changed_since_the_settlement_is_explained_by_cause() {
    // Final in minute 2980.
    check(
        "1 click A1
         2 pay 1 500
         3 pay 2 900
         4 follow
         5@3000 pay 3 70
         6@3001 unfollow
         2990 refund 1 500",
        &expect![["
            A touched_viewers=1 follows=1 net_follows=1 purchases=2 net_purchases=2 payers=1 gmv_fen=1400 net_gmv_fen=1400
              arrived_late purchases=1 net_purchases=1 gmv_fen=70 net_gmv_fen=70
              taken_back net_follows=-1
              refunded net_purchases=-1 net_gmv_fen=-500
        "]],
    );
    check(
        "1 click A1\n 2 pay 1 500\n 2@3000 click B1\n 3@3001 invalid",
        &expect![["
            A touched_viewers=1 purchases=1 net_purchases=1 payers=1 gmv_fen=500 net_gmv_fen=500
              arrived_late purchases=-1 net_purchases=-1 payers=-1 gmv_fen=-500 net_gmv_fen=-500
              found_invalid touched_viewers=-1 invalid_viewers=1
            B
              arrived_late touched_viewers=1 purchases=1 net_purchases=1 payers=1 gmv_fen=500 net_gmv_fen=500
              found_invalid touched_viewers=-1 invalid_viewers=1 purchases=-1 net_purchases=-1 payers=-1 gmv_fen=-500 net_gmv_fen=-500
        "]],
    );
}

#[test]
fn reports_of_one_view_widen_it() {
    let view = |at: i64, until: i64| Record {
        known_at: minute(until),
        at: minute(at),
        id: RecordId(1),
        fact: Fact::Viewed { under: touch("A1"), heard_until: minute(until) },
    };
    let [mut one, mut other] = [History::default(), History::default()];
    for record in [view(1, 1), view(5, 5), view(3, 3)] {
        one.take(record);
    }
    for record in [view(3, 3), view(5, 5), view(1, 1), view(1, 1)] {
        other.take(record);
    }
    assert_eq!(one, other);
    assert_eq!(one.records(), [Record { known_at: minute(1), ..view(1, 5) }]);
}
