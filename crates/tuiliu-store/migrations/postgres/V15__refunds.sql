-- What went back of one payment: the progress of a rejected order's money.
create index payment_refund_by_payment on payment_refund (payment_id, id);

-- Why staff gave unspent money of a banned or frozen account back, and who did; nothing when its owner asked.
alter table payment_refund add column reason text;
alter table payment_refund add column decided_by bytea;
