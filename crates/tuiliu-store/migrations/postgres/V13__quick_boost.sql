-- Short videos.
create table video (
    id bytea not null primary key,
    tenant_id bytea not null,
    creator_id bytea not null,
    external_id text not null,
    title text not null,
    category text not null,
    visibility text not null,
    duration_ms bigint not null,
    -- The product that it carries, if any.
    goods_id text,
    goods_approved bigint not null,
    content_version bigint not null,
    state text not null,
    published_at bigint,
    removed_at bigint,
    created_at bigint not null,
    version bigint not null,
    unique (tenant_id, external_id)
);
create index video_by_creator on video (tenant_id, creator_id, id);
create index video_by_tenant on video (tenant_id, id);

-- What `room_id` names: a room or a video; which product the order is of, whose price unit `budget_beans` counts.
alter table promotion_order add column content_kind text not null default 'live_room';
alter table promotion_order add column product text not null default 'traffic_pack';
-- When its cost guarantee is to be closed; nothing once it is, or without one.
alter table promotion_order add column guarantee_due_at bigint;
create index promotion_order_by_guarantee on promotion_order (guarantee_due_at);
