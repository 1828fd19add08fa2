CREATE TABLE IF NOT EXISTS audit_log (
    -- The event it records, so that recording it twice changes nothing.
    event_id     BINARY(16)  NOT NULL,
    occurred_at  BIGINT      NOT NULL,
    actor        VARCHAR(64) NOT NULL,
    type         VARCHAR(64) NOT NULL,
    aggregate    VARCHAR(16) NOT NULL,
    aggregate_id BINARY(16)  NOT NULL,
    data         MEDIUMTEXT  NOT NULL,
    PRIMARY KEY (event_id),
    -- What happened to one thing.
    KEY audit_log_aggregate (aggregate, aggregate_id),
    -- What happened in a span of time; prune what is old.
    KEY audit_log_time (occurred_at)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
