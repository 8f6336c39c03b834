-- What is known of a viewer in one room: touches and outcomes, each once, whatever order they came in.
create table attribution_record (
    room_id bytea not null,
    viewer bytea not null,
    id bytea not null,
    kind text not null,
    known_at bigint not null,
    at bigint not null,
    -- Until when an impression was heard of, and how long it was watched.
    heard_until bigint not null,
    watched_ms bigint not null,
    -- The impression it was reported under.
    order_id bytea,
    decision_id bytea,
    -- The purchase that was paid or refunded, and for how much.
    purchase bytea,
    value_fen bigint not null,
    primary key (room_id, viewer, id)
);

-- One viewer's part in the figures of an order, so that it can be taken out of the sums again.
create table attribution_share (
    order_id bytea not null,
    viewer bytea not null,
    body text not null,
    primary key (order_id, viewer)
);

-- The attributed figures of an order: as settled, and what changed them since, by cause.
create table attribution_sum (
    order_id bytea not null,
    part text not null,
    figure text not null,
    value bigint not null,
    primary key (order_id, part, figure)
);

-- Rooms whose traffic is looked back at, and with which end of the broadcast their figures were made.
create table traffic_inspection (
    room_id bytea not null primary key,
    due_at bigint not null,
    ended_at bigint
);
create index traffic_inspection_by_due on traffic_inspection (due_at);

-- When the visits of a broadcast began and how long they stayed: what later ones are compared with.
create table traffic_grid (
    room_id bytea not null primary key,
    tenant_id bytea not null,
    category text not null,
    at bigint not null,
    body text not null
);
create index traffic_grid_by_category on traffic_grid (tenant_id, category, at);

-- Charges that were taken back because they were no valid traffic, each once.
create table traffic_credit (
    order_id bytea not null,
    -- Of the charge in the itemised ledger.
    number bigint not null,
    reason text not null,
    rules bigint not null,
    price bigint not null,
    at bigint not null,
    primary key (order_id, number)
);

-- What of an order's sources came back for it.
create table order_credit (
    order_id bytea not null,
    number bigint not null,
    hold_id bytea not null,
    lot_id bytea not null,
    amount bigint not null,
    at bigint not null,
    primary key (order_id, number)
);

create index delivery_charge_by_decision on delivery_charge (order_id, decision_id);

-- Reported events that were refused, for somebody to look at and to take again.
create table refused_event (
    tenant_id bytea not null,
    id bytea not null,
    reason text not null,
    at bigint not null,
    body text not null,
    money_allowed bigint not null,
    replayed_at bigint,
    primary key (tenant_id, id)
);
create index refused_event_by_time on refused_event (at);
