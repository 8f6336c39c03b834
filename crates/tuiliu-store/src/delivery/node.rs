//! Nodes that decide: their epochs, whether they live, and what they tell each other about leases (DL-05).

use tuiliu_domain::id::{DecisionId, PromotionOrderId};
use tuiliu_domain::money::Micros;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// One node that decides, as it last showed itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryNode {
    pub node: u32,
    /// How often a process has started under this number; an epoch is never used twice.
    pub epoch: u64,
    /// Counts on while the node lives, over all epochs.
    pub beats: u64,
    /// Its leases were taken back; it cannot spend before it begins another epoch.
    pub fenced: bool,
}

/// A charge to a lease, folded by a node that does not hold the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseCharge {
    pub node: u32,
    pub epoch: u64,
    pub order: PromotionOrderId,
    /// Its place in the order's itemised ledger.
    pub number: i64,
    pub decision: DecisionId,
    /// Lent to the lease for it, in addition.
    pub lent: Micros,
    pub charged: Micros,
}

statements! {
    NEXT_EPOCH: "insert into delivery_node (node, epoch, beats, fenced) values ($1, 1, 1, 0)
        on conflict (node) do update set epoch = delivery_node.epoch + 1, beats = delivery_node.beats + 1, fenced = 0
        returning epoch";
    BEAT: "update delivery_node set beats = beats + 1 where node = $1 and epoch = $2 and fenced = 0";
    FENCE: "update delivery_node set fenced = 1 where node = $1 and epoch = $2 and beats = $3 and fenced = 0";
    NODE: "select node, epoch, beats, fenced from delivery_node where node = $1 /*lock*/";
    NODES: "select node, epoch, beats, fenced from delivery_node order by node";
    TELL_CHARGE: "insert into lease_charge (node, epoch, order_id, number, decision_id, lent, charged)
        values ($1, $2, $3, $4, $5, $6, $7)";
    TAKE_CHARGES: "delete from lease_charge where node = $1 and epoch = $2 and (order_id, number) in
        (select order_id, number from lease_charge where node = $1 and epoch = $2 order by order_id, number limit $3)
        returning node, epoch, order_id, number, decision_id, lent, charged";
    HAS_CHARGES: "select 1 from lease_charge where node = $1 and epoch = $2 limit 1";
    FORGET_CHARGES: "delete from lease_charge where node = $1 and epoch <= $2";
    WANT: "insert into lease_want (order_id, node) values ($1, $2) on conflict (order_id, node) do nothing";
    WANTED: "select distinct order_id from lease_want where node <> $1 and order_id > $2
        order by order_id limit $3";
    STOP_WANTING: "delete from lease_want where order_id = $1 and node = $2";
    FORGET_WANTS: "delete from lease_want where order_id = $1";
    FORGET_WANTS_OF_NODE: "delete from lease_want where node = $1";
}

