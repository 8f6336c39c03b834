use super::*;

fn share(viewers_paid: u64, viewers_reachable: Option<u64>) -> u32 {
    let facts = HoldoutFacts { share_of_content: None, viewers_paid, viewers_reachable };
    HoldoutPolicy::default().terms(facts).share_millionths
}

#[test]
fn at_01_the_holdout_is_what_the_budget_leaves() {
    // Paid viewers, reachable viewers, millionths.
    let table = [
        (0, Some(1_000), 500_000),
        (100, Some(1_000), 500_000),
        (300, Some(1_000), 400_000),
        (333, Some(1_000), 334_000),
        (475, Some(1_000), 50_000),
        (2_000, Some(1_000), 50_000),
        (1, Some(3), 333_333),
        (5, Some(0), 50_000),
        (u64::MAX, Some(u64::MAX), 50_000),
        // Nobody knows how many there are.
        (5, None, 100_000),
        (u64::MAX, None, 100_000),
    ];
    for (paid, reachable, expected) in table {
        assert_eq!(share(paid, reachable), expected, "{paid} of {reachable:?}");
    }
}

#[test]
fn dl_02_orders_for_the_same_content_have_the_same_share() {
    let facts = HoldoutFacts { share_of_content: Some(123_456), viewers_paid: 7, viewers_reachable: Some(1_000_000) };
    let terms = HoldoutPolicy::default().terms(facts);
    assert_eq!(terms, HoldoutTerms { share_millionths: 123_456, viewers_planned: 7 });
}

#[test]
fn an_operator_can_turn_the_holdout_off_and_move_its_bounds() {
    let off = HoldoutPolicy { share_permille_min: 0, share_permille_max: 0, ..HoldoutPolicy::default() };
    let narrow = HoldoutPolicy { share_permille_min: 200, share_permille_max: 300, ..HoldoutPolicy::default() };
    for (reachable, expected) in [(None, 200_000), (Some(10), 200_000), (Some(1_000_000), 300_000)] {
        let facts = HoldoutFacts { viewers_paid: 10, viewers_reachable: reachable, ..HoldoutFacts::default() };
        assert_eq!(off.terms(facts).share_millionths, 0, "{reachable:?}");
        assert_eq!(narrow.terms(facts).share_millionths, expected, "{reachable:?}");
    }
    let most = HoldoutPolicy { universal_permille: 5_000, ..HoldoutPolicy::default() };
    assert_eq!((HoldoutPolicy::default().universal_millionths(), most.universal_millionths()), (10_000, 1_000_000));
}
