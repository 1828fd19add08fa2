-- What each unit did, one row a unit and stream (a concert with its bookings and payments; a user). The position is the
-- version that the unit gave the concert or user under the lock of its row: the order of positions is the order of commits,
-- and there are no gaps.

CREATE TABLE IF NOT EXISTS outbox_entries (
    stream_kind VARCHAR(16) NOT NULL,
    stream_id   BINARY(16)  NOT NULL,
    position    BIGINT      NOT NULL,
    occurred_at BIGINT      NOT NULL,
    -- The tickets that changed their status, apart from the events, for those who follow nothing else. None when the
    -- concert itself was changed.
    seats       MEDIUMTEXT  NULL,
    events      MEDIUMTEXT  NOT NULL,
    -- The entries of one stream after a position, in order.
    PRIMARY KEY (stream_kind, stream_id, position),
    -- What other processes wrote a moment ago; what is old enough to prune.
    KEY outbox_entries_recent (occurred_at)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
