use super::*;

const FENCE_AFTER_MS: i64 = 60 * SECOND_MS;

fn node(beats: u64) -> DeliveryNode {
    DeliveryNode { node: 2, epoch: 1, beats, fenced: false }
}

/// How many looks it takes to find a node silent that stops at once.
fn looks(gap_ms: i64) -> usize {
    let standing = Standing::default();
    (1..100).find(|_| !standing.silent(&[node(1)], gap_ms, FENCE_AFTER_MS).is_empty()).unwrap()
}

#[test]
fn dl_05_no_jump_of_a_clock_fences_anybody() {
    assert_eq!(looks(5_000), 13, "the first look tells nothing");
    assert_eq!(looks(3_600_000), 13, "an hour between two looks is no hour of silence");
    assert_eq!(looks(2_500), 25);
    let standing = Standing::default();
    for _ in 0..100 {
        assert!(standing.silent(&[node(1)], -3_600_000, FENCE_AFTER_MS).is_empty());
    }
}

#[test]
fn dl_05_a_node_that_shows_itself_in_time_is_not_fenced() {
    let standing = Standing::default();
    for beats in 0..20 {
        for _ in 0..12 {
            assert!(standing.silent(&[node(beats)], 5_000, FENCE_AFTER_MS).is_empty());
        }
    }
    let fenced = DeliveryNode { fenced: true, ..node(1) };
    assert!((0..20).all(|_| standing.silent(&[fenced], 5_000, FENCE_AFTER_MS).is_empty()), "once is enough");
}
