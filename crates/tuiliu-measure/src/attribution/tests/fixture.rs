//! Part of a recorded broadcast: 690 events of 250 viewers, repeated, disordered, late, refunded, taken back, machines.

use std::collections::HashMap;

use tuiliu_domain::time::{HOUR_MS, Timestamp};

use super::oracle;
use crate::attribution::{Arm, Book, Fact, Purchase, Record, RecordId, Toggle, ViewerKey};

const EVENTS: &str = include_str!("events.csv");
/// Instants count from half past eight on the day of the broadcast.
const LIVE_END: Timestamp = Timestamp::from_ms(10_800_000);
const WINDOW_END: Timestamp = LIVE_END.plus_ms(48 * HOUR_MS);

fn events() -> Vec<(ViewerKey, Record)> {
    let mut purchases: HashMap<&str, u128> = HashMap::new();
    let mut read = |line: &'static str| {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |place: usize| fields[place].parse::<i64>().unwrap();
        let next = u128::try_from(purchases.len()).unwrap();
        let purchase = Purchase(*purchases.entry(fields[5]).or_insert(next));
        let fact = match fields[1] {
            "promo" => Fact::Won(Arm::Treated),
            "ghost" => Fact::Won(Arm::Ghost),
            "click" => Fact::ProductClicked(None),
            "like" => Fact::Toggled { what: Toggle::Like, on: true },
            "unlike" => Fact::Toggled { what: Toggle::Like, on: false },
            "pay" => Fact::Paid { purchase, value_fen: number(6) },
            "refund" => Fact::Refunded { purchase, value_fen: number(6) },
            "ivt" => Fact::Invalid,
            other => panic!("`{other}` is no kind"),
        };
        let id = RecordId(fields[0][1..].parse().unwrap());
        let [at, known_at] = [3, 4].map(|place| Timestamp::from_ms(number(place)));
        (ViewerKey(fields[2][1..].parse().unwrap()), Record { known_at, at, id, fact })
    };
    EVENTS.lines().skip(1).map(&mut read).collect()
}

/// A seeded generator (`SplitMix64`), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}

#[test]
fn a_recorded_broadcast_has_the_same_figures_for_any_arrival() {
    let events = events();
    let hours = |hours: i64| LIVE_END.plus_ms(hours * HOUR_MS);
    let cut_offs = [hours(0), hours(24), hours(48), hours(72), Timestamp::from_ms(i64::MAX)];
    let expected = cut_offs.map(|as_of| oracle::arms(&events, WINDOW_END, as_of));
    // What the part has at its end, so that both sides cannot be empty together.
    let last = expected[4];
    assert_eq!((last.treated.users, last.ghost.users, last.invalid_users), (191, 36, 23));
    assert!(last.treated.gross_purchases > last.treated.purchases && last.treated.gmv_fen > 100_000);
    assert!(expected[2] != expected[3] && expected[3] != last, "late events make a difference");
    for seed in 0..1_000 {
        let mut random = Random(seed);
        let mut arrivals = events.clone();
        for _ in 0..random.below(events.len()) {
            arrivals.push(events[random.below(events.len())]);
        }
        for place in (1..arrivals.len()).rev() {
            arrivals.swap(place, random.below(place + 1));
        }
        let mut book = Book::new(Some(WINDOW_END), [].into(), cut_offs);
        for (viewer, record) in arrivals {
            book.take(viewer, record);
        }
        let found: Vec<_> = book.versions().map(|(_, sums)| sums.arms).collect();
        assert_eq!(found, expected, "seed {seed}");
    }
}
