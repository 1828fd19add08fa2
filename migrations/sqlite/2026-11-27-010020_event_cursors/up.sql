-- The last position of each stream that a consumer has passed; no row means none.
CREATE TABLE event_cursors (
    consumer    TEXT    NOT NULL,
    stream_kind TEXT    NOT NULL,
    stream_id   BLOB    NOT NULL,
    position    INTEGER NOT NULL,
    PRIMARY KEY (consumer, stream_kind, stream_id)
) STRICT, WITHOUT ROWID;
