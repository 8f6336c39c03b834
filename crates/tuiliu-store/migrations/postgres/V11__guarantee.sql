-- What creators are paid for a video, as the host told it.
create table creator_price (
    tenant_id bytea not null,
    creator_id bytea not null,
    fixed_price_fen bigint not null,
    changed_at bigint not null,
    primary key (tenant_id, creator_id)
);

-- Creators' videos, as the host told of them.
create table creator_video (
    id bytea primary key,
    tenant_id bytea not null,
    creator_id bytea not null,
    external_id text not null,
    published_at bigint not null,
    state text not null,
    changed_at bigint not null,
    version bigint not null,
    unique (tenant_id, external_id)
);
create index creator_video_by_creator on creator_video (tenant_id, creator_id, published_at);
create index creator_video_by_tenant on creator_video (tenant_id, published_at);

-- All plays of a video up to an instant, and those of them that do not count, by reason.
create table plays_reading (
    video_id bytea not null,
    at bigint not null,
    plays bigint not null,
    machine bigint not null,
    repeats bigint not null,
    own_account bigint not null,
    primary key (video_id, at)
);

-- A purchase of guarantees on several creators' videos.
create table guarantee_order (
    id bytea primary key,
    tenant_id bytea not null,
    buyer_id bytea not null,
    fee_fen bigint not null,
    services bigint not null,
    placed_at bigint not null
);
create index guarantee_order_by_buyer on guarantee_order (tenant_id, buyer_id, id);

-- A guarantee on one creator's video. `body` holds what no query asks for.
create table guarantee_service (
    id bytea primary key,
    order_id bytea not null,
    tenant_id bytea not null,
    buyer_id bytea not null,
    creator_id bytea not null,
    state text not null,
    video_id bytea,
    due_at bigint,
    placed_at bigint not null,
    ended_at bigint,
    version bigint not null,
    body text not null
);
create index guarantee_service_by_order on guarantee_service (order_id, id);
create index guarantee_service_by_tenant on guarantee_service (tenant_id, id);
create index guarantee_service_by_buyer on guarantee_service (tenant_id, buyer_id, id);
create index guarantee_service_by_creator on guarantee_service (tenant_id, creator_id, id);
create index guarantee_service_by_video on guarantee_service (video_id);
create index guarantee_service_by_state on guarantee_service (state, id);
create index guarantee_service_by_due on guarantee_service (due_at);

-- The videos that a quote rests on, and the plays they counted with.
create table guarantee_evidence (
    service_id bytea not null,
    place bigint not null,
    video_id bytea not null,
    plays bigint not null,
    primary key (service_id, place)
);

-- What operators decided of frozen guarantees, and why.
create table guarantee_decision (
    service_id bytea not null,
    at bigint not null,
    party_id bytea not null,
    decision text not null,
    plays bigint not null,
    reason text not null,
    primary key (service_id, at)
);

-- Plays that help brought, and what they displaced in millionths of a yuan, by the hour in which it was booked.
create table guarantee_help (
    service_id bytea not null,
    hour bigint not null,
    plays bigint not null,
    cost_micros bigint not null,
    primary key (service_id, hour)
);
