-- One row a consumer and event that is still to be handled; handled means deleted, so the table holds the backlog alone.
-- A consumer may take a row when it is due and takes, or has handled, every earlier event of the same aggregate: order
-- per aggregate without any lock. Taking it moves `due_at` to the end of the lease, a failure moves it to the next attempt.

CREATE TABLE IF NOT EXISTS outbox_deliveries (
    consumer     VARCHAR(32)  NOT NULL,
    event_id     BINARY(16)   NOT NULL,
    aggregate    VARCHAR(16)  NOT NULL,
    aggregate_id BINARY(16)   NOT NULL,
    version      BIGINT       NOT NULL,
    due_at       BIGINT       NOT NULL,
    -- How often it was taken.
    attempts     INT          NOT NULL,
    PRIMARY KEY (consumer, event_id),
    -- The earlier events of an aggregate that a consumer has not handled; what is left of an aggregate for anybody.
    UNIQUE KEY outbox_deliveries_order (aggregate, aggregate_id, consumer, version),
    -- What a consumer can take now, oldest first.
    KEY outbox_deliveries_due (consumer, due_at)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
