use proptest::prelude::*;

use super::*;
use crate::tests::NOON;

const ORDER: PromotionOrderId = PromotionOrderId::new(1);

fn cap(impressions_max: u8, window: FrequencyWindow) -> FrequencyCap {
    FrequencyCap::try_new(impressions_max, window).unwrap()
}

#[test]
fn dl_02_counts_up_to_the_cap_and_forgets_after_the_window() {
    for window in [FrequencyWindow::Hour, FrequencyWindow::Day, FrequencyWindow::Week] {
        let table = FrequencyTable::with_bits(8);
        for expected in [false, false, false, true] {
            assert_eq!(table.is_reached(7, ORDER, cap(3, window), NOON), expected);
            table.record(7, ORDER, window, NOON);
        }
        let length = window.length_ms();
        assert!(table.is_reached(7, ORDER, cap(3, window), NOON.plus_ms(length - 1)), "not shorter than the window");
        assert!(!table.is_reached(7, ORDER, cap(3, window), NOON.plus_ms(length + length / 7)), "a seventh longer");
    }
}

#[test]
fn knows_viewers_and_orders_apart() {
    let table = FrequencyTable::with_bits(16);
    table.record(7, ORDER, FrequencyWindow::Hour, NOON);
    let once = cap(1, FrequencyWindow::Hour);
    assert!(table.is_reached(7, ORDER, once, NOON));
    assert!(!table.is_reached(8, ORDER, once, NOON));
    assert!(!table.is_reached(7 << 64, ORDER, once, NOON));
    assert!(!table.is_reached(7, PromotionOrderId::new(2), once, NOON));
    assert!(!table.is_reached(7, ORDER, cap(1, FrequencyWindow::Day), NOON));
}

#[test]
fn refuses_a_cap_it_cannot_count() {
    assert_eq!(FrequencyCap::try_new(0, FrequencyWindow::Hour), None);
    assert_eq!(FrequencyCap::try_new(16, FrequencyWindow::Hour), None);
    assert_eq!(cap(15, FrequencyWindow::Hour).impressions_max(), 15);
}

#[test]
fn survives_a_clock_that_steps_back() {
    let table = FrequencyTable::with_bits(8);
    table.record(7, ORDER, FrequencyWindow::Hour, NOON);
    table.record(7, ORDER, FrequencyWindow::Hour, NOON.plus_ms(-2 * HOUR_MS));
    assert!(table.is_reached(7, ORDER, cap(2, FrequencyWindow::Hour), NOON));
}

proptest! {
    /// In a table so small that keys collide all the time, a cap is never laxer than exact counting.
    #[test]
    fn dl_02_collisions_only_make_a_cap_stricter(
        shown in prop::collection::vec((0_u128..40, 0_i64..3 * HOUR_MS), 1..200),
        impressions_max in 1_u8..=15,
    ) {
        let table = FrequencyTable::with_bits(4);
        let mut shown = shown;
        shown.sort_by_key(|(_, at)| *at);
        let cap = cap(impressions_max, FrequencyWindow::Hour);
        for (nth, (viewer, at)) in shown.iter().enumerate() {
            let now = NOON.plus_ms(*at);
            let within = shown[..nth].iter().filter(|(other, then)| other == viewer && at - then < HOUR_MS).count();
            let exact = within >= usize::from(impressions_max);
            prop_assert!(!exact || table.is_reached(*viewer, ORDER, cap, now));
            table.record(*viewer, ORDER, FrequencyWindow::Hour, now);
        }
    }
}
