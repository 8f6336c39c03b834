-- Bank accounts that parties have on file; a row never changes but for its end.
create table payout_account (
    id blob not null primary key,
    tenant_id blob not null,
    party_id blob not null,
    holder text not null,
    bank text not null,
    number text not null,
    created_at bigint not null,
    removed_at bigint
);
create index payout_account_by_party on payout_account (tenant_id, party_id, id);

-- Money on its way out of wallets.
create table withdrawal (
    id blob not null primary key,
    tenant_id blob not null,
    party_id blob not null,
    account_id blob not null,
    amount_fen bigint not null,
    desk text not null,
    -- How many people have to approve, and who did.
    approvals_needed bigint not null,
    approver_id blob,
    approved_at bigint,
    second_approver_id blob,
    second_approved_at bigint,
    state text not null,
    -- When it came to its state.
    changed_at bigint not null,
    -- Who refused it; why it was refused or failed.
    decided_by blob,
    reason text,
    -- The provider's number of the money that went out.
    transaction_id text,
    -- The last day of the promise, and how sure it is.
    promised_day text not null,
    promised_certainty text not null,
    -- When the provider is to be asked next; nothing before it is approved and once it answered.
    due_at bigint,
    created_at bigint not null,
    version bigint not null
);
create index withdrawal_by_party on withdrawal (tenant_id, party_id, id);
create index withdrawal_by_state on withdrawal (tenant_id, state, id);
create index withdrawal_by_due on withdrawal (due_at, id);

-- What happened to a withdrawal, step by step: written once, never changed.
create table withdrawal_step (
    withdrawal_id blob not null,
    number bigint not null,
    what text not null,
    -- Who did it; nothing when the platform or the provider did.
    by_id blob,
    note text,
    at bigint not null,
    primary key (withdrawal_id, number)
);

-- Transfers that buyers announced; amount and state are those of the payment.
create table bank_transfer (
    payment_id blob not null primary key,
    tenant_id blob not null,
    party_id blob not null,
    payer_name text not null,
    code text not null,
    unique (tenant_id, code)
);
create index bank_transfer_by_party on bank_transfer (tenant_id, party_id, payment_id);
create index bank_transfer_by_tenant on bank_transfer (tenant_id, payment_id);

-- Lines of the platform's bank statement.
create table bank_line (
    id blob not null primary key,
    tenant_id blob not null,
    reference text not null,
    amount_fen bigint not null,
    payer_name text not null,
    remittance text not null,
    booked_on text not null,
    entered_by blob not null,
    state text not null,
    -- The announcement that it was matched with, or held against.
    payment_id blob,
    -- Why it was put aside.
    reason text,
    note text,
    settled_by blob,
    settled_at bigint,
    created_at bigint not null,
    version bigint not null,
    unique (tenant_id, reference)
);
create index bank_line_by_tenant on bank_line (tenant_id, id);
create index bank_line_by_state on bank_line (tenant_id, state, id);

-- The sandbox provider's own books of what it paid out.
create table sandbox_payout (
    withdrawal_id blob not null primary key,
    amount_fen bigint not null,
    state text not null,
    transaction_id text,
    reason text,
    accepted_at bigint not null
);
