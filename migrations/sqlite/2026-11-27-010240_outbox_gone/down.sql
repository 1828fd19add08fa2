-- Every event, in the unit that made it happen. The publishing unit pays one row and one short index entry an event and
-- does not know who listens. The relay then moves each event on exactly once (`dispatched` 0 -> 1), in the unit that
-- writes one row an interested consumer into outbox_deliveries. "Not yet dispatched" is a state and not a position, so a
-- unit that commits late is never passed over.

CREATE TABLE outbox_undelivered (
    id           BLOB    NOT NULL,
    aggregate    TEXT    NOT NULL,
    aggregate_id BLOB    NOT NULL,
    version      INTEGER NOT NULL,
    type         TEXT    NOT NULL,
    occurred_at  INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    data         TEXT    NOT NULL,
    dispatched   INTEGER NOT NULL,
    -- The events of one aggregate after a version, in order.
    PRIMARY KEY (aggregate, aggregate_id, version),
    CONSTRAINT outbox_dispatched_known CHECK (dispatched IN (0, 1))
) STRICT;
-- Events to dispatch, oldest first; dispatched events old enough to prune.
CREATE INDEX outbox_dispatch ON outbox_undelivered (dispatched, occurred_at);
