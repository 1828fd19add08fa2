CREATE TABLE concerts (
    id                            BLOB    NOT NULL PRIMARY KEY,
    organiser_id                  BLOB    NOT NULL,
    name                          TEXT    NOT NULL,
    artist                        TEXT    NOT NULL,
    description                   TEXT    NOT NULL,
    venue                         TEXT    NOT NULL,
    location                      TEXT    NOT NULL,
    -- Folded search texts: name, artist, venue and location together, then the artist and the location alone.
    search_text                   TEXT    NOT NULL,
    search_artist                 TEXT    NOT NULL,
    search_location               TEXT    NOT NULL,
    time_zone                     TEXT    NOT NULL,
    status                        TEXT    NOT NULL,
    currency                      TEXT    NOT NULL,
    starts_at                     INTEGER NOT NULL,
    sales_start_at                INTEGER NOT NULL,
    sales_end_at                  INTEGER NOT NULL,
    refundable_until              INTEGER NULL,
    -- NULL means no cap.
    max_tickets_per_booking       INTEGER NULL,
    max_tickets_per_user          INTEGER NULL,
    max_pending_bookings_per_user INTEGER NULL,
    total                         INTEGER NOT NULL,
    available                     INTEGER NOT NULL,
    -- Increases with every unit that changes the concert or its seats.
    version                       INTEGER NOT NULL,
    -- Increases only with edits of the concert itself.
    revision                      INTEGER NOT NULL,
    cancelled_at                  INTEGER NULL,
    -- When the last booking of a cancelled concert was cancelled.
    cancellation_done_at          INTEGER NULL,
    created_at                    INTEGER NOT NULL,
    updated_at                    INTEGER NOT NULL,
    CONSTRAINT concerts_status_known CHECK (status IN ('draft', 'on_sale', 'paused', 'cancelled')),
    CONSTRAINT concerts_available_in_range CHECK (available BETWEEN 0 AND total)
) STRICT;
-- The public list and the search: concerts on sale that have not started, by date.
CREATE INDEX concerts_listed ON concerts (status, starts_at, id);
-- All concerts of an organiser, by date.
CREATE INDEX concerts_organiser ON concerts (organiser_id, starts_at, id);
-- Cancelled concerts whose bookings are not all cancelled.
CREATE INDEX concerts_cancellation ON concerts (cancellation_done_at, cancelled_at);
