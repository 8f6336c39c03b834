//! Which accounts are one operator's, looked up from their marks (IN-02, IN-13).

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use tuiliu_domain::id::{IncentiveApplicationId, PartyId, TenantId};
use tuiliu_domain::incentive::{Link, Marked, cluster_of, links};
use tuiliu_domain::limits::INCENTIVE_LINKED_MAX;
use tuiliu_domain::party::{Action, Actor};
use tuiliu_store::{StoreError, Tx};

use crate::access::of_tenant;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// What links an account to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLinks {
    pub party: PartyId,
    /// Strongest first.
    pub links: Vec<LinkView>,
    /// The accounts that count as one with it, itself included.
    pub cluster: BTreeSet<PartyId>,
    /// Those of them that a cold start helped, or will when it is approved.
    pub helped: Vec<(PartyId, IncentiveApplicationId)>,
}

/// One link of an account.
pub type LinkView = Link;

/// Everything that accounts share which are joined to this one by marks, near first, up to a limit.
fn neighbourhood(tx: &mut Tx<'_>, tenant: TenantId, party: PartyId) -> Result<Vec<Marked>, StoreError> {
    let limit = u32::try_from(INCENTIVE_LINKED_MAX).expect("the limit is small");
    let mut marked = Vec::new();
    let mut seen = BTreeSet::from([party]);
    let mut waiting = std::collections::VecDeque::from([party]);
    let mut marks_seen = BTreeSet::new();
    while let Some(next) = waiting.pop_front() {
        for mark in tx.account_marks(tenant, next)? {
            if marks_seen.insert(mark.clone()) {
                for holder in tx.accounts_with_mark(tenant, &mark, limit)? {
                    if seen.len() < INCENTIVE_LINKED_MAX && seen.insert(holder) {
                        waiting.push_back(holder);
                    }
                }
            }
            marked.push((next, mark));
        }
    }
    Ok(marked)
}

/// The accounts that count as one with this one, itself included.
pub(super) fn cluster(
    shell: &Shell,
    tx: &mut Tx<'_>,
    tenant: TenantId,
    party: PartyId,
) -> Result<BTreeSet<PartyId>, StoreError> {
    let policy = shell.policy(tx, tenant)?;
    let marked = neighbourhood(tx, tenant, party)?;
    Ok(cluster_of(party, &marked, &policy.incentive))
}

fn links_of(shell: &Shell, tx: &mut Tx<'_>, tenant: TenantId, party: PartyId) -> Result<AccountLinks, StoreError> {
    let policy = shell.policy(tx, tenant)?;
    let marked = neighbourhood(tx, tenant, party)?;
    let mut own: Vec<Link> = links(&marked, &policy.incentive);
    own.retain(|link| link.one == party || link.other == party);
    own.sort_by_key(|link| (-link.score_permille, link.one, link.other));
    let cluster = cluster_of(party, &marked, &policy.incentive);
    let mut helped = BTreeMap::new();
    for member in &cluster {
        if let Some(application) = tx.incentive_help(tenant, *member)? {
            helped.insert(*member, application);
        }
    }
    Ok(AccountLinks { party, links: own, cluster, helped: helped.into_iter().collect() })
}

impl App {
    /// What links an account to others, with the evidence.
    pub async fn account_links(&self, actor: Actor, party: PartyId) -> Result<AccountLinks, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadLinkage, &of_tenant(actor.tenant))?;
            tx.party(actor.tenant, party)?.ok_or(CommandError::NotFound)?;
            Ok(links_of(shell, tx, actor.tenant, party)?)
        })
        .await
    }

    /// A page of the accounts that share a mark with others, in the order of their ids.
    pub async fn linked_accounts(
        &self,
        actor: Actor,
        (after, limit): (Option<PartyId>, u32),
    ) -> Result<Vec<AccountLinks>, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            actor.may(Action::ReadLinkage, &of_tenant(actor.tenant))?;
            let parties = tx.accounts_with_shared_marks(actor.tenant, after, limit)?;
            let links = parties.into_iter().map(|party| links_of(shell, tx, actor.tenant, party));
            Ok(links.collect::<Result<_, _>>()?)
        })
        .await
    }
}
