-- What an order must be for a coupon to pay for it, besides its product; nothing where any will do.
alter table coupon add column goal text;
alter table coupon add column placement text;

-- What a measure took back of each coupon, so that lifting it gives the same coupons again.
create table incentive_recall (
    measure_id blob not null,
    lot_id blob not null,
    points bigint not null,
    primary key (measure_id, lot_id)
);

-- Who was charged for: what becomes of a result is told by its viewer.
alter table delivery_charge add column viewer blob;

-- Who banned it: an appeal is answered by somebody else.
alter table party add column banned_by blob;
