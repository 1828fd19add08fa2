-- The first version of each aggregate that is still in the outbox; no row means 1. Written by pruning alone.
CREATE TABLE IF NOT EXISTS outbox_floors (
    aggregate    VARCHAR(16) NOT NULL,
    aggregate_id BINARY(16)  NOT NULL,
    floor        BIGINT      NOT NULL,
    PRIMARY KEY (aggregate, aggregate_id)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
