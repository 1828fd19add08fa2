-- The tickets and pending bookings of each user at each concert. The caps are conditions on this row.
CREATE TABLE purchases (
    concert_id       BLOB    NOT NULL,
    user_id          BLOB    NOT NULL,
    tickets          INTEGER NOT NULL,
    pending_bookings INTEGER NOT NULL,
    PRIMARY KEY (concert_id, user_id),
    CONSTRAINT purchases_never_negative CHECK (tickets >= 0 AND pending_bookings >= 0)
) STRICT, WITHOUT ROWID;
