-- Every event, in the unit that made it happen. The publishing unit pays one row and one short index entry an event and
-- does not know who listens. The relay then moves each event on exactly once (`dispatched` 0 -> 1), in the unit that
-- writes one row an interested consumer into outbox_deliveries. "Not yet dispatched" is a state and not a position, so a
-- unit that commits late is never passed over.

CREATE TABLE IF NOT EXISTS outbox_undelivered (
    id           BINARY(16)  NOT NULL,
    aggregate    VARCHAR(16) NOT NULL,
    aggregate_id BINARY(16)  NOT NULL,
    version      BIGINT      NOT NULL,
    type         VARCHAR(64) NOT NULL,
    occurred_at  BIGINT      NOT NULL,
    actor        VARCHAR(64) NOT NULL,
    data         MEDIUMTEXT  NOT NULL,
    dispatched   TINYINT     NOT NULL,
    -- The events of one aggregate after a version, in order. As the primary key it costs the publishing unit no second
    -- index; ids of new aggregates are time-ordered, so it is still an append.
    PRIMARY KEY (aggregate, aggregate_id, version),
    -- Events to dispatch, oldest first; dispatched events old enough to prune.
    KEY outbox_dispatch (dispatched, occurred_at),
    CONSTRAINT outbox_dispatched_known CHECK (dispatched IN (0, 1))
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
