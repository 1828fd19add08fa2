-- The first position of each stream that is still in the outbox; no row means 1. Written by pruning alone.
CREATE TABLE stream_floors (
    stream_kind TEXT    NOT NULL,
    stream_id   BLOB    NOT NULL,
    floor       INTEGER NOT NULL,
    PRIMARY KEY (stream_kind, stream_id)
) STRICT, WITHOUT ROWID;
