-- Events that a consumer could not handle, and the later ones of the same aggregate. The entry that holds them stays in the
-- outbox until an admin has them handled again or drops them.
CREATE TABLE parked_events (
    consumer     TEXT    NOT NULL,
    event_id     BLOB    NOT NULL,
    stream_kind  TEXT    NOT NULL,
    stream_id    BLOB    NOT NULL,
    position     INTEGER NOT NULL,
    aggregate    TEXT    NOT NULL,
    aggregate_id BLOB    NOT NULL,
    version      INTEGER NOT NULL,
    type         TEXT    NOT NULL,
    error        TEXT    NOT NULL,
    parked_at    INTEGER NOT NULL,
    PRIMARY KEY (consumer, event_id)
) STRICT, WITHOUT ROWID;
-- Whether events of an aggregate have to be parked, too; what of it is to be handled again, in order.
CREATE INDEX parked_events_aggregate ON parked_events (consumer, aggregate, aggregate_id, version);
-- What must not be pruned.
CREATE INDEX parked_events_stream ON parked_events (stream_kind, stream_id, position);
