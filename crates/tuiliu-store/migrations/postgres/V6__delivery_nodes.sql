-- A node shows that it lives by counting on; the leases of one that has stopped are taken back, and it is fenced.
alter table delivery_node add column beats bigint not null default 0;
alter table delivery_node add column fenced bigint not null default 0;

-- Charges to a lease that were folded by another node, until the node that holds the lease has heard of them.
create table lease_charge (
    node bigint not null,
    epoch bigint not null,
    order_id bytea not null,
    number bigint not null,
    decision_id bytea not null,
    lent bigint not null,
    charged bigint not null,
    primary key (node, epoch, order_id, number)
);

-- Nodes that found nothing left to borrow of an order, while others may hold what they do not use.
create table lease_want (
    order_id bytea not null,
    node bigint not null,
    primary key (order_id, node)
);
