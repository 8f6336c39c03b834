//! Nodes: each shows that it lives, takes back what the dead have leased, and stops spending when it lost its epoch.
//!
//! A node shows itself every few seconds by counting on in the store. Whoever sees another one not count for a
//! minute of its own, measured in short looks so that no jump of a clock shortens it, first folds what was
//! acknowledged, then fences it: in one transaction its epoch ends and its leases go back to the orders (DL-05).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::{error, info, warn};
use tuiliu_domain::time::{SECOND_MS, Timestamp};
use tuiliu_store::{DeliveryNode, StoreError, Tx};

use super::lease;
use crate::app::{App, Shell};
use crate::error::CommandError;

/// How often a node shows that it lives, and looks whether the others do.
const BEAT_MS: i64 = 5 * SECOND_MS;
/// A node stops spending so long before the others may fence it.
const MARGIN_MS: i64 = 2 * BEAT_MS;

/// Whether a node may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeStanding {
    /// It has not begun an epoch, or has ended it.
    Stopped,
    Delivering,
    /// It could not show for too long that it lives: others may have fenced it. It comes back by itself.
    Silent,
    /// Another process began a later epoch under the same node number. It does not come back by itself.
    Replaced,
}

impl NodeStanding {
    /// Why nothing is shown, as a code; `None` while it delivers.
    #[must_use]
    pub const fn no_fill(self) -> Option<&'static str> {
        match self {
            Self::Delivering => None,
            Self::Stopped => Some("nothing_promoted"),
            Self::Silent => Some("node_silent"),
            Self::Replaced => Some("node_replaced"),
        }
    }
}

/// What a node knows of its own epoch and of the others'.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// By this node's clock it holds its epoch until then, in ms.
    held_until_ms: AtomicI64,
    stopped: AtomicBool,
    replaced: AtomicBool,
    /// A transaction about leases ended without telling whether it happened.
    doubtful: AtomicBool,
    /// Nodes that share the budgets and were not fenced at the last beat, this one included; 0 before the first.
    living: AtomicU32,
    watch: Mutex<Watch>,
}

#[derive(Debug, Default)]
struct Watch {
    beaten_at: Option<Timestamp>,
    silences: BTreeMap<u32, Silence>,
}

/// How long another node has not shown itself.
#[derive(Debug, Clone, Copy)]
struct Silence {
    last: DeliveryNode,
    for_ms: i64,
}

impl Standing {
    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is time to beat; a clock that went back makes it time.
    fn is_beat_due(&self, now: Timestamp) -> bool {
        self.watch().beaten_at.is_none_or(|at| !(0..BEAT_MS).contains(&now.since_ms(at)))
    }

    /// The epoch was begun, or shown to be held, by a transaction that started at `now`.
    fn hold(&self, now: Timestamp, fence_after_ms: i64) {
        self.watch().beaten_at = Some(now);
        self.held_until_ms.store(now.plus_ms(fence_after_ms - MARGIN_MS).ms(), Ordering::Release);
    }

    /// Nothing may be spent before the next epoch.
    fn let_go(&self) {
        self.held_until_ms.store(i64::MIN, Ordering::Release);
    }

    /// Looks at all nodes; answers those that have been silent for too long.
    ///
    /// Time between two looks counts as one beat at most: a clock that jumps, or a node that slept, fences nobody.
    fn silent(&self, nodes: &[DeliveryNode], gap_ms: i64, fence_after_ms: i64) -> Vec<DeliveryNode> {
        let mut watch = self.watch();
        let mut silent = Vec::new();
        for node in nodes {
            let fresh = Silence { last: *node, for_ms: 0 };
            let silence = match watch.silences.get(&node.node) {
                Some(seen) if seen.last == *node => {
                    Silence { for_ms: seen.for_ms.saturating_add(gap_ms.clamp(0, BEAT_MS)), ..*seen }
                }
                _ => fresh,
            };
            watch.silences.insert(node.node, silence);
            if !node.fenced && silence.for_ms >= fence_after_ms {
                silent.push(*node);
            }
        }
        silent
    }

