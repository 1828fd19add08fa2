-- Events that a consumer could not handle, and the later ones of the same aggregate. The entry that holds them stays in the
-- outbox until an admin has them handled again or drops them.
CREATE TABLE IF NOT EXISTS parked_events (
    consumer     VARCHAR(32)   NOT NULL,
    event_id     BINARY(16)    NOT NULL,
    stream_kind  VARCHAR(16)   NOT NULL,
    stream_id    BINARY(16)    NOT NULL,
    position     BIGINT        NOT NULL,
    aggregate    VARCHAR(16)   NOT NULL,
    aggregate_id BINARY(16)    NOT NULL,
    version      BIGINT        NOT NULL,
    type         VARCHAR(64)   NOT NULL,
    error        VARCHAR(1000) NOT NULL,
    parked_at    BIGINT        NOT NULL,
    PRIMARY KEY (consumer, event_id),
    -- Whether events of an aggregate have to be parked, too; what of it is to be handled again, in order.
    KEY parked_events_aggregate (consumer, aggregate, aggregate_id, version),
    -- What must not be pruned.
    KEY parked_events_stream (stream_kind, stream_id, position)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
