use super::*;

fn hash(number: u64) -> u128 {
    let hash = blake3::hash(&number.to_be_bytes());
    u128::from_be_bytes(*hash.as_bytes().first_chunk().unwrap())
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_ms(hour * HOUR_MS + 1)
}

#[test]
fn counts_each_viewer_once_to_a_few_percent() {
    for count in [1_u64, 20, 500, 5_000, 200_000] {
        let table = ReachTable::default();
        for number in 0..count {
            table.see(hash(number), at(100));
            table.see(hash(number), at(100));
        }
        assert_eq!(table.viewers(HOUR_MS, at(100)), None, "the hour is not over");
        let told = approximate(i64::try_from(table.viewers(HOUR_MS, at(101)).unwrap()).unwrap());
        let truth = approximate(i64::try_from(count).unwrap());
        assert!((told - truth).abs() <= 0.08 * truth, "{told} of {truth}");
    }
}

#[test]
fn a_longer_window_has_the_viewers_of_all_its_hours() {
    let table = ReachTable::default();
    for number in 0..3_000 {
        table.see(hash(number), at(10 + i64::try_from(number / 1_000).unwrap()));
    }
    let near = |told: Option<u64>, truth: u64| told.unwrap().abs_diff(truth) < truth / 12;
    assert!(near(table.viewers(HOUR_MS, at(13)), 1_000));
    assert!(near(table.viewers(HOUR_MS + 1, at(13)), 2_000));
    assert!(near(table.viewers(24 * HOUR_MS, at(13)), 3_000));
    assert!(near(table.viewers(i64::MAX, at(13)), 3_000));
    assert_eq!(table.viewers(HOUR_MS, at(14)), None, "nobody came in the last hour");
    assert!(near(table.viewers(3 * HOUR_MS, at(14)), 2_000));
}

#[test]
fn an_hour_of_the_day_before_is_forgotten() {
    let table = ReachTable::default();
    (0..1_000).for_each(|number| table.see(hash(number), at(5)));
    table.see(hash(1), at(29));
    assert_eq!(table.viewers(HOUR_MS, at(30)), Some(1));
}
