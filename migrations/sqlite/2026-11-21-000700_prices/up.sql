CREATE TABLE prices (
    concert_id BLOB    NOT NULL,
    position   INTEGER NOT NULL,
    code       TEXT    NOT NULL,
    -- The order in which the categories are offered.
    ordinal    INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    PRIMARY KEY (concert_id, position, code),
    CONSTRAINT prices_amount_in_range CHECK (amount >= 0),
    CONSTRAINT prices_of FOREIGN KEY (concert_id, position) REFERENCES sections (concert_id, position)
) STRICT, WITHOUT ROWID;