    /// How many nodes share the budgets and live, this one included; `None` before anything is known of the others.
    pub(super) fn living(&self) -> Option<u32> {
        Some(self.living.load(Ordering::Acquire)).filter(|living| *living > 0)
    }

    fn count_living(&self, others: &[DeliveryNode]) {
        let living = others.iter().filter(|other| !other.fenced).count().saturating_add(1);
        self.living.store(u32::try_from(living).unwrap_or(u32::MAX), Ordering::Release);
    }

    /// What is leased is not known for certain any more: the next beat begins a new epoch.
    pub(super) fn doubt(&self) {
        self.doubtful.store(true, Ordering::Release);
    }
}

/// What a beat found out.
enum Beat {
    Held {
        nodes: Vec<DeliveryNode>,
        /// The last batch that was acknowledged by then.
        acknowledged: i64,
    },
    Fenced,
    Replaced {
        by: u64,
    },
}

impl App {
    /// Whether this node may spend now.
    #[must_use]
    pub fn node_standing(&self) -> NodeStanding {
        self.node_standing_at(self.shell.now())
    }

    pub(super) fn node_standing_at(&self, now: Timestamp) -> NodeStanding {
        let engine = &self.shell.engine;
        let standing = &engine.standing;
        if standing.replaced.load(Ordering::Acquire) {
            return NodeStanding::Replaced;
        }
        if engine.epoch() == 0 || standing.stopped.load(Ordering::Acquire) {
            return NodeStanding::Stopped;
        }
        // Alone, nobody fences it.
        let held = engine.config.nodes < 2 || now.ms() < standing.held_until_ms.load(Ordering::Acquire);
        if held { NodeStanding::Delivering } else { NodeStanding::Silent }
    }

