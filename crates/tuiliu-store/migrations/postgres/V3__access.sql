-- A host platform; every other row belongs to one.
create table tenant (
    id bytea not null primary key,
    name text not null,
    -- What differs from the default policy, as JSON.
    policy text not null,
    policy_version bigint not null,
    created_at bigint not null,
    version bigint not null
);

-- Who acts or is acted for.
create table party (
    tenant_id bytea not null,
    id bytea not null,
    kind text not null,
    display_name text not null,
    -- The host platform's own name for the party.
    external_ref text,
    credit_score bigint not null,
    banned bigint not null,
    created_at bigint not null,
    version bigint not null,
    primary key (tenant_id, id)
);

create unique index party_by_external_ref on party (tenant_id, external_ref);

-- A client lets an agency act for it; a row is a consent in force.
create table party_consent (
    tenant_id bytea not null,
    agency_id bytea not null,
    client_id bytea not null,
    at bigint not null,
    primary key (tenant_id, agency_id, client_id)
);

create index party_consent_by_client on party_consent (tenant_id, client_id);

-- How a person signs in.
create table login (
    tenant_id bytea not null,
    name text not null,
    party_id bytea not null,
    -- PHC string of argon2id.
    password_hash text not null,
    -- Codes with a space between.
    roles text not null,
    created_at bigint not null,
    changed_at bigint not null,
    version bigint not null,
    primary key (tenant_id, name)
);

create unique index login_by_party on login (tenant_id, party_id);

-- Failed sign-ins by account and by address, so that guessing slows down.
create table sign_in_attempt (
    tenant_id bytea not null,
    subject text not null,
    failures bigint not null,
    last_at bigint not null,
    retry_at bigint not null,
    primary key (tenant_id, subject)
);

create index sign_in_attempt_by_time on sign_in_attempt (last_at);

-- A signed-in person's session; the token itself is nowhere but in the browser.
create table session (
    tenant_id bytea not null,
    id bytea not null,
    party_id bytea not null,
    token_hash bytea not null,
    address text not null,
    agent text not null,
    created_at bigint not null,
    expires_at bigint not null,
    last_seen_at bigint not null,
    -- When the password was given last.
    proved_at bigint not null,
    revoked_at bigint,
    primary key (tenant_id, id)
);

create unique index session_by_token on session (token_hash);
create index session_by_party on session (tenant_id, party_id);
create index session_by_expiry on session (expires_at);

-- A machine's key; shown once, kept as a hash.
create table api_key (
    tenant_id bytea not null,
    id bytea not null,
    party_id bytea not null,
    name text not null,
    kind text not null,
    -- How the key begins, so that its owner recognises it.
    shown text not null,
    key_hash bytea not null,
    -- Codes with a space between.
    scopes text not null,
    created_at bigint not null,
    last_used_at bigint,
    revoked_at bigint,
    primary key (tenant_id, id)
);

create unique index api_key_by_hash on api_key (key_hash);
