-- The first position of each stream that is still in the outbox; no row means 1. Written by pruning alone.
CREATE TABLE IF NOT EXISTS stream_floors (
    stream_kind VARCHAR(16) NOT NULL,
    stream_id   BINARY(16)  NOT NULL,
    floor       BIGINT      NOT NULL,
    PRIMARY KEY (stream_kind, stream_id)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
