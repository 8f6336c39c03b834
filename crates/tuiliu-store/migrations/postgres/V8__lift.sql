-- Viewers whom an order won, really or as ghosts: their arm, the first time, and what they did since (AT-01).
create table arm_viewer (
    order_id bytea not null,
    viewer bytea not null,
    room_id bytea not null,
    arm text not null,
    first_at bigint not null,
    -- What the win was worth: price of a result, part of viewers held out in millionths, version of the predictions.
    price bigint not null,
    share bigint not null,
    model bigint not null,
    -- 0: no valid traffic, in neither arm.
    valid bigint not null,
    -- 1 where the viewer did so between the first win and the end of the window, naturally or not.
    viewed bigint not null,
    followed bigint not null,
    commented bigint not null,
    clicked bigint not null,
    paid bigint not null,
    -- After refunds.
    gmv_fen bigint not null,
    primary key (order_id, viewer)
);
create index arm_viewer_by_room on arm_viewer (room_id, viewer);

-- What named viewers did in rooms that measure, naturally or not: the same whatever arrives first.
create table room_outcome (
    room_id bytea not null,
    viewer bytea not null,
    at bigint not null,
    -- Which event of which batch it was.
    batch bigint not null,
    place bigint not null,
    kind text not null,
    purchase bytea not null,
    value_fen bigint not null,
    primary key (room_id, viewer, at, batch, place)
);

-- What is believed of the natural rate of orders before their ghosts are counted, fitted on orders that are final.
create table lift_prior (
    tenant_id bytea not null,
    goal text not null,
    metric text not null,
    -- Events and users that the belief is worth, in thousandths.
    shape_thousandths bigint not null,
    rate_thousandths bigint not null,
    orders bigint not null,
    fitted_at bigint not null,
    primary key (tenant_id, goal, metric)
);