    /// Begins a new epoch of this node: folds what was acknowledged, then takes back what older epochs leased.
    pub async fn start_delivery(&self) -> Result<(), CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let node = engine.config.node;
        let began_at = self.shell.now();
        // Until all of it is done, the next beat begins again.
        engine.standing.doubt();
        let epoch = self
            .write(move |_, tx| {
                let epoch = tx.next_epoch(node)?;
                tx.forget_wants_of_node(node)?;
                Ok(epoch)
            })
            .await?;
        engine.begin_epoch(epoch);
        lease::begin_again(engine, epoch);
        engine.standing.stopped.store(false, Ordering::Release);
        engine.standing.hold(began_at, engine.config.fence_after_ms);
        self.load_predictions().await?;
        self.fold_acknowledged().await?;
        let closed = self.write(move |shell, tx| Ok(take_back(shell, tx, node, epoch - 1)?)).await?;
        info!(node, epoch, closed, "began epoch {epoch} of node {node}, closed {closed} leases of earlier ones");
        self.refresh_delivery().await?;
        engine.standing.doubtful.store(false, Ordering::Release);
        Ok(())
    }

    /// Ends this node's epoch: nothing is shown any more, and what it has leased and not spent goes back at once.
    pub async fn stop_delivery(&self) -> Result<(), CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let (node, epoch) = (engine.config.node, engine.epoch());
        if epoch == 0 || engine.standing.replaced.load(Ordering::Acquire) {
            return Ok(());
        }
        engine.standing.stopped.store(true, Ordering::Release);
        lease::close_own(engine);
        self.fold_acknowledged().await?;
        let ended = self.write(move |shell, tx| {
            let own = tx.delivery_node(node)?.filter(|own| own.epoch == epoch);
            match own {
                Some(own) if tx.fence(own)? => Ok(take_back(shell, tx, node, epoch)?),
                _ => Ok(0),
            }
        });
        let closed = ended.await?;
        info!(node, epoch, closed, "ended epoch {epoch} of node {node}, closed {closed} leases");
        Ok(())
    }

    /// Shows that this node lives, and fences those that have not for too long; due every few seconds.
    pub(crate) async fn keep_epoch(&self) -> Result<(), CommandError<Infallible>> {
        let engine = &self.shell.engine;
        let standing = &engine.standing;
        let now = self.shell.now();
        if !matches!(self.node_standing(), NodeStanding::Delivering | NodeStanding::Silent) {
            return Ok(());
        }
        if standing.doubtful.load(Ordering::Acquire) {
            warn!("begin a new epoch: it is not known what a failed transaction left of the leases");
            return self.start_delivery().await;
        }
        if !standing.is_beat_due(now) {
            return Ok(());
        }
        let gap_ms = standing.watch().beaten_at.map_or(0, |at| now.since_ms(at));
        let (node, epoch) = (engine.config.node, engine.epoch());
        match self.write(move |_, tx| Ok(beat(tx, node, epoch)?)).await? {
            Beat::Held { nodes, acknowledged } => {
                standing.hold(now, engine.config.fence_after_ms);
                standing.count_living(&nodes);
                for silent in standing.silent(&nodes, gap_ms, engine.config.fence_after_ms) {
                    self.fence(silent, acknowledged).await?;
                }
                Ok(())
            }
            Beat::Fenced => {
                warn!(node, epoch, "node {node} was silent and fenced in epoch {epoch}: it begins another one");
                standing.let_go();
                lease::close_own(engine);
                self.start_delivery().await
            }
            Beat::Replaced { by } => {
                standing.replaced.store(true, Ordering::Release);
                standing.let_go();
                lease::close_own(engine);
                error!(
                    node,
                    epoch,
                    "another process began epoch {by} as node {node}: this one shows nothing promoted any more. \
                     Give each node its own number in `delivery.node` and start it again"
                );
                Ok(())
            }
        }
    }

    /// Takes back what a silent node has leased, once everything acknowledged until it was found silent is folded.
    async fn fence(&self, silent: DeliveryNode, acknowledged: i64) -> Result<(), CommandError<Infallible>> {
        self.fold_until(acknowledged).await?;
        let fenced = self.write(move |shell, tx| {
            if tx.folded_events()? < acknowledged || !tx.fence(silent)? {
                return Ok(None);
            }
            Ok(Some(take_back(shell, tx, silent.node, silent.epoch)?))
        });
        if let Some(closed) = fenced.await? {
            let DeliveryNode { node, epoch, .. } = silent;
            warn!(node, epoch, closed, "fenced node {node}, silent in epoch {epoch}, and closed its {closed} leases");
        }
        Ok(())
    }
}

fn beat(tx: &mut Tx<'_>, node: u32, epoch: u64) -> Result<Beat, StoreError> {
    if tx.beat(node, epoch)? {
        let mut nodes = tx.delivery_nodes()?;
        nodes.retain(|other| other.node != node);
        return Ok(Beat::Held { nodes, acknowledged: tx.last_events()? });
    }
    let by = tx.delivery_node(node)?.map_or(0, |now| now.epoch);
    Ok(if by > epoch { Beat::Replaced { by } } else { Beat::Fenced })
}

/// Whether a node has lost this epoch: it was fenced, or another process took its number.
///
/// Whoever asks in a transaction that writes knows it until the commit.
pub(super) fn has_lost(tx: &mut Tx<'_>, node: u32, epoch: u64) -> Result<bool, StoreError> {
    Ok(tx.delivery_node(node)?.is_some_and(|now| now.epoch != epoch || now.fenced))
}

/// Closes the leases of a node's epochs up to this one; answers how many were open.
fn take_back(shell: &Shell, tx: &mut Tx<'_>, node: u32, epoch_last: u64) -> Result<usize, StoreError> {
    // The ledger is locked first, as whoever lends does.
    let closed = lease::close_until(shell, tx, node, epoch_last)?;
    tx.forget_lease_charges(node, epoch_last)?;
    tx.forget_wants_of_node(node)?;
    Ok(closed)
}

#[cfg(test)]
mod tests;
