-- How far sweeps over rows that are only kept for a while have come; `after` is empty between two rounds.
create table sweep (
    name text not null primary key,
    after bytea not null,
    begun_at bigint not null
);

-- Ids of events are swept by key: this index had to be written at a random place for each event.
drop index event_seen_by_day;

create index request_by_time on request (at);

-- What a person did once, under an order, in a room or with a product: codes with a space between. One row, since it is
-- read and written together.
create table person (
    subject_id bytea not null,
    viewer bytea not null,
    kinds text not null,
    primary key (subject_id, viewer)
);
insert into person (subject_id, viewer, kinds)
    select order_id, viewer, string_agg(kind, ' ') from order_person group by order_id, viewer;
drop table order_person;
