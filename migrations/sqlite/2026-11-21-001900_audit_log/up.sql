CREATE TABLE audit_log (
    -- The event it records, so that recording it twice changes nothing.
    event_id     BLOB    NOT NULL PRIMARY KEY,
    occurred_at  INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    aggregate    TEXT    NOT NULL,
    aggregate_id BLOB    NOT NULL,
    data         TEXT    NOT NULL
) STRICT;
-- What happened to one thing.
CREATE INDEX audit_log_aggregate ON audit_log (aggregate, aggregate_id);
-- What happened in a span of time; prune what is old.
CREATE INDEX audit_log_time ON audit_log (occurred_at);
