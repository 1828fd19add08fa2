-- The last position of each stream that a consumer has passed; no row means none.
CREATE TABLE IF NOT EXISTS event_cursors (
    consumer    VARCHAR(32) NOT NULL,
    stream_kind VARCHAR(16) NOT NULL,
    stream_id   BINARY(16)  NOT NULL,
    position    BIGINT      NOT NULL,
    PRIMARY KEY (consumer, stream_kind, stream_id)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
