-- What reacts to a change reads it here, after the commit, at least once.
create table outbox (
    seq bigint primary key,
    tenant_id bytea not null,
    name text not null,
    subject text not null,
    body text not null,
    at bigint not null
);

-- First answers to commands with an idempotency key.
create table request (
    tenant_id bytea not null,
    key text not null,
    digest bytea not null,
    status bigint not null,
    body bytea not null,
    at bigint not null,
    primary key (tenant_id, key)
);

-- Numbers without gaps, given out under the row's lock at the end of each transaction.
create table counter (
    name text primary key,
    value bigint not null
);

insert into counter (name, value) values ('outbox', 0);
