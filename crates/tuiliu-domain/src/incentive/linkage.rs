//! Linkage: which accounts are one operator's, scored from what they share (IN-02, IN-13).

use std::collections::{BTreeMap, BTreeSet};

use super::words::coded;
use crate::id::PartyId;
use crate::policy::IncentivePolicy;

coded! {
    /// What two accounts can share.
    MarkKind {
        Device = "device",
        PayoutAccount = "payout_account",
        Identity = "identity",
        Address = "address",
        /// They act together: the host's own detection names the group.
        CoordinatedBehaviour = "coordinated_behaviour",
    }
}

/// Something by which an account can be known again: a keyed hash of the host's, never the thing itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    pub kind: MarkKind,
    pub hash: [u8; 32],
}

/// An account and one of its marks.
pub type Marked = (PartyId, Mark);

/// What two accounts share, and how sure it makes us that they are one operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub one: PartyId,
    pub other: PartyId,
    /// In thousandths.
    pub score_permille: i64,
    /// What they share; each kind counts once.
    pub shared: Vec<Mark>,
}

/// Every pair that shares a mark, with its score, in order.
///
/// Kinds are taken for independent hints: `1 − Π (1 − weight)`. A mark that more accounts share than the policy's
/// crowd says nothing (a shared flat is a hint, an office tower is none) unless it is an identity or a payout account.
#[must_use]
pub fn links(marked: &[Marked], policy: &IncentivePolicy) -> Vec<Link> {
    let mut holders: BTreeMap<&Mark, BTreeSet<PartyId>> = BTreeMap::new();
    for (party, mark) in marked {
        holders.entry(mark).or_default().insert(*party);
    }
    let mut pairs: BTreeMap<(PartyId, PartyId), Vec<Mark>> = BTreeMap::new();
    for (mark, parties) in holders {
        let is_own = matches!(mark.kind, MarkKind::Identity | MarkKind::PayoutAccount);
        if !is_own && parties.len() > policy.linkage_crowd_max {
            continue;
        }
        let parties: Vec<PartyId> = parties.into_iter().collect();
        for (place, one) in parties.iter().enumerate() {
            for other in &parties[place + 1..] {
                pairs.entry((*one, *other)).or_default().push(mark.clone());
            }
        }
    }
    let link = |((one, other), shared): ((PartyId, PartyId), Vec<Mark>)| {
        let score_permille = score(&shared, policy);
        Link { one, other, score_permille, shared }
    };
    pairs.into_iter().map(link).collect()
}

fn score(shared: &[Mark], policy: &IncentivePolicy) -> i64 {
    let kinds: BTreeSet<MarkKind> = shared.iter().map(|mark| mark.kind).collect();
    let doubt = kinds.into_iter().fold(1_000_000_i64, |doubt, kind| {
        doubt * (1_000 - policy.linkage_weight_permille(kind).clamp(0, 1_000)) / 1_000
    });
    1_000 - (doubt + 500) / 1_000
}

/// Accounts that are one operator's: joined wherever a score reaches the threshold, directly or by a chain.
#[must_use]
pub fn clusters(links: &[Link], policy: &IncentivePolicy) -> Vec<BTreeSet<PartyId>> {
    let mut above: BTreeMap<PartyId, PartyId> = BTreeMap::new();
    for link in links.iter().filter(|link| link.score_permille >= policy.linkage_threshold_permille) {
        let (one, other) = (root(&mut above, link.one), root(&mut above, link.other));
        if one != other {
            above.insert(one.max(other), one.min(other));
        }
    }
    let members: Vec<PartyId> = above.keys().copied().collect();
    let mut clusters: BTreeMap<PartyId, BTreeSet<PartyId>> = BTreeMap::new();
    for member in members {
        let head = root(&mut above, member);
        clusters.entry(head).or_default().insert(member);
    }
    clusters.into_values().filter(|cluster| cluster.len() > 1).collect()
}

/// The head of a party's set; every party on the way is hung directly below it.
fn root(above: &mut BTreeMap<PartyId, PartyId>, party: PartyId) -> PartyId {
    let mut head = party;
    while let Some(next) = above.get(&head).copied().filter(|next| *next != head) {
        head = next;
    }
    let mut step = party;
    while step != head {
        step = above.insert(step, head).unwrap_or(head);
    }
    above.entry(head).or_insert(head);
    head
}

/// The accounts that count as one with this one, itself included (IN-02).
#[must_use]
pub fn cluster_of(party: PartyId, marked: &[Marked], policy: &IncentivePolicy) -> BTreeSet<PartyId> {
    let links = links(marked, policy);
    let found = clusters(&links, policy).into_iter().find(|cluster| cluster.contains(&party));
    found.unwrap_or_else(|| BTreeSet::from([party]))
}
