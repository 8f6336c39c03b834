-- Reported events as they were acknowledged, folded into charges and metrics in this order.
create table event_batch (
    seq integer primary key,
    tenant_id blob not null,
    received_at bigint not null,
    events bigint not null,
    body blob not null
);

-- Events seen in the last days, so that a duplicate counts once.
create table event_seen (
    key blob primary key,
    day bigint not null
) without rowid;
create index event_seen_by_day on event_seen (day);

-- What became of each decision: shown once (what makes a token single-use), and watched so long.
create table exposure (
    decision_id blob primary key,
    order_id blob not null,
    viewer blob not null,
    at bigint not null,
    shown bigint not null,
    watched_ms bigint not null
) without rowid;

-- People who did something under an order, once per kind.
create table order_person (
    order_id blob not null,
    kind text not null,
    viewer blob not null,
    primary key (order_id, kind, viewer)
) without rowid;

-- Results that are charged only when they are still there after a while.
create table pending_result (
    order_id blob not null,
    viewer blob not null,
    decision_id blob not null,
    price bigint not null,
    node bigint not null,
    epoch bigint not null,
    at bigint not null,
    due_at bigint not null,
    primary key (order_id, viewer)
) without rowid;
create index pending_result_by_due on pending_result (due_at);

-- The itemised delivery ledger of an order (TP-31).
create table delivery_charge (
    order_id blob not null,
    number bigint not null,
    at bigint not null,
    kind text not null,
    price bigint not null,
    absorbed bigint not null,
    spent_after bigint not null,
    decision_id blob not null,
    primary key (order_id, number)
) without rowid;

-- Sums by minute of everything that is counted about an order or a room.
create table metric_minute (
    subject_id blob not null,
    metric text not null,
    minute bigint not null,
    value bigint not null,
    primary key (subject_id, metric, minute)
) without rowid;

-- Sums since the beginning, so that a list need not add up minutes.
create table metric_total (
    subject_id blob not null,
    metric text not null,
    value bigint not null,
    changed_at bigint not null,
    primary key (subject_id, metric)
) without rowid;

-- Nodes that decide, and how often each has started; an epoch is never used twice.
create table delivery_node (
    node bigint primary key,
    epoch bigint not null
);

-- What each node has learnt about rates of a tenant's orders, whole; read when the node starts.
create table prediction (
    tenant_id blob not null,
    node bigint not null,
    saved_at bigint not null,
    body blob not null,
    primary key (tenant_id, node)
) without rowid;

insert into counter (name, value) values ('event_batch', 0), ('events_folded', 0);
