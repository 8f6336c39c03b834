-- Recaps of broadcasts, as they were told when nothing of them was to change any more.
create table recap (
    room_id bytea not null primary key,
    -- When it is to be written; nothing once it is.
    due_at bigint,
    settled_at bigint,
    body text
);
create index recap_by_due on recap (due_at);
