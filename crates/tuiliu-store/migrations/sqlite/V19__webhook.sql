-- Servers of the host that are told what happens. Secrets are stored nowhere: each follows from the platform's key.
create table webhook_endpoint (
    id blob not null primary key,
    tenant_id blob not null,
    created_by blob not null,
    url text not null,
    description text not null,
    -- Codes with a space between; empty is all.
    event_types text not null,
    -- Nothing while it is enabled.
    disabled_at bigint,
    disabled_by text,
    failing_since bigint,
    quiet_until bigint,
    secret_number bigint not null,
    overlap_until bigint,
    created_at bigint not null,
    version bigint not null
);
create index webhook_endpoint_by_tenant on webhook_endpoint (tenant_id, id);
create index webhook_endpoint_by_state on webhook_endpoint (disabled_at, id);

-- One event on its way to one endpoint, and what became of it; kept for a while.
create table webhook_delivery (
    id blob not null primary key,
    tenant_id blob not null,
    endpoint_id blob not null,
    -- The event's number in the outbox; nothing of a test.
    seq bigint,
    event_type text not null,
    body text not null,
    state text not null,
    attempts bigint not null,
    -- When it is tried next; nothing when it is over.
    due_at bigint,
    ended_at bigint,
    created_at bigint not null
);
create unique index webhook_delivery_by_seq on webhook_delivery (endpoint_id, seq);
create index webhook_delivery_by_endpoint on webhook_delivery (endpoint_id, id);
create index webhook_delivery_by_state on webhook_delivery (endpoint_id, state, id);
create index webhook_delivery_by_due on webhook_delivery (endpoint_id, due_at);
create index webhook_delivery_by_time on webhook_delivery (created_at);

-- Every attempt: what was signed, what was answered.
create table webhook_attempt (
    id blob not null primary key,
    delivery_id blob not null,
    at bigint not null,
    -- Nothing when nobody answered.
    status bigint,
    fault text,
    duration_ms bigint not null,
    signatures text not null,
    answer text not null
);
create index webhook_attempt_by_delivery on webhook_attempt (delivery_id, id);
create index webhook_attempt_by_time on webhook_attempt (at);

-- How far the outbox is told to endpoints.
insert into counter (name, value) select 'webhook', value from counter where name = 'outbox';
create index outbox_by_time on outbox (tenant_id, at, seq);

-- Whether its owner was told that it ends soon.
alter table coupon add column expiring_told bigint not null default 0;
create index coupon_by_expiring on coupon (closed, expiring_told, valid_to);

-- What keys asked lately.
create table request_log (
    tenant_id blob not null,
    id blob not null,
    at bigint not null,
    key_id blob not null,
    method text not null,
    route text not null,
    path text not null,
    status bigint not null,
    code text,
    duration_us bigint not null,
    request_id text not null,
    request_bytes bigint not null,
    answer_bytes bigint not null,
    -- Of refused writes, without secrets and persons.
    body text,
    primary key (tenant_id, id)
);
create index request_log_by_key on request_log (tenant_id, key_id, id);
create index request_log_by_time on request_log (at);
