-- What waits at the review desk, and what was decided there. `place` sorts the queue; `body` holds the opinions.
create table review_task (
    id blob not null primary key,
    tenant_id blob not null,
    order_id blob not null,
    kind text not null,
    priority bigint not null,
    place bigint not null,
    content_version bigint not null,
    four_eyes bigint not null,
    opened_at bigint not null,
    due_at bigint not null,
    claimed_by blob,
    claimed_until bigint,
    closed_at bigint,
    version bigint not null,
    body text not null
);
create index review_task_by_place on review_task (tenant_id, kind, closed_at, place, id);
create index review_task_by_order on review_task (order_id, closed_at);
create index review_task_by_kind on review_task (kind, closed_at, opened_at);
create index review_by_time on review (tenant_id, at);
