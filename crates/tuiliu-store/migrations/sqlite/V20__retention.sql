-- How far sweeps over rows that are only kept for a while have come; `after` is empty between two rounds.
create table sweep (
    name text not null primary key,
    after blob not null,
    begun_at bigint not null
) without rowid;

-- Ids of events are swept by key: this index had to be written at a random place for each event.
drop index event_seen_by_day;

create index request_by_time on request (at);

-- What a person did once, under an order, in a room or with a product: codes with a space between. One row, since it is
-- read and written together.
create table person (
    subject_id blob not null,
    viewer blob not null,
    kinds text not null,
    primary key (subject_id, viewer)
) without rowid;
insert into person (subject_id, viewer, kinds)
    select order_id, viewer, group_concat(kind, ' ') from order_person group by order_id, viewer;
drop table order_person;
