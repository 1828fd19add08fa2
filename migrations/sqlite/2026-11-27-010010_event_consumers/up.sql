-- The consumers of events, and which process delivers to each of them at the moment.
CREATE TABLE event_consumers (
    consumer     TEXT    NOT NULL PRIMARY KEY,
    holder       BLOB    NOT NULL,
    leased_until INTEGER NOT NULL
) STRICT;
