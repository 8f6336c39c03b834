-- Live rooms: one broadcast each. `body` holds what no query asks for.
create table room (
    id bytea primary key,
    tenant_id bytea not null,
    creator_id bytea not null,
    external_id text not null,
    state text not null,
    due_at bigint,
    created_at bigint not null,
    version bigint not null,
    body text not null,
    unique (tenant_id, external_id)
);
create index room_by_creator on room (tenant_id, creator_id, created_at);
create index room_by_due on room (due_at);

-- Facts about rooms as they were told, in order.
create table room_fact (
    room_id bytea not null,
    number bigint not null,
    fact text not null,
    at bigint not null,
    told_at bigint not null,
    primary key (room_id, number)
);

-- Promotion orders. `body` holds what no query asks for.
create table promotion_order (
    id bytea primary key,
    tenant_id bytea not null,
    room_id bytea not null,
    creator_id bytea not null,
    payer_id bytea not null,
    goal text not null,
    form text not null,
    budget_beans bigint not null,
    state text not null,
    due_at bigint,
    created_at bigint not null,
    ended_at bigint,
    version bigint not null,
    body text not null
);
create index promotion_order_by_room on promotion_order (room_id, created_at);
create index promotion_order_by_payer on promotion_order (tenant_id, payer_id, id);
create index promotion_order_by_tenant on promotion_order (tenant_id, id);
create index promotion_order_by_state on promotion_order (state, id);
create index promotion_order_by_due on promotion_order (due_at);

-- Judgements of orders, by rules and by people.
create table review (
    id bytea primary key,
    tenant_id bytea not null,
    order_id bytea not null,
    stage text not null,
    content_version bigint not null,
    verdict text not null,
    reasons text not null,
    reviewer_id bytea,
    at bigint not null
);
create index review_by_order on review (order_id, at);

-- Coupons: their conditions; what is left of them is the ledger's.
create table coupon (
    lot_id bytea not null primary key,
    tenant_id bytea not null,
    owner_id bytea not null,
    kind text not null,
    points bigint not null,
    product text not null,
    valid_from bigint not null,
    valid_to bigint not null,
    parent_id bytea,
    created_at bigint not null,
    -- Its time is over and what was left of it has lapsed.
    closed bigint not null
);
create index coupon_by_owner on coupon (tenant_id, owner_id, lot_id);
create index coupon_by_tenant on coupon (tenant_id, lot_id);
create index coupon_by_end on coupon (closed, valid_to);

-- What happened to each coupon (TP-24).
create table coupon_entry (
    lot_id bytea not null,
    number bigint not null,
    kind text not null,
    points bigint not null,
    order_id bytea,
    other_lot_id bytea,
    at bigint not null,
    primary key (lot_id, number)
);

-- Beans that were given; what is left of them is the ledger's.
create table bean_gift (
    lot_id bytea not null primary key,
    tenant_id bytea not null,
    party_id bytea not null,
    beans bigint not null,
    -- When what is left lapses; nothing once it has, or when it never does.
    due_at bigint,
    valid_to bigint,
    giver_id bytea not null,
    note text not null,
    created_at bigint not null
);
create index bean_gift_by_due on bean_gift (due_at, lot_id);

-- Payments through an outside provider.
create table payment (
    id bytea not null primary key,
    tenant_id bytea not null,
    party_id bytea not null,
    channel text not null,
    provider text not null,
    price_fen bigint not null,
    -- What it buys, and how much of it.
    asset text not null,
    amount bigint not null,
    state text not null,
    -- When a pending one expires.
    due_at bigint,
    -- When it came to its state.
    changed_at bigint not null,
    -- Where a paid one was credited.
    lot_id bytea,
    -- The provider's number of the money that came.
    transaction_id text,
    -- What the payer opens or scans; set once.
    pay_link text,
    refunded_fen bigint not null,
    refunded_amount bigint not null,
    refund_times bigint not null,
    created_at bigint not null,
    version bigint not null
);
create index payment_by_party on payment (tenant_id, party_id, id);
create index payment_by_due on payment (due_at, id);

-- Money on its way back from payments.
create table payment_refund (
    id bytea not null primary key,
    tenant_id bytea not null,
    party_id bytea not null,
    payment_id bytea not null,
    lot_id bytea not null,
    asset text not null,
    amount bigint not null,
    price_fen bigint not null,
    state text not null,
    changed_at bigint not null,
    -- When the provider is to be asked next; nothing once it answered.
    due_at bigint,
    created_at bigint not null,
    version bigint not null
);
create index payment_refund_by_party on payment_refund (tenant_id, party_id, id);
create index payment_refund_by_due on payment_refund (due_at, id);

-- Notifications of providers, so that a repeated one is known.
create table payment_notice (
    provider text not null,
    notice_id text not null,
    payment_id bytea not null,
    outcome text not null,
    at bigint not null,
    primary key (provider, notice_id)
);

-- Money that came and was not asked for; somebody must look.
create table suspended_money (
    provider text not null,
    transaction_id text not null,
    tenant_id bytea not null,
    payment_id bytea not null,
    amount bigint not null,
    currency text not null,
    reason text not null,
    at bigint not null,
    primary key (provider, transaction_id)
);
create index suspended_money_by_tenant on suspended_money (tenant_id, at, payment_id);

-- The sandbox provider's own books: what an outside provider would remember.
create table sandbox_trade (
    payment_id bytea not null primary key,
    price_fen bigint not null,
    state text not null,
    transaction_id text,
    paid_amount bigint,
    paid_currency text,
    -- Whether it will refuse to give the money back.
    keeps_money bigint not null,
    changed_at bigint not null
);
create table sandbox_refund (
    refund_id bytea not null primary key,
    payment_id bytea not null,
    amount_fen bigint not null,
    succeeded bigint not null,
    at bigint not null
);