impl Tx<'_> {
    /// An epoch that this node has never had: leases of earlier ones are void for it.
    pub fn next_epoch(&mut self, node: u32) -> Result<u64, StoreError> {
        let row = self.query_write(NEXT_EPOCH, &[node.into()])?.pop();
        row.ok_or_else(|| StoreError::inconsistent("delivery_node", "no epoch came back"))?.get(0)
    }

    /// Shows that a node lives; `false` when it was fenced, or when another process took its number.
    pub fn beat(&mut self, node: u32, epoch: u64) -> Result<bool, StoreError> {
        Ok(self.execute(BEAT, &[node.into(), stored(epoch)?.into()])? == 1)
    }

    /// Fences a node that has not shown itself since; `false` when it has, or when it is fenced already.
    pub fn fence(&mut self, silent: DeliveryNode) -> Result<bool, StoreError> {
        let DeliveryNode { node, epoch, beats, .. } = silent;
        Ok(self.execute(FENCE, &[node.into(), stored(epoch)?.into(), stored(beats)?.into()])? == 1)
    }

    /// A node, if it ever began an epoch. In a transaction that writes it stays as it is until the commit.
    pub fn delivery_node(&mut self, node: u32) -> Result<Option<DeliveryNode>, StoreError> {
        self.query_one(NODE, &[node.into()])?.as_ref().map(read_node).transpose()
    }

    /// All nodes that ever began an epoch.
    pub fn delivery_nodes(&mut self) -> Result<Vec<DeliveryNode>, StoreError> {
        self.query(NODES, &[])?.iter().map(read_node).collect()
    }

    /// Tells the node that holds a lease what was charged to it.
    pub fn tell_lease_charge(&mut self, charge: &LeaseCharge) -> Result<(), StoreError> {
        let LeaseCharge { node, epoch, order, number, decision, lent, charged } = *charge;
        let values = [
            node.into(),
            stored(epoch)?.into(),
            order.into(),
            number.into(),
            decision.into(),
            lent.into(),
            charged.into(),
        ];
        self.execute_one(TELL_CHARGE, &values)
    }

    /// Whether a node has charges to hear of.
    pub fn has_lease_charges(&mut self, node: u32, epoch: u64) -> Result<bool, StoreError> {
        Ok(self.query_one(HAS_CHARGES, &[node.into(), stored(epoch)?.into()])?.is_some())
    }

    /// Takes what a node has to hear of charges to its leases, each once.
    pub fn take_lease_charges(&mut self, node: u32, epoch: u64, limit: u32) -> Result<Vec<LeaseCharge>, StoreError> {
        let rows = self.query_write(TAKE_CHARGES, &[node.into(), stored(epoch)?.into(), limit.into()])?;
        rows.iter()
            .map(|row| {
                Ok(LeaseCharge {
                    node: row.get(0)?,
                    epoch: row.get(1)?,
                    order: row.get(2)?,
                    number: row.get(3)?,
                    decision: row.get(4)?,
                    lent: row.get(5)?,
                    charged: row.get(6)?,
                })
            })
            .collect()
    }

    /// Forgets what nobody will hear any more: an epoch that is over and those before it.
    pub fn forget_lease_charges(&mut self, node: u32, epoch_last: u64) -> Result<u64, StoreError> {
        self.execute(FORGET_CHARGES, &[node.into(), stored(epoch_last)?.into()])
    }

    /// Asks the other nodes to return what they do not use of an order.
    pub fn want_lease(&mut self, order: PromotionOrderId, node: u32) -> Result<(), StoreError> {
        self.execute(WANT, &[order.into(), node.into()]).map(drop)
    }

    /// A page of the orders of which nodes other than this one want a lease, after the last one of the page before.
    pub fn wanted_leases(
        &mut self,
        node: u32,
        after: Option<PromotionOrderId>,
        limit: u32,
    ) -> Result<Vec<PromotionOrderId>, StoreError> {
        let after = after.unwrap_or(PromotionOrderId::new(0));
        self.query(WANTED, &[node.into(), after.into(), limit.into()])?.iter().map(|row| row.get(0)).collect()
    }

    /// A node has what it wanted of an order.
    pub fn stop_wanting_lease(&mut self, order: PromotionOrderId, node: u32) -> Result<(), StoreError> {
        self.execute(STOP_WANTING, &[order.into(), node.into()]).map(drop)
    }

    /// Nobody gets anything of this order any more.
    pub fn forget_lease_wants(&mut self, order: PromotionOrderId) -> Result<(), StoreError> {
        self.execute(FORGET_WANTS, &[order.into()]).map(drop)
    }

    /// A node is gone and wants nothing.
    pub fn forget_wants_of_node(&mut self, node: u32) -> Result<(), StoreError> {
        self.execute(FORGET_WANTS_OF_NODE, &[node.into()]).map(drop)
    }
}

fn stored(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(StoreError::database)
}

fn read_node(row: &Row) -> Result<DeliveryNode, StoreError> {
    Ok(DeliveryNode { node: row.get(0)?, epoch: row.get(1)?, beats: row.get(2)?, fenced: row.get(3)? })
}

#[cfg(test)]
mod tests;
