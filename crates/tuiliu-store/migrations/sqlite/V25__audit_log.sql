-- What people changed: append-only, numbered in each tenant, each entry hashed together with the one before (AC-03).
create table audit_entry (
    tenant_id blob not null,
    number bigint not null,
    at bigint not null,
    party_id blob not null,
    -- The request: method and pattern of its address.
    action text not null,
    -- What it was done to, as an id in text form; empty where nothing was named.
    subject text not null,
    -- The body of the request as JSON, without secrets.
    content text not null,
    request_id text not null,
    hash blob not null,
    primary key (tenant_id, number)
);
create index audit_entry_by_subject on audit_entry (tenant_id, subject, number);
create index audit_entry_by_party on audit_entry (tenant_id, party_id, number);

-- Where each tenant's log ends.
create table audit_head (
    tenant_id blob not null primary key,
    number bigint not null,
    hash blob not null
);
