-- Payments that buyers make for one order: with the money it is paid at once.
create table order_payment (
    payment_id bytea not null primary key,
    order_id bytea not null
);
create index order_payment_by_order on order_payment (order_id, payment_id);

-- What an operator says of the company behind a party; no row is not verified.
create table company_qualification (
    party_id bytea not null primary key,
    tenant_id bytea not null,
    state text not null,
    subject_name text not null,
    tax_number text not null,
    note text not null,
    decided_by bytea not null,
    changed_at bigint not null,
    version bigint not null
);

-- Invoice subjects that are not those of the account: somebody must look.
create table invoice_mismatch (
    id bytea not null primary key,
    tenant_id bytea not null,
    party_id bytea not null,
    kind text not null,
    subject_name text not null,
    tax_number text,
    created_at bigint not null,
    resolved_by bytea,
    resolved_at bigint,
    note text
);
create index invoice_mismatch_by_tenant on invoice_mismatch (tenant_id, id);
