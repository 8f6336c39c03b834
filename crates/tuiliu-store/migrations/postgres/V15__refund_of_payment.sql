-- What went back of one payment: the progress of a rejected order's money.
create index payment_refund_by_payment on payment_refund (payment_id, id);
