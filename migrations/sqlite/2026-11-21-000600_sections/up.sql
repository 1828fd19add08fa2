CREATE TABLE sections (
    concert_id   BLOB    NOT NULL,
    position     INTEGER NOT NULL,
    code         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    -- JSON of the rows; NULL for standing.
    layout       TEXT    NULL,
    -- JSON of the section's place on the venue plan.
    plan         TEXT    NULL,
    first_number INTEGER NOT NULL,
    last_number  INTEGER NOT NULL,
    total        INTEGER NOT NULL,
    available    INTEGER NOT NULL,
    held         INTEGER NOT NULL,
    sold         INTEGER NOT NULL,
    blocked      INTEGER NOT NULL,
    PRIMARY KEY (concert_id, position),
    CONSTRAINT sections_kind_known CHECK (kind IN ('seated', 'standing')),
    CONSTRAINT sections_counters_agree CHECK (
        available >= 0 AND held >= 0 AND sold >= 0 AND blocked >= 0
        AND total = available + held + sold + blocked AND total = last_number - first_number + 1
    ),
    CONSTRAINT sections_of FOREIGN KEY (concert_id) REFERENCES concerts (id)
) STRICT;
-- A code names one section of the concert.
CREATE UNIQUE INDEX sections_code ON sections (concert_id, code);
