-- The first version of each aggregate that is still in the outbox; no row means 1. Written by pruning alone.
CREATE TABLE outbox_floors (
    aggregate    TEXT    NOT NULL,
    aggregate_id BLOB    NOT NULL,
    floor        INTEGER NOT NULL,
    PRIMARY KEY (aggregate, aggregate_id)
) STRICT, WITHOUT ROWID;
