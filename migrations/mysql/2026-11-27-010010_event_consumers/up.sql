-- The consumers of events, and which process delivers to each of them at the moment.
CREATE TABLE IF NOT EXISTS event_consumers (
    consumer     VARCHAR(32) NOT NULL,
    holder       BINARY(16)  NOT NULL,
    leased_until BIGINT      NOT NULL,
    PRIMARY KEY (consumer)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
