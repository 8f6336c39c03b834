-- Products of a room, a video or an order, and what their sums there are kept under.
create table place_product (
    place_id bytea not null,
    product_id bytea not null,
    subject_id bytea not null,
    primary key (place_id, product_id)
);

-- Viewers whom any order won in a month, of those who are never shown anything promoted and those whom they are compared
-- with (AT-01).
create table platform_win (
    tenant_id bytea not null,
    -- Counted from the year 0, by the clocks of China.
    month bigint not null,
    viewer bytea not null,
    -- 1: held out of everything promoted. 0: compared with those.
    held_out bigint not null,
    -- The part of all viewers that is held out, in millionths, as it was then.
    share bigint not null,
    first_at bigint not null,
    -- 0: no valid traffic, in neither arm.
    valid bigint not null,
    primary key (tenant_id, month, viewer)
);

-- What the same viewers did on the platform in a month, whatever brought them.
create table platform_act (
    tenant_id bytea not null,
    month bigint not null,
    viewer bytea not null,
    -- Times, less what was taken back.
    views bigint not null,
    follows bigint not null,
    comments bigint not null,
    clicks bigint not null,
    -- After refunds.
    gmv_fen bigint not null,
    primary key (tenant_id, month, viewer)
);
