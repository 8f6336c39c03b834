//! Which accounts count as one (IN-02, IN-13).

use std::collections::BTreeSet;

use super::*;

fn mark(kind: MarkKind, thing: u8) -> Mark {
    Mark { kind, hash: [thing; 32] }
}

fn marked(rows: &[(u128, MarkKind, u8)]) -> Vec<Marked> {
    rows.iter().map(|(party, kind, thing)| (PartyId::new(*party), mark(*kind, *thing))).collect()
}

/// What two accounts share → how sure we are, in thousandths.
#[test]
fn in_13_hints_add_up_and_each_kind_counts_once() {
    use MarkKind::{Address, CoordinatedBehaviour, Device, Identity, PayoutAccount};
    let table: &[(&[MarkKind], i64)] = &[
        (&[], 0),
        (&[Address], 250),
        (&[CoordinatedBehaviour], 400),
        (&[Device], 500),
        (&[Device, Address], 625),
        (&[Device, CoordinatedBehaviour], 700),
        (&[Device, Address, CoordinatedBehaviour], 775),
        (&[PayoutAccount], 850),
        (&[Identity], 1_000),
        (&[Identity, Address], 1_000),
    ];
    for (kinds, expected) in table {
        let mut rows = vec![(1, Identity, 91), (2, Identity, 92)];
        for kind in *kinds {
            rows.extend([(1, *kind, 7), (2, *kind, 7)]);
        }
        let found = links(&marked(&rows), &policy());
        assert_eq!(found.first().map_or(0, |link| link.score_permille), *expected, "{kinds:?}");
        assert!(found.iter().all(|link| link.shared.len() == kinds.len()), "the evidence is shown");
    }
    let two_devices = marked(&[(1, Device, 7), (2, Device, 7), (1, Device, 8), (2, Device, 8)]);
    let found = links(&two_devices, &policy());
    assert_eq!((found[0].score_permille, found[0].shared.len()), (500, 2));
}

#[test]
fn in_13_what_a_crowd_shares_says_nothing_unless_it_is_nobody_elses() {
    let crowd = |kind, size: u128| {
        let rows: Vec<_> = (1..=size).map(|party| (party, kind, 7)).collect();
        links(&marked(&rows), &policy()).len()
    };
    assert_eq!(crowd(MarkKind::Device, 20), 190);
    assert_eq!(crowd(MarkKind::Device, 21), 0);
    assert_eq!(crowd(MarkKind::Address, 21), 0);
    assert_eq!(crowd(MarkKind::PayoutAccount, 21), 210);
    assert_eq!(crowd(MarkKind::Identity, 21), 210);
}

#[test]
fn in_02_accounts_are_joined_by_chains_above_the_threshold() {
    use MarkKind::{Address, Identity, PayoutAccount};
    let rows = marked(&[
        (1, Identity, 1),
        (2, Identity, 1),
        (2, PayoutAccount, 2),
        (3, PayoutAccount, 2),
        (3, Address, 3),
        (4, Address, 3),
        (5, Identity, 4),
        (6, Identity, 4),
    ]);
    let parties = |ids: &[u128]| ids.iter().copied().map(PartyId::new).collect::<BTreeSet<_>>();
    let found = clusters(&links(&rows, &policy()), &policy());
    assert_eq!(found, [parties(&[1, 2, 3]), parties(&[5, 6])]);
    assert_eq!(cluster_of(PartyId::new(3), &rows, &policy()), parties(&[1, 2, 3]));
    assert_eq!(cluster_of(PartyId::new(4), &rows, &policy()), parties(&[4]), "an address alone is not enough");
    assert_eq!(cluster_of(PartyId::new(9), &rows, &policy()), parties(&[9]), "nobody knows this one");
}

#[test]
fn in_13_clusters_do_not_depend_on_the_order_of_links() {
    let rows: Vec<_> = (1..40_u8)
        .flat_map(|n| [(u128::from(n), MarkKind::Identity, n), (u128::from(n) + 1, MarkKind::Identity, n)])
        .collect();
    let found = links(&marked(&rows), &policy());
    let mut backwards = found.clone();
    backwards.reverse();
    let expected: BTreeSet<_> = (1..=40).map(PartyId::new).collect();
    assert_eq!(clusters(&found, &policy()), clusters(&backwards, &policy()));
    assert_eq!(clusters(&backwards, &policy()), [expected]);
}
