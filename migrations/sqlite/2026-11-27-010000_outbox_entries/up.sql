-- What each unit did, one row a unit and stream (a concert with its bookings and payments; a user). The position is the
-- version that the unit gave the concert or user under the lock of its row: the order of positions is the order of commits,
-- and there are no gaps.

CREATE TABLE outbox_entries (
    stream_kind TEXT    NOT NULL,
    stream_id   BLOB    NOT NULL,
    position    INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    -- The tickets that changed their status, apart from the events, for those who follow nothing else. None when the
    -- concert itself was changed.
    seats       TEXT    NULL,
    events      TEXT    NOT NULL,
    -- The entries of one stream after a position, in order.
    PRIMARY KEY (stream_kind, stream_id, position)
) STRICT;
-- What other processes wrote a moment ago; what is old enough to prune.
CREATE INDEX outbox_entries_recent ON outbox_entries (occurred_at);
