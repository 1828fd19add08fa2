-- One row a consumer and event that is still to be handled; handled means deleted, so the table holds the backlog alone.
-- A consumer may take a row when it is due and takes, or has handled, every earlier event of the same aggregate: order
-- per aggregate without any lock. Taking it moves `due_at` to the end of the lease, a failure moves it to the next attempt.

CREATE TABLE outbox_deliveries (
    consumer     TEXT    NOT NULL,
    event_id     BLOB    NOT NULL,
    aggregate    TEXT    NOT NULL,
    aggregate_id BLOB    NOT NULL,
    version      INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    -- How often it was taken.
    attempts     INTEGER NOT NULL,
    PRIMARY KEY (consumer, event_id)
) STRICT, WITHOUT ROWID;
-- The earlier events of an aggregate that a consumer has not handled; what is left of an aggregate for anybody.
CREATE UNIQUE INDEX outbox_deliveries_order ON outbox_deliveries (aggregate, aggregate_id, consumer, version);
-- What a consumer can take now, oldest first.
CREATE INDEX outbox_deliveries_due ON outbox_deliveries (consumer, due_at);
