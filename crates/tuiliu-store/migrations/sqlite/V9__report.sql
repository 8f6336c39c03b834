-- Sums by quarter of an hour, of which hours and days of every time zone are made.
create table metric_quarter (
    subject_id blob not null,
    quarter bigint not null,
    metric text not null,
    value bigint not null,
    primary key (subject_id, quarter, metric)
) without rowid;
insert into metric_quarter (subject_id, quarter, metric, value)
    select subject_id, minute - minute % 900000, metric, cast(sum(value) as bigint) from metric_minute
    group by subject_id, minute - minute % 900000, metric;

-- Sums by class of viewers: what is not known of a viewer is a class of its own.
create table metric_breakdown (
    subject_id blob not null,
    dimension text not null,
    class text not null,
    metric text not null,
    value bigint not null,
    primary key (subject_id, dimension, class, metric)
) without rowid;

-- When viewers were in a room, united over their devices: the stays of one viewer are apart.
create table room_stay (
    room_id blob not null,
    viewer blob not null,
    joined_at bigint not null,
    left_at bigint not null,
    promoted bigint not null,
    primary key (room_id, viewer, joined_at)
) without rowid;

-- Purchases in a room as they were paid and refunded, whichever was heard of first.
create table room_purchase (
    room_id blob not null,
    purchase_id blob not null,
    -- The order whose token came with the payment; nothing for natural traffic.
    order_id blob,
    paid_at bigint,
    paid_fen bigint not null,
    refunded_at bigint,
    refunded_fen bigint not null,
    primary key (room_id, purchase_id)
) without rowid;
create index room_purchase_by_order on room_purchase (order_id, paid_at);

-- What a recap is made of beside stays, as it was reported: one row for each batch that said something of a room.
create table room_act (
    room_id blob not null,
    batch bigint not null,
    body blob not null,
    primary key (room_id, batch)
) without rowid;

-- Products by the hash that sums are kept under, and what the host calls them.
create table product (
    id blob not null primary key,
    tenant_id blob not null,
    external_id text not null
);
create index product_by_tenant on product (tenant_id, id);

-- Sketches of distinct viewers by room and day (UTC), for display over many rooms and days.
create table viewer_sketch (
    subject_id blob not null,
    kind text not null,
    day bigint not null,
    body blob not null,
    primary key (subject_id, kind, day)
) without rowid;
