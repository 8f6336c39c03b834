-- Where value lies. `account` is packed: kind (1 byte), asset (1), owner (16).
create table ledger_account (
    account bytea not null primary key,
    posted bigint not null,
    held bigint not null,
    frozen bigint not null,
    -- How many rows `ledger_entry` has for it.
    entries bigint not null
);

-- Value of one origin in one account.
create table ledger_lot (
    id bytea not null primary key,
    account bytea not null,
    origin text not null,
    origin_id bytea,
    face bigint not null,
    remaining bigint not null,
    held bigint not null,
    spent bigint not null,
    returned bigint not null,
    expired bigint not null,
    split_out bigint not null,
    valid_from bigint not null,
    valid_to bigint,
    on_return text not null
);
create index ledger_lot_of_account on ledger_lot (account, id);
create index ledger_lot_spendable on ledger_lot (account, id) where remaining > 0;
create index ledger_lot_expiring on ledger_lot (valid_to, id) where remaining > 0;

-- Value of one lot promised to one order.
create table ledger_hold (
    id bytea not null primary key,
    order_id bytea not null,
    place bigint not null,
    lot_id bytea not null,
    amount bigint not null,
    captured bigint not null,
    released bigint not null,
    unit_worth bigint not null
);
create unique index ledger_hold_of_order on ledger_hold (order_id, place);

-- What one order may spend.
create table ledger_escrow (
    order_id bytea not null primary key,
    budget bigint not null,
    spent bigint not null,
    leased bigint not null,
    holds bigint not null,
    open_leases bigint not null,
    settled bigint not null
);

-- A node's slice of an escrow.
create table ledger_lease (
    order_id bytea not null,
    node bigint not null,
    epoch bigint not null,
    granted bigint not null,
    spent bigint not null,
    closed bigint not null,
    primary key (order_id, node, epoch)
);
create index ledger_lease_open on ledger_lease (order_id, node, epoch) where closed = 0;

-- Groups of posts that were reversed, each once.
create table ledger_reversal (
    id bytea not null primary key,
    reversed_by bytea not null
);

-- Every group ever given to the ledger: where in the log it stands with its outcome.
create table ledger_command (
    id bytea not null primary key,
    batch bigint not null,
    position bigint not null
);

-- The log: groups with their outcomes in the order in which they were applied, chained by hash.
create table ledger_batch (
    seq bigint not null primary key,
    at bigint not null,
    hash bytea not null,
    body bytea not null
);

-- What moved in accounts of creators; one row for each transfer, so `cause` is a number.
create table ledger_entry (
    account bytea not null,
    number bigint not null,
    cause bigint not null,
    batch bigint not null,
    position bigint not null,
    amount bigint not null,
    balance bigint not null,
    primary key (account, number)
);

insert into counter (name, value) values ('ledger', 0);
