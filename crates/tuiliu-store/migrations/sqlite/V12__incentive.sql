-- Incentive programmes (IN-01…IN-13): the draft that may be edited; what was published lies in editions.
create table incentive_programme (
    id blob not null primary key,
    tenant_id blob not null,
    state text not null,
    kind text not null,
    draft text not null,
    -- The last one published; 0 when none was.
    edition bigint not null,
    created_at bigint not null,
    cancelled_at bigint,
    version bigint not null
);
create index incentive_programme_by_tenant on incentive_programme (tenant_id, id);
create index incentive_programme_by_state on incentive_programme (state, id);

create table incentive_edition (
    programme_id blob not null,
    number bigint not null,
    terms text not null,
    published_at bigint not null,
    primary key (programme_id, number)
);

-- Coupons taken of each month's quota (IN-04).
create table incentive_quota (
    programme_id blob not null,
    month bigint not null,
    taken bigint not null,
    primary key (programme_id, month)
);

create table incentive_application (
    id blob not null primary key,
    tenant_id blob not null,
    programme_id blob not null,
    edition bigint not null,
    party_id blob not null,
    state text not null,
    form text not null,
    -- Whose quota its first coupons were taken from.
    month bigint not null,
    created_at bigint not null,
    promised_at bigint not null,
    reviewer_id blob,
    reason text,
    decided_at bigint,
    version bigint not null
);
create index incentive_application_by_state on incentive_application (tenant_id, state, id);
create index incentive_application_by_party on incentive_application (tenant_id, party_id, id);
create index incentive_application_by_tenant on incentive_application (tenant_id, id);

-- Accounts that a cold start has helped, or may help as soon as it is approved (IN-02).
create table incentive_help (
    tenant_id blob not null,
    party_id blob not null,
    application_id blob not null,
    at bigint not null,
    primary key (tenant_id, party_id)
);

-- What was earned, once for each task; also what was not issued, with the reason.
create table incentive_reward (
    id blob not null primary key,
    tenant_id blob not null,
    programme_id blob not null,
    edition bigint not null,
    party_id blob not null,
    task text not null,
    application_id blob,
    room_id blob,
    state text not null,
    month bigint not null,
    coupons bigint not null,
    points bigint not null,
    netted_points bigint not null,
    reasons text not null,
    -- The figures it was earned by, as JSON.
    figures text not null,
    at bigint not null,
    unique (programme_id, party_id, task)
);
create index incentive_reward_by_party on incentive_reward (tenant_id, party_id, id);
create index incentive_reward_by_tenant on incentive_reward (tenant_id, id);
create index incentive_reward_by_programme on incentive_reward (programme_id, party_id, month);

create table incentive_reward_coupon (
    lot_id blob not null primary key,
    reward_id blob not null
);
create index incentive_reward_coupon_by_reward on incentive_reward_coupon (reward_id, lot_id);

-- Measures against abuse (IN-12).
create table incentive_measure (
    id blob not null primary key,
    tenant_id blob not null,
    party_id blob not null,
    kind text not null,
    reason text not null,
    evidence text not null,
    operator_id blob not null,
    at bigint not null,
    until_at bigint,
    lifted_at bigint,
    recalled_points bigint not null,
    owed_points bigint not null,
    version bigint not null
);
create index incentive_measure_by_party on incentive_measure (tenant_id, party_id, id);
create index incentive_measure_by_tenant on incentive_measure (tenant_id, id);

-- What accounts owe of rewards they used: each line adds to it or takes off it.
create table incentive_debt (
    tenant_id blob not null,
    party_id blob not null,
    number bigint not null,
    kind text not null,
    points bigint not null,
    measure_id blob,
    reward_id blob,
    at bigint not null,
    primary key (tenant_id, party_id, number)
);

-- Periodic tasks: which periods were judged, and how far.
create table incentive_period (
    programme_id blob not null,
    first_day bigint not null,
    after_party_id blob,
    done bigint not null,
    primary key (programme_id, first_day)
);

-- What the host told of each broadcast; what it did not tell is not known.
create table broadcast_fact (
    room_id blob not null primary key,
    tenant_id blob not null,
    creator_id blob not null,
    started_at bigint not null,
    ended_at bigint,
    sells bigint not null,
    viewers bigint,
    own_viewers bigint,
    follower_gain bigint,
    paid_gmv_fen bigint,
    settled_gmv_fen bigint,
    refunded_fen bigint,
    complaints bigint,
    products_listed bigint,
    products_sold bigint,
    -- Its counts before settlement grow no more.
    final bigint not null,
    told_at bigint not null,
    -- Programmes have looked at it; if not, they will from `look_at` on.
    judged bigint not null,
    look_at bigint not null,
    version bigint not null
);
create index broadcast_fact_by_creator on broadcast_fact (tenant_id, creator_id, ended_at);
create index broadcast_fact_by_end on broadcast_fact (tenant_id, ended_at, room_id);
create index broadcast_fact_by_judged on broadcast_fact (judged, look_at, room_id);

-- What the host told of accounts, as JSON.
create table account_standing (
    tenant_id blob not null,
    party_id blob not null,
    body text not null,
    told_at bigint not null,
    primary key (tenant_id, party_id)
);

-- Keyed hashes by which accounts can be known again (IN-13); never the things themselves.
create table account_mark (
    tenant_id blob not null,
    party_id blob not null,
    kind text not null,
    hash blob not null,
    at bigint not null,
    primary key (tenant_id, party_id, kind, hash)
);
create index account_mark_by_hash on account_mark (tenant_id, kind, hash, party_id);

-- Private messages of the platform (IN-09).
create table message (
    id blob not null primary key,
    tenant_id blob not null,
    party_id blob not null,
    topic text not null,
    body text not null,
    created_at bigint not null,
    read_at bigint
);
create index message_by_party on message (tenant_id, party_id, id);

-- Appeals (RV-04): of one decision one is open at a time.
create table appeal (
    id blob not null primary key,
    tenant_id blob not null,
    party_id blob not null,
    subject text not null,
    subject_id blob not null,
    first_decider_id blob,
    evidence text not null,
    links text not null,
    state text not null,
    created_at bigint not null,
    promised_at bigint not null,
    reviewer_id blob,
    answer text,
    decided_at bigint,
    version bigint not null
);
create index appeal_by_state on appeal (tenant_id, state, id);
create index appeal_by_party on appeal (tenant_id, party_id, id);
create index appeal_by_tenant on appeal (tenant_id, id);
create index appeal_by_subject on appeal (tenant_id, subject, subject_id);
