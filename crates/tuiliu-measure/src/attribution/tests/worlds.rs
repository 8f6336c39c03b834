//! Made-up rooms with rival orders: sums that follow arrivals, beside the oracle.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::time::Timestamp;

use super::oracle;
use crate::attribution::{
    Arm, Book, Cause, Fact, Figures, History, Purchase, Record, RecordId, Toggle, Touch, ViewerKey, Window, shares,
};

const END: Timestamp = Timestamp::from_ms(60);

fn windows() -> BTreeMap<PromotionOrderId, Window> {
    let broadcast = |ended_at, commerce_ms| Window::Broadcast { ended_at, commerce_ms, idle_ms: 15 };
    [
        (PromotionOrderId::new(0), broadcast(Some(END), 30)),
        (PromotionOrderId::new(1), broadcast(Some(END), 20)),
        (PromotionOrderId::new(2), Window::Video { span_ms: 25, ended_at: Some(END) }),
    ]
    .into()
}

fn touches() -> impl Strategy<Value = Touch> {
    // The fourth order has no window here: it promotes something else.
    (0..4_u128, 0..2_u128).prop_map(|(order, nth)| Touch {
        order: PromotionOrderId::new(order),
        decision: DecisionId::new(order * 10 + nth),
    })
}

fn facts() -> impl Strategy<Value = Fact> {
    let arm = prop_oneof![Just(Arm::Treated), Just(Arm::Ghost)];
    let toggle = prop_oneof![Just(Toggle::Like), Just(Toggle::Follow)];
    prop_oneof![
        1 => arm.prop_map(Fact::Won),
        3 => (touches(), 0..90_i64).prop_map(|(under, until)| Fact::Viewed { under, heard_until: Timestamp::from_ms(until) }),
        2 => touches().prop_map(Fact::Clicked),
        2 => proptest::option::of(touches()).prop_map(Fact::ProductClicked),
        2 => Just(Fact::Commented),
        1 => Just(Fact::CommentDeleted),
        1 => Just(Fact::Shared),
        3 => (toggle, any::<bool>()).prop_map(|(what, on)| Fact::Toggled { what, on }),
        3 => (0..4_u128, 1..100_i64).prop_map(|(number, value_fen)| Fact::Paid { purchase: Purchase(number), value_fen }),
        2 => (0..4_u128, 1..100_i64).prop_map(|(number, value_fen)| Fact::Refunded { purchase: Purchase(number), value_fen }),
    ]
}

type World = Vec<(ViewerKey, Record)>;

/// Events of three viewers, each id once.
fn worlds() -> impl Strategy<Value = World> {
    let event = (0..3_u128, 0..100_i64, 0..40_i64, facts(), 0..40_u8);
    prop::collection::vec(event, 1..40).prop_map(|events| {
        let event = |(id, (viewer, at, late, fact, luck)): (u128, (u128, i64, i64, Fact, u8))| {
            let at = Timestamp::from_ms(at);
            let fact = match fact {
                // A view is heard of from its beginning on.
                Fact::Viewed { under, heard_until } => Fact::Viewed { under, heard_until: heard_until.max(at) },
                _ if luck == 0 => Fact::Invalid,
                other => other,
            };
            (ViewerKey(viewer), Record { known_at: at.plus_ms(late), at, id: RecordId(id), fact })
        };
        (0..).zip(events).map(event).collect()
    })
}

/// A world, and its events in any order, each once or more often.
fn arrivals() -> impl Strategy<Value = (World, World)> {
    worlds().prop_flat_map(|world| {
        let repeated = prop::collection::vec(prop::sample::select(world.clone()), 0..20);
        let shuffled = repeated.prop_map({
            let world = world.clone();
            move |more| [world.clone(), more].concat()
        });
        (Just(world), shuffled.prop_shuffle())
    })
}

proptest! {
    #[test]
    fn sums_are_those_of_the_oracle_for_any_arrival((world, arrivals) in arrivals()) {
        let cut_offs = [30, 60, 80, 90, 1_000].map(Timestamp::from_ms);
        let mut book = Book::new(Some(END), windows(), cut_offs);
        for (viewer, record) in arrivals {
            book.take(viewer, record);
        }
        for (as_of, sums) in book.versions() {
            prop_assert_eq!(sums.arms, oracle::arms(&world, END, as_of));
            prop_assert_eq!(&sums.orders, &oracle::orders(&world, &windows(), as_of));
        }
    }

    #[test]
    fn at_07_settled_and_changes_add_up_to_now((world, arrivals) in arrivals()) {
        let mut histories: BTreeMap<ViewerKey, History> = BTreeMap::new();
        for (viewer, record) in arrivals {
            histories.entry(viewer).or_default().take(record);
        }
        let mut settled: BTreeMap<PromotionOrderId, Figures> = BTreeMap::new();
        let mut now = settled.clone();
        for history in histories.values() {
            for (order, share) in shares(history, &windows()) {
                let sum = settled.entry(order).or_default();
                *sum = sum.plus(&share.settled);
                let sum = now.entry(order).or_default();
                *sum = Cause::ALL.iter().filter_map(|cause| share.changes.get(cause)).fold(sum.plus(&share.settled), |sum, change| sum.plus(change));
            }
        }
        let all = oracle::orders(&world, &windows(), Timestamp::from_ms(i64::MAX));
        for (order, window) in windows() {
            let then = oracle::orders(&world, &windows(), window.final_at().unwrap());
            prop_assert_eq!(settled.get(&order).copied().unwrap_or_default(), then.get(&order).copied().unwrap_or_default());
            prop_assert_eq!(now.get(&order).copied().unwrap_or_default(), all.get(&order).copied().unwrap_or_default());
        }
    }
}
