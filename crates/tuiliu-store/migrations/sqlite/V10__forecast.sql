-- What a buyer was shown when an order was paid, and what came of it (AT-06).
create table forecast (
    order_id blob not null primary key,
    tenant_id blob not null,
    goal text not null,
    form text not null,
    budget_beans bigint not null,
    paid_at bigint not null,
    -- How the expected figures were made, and what the shown ranges were made of.
    point_by text not null,
    basis text not null,
    comparables bigint not null,
    results_expected bigint not null,
    results_low bigint not null,
    results_mid bigint not null,
    results_high bigint not null,
    views_expected bigint not null,
    views_low bigint not null,
    views_mid bigint not null,
    views_high bigint not null,
    duration_ms_expected bigint not null,
    duration_ms_low bigint not null,
    duration_ms_mid bigint not null,
    duration_ms_high bigint not null,
    -- What came; null until the order is settled.
    ended_at bigint,
    results bigint,
    views bigint,
    duration_ms bigint,
    -- 1: it ended by itself with the budget it was bought with, so that it tells of others.
    comparable bigint not null default 0
) without rowid;

create index forecast_ended on forecast (tenant_id, comparable, ended_at);
