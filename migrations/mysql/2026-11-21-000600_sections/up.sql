CREATE TABLE IF NOT EXISTS sections (
    concert_id   BINARY(16)   NOT NULL,
    position     INT          NOT NULL,
    code         VARCHAR(8)   NOT NULL,
    name         VARCHAR(200) NOT NULL,
    kind         VARCHAR(8)   NOT NULL,
    -- JSON of the rows; NULL for standing.
    layout       MEDIUMTEXT   NULL,
    -- JSON of the section's place on the venue plan.
    plan         TEXT         NULL,
    first_number INT          NOT NULL,
    last_number  INT          NOT NULL,
    total        INT          NOT NULL,
    available    INT          NOT NULL,
    held         INT          NOT NULL,
    sold         INT          NOT NULL,
    blocked      INT          NOT NULL,
    PRIMARY KEY (concert_id, position),
    -- A code names one section of the concert.
    UNIQUE KEY sections_code (concert_id, code),
    CONSTRAINT sections_kind_known CHECK (kind IN ('seated', 'standing')),
    CONSTRAINT sections_counters_agree CHECK (
        available >= 0 AND held >= 0 AND sold >= 0 AND blocked >= 0
        AND total = available + held + sold + blocked AND total = last_number - first_number + 1
    ),
    CONSTRAINT sections_of FOREIGN KEY (concert_id) REFERENCES concerts (id)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
